/** The source's part of a migration; see migrate.ts. */
import type { Cancel, Change, Engine, Member } from '../../engine/engine.ts'
import { insistOnGet } from '../../engine/insist.ts'
import type { Captured, CaptureMode, LinkTable } from '../../kernel/links/link-table.ts'
import { GONE } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { PreCopy } from './pre-copy.ts'
import { ANSWER_WITHIN_MS, LARGE_STATE_BYTES, LOOK_AGAIN_MS } from './migrate.ts'
import { NodeError } from '../node-error.ts'
import type { DepartingHome } from '../program/moving-home.ts'
import type { OfMigration, OfProgram, Prepare, Resumed } from '../wire/messages.ts'
import type { MoveReason, MoveWhy } from '../wire/move-reasons.ts'
import type { MovingCall, OwnerRecord } from '../wire/process-records.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import type { Span } from '../telemetry/tracer.ts'
import { decodeOwnership, nextRecord, ownerKey } from './owner-records.ts'
import type { OwnerRecords } from './owner-records.ts'

/** What a source needs of the node it is on. */
export interface SourcePort {
  /** How messages name the program. */
  about(): OfProgram
  readonly engine: Pick<Engine, 'clock' | 'membership' | 'directory' | 'blobs'>
  readonly links: Pick<LinkTable, 'capture' | 'commit' | 'abort' | 'idOf' | 'pathOf' | 'processOf' | 'nodeGone'>
  readonly owners: Pick<OwnerRecords, 'get' | 'set' | 'delete' | 'below' | 'unrecorded'>
  /** @returns the calls of the home that wait for processes which have just been captured */
  departingCalls(): readonly MovingCall[]
  /** Processes have been taken back with their calls. */
  arrivingCalls(calls: readonly MovingCall[]): void
  /** Sends the note `prepare`. */
  prepare(to: Member, content: Prepare, state: Uint8Array): void
  /** @returns the span of a migration that begins here; undefined when nobody looks at it. Absent: nobody looks at any */
  departure?(): Span | undefined
}

/** What is to be moved. */
export interface Move {
  /** Unique among the migrations of this program from this node. */
  readonly id: number
  readonly roots: readonly Process[]
  readonly mode: CaptureMode
  readonly to: Member
  /** The home of the program goes along, whose processes `roots` are then. */
  readonly home?: DepartingHome
  /** What was sent of their arrays while they ran. */
  readonly ahead?: PreCopy
  /** Absent: by hand. */
  readonly why?: MoveWhy
}

/** What became of a move: a result for each root. */
export interface Moved {
  readonly results: readonly MigrationResult[]
  /** How many processes have left. */
  readonly count: number
  /** The roots, when they have not left: they go on here. */
  readonly takenBack: readonly Process[]
}

/**
 * frozen    captured, the state may be on its way into a blob
 * offered   `prepare` was sent: T may commit
 * deciding  T is lost, or silent for long: the records are being looked at
 * over      committed, or taken back
 */
type SourceStage = 'frozen' | 'offered' | 'deciding' | 'over'

interface Cost {
  readonly pauseMicros: number
  readonly codeBytes: number
  readonly messages: number
}

const NOTHING = new Uint8Array(0)
/** Why processes move when nobody says why. */
const BY_HAND: MoveWhy = { cause: 'hand' }

export class MigrationSource {
  private stage: SourceStage = 'frozen'
  private records: readonly OwnerRecord[]
  private readonly frozenAt: number
  private readonly captured: Captured
  /** Branches that stay here without their parents, and the records that they get with the commit. */
  private readonly staying: ReadonlyMap<Process, OwnerRecord>
  private readonly to: Member
  private readonly calls: readonly MovingCall[]
  /** Why processes were here, by their ids: that holds again when they are taken back. */
  private readonly before = new Map<number, MoveReason>()
  private timer: Cancel | undefined
  private blob: string | undefined
  private readonly span: Span | undefined
  /** How many processes have left. */
  private count = 0

