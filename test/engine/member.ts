/** An OS process or a thread that is a member: `member.ts CLUSTER NAME`. Prints its index, and the name of each node that leaves. */
import { isMainThread, workerData } from 'node:worker_threads'
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import { settle } from '../../runtime/threads/neighbours.ts'
import type { Place } from '../../runtime/threads/neighbours.ts'
import { isOnNats } from '../../runtime/node/cluster-address.ts'

const [cluster = '', name = ''] = process.argv.slice(2)
// the engine on NATS is loaded only where it is needed, as everywhere
const engine = isOnNats(cluster) ? (await import('../../runtime/engine/nats.ts')).natsEngine : embeddedEngine
const { transport, membership } = await engine(cluster, {
  kind: 'node',
  name,
  create: true,
  ...(isMainThread ? {} : { neighbours: settle((workerData as { place: Place }).place) }),
  trouble: ({ message, help }) => {
    console.log(`trouble: ${message}; ${help}`)
    process.exit(1)
  },
})
transport.open({ connected: () => undefined, disconnected: () => undefined, packet: () => undefined })
membership.open({
  joined: () => undefined,
  left: (member) => {
    console.log(`left: ${member.name}`)
  },
})
console.log(String(membership.self.index))
