/**
 * The streams of a console that has no terminal of its own: what is written goes to the log of the program, and what viewers type comes from a feed.
 *
 * They are called like the streams of Node.js and do everything at once or when their owner says, never by themselves: so a home that has stopped
 * between two slices has nothing under way.
 */
import type { OutputLog, OutputStreamNumber } from './output-log.ts'
import type { OutputStream } from './sink.ts'
import type { InputStream } from './typed.ts'

/** Writes to one stream of a log. */
export class LogStream implements OutputStream {
  private readonly drains = new Set<() => void>()

  constructor(
    private readonly log: OutputLog,
    private readonly stream: OutputStreamNumber,
  ) {}

  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean {
    this.log.append(this.stream, bytes)
    done()
    return !this.log.full
  }

  on(event: 'drain' | 'error', listener: (error: Error) => void): void {
    if (event === 'drain') this.drains.add(listener as () => void) // a drain tells nothing
  }

  off(event: 'drain' | 'error', listener: (error: Error) => void): void {
    if (event === 'drain') this.drains.delete(listener as () => void) // as above
  }

  /** The log takes output again. */
  drained(): void {
    for (const drain of [...this.drains]) drain()
  }
}

/** What viewers have typed and the program has not asked for yet. */
export class KeyFeed implements InputStream {
  private readonly queue: Uint8Array[] = []
  private flowing = false
  private over = false
  private onData: ((bytes: Uint8Array) => void) | undefined
  private onEnd: (() => void) | undefined
  private scheduled = false

  /**
   * @param soon does something when the caller's caller has returned
   * @param wants hears that somebody waits for keys, or that nobody does any more
   */
  constructor(
    private readonly soon: (work: () => void) => void,
    private readonly wants: (wanted: boolean) => void,
  ) {}

  /** Whether somebody waits for what is typed. */
  get wanted(): boolean {
    return this.flowing && !this.over
  }

  get ended(): boolean {
    return this.over
  }

  /** Whether something is about to be handed over. */
  get busy(): boolean {
    return this.scheduled
  }

  push(bytes: Uint8Array): void {
    if (this.over || bytes.length === 0) return
    this.queue.push(bytes.slice())
    this.deliver()
  }

  /** Nothing more will be typed. */
  end(): void {
    if (this.over) return
    this.over = true
    this.wants(false)
    this.deliver()
  }

  on(event: 'data' | 'end' | 'close' | 'error', listener: (bytes: Uint8Array) => void): void {
    if (event === 'data') {
      this.onData = listener
      this.resume()
    } else if (event === 'end') this.onEnd = listener as () => void // an end tells nothing
  }

  off(event: 'data' | 'end' | 'close' | 'error'): void {
    if (event === 'data') this.onData = undefined
    if (event === 'end') this.onEnd = undefined
  }

  resume(): void {
    if (!this.flowing) {
      this.flowing = true
      if (!this.over) this.wants(true)
    }
    this.deliver()
  }

  pause(): void {
    if (!this.flowing) return
    this.flowing = false
    if (!this.over) this.wants(false)
  }

  /** @returns what has not been handed over; it stays */
  rest(): readonly Uint8Array[] {
    return this.queue
  }

  /** Hands over what is here at once, whether it was asked for or not. @returns null when there is nothing */
  read(): Uint8Array | null {
    const bytes = this.queue.shift()
    if (bytes === undefined) return null
    this.onData?.(bytes)
    return bytes
  }

  private deliver(): void {
    if (this.scheduled || !this.flowing || (this.queue.length === 0 && !this.over)) return
    this.scheduled = true
    this.soon(() => {
      this.scheduled = false
      while (this.flowing && this.onData !== undefined && this.queue.length > 0) this.read()
      if (this.flowing && this.over && this.queue.length === 0) this.onEnd?.()
    })
  }
}
