/**
 * Channels and the rendezvous.
 *
 * A channel is a meeting place of one writer and one reader. Its home is where its reading end is; elsewhere a channel is REMOTE.
 *
 * Invariants
 * - EMPTY: nobody waits; `waiting` means nothing.
 * - WRITER: `waiting` is blocked in an output (state OUTPUT), its offer is `value`. An array on offer is the writer's own view: the writer
 *   does not run before it was taken, and who takes it copies out of it before its own next suspension.
 * - READER: `waiting` is blocked in an input (state INPUT).
 * - ALTING: `waiting` had guard number `value` of its ALT number `altSerial` enabled here. It holds only while `waiting.altSerial === altSerial`
 *   and `waiting` is in state ALT, or READY with `selected >= 0`; otherwise the channel is as good as EMPTY.
 * - One process waits at an end at a time. The compiler sees to that, unless `#PRAGMA SHARED` keeps it from looking; then it is a fault.
 * - REMOTE: the home is elsewhere; everything goes through `kernel.links`.
 * - A process woken by a communication is READY with the value taken in `process.value`.
 */
import { Fault } from './fault.ts'
import { ALT, INPUT, OUTPUT, READY } from './process.ts'
import type { Process } from './process.ts'
import type { Scalar, TypedArray, Value } from './value.ts'

export const EMPTY = 0
export const WRITER = 1
export const READER = 2
export const ALTING = 3
export const REMOTE = 4

export type ChannelState = typeof EMPTY | typeof WRITER | typeof READER | typeof ALTING | typeof REMOTE

let births = 0

/** @returns a number greater than any before: which of two things is older matters to links/link-table.ts */
export function birth(): number {
  return ++births
}

/** @returns the number before `n` consecutive ones that nothing else gets */
export function reserveBirths(n: number): number {
  const before = births
  births += n
  return before
}

export class Channel {
  state: ChannelState = EMPTY
  waiting: Process | null = null
  value: Value = 0
  altSerial = 0
  /** What other nodes know this channel by, and where its home is; its birth while only this node knows it. Owned by links/link-table.ts. */
  link: object | number = birth()
}

/** Stands in blank frames for a channel that is not there yet. Nothing communicates over it. */
export const NO_CHANNEL = new Channel()

/** Makes `p` run again. The caller has taken it out of wherever it waited. */
export function ready(p: Process): void {
  p.state = READY
  p.queue.push(p)
}

/**
 * Outputs a scalar.
 * Protocol: the caller has stored `frame.pc` of the point after the output.
 * @returns true when the reader has it; false when `p` is blocked until it does.
 */
export function put(p: Process, c: Channel, v: Scalar): boolean {
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
  if (c.state === REMOTE) {
    p.kernel.links.output(p, c, v)
    return false
  }
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
  return false
}

/** Raises the fault of two processes at one end of a channel. @param other the one that was there first */
export function usedTwice(p: Process, other: Process | null): never {
  throw new Fault('R0109', undefined, -1, [], other === null || other === p ? [] : [other])
}

/** Makes sure that no other process waits at the reading end of a channel. */
export function requireReader(p: Process, c: Channel): void {
  const other = c.waiting
  if (other === null) return
  const alting = c.state === ALTING && other.state === ALT && other.altSerial === c.altSerial
  if (c.state === READER || alting) usedTwice(p, other)
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
  if (c.state !== EMPTY && c.waiting !== p) requireReader(p, c)
  c.state = READER
  c.waiting = p
  p.value = c
  p.state = INPUT
  return false
}
