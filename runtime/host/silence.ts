/** The streams of a console whose program is denied the terminal: nothing is typed, and nobody sees what is written. */
import type { OutputStream } from './sink.ts'
import type { InputStream } from './typed.ts'

const SILENT: OutputStream = {
  write: (_, done) => {
    done()
    return true
  },
  on: () => undefined,
  off: () => undefined,
}

export const SILENCE = { stdin: (): InputStream | undefined => undefined, stdout: SILENT, stderr: SILENT } as const
