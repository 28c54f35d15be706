/**
 * The way of messages between link tables: to where an object is, by hints, and what happens when hints fail.
 *
 * Invariants
 * - A message or a question for an object that is on its way waits: at the node it leaves until that is decided, at the node it goes to, which
 *   has staged it before, until it is there. So at any time some node knows where an object is, or holds the question until it does.
 * - A node to which hints lead and that has no such object may have passed it on and forgotten that. It asks all nodes, unless it has staged it.
 * - A question that all nodes deny has lost a race: the object has passed on, from a node yet to be asked to one that had answered, and its
 *   forwarder was forgotten in between. At the next sweep the messages that wait for it go back to who sent them. Who still waits asks
 *   again; a message that nobody needs any more ends there.
 * - Who sent a message that had to be forwarded is told the new place.
 * - Logical time: each message and snapshot carries its sender's, and moves the receiver's on. So of two outputs on one channel the later has
 *   the greater stamp, wherever the writers are.
 */
import { encodeMessage, decodeMessage } from './messages.ts'
import type { Absent, Enlist, Invite, Message, Routed, Seek, Unfound } from './messages.ts'
import { AWAY, HERE, Linked, TRANSIT, UNKNOWN } from './objects.ts'

/** Nodes are numbered below this. */
export const MAX_NODES = 0x10000

export interface RouterOptions {
  readonly self: number
  /** Hands a message to the transport. */
  readonly send: (to: number, message: Uint8Array) => void
  readonly peers: () => readonly number[]
  /** Whether a node is known to have gone, also before this table was made. */
  readonly hasLeft: (node: number) => boolean
  /** A message has reached its object. */
  readonly deliver: (link: Linked, message: Routed, from: number) => void
  /** A message that is about this node and follows no object. */
  readonly direct: (message: Exclude<Message, Routed | Seek>, from: number) => void
  /** An object is nowhere: it was at a node that has gone. */
  readonly vanished: (link: Linked) => void
  /** Whether a capture is staged here that brings this object, and is neither adopted nor discarded. */
  readonly staged: (id: number) => boolean
  /** What a process asked for a FORK may have been for a slot that is no more. @returns whether the process and its FORKING are here, and it asks again */
  readonly retry: (message: Enlist) => boolean
  /** What a process asked for a FORK has found no join: it asks again, wherever it is. */
  readonly refuse: (message: Enlist) => void
  /** A process that a barrier asks for is nowhere. */
  readonly decline: (message: Invite) => void
  /** Messages of this node about an object have found it nowhere: who waits here asks again. */
  readonly again: (id: number) => void
}

/** An id is the number of the member that has given it, times this, and how many ids that member had given. */
export const IDS_OF_A_MEMBER = 0x100000000

export class Router {
  readonly links = new Map<number, Linked>()
  readonly gone = new Set<number>()
  sent = 0
  received = 0
  private clock = 0
  /** Of the ids that this node has given. */
  counter = 0
  private round = 0

  constructor(private readonly options: RouterOptions) {}

  get self(): number {
    return this.options.self
  }

  // ------------------------------------------------------------------------------------------ names

  /** @returns a global id that was never given before */
  freshId(): number {
    return this.options.self * IDS_OF_A_MEMBER + ++this.counter
  }

  /** @returns a stamp greater than all that this node has heard of */
  freshStamp(): number {
    return this.tick() * MAX_NODES + this.options.self
  }

  /** @returns a logical time later than all that this node has heard of */
  tick(): number {
    return ++this.clock
  }

  get time(): number {
    return this.clock
  }

  heard(clock: number): void {
    if (clock > this.clock) this.clock = clock
  }

  /** Enters an object, in place of what was only a name so far. */
  enter(link: Linked): void {
    const old = this.links.get(link.id)
    if (old !== undefined) {
      for (const message of old.held.splice(0)) link.held.push(message)
      link.sought = old.sought
      if (old.place === AWAY) {
        link.place = AWAY
        link.version = old.version
        link.hint = old.hint
      }
    }
    this.links.set(link.id, link)
  }

