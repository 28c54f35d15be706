/**
 * A site's part in cuts of its program.
 *
 *   home                                     site
 *   cut-stop  ------------------------>      the kernel stops between two slices, no migration begins; those under way end
 *             <------------------------      counts of messages, when that is so
 *   cut-wave  ------------------------>
 *             <------------------------      counts; until nothing is on its way anywhere
 *   cut-take  ------------------------>      writes down what it has, and goes on
 *             <------------------------      the bytes, when they are stored
 *
 * For an upgrade in place nothing is taken: the site of the home, which has all of the program, becomes the other version (`becomes`), or goes on as it was.
 * For a cut that looks, `cut-look` comes instead: the site begins a view of its processes, and goes on (kernel/inspect/holdings.ts).
 *
 * Invariants
 * - Every message says how many cuts its sender has taken. A site that hears of a cut that it is stopped for takes that cut before it looks at the
 *   message: so nothing that was sent after a cut is received before it.
 * - What a site writes down is what it has while the links are at rest; it has not run since it stopped. One that is told to stop by what runs
 *   in it (output waits for a cut) has stopped when that slice has ended.
 * - A cut that does not come about is called off, and everybody goes on: what it has written is written again with the next one.
 * - A cut without the main process would begin the program anew: where that has ended nothing is written down, and the cut is called off. The last cut
 *   follows, which says that the program is over.
 * - Each site says what it has of the tree of processes (`Census`). The home commits a cut only when all of that together is the whole tree.
 * - A site whose processes are being converted comes to rest for no cut before all of them are.
 * - A site is at rest only when all take part in the cut that it has ever had to do with, and that have not left.
 */
import type { Clock } from '../../engine/engine.ts'
import { HoldingsView } from '../../kernel/inspect/holdings.ts'
import type { HoldingsLinks } from '../../kernel/inspect/holdings.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import type { SiteCut } from '../../kernel/links/image.ts'
import type { Conversions } from '../../kernel/snapshot/conversion.ts'
import { SnapshotError } from '../../kernel/snapshot/snapshot-error.ts'
import { InPlaceUpgrade } from '../../kernel/upgrade/in-place.ts'
import { inSlices } from '../slices.ts'
import type { CutCounts, CutOrder } from '../wire/messages.ts'
import type { MovingCall } from '../wire/process-records.ts'
import type { HomeCapture } from './home-port.ts'

export interface SiteCutsPort {
  readonly links: Pick<LinkTable, 'quieten' | 'cut'> & {
    /** Whether nothing that came here, or left, is undecided, and all output that was gathered here is written. */
    isAtRest(): boolean
  }
  readonly migrations: { hold(): void; release(): void; readonly busy: boolean; readonly counts: { readonly departures: number } }
  readonly drive: { start(): void; pause(): void }
  readonly kernel: Kernel
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Milliseconds for which processes are converted without a break; absent: CONVERTING_MS. */
  readonly convertingMs: number | undefined
  /** What a view of the processes needs to know of the links. */
  readonly holdings: HoldingsLinks
  /** Messages that count, by member index. */
  counts(): Pick<CutCounts, 'sent' | 'received'>
  /** Members that processes have left for from here, or have come from, or that messages have: all who may have something of the program for all that is known here. */
  partners(): Iterable<number>
  /** Whether a member is known to have left the cluster. */
  hasLeft(member: number): boolean
  /** Calls of the home that processes here wait for. */
  calls(): readonly MovingCall[]
  /** The home, when it is here. */
  home(): HomeCapture | undefined
  /** The main process has ended here, or the kernel has stopped with a failure: the home is being told, and makes the last cut. */
  readonly isOver: () => boolean
  /** Something has run since the last cut: whoever makes cuts may want to know. */
  ran(): void
}

/** Milliseconds for which processes are converted without a break. */
const CONVERTING_MS = 0.5

/** What a site has written down for a cut. */
export interface Taken {
  readonly number: number
  readonly time: number
  /** What the site had of the program. */
  readonly written: SiteCut
  readonly calls: readonly MovingCall[]
  readonly home: HomeCapture | undefined
  /** How long this site stood still for it. */
  readonly pauseMicros: number
}

export class SiteCuts {
  /** How many cuts this site has taken, or heard of. */
  number = 0
  private stopped: Pick<CutOrder, 'number' | 'after' | 'members' | 'looks'> | undefined
  /** The view of the last cut that looked. */
  private viewed: { readonly number: number; readonly view: HoldingsView } | undefined
  /** Program time at which this site stopped. */
  private stoppedAt: number | undefined
  private last: Taken | undefined
  /** The last cut that could not be written down here. */
  private failed: { readonly number: number; readonly error: unknown } | undefined
  /** How many cuts were written down here, and the microseconds that the program stood still here for them. */
  readonly pauses = { cuts: 0, total: 0, last: 0 }
  private hasRun = false
  private isFrozen = false
  /** Some of its processes may have frames of the version before. */
  private isConverting = false
  private waiting: (() => void)[] = []

  constructor(private readonly port: SiteCutsPort) {}

  /** How many processes have left here. */
  get departures(): number {
    return this.port.migrations.counts.departures
  }

  /** Program time, microseconds. */
  get time(): number {
    return this.port.kernel.now()
  }

  /** Whether nothing runs here, because of a cut or until `thaw`. */
  get isStopped(): boolean {
    return this.stopped !== undefined || this.isFrozen
  }

