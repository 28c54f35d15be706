/** `godwit ps` */
import type { ProcessStatus } from '../../runtime/node/client.ts'
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
  return residual.length === 0 ? out.dim('nobody') : residual.map(({ node, why }) => `${node} (${why})`).join(', ')
}
