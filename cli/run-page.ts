/** Runs that are over as pages look at them: recordings, and schedules that `check` has found. */
import { Debugger } from '../runtime/debug/debugger.ts'
import { SteppedReplay } from '../runtime/debug/stepped.ts'
import type { SteppedRun } from '../runtime/dashboard/steps.ts'
import { Execution } from '../runtime/explore/execution.ts'
import type { Scheduled } from '../runtime/explore/schedule.ts'
import type { Kernel } from '../runtime/kernel/scheduler/kernel.ts'
import { failureOf } from '../runtime/node/program/failure.ts'
import { renderReport } from '../runtime/report/render.ts'
import type { Report } from '../runtime/report/report.ts'
import { deadlockReport } from '../runtime/report/waiting.ts'
import { isRecording, readHead } from '../runtime/run/recording/recording.ts'
import type { Repetition } from '../runtime/run/recording/replay.ts'
import { bytesOf, scheduleIn } from './commands/replay.ts'
import { replayOf } from './commands/replay-recording.ts'
import { compilerOptions, loadOrExit } from './load-program.ts'
import { readSchedule } from '../runtime/explore/schedule-file.ts'
import type { Subject } from './subject.ts'
import { storyLines } from './story.ts'

/** A run that was recorded: a step is what a process does from one wait to the next. */
class RecordedRun implements SteppedRun {
  readonly steps: number
  private readonly debugger: Debugger
  private readonly stepped: SteppedReplay

  constructor(
    readonly source: string,
    private readonly replay: Repetition,
  ) {
    this.stepped = new SteppedReplay(replay)
    this.debugger = new Debugger(this.stepped)
    this.debugger.continue()
    this.steps = this.debugger.position
  }

  get kernel(): Kernel {
    return this.stepped.kernel
  }

  get step(): number {
    return this.debugger.position
  }

  get words(): string {
    const { current, position } = this.debugger
    if (current === undefined) return ''
    const { path, words, place } = current
    const happened = `${path} ${words}${place === undefined ? '' : ` (line ${place.line})`}`
    return position < this.steps ? happened : withEnd(happened, this.replay.report())
  }

  goTo(step: number): void {
    this.debugger.goTo(step)
  }
}

/** A run that a schedule tells: a step is one of its moves. */
class ScheduledRun implements SteppedRun {
  step = 0
  kernel: Kernel
  private readonly lines: readonly string[]

  constructor(
    readonly source: string,
    private readonly main: Subject['main'],
    private readonly moves: readonly Scheduled[],
    private readonly deadlocks: boolean,
  ) {
    const execution = new Execution({ main })
    this.lines = storyLines(moves.map((move) => execution.move(move)))
    this.kernel = this.goTo(moves.length)
  }

  get steps(): number {
    return this.moves.length
  }

  get words(): string {
    const happened = (this.lines[this.step - 1] ?? '').trim()
    if (this.step < this.steps) return happened
    const { failure } = this.kernel
    return withEnd(happened, failure !== undefined ? failureOf(failure) : this.deadlocks ? deadlockReport(this.kernel) : undefined)
  }

  /** It is made anew from its beginning each time: what stands still cannot go on. */
  goTo(step: number): Kernel {
    const execution = new Execution({ main: this.main })
    for (const move of this.moves.slice(0, step)) execution.move(move)
    this.step = step
    this.kernel = execution.failure === undefined ? execution.stand() : execution.kernel
    return this.kernel
  }
}

/** @returns what happened last, and what came of all of it */
function withEnd(happened: string, report: Report | undefined): string {
  const [title = ''] = report === undefined ? ['the end'] : renderReport(report).split('\n')
  return happened === '' ? title : `${happened}\n${title}`
}

/**
 * @param file a recording, or a schedule
 * @param text of the program, when it is elsewhere now
 * @throws Exit when the program is rejected; RunError R0531, R0532; ExploreError R0601, R0602, R0603; UsageError
 */
export async function openRun(file: string, text: string | undefined): Promise<SteppedRun> {
  const bytes = bytesOf(file)
  const recorded = isRecording(bytes)
  const path = text ?? (recorded ? readHead(bytes, file).head.source : readSchedule(bytes.toString('utf8'), file).source)
  const { program } = await loadOrExit(path, compilerOptions({}))
  if (recorded) return new RecordedRun(path, await replayOf(path, program, { bytes, name: file }, () => undefined))
  const { main, moves, end } = await scheduleIn(path, program, { bytes, name: file })
  return new ScheduledRun(path, main, moves, end === 'deadlock')
}

/** @param deadlocks whether the moves lead to a deadlock */
export function runOf(source: string, main: Subject['main'], moves: readonly Scheduled[], deadlocks: boolean): SteppedRun {
  return new ScheduledRun(source, main, moves, deadlocks)
}
