/** The keyboard, the screen and the error channel of a main process, as streams. Nothing here is seen by those who use the package. */
import { Readable, Writable } from 'node:stream'
import type { MainOptions, Shown, Typed } from './main-types.ts'

const encoder = new TextEncoder()

/** The streams of one main process. */
export class Terminal {
  readonly keyboard: Readable
  readonly screen: Writable
  readonly error: Writable
  private readonly texts = { screen: '', error: '' }

  /** @param failed is told when what is typed, or who is shown, throws */
  constructor(
    { keyboard = [], screen, error }: MainOptions,
    private readonly failed: (error: Error) => void,
  ) {
    this.keyboard = Readable.from(this.typed(keyboard), { objectMode: false })
    this.screen = this.shown(screen ?? ((text) => void (this.texts.screen += text)))
    this.error = this.shown(error ?? ((text) => void (this.texts.error += text)))
  }

  get collected(): Readonly<Record<'screen' | 'error', string>> {
    return this.texts
  }

  /** Nothing runs any more that could read or write. */
  close(): void {
    this.keyboard.destroy()
  }

  private async *typed(keyboard: NonNullable<MainOptions['keyboard']>): AsyncGenerator<Uint8Array> {
    try {
      if (typeof keyboard === 'string' || keyboard instanceof Uint8Array) yield bytesOf(keyboard)
      else for await (const each of keyboard) yield bytesOf(each)
    } catch (error) {
      this.failed(errorOf(error))
    }
  }

  private shown(show: Shown): Writable {
    const decoder = new TextDecoder()
    const tell = async (bytes: Uint8Array): Promise<void> => {
      try {
        await show(decoder.decode(bytes, { stream: true }))
      } catch (error) {
        this.failed(errorOf(error))
      }
    }
    return new Writable({
      write: (bytes: Uint8Array, _, done) => {
        void tell(bytes).then(() => {
          done()
        })
      },
    })
  }
}

function bytesOf(typed: Typed): Uint8Array {
  return typeof typed === 'string' ? encoder.encode(typed) : typed
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
