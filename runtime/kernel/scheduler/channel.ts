/**
 * The rendezvous: how a process outputs to a channel and inputs from one. What the states of a channel mean is said in state.ts.
 *
 * Invariant: a process woken by a communication is READY with the value taken in `process.value`.
 */
import { Fault } from './fault.ts'
import * as state from './state.ts'
import type { Channel, Process } from './state.ts'
import type { TypedArray, Value } from './value.ts'

/** Constants of this module, because V8 takes their values for granted and looks an imported binding up at every use (decision 0002). */
const { ALT, ALTING, EMPTY, INPUT, OUTPUT, READER, READY, REMOTE, WRITER } = state

/** Makes `p` run again. The caller has taken it out of wherever it waited. */
export function ready(p: Process): void {
  p.state = READY
  p.queue.push(p)
}

/**
 * Outputs a scalar, or a reference that is moved.
 * Protocol: the caller has stored `frame.pc` of the point after the output.
 * @returns true when the reader has it; false when `p` is blocked until it does.
 */
export function put(p: Process, c: Channel, v: Value): boolean {
  if (c.state === READER) {
    const r = c.waiting as Process // READER: somebody waits
    c.state = EMPTY
    r.value = v
    ready(r)
    return true
  }
  return offer(p, c, v)
}

/** Outputs an array; as `put`. A reader that waits already gets a copy, since the writer goes on at once. */
export function putArray(p: Process, c: Channel, v: TypedArray): boolean {
  if (c.state === READER) {
    const r = c.waiting as Process // READER: somebody waits
    c.state = EMPTY
    r.value = v.slice()
    ready(r)
    return true
  }
  return offer(p, c, v)
}

/** The rest of `put`: no reader waits in an input. */
function offer(p: Process, c: Channel, v: Value): boolean {
  if (c.state === REMOTE) return p.kernel.links.output(p, c, v)
  if (c.state === WRITER) usedTwice(p, c.waiting)
  const alting = c.waiting
  if (c.state === ALTING && alting !== null && alting.altSerial === c.altSerial) {
    const guard = c.value as number // ALTING: the guard's number
    if (alting.state === ALT) {
      alting.selected = guard
      ready(alting)
    } else if (alting.selected > guard && alting.kernel.isPri(alting)) {
      alting.selected = guard // woken already, but not run: the earlier guard wins in a PRI ALT
    }
  }
  c.state = WRITER
  c.waiting = p
  c.value = v
  p.value = c
  p.state = OUTPUT
  const { ticket } = c
  if (ticket !== null) ticket.set.offered(ticket.guard)
  return false
}

/** Raises the fault of two processes at one end of a channel. @param other the one that was there first */
export function usedTwice(p: Process, other: Process | null): never {
  throw new Fault('R0109', undefined, -1, [], other === null || other === p ? [] : [other])
}

/** @returns the process that waits in an ALT for a writer at this channel, which is here */
export function altingAt(c: Channel): Process | null {
  const { state, waiting, ticket } = c
  if (state === ALTING && waiting !== null && waiting.state === ALT && waiting.altSerial === c.altSerial) return waiting
  return ticket !== null && ticket.set.waits ? ticket.set.process : null
}

/** Makes sure that no other process waits at the reading end of a channel. */
export function requireReader(p: Process, c: Channel): void {
  const other = c.state === READER ? c.waiting : altingAt(c)
  if (other !== null && other !== p) usedTwice(p, other)
  const { ticket } = c
  if (ticket !== null && ticket.set.process !== p) dropTicket(c) // that one has to look who waits here when it comes again
}

/** Takes the channel out of the set of guards that it is in. */
export function dropTicket(c: Channel): void {
  if (c.ticket === null) return
  c.ticket.set.stale = true
  c.ticket = null
}

/**
 * Inputs one component of a message.
 * Protocol: the caller has stored `frame.pc` of the point after the input; there the value is in `p.value`.
 * @returns true when it is there; false when `p` is blocked until it is.
 */
export function take(p: Process, c: Channel): boolean {
  if (c.state === WRITER) {
    const w = c.waiting as Process // WRITER: somebody waits
    p.value = c.value
    c.state = EMPTY
    ready(w)
    return true
  }
  if (c.state === REMOTE) {
    p.kernel.links.input(p, c)
    return false
  }
  if (c.ticket !== null || (c.state !== EMPTY && c.waiting !== p)) requireReader(p, c)
  c.state = READER
  c.waiting = p
  p.value = c
  p.state = INPUT
  return false
}
