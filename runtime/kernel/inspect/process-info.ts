/**
 * What can be told of a process: its state in words, where it is in the `.csp` text, its frames and their values.
 *
 * It reads suspended processes. Of a process that failed, the frames hold what was last spilled; the values that matter are in its `Fault`.
 */
import {
  Channel,
  NO_CHANNEL,
  REMOTE,
  ALT,
  ENDED,
  GONE,
  HOST,
  HostCall,
  INPUT,
  JOIN,
  MONITOR,
  OUTPUT,
  READY,
  SUSPENDED,
  TIMER,
  liveSlots,
} from '../scheduler/state.ts'
import { altingAt } from '../scheduler/channel.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { channelAt, fieldsOfEnd, isEnd } from '../scheduler/ends.ts'
import { Mobile } from '../scheduler/mobile.ts'
import type { Monitor } from '../scheduler/monitor.ts'
import { ChannelLink, isOurs, Stub } from '../links/objects.ts'
import { branchesOf, parentOf, pathOf, rootFrame } from './paths.ts'
import type { Frame, Process, ProcessState } from '../scheduler/state.ts'
import { isOfHost } from '../scheduler/unit.ts'
import { fieldsOf, isChannel, isChannels, isScalar } from '../snapshot/schema.ts'
import type { Reference, SlotType, Value } from '../scheduler/value.ts'

/** A place in the `.csp` text. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly text: string
}

export interface CallLevel {
  readonly machine: string
  readonly unit: string
  readonly hash: string
  readonly place: SourcePosition | undefined
}

const words = ['ready', 'output', 'input', 'alt', 'timer', 'join', 'host', 'ended', 'away', 'queue', 'suspended'] as const satisfies Record<
  ProcessState,
  string
>
export type StateWord = (typeof words)[number]

export const wordOf = (state: ProcessState): StateWord => words[state]

export interface ProcessInfo {
  readonly process: Process
  readonly path: string
  readonly state: StateWord
  /** `waits to output on out`, `waits for the time 1500`, ... */
  readonly words: string
  readonly place: SourcePosition | undefined
  /** The slot of the channel it waits on, when it has one. */
  readonly slot: string | undefined
  readonly priority: number
}

export interface LiveValue {
  readonly name: string
  readonly value: Value
}

/** All processes of the program here, parents before branches. Those of the host are left out unless asked for. */
export function processes(kernel: Kernel, withHost = false): Process[] {
  return [...walkProcesses(kernel, withHost)]
}

/** As `processes`, one after the other. Programs may run between two: a process is looked at when its turn has come. */
export function* walkProcesses(kernel: Kernel, withHost = false): Generator<Process, void, void> {
  const stack = [...kernel.roots].reverse()
  for (let p = stack.pop(); p !== undefined; p = stack.pop()) {
    if (p.state === ENDED || p.state === GONE || isOurs(p.frame)) continue
    if (!withHost && isOfHost(rootFrame(p).machine.unit)) continue
    yield p
    const branches = branchesOf(p)
    for (let i = branches.length - 1; i >= 0; i--) stack.push(branches[i] as Process) // i < length
  }
}

/** Where the text has the point at which a frame waits. */
export function placeOf(frame: Frame): SourcePosition | undefined {
  const { unit, index } = frame.machine
  const point = unit.debug?.machines[index]?.points[frame.pc]
  if (unit.debug === undefined || point === undefined) return undefined
  const [file, line, column, text] = point
  return { file: unit.debug.files[file] ?? unit.debug.name, line, column, text }
}

/** Guards of an ALT that are named; of a wider one it is said how many more there are. */
export const GUARDS_NAMED = 8

/** What a process does, in words. */
export function describe(p: Process): ProcessInfo {
  const c = p.value instanceof Channel ? p.value : undefined
  const slot = c === undefined || (p.state !== INPUT && p.state !== OUTPUT) ? undefined : slotOf(p.frame, c)
  return {
    process: p,
    path: pathOf(p),
    state: words[p.state],
    words: inWords(p, slot),
    place: placeOf(p.frame),
    slot,
    priority: p.priority,
  }
}

function inWords(p: Process, slot: string | undefined): string {
  switch (p.state) {
    case READY:
      return 'is ready to run'
    case OUTPUT:
      return `waits to output on ${slot ?? 'a channel'}`
    case INPUT:
      return `waits to input from ${slot ?? 'a channel'}`
    case ALT: {
      const channels = enabled(p)
      const guards = channels.slice(0, GUARDS_NAMED).flatMap((c) => slotOf(p.frame, c) ?? [])
      const more = channels.length > GUARDS_NAMED ? ` and ${channels.length - GUARDS_NAMED} more` : ''
      return guards.length === 0 ? 'waits in an ALT' : `waits in an ALT for ${guards.join(', ')}${more}`
    }
    case TIMER:
      return `waits for the time ${p.value as number}` // TIMER
    case JOIN: {
      const branches = branchesOf(p)
      const running = branches.filter(({ state }) => state !== ENDED).length
      return `waits for ${running} of ${branches.length} branches`
    }
    case HOST:
      return `waits for the host${p.value instanceof HostCall ? ` to do ${p.value.service}` : ''}`
    case ENDED:
      return 'has ended'
    case GONE:
      return 'is on another node'
    case MONITOR:
      return monitorWords(p)
    case SUSPENDED:
      return 'is suspended until it is run again'
  }
}

