/**
 * Writes processes as bytes. It reads the processes and changes nothing.
 *
 * Two rounds: the first walks over all frames and gathers machines, channels and views; the second writes.
 */
import { ABI_VERSION } from './abi-version.ts'
import { Channel, NO_CHANNEL } from './channel.ts'
import { ByteWriter, checksum, kindOf, kindOfElement, writeValue } from './codec.ts'
import { ENDED, Frame, GONE, HOST, HostCall, INPUT, OUTPUT, TIMER } from './process.ts'
import type { Join, Process } from './process.ts'
import { fieldsOf, framesOf, isArray, isChannel, isChannels, lentSlots, saved, slotName } from './schema.ts'
import { SnapshotError } from './snapshot-error.ts'
import { MAGIC } from './snapshot-format.ts'
import type { AwayBranch, BackBranch, CapturePlan, ChannelRecord, ChannelUse, OutputRecord, RootPlan, SlotRecord } from './snapshot-format.ts'
import type { ElementType, Machine, SlotType, Unit } from './unit.ts'
import type { Scalar, TypedArray, Value } from './value.ts'
import { ViewSet, writeChanges } from './views.ts'

interface Item {
  readonly process: Process
  readonly frames: readonly Frame[]
  /** Whether the root frame is that of a branch. */
  readonly branch: boolean
  readonly output: OutputRecord | undefined
}

interface Scope {
  readonly plan: RootPlan
  readonly views: ViewSet
  readonly items: Item[]
}

/** What was written. */
export interface Written {
  readonly bytes: Uint8Array
  readonly unitHashes: readonly string[]
  readonly units: ReadonlyMap<string, Unit>
  readonly processes: readonly Process[]
  /** All channels met, with their uses. */
  readonly channels: ReadonlyMap<Channel, ChannelUse>
  /** How many channel homes are in it. */
  readonly homes: number
}

/** Writes the processes a plan selects. @throws SnapshotError when one of them cannot be captured */
export function writeSnapshot(plan: CapturePlan): Written {
  return new SnapshotWriter(plan).write()
}

class SnapshotWriter {
  private readonly w = new ByteWriter()
  private readonly hashes = new Map<string, number>()
  private readonly machines = new Map<Machine, number>()
  private readonly channels = new Map<Channel, ChannelUse>()
  private homes = 0

  constructor(private readonly plan: CapturePlan) {}

  write(): Written {
    const { w, plan } = this
    const scopes = plan.roots.map((root) => this.gather(root))
    const records = [...this.channels].map(([c, use]) => plan.channel(c, use))
    for (const b of MAGIC) w.byte(b)
    w.uint(ABI_VERSION)
    w.byte(plan.kind === 'program' ? 1 : 0)
    w.real(plan.clock)
    w.uint(plan.stamp)
    w.uint(this.hashes.size)
    for (const hash of this.hashes.keys()) w.string(hash)
    w.uint(this.machines.size)
    for (const machine of this.machines.keys()) {
      w.uint(this.hashes.get(machine.unit.hash) as number) // gathered with the machine
      w.uint(machine.index)
    }
    w.uint(this.channels.size)
    for (const record of records) this.writeChannel(record)
    w.uint(scopes.length)
    for (const scope of scopes) this.writeRoot(scope)
    w.fixed32(checksum(w.peek()))
    return {
      bytes: w.finish(),
      unitHashes: [...this.hashes.keys()],
      units: new Map([...this.machines.keys()].map(({ unit }) => [unit.hash, unit])),
      processes: scopes.flatMap((scope) => scope.items.map((item) => item.process)),
      channels: this.channels,
      homes: this.homes,
    }
  }

  // ------------------------------------------------------------------------------------------ gathering

