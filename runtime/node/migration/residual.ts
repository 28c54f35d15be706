/** What each process here still needs of other nodes: `godwit ps --residual`. */
import type { Channel } from '../../kernel/scheduler/channel.ts'
import { processes } from '../../kernel/inspect/inspect.ts'
import { slotsWithChannels } from '../../kernel/inspect/process-info.ts'
import type { Frame, Process } from '../../kernel/scheduler/process.ts'
import type { ProcessStatus } from '../commands/client.ts'
import type { Site } from '../program/site.ts'

type Needs = NonNullable<ProcessStatus['residual']>

/** @returns for each process that needs another node which, and why */
export function residualNeeds(site: Site): ReadonlyMap<Process, Needs> {
  const needs = new Map<Process, { node: string; why: string }[]>()
  const add = (p: Process, index: number, why: string): void => {
    const node = site.post.nameOf(index)
    const list = needs.get(p) ?? []
    if (!list.some((n) => n.node === node && n.why === why)) needs.set(p, [...list, { node, why }])
  }
  const channels = new Map<Channel, { readonly node: number; readonly why: string }>()
  for (const { node, why, process, channel } of site.links.residual()) {
    if (process !== undefined) add(process, node, why.replace(`${site.links.pathOf(process)} `, ''))
    else if (channel !== undefined) channels.set(channel, { node, why })
  }
  if (channels.size === 0) return needs
  for (const p of processes(site.kernel)) {
    for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
      const live = f.machine.live[f.pc] ?? []
      for (const { slot, name, type, channel } of slotsWithChannels(f)) {
        const need = channels.get(channel)
        if (need === undefined || !live.includes(slot)) continue
        add(p, need.node, `${name}: ${type.endsWith('!') ? 'who reads from it is there' : need.why}`)
      }
    }
  }
  return needs
}
