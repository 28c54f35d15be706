/** The destination's part of a migration; see migrate.ts. */
import type { Change, Engine, Member } from '../../engine/engine.ts'
import { insistOnGet } from '../../engine/insist.ts'
import type { CodeUnit } from '../../code/program.ts'
import type { LinkTable, Staged } from '../../kernel/links/link-table.ts'
import type { CodeShelf } from './code-shelf.ts'
import { completeCode } from './gather-code.ts'
import type { CodeSeeker } from './gather-code.ts'
import { CONSOLE_UNIT } from '../../host/console.ts'
import { LOOK_AGAIN_MS } from './migrate.ts'
import type { ReceivedAhead } from '../../kernel/snapshot/ahead.ts'
import { NodeError } from '../node-error.ts'
import type { ArrivedProcess, OfMigration, OfProgram, Prepare, Refused, Resumed, SentPieces } from '../wire/messages.ts'
import type { MovingCall, OwnerRecord } from '../wire/process-records.ts'
import type { Span } from '../telemetry/tracer.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { decodeOwnership, nextRecord, ownerKey } from './owner-records.ts'
import type { OwnerRecords } from './owner-records.ts'
import { programKey } from '../program/program.ts'
import type { ArrivingHome } from '../program/moving-home.ts'

/** What a target needs of the node it is on. */
export interface TargetPort {
  /** How messages name the program. */
  about(): OfProgram
  readonly engine: Pick<Engine, 'clock' | 'membership' | 'directory' | 'blobs'>
  readonly links: Pick<LinkTable, 'stage' | 'adopt' | 'discard' | 'processOf'>
  readonly owners: Pick<OwnerRecords, 'set'>
  readonly shelf: CodeShelf
  /** @returns what has come ahead from a member; undefined when not all of it is here */
  takeAhead(from: Member, sent: SentPieces): ReceivedAhead | undefined
  /** Processes have come with their calls of the home. */
  arrivingCalls(calls: readonly MovingCall[]): void
  /** Asks a member for code. @param done gets the units that it has */
  requestCode(of: Member, hashes: readonly string[], done: (units: readonly CodeUnit[]) => void): void
  /**
   * Makes ready for the home of the program, without any effect.
   * @param after the program's record, once it is here
   * @throws Error when the bytes are no home
   */
  stageHome(state: Uint8Array, after: string): ArrivingHome
  /** Processes from a member are about to run here. */
  arrived(from: Member, processes: readonly ArrivedProcess[]): void
  /** They run here from now on, and it is known who has moved them and why. */
  settled(from: Member, processes: readonly Process[]): void
  /** @param trace as `Prepare` has it. @returns the span of an arrival here; undefined when nobody here looks at migrations */
  arrival?(trace: string): Span | undefined
  /** Sends the note `refused`. */
  refused(to: Member, content: Refused): void
  /** Sends the note `resumed`. */
  resumed(to: Member, content: Resumed): void
}

/**
 * preparing   state or code are being fetched
 * committing  the compare-and-set was sent, its outcome is not known
 * over        resumed, refused or forgotten
 */
type TargetStage = 'preparing' | 'committing' | 'over'

export class MigrationTarget {
  private stage: TargetStage = 'preparing'
  private staged: Staged | undefined
  private home: ArrivingHome | undefined
  private codeBytes = 0
  private codeRequests = 0
  private readonly span: Span | undefined

  /**
   * Begins to fetch what it needs; it may be over when the constructor returns.
   * @param state absent when it is a blob
   * @param finished is called once when it is over, unless it is abandoned. @param count how many processes have come
   */
  constructor(
    private readonly port: TargetPort,
    private readonly from: Member,
    private readonly prepare: Prepare,
    state: Uint8Array,
    private readonly finished: (count: number) => void,
  ) {
    const { blob, home, trace } = prepare
    if (trace !== undefined) this.span = port.arrival?.(trace)
    const own = home === undefined ? state : state.subarray(0, Math.max(0, state.length - home.bytes))
    try {
      if (home !== undefined) this.home = port.stageHome(state.slice(own.length), home.after)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.refuse(new NodeError('R0406', `node ${this.name} cannot take the home of the program: ${reason}`))
      return
    }
    if (blob === undefined) this.fetchCode(own)
    else this.fetchState(blob)
  }

  get isOver(): boolean {
    return this.stage === 'over'
  }

  memberLeft(member: Member): void {
    if (member.index === this.from.index && this.stage === 'preparing') this.forget()
    // committing: the compare-and-set tells
  }

  /** The program has ended, or this node is to do nothing any more. */
  abandon(): void {
    this.stage = 'over'
    this.span?.end('the program has ended')
  }

  private get about(): OfMigration {
    return { ...this.port.about(), migration: this.prepare.migration }
  }

  private fetchState(blob: string): void {
    this.span?.phase('state')
    this.port.engine.blobs.get(blob, (found) => {
      if (this.stage !== 'preparing') return
      if (found === 'absent') this.refuse(new NodeError('R0406', 'the state is not in the cluster store'))
      else if (found === 'unanswered') this.refuse(new NodeError('R0406', 'the cluster store does not answer', 'try again'))
      else this.fetchCode(found)
    })
  }

