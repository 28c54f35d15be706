/**
 * A stream that bytes are written to in batches.
 *
 * Invariants
 * - Bytes reach the stream in the order of `write`, each once.
 * - `full` is true from the moment the stream asks its writers to wait until it has drained: the owner stops giving bytes, since nothing
 *   else bounds what is kept.
 * - A stream that nobody reads any more (EPIPE) is `closed`: what is written afterwards vanishes, and `onClosed` was called once.
 */
/** Bytes kept before they are handed to the stream. */
const BATCH = 16384

/** A stream to write to: a Writable of Node.js, or the log of a program. */
export interface OutputStream {
  /** @returns false when the stream asks its writers to wait until it drains */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean
  on(event: 'drain' | 'error', listener: (error: Error) => void): unknown
  off(event: 'drain' | 'error', listener: (error: Error) => void): unknown
}

export interface SinkEvents {
  /** The stream takes bytes again. */
  drained(): void
  /** Nobody reads the stream any more. */
  closed(error: Error): void
}

export class Sink {
  private readonly buffer = new Uint8Array(BATCH)
  private length = 0
  /** Batches the stream has not finished with. */
  private unfinished = 0
  private waiters: (() => void)[] = []
  /** When the oldest byte of the buffer was written, in milliseconds of `performance.now ()`. */
  private since = 0
  /** The last byte that was written. */
  last: number | undefined
  full = false
  closed = false

  constructor(
    private readonly stream: OutputStream,
    private readonly events: SinkEvents,
  ) {
    stream.on('drain', this.onDrain)
    stream.on('error', this.onError)
  }

  /** Keeps one byte; hands the batch to the stream when it is complete. */
  write(byte: number): void {
    if (this.length === 0) this.since = performance.now()
    this.last = byte
    this.buffer[this.length++] = byte
    if (this.length === BATCH) this.push()
  }

  /** Keeps bytes, as `write` does. */
  writeAll(bytes: Uint8Array): void {
    for (const byte of bytes) this.write(byte)
  }

  /** Hands what is kept to the stream. */
  push(): void {
    if (this.length === 0) return
    const batch = this.buffer.slice(0, this.length)
    this.length = 0
    if (this.closed) return
    this.unfinished++
    if (!this.stream.write(batch, this.onWritten)) this.full = true
  }

  /** Hands over what has been kept for `milliseconds` or longer. */
  pushOlderThan(milliseconds: number): void {
    if (this.length > 0 && performance.now() - this.since >= milliseconds) this.push()
  }

  /** @returns whether bytes are kept that the stream has not got. */
  get holding(): boolean {
    return this.length > 0
  }

  /** @returns when the stream has passed on everything written so far, or is closed */
  flush(): Promise<void> {
    this.push()
    if (this.unfinished === 0 || this.closed) return Promise.resolve()
    return new Promise((resolve) => this.waiters.push(resolve))
  }

  /** Leaves the stream alone from now on. Call after `flush`. */
  release(): void {
    this.stream.off('drain', this.onDrain)
    this.stream.off('error', this.onError)
    this.stream.on('error', ignore) // a late EPIPE must not become an uncaught exception
  }

  private readonly onWritten = (error?: Error | null): void => {
    this.unfinished--
    if (error) this.onError(error)
    else if (this.unfinished === 0) this.resolveAll()
  }

  private readonly onDrain = (): void => {
    if (!this.full) return
    this.full = false
    this.events.drained()
  }

  private readonly onError = (error: Error): void => {
    if (this.closed) return
    this.closed = true
    this.full = false
    this.length = 0
    this.resolveAll()
    this.events.closed(error)
    this.events.drained()
  }

  private resolveAll(): void {
    const waiters = this.waiters
    this.waiters = []
    for (const resolve of waiters) resolve()
  }
}

function ignore(): void {
  // the stream is somebody else's now
}
