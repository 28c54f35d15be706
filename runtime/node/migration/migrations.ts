/** The migrations of one program that begin or end at one node. */
import type { Member } from '../../engine/engine.ts'
import { together } from '../../kernel/links/link-table.ts'
import type { CaptureMode } from '../../kernel/links/link-table.ts'
import { buffersOf, bytesOfArrays } from '../../kernel/snapshot/weigh.ts'
import type { SeenBytes } from '../../kernel/snapshot/weigh.ts'
import { ENDED, GONE } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import { NodeError } from '../node-error.ts'
import type { AheadPiece, Prepare, Refused, Resumed, SentPieces } from '../wire/messages.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import type { Strategy } from '../wire/strategy.ts'
import { AheadShelf } from './ahead-shelf.ts'
import { MoveLog } from './move-log.ts'
import { isWorthSending, PreCopy } from './pre-copy.ts'
import { MigrationSource } from './source.ts'
import type { Move, Moved, SourcePort } from './source.ts'
import { MigrationTarget } from './target.ts'
import type { TargetPort } from './target.ts'

/** From this size on it is tried first whether there is memory to encode a state. */
const WORTH_RESERVING_BYTES = 16 << 20
/** From this size on arrays are sent ahead when nobody has chosen a strategy: below it the stop is short in any case. */
const AHEAD_FROM_BYTES = 4 << 20
/** What encoding takes, in sizes of the state: the buffer grows by doubling. */
const ENCODING_TAKES = 3

/** See `Move`. */
interface MoveOptions extends Pick<Move, 'home' | 'why'> {
  /** How arrays travel; `auto`: as their size suggests. Absent: all at the stop. */
  readonly strategy?: Strategy | 'auto'
}

export type Moving = Pick<Moved, 'results' | 'takenBack'>

/** What migrations need of the node they are on. */
export interface MigrationPort extends SourcePort, Omit<TargetPort, 'takeAhead'> {
  readonly links: SourcePort['links'] & TargetPort['links']
  readonly owners: SourcePort['owners'] & TargetPort['owners']
  /** Larger states stay where they are; `LARGEST_STATE_BYTES` but in tests. */
  readonly largestStateBytes: number
  /** Sends the notes about what is sent ahead. */
  readonly aheadNotes: {
    ahead(to: Member, piece: AheadPiece, bytes: Uint8Array): void
    kept(to: Member, content: SentPieces & { readonly kept: boolean }): void
    over(to: Member, transfer: number): void
  }
  /** A migration is over: processes may have come, or have been taken back. */
  changed(): void
}

interface OpenMove {
  /** Of the processes that move: it names all of them in a message. */
  readonly first: Process | undefined
  readonly to: Member
  readonly told: (moving: Moving) => void
}

export class Migrations {
  /** Processes that have left, and that have come. */
  readonly counts = { departures: 0, arrivals: 0 }
  /** The last of them that left. */
  readonly log = new MoveLog()
  private readonly sources = new Map<number, MigrationSource>()
  private readonly targets = new Map<string, MigrationTarget>()
  private readonly preCopies = new Map<number, PreCopy>()
  private readonly shelf = new AheadShelf()
  private readonly targetPort: TargetPort
  private last = 0
  private lastTransfer = 0
  private abandoned = false
  /** Moves of which it is not known yet what becomes of them: under way, held, or while arrays are sent ahead. */
  private readonly open = new Set<OpenMove>()
  /** Moves that wait until a cut has been taken; undefined while nothing holds them. */
  private held: (() => void)[] | undefined

  constructor(private readonly port: MigrationPort) {
    this.targetPort = { ...port, takeAhead: (from, sent) => this.shelf.take(from, sent) }
  }

  /**
   * Moves processes. Never within `kernel.run`.
   * @param told is called once when it is known what became of each; that may be before this returns. When the program is over here meanwhile, or begins
   *   anew, it gets one result with an error
   * @param also what else there is to say of the move
   */
  depart(wanted: readonly Process[], how: CaptureMode, to: Member, told: (moving: Moving) => void, also: MoveOptions = {}): void {
    const { strategy = 'stop' } = also
    const move: OpenMove = { first: wanted[0], to, told }
    this.open.add(move)
    const done = (moving: Moving): void => {
      if (this.open.delete(move)) told(moving)
    }
    const weighed = strategy === 'stop' || this.abandoned ? undefined : weigh(wanted, how)
    const now = (ahead?: PreCopy): void => {
      this.whenReleased(() => {
        this.departNow(wanted, how, to, done, also, { ahead })
      })
    }
    if (weighed !== undefined && this.isWorthSending(weighed, strategy) && this.sendAhead(weighed, to, now)) return
    if (this.held === undefined) this.departNow(wanted, how, to, done, also, { weighed })
    else now()
  }

  private isWorthSending({ buffers, bytes }: Weighed, strategy: Strategy | 'auto'): boolean {
    if (strategy === 'auto' && bytes < AHEAD_FROM_BYTES) return false
    return bytes <= this.port.largestStateBytes && isWorthSending(buffers)
  }

  /**
   * Sends the arrays of processes ahead.
   * @param done is called later, with what was sent if the destination keeps it
   * @returns false when there is no memory for that, and `done` will not be called
   */
  private sendAhead({ buffers }: Weighed, to: Member, done: (ahead?: PreCopy) => void): boolean {
    const transfer = ++this.lastTransfer
    const { clock } = this.port.engine
    try {
      const preCopy = new PreCopy(
        { clock, ahead: (member, piece, content) => this.port.aheadNotes.ahead(member, piece, content) },
        { transfer, to, buffers },
        (useful) => {
          this.preCopies.delete(transfer)
          if (!useful) this.port.aheadNotes.over(to, transfer)
          done(useful ? preCopy : undefined)
        },
      )
      this.preCopies.set(transfer, preCopy)
      return true
    } catch (error) {
      if (error instanceof RangeError) return false // there is no memory for a copy
      throw error
    }
  }