  /**
   * Freezes processes and offers them to a node. Never within `kernel.run`.
   * @param finished is called once when it is known what became of the roots, unless it is abandoned; then whoever abandons it tells; that may be before the constructor returns
   * @throws SnapshotError when a root cannot be captured; nothing has happened then
   */
  constructor(
    private readonly port: SourcePort,
    private readonly move: Move,
    private readonly finished: (moved: Moved) => void,
  ) {
    const { links, owners, engine } = port
    const { roots, mode, to } = move
    const why: MoveReason = { ...(move.why ?? BY_HAND), from: engine.membership.self.name }
    this.to = to
    this.frozenAt = engine.clock.common()
    const carried = mode === 'subtree' ? owners.below(roots) : []
    const known = new Map<number, OwnerRecord>()
    for (const p of carried) {
      const record = owners.get(p)
      if (record === undefined) continue
      known.set(record.id, record)
      if (record.why !== undefined) this.before.set(record.id, record.why)
    }
    for (const p of roots) {
      const record = owners.get(p)
      if (record === undefined) continue
      known.set(record.id, { ...record, why })
      if (record.why !== undefined) this.before.set(record.id, record.why)
    }
    const left = mode === 'only' ? owners.unrecorded(roots) : []
    this.span = port.departure?.()
    this.span?.phase('capture')
    this.captured = this.capture(roots, mode)
    this.calls = port.departingCalls()
    this.staying = new Map(left.map((p) => [p, { id: links.idOf(p), path: links.pathOf(p), epoch: 0, value: undefined }]))
    for (const p of [...roots, ...carried]) owners.delete(p)
    const { processIds, paths } = this.captured
    processIds.forEach((processId, i) => {
      if (!known.has(processId)) known.set(processId, { id: processId, path: paths[i] ?? '', epoch: 0, value: undefined, why })
    })
    this.records = [...known.values()]
    try {
      this.offer()
    } catch (error) {
      this.takeBack(new NodeError('R0410', `the state cannot be sent: ${error instanceof Error ? error.message : String(error)}`))
    }
  }

