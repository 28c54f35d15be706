/**
 * The bells of the threads of one OS process: whoever has put something where another thread finds it rings that thread's bell.
 *
 * A thread that has just heard its bell listens for a while before it goes to sleep, where it has turned out that answers come so soon; to wake a
 * thread takes longer than many an answer. An answer that comes in time is to its credit, and one that does not costs it several; without credit it
 * sleeps at once, until sleeps have been short for long enough to try it again. So no core is kept busy where threads are more than cores. A thread
 * that has other things to do does not listen, but does them.
 */

/** So many threads may there be in the life of an OS process. */
export const MOST_THREADS = 1024
/** Two bells are not in one line of a cache. */
const STRIDE = 16
/** Words of a bell: how often it was rung, and whether its thread sleeps. */
const RUNG = 0
const SLEEPS = 1

/** Microseconds that a thread listens. A sleep that is no longer was short. */
const LISTENING = 100
/** Microseconds since it has looked last, after which a thread has other things to do. */
const BUSY = 300
/** The most that a thread has to its credit, and what it costs to have listened in vain. */
const MOST_CREDIT = 8
const COST = 3
/** So many short sleeps until a thread without credit tries to listen; twice as many after each time in vain, up to the other number. */
const TRY_AFTER = 8
const TRY_AFTER_AT_MOST = 1024

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
  private credit = 0
  /** Short sleeps since there was credit, and how many it takes to try again. */
  private shortSleeps = 0
  private tryAfter = TRY_AFTER
  /** When it has gone to sleep, and when it has looked last, in milliseconds. */
  private slept = 0
  private looked = 0
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
    this.looked = performance.now()
    this.look()
    setImmediate(this.turn)
  }

  /** Waits for the bell without sleeping. @returns whether it was rung */
  private listen(): boolean {
    const now = performance.now()
    if (this.credit === 0 || now - this.looked > BUSY / 1000) return false
    const until = now + LISTENING / 1000
    do {
      if (this.isRung()) {
        if (this.credit < MOST_CREDIT) this.credit++
        else this.tryAfter = TRY_AFTER
        return true
      }
    } while (performance.now() < until)
    this.credit = Math.max(0, this.credit - COST)
    if (this.credit === 0) this.tryAfter = Math.min(TRY_AFTER_AT_MOST, 2 * this.tryAfter)
    return false
  }

  private sleep(): void {
    const { bells, slot } = this
    this.slept = performance.now()
    Atomics.store(bells, slot * STRIDE + SLEEPS, 1)
    const waiting = Atomics.waitAsync(bells, slot * STRIDE + RUNG, this.heard)
    if (waiting.async) void waiting.value.then(this.wake)
    else this.wake()
  }

  private readonly wake = (): void => {
    Atomics.store(this.bells, this.slot * STRIDE + SLEEPS, 0)
    const isShort = performance.now() - this.slept <= LISTENING / 1000
    if (this.credit === 0 && isShort && ++this.shortSleeps >= this.tryAfter) {
      this.shortSleeps = 0
      this.credit = 1
    }
    this.turn()
  }
}
