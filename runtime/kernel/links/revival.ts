/**
 * Revival: a site begins with groups that images hold (image.ts), on whatever node it is.
 *
 *     decode    every site decodes its share; nothing has an effect yet
 *     claims    it says which channels and slots its share names, and how much it wants each channel
 *     settle    whoever gathers the claims decides where each is at home, which is known to all who name it
 *     revive    each site puts its share into its kernel, and its processes go on
 *
 * Invariants
 * - A channel is at home at one of the sites that name it: where a process waits for an input, else where one holds its reading end, else anywhere.
 * - A slot is at home where the parent is.
 * - No site sends or takes a message of links before it has revived its share; what comes earlier waits.
 */
import { ready } from '../scheduler/channel.ts'
import { HOST, HostCall, INPUT, MONITOR } from '../scheduler/state.ts'
import type { Channel, Process } from '../scheduler/state.ts'
import { slotsWithChannels } from '../inspect/process-info.ts'
import { ByteReader, ByteWriter } from '../snapshot/codec.ts'
import type { Conversions } from '../snapshot/conversion.ts'
import { framesOf } from '../snapshot/schema.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { ChannelRecord, SlotRecord } from '../snapshot/snapshot-format.ts'
import { readSnapshot } from '../snapshot/snapshot-reader.ts'
import type { Decoded, UnitOf } from '../snapshot/snapshot-reader.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { MAIN_SLOT } from './image.ts'
import type { ImageHead } from './image.ts'
import { arrive } from './arrival.ts'
import type { LinkParts } from './arrival.ts'
import { eachHandle } from './handles.ts'
import { ChannelLink } from './objects.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import { IDS_OF_A_MEMBER } from './router.ts'

/** No node's number. */
const NOWHERE = -1

/** How much a site wants a channel to be at home there. */
export const NAMES_IT = 0
export const READS_IT = 1
export const WAITS_FOR_IT = 2

/** What a site names, by id. */
export interface Claims {
  readonly channels: ReadonlyMap<number, number>
  /** Slots whose parents it has. */
  readonly parents: readonly number[]
  /** Slots whose branches it has, the parents being elsewhere perhaps. */
  readonly branches: readonly number[]
}

/** Where what a site names is at home, by id: node numbers. */
export type Places = ReadonlyMap<number, number>

/** Where a group is in a list of images. */
export interface LiveGroup {
  readonly image: number
  readonly root: number
  readonly slot: number
}

/**
 * The groups of a program that live, of all that its images hold.
 * @param heads of images, older ones before those that supersede them
 * @returns parents before their branches
 * @throws SnapshotError when one is missing
 */
export function liveGroups(heads: readonly ImageHead[]): LiveGroup[] {
  const newest = new Map<number, LiveGroup>()
  heads.forEach(({ groups }, image) => {
    groups.forEach(({ slot }, root) => newest.set(slot, { image, root, slot }))
  })
  const live: LiveGroup[] = []
  const queue = [MAIN_SLOT]
  for (const slot of queue) {
    const group = newest.get(slot)
    if (group === undefined) throw new SnapshotError('malformed', `the cut has no process for slot ${slot}`)
    live.push(group)
    const { branches = [], places = [] } = heads[group.image]?.groups[group.root] ?? {}
    for (const branch of branches) queue.push(branch)
    for (const place of places) if (newest.has(place)) queue.push(place) // else it was made for a process that is about to be forked
  }
  return live
}

/** What shall be at one site of a program that goes on from images. */
export interface Share {
  /** All images. */
  readonly heads: readonly ImageHead[]
  /** Those of their live groups that shall be there. */
  readonly share: readonly LiveGroup[]
  /** What becomes of frames whose machines are not what they were. */
  readonly conversions?: Conversions | undefined
}

/** What an image has of a share. */
export interface DecodedImage extends Decoded {
  readonly image: number
}

/** Reads the groups of a share, image by image. Nothing of `kernel` changes. @throws SnapshotError */
export function readShare({ heads, share, conversions }: Share, kernel: Kernel, unitOf: UnitOf): DecodedImage[] {
  const byImage = new Map<number, Set<number>>()
  for (const { image, root } of share) {
    const roots = byImage.get(image)
    if (roots === undefined) byImage.set(image, new Set([root]))
    else roots.add(root)
  }
  return [...byImage].map(([image, roots]) => {
    const head = heads[image]
    if (head === undefined) throw new SnapshotError('malformed', 'a share of an image that is not there')
    return { image, ...readSnapshot(head.snapshot, kernel, unitOf, { wanted: (root) => roots.has(root), conversions }) }
  })
}

