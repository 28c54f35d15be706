/**
 * Reads processes from bytes: makes frames, joins and processes that nothing refers to yet and that do not run.
 *
 * Invariants
 * - Total: any bytes give either a complete result or a `SnapshotError`. No code of a unit runs but `blank ()`.
 * - The work and the memory are proportional to the number of bytes, and to the size of the blank frames they name.
 */
import { ABI_VERSION } from '../scheduler/abi-version.ts'
import {
  Channel,
  reserveBirths,
  ALT,
  ENDED,
  GONE,
  HOST,
  HostCall,
  INPUT,
  Join,
  JOIN,
  MONITOR,
  OUTPUT,
  newProcess,
  READY,
  SUSPENDED,
  TIMER,
} from '../scheduler/state.ts'
import { ByteReader, checksum, readValue } from './codec.ts'
import { Activation, RUN } from '../scheduler/agents.ts'
import { BODY, Forks } from '../scheduler/forks.ts'
import { Monitor, roleOf } from '../scheduler/monitor.ts'
import { FrameReader } from './frame-reader.ts'
import type { Fields } from './schema.ts'
import type { DecodedChannel, DecodedMonitor } from './frame-reader.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import type { BranchGroup, Frame, Machine, Process, ProcessState, Unit } from '../scheduler/state.ts'
import { SnapshotError } from './snapshot-error.ts'
import { hintAsRead, MAGIC, SMALLEST } from './snapshot-format.ts'
import type { Borrowed, ChannelRecord, Header, ProcessName, RemoteOffer, SlotRecord } from './snapshot-format.ts'
import { ChannelHandle, useOfKind } from '../scheduler/ends.ts'
import type { Use } from '../scheduler/ends.ts'
import { HANDLE_KINDS } from '../scheduler/value.ts'
import type { Handle, Reference, Value } from '../scheduler/value.ts'
import type { ReceivedAhead } from './ahead.ts'
import type { Conversions } from './conversion.ts'
import { readMobiles } from './mobiles.ts'
import { ViewSource } from './views.ts'

export type { DecodedChannel } from './frame-reader.ts'

/** Finds the loaded unit of a hash, or undefined when it is not loaded here. */
export type UnitOf = (hash: string) => Unit | undefined

/** How a snapshot is read. */
export interface Reading {
  /** Which roots count, by their place in the snapshot: the others are read and forgotten. Absent: all. */
  readonly wanted?: (root: number) => boolean
  /** What becomes of frames whose machines are not what they were. Absent: they all are. */
  readonly conversions?: Conversions | undefined
  /** What has come ahead of it. */
  readonly ahead?: ReceivedAhead | undefined
}

/** What a process waits for, to be entered when it is adopted. */
export interface Wait {
  readonly process: Process
  readonly state: ProcessState
  readonly channel: DecodedChannel | undefined
  readonly stamp: number
  readonly moves: number
  /** The offer of an OUTPUT. */
  readonly value: Value
  readonly name: ProcessName | undefined
}

/** A process that is to be read: the root, or a branch. */
interface Branch {
  readonly join: Join | null
  readonly index: number
}

export interface DecodedBranch {
  readonly join: Join
  /** The branch itself, or what stands for it at its join when it is elsewhere. */
  readonly process: Process
  readonly shadow: Frame
}

export interface DecodedRoot {
  readonly process: Process
  readonly path: string
  /** See `Join.born`. */
  readonly born: number
  readonly slot: SlotRecord | undefined
  readonly borrowed: Borrowed | undefined
}

export interface Decoded {
  readonly header: Header
  readonly roots: readonly DecodedRoot[]
  readonly channels: readonly DecodedChannel[]
  readonly monitors: readonly DecodedMonitor[]
  readonly waits: readonly Wait[]
  readonly away: readonly (DecodedBranch & { readonly slot: SlotRecord; readonly at: number })[]
  readonly back: readonly (DecodedBranch & { readonly borrowed: Borrowed })[]
}

