/**
 * The package as it is installed outside of a checkout: what `npm pack` puts into it is enough. So that no network is needed, the packages it
 * depends on are links to those of the checkout: the ones that package.json declares, and no others.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { temporaryDirectory } from './godwit.ts'
import { install } from './installed.ts'

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', GODWIT_CACHE: '' } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr }
}

// What is packed is the build.
if (process.env['GODWIT_TEST_DIST'] === '1')
  deadlineTest('the installed command makes, runs, tests and explains', 240_000, async () => {
    const command = install()
    const cwd = temporaryDirectory()
    const works = async (args: readonly string[], shown: RegExp, where = cwd): Promise<void> => {
      const { status, stdout, stderr } = await run(command, args, where)
      assert.is(status, 0, `${args.join(' ')}\n${stderr}`)
      assert.is(stderr, '')
      assert.match(stdout, shown)
    }
    await works(['--version'], /^godwit \d/)
    await works(['new', 'project'], /made project/)
    const project = join(cwd, 'project')
    await works(['run', 'main.csp'], /^ +100$/m, project)
    await works(['run', '--nodes', '3', 'main.csp'], /^ +100$/m, project)
    await works(['test'], /1 passed, 0 failed/, project)
    await works(['fmt', '--check'], /^$/, project)
    await works(['compile', 'main.csp', '-o', 'out'], /files? written/, project)
    await works(['explain', 'E0601'], /E0601/)
    const samples = join(dirname(command), 'package', 'samples')
    assert.ok(existsSync(samples))
    await works(['run', join(samples, 'hello.csp')], /Hello, world!/)
  })

test.run()
