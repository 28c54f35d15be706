/**
 * The messenger: what members say to each other (messages.ts), over sessions.
 *
 * A note goes one way; a request gets exactly one answer, if need be that its receiver has left the cluster (R0404).
 *
 * There is one policy for what makes no sense, be it bytes that are no message, a subject nobody knows, a content of another shape, or a link
 * message that the tables do not take: it is dropped, the connection to its sender is made anew, and the owner hears of it. Whoever asked
 * something that makes no sense gets R0412 as its answer. Nothing that a peer sends ends this member.
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { NodeError } from '../node-error.ts'
import { decodeMessage, encodeMessage } from './message-codec.ts'
import type { Nonsense } from './message-codec.ts'
import type {
  Answer,
  AnswerMessage,
  Message,
  NoteHandlers,
  NoteMessage,
  Notes,
  NoteSubject,
  OfProgram,
  PartMessage,
  RefusalMessage,
  Reply,
  RequestHandlers,
  RequestMessage,
  Requests,
  RequestSubject,
} from './messages.ts'
import { Sessions } from './session.ts'

/** Who gets the messages of a member. */
export interface Receiver {
  /** Absent: no note makes sense to this member. */
  readonly notes?: NoteHandlers
  /** Absent: this member refuses every request. */
  readonly requests?: RequestHandlers
  link?(from: Member, about: OfProgram, message: Uint8Array): void
  joined?(member: Member): void
  /** `member` may be this one: the cluster has given it up. */
  left?(member: Member): void
  /** A peer has sent something that makes no sense: its connection has been made anew. */
  nonsense?(from: Member, why: string): void
}

interface Pending<S extends RequestSubject> {
  readonly subject: S
  readonly to: Member
  readonly done: (answer: Answer<S>) => void
  readonly part: (part: Requests[S]['part']) => void
}

/** A `Pending` of whatever subject. */
type AnyPending = { readonly [S in RequestSubject]: Pending<S> }[RequestSubject]

const NOTHING = new Uint8Array(0)
const byName = new Intl.Collator('en', { numeric: true })

export class Messenger {
  private readonly sessions: Sessions
  private readonly pending = new Map<number, AnyPending>()
  private lastRequest = 0
  private closed = false
  /** Also of those that have left. */
  private readonly names = new Map<number, string>()
  /** The nodes among these members; roaming processes ask for them after each slice. */
  private known: { readonly all: readonly Member[]; readonly nodes: readonly Member[] } | undefined

  constructor(
    readonly engine: Engine,
    private readonly receiver: Receiver,
  ) {
    this.sessions = new Sessions(engine, {
      message: (peer, body) => {
        this.message(peer, body)
      },
    })
  }

  get self(): Member {
    return this.engine.membership.self
  }

  /** Begins to listen. Members that are here already are reported as joins. */
  open(): void {
    this.engine.transport.open(this.sessions)
    this.engine.membership.open({
      joined: (member) => {
        this.names.set(member.index, member.name)
        this.receiver.joined?.(member)
      },
      left: (member) => {
        this.left(member)
      },
    })
  }

  /** Whether more messages wait for some member than may. */
  get isFull(): boolean {
    return this.sessions.isFull
  }

  /** Ends all conversations; the engine stays open. */
  close(): void {
    this.closed = true
    this.sessions.close()
    this.pending.clear()
  }

  /** @returns nodes that run processes, by name: n2 before n10 */
  nodes(): readonly Member[] {
    const all = this.engine.membership.all()
    if (this.known?.all !== all) {
      const nodes = all.filter((m) => m.kind === 'node').sort((a, b) => byName.compare(a.name, b.name))
      this.known = { all, nodes }
    }
    return this.known.nodes
  }

  /** @returns nodes that have not answered for a while, though something waits for them */
  silent(): readonly Member[] {
    const peers = this.sessions.silent()
    return peers.length === 0 ? [] : this.nodes().filter(({ index }) => peers.includes(index))
  }

  /** @returns all members that are there, as far as is known */
  members(): readonly Member[] {
    return this.engine.membership.all()
  }

  /** This member's place among the nodes; -1 for one that is no node. */
  get place(): number {
    return this.nodes().findIndex((m) => m.index === this.self.index)
  }

  /** @returns the name of a member that is, or was, here */
  nameOf(index: number): string {
    return this.names.get(index) ?? `number ${index}`
  }

  // ---------------------------------------------------------------------------------------------------------------- sending

  note<S extends NoteSubject>(to: number, subject: S, content: Notes[S], body: Uint8Array = NOTHING): void {
    const message = { kind: 'note', subject, content, body } as NoteMessage // subject and content are of one S
    this.send(to, encodeMessage(message))
  }

  link(to: number, about: OfProgram, message: Uint8Array): void {
    this.sessions.send(to, encodeMessage({ kind: 'link', about, message }))
  }

  /**
   * @param done gets the answer, once, never before this call has returned
   * @param part gets each part of it before
   */
  request<S extends RequestSubject>(
    to: Member,
    subject: S,
    content: Requests[S]['content'],
    done: (answer: Answer<S>) => void,
    part: (part: Requests[S]['part']) => void = () => undefined,
  ): void {
    if (this.engine.membership.get(to.index) === undefined) {
      this.engine.clock.after(0, () => {
        done({ error: vanished(to.name).toJSON() })
      })
      return
    }
    const id = ++this.lastRequest
    const pending: Pending<S> = { subject, to, done, part }
    this.pending.set(id, pending as unknown as AnyPending) // it is of S, whatever that is
    this.send(to.index, encodeMessage({ kind: 'request', id, subject, content } as RequestMessage)) // subject and content are of one S
  }

