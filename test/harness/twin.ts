/** The same program as code that differs: for upgrades that change nothing but the code. */
import type { CompiledProgram } from '../../compiler/host.ts'

/** @returns the program, each unit with another hash; the twin of a twin is the program itself */
export function twinOf(program: CompiledProgram): CompiledProgram {
  const other = (hash: string): string => hash.split('').reverse().join('')
  const units = program.units.map((unit) => ({
    ...unit,
    hash: other(unit.hash),
    code: unit.code.replace(/unit:([0-9a-f]{64})/g, (_, hash: string) => `unit:${other(hash)}`),
  }))
  return { ...program, units }
}
