/** `godwit cordon` */
import { withCluster, type ClusterOptions } from '../cluster.ts'
import { UsageError } from '../errors.ts'
import { printJson } from '../terminal.ts'
import { drain } from './drain.ts'

export interface CordonOptions extends ClusterOptions {
  /** It takes everything again. */
  readonly off?: boolean
  /** The guests go to the other nodes. */
  readonly evict?: boolean
  /** Microseconds that the guests have. */
  readonly deadline?: number
}

/**
 * Lets `node` take nothing new, or take it again.
 * @throws UsageError when the options contradict each other; Exit with status 1 when a guest has stayed
 */
export async function cordon(node: string, { off = false, evict = false, deadline, ...options }: CordonOptions): Promise<void> {
  if (off && evict) throw new UsageError('`--off` lets a node take guests, `--evict` sends them away', 'leave out one of the two')
  if (deadline !== undefined && !evict) throw new UsageError('`--deadline` is how long guests may stay', 'add `--evict`')
  await withCluster(options, (client) => client.cordon(node, !off))
  if (evict) await drain(node, { ...options, guests: true, ...(deadline === undefined ? {} : { deadline }) })
  else if (options.json === true) printJson({ node, cordoned: !off })
}
