/**
 * The bells of the threads of one OS process: whoever has put something where another thread finds it rings that thread's bell.
 *
 * A thread that has just heard its bell listens for some microseconds before it goes to sleep, where it has turned out that answers come so soon;
 * to wake a thread takes longer than many an answer. The time is doubled when something came within it and halved when nothing did (an adaptive
 * mutex does the same), so that no core is kept busy where threads are more than cores.
 */

/** So many threads may there be in the life of an OS process. */
export const MOST_THREADS = 1024
/** Two bells are not in one line of a cache. */
const STRIDE = 16
/** Words of a bell: how often it was rung, and whether its thread sleeps. */
const RUNG = 0
const SLEEPS = 1

/** Microseconds that a thread listens at most, and at least when it does at all. */
const MOST_LISTENING = 32
const LEAST_LISTENING = 2
/** A thread that has given up listening tries it again once in so many times. */
const TRY_AGAIN = 64

/** @returns the memory of all bells */
export function bellMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(MOST_THREADS * STRIDE * 4)
}

/** Rings the bell of a thread, which looks then what there is. May be called from any thread. */
export function ring(bells: Int32Array, slot: number): void {
  Atomics.add(bells, slot * STRIDE + RUNG, 1)
  if (Atomics.load(bells, slot * STRIDE + SLEEPS) === 1) Atomics.notify(bells, slot * STRIDE + RUNG)
}

/** A thread that hears its own bell, from the time that it is made until it is closed. */
export class Ear {
  private heard: number
  private listening = LEAST_LISTENING
  private times = 0
  private closed = false

  /** @param look is called, in a turn of the event loop of its own, after the bell was rung once or more often */
  constructor(
    private readonly bells: Int32Array,
    private readonly slot: number,
    private readonly look: () => void,
  ) {
    this.heard = Atomics.load(bells, slot * STRIDE + RUNG)
    this.sleep()
  }

  close(): void {
    this.closed = true
    ring(this.bells, this.slot)
  }

  private isRung(): boolean {
    return Atomics.load(this.bells, this.slot * STRIDE + RUNG) !== this.heard
  }

  private readonly turn = (): void => {
    if (this.closed) return
    if (!this.isRung() && !this.listen()) {
      this.sleep()
      return
    }
    this.heard = Atomics.load(this.bells, this.slot * STRIDE + RUNG)
    this.look()
    setImmediate(this.turn)
  }

  /** Waits for the bell without sleeping. @returns whether it was rung */
  private listen(): boolean {
    if (this.listening < LEAST_LISTENING) {
      if (++this.times % TRY_AGAIN !== 0) return false
      this.listening = LEAST_LISTENING
    }
    const until = performance.now() + this.listening / 1000
    do {
      if (this.isRung()) {
        this.listening = Math.min(MOST_LISTENING, 2 * this.listening)
        return true
      }
    } while (performance.now() < until)
    this.listening /= 2
    return false
  }

  private sleep(): void {
    const { bells, slot } = this
    Atomics.store(bells, slot * STRIDE + SLEEPS, 1)
    const waiting = Atomics.waitAsync(bells, slot * STRIDE + RUNG, this.heard)
    if (waiting.async) void waiting.value.then(this.wake)
    else this.wake()
  }

  private readonly wake = (): void => {
    Atomics.store(this.bells, this.slot * STRIDE + SLEEPS, 0)
    this.turn()
  }
}
