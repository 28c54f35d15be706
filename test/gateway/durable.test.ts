/** Clients of durable programs: nodes are killed, and no byte is lost, doubled or out of order. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { asked, connected, hashOf, listening, numbered, received } from './clients.ts'
import { echo, relay } from './programs.ts'

const DEADLINE = 240_000
/** Bytes that a client sends at a time. */
const PIECE = 100
/** Times it is looked whether the clients are there. */
const LOOKS = 60

interface Node {
  readonly name: string
  readonly pid: number
}

deadlineTest(
  'three connections outlive the nodes, the home of the program included: each byte comes back once, in order',
  DEADLINE,
  async () => {
    const cluster = join(temporaryDirectory(), 'cluster')
    const { file } = program(echo(3))
    const words = [
      'run',
      '--nodes',
      '3',
      '--cluster-dir',
      cluster,
      '--durable',
      '--roam',
      '20ms',
      '--listen',
      'tcp://127.0.0.1:0=echo',
      file,
    ]
    const { ports, finished } = await listening(words, 1, DEADLINE)
    const nodesAre = { killed: false }
    const streams = [1, 2, 3].map(async (seed) => {
      const bytes = numbered(60_000, seed)
      const socket = await connected(ports[0] ?? 0)
      const reading = received(socket)
      for (let at = 0; at < bytes.length; at += PIECE) {
        while (!nodesAre.killed && at + PIECE >= bytes.length) await delay(100) // its last bytes wait until the nodes have been killed
        socket.write(bytes.subarray(at, at + PIECE))
        if (!nodesAre.killed) await delay(20)
      }
      socket.end()
      const back = await reading
      socket.destroy()
      return [hashOf(bytes), hashOf(back)] as const
    })
    for (let round = 0; round < 2; round++) {
      const home = await homeOf(cluster, 3)
      const node = (await nodes(cluster)).find(({ name }) => name === home)
      if (node !== undefined) process.kill(node.pid, 'SIGKILL') // the command starts another of that name
      await delay(1000)
    }
    nodesAre.killed = true
    for (const [sent, back] of await Promise.all(streams)) assert.is(back, sent)
    const { status, stdout, stderr } = await finished
    assert.is(status, 0, stderr)
    assert.is(stdout, 'served\n')
  },
)

deadlineTest('each answer is given once, and brings the next client once, though the nodes are killed', DEADLINE, async () => {
  const cluster = join(temporaryDirectory(), 'cluster')
  const { file } = program(relay(3, 40))
  const words = ['run', '--nodes', '3', '--cluster-dir', cluster, '--durable', '--roam', '20ms', '--listen', 'tcp://127.0.0.1:0=echo', file]
  const { ports, finished } = await listening(words, 1, DEADLINE)
  const [port = 0] = ports
  const killed = { all: false }
  const clients = ['a', 'b', 'c', 'd'].map(async (name) => {
    const first = await asked(port, 20, name)
    while (!killed.all) await delay(50)
    return first ?? (await asked(port, 10, `${name} again`))
  })
  for (let round = 0; round < 2; round++) {
    const home = await homeOf(cluster)
    const node = (await nodes(cluster)).find(({ name }) => name === home)
    if (node !== undefined) process.kill(node.pid, 'SIGKILL') // the command starts another of that name
    await delay(500)
  }
  killed.all = true
  assert.equal(await Promise.all(clients), [undefined, undefined, undefined, undefined])
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, 'served\n')
})

async function nodes(cluster: string): Promise<readonly Node[]> {
  const { stdout } = await godwit(['nodes', '--cluster', cluster, '--json'])
  return JSON.parse(stdout === '' ? '[]' : stdout) as readonly Node[] // as command.md says
}

/** @returns the name of the node that has the home of the program, as soon as that serves a name and has so many connections, if their number is given */
async function homeOf(cluster: string, connections?: number): Promise<string> {
  for (let look = 0; look < LOOKS; look++) {
    const { stdout } = await godwit(['names', '--cluster', cluster, '--json'])
    const [first] = JSON.parse(stdout === '' ? '[]' : stdout) as readonly { readonly home: string; readonly connections: number }[] // as command.md says
    if (first !== undefined && (connections ?? first.connections) === first.connections) return first.home
    await delay(200)
  }
  throw new Error(connections === undefined ? 'nobody serves the name' : `the program has not had ${connections} connections`)
}

test.run()