  /** @returns what is known of an object: only its name, where nothing else is */
  named(id: number): Linked {
    let link = this.links.get(id)
    if (link === undefined) this.links.set(id, (link = new Linked(id)))
    return link
  }

  // ------------------------------------------------------------------------------------------ sending

  /** Sends a message to a node for itself. @returns how many bytes went to another node */
  post(to: number, message: Message): number {
    if (to === this.options.self) {
      this.handle(message, to)
      return 0
    }
    if (this.isGone(to)) return 0
    this.sent++
    const bytes = encodeMessage(message, this.clock)
    this.options.send(to, bytes)
    return bytes.length
  }

  /** Sends a message towards its object, on behalf of node `from`. */
  route(message: Routed, from = this.options.self): void {
    if (message.type === 'whereabouts' && !this.links.has(message.id)) return // of a branch that is back, or has ended
    if (message.type === 'enlist' && !this.links.has(message.id) && this.options.retry(message)) return // the branch is back at its join
    const link = this.named(message.id)
    link.used = true
    switch (link.place) {
      case HERE:
        this.options.deliver(link, message, from)
        return
      case TRANSIT:
        link.held.push({ from, message })
        return
      case UNKNOWN:
        link.held.push({ from, message })
        this.seek(link)
        return
      case AWAY:
        if (message.version > link.version) {
          link.held.push({ from, message })
          this.learn(link, message.version, this.options.self)
        } else if (this.isGone(link.hint)) {
          link.held.push({ from, message })
          this.seek(link)
        } else {
          const { version, hint, id } = link
          this.post(hint, { ...message, version })
          if (from !== this.options.self && message.type !== 'whereabouts') this.post(from, { type: 'moved', id, version, at: hint })
        }
    }
  }

  /** Sends on, or delivers, what has waited for an object. */
  flush(link: Linked): void {
    for (const { message, from } of link.held.splice(0)) {
      if (message.type === 'seek') this.answer(message, from)
      else this.route(message, from)
    }
  }

  /** An object is at `at` since its move number `version`: that is news, or not. @param at -1: who tells does not know */
  learn(link: Linked, version: number, at: number): void {
    if (at < 0 || link.place === HERE || link.place === TRANSIT) return
    if (link.place === AWAY && version <= link.version) return
    if (link.place === UNKNOWN && version < link.version) return
    link.version = version
    link.hint = at
    if (at === this.options.self) {
      link.place = UNKNOWN // it is coming, or it was here and this node has forgotten where it went
      if (link.held.length > 0) this.seek(link)
      return
    }
    link.sought = undefined
    link.place = AWAY
    this.flush(link)
  }

  /** What waits for an object that no node has told of, and that is not being sought, goes back to who sent it. */
  giveBack(link: Linked): void {
    if (link.place !== UNKNOWN || link.held.length === 0 || link.sought !== undefined || this.options.staged(link.id)) return
    this.refuseHeld(link, false)
  }

  /** What waits for an object that has not been found goes back to who sent it. @param isLost it will not be found, since a node has gone */
  refuseHeld(link: Linked, isLost: boolean): void {
    const { id } = link
    const senders = new Set<number>()
    for (const { message, from } of link.held.splice(0)) {
      switch (message.type) {
        case 'offer':
          senders.add(message.offer.replyTo)
          break
        case 'pull':
          senders.add(message.to)
          break
        case 'joined':
          senders.add(message.replyTo)
          break
        case 'invite':
          this.options.decline(message)
          break
        case 'answer':
        case 'ask':
        case 'asks':
          if (!isLost) this.route(message, from) // the process that waits for it cannot ask
          break
        case 'enlist':
          this.options.refuse(message)
          break
        case 'whereabouts':
          senders.add(message.at)
          break
        case 'seek':
          this.answer(message, from)
      }
    }
    for (const sender of senders) {
      if (sender !== this.options.self) this.post(sender, { type: 'unfound', id, isLost })
      else if (!isLost) this.options.again(id)
    }
  }

