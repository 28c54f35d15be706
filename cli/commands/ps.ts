/** `godwit ps` */
import type { ProcessStatus } from '../../runtime/node/commands/client.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { out, print, printJson, table } from '../terminal.ts'

export interface PsOptions extends ClusterOptions {
  readonly residual?: boolean
}

/** Lists the processes of a cluster. */
export async function ps(options: PsOptions): Promise<void> {
  const residual = options.residual === true
  const list = await withCluster(options, (client) => client.processes({ residual }))
  if (options.json === true) {
    printJson(list)
    return
  }
  if (list.length === 0) {
    print(out.dim('no program is running'))
    return
  }
  const several = new Set(list.map(({ program }) => program)).size > 1
  const head = [...(several ? ['PROGRAM'] : []), 'PROCESS', 'NODE', 'STATE', 'AT', 'WAITS FOR', ...(residual ? ['NEEDS'] : [])]
  print(
    table(
      head,
      list.map((p) => [...(several ? [p.program] : []), p.path, p.node, p.state, p.line, p.waits, ...(residual ? [needs(p)] : [])]),
    ),
  )
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
