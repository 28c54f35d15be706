/** `godwit run --replay` of a recording. */
import { readNodesRecording } from '../../runtime/run/recording/nodes-recording.ts'
import { NodesReplay } from '../../runtime/run/recording/nodes-replay.ts'
import { isOfNodes, readHead, readRecording } from '../../runtime/run/recording/recording.ts'
import { Replay } from '../../runtime/run/recording/replay.ts'
import type { Repetition } from '../../runtime/run/recording/replay.ts'
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
): Promise<Repetition> {
  const { head } = readHead(bytes, name)
  const watched = isOfNodes(bytes)
  const { unit, main } = await subjectOf(file, program, undefined, 'replay', { watched })
  if (unit !== head.program) {
    throw new RunError(
      'R0532',
      `${name} is a recording of ${head.source} as it was then, not of ${file} as it is`,
      'replay it with the text that was recorded',
    )
  }
  return watched ? new NodesReplay(readNodesRecording(bytes, name), main, show) : new Replay(readRecording(bytes, name), main, show)
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
  const report = replay.report()
  if (report !== undefined) {
    tellReport(report, json)
    throw new Exit(report.kind === 'deadlock' ? STATUS.deadlock : STATUS.failure)
  }
  const { end } = replay
  switch (end?.how) {
    case 'ended':
    case 'fault':
    case 'deadlock':
    case 'report':
      return
    case 'exited':
      if (end.status !== 0) throw new Exit(end.status)
      return
    case 'interrupted':
    case 'refused':
    case undefined:
      complain(
        err.dim(`the recording ends here: ${end === undefined ? (replay.brokenOff ?? 'the run was killed') : `the run was ${end.how}`}`),
      )
  }
}
