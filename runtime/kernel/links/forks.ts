/**
 * FORK between nodes: the FORKING around a process is elsewhere. Its join makes a place for the process that is to be, and says its name; the process
 * begins where it was forked, as one that has parted from its join.
 */
import { Forks, forksAround } from '../scheduler/forks.ts'
import { GONE, HOST, newProcess } from '../scheduler/state.ts'
import type { Process } from '../scheduler/state.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { JoinLinks } from './joins.ts'
import type { Enlist } from './messages.ts'
import { tellProcess } from './monitors.ts'
import type { ProcessNames } from './names.ts'
import { HERE, SlotLink, Stub } from './objects.ts'
import type { Router } from './router.ts'

export class ForkLinks {
  constructor(
    private readonly kernel: Kernel,
    private readonly router: Router,
    private readonly joins: JoinLinks,
    private readonly names: ProcessNames,
    private readonly reserved: ((standIn: Process, name: string, place: number) => void) | undefined,
  ) {}

  /** @param top the topmost process above `p` that is here: its join is elsewhere */
  enlist(p: Process, top: Process, name: string): void {
    const { id, version } = this.names.of(p)
    this.ask(top, { process: id, moves: version, at: this.router.self, name })
  }

  private ask(top: Process, request: Pick<Enlist, 'process' | 'moves' | 'at' | 'name'>): void {
    const slot = top.join?.link instanceof Stub ? top.join.link.slot : undefined
    if (slot === undefined) throw new Error('a program that forks has a FORKING around it')
    this.router.route({ type: 'enlist', id: slot, version: this.router.named(slot).version, ...request })
  }

  /** The join of a slot is here, or one above it that has parted again. */
  onEnlist({ process: standIn }: SlotLink, { process, moves, at, name }: Enlist): void {
    if (standIn === undefined) throw new SnapshotError('malformed', 'a process forks below a branch that has ended')
    const around = forksAround(standIn)
    if (!(around instanceof Forks)) {
      this.ask(around, { process, moves, at, name })
      return
    }
    const place = newProcess(this.kernel, around.parent.frame.machine.blank(), around, 0, 0)
    place.state = GONE
    around.add(place, name)
    const { id } = this.joins.reserve(place, at)
    this.reserved?.(place, name, id)
    tellProcess(this.router, { process, moves, at }, id)
  }

  /**
   * A process that is apart from its FORKING would ask the same again: there, a node may lead here by a hint, and only a search mends that.
   * @returns whether the process that asked is here, and so is its FORKING: it asks again
   */
  retry({ process }: Enlist): boolean {
    const p = this.names.processOf(process)
    if (p?.state !== HOST || isApart(p)) return false
    this.kernel.wake(p, 0)
    return true
  }

  /** Tells the process that asked, wherever it is, to ask again. */
  refuse(message: Enlist): void {
    const p = this.names.processOf(message.process)
    if (p === undefined) tellProcess(this.router, message, 0)
    else this.kernel.wake(p, 0)
  }

  /** A process has been made here for a place that a join has. */
  forked(child: Process, id: number, path: string): void {
    const known = this.router.links.get(id)
    if (known instanceof SlotLink && known.place === HERE) {
      this.joins.rejoin(child, known, undefined)
      return
    }
    this.joins.part(child, id, { path, borrowed: undefined, born: 0 })
  }
}

/** Whether the FORKING around a process is elsewhere. While a capture arrives, what is above the process in it has no join yet; but it is here. */
function isApart(p: Process): boolean {
  for (let j = p.join; j !== null && !(j instanceof Forks); j = j.parent.join) if (j.link instanceof Stub) return true
  return false
}
