/**
 * Channels between nodes: the rendezvous is at the home, the home is with the reader.
 *
 *     writer's node                      home
 *       put: blocked   -- offer -->      a delegate process offers the value in the writer's place
 *       goes on        <-- taken --      the delegate is scheduled: the reader has taken it
 *
 *     reader's node                      home
 *       take: blocked  -- pull  -->
 *       goes on        <-- home --       the home moves to the reader, with the offer that waits in it
 *
 * Invariants
 * - An output has one stamp, greater than those of earlier outputs on its channel. While it is not complete, its writer waits in state OUTPUT,
 *   and repeats the offer with that stamp when it has moved or a node is gone. The home knows by `floor` what is over, and by its delegate
 *   what it has: so each output is taken once, however often it was offered.
 * - A channel whose home is not here is REMOTE, so that each local operation comes by here. `outgoing` and `reader` are who waits.
 * - A home that is here has neither; it looks to the kernel like any channel.
 * - Each pull is answered, by the home or by a refusal, and a refused reader that still waits pulls again: so no move of the home, of the
 *   reader or of both loses a reader. There is one reader; a pull is refused only while a live reader waits at the home, and that is it.
 */
import { ALTING, Channel, EMPTY, FETCHING, READER, REMOTE, WRITER, ALT, INPUT, newProcess, OUTPUT, READY } from '../scheduler/state.ts'
import type { Process } from '../scheduler/state.ts'
import { altingAt, dropTicket, put, putArray, ready, usedTwice } from '../scheduler/channel.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { Linked, Outgoing, TRANSIT } from './objects.ts'
import { AWAY, ChannelLink, DelegateFrame, HERE } from './objects.ts'
import { adoptHandles, nameHandles } from './handles.ts'
import type { HandleNames } from './handles.ts'
import { Gathered, NO_STREAM } from './gathered.ts'
import type { Stream } from './gathered.ts'
import type { History } from './history.ts'
import type { Home, Offer, Pull, Taken } from './messages.ts'
import type { Router } from './router.ts'
import { cloned, isDefined, Mobile } from '../scheduler/mobile.ts'
import type { RemoteOffer } from '../snapshot/snapshot-format.ts'
import type { HandleLink, Value } from '../scheduler/value.ts'

/** Outputs any value. @returns true when a reader that waited has it */
export function putValue(p: Process, c: Channel, v: Value): boolean {
  return typeof v !== 'object' || v instanceof Mobile || !isDefined(v) ? put(p, c, v) : putArray(p, c, v)
}

export class ChannelLinks {
  /** What processes here print on a console that is elsewhere. */
  readonly gathered = new Gathered()
  /** Which stream of the console here a channel is, if that takes more now. */
  streamOf: (c: Channel) => Stream = () => NO_STREAM
  /** Those that have delegates. */
  private readonly delegated = new Set<ChannelLink>()

  constructor(
    private readonly kernel: Kernel,
    private readonly router: Router,
    private readonly handles: HandleNames,
    private readonly history: History | undefined,
  ) {}

  /** @returns the link of a channel here; it gets a name if it has none */
  of(c: Channel): ChannelLink {
    if (c.link instanceof ChannelLink) return c.link
    const link = new ChannelLink(this.router.freshId(), c)
    link.settleHere(this.router.self)
    c.link = link
    this.router.enter(link)
    return link
  }

  /** @returns the link of a name, with a channel that is REMOTE when it was unknown here */
  named(id: number, channel: Channel): ChannelLink {
    const known = this.router.links.get(id)
    if (known instanceof ChannelLink) {
      known.used = true
      return known
    }
    const link = new ChannelLink(id, channel)
    channel.link = link
    channel.state = REMOTE
    this.router.enter(link)
    return link
  }

  /** @returns the channel of a name; what is said of where it is may be news */
  known({ id, version, toldHint }: HandleLink): Channel {
    const link = this.named(id, new Channel())
    this.router.learn(link, version, toldHint)
    return link.channel
  }

  // ------------------------------------------------------------------------------------------ local operations on what is not here

  /** @returns whether `p` may go on, since its output was gathered */
  output(p: Process, c: Channel, v: Value): boolean {
    const link = this.of(c)
    if (link.outgoing !== undefined) usedTwice(p, link.outgoing.process)
    if (this.gathered.take(link.stream, v)) return true
    this.offer(link, p, this.router.freshStamp(), 0, v)
    return false
  }

