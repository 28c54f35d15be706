/** Arrival: the destination's part of a migration; see migrate.ts. */
import type { Change, Member } from '../../engine/engine.ts'
import type { CodeUnit } from '../../code/program.ts'
import type { LinkTable } from '../../kernel/links/link-table.ts'
import { LOOK_AGAIN } from './migrate.ts'
import type { About, Prepare, Refuse, Resumed } from './migrate.ts'
import { NodeError } from '../node-error.ts'
import { decodeOwnership, nextRecord, ownerKey } from './owner-records.ts'
import type { OwnerRecord } from './owner-records.ts'
import type { Site } from '../program/site.ts'

/**
 * preparing   state or code are being fetched
 * committing  the compare-and-set was sent, its outcome is not known
 * over        resumed, refused or forgotten
 */
type Stage = 'preparing' | 'committing' | 'over'

/** Rounds of asking for code, each for what the last one showed to be missing. */
const CODE_ROUNDS = 20

export class Arrival {
  private stage: Stage = 'preparing'
  private staged: ReturnType<LinkTable['stage']> | undefined
  private codeBytes = 0
  private codeRequests = 0

  constructor(
    private readonly site: Site,
    private readonly from: Member,
    private readonly prepare: Prepare,
    state: Uint8Array,
  ) {
    const { blob } = prepare
    if (blob === undefined) this.fetchCode(state)
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
  }

  get about(): About {
    return { program: this.site.program.id, migration: this.prepare.migration }
  }

  private fetchState(blob: string): void {
    this.site.blobs.get(blob, (bytes) => {
      if (this.stage !== 'preparing') return
      if (bytes === undefined) this.refuse(new NodeError('R0406', 'the state is not in the cluster store'))
      else this.fetchCode(bytes)
    })
  }

  private fetchCode(state: Uint8Array): void {
    const { shelf } = this.site
    const missing = shelf.missing(this.prepare.unitHashes)
    if (missing.length === 0) {
      shelf.load(this.prepare.unitHashes, (error) => {
        if (this.stage !== 'preparing') return
        if (error === undefined) this.stageState(state)
        else this.refuse(error)
      })
      return
    }
    if (this.codeRequests >= CODE_ROUNDS) {
      this.refuse(lacking(missing))
      return
    }
    const others = this.site.membership
      .all()
      .filter((m) => m.kind !== 'client' && m.index !== this.from.index && m.index !== this.site.membership.self.index)
    this.ask(missing, [this.from, ...others], () => {
      this.fetchCode(state)
    })
  }

  /** Asks one member after the other for code, until one has some of it. */
  private ask(hashes: readonly string[], members: readonly Member[], then: () => void): void {
    const [member, ...others] = members
    if (member === undefined) {
      this.refuse(lacking(hashes))
      return
    }
    this.codeRequests++
    this.site.post.request(member, 'code', { hashes }, (answer) => {
      if (this.stage !== 'preparing') return
      const units = 'value' in answer && Array.isArray(answer.value) ? (answer.value as CodeUnit[]) : [] // checked by `put`, which computes the hash
      try {
        for (const unit of units) {
          this.site.shelf.put(unit)
          this.codeBytes += Buffer.byteLength(unit.code)
        }
      } catch (error) {
        this.refuse(error instanceof NodeError ? error : new NodeError('R0406', `the code cannot be kept: ${String(error)}`))
        return
      }
      if (units.length > 0) then()
      else this.ask(hashes, others, then)
    })
  }

  private stageState(state: Uint8Array): void {
    const { links, shelf } = this.site
    try {
      this.staged = links.stage(state, (hash) => shelf.unitOf(hash))
    } catch (error) {
      this.refuse(
        new NodeError(
          'R0406',
          `node ${this.site.membership.self.name} cannot restore the state: ${error instanceof Error ? error.message : String(error)}`,
        ),
      )
      return
    }
    this.commit()
  }

  /** The one commit point. */
  private commit(): void {
    this.stage = 'committing'
    const { directory, membership } = this.site
    const { records, staying } = this.prepare
    const change = (r: OwnerRecord, owner: Member): Change => ({
      key: this.key(r),
      expect: r.value,
      value: nextRecord(r, owner.index).value,
    })
    const changes = [...records.map((r) => change(r, membership.self)), ...staying.map((r) => change(r, this.from))]
    directory.swap([...changes, membership.alive(this.from), membership.alive(membership.self)], (outcome) => {
      if (this.stage !== 'committing') return
      if (outcome === 'done') this.resume()
      else if (outcome === 'conflict') this.refuse(this.conflict(), true)
      else this.look()
    })
  }

  private refuse(error: NodeError, conflict = false): void {
    const content: Refuse = { ...this.about, error: error.toJSON(), conflict }
    this.site.post.note(this.from.index, 'refuse', content)
    this.forget()
  }

  /** The store has not said whether it was done. */
  private look(): void {
    const { directory, membership, clock } = this.site
    const { records } = this.prepare
    directory.get(
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
          clock.after(LOOK_AGAIN, () => {
            if (this.stage === 'committing') this.look()
          })
        })
      },
    )
  }

  private conflict(): NodeError {
    return new NodeError('R0406', `the move to node ${this.site.membership.self.name} could not be committed`, 'try again')
  }

  private key(record: OwnerRecord): string {
    return ownerKey(this.site.program.id, record.id)
  }

  private resume(): void {
    const { staged, site } = this
    if (staged === undefined) return // there is no other way into these stages than `stageState`
    this.stage = 'over'
    const { links, owners, clock, membership, post } = site
    links.adopt(staged)
    for (const record of this.prepare.records) {
      const p = links.processOf(record.id)
      if (p !== undefined) owners.set(p, nextRecord(record, membership.self.index))
    }
    site.counts.arrivals += staged.count
    const content: Resumed = { ...this.about, at: clock.common(), codeBytes: this.codeBytes, codeRequests: this.codeRequests }
    post.note(this.from.index, 'resumed', content)
    site.arrived(this.from, this.prepare.migration)
  }

  private forget(): void {
    if (this.stage === 'over') return
    this.stage = 'over'
    this.site.arrived(this.from, this.prepare.migration)
  }
}

function lacking(hashes: readonly string[]): NodeError {
  return new NodeError('R0406', `nobody has the code unit ${(hashes[0] ?? '').slice(0, 12)}`, 'compile the program again and start it anew')
}
