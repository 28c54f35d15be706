/** Writes frames: the slots that are saved where they are suspended, by the types their machines declare. Read by frame-reader.ts. */
import type { Monitor } from '../scheduler/monitor.ts'
import type { Channel, Frame, Machine } from '../scheduler/state.ts'
import { kindOf, kindOfElement, writeValue } from './codec.ts'
import type { ByteWriter } from './codec.ts'
import { Mobile } from '../scheduler/mobile.ts'
import { elementOf, fieldsOf, formOf, lentSlots, saved, slotName } from './schema.ts'
import type { ChannelUse } from './snapshot-format.ts'
import type { Reference, SlotType, TypedArray, Value } from '../scheduler/value.ts'
import { writeChanges } from './views.ts'
import type { ViewSet } from './views.ts'

export class FrameWriter {
  /** @param machines the numbers of all machines that occur; `known`, of all channels and monitors; `views`, the memory of all arrays */
  constructor(
    private readonly w: ByteWriter,
    private readonly machines: ReadonlyMap<Machine, number>,
    private readonly known: { readonly channels: ReadonlyMap<Channel, ChannelUse>; readonly monitors: ReadonlyMap<Monitor, number> },
    private readonly views: ViewSet,
  ) {}

  private machineIndex(machine: Machine): number {
    const index = this.machines.get(machine)
    if (index === undefined) throw new Error(`machine ${machine.name} was not gathered`)
    return index
  }

  /** 0: no channel. */
  private channelIndex(c: Channel | undefined): number {
    return c === undefined ? 0 : (this.known.channels.get(c)?.index ?? 0)
  }

  writeFrame(frame: Frame, calling: boolean, branch: boolean): void {
    const { w } = this
    const machine = frame.machine
    w.uint(this.machineIndex(machine))
    w.uint(frame.pc * 2 + (calling ? 1 : 0))
    const fields = fieldsOf(frame)
    for (const slot of saved(machine, frame.pc, branch)) this.writeSlot(machine, slot, fields)
  }

  private writeSlot(machine: Machine, slot: number, fields: Record<string, unknown>): void {
    const { w } = this
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // saved() gives slots of the machine
    const v = fields[name]
    switch (formOf(type)) {
      case 'bool':
        w.byte(v === true ? 1 : 0)
        return
      case 'byte':
        w.byte(v as number) // slot type, here and below
        return
      case 'int':
      case 'int16':
      case 'int32':
        w.int(v as number)
        return
      case 'int64':
        w.int64(v as bigint)
        return
      case 'real32':
      case 'real64':
        w.real(v as number)
        return
      case 'channel':
        w.uint(this.channelIndex(v as Channel | undefined))
        return
      case 'channels': {
        const list = (v as Channel[] | undefined) ?? []
        w.uint(list.length)
        for (const c of list) w.uint(this.channelIndex(c))
        return
      }
      case 'monitor':
        this.writeMonitor(v as Monitor)
        return
      case 'monitors': {
        const list = v as Monitor[]
        w.uint(list.length)
        for (const m of list) this.writeMonitor(m)
        return
      }
      case 'mobile':
        this.views.mobiles.writeReference(w, v as Mobile)
        return
      case 'mobiles':
        this.views.mobiles.writeParts(w, v as Reference[])
        return
      case 'view': {
        const view = v as TypedArray
        if (kindOf(view) !== kindOfElement(elementOf(type) ?? 'byte')) {
          throw new Error(`slot ${name} of ${machine.name} is declared ${type} and holds another kind of array`)
        }
        this.views.writeView(w, view)
      }
    }
  }

  /** 0: no monitor. */
  writeMonitor(m: Monitor): void {
    this.w.uint(this.known.monitors.get(m) ?? 0)
  }

  writeResults(root: Frame): void {
    this.w.uint(this.machineIndex(root.machine))
    const fields = fieldsOf(root)
    for (const slot of root.machine.results) this.writeSlot(root.machine, slot, fields)
  }

  /** A value that may be a view of the process's own arrays. */
  writeHeld(v: Value): void {
    const { w } = this
    if (typeof v !== 'object') {
      w.byte(0)
      writeValue(w, v)
    } else if (v instanceof Mobile) {
      w.byte(7)
      this.views.mobiles.writeReference(w, v)
    } else {
      w.byte(1 + kindOf(v))
      this.views.writeView(w, v)
    }
  }

  writeShadow(shadow: Frame): void {
    this.w.uint(this.machineIndex(shadow.machine))
    const fields = fieldsOf(shadow)
    for (const slot of lentSlots(shadow.machine)) this.writeSlot(shadow.machine, slot, fields)
  }

  /** What was borrowed, as changes to what stands in the frame. */
  writeBorrowed(frame: Frame, borrowed: ReadonlyMap<number, TypedArray>): void {
    const fields = fieldsOf(frame)
    for (const slot of lentSlots(frame.machine)) {
      const base = borrowed.get(slot)
      if (base === undefined) throw new Error('a lent array was not borrowed')
      writeChanges(this.w, fields[slotName(frame.machine, slot)] as TypedArray, base) // slot type
    }
  }
}
