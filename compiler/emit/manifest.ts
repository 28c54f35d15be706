/** The manifest: what a program consists of and how it starts. */
import { lineColumn } from '../../grammar/source.ts'
import type { Lifted, Routine } from '../core/ir/ir.ts'
import type { ServiceDescription } from '../../runtime/program-interface.ts'
import type { CompiledUnit, Manifest } from '../host.ts'
import type { Checked, DescribedInterface } from '../semantics.ts'
import type { MadeUnit } from './code.ts'

/** The version of `runtime/abi.ts` that emitted code is written for. */
export const ABI = 1

/** What a program shows to those who run it. */
interface Shown {
  readonly services: readonly ServiceDescription[]
  /** Its entries are in the order of `program.entries`. Absent: nobody has asked for it. */
  readonly described?: DescribedInterface
}

/**
 * @param source path of the program
 * @param units the units of the program
 */
export function manifest(source: string, checked: Checked, program: Lifted, units: readonly MadeUnit[], shown: Shown): Manifest {
  const unitOfRoutine = new Map(units.flatMap(({ unit, compiled }) => unit.routines.map((routine) => [routine, compiled] as const)))
  const unitOf = (routine: Routine): CompiledUnit => {
    const unit = unitOfRoutine.get(routine)
    if (unit === undefined) throw new Error(`${routine.name} is in no unit`)
    return unit
  }
  const { main } = program
  const { described } = shown
  return {
    abi: ABI,
    source,
    units: units.map(({ unit, compiled }) => ({
      hash: compiled.hash,
      name: compiled.name,
      imports: compiled.imports,
      machines: [...unit.emitters.values()].filter((m) => !m.routine.direct).map((m) => ({ name: m.routine.name, slots: m.schema() })),
    })),
    ...(main === undefined ? {} : { main: { unit: unitOf(main).hash, name: main.name, parameters: checked.mainParameters ?? [] } }),
    ...(shown.services.length === 0 ? {} : { services: shown.services }),
    ...(described === undefined
      ? {}
      : {
          interface: {
            ...described,
            entries: described.entries.map((entry, i) => {
              const routine = program.entries[i]
              if (routine === undefined) throw new Error(`${entry.name} has no routine`)
              return { ...entry, unit: unitOf(routine).hash, machine: routine.name }
            }),
          },
        }),
    tests: program.tests.map(({ routine, index }) => {
      const test = checked.tests[index]
      if (test === undefined) throw new Error('a test routine has a test')
      return {
        title: test.title,
        unit: unitOf(routine).hash,
        file: test.span.file.path,
        line: lineColumn(test.span.file, test.span.start).line,
        ...(test.fails === undefined ? {} : { fails: test.fails }),
        ...(test.within === undefined ? {} : { within: test.within }),
        ...(test.explore === undefined ? {} : { explore: test.explore }),
      }
    }),
  }
}
