/** Clients that come by TCP to programs of a cluster, while their processes and their homes move. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { asked, connected, echoed, hashOf, listening, numbered, received, send } from './clients.ts'
import { echo, relay } from './programs.ts'

const DEADLINE = 180_000
const FREE = 'tcp://127.0.0.1:0=echo'

deadlineTest('connections stay while the processes that serve them move all the time', DEADLINE, async () => {
  const { file } = program(echo(4))
  const { ports, finished } = await listening(['run', '--nodes', '3', '--roam', '5ms', '--listen', FREE, file])
  const sent = [10, 20_000, 50_000, 200_000].map((length, i) => numbered(length, i))
  const back = await Promise.all(sent.map((bytes) => echoed(ports[0] ?? 0, bytes, 2000, 2)))
  assert.equal(back.map(hashOf), sent.map(hashOf))
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, 'served\n')
})

deadlineTest('each answer brings the next client while processes and their home move all the time', DEADLINE, async () => {
  const { file } = program(relay(3, 40))
  const { ports, finished } = await listening(['run', '--nodes', '3', '--roam', '5ms', '--listen', FREE, file])
  const wrong = await Promise.all(['a', 'b', 'c', 'd'].map((name) => asked(ports[0] ?? 0, 30, name)))
  assert.equal(wrong, [undefined, undefined, undefined, undefined])
  const { status, stdout, stderr } = await finished
  assert.is(status, 0, stderr)
  assert.is(stdout, 'served\n')
})

deadlineTest(
  'a process cannot serve a name while it is on a node that is denied that, and the program ends with the reason',
  DEADLINE,
  async () => {
    const cluster = join(temporaryDirectory(), 'cluster')
    const node = await listening(['node', '--engine', `embedded:${cluster}`, '--name', 'n1', '--deny', 'net', '--listen', FREE])
    try {
      const { file } = program(echo(1))
      const { status, stderr } = await godwit(['run', '--cluster', cluster, file])
      assert.is(status, 1)
      assert.match(stderr, /error\[R0452\]: the name echo cannot be served: .* is denied that/)
    } finally {
      node.child.kill('SIGKILL')
      await node.finished
    }
  },
)

interface Name {
  readonly name: string
  readonly program: string
  readonly home: string
  readonly gateways: readonly string[]
  readonly connections: number
}

deadlineTest(
  'a node listens for a program that is elsewhere, whose home moves; names are listed, and given to one program',
  DEADLINE,
  async () => {
    const cluster = join(temporaryDirectory(), 'cluster')
    const gateway = await listening(['node', '--engine', `embedded:${cluster}`, '--name', 'gate', '--listen', FREE])
    const children: { kill(signal: 'SIGKILL'): unknown }[] = [gateway.child]
    const others = ['n2', 'n3'].map((name) =>
      godwit(['node', '--engine', `embedded:${cluster}`, '--name', name], { deadline: DEADLINE, started: (child) => children.push(child) }),
    )
    try {
      await until(async () => (await lines(['nodes', '--cluster', cluster, '--json'])).length === 3)
      const { file } = program(echo(2))
      const run = await godwit(['run', '--cluster', cluster, '--detach', '--json', file])
      assert.is(run.status, 0, run.stderr)
      const { program: name } = JSON.parse(run.stdout) as { readonly program: string } // as command.md says
      await until(async () => (await lines(['names', '--cluster', cluster, '--json']))[0]?.gateways.length === 1) // before a client has come
      const socket = await connected(gateway.ports[0] ?? 0)
      const reading = received(socket)
      const bytes = numbered(40_000, 1)
      const sending = send(socket, bytes, 100, 5)
      let served: Name | undefined
      await until(async () => {
        const [first] = await lines(['names', '--cluster', cluster, '--json'])
        served = first
        return first?.connections === 1
      })
      assert.is(served?.name, 'echo')
      assert.is(served?.program, name)
      assert.equal(served?.gateways, [`tcp://127.0.0.1:${gateway.ports[0]}=echo`])
      for (const to of ['n2', 'n3', 'gate', 'n2']) {
        const moved = await godwit(['migrate', name, to, '--home', '--cluster', cluster])
        assert.is(moved.status, 0, moved.stdout + moved.stderr)
      }
      const second = await godwit(['run', '--cluster', cluster, file])
      assert.is(second.status, 1)
      assert.match(second.stderr, /error\[R0452\]: the name echo cannot be served: a program serves it already/)
      await sending
      assert.is(hashOf(await reading), hashOf(bytes))
      socket.destroy()
      assert.is(hashOf(await echoed(gateway.ports[0] ?? 0, bytes)), hashOf(bytes))
      const end = await godwit(['attach', name, '--cluster', cluster])
      assert.is(end.stdout, 'served\n', end.stderr)
      assert.equal(await lines(['names', '--cluster', cluster, '--json']), [])
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await Promise.all([gateway.finished, ...others])
    }
  },
)

/** @returns what a command prints, as JSON */
async function lines(args: readonly string[]): Promise<readonly Name[]> {
  const { stdout } = await godwit(args)
  const text = stdout.trim()
  if (text === '') return []
  return (text.startsWith('[') ? JSON.parse(text) : text.split('\n').map((line) => JSON.parse(line) as unknown)) as readonly Name[]
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(100)
}

test.run()