  /**
   * Stops for a cut.
   * @param answer gets the counts once no slice and no migration is under way here; never when the cut is called off before
   */
  stop(
    { number, after, members, looks = false }: Pick<CutOrder, 'number' | 'after' | 'members' | 'looks'>,
    answer: (counts: CutCounts) => void = () => undefined,
  ): void {
    const { drive, migrations } = this.port
    if (this.stopped === undefined) {
      this.stoppedAt = undefined
      drive.pause()
      migrations.hold()
    }
    this.stopped = { number, after, members, looks }
    this.waiting.push(() => {
      answer(this.counts())
    })
    this.changed()
  }

  /** A migration may have ended, or a slice. */
  changed(): void {
    if (this.stopped === undefined) return
    if (!this.port.kernel.running) this.stoppedAt ??= this.port.kernel.now()
    if (this.isBusy) return
    this.port.links.quieten()
    for (const answer of this.waiting.splice(0)) answer()
  }

  counts(): CutCounts {
    return { ...this.port.counts(), rest: this.knowsAll && !this.isBusy && this.port.links.isAtRest() }
  }

  /**
   * Whether this site is stopped, and all take part in the cut who may have something of the program for all that is known here. The home may not have heard yet of a
   * member that has just joined, which has got processes from here.
   */
  private get knowsAll(): boolean {
    if (this.stopped === undefined) return false
    const { members } = this.stopped
    for (const partner of this.port.partners()) if (!members.includes(partner) && !this.port.hasLeft(partner)) return false
    return true
  }

  /** Whether something still happens here: output asks for a cut in the middle of a slice. */
  private get isBusy(): boolean {
    return this.port.migrations.busy || this.port.kernel.running || this.isConverting
  }

  /** A message came from somebody who has taken so many cuts. */
  heard(cut: number): void {
    if (cut <= this.number) return
    if (this.stopped?.number === cut) {
      if (this.stopped.looks === true) {
        this.look(cut)
        return
      }
      try {
        this.take(cut)
      } catch {
        // the home hears of it when it asks for what was written down
      }
      return
    }
    this.number = cut // of a cut that was called off, or that this site had no part in
    if (this.stopped !== undefined && this.stopped.number < cut) this.goOn()
  }

  /**
   * Takes a cut, unless it has been taken, and goes on.
   * @returns undefined when this site was not stopped for it
   * @throws SnapshotError also when it is asked for again
   */
  take(number: number): Taken | undefined {
    if (this.last?.number === number) return this.last
    if (this.failed?.number === number) throw this.failed.error
    if (this.stopped?.number !== number) return undefined
    const { links, kernel } = this.port
    try {
      if (this.port.isOver()) throw new SnapshotError('pinned', 'the program is over here')
      const time = kernel.now()
      const written = links.cut(number, this.stopped.after)
      const calls = this.port.calls()
      const home = this.port.home()
      const pauseMicros = Math.round(kernel.now() - (this.stoppedAt ?? time))
      this.last = { number, time, written, calls, home, pauseMicros }
      this.pauses.cuts++
      this.pauses.total += pauseMicros
      this.pauses.last = pauseMicros
      return this.last
    } catch (error) {
      this.failed = { number, error }
      throw error
    } finally {
      this.number = number
      this.goOn()
    }
  }

  /**
   * Begins the view of a cut that looks, unless it has begun, and goes on.
   * @returns undefined when this site was not stopped for it, or the view is over
   */
  look(number: number): HoldingsView | undefined {
    if (this.viewed?.number === number) return this.viewed.view
    if (this.stopped?.number !== number) return undefined
    this.viewed?.view.close()
    const view = new HoldingsView(this.port.kernel, this.port.holdings)
    this.viewed = { number, view }
    this.number = number
    this.goOn()
    return view
  }

  /** The view of a cut that looked is not needed any more. */
  looked(number: number): void {
    if (this.viewed?.number !== number) return
    this.viewed.view.close()
    this.viewed = undefined
  }

  /**
   * Goes on as another version, at the cut that this site stands still for. Its processes are converted while they run, in slices; no cut is made, and none
   * of them leaves, until all of them are.
   * @returns false when it does not stand still for that cut any more
   */
  becomes(number: number, conversions: Conversions): boolean {
    if (this.stopped?.number !== number) return false
    const { kernel, clock, migrations, convertingMs = CONVERTING_MS } = this.port
    const upgrade = new InPlaceUpgrade(kernel, conversions)
    this.isConverting = true
    migrations.hold()
    const converted = (): void => {
      this.isConverting = false
      if (this.stopped === undefined) migrations.release()
      this.changed()
    }
    const failed = (error: unknown): void => {
      const [main] = kernel.roots
      if (main !== undefined) kernel.fail(error, main)
      converted()
    }
    this.number = number
    this.goOn()
    clock.after(0, () => {
      inSlices(clock, upgrade.walk(), converted, failed, convertingMs)
    })
    return true
  }

  /** The cut does not come about. */
  callOff(number: number): void {
    if (this.stopped?.number === number) this.goOn()
  }

  /** Nothing runs here until `thaw`, though cuts may be made meanwhile. */
  freeze(): void {
    this.isFrozen = true
    this.port.drive.pause()
  }

  thaw(): void {
    this.isFrozen = false
    if (!this.isStopped) this.port.drive.start()
  }

  private goOn(): void {
    this.stopped = undefined
    this.waiting = []
    this.hasRun = false
    if (!this.isConverting) this.port.migrations.release()
    if (!this.isStopped) this.port.drive.start()
  }

  /** A slice has ended in which something may have run. */
  sliced(): void {
    if (this.stopped !== undefined) {
      this.changed() // the cut that it has stopped for has what ran
      return
    }
    if (this.hasRun) return
    this.hasRun = true
    this.port.ran()
  }
}