/** A share of a program that was decoded and has no effect yet. */
export class Revival {
  readonly claims: Claims
  /** How many processes. */
  readonly count: number

  private constructor(
    private readonly heads: readonly ImageHead[],
    private readonly decoded: readonly DecodedImage[],
    private readonly parts: LinkParts,
    held: Iterable<readonly [id: number, wish: number]>,
  ) {
    this.count = decoded.reduce((n, { waits }) => n + waits.length, 0)
    this.claims = {
      channels: wishes(decoded, held),
      parents: decoded.flatMap(({ away }) => away.map(({ slot }) => slot.id)),
      branches: decoded.flatMap(({ roots }) => roots.flatMap(({ slot }) => (slot === undefined ? [] : [slot.id]))),
    }
  }

  /**
   * Decodes a share.
   * @param held channels that processes of the host hold here, and how much they want them
   * @throws SnapshotError
   */
  static decode(
    { heads, share, conversions }: Share,
    { kernel, parts, unitOf }: { readonly kernel: Kernel; readonly parts: LinkParts; readonly unitOf: UnitOf },
    held: Iterable<readonly [id: number, wish: number]> = [],
  ): Revival {
    return new Revival(heads, readShare({ heads, share, conversions }, kernel, unitOf), parts, held)
  }

  /** How many ids the member has given that has given most, as far as the share tells. */
  get idsGiven(): number {
    const { channels, parents, branches } = this.claims
    const names = this.decoded.flatMap(({ waits }) => waits.flatMap(({ name }) => name?.id ?? []))
    let most = 0
    for (const ids of [channels.keys(), parents, branches, names]) for (const id of ids) most = Math.max(most, id % IDS_OF_A_MEMBER)
    return most
  }

  /** Puts the share into the kernel, now that it is known where everything is at home. @returns the tops of its groups, by the image that had them */
  revive(places: Places): { readonly image: number; readonly tops: readonly Process[] }[] {
    const { parts, decoded } = this
    const { router, channels } = parts
    const { self } = router
    /** Ids of channels that are at home here, once one record says so: the others refer to it. */
    const here = new Set<number>()
    for (const [id, at] of places) {
      const link = router.links.get(id) // of a channel that the host holds
      if (!(link instanceof ChannelLink)) continue
      if (at !== self) router.learn(link, 1, at)
      else {
        channels.arrive(link, 1, 0, undefined)
        here.add(id)
      }
    }
    const placed = (record: ChannelRecord): ChannelRecord => {
      if (record.kind !== 'away') return record
      const { id } = record
      const at = places.get(id)
      if (at === undefined) return { kind: 'inner', birth: 0 } // only garbage names it
      if (at !== self) return { kind: 'away', id, version: 1, hint: at }
      if (here.has(id)) return { kind: 'away', id, version: 0, hint: self }
      here.add(id)
      return { kind: 'home', id, version: 1, floor: 0, offer: undefined }
    }
    this.reviveMonitors(places)
    const slotAt = (slot: SlotRecord): SlotRecord => ({ ...slot, hint: places.get(slot.id) ?? self })
    return decoded.map(({ image, ...each }) => {
      for (const c of each.channels) c.record = placed(c.record)
      for (const m of each.monitors) if (m.away !== undefined) m.away = { id: m.away.id, version: 1, hint: places.get(m.away.id) ?? self }
      const roots = each.roots.map((root) => (root.slot === undefined ? root : { ...root, slot: slotAt(root.slot) }))
      const header = { ...each.header, from: NOWHERE } // so each branch tells where it is now
      const tops = arrive({ ...each, header, roots }, parts)
      for (const { process, state } of each.waits) {
        const awaitsCode = state === HOST && process.value instanceof HostCall && process.value.service === 'CODE'
        if (state !== MONITOR && !awaitsCode) continue
        process.value = 0
        ready(process) // it asks again
      }
      return { image, tops }
    })
  }

