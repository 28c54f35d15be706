/**
 * What the home of a program knows of a session: a connection whose client may lose its socket, and come back through any gateway.
 *
 * Of a token only its hash, together with the name that the client wants, is known here: whoever reads the state of a program, or what gateways say, cannot
 * come with it. A token is good for one time: whoever comes is given another. The one that was shown is good until the client has said that it has the other
 * one, since the answer may have been lost.
 */
import { timingSafeEqual } from 'node:crypto'
import type { SessionOpening } from './gateway-talk.ts'

/** What a cut, or a move of the home, keeps of a session. */
export interface SessionState {
  readonly id: string
  /** Hash of the token that the client was given last. */
  readonly token: string
  /** Hash of the one that it has shown last; absent when that is good no more. */
  readonly shown?: string
  /** How many times the client had come when it came last. */
  readonly attempt: number
  /** The number of the byte at which the message ends that has begun to come. */
  readonly messageEnd: number
  /** The client has no socket. */
  readonly away?: true
}

/** What becomes of a client: it is let in; it has come again since; it is not the one whose session that is. */
type Admission = 'admitted' | 'overtaken' | 'forged'

export class ClientSession {
  readonly id: string
  private token: string
  private shown: string | undefined
  private attempt: number
  messageEnd: number
  /** The client has no socket. */
  isAway: boolean

  constructor({ id, token, shown, attempt, messageEnd, away }: SessionState) {
    this.id = id
    this.token = token
    this.shown = shown
    this.attempt = attempt
    this.messageEnd = messageEnd
    this.isAway = away === true
  }

  /** A client begins a session. */
  static begun({ id, shown, next, attempt }: SessionOpening): ClientSession {
    return new ClientSession({ id, token: next, shown, attempt, messageEnd: 0 })
  }

  /** A client comes with a token; when it is admitted, it gets the next one. */
  admit({ shown, next, attempt }: SessionOpening): Admission {
    const again = isSame(next, this.token) && attempt === this.attempt // said again by its gateway
    const current = isSame(shown, this.token)
    const former = this.shown !== undefined && isSame(shown, this.shown)
    if (!again && !current && !former) return 'forged'
    if (attempt < this.attempt || (attempt === this.attempt && !again)) return 'overtaken'
    if (!again) {
      this.shown = shown
      this.token = next
      this.attempt = attempt
    }
    return 'admitted'
  }

  /** The client has the next token: the one that it has shown is good no more. */
  confirm(): void {
    this.shown = undefined
  }

  state(): SessionState {
    const { id, token, shown, attempt, messageEnd, isAway } = this
    return { id, token, ...(shown === undefined ? {} : { shown }), attempt, messageEnd, ...(isAway ? { away: true } : {}) }
  }
}

/** Compares in a time that does not depend on what is compared. */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
