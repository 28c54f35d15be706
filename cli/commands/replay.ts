/** `godwit run --replay` */
import { readFileSync } from 'node:fs'
import type { FoundSchedule } from '../../runtime/debug/stepped-schedule.ts'
import { ExploreError, refusal } from '../../runtime/explore/explore-error.ts'
import { Execution } from '../../runtime/explore/execution.ts'
import { reportOf } from '../../runtime/explore/explore.ts'
import { NotExplored } from '../../runtime/explore/not-explored.ts'
import { endOf, ScheduleError } from '../../runtime/explore/schedule.ts'
import type { End, Scheduled } from '../../runtime/explore/schedule.ts'
import { readSchedule } from '../../runtime/explore/schedule-file.ts'
import type { SavedSchedule } from '../../runtime/explore/schedule-file.ts'
import { System } from '../../runtime/explore/system.ts'
import { isRecording } from '../../runtime/run/recording/recording.ts'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { tellReport } from '../outcome.ts'
import type { Runnable } from '../program-cache.ts'
import { subjectOf, type Subject } from '../subject.ts'
import { complain, count, err } from '../terminal.ts'
import { replayRecording } from './replay-recording.ts'

/**
 * Repeats a run by its schedule, or by its recording: what the program prints is printed, and how it ends is how it ended then.
 * @param json whether a report is one line of JSON
 * @throws Exit as a run does; RunError R0531 to R0533 of a recording; ExploreError R0602 for a schedule of another program, R0603 for what is no schedule, R0601 for one that was altered so
 *   that it leads where nothing is explored
 */
export async function replay(file: string, program: Runnable, schedule: string, json = false): Promise<void> {
  const bytes = bytesOf(schedule)
  if (isRecording(bytes)) return replayRecording(file, program, { bytes, name: schedule }, json)
  const { saved, moves, end, main } = await scheduleIn(file, program, { bytes, name: schedule })
  const execution = new Execution({
    main,
    show: (to, bytes) => (to === 'error' ? process.stderr : process.stdout).write(bytes),
  })
  for (const move of moves) execution.move(move)
  switch (end) {
    case 'ended':
    case 'passed':
      return
    case 'open':
      if (saved.before !== undefined) {
        const round = saved.moves.length - saved.before
        complain(
          `a livelock: the last ${count(round, 'move')}, which ${round === 1 ? 'was' : 'were'} made ${ROUNDS} times, can be made again and again`,
        )
        throw new Exit(STATUS.deadlock)
      }
      complain(err.dim(`the schedule ends here, after ${count(saved.moves.length, 'move')}; the program could go on`))
      return
    case 'failed':
    case 'deadlock': {
      tellReport(reportOf(execution), json)
      throw new Exit(end === 'failed' ? STATUS.failure : STATUS.deadlock)
    }
  }
}

/** Times that the circle of a livelock is gone round. */
const ROUNDS = 3

function movesOf({ moves, before }: SavedSchedule): readonly Scheduled[] {
  if (before === undefined) return moves
  const round = moves.slice(before)
  return [...moves.slice(0, before), ...Array.from({ length: ROUNDS }, () => round).flat()]
}

/**
 * @param file of the program
 * @param name of the schedule, for messages
 * @returns a schedule of this program, all of its moves, and how the program ends by them
 * @throws ExploreError R0601 to R0603
 */
export async function scheduleIn(
  file: string,
  program: Runnable,
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
): Promise<FoundSchedule & Pick<Subject, 'main'> & { readonly saved: SavedSchedule }> {
  const saved = readSchedule(new TextDecoder().decode(bytes), name)
  const subject = await subjectOf(file, program, saved.test, 'replay')
  if (subject.unit !== saved.program) {
    throw new ExploreError(
      'R0602',
      `${name} is a schedule of ${saved.source} as it was then, not of ${subject.name} as it is`,
      'find the schedule again with `godwit check`, or replay it with the text that it was found for',
    )
  }
  const moves = movesOf(saved)
  return { saved, moves, end: follow(name, subject, moves), main: subject.main }
}

/** @returns a file with a schedule or a recording. @throws UsageError when it cannot be read */
export function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UsageError(
      `cannot read \`${path}\`: ${error instanceof Error ? error.message : String(error)}`,
      'name a file that `godwit check --save` or `godwit run --record` has written',
    )
  }
}

/** @returns how the program ends. @throws ExploreError R0602 when it cannot be followed, R0601 when it leads where nothing is explored */
function follow(schedule: string, { name, main }: Subject, moves: readonly Scheduled[]): End {
  const keys = new Set(moves.flatMap((move) => (move.kind === 'type' ? [move.key] : [])))
  try {
    return endOf(new System({ main, keys: keys.has(255) ? [] : [...keys] }), moves)
  } catch (error) {
    if (error instanceof NotExplored) throw refusal(name, error)
    if (!(error instanceof ScheduleError)) throw error
    throw new ExploreError('R0602', `${schedule} was altered: ${error.message}`, 'find the schedule again with `godwit check`')
  }
}
