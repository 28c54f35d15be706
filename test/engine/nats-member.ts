/** An OS process that is a member: `nats-member.ts ADDRESS NAME`. Prints its index, and the name of each node that leaves. */
import { natsEngine } from '../../runtime/engine/nats.ts'

const [address = '', name = ''] = process.argv.slice(2)
const { transport, membership } = await natsEngine(address, {
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