  private gather(plan: RootPlan): Scope {
    const scope: Scope = { plan, views: new ViewSet(), items: [] }
    const queue: { process: Process; branch: boolean }[] = [{ process: plan.process, branch: plan.slot !== undefined }]
    for (let i = 0; i < queue.length; i++) {
      const { process, branch } = queue[i] as { process: Process; branch: boolean } // i < length
      const item = this.gatherProcess(process, branch, scope.views)
      scope.items.push(item)
      const pending = process.frame.pending
      if (pending === null) continue
      if (pending instanceof Frame) this.gatherResults(pending, scope.views)
      else {
        for (const child of pending.branches) {
          if (child.state === ENDED) this.gatherResults(child.frame, scope.views)
          else if (this.plan.includes(child)) {
            queue.push({ process: child, branch: true })
            const back = this.plan.back(child)
            if (back !== undefined) this.gatherLent(back.shadow, scope.views)
          } else this.gatherLent(this.plan.away(child).shadow, scope.views)
        }
      }
    }
    scope.views.arrange()
    return scope
  }

  private gatherProcess(p: Process, branch: boolean, views: ViewSet): Item {
    if (p.state === ENDED || p.state === GONE) throw new SnapshotError('pinned', 'a process that has ended or left cannot be captured')
    const frames = framesOf(p.frame)
    const innermost = frames.length - 1
    frames.forEach((frame, i) => {
      this.machine(frame.machine)
      const calling = i < innermost || frame.pending !== null
      const fields = fieldsOf(frame)
      for (const slot of saved(frame.machine, frame.pc, calling, branch && i === 0)) this.gatherSlot(frame.machine, slot, fields, views)
    })
    let output: OutputRecord | undefined
    if (p.state === OUTPUT || p.state === INPUT) {
      const c = p.value as Channel // blocked in a communication
      const use = this.channel(c)
      if (p.state === INPUT) use.reads = true
      else {
        output = this.plan.output(p, c)
        this.gatherValue(output.value, views)
      }
    } else if (p.value instanceof HostCall) for (const v of p.value.actuals) this.gatherValue(v, views)
    else if (!(p.value instanceof Channel)) this.gatherValue(p.value, views)
    return { process: p, frames, branch, output }
  }

  private gatherSlot(machine: Machine, slot: number, fields: Record<string, unknown>, views: ViewSet): void {
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // saved() gives slots of the machine
    const v = fields[name]
    if (isArray(type)) views.add(v as TypedArray) // slot type
    else if (isChannel(type)) this.useChannel(v as Channel | undefined, type)
    else if (isChannels(type)) for (const c of (v as Channel[] | undefined) ?? []) this.useChannel(c, type) // slot type
  }

  private useChannel(c: Channel | undefined, type: SlotType): void {
    if (c === undefined || c === NO_CHANNEL) return
    const use = this.channel(c)
    if (type.endsWith('?')) use.reads = true
    else if (!type.endsWith('!')) use.undirected = true
  }

  private gatherResults(root: Frame, views: ViewSet): void {
    this.machine(root.machine)
    const fields = fieldsOf(root)
    for (const slot of root.machine.results) this.gatherSlot(root.machine, slot, fields, views)
  }

  private gatherLent(shadow: Frame, views: ViewSet): void {
    this.machine(shadow.machine)
    const fields = fieldsOf(shadow)
    for (const slot of lentSlots(shadow.machine)) views.add(fields[slotName(shadow.machine, slot)] as TypedArray) // slot type
  }

  private gatherValue(v: Value, views: ViewSet): void {
    if (typeof v === 'object') views.add(v)
  }

  private channel(c: Channel): ChannelUse {
    let use = this.channels.get(c)
    if (use === undefined) this.channels.set(c, (use = { index: this.channels.size + 1, reads: false, undirected: false }))
    return use
  }

  private machine(m: Machine): void {
    if (this.machines.has(m)) return
    const hash = m.unit.hash
    if (hash === '') throw new SnapshotError('pinned', `a process of ${m.unit.name} belongs to the host and stays where it is`)
    this.machines.set(m, this.machines.size)
    if (!this.hashes.has(hash)) this.hashes.set(hash, this.hashes.size)
  }

