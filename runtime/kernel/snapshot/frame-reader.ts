/**
 * Reads frames: slots by the types their machines declare, blank where nothing was saved.
 *
 * Invariants
 * - A slot holds a value of its type; a resume point is one of its machine's; every channel and view is one of the snapshot's.
 * - No code of a unit runs but `blank ()`.
 */
import { NO_MONITOR } from '../scheduler/monitor.ts'
import type { Monitor } from '../scheduler/monitor.ts'
import { NO_CHANNEL } from '../scheduler/state.ts'
import type { Channel, Frame, Machine } from '../scheduler/state.ts'
import { kindOfElement, readValue } from './codec.ts'
import type { ArrayKind, ByteReader } from './codec.ts'
import type { Conversions, MachineConversion } from './conversion.ts'
import { readMobile, readParts } from './mobiles.ts'
import { elementOf, fieldsOf, formOf, lentArrays, lentSlots, saved, slotName } from './schema.ts'
import type { Fields } from './schema.ts'
import { SnapshotError } from './snapshot-error.ts'
import type { Borrowed, ChannelRecord } from './snapshot-format.ts'
import type { ElementType, SlotType, Scalar, TypedArray, Value } from '../scheduler/value.ts'
import { readChanges } from './views.ts'
import type { ViewSource } from './views.ts'

/** A field or element that holds a channel. */
export interface ChannelSite {
  readonly holder: Fields
  readonly key: string | number
}

export interface DecodedChannel {
  /** Changed by who knows better where the channel is: see links/revival.ts. */
  record: ChannelRecord
  channel: Channel
  /** Where it stands in frames, for channels that may be known here already. */
  readonly places: ChannelSite[]
}

export interface DecodedMonitor {
  /** Undefined for one that is in the snapshot itself. */
  /** Changed by who knows better where the monitor is: see links/revival.ts. */
  away: { readonly id: number; readonly version: number; readonly hint: number } | undefined
  monitor: Monitor
  /** Where it stands in frames, and the processes that wait at it (by `value`). */
  readonly places: ChannelSite[]
}

/** A frame's machine before it became another one. */
interface Origin {
  readonly machine: Machine
  readonly conversion: MachineConversion
}

function sharedName(conversion: MachineConversion, slot: number): string | undefined {
  return 'refusal' in conversion ? undefined : conversion.shared.get(slot)
}

const slotCalled = (machine: Machine, name: string | undefined): number => machine.slots.findIndex(([field]) => field === name)

/** @returns a REAL32; one that is no number keeps its bits, see numbers/nan.ts */
function rounded(x: number): number {
  return x === x ? Math.fround(x) : x
}

export class FrameReader {
  /** Whether the frame that was read last waits for something. */
  calling = false
  /** What the frames were that have become others. */
  private readonly origins = new Map<Frame, Origin>()

  constructor(
    private readonly r: ByteReader,
    private readonly machines: readonly Machine[],
    private readonly channels: readonly DecodedChannel[],
    private readonly views: ViewSource,
    private readonly monitors: readonly DecodedMonitor[] = [],
    private readonly conversions?: Conversions,
  ) {}

  readFrame(caller: Frame | undefined, branch: boolean, innermost: boolean): Frame {
    const { r } = this
    const machine = this.readMachine()
    const word = r.uint()
    const pc = Math.floor(word / 2)
    this.calling = word % 2 === 1
    if (pc >= machine.live.length) throw new SnapshotError('malformed', `machine ${machine.name} has no resume point ${pc}`)
    if (!innermost && !this.calling) throw new SnapshotError('malformed', 'a frame does not wait for the one it called')
    const isBranch = branch && caller === undefined
    const conversion = this.conversions?.get(machine)
    const frame = conversion === undefined ? machine.blank() : this.readConverted({ machine, conversion }, pc, isBranch)
    if (conversion === undefined) {
      frame.pc = pc
      const fields = fieldsOf(frame)
      for (const slot of saved(machine, pc, isBranch)) this.readSlot(machine, slot, fields)
    }
    if (caller !== undefined) {
      frame.caller = caller
      caller.pending = frame
    }
    return frame
  }

  /** A frame of a machine that has become another one: its slots go where the other has them, and what that lacks is forgotten. */
  private readConverted(origin: Origin, pc: number, isBranch: boolean): Frame {
    const { machine, conversion } = origin
    if ('refusal' in conversion) throw new SnapshotError('malformed', conversion.refusal)
    const { to, points, shared, sharedRefusal } = conversion
    const point = points[pc]
    const refusal = point === undefined || 'refusal' in point ? point?.refusal : isBranch ? sharedRefusal : undefined
    if (point === undefined || 'refusal' in point || refusal !== undefined)
      throw new SnapshotError('malformed', `${machine.name} cannot go on as the new version: ${refusal ?? 'it has no such point'}`)
    const frame = to.blank()
    frame.pc = point.pc
    const fields = fieldsOf(frame)
    for (const slot of saved(machine, pc, isBranch))
      this.readSlotInto(origin, slot, fields, point.names.get(slot) ?? (isBranch ? shared.get(slot) : undefined))
    for (const { name, make } of point.fills) fields[name] = make()
    if (isBranch) this.origins.set(frame, origin)
    return frame
  }

