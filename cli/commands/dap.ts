/** `godwit dap` */
import { DebuggedOutput } from '../../editor/debug-adapter/output.ts'
import { waitingLines } from '../../editor/debug-adapter/lines.ts'
import { GodwitDebugSession } from '../../editor/debug-adapter/session.ts'
import type { Debuggee, LaunchArguments } from '../../editor/debug-adapter/session.ts'
import { Debugger } from '../../runtime/debug/debugger.ts'
import { SteppedReplay } from '../../runtime/debug/stepped.ts'
import { virtualSupply } from '../../runtime/debug/virtual-supply.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { isRecording, readHead } from '../../runtime/run/recording/recording.ts'
import { Replay } from '../../runtime/run/recording/replay.ts'
import type { Repetition } from '../../runtime/run/recording/replay.ts'
import { renderAll } from '../diagnostics.ts'
import { compilerOptions, load } from '../load-program.ts'
import type { Runnable } from '../program-cache.ts'
import { requireNoServices } from '../program-services.ts'
import { subjectOf } from '../subject.ts'
import { replayOf } from './replay-recording.ts'
import { bytesOf } from './replay.ts'

/** Serves one editor on standard input and output until that disconnects, which ends this OS process. */
export async function dap(): Promise<void> {
  const session = new GodwitDebugSession(open)
  process.on('SIGTERM', () => {
    session.shutdown()
  })
  session.start(process.stdin, process.stdout)
  await new Promise<never>(() => undefined)
}

async function open(launch: LaunchArguments, send: (text: string) => void): Promise<Debuggee> {
  let position = (): number => 0
  const output = new DebuggedOutput(() => position(), send)
  const show = (_: 'screen' | 'error', byte: number): void => {
    output.show(byte)
  }
  const { replay, program } = await replayFor(launch, show)
  position = () => replay.dispatches
  return {
    debugger: new Debugger(new SteppedReplay(replay)),
    lines: waitingLines(program.units),
    begin: () => {
      output.begin()
    },
    flush: () => {
      output.flush()
    },
    report: () => {
      const report = replay.report()
      return report === undefined ? undefined : renderReport(report)
    },
  }
}

async function replayFor(
  { program: file, source, define = {}, include }: LaunchArguments,
  show: (to: 'screen' | 'error', byte: number) => void,
): Promise<{ readonly replay: Repetition; readonly program: Runnable }> {
  const bytes = bytesOf(file)
  const recording = isRecording(bytes)
  const path = recording ? (source ?? readHead(bytes, file).head.source) : file
  const options = { define: new Map(Object.entries(define)), ...(include === undefined ? {} : { include }) }
  const loaded = await load(path, compilerOptions(options))
  if (!loaded.ok) throw new Error(renderAll(loaded.compilation.diagnostics, false))
  const { program } = loaded.entry
  if (recording) return { program, replay: await replayOf(path, program, { bytes, name: file }, show) }
  requireNoServices(program)
  const { main } = await subjectOf(path, program, undefined, 'debug')
  return { program, replay: new Replay({ entries: [] }, main, show, virtualSupply(program.manifest.source)) }
}
