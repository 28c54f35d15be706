/** What the tests of the explorer share: exploring a text. */
import { explore } from '../../runtime/explore/explore.ts'
import type { Exploration, ExploreOptions } from '../../runtime/explore/explore.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
import type { ConsoleEnd } from '../../runtime/code/program.ts'
import type { Frame, Machine, Unit } from '../../runtime/kernel/scheduler/state.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'

/** What may be said of an exploration. */
export type Settings = Partial<Omit<ExploreOptions, 'name' | 'main'>>

/** A compiled program, ready to be explored again and again. */
export type Explorable = (settings?: Settings) => Exploration

/** Compiles a text. @returns what explores its main process, or its TEST of that number */
export async function explorable(text: string, test?: number): Promise<Explorable> {
  const program = await compileText(text)
  const units = await loadUnits(program)
  const { main, tests } = program.manifest
  if (test !== undefined) return exploring(machineOf(units.get(tests[test]?.unit ?? ''), undefined), [])
  return exploring(machineOf(units.get(main?.unit ?? ''), main?.name), main?.parameters ?? [])
}

/** Compiles a text. @returns what explores each of its TESTs */
export async function explorables(text: string): Promise<Explorable[]> {
  const program = await compileText(text)
  const units = await loadUnits(program)
  return program.manifest.tests.map(({ unit }) => exploring(machineOf(units.get(unit), undefined), []))
}

/** Compiles a text. @returns what makes the frame of its TEST of that number */
export async function mainOf(text: string, test: number): Promise<() => Frame> {
  const program = await compileText(text)
  const units = await loadUnits(program)
  const machine = machineOf(units.get(program.manifest.tests[test]?.unit ?? ''), undefined)
  return () => machine.blank()
}

function exploring(machine: Machine, parameters: readonly ConsoleEnd[]): Explorable {
  return (settings = {}) => {
    const steps = explore({
      name: 'test.csp',
      main: (channel) => mainFrame(machine, parameters, channel),
      keys: [],
      states: 200_000,
      ...settings,
    })
    for (let step = steps.next(); ; step = steps.next(false)) if (step.done === true) return step.value
  }
}

function machineOf(unit: Unit | undefined, name: string | undefined): Machine {
  const machine = unit?.machines.find((each) => each.name === name) ?? unit?.machines[0]
  if (machine === undefined) throw new Error('there is nothing to explore')
  return machine
}

/** @returns the code of what was found: `R0102`, `R0301`; or `exhausted`, `bounded` */
export function outcome({ verdict, counterexample }: Exploration): string {
  const report = counterexample?.report
  return report !== undefined && 'code' in report ? report.code : verdict.kind
}
