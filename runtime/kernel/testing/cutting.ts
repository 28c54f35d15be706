/**
 * Chaos with cuts: a program that moves all the time is cut now and then; sooner or later all its kernels are thrown away, and it goes on from
 * its last cut in others, as many as there happen to be. Its output must be that of a plain run.
 */
import { processes } from '../inspect/process-info.ts'
import { ready } from '../scheduler/channel.ts'
import { HOST, HostCall } from '../scheduler/state.ts'
import type { Frame, Process } from '../scheduler/state.ts'
import { readImage } from '../links/image.ts'
import type { ImageHead } from '../links/image.ts'
import { decodeClaims, decodePlaces, encodeClaims, encodePlaces, liveGroups, NAMES_IT, settle, WAITS_FOR_IT } from '../links/revival.ts'
import type { Claims, Revival } from '../links/revival.ts'
import { Chaos } from './chaos.ts'
import type { ChaosOptions, Outcome, Ports } from './chaos.ts'
import type { ConsoleCut } from './virtual.ts'

export interface CuttingOptions extends ChaosOptions {
  /** The probability of a cut between two things that happen. */
  readonly cuts: number
  /** The probability that all is thrown away, likewise. */
  readonly deaths: number
  /** Kernels that it goes on in, at most; default 5. */
  readonly most?: number
  /** How often it may be thrown away; default 10. */
  readonly lives?: number
}

export interface CuttingOutcome extends Outcome {
  readonly cuts: number
  readonly deaths: number
}

/** All that a cut holds. */
interface Cut {
  readonly images: readonly { readonly cut: number; readonly bytes: Uint8Array }[]
  readonly console: ConsoleCut
  /** Ids of its channels. */
  readonly ports: Readonly<Record<keyof Ports, number>>
}

/** The probability that a cut has everything, and that it is called off once it is written. */
const FULL = 0.1
const CALLED_OFF = 0.1
/** More messages than a program that stands still can lead to. */
const MOST_MESSAGES = 1_000_000

/** Runs a program that is cut and thrown away. @param main makes the frame of its main process */
export function runCutting(main: (ports: Ports) => Frame, options: CuttingOptions): CuttingOutcome {
  return new CuttingChaos(options).runAll(main)
}

class CuttingChaos extends Chaos {
  private last: Cut | undefined
  private fullNext = false
  private committed = 0
  private cuts = 0
  private deaths = 0
  private ports: Ports | undefined

  constructor(private readonly cutting: CuttingOptions) {
    super(cutting)
  }

  runAll(main: (ports: Ports) => Frame): CuttingOutcome {
    const outcome = this.run((ports) => {
      this.ports = ports
      return main(ports)
    })
    return { ...outcome, cuts: this.cuts, deaths: this.deaths }
  }

  protected override get tracks(): boolean {
    return true
  }

  protected override between(): void {
    const { cuts, deaths, lives = 10 } = this.cutting
    if (this.choices.chance(cuts)) this.cut()
    else if (this.last !== undefined && this.deaths < lives && this.choices.chance(deaths)) this.die(this.last)
  }

  /** Lets what is under way end, and writes everything. */
  private cut(): void {
    while (this.flights.length > 0) {
      const [flight] = this.flights
      if (flight !== undefined) this.fly(flight)
    }
    for (const { links } of this.nodes) links.quieten()
    let most = MOST_MESSAGES
    for (;;) {
      const waiting = [...this.queues.values()].filter(({ messages }) => messages.length > 0)
      const queue = waiting[this.choices.below(waiting.length)]
      if (queue === undefined) break
      this.deliver(queue)
      if (most-- === 0) throw new Error('the links do not come to rest')
    }
    if (!this.nodes.every(({ links }) => links.atRest)) throw new Error('messages wait though the links are at rest')
    const { ports } = this
    const [console] = this.nodes
    if (ports === undefined || console === undefined || this.ended) return
    this.cuts++
    const after = this.last === undefined || this.fullNext || this.choices.chance(FULL) ? 0 : this.committed
    const number = this.cuts
    let from = number
    const images = this.nodes.flatMap(({ links }) => {
      const { image, oldest } = links.cut(number, after)
      from = Math.min(from, oldest ?? number)
      if (image === undefined) return []
      for (const [hash, unit] of image.units) this.units.set(hash, unit)
      return [{ cut: number, bytes: image.bytes.slice() }]
    })
    if (this.choices.chance(CALLED_OFF)) return
    this.fullNext = false
    this.committed = number
    this.last = {
      images: [...(this.last?.images ?? []).filter(({ cut }) => cut >= from), ...images],
      console: this.world.cut(),
      ports: {
        keyboard: console.links.channelId(ports.keyboard),
        screen: console.links.channelId(ports.screen),
        error: console.links.channelId(ports.error),
      },
    }
  }

  /** All kernels vanish; others go on from the last cut. */
  private die(cut: Cut): void {
    this.deaths++
    this.fullNext = true
    this.queues.clear()
    this.flights.length = 0
    this.answers.length = 0
    this.nodes.length = 0
    const { most = 5 } = this.cutting
    const count = 1 + this.choices.below(most)
    const first = 100 * this.deaths // members never come back
    for (let i = 0; i < count; i++) this.addNode(first + i)
    const [home] = this.nodes
    if (home === undefined) return
    const ports = this.world.revive(
      this.nodes.map(({ kernel }) => kernel),
      cut.console,
      home.kernel,
    )
    this.ports = ports
    const heads: readonly ImageHead[] = cut.images.map(({ bytes }) => readImage(bytes))
    const live = liveGroups(heads)
    const shares = this.nodes.map((): typeof live => [])
    for (const group of live) shares[this.choices.below(count)]?.push(group)
    const revivals = new Map<number, Revival>()
    const claims = new Map<number, Claims>()
    this.nodes.forEach(({ index, links }, i) => {
      const held: [number, number][] = []
      if (links === home.links) {
        for (const name of ['keyboard', 'screen', 'error'] as const) {
          links.bind(ports[name], cut.ports[name])
          held.push([cut.ports[name], name === 'keyboard' ? NAMES_IT : WAITS_FOR_IT])
        }
      }
      const revival = links.decode({ heads, share: shares[i] ?? [] }, this.unitOf, held)
      revivals.set(index, revival)
      claims.set(index, decodeClaims(encodeClaims(revival.claims)))
    })
    const places = settle(claims)
    for (const [index, revival] of revivals) revival.revive(decodePlaces(encodePlaces(places.get(index) ?? new Map<number, number>())))
    for (const { kernel } of this.nodes) for (const p of processes(kernel)) this.callAgain(p)
  }

  /** Whoever waits for the host asks it once more. */
  private callAgain(p: Process): void {
    if (p.state !== HOST || !(p.value instanceof HostCall)) return
    if (p.kernel.world.host(p, p.value.service, p.value.actuals)) ready(p)
  }
}
