/**
 * Owner records: which node has a process, as the directory knows it.
 *
 *   own/PROGRAM/INCARNATION/PROCESS   `OWNER EPOCH PATH`: the owner's member index, how often that was decided, the process's path
 *
 * A process without a record is where its parent is. When the two part, because either of them leaves, it gets one, which goes with it from then
 * on, also when it is carried along in the subtree of another.
 *
 * Invariants
 * - Who writes the record of a living process: its owner and, from `prepare` on, the destination of a migration, which commits it in its own name
 *   or fences it out in the name of the source (migrate.ts). Every change raises the epoch, so a value never comes back.
 * - The home removes all of them when the program is over. Those of members that have left the cluster stay until then: a source that has not heard of
 *   its destination's commit still finds it there.
 * - Whoever commits names itself alive as a condition: a member that was removed from the cluster owns nothing.
 */
import type { Change, Engine } from '../../engine/engine.ts'
import { partsOf } from '../../engine/limits.ts'
import { ENDED, GONE, Join } from '../../kernel/scheduler/state.ts'
import type { Process, Frame } from '../../kernel/scheduler/state.ts'
import type { OfProgram } from '../wire/messages.ts'
import type { OwnerRecord } from '../wire/process-records.ts'

/** An incarnation of a program. */
type Life = Pick<OfProgram, 'program' | 'incarnation'>

/** What a value says. */
export interface Ownership {
  readonly owner: number
  readonly epoch: number
  readonly path: string
}

/** What the keys of all records of a program begin with. */
export function allOwnersPrefix(program: number): string {
  return `own/${program}/`
}

/** What the keys of the records of one incarnation of a program begin with. */
export function ownerPrefix({ program, incarnation }: Life): string {
  return `${allOwnersPrefix(program)}${incarnation}/`
}

export function ownerKey(life: Life, id: number): string {
  return `${ownerPrefix(life)}${id}`
}

export function encodeOwnership({ owner, epoch, path }: Ownership): string {
  return `${owner} ${epoch} ${path}`
}

export function decodeOwnership(value: string): Ownership {
  const [owner = '', epoch = ''] = value.split(' ', 2)
  return { owner: Number(owner), epoch: Number(epoch), path: value.slice(owner.length + epoch.length + 2) }
}

/** @returns the record as it is after `owner` has got the process */
export function nextRecord(record: OwnerRecord, owner: number): OwnerRecord {
  const { id, path, why } = record
  const epoch = record.epoch + 1
  return { id, path, epoch, value: encodeOwnership({ owner, epoch, path }), why }
}

/** The records of the processes here. */
export class OwnerRecords {
  private readonly records = new Map<Process, OwnerRecord>()

  constructor(
    private readonly engine: Pick<Engine, 'directory' | 'limits'>,
    private readonly life: Life,
  ) {}

  /** `p` is here and has this record. */
  set(p: Process, record: OwnerRecord): void {
    this.records.set(p, record)
  }

  get(p: Process): OwnerRecord | undefined {
    return this.records.get(p)
  }

  delete(p: Process): void {
    this.records.delete(p)
  }

  /** @returns those of the processes below `roots` that have a record of their own */
  below(roots: readonly Process[]): Process[] {
    const found: Process[] = []
    if (this.records.size === 0) return found
    const queue = [...roots]
    for (let p = queue.pop(); p !== undefined; p = queue.pop()) {
      for (const branch of branches(p)) {
        queue.push(branch)
        if (this.records.has(branch)) found.push(branch)
      }
    }
    return found
  }

  /** @returns the branches of `roots` that are not among them and have no record */
  unrecorded(roots: readonly Process[]): Process[] {
    const leaving = new Set(roots)
    return roots.flatMap((p) => branches(p).filter((branch) => !leaving.has(branch) && !this.records.has(branch)))
  }

  /** Removes the records of processes that have ended. */
  sweep(): void {
    const changes: Change[] = []
    for (const [p, { id, value }] of this.records) {
      if (p.state === ENDED && value !== undefined) changes.push({ key: ownerKey(this.life, id), expect: value, value: undefined })
      if (p.state === ENDED || p.state === GONE) this.records.delete(p)
    }
    const { directory, limits } = this.engine
    for (const part of partsOf(changes, limits.swapBytes)) {
      directory.swap(part, (outcome) => {
        if (outcome === 'done' || part.length === 1) return
        for (const change of part) directory.swap([change], () => undefined) // one of them was touched by a fence: the others still go
      })
    }
  }
}

/** @returns the living branches of the PARs that `p` waits in */
function branches(p: Process): Process[] {
  const found: Process[] = []
  for (let frame: Frame | null = p.frame; frame !== null; frame = frame.caller) {
    if (!(frame.pending instanceof Join)) continue
    for (const branch of frame.pending.branches) if (branch.state !== ENDED && branch.state !== GONE) found.push(branch)
  }
  return found
}
