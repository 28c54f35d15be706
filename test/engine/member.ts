/** An OS process that is a member: `member.ts CLUSTER NAME`. Prints its index, and the name of each node that leaves. */
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import { natsEngine } from '../../runtime/engine/nats.ts'
import { isOnNats } from '../../runtime/node/cluster-address.ts'

const [cluster = '', name = ''] = process.argv.slice(2)
const { transport, membership } = await (isOnNats(cluster) ? natsEngine : embeddedEngine)(cluster, {
  kind: 'node',
  name,
  create: true,
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
