/** Runs compiled programs: in one kernel, and in several between which their processes move all the time. */
import { runChaos, runPlain, type Outcome, type Ports } from '../../runtime/kernel/testing/chaos.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import type { Frame, Unit } from '../../runtime/kernel/scheduler/state.ts'
import { MemoryLoader } from '../../runtime/code/in-memory.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import type { CompiledProgram } from '../../compiler/host.ts'
import { placed } from './interpret/fault.ts'

export type Units = ReadonlyMap<string, Unit>

/** Loads the units of a program without a file, anew each time. */
export function load({ units }: CompiledProgram): Units {
  const loader = new MemoryLoader()
  return new Map(units.map((unit) => [unit.hash, loader.load(unit)]))
}

/** How a run ended: `ended`, `deadlock`, ..., or `R0201 at 7:12 \`a + b\``; and what was written to the screen. */
export interface Ending {
  readonly how: string
  readonly screen: string
}

/** Dispatches after which a run is given up. */
const STEPS = 3_000_000

/** Runs the main process. @param seed of a run in which processes move; plainly when absent */
export function run({ manifest: { main } }: CompiledProgram, units: Units, seed?: number): Ending {
  const unit = main === undefined ? undefined : units.get(main.unit)
  const machine = unit?.machines.find(({ name }) => name === main?.name) ?? unit?.machines[0]
  if (main === undefined || machine === undefined) throw new Error('there is no main process')
  const frame = (ports: Ports): Frame => mainFrame(machine, main.parameters, (end) => ports[end])
  return seed === undefined
    ? ending(runPlain(frame, { steps: STEPS }))
    : ending(runChaos(frame, { seed, steps: STEPS, unitOf: (hash) => units.get(hash) }))
}

function ending({ kind, failure, screen }: Outcome): Ending {
  return { how: failure === undefined ? kind : describe(failure.error), screen: Buffer.from(screen).toString('latin1') }
}

function describe(error: unknown): string {
  if (!(error instanceof Fault)) throw error
  const [, line = 0, column = 0, text = ''] = error.unit?.debug?.sites[error.site] ?? []
  return `${error.code} at ${placed(error.code, line, column, text)}`
}
