/**
 * What leaves a node about one program, in its order: output that was gathered here, and whatever could show that it was printed.
 *
 * Invariants
 * - Nothing that was given to `send` after an output was gathered leaves before the home has written that output. So nobody elsewhere can do
 *   anything that follows from an output and comes before it on the screen (docs/decisions/0016).
 * - One list is on its way at a time. Where nothing is gathered or on its way, `send` sends at once.
 * - Lists themselves, what is answered about them, and what decides whether a migration happens do not wait here: the home may need these to answer.
 */
import type { Gathered } from '../../kernel/links/gathered.ts'

export interface OutboxPort {
  readonly gathered: Pick<Gathered, 'isEmpty' | 'cut' | 'written'>
  /** Has the home write a list. @param done is called once, with whether its streams take more */
  print(list: Uint8Array, done: (more: boolean) => void): void
}

export class Outbox {
  private readonly queue: (Uint8Array | (() => void))[] = []
  private isPrinting = false

  constructor(private readonly port: OutboxPort) {}

  /** @returns whether all output that was gathered here is written, and nothing waits for that */
  get isEmpty(): boolean {
    return !this.isPrinting && this.queue.length === 0 && this.port.gathered.isEmpty
  }

  /** Does what lets something leave the node: now, or when the output before it is written. */
  send(work: () => void): void {
    if (this.isEmpty) {
      work()
      return
    }
    this.close()
    this.queue.push(work)
  }

  /** Sends what was gathered; between slices. */
  flush(): void {
    if (this.isEmpty) return
    this.close()
    this.pump()
  }

  private close(): void {
    const list = this.port.gathered.cut()
    if (list !== undefined) this.queue.push(list)
  }

  private pump(): void {
    while (!this.isPrinting) {
      const next = this.queue.shift()
      if (next === undefined) return
      if (typeof next === 'function') next()
      else {
        this.isPrinting = true
        this.port.print(next, (more) => {
          this.isPrinting = false
          this.port.gathered.written(next, more)
          this.pump()
        })
      }
    }
  }
}
