/** `--roam`: keeps moving random processes, subtrees and channels of a site to random nodes. */
import { Channel, NO_CHANNEL } from '../kernel/channel.ts'
import { processes } from '../kernel/inspect.ts'
import type { Process } from '../kernel/process.ts'
import type { Site } from './site.ts'

/**
 * Begins to move things, until the site is closed.
 * @param interval milliseconds between two moves
 * @param random in [0, 1)
 */
export function roam(site: Site, interval: number, random: () => number): void {
  site.clock.after(interval, () => {
    if (site.closed || site.settled) return
    if (!site.busy) moveSomething(site, random)
    roam(site, interval, random)
  })
}

function moveSomething(site: Site, random: () => number): void {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const to = pick(site.post.nodes().filter((m) => m.index !== site.membership.self.index))
  const p = pick(processes(site.kernel))
  if (to === undefined || p === undefined) return
  const kind = random()
  if (kind < 0.2) {
    const channel = pick(channelsOf(p))
    if (channel !== undefined) site.links.migrateHome(channel, to.index)
    site.drive.poke()
  } else site.depart([p], kind < 0.6 ? 'only' : 'subtree', to, () => undefined)
}

/** @returns the channels in the slots of the innermost frame */
function channelsOf(p: Process): Channel[] {
  const frame = p.frame as unknown as Readonly<Record<string, unknown>> // slots are fields of these names
  const found: Channel[] = []
  for (const [name] of p.frame.machine.slots) {
    const value = frame[name]
    for (const c of Array.isArray(value) ? (value as unknown[]) : [value]) if (c instanceof Channel && c !== NO_CHANNEL) found.push(c)
  }
  return found
}
