/** `godwit nodes` */
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
  const rows = list.map((n) => [n.name, n.index, n.pid, n.processes, n.programs, n.arrivals, n.departures, n.sent, n.received].map(String))
  const numbers = ['INDEX', 'PID', 'PROCESSES', 'PROGRAMS', 'ARRIVED', 'LEFT', 'SENT', 'RECEIVED']
  print(fittingTable(['NODE', ...numbers], rows, numbers))
}
