/**
 * The balancer: gives processes that compute to nodes that have less to compute.
 *
 * What it knows. A slice is made of short runs of the kernel, and each ends in the middle of some process, when the fuel is used up. What part of the fuel
 * the process has used since it was dispatched, and how long the run has lasted, tell how long it computes between two communications. One that does so for
 * about a millisecond gains more from another core than its messages lose on the way; one that communicates all the time stays with its partners.
 * What is known of processes is known of their kind too, which is the machine that they begin with: one that nobody has looked at yet is taken for what
 * most of the computing of its kind was done by. Those that have not begun are given away first, since they have no state yet.
 *
 * What it does. A site with more than one such process asks two other nodes, drawn at random, how many they have, and gives the one with fewer half of the
 * difference (the choice of two: Mitzenmacher 2001). So what is even stays as it is, and no node is asked while nothing computes.
 * It looks at once when a PAR begins whose branches are of a kind that computes, and together compute for longer than moving half of them takes. A
 * node that has no more to compute tells the one with which it has last shared something, which gives it half of what is left, now or when it has more.
 *
 * What it leaves alone. A process that was placed by the program or moved by hand has an owner record that no balancer made: it stays where it was put.
 */
import type { Clock, Member } from '../../engine/engine.ts'
import { isTied } from '../../kernel/links/link-table.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { Join, Machine, Process } from '../../kernel/scheduler/state.ts'
import { ENDED, GONE, READY } from '../../kernel/scheduler/state.ts'
import { bytesOfArrays } from '../../kernel/snapshot/weigh.ts'
import type { Loads } from '../wire/move-reasons.ts'
import type { Moving } from './migrations.ts'

/** Between two looks at what computes here. */
const LOOK_EVERY_MS = 10
/** A look takes at most one part in so many of the time: where very many processes are ready it takes long. */
const LOOK_SHARE = 50
/** Between two halvings of what was seen: older runs count less. */
const FADE_EVERY_MS = 50
/** Runs that ended in a process tell what it does when they have lasted for so long together. */
const ENOUGH_MS = 1
/** So long tells what a kind does: nothing that only begins by computing is to be taken for a kind that computes. */
const ENOUGH_OF_KIND_MS = 3
/** Of so much of a kind the older half is forgotten. */
const MOST_OF_KIND_MS = 30
/** A process is followed that has used so much of the fuel of a run. */
const MOST_OF_IT = 0.7
/**
 * A process computes that does so for so long between two communications. Who sends an item to another node waits for the answer, and does not serve those
 * beside him meanwhile: with less than that a farm loses.
 */
const GRAIN_MS = 0.9
/** Branches that together compute for so long are worth a look before they begin: moving half of them takes some milliseconds. */
const WORTH_A_LOOK_MS = 10
/** So many branches of a PAR are looked at, to see what kind they are of. */
const LOOKED_AT = 8
/** When there is nobody to give anything to. */
const EVEN_FOR_MS = 30
/** A node where nothing has run for so long has no more to compute: what waits there for a message from elsewhere waits less. */
const IDLE_AFTER_MS = 2
/** So long a node counts as one where nothing computes that has said so. */
const IDLE_FOR_MS = 100
/** When something could not be moved. */
const REFUSED_FOR_MS = 1_000
/** Moved at once. */
const MOST_AT_ONCE = 256
/** With more than that of arrays a process stays. */
const MOST_BYTES = 4 << 20

/** Calls within calls from which on a process is deep. */
const DEEP = 64

/** What was seen of a process of late. */
interface Seen {
  /** Runs that ended in it. */
  runs: number
  /** How much of their fuel it has used, in fuels of a run. */
  used: number
  /** How long they have lasted. */
  ms: number
}

interface SeenProcess extends Seen {
  readonly machine: Machine
  /** How long it has computed since it was first seen, in milliseconds. */
  lasted: number
}

/** What was seen of the processes that began with the same machine. */
interface Kind extends Seen {
  /** How many of them have ended, and how long they had computed together since they were first seen, in milliseconds. */
  ended: number
  lasted: number
}

export interface BalancerPort {
  readonly kernel: Pick<Kernel, 'high' | 'low' | 'interrupt'>
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Whether nothing may move now. */
  isHeld(): boolean
  /** Where processes may go. */
  others(): readonly Member[]
  /** Whether a process was placed by somebody else than a balancer. */
  isPlaced(p: Process): boolean
  /** @param done gets how many processes compute at a node; undefined when it takes none */
  askLoad(of: Member, done: (load: number | undefined) => void): void
  /** @param loads how many processes compute here and there */
  depart(roots: readonly Process[], to: Member, loads: Loads, done: (moving: Moving) => void): void
  /** Tells a node that nothing computes here any more. */
  tellIdle(to: Member): void
  /** In [0, 1). */
  random(): number
}