  private unfound({ id, isLost }: Unfound): void {
    const link = this.links.get(id)
    if (!isLost || link === undefined || link.place === HERE || link.place === TRANSIT || this.options.staged(id)) this.options.again(id)
    else if (link.sought === undefined) this.options.vanished(link) // else the search tells
  }

  // ------------------------------------------------------------------------------------------ receiving

  receive(from: number, bytes: Uint8Array): void {
    const { message, clock } = decodeMessage(bytes)
    this.received++
    this.heard(clock)
    this.handle(message, from)
  }

  /** The other nodes there are now. */
  peers(): number[] {
    return this.options.peers().filter((n) => n !== this.options.self && !this.isGone(n))
  }

  private isGone(node: number): boolean {
    return this.gone.has(node) || this.options.hasLeft(node)
  }

  private handle(message: Message, from: number): void {
    switch (message.type) {
      case 'offer':
      case 'pull':
      case 'joined':
      case 'whereabouts':
      case 'answer':
      case 'ask':
      case 'asks':
      case 'invite':
      case 'enlist':
        this.route(message, from)
        return
      case 'seek':
        this.answer(message, from)
        return
      case 'moved': {
        const link = this.links.get(message.id)
        // one that knows less than this node may point to where the object was lost
        if (link !== undefined && !this.isGone(message.at)) this.learn(link, message.version, message.at)
        return
      }
      case 'absent':
        this.absent(message, from)
        return
      case 'unfound':
        this.unfound(message)
        return
      case 'answers':
      case 'held':
      case 'home':
      case 'monitor':
      case 'probe':
      case 'refused':
      case 'settled':
      case 'taken':
        this.options.direct(message, from)
    }
  }

  // ------------------------------------------------------------------------------------------ seeking

  /** Asks all nodes for an object, unless that is under way or it is staged here. */
  seek(link: Linked): void {
    const { id } = link
    if (link.sought !== undefined) return
    link.place = UNKNOWN
    if (this.options.staged(id)) return
    const peers = this.peers()
    const round = ++this.round
    link.sought = { round, open: new Set(peers) }
    for (const peer of peers) this.post(peer, { type: 'seek', id, round })
    if (peers.length === 0) this.denied(link, this.options.self)
  }

  private answer(message: Seek, from: number): void {
    const { id, round } = message
    const link = this.links.get(id)
    if (link?.place === HERE) {
      this.post(from, { type: 'moved', id, version: link.version, at: this.options.self })
      return
    }
    if (link?.place === TRANSIT || this.options.staged(id)) {
      this.named(id).held.push({ from, message })
      return
    }
    if (link?.place === AWAY && !this.isGone(link.hint)) this.post(from, { type: 'moved', id, version: link.version, at: link.hint })
    this.post(from, { type: 'absent', id, round })
  }

  private absent({ id, round }: Absent, from: number): void {
    const link = this.links.get(id)
    if (link?.sought?.round === round) this.denied(link, from)
  }

  private denied(link: Linked, from: number): void {
    const { sought } = link
    if (sought === undefined) return
    sought.open.delete(from)
    if (sought.open.size > 0) return
    link.sought = undefined
    const held = link.held.splice(0)
    for (const each of held) {
      if (each.message.type === 'enlist') this.options.refuse(each.message)
      else if (each.message.type === 'invite') this.options.decline(each.message)
      else link.held.push(each)
    }
    if (this.gone.size > 0 || this.isGone(link.hint)) this.options.vanished(link)
  }

  /** Node `index` will never be heard of again. */
  nodeGone(index: number): void {
    this.gone.add(index)
    for (const link of [...this.links.values()]) {
      if (link.sought?.open.has(index)) this.denied(link, index)
      if (link.place === AWAY && link.hint === index && link.held.length > 0) this.seek(link)
    }
  }
}
