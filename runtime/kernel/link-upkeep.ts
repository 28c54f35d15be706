/**
 * What a link table keeps, and how long.
 *
 * An entry stays while something here holds its object (a frame, a waiting process, a join), while its declarer is here, or while it is at home
 * here and its declarer has not ended. A mere forwarder stays from one `expire` to the next in which nobody asked it; who still believes in
 * it later asks all nodes.
 */
import type { Channel } from './channel.ts'
import type { Kernel } from './kernel.ts'
import type { LinkParts } from './link-arrival.ts'
import { AWAY, ChannelLink, HERE, ProcessLink, SlotLink, TRANSIT } from './link-objects.ts'
import { pathOf } from './paths.ts'
import { ENDED } from './process.ts'
import { reachable } from './reach.ts'

/** What the processes of a node still need of another node. */
export interface Residual {
  readonly node: number
  readonly why: string
}

/** Drops forwarders that nobody asked since the last `expire`, and what nothing here holds any more. */
export function expire(kernel: Kernel, parts: LinkParts): void {
  const { router, joins } = parts
  const held = reachable(kernel)
  for (const link of [...router.links.values()]) {
    const idle = !link.used && link.held.length === 0 && link.sought === undefined
    link.used = false
    if (link.place === TRANSIT || !idle) continue
    if (link instanceof ChannelLink) expireChannel(link, held, parts)
    else if (link instanceof SlotLink) {
      if (link.place === HERE ? link.settled : !joins.needs(link.id)) router.links.delete(link.id)
    } else if (link instanceof ProcessLink && link.place === HERE) {
      if (link.process === undefined || link.process.state === ENDED) router.links.delete(link.id)
    } else router.links.delete(link.id)
  }
}

function expireChannel(link: ChannelLink, held: ReadonlySet<Channel>, { router, channels }: LinkParts): void {
  const { channel, id, version } = link
  if (held.has(channel) || channels.isWaitedFor(link)) return
  if (link.place === HERE && !link.declared && !link.released) return
  router.links.delete(id)
  if (link.place === AWAY && link.declared) router.post(link.hint, { type: 'release', id, version })
}

/** What the processes here still need of other nodes, and why. */
export function residual(kernel: Kernel, { router, channels, joins }: LinkParts): Residual[] {
  const held = reachable(kernel)
  const result: Residual[] = []
  for (const link of router.links.values()) {
    if (link instanceof ChannelLink) {
      const out = link.outgoing?.process
      if (link.place === AWAY && out !== undefined) result.push({ node: link.hint, why: `${pathOf(out)} waits to output on a channel there` })
      else if (link.place === AWAY && held.has(link.channel)) result.push({ node: link.hint, why: 'the home of a channel is there' })
      const writer = channels.remoteWriter(link)
      if (writer !== undefined && writer !== router.self) result.push({ node: writer, why: 'a writer waits there for a process here' })
    } else if (link instanceof SlotLink) {
      const branch = joins.parted.get(link.id)
      if (branch !== undefined) result.push({ node: link.hint, why: `${pathOf(branch)} reports its end there` })
      else if (link.place === HERE && link.process !== undefined) result.push({ node: link.at, why: `${pathOf(link.process)} runs there` })
    }
  }
  return result
}
