/** `godwit run --replay` of a recording. */
import { readRecording } from '../../runtime/run/recording/recording.ts'
import { Replay } from '../../runtime/run/recording/replay.ts'
import { failureOf } from '../../runtime/node/program/failure.ts'
import { deadlockReport } from '../../runtime/report/waiting.ts'
import { RunError } from '../../runtime/run/run-error.ts'
import { Exit, STATUS } from '../errors.ts'
import { tellReport } from '../outcome.ts'
import type { Runnable } from '../program-cache.ts'
import { subjectOf } from '../subject.ts'
import { complain, err } from '../terminal.ts'

/** Bytes that are gathered before they are printed. */
const TOGETHER = 1 << 14

/** Gathers what is printed on two streams, in its order. */
class Printer {
  private to: 'screen' | 'error' = 'screen'
  private bytes: number[] = []

  readonly show = (to: 'screen' | 'error', byte: number): void => {
    if (to !== this.to || this.bytes.length === TOGETHER) this.flush()
    this.to = to
    this.bytes.push(byte)
  }

  flush(): void {
    if (this.bytes.length > 0) (this.to === 'screen' ? process.stdout : process.stderr).write(Uint8Array.from(this.bytes))
    this.bytes = []
  }
}

/**
 * @param name of the recording, for messages
 * @returns a replay of a recording of this program
 * @throws RunError R0531, R0532
 */
export async function replayOf(
  file: string,
  program: Runnable,
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
  show: (to: 'screen' | 'error', byte: number) => void,
): Promise<Replay> {
  const recording = readRecording(bytes, name)
  const { unit, main } = await subjectOf(file, program, undefined, 'replay')
  if (unit !== recording.head.program) {
    throw new RunError(
      'R0532',
      `${name} is a recording of ${recording.head.source} as it was then, not of ${file} as it is`,
      'replay it with the text that was recorded',
    )
  }
  return new Replay(recording, main, show)
}

/**
 * Repeats a recorded run: what was printed is printed again, and it ends as it ended then.
 * @param json whether a report is one line of JSON
 * @throws Exit as a run does; RunError R0531 to R0533
 */
export async function replayRecording(
  file: string,
  program: Runnable,
  recording: { readonly bytes: Uint8Array; readonly name: string },
  json = false,
): Promise<void> {
  const printer = new Printer()
  const replay = await replayOf(file, program, recording, printer.show)
  try {
    replay.run()
  } finally {
    printer.flush()
  }
  const { end, kernel } = replay
  if (kernel.failure !== undefined) {
    tellReport(failureOf(kernel.failure), json)
    throw new Exit(STATUS.failure)
  }
  switch (end?.how) {
    case 'ended':
    case 'fault':
      return
    case 'exited':
      if (end.status !== 0) throw new Exit(end.status)
      return
    case 'deadlock':
      tellReport(deadlockReport(kernel), json)
      throw new Exit(STATUS.deadlock)
    case 'interrupted':
    case 'refused':
    case undefined:
      complain(err.dim(`the recording ends here: the run was ${end?.how ?? 'killed'}`))
  }
}
