/** The sample of orders: its README tells the truth, and rolling deploys lose and double nothing. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { listening } from './clients.ts'

const DEADLINE = 240_000
const folder = join(root, 'samples/orders')

/** A command of the README, and what it prints. */
interface Step {
  readonly path: string
  readonly body: string | undefined
  readonly printed: string
}

function steps(): readonly Step[] {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const session = /```console\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  return [...session.matchAll(/^\$ curl http:\/\/127\.0\.0\.1:8080(\S+)(?: -d '(.*)')?\n(.*)$/gm)].map(
    ([, path = '', body, printed = '']) => ({
      path,
      body,
      printed,
    }),
  )
}

deadlineTest('what the README shows is what happens', DEADLINE, async () => {
  const { ports, child, finished } = await listening(['run', '--listen', 'http://127.0.0.1:0=orders', join(folder, 'orders.csp')])
  try {
    const all = steps()
    assert.is(all.length, 4)
    for (const { path, body, printed } of all) {
      const init = body === undefined ? {} : { method: 'POST', body }
      const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${ports[0] ?? 0}${path}`, init)).text()
      let answer = await ask()
      // whoever types is slower than the bank
      for (let look = 0; look < 100 && body === undefined && answer !== printed; look++) {
        await delay(100)
        answer = await ask()
      }
      assert.is(answer, printed, path)
    }
  } finally {
    child.kill('SIGTERM')
    await finished
  }
})

deadlineTest('a rolling deploy under load loses nothing and doubles nothing', DEADLINE, async () => {
  const built = process.env['GODWIT_TEST_DIST'] === '1'
  const command = built
    ? `${process.execPath} ${join(root, 'dist/cli/main.js')}`
    : `${process.execPath} --import ${import.meta.resolve('tsx')} ${join(root, 'cli/main.ts')}`
  const words = [join(folder, 'rolling.mjs'), '--rounds', '1', '--customers', '4', '--pause', '500']
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { ...process.env, GODWIT: command }, timeout: DEADLINE })
  assert.match(stdout, /orders that are lost +0\n/)
  assert.match(stdout, /events of the feed that are doubled +0\n/)
})

test.run()
