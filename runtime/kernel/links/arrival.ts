/**
 * Arrival: what a capture brings is put into its new kernel and linked with what is known there.
 *
 * The order matters: first every channel becomes the one object that this node has for it, then joins and branches find each other, then homes
 * meet who waits here, then the processes go on, and last the messages that came too early are delivered.
 */
import type { ChannelLinks } from './channels.ts'
import type { JoinLinks } from './joins.ts'
import type { MonitorLinks } from './monitors.ts'
import type { ProcessNames } from './names.ts'
import { HERE } from './objects.ts'
import type { Router } from './router.ts'
import type { Process } from '../scheduler/state.ts'
import { resume } from '../snapshot/resume.ts'
import type { Resumption } from '../snapshot/resume.ts'
import { SnapshotError } from '../snapshot/snapshot-error.ts'
import type { Decoded, DecodedChannel, DecodedRoot } from '../snapshot/snapshot-reader.ts'

/** The parts of a link table. */
export interface LinkParts {
  readonly router: Router
  readonly channels: ChannelLinks
  readonly joins: JoinLinks
  readonly names: ProcessNames
  readonly monitors: MonitorLinks
}

/** Puts what was decoded into this kernel: its processes run. @returns the roots */
export function arrive(decoded: Decoded, parts: LinkParts): Process[] {
  const { router, channels, joins, names } = parts
  router.heard(decoded.header.stamp)
  for (const c of decoded.channels) adoptChannel(c, parts)
  for (const m of decoded.monitors) parts.monitors.adopt(m)
  for (const { slot, at, process } of decoded.away) joins.arrive(slot, at, process)
  for (const { process, shadow, borrowed, join } of decoded.back) joins.adoptBack(join, process, { shadow, borrowed })
  for (const { process, name } of decoded.waits) if (name !== undefined) names.adopt(process, name.id, name.moves)
  for (const root of decoded.roots) adoptRoot(root, decoded.header.from, parts)
  for (const { record, channel } of decoded.channels) {
    if (record.kind === 'home') channels.arrive(channels.named(record.id, channel), record.version, record.floor, record.offer)
  }
  for (const { process } of decoded.waits) process.kernel.observer?.arrives(process)
  const how: Resumption = {
    output: (p, c, wait) => {
      channels.outputAgain(c, p, wait)
    },
    host: () => undefined, // the answer follows
    monitor: () => undefined, // likewise
  }
  for (const wait of decoded.waits) resume(wait, how)
  const flush = (id: number): void => {
    const link = router.links.get(id)
    if (link !== undefined) router.flush(link)
  }
  for (const { record } of decoded.channels) if (record.kind === 'home') flush(record.id)
  for (const { slot } of decoded.away) flush(slot.id)
  for (const { name } of decoded.waits) if (name !== undefined) flush(name.id)
  return decoded.roots.map(({ process }) => process)
}

/** A channel that has a name: here it may be known already, by an object of its own. */
function adoptChannel(c: DecodedChannel, { router, channels }: LinkParts): void {
  const { record, places } = c
  if (record.kind === 'inner') return
  if (record.kind === 'host') throw new SnapshotError('malformed', 'a moving process holds a channel of a checkpoint')
  const link = channels.named(record.id, c.channel)
  if (link.channel !== c.channel) {
    c.channel = link.channel
    for (const { holder, key } of places) holder[key] = link.channel
  }
  if (record.kind === 'away') router.learn(link, record.version, record.hint)
}

/** @param from the node it comes from, which knows where it has gone */
function adoptRoot(root: DecodedRoot, from: number, { router, joins, names }: LinkParts): void {
  const { process: p, slot, borrowed } = root
  if (slot === undefined) {
    joins.part(p, undefined, root)
    return
  }
  const link = joins.known(slot)
  if (link.place === HERE) {
    joins.rejoin(p, link, borrowed)
    return
  }
  joins.part(p, slot.id, root)
  if (slot.hint !== from) joins.tell(link, router.self, names.known(p)?.version ?? 0)
}
