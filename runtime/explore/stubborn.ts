/**
 * Which moves of a state have to be made, so that no deadlock and no fault is missed: those of a set of processes that nobody outside of it can
 * interfere with. docs/exploration.md says why that is enough.
 *
 * Invariant: of a set that is chosen, for each process in it all processes are in it that hold what it waits for, now or later. For a process that waits
 * for its branches one of them is in it. What waits for a time is in no set that is chosen.
 */
import type { Local } from './locals.ts'
import { COMMUNICATE, MEET, TICK, guardOf } from './system.ts'
import type { Move, System } from './system.ts'
import type { LocalGuard } from './waits.ts'

export class Stubborn {
  private readonly here: Local[] = []
  /** By component: the processes that are in the set are marked with its number. */
  private marks = new Int32Array(64)
  private mark = 0
  private members: Local[] = []
  private readonly readers = new Holders()
  private readonly writers = new Holders()
  private readonly users = new Holders()

  constructor(private readonly system: System) {}

  /**
   * @param moves all moves of the state
   * @returns a part of them that is enough if its steps do not read the clock; all of them where no part is
   */
  choose(state: Int32Array, moves: readonly Move[]): readonly Move[] {
    if (moves.length < 2) return moves
    const { system, here } = this
    here.length = 0
    this.readers.begin()
    this.writers.begin()
    this.users.begin()
    for (let component = 0; component < system.components; component++) {
      const local = system.localAt(state, component)
      if (local === undefined || local.wait.kind === 'ended') continue
      here.push(local)
      const { reads, writes, monitors } = local.held
      for (const channel of reads) this.readers.add(channel, local)
      for (const channel of writes) this.writers.add(channel, local)
      for (const monitor of monitors) this.users.add(monitor, local)
    }
    if (system.components > this.marks.length) {
      this.marks = new Int32Array(2 * system.components)
      this.mark = 0
    }
    let best = moves
    for (const move of moves) {
      const first = this.firstOf(state, move)
      if (first === undefined || !this.close(state, first)) continue
      const chosen = moves.filter((each) => this.isInSet(state, each))
      if (chosen.length < best.length) best = chosen
      if (best.length === 1) break
    }
    return best
  }

  private firstOf(state: Int32Array, { kind, actor, other }: Move): Local | undefined {
    if (kind === TICK) return undefined
    if (kind !== MEET) return this.system.localAt(state, actor)
    return this.here.find((local) => guardOf(local, other) !== undefined)
  }

  private isInSet(state: Int32Array, move: Move): boolean {
    if (move.kind === TICK) return false
    if (move.kind === MEET) {
      const first = this.firstOf(state, move)
      return first !== undefined && this.has(first)
    }
    return this.marks[move.actor] === this.mark || (move.kind === COMMUNICATE && this.marks[move.other] === this.mark)
  }

  private has({ place }: Local): boolean {
    return this.marks[place.component] === this.mark
  }

  private add(local: Local): void {
    if (this.has(local)) return
    this.marks[local.place.component] = this.mark
    this.members.push(local)
  }

  /** Makes the least set that has `first` in it. @returns false when something in it waits for a time */
  private close(state: Int32Array, first: Local): boolean {
    this.mark++
    this.members = []
    this.add(first)
    for (const local of this.members) if (!this.complete(state, local)) return false
    return true
  }

  /** Adds all that can have to do with what a process waits for. */
  private complete(state: Int32Array, local: Local): boolean {
    const { wait } = local
    switch (wait.kind) {
      case 'output':
        this.addAll(this.readers.of(wait.channel))
        return true
      case 'input':
        this.addAll(this.writers.of(wait.channel))
        return true
      case 'alt':
        return wait.guards.every((guard) => this.completeGuard(guard))
      case 'time':
        return wait.due <= 0
      case 'claim':
      case 'sync':
        this.addAll(this.users.of(wait.monitor))
        return true
      case 'join':
        this.addBranch(state, local)
        return true
      case 'ended':
        return true
    }
  }

  private completeGuard(guard: LocalGuard): boolean {
    switch (guard.kind) {
      case 'input':
        this.addAll(this.writers.of(guard.channel))
        return true
      case 'time':
        return guard.due <= 0
      case 'sync':
        this.addAll(this.users.of(guard.monitor))
        return true
      case 'skip':
        return true
    }
  }

  private addAll(locals: readonly Local[]): void {
    for (const each of locals) this.add(each)
  }

  /** Of the branches that a process waits for, one that has not ended: nothing happens to the process before something happens to that one. */
  private addBranch(state: Int32Array, { place, wait }: Local): void {
    if (wait.kind !== 'join') return
    let first: Local | undefined
    const branches = wait.forking ? place.all.length : wait.branches
    for (let i = 0; i < branches; i++) {
      const branch = this.system.localAt(state, place.at(i).component)
      if (branch === undefined || branch.wait.kind === 'ended') continue
      if (this.has(branch)) return
      first ??= branch
    }
    if (first !== undefined) this.add(first)
  }
}

/** By number: the processes that hold something. */
class Holders {
  private readonly lists: Local[][] = []
  private readonly stamps: number[] = []
  private stamp = 0

  /** Nobody holds anything from now on. */
  begin(): void {
    this.stamp++
  }

  add(number: number, local: Local): void {
    if (this.stamps[number] === this.stamp) this.lists[number]?.push(local)
    else {
      this.stamps[number] = this.stamp
      const list = this.lists[number]
      if (list === undefined) this.lists[number] = [local]
      else {
        list.length = 0
        list.push(local)
      }
    }
  }

  of(number: number): readonly Local[] {
    return this.stamps[number] === this.stamp ? (this.lists[number] ?? NOBODY) : NOBODY
  }
}

const NOBODY: readonly Local[] = []
