/** A page in a browser whose numbers go on while the process that counts moves, its gateway is killed, and its node is killed and the program recovered. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'puppeteer-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program, temporaryDirectory } from '../cli/godwit.ts'
import { listening } from '../gateway/clients.ts'
import { browserTest } from '../harness/browser.ts'
import { FEED } from './feed.ts'

const DEADLINE = 220_000
/** Numbers that have to come between two faults. */
const MORE = 40

browserTest(
  'the numbers of a page go on, without gap or double, while their process moves, and gateway and node are killed',
  DEADLINE,
  async (browser) => {
    const cluster = join(temporaryDirectory(), 'cluster')
    const { file } = program(FEED)
    const listen = ['--listen', 'http://127.0.0.1:0=feed']
    const run = await listening(
      ['run', '--nodes', '2', '--cluster-dir', cluster, '--durable', '--roam', '50ms', ...listen, file],
      1,
      DEADLINE,
    )
    const gate = await listening(['node', '--engine', `embedded:${cluster}`, '--name', 'gate', ...listen], 1, DEADLINE)
    try {
      const [port = 0] = run.ports
      const gateways = [gate.ports[0] ?? 0, port].map((each) => `gateway=ws://127.0.0.1:${each}/`)
      const page = await browser.newPage()
      await page.goto(`http://127.0.0.1:${port}/?${gateways.join('&')}`)
      await reach(page, MORE)
      gate.child.kill('SIGKILL')
      await gate.finished
      await reach(page, MORE)
      for (let round = 0; round < 2; round++) {
        const home = await homeNode(cluster)
        if (home !== undefined) process.kill(home, 'SIGKILL') // the command starts another of that name
        await reach(page, MORE)
      }
      const numbers = await numbersOf(page)
      assert.equal(
        numbers,
        numbers.map((_, i) => i),
      )
      const states = await page.evaluate('window.states')
      assert.equal((states as string[]).slice(0, 3), ['open', 'away', 'open'], 'the gateway was killed under it')
      assert.match(await page.$eval('#last', (element) => (element as { readonly textContent: string }).textContent), /^\d+$/)
    } finally {
      for (const { child } of [run, gate]) child.kill('SIGTERM')
      gate.child.kill('SIGKILL')
      await Promise.all([run.finished, gate.finished])
    }
  },
)

async function numbersOf(page: Page): Promise<readonly number[]> {
  return (await page.evaluate('window.numbers ?? []')) as number[] // the page has them
}

/** Waits until so many more numbers have come. */
async function reach(page: Page, more: number): Promise<void> {
  const goal = (await numbersOf(page)).length + more
  while ((await numbersOf(page)).length < goal) await delay(100)
}

/** @returns the process id of the node that has the home of the program, if it is on one that the command has started */
async function homeNode(cluster: string): Promise<number | undefined> {
  const [names, nodes] = await Promise.all(
    ['names', 'nodes'].map(async (command) => {
      const { stdout } = await godwit([command, '--cluster', cluster, '--json'])
      return JSON.parse(stdout === '' ? '[]' : stdout) as readonly {
        readonly home?: string
        readonly name: string
        readonly pid?: number
      }[] // as command.md says
    }),
  )
  return nodes?.find(({ name }) => name === names?.[0]?.home)?.pid
}

test.run()
