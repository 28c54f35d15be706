/**
 * The ends of a program's channels that are held outside: by TypeScript, which sends and receives.
 *
 * At the other end of each such channel is a process of ours, written in the form of generated code, as those of the console are (host/console.ts). It
 * waits in state HOST until somebody outside wants something of it.
 *
 * Invariants
 * - A message leaves the queue of its end when the program has taken the last of its components, and then its promise is settled: there is no buffer.
 * - A process of ours takes from the program only for somebody who has asked, and of a message it has begun it takes all. One that was taken for somebody who
 *   has turned away meanwhile is kept for the next who asks: none is lost, none is given twice.
 * - What was offered is taken back only while no process can know of it; see `SendingPort.withdraw`.
 * - Everything outside happens between slices, or in a service that a process calls.
 */
import { altingAt, put, take } from '../kernel/scheduler/channel.ts'
import { LOOKED_AT } from '../kernel/scheduler/alt.ts'
import { meter, preempt } from '../kernel/scheduler/kernel.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import { ALTING, EMPTY, Frame, HOST, INPUT, NO_CHANNEL, OUTPUT, READER, READY, REMOTE, WRITER } from '../kernel/scheduler/state.ts'
import type { Process, Channel } from '../kernel/scheduler/state.ts'
import { OUTSIDE, unit } from '../kernel/scheduler/unit.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import type { Gathering, MessageCodec } from './messages.ts'
import { OutsideError, ValueError } from './outside-error.ts'
import { Misfit } from './values.ts'

// ------------------------------------------------------------------------------------------------ the processes

/** `altSerial` of a channel with an offer that no process has looked at; see `LOOKED_AT`. */
const NOT_LOOKED_AT = 0

/** Offers the components of messages. */
class Sender extends Frame {
  constructor(
    public out: Channel,
    public port: SendingPort | null,
  ) {
    super(null)
  }
}

function sender(p: Process, f: Sender): boolean {
  for (;;) {
    const { port } = f
    if (port !== null && f.pc === 1) port.taken()
    f.pc = 0
    const component = port?.component()
    if (port === null || component === undefined) {
      p.state = HOST
      return false
    }
    f.pc = 1
    port.alerted = alertedBy(f.out)
    if (!put(p, f.out, component)) {
      if (f.out.state === WRITER) f.out.altSerial = NOT_LOOKED_AT
      return false
    }
    if (--meter.fuel < 0) return preempt(p)
  }
}

/** Takes messages, for those who have asked. */
class Receiver extends Frame {
  constructor(
    public in_: Channel,
    public port: ReceivingPort | null,
  ) {
    super(null)
  }
}

function receiver(p: Process, f: Receiver): boolean {
  for (;;) {
    const { port } = f
    if (port !== null && f.pc === 1) port.took(p.value as Value) // it was taken from a channel
    f.pc = 0
    if (port === null || !port.wants) {
      p.state = HOST
      return false
    }
    f.pc = 1
    if (!take(p, f.in_)) return false
    if (--meter.fuel < 0) {
      port.took(p.value as Value) // likewise
      f.pc = 0
      return preempt(p)
    }
  }
}

/** The processes at the ends that are held outside: code of the runtime itself. */
const OUTSIDE_UNIT = unit({
  name: 'outside',
  machines: [
    { name: 'sender', step: sender, blank: () => new Sender(NO_CHANNEL, null), slots: [['out', 'chan!']], live: [[0], [0]], results: [] },
    {
      name: 'receiver',
      step: receiver,
      blank: () => new Receiver(NO_CHANNEL, null),
      slots: [['in_', 'chan?']],
      live: [[0], [0]],
      results: [],
    },
  ],
})
OUTSIDE_UNIT.hash = OUTSIDE

/** A process that was woken by an offer, or may have been, and has not decided yet. */
interface Alerted {
  readonly process: Process
  readonly altSerial: number
}

/** @returns the process in an ALT that hears of what is offered at a channel now */
function alertedBy(c: Channel): Alerted | undefined {
  const process = altingAt(c) ?? (c.state === ALTING && c.waiting?.altSerial === c.altSerial ? c.waiting : (c.ticket?.set.process ?? null))
  return process === null ? undefined : { process, altSerial: process.altSerial }
}

// ------------------------------------------------------------------------------------------------ the ends

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

interface Sending {
  readonly components: readonly Value[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  unlisten: (() => void) | undefined
  /** It is to be taken back, for this reason, as soon as that is certain not to be seen. */
  aborted: Error | undefined
}

/** Somebody who has asked for a message. */
export interface Receiving {
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

  /** What those are told who would send or receive after the end. */
  over(): Error {
    if (this.finished?.error !== undefined) return this.finished.error
    const nobody = `and nobody is at channel ${this.name} any more`
    return this.finished?.stopped === true
      ? new OutsideError('R0708', `the program was stopped, ${nobody}`, 'wait for what is under way before you stop it')
      : new OutsideError('R0707', `the program has ended, ${nobody}`, 'look at `run.ended` for how it ended')
  }

