/** `godwit nodes` */
import type { NodeStatus } from '../../runtime/node/commands/client.ts'
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { fittingTable, print, printJson } from '../terminal.ts'

export type NodesOptions = ClusterOptions

/** Lists the nodes of a cluster. */
export async function nodes(options: NodesOptions): Promise<void> {
  const list = await withCluster(options, (client) => client.nodes())
  if (options.json === true) {
    printJson(list)
    return
  }
  const rows = list.map((n) =>
    [n.name, stateOf(n), n.index, n.pid, n.processes, n.programs, n.arrivals, n.departures, n.sent, n.received].map(String),
  )
  const numbers = ['INDEX', 'PID', 'PROCESSES', 'PROGRAMS', 'ARRIVED', 'LEFT', 'SENT', 'RECEIVED']
  print(fittingTable(['NODE', 'STATE', ...numbers], rows, numbers))
}

/** @returns what people call the state of a node: what keeps it from taking work comes first */
function stateOf({ leaving, cordoned, ready, store }: NodeStatus): string {
  if (leaving) return 'leaving'
  if (cordoned) return 'cordoned'
  return ready ? 'ready' : store.answers ? 'waits' : 'no store'
}
