/** Lets the time of a simulated world pass as time passes for the reader; while there is too much to do, the world is slower. */
import type { SimulatedWorld } from '../../../../runtime/engine/simulated.ts'

/** Milliseconds of work before the page gets its turn. */
const TURN_MS = 10
/** Milliseconds between two looks at a world in which nothing is due. */
const LOOK_MS = 4
/** The world is not made to catch up with more than this many milliseconds. */
const MOST_BEHIND_MS = 100

export class RealTime {
  private last = performance.now()
  private running = false
  private readonly channel = new MessageChannel()

  /** @param failed hears of a fault of the world itself, which stands still from then on */
  constructor(
    private readonly world: SimulatedWorld,
    private readonly failed: (error: unknown) => void,
  ) {
    this.channel.port1.onmessage = () => {
      this.turn()
    }
  }

  get isRunning(): boolean {
    return this.running
  }

  start(): void {
    if (this.running) return
    this.running = true
    this.last = performance.now()
    this.turn()
  }

  pause(): void {
    this.running = false
  }

  private turn(): void {
    if (!this.running) return
    const { world } = this
    const now = performance.now()
    const target = world.time + Math.min(now - this.last, MOST_BEHIND_MS)
    this.last = now
    try {
      world.run(() => performance.now() - now > TURN_MS, target)
    } catch (error) {
      this.running = false
      this.failed(error)
      return
    }
    if (performance.now() - now > TURN_MS) this.channel.port2.postMessage(undefined)
    else
      setTimeout(() => {
        this.turn()
      }, LOOK_MS)
  }
}
