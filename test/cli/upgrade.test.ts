/** Running programs go on as other versions of their texts: upgrade, --dry-run, --map, --rollback; plain and durable, on several nodes. */
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus, ProcessStatus } from '../../runtime/node/commands/client.ts'
import { durableWords } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit } from './godwit.ts'
import { ownCluster, type Shown } from './own-cluster.ts'

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

/** Counts on one side, and keeps on the other: there is room for five. @param place where the number `x` goes */
const keeping = (place: string, pause = '20000'): string => `#USE "course"
PROC keeper (CHAN INT in?, out!)
  [5]INT kept:
  INT x:
  WHILE TRUE
    SEQ
      in ? x
      kept[${place}] := x
      out ! x
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    keeper (a?, b!)
    INITIAL INT n IS 0:
    TIMER clock:
    INT now, y:
    WHILE TRUE
      SEQ
        a ! n
        b ? y
        out.int (y, 0, screen!)
        out.string ("*n", 0, screen!)
        n := n + 1
        clock ? now
        clock ? AFTER now PLUS ${pause}
:
`
/** Two that wait for each other: the first version of the second outputs where it should input. */
const meeting = (second: string): string => `PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    INT x:
    SEQ
      a ! 1
      b ? x
      screen ! '0' + (BYTE x)
    INT y:
    SEQ
      ${second}
      a ? y
      b ! y + 1
:
`

const { cluster, directory, here, well, show } = ownCluster({
  'one.csp': counting('x'),
  'ten.csp': counting('(10 * x)'),
  'tally.csp': counting('(10 * x)', 'tally').replaceAll('total', 'sum'),
  'other.csp': counting('x').replace(
    '        in ? x\n        total := total + x\n        out ! total',
    '        out ! total\n        total := total + 1',
  ),
  'keep.csp': keeping('x'),
  'keep-mended.csp': keeping('x \\ 5', '50000'),
  'keep-odd.csp': keeping('x').replace('      in ? x\n', '').replace('INT x:\n  WHILE', 'INITIAL INT x IS 0:\n  WHILE'),
  'meet.csp': meeting('b ! 7'),
  'meet-mended.csp': meeting('SKIP'),
  'names.map': 'counter.total = sum -- it has another name\n',
  'nonsense.map': 'PROC counter = tally\nnonsense here\n',
})

/** @returns what is added from each line to the next: of equal ones only the first */
const steps = (numbers: readonly number[]): number[] =>
  numbers.map((n, i) => n - (numbers[i - 1] ?? 0)).filter((step, i, all) => step !== all[i - 1])

/** Waits until the steps between the numbers of a program have been these. */
async function stepping(output: Shown, ...expected: readonly number[]): Promise<void> {
  while (steps(output.numbers).length < expected.length) await delay(50)
  assert.equal(steps(output.numbers), expected)
}

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
  const output = show('one.csp')
  await stepping(output, 1)
  assert.match(await well('upgrade', 'one.csp', 'ten.csp', '--dry-run'), /can be upgraded: 3 processes of 3 would go on/)
  assert.match(await well('upgrade', 'one.csp', 'ten.csp'), /is upgraded: 3 processes of 3/)
  await stepping(output, 1, 10)
  const list = JSON.parse(await well('ps', '--json')) as ProcessStatus[]
  assert.is(list.find(({ path }) => path === 'main/counter')?.node, 'n2', 'it is where it was')
  const { done } = JSON.parse(await well('upgrade', 'one.csp', '--rollback', '--json')) as { readonly done: boolean }
  assert.ok(done)
  await stepping(output, 1, 10, 1)
  await output.stop()
})

deadlineTest('a durable program does too, and goes on as the new version when its nodes are lost', 180_000, async () => {
  const program = await begun('--durable', ...durableWords)
  const output = show(program)
  await stepping(output, 1)
  await well('upgrade', program, 'ten.csp')
  const nodes = JSON.parse(await well('nodes', '--json')) as NodeStatus[]
  const processes = JSON.parse(await well('ps', '--json', '--program', program)) as ProcessStatus[]
  const victim = nodes.find(({ name }) => name === processes[0]?.node)
  if (victim === undefined) throw new Error('it is on no node')
  process.kill(victim.pid, 'SIGKILL')
  await output.more(20)
  await well('upgrade', program, '--rollback')
  await stepping(output, 1, 10, 1)
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
  const output = show(program)
  while (steps(output.numbers).at(-1) !== 1) await delay(50) // what it has printed before, as the version that was, is shown as well
  await output.stop()
})

deadlineTest('a durable program that has failed goes on from its last cut in a text that was mended', 180_000, async () => {
  const { program } = JSON.parse(await well('run', '--detach', '--json', '--durable', ...durableWords, 'keep.csp')) as {
    readonly program: string
  }
  const failed = await here('attach', program)
  assert.is(failed.status, 1)
  assert.is(failed.stdout, '0\n1\n2\n3\n4\n')
  assert.match(failed.stderr, /error\[R0203\][^]*`godwit upgrade keep\.csp#\d+ FILE` goes on from there/)
  const obstacle = await here('upgrade', program, 'keep-odd.csp')
  assert.is(obstacle.status, 1)
  assert.match(obstacle.stderr, /error\[R0444\].*1 process stands in the way[^]*in \? x/)
  assert.match(await well('upgrade', program, 'keep-mended.csp', '--dry-run'), /can go on from its last cut/)
  const back = await here('upgrade', program, '--rollback')
  assert.is(back.status, 1)
  assert.match(back.stderr, 'it can go on in another text')
  const { goesOn } = JSON.parse(await well('upgrade', program, 'keep-mended.csp', '--json')) as {
    readonly goesOn: { readonly name: string }
  }
  const output = show(goesOn.name)
  await output.more(10)
  await output.stop()
  const [first = NaN] = output.numbers
  assert.ok(first <= 5, `what was not seen yet is not missing: ${first}`)
  assert.equal(
    output.numbers,
    output.numbers.map((_, i) => first + i),
  )
  await well('stop', goesOn.name)
  const stopped = await here('upgrade', goesOn.name, 'keep.csp')
  assert.is(stopped.status, 1)
  assert.match(stopped.stderr, 'has ended')
})

deadlineTest('a deadlock can be mended, too; a program that is not durable is over', 120_000, async () => {
  const run = async (...words: readonly string[]): Promise<string> => {
    const { program } = JSON.parse(await well('run', '--detach', '--json', ...words, 'meet.csp')) as { readonly program: string }
    const stuck = await here('attach', program)
    assert.is(stuck.status, 3)
    assert.is(stuck.stderr.includes('godwit upgrade'), words.includes('--durable'))
    return program
  }
  const plain = await run()
  assert.match((await here('upgrade', plain, 'meet-mended.csp')).stderr, 'has ended')
  const durable = await run('--durable', ...durableWords)
  const { goesOn } = JSON.parse(await well('upgrade', durable, 'meet-mended.csp', '--json')) as {
    readonly goesOn: { readonly name: string }
  }
  assert.equal(await here('attach', goesOn.name), { status: 0, stdout: '2', stderr: '' })
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
