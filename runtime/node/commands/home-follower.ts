/**
 * Follows the home of a program wherever it moves, with a request that stays open there: its parts come until the home moves or the program ends.
 * Viewers and gateways do so.
 *
 * Invariants
 * - One request is open at a time.
 */
import { insistOnGet } from '../../engine/insist.ts'
import { endedKey } from '../program/ended.ts'
import { decodeProgram, programKey } from '../program/program.ts'
import type { Notes, NoteSubject, Requests } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'

/** Between two looks for a home that is on its way. */
const LOOK_AGAIN_MS = 10

/** Requests that stay open at a home. */
type Following = 'view' | 'gate'

export interface FollowerEvents<S extends Following> {
  /** @returns what is asked of a home that has been found */
  question(): Requests[S]['content']
  part(part: Requests[S]['part']): void
  /** The home has said all that it will say. @returns whether the program has ended, so that no other home is looked for */
  answered(answer: Requests[S]['answer']): boolean
  /** The home is not where it was: another is looked for. */
  lost(): void
  /** The program does not run. @param ended how it has ended, as `decodeEnded` takes it, if that is known. It is looked for no more, unless `lookAgain` says so */
  absent(ended: string | undefined): void
}

export class HomeFollower<S extends Following> {
  private home: number | undefined
  private closed = false

  constructor(
    private readonly messenger: Messenger,
    private readonly program: number,
    private readonly subject: S,
    private readonly events: FollowerEvents<S>,
  ) {}

  /** Whether nothing more is to come of it. */
  get isClosed(): boolean {
    return this.closed
  }

  /** No event follows. */
  close(): void {
    this.closed = true
  }

  /** Sends something to the home, if one has been found; what is lost on the way has to be said again. */
  note<N extends NoteSubject>(subject: N, content: Notes[N], body?: Uint8Array): void {
    if (this.home !== undefined) this.messenger.note(this.home, subject, content, body)
  }

  look(): void {
    if (this.closed) return
    const { messenger, program } = this
    insistOnGet(messenger.engine, [programKey(program), endedKey(program)], ([running, ended]) => {
      if (this.closed) return
      if (running === undefined || ended !== undefined) this.events.absent(ended)
      else this.ask(decodeProgram(running).home)
    })
  }

  /** Looks for the home in a moment. */
  lookAgain(): void {
    this.home = undefined
    this.messenger.engine.clock.after(LOOK_AGAIN_MS, () => {
      this.look()
    })
  }

  private ask(index: number): void {
    const { messenger, subject, events } = this
    const home = messenger.engine.membership.get(index)
    if (home === undefined) {
      this.lose()
      return
    }
    this.home = index
    messenger.request(
      home,
      subject,
      events.question(),
      (answer) => {
        if (this.closed || ('value' in answer && events.answered(answer.value))) return
        this.lose()
      },
      (part) => {
        if (!this.closed) events.part(part)
      },
    )
  }

  private lose(): void {
    this.events.lost()
    this.lookAgain()
  }
}
