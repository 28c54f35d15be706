/**
 * All processes of a kernel, and who has which ends of channels, in forms that stay small however many processes there are.
 *
 * Branches of one PAR that differ in their subscripts only are one group; the path of such a group is made once, not once for each of them.
 */
import { ChannelLink, Stub } from '../links/objects.ts'
import { altingAt } from '../scheduler/channel.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { ALT, INPUT, liveSlots, OUTPUT } from '../scheduler/state.ts'
import type { Channel, Frame, Process, ProcessState } from '../scheduler/state.ts'
import { pathOf } from './paths.ts'
import { channelName, eachChannel, originOf, walkProcesses } from './process-info.ts'

/** Processes whose paths are `PATH[i]` for each `i` of `indices`, or the one process of that path. */
export interface SurveyGroup {
  readonly path: string
  readonly indices: number[] | undefined
  readonly states: ProcessState[]
}

/** @returns the processes of a program here, in groups, parents before branches. It may be left for a while where it yields. */
export function* surveyProcesses(kernel: Kernel): Generator<void, SurveyGroup[], void> {
  const groups = new Map<string, SurveyGroup>()
  const single: SurveyGroup[] = []
  /** Paths of those that have branches, and the groups of these by their labels. */
  const parents = new Map<Process, { readonly path: string; readonly groups: Map<string, SurveyGroup> }>()
  for (const p of walkProcesses(kernel)) {
    yield
    const { join, state } = p
    const index = join === null || join.link instanceof Stub ? NaN : join.replicator(p.index)
    if (join === null || Number.isNaN(index)) {
      addTo(pathOf(p), state)
      continue
    }
    let parent = parents.get(join.parent)
    if (parent === undefined) parents.set(join.parent, (parent = { path: pathOf(join.parent), groups: new Map() }))
    const label = join.label(p.index)
    let group = parent.groups.get(label)
    if (group === undefined) {
      parent.groups.set(label, (group = groupOf(`${parent.path}/${label}`)))
    }
    group.indices?.push(index)
    group.states.push(state)
  }
  return [...groups.values(), ...single]

  /** A process whose parent is elsewhere has only its path, and belongs to those that came with it. */
  function addTo(path: string, state: ProcessState): void {
    const [, stem = path, index] = /^(.*)\[(-?\d+)\]$/s.exec(path) ?? []
    if (index === undefined) {
      single.push({ path, indices: undefined, states: [state] })
      return
    }
    const group = groupOf(stem)
    group.indices?.push(Number(index))
    group.states.push(state)
  }

  function groupOf(path: string): SurveyGroup {
    let group = groups.get(path)
    if (group === undefined) groups.set(path, (group = { path, indices: [], states: [] }))
    return group
  }
}

/** Channels that lead from the processes of one path to those of another. */
export interface WiredChannels {
  readonly writer: string
  readonly reader: string
  /** What one of them is called where it was declared. */
  readonly name: string
  count: number
}

/** An end of a channel that other nodes know too. */
export interface WiredEnd {
  readonly channel: number
  readonly path: string
  readonly name: string
  readonly writes: boolean
}

export interface WiringHere {
  readonly channels: readonly WiredChannels[]
  readonly ends: readonly WiredEnd[]
}

/** Of more processes than this, those whose paths differ in subscripts only are told together. */
export const TOLD_ALONE = 2_000
/** Ends of channels between nodes that are told. */
const MOST_ENDS = 5_000

/** The holders of a channel here. Most channels have one each. */
interface Holders {
  readonly writers: Process[]
  readonly readers: Process[]
}

