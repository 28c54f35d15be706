/**
 * The simulated engine: a whole cluster in one OS process, with virtual time and all delays, losses and crashes drawn from a seed.
 *
 * Nothing runs but what the event queue calls, one event at a time, so the same seed gives the same history to the last detail.
 */
import { createHash } from 'node:crypto'
import type {
  BlobAnswer,
  Blobs,
  Cancel,
  Change,
  Clock,
  Directory,
  Engine,
  Limits,
  Member,
  MemberKind,
  MembershipHandler,
  Store,
  StoredBlob,
  SwapOutcome,
  Transport,
  TransportHandler,
} from './engine.ts'
import { KeyTable } from './key-table.ts'
import { requireBlobFits, requirePacketFits, requireSwapFits } from './limits.ts'
import { joinCluster } from './membership.ts'
import type { LeasedMembership, LeaseTimes } from './membership.ts'
import { Watches } from './watches.ts'

export interface Weather {
  /** Milliseconds a packet or a directory call takes, at least and at most. */
  readonly delay: readonly [least: number, most: number]
  /** The probability that a compare-and-set answers `unknown` (done or not, at even odds). */
  readonly unknown: number
  /** The probability that others notice a crash by the closed connection; else the lease has to run out. */
  readonly noticed: number
  readonly times: LeaseTimes
}

export const fairWeather: Weather = { delay: [0.02, 0.2], unknown: 0, noticed: 1, times: { beatMs: 50, leaseMs: 500 } }

