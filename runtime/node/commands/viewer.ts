/**
 * A viewer: shows the output of a program whose home is on a node, passes on what is typed, and follows the home wherever it moves. When the program
 * has ended, it shows the end that the cluster has kept.
 *
 * Invariants
 * - Each byte of output is shown once and in order, but for those that are not kept any more when the viewer comes; it says how many that are.
 * - What was typed is kept until the home has acknowledged it, and is sent again to a home that has moved.
 * - When this member was removed from the cluster, the viewer goes on as another one, from where it was; the home knows it by a number of its own.
 */
import type { Cancel } from '../../engine/engine.ts'
import { insistOnBlob } from '../../engine/insist.ts'
import { Unacknowledged } from '../../host/numbered.ts'
import type { OutputPiece } from '../../host/output-log.ts'
import { decodeEnded, decodeOutput } from '../program/ended.ts'
import type { EndedProgram } from '../program/ended.ts'
import type { ProgramOutcome } from '../program/outcome.ts'
import { decodeBase64 } from '../wire/base64.ts'
import type { View, ViewEnd, ViewPart } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import { HomeFollower } from './home-follower.ts'
import type { FollowerEvents } from './home-follower.ts'

/** For so long a program that is neither running nor kept may have just ended. */
const GONE_AFTER_MS = 2_000
/** Milliseconds in which a home answers, or another node has become the home: a recovery takes less. */
const SILENT_MS = 3_000

export interface ViewerEvents {
  output(piece: OutputPiece): void
  /** So many bytes before what is shown next are not kept any more. */
  missing(bytes: number): void
  /** Whether the program waits for what is typed. */
  wanted(wanted: boolean): void
  notice(text: string): void
  /** Nobody has answered for the program for so many milliseconds. Called once, until somebody has answered. */
  unanswered(milliseconds: number): void
  /** The program has ended, and all its output that is kept was given to `output`. Called once, and nothing after it. */
  ended(outcome: ProgramOutcome): void
  /** There is no such program, or it is not known any more how it ended. Called once, and nothing after it. */
  gone(): void
}

export interface ViewerOptions {
  /** Where to begin; absent: with the first byte that is kept. */
  readonly from?: number
  /** Begin so many bytes before what is output next. */
  readonly tail?: number
}

/** @returns what no other viewer calls itself, and no member */
function ownNumber(): number {
  return 2 ** 32 + Math.floor(Math.random() * 2 ** 52)
}

export class Viewer implements FollowerEvents<'view'> {
  private follower: HomeFollower<'view'>
  private readonly viewer = ownNumber()
  private next: number | undefined
  private tail: number | undefined
  private readonly typed = new Unacknowledged()
  private inputEnded = false
  private goneSince: number | undefined
  /** Ends the wait for a home that answers. */
  private stopWaiting: Cancel | undefined

  constructor(
    private messenger: Messenger,
    private readonly program: number,
    private readonly events: ViewerEvents,
    { from, tail }: ViewerOptions = {},
  ) {
    this.next = from
    this.tail = tail
    this.follower = new HomeFollower(messenger, program, 'view', this)
  }

  /** The number of the byte that is shown next; where to go on later. */
  get position(): number {
    return this.next ?? 0
  }

  start(): void {
    this.awaitHome()
    this.follower.look()
  }

  /** This OS process is another member of the cluster now. */
  rejoined(messenger: Messenger): void {
    if (this.follower.isClosed) return
    this.follower.close()
    this.messenger = messenger
    this.follower = new HomeFollower(messenger, this.program, 'view', this)
    this.goneSince = undefined
    this.stopWaiting?.() // by the clock of the member that this was
    this.stopWaiting = undefined
    this.awaitHome()
    this.follower.look()
  }

  /** There is no cluster any more. */
  abandoned(): void {
    if (this.follower.isClosed) return
    this.close()
    this.events.gone()
  }

  /** Whether nothing more is shown. */
  get isClosed(): boolean {
    return this.follower.isClosed
  }

