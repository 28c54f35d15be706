/**
 * The ends of a program's channels that are held outside: by TypeScript, which sends and receives.
 *
 * At the other end of each such channel is a process of ours (end-processes.ts).
 *
 * Invariants
 * - A message leaves the queue of its end when the program has taken the last of its components, and then its promise is settled: there is no buffer.
 * - A process of ours takes from the program only for somebody who has asked, and of a message it has begun it takes all. One that was taken for somebody who
 *   has turned away meanwhile is kept for the next who asks: none is lost, none is given twice.
 * - What was offered is taken back only while no process can know of it; see `SendingPort.withdraw`.
 * - Everything outside happens between slices, or in a service that a process calls.
 */
import { LOOKED_AT } from '../kernel/scheduler/alt.ts'
import { altingAt } from '../kernel/scheduler/channel.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import { EMPTY, HOST, INPUT, OUTPUT, READER, READY, REMOTE, WRITER } from '../kernel/scheduler/state.ts'
import type { Channel, Process } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { abortReason, onAbort } from './abort.ts'
import { startReceiver, startSender } from './end-processes.ts'
import type { Alerted, Offers, Takes } from './end-processes.ts'
import type { Gathering, MessageCodec } from './messages.ts'
import { Line } from './line.ts'
import type { Queued } from './line.ts'
import { OutsideError, ValueError } from './outside-error.ts'
import { Misfit } from './misfit.ts'

/** What the ends need of the run that they belong to. */
export interface EndsOwner {
  readonly kernel: Kernel
  /** Something has become runnable: make the driver look. */
  readonly poke: () => void
}

/** How a run has ended, as those are told it who would send and receive. */
export interface Finish {
  /** Why the program did not end well: for all who still wait. */
  readonly error?: Error
  /** It was stopped from outside. */
  readonly stopped?: boolean
}

interface Sending extends Queued {
  readonly components: readonly Value[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  unlisten: (() => void) | undefined
  /** It is to be taken back, for this reason, as soon as that is certain not to be seen. */
  aborted: Error | undefined
}

/** Somebody who has asked for a message. */
export interface Receiving extends Queued {
  readonly resolve: (result: Received) => void
  readonly reject: (error: Error) => void
  /** Set while it waits. */
  unlisten?: (() => void) | undefined
}

/** A message, or the end of all messages. */
export type Received = { readonly done: false; readonly value: unknown } | { readonly done: true }

/** What a port of either direction is. */
abstract class Port {
  closed = false
  protected finished: Finish | undefined
  protected abstract readonly process: Process
  protected abstract readonly verb: 'send' | 'receive'

  constructor(
    /** `in`, `a[2]` */
    readonly name: string,
    readonly channel: Channel,
    protected readonly codec: MessageCodec,
    protected readonly owner: EndsOwner,
  ) {}

  /** The program has done its part of a communication, and our process has not run since. */
  protected get hasCommunicated(): boolean {
    return this.process.state === READY && this.process.frame.pc === 1
  }

  protected wake(): void {
    this.owner.kernel.wake(this.process, 0)
    this.owner.poke()
  }

  /** What those are told who would send or receive after the end of the program, or of this end. */
  over(): Error {
    if (this.finished === undefined)
      return new OutsideError('R0706', `channel ${this.name} was closed from outside by end ()`, `${this.verb} before you close it`)
    if (this.finished.error !== undefined) return this.finished.error
    const nobody = `and nobody is at channel ${this.name} any more`
    return this.finished.stopped === true
      ? new OutsideError('R0708', `the program was stopped, ${nobody}`, 'wait for what is under way before you stop it')
      : new OutsideError('R0707', `the program has ended, ${nobody}`, 'look at `run.ended` for how it ended')
  }

  /** @returns whether a process of the program waits for this end, and somebody outside can still do something about that */
  abstract get awaited(): boolean
}

/** The outside of a channel that the program inputs from. */
export class SendingPort extends Port implements Offers {
  protected readonly process: Process
  protected readonly verb = 'send'
  private readonly queue = new Line<Sending>()
  /** Components of the first message that were taken. */
  private at = 0
  /** Set when a component is offered. */
  alerted: Alerted | undefined
  private aborting = false

  constructor(name: string, channel: Channel, codec: MessageCodec, owner: EndsOwner) {
    super(name, channel, codec, owner)
    this.process = startSender(owner.kernel, channel, this)
  }

  /** @returns when the program has taken the message. @throws ValueError, OutsideError R0706, R0707, the reason of the signal (as a rejection) */
  async send(value: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortReason(signal)
    if (this.finished !== undefined || this.closed) throw this.over()
    const components = this.encode(value)
    await new Promise<void>((resolve, reject) => {
      const sending: Sending = { components, resolve, reject, unlisten: undefined, aborted: undefined, gone: false }
      sending.unlisten = onAbort(signal, (reason) => {
        this.turnAway(sending, reason)
      })
      this.queue.push(sending)
      if (this.queue.length === 1) this.wake()
    })
  }

  private encode(value: unknown): Value[] {
    try {
      return this.codec.encode(value)
    } catch (error) {
      if (error instanceof Misfit) throw new ValueError('R0705', `channel ${this.name}`, error.part, error.expected, error.got)
      throw error
    }
  }

  /** Nothing more is sent: what is on its way is still offered. */
  end(): void {
    this.closed = true
    this.owner.poke()
  }

  /** @returns the component to offer now */
  component(): Value | undefined {
    return this.queue.first?.components[this.at]
  }

  /** The program has taken what was offered. */
  taken(): void {
    const { first } = this.queue
    if (first === undefined || ++this.at < first.components.length) return
    this.at = 0
    this.queue.remove(first)
    first.unlisten?.()
    first.resolve()
  }

