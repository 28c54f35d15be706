/** Gateways and their libraries are loaded by those who listen, and by nobody else. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'

/** Prints each module that is loaded, on the error stream. */
const SPY = `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent('export async function resolve (s, c, n) { const r = await n (s, c); process._rawDebug ("loads " + r.url); return r }'))
`
const command =
  process.env['GODWIT_TEST_DIST'] === '1'
    ? [join(root, 'dist/cli/main.js')]
    : ['--import', import.meta.resolve('tsx'), join(root, 'cli/main.ts')]
const OF_GATEWAYS = /\/gateway\/|\/host\/connections?\.|\/node_modules\/ws\/|^node:http$/

/** @returns the modules of gateways that a command loads */
async function loaded(...words: readonly string[]): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  try {
    const spy = join(directory, 'spy.mjs')
    writeFileSync(spy, SPY)
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', spy, ...command, ...words], {
      cwd: directory,
      maxBuffer: 64 << 20,
    }).catch((error: unknown) => error as { readonly stderr: string }) // it ends with a status
    const urls = [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url = '']) => url)
    assert.ok(
      urls.some((url) => url.includes('/cli/commands/run')),
      'it is seen what is loaded',
    )
    return urls.filter((url) => OF_GATEWAYS.test(url))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const hello = join(root, 'samples', 'hello.csp')

deadlineTest('a program without clients loads nothing of gateways', 60_000, async () => {
  assert.equal(await loaded('run', hello), [])
})

deadlineTest('TCP needs nothing of HTTP, and HTTP is loaded when it is wanted', 60_000, async () => {
  const tcp = await loaded('run', '--listen', 'tcp://127.0.0.1:0=a', hello)
  assert.ok(tcp.some((url) => url.includes('/gateway/tcp')))
  assert.not.ok(tcp.some((url) => /node:http|\/ws\//.test(url)))
  const http = await loaded('run', '--listen', 'http://127.0.0.1:0=a', hello)
  assert.ok(http.some((url) => url.includes('/ws/')))
})

test.run()
