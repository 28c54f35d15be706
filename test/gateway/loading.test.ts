/** Gateways and their libraries are loaded by those who listen, and by nobody else. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

/** @returns what is loaded with a file: the texts that a file of the bundle was made of, or the file alone */
function modulesIn(url: string): readonly string[] {
  if (!url.includes('/dist/bundle/')) return [url]
  const map = `${fileURLToPath(url)}.map`
  if (!existsSync(map)) return [] // it leads to another one
  const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { readonly sources: readonly string[] } // a source map
  return sources
}

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
    const urls = [...stderr.matchAll(/^loads (.*)$/gm)].flatMap(([, url = '']) => modulesIn(url))
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