  /** Stops viewing: the program goes on. */
  close(): void {
    this.stopWaiting?.()
    this.follower.close()
  }

  private awaitHome(): void {
    this.stopWaiting ??= this.messenger.engine.clock.after(SILENT_MS, () => {
      this.events.unanswered(SILENT_MS)
    })
  }

  /** Something was typed. */
  type(bytes: Uint8Array): void {
    const at = this.typed.end
    this.typed.add(bytes.slice())
    this.send(at, bytes)
  }

  /** Nothing more will be typed. */
  endInput(): void {
    this.inputEnded = true
    this.send(this.typed.end, new Uint8Array(0))
  }

  /** How many bytes were typed and are not acknowledged yet. */
  get unacknowledged(): number {
    return this.typed.length
  }

  /** Output up to that number has been shown: more may come. */
  shown(upTo: number): void {
    this.follower.note('shown', { program: this.program, upTo })
  }

  private send(at: number, bytes: Uint8Array): void {
    this.follower.note('typed', { program: this.program, viewer: this.viewer, at, ended: this.inputEnded }, bytes) // or it is sent when the home has been found
  }

  question(): View {
    const { program, viewer, next: from, tail } = this
    return { program, viewer, ...(from === undefined ? {} : { from }), ...(tail === undefined ? {} : { tail }) }
  }

  lost(): void {
    this.goneSince = undefined
    if (!this.isClosed) this.awaitHome()
  }

  answered(answer: ViewEnd): boolean {
    if (answer.kind === 'ended') this.end(answer)
    return answer.kind === 'ended'
  }

  absent(ended: string | undefined): void {
    if (ended !== undefined) {
      this.showEnd(decodeEnded(ended))
      return
    }
    const now = this.messenger.engine.clock.now()
    this.goneSince ??= now
    if (now - this.goneSince < GONE_AFTER_MS) {
      this.follower.lookAgain()
      return
    }
    this.close()
    this.events.gone()
  }

  part(part: ViewPart): void {
    switch (part.kind) {
      case 'begin':
        this.stopWaiting?.()
        this.stopWaiting = undefined
        this.next = part.at
        this.tail = undefined
        if (part.missing > 0) this.events.missing(part.missing)
        if (this.typed.length > 0 || this.inputEnded) this.send(this.typed.from, this.typed.read(this.typed.from, this.typed.length))
        return
      case 'output':
        this.show({ at: part.at, stream: part.stream, bytes: decodeBase64(part.bytes) })
        return
      case 'keys':
        this.events.wanted(part.wanted)
        return
      case 'typed':
        this.typed.acknowledge(part.upTo)
        return
      case 'notice':
        this.events.notice(part.text)
    }
  }

  /** Shows what is new of a piece. */
  private show({ at, stream, bytes }: OutputPiece): void {
    const from = this.next ?? at
    const skipped = Math.min(Math.max(0, from - at), bytes.length)
    if (skipped === bytes.length) return
    this.next = at + bytes.length
    this.events.output({ at: at + skipped, stream, bytes: bytes.subarray(skipped) })
  }

  private showEnd({ log, exit, report }: EndedProgram): void {
    if (log === undefined) {
      this.end({ exit, report })
      return
    }
    insistOnBlob(this.messenger.engine, log, (bytes) => {
      if (this.follower.isClosed) return
      const pieces = bytes === undefined ? [] : decodeOutput(bytes)
      const last = pieces.at(-1)
      if (this.tail !== undefined && last !== undefined) this.next = Math.max(0, last.at + last.bytes.length - this.tail)
      const [first] = pieces
      if (this.next !== undefined && first !== undefined && first.at > this.next) this.events.missing(first.at - this.next)
      for (const piece of pieces) this.show(piece)
      this.end({ exit, report })
    })
  }

  private end({ exit, report }: ProgramOutcome): void {
    this.close()
    this.events.ended({ exit, report })
  }
}
