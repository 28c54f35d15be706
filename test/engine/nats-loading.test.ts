/** The engine on NATS is loaded by those who chose it, and by nobody else. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Prints each module that is loaded, on the error stream. */
const SPY = `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent('export async function resolve (s, c, n) { const r = await n (s, c); process._rawDebug ("loads " + r.url); return r }'))
`

/** @returns the modules that a command loads, those of its nodes included */
async function loaded(...words: readonly string[]): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  try {
    const spy = join(directory, 'spy.mjs')
    writeFileSync(spy, SPY)
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', spy, join(root, 'dist/cli/main.js'), ...words], {
      cwd: directory,
      env: { ...process.env, NODE_OPTIONS: `--import ${spy}` },
      maxBuffer: 64 << 20,
    }).catch((error: unknown) => error as { readonly stderr: string }) // it ends with a status
    return [...stderr.matchAll(/^loads (.*)$/gm)].map(([, url = '']) => url)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

if (existsSync(join(root, 'dist/cli/main.js'))) {
  for (const flags of [[], ['--nodes', '2']] as const)
    deadlineTest(`\`godwit run ${flags.join(' ')}\` loads nothing of NATS`, 60_000, async () => {
      const urls = await loaded('run', ...flags, join(root, 'samples', 'hello.csp'))
      assert.ok(
        urls.some((url) => url.endsWith('/bundle/cli.commands.run.js')),
        'it is seen what is loaded',
      )
      assert.is(
        urls.some((url) => url.endsWith('/bundle/node.js')),
        flags.length > 0,
      )
      assert.equal(
        urls.filter((url) => url.includes('nats')),
        [],
      )
    })

  deadlineTest('a cluster on NATS loads the engine on NATS', 60_000, async () => {
    const urls = await loaded('nodes', '--cluster', 'nats://127.0.0.1:1')
    assert.ok(urls.some((url) => url.endsWith('/bundle/runtime.engine.nats.js')))
    assert.ok(urls.some((url) => url.includes('@nats-io')))
  })
}

test.run()