  protected closedError(verb: 'send' | 'receive'): OutsideError {
    return new OutsideError('R0706', `channel ${this.name} was closed from outside by end ()`, `${verb} before you close it`)
  }

  /** @returns whether a process of the program waits for this end, and somebody outside can still do something about that */
  abstract get awaited(): boolean
}

/** The outside of a channel that the program inputs from. */
export class SendingPort extends Port {
  protected readonly process: Process
  private readonly queue: Sending[] = []
  /** Components of the first message that were taken. */
  private at = 0
  /** Set when a component is offered. */
  alerted: Alerted | undefined
  private aborting = false

  constructor(name: string, channel: Channel, codec: MessageCodec, owner: EndsOwner) {
    super(name, channel, codec, owner)
    this.process = owner.kernel.start(new Sender(channel, this))
  }

  /** @returns when the program has taken the message. @throws ValueError, OutsideError R0706, R0707, the reason of the signal (as a rejection) */
  async send(value: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortReason(signal)
    if (this.finished !== undefined) throw this.over()
    if (this.closed) throw this.closedError('send')
    const components = this.encode(value)
    await new Promise<void>((resolve, reject) => {
      const sending: Sending = { components, resolve, reject, unlisten: undefined, aborted: undefined }
      sending.unlisten = onAbort(signal, (reason) => {
        sending.aborted = reason
        this.withdraw()
      })
      if (this.queue.push(sending) === 1) this.wake()
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
    return this.queue[0]?.components[this.at]
  }

  /** The program has taken what was offered. */
  taken(): void {
    const [first] = this.queue
    if (first === undefined || ++this.at < first.components.length) return
    this.at = 0
    this.queue.shift()
    first.unlisten?.()
    first.resolve()
  }

  /**
   * Takes messages back whose senders have turned away. The one that is offered stays until it is certain that nobody knows of it: a process that was woken
   * by it must have chosen another guard; one that has looked at it (`??`), or has taken a part of it, gets it.
   */
  withdraw(): void {
    this.aborting = false
    const [first] = this.queue
    const isOffered = first !== undefined && (this.at > 0 || this.process.state !== HOST)
    for (let i = this.queue.length - 1; i >= (isOffered ? 1 : 0); i--) {
      const sending = this.queue[i]
      if (sending?.aborted !== undefined) this.reject(i, sending.aborted)
    }
    if (!isOffered || first.aborted === undefined) return
    if (!this.takeBack()) {
      this.aborting = true
      return
    }
    this.reject(0, first.aborted)
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

  private reject(i: number, reason: Error): void {
    const [sending] = this.queue.splice(i, 1)
    sending?.unlisten?.()
    sending?.reject(reason)
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
    while (this.queue.length > 0) this.reject(0, this.over())
  }
}

/** The outside of a channel that the program outputs on. */
export class ReceivingPort extends Port {
  protected readonly process: Process
  private readonly waiting: Receiving[] = []
  /** Messages that were taken for somebody who has turned away since. */
  private readonly kept: unknown[] = []
  private gathering: Gathering | undefined

  constructor(name: string, channel: Channel, codec: MessageCodec, owner: EndsOwner) {
    super(name, channel, codec, owner)
    this.process = owner.kernel.start(new Receiver(channel, this))
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
    else if (this.closed) reject(this.closedError('receive'))
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
    const i = this.waiting.indexOf(receiving)
    if (i < 0) return
    this.waiting.splice(i, 1)
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
    for (const receiving of [...this.waiting]) {
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
    const receiving = this.waiting.shift()
    if (receiving === undefined) {
      this.kept.push(whole.message)
      return
    }
    receiving.unlisten?.()
    receiving.resolve({ done: false, value: whole.message })
  }

  get awaited(): boolean {
    return !this.closed && this.channel.state === WRITER
  }

  finish(finish: Finish): void {
    if (this.hasCommunicated) this.took(this.process.value as Value) // it was taken from a channel
    this.finished = finish
    for (const receiving of this.waiting.splice(0)) {
      receiving.unlisten?.()
      if (finish.error === undefined) receiving.resolve({ done: true })
      else receiving.reject(finish.error)
    }
  }
}

/** @returns the reason of a signal, as an error */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error(String(reason))
}

/** Listens to a signal. @returns what ends that; undefined when there is no signal */
function onAbort(signal: AbortSignal | undefined, aborted: (reason: Error) => void): (() => void) | undefined {
  if (signal === undefined) return undefined
  const listener = (): void => {
    aborted(abortReason(signal))
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => {
    signal.removeEventListener('abort', listener)
  }
}