  private departNow(
    wanted: readonly Process[],
    how: CaptureMode,
    to: Member,
    done: (moving: Moving) => void,
    also: MoveOptions,
    { ahead, weighed }: { readonly ahead?: PreCopy | undefined; readonly weighed?: Weighed | undefined } = {},
  ): void {
    const { roots, mode } = weighed ?? together(wanted.filter(isAlive), how)
    if (roots.length === 0 || this.abandoned) {
      if (ahead !== undefined) this.port.aheadNotes.over(to, ahead.transfer)
      done({ results: [], takenBack: [] })
      return
    }
    const id = ++this.last
    try {
      this.requireThere(to)
      this.requireSmall(roots, weighed?.bytes ?? bytesOfArrays(roots, mode === 'subtree'))
      const source = new MigrationSource(
        this.port,
        { id, roots, mode, to, ...pick(also), ...(ahead === undefined ? {} : { ahead }) },
        ({ count, ...moving }) => {
          this.sources.delete(id)
          if (ahead !== undefined && count === 0) {
            this.port.aheadNotes.over(to, ahead.transfer)
            if (moving.results.every(({ error }) => error?.code === 'R0406') && moving.takenBack.length > 0) {
              this.departNow(moving.takenBack, how, to, done, also) // it may take them without what was sent ahead
              return
            }
          }
          this.counts.departures += count
          this.log.record({
            program: this.port.about().program,
            results: moving.results,
            at: this.port.engine.clock.common(),
            cause: also.why?.cause ?? 'hand',
          })
          this.port.changed()
          done(moving)
        },
      )
      if (!source.isOver) this.sources.set(id, source)
    } catch (error) {
      if (ahead !== undefined) this.port.aheadNotes.over(to, ahead.transfer)
      const refusal = refusalOf(error).toJSON()
      const from = this.port.engine.membership.self.name
      const results = roots.map((p): MigrationResult => ({ ...unmoved(this.port.links.pathOf(p), from, to.name), error: refusal }))
      also.home?.takenBack(roots)
      done({ results, takenBack: roots })
    }
  }

  /** It may have left while arrays were sent ahead, or while a cut was taken. @throws NodeError R0404 */
  private requireThere({ index, name }: Member): void {
    if (this.port.engine.membership.get(index) === undefined)
      throw new NodeError('R0404', `node ${name} vanished`, 'see who is left: godwit nodes')
  }

  /** @throws NodeError R0410 */
  private requireSmall(roots: readonly Process[], bytes: number): void {
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
    const target = new MigrationTarget(this.targetPort, from, content, state, (count) => {
      this.targets.delete(key)
      this.counts.arrivals += count
      this.port.changed()
    })
    if (!target.isOver) this.targets.set(key, target)
  }

  /** A piece of the arrays of processes has come that may come after it. */
  ahead(from: Member, piece: AheadPiece, bytes: Uint8Array): void {
    if (this.abandoned) return
    const { transfer, asks = false } = piece
    const pieces = this.shelf.keep(from, piece, bytes)
    if (pieces === undefined) this.port.aheadNotes.kept(from, { transfer, pieces: 0, kept: false })
    else if (asks) this.port.aheadNotes.kept(from, { transfer, pieces, kept: true })
  }

  aheadKept({ transfer, pieces, kept }: SentPieces & { readonly kept: boolean }): void {
    this.preCopies.get(transfer)?.heard(kept, pieces)
  }

  aheadOver(from: Member, transfer: number): void {
    this.shelf.drop(from, transfer)
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
    this.shelf.memberLeft(member)
    for (const preCopy of [...this.preCopies.values()]) if (preCopy.to.index === member.index) preCopy.gone()
  }

  /** The program has ended, or this node is to do nothing any more. */
  abandon(): void {
    this.abandoned = true
    for (const source of this.sources.values()) source.abandon()
    for (const target of this.targets.values()) target.abandon()
    for (const preCopy of this.preCopies.values()) preCopy.abandon()
    this.preCopies.clear()
    this.shelf.clear()
    this.sources.clear()
    this.targets.clear()
    const open = [...this.open]
    this.open.clear()
    for (const { first, to, told } of open) {
      const error = new NodeError('R0410', 'the program has ended, or begins anew just now', 'try again').toJSON()
      const path = first === undefined ? '' : this.port.links.pathOf(first)
      told({ results: [{ ...unmoved(path, this.port.engine.membership.self.name, to.name), error }], takenBack: [] })
    }
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

/** What is to be moved just now, and the arrays in it. */
interface Weighed {
  readonly roots: readonly Process[]
  readonly mode: CaptureMode
  readonly buffers: ReadonlyMap<ArrayBufferLike, SeenBytes>
  readonly bytes: number
}

function weigh(wanted: readonly Process[], how: CaptureMode): Weighed {
  const { roots, mode } = together(wanted.filter(isAlive), how)
  const buffers = buffersOf(roots, mode === 'subtree')
  let bytes = 0
  for (const { from, to } of buffers.values()) bytes += to - from
  return { roots, mode, buffers, bytes }
}

function isAlive({ state }: Process): boolean {
  return state !== ENDED && state !== GONE
}

/** @returns what a move is told of what whoever moves has said */
function pick({ home, why }: MoveOptions): Pick<Move, 'home' | 'why'> {
  return { ...(home === undefined ? {} : { home }), ...(why === undefined ? {} : { why }) }
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