  /** `p` waits in an output whose offer goes to the home, for the first time or again. */
  offer(link: ChannelLink, p: Process, stamp: number, moves: number, value: Value): void {
    p.value = link.channel
    p.state = OUTPUT
    link.outgoing = { process: p, stamp, moves, value }
    this.sendOffer(link)
  }

  private sendOffer(link: ChannelLink): void {
    const out = link.outgoing
    if (out === undefined) return
    nameHandles(out.value, this.handles)
    const offer: RemoteOffer = { stamp: out.stamp, moves: out.moves, replyTo: this.router.self, value: out.value }
    this.router.route({ type: 'offer', id: link.id, version: link.version, offer })
  }

  input(p: Process, c: Channel): void {
    const link = this.of(c)
    this.requireReader(link, p)
    p.value = c
    p.state = INPUT
    link.reader = p
    this.pull(link)
  }

  alt(p: Process, c: Channel, guard: number): void {
    const link = this.of(c)
    this.requireReader(link, p)
    const enabled = link.reader === p && link.readerSerial === p.altSerial
    link.reader = p
    link.readerSerial = p.altSerial
    // Of several guards on one channel the one that was enabled first is taken.
    if (!enabled) link.guard = guard
    this.pull(link)
  }

  private pull(link: ChannelLink): void {
    if (link.pulling) return
    link.pulling = true
    this.router.route({ type: 'pull', id: link.id, version: link.version, to: this.router.self })
  }

  /** @returns who waits here to read from a channel that is not here */
  private waitingReader(link: ChannelLink): Process | undefined {
    const r = link.reader
    if (r === undefined) return undefined
    if (r.state === INPUT && r.value === link.channel) return r
    return r.state === ALT && r.altSerial === link.readerSerial ? r : undefined
  }

  /** Makes sure that no other process here waits to read. @throws Fault R0109 */
  private requireReader(link: ChannelLink, p: Process): void {
    const other = link.reader === p ? undefined : this.waitingReader(link)
    if (other !== undefined) usedTwice(p, other)
  }

  /** @returns who waits at a channel that is here to read from it */
  localReader(c: Channel): Process | undefined {
    const r = c.waiting
    if (c.state === READER && r !== null && r.state === INPUT) return r
    return altingAt(c) ?? undefined
  }

  // ------------------------------------------------------------------------------------------ the home

  /** The home has come here: who waits here meets what came with it. */
  arrive(link: ChannelLink, version: number, floor: number, offer: RemoteOffer | undefined): void {
    adoptHandles(offer?.value, this.handles)
    const c = link.channel
    link.settleHere(this.router.self)
    link.version = version
    link.floor = floor
    link.pulling = false
    link.sought = undefined
    c.state = EMPTY
    c.waiting = null
    const reader = this.waitingReader(link)
    link.reader = undefined
    if (reader?.state === ALT && reader.value === FETCHING) ready(reader)
    else if (reader !== undefined) {
      c.waiting = reader
      c.state = reader.state === INPUT ? READER : ALTING
      if (reader.state === ALT) {
        c.value = link.guard
        c.altSerial = reader.altSerial
      }
    }
    const out = link.outgoing
    link.outgoing = undefined
    if (out !== undefined && out.stamp <= floor) this.goOn(link, out)
    else if (out !== undefined) this.offerHere(link, out.process, out.stamp, out.value)
    if (offer !== undefined && offer.stamp !== out?.stamp) this.delegate(link, offer)
  }

  /** The output of a writer here was taken elsewhere. */
  private goOn({ id }: ChannelLink, { process, stamp, value }: Omit<Outgoing, 'moves'>): void {
    this.history?.sent(id, stamp, value)
    ready(process)
  }

  /** A writer here, whose output `stamp` may be known to others, offers at the home here. */
  private offerHere(link: ChannelLink, p: Process, stamp: number, value: Value): void {
    link.floor = stamp // copies of this offer that are still on their way are void
    if (putValue(p, link.channel, value)) ready(p)
  }

