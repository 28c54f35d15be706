/** What each process here still needs of other nodes: `godwit ps --residual`. */
import { liveSlots } from '../../kernel/scheduler/state.ts'
import type { Channel, Frame, Process } from '../../kernel/scheduler/state.ts'
import { channelName, eachChannel, pathOf, walkProcesses } from '../../kernel/inspect/inspect.ts'
import type { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { LinkTable, Residual } from '../../kernel/links/link-table.ts'
import type { ResidualNeed } from '../wire/statuses.ts'

/** What is looked at. */
export interface ResidualSite {
  readonly kernel: Kernel
  readonly links: Pick<LinkTable, 'walkResidual'>
}

/** So many needs of one process are listed one by one. The rest is counted: a parent may have thousands of branches elsewhere. */
const TOLD_ONE_BY_ONE = 5

/** What one process needs of other nodes. */
class Needs {
  readonly told: ResidualNeed[] = []
  private readonly seen = new Set<string>()
  /** By the name of the node. */
  private readonly more = new Map<string, number>()

  add(need: ResidualNeed): void {
    const key = `${need.node} ${need.why}`
    if (this.seen.has(key)) return
    if (this.told.length < TOLD_ONE_BY_ONE) {
      this.seen.add(key)
      this.told.push(need)
    } else this.more.set(need.node, (this.more.get(need.node) ?? 0) + 1)
  }

  all(): ResidualNeed[] {
    return [...this.told, ...[...this.more].map(([node, n]) => ({ node, why: `${n} more needs like these` }))]
  }
}

/**
 * @param nameOf gives the name of the node of that index
 * @returns for each process that needs another node which, and why
 */
export function* residualNeeds(
  { kernel, links }: ResidualSite,
  nameOf: (index: number) => string,
): Generator<void, (p: Process) => readonly ResidualNeed[], void> {
  const needs = new Map<Process, Needs>()
  const add = (p: Process, need: ResidualNeed): void => {
    let list = needs.get(p)
    if (list === undefined) needs.set(p, (list = new Needs()))
    list.add(need)
  }
  const channels = new Map<Channel, Residual>()
  const monitors = new Map<unknown, Residual>()
  for (const need of links.walkResidual()) {
    if (need?.process !== undefined) add(need.process, inWords(need, nameOf(need.node)))
    else if (need?.channel !== undefined) channels.set(need.channel, need)
    else if (need?.monitor !== undefined) monitors.set(need.monitor, need)
    yield
  }
  if (channels.size + monitors.size > 0)
    for (const p of walkProcesses(kernel)) {
      for (let f: Frame | null = p.frame; f !== null; f = f.caller) {
        const frame = f
        const live = new Set(liveSlots(frame.machine, frame.pc))
        eachChannel(frame, (channel, slot, type, part) => {
          const need = channels.get(channel)
          if (need === undefined || !live.has(slot)) return
          const name = channelName(frame, slot, part)
          add(p, { node: nameOf(need.node), why: `${name}: ${type.endsWith('!') ? 'its reader is on that node' : need.why}` })
        })
        for (const slot of live) {
          const need = monitors.get(slotValue(frame, slot))
          if (need !== undefined) add(p, { node: nameOf(need.node), why: `${channelName(frame, slot, '')}: ${need.why}` })
        }
      }
      yield
    }
  return (p) => needs.get(p)?.all() ?? []
}

function slotValue(frame: Frame, slot: number): unknown {
  const name = frame.machine.slots[slot]?.[0] ?? ''
  return (frame as unknown as Readonly<Record<string, unknown>>)[name] // slots are fields of these names
}

function inWords({ kind, why, about }: Residual, node: string): ResidualNeed {
  switch (kind) {
    case 'parent':
      return { node, why: 'reports its end there', parent: true }
    case 'output':
      return { node, why: 'waits to output on a channel there' }
    case 'branch':
      return { node, why: about === undefined ? why : `${pathOf(about)} runs there` }
    case 'home':
    case 'writer':
      return { node, why }
  }
}
