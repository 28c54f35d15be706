/** A client of the client library, and gateways that are killed and come again: each message comes back once, in order. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { connect } from '../../client/node.ts'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { listening } from '../gateway/clients.ts'
import type { Listening } from '../gateway/clients.ts'
import { MESSAGES } from '../gateway/programs.ts'
import { deadlineTest } from '../harness/deadline.ts'

const DEADLINE = 180_000
const MESSAGES_SENT = 600

deadlineTest('a gateway is killed and replaced, three times, and the client goes on with the other one', DEADLINE, async () => {
  const cluster = join(temporaryDirectory(), 'cluster')
  const gate = (name: string, port: number): Promise<Listening> =>
    listening(['node', '--engine', `embedded:${cluster}`, '--name', name, '--listen', `http://127.0.0.1:${port}=echo`])
  const children: ChildProcess[] = []
  const home = godwit(['node', '--engine', `embedded:${cluster}`, '--name', 'home'], {
    deadline: DEADLINE,
    started: (child) => children.push(child),
  })
  const gates: Listening[] = []
  try {
    const { file } = program(MESSAGES)
    await until(async () => (await godwit(['nodes', '--cluster', cluster])).stdout.includes('home'))
    const detached = await godwit(['run', '--cluster', cluster, '--detach', file]) // on the only node that there is
    assert.is(detached.status, 0, detached.stderr)
    gates.push(...(await Promise.all([gate('a', 0), gate('b', 0)])))
    const ports = gates.map((each) => each.ports[0] ?? 0)
    const connection = connect(ports.map((port) => `ws://127.0.0.1:${port}/room`))
    assert.is(await connection.receive(), '/room')
    let killed = false
    const sending = (async () => {
      for (let i = 0; i < MESSAGES_SENT || !killed; i++) {
        await connection.send(`${i}`)
        if (i % 10 === 0) await delay(20)
      }
      await connection.send('last')
    })()
    const receiving = (async () => {
      for (let i = 0; ; i++) {
        const message = await connection.receive()
        if (message === 'last') return i
        assert.is(message, `${i}`)
      }
    })()
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      await delay(500)
      const at = i % 2
      gates[at]?.child.kill('SIGKILL')
      await gates[at]?.finished
      gates[at] = await gate(`${name}2`, ports[at] ?? 0)
    }
    killed = true
    await sending
    assert.ok((await receiving) >= MESSAGES_SENT)
    await connection.close()
    assert.is(connection.state, 'closed')
  } finally {
    for (const child of [...children, ...gates.map((each) => each.child)]) child.kill('SIGKILL')
    await Promise.all([home, ...gates.map((each) => each.finished)])
  }
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(100)
}

test.run()
