/** The migrations of one program that begin or end at one node. */
import type { Member } from '../../engine/engine.ts'
import { together } from '../../kernel/links/link-table.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import { bytesOfArrays } from '../../kernel/snapshot/weigh.ts'
import { ENDED, GONE } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { NodeError } from '../node-error.ts'
import type { Prepare, Refused, Resumed } from '../wire/messages.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import { MoveLog } from './move-log.ts'
import { MigrationSource } from './source.ts'
import type { Move, Moved, SourcePort } from './source.ts'
import { MigrationTarget } from './target.ts'
import type { TargetPort } from './target.ts'

/** From this size on it is tried first whether there is memory to encode a state. */
const WORTH_RESERVING_BYTES = 16 << 20
/** What encoding takes, in sizes of the state: the buffer grows by doubling. */
const ENCODING_TAKES = 3

/** See `Move`. */
type MoveOptions = Pick<Move, 'home' | 'balanced'>

export type Moving = Pick<Moved, 'results' | 'takenBack'>

/** What migrations need of the node they are on. */
export interface MigrationPort extends SourcePort, TargetPort {
  readonly links: SourcePort['links'] & TargetPort['links']
  readonly owners: SourcePort['owners'] & TargetPort['owners']
  /** Larger states stay where they are; `LARGEST_STATE_BYTES` but in tests. */
  readonly largestStateBytes: number
  /** A migration is over: processes may have come, or have been taken back. */
  changed(): void
}

export class Migrations {
  /** Processes that have left, and that have come. */
  readonly counts = { departures: 0, arrivals: 0 }
  /** The last of them that left. */
  readonly log = new MoveLog()
  private readonly sources = new Map<number, MigrationSource>()
  private readonly targets = new Map<string, MigrationTarget>()
  private last = 0
  private abandoned = false
  /** Moves that wait until a cut has been taken; undefined while nothing holds them. */
  private held: (() => void)[] | undefined

  constructor(private readonly port: MigrationPort) {}

  /**
   * Moves processes. Never within `kernel.run`.
   * @param done is called once when it is known what became of each; that may be before this returns
   * @param also what else there is to say of the move
   */
  depart(wanted: readonly Process[], how: CaptureMode, to: Member, done: (moving: Moving) => void, also: MoveOptions = {}): void {
    this.whenReleased(() => {
      this.departNow(wanted, how, to, done, also)
    })
  }

  private departNow(wanted: readonly Process[], how: CaptureMode, to: Member, done: (moving: Moving) => void, also: MoveOptions): void {
    const { roots, mode } = together(
      wanted.filter((p) => p.state !== ENDED && p.state !== GONE),
      how,
    )
    if (roots.length === 0 || this.abandoned) {
      done({ results: [], takenBack: [] })
      return
    }
    const id = ++this.last
    try {
      this.requireSmall(roots, mode)
      const source = new MigrationSource(this.port, { id, roots, mode, to, ...also }, ({ count, ...moving }) => {
        this.sources.delete(id)
        this.counts.departures += count
        this.log.record(this.port.about().program, moving.results, this.port.engine.clock.common())
        this.port.changed()
        done(moving)
      })
      if (!source.isOver) this.sources.set(id, source)
    } catch (error) {
      const refusal = refusalOf(error).toJSON()
      const from = this.port.engine.membership.self.name
      const results = roots.map((p): MigrationResult => ({ ...unmoved(this.port.links.pathOf(p), from, to.name), error: refusal }))
      also.home?.takenBack(roots)
      done({ results, takenBack: roots })
    }
  }

  /** @throws NodeError R0410 */
  private requireSmall(roots: readonly Process[], mode: CaptureMode): void {
    const bytes = bytesOfArrays(roots, mode === 'subtree')
    const most = this.port.largestStateBytes
    if (bytes <= most) {
      if (bytes > WORTH_RESERVING_BYTES) requireMemory(ENCODING_TAKES * bytes)
      return
    }
    const what = roots.length === 1 && roots[0] !== undefined ? this.port.links.pathOf(roots[0]) : `${roots.length} processes`
    const help = 'move the processes below it by themselves (--only), or make its arrays smaller'
    throw new NodeError(
      'R0410',
      `${what} would travel with ${inMegabytes(bytes)} of state, and no more than ${inMegabytes(most)} may`,
      help,
    )
  }

  prepare(from: Member, content: Prepare, state: Uint8Array): void {
    if (this.abandoned) return
    for (const source of [...this.sources.values()]) source.offeredBack(content.records)
    const key = `${from.index}/${content.migration}`
    const target = new MigrationTarget(this.port, from, content, state, (count) => {
      this.targets.delete(key)
      this.counts.arrivals += count
      this.port.changed()
    })
    if (!target.isOver) this.targets.set(key, target)
  }

  refused({ migration, error, conflict }: Refused): void {
    this.sources.get(migration)?.refused(NodeError.from(error), conflict)
  }

  resumed(content: Resumed): void {
    this.sources.get(content.migration)?.resumed(content)
  }

  memberLeft(member: Member): void {
    for (const source of [...this.sources.values()]) source.memberLeft(member)
    for (const target of [...this.targets.values()]) target.memberLeft(member)
  }

  /** The program has ended, or this node is to do nothing any more. */
  abandon(): void {
    this.abandoned = true
    for (const source of this.sources.values()) source.abandon()
    for (const target of this.targets.values()) target.abandon()
    this.sources.clear()
    this.targets.clear()
  }

  /** No migration begins here until `release`; those under way go on. */
  hold(): void {
    this.held ??= []
  }

  get isHeld(): boolean {
    return this.held !== undefined
  }

  /** Does something that moves homes or processes: now, or when nothing holds them any more. */
  whenReleased(work: () => void): void {
    if (this.held === undefined) work()
    else this.held.push(work)
  }

  release(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const begin of held) begin()
  }

  /** @returns whether a migration is under way here */
  get busy(): boolean {
    return this.sources.size > 0 || this.targets.size > 0
  }

  /** @returns paths of what is on its way from here */
  get paths(): string[] {
    return [...this.sources.values()].flatMap((source) => source.paths)
  }
}

/** @throws RangeError when there is not so much memory */
function requireMemory(bytes: number): void {
  if (new Uint8Array(bytes).length !== bytes) throw new RangeError('no memory')
}

function inMegabytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(bytes < 10 << 20 ? 1 : 0)} MB`
}

/** @returns why a process cannot leave: it holds what stays here, or there is no memory to encode it in */
function refusalOf(error: unknown): NodeError {
  if (error instanceof NodeError) return error
  if (error instanceof RangeError)
    return new NodeError(
      'R0410',
      `the memory of this node does not suffice to encode it (${error.message})`,
      'stop something else here, or move less at a time',
    )
  return new NodeError('R0410', error instanceof Error ? error.message : String(error))
}

/** @returns the result of a process that stays where it is, and costs nothing */
export function unmoved(process: string, from: string, to: string): MigrationResult {
  return { process, from, to, bytes: 0, codeBytes: 0, pauseMicros: 0, messages: 0 }
}