  /** @throws SnapshotError */
  private capture(roots: readonly Process[], mode: CaptureMode): Captured {
    try {
      return this.port.links.capture(roots, mode, this.move.ahead)
    } catch (error) {
      this.span?.end(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  get isOver(): boolean {
    return this.stage === 'over'
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
    this.finish(undefined, { pauseMicros: Math.max(0, Math.round(at - this.frozenAt)), codeBytes, messages: 2 + 2 * codeRequests })
  }

  /**
   * Processes are offered to this node. If one of them is of this move, and with a later epoch, T has committed and has moved it on: nobody else could have
   * given it away. T's word of that may never come; what was captured here must not be taken back.
   */
  offeredBack(records: readonly OwnerRecord[]): void {
    if (this.stage !== 'offered' && this.stage !== 'deciding') return
    const epochs = new Map(this.records.map(({ id, epoch }) => [id, epoch]))
    if (!records.some(({ id, epoch }) => epoch > (epochs.get(id) ?? Infinity))) return
    this.commit()
    this.finish()
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
    this.span?.end('the program has ended')
  }

  private key(record: OwnerRecord): string {
    return ownerKey(this.port.about(), record.id)
  }

  private get about(): OfMigration {
    return { ...this.port.about(), migration: this.move.id }
  }

  private offer(): void {
    const { bytes } = this.captured
    if (bytes.length < LARGE_STATE_BYTES) {
      this.prepare(undefined, bytes)
      return
    }
    this.span?.phase('store')
    this.port.engine.blobs.put(bytes, (hash) => {
      if (this.stage !== 'frozen') return
      if (hash === undefined) {
        this.takeBack(new NodeError('R0415', 'the cluster store does not take the state'))
        return
      }
      this.blob = hash
      this.prepare(hash, NOTHING)
    })
  }

  private prepare(blob: string | undefined, body: Uint8Array): void {
    this.stage = 'offered'
    this.span?.phase('offer')
    const { home, ahead } = this.move
    const content: Prepare = {
      ...this.about,
      records: this.records,
      staying: [...this.staying.values()],
      unitHashes: this.captured.unitHashes,
      calls: this.calls,
      ...(blob === undefined ? {} : { blob }),
      ...(this.span === undefined ? {} : { trace: this.span.traceparent }),
      ...(ahead === undefined ? {} : { ahead: { transfer: ahead.transfer, pieces: ahead.pieces } }),
      ...(home === undefined ? {} : { home: { bytes: home.state.length, before: home.before, after: home.after } }),
    }
    this.port.prepare(this.to, content, home === undefined ? body : Buffer.concat([body, home.state]))
    this.timer = this.port.engine.clock.after(ANSWER_WITHIN_MS, () => {
      const seconds = String(ANSWER_WITHIN_MS / 1000)
      if (this.stage === 'offered')
        this.decide(new NodeError('R0407', `node ${this.to.name} did not answer for ${seconds} s`, 'try again when it is less busy'))
    })
  }

  /** T is lost: has it committed? @param error what to say if not */
  private decide(error: NodeError): void {
    this.stage = 'deciding'
    this.span?.phase('decide')
    const { directory, membership, clock } = this.port.engine
    insistOnGet(
      this.port.engine,
      this.records.map((r) => this.key(r)),
      (values) => {
        if (this.stage !== 'deciding') return
        const owners = values.map((value) => (value === undefined ? this.self : decodeOwnership(value).owner))
        if (owners.some((owner) => owner !== this.self)) {
          // nobody but T takes anything from S, and all of it; T may have moved it on since
          this.commit()
          this.finish(owners.includes(this.to.index) && membership.get(this.to.index) === undefined ? vanishedWith(this.to) : undefined)
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
            clock.after(LOOK_AGAIN_MS, () => {
              if (this.stage === 'deciding') this.decide(error)
            })
          }
        })
      },
    )
  }

  private get self(): number {
    return this.port.engine.membership.self.index
  }

  /** It is T's now. */
  private commit(): void {
    const { links, owners, engine } = this.port
    const { membership } = engine
    for (const [p, record] of this.staying) if (p.state !== GONE) owners.set(p, nextRecord(record, this.self))
    links.commit(this.captured, this.to.index)
    this.move.home?.left(this.to)
    this.count = this.captured.count
    if (membership.get(this.to.index) === undefined) links.nodeGone(this.to.index) // it vanished after it had committed
  }

  private takeBack(error: NodeError): void {
    const { links, owners } = this.port
    const roots = links.abort(this.captured)
    for (const record of this.records) {
      const p = links.processOf(record.id)
      if (p !== undefined) owners.set(p, { ...record, why: this.before.get(record.id) })
    }
    this.port.arrivingCalls(this.calls)
    this.move.home?.takenBack(roots)
    this.finish(error, undefined, roots)
  }

  private finish(error?: NodeError, cost: Cost = NO_COST, takenBack: readonly Process[] = []): void {
    this.timer?.()
    this.stage = 'over'
    if (this.blob !== undefined) this.port.engine.blobs.remove(this.blob)
    const { paths, bytes, rootSizes } = this.captured
    const { ahead } = this.move
    this.span?.set({
      'godwit.process': paths[0] ?? '',
      'godwit.processes': this.captured.count,
      'godwit.to': this.to.name,
      'godwit.bytes': bytes.length,
      'godwit.pause': cost.pauseMicros / 1e6,
    })
    this.span?.end(error?.message)
    const from = this.port.engine.membership.self.name
    const results = paths.map((process, i): MigrationResult => ({
      process,
      from,
      to: this.to.name,
      bytes: paths.length === 1 ? bytes.length : (rootSizes[i] ?? 0),
      ...cost,
      ...(ahead === undefined ? {} : { aheadBytes: ahead.bytes }),
      ...(error === undefined ? {} : { error: error.toJSON() }),
    }))
    this.finished({ results, count: this.count, takenBack })
  }
}

const NO_COST: Cost = { pauseMicros: 0, codeBytes: 0, messages: 0 }

function vanishedWith(to: Member): NodeError {
  return new NodeError('R0404', `node ${to.name} vanished with it`, 'drain a node before it is stopped')
}

function epochOf(value: string | undefined, absent: number): number {
  return value === undefined ? absent : decodeOwnership(value).epoch
}