  /** Sends to a member; to this one too, where it arrives later than this returns. */
  private send(to: number, message: Uint8Array): void {
    if (to !== this.self.index) {
      this.sessions.send(to, message)
      return
    }
    this.engine.clock.after(0, () => {
      this.message(to, message)
    })
  }

  /** As `request`. @throws NodeError (as a rejection) what the answer says */
  ask<S extends RequestSubject>(
    to: Member,
    subject: S,
    content: Requests[S]['content'],
    part?: (part: Requests[S]['part']) => void,
  ): Promise<Requests[S]['answer']> {
    return new Promise((resolve, reject) => {
      const done = (answer: Answer<S>): void => {
        if ('error' in answer) reject(NodeError.from(answer.error))
        else resolve(answer.value)
      }
      this.request(to, subject, content, done, part)
    })
  }

  // -------------------------------------------------------------------------------------------------------------- receiving

  private left(member: Member): void {
    this.sessions.end(member.index)
    const isSelf = member.index === this.self.index
    if (isSelf) this.receiver.left?.(member) // a node stops everything, and so hears nothing of what follows
    for (const [id, pending] of this.pending) {
      const { to, done } = pending as unknown as Pending<'ping'> // each of them takes an error
      if (to.index !== member.index && !isSelf) continue
      this.pending.delete(id)
      done({ error: (isSelf ? removed() : vanished(member.name)).toJSON() })
    }
    if (!isSelf) this.receiver.left?.(member)
  }

  private message(peer: number, bytes: Uint8Array): void {
    const from = this.engine.membership.get(peer)
    if (from === undefined || this.closed) return // it has left, or we have
    const message = decodeMessage(bytes)
    switch (message.kind) {
      case 'link':
        this.attempt(from, () => this.receiver.link?.(from, message.about, message.message))
        return
      case 'note':
        this.attempt(from, () => {
          this.noted(from, message)
        })
        return
      case 'request':
        this.requested(from, message)
        return
      case 'part':
      case 'answer':
        this.attempt(from, () => {
          this.answered(from, message)
        })
        return
      case 'refusal':
        this.attempt(from, () => {
          this.refused(from, message)
        })
        return
      case 'nonsense':
        this.nonsense(from, message)
    }
  }

  /** Does what a peer's message asks for: whatever is thrown, the message was nonsense. */
  attempt(from: Member, work: () => void): void {
    try {
      work()
    } catch (error) {
      this.nonsense(from, { kind: 'nonsense', why: `what cannot be handled (${reasonOf(error)})` })
    }
  }

  private noted<S extends NoteSubject>(from: Member, { subject, content, body }: NoteMessage<S>): void {
    const { notes } = this.receiver
    if (notes === undefined) throw new Error('a note to a member that takes none')
    notes[subject](from, content, body)
  }

  private requested<S extends RequestSubject>(from: Member, { id, subject, content }: RequestMessage<S>): void {
    let over = false
    const send = (message: Message): void => {
      if (over) return
      over = message.kind !== 'part'
      this.send(from.index, encodeMessage(message))
    }
    const reply: Reply<S> = {
      part: (part) => {
        send({ kind: 'part', id, subject, part } as PartMessage) // all of one S
      },
      done: (value) => {
        send({ kind: 'answer', id, subject, value } as AnswerMessage) // all of one S
      },
      failed: (error) => {
        send({ kind: 'refusal', id, error })
      },
    }
    const { requests } = this.receiver
    if (requests === undefined) {
      reply.failed(new NodeError('R0412', `a client does not answer ${from.name} (${subject})`).toJSON())
      return
    }
    try {
      requests[subject](from, content, reply)
    } catch (error) {
      const known = error instanceof NodeError ? error : new NodeError('R0412', `node ${this.self.name} cannot do this: ${reasonOf(error)}`)
      reply.failed(known.toJSON())
    }
  }

  private answered<S extends RequestSubject>(from: Member, message: PartMessage<S> | AnswerMessage<S>): void {
    const pending = this.asked(from, message.id)
    if (pending.subject !== message.subject) throw new Error(`an answer about ${message.subject} to a request about ${pending.subject}`)
    const known = pending as unknown as Pending<S> // its subject is S
    if (message.kind === 'part') {
      known.part(message.part)
      return
    }
    this.pending.delete(message.id)
    known.done({ value: message.value })
  }

  private refused(from: Member, { id, error }: RefusalMessage): void {
    const { done } = this.asked(from, id) as unknown as Pending<'ping'> // each of them takes an error
    this.pending.delete(id)
    done({ error })
  }

  private asked(from: Member, id: number): AnyPending {
    const pending = this.pending.get(id)
    if (pending?.to.index !== from.index) throw new Error('an answer to what nobody has asked')
    return pending
  }

  private nonsense(from: Member, { why, request, answer }: Nonsense): void {
    const error = new NodeError('R0412', `node ${from.name} sent ${why}`, 'use the same version of godwit everywhere').toJSON()
    if (request !== undefined) this.sessions.send(from.index, encodeMessage({ kind: 'refusal', id: request, error }))
    const pending = answer === undefined ? undefined : (this.pending.get(answer) as unknown as Pending<'ping'> | undefined) // each takes an error
    if (answer !== undefined && pending?.to.index === from.index) {
      this.pending.delete(answer)
      pending.done({ error })
    }
    this.engine.transport.reset(from.index)
    this.receiver.nonsense?.(from, why)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** @returns the error of a member that cannot be answered any more */
function removed(): NodeError {
  return new NodeError('R0404', 'the nodes have not heard of this command for a while, and have given it up', 'give the command again')
}

function vanished(name: string): NodeError {
  return new NodeError('R0404', `node ${name} vanished`, 'see who is left: godwit nodes')
}
