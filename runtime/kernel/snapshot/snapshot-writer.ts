/**
 * Writes processes as bytes. It reads the processes and changes nothing.
 *
 * Two rounds: the first walks over all frames and gathers machines, channels and views; the second writes.
 */
import { ABI_VERSION } from '../scheduler/abi-version.ts'
import {
  Channel,
  NO_CHANNEL,
  ALT,
  ENDED,
  Frame,
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
} from '../scheduler/state.ts'
import { ByteWriter, checksum, LARGEST_SNAPSHOT, requireSize, writeValue } from './codec.ts'
import { FrameWriter } from './frame-writer.ts'
import type { Join, Process, Machine, Unit } from '../scheduler/state.ts'
import { barriersOf, partsOfImage } from '../scheduler/drop.ts'
import { ChannelHandle, kindOfUse } from '../scheduler/ends.ts'
import { Agent } from '../scheduler/agents.ts'
import { Mobile } from '../scheduler/mobile.ts'
import { HANDLE_KINDS } from '../scheduler/value.ts'
import { Monitor, NO_MONITOR } from '../scheduler/monitor.ts'
import { elementOf, fieldsOf, framesOf, isChannel, isChannels, lentSlots, saved, slotName } from './schema.ts'
import { planOf, remember, unitsOf } from './agents.ts'
import { SnapshotError } from './snapshot-error.ts'
import { hintAsWritten, MAGIC } from './snapshot-format.ts'
import type {
  AwayBranch,
  BackBranch,
  CapturePlan,
  ChannelRecord,
  ChannelUse,
  MonitorRecord,
  OutputRecord,
  RootPlan,
  SlotRecord,
} from './snapshot-format.ts'
import type { HandleNumbers } from './mobiles.ts'
import type { Reference, SlotType, TypedArray, Value } from '../scheduler/value.ts'
import { ViewSet } from './views.ts'
import type { AheadUse } from './views.ts'

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
  /** How many of the bytes are of each root alone, in the order of the roots: its frames and values, and those of what is below it and comes along. */
  readonly rootSizes: readonly number[]
  readonly unitHashes: readonly string[]
  readonly units: ReadonlyMap<string, Unit>
  readonly processes: readonly Process[]
  /** All channels met, with their uses. */
  readonly channels: ReadonlyMap<Channel, ChannelUse>
  /** All monitors met. */
  readonly monitors: readonly Monitor[]
  /** How many channel homes are in it. */
  readonly homes: number
}

/** Writes the processes a plan selects. @throws SnapshotError when one of them cannot be captured */
export function writeSnapshot(plan: CapturePlan): Written {
  return new SnapshotWriter(plan).write()
}

/** Makes the image of a mobile process, unless it is one. */
export function freeze(m: Mobile): void {
  if (!(m instanceof Agent) || m.process === null) return
  const parts: Reference[] = []
  const barriers = barriersOf(m.process)
  const { bytes, units } = writeSnapshot(planOf(m, parts))
  remember(units)
  m.become(bytes, partsOfImage(parts, barriers))
}

type Ranks = ReadonlyMap<number, number>

/** @returns each number's place in their order, from 1; 0 stays 0 */
function rank(numbers: readonly number[]): Ranks {
  const ordered = [...new Set(numbers)].filter((n) => n > 0).sort((a, b) => a - b)
  return new Map(ordered.map((n, i) => [n, i + 1]))
}

class SnapshotWriter {
  private readonly w = new ByteWriter()
  private readonly hashes = new Map<string, number>()
  private readonly machines = new Map<Machine, number>()
  private readonly channels = new Map<Channel, ChannelUse>()
  /** With their numbers, from 1. */
  private readonly monitors = new Map<Monitor, number>()
  /** Of inner channels, joins and roots. Only their order is saved. */
  private readonly births: number[] = []
  private homes = 0
  /** Units that only images of mobile processes need. */
  private readonly imaged = new Map<string, Unit>()

  /** What the other side has of the arrays, and which root has taken which of that. */
  private readonly ahead: AheadUse | undefined

  constructor(private readonly plan: CapturePlan) {
    this.ahead = plan.ahead === undefined ? undefined : { sent: plan.ahead, users: new Map<number, ViewSet>() }
  }

