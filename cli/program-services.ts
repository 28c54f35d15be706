/** Which services of the host a program uses, as far as its code tells. */
import { RunError } from '../runtime/run/run-error.ts'
import type { CodeUnit } from '../runtime/index.ts'
import { SERVICE_PREFIX } from '../runtime/program-interface.ts'
import type { Runnable } from './program-cache.ts'

/** @param service its name, `host.argument`. @returns whether a program of these units may call it */
export function usesService(units: readonly Pick<CodeUnit, 'code'>[], service: string): boolean {
  return units.some(({ code }) => code.includes(`'${service}`) || code.includes(`"${service}`))
}

/** @throws RunError R0523 when a program calls a service that it declares: a command provides none */
export function requireNoServices({ units, manifest: { services = [], source } }: Runnable): void {
  const called = services.find(
    ({ name }) => usesService(units, `${SERVICE_PREFIX}${name}'`) || usesService(units, `${SERVICE_PREFIX}${name}"`),
  )
  if (called === undefined) return
  throw new RunError(
    'R0523',
    `${source} calls the service \`${called.name}\`, and nobody provides it`,
    'load the program from TypeScript, and give a function for the service: docs/embedding.md',
  )
}
