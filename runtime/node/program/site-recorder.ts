/**
 * What a site tells the home of a program whose run is recorded: what processes choose at this node, now and then, and in the end.
 *
 * Invariant: what is told is all that has happened here up to a logical time, and what happens later has a later one. So when a node vanishes, the home
 * knows how far what it has is whole.
 */
import type { Clock } from '../../engine/engine.ts'
import type { World } from '../../kernel/scheduler/kernel.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { WatchedKernel } from '../../kernel/scheduler/watched.ts'
import { ChoiceRecorder } from '../../run/recording/choice-recorder.ts'
import { NodeError } from '../node-error.ts'

/** How often the home is told, milliseconds. */
const EVERY_MS = 100
/** Bytes that are kept until then. */
const KEPT = 1 << 15

export interface SiteRecorderPort {
  readonly clock: Clock
  /** @returns program time in microseconds, which is about the same on all nodes */
  time(): number
  links(): Pick<LinkTable, 'tick' | 'passed'>
  /** Tells the home. */
  tell(upTo: number, piece: Uint8Array): void
}

export class SiteRecorder {
  private readonly choices: ChoiceRecorder
  private watched: WatchedKernel | undefined
  private isOver = false

  constructor(private readonly port: SiteRecorderPort) {
    this.choices = new ChoiceRecorder({
      tick: () => port.links().tick(),
      tooDeep: (p) => {
        const where = 'a run on several nodes is recorded while at most 100 PARs are within each other'
        this.watched?.fail(new NodeError('R0441', where, 'record it on one node'), p)
      },
    })
    this.tellSoon()
  }

  kernel(world: World): WatchedKernel {
    const kernel = new WatchedKernel(world)
    kernel.watcher = this.choices
    this.watched = kernel
    return kernel
  }

  /** A FORKING here has a place for a process that is forked elsewhere. */
  readonly reserved = (standIn: Process, name: string, place: number): void => {
    this.choices.reserved(standIn, name, place)
  }

  /** A slice has ended. */
  sliced(): void {
    if (this.choices.length > KEPT) this.tell()
  }

  /** Nothing of the program runs here any more. */
  close(): void {
    if (!this.isOver) this.tell()
    this.isOver = true
  }

  private tellSoon(): void {
    this.port.clock.after(EVERY_MS, () => {
      if (this.isOver) return
      this.tell()
      this.tellSoon()
    })
  }

  private tell(): void {
    const upTo = this.port.links().passed(Math.floor(this.port.time() / 1000))
    this.port.tell(upTo, this.choices.take())
  }
}
