/** Running programs go on as other versions of their texts: upgrade, --dry-run, --map, --rollback; plain and durable, on several nodes. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus, ProcessStatus } from '../../runtime/node/commands/client.ts'
import { durableWords, endClusters, newCluster } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

/** A counter, and a process that asks it and sleeps, for ever. @param step what one version adds for each line */
const counting = (step: string, counter = 'counter'): string => `#USE "course"
PROC ${counter} (CHAN INT in?, out!)
  INT total:
  SEQ
    total := 0
    WHILE TRUE
      INT x:
      SEQ
        in ? x
        total := total + ${step}
        out ! total
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    ${counter} (a?, b!)
    TIMER clock:
    INT now, y:
    SEQ
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
const file = (name: string, text: string): void => {
  writeFileSync(join(directory, name), text)
}
file('one.csp', counting('x'))
file('ten.csp', counting('(10 * x)'))
file('tally.csp', counting('(10 * x)', 'tally').replaceAll('total', 'sum'))
file(
  'other.csp',
  counting('x').replace(
    '        in ? x\n        total := total + x\n        out ! total',
    '        out ! total\n        total := total + 1',
  ),
)
file('names.map', 'counter.total = sum -- it has another name\n')
file('nonsense.map', 'PROC counter = tally\nnonsense here\n')
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
      deadline: 170_000,
      started: (child) => {
        child.stdout?.on('data', (text: Buffer | string) => (this.text += String(text)))
      },
    })
  }

  get numbers(): number[] {
    return this.text.split('\n').slice(0, -1).map(Number)
  }

  /** Waits until the steps between its numbers have been these. */
  async stepping(...expected: readonly number[]): Promise<void> {
    while (steps(this.numbers).length < expected.length) await delay(50)
    assert.equal(steps(this.numbers), expected)
  }

  async stop(): Promise<void> {
    await well('stop', this.program)
    await this.ended
  }
}

/** @returns what is added from each line to the next: of equal ones only the first */
const steps = (numbers: readonly number[]): number[] =>
  numbers.map((n, i) => n - (numbers[i - 1] ?? 0)).filter((step, i, all) => step !== all[i - 1])

async function begun(...options: readonly string[]): Promise<string> {
  const { program } = JSON.parse(await well('run', '--detach', '--json', '--balance', 'off', ...options, 'one.csp')) as {
    readonly program: string
  }
  return program
}

deadlineTest('a program goes on as another version, and back, where its processes are and with what they have', 180_000, async () => {
  const started = await godwit(['run', '--detach', '--nodes', '3', '--balance', 'off', '--cluster-dir', cluster, 'one.csp'], {
    cwd: directory,
  })
  assert.is(started.status, 0, started.stderr)
  await well('migrate', 'main/counter', 'n2')
  const output = new Shown('one.csp')
  await output.stepping(1)
  assert.match(await well('upgrade', 'one.csp', 'ten.csp', '--dry-run'), /can be upgraded: 3 processes of 3 would go on/)
  assert.match(await well('upgrade', 'one.csp', 'ten.csp'), /is upgraded: 3 processes of 3/)
  await output.stepping(1, 10)
  const list = JSON.parse(await well('ps', '--json')) as ProcessStatus[]
  assert.is(list.find(({ path }) => path === 'main/counter')?.node, 'n2', 'it is where it was')
  const { done } = JSON.parse(await well('upgrade', 'one.csp', '--rollback', '--json')) as { readonly done: boolean }
  assert.ok(done)
  await output.stepping(1, 10, 1)
  await output.stop()
})

deadlineTest('a durable program does too, and goes on as the new version when its nodes are lost', 180_000, async () => {
  const program = await begun('--durable', ...durableWords)
  const output = new Shown(program)
  await output.stepping(1)
  await well('upgrade', program, 'ten.csp')
  const nodes = JSON.parse(await well('nodes', '--json')) as NodeStatus[]
  const processes = JSON.parse(await well('ps', '--json', '--program', program)) as ProcessStatus[]
  const victim = nodes.find(({ name }) => name === processes[0]?.node)
  if (victim === undefined) throw new Error('it is on no node')
  process.kill(victim.pid, 'SIGKILL')
  const before = output.numbers.length
  while (output.numbers.length < before + 20) await delay(50)
  await well('upgrade', program, '--rollback')
  await output.stepping(1, 10, 1)
  await output.stop()
})

deadlineTest('what stands in the way is named, and nothing changes; a map says what the texts do not', 180_000, async () => {
  const program = await begun()
  const refused = await here('upgrade', program, 'other.csp')
  assert.is(refused.status, 1)
  assert.match(refused.stderr, /error\[R0444\].*1 process stands in the way/)
  assert.match(refused.stderr, /main\/counter at one\.csp:9: in \? x\n +the new version has no such point/)
  const unnamed = await here('upgrade', program, 'tally.csp')
  assert.match(unnamed.stderr, /the old version has no value for sum there/)
  assert.match(await well('upgrade', program, 'tally.csp', '--map', 'names.map'), /counter +tally +1/)
  assert.match(await well('upgrade', program, '--rollback'), /tally +counter +1/)
  const output = new Shown(program)
  while (steps(output.numbers).at(-1) !== 1) await delay(50) // what it has printed before, as the version that was, is shown as well
  await output.stop()
})

deadlineTest('what makes no sense is told', 60_000, async () => {
  const program = await begun()
  for (const [words, status, told] of [
    [['upgrade', program], 64, /there is no new version/],
    [['upgrade', program, 'ten.csp', '--rollback'], 64, /leave out the file/],
    [['upgrade', program, 'ten.csp', '--map', 'nonsense.map'], 64, /nonsense\.map:2: `nonsense here` says nothing/],
    [['upgrade', program, 'none.csp'], 64, /there is no file/],
    [['upgrade', program, '--rollback'], 1, /R0444.*no version before this one/],
    [['upgrade', 'nobody.csp', 'ten.csp'], 1, /R0403/],
  ] as const) {
    const refused = await here(...words)
    assert.is(refused.status, status, `${words.join(' ')}: ${refused.stderr}`)
    assert.match(refused.stderr, told)
  }
  await well('stop', program)
})

test.run()
