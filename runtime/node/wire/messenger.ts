/**
 * Post: what members say to each other, over sessions.
 *
 * Every message is a kind, a short head (JSON, for what varies and is rare or small) and a body of bytes (states, messages of links).
 * A note is one way; a request gets exactly one answer, be it that its receiver has left the cluster (R0404).
 */
import type { Engine, Member } from '../../engine/engine.ts'
import { NodeError } from '../node-error.ts'
import type { NodeErrorData } from '../node-error.ts'
import { Sessions } from './session.ts'

const REQUEST = 1
const ANSWER = 2
const NOTE = 3
/** A message of the link protocol: program and bytes, without a head. */
const LINK = 4

/** What a request came to. */
export type Answer = { readonly value: unknown } | { readonly error: NodeErrorData }

export interface PostHandler {
  /** Must call `answer` once, at any time. */
  request(from: Member, subject: string, content: unknown, answer: (answer: Answer) => void): void
  note(from: Member, subject: string, content: unknown, body: Uint8Array): void
  link(from: Member, program: number, message: Uint8Array): void
  joined(member: Member): void
  /** `member` may be this one: the cluster has given it up. */
  left(member: Member): void
}

interface Pending {
  readonly to: number
  readonly done: (answer: Answer) => void
}

const NOTHING = new Uint8Array(0)
const byName = new Intl.Collator('en', { numeric: true })

export class Post {
  private readonly sessions: Sessions
  private readonly pending = new Map<number, Pending>()
  private requests = 0
  /** Also of those that have left. */
  private readonly names = new Map<number, string>()

  constructor(
    readonly engine: Engine,
    private readonly handler: PostHandler,
  ) {
    this.sessions = new Sessions(engine.transport, engine.clock, {
      message: (peer, body) => {
        this.message(peer, body)
      },
    })
  }

  get self(): Member {
    return this.engine.membership.self
  }

  /** Begins to listen. Those already here are told of as joins. */
  open(): void {
    this.engine.transport.open(this.sessions)
    this.engine.membership.open({
      joined: (member) => {
        this.names.set(member.index, member.name)
        this.handler.joined(member)
      },
      left: (member) => {
        this.left(member)
      },
    })
  }

  /** Ends all conversations; the engine stays open. */
  close(): void {
    this.sessions.close()
    this.pending.clear()
  }

  /** @returns nodes that run processes, by name: n2 before n10 */
  nodes(): readonly Member[] {
    const found = this.engine.membership.all().filter((m) => m.kind === 'node')
    return found.sort((a, b) => byName.compare(a.name, b.name))
  }

  /** This member's place among the nodes; -1 for one that is no node. */
  get place(): number {
    return this.nodes().findIndex((m) => m.index === this.self.index)
  }

  /** @returns the name of a member that is, or was, here */
  nameOf(index: number): string {
    return this.names.get(index) ?? `number ${index}`
  }

  note(to: number, subject: string, content: unknown, body: Uint8Array = NOTHING): void {
    this.sessions.send(to, encode(NOTE, { subject, content }, body))
  }

  link(to: number, program: number, message: Uint8Array): void {
    const bytes = new Uint8Array(5 + message.length)
    bytes[0] = LINK
    new DataView(bytes.buffer).setUint32(1, program, true)
    bytes.set(message, 5)
    this.sessions.send(to, bytes)
  }

  request(to: Member, subject: string, content: unknown, done: (answer: Answer) => void): void {
    if (this.engine.membership.get(to.index) === undefined) {
      this.engine.clock.after(0, () => {
        done({ error: vanished(to.name).toJSON() })
      })
      return
    }
    const id = ++this.requests
    this.pending.set(id, { to: to.index, done })
    this.sessions.send(to.index, encode(REQUEST, { id, subject, content }))
  }

  /** As `request`. @throws NodeError (as a rejection) what the answer says */
  ask<T>(to: Member, subject: string, content: unknown): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.request(to, subject, content, (answer) => {
        if ('error' in answer) reject(NodeError.from(answer.error))
        else resolve(answer.value as T) // both sides are of one version: the engine's greeting says so
      })
    })
  }

  private left(member: Member): void {
    this.sessions.end(member.index)
    for (const [id, { to, done }] of this.pending) {
      if (to !== member.index) continue
      this.pending.delete(id)
      done({ error: vanished(member.name).toJSON() })
    }
    this.handler.left(member)
  }

  private message(peer: number, message: Uint8Array): void {
    const from = this.engine.membership.get(peer)
    if (from === undefined) return // it has left
    if (message[0] === LINK && message.length >= 5) {
      const view = new DataView(message.buffer, message.byteOffset, message.length)
      this.handler.link(from, view.getUint32(1, true), message.subarray(5))
      return
    }
    const decoded = decode(message)
    if (decoded === undefined) {
      this.engine.transport.reset(peer)
      return
    }
    const { kind, head, body } = decoded
    if (kind === NOTE) {
      this.handler.note(from, head.subject ?? '', head.content, body)
      return
    }
    if (head.id === undefined) return
    const { id } = head
    if (kind === REQUEST) {
      this.handler.request(from, head.subject ?? '', head.content, (answer) => {
        this.sessions.send(peer, encode(ANSWER, { id, answer }))
      })
      return
    }
    const pending = this.pending.get(id)
    if (kind !== ANSWER || pending === undefined || head.answer === undefined) return
    this.pending.delete(id)
    pending.done(head.answer)
  }
}

function vanished(name: string): NodeError {
  return new NodeError('R0404', `node ${name} vanished`, 'see who is left: godwit nodes')
}

interface Head {
  readonly id?: number
  readonly subject?: string
  readonly content?: unknown
  readonly answer?: Answer
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function encode(kind: number, head: Head, body: Uint8Array = NOTHING): Uint8Array {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = new Uint8Array(5 + text.length + body.length)
  bytes[0] = kind
  new DataView(bytes.buffer).setUint32(1, text.length, true)
  bytes.set(text, 5)
  bytes.set(body, 5 + text.length)
  return bytes
}

/** @returns undefined when the bytes are no message */
function decode(bytes: Uint8Array): { kind: number; head: Head; body: Uint8Array } | undefined {
  const kind = bytes[0]
  if (kind === undefined || bytes.length < 5) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(1, true)
  if (length > bytes.length - 5) return undefined
  try {
    const head: unknown = JSON.parse(utf8.decode(bytes.subarray(5, 5 + length)))
    if (typeof head !== 'object' || head === null) return undefined
    return { kind, head: head, body: bytes.subarray(5 + length) } // the fields are looked at where they are used
  } catch {
    return undefined
  }
}
