/**
 * Entry of a node of somebody's program, an OS process or a thread: `main.js CLUSTER NAME`. It ends when its parent lets go of it. With a third word the
 * program is recorded (WATCHED), or the node goes on without a parent (background.ts).
 */
import { isMainThread } from 'node:worker_threads'
import { startNode } from './commands/cluster.ts'
import { NodeError } from './node-error.ts'
import { TEMPORARY } from './commands/background.ts'
import { parentProcess, parentThread } from './commands/child-node.ts'
import { NAME_TAKEN, WATCHED } from './commands/child-nodes.ts'

const parent = isMainThread ? parentProcess() : parentThread()
process.on('SIGINT', () => undefined) // Ctrl-C is for the terminal, which ends us
process.on('SIGUSR1', () => undefined) // or else Node.js would open a port for a debugger
const [cluster = '', name = '', third] = process.argv.slice(2)
const watched = third === WATCHED
const stay = watched ? undefined : third
const background = stay === undefined ? {} : { background: { temporary: stay === TEMPORARY } }
// A terminal has made the run directory; when it is gone by now, half of a cluster would be made again.
const node = await startNode({
  engine: cluster,
  name,
  create: stay !== undefined,
  watched,
  ...background,
  ...(parent.neighbours === undefined ? {} : { neighbours: parent.neighbours }),
}).catch((error: unknown) => {
  if (!(error instanceof NodeError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(error.code === 'R0409' ? NAME_TAKEN : 1)
})
parent.joined(node.index)
parent.onRelease(() => void node.stop())
process.once('SIGTERM', () => void node.leave())
const { exit, report } = await node.finished
if (report !== '') process.stderr.write(report)
process.exit(exit)
