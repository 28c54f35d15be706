/** The manifest: what a program consists of and how it starts. */
import { lineColumn } from '../../grammar/source.ts'
import type { CoreProgram, Routine } from '../core/ir/ir.ts'
import type { CompiledUnit, Manifest } from '../host.ts'
import type { Checked } from '../semantics.ts'
import type { UnitEmitter } from './unit.ts'

/** The version of `runtime/abi.ts` that emitted code is written for. */
export const ABI = 1

/**
 * @param source path of the program
 * @param units the emitted units with what was compiled from each, in the same order
 */
export function manifest(
  source: string,
  checked: Checked,
  program: CoreProgram,
  units: readonly (readonly [UnitEmitter, CompiledUnit])[],
): Manifest {
  const unitOf = (routine: Routine): CompiledUnit => {
    for (const [emitter, unit] of units) if (emitter.routines.includes(routine)) return unit
    throw new Error(`${routine.name} is in no unit`)
  }
  const { main } = program
  return {
    abi: ABI,
    source,
    units: units.map(([emitter, unit]) => ({
      hash: unit.hash,
      name: unit.name,
      imports: unit.imports,
      machines: [...emitter.emitters.values()].filter((m) => !m.routine.direct).map((m) => ({ name: m.routine.name, slots: m.schema() })),
    })),
    ...(main === undefined ? {} : { main: { unit: unitOf(main).hash, name: main.name, parameters: checked.mainParameters ?? [] } }),
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
