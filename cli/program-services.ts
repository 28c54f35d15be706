/** Which services of the host a program uses, as far as its code tells. */
import { RunError } from '../runtime/run/run-error.ts'
import type { CodeUnit } from '../runtime/index.ts'
import { SERVICE_PREFIX } from '../runtime/program-interface.ts'
import type { Runnable } from './program-cache.ts'

/** @param service its name, `host.argument`. @returns whether a program of these units may call it */
export function usesService(units: readonly Pick<CodeUnit, 'code'>[], service: string): boolean {
  return units.some(({ code }) => code.includes(`'${service}`) || code.includes(`"${service}`))
}

/** @returns the names of the services that a program declares and calls */
export function calledServices({ units, manifest: { services = [] } }: Runnable): readonly string[] {
  const calls = (literal: string): boolean => units.some(({ code }) => code.includes(literal))
  return services.flatMap(({ name }) => (calls(`'${SERVICE_PREFIX}${name}'`) || calls(`"${SERVICE_PREFIX}${name}"`) ? [name] : []))
}

/** @throws RunError R0523 when a program calls a service that it declares: a command provides none */
export function requireNoServices(program: Runnable): void {
  const [called] = calledServices(program)
  if (called === undefined) return
  throw new RunError(
    'R0523',
    `${program.manifest.source} calls the service \`${called}\`, and nobody provides it`,
    'load the program from TypeScript, and give a function for the service: docs/embedding.md',
  )
}