  write(): Written {
    const { w, plan } = this
    const scopes = plan.roots.map((root) => this.gather(root))
    requireSize(
      scopes.reduce((bytes, { views }) => bytes + views.size(), 0),
      LARGEST_SNAPSHOT,
    )
    const records = [...this.channels].map(([c, use]) => plan.channel(c, use))
    for (const record of records) if (record.kind === 'inner') this.births.push(record.birth)
    const ranks = rank(this.births)
    for (const b of MAGIC) w.byte(b)
    w.uint(ABI_VERSION)
    const monitors = [...this.monitors.keys()].map((m) => plan.monitor(m))
    w.byte((plan.kind === 'program' ? 1 : 0) + (monitors.length > 0 ? 2 : 0) + (plan.ahead === undefined ? 0 : 4))
    w.real(plan.clock)
    w.uint(plan.stamp)
    w.uint(plan.from)
    w.uint(this.hashes.size)
    for (const hash of this.hashes.keys()) w.string(hash)
    w.uint(this.machines.size)
    for (const machine of this.machines.keys()) {
      w.uint(this.hashes.get(machine.unit.hash) as number) // gathered with the machine
      w.uint(machine.index)
    }
    w.uint(ranks.size)
    w.uint(this.channels.size)
    for (const record of records) this.writeChannel(record, ranks)
    if (monitors.length > 0) this.writeMonitors(monitors)
    w.uint(scopes.length)
    const rootSizes = scopes.map((scope) => {
      const begin = w.length
      this.writeRoot(scope, ranks)
      return w.length - begin
    })
    w.fixed32(checksum(w.peek()))
    return {
      bytes: w.finish(),
      rootSizes,
      unitHashes: [...this.hashes.keys()],
      units: new Map([...[...this.machines.keys()].map(({ unit }) => [unit.hash, unit] as const), ...this.imaged]),
      processes: scopes.flatMap((scope) => scope.items.map((item) => item.process)),
      channels: this.channels,
      monitors: [...this.monitors.keys()],
      homes: this.homes,
    }
  }

  // ------------------------------------------------------------------------------------------ handles

  /** @param born of the root whose mobiles hold them */
  private handlesOf(born: number): HandleNumbers {
    return {
      add: (h) => {
        if (h instanceof ChannelHandle) this.useHandle(h, born)
        else if (h instanceof Monitor) this.monitor(h)
        else throw new Error('a handle of a running process is an object, not a name')
      },
      numberOf: (h) => {
        if (h instanceof Monitor) return (this.monitors.get(h) ?? 0) * HANDLE_KINDS.length
        if (!(h instanceof ChannelHandle)) throw new Error('a handle of a running process is an object, not a name')
        return (this.channels.get(h.channel)?.index ?? 0) * HANDLE_KINDS.length + HANDLE_KINDS.indexOf(kindOfUse(h.use))
      },
      image: (m) => {
        freeze(m)
        for (const unit of unitsOf(m)) {
          this.imaged.set(unit.hash, unit)
          if (!this.hashes.has(unit.hash)) this.hashes.set(unit.hash, this.hashes.size)
        }
      },
    }
  }

  /** What is SHARED is used wherever a process claims it: its home stays where it is. */
  private useHandle({ channel, use }: ChannelHandle, born: number): void {
    const known = this.channel(channel, born)
    if (use === '?') known.reads = true
    else if (use === '!') known.writes = true
  }

  // ------------------------------------------------------------------------------------------ gathering

