/** One program, three meanings: the compiled program, the compiled program while its processes move, and the reference interpreter. */
import type { CompiledProgram } from '../../compiler/host.ts'
import { checkProgram, projectReader } from '../compiler/front-end.ts'
import { load, run, type Ending } from './execute.ts'
import { TooLong } from './interpret/fault.ts'
import { interpretMain } from './interpret/program.ts'
import { Broken, PATH, thrown } from './properties.ts'

/**
 * Runs a program in three ways.
 * @param seed of the run in which processes move
 * @returns how it ended, or undefined when it takes too long
 * @throws Broken when they do not agree
 */
export function agree(text: string, program: CompiledProgram, seed: number): string | undefined {
  const { checked } = checkProgram(PATH, projectReader({ [PATH]: text }))
  if (checked === undefined) throw new Broken('accepted and refused', 'the passes of the front end refuse what the compiler takes')
  if (checked.main === undefined) return undefined
  const expected = interpreted(checked)
  if (expected === undefined) return undefined
  const units = attempt('the emitted code does not load', () => load(program))
  const same = ({ how, screen }: Ending): boolean => expected.how.includes(how) && screen === expected.screen
  const plain = attempt('the run throws', () => run(program, units))
  if (plain.how === 'steps') throw new Broken('the run does not end', comparison(expected, plain))
  if (!same(plain)) throw new Broken('the interpreter differs', comparison(expected, plain))
  const moved = attempt('the run in chaos throws', () => run(program, units, seed))
  if (!same(moved)) throw new Broken('chaos differs', comparison(expected, moved))
  return plain.how
}

interface Expected {
  readonly how: readonly string[]
  readonly screen: string
}

function interpreted(checked: Parameters<typeof interpretMain>[0]): Expected | undefined {
  try {
    const { how, screen } = interpretMain(checked)
    return { how, screen: Buffer.from(screen).toString('latin1') }
  } catch (error) {
    if (error instanceof TooLong) return undefined
    throw thrown('the interpreter throws', error)
  }
}

function attempt<T>(what: string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw thrown(what, error)
  }
}

function comparison(expected: Expected, got: Ending): string {
  const wanted = expected.screen.split('\n')
  const lines = got.screen.split('\n').map((line, i) => `${line.padEnd(10)} ${line === wanted[i] ? '' : `interpreted: ${wanted[i] ?? ''}`}`)
  return `${got.how}, interpreted: ${expected.how.join(' or ')}\n${lines.join('\n')}`
}
