/** The health port of a node. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startNode } from '../../runtime/node/commands/cluster.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { deadlineTest } from '../harness/deadline.ts'

deadlineTest('a node tells over HTTP how it is, until it has left', 20_000, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const taken = createServer()
  try {
    const health = await freePort()
    const node = await startNode({ engine: `embedded:${directory}`, name: 'n1', health })
    const ready = await fetch(`http://${health}/ready`)
    assert.is(ready.status, 200)
    const said = (await ready.json()) as Readonly<Record<string, unknown>> // it is an object
    assert.equal([said['node'], said['ready'], said['joined'], said['leaving'], said['nodes']], ['n1', true, true, false, 1])
    assert.is((await fetch(`http://${health}/live`)).status, 200)
    assert.is((await fetch(`http://${health}/`)).status, 404)
    assert.is((await fetch(`http://${health}/ready`, { method: 'POST' })).status, 405)
    await node.stop()
    await fetch(`http://${health}/ready`).then(
      () => assert.unreachable('it answers no more'),
      () => undefined,
    )
    await new Promise<void>((resolve) => {
      taken.listen(Number(health.split(':')[1]), '127.0.0.1', resolve)
    })
    try {
      await startNode({ engine: `embedded:${directory}`, name: 'n1', health })
      assert.unreachable('the port is taken')
    } catch (error) {
      assert.is(error instanceof NodeError ? error.code : error, 'R0434')
      assert.match(error instanceof NodeError ? error.help : '', /choose another port/)
    }
    try {
      await startNode({ engine: `embedded:${directory}`, name: 'n1', health: '192.0.2.1:7071' }) // nobody has this address
      assert.unreachable('the address is that of another machine')
    } catch (error) {
      assert.is(error instanceof NodeError ? error.code : error, 'R0434')
      assert.match(error instanceof NodeError ? error.help : '', /the host is an address of this machine/)
    }
    const again = await startNode({ engine: `embedded:${directory}`, name: 'n1' }) // the name is free again
    await again.stop()
  } finally {
    taken.close()
    rmSync(directory, { recursive: true, force: true })
  }
})

async function freePort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

test.run()
