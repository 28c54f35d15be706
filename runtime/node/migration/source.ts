/** Departure: the source's part of a migration; see migrate.ts. */
import type { Cancel, Change, Member } from '../../engine/engine.ts'
import type { Captured, CaptureMode } from '../../kernel/links/link-table.ts'
import { GONE } from '../../kernel/scheduler/process.ts'
import type { Process } from '../../kernel/scheduler/process.ts'
import type { MigrationResult } from '../commands/client.ts'
import { ANSWER_WITHIN, LARGE_STATE, LOOK_AGAIN } from './migrate.ts'
import type { About, Prepare, Resumed } from './migrate.ts'
import { NodeError } from '../node-error.ts'
import { decodeOwnership, nextRecord, ownerKey } from './owner-records.ts'
import type { OwnerRecord } from './owner-records.ts'
import type { Site } from '../program/site.ts'

/**
 * frozen    captured, the state may be on its way into a blob
 * offered   `prepare` was sent: T may commit
 * deciding  T is lost, or silent for long: the records are being looked at
 * over      committed, or taken back
 */
type Stage = 'frozen' | 'offered' | 'deciding' | 'over'

export class Departure {
  private stage: Stage = 'frozen'
  private records: readonly OwnerRecord[]
  private readonly frozenAt: number
  private readonly captured: Captured
  /** Branches that stay here without their parents, and the records that they get with the commit. */
  private readonly staying: ReadonlyMap<Process, OwnerRecord>
  private timer: Cancel | undefined
  private blob: string | undefined

  /**
   * Freezes processes and offers them to `to`. Never within `kernel.run`.
   * @param done is told once what became of each root, after the fact
   * @throws SnapshotError when a root cannot be captured; nothing has happened then
   */
  constructor(
    private readonly site: Site,
    readonly id: number,
    roots: readonly Process[],
    mode: CaptureMode,
    private readonly to: Member,
    private readonly done: (results: MigrationResult[], takenBack: readonly Process[]) => void,
  ) {
    const { links, owners, clock } = site
    this.frozenAt = clock.common()
    const carried = mode === 'subtree' ? owners.below(roots) : []
    const known = new Map<number, OwnerRecord>()
    for (const p of [...roots, ...carried]) {
      const record = owners.get(p)
      if (record !== undefined) known.set(record.id, record)
    }
    const left = mode === 'only' ? owners.unrecorded(roots) : []
    this.captured = links.capture(roots, mode)
    this.staying = new Map(left.map((p) => [p, { id: links.idOf(p), path: links.pathOf(p), epoch: 0, value: undefined }]))
    for (const p of [...roots, ...carried]) owners.delete(p)
    const { processIds, paths } = this.captured
    processIds.forEach((processId, i) => {
      if (!known.has(processId)) known.set(processId, { id: processId, path: paths[i] ?? '', epoch: 0, value: undefined })
    })
    this.records = [...known.values()]
    this.offer()
  }

  get paths(): readonly string[] {
    return this.captured.paths
  }

  /** T will not have it, and has not committed. @param conflict the records are not what they were thought to be */
  refused(error: NodeError, conflict: boolean): void {
    if (this.stage !== 'offered') return // deciding: the records tell
    if (conflict) this.decide(error)
    else this.takeBack(error)
  }

  /** T has committed and runs it. */
  resumed({ at, codeBytes, codeRequests }: Resumed): void {
    if (this.stage !== 'offered' && this.stage !== 'deciding') return
    this.commit()
    this.finish(undefined, { pauseMicros: Math.max(0, Math.round(at - this.frozenAt)), codeBytes, messages: 2 + 2 * codeRequests }, [])
  }

  memberLeft(member: Member): void {
    if (member.index !== this.to.index) return
    const error = new NodeError('R0404', `node ${this.to.name} vanished`, 'see who is left: godwit nodes')
    if (this.stage === 'frozen') this.takeBack(error)
    else if (this.stage === 'offered') this.decide(error)
  }

  /** The program has ended, or this node is to do nothing any more. */
  abandon(): void {
    this.timer?.()
    this.stage = 'over'
  }

  private key(record: OwnerRecord): string {
    return ownerKey(this.site.program.id, record.id)
  }

  private about(): About {
    return { program: this.site.program.id, migration: this.id }
  }

  private offer(): void {
    const { bytes } = this.captured
    if (bytes.length < LARGE_STATE) {
      this.prepare(undefined, bytes)
      return
    }
    this.site.blobs.put(bytes, (hash) => {
      if (this.stage !== 'frozen') return
      if (hash === undefined) {
        this.takeBack(new NodeError('R0415', 'the cluster store does not take the state'))
        return
      }
      this.blob = hash
      this.prepare(hash, new Uint8Array(0))
    })
  }