export class Balancer {
  private readonly seen = new Map<Process, SeenProcess>()
  private readonly kinds = new Map<Machine, Kind>()
  /** What processes that are deep in calls began with. */
  private readonly deep = new WeakMap<Process, Machine>()
  private lookAt = 0
  /** What the last look has found, and until when that will do. */
  private counted = 0
  private countedUntil = 0
  private fadeAt = 0
  private busy = false
  /** With which node this one has shared what computes, and has not told it since that all of it is over here. */
  private partner: Member | undefined
  /** Whether nothing could run here when the last slice had ended, and how many there have been. */
  private still = false
  private slices = 0
  private isWatching = false
  /** A node where nothing computes, as it has said, and until when that counts. */
  private idle: { readonly node: Member; readonly untilMs: number } | undefined

  constructor(private readonly port: BalancerPort) {}

  /**
   * A run of the kernel has ended in the middle of `p`.
   * @param part of the fuel, which went into that dispatch of `p`
   * @param ms how long the run has lasted
   */
  cut(p: Process, part: number, ms: number): void {
    const machine = this.beginningOf(p)
    let kind = this.kinds.get(machine)
    if (kind === undefined) this.kinds.set(machine, (kind = { runs: 0, used: 0, ms: 0, ended: 0, lasted: 0 }))
    add(kind, part, ms)
    if (kind.ms >= MOST_OF_KIND_MS) halve(kind)
    const seen = this.seen.get(p)
    if (seen !== undefined) {
      add(seen, part, ms)
      seen.lasted += part * ms
    } else if (part >= MOST_OF_IT || isKnown(kind)) this.seen.set(p, { machine, runs: 1, used: part, ms, lasted: part * ms })
  }

  /** Processes have come because a balancer has given them: so their kind computes, as far as anybody knows, and of each of them it will be seen. */
  came(processes: readonly Process[], from: Member): void {
    this.partner = from
    if (this.idle?.node.index === from.index) this.idle = undefined
    this.countedUntil = 0
    for (const p of processes) {
      const machine = this.beginningOf(p)
      this.seen.set(p, { machine, runs: 1, used: 1, ms: 0, lasted: 0 })
      if (!this.kinds.has(machine)) this.kinds.set(machine, { runs: 1, used: 1, ms: ENOUGH_OF_KIND_MS, ended: 0, lasted: 0 })
    }
  }

  /** The branches of a PAR are about to begin. */
  began({ branches }: Pick<Join, 'branches'>): void {
    if (this.busy || branches.length < 2) return
    let kind: Kind | undefined
    for (let i = 0; i < branches.length && i < LOOKED_AT && kind === undefined; i++) {
      const found = this.kinds.get((branches[i] as Process).frame.machine) // they stand in the frames that they begin with
      if (found !== undefined && isKnown(found)) kind = found
    }
    if (kind === undefined) return
    if (kind.ended === 0) this.forgetEnded()
    if (kind.ended === 0 || (kind.lasted / kind.ended) * branches.length < WORTH_A_LOOK_MS) return
    this.lookAt = 0
    this.countedUntil = 0
    this.port.kernel.interrupt() // others are asked before the branches run
  }

  /** A slice has ended. @param busy whether more can run at once */
  slice(busy: boolean): void {
    const now = this.port.clock.now()
    this.slices++
    this.still = !busy
    if (this.still && this.partner !== undefined && !this.isWatching) this.watch()
    if (this.knowsNothing) return
    if (now >= this.fadeAt) {
      this.fadeAt = now + FADE_EVERY_MS
      this.fade()
    }
    if (this.busy || now < this.lookAt) return
    const mine = this.load
    this.lookAt = Math.max(now + LOOK_EVERY_MS, this.countedUntil)
    if (mine < 2 || this.port.isHeld()) return
    if (this.idle !== undefined && now < this.idle.untilMs) this.giveIdle(this.idle.node)
    else this.ask(mine)
  }

  /** A node says that nothing computes there any more. */
  isIdle(node: Member): void {
    this.idle = { node, untilMs: this.port.clock.now() + IDLE_FOR_MS }
    if (!this.busy && !this.port.isHeld() && this.load > 1) this.giveIdle(node)
  }

  private giveIdle(node: Member): void {
    this.busy = true
    this.give(node, 0)
  }

  /** @returns how many processes here compute, or are about to */
  get load(): number {
    if (this.knowsNothing) return 0
    return this.port.clock.now() < this.countedUntil ? this.counted : this.look().length
  }

  /** Whether nothing has computed here so far that may be here now. */
  private get knowsNothing(): boolean {
    if (this.seen.size > 0) return false
    for (const kind of this.kinds.values()) if (isKnown(kind)) return false
    return true
  }

  /** Tells the partner when nothing has run here for a while. */
  private watch(): void {
    const { slices } = this
    this.isWatching = true
    this.port.clock.after(IDLE_AFTER_MS, () => {
      this.isWatching = false
      const { partner } = this
      if (!this.still || partner === undefined || this.port.isHeld()) return
      if (this.slices !== slices) {
        this.watch()
        return
      }
      this.partner = undefined
      this.port.tellIdle(partner)
    })
  }

