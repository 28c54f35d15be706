/** Which services of the host a program uses, as far as its code tells. */
import type { CodeUnit } from '../runtime/index.ts'

/** @param service its name, `host.argument`. @returns whether a program of these units may call it */
export function usesService(units: readonly Pick<CodeUnit, 'code'>[], service: string): boolean {
  return units.some(({ code }) => code.includes(`'${service}`) || code.includes(`"${service}`))
}
