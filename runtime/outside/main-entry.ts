/** The main process of a program whose keyboard, screen and error channel are streams that somebody outside gives. */
import type { ProgramManifest } from '../code/program.ts'
import type { CodeStore } from '../code/store.ts'
import { Console } from '../host/console.ts'
import { SILENCE } from '../host/silence.ts'
import type { OutputStream } from '../host/sink.ts'
import type { InputStream } from '../host/typed.ts'
import { loadMain, mainFrame } from '../run/main-frame.ts'
import type { PreparedEntry } from './entry.ts'
import { OutsideError } from './outside-error.ts'

export interface MainStreams {
  readonly keyboard: InputStream | undefined
  readonly screen: OutputStream
  readonly error: OutputStream
}

/** Those of a program that is denied the terminal. */
export const NO_TERMINAL: MainStreams = { keyboard: undefined, screen: SILENCE.stdout, error: SILENCE.stderr }

/**
 * @returns the main process, to be opened where it is to begin
 * @throws OutsideError R0703 when the program has none; CodeError, RunError (as a rejection)
 */
export async function prepareMain(manifest: ProgramManifest, store: CodeStore, streams: MainStreams): Promise<PreparedEntry> {
  const { main, source } = manifest
  if (main === undefined)
    throw new OutsideError(
      'R0703',
      `${source} has no main process`,
      'end the file with a PROC whose parameters are channels of BYTE, `keyboard?`, `screen!`, `error!`, or start one of its PROCs',
    )
  const machine = await loadMain(manifest, store)
  return {
    open: ({ kernel, poke }) => {
      const console = new Console(kernel, { stdin: () => streams.keyboard, stdout: streams.screen, stderr: streams.error, poke })
      return { frame: mainFrame(machine, main.parameters, (end) => console.channels[end]), channels: {}, ports: [], console }
    },
  }
}
