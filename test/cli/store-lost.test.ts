/** What those hear who look at a program for a while, when its nodes or the store of its cluster go: `attach` and `ui`. On the embedded engine. */
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { killNodes } from './own-cluster.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

const directory = temporaryDirectory()
writeFileSync(
  join(directory, 'wait.csp'),
  "PROC wait (CHAN BYTE keyboard?, screen!)\n  BYTE key:\n  SEQ\n    screen ! '.'\n    keyboard ? key\n:\n",
)

/** A command that runs on its own, and what it has said so far. */
class Looking {
  said = ''
  readonly result: Promise<Result>
  private child: ChildProcess | undefined

  constructor(...args: readonly string[]) {
    this.result = godwit(args, {
      cwd: directory,
      interactive: true,
      started: (child) => {
        this.child = child
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer | string) => (this.said += String(bytes)))
      },
    })
  }

  /** Waits until it has said that. @throws Error when it ends before */
  async says(pattern: RegExp): Promise<void> {
    const ended = this.result.then(() => true)
    while (!pattern.test(this.said))
      if ((await Promise.race([ended, delay(20)])) === true) throw new Error(`it has ended, and has said: ${this.said}`)
  }

  end(): void {
    this.child?.kill('SIGINT')
  }
}

/** @returns a cluster with a program that waits, and an `attach` that has shown what it has printed */
async function attached(name: string, program = 'wait.csp'): Promise<{ readonly cluster: string; readonly viewer: Looking }> {
  const cluster = join(directory, name)
  mkdirSync(cluster, { mode: 0o700 })
  const { status, stderr } = await godwit(['run', '--detach', '--durable', '--nodes', '2', '--cluster-dir', cluster, program], {
    cwd: directory,
  })
  assert.is(status, 0, stderr)
  const viewer = new Looking('attach', program, '--cluster', cluster)
  await viewer.says(/\./)
  return { cluster, viewer }
}

/** The page is served from what was built. */
const isBuilt = process.env['GODWIT_TEST_DIST'] === '1'

deadlineTest('when the store is removed, attach and ui end and say so', 60_000, async () => {
  const { cluster, viewer } = await attached('removed')
  const all = [viewer]
  if (isBuilt) {
    const page = new Looking('ui', '--cluster', cluster, '--host', '127.0.0.1', '--port', '0')
    await page.says(/to look/)
    all.push(page)
  }
  rmSync(cluster, { recursive: true })
  for (const { result } of all) {
    const { status, stderr } = await result
    assert.is(status, 1)
    assert.match(
      stderr,
      /error\[R0415\]: the cluster store failed: .*removed was removed while the cluster used it\n {2}= help: start the cluster again/,
    )
    assert.not.match(stderr, /\n {4}at /)
  }
})

deadlineTest('when all nodes have died, attach says that it waits, and shows the program when a node has come', 60_000, async () => {
  const { cluster, viewer } = await attached('dead')
  await killNodes(cluster)
  await viewer.says(/warning: nobody has answered for wait\.csp#1 for 3 s; it is shown again as soon as a node has it\n/)
  const node = new Looking('node', '--engine', `embedded:${cluster}`, '--name', 'n3')
  await node.says(/node n3 is in/)
  const again = new Looking('attach', 'wait.csp', '--cluster', cluster, '--no-input')
  await again.says(/\./)
  assert.is((await godwit(['stop', 'wait.csp', '--cluster', cluster], { cwd: directory })).status, 0)
  await Promise.all([viewer.result, again.result])
  assert.is(viewer.said.match(/warning/g)?.length, 1)
  node.end()
  await node.result
})

deadlineTest('a program whose cut has gone is there, and ps does not say that nothing runs', 60_000, async () => {
  writeFileSync(
    join(directory, 'array.csp'),
    'PROC array (CHAN BYTE keyboard?, screen!)\n  [10000]INT a:\n  BYTE key:\n  SEQ\n    SEQ i = 0 FOR SIZE a\n      a[i] := i * i\n' +
      "    screen ! '.'\n    keyboard ? key\n    screen ! BYTE (a[INT key] /\\ 63)\n:\n",
  )
  const { cluster, viewer } = await attached('gone', 'array.csp')
  await killNodes(cluster)
  for (const blob of readdirSync(join(cluster, 'blobs'))) rmSync(join(cluster, 'blobs', blob))
  const node = new Looking('node', '--engine', `embedded:${cluster}`, '--name', 'n3')
  await node.says(/node n3 is in/)
  const { status, stderr } = await viewer.result
  assert.is(status, 1)
  assert.match(stderr, /error\[R0443\]/)
  for (const words of [[], ['--program', 'array.csp']]) {
    const found = await godwit(['ps', ...words, '--cluster', cluster], { cwd: directory })
    assert.is(found.status, 0, found.stderr)
    assert.match(
      found.stdout,
      'no node has processes of array.csp#1 just now: it begins anew, or cannot, as godwit attach array.csp#1 tells\n',
    )
  }
  node.end()
  await node.result
})

test.run()
