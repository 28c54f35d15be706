/** `godwit cordon` */
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { printJson } from '../terminal.ts'

export interface CordonOptions extends ClusterOptions {
  /** It takes everything again. */
  readonly off?: boolean
}

/** Lets `node` take nothing new, or take it again. */
export async function cordon(node: string, { off = false, ...options }: CordonOptions): Promise<void> {
  await withCluster(options, (client) => client.cordon(node, !off))
  if (options.json === true) printJson({ node, cordoned: !off })
}
