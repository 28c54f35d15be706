/** Compares what the explorer finds in a program of the core language with what a walk of all schedules does. */
import { Search } from '../../../runtime/explore/search.ts'
import type { ExploreOptions } from '../../../runtime/explore/explore.ts'
import { exploring, outcome } from '../exploring.ts'
import { textOf, VALUES, variableName } from './language.ts'
import type { Program } from './language.ts'
import type { Outcomes } from './walk.ts'

type Main = ExploreOptions['main']

/** Two TESTs for each program: the program, and the program and then an output that nobody takes, by which its results can be seen. */
export const TESTS = 2

/** Is added to the number of the results that is output, so that it is no value of the program. */
const SHOWN = 1000

/** @returns the text of the TESTs of a program. @param name of its PROC */
export function testsOf(program: Program, name: string): string {
  const { results } = program
  const actuals = results.map(variableName).join(', ')
  const sum = results.map(variableName).reduce((before, each) => `((${before} * ${VALUES}) + ${each})`)
  const declared = results.map((v) => `  INITIAL INT ${variableName(v)} IS 0:\n`).join('')
  return `${textOf(program, name)}TEST "${name}"\n${declared}  ${name} (${actuals})\n:
TEST "${name} and its results"\n${declared}  CHAN INT results:\n  SEQ\n    ${name} (${actuals})\n    results ! ${SHOWN} + ${sum}\n:\n`
}

/** @returns in what the explorer differs from the walk; undefined when in nothing */
export function difference([plain, shown]: readonly Main[], expected: Outcomes): string | undefined {
  if (plain === undefined || shown === undefined) throw new Error('a program has two TESTs')
  const firstFault = least(expected.faults)
  const run = exploring(plain)
  for (const reduce of [true, false]) {
    const said = `reduce: ${reduce}`
    const found = run({ reduce, onlyFaults: true })
    if (found.counterexample?.story.length !== firstFault)
      return `${said}: ${tell(found)} instead of a fault after ${firstFault ?? 'no'} moves`
    if (firstFault !== undefined && !codesIn(expected, firstFault).includes(outcome(found)))
      return `${said}: ${outcome(found)} after ${firstFault} moves`
    const deadlock = run({ reduce, onlyDeadlocks: true })
    if (deadlock.counterexample?.story.length !== expected.deadlock)
      return `${said}: ${tell(deadlock)} instead of a deadlock after ${expected.deadlock ?? 'no'} moves`
    const both = run({ reduce })
    const earliest = Math.min(firstFault ?? Infinity, expected.deadlock ?? Infinity)
    if ((both.counterexample === undefined) !== (earliest === Infinity))
      return `${said}: ${tell(both)}, but ${earliest} moves were expected`
    if (both.verdict.kind === 'bounded') return `${said}: not everything was seen`
    const wrong = endingsDifference(endingsOf(shown, reduce), expected, reduce)
    if (wrong !== undefined) return `${said}: ${wrong}`
  }
  return undefined
}

const least = (depths: ReadonlyMap<string, number>): number | undefined => (depths.size === 0 ? undefined : Math.min(...depths.values()))

const codesIn = ({ faults }: Outcomes, depth: number): string[] =>
  [...faults].filter(([, at]) => at === depth).flatMap(([codes]) => codes.split('|'))

const tell = (found: ReturnType<ReturnType<typeof exploring>>): string =>
  `${outcome(found)} after ${found.counterexample?.story.length ?? 'no'} moves`

/** All that a search that never stops has come to. */
interface Endings {
  /** By the number of the results: moves to the first state of this kind. */
  readonly ended: ReadonlyMap<number, number>
  readonly deadlocks: number
  /** Codes of all moves that fail, from all states that were reached. */
  readonly faults: ReadonlySet<string>
}

function endingsOf(main: Main, reduce: boolean): Endings {
  const search = new Search({ main, keys: [], reduce, onlyDeadlocks: true, onlyFaults: true })
  const steps = search.run()
  for (let step = steps.next(); step.done !== true; step = steps.next(false));
  const { states, system } = search
  const root = system.numbering.names.root.component
  const [ended, faults] = [new Map<number, number>(), new Set<string>()]
  let deadlocks = 0
  const fail = (): void => {
    const { failure } = system
    faults.add(failure?.error instanceof Error && 'code' in failure.error ? String(failure.error.code) : 'none')
  }
  if (system.begin() === 'failed') fail()
  const state = new Int32Array(2 * system.components)
  for (let index = 0; index < states.size; index++) {
    states.read(index, state)
    const moves = system.moves(state)
    for (const move of moves) if (system.apply(state, move) === 'failed') fail()
    if (moves.length > 0) continue
    const wait = system.localAt(state, root)?.wait
    const number = wait?.kind === 'output' ? Number(system.numbering.valueAt(wait.value, 0)) - SHOWN : -1
    if (number < 0) deadlocks++
    else if (!ended.has(number)) ended.set(number, search.wayTo(index).length)
  }
  return { ended, deadlocks, faults }
}

function endingsDifference(found: Endings, expected: Outcomes, reduce: boolean): string | undefined {
  for (const [number, depth] of expected.ended) {
    const at = found.ended.get(number)
    if (at === undefined) return `it never ends with results ${number}, which it can after ${depth} moves`
    if (at < depth || (!reduce && at > depth)) return `it ends with results ${number} after ${at} moves instead of ${depth}`
  }
  for (const number of found.ended.keys()) if (!expected.ended.has(number)) return `it ends with results ${number}, which it cannot`
  if (found.deadlocks > 0 !== (expected.deadlock !== undefined)) return `${found.deadlocks} states are deadlocks`
  const possible = new Set([...expected.faults.keys()].flatMap((codes) => codes.split('|')))
  for (const code of found.faults) if (!possible.has(code)) return `it fails with ${code}, which it cannot`
  for (const code of expected.faults.keys())
    if (!code.includes('|') && !found.faults.has(code)) return `it never fails with ${code}, which it can`
  return undefined
}