/** @returns who of the processes here has which ends of channels. It may be left for a while where it yields. */
export function* surveyChannels(kernel: Kernel): Generator<void, WiringHere, void> {
  const found = new Map<Channel, Holders>()
  let processes = 0
  for (const p of walkProcesses(kernel)) {
    processes++
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) noteEnds(p, f, found)
    yield
  }
  const together = processes > TOLD_ALONE
  const paths = new Map<Process, string>()
  const nameOf = (p: Process): string => {
    let path = paths.get(p)
    if (path === undefined) paths.set(p, (path = together ? pathOf(p).replace(/\[-?\d+\]/g, '[*]') : pathOf(p)))
    return path
  }
  const channels = new Map<string, WiredChannels>()
  const ends: WiredEnd[] = []
  for (const [channel, { writers, readers }] of found) {
    yield
    const { link } = channel
    if (link instanceof ChannelLink) {
      const end = (p: Process, writes: boolean): void => {
        if (ends.length < MOST_ENDS) ends.push({ channel: link.id, path: nameOf(p), name: originOf(p, channel)?.name ?? '', writes })
      }
      for (const p of writers) end(p, true)
      for (const p of readers) end(p, false)
      continue
    }
    for (const writer of writers)
      for (const reader of readers) {
        const key = `${nameOf(writer)}\n${nameOf(reader)}`
        const known = channels.get(key)
        if (known !== undefined && (together || known.name === originOf(writer, channel)?.name)) known.count++
        else {
          const name = originOf(writer, channel)?.name ?? ''
          channels.set(known === undefined ? key : `${key}\n${name}`, { writer: nameOf(writer), reader: nameOf(reader), name, count: 1 })
        }
      }
  }
  return { channels: [...channels.values()], ends }
}

/** Ends of channels that are looked at in one frame: it is looked at without a break. */
const MOST_OF_A_FRAME = 10_000

/** Notes the channels at whose ends a frame is: those of slots with a direction, and what the process waits for, though it may not use that again. */
function noteEnds(p: Process, frame: Frame, found: Map<Channel, Holders>): void {
  const live = new Set(liveSlots(frame.machine, frame.pc))
  let seen = 0
  eachChannel(frame, (channel, slot, type) => {
    const waits = waitsAt(p, channel)
    if ((waits === undefined && !live.has(slot)) || ++seen > MOST_OF_A_FRAME) return
    const writes = type.endsWith('!') || waits === 'writes'
    const reads = type.endsWith('?') || waits === 'reads'
    if (writes || reads) hold(found, channel, p, writes)
  })
}

function waitsAt(p: Process, channel: Channel): 'writes' | 'reads' | undefined {
  if (p.state === OUTPUT && p.value === channel) return 'writes'
  return (p.state === INPUT && p.value === channel) || (p.state === ALT && altingAt(channel) === p) ? 'reads' : undefined
}

/** Holders that are told of one end of a channel: thousands may share it. */
const MOST_HOLDERS = 20

function hold(found: Map<Channel, Holders>, channel: Channel, p: Process, writes: boolean): void {
  let holders = found.get(channel)
  if (holders === undefined) found.set(channel, (holders = { writers: [], readers: [] }))
  const list = writes ? holders.writers : holders.readers
  if (list.length < MOST_HOLDERS && list.at(-1) !== p) list.push(p)
}

/** A channel that a process has an end of. */
export interface HeldChannel {
  readonly name: string
  readonly direction: '?' | '!' | ''
  /** Other processes here that have the other end, or an end that goes both ways. */
  readonly others: readonly string[]
  readonly id: number | undefined
  readonly awaited: boolean
}

/** Channels that are told of one process. */
const MOST_CHANNELS = 100

/** @returns the channels that the process holds, with those who hold the other ends. It may be left for a while where it yields. */
export function* channelsOfProcess(kernel: Kernel, p: Process): Generator<void, HeldChannel[], void> {
  const own = new Map<Channel, { readonly name: string; direction: '?' | '!' | '' }>()
  for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
    const frame = f
    const live = new Set(liveSlots(frame.machine, frame.pc))
    eachChannel(frame, (channel, slot, type, part) => {
      const waits = waitsAt(p, channel)
      if ((waits === undefined && !live.has(slot)) || own.size >= MOST_CHANNELS) return
      const direction = type.endsWith('!') || waits === 'writes' ? '!' : type.endsWith('?') || waits === 'reads' ? '?' : ''
      const known = own.get(channel)
      if (known === undefined) own.set(channel, { name: channelName(frame, slot, part), direction })
      else if (known.direction === '') known.direction = direction
    })
  }
  const found = new Map<Channel, Holders>()
  for (const each of walkProcesses(kernel)) {
    if (each !== p) for (let f: Frame | null = each.frame; f !== null; f = f.caller) noteEnds(each, f, found)
    yield
  }
  return [...own].map(([channel, { name, direction }]) => {
    const { writers = [], readers = [] } = found.get(channel) ?? {}
    const others = direction === '!' ? readers : direction === '?' ? writers : [...writers, ...readers]
    return {
      name,
      direction,
      others: others.map(pathOf),
      id: channel.link instanceof ChannelLink ? channel.link.id : undefined,
      awaited: waitsAt(p, channel) !== undefined,
    }
  })
}
