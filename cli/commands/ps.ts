/** `godwit ps` */
import { basename, relative } from 'node:path'
import type { ProcessStatus } from '../../runtime/node/commands/client.ts'
import type { MoveCause, MoveReason } from '../../runtime/node/wire/move-reasons.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { count, fittingTable, out, print, printJson } from '../terminal.ts'

export interface PsOptions extends ClusterOptions {
  readonly residual?: boolean
  /** Name or id of a program. */
  readonly program?: string
}

/** Lists the processes of a cluster. */
export async function ps(options: PsOptions): Promise<void> {
  const residual = options.residual === true
  const { program: name } = options
  const { list, programs } = await withCluster(options, async (client) => {
    if (name === undefined) {
      const list = await client.processes({ residual })
      return { list, programs: (await client.programs.all()).filter(({ state }) => state === 'running') }
    }
    const found = await client.programs.findRunning(name)
    return { list: (await client.processes({ residual })).filter(({ program }) => program === found.program), programs: [found] }
  })
  const homes = new Map(programs.map(({ program, home }) => [program, home]))
  if (options.json === true) {
    printJson(list.map((each) => ({ ...each, home: homes.get(each.program) ?? null })))
    return
  }
  const nowhere = programs.filter(({ program }) => list.every((each) => each.program !== program))
  for (const { name } of nowhere)
    print(out.dim(`no node has processes of ${name} just now: it begins anew, or cannot, as godwit attach ${name} tells`))
  if (list.length === 0) {
    if (nowhere.length === 0) print(out.dim('no program is running'))
    return
  }
  const names = [...new Set(list.map(({ name }) => name))]
  const several = names.length > 1
  const moved = list.some((p) => p.moved !== undefined)
  const head = [
    ...(several ? ['PROGRAM'] : []),
    'PROCESS',
    'NODE',
    'STATE',
    'AT',
    'WAITS FOR',
    ...(moved ? ['MOVED'] : []),
    ...(residual ? ['NEEDS'] : []),
  ]
  const rows = list.map((p) => [
    ...(several ? [p.name] : []),
    ...[p.path, p.node, p.state, shortPath(p.line), p.waits],
    ...(moved ? [p.moved === undefined ? '' : reason(p.moved)] : []),
    ...(residual ? [needs(p)] : []),
  ])
  print(fittingTable(head, rows))
  for (const name of names) {
    const its = list.filter((each) => each.name === name)
    const home = homes.get(its[0]?.program ?? '')
    print(out.dim(`${count(its.length, 'process', 'processes')} of ${name}${home === undefined ? '' : `, whose home is on ${home}`}`))
  }
}

/** @returns a path, or a place in a file, as seen from here: what is not below the working directory by its base name only */
function shortPath(path: string): string {
  const seen = relative('.', path)
  return seen.startsWith('..') ? basename(path) : seen
}

const CAUSES: Readonly<Record<MoveCause, string>> = {
  hand: 'by hand',
  drain: 'by a drain',
  eviction: 'evicted',
  balance: 'by the balancer',
  spread: 'dealt out',
  placement: 'by the program',
  roam: 'by chance',
  start: 'at the start',
  gathering: 'for a deadlock report',
  recovery: 'recovered',
}

/** @returns why a process is where it is: `by the balancer, from n1: 6 computed there, 2 here` */
function reason({ cause, from, loads }: MoveReason): string {
  const counts = loads === undefined ? '' : `: ${loads.there} computed there, ${loads.here} here`
  return `${CAUSES[cause]}, from ${from}${counts}`
}

function needs({ residual = [] }: ProcessStatus): string {
  const reasons = new Map<string, string[]>()
  for (const { node, why } of residual) reasons.set(node, [...(reasons.get(node) ?? []), why])
  return reasons.size === 0 ? out.dim('nobody') : [...reasons].map(([node, whys]) => `${node} (${together(whys).join('; ')})`).join(', ')
}

/** @returns the reasons, those of several processes in one: `main/a, main/b run there` */
function together(whys: readonly string[]): string[] {
  const branches = whys.flatMap((why) => /^(\S+) runs there$/.exec(why)?.[1] ?? [])
  if (branches.length < 2) return [...whys]
  const shown = branches.length > 3 ? `${branches.slice(0, 2).join(', ')} and ${branches.length - 2} more` : branches.join(', ')
  return [`${shown} run there`, ...whys.filter((why) => !why.endsWith(' runs there'))]
}