function monitorWords(p: Process): string {
  const m = p.value as Monitor // MONITOR
  const name = heldAs(p.frame, m)
  const what = name === undefined ? '' : ` ${name}`
  if (m.role === undefined) return `waits at${what === '' ? ' something' : what}, which is on another node`
  return `waits in ${m.role.words}${what}`
}

/** @returns what a frame calls a monitor */
function heldAs(frame: Frame, m: Monitor): string | undefined {
  const fields = fieldsOf(frame)
  const holds = (v: unknown): boolean => v === m || (v instanceof Mobile && v.parts.includes(m))
  const slot = frame.machine.slots.findIndex(([field, type]) => (type === 'monitor' || type === 'mobile') && holds(fields[field]))
  return slot < 0 ? undefined : slotName(frame.machine, slot)
}

/** The channels of the guards that a process waits at. */
export function enabled(p: Process): Channel[] {
  if (p.state !== ALT) return []
  const result = new Set<Channel>()
  eachChannel(p.frame, (channel) => {
    const { link } = channel
    const local = channel.state !== REMOTE && altingAt(channel) === p
    const remote = channel.state === REMOTE && link instanceof ChannelLink && link.reader === p && link.readerSerial === p.altSerial
    if (local || remote) result.add(channel)
  })
  return [...result]
}

/** What the text calls a slot; its field's name where that is not known. */
function slotName({ unit, index, slots }: Frame['machine'], slot: number): string {
  return unit.debug?.machines[index]?.slots?.[slot] ?? slots[slot]?.[0] ?? ''
}

/** A slot of a frame that holds a channel. */
export interface ChannelSlot {
  /** As in the text: `in`, `c[3]`. */
  readonly name: string
  readonly slot: number
  readonly type: SlotType
  readonly channel: Channel
}

/** What the text calls a channel in a slot: `in`, `c[3]`, `x[req]`. @param part as `eachChannel` has it */
export function channelName({ machine }: Frame, slot: number, part: string): string {
  return slotName(machine, slot) + part
}

/** Is given a channel, its slot, what is done at it as far as that is known, and which part of the slot it is: ``, `[3]`, `[req]`. */
type VisitChannel = (channel: Channel, slot: number, type: SlotType, part: string) => void

/** Visits the channels in the slots of a frame, those of ends among them. */
export function eachChannel(frame: Frame, visit: VisitChannel): void {
  const fields = fieldsOf(frame)
  frame.machine.slots.forEach(([field, type], slot) => {
    const v = fields[field]
    if (isChannel(type) && v instanceof Channel && v !== NO_CHANNEL) visit(v, slot, type, '')
    else if (isChannels(type) && Array.isArray(v)) {
      const list = v as Channel[] // slot type
      list.forEach((channel, i) => {
        if (channel !== NO_CHANNEL) visit(channel, slot, type, `[${i}]`)
      })
    } else if (type === 'mobile' && v instanceof Mobile) eachField(v, slot, '', visit)
    else if (type === 'mobiles' && Array.isArray(v)) eachFieldOf(v as Reference[], slot, '', visit) // slot type
  })
}

/** Visits the channels of the ends in a mobile. */
function eachField(m: Mobile, slot: number, part: string, visit: VisitChannel): void {
  if (!isEnd(m)) {
    eachFieldOf(m.parts, slot, part, visit)
    return
  }
  fieldsOfEnd(m).forEach(({ name, direction }, i) => {
    const channel = channelAt(m, i)
    if (channel !== undefined && channel !== NO_CHANNEL) visit(channel, slot, `chan${direction}`, `${part}[${name}]`)
  })
}

function eachFieldOf(parts: readonly Reference[], slot: number, part: string, visit: VisitChannel): void {
  parts.forEach((each, i) => {
    if (each instanceof Mobile) eachField(each, slot, `${part}[${i}]`, visit)
  })
}

/** The channels in the slots of a frame, with their names. */
export function slotsWithChannels(frame: Frame): ChannelSlot[] {
  const result: ChannelSlot[] = []
  eachChannel(frame, (channel, slot, type, part) => {
    result.push({ name: channelName(frame, slot, part), slot, type, channel })
  })
  return result
}

/** @returns what a frame calls a channel */
function slotOf(frame: Frame, c: Channel): string | undefined {
  const fields = fieldsOf(frame)
  const { slots } = frame.machine
  for (let slot = 0; slot < slots.length; slot++) {
    const [field, type] = slots[slot] as readonly [string, SlotType] // slot < length
    const v = fields[field]
    if (v === c && isChannel(type)) return slotName(frame.machine, slot)
    const subscript = isChannels(type) && Array.isArray(v) ? v.indexOf(c) : -1
    if (subscript >= 0) return `${slotName(frame.machine, slot)}[${subscript}]`
  }
  return fieldHolding(frame, c)
}

