/**
 * The processes at ends of channels that are held outside, written in the form of generated code, as those of the console are (host/console.ts). They wait in
 * state HOST until somebody outside wants something of them.
 */
import { altingAt, put, take } from '../kernel/scheduler/channel.ts'
import { meter, preempt } from '../kernel/scheduler/kernel.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import { ALTING, Frame, HOST, NO_CHANNEL, WRITER } from '../kernel/scheduler/state.ts'
import type { Channel, Process } from '../kernel/scheduler/state.ts'
import { OUTSIDE, unit } from '../kernel/scheduler/unit.ts'
import type { Value } from '../kernel/scheduler/value.ts'

/** What a process offers that sends. */
export interface Offers {
  /** Set when a component is offered: who may have been woken by it. */
  alerted: Alerted | undefined
  /** @returns the component to offer now; undefined when there is none */
  component(): Value | undefined
  /** The program has taken what was offered. */
  taken(): void
}

/** What a process takes that receives. */
export interface Takes {
  /** Whether something is to be taken. */
  readonly wants: boolean
  /** A component was taken. @param component perhaps in memory that is the program's: it is read at once */
  took(component: Value): void
}

/** `altSerial` of a channel with an offer that no process has looked at; see `LOOKED_AT`. */
const NOT_LOOKED_AT = 0

/** Offers the components of messages. */
class Sender extends Frame {
  constructor(
    public out: Channel,
    public port: Offers | null,
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
    public port: Takes | null,
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

/** @returns a process that offers what `port` has, on a channel */
export function startSender(kernel: Kernel, channel: Channel, port: Offers): Process {
  return kernel.start(new Sender(channel, port))
}

/** @returns a process that takes what `port` wants, from a channel */
export function startReceiver(kernel: Kernel, channel: Channel, port: Takes): Process {
  return kernel.start(new Receiver(channel, port))
}

/** A process that was woken by an offer, or may have been, and has not decided yet. */
export interface Alerted {
  readonly process: Process
  readonly altSerial: number
}

/** @returns the process in an ALT that hears of what is offered at a channel now */
function alertedBy(c: Channel): Alerted | undefined {
  const process = altingAt(c) ?? (c.state === ALTING && c.waiting?.altSerial === c.altSerial ? c.waiting : (c.ticket?.set.process ?? null))
  return process === null ? undefined : { process, altSerial: process.altSerial }
}