const limits: Limits = { packetBytes: 16 << 20, swapBytes: 1 << 20, blobBytes: 64 << 20 }

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
  private readonly events: Event[] = []
  private order = 0
  private readonly keys = new KeyTable()
  private readonly watches = new Watches(this.keys, (work) => {
    work()
  })
  private readonly blobs = new Map<string, { readonly bytes: Uint8Array; readonly at: number }>()
  private readonly engines = new Map<number, SimulatedEngine>()
  /** `a b`, a < b: when the pair can talk again, and what is under way between them is numbered by `era`. */
  private readonly pairs = new Map<string, { until: number; era: number; arrival: Map<number, number> }>()

  constructor(
    seed: number,
    readonly weather: Weather = fairWeather,
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
      const event = pop(this.events)
      if (event === undefined || event.at > limit) return false
      if (cancelled.delete(event)) continue
      this.time = event.at
      event.work()
    }
    return true
  }

  /** A member joins. @param done gets its engine */
  join(kind: MemberKind, name: string | undefined, done: (engine: SimulatedEngine) => void): void {
    const life = new Life()
    const clock = this.clockOf(life)
    const directory = this.directoryOf(life)
    joinCluster(directory, clock, this.weather.times, { kind, address: '', ...(name === undefined ? {} : { name }) }, (outcome) => {
      if (!('joined' in outcome)) throw new Error(`cannot join as ${name ?? kind}`)
      const engine = new SimulatedEngine(this, life, clock, directory, this.blobsOf(life), outcome.joined)
      this.engines.set(outcome.joined.self.index, engine)
      done(engine)
    })
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

  /** Both know each other and can talk: they are connected. */
  meet(a: number, b: number): void {
    const [x, y] = [this.engines.get(a), this.engines.get(b)]
    if (x === undefined || y === undefined || this.time < this.pair(a, b).until) return
    if (x.isConnected(b)) return
    if (!y.knows(a)) {
      y.greeted(() => this.meet(a, b))
      return
    }
    if (!x.knows(b)) return
    x.gain(b)
    y.gain(a)
  }

  /** Delivers a packet unless the connection breaks first. */
  deliver(from: number, to: number, packet: Uint8Array): void {
    const pair = this.pair(from, to)
    const { era } = pair
    const at = Math.max(this.time + this.delay(), pair.arrival.get(to) ?? 0)
    pair.arrival.set(to, at)
    const own = Uint8Array.from(packet) // a Buffer's slice would not be a copy
    this.at(at, () => {
      const engine = this.engines.get(to)
      if (pair.era === era && engine !== undefined && this.engines.has(from)) engine.receive(from, own)
    })
  }

  /** @returns the directory as it is now, for assertions */
  contents(): ReadonlyMap<string, string> {
    return new Map(this.keys)
  }

  delay(): number {
    const [least, most] = this.weather.delay
    return least + this.random() * (most - least)
  }

  private pair(a: number, b: number): { until: number; era: number; arrival: Map<number, number> } {
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    let pair = this.pairs.get(key)
    if (pair === undefined) this.pairs.set(key, (pair = { until: 0, era: 0, arrival: new Map() }))
    return pair
  }

  private clockOf(life: Life): Clock {
    return {
      now: () => this.time,
      after: (milliseconds, work) =>
        this.after(milliseconds, () => {
          if (!life.over) work()
        }),
      common: () => this.time * 1000,
    }
  }

  /** Requests reach the store also when who made them dies meanwhile; answers then go nowhere. */
  private ask<T>(life: Life, work: () => T, done: (result: T) => void): void {
    if (life.over) return
    this.after(this.delay(), () => {
      const result = work()
      const before = life.news
      this.after(this.delay(), () => {
        life.hear(before)
        if (!life.over) done(result)
      })
    })
  }

  private directoryOf(life: Life): Directory {
    return {
      get: (keys, done) => {
        this.ask(life, () => keys.map((key) => this.keys.get(key)), done)
      },
      list: (prefix, done) => {
        this.ask(life, () => this.keys.list(prefix), done)
      },
      watch: (prefix, handler) => {
        const watch: { over: boolean; cancel: Cancel } = { over: false, cancel: () => undefined }
        const tell = (entries: Parameters<typeof handler>[0]): void => {
          const until = life.tell(() => {
            if (!watch.over) handler(entries)
          })
          this.after(this.delay(), () => {
            life.hear(until)
          })
        }
        this.after(this.delay(), () => {
          if (!watch.over && !life.over) watch.cancel = this.watches.add(prefix, tell)
        })
        return () => {
          watch.over = true
          watch.cancel()
        }
      },
      swap: (changes, done) => {
        requireSwapFits(changes, limits.swapBytes)
        this.ask(life, () => this.swap(changes), done)
      },
    }
  }

  private swap(changes: readonly Change[]): SwapOutcome {
    const unknown = this.random() < this.weather.unknown
    if (unknown && this.random() < 0.5) return 'unknown'
    const outcome = this.keys.swap(changes)
    if (outcome === 'done') this.watches.committed(changes)
    return unknown ? 'unknown' : outcome
  }

  private blobsOf(life: Life): Blobs {
    const put = (bytes: Uint8Array): string => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      this.blobs.set(hash, { bytes, at: this.time })
      return hash
    }
    return {
      put: (bytes, done) => {
        requireBlobFits(bytes, limits.blobBytes)
        const own = Uint8Array.from(bytes)
        this.ask(life, () => put(own), done)
      },
      get: (hash, done) => {
        this.ask(life, (): BlobAnswer => this.blobs.get(hash)?.bytes ?? 'absent', done)
      },
      list: (done) => {
        const all = (): readonly StoredBlob[] => [...this.blobs].map(([hash, { at }]) => ({ hash, ageMs: this.time - at }))
        this.ask(life, all, done)
      },
      remove: (hash) => {
        this.ask(
          life,
          () => this.blobs.delete(hash),
          () => undefined,
        )
      },
    }
  }
}

/** One life of a member: nothing is done for it when it is over. */
class Life {
  over = false
  /** What it has not heard yet of the keys that it watches, in order. */
  private readonly unheard: (() => void)[] = []
  private heard = 0

  /** How much there was to hear so far. */
  get news(): number {
    return this.heard + this.unheard.length
  }

  /** @returns `news` with this in it */
  tell(work: () => void): number {
    this.unheard.push(work)
    return this.news
  }

  /** Hears everything up to there. */
  hear(until: number): void {
    while (this.heard < until) {
      const work = this.unheard.shift()
      if (work === undefined) return
      this.heard++
      if (!this.over) work()
    }
  }
}

export class SimulatedEngine implements Engine, Transport {
  readonly transport: Transport = this
  readonly membership: Engine['membership']
  readonly limits = limits
  readonly store: Store = { answers: true, silentMs: 0, survives: 'power-failure' }
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
    this.membership = {
      self: leased.self,
      all: () => leased.all(),
      get: (index) => leased.get(index),
      find: (name) => leased.find(name),
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
    requirePacketFits(packet, limits.packetBytes)
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
