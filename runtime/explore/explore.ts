/** Exploring a program: the search, and what it has found told in terms of the text. */
import { failureReport } from '../report/fault.ts'
import type { Report } from '../report/report.ts'
import { deadlockReport } from '../report/waiting.ts'
import { refusal } from './explore-error.ts'
import { Execution } from './execution.ts'
import type { Happening } from './execution.ts'
import { livelockIn } from './livelock.ts'
import { NotExplored } from './not-explored.ts'
import { scheduleOf } from './schedule.ts'
import type { Scheduled } from './schedule.ts'
import { Search } from './search.ts'
import type { Found, Progress, SearchOptions, Way } from './search.ts'

/** How something that is wrong comes about. */
export interface Counterexample {
  readonly schedule: readonly Scheduled[]
  /** What happens, move by move. */
  readonly story: readonly Happening[]
  /** Whether it is known that no schedule with fewer moves leads to something wrong of this kind. */
  readonly isShortest: boolean
  /** What is wrong in the end. */
  readonly report: Report
}

/** How a program comes to go round for ever. */
export interface Livelock {
  /** The way to the circle, and once round it. */
  readonly schedule: readonly Scheduled[]
  readonly story: readonly Happening[]
  /** How many moves come before the circle. */
  readonly before: number
}

/** What was found of a program. */
export interface Exploration extends Found {
  /** Of a deadlock or fault. */
  readonly counterexample: Counterexample | undefined
  /** Of a livelock. */
  readonly livelock?: Livelock
}

export interface ExploreOptions extends SearchOptions {
  /** What is explored, for messages: `ring.csp`. */
  readonly name: string
  /** Where nothing else is wrong, livelocks are looked for: those that a fair scheduler can go round, or any. All moves are made then. */
  readonly livelock?: 'fair' | 'any'
}

/**
 * Explores a program, in steps: it is left now and then. Whoever goes on with `true` gives the search up.
 * @throws ExploreError R0601 when the program does what is not covered
 */
export function* explore(options: ExploreOptions): Generator<Progress, Exploration, boolean | undefined> {
  try {
    const search = new Search(options.livelock === undefined ? options : { ...options, reduce: false })
    const found = yield* search.run()
    const { verdict } = found
    if (options.livelock !== undefined && (verdict.kind === 'exhausted' || verdict.kind === 'bounded'))
      return yield* lookForLivelock(options, search, found, options.livelock)
    if (verdict.kind !== 'deadlock' && verdict.kind !== 'fault') return { ...found, counterexample: undefined }
    if (verdict.kind === 'fault' && options.reduce !== false && options.livelock === undefined)
      return yield* shortest(options, search, found, verdict.way)
    return { ...found, counterexample: tell(options, search, verdict, true) }
  } catch (error) {
    if (error instanceof NotExplored) throw refusal(options.name, error)
    throw error
  }
}

function* lookForLivelock(
  options: ExploreOptions,
  search: Search,
  found: Found,
  kind: 'fair' | 'any',
): Generator<Progress, Exploration, boolean | undefined> {
  const lasso = yield* livelockIn(search, kind === 'fair')
  if (lasso === undefined) return { ...found, counterexample: undefined }
  if (lasso === 'given up') return { ...found, verdict: { kind: 'bounded', by: 'time' }, counterexample: undefined }
  const { way, circle } = lasso
  const schedule = scheduleOf(search.system, [...way, ...circle])
  const execution = new Execution({ main: options.main })
  const story = schedule.map((move) => execution.move(move))
  return {
    ...found,
    verdict: { kind: 'livelock', way, circle },
    counterexample: undefined,
    livelock: { schedule, story, before: way.length },
  }
}

/** What is wrong at the end of a way. */
interface Wrong {
  readonly kind: 'deadlock' | 'fault'
  readonly way: Way
}

/** States that are looked at in search of a shorter way, at least; and as many times those that were looked at before. */
const LEAST_STATES = 100_000
const TIMES = 4

/**
 * Moves that were left out can only put a fault off. So where a fault was found it is looked for again with all moves, less deep.
 * @returns what was found then, or else what was found before
 */
function* shortest(options: SearchOptions, before: Search, found: Found, way: Way): Generator<Progress, Exploration, boolean | undefined> {
  const told = (isShortest: boolean): Exploration => ({
    ...found,
    counterexample: tell(options, before, { kind: 'fault', way }, isShortest),
  })
  if (way.length < 2) return told(true)
  const states = Math.min(options.states ?? Infinity, LEAST_STATES + TIMES * found.progress.states)
  const search = new Search({ ...options, reduce: false, onlyFaults: true, depth: way.length - 1, states })
  const { verdict } = yield* search.run()
  if (verdict.kind === 'fault') return { ...found, verdict, counterexample: tell(options, search, verdict, true) }
  return told(verdict.kind === 'exhausted' || (verdict.kind === 'bounded' && verdict.by === 'depth'))
}

function tell(options: SearchOptions, { system }: Search, { kind, way }: Wrong, isShortest: boolean): Counterexample {
  const schedule = scheduleOf(system, way)
  const execution = new Execution({ main: options.main })
  const story = schedule.map((move) => execution.move(move))
  if ((execution.failure === undefined) === (kind === 'fault')) throw new Error('a counterexample does not lead to what was found')
  return { schedule, story, isShortest, report: reportOf(execution) }
}

/** @returns what is wrong with a run that a schedule has led to where it fails or stands still */
export function reportOf(execution: Execution): Report {
  const { failure } = execution
  return failure === undefined ? deadlockReport(execution.stand()) : failureReport(failure)
}
