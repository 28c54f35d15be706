/** An OS process that joins and leaves a cluster: `opening.ts DIRECTORY TIMES`, as a node, a terminal and a client by turns. Prints a line each time. */
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import type { MemberKind } from '../../runtime/engine/engine.ts'

const [directory = '', times = '0'] = process.argv.slice(2)
const kinds: readonly MemberKind[] = ['client', 'terminal', 'node']
for (let i = 0; i < Number(times); i++) {
  const engine = await embeddedEngine(directory, {
    kind: kinds[i % kinds.length] ?? 'client',
    name: `o${process.pid}-${i}`,
    create: false,
    trouble: ({ message }) => {
      console.log(`trouble: ${message}`)
    },
  })
  await new Promise<void>((resolve) => {
    engine.close(resolve)
  })
  console.log('opened')
}
