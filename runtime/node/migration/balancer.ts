/**
 * The balancer: gives processes that compute to nodes that have less to compute.
 *
 * What it knows. A slice is made of short runs of the kernel, and each ends in the middle of some process, when the fuel is used up. If that process has used
 * most of it since it was dispatched, it computes; one that was dispatched just before communicates. A process that computes for several runs
 * between two communications gains more from another core than its messages lose on the way; one that communicates all the time stays with its partners.
 * Branches that wait for their turn are taken for such as their siblings are which have had theirs: they are given away first, since they have no state yet.
 *
 * What it does. A site with more than one such process asks two other nodes, drawn at random, how many they have, and gives the one with fewer half of the
 * difference (the choice of two: Mitzenmacher 2001). So what is even stays as it is, and no node is asked while nothing computes.
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
/** So many runs that ended in a process tell what it does. */
const ENOUGH_RUNS = 5
/** A process computes that has used so much of the fuel of these runs. A run lasts about 100 microseconds. */
const MOST_OF_IT = 0.7
/** When there is nobody to give anything to. */
const EVEN_FOR_MS = 30
/** When something could not be moved. */
const REFUSED_FOR_MS = 1_000
/** Moved at once. */
const MOST_AT_ONCE = 256
/** With more than that of arrays a process stays. */
const MOST_BYTES = 4 << 20

/** What was seen of a process of late. */
interface Seen {
  /** Runs that ended in it. */
  runs: number
  /** How much of their fuel it has used, in fuels of a run. */
  used: number
}

export interface BalancerPort {
  readonly kernel: Pick<Kernel, 'high' | 'low'>
  readonly clock: Pick<Clock, 'now'>
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
  /** In [0, 1). */
  random(): number
}

export class Balancer {
  private readonly seen = new Map<Process, Seen>()
  private lookAt = 0
  /** What the last look has found, and until when that will do. */
  private counted = 0
  private countedUntil = 0
  private fadeAt = 0
  private busy = false

  constructor(private readonly port: BalancerPort) {}

  /** A run of the kernel has ended in the middle of `p`. @param part of the fuel, which went into that dispatch of `p` */
  cut(p: Process, part: number): void {
    const seen = this.seen.get(p)
    if (seen !== undefined) {
      seen.runs++
      seen.used += part
    } else if (part >= MOST_OF_IT) this.seen.set(p, { runs: 1, used: part })
  }

  /** A slice has ended. */
  slice(): void {
    if (this.seen.size === 0 || this.busy) return
    const now = this.port.clock.now()
    if (now < this.lookAt) return
    const mine = this.load
    this.lookAt = Math.max(now + LOOK_EVERY_MS, this.countedUntil)
    if (now >= this.fadeAt) {
      this.fadeAt = now + FADE_EVERY_MS
      this.fade()
    }
    if (mine > 1 && !this.port.isHeld()) this.ask(mine)
  }

  /** @returns how many processes here compute, or are about to */
  get load(): number {
    if (this.seen.size === 0) return 0
    return this.port.clock.now() < this.countedUntil ? this.counted : this.look().length
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
    const kinds = new Map<Join | null, Set<Machine>>()
    for (const [p, seen] of this.seen) {
      if (seen.runs < ENOUGH_RUNS || !computes(seen)) continue
      const machines = kinds.get(p.join)
      const { machine } = outermost(p)
      if (machines === undefined) kinds.set(p.join, new Set([machine]))
      else machines.add(machine)
    }
    if (kinds.size === 0) return []
    const known: Process[] = []
    const fresh: Process[] = []
    for (const queue of [high, low]) {
      for (const p of queue) {
        if (p.state !== READY || kinds.get(p.join)?.has(outermost(p).machine) !== true) continue
        const seen = this.seen.get(p)
        if (seen === undefined) fresh.push(p)
        else if (computes(seen)) known.push(p)
      }
    }
    return [...fresh.reverse(), ...known]
  }

  private fade(): void {
    for (const [p, seen] of this.seen) {
      seen.runs /= 2
      seen.used /= 2
      if (seen.runs < 1 || p.state === ENDED || p.state === GONE) this.seen.delete(p)
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

function computes({ runs, used }: Seen): boolean {
  return used >= MOST_OF_IT * runs
}

/** @returns the frame that a process began with */
function outermost(p: Process): Process['frame'] {
  let { frame } = p
  while (frame.caller !== null) frame = frame.caller
  return frame
}
