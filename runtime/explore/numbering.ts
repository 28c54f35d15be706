/** The numbers that words have for what is no number: machines, channels, monitors, values, contents of arrays. */
import { kindOf, bytesOf } from '../kernel/snapshot/codec.ts'
import { Activation } from '../kernel/scheduler/agents.ts'
import { cloned, isDefined, Mobile } from '../kernel/scheduler/mobile.ts'
import { NO_MONITOR } from '../kernel/scheduler/monitor.ts'
import { ChannelHandle } from '../kernel/scheduler/ends.ts'
import { Channel, Monitor, NO_CHANNEL, REMOTE } from '../kernel/scheduler/state.ts'
import type { Frame, Machine, MonitorRequest, Process } from '../kernel/scheduler/state.ts'
import { fieldsOf } from '../kernel/snapshot/schema.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { hold } from './held.ts'
import type { Held } from './held.ts'
import { eachHandle, mobileAsWords, mobileOfWords } from './mobile-words.ts'
import type { MobileWords } from './mobile-words.ts'
import { isNone, nameOfChannel, Names } from './names.ts'
import type { ChannelName, MonitorName, Place } from './names.ts'
import { NotExplored } from './not-explored.ts'
import { CHANNEL, kindAt, NO_TRAVELLERS, Renaming, VALUE, wordAt } from './renaming.ts'
import type { Travellers } from './renaming.ts'
import { textOf, textOfWords } from './text-of.ts'
import type { Numbers } from './word-list.ts'

/** What a message carries: a value, a mobile of several parts, or a time relative to now. */
type Carried = { readonly value: Exclude<Value, Mobile> } | { readonly mobile: MobileWords } | { readonly time: number }

/** A monitor that was made in a run. */
export interface MadeMonitor {
  readonly name: MonitorName
  readonly kind: number
  readonly state: readonly number[]
}

/** What the link of a channel is that was made for an end: see `bundle ()` of kernel/scheduler/ends.ts. */
const TRAVELS = 0

/** What a value or content takes up in the heap of the engine besides its bytes, by and large. */
const VALUE_BYTES = 300

export class Numbering implements Numbers {
  readonly names = new Names()
  private readonly machines: Machine[] = []
  private readonly machineNumbers = new Map<Machine, number>()
  private readonly channelObjects: Channel[] = [NO_CHANNEL]
  private readonly monitorObjects: Monitor[] = [NO_MONITOR]
  private readonly values: Carried[] = []
  private readonly valueNumbers = new Map<string, number>()
  private readonly contents: { readonly bytes: Uint8Array; readonly pad: number }[] = []
  private readonly contentNumbers = new Map<string, number>()
  private kept = 0
  /** Of the run that goes on: the numbers that channels and monitors of a place have. */
  private used = new Map<Place, Set<number>>()
  private usedMonitors = new Map<Place, Set<number>>()
  private places = new Map<Process, Place>()
  /** How many channels and monitors that travel were made in the run. */
  private freshChannels = 0
  private freshMonitors = 0
  /** Monitors that were made in the run. */
  made: MadeMonitor[] = []
  /** Whose words are being written. */
  private writing: Place = this.names.root
  /** Tells what a process asks of the monitor it waits at. */
  requestOf: (p: Process) => MonitorRequest = () => {
    throw new Error('nobody knows what is asked')
  }

  /** @returns bytes that values and contents of arrays take up, by and large */
  get memory(): number {
    return this.kept
  }

  /** A run begins. */
  begin(): void {
    this.used = new Map()
    this.usedMonitors = new Map()
    this.places = new Map()
    this.freshChannels = 0
    this.freshMonitors = 0
    this.made = []
  }

  /** Whether the run has made something that travels. */
  get hasMadeTravellers(): boolean {
    return this.freshChannels + this.freshMonitors > 0
  }

  /** @param place where `p` is, which runs or is written */
  put(p: Process, place: Place): void {
    this.places.set(p, place)
    this.writing = place
  }

  placeOf(p: Process): Place {
    let place = this.places.get(p)
    if (place === undefined) {
      if (p.join === null) throw new Error('a process has no place')
      place = this.placeOf(p.join.parent).at(p.index)
      this.places.set(p, place)
    }
    return place
  }

  /** What a new branch was given has a name from now on. */
  prepare(p: Process): void {
    requireExplorable(p)
    const place = this.placeOf(p)
    this.adopt(p.frame, place.parent ?? place)
  }

  /** As `prepare`, of a process that is forked. @param by whom */
  prepareForked(p: Process, by: Process): void {
    this.adopt(p.frame, this.placeOf(by))
  }