  /** @param name of the field; absent: what is read is forgotten */
  private readSlotInto({ machine }: Origin, slot: number, fields: Fields, name: string | undefined): void {
    const [, type] = machine.slots[slot] as readonly [string, SlotType] // whoever calls names slots of the machine
    if (name === undefined) this.readField(type, '', {})
    else this.readField(type, name, fields)
  }

  /** What is left of a frame of which only some slots are kept. */
  private readRest(machine: Machine, slots: readonly number[]): Frame {
    const conversion = this.conversions?.get(machine)
    if (conversion === undefined) {
      const frame = machine.blank()
      for (const slot of slots) this.readSlot(machine, slot, fieldsOf(frame))
      return frame
    }
    const refusal = 'refusal' in conversion ? conversion.refusal : conversion.sharedRefusal
    if ('refusal' in conversion || refusal !== undefined) throw new SnapshotError('malformed', refusal ?? '')
    const origin = { machine, conversion }
    const frame = conversion.to.blank()
    for (const slot of slots) this.readSlotInto(origin, slot, fieldsOf(frame), conversion.shared.get(slot))
    this.origins.set(frame, origin)
    return frame
  }

  private readMachine(): Machine {
    return this.machines[this.r.below(this.machines.length, 'machine')] as Machine // below
  }

  private readSlot(machine: Machine, slot: number, fields: Fields): void {
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // saved() gives slots of the machine
    this.readField(type, name, fields)
  }

  private readField(type: SlotType, name: string, fields: Fields): void {
    const form = formOf(type)
    switch (form) {
      case 'channel':
        this.readChannelInto(fields, name)
        return
      case 'channels': {
        const list: Channel[] = []
        fields[name] = list
        const n = this.r.count(1, 'channels of an array')
        for (let i = 0; i < n; i++) this.readChannelInto(list as unknown as Fields, i) // an array is indexed by numbers
        return
      }
      case 'monitor':
        this.readMonitorInto(fields, name)
        return
      case 'monitors': {
        const list: Monitor[] = []
        fields[name] = list
        const n = this.r.count(1, 'monitors of an array')
        for (let i = 0; i < n; i++) this.readMonitorInto(list as unknown as Fields, i) // an array is indexed by numbers
        return
      }
      case 'mobile':
        fields[name] = readMobile(this.r, this.views)
        return
      case 'mobiles':
        fields[name] = readParts(this.r, this.views)
        return
      case 'view':
        fields[name] = this.views.readView(this.r, kindOfElement(elementOf(type) ?? 'byte'))
        return
      case 'bool':
      case 'byte':
      case 'int':
      case 'int16':
      case 'int32':
      case 'int64':
      case 'real32':
      case 'real64':
        fields[name] = this.readScalar(form)
    }
  }

  private readScalar(type: ElementType): Scalar {
    const { r } = this
    switch (type) {
      case 'bool':
        return r.below(2, 'truth value') === 1
      case 'byte':
        return r.byte()
      case 'int16':
        return this.readInt(0x7fff)
      case 'int':
      case 'int32':
        return this.readInt(0x7fffffff)
      case 'int64':
        return r.int64()
      case 'real32':
        return rounded(r.real())
      case 'real64':
        return r.real()
    }
  }

  private readInt(most: number): number {
    const v = this.r.int()
    if (v > most || v < -most - 1) throw new SnapshotError('malformed', `the integer ${v} is out of its range`)
    return v
  }

  private readChannelInto(holder: Fields, key: string | number): void {
    const index = this.r.below(this.channels.length + 1, 'channel')
    const c = this.channels[index - 1]
    holder[key] = c?.channel ?? NO_CHANNEL
    if (c !== undefined && c.record.kind !== 'inner') c.places.push({ holder, key })
  }

  private readMonitorInto(holder: Fields, key: string | number): void {
    const found = this.monitors[this.r.below(this.monitors.length + 1, 'monitor') - 1]
    holder[key] = found?.monitor ?? NO_MONITOR
    if (found !== undefined) found.places.push({ holder, key })
  }

  readHeld(): Value {
    const tag = this.r.below(8, 'kind of value')
    if (tag === 7) return readMobile(this.r, this.views)
    if (tag > 0) return this.views.readView(this.r, (tag - 1) as ArrayKind) // below
    const v = readValue(this.r)
    if (typeof v === 'object') throw new SnapshotError('malformed', 'an array stands outside of its memory')
    return v
  }

  /** The root frame of a branch or callee that has ended, with its results only. */
  readResults(caller: Frame | null): Frame {
    const machine = this.readMachine()
    const frame = this.readRest(machine, machine.results)
    frame.caller = caller
    return frame
  }

  readShadow(): Frame {
    const machine = this.readMachine()
    return this.readRest(machine, lentSlots(machine))
  }

  readBorrowed(frame: Frame): Borrowed {
    const borrowed = new Map<number, TypedArray>()
    const now = lentArrays(frame)
    const origin = this.origins.get(frame)
    for (const written of lentSlots(origin?.machine ?? frame.machine)) {
      const slot = origin === undefined ? written : slotCalled(frame.machine, sharedName(origin.conversion, written))
      const view = now.get(slot)
      if (view === undefined) throw new SnapshotError('malformed', `${slotName(frame.machine, slot)} is not there`)
      const base = view.slice()
      readChanges(this.r, base)
      borrowed.set(slot, base)
    }
    return borrowed
  }
}