/** Reads what can be told without any unit. @throws SnapshotError */
export function readHeader(bytes: Uint8Array): Header {
  return openSnapshot(bytes).header
}

function openSnapshot(bytes: Uint8Array): { header: Header; r: ByteReader; hasMonitors: boolean; needsAhead: boolean } {
  if (!MAGIC.every((b, i) => i >= bytes.length || bytes[i] === b)) throw new SnapshotError('magic', 'this is not a snapshot')
  if (bytes.length < SMALLEST) throw new SnapshotError('truncated', 'a snapshot is longer than this')
  const r = new ByteReader(bytes, bytes.length - 4)
  r.raw(MAGIC.length)
  const abi = r.uint()
  if (abi !== ABI_VERSION) throw new SnapshotError('abi', `the snapshot is of ABI version ${abi}, this is version ${ABI_VERSION}`)
  const sum = new ByteReader(bytes)
  sum.at = bytes.length - 4
  if (sum.fixed32() !== checksum(bytes.subarray(0, bytes.length - 4))) {
    throw new SnapshotError('checksum', 'the snapshot has been altered or cut off')
  }
  const form = r.below(8, 'kind of snapshot')
  const kind = (form & 1) === 1 ? 'program' : 'processes'
  const clock = r.real()
  if (!Number.isFinite(clock)) throw new SnapshotError('malformed', 'the clock is no number')
  const stamp = r.uint()
  const from = r.uint()
  const unitHashes: string[] = []
  for (let n = r.count(1, 'units'); n > 0; n--) unitHashes.push(r.string())
  return { header: { abi, kind, clock, stamp, from, unitHashes }, r, hasMonitors: (form & 2) !== 0, needsAhead: form >= 4 }
}

/**
 * Reads a snapshot. Nothing of `kernel` changes.
 * @throws SnapshotError
 */
export function readSnapshot(bytes: Uint8Array, kernel: Kernel, unitOf: UnitOf, { wanted, conversions, ahead }: Reading = {}): Decoded {
  const { header, r, hasMonitors, needsAhead } = openSnapshot(bytes)
  if (needsAhead && ahead === undefined) throw new SnapshotError('malformed', 'the memory is not there that was sent ahead')
  const units = header.unitHashes.map((hash) => {
    const unit = unitOf(hash)
    if (unit === undefined) throw new SnapshotError('unit', `the unit ${hash} is not loaded here`, hash)
    return unit
  })
  return new SnapshotReader(r, { header, hasMonitors, conversions, ahead: needsAhead ? ahead : undefined }, units, kernel).read(wanted)
}

class SnapshotReader {
  private readonly machines: Machine[] = []
  private readonly channels: DecodedChannel[] = []
  private readonly monitors: DecodedMonitor[] = []
  private readonly roots: DecodedRoot[] = []
  private readonly waits: Wait[] = []
  private births = 0
  private before = 0
  private readonly away: (DecodedBranch & { slot: SlotRecord; at: number })[] = []
  private readonly back: (DecodedBranch & { borrowed: Borrowed })[] = []

  constructor(
    private readonly r: ByteReader,
    private readonly what: {
      readonly header: Header
      readonly hasMonitors: boolean
      readonly conversions: Conversions | undefined
      readonly ahead: ReceivedAhead | undefined
    },
    private readonly units: readonly Unit[],
    private readonly kernel: Kernel,
  ) {}