  /** A sender has turned away. */
  private turnAway(sending: Sending, reason: Error): void {
    sending.aborted = reason
    if (this.queue.first === sending) this.withdraw()
    else this.reject(sending, reason)
  }

  /**
   * Takes the first message back if its sender has turned away, as soon as it is certain that nobody knows of it: a process that was woken by it must have
   * chosen another guard; one that has looked at it (`??`), or has taken a part of it, gets it.
   */
  private withdraw(): void {
    this.aborting = false
    const { first } = this.queue
    if (first?.aborted === undefined) return
    const isOffered = this.at > 0 || this.process.state !== HOST
    if (isOffered && !this.takeBack()) {
      this.aborting = true
      return
    }
    this.reject(first, first.aborted)
    if (this.queue.length > 0) this.wake()
  }

  /** Takes back what is offered. @returns whether nobody knows of it */
  private takeBack(): boolean {
    const { channel: c, process: p, alerted } = this
    if (this.at > 0) return false
    if (p.state === READY) return p.frame.pc === 0 // it was woken and has not offered it yet; else it was taken, and ours has not gone on since
    if (p.state !== OUTPUT || c.state !== WRITER || c.waiting !== p || c.altSerial === LOOKED_AT) return false
    if (alerted !== undefined) {
      const { process, altSerial } = alerted
      if (process.altSerial === altSerial && process.selected >= 0) return false // it has not decided
    }
    c.state = EMPTY
    c.waiting = null
    p.frame.pc = 0
    p.state = HOST
    p.value = 0
    return true
  }

  private reject(sending: Sending, reason: Error): void {
    this.queue.remove(sending)
    sending.unlisten?.()
    sending.reject(reason)
  }

  /** A slice has ended. */
  poll(): void {
    if (this.aborting) this.withdraw()
  }

  get awaited(): boolean {
    if (this.closed && this.queue.length === 0) return false
    const { channel: c } = this
    return c.state === REMOTE || c.state === READER || altingAt(c) !== null
  }

  finish(finish: Finish): void {
    if (this.hasCommunicated) this.taken()
    this.finished = finish
    for (let { first } = this.queue; first !== undefined; first = this.queue.first) this.reject(first, this.over())
  }
}

/** The outside of a channel that the program outputs on. */
export class ReceivingPort extends Port implements Takes {
  protected readonly process: Process
  protected readonly verb = 'receive'
  private readonly waiting = new Line<Receiving>()
  /** Messages that were taken for somebody who has turned away since. */
  private readonly kept: unknown[] = []
  private gathering: Gathering | undefined

  constructor(name: string, channel: Channel, codec: MessageCodec, owner: EndsOwner) {
    super(name, channel, codec, owner)
    this.process = startReceiver(owner.kernel, channel, this)
  }

  /**
   * Asks for the next message.
   * @param receiving gets it, or that there will be none since the program has ended, or the error that the program has ended with, OutsideError R0706, or the
   *   reason of the signal
   */
  ask(receiving: Receiving, signal: AbortSignal | undefined): void {
    const { resolve, reject } = receiving
    if (signal?.aborted === true) reject(abortReason(signal))
    else if (this.kept.length > 0) resolve({ done: false, value: this.kept.shift() })
    else if (this.finished?.error !== undefined) reject(this.finished.error)
    else if (this.finished !== undefined) resolve({ done: true })
    else if (this.closed) reject(this.over())
    else {
      receiving.unlisten = onAbort(signal, (reason) => {
        this.turnAway(receiving)
        reject(reason)
      })
      this.waiting.push(receiving)
      if (this.waiting.length === 1) this.wake()
    }
  }

  /** Somebody who has asked wants it no more, and is told nothing. */
  turnAway(receiving: Receiving): void {
    if (!this.waiting.remove(receiving)) return
    receiving.unlisten?.()
    if (this.waiting.length > 0 || this.gathering !== undefined) return
    const { channel: c, process: p } = this
    if (p.state !== INPUT || c.state !== READER || c.waiting !== p) return // what it has taken already is kept
    c.state = EMPTY
    c.waiting = null
    p.frame.pc = 0
    p.state = HOST
    p.value = 0
  }

  end(): void {
    this.closed = true
    for (let receiving = this.waiting.first; receiving !== undefined; receiving = this.waiting.first) {
      this.turnAway(receiving)
      receiving.resolve({ done: true })
    }
    this.owner.poke()
  }

  /** Whether something is to be taken. */
  get wants(): boolean {
    return this.waiting.length > 0 || this.gathering !== undefined
  }

  /** A component was taken. */
  took(component: Value): void {
    this.gathering ??= this.codec.gather()
    const whole = this.gathering.add(component)
    if (whole === undefined) return
    this.gathering = undefined
    const receiving = this.waiting.first
    if (receiving === undefined) {
      this.kept.push(whole.message)
      return
    }
    this.waiting.remove(receiving)
    receiving.unlisten?.()
    receiving.resolve({ done: false, value: whole.message })
  }

  get awaited(): boolean {
    return !this.closed && this.channel.state === WRITER
  }

  finish(finish: Finish): void {
    if (this.hasCommunicated) this.took(this.process.value as Value) // it was taken from a channel
    this.finished = finish
    for (let receiving = this.waiting.first; receiving !== undefined; receiving = this.waiting.first) {
      this.waiting.remove(receiving)
      receiving.unlisten?.()
      if (finish.error === undefined) receiving.resolve({ done: true })
      else receiving.reject(finish.error)
    }
  }
}
