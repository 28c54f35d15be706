/** `godwit dap` */
import { DebuggedOutput } from '../../editor/debug-adapter/output.ts'
import { waitingLines } from '../../editor/debug-adapter/lines.ts'
import { GodwitDebugSession } from '../../editor/debug-adapter/session.ts'
import type { Debuggee, LaunchArguments } from '../../editor/debug-adapter/session.ts'
import { Debugger } from '../../runtime/debug/debugger.ts'
import { renderReport } from '../../runtime/report/render.ts'
import { debuggeeOf } from '../debuggee.ts'
import { renderAll } from '../diagnostics.ts'
import { compilerOptions, load } from '../load-program.ts'

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
  const { program: file, source, define = {}, include } = launch
  const options = { define: new Map(Object.entries(define)), ...(include === undefined ? {} : { include }) }
  const debuggee = await debuggeeOf({
    file,
    source,
    load: async (path) => {
      const loaded = await load(path, compilerOptions(options))
      if (!loaded.ok) throw new Error(renderAll(loaded.compilation.diagnostics, false))
      return loaded.entry.program
    },
    show,
  })
  position = debuggee.dispatches
  return {
    debugger: new Debugger(debuggee.run),
    lines: waitingLines(debuggee.program.units),
    begin: () => {
      output.begin()
    },
    flush: () => {
      output.flush()
    },
    report: () => {
      const report = debuggee.report()
      return report === undefined ? undefined : renderReport(report)
    },
  }
}
