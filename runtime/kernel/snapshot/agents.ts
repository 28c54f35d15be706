/**
 * Images of idle mobile processes: a snapshot of one, as the elements of the mobile that it is. What it holds that others hold too, barriers and
 * channels of ends, is beside it as parts.
 *
 * Invariants
 * - An image stands for itself: its channels are its own, and it says nothing of where it was.
 * - Stand-ins for claims are numbered from 1; other monitors are the parts, in order.
 * - Behind these come the barriers that its variables have, once for each: see scheduler/drop.ts.
 */
import { Agent } from '../scheduler/agents.ts'
import { ChannelHandle } from '../scheduler/ends.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { JOIN, Monitor, SUSPENDED } from '../scheduler/state.ts'
import type { MissingCode, Unit } from '../scheduler/state.ts'
import { Handle } from '../scheduler/value.ts'
import type { Mobile, Reference } from '../scheduler/value.ts'
import { SnapshotError } from './snapshot-error.ts'
import type { CapturePlan } from './snapshot-format.ts'
import { readHeader, readSnapshot } from './snapshot-reader.ts'
import type { UnitOf } from './snapshot-reader.ts'

/** Units of mobile processes of which this OS process has made images. */
const known = new Map<string, Unit>()

/** @returns the plan of the image of a mobile process. @param parts gets what it holds that others hold too */
export function planOf({ process }: Agent, parts: Reference[]): CapturePlan {
  if (process === null) throw new Error('it is an image already')
  const elsewhere = (): never => {
    throw new SnapshotError('pinned', 'a part of a mobile process is elsewhere, or communicates')
  }
  let standIns = 0
  return {
    kind: 'program',
    clock: 0,
    stamp: 0,
    from: 0,
    roots: [{ process, path: '', born: 0, slot: undefined, borrowed: undefined }],
    includes: () => true,
    away: elsewhere,
    back: () => undefined,
    output: elsewhere,
    name: () => undefined,
    channel(c, { reads, writes }) {
      // one that has a name, or is to have one, may be known to others
      if (typeof c.link === 'number' && c.link > 0) return { kind: 'inner', birth: c.link }
      parts.push(new ChannelHandle(c, reads === writes ? undefined : reads ? '?' : '!'))
      return { kind: 'away', id: parts.length, version: 0, hint: 0 }
    },
    monitor(m) {
      if (m.role === undefined && m.link === null) return { kind: 'away', id: 0, version: ++standIns, hint: 0 }
      parts.push(m)
      return { kind: 'away', id: parts.length, version: 0, hint: 0 }
    },
  }
}

/** An image has been made. @param units whose code it needs */
export function remember(units: ReadonlyMap<string, Unit>): void {
  for (const [hash, unit] of units) known.set(hash, unit)
}

/** @returns the hashes of the units that an image needs and that are loaded here */
export function unitsOf({ elements }: Mobile): Unit[] {
  return readHeader(bytesOf(elements)).unitHashes.flatMap((hash) => known.get(hash) ?? [])
}

const bytesOf = (elements: Mobile['elements']): Uint8Array => {
  if (!(elements instanceof Uint8Array)) throw new SnapshotError('malformed', 'an image consists of bytes')
  return elements
}

/** From now on a kernel can read images. @param unitOf finds units beside those of images that were made here */
export function readsImages(kernel: Kernel, unitOf?: UnitOf): void {
  if (unitOf === undefined && reading.has(kernel)) return // it has been told where else there is code
  reading.add(kernel)
  kernel.thaw = (m) => thaw(kernel, m, (hash) => known.get(hash) ?? unitOf?.(hash))
}

/** Kernels that read images. */
const reading = new WeakSet<Kernel>()

function thaw(kernel: Kernel, m: Mobile, unitOf: UnitOf): Agent | MissingCode {
  const bytes = bytesOf(m.elements)
  const { unitHashes } = readHeader(bytes)
  const hashes = unitHashes.filter((hash) => unitOf(hash) === undefined)
  if (hashes.length > 0) return { hashes }
  const decoded = readSnapshot(bytes, kernel, unitOf)
  for (const d of decoded.monitors) {
    const part = d.away === undefined || d.away.id === 0 ? new Monitor(undefined) : m.parts[d.away.id - 1]
    if (!(part instanceof Handle)) throw new SnapshotError('malformed', 'an image lacks one of its parts')
    for (const { holder, key } of d.places) holder[key] = part
  }
  for (const { record, places } of decoded.channels) {
    if (record.kind === 'inner') continue
    const part = record.kind === 'away' ? m.parts[record.id - 1] : undefined
    if (!(part instanceof ChannelHandle)) throw new SnapshotError('malformed', 'an image lacks one of its parts')
    for (const { holder, key } of places) holder[key] = part.channel
  }
  for (const { process, state } of decoded.waits) {
    if (state !== SUSPENDED && state !== JOIN) throw new SnapshotError('malformed', 'a mobile process that is idle waits for something')
    process.state = state
    process.value = 0
  }
  const [root] = decoded.roots
  if (root === undefined) throw new SnapshotError('malformed', 'an image has no process')
  remember(new Map(unitHashes.map((hash) => [hash, unitOf(hash) as Unit]))) // all are there
  return new Agent(root.process)
}