  private adopt(frame: Frame, maker: Place): void {
    const fields = fieldsOf(frame)
    for (const [name, type] of frame.machine.slots) {
      if (!type.startsWith('chan') && !type.startsWith('mo')) continue
      const v = fields[name]
      for (const each of Array.isArray(v) ? (v as unknown[]) : [v]) {
        if (each instanceof Channel) this.nameChannel(each, maker)
        else if (each instanceof Monitor) this.nameMonitor(each, maker)
        else if (each instanceof Mobile)
          eachHandle(each, (h) => {
            if (h instanceof ChannelHandle) this.nameChannel(h.channel, maker)
            else if (h instanceof Monitor) this.nameMonitor(h, maker)
          })
      }
    }
  }

  private nameChannel(c: Channel, maker: Place): ChannelName | undefined {
    if (isNone(c)) return undefined
    const known = nameOfChannel(c)
    if (known !== undefined) return known
    const travels = c.link === TRAVELS
    const name = travels
      ? this.names.travellingChannel({ rank: this.freshChannels++, isFresh: true })
      : this.names.channel(maker, least(this.used, maker))
    c.link = name
    c.state = REMOTE
    return name
  }

  private nameMonitor(m: Monitor, maker: Place): MonitorName | undefined {
    if (isNone(m)) return undefined
    const known = this.names.nameOf(m)
    if (known !== undefined) return known
    const name = m.travels
      ? this.names.travellingMonitor({ rank: this.freshMonitors++, isFresh: true })
      : this.names.monitor(maker, least(this.usedMonitors, maker))
    this.names.give(m, name)
    if (m.role === undefined) throw new Error('a new monitor has no role')
    this.made.push({ name, kind: m.role.kind, state: m.role.state() })
    m.role = undefined
    return name
  }

  // ------------------------------------------------------------------------------------------ both ways

  machine(m: Machine): number {
    let number = this.machineNumbers.get(m)
    if (number === undefined) {
      this.machineNumbers.set(m, (number = this.machines.length))
      this.machines.push(m)
    }
    return number
  }

  machineAt(number: number): Machine {
    const machine = this.machines[number]
    if (machine === undefined) throw new Error(`there is no machine ${number}`)
    return machine
  }

  channel(c: Channel): number {
    return this.nameChannel(c, this.writing)?.number ?? 0
  }

  channelAt(number: number): Channel {
    let c = this.channelObjects[number]
    if (c === undefined) {
      c = new Channel()
      c.state = REMOTE
      c.link = this.names.channels[number] ?? 0
      this.channelObjects[number] = c
    }
    if (c.link !== NO_CHANNEL.link) {
      const name = nameOfChannel(c)
      if (name !== undefined && name.travels === undefined) use(this.used, name.maker, name.ordinal)
    }
    return c
  }

  monitor(m: Monitor): number {
    return this.nameMonitor(m, this.writing)?.number ?? 0
  }

  monitorAt(number: number): Monitor {
    let m = this.monitorObjects[number]
    const name = this.names.monitors[number]
    if (name === undefined) throw new Error(`there is no monitor ${number}`)
    if (m === undefined) {
      m = new Monitor(undefined)
      this.names.give(m, name)
      this.monitorObjects[number] = m
    }
    if (number > 0 && name.travels === undefined) use(this.usedMonitors, name.maker, name.ordinal)
    return m
  }

  request(p: Process): number {
    return this.requestOf(p)
  }

  /** @returns the number of a value that a message carries */
  value(v: Value): number {
    if (v instanceof Mobile) return this.mobile(mobileAsWords(v, this))
    return this.carried(keyOf(v), () => ({ value: copiedFlat(v) }))
  }

  private mobile(mobile: MobileWords): number {
    return this.carried(`m${textOfWords(mobile.words)}`, () => ({ mobile }))
  }

  /** @returns the ends and monitors that are in a message; undefined when there are none */
  heldIn(number: number): Held | undefined {
    const carried = this.values[number]
    return carried !== undefined && 'mobile' in carried && carried.mobile.names.length > 0 ? carried.mobile.held : undefined
  }

  /** @returns the number of a message that is the same but for what its names have become */
  private renamedValue(number: number, renaming: Renaming): number {
    const carried = this.values[number]
    if (carried === undefined || !('mobile' in carried) || carried.mobile.names.length === 0) return number
    const { words, names, held } = carried.mobile
    return this.mobile({ words: renaming.words(words, names), names, held: renaming.held(held) })
  }