  /** @returns what a process began with. It is asked after each run: of a process that is deep in calls it is looked for once */
  private beginningOf(p: Process): Machine {
    let { frame } = p
    let depth = 0
    for (; frame.caller !== null; depth++) {
      const known = depth === DEEP ? this.deep.get(p) : undefined
      if (known !== undefined) return known
      frame = frame.caller
    }
    if (depth > DEEP) this.deep.set(p, frame.machine)
    return frame.machine
  }

  /** As `computing`, and notes what that has found and how long it took. */
  private look(): Process[] {
    const { clock } = this.port
    const began = clock.now()
    const found = this.computing()
    const ended = clock.now()
    this.counted = found.length
    this.countedUntil = ended + (ended - began) * LOOK_SHARE
    return found
  }

  /** @returns the processes here that compute, or are about to; those that have not begun first */
  private computing(): Process[] {
    const { high, low } = this.port.kernel
    const known: Process[] = []
    const fresh: Process[] = []
    for (const queue of [high, low]) {
      for (const p of queue) {
        if (p.state !== READY) continue
        const seen = this.seen.get(p)
        if (seen === undefined) {
          const kind = this.kinds.get(this.beginningOf(p))
          if (kind !== undefined && isKnown(kind)) fresh.push(p)
        } else if (seen.ms >= ENOUGH_MS ? computes(seen) : isKnown(this.kinds.get(seen.machine))) known.push(p)
      }
    }
    return [...fresh.reverse(), ...known]
  }

  private fade(): void {
    this.forgetEnded()
    for (const [p, seen] of this.seen) {
      halve(seen)
      if (seen.runs < 1) this.seen.delete(p)
    }
  }

  /** What has ended is over; how long it has computed tells how long others of its kind will. */
  private forgetEnded(): void {
    for (const [p, { machine, lasted }] of this.seen) {
      if (p.state === ENDED) {
        const kind = this.kinds.get(machine)
        if (kind !== undefined) {
          kind.ended++
          kind.lasted += lasted
        }
      } else if (p.state !== GONE) continue
      this.seen.delete(p)
    }
  }

  private ask(mine: number): void {
    const others = [...this.port.others()]
    const asked =
      others.length === 0 ? [] : [take(others, this.port.random()), ...(others.length > 0 ? [take(others, this.port.random())] : [])]
    let open = asked.length
    let least: { readonly load: number; readonly node: Member } | undefined
    this.busy = open > 0
    if (open === 0) this.rest(EVEN_FOR_MS)
    for (const node of asked) {
      this.port.askLoad(node, (load) => {
        if (load !== undefined && (least === undefined || load < least.load)) least = { load, node }
        if (--open > 0) return
        if (least === undefined || mine - least.load < 2) this.rest(EVEN_FOR_MS)
        else this.give(least.node, least.load)
      })
    }
  }

  private give(to: Member, load: number): void {
    const mine = this.look()
    const share = Math.min(MOST_AT_ONCE, (mine.length - load) >> 1)
    const given: Process[] = []
    let bytes = 0
    for (const p of mine) {
      if (given.length >= share) break
      if (this.port.isPlaced(p) || isTied(p)) continue
      bytes += bytesOfArrays([p], true)
      if (bytes > MOST_BYTES) break
      given.push(p)
    }
    if (given.length === 0 || this.port.isHeld()) {
      this.rest(EVEN_FOR_MS)
      return
    }
    for (const p of given) this.seen.delete(p)
    if (this.idle?.node.index === to.index) this.idle = undefined
    this.partner = to
    this.counted -= given.length
    this.port.depart(given, to, { there: mine.length, here: load }, ({ takenBack }) => {
      this.rest(takenBack.length > 0 ? REFUSED_FOR_MS : 0)
    })
  }

  private rest(milliseconds: number): void {
    this.busy = false
    this.lookAt = Math.max(this.port.clock.now() + milliseconds, this.countedUntil)
  }
}

/** @returns one of the items, which is taken out */
function take<T>(from: T[], random: number): T {
  return from.splice(Math.floor(random * from.length), 1)[0] as T // 0 <= random < 1, and there is one
}

function add(seen: Seen, part: number, ms: number): void {
  seen.runs++
  seen.used += part
  seen.ms += ms
}

function halve(seen: Seen): void {
  seen.runs /= 2
  seen.used /= 2
  seen.ms /= 2
}

/**
 * Of n runs between two communications the first that ends in the process has half of its fuel on the average, and the others have all of it. So half of how
 * long runs have lasted, by what they lack, is how long it computes at a stretch.
 */
function computes({ runs, used, ms }: Seen): boolean {
  return ms / 2 >= GRAIN_MS * (runs - used)
}

/** @returns whether enough was seen of a kind to say that it computes */
function isKnown(kind: Kind | undefined): boolean {
  return kind !== undefined && kind.ms >= ENOUGH_OF_KIND_MS && computes(kind)
}
