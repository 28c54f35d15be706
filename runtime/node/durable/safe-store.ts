/** Whether the store of a cluster is safe enough for a durable program: what is seen of one has to outlive the loss of any one machine. */
import type { Store, Survival } from '../../engine/engine.ts'
import { NodeError } from '../node-error.ts'
import type { SubmittedDurable } from '../wire/messages.ts'

/** Whether a store that survives so much is safe enough. */
const SAFE: Readonly<Record<Survival, boolean>> = { 'power-failure': true, 'minority-lost': true, restart: false }

/** @throws NodeError R0442 */
export function requireSafeStore({ survives }: Pick<Store, 'survives'>, { anyStore }: SubmittedDurable): void {
  if (SAFE[survives] || anyStore) return
  throw new NodeError(
    'R0442',
    'one NATS server keeps what this cluster stores: a durable program would not outlive its loss',
    'run the cluster on three servers, or accept that with --accept-store',
  )
}
