/** Runs compiled programs: in one kernel, and in several between which their processes move all the time. */
import { compileFunction } from 'node:vm'
import { runChaos, runPlain, type Outcome, type Ports } from '../../runtime/kernel/testing/chaos.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import type { Frame, Unit } from '../../runtime/kernel/scheduler/state.ts'
import * as abi from '../../runtime/abi.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import type { CompiledProgram } from '../../compiler/host.ts'
import { placed } from './interpret/fault.ts'

export type Units = ReadonlyMap<string, Unit>

/** Loads the units of a program without a file: the module's imports are handed to a function. */
export function load({ units }: CompiledProgram): Units {
  const loaded = new Map<string, Unit>()
  const modules = new Map<string, Readonly<Record<string, unknown>>>()
  for (const { hash, code, debug } of units) {
    const exported: string[] = []
    const body = code
      .replace(/^import (\{[^}]*\}|\* as \w+) from '([^']*)'/gm, (_, what: string, from: string) => {
        const names = what.startsWith('*') ? what.slice('* as '.length) : what.replaceAll(' as ', ': ')
        return `const ${names} = imported ('${from}')`
      })
      .replace(/^export ((?:function|class|const) (\w+))/gm, (_, head: string, name: string) => {
        exported.push(name)
        return head
      })
    const make = compileFunction(`'use strict'\n${body}\nreturn { ${exported.join(', ')} }`, ['imported']) as Make // what the text is
    const module = make((from) => (from === 'godwit:abi' ? abi : modules.get(from.slice('unit:'.length))))
    modules.set(hash, module)
    const unit = module['U'] as Unit // what every unit exports
    unit.hash = hash
    unit.debug = debug
    loaded.set(hash, unit)
  }
  return loaded
}

/** A unit's module as a function of what it imports. */
type Make = (imported: (from: string) => unknown) => Readonly<Record<string, unknown>>

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