  /** @returns a renaming in which everything has the name that it had. @param isOfOthers whether what has not travelled so far gets other names too */
  renaming(isOfOthers = false): Renaming {
    return new Renaming((number, renaming) => this.renamedValue(number, renaming), isOfOthers)
  }

  /** @returns what travels and has a name in a list of words. @param names the positions of names */
  travellersIn(words: ArrayLike<number>, names: readonly number[]): Travellers {
    if (!this.names.haveTravellers) return NO_TRAVELLERS
    const channels: number[] = []
    const monitors: number[] = []
    const look = (list: ArrayLike<number>, positions: readonly number[]): void => {
      for (const position of positions) {
        const number = list[wordAt(position)] ?? 0
        const kind = kindAt(position)
        if (kind === VALUE) {
          const carried = this.values[number]
          if (carried !== undefined && 'mobile' in carried) look(carried.mobile.words, carried.mobile.names)
        } else if (kind === CHANNEL) {
          if (this.names.channels[number]?.travels !== undefined) hold(channels, number)
        } else if (this.names.monitors[number]?.travels !== undefined) hold(monitors, number)
      }
    }
    look(words, names)
    return channels.length + monitors.length === 0 ? NO_TRAVELLERS : { channels, monitors }
  }

  /** @returns the number of a time that a message carries, relative to now */
  time(relative: number): number {
    return this.carried(`t${relative}`, () => ({ time: relative }))
  }

  private carried(key: string, make: () => Carried): number {
    let number = this.valueNumbers.get(key)
    if (number === undefined) {
      this.valueNumbers.set(key, (number = this.values.length))
      this.values.push(make())
      this.kept += VALUE_BYTES + 2 * key.length
    }
    return number
  }

  /** @returns a value as a process gets it that takes the message. @param base what the clock says */
  valueAt(number: number, base: number): Value {
    const carried = this.values[number]
    if (carried === undefined) throw new Error(`there is no value ${number}`)
    if ('time' in carried) return (carried.time + base) | 0
    return 'mobile' in carried ? mobileOfWords(carried.mobile.words, this) : copiedFlat(carried.value)
  }

  /** @returns the number of the same message when `d` microseconds have passed */
  later(number: number, d: number): number {
    const carried = this.values[number]
    return carried !== undefined && 'time' in carried ? this.time(carried.time - d) : number
  }

  isTime(number: number): boolean {
    const carried = this.values[number]
    return carried !== undefined && 'time' in carried
  }

  content(bytes: Uint8Array, pad: number): number {
    const key = `${pad}${textOf(bytes)}`
    let number = this.contentNumbers.get(key)
    if (number === undefined) {
      this.contentNumbers.set(key, (number = this.contents.length))
      this.contents.push({ bytes: bytes.slice(), pad })
      this.kept += VALUE_BYTES + 2 * bytes.length
    }
    return number
  }

  contentAt(number: number): { readonly bytes: Uint8Array; readonly pad: number } {
    const found = this.contents[number]
    if (found === undefined) throw new Error(`there is no content ${number}`)
    return found
  }
}

/** @returns a message as whoever takes it gets it: an array is a copy */
export function copied(v: Value): Value {
  return v instanceof Mobile ? v : copiedFlat(v)
}

function copiedFlat(v: Exclude<Value, Mobile>): Exclude<Value, Mobile> {
  return typeof v === 'object' ? cloned(v) : v
}

/** @throws NotExplored when a process was made in a way that is not covered */
function requireExplorable({ join }: Process): void {
  if (join instanceof Activation) throw new NotExplored('a mobile process', join.parent)
}

/** @returns a text that no other value has */
export function keyOf(v: Value): string {
  if (typeof v === 'number') return Object.is(v, -0) ? 'n-0' : `n${v}`
  if (typeof v === 'boolean') return v ? 'b1' : 'b0'
  if (typeof v === 'bigint') return `i${v}`
  if (v instanceof Mobile) throw new NotExplored('a mobile of several parts, or an end of a channel type, that is sent outside')
  return `${isDefined(v) ? 'a' : 'u'}${kindOf(v)}${textOf(bytesOf(v))}`
}

function use(used: Map<Place, Set<number>>, maker: Place, ordinal: number): void {
  const known = used.get(maker)
  if (known === undefined) used.set(maker, new Set([ordinal]))
  else known.add(ordinal)
}

function least(used: Map<Place, Set<number>>, maker: Place): number {
  let known = used.get(maker)
  if (known === undefined) used.set(maker, (known = new Set()))
  let ordinal = 0
  while (known.has(ordinal)) ordinal++
  known.add(ordinal)
  return ordinal
}