  read(wanted: (root: number) => boolean = () => true): Decoded {
    const { r } = this
    for (let n = r.count(2, 'machines'); n > 0; n--) {
      const unit = this.units[r.below(this.units.length, 'unit')] as Unit // below
      this.machines.push(unit.machines[r.below(unit.machines.length, 'machine')] as Machine) // below
    }
    this.births = r.count(1, 'births')
    this.before = reserveBirths(this.births)
    for (let n = r.count(1, 'channels'); n > 0; n--) {
      const channel = new Channel()
      const record = this.readChannel()
      if (record.kind === 'inner') channel.link = record.birth
      this.channels.push({ record, channel, places: [] })
    }
    if (this.what.hasMonitors) for (let n = r.count(2, 'monitors'); n > 0; n--) this.monitors.push(this.readMonitor())
    for (let n = r.count(5, 'roots'), i = 0; i < n; i++) {
      const lists = [this.roots, this.waits, this.away, this.back]
      const before = lists.map(({ length }) => length)
      this.readRoot()
      if (!wanted(i)) lists.forEach((list, k) => list.splice(before[k] ?? 0))
    }
    r.finish()
    this.check()
    const { roots, channels, waits, away, back } = this
    return { header: this.what.header, roots, channels, monitors: this.monitors, waits, away, back }
  }

  /** What one record alone cannot show: at most one writer and one reader wait at a channel, and names are not given twice. */
  private check(): void {
    const writers = new Set<DecodedChannel>()
    const readers = new Set<DecodedChannel>()
    const distinct = (ids: readonly number[]): void => {
      if (new Set(ids).size < ids.length) throw new SnapshotError('malformed', 'two things have one name')
    }
    for (const c of this.channels) {
      if ((c.record.kind === 'home' || c.record.kind === 'host') && c.record.offer !== undefined) writers.add(c)
    }
    for (const { process, channel, state, stamp } of this.waits) {
      if (state === OUTPUT) process.value = 0
      if (channel === undefined) continue
      const same = state === OUTPUT ? writers : readers
      if (same.has(channel)) throw new SnapshotError('malformed', 'two processes wait at one end of a channel')
      same.add(channel)
      if (state === OUTPUT && stamp > 0 !== (channel.record.kind === 'away')) {
        throw new SnapshotError('malformed', 'an output does not agree with where its channel is')
      }
    }
    distinct(this.channels.flatMap(({ record }) => (record.kind === 'home' || record.kind === 'away' ? [record.id] : [])))
    distinct(this.away.map(({ slot }) => slot.id))
    distinct(this.roots.flatMap(({ slot }) => (slot === undefined ? [] : [slot.id])))
    distinct(this.waits.flatMap(({ name }) => (name === undefined ? [] : [name.id])))
  }

  private readChannel(): ChannelRecord {
    const { r } = this
    const tag = r.byte()
    switch (tag) {
      case 0:
        return { kind: 'inner', birth: this.readBirth() }
      case 1:
      case 2: {
        const id = r.uint()
        const version = r.uint()
        const floor = r.uint()
        const offer: RemoteOffer | undefined =
          tag === 1 ? undefined : { stamp: r.uint(), moves: r.uint(), replyTo: r.uint(), value: readValue(r) }
        return { kind: 'home', id, version, floor, offer }
      }
      case 3: {
        const id = r.uint()
        return { kind: 'away', id, version: r.uint(), hint: hintAsRead(r.uint()) }
      }
      case 4:
      case 5:
        return { kind: 'host', name: r.string(), offer: tag === 4 ? undefined : readValue(r) }
      default:
        throw new SnapshotError('malformed', `${tag} is no kind of channel`)
    }
  }

  /** A birth that is to others of this snapshot as it was, and after all that was born here before. */
  private readBirth(): number {
    const rank = this.r.below(this.births + 1, 'birth')
    return rank === 0 ? 0 : this.before + rank
  }

  private readSlotRecord(): SlotRecord {
    return { id: this.r.uint(), version: this.r.uint(), hint: hintAsRead(this.r.uint()) }
  }