  private reviveMonitors(places: Places): void {
    const { router, monitors } = this.parts
    const newest = new Map(this.heads.flatMap((head) => head.monitors.map((entry) => [entry.id, entry])))
    for (const [id, entry] of newest) if (places.get(id) === router.self) monitors.revive(entry)
  }
}

/** @returns how much each channel, and each monitor, is wanted by what was decoded, and by the host */
function wishes(decoded: readonly Decoded[], held: Iterable<readonly [id: number, wish: number]>): Map<number, number> {
  const wanted = new Map<number, number>(held)
  for (const { channels, monitors, waits } of decoded) {
    for (const { away } of monitors) if (away !== undefined && !wanted.has(away.id)) wanted.set(away.id, NAMES_IT)
    const ids = new Map<Channel, number>()
    for (const { record, channel } of channels) if (record.kind === 'away') ids.set(channel, record.id)
    const wish = (channel: Channel, much: number): void => {
      const id = ids.get(channel)
      if (id !== undefined) wanted.set(id, Math.max(wanted.get(id) ?? NAMES_IT, much))
    }
    for (const { process, state, channel, value: offered } of waits) {
      for (const value of [process.value, offered]) {
        eachHandle(value, (h) => {
          if (h instanceof ChannelHandle) wish(h.channel, h.use === '?' ? READS_IT : NAMES_IT)
        })
      }
      for (const frame of framesOf(process.frame)) {
        for (const slot of slotsWithChannels(frame)) wish(slot.channel, slot.type.endsWith('?') ? READS_IT : NAMES_IT)
      }
      if (channel !== undefined) wish(channel.channel, state === INPUT ? WAITS_FOR_IT : NAMES_IT)
    }
  }
  return wanted
}

/**
 * Decides where everything is at home.
 * @param claims of each site, by its node's number
 * @returns for each site where what it names is
 * @throws SnapshotError when a branch has no parent
 */
export function settle(claims: ReadonlyMap<number, Claims>): Map<number, Places> {
  const homes = new Map<number, { readonly at: number; readonly wish: number }>()
  const parents = new Map<number, number>()
  for (const [at, { channels, parents: slots }] of claims) {
    for (const [id, wish] of channels) if (wish > (homes.get(id)?.wish ?? -1)) homes.set(id, { at, wish })
    for (const slot of slots) parents.set(slot, at)
  }
  const places = new Map<number, Places>()
  for (const [at, { channels, parents: slots, branches }] of claims) {
    const known = new Map<number, number>()
    for (const id of channels.keys()) known.set(id, homes.get(id)?.at ?? at)
    for (const slot of slots) known.set(slot, at)
    for (const slot of branches) {
      const parent = parents.get(slot)
      if (parent === undefined) throw new SnapshotError('malformed', `the cut has no parent for slot ${slot}`)
      known.set(slot, parent)
    }
    places.set(at, known)
  }
  return places
}

// ------------------------------------------------------------------------------------------ as bytes

export function encodeClaims({ channels, parents, branches }: Claims): Uint8Array {
  const w = new ByteWriter()
  w.ids([...channels.keys()], (id) => {
    w.byte(channels.get(id) ?? NAMES_IT)
  })
  w.ids(parents)
  w.ids(branches)
  return w.finish()
}

/** @throws SnapshotError */
export function decodeClaims(bytes: Uint8Array): Claims {
  const r = new ByteReader(bytes)
  const channels = new Map<number, number>()
  const parents: number[] = []
  const branches: number[] = []
  r.ids('ids', (id) => channels.set(id, r.below(WAITS_FOR_IT + 1, 'wish')))
  r.ids('ids', (id) => parents.push(id))
  r.ids('ids', (id) => branches.push(id))
  r.finish()
  return { channels, parents, branches }
}

export function encodePlaces(places: Places): Uint8Array {
  const w = new ByteWriter()
  w.ids([...places.keys()], (id) => {
    w.uint(places.get(id) ?? 0)
  })
  return w.finish()
}

/** @throws SnapshotError */
export function decodePlaces(bytes: Uint8Array): Places {
  const r = new ByteReader(bytes)
  const places = new Map<number, number>()
  r.ids('ids', (id) => places.set(id, r.uint()))
  r.finish()
  return places
}
