/** Runs compiled programs in this OS process, on a kernel with virtual time: enough to see what generated code does. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CompiledProgram } from '../../compiler/host.ts'
import { Mobile } from '../../runtime/kernel/scheduler/value.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import type { Unit } from '../../runtime/kernel/scheduler/state.ts'
import { ROOT } from './compile.ts'

/** How a test of a program ended: `passed`, `deadlock`, or the code of a fault. */
export type Ending = string

/** Loads the units of a program from temporary files. @returns them by hash */
export async function loadUnits(program: CompiledProgram): Promise<ReadonlyMap<string, Unit>> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-units-'))
  mkdirSync(directory, { recursive: true })
  const abi = pathToFileURL(`${ROOT}runtime/abi.ts`).href
  const file = (hash: string): string => join(directory, `${hash}.mjs`)
  for (const { code, hash } of program.units) {
    writeFileSync(
      file(hash),
      code.replaceAll('godwit:abi', abi).replace(/unit:([0-9a-f]{64})/g, (_, h: string) => pathToFileURL(file(h)).href),
    )
  }
  const units = new Map<string, Unit>()
  for (const { hash, debug } of program.units) {
    const { U } = (await import(pathToFileURL(file(hash)).href)) as { U: Unit } // what every unit exports
    U.hash = hash
    U.debug = debug
    units.set(hash, U)
  }
  rmSync(directory, { recursive: true })
  return units
}

/** Runs one test of a program. @returns how it ended; for a failed ASSERT with its line */
export function runTest(program: CompiledProgram, units: ReadonlyMap<string, Unit>, index: number): Ending {
  const test = program.manifest.tests[index]
  const machine = test === undefined ? undefined : units.get(test.unit)?.machines[0]
  if (machine === undefined) throw new Error(`no test ${index}`)
  let now = 0
  const kernel = new Kernel({ now: () => now, host: () => false })
  kernel.start(machine.blank())
  for (let rounds = 0; rounds < 1e5; rounds++) {
    const result = kernel.run(1000)
    if (result === 'stopped') break
    if (result === 'more') continue
    const next = kernel.timers.next()
    if (next === Infinity) break
    now = Math.max(now, next)
  }
  if (kernel.passed) return 'passed'
  if (kernel.failure !== undefined) {
    const { error } = kernel.failure
    if (!(error instanceof Fault)) throw error
    const site = error.unit?.debug?.sites[error.site]
    const shown = error.values.map(([name, value]) => `${name}=${value instanceof Mobile ? 'a mobile' : String(value)}`)
    return `${error.code} ${site?.[1] ?? 0} ${shown.join(' ')}`.trim()
  }
  return kernel.roots.size === 0 ? 'passed' : 'deadlock'
}