  private readRoot(): void {
    const { r } = this
    const path = r.string()
    const born = this.readBirth()
    const flags = r.below(8, 'flags')
    const slot = flags & 1 ? this.readSlotRecord() : undefined
    const views = new ViewSource(r, this.readHandle, this.what.ahead)
    if (flags & 4) readMobiles(r, views, views.mobiles)
    const frames = new FrameReader(r, this.machines, this.channels, views, this.monitors, this.what.conversions)
    const count = r.count(4, 'processes')
    const queue: Branch[] = [{ join: null, index: 0 }]
    let root: Process | undefined
    for (let i = 0; i < queue.length; i++) {
      const { join, index } = queue[i] as Branch // i < length
      const p = this.readProcess(frames, join, index, join !== null || slot !== undefined, queue)
      root ??= p
    }
    if (root === undefined || queue.length !== count) throw new SnapshotError('malformed', 'the processes do not agree with their joins')
    let bottom = root.frame
    while (bottom.caller !== null) bottom = bottom.caller
    if (flags & 2 && slot === undefined) throw new SnapshotError('malformed', 'a process without a parent borrows from it')
    const borrowed = flags & 2 ? frames.readBorrowed(bottom) : undefined
    this.roots.push({ process: root, path, born, slot, borrowed })
  }

  /** @param queue gets the branches of the process */
  private readProcess(frames: FrameReader, join: Join | null, index: number, branch: boolean, queue: Branch[]): Process {
    const { r } = this
    const head = r.below(4 * (SUSPENDED + 1), 'state')
    const state = (head >> 2) as ProcessState // below
    const name: ProcessName | undefined = head & 1 ? { id: r.uint(), moves: r.uint() } : undefined
    let channel: DecodedChannel | undefined
    let value: Value | HostCall = 0
    let stamp = 0
    let moves = 0
    let awaited: DecodedMonitor | undefined
    switch (state) {
      case OUTPUT:
        channel = this.readChannelIndex()
        stamp = r.uint()
        moves = r.uint()
        value = frames.readHeld()
        break
      case INPUT:
        channel = this.readChannelIndex()
        break
      case TIMER:
        value = r.real()
        if (!Number.isFinite(value)) throw new SnapshotError('malformed', 'a process waits for no time')
        break
      case HOST: {
        const service = r.string()
        const actuals: Value[] = []
        for (let n = r.count(2, 'actuals'); n > 0; n--) actuals.push(frames.readHeld())
        value = new HostCall(service, actuals)
        break
      }
      case READY:
      case ALT:
      case JOIN:
      case ENDED:
      case GONE:
      case SUSPENDED:
        value = frames.readHeld()
        break
      case MONITOR:
        awaited = this.readMonitorOf()
    }
    let frame: Frame | undefined
    for (let n = r.count(2, 'frames'); n > 0; n--) frame = frames.readFrame(frame, branch, n === 1)
    if (frame === undefined) throw new SnapshotError('malformed', 'a process has no frame')
    const p = newProcess(this.kernel, frame, join, index, (head >> 1) & 1)
    p.state = GONE
    p.value = awaited?.monitor ?? value
    awaited?.places.push({ holder: p as unknown as Fields, key: 'value' }) // a process has such a field
    if (join !== null) join.branches[index] = p
    this.waits.push({ process: p, state, channel, stamp, moves, value: state === OUTPUT ? (value as Value) : 0, name }) // OUTPUT holds a value
    const pending = r.below(3, 'what a frame waits for')
    const calling = frames.calling
    if (calling !== (pending !== 0)) throw new SnapshotError('malformed', 'a frame does not agree with what it waits for')
    if (pending === 2) frame.pending = frames.readResults(frame)
    else if (pending === 1) frame.pending = this.readJoin(frames, p, queue)
    if (state === JOIN && !(frame.pending instanceof Join && frame.pending.running > 0)) {
      throw new SnapshotError('malformed', 'a process waits for branches and has none')
    }
    return p
  }

  private readMonitor(): DecodedMonitor {
    const { r } = this
    const tag = r.byte()
    if (tag === 0)
      return { away: { id: r.uint(), version: r.uint(), hint: hintAsRead(r.uint()) }, monitor: new Monitor(undefined), places: [] }
    const state = r.uints('numbers of a monitor')
    const role = roleOf(tag - 1, state)
    if (role === undefined) throw new SnapshotError('malformed', `${tag} is no kind of monitor`)
    return { away: undefined, monitor: new Monitor(role), places: [] }
  }

