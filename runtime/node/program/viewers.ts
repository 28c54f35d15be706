/**
 * Viewers: terminals that show the output of a program whose home is on a node, and pass on what is typed there. They come and go, and the program
 * does not notice.
 *
 * Both ways bytes are numbered, so that nothing is shown or typed twice and nothing is left out, wherever the home moves meanwhile: a viewer asks for
 * the output from where it is, and sends what it has typed again until that is acknowledged.
 *
 * Invariants
 * - At most `WINDOW` bytes are on their way to a viewer that has not said that it has shown them.
 * - A viewer may leave the cluster and come back as another member: it is known by a number of its own. How much it had typed is remembered, of the last
 *   `MOST_KNOWN` viewers that are not here.
 * - Of what a viewer has typed each byte is taken once, in order. It is acknowledged when it is in the home's state for good: at once, or when the cut
 *   that contains it is committed.
 */
import type { Member } from '../../engine/engine.ts'
import type { KeyFeed } from '../../host/log-streams.ts'
import { LIMITS } from '../../limits.ts'
import { newPart } from '../../host/numbered.ts'
import type { OutputLog } from '../../host/output-log.ts'
import { encodeBase64 } from '../wire/base64.ts'
import type { Reply, Typed, View, ViewEnd } from '../wire/messages.ts'
import type { ViewerState } from './home-state.ts'

/** Bytes of output under way to one viewer, and in one message. */
const WINDOW = 1 << 18
const MESSAGE = 1 << 16
const MOST_KNOWN = LIMITS['viewers.known'].most

interface Viewing {
  /** What it calls itself. */
  readonly viewer: number
  readonly reply: Reply<'view'>
  /** Numbers of the first byte that was not sent, and of the first that is not known to be shown. */
  sent: number
  shown: number
  /** How much of what it has typed it was told to be kept. */
  acknowledged: number
}

export class Viewers {
  /** By member index. */
  private readonly views = new Map<number, Viewing>()
  /** By viewer: how many bytes it has typed that have come. Whoever has typed or come last is last. */
  private readonly typed = new Map<number, number>()
  /** By viewer: how many bytes of that are in the state of the home for good. */
  private readonly kept = new Map<number, number>()
  private unacknowledged = false
  private ended: ViewEnd | undefined
  /** The home is about to leave: what viewers say meanwhile waits. */
  private held: (() => void)[] | undefined

  /**
   * @param strict what is typed is acknowledged by `acknowledge` only
   * @param waits hears when something that was typed waits for that
   */
  constructor(
    private readonly log: OutputLog,
    private readonly feed: KeyFeed,
    private readonly strict: boolean,
    private readonly waits: () => void,
    state: readonly ViewerState[] = [],
  ) {
    for (const { viewer, typed } of state) this.typed.set(viewer, typed)
  }

  /** Whether something that was typed is not acknowledged yet. */
  get isWaiting(): boolean {
    return this.unacknowledged
  }

  /** How many are attached. */
  get count(): number {
    return this.views.size
  }

  state(): ViewerState[] {
    return [...this.typed].map(([viewer, typed]) => ({ viewer, typed }))
  }

  /** The home is about to leave. */
  rest(): void {
    this.held ??= []
  }

  /** The home has not left. */
  stay(): void {
    const held = this.held ?? []
    this.held = undefined
    for (const work of held) work()
    this.showAll()
  }

  /** A viewer wants to see the output, from now on and from some byte on. */
  view(from: Member, view: View, reply: Reply<'view'>): void {
    if (this.held !== undefined) {
      reply.done({ kind: 'moved' })
      return
    }
    this.begin(from, view, reply)
    if (this.ended !== undefined) this.end(this.ended)
  }

  private begin({ index }: Member, { viewer = index, from, tail }: View, reply: Reply<'view'>): void {
    const { log } = this
    this.views.get(index)?.reply.done({ kind: 'moved' }) // it asks anew
    const wanted = tail === undefined ? (from ?? log.start) : log.released - tail
    const at = Math.min(Math.max(wanted, log.start), log.produced)
    const acknowledged = (this.strict ? this.kept : this.typed).get(viewer) ?? 0
    const viewing: Viewing = { viewer, reply, sent: at, shown: at, acknowledged }
    this.views.set(index, viewing)
    log.hold(index, at)
    reply.part({ kind: 'begin', at, missing: from === undefined ? 0 : Math.max(0, at - from) })
    reply.part({ kind: 'typed', upTo: acknowledged })
    if (this.feed.wanted) reply.part({ kind: 'keys', wanted: true })
    this.show(viewing)
  }

