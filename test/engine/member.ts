/** An OS process that is a member: `member.ts DIRECTORY NAME`. Prints its index, and the name of each node that leaves. */
import { embeddedEngine } from '../../runtime/engine/embedded.ts'

const [directory = '', name = ''] = process.argv.slice(2)
const { transport, membership } = await embeddedEngine(directory, {
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