  private fetchCode(state: Uint8Array): void {
    this.span?.phase('code')
    const { shelf, engine } = this.port
    const { self } = engine.membership
    const seeker: CodeSeeker = {
      shelf,
      members: () => [
        this.from,
        ...engine.membership.all().filter((m) => m.kind !== 'client' && m.index !== this.from.index && m.index !== self.index),
      ],
      request: (of, hashes, done) => {
        this.codeRequests++
        this.port.requestCode(of, hashes, (units) => {
          if (this.stage !== 'preparing') return
          for (const { code } of units) this.codeBytes += Buffer.byteLength(code)
          done(units)
        })
      },
    }
    const hashes = this.prepare.unitHashes.filter((hash) => hash !== CONSOLE_UNIT.hash)
    completeCode(seeker, hashes, (problem) => {
      if (this.stage !== 'preparing') return
      if (problem === undefined) this.stageState(state)
      else this.refuse(problem instanceof NodeError ? problem : lacking(problem))
    })
  }

  private stageState(state: Uint8Array): void {
    this.span?.phase('restore')
    const { links, shelf } = this.port
    const { ahead: sent } = this.prepare
    const ahead = sent === undefined ? undefined : this.port.takeAhead(this.from, sent)
    if (sent !== undefined && ahead === undefined) {
      this.refuse(new NodeError('R0406', `node ${this.name} does not have what was sent ahead`, 'try again'))
      return
    }
    try {
      this.staged = links.stage(state, (hash) => (hash === CONSOLE_UNIT.hash ? CONSOLE_UNIT : shelf.unitOf(hash)), ahead)
    } catch (error) {
      this.refuse(new NodeError('R0406', `node ${this.name} cannot restore the state: ${reasonOf(error)}`))
      return
    }
    this.commit()
  }

  /** The one commit point. */
  private commit(): void {
    this.stage = 'committing'
    this.span?.phase('commit')
    const { directory, membership } = this.port.engine
    const { records, staying } = this.prepare
    const change = (r: OwnerRecord, owner: Member): Change => ({
      key: this.key(r),
      expect: r.value,
      value: nextRecord(r, owner.index).value,
    })
    const changes = [...records.map((r) => change(r, membership.self)), ...staying.map((r) => change(r, this.from))]
    const { home } = this.prepare
    if (home !== undefined) changes.push({ key: programKey(this.prepare.program), expect: home.before, value: home.after })
    const all = [...changes, membership.alive(this.from), membership.alive(membership.self)]
    try {
      directory.swap(all, (outcome) => {
        if (this.stage !== 'committing') return
        if (outcome === 'done') this.resume()
        else if (outcome === 'conflict') this.refuse(this.conflict(), true)
        else this.look()
      })
    } catch (error) {
      this.refuse(
        new NodeError('R0406', `so many processes cannot be committed at once: ${reasonOf(error)}`, 'move fewer of them at a time'),
      )
    }
  }

  private refuse(error: NodeError, conflict = false): void {
    this.port.refused(this.from, { ...this.about, error: error.toJSON(), conflict })
    this.span?.end(error.message)
    this.forget()
  }

  /** The store has not said whether it was done. */
  private look(): void {
    const { directory, membership, clock } = this.port.engine
    const { records } = this.prepare
    insistOnGet(
      this.port.engine,
      records.map((r) => this.key(r)),
      (values) => {
        if (this.stage !== 'committing') return
        const [first] = values
        if (first !== undefined && decodeOwnership(first).owner === membership.self.index) {
          this.resume() // all of them or none
          return
        }
        if (records.some((r, i) => values[i] !== r.value)) {
          this.refuse(this.conflict(), true) // S has taken it back: our compare-and-set cannot be done any more
          return
        }
        // it may still be under way: make sure that it fails
        const changes: Change[] = records.map((r) => ({ key: this.key(r), expect: r.value, value: nextRecord(r, this.from.index).value }))
        directory.swap(changes, () => {
          clock.after(LOOK_AGAIN_MS, () => {
            if (this.stage === 'committing') this.look()
          })
        })
      },
    )
  }

  private conflict(): NodeError {
    return new NodeError('R0406', `the move to node ${this.name} could not be committed`, 'try again')
  }

  private key(record: OwnerRecord): string {
    return ownerKey(this.port.about(), record.id)
  }

  private get name(): string {
    return this.port.engine.membership.self.name
  }

  private resume(): void {
    const { staged, port } = this
    if (staged === undefined) return // there is no other way into these stages than `stageState`
    this.stage = 'over'
    this.span?.phase('resume')
    const { links, owners, engine } = port
    const roots = new Set(staged.processIds)
    const { index } = engine.membership.self
    port.arrived(
      this.from,
      this.prepare.records.map((r) => ({ id: r.id, path: r.path, epoch: nextRecord(r, index).epoch, carried: !roots.has(r.id) })),
    )
    const processes = links.adopt(staged)
    for (const record of this.prepare.records) {
      const p = links.processOf(record.id)
      if (p !== undefined) owners.set(p, nextRecord(record, engine.membership.self.index))
    }
    port.settled(this.from, processes)
    port.arrivingCalls(this.prepare.calls)
    this.home?.arrived(processes)
    const { codeBytes, codeRequests } = this
    port.resumed(this.from, { ...this.about, at: engine.clock.common(), codeBytes, codeRequests })
    this.span?.set({ 'godwit.processes': staged.count, 'godwit.code_bytes': codeBytes })
    this.span?.end()
    this.finished(staged.count)
  }

  private forget(): void {
    if (this.stage === 'over') return
    this.stage = 'over'
    this.span?.end('it has not come about')
    if (this.staged !== undefined) this.port.links.discard(this.staged)
    this.finished(0)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function lacking(hashes: readonly string[]): NodeError {
  return new NodeError('R0406', `nobody has the code unit ${(hashes[0] ?? '').slice(0, 12)}`, 'compile the program again and start it anew')
}
