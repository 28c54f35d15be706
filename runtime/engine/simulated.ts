/**
 * The simulated engine: a whole cluster in one OS process, with virtual time and all delays, losses, outages and crashes drawn from a seed.
 *
 * Nothing runs but what the event queue calls, one event at a time, so the same seed gives the same history to the last detail.
 */
import type {
  Blobs,
  Cancel,
  Clock,
  Directory,
  Engine,
  Member,
  MemberKind,
  MembershipHandler,
  Store,
  Transport,
  TransportHandler,
} from './engine.ts'
import { requirePacketFits } from './limits.ts'
import { joinCluster } from './membership.ts'
import type { LeasedMembership, LeaseTimes } from './membership.ts'
import { openPacket, sealPacket } from './sealed-packets.ts'
import { flip, Life, limits, SimulatedStore } from './simulated-store.ts'

export interface Weather {
  /** Milliseconds a packet or a directory call takes, at least and at most. */
  readonly delay: readonly [least: number, most: number]
  /** The probability that a compare-and-set answers `unknown` (done or not, at even odds). */
  readonly unknown: number
  /** The probability that others notice a crash by the closed connection; else the lease has to run out. */
  readonly noticed: number
  /** The probability that a packet is lost though there is a connection; that it comes a second time, later; that a bit of it is flipped. */
  readonly lost?: number
  readonly doubled?: number
  readonly flipped?: number
  /** The probability that the connection of a pair is a slow one: its packets take SLOW_MS more. */
  readonly slow?: number
  readonly times: LeaseTimes
}

export const fairWeather: Weather = { delay: [0.02, 0.2], unknown: 0, noticed: 1, times: { beatMs: 50, leaseMs: 500, actMs: 400 } }

/** Milliseconds that a packet takes more on a slow connection, at least and at most, as the pair draws. */
const SLOW_MS = [5, 40] as const

/** Milliseconds after which somebody tries to connect again with a member that does not know it. */
const AGAIN_MS = 5

/** A pair of members. */
interface Pair {
  /** When it can talk again. */
  until: number
  /** What is under way between them is numbered by it. */
  era: number
  /** When the last packet arrives, by its receiver. */
  readonly arrival: Map<number, number>
  /** Milliseconds that each packet takes more; undefined: not drawn yet. */
  more: number | undefined
}

interface Event {
  readonly at: number
  readonly order: number
  readonly work: () => void
}

