/** What the tests of the explorer share: exploring a text. */
import { explore } from '../../runtime/explore/explore.ts'
import type { Exploration, ExploreOptions } from '../../runtime/explore/explore.ts'
import { mainFrame } from '../../runtime/run/main-frame.ts'
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
  const machine =
    test === undefined ? machineOf(units.get(main?.unit ?? ''), main?.name) : machineOf(units.get(tests[test]?.unit ?? ''), undefined)
  const parameters = test === undefined ? (main?.parameters ?? []) : []
  return exploring((channel) => mainFrame(machine, parameters, channel))
}

/** Compiles a text. @returns what makes the frame of each of its TESTs */
export async function mainsOf(text: string): Promise<(() => Frame)[]> {
  const program = await compileText(text)
  const units = await loadUnits(program)
  return program.manifest.tests.map(({ unit }) => {
    const machine = machineOf(units.get(unit), undefined)
    return () => machine.blank()
  })
}

export function exploring(main: ExploreOptions['main']): Explorable {
  return (settings = {}) => {
    const steps = explore({
      name: 'test.csp',
      main,
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
