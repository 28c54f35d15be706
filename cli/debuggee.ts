/** What is debugged, in a terminal or by an editor: a recording, a schedule, or a program that begins. */
import { SteppedReplay } from '../runtime/debug/stepped.ts'
import type { Stepped } from '../runtime/debug/stepped.ts'
import { SteppedSchedule } from '../runtime/debug/stepped-schedule.ts'
import { virtualSupply } from '../runtime/debug/virtual-supply.ts'
import { isSchedule, readSchedule } from '../runtime/explore/schedule-file.ts'
import type { Report } from '../runtime/report/report.ts'
import { isRecording, readHead } from '../runtime/run/recording/recording.ts'
import { Replay } from '../runtime/run/recording/replay.ts'
import type { Repetition, Show } from '../runtime/run/recording/replay.ts'
import { replayOf } from './commands/replay-recording.ts'
import { bytesOf, scheduleIn } from './commands/replay.ts'
import type { Runnable } from './program-cache.ts'
import { requireNoServices } from './program-services.ts'
import { subjectOf } from './subject.ts'

export interface Debuggee {
  readonly program: Runnable
  readonly run: Stepped
  /** Steps that have been made, those of the runtime included. */
  readonly dispatches: () => number
  /** @returns what is to be told of how it has ended */
  readonly report: () => Report | undefined
  /** What ends where it cannot be stepped any further; undefined when that is the program itself. */
  readonly ends: () => 'recording' | 'schedule' | undefined
}

export interface DebuggeeOptions {
  /** A recording, a schedule, or the text of a program. */
  readonly file: string
  /** The text of the program of a recording or schedule; absent: where it was then. */
  readonly source: string | undefined
  /** @returns the program of a text */
  readonly load: (path: string) => Promise<Runnable>
  /** Gets what the program prints. */
  readonly show: Show
}

/** @throws RunError R0531, R0532; ExploreError R0601 to R0603; UsageError */
export async function debuggeeOf({ file, source, load, show }: DebuggeeOptions): Promise<Debuggee> {
  const bytes = bytesOf(file)
  if (isRecording(bytes)) {
    const path = source ?? readHead(bytes, file).head.source
    const program = await load(path)
    return repeated(program, await replayOf(path, program, { bytes, name: file }, show))
  }
  if (isSchedule(bytes)) {
    const path = source ?? readSchedule(bytes.toString('utf8'), file).source
    const program = await load(path)
    const { main, ...schedule } = await scheduleIn(path, program, { bytes, name: file })
    const run = new SteppedSchedule(schedule, main, show)
    return {
      program,
      run,
      dispatches: () => run.dispatches,
      report: () => run.report(),
      ends: () => (schedule.end === 'open' ? 'schedule' : undefined),
    }
  }
  const program = await load(file)
  requireNoServices(program)
  const { main } = await subjectOf(file, program, undefined, 'debug')
  return repeated(program, new Replay({ entries: [] }, main, show, virtualSupply(program.manifest.source)))
}

function repeated(program: Runnable, replay: Repetition): Debuggee {
  return {
    program,
    run: new SteppedReplay(replay),
    dispatches: () => replay.dispatches,
    report: () => replay.report(),
    ends: () => (replay.end === undefined ? 'recording' : undefined),
  }
}