/** @returns a source of numbers in [0, 1) */
export function seeded(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = a
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The world that simulated engines live in. */
export class SimulatedWorld {
  /** Milliseconds of virtual time. */
  time = 0
  /** Draws from the seed. */
  readonly random: () => number
  /** How many packets were sent. */
  packets = 0
  private readonly events: Event[] = []
  private order = 0
  private store = new SimulatedStore(this)
  private readonly engines = new Map<number, SimulatedEngine>()
  /** How many ever wanted to join: each is reached at an address of its own. */
  private joins = 0
  /** Of members that are joining. */
  private readonly joining = new Set<Life>()
  /** By `a b`, a < b. */
  private readonly pairs = new Map<string, Pair>()

  constructor(
    seed: number,
    public weather: Weather = fairWeather,
  ) {
    this.random = seeded(seed)
  }

  /** Calls `work` after `delay` milliseconds. */
  after(delay: number, work: () => void): Cancel {
    return this.at(this.time + Math.max(0, delay), work)
  }

  private at(time: number, work: () => void): Cancel {
    const event: Event = { at: time, order: this.order++, work }
    push(this.events, event)
    return () => {
      cancelled.add(event)
    }
  }

  /** Lets events happen until `done ()` or until virtual time `limit`. @returns whether it was done */
  run(done: () => boolean, limit: number): boolean {
    while (!done()) {
      const [next] = this.events
      if (next === undefined || next.at > limit) {
        if (next !== undefined) this.time = Math.max(this.time, limit)
        return false
      }
      const event = pop(this.events) ?? next
      if (cancelled.delete(event)) continue
      this.time = event.at
      event.work()
    }
    return true
  }

  /** Whether somebody wants to join and is not a member yet. */
  get isJoining(): boolean {
    return this.joining.size > 0
  }

  /** A member joins. @param done gets its engine */
  join(kind: MemberKind, name: string | undefined, done: (engine: SimulatedEngine) => void): void {
    const life = new Life()
    this.joining.add(life)
    const clock = this.clockOf(life)
    const directory = this.store.directoryOf(life)
    joinCluster(
      directory,
      clock,
      this.weather.times,
      { kind, address: `address-${++this.joins}`, ...(name === undefined ? {} : { name }) },
      (outcome) => {
        this.joining.delete(life)
        if (life.over) return // the power has failed meanwhile
        if (!('joined' in outcome)) throw new Error(`cannot join as ${name ?? kind}`)
        const engine = new SimulatedEngine(this, life, clock, directory, this.store.blobsOf(life), outcome.joined)
        this.engines.set(outcome.joined.self.index, engine)
        done(engine)
      },
    )
  }

  /** A member's OS process dies: nothing it does from now on has an effect. */
  crash(index: number): void {
    const engine = this.engines.get(index)
    if (engine === undefined || engine.life.over) return
    engine.life.over = true
    this.engines.delete(index)
    const noticed = this.random() < this.weather.noticed
    for (const other of this.engines.values()) {
      this.after(this.delay(), () => {
        if (other.life.over) return
        other.lose(index)
        if (noticed) other.buryIfKnown(index)
      })
    }
  }

  /**
   * Everything loses its power at once: all members die, and of what was committed after the last sync the store may have lost the end. It answers
   * whoever joins afterwards.
   */
  blackout(): void {
    for (const engine of this.engines.values()) engine.life.over = true
    for (const life of this.joining) life.over = true
    this.joining.clear()
    this.engines.clear()
    this.store.blackout()
  }

  /**
   * This world stays as it is.
   * @returns another one, which begins with what the store would have if the power failed now: nobody is there yet
   */
  afterPowerFailure(seed: number, weather: Weather = this.weather): SimulatedWorld {
    const world = new SimulatedWorld(seed, weather)
    world.time = this.time
    world.joins = this.joins
    world.store = this.store.afterPowerFailure(world)
    return world
  }

  /** A member's OS process is stopped for some milliseconds, as by SIGSTOP. */
  stop(index: number, milliseconds: number): void {
    const engine = this.engines.get(index)
    if (engine !== undefined) engine.life.stoppedUntil = Math.max(engine.life.stoppedUntil, this.time + milliseconds)
  }

  /** The store answers nobody for some milliseconds. What it was asked for just before or meanwhile may still be done. */
  silence(milliseconds: number): void {
    this.store.silence(milliseconds)
  }

  /** The store does not reach one member for some milliseconds, while it reaches the others; the member is connected with them as before. */
  cutOff(index: number, milliseconds: number): void {
    const engine = this.engines.get(index)
    if (engine !== undefined) engine.life.cutOffUntil = Math.max(engine.life.cutOffUntil, this.time + milliseconds)
  }

  /** One member gets answers for some milliseconds, but hears of nothing else in the store before it has asked something. */
  lag(index: number, milliseconds: number): void {
    const engine = this.engines.get(index)
    if (engine !== undefined) engine.life.laggingUntil = Math.max(engine.life.laggingUntil, this.time + milliseconds)
  }

  /** Two members are connected a second time; what is under way on the first connection still arrives. */
  double(a: number, b: number): void {
    const [x, y] = [this.engines.get(a), this.engines.get(b)]
    if (x === undefined || y === undefined || !x.isConnected(b) || !y.isConnected(a)) return
    this.pair(a, b).arrival.clear()
    for (const [engine, peer] of [
      [x, b],
      [y, a],
    ] as const) {
      engine.lose(peer)
      this.after(this.delay(), () => {
        if (engine.knows(peer) && this.time >= this.pair(a, b).until) engine.gain(peer)
      })
    }
  }

  /** Breaks the connection of two members for some milliseconds; what is under way is lost. */
  part(a: number, b: number, milliseconds: number): void {
    const pair = this.pair(a, b)
    if (this.time < pair.until) return
    pair.until = this.time + milliseconds
    pair.era++
    this.engines.get(a)?.lose(b)
    this.engines.get(b)?.lose(a)
    this.after(milliseconds, () => {
      this.meet(a, b)
    })
  }

  /** Ends at once what `part` has begun. */
  mend(a: number, b: number): void {
    const pair = this.pair(a, b)
    pair.until = Math.min(pair.until, this.time)
    this.meet(a, b)
  }

  /** Both know each other and can talk: they are connected. */
  meet(a: number, b: number): void {
    const [x, y] = [this.engines.get(a), this.engines.get(b)]
    if (x === undefined || y === undefined || this.time < this.pair(a, b).until) return
    if (x.isConnected(b)) return
    if (!y.knows(a)) {
      y.greeted(() => {
        if (y.knows(a)) this.meet(a, b)
        else this.after(AGAIN_MS, () => this.meet(a, b))
      })
      return
    }
    if (!x.knows(b)) return
    x.gain(b)
    y.gain(a)
  }

  /** Delivers a packet unless the connection breaks first, or the weather is bad. */
  deliver(from: number, to: number, packet: Uint8Array): void {
    this.packets++
    const { lost = 0, doubled = 0, flipped = 0 } = this.weather
    const pair = this.pair(from, to)
    const { era } = pair
    const at = Math.max(this.time + this.delay() + this.moreOf(pair), pair.arrival.get(to) ?? 0)
    pair.arrival.set(to, at)
    const sealed = sealPacket(packet)
    if (flipped > 0 && this.random() < flipped) flip(sealed, this.random)
    const arrive = (): void => {
      const engine = this.engines.get(to)
      const own = openPacket(sealed)
      if (own !== undefined && pair.era === era && engine !== undefined && this.engines.has(from))
        this.store.when(engine.life, () => {
          engine.receive(from, own)
        })
    }
    if (lost === 0 || this.random() >= lost) this.at(at, arrive)
    if (doubled > 0 && this.random() < doubled) this.at(at + this.delay(), arrive)
  }

  /** How many compare-and-sets the store has seen, without those of leases alone. */
  get swaps(): number {
    return this.store.swaps
  }

  /** @returns another number whenever the directory has changed */
  get version(): number {
    return this.store.version
  }

  /** @returns the directory as it is now, for assertions */
  contents(): ReadonlyMap<string, string> {
    return this.store.contents()
  }

  /** @returns whether what a key of the directory has would be there after a power failure */
  isSafe(key: string): boolean {
    return this.store.isSafe(key)
  }

  delay(): number {
    const [least, most] = this.weather.delay
    return least + this.random() * (most - least)
  }

  /** @returns milliseconds that a packet of a pair takes more than others */
  private moreOf(pair: Pair): number {
    const { slow = 0 } = this.weather
    if (slow === 0) return 0
    const [least, most] = SLOW_MS
    return (pair.more ??= this.random() < slow ? least + this.random() * (most - least) : 0)
  }

  private pair(a: number, b: number): Pair {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    let pair = this.pairs.get(key)
    if (pair === undefined) this.pairs.set(key, (pair = { until: 0, era: 0, arrival: new Map(), more: undefined }))
    return pair
  }

  private clockOf(life: Life): Clock {
    const origin = this.random() * 1e9 // every machine has been up for another time
    return {
      now: () => this.time + origin,
      after: (milliseconds, work) =>
        this.after(milliseconds, () => {
          this.store.when(life, work)
        }),
      common: () => this.time * 1000,
    }
  }
}

export class SimulatedEngine implements Engine, Transport {
  readonly transport: Transport = this
  readonly membership: Engine['membership']
  readonly limits = limits
  readonly store: Store
  private handler: TransportHandler | undefined
  private readonly known = new Set<number>()
  private readonly connections = new Set<number>()

  constructor(
    readonly world: SimulatedWorld,
    readonly life: Life,
    readonly clock: Clock,
    readonly directory: Directory,
    readonly blobs: Blobs,
    private readonly leased: LeasedMembership,
  ) {
    this.store = {
      get answers() {
        return leased.storeAnswers
      },
      get silentMs() {
        return leased.silentMs
      },
      survives: 'power-failure',
    }
    this.membership = {
      get assured() {
        return leased.assured
      },
      self: leased.self,
      all: () => leased.all(),
      get: (index) => leased.get(index),
      find: (name) => leased.find(name),
      hasLeft: (index) => leased.hasLeft(index),
      alive: (member) => leased.alive(member),
      open: (handler) => {
        this.openMembership(handler)
      },
    }
  }

  get index(): number {
    return this.leased.self.index
  }

  private openMembership(handler: MembershipHandler): void {
    this.leased.open({
      joined: (member: Member) => {
        this.known.add(member.index)
        handler.joined(member)
        this.world.meet(this.index, member.index)
      },
      left: (member: Member) => {
        this.known.delete(member.index)
        this.lose(member.index)
        handler.left(member)
      },
    })
  }

  open(handler: TransportHandler): void {
    this.handler = handler
  }

  send(peer: number, packet: Uint8Array): void {
    requirePacketFits(packet.length, limits.packetBytes)
    if (!this.life.over && this.connections.has(peer)) this.world.deliver(this.index, peer, packet)
  }

  reset(peer: number): void {
    this.world.part(this.index, peer, 1)
  }

  close(done: () => void): void {
    this.leased.leave(() => {
      this.life.over = true
      done()
    })
  }

  /** Somebody not yet known wants to connect: look who is there. */
  greeted(known: () => void): void {
    this.leased.refresh(known)
  }

  knows(peer: number): boolean {
    return this.known.has(peer)
  }

  isConnected(peer: number): boolean {
    return this.connections.has(peer)
  }

  gain(peer: number): void {
    this.connections.add(peer)
    this.handler?.connected(peer)
  }

  lose(peer: number): void {
    if (this.connections.delete(peer) && !this.life.over) this.handler?.disconnected(peer)
  }

  receive(from: number, packet: Uint8Array): void {
    if (!this.life.over && this.connections.has(from)) this.handler?.packet(from, packet)
  }

  buryIfKnown(index: number): void {
    const member = this.leased.get(index)
    if (member !== undefined) this.leased.bury(member)
  }
}

const cancelled = new WeakSet<Event>()

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Event[], event: Event): void {
  let i = heap.length
  heap.push(event)
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = heap[parent] as Event // parent < length
    if (before(above, event)) break
    heap[i] = above
    i = parent
  }
  heap[i] = event
}

function pop(heap: Event[]): Event | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return top
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    const right = heap[child + 1]
    if (right !== undefined && before(right, heap[child] as Event)) child++ // child < length
    const below = heap[child] as Event // child < length
    if (before(last, below)) break
    heap[i] = below
    i = child
  }
  heap[i] = last
  return top
}