  /** A viewer has shown output. */
  shown({ index }: Member, upTo: number): void {
    const viewing = this.views.get(index)
    if (viewing === undefined) return
    viewing.shown = Math.max(viewing.shown, Math.min(upTo, viewing.sent))
    this.log.hold(index, viewing.shown)
    this.show(viewing)
  }

  /** A viewer has typed something, or has come to the end of its input. */
  typedBy(from: Member, typed: Typed, body: Uint8Array): void {
    if (this.held === undefined) this.take(from, typed, body)
    else
      this.held.push(() => {
        this.take(from, typed, body)
      })
  }

  private take({ index }: Member, { viewer = index, at, ended }: Typed, body: Uint8Array): void {
    const known = this.typed.get(viewer) ?? 0
    const fresh = newPart(known, at, body)
    if (fresh !== undefined && fresh.length > 0) {
      this.typed.delete(viewer) // it becomes the last
      this.typed.set(viewer, known + fresh.length)
      this.feed.push(fresh)
      this.forget()
    }
    if (ended && at + body.length === (this.typed.get(viewer) ?? 0)) this.feed.end()
    if (!this.strict) this.acknowledge(this.state())
    else if (!this.unacknowledged) {
      this.unacknowledged = true
      this.waits()
    }
  }

  /** What viewers had typed is in the state of the home for good. */
  acknowledge(typed: readonly ViewerState[]): void {
    for (const { viewer, typed: upTo } of typed) if (this.typed.has(viewer)) this.kept.set(viewer, upTo)
    if (typed.every(({ viewer, typed: upTo }) => upTo === (this.typed.get(viewer) ?? upTo))) this.unacknowledged = false
    const known = new Map(typed.map(({ viewer, typed: upTo }) => [viewer, upTo]))
    for (const viewing of this.views.values()) {
      const upTo = known.get(viewing.viewer)
      if (upTo === undefined || upTo <= viewing.acknowledged) continue // a message with each cut would be more than a bad connection carries
      viewing.acknowledged = upTo
      viewing.reply.part({ kind: 'typed', upTo })
    }
  }

  /** A member has gone that may have been a viewer. */
  left(index: number): void {
    this.views.delete(index)
    this.log.letGo(index)
    this.forget()
  }

  /** Forgets those who have typed something, if there are too many who are not here. */
  private forget(): void {
    if (this.typed.size <= MOST_KNOWN) return
    const here = new Set([...this.views.values()].map(({ viewer }) => viewer))
    const away = [...this.typed.keys()].filter((viewer) => !here.has(viewer))
    for (const viewer of away.slice(0, Math.max(0, away.length - MOST_KNOWN))) {
      this.typed.delete(viewer)
      this.kept.delete(viewer)
    }
  }

  /** More output may be seen. */
  showAll(): void {
    for (const viewing of this.views.values()) this.show(viewing)
  }

  /** Somebody waits for keys, or nobody does any more. */
  wantKeys(wanted: boolean): void {
    for (const { reply } of this.views.values()) reply.part({ kind: 'keys', wanted })
  }

  /** Tells all that are here now. */
  notice(text: string): void {
    for (const { reply } of this.views.values()) reply.part({ kind: 'notice', text })
  }

  /** There is nothing more to see here. What has been released is shown before. */
  end(end: ViewEnd): void {
    this.ended = end
    for (const viewing of this.views.values()) {
      if (end.kind === 'ended') viewing.shown = viewing.sent = this.sendAll(viewing)
      viewing.reply.done(end)
    }
    this.views.clear()
  }

  private show(viewing: Viewing): void {
    if (this.held !== undefined) return
    while (viewing.sent - viewing.shown < WINDOW) {
      const pieces = this.log.read(viewing.sent, MESSAGE)
      if (pieces.length === 0) return
      for (const piece of pieces) this.send(viewing, piece)
    }
  }

  private sendAll(viewing: Viewing): number {
    for (const piece of this.log.read(viewing.sent, Infinity)) this.send(viewing, piece)
    return viewing.sent
  }

  private send(viewing: Viewing, { at, stream, bytes }: { readonly at: number; readonly stream: 1 | 2; readonly bytes: Uint8Array }): void {
    viewing.sent = at + bytes.length
    viewing.reply.part({ kind: 'output', at, stream, bytes: encodeBase64(bytes) })
  }
}