  private prepare(blob: string | undefined, body: Uint8Array): void {
    this.stage = 'offered'
    const content: Prepare = {
      ...this.about(),
      records: this.records,
      staying: [...this.staying.values()],
      unitHashes: this.captured.unitHashes,
      ...(blob === undefined ? {} : { blob }),
    }
    this.site.post.note(this.to.index, 'prepare', content, body)
    this.timer = this.site.clock.after(ANSWER_WITHIN, () => {
      const seconds = String(ANSWER_WITHIN / 1000)
      if (this.stage === 'offered')
        this.decide(new NodeError('R0407', `node ${this.to.name} did not answer for ${seconds} s`, 'try again when it is less busy'))
    })
  }

  /** T is lost: has it committed? @param error what to say if not */
  private decide(error: NodeError): void {
    this.stage = 'deciding'
    const { directory, membership, clock } = this.site
    directory.get(
      this.records.map((r) => this.key(r)),
      (values) => {
        if (this.stage !== 'deciding') return
        const owners = new Set(values.map((value) => (value === undefined ? this.self : decodeOwnership(value).owner)))
        if (owners.size === 1 && owners.has(this.to.index)) {
          this.commit()
          this.finish(this.site.membership.get(this.to.index) === undefined ? vanishedWith(this.to) : undefined, undefined, [])
          return
        }
        if ([...owners].some((owner) => owner !== this.self)) {
          this.finish(disowned(), undefined, []) // the cluster has given this node up, which will be told so
          return
        }
        // T may still commit: make sure that it cannot, and that we still count
        const now = this.records.map((r, i): OwnerRecord => ({ ...r, value: values[i], epoch: epochOf(values[i], r.epoch) }))
        const fenced = now.map((r) => nextRecord(r, this.self))
        const changes = now.map((r, i): Change => ({ key: this.key(r), expect: r.value, value: fenced[i]?.value }))
        directory.swap([...changes, membership.alive(membership.self)], (outcome) => {
          if (this.stage !== 'deciding') return
          if (outcome === 'done') {
            this.records = fenced
            this.takeBack(error)
          } else {
            clock.after(LOOK_AGAIN, () => {
              if (this.stage === 'deciding') this.decide(error)
            })
          }
        })
      },
    )
  }

  private get self(): number {
    return this.site.membership.self.index
  }

  /** It is T's now. */
  private commit(): void {
    const { links, counts, membership, owners } = this.site
    for (const [p, record] of this.staying) if (p.state !== GONE) owners.set(p, nextRecord(record, this.self))
    links.commit(this.captured, this.to.index)
    counts.departures += this.captured.count
    if (membership.get(this.to.index) === undefined) links.nodeGone(this.to.index) // it vanished after it had committed
  }

  private takeBack(error: NodeError): void {
    const { links, owners } = this.site
    const roots = links.abort(this.captured)
    for (const record of this.records) {
      const p = links.processOf(record.id)
      if (p !== undefined) owners.set(p, record)
    }
    this.finish(error, undefined, roots)
  }

  private finish(
    error: NodeError | undefined,
    cost: { pauseMicros: number; codeBytes: number; messages: number } | undefined,
    takenBack: readonly Process[],
  ): void {
    this.timer?.()
    this.stage = 'over'
    if (this.blob !== undefined) this.site.blobs.remove(this.blob)
    const { paths, bytes } = this.captured
    const share = Math.round(bytes.length / Math.max(1, paths.length))
    const from = this.site.membership.self.name
    const results = paths.map((path): MigrationResult => ({
      process: path,
      from,
      to: this.to.name,
      bytes: share,
      codeBytes: cost?.codeBytes ?? 0,
      pauseMicros: cost?.pauseMicros ?? 0,
      messages: cost?.messages ?? 0,
      ...(error === undefined ? {} : { error: error.toJSON() }),
    }))
    this.site.departed(this)
    this.done(results, takenBack)
  }
}

function vanishedWith(to: Member): NodeError {
  return new NodeError('R0404', `node ${to.name} vanished with it`, 'drain a node before it is stopped')
}

function disowned(): NodeError {
  return new NodeError('R0417', 'this node was declared dead by the others', 'start it again')
}

function epochOf(value: string | undefined, absent: number): number {
  return value === undefined ? absent : decodeOwnership(value).epoch
}
