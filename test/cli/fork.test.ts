/** A second program from where a running one is, and a program that goes back to a checkpoint of its own. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../runtime/node/commands/client.ts'
import { durableWords, endClusters, newCluster } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

/** Counts and sleeps, in processes that could be on two nodes. */
const COUNTING = `#USE "course"
PROC count (CHAN INT in?, out!)
  INT total:
  SEQ
    total := 0
    WHILE TRUE
      INT x:
      SEQ
        in ? x
        total := total + x
        out ! total
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    count (a?, b!)
    TIMER clock:
    INT now, y:
    WHILE TRUE
      SEQ
        a ! 1
        b ? y
        out.int (y, 0, screen!)
        out.string ("*n", 0, screen!)
        clock ? now
        clock ? AFTER now PLUS 50000
:
`
const directory = temporaryDirectory()
writeFileSync(join(directory, 'count.csp'), COUNTING)
const cluster = newCluster()

test.after(async () => {
  const { stdout } = await godwit(['nodes', '--json', '--cluster', cluster])
  for (const { pid } of JSON.parse(stdout === '' ? '[]' : stdout) as NodeStatus[]) process.kill(pid, 'SIGKILL')
  rmSync(directory, { recursive: true, force: true })
  await endClusters()
})

const here = (...args: readonly string[]): Promise<Result> => godwit([...args, '--cluster', cluster], { cwd: directory })

async function well(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await here(...args)
  assert.is(status, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

/** Shows a program from its beginning on, for as long as it runs. */
class Shown {
  private text = ''
  private readonly ended: Promise<Result>

  constructor(private readonly program: string) {
    this.ended = godwit(['attach', program, '--no-input', '--cluster', cluster], {
      cwd: directory,
      deadline: 200_000,
      started: (child) => {
        child.stdout?.on('data', (text: Buffer | string) => (this.text += String(text)))
      },
    })
  }

  get numbers(): number[] {
    return this.text.split('\n').slice(0, -1).map(Number)
  }

  /** Waits until it has shown so many numbers more. */
  async more(count: number): Promise<number[]> {
    const wanted = this.numbers.length + count
    while (this.numbers.length < wanted) await delay(50)
    return this.numbers
  }

  async stop(): Promise<void> {
    await well('stop', this.program)
    await this.ended
  }
}

/** @returns the places where a number is not one more than the one before it */
const leaps = (numbers: readonly number[]): number[] => numbers.flatMap((n, i) => (i > 0 && n !== (numbers[i - 1] ?? 0) + 1 ? [i] : []))

for (const durable of [false, true]) {
  deadlineTest(`a ${durable ? 'durable ' : ''}program is forked, and rewound: each goes on by itself`, 240_000, async () => {
    const where = durable ? ['--cluster', cluster, '--durable', ...durableWords] : ['--nodes', '2', '--cluster-dir', cluster]
    const started = await godwit(['run', '--detach', '--json', ...where, 'count.csp'], { cwd: directory })
    assert.is(started.status, 0, started.stderr)
    const { program } = JSON.parse(started.stdout) as { readonly program: string }
    const first = new Shown(program)
    const before = (await first.more(3)).length
    await well('checkpoint', program)
    const after = (await first.more(10)).length

    const fork = JSON.parse(await well('fork', program, '--json')) as { readonly name: string; readonly of: string }
    assert.is(fork.of, program)
    const second = new Shown(fork.name)
    const [begins = 0] = await second.more(3)
    assert.ok(begins > after, 'it goes on from where the first was, and its output is its own')

    assert.match(await well('rewind', program, '--to', '1'), /goes on from checkpoint 1/)
    while (leaps(first.numbers).length === 0) await delay(50)
    const numbers = await first.more(3)
    const [leap = 0, ...others] = leaps(numbers)
    assert.equal(others, [])
    assert.ok((numbers[leap] ?? 0) > before && (numbers[leap] ?? 0) < (numbers[leap - 1] ?? 0), 'it counts again from the checkpoint')
    assert.equal(leaps(await second.more(3)), [])

    const none = await here('rewind', program, '--to', '9')
    assert.is(none.status, 1)
    assert.match(none.stderr, /R0415.*no checkpoint 9/)
    await first.stop()
    await second.stop()
  })
}

test.run()