/** @returns what a frame calls a channel that is a field of an end: `x[req]` */
function fieldHolding(frame: Frame, c: Channel): string | undefined {
  if (!frame.machine.slots.some(([, type]) => type === 'mobile' || type === 'mobiles')) return undefined
  let found: string | undefined
  eachChannel(frame, (channel, slot, _type, part) => {
    if (channel === c) found ??= channelName(frame, slot, part)
  })
  return found
}

/** A channel as the routine that declared it calls it. */
export interface ChannelOrigin {
  /** `c[3]` */
  readonly name: string
  /** `main` */
  readonly routine: string
  /** The process waits in that very activation. */
  readonly here: boolean
  /** Where it was given to a branch. */
  readonly line?: number
}

/**
 * @returns what a channel is called in the outermost activation that still holds it, through callers and the parents that are on this node.
 * An activation that waits for its branches may hold it no more: then what it gave them, as its text has it.
 */
export function originOf(p: Process, channel: Channel): ChannelOrigin | undefined {
  let origin: ChannelOrigin | undefined
  /** What the root frame of `at` calls it. */
  let named: string | undefined
  for (let at: Process | undefined = p; at !== undefined; at = parentOf(at)) {
    if (at.frame.caller !== null) named = undefined // the text of the branches belongs to another activation than the root
    for (let f: Frame | null = at.frame; f !== null; f = f.caller) {
      const slot = isOfHost(f.machine.unit) ? undefined : slotOf(f, channel)
      if (slot === undefined) continue
      origin = { name: slot, routine: routineOf(f), here: f === p.frame }
      if (f.caller === null) named = slot
    }
    const given = named === undefined ? undefined : givenTo(at, named)
    if (given !== undefined) origin = given
    named = given?.name
  }
  return origin
}

/** @returns what the parent of a branch gave it for the formal `name`, which may have a subscript; undefined where that is not known */
function givenTo({ join, index }: Process, name: string): ChannelOrigin | undefined {
  if (join === null || join.link instanceof Stub) return undefined
  const { frame } = join.parent
  const { unit, index: machine } = frame.machine
  const label = join.label(index)
  const found = unit.debug?.machines[machine]?.branches?.find(([pc, of]) => pc === frame.pc && of === label)
  const [, formal = '', subscript = ''] = /^([^[]*)(.*)$/s.exec(name) ?? []
  const actual = found?.[3][formal]
  return found === undefined || actual === undefined
    ? undefined
    : { name: actual + subscript, routine: routineOf(frame), here: false, line: found[2] }
}

/** @returns what the text calls the routine of a frame */
function routineOf({ machine: { unit, index, name } }: Frame): string {
  return withoutBranch(unit.debug?.machines[index]?.name ?? name)
}

/** A branch that is no call is a routine of its own, `main.par.2`: in the text it is part of the one that it stands in. */
function withoutBranch(routine: string): string {
  return routine.replace(/(?:\.par\.\d+)+$/, '')
}

/** @returns the channels that a process waits at */
export function waitedFor(p: Process): Channel[] {
  return (p.state === INPUT || p.state === OUTPUT) && p.value instanceof Channel ? [p.value] : enabled(p)
}

/** Activations of routines that are listed of one process. */
export const MOST_LEVELS = 100

/** The innermost frames of a process, innermost first. */
export function callStack(p: Process): CallLevel[] {
  const result: CallLevel[] = []
  for (let f: Frame | null = p.frame; f !== null && result.length < MOST_LEVELS; f = f.caller) {
    const { machine } = f
    result.push({ machine: machine.name, unit: machine.unit.name, hash: machine.unit.hash, place: placeOf(f) })
  }
  return result
}

/** @returns how many activations of routines a process has */
export function depthOf(p: Process): number {
  let depth = 0
  for (let f: Frame | null = p.frame; f !== null; f = f.caller) depth++
  return depth
}

/** The values of the variables that are live where a frame is suspended: scalars, arrays, and mobiles that have something. */
export function liveVariables(frame: Frame): LiveValue[] {
  const fields = fieldsOf(frame)
  return liveSlots(frame.machine, frame.pc).flatMap((slot) => {
    const [field, type] = frame.machine.slots[slot] ?? ['', 'chan']
    const value = fields[field]
    if (!isScalar(type) && !ArrayBuffer.isView(value) && !(value instanceof Mobile)) return []
    return [{ name: slotName(frame.machine, slot), value: value as Value }] // slot type
  })
}

/** The values of the scalars that are live where a frame is suspended. */
export function liveValues(frame: Frame): LiveValue[] {
  const fields = fieldsOf(frame)
  return liveSlots(frame.machine, frame.pc).flatMap((slot) => {
    const [name, type] = frame.machine.slots[slot] ?? ['', 'chan']
    return !isScalar(type) ? [] : [{ name: slotName(frame.machine, slot), value: fields[name] as Value }] // slot type
  })
}