  // ------------------------------------------------------------------------------------------ writing

  private writeChannel(record: ChannelRecord): void {
    const { w } = this
    switch (record.kind) {
      case 'inner':
        w.byte(0)
        return
      case 'home':
        this.homes++
        w.byte(record.offer === undefined ? 1 : 2)
        w.uint(record.id)
        w.uint(record.version * 2 + (record.declared ? 1 : 0))
        w.uint(record.floor)
        if (record.offer !== undefined) {
          w.uint(record.offer.stamp)
          w.uint(record.offer.moves)
          w.uint(record.offer.replyTo)
          writeValue(w, record.offer.value)
        }
        return
      case 'away':
        w.byte(3)
        w.uint(record.id)
        w.uint(record.version * 2 + (record.declared ? 1 : 0))
        w.uint(record.hint)
        return
      case 'host':
        w.byte(record.offer === undefined ? 4 : 5)
        w.string(record.name)
        if (record.offer !== undefined) writeValue(w, record.offer)
    }
  }

  private writeRoot({ plan, views, items }: Scope): void {
    const { w } = this
    w.string(plan.path)
    w.byte((plan.slot === undefined ? 0 : 1) + (plan.borrowed === undefined ? 0 : 2))
    if (plan.slot !== undefined) this.writeSlotRecord(plan.slot)
    views.writeSegments(w)
    w.uint(items.length)
    for (const item of items) this.writeProcess(item, views)
    if (plan.borrowed !== undefined) this.writeBorrowed((items[0] as Item).frames[0] as Frame, plan.borrowed) // there is a root, it has a frame
  }

  private writeSlotRecord(slot: SlotRecord): void {
    this.w.uint(slot.id)
    this.w.uint(slot.version)
    this.w.uint(slot.hint)
  }

  private writeProcess({ process: p, frames, branch, output }: Item, views: ViewSet): void {
    const { w } = this
    const name = this.plan.name(p)
    w.byte(p.state * 4 + p.priority * 2 + (name === undefined ? 0 : 1))
    if (name !== undefined) {
      w.uint(name.id)
      w.uint(name.moves)
    }
    switch (p.state) {
      case OUTPUT:
        w.uint(this.channel(p.value as Channel).index) // OUTPUT
        if (output === undefined) throw new Error('an output was not gathered')
        w.uint(output.stamp)
        w.uint(output.moves)
        this.writeHeld(output.value, views)
        break
      case INPUT:
        w.uint(this.channel(p.value as Channel).index) // INPUT
        break
      case TIMER:
        w.real(p.value as number) // TIMER
        break
      case HOST: {
        const call = p.value as HostCall // HOST
        w.string(call.service)
        w.uint(call.actuals.length)
        for (const v of call.actuals) this.writeHeld(v, views)
        break
      }
      default:
        this.writeHeld(p.value instanceof Channel || p.value instanceof HostCall ? 0 : p.value, views)
    }
    w.uint(frames.length)
    frames.forEach((frame, i) => {
      const pending = i < frames.length - 1 ? null : frame.pending
      this.writeFrame(frame, i < frames.length - 1 || pending !== null, branch && i === 0, views)
      if (i < frames.length - 1) return
      if (pending === null) w.byte(0)
      else if (pending instanceof Frame) {
        w.byte(2)
        this.writeResults(pending, views)
      } else {
        w.byte(1)
        this.writeJoin(pending, views)
      }
    })
  }

  private writeFrame(frame: Frame, calling: boolean, branch: boolean, views: ViewSet): void {
    const { w } = this
    const machine = frame.machine
    w.uint(this.machines.get(machine) as number) // gathered
    w.uint(frame.pc * 2 + (calling ? 1 : 0))
    const fields = fieldsOf(frame)
    for (const slot of saved(machine, frame.pc, calling, branch)) this.writeSlot(machine, slot, fields, views)
  }

