/**
 * One program, three meanings: the compiled program, the compiled program while its processes move, and the reference interpreter, which knows no ends of
 * channel types, mobile processes and mobile barriers.
 */
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
  if (BEYOND.test(text)) return compared(program, seed)
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

/** What the reference interpreter does not have. */
const BEYOND = /\b(CHAN TYPE|MOBILE PROC|MOBILE BARRIER)\b/

/** Compares a program without faults with itself while its processes move. */
function compared(program: CompiledProgram, seed: number): string {
  const units = attempt('the emitted code does not load', () => load(program))
  const plain = attempt('the run throws', () => run(program, units))
  const expected = { how: [plain.how], screen: plain.screen }
  if (plain.how !== 'ended') throw new Broken('the run does not end well', plain.how)
  const moved = attempt('the run in chaos throws', () => run(program, units, seed))
  if (moved.how !== plain.how || moved.screen !== plain.screen)
    throw new Broken('chaos differs', comparison(expected, moved, 'without moves'))
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

/** @param otherwise what gave what is expected */
function comparison(expected: Expected, got: Ending, otherwise = 'interpreted'): string {
  const wanted = expected.screen.split('\n')
  const lines = got.screen
    .split('\n')
    .map((line, i) => `${line.padEnd(10)} ${line === wanted[i] ? '' : `${otherwise}: ${wanted[i] ?? ''}`}`)
  return `${got.how}, ${otherwise}: ${expected.how.join(' or ')}\n${lines.join('\n')}`
}