  private gather(plan: RootPlan): Scope {
    const scope: Scope = { plan, views: new ViewSet(this.handlesOf(plan.born)), items: [] }
    this.births.push(plan.born)
    const queue: { process: Process; branch: boolean }[] = [{ process: plan.process, branch: plan.slot !== undefined }]
    for (let i = 0; i < queue.length; i++) {
      const { process, branch } = queue[i] as { process: Process; branch: boolean } // i < length
      const item = this.gatherProcess(process, branch, scope)
      scope.items.push(item)
      const pending = process.frame.pending
      if (pending === null) continue
      if (pending instanceof Frame) this.gatherResults(pending, scope.views)
      else {
        this.births.push(pending.born)
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

  private gatherProcess(p: Process, branch: boolean, { plan, views }: Scope): Item {
    if (p.state === ENDED || p.state === GONE) throw new SnapshotError('pinned', 'a process that has ended or left cannot be captured')
    const frames = framesOf(p.frame)
    frames.forEach((frame, i) => {
      this.machine(frame.machine)
      const fields = fieldsOf(frame)
      for (const slot of saved(frame.machine, frame.pc, branch && i === 0)) {
        this.gatherSlot(frame.machine, slot, fields, views, plan.born)
      }
    })
    let output: OutputRecord | undefined
    if (p.state === OUTPUT || p.state === INPUT) {
      const c = p.value as Channel // blocked in a communication
      const use = this.channel(c, plan.born)
      if (p.state === INPUT) use.reads = true
      else {
        use.writes = true
        output = this.plan.output(p, c)
        this.gatherValue(output.value, views)
      }
    } else if (p.value instanceof Monitor) this.monitor(p.value)
    else if (p.value instanceof HostCall) for (const v of p.value.actuals) this.gatherValue(v, views)
    else if (!(p.value instanceof Channel)) this.gatherValue(p.value, views)
    return { process: p, frames, branch, output }
  }

  private gatherSlot(machine: Machine, slot: number, fields: Record<string, unknown>, views: ViewSet, born: number): void {
    const [name, type] = machine.slots[slot] as readonly [string, SlotType] // saved() gives slots of the machine
    const v = fields[name]
    if (elementOf(type) !== undefined)
      views.add(v as TypedArray) // slot type, here and below
    else if (type === 'monitor') this.monitor(v as Monitor)
    else if (type === 'monitors') for (const m of v as Monitor[]) this.monitor(m)
    else if (type === 'mobile') views.mobiles.add(v as Mobile)
    else if (type === 'mobiles') views.mobiles.addParts(v as Reference[])
    else if (isChannel(type)) this.useChannel(v as Channel | undefined, type, born)
    else if (isChannels(type)) for (const c of (v as Channel[] | undefined) ?? []) this.useChannel(c, type, born) // slot type
  }

  private useChannel(c: Channel | undefined, type: SlotType, born: number): void {
    if (c === undefined || c === NO_CHANNEL) return
    const use = this.channel(c, born)
    if (type.endsWith('?')) use.reads = true
    else if (type.endsWith('!')) use.writes = true
    else use.undirected = true
  }

  private gatherResults(root: Frame, views: ViewSet): void {
    this.machine(root.machine)
    const fields = fieldsOf(root)
    for (const slot of root.machine.results) this.gatherSlot(root.machine, slot, fields, views, 0)
  }

  private gatherLent(shadow: Frame, views: ViewSet): void {
    this.machine(shadow.machine)
    const fields = fieldsOf(shadow)
    for (const slot of lentSlots(shadow.machine)) views.add(fields[slotName(shadow.machine, slot)] as TypedArray) // slot type
  }

  private gatherValue(v: Value, views: ViewSet): void {
    if (v instanceof Mobile) views.mobiles.add(v)
    else if (typeof v === 'object') views.add(v)
  }

  private channel(c: Channel, born = 0): ChannelUse {
    let use = this.channels.get(c)
    if (use === undefined)
      this.channels.set(c, (use = { index: this.channels.size + 1, reads: false, writes: false, undirected: false, born }))
    if (born > use.born) use.born = born
    return use
  }

  private machine(m: Machine): void {
    if (this.machines.has(m)) return
    const hash = m.unit.hash
    if (hash === '') throw new SnapshotError('pinned', `a process of ${m.unit.name} belongs to the host and stays where it is`)
    this.machines.set(m, this.machines.size)
    if (!this.hashes.has(hash)) this.hashes.set(hash, this.hashes.size)
  }

  private monitor(m: Monitor): void {
    if (m !== NO_MONITOR && !this.monitors.has(m)) this.monitors.set(m, this.monitors.size + 1)
  }

  // ------------------------------------------------------------------------------------------ writing

  private writeMonitors(records: readonly MonitorRecord[]): void {
    const { w } = this
    w.uint(records.length)
    for (const record of records) {
      if (record.kind === 'away') {
        w.byte(0)
        w.uint(record.id)
        w.uint(record.version)
        w.uint(hintAsWritten(record.hint))
      } else {
        w.byte(1 + record.role.kind)
        w.uints(record.role.state())
      }
    }
  }

  private writeChannel(record: ChannelRecord, ranks: Ranks): void {
    const { w } = this
    switch (record.kind) {
      case 'inner':
        w.byte(0)
        w.uint(ranks.get(record.birth) ?? 0)
        return
      case 'home':
        this.homes++
        w.byte(record.offer === undefined ? 1 : 2)
        w.uint(record.id)
        w.uint(record.version)
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
        w.uint(record.version)
        w.uint(hintAsWritten(record.hint))
        return
      case 'host':
        w.byte(record.offer === undefined ? 4 : 5)
        w.string(record.name)
        if (record.offer !== undefined) writeValue(w, record.offer)
    }
  }

  private writeRoot({ plan, views, items }: Scope, ranks: Ranks): void {
    const { w } = this
    w.string(plan.path)
    w.uint(ranks.get(plan.born) ?? 0)
    w.byte((plan.slot === undefined ? 0 : 1) + (plan.borrowed === undefined ? 0 : 2) + (views.mobiles.size === 0 ? 0 : 4))
    if (plan.slot !== undefined) this.writeSlotRecord(plan.slot)
    views.writeSegments(w, this.ahead)
    if (views.mobiles.size > 0) views.mobiles.write(w)
    w.uint(items.length)
    const frames = new FrameWriter(w, this.machines, { channels: this.channels, monitors: this.monitors }, views)
    for (const item of items) this.writeProcess(item, frames, ranks)
    if (plan.borrowed !== undefined) frames.writeBorrowed((items[0] as Item).frames[0] as Frame, plan.borrowed) // there is a root, it has a frame
  }

  private writeSlotRecord(slot: SlotRecord): void {
    this.w.uint(slot.id)
    this.w.uint(slot.version)
    this.w.uint(hintAsWritten(slot.hint))
  }

  private writeProcess({ process: p, frames, branch, output }: Item, writer: FrameWriter, ranks: Ranks): void {
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
        writer.writeHeld(output.value)
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
        for (const v of call.actuals) writer.writeHeld(v)
        break
      }
      case READY:
      case ALT:
      case JOIN:
      case ENDED:
      case GONE:
      case SUSPENDED:
        writer.writeHeld(p.value instanceof Channel || p.value instanceof HostCall || p.value instanceof Monitor ? 0 : p.value)
        break
      case MONITOR:
        writer.writeMonitor(p.value as Monitor) // MONITOR
    }
    w.uint(frames.length)
    frames.forEach((frame, i) => {
      const pending = i < frames.length - 1 ? null : frame.pending
      writer.writeFrame(frame, i < frames.length - 1 || pending !== null, branch && i === 0)
      if (i < frames.length - 1) return
      if (pending === null) w.byte(0)
      else if (pending instanceof Frame) {
        w.byte(2)
        writer.writeResults(pending)
      } else {
        w.byte(1)
        this.writeJoin(pending, writer, ranks)
      }
    })
  }

  private writeJoin(j: Join, writer: FrameWriter, ranks: Ranks): void {
    const { w } = this
    w.uint(ranks.get(j.born) ?? 0)
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
        writer.writeResults(child.frame)
      } else if (!this.plan.includes(child)) {
        w.byte(3)
        this.writeAway(this.plan.away(child), writer)
      } else {
        const back = this.plan.back(child)
        w.byte(back === undefined ? 1 : 2)
        if (back !== undefined) this.writeBack(back, writer)
      }
    }
  }

  private writeAway(branch: AwayBranch, writer: FrameWriter): void {
    this.writeSlotRecord(branch.slot)
    this.w.uint(branch.at)
    writer.writeShadow(branch.shadow)
  }

  /** The memory that a branch borrowed is written with the shadow: as it was then, in terms of how it is at the parent's now. */
  private writeBack(back: BackBranch, writer: FrameWriter): void {
    writer.writeShadow(back.shadow)
    writer.writeBorrowed(back.shadow, back.borrowed)
  }
}