  /** A process that waited in an output has come to this node. `stamp` 0: so has the home. */
  outputAgain(
    c: Channel,
    p: Process,
    { stamp, moves, value }: { readonly stamp: number; readonly moves: number; readonly value: Value },
  ): void {
    if (stamp === 0) {
      if (putValue(p, c, value)) ready(p) // the home came along
      return
    }
    const link = this.of(c)
    if (link.place !== HERE) {
      this.offer(link, p, stamp, moves + 1, value)
      return
    }
    const d = link.delegate
    if (d?.state === READY) this.settle(link)
    if (stamp <= link.floor) {
      this.goOn(link, { process: p, stamp, value })
      return
    }
    if (d !== undefined && (d.frame as DelegateFrame).offer.stamp === stamp) {
      // delegates have such frames
      this.dismiss(link)
      link.channel.state = EMPTY
    }
    this.offerHere(link, p, stamp, value)
  }

  /** A writer elsewhere offers. */
  private delegate(link: ChannelLink, offer: RemoteOffer): void {
    const frame = new DelegateFrame(null)
    frame.link = link
    frame.offer = offer
    frame.settle = this.settle
    this.history?.offered(link.id, offer.stamp, offer.value)
    const d = newProcess(this.kernel, frame, null, 0, 0)
    link.delegate = d
    this.delegated.add(link)
    if (putValue(d, link.channel, offer.value)) this.settle(link)
  }

  /** The offer of the delegate was taken: the writer is told. */
  private readonly settle = (link: ChannelLink): void => {
    const offer = this.dismiss(link)
    if (offer === undefined) return
    link.floor = offer.stamp
    this.history?.took(link.id, offer.stamp)
    this.taken(link, offer)
  }

  /** Tells all writers elsewhere whose offers were taken here. */
  settleAll(): void {
    for (const link of [...this.delegated]) if (link.delegate?.state === READY) this.settle(link)
  }

  /** The delegate is no more. @returns its offer */
  private dismiss(link: ChannelLink): RemoteOffer | undefined {
    const d = link.delegate
    if (d === undefined) return undefined
    link.delegate = undefined
    this.delegated.delete(link)
    const frame = d.frame as DelegateFrame // delegates have such frames
    frame.done = true
    return frame.offer
  }

  private taken({ id, channel }: ChannelLink, { stamp, replyTo }: RemoteOffer): void {
    if (replyTo === this.router.self) return // a writer here is no delegate's
    this.router.post(replyTo, { type: 'taken', id, stamp, stream: this.streamOf(channel) })
  }

  /** Begins to let the home go: @returns the offer that goes along, of a delegate or of a writer that stays (not one of `leaving`). */
  pack(link: ChannelLink, leaving: ReadonlySet<Process>): RemoteOffer | undefined {
    const c = link.channel
    if (link.delegate?.state === READY) this.settle(link)
    if (link.delegate !== undefined) {
      const { offer } = link.delegate.frame as DelegateFrame // delegates have such frames
      nameHandles(offer.value, this.handles)
      return offer
    }
    const w = c.waiting
    if (c.state !== WRITER || w === null || leaving.has(w)) return undefined
    nameHandles(c.value, this.handles)
    const stamp = this.router.freshStamp()
    link.outgoing = { process: w, stamp, moves: 0, value: c.value }
    return { stamp, moves: 0, replyTo: this.router.self, value: c.value }
  }

  /** Ends to let the home go: from now on it is elsewhere, or on its way. */
  release(link: ChannelLink, place: typeof AWAY | typeof TRANSIT): void {
    const c = link.channel
    const reader = this.localReader(c)
    this.dismiss(link)
    if (reader !== undefined) {
      link.reader = reader
      link.readerSerial = reader.altSerial
      link.guard = c.ticket?.set.waits === true ? c.ticket.guard : c.state === ALTING ? (c.value as number) : -1 // ALTING
    }
    dropTicket(c)
    link.place = place
    link.pulling = false
    c.state = REMOTE
    c.waiting = null
    c.value = 0
  }

  /** A writer leaves and the home stays: its offer stays too. @returns that offer */
  stay(value: Value): RemoteOffer {
    const stamp = this.router.freshStamp()
    const copy = typeof value === 'object' && !(value instanceof Mobile) ? cloned(value) : value
    return { stamp, moves: 0, replyTo: this.router.self, value: copy }
  }

  /** Puts a delegate in the place of the writer that has left. */
  replaceWriter(link: ChannelLink, offer: RemoteOffer): void {
    link.channel.state = EMPTY
    this.delegate(link, offer)
  }