  private writeSlot(machine: Machine, slot: number, fields: Record<string, unknown>, views: ViewSet): void {
    const { w } = this
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // saved() gives slots of the machine
    const v = fields[name]
    switch (type) {
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
      case 'chan':
      case 'chan?':
      case 'chan!':
        w.uint(this.channels.get(v as Channel)?.index ?? 0)
        return
      case 'chans':
      case 'chans?':
      case 'chans!': {
        const list = (v as Channel[] | undefined) ?? []
        w.uint(list.length)
        for (const c of list) w.uint(this.channels.get(c)?.index ?? 0)
        return
      }
      default: {
        const view = v as TypedArray
        if (kindOf(view) !== kindOfElement(type.slice('array:'.length) as ElementType)) {
          throw new Error(`slot ${name} of ${machine.name} is declared ${type} and holds another kind of array`)
        }
        views.writeView(w, view)
      }
    }
  }

  private writeResults(root: Frame, views: ViewSet): void {
    this.w.uint(this.machines.get(root.machine) as number) // gathered
    const fields = fieldsOf(root)
    for (const slot of root.machine.results) this.writeSlot(root.machine, slot, fields, views)
  }

  /** A value that may be a view of the process's own arrays. */
  private writeHeld(v: Scalar | TypedArray, views: ViewSet): void {
    const { w } = this
    if (typeof v !== 'object') {
      w.byte(0)
      writeValue(w, v)
    } else {
      w.byte(1 + kindOf(v))
      views.writeView(w, v)
    }
  }

  private writeJoin(j: Join, views: ViewSet): void {
    const { w } = this
    w.uint(j.groups.length)
    for (const group of j.groups) {
      w.uint(group.first)
      w.string(group.label)
      w.byte(Number.isNaN(group.base) ? 0 : 1)
      if (!Number.isNaN(group.base)) {
        w.int(group.base)
        w.int(Number.isNaN(group.step) ? 0 : group.step)
      }
    }
    w.uint(j.branches.length)
    for (const child of j.branches) {
      if (child.state === ENDED) {
        w.byte(0)
        this.writeResults(child.frame, views)
      } else if (!this.plan.includes(child)) {
        w.byte(3)
        this.writeAway(this.plan.away(child), views)
      } else {
        const back = this.plan.back(child)
        w.byte(back === undefined ? 1 : 2)
        if (back !== undefined) this.writeBack(back, views)
      }
    }
  }

  private writeShadow(shadow: Frame, views: ViewSet): void {
    this.w.uint(this.machines.get(shadow.machine) as number) // gathered
    const fields = fieldsOf(shadow)
    for (const slot of lentSlots(shadow.machine)) this.writeSlot(shadow.machine, slot, fields, views)
  }

  private writeAway(branch: AwayBranch, views: ViewSet): void {
    this.writeSlotRecord(branch.slot)
    this.w.uint(branch.at)
    this.writeShadow(branch.shadow, views)
  }

  /** The memory that a branch borrowed is written with the shadow: as it was then, in terms of how it is at the parent's now. */
  private writeBack(back: BackBranch, views: ViewSet): void {
    this.writeShadow(back.shadow, views)
    this.writeBorrowed(back.shadow, back.borrowed)
  }

  /** What was borrowed, as changes to what stands in the frame. */
  private writeBorrowed(frame: Frame, borrowed: ReadonlyMap<number, TypedArray>): void {
    const fields = fieldsOf(frame)
    for (const slot of lentSlots(frame.machine)) {
      const base = borrowed.get(slot)
      if (base === undefined) throw new Error('a lent array was not borrowed')
      writeChanges(this.w, fields[slotName(frame.machine, slot)] as TypedArray, base) // slot type
    }
  }
}
