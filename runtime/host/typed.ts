/**
 * What has been typed: bytes of an input stream that nobody has taken yet.
 *
 * Invariants
 * - The stream is not touched before `want` is called for the first time, and is paused while there are bytes here: so a program that
 *   reads no input leaves it to others.
 * - `ended` is final.
 */
/** A readable stream, as far as it is used; the rest only where it is a terminal or a socket. */
export interface InputStream {
  on(event: 'data' | 'end' | 'close' | 'error', listener: (bytes: Uint8Array) => void): unknown
  off(event: 'data' | 'end' | 'close' | 'error', listener: (bytes: Uint8Array) => void): unknown
  resume(): unknown
  pause(): unknown
  /** @returns what is here, which `data` has told then; null when there is nothing */
  read(): unknown
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
  unref?(): unknown
}

/** What a checkpoint keeps of the keyboard. */
export interface TypedState {
  /** Bytes that came but that the program has not taken. */
  readonly bytes: Uint8Array
  /** The end of input was seen. */
  readonly ended: boolean
}

export interface TypedEvents {
  /** Bytes, or the end, have come. */
  came(): void
  /** Ctrl-C on a terminal in raw mode, where it is no signal. */
  interrupt(): void
}

const CTRL_C = 3

export class Typed {
  private chunks: Uint8Array[] = []
  private at = 0
  private stream: InputStream | undefined
  private reading = false
  ended = false

  /**
   * @param open gives the stream; called at the first `want`. No stream is a stream at its end.
   * @param raw whether a terminal shall give each key at once, without echo
   */
  constructor(
    private readonly open: () => InputStream | undefined,
    private readonly raw: boolean,
    private readonly events: TypedEvents,
    state?: TypedState,
  ) {
    if (state === undefined) return
    if (state.bytes.length > 0) this.chunks.push(state.bytes)
    this.ended = state.ended
  }

  /** @returns whether a byte is here. */
  get available(): boolean {
    return this.chunks.length > 0
  }

  /** @returns the next byte, which stays; undefined when none is here */
  peek(): number | undefined {
    return this.chunks[0]?.[this.at]
  }

  /** Takes the byte that `peek` gives. */
  shift(): void {
    const chunk = this.chunks[0]
    if (chunk === undefined || ++this.at < chunk.length) return
    this.chunks.shift()
    this.at = 0
  }

  /** @returns how many bytes are here */
  get count(): number {
    return this.chunks.reduce((n, chunk) => n + chunk.length, -this.at)
  }

  /**
   * @param skipped how many bytes stay here before those that are taken
   * @returns at most `most` of the bytes behind them
   */
  take(most: number, skipped: number): Uint8Array {
    const first = this.chunks[0]
    if (skipped === 0 && first !== undefined) {
      const taken = first.slice(this.at, this.at + most)
      this.at += taken.length
      if (this.at < first.length) return taken
      this.chunks.shift()
      this.at = 0
      return taken
    }
    const all = this.here()
    const rest = Buffer.concat([all.subarray(0, skipped), all.subarray(skipped + most)])
    this.chunks = rest.length > 0 ? [rest] : []
    this.at = 0
    return all.slice(skipped, skipped + most)
  }

  /**
   * Asks for bytes: `came` is called when there are some, or none will come.
   * @param beyond how many bytes may be here without being what is asked for
   */
  want(beyond = 0): void {
    if (this.reading || this.ended || this.count > beyond) return
    this.reading = true
    if (this.stream !== undefined) {
      this.stream.resume()
      return
    }
    const stream = this.open()
    if (stream === undefined) {
      this.onEnd()
      return
    }
    this.stream = stream
    if (this.raw && stream.isTTY === true) stream.setRawMode?.(true)
    stream.on('data', this.onData)
    stream.on('end', this.onEnd)
    stream.on('close', this.onEnd)
    stream.on('error', this.onEnd) // EIO of a terminal that has gone, say: nothing more will come
  }

  /** Leaves the stream alone from now on, as it was found. */
  release(): void {
    const stream = this.stream
    if (stream === undefined) return
    stream.off('data', this.onData)
    stream.off('end', this.onEnd)
    stream.off('close', this.onEnd)
    stream.pause()
    if (this.raw && stream.isTTY === true) stream.setRawMode?.(false)
    stream.unref?.()
    this.stream = undefined
    this.reading = false
  }

  /** @returns what a checkpoint keeps, with what the stream has read ahead. */
  state(): TypedState {
    while (this.stream !== undefined && this.stream.read() !== null); // comes by `onData`
    const bytes = this.here()
    return { bytes, ended: this.ended }
  }

  /** @returns a copy of the bytes that are here */
  here(): Uint8Array {
    const [first, ...rest] = this.chunks
    return Uint8Array.from(Buffer.concat(first === undefined ? [] : [first.subarray(this.at), ...rest]))
  }

  private readonly onData = (chunk: Uint8Array | string): void => {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
    if (bytes.length === 0) return
    this.stream?.pause()
    this.reading = false
    if (this.raw && this.stream?.isTTY === true && bytes.includes(CTRL_C)) this.events.interrupt()
    this.chunks.push(bytes)
    this.events.came()
  }

  private readonly onEnd = (): void => {
    if (this.ended) return
    this.ended = true
    this.reading = false
    this.events.came()
  }
}