  /** Sends the home to a node. */
  ship(link: ChannelLink, to: number): number {
    const offer = this.pack(link, nobody)
    this.release(link, AWAY)
    link.hint = to
    link.version++
    const { id, version, floor } = link
    const bytes = this.router.post(to, { type: 'home', id, version, floor, offer })
    if (this.waitingReader(link) !== undefined) this.pull(link)
    return bytes
  }

  // ------------------------------------------------------------------------------------------ messages

  onOffer(link: ChannelLink, { offer }: Offer): void {
    adoptHandles(offer.value, this.handles)
    const d = link.delegate
    if (d?.state === READY) this.settle(link)
    if (offer.stamp <= link.floor) {
      if (offer.stamp === link.floor) this.taken(link, offer)
      return
    }
    if (d === undefined || link.delegate === undefined) return this.delegate(link, offer)
    const frame = d.frame as DelegateFrame // delegates have such frames
    if (frame.offer.stamp !== offer.stamp) {
      if (frame.offer.stamp < offer.stamp) usedTwice(d, null)
    } else if (frame.offer.moves < offer.moves) frame.offer = { ...frame.offer, moves: offer.moves, replyTo: offer.replyTo }
  }

  onTaken({ id, stamp, stream }: Taken): void {
    const link = this.router.links.get(id)
    if (!(link instanceof ChannelLink) || link.outgoing?.stamp !== stamp) return // the writer has moved, and asks again
    const out = link.outgoing
    this.kernel.observer?.before(out.process)
    link.stream = stream
    if (stream !== NO_STREAM) this.gathered.resume()
    link.outgoing = undefined
    this.goOn(link, out)
  }

  onPull(link: ChannelLink, { to }: Pull): void {
    if (to === this.router.self) return
    if (this.localReader(link.channel) !== undefined) this.router.post(to, { type: 'refused', id: link.id })
    else this.ship(link, to)
  }

  onRefused(id: number): void {
    const link = this.router.links.get(id)
    if (!(link instanceof ChannelLink) || !link.pulling) return
    link.pulling = false
    if (link.place !== HERE && this.waitingReader(link) !== undefined) this.pull(link)
  }

  onHome({ id, version, floor, offer }: Home): void {
    const link = this.named(id, new Channel())
    this.arrive(link, version, floor, offer)
    this.router.flush(link)
  }

  // ------------------------------------------------------------------------------------------ nodes that go

  /** Messages may have been lost with a node: what waits for an answer asks again. */
  repeat(link: Linked): void {
    if (!(link instanceof ChannelLink) || link.place === HERE) return
    if (link.outgoing !== undefined) this.sendOffer(link)
    if (link.pulling) {
      link.pulling = false
      if (this.waitingReader(link) !== undefined) this.pull(link)
    }
  }

  /** @returns the values that wait here, or for this node, to be taken elsewhere or here */
  *offered(link: ChannelLink): Generator<Value, void, void> {
    if (link.outgoing !== undefined) yield link.outgoing.value
    if (link.delegate !== undefined) yield (link.delegate.frame as DelegateFrame).offer.value // delegates have such frames
  }

  /** @returns whether a process here or elsewhere waits at the channel */
  isWaitedFor(link: ChannelLink): boolean {
    if (link.delegate !== undefined || link.outgoing !== undefined || this.waitingReader(link) !== undefined) return true
    const c = link.channel
    return this.localReader(c) !== undefined || (c.state === WRITER && link.place === HERE)
  }

  /** @returns the node whose writer waits at the home here, if any */
  remoteWriter(link: ChannelLink): number | undefined {
    const d = link.delegate
    return d === undefined ? undefined : (d.frame as DelegateFrame).offer.replyTo // delegates have such frames
  }

  /** @returns who waits here in vain when the channel is nowhere any more */
  stranded(link: ChannelLink): { readonly process: Process; readonly kind: 'output' | 'input' }[] {
    const result: { process: Process; kind: 'output' | 'input' }[] = []
    if (link.outgoing !== undefined) result.push({ process: link.outgoing.process, kind: 'output' })
    const reader = this.waitingReader(link)
    if (reader !== undefined) result.push({ process: reader, kind: 'input' })
    return result
  }
}

const nobody: ReadonlySet<Process> = new Set()
