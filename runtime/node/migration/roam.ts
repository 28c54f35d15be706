/** `--roam`: keeps moving random processes, subtrees and homes of channels, barriers and claims of a site to random nodes. */
import type { Clock, Member } from '../../engine/engine.ts'
import { Channel, NO_CHANNEL } from '../../kernel/scheduler/state.ts'
import { Monitor } from '../../kernel/scheduler/monitor.ts'
import { Choices } from '../../kernel/testing/choices.ts'
import { processes } from '../../kernel/inspect/inspect.ts'
import { bytesOfArrays } from '../../kernel/snapshot/weigh.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import type { DriverOptions } from '../../run/driver.ts'
import type { Migrations } from './migrations.ts'

/** The site whose processes roam. */
export interface RoamingSite {
  readonly kernel: Kernel
  readonly links: Pick<LinkTable, 'migrateHome'>
  readonly migrations: Pick<Migrations, 'depart' | 'busy' | 'isHeld'>
  /** The kernel runs, unless something else holds it. */
  go(): void
  readonly drive: { pause(): void; poke(): void }
  readonly closed: boolean
  readonly roamingEnded: boolean
  readonly roamingPaused: boolean
  /** Moves made. */
  roamed: number
}

export interface RoamPort {
  readonly site: RoamingSite
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Where something can go. */
  readonly others: () => readonly Member[]
}

/** In [0, 1). */
export type Random = () => number

/** @returns what a node chooses by that is the `place`th by name: every node something else, the same each time */
export function seededRandom(seed: number, place: number): Random {
  const { below } = new Choices((Math.imul(seed, 0x9e3779b1) + place) | 0)
  return () => below(0x40000000) / 0x40000000
}

/** The fuel that a site begins with is below this: so few steps that even a short program is met in the middle. */
const FIRST_FUEL = 3
/** Of processes with so much in arrays every other one is moved by pre-copy. */
const LARGE_BYTES = 1 << 12
/** So many moves are made at once, each when a slice has ended: a short program has no time to wait for. */
const AT_ONCE = 4
/** A node that takes nothing, because it is cordoned, is passed over for at most so long before it is tried again. */
const LONGEST_PAUSE_MS = 1000
/** A slice lasts at most this part of the time between two moves. */
const SLICES_A_MOVE = 4
const LONGEST_SLICE_MICROS = 1000

/**
 * How a site is driven whose processes roam: its first slice is short, and none is so long that a move would have to wait for it.
 * @param intervalMs milliseconds between two moves
 */
export function roamingPace(intervalMs: number, random: Random): DriverOptions {
  return { slice: Math.min(LONGEST_SLICE_MICROS, (intervalMs * 1000) / SLICES_A_MOVE), fuel: Math.floor(random() * FIRST_FUEL) }
}

/** Moves something of one site now and then, until that is closed; at the beginning as soon as something has come here and has done some steps. */
export class Roamer {
  private begun = 0
  /** Nodes that have refused what was sent last, by index: for how long they are passed over, which doubles each time, and until when. */
  private readonly refusing = new Map<number, { readonly pauseMs: number; readonly untilMs: number }>()

  /** @param intervalMs milliseconds between two moves */
  constructor(
    private readonly port: RoamPort,
    private readonly intervalMs: number,
    private readonly random: Random,
  ) {}

  /** A slice has ended. */
  slice(): void {
    if (this.begun < AT_ONCE && this.move(true) && ++this.begun === 1) this.wait()
  }

  private wait(): void {
    const { site, clock } = this.port
    clock.after(this.intervalMs, () => {
      if (site.closed || site.roamingEnded) return
      this.move(false)
      this.wait()
    })
  }

  /**
   * @param patient whether the others wait until the move is over: else a short program would have ended by then
   * @returns whether there was something to move
   */
  private move(patient: boolean): boolean {
    const { site } = this.port
    if (site.closed || site.roamingEnded || site.roamingPaused || site.migrations.busy || site.migrations.isHeld) return false
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(this.random() * from.length)]
    const to = pick(this.port.others().filter(({ index }) => !this.isPassedOver(index)))
    const p = pick(processes(site.kernel))
    if (to === undefined || p === undefined) return false
    if (patient) site.drive.pause()
    return moveSomething(site, p, to, this.random, (refused) => {
      if (refused !== undefined) this.tried(to, refused)
      if (patient && !site.closed) site.go()
    })
  }

  private isPassedOver(index: number): boolean {
    const refusal = this.refusing.get(index)
    return refusal !== undefined && this.port.clock.now() < refusal.untilMs
  }

  private tried({ index }: Member, refused: boolean): void {
    const before = this.refusing.get(index)
    this.refusing.delete(index)
    if (!refused) return
    const pauseMs = Math.min(LONGEST_PAUSE_MS, before === undefined ? this.intervalMs : 2 * before.pauseMs)
    this.refusing.set(index, { pauseMs, untilMs: this.port.clock.now() + pauseMs })
  }
}

/**
 * Moves a process, or the home of something that it holds.
 * @param over is called when the move is over, or there is none; for a process with whether the node has refused it
 * @returns whether something was moved
 */
function moveSomething(site: RoamingSite, p: Process, to: Member, random: Random, over: (refused?: boolean) => void): boolean {
  const kind = random()
  const homes = kind < 0.2 ? homesOf(p) : []
  const home = homes[Math.floor(random() * homes.length)]
  if (home !== undefined) {
    const moved = site.links.migrateHome(home, to.index) !== undefined
    if (moved) site.roamed++
    site.drive.poke()
    over()
    return moved
  }
  const mode = kind < 0.6 ? 'only' : 'subtree'
  const large = bytesOfArrays([p], mode === 'subtree') >= LARGE_BYTES
  site.migrations.depart(
    [p],
    mode,
    to,
    ({ results }) => {
      site.roamed += results.filter(({ error }) => error === undefined).length
      over(results.some(({ error }) => error?.code === 'R0406'))
    },
    { why: { cause: 'roam' }, strategy: large && random() < 0.5 ? 'pre' : 'stop' },
  )
  return true
}

/** @returns the channels and monitors in the slots of the innermost frame */
function homesOf(p: Process): (Channel | Monitor)[] {
  const frame = p.frame as unknown as Readonly<Record<string, unknown>> // slots are fields of these names
  const found: (Channel | Monitor)[] = []
  for (const [name] of p.frame.machine.slots) {
    const value = frame[name]
    for (const c of Array.isArray(value) ? (value as unknown[]) : [value])
      if ((c instanceof Channel && c !== NO_CHANNEL) || c instanceof Monitor) found.push(c)
  }
  return found
}