  /** The monitor that a process waits at. */
  private readMonitorOf(): DecodedMonitor {
    const found = this.monitors[this.r.uint() - 1]
    if (found === undefined) throw new SnapshotError('malformed', 'a process waits at a monitor that is not there')
    return found
  }

  /** The monitor, or the channel of an end, that a mobile holds as a part. */
  private readonly readHandle = (r: ByteReader, holder: Reference[], key: number): Handle => {
    const number = r.uint()
    const kind = HANDLE_KINDS[number % HANDLE_KINDS.length] ?? 'monitor'
    const index = Math.floor(number / HANDLE_KINDS.length) - 1
    if (kind !== 'monitor') return this.channelHandle(index, useOfKind(kind))
    const found = this.monitors[index]
    if (found === undefined) throw new SnapshotError('malformed', 'a mobile holds a monitor that is not there')
    found.places.push({ holder: holder as unknown as Fields, key }) // an array is indexed by numbers
    return found.monitor
  }

  private channelHandle(index: number, use: Use): ChannelHandle {
    const found = this.channels[index]
    if (found === undefined) throw new SnapshotError('malformed', 'an end holds a channel that is not there')
    const handle = new ChannelHandle(found.channel, use)
    found.places.push({ holder: handle as unknown as Fields, key: 'channel' }) // a handle has such a field
    return handle
  }

  private readChannelIndex(): DecodedChannel {
    const c = this.channels[this.r.uint() - 1]
    if (c === undefined) throw new SnapshotError('malformed', 'a process waits at a channel that is not there')
    return c
  }

  private readJoin(frames: FrameReader, parent: Process, queue: Branch[]): Join {
    const { r } = this
    const born = this.readBirth()
    const groups: BranchGroup[] = []
    for (let n = r.count(3, 'groups of branches'); n > 0; n--) {
      const first = r.uint()
      const label = r.string()
      const replicated = r.below(2, 'flag') === 1
      groups.push({ first, label, base: replicated ? r.int() : NaN, step: replicated ? r.int() : 0 })
    }
    const isForking = groups[0]?.label === BODY
    const j = isForking ? new Forks(parent) : groups[0]?.label === RUN ? new Activation(parent) : new Join(parent)
    if (isForking) for (const { label } of groups) j.name(label, NaN)
    else for (const group of groups) j.groups.push(group)
    j.born = born
    const n = r.count(1, 'branches')
    if (
      groups.some(({ first }, i) => (i === 0 ? first !== 0 : first <= (groups[i - 1]?.first ?? 0)) || first >= n) ||
      (isForking && groups.length !== n) ||
      n > 0 !== groups.length > 0
    ) {
      throw new SnapshotError('malformed', 'the groups of branches do not agree with the branches')
    }
    for (let i = 0; i < n; i++) {
      const tag = r.below(4, 'kind of branch')
      if (tag !== 0) j.running++
      if (tag === 0) this.standIn(j, frames.readResults(null), ENDED)
      else if (tag === 3) {
        const slot = this.readSlotRecord()
        const at = r.uint()
        const shadow = frames.readShadow()
        this.away.push({ join: j, process: this.standIn(j, shadow, GONE), shadow, slot, at })
      } else {
        queue.push({ join: j, index: i })
        const standIn = this.standIn(j, parent.frame, READY) // until the branch itself has been read
        if (tag === 2) this.readBack(frames, j, i, standIn)
      }
    }
    return j
  }

  private standIn(j: Join, frame: Frame, state: ProcessState): Process {
    const p = newProcess(this.kernel, frame, j, j.branches.length, 0)
    p.state = state
    j.branches.push(p)
    return p
  }

  private readBack(frames: FrameReader, j: Join, index: number, standIn: Process): void {
    const shadow = frames.readShadow()
    const borrowed = frames.readBorrowed(shadow)
    this.back.push({
      join: j,
      get process() {
        return j.branches[index] ?? standIn
      },
      shadow,
      borrowed,
    })
  }
}
