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
  /** Shows what is left of a stream at its end: the bytes of a character that is not whole. */
  private readonly rests: (() => Promise<void>)[] = []

  /** @param failed is told when what is typed, or who is shown, throws */
  constructor(
    { keyboard = [], screen, error }: MainOptions,
    private readonly failed: (error: Error) => void,
  ) {
    this.keyboard = Readable.from(this.typed(keyboard), { objectMode: false })
    this.screen = this.shown(screen ?? ((text) => void (this.texts.screen += text)))
    this.error = this.shown(error ?? ((text) => void (this.texts.error += text)))
  }

  /** Nothing more is output. @returns what was collected */
  async finish(): Promise<Readonly<Record<'screen' | 'error', string>>> {
    for (const rest of this.rests) await rest()
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
    const tell = async (text: string): Promise<void> => {
      try {
        await show(text)
      } catch (error) {
        this.failed(errorOf(error))
      }
    }
    this.rests.push(async () => {
      const rest = decoder.decode()
      if (rest !== '') await tell(rest)
    })
    return new Writable({
      write: (bytes: Uint8Array, _, done) => {
        void tell(decoder.decode(bytes, { stream: true })).then(() => {
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
