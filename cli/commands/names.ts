/** `godwit names` */
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { fittingTable, out, print, printJson } from '../terminal.ts'

/** Lists the names that programs of a cluster serve. */
export async function names(options: ClusterOptions): Promise<void> {
  const served = await withCluster(options, (client) => client.programs.names())
  if (options.json === true) {
    printJson(served)
    return
  }
  if (served.length === 0) {
    print(out.dim('no program serves a name'))
    return
  }
  const rows = served.map(({ name, program, home, gateways, connections, waiting }) => [
    name,
    program,
    home,
    gateways.length === 0 ? out.dim('nowhere') : gateways.map((address) => address.slice(0, address.lastIndexOf('='))).join(', '),
    String(connections),
    String(waiting),
  ])
  print(fittingTable(['NAME', 'PROGRAM', 'HOME', 'LISTENING AT', 'CONNECTIONS', 'WAITING'], rows, ['CONNECTIONS', 'WAITING']))
}
