/**
 * What of a frame is state: which slots are saved at which resume point, and how they are read from and written into frames.
 *
 * Invariants
 * - A frame suspended at a point is as good as a blank one into which the slots that are `saved` there were written.
 * - Saved are the slots that are live; of a branch's root frame also the arrays it writes for its parent.
 */
import { liveSlots } from '../scheduler/state.ts'
import type { Frame, Machine } from '../scheduler/state.ts'
import type { ElementType, SlotType, TypedArray } from '../scheduler/value.ts'

/** Bugs that tests switch on to show that they would be found. All off. */
export const planted = {
  /** The last live slot of each resume point is left out of snapshots. */
  dropLiveSlot: false,
  /** A process that is blocked in an output is restored without what it offers. */
  forgetOffer: false,
  /** A process that waits in an ALT is restored without its guards. */
  forgetAlt: false,
}

/** @returns the type of the elements of a slot that holds one flat array, lent or not */
export function elementOf(type: SlotType): ElementType | undefined {
  const at = type.indexOf(':')
  if (at < 0) return undefined
  let element = elements.get(type)
  if (element === undefined) elements.set(type, (element = type.slice(at + 1) as ElementType)) // only `array:` and `mobile:` have a colon
  return element
}

const elements = new Map<SlotType, ElementType>()

/** What a slot holds, for those who write and read it: one scalar of a type, or one of these. */
type SlotForm = ElementType | 'view' | 'channel' | 'channels' | 'monitor' | 'monitors' | 'mobile' | 'mobiles'

const forms: Readonly<Record<SlotType, SlotForm>> = {
  bool: 'bool',
  byte: 'byte',
  int: 'int',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  real32: 'real32',
  real64: 'real64',
  'array:bool': 'view',
  'array:byte': 'view',
  'array:int': 'view',
  'array:int16': 'view',
  'array:int32': 'view',
  'array:int64': 'view',
  'array:real32': 'view',
  'array:real64': 'view',
  'mobile:bool': 'view',
  'mobile:byte': 'view',
  'mobile:int': 'view',
  'mobile:int16': 'view',
  'mobile:int32': 'view',
  'mobile:int64': 'view',
  'mobile:real32': 'view',
  'mobile:real64': 'view',
  chan: 'channel',
  'chan?': 'channel',
  'chan!': 'channel',
  chans: 'channels',
  'chans?': 'channels',
  'chans!': 'channels',
  monitor: 'monitor',
  monitors: 'monitors',
  mobile: 'mobile',
  mobiles: 'mobiles',
}

/** @returns what a slot holds: a `view` is one flat array, lent or not */
export function formOf(type: SlotType): SlotForm {
  return forms[type]
}

/** A frame's slots by name. */
export type Fields = Record<string, unknown>

export function fieldsOf(frame: Frame): Fields {
  return frame as unknown as Fields // generated frame classes have one field per slot
}

/** The slots' types by what they hold. */
export const isArray = (type: SlotType): boolean => type.startsWith('array:')
/** One number or truth value. */
export const isScalar = (type: SlotType): boolean => !type.includes(':') && !type.startsWith('chan') && !type.startsWith('mo')
export const isChannels = (type: SlotType): boolean => type.startsWith('chans')
export const isChannel = (type: SlotType): boolean => type.startsWith('chan') && !type.startsWith('chans')

const cache = new WeakMap<Machine, Map<number, readonly number[]>>()

/**
 * The slots that are saved, as indices into `machine.slots`.
 * @param pc a resume point of the machine
 * @param branch whether the frame is the root frame of a branch
 */
export function saved(machine: Machine, pc: number, branch: boolean): readonly number[] {
  let known = cache.get(machine)
  if (known === undefined) cache.set(machine, (known = new Map<number, readonly number[]>()))
  const key = pc * 4 + (branch ? 1 : 0) + (planted.dropLiveSlot ? 2 : 0)
  let result = known.get(key)
  if (result === undefined) known.set(key, (result = select(machine, pc, branch)))
  return result
}

function select(machine: Machine, pc: number, branch: boolean): readonly number[] {
  if (machine.live[pc] === undefined) throw new RangeError(`machine ${machine.name} has no resume point ${pc}`)
  const live = liveSlots(machine, pc)
  const result = planted.dropLiveSlot ? live.slice(0, -1) : [...live]
  if (branch) {
    const has = new Set(live)
    for (const i of lentSlots(machine)) if (!has.has(i)) result.push(i)
  }
  return result
}

/** Slots of the root frame's machine that are arrays a branch writes for its parent. */
export function lentSlots(machine: Machine): readonly number[] {
  let slots = lent.get(machine)
  if (slots === undefined) lent.set(machine, (slots = machine.results.filter((i) => isArray(machine.slots[i]?.[1] ?? 'int'))))
  return slots
}

const lent = new WeakMap<Machine, readonly number[]>()

/** The name of a slot. */
export function slotName(machine: Machine, slot: number): string {
  const entry = machine.slots[slot]
  if (entry === undefined) throw new RangeError(`machine ${machine.name} has no slot ${slot}`)
  return entry[0]
}

/** The arrays a branch writes for its parent, slot by slot. */
export function lentArrays(root: Frame): Map<number, TypedArray> {
  const fields = fieldsOf(root)
  return new Map(lentSlots(root.machine).map((slot) => [slot, fields[slotName(root.machine, slot)] as TypedArray])) // slot type array
}

/** The frames of a process, root first. @param innermost `process.frame` */
export function framesOf(innermost: Frame): Frame[] {
  const frames: Frame[] = []
  for (let f: Frame | null = innermost; f !== null; f = f.caller) frames.push(f)
  return frames.reverse()
}
