/** Programs on nodes are saved and carried on elsewhere: checkpoint, checkpoints, restore, run --checkpoint-on. On every engine. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { durableWords, newCluster } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, type Result } from './godwit.ts'
import { killNodes, ownCluster } from './own-cluster.ts'

const LINES = 60
/** Before this line the program waits for a key. */
const WAITS_BEFORE = 30
/** Numbered lines that go through processes with arrays of their own, and that are written to a file too. */
const ROUND = `#USE "course"
#USE "file"
PROC round (CHAN BYTE keyboard?, screen!)
  CHAN INT a, b:
  PAR
    SEQ i = 0 FOR ${LINES}
      TIMER t:
      INT now:
      SEQ
        a ! i
        t ? now
        t ? AFTER now PLUS 20000
    [10000]INT seen:
    SEQ
      SEQ i = 0 FOR SIZE seen
        seen[i] := 0
      SEQ i = 0 FOR ${LINES}
        INT x:
        SEQ
          a ? x
          seen[x] := x
          b ! seen[x]
    INT log, error:
    SEQ
      file.open ("log", O.WRONLY \\/ (O.CREAT \\/ O.TRUNC), log)
      SEQ i = 0 FOR ${LINES}
        INT x, n:
        SEQ
          b ? x
          IF
            i = ${WAITS_BEFORE}
              BYTE key:
              keyboard ? key
            TRUE
              SKIP
          file.write (log, [BYTE ((INT 'a') + (x \\ 26))], n)
          out.int (x, 0, screen!)
          out.string ("*n", 0, screen!)
      file.close (log, error)
:
`
const EXPECTED = Array.from({ length: LINES }, (_, i) => `${i}\n`).join('')
const LOGGED = Array.from({ length: LINES }, (_, i) => String.fromCharCode(97 + (i % 26))).join('')

const { cluster, directory } = ownCluster({ 'round.csp': ROUND })

/** A key is typed in each command. */
const here = (...args: readonly string[]): Promise<Result> => godwit(args, { cwd: directory, stdin: 'k' })

async function well(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await here(...args)
  assert.is(status, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}

/** The program begins on the cluster. @returns its name */
async function begun(...options: readonly string[]): Promise<string> {
  const { program } = JSON.parse(await well('run', '--detach', '--json', '--cluster', cluster, ...options, 'round.csp')) as {
    readonly program: string
  }
  await delay(300)
  return program
}

deadlineTest('a program that is saved and stopped goes on elsewhere, any number of times, where it was', 120_000, async () => {
  const words = ['run', '--detach', '--nodes', '3', '--cluster-dir', cluster, '--roam', '20ms', 'round.csp']
  const started = await godwit(words, { cwd: directory, env: { SECRET_OF_MINE: 'xyzzy' } })
  assert.is(started.status, 0, started.stderr)
  while ((statSync(join(directory, 'log'), { throwIfNoEntry: false })?.size ?? 0) < 5) await delay(20) // some lines are out, and it waits for a key
  assert.match(await well('checkpoint', 'round.csp', 'a.snap', '--stop', '--cluster', cluster), /^a\.snap holds round\.csp#1 as it was/)
  assert.not(readFileSync(join(directory, 'a.snap')).includes('xyzzy'), 'it has no environment that the program cannot read')
  const first = await well('attach', 'round.csp#1', '--cluster', cluster, '--no-input')
  assert.ok(first.length > 0 && first.length < EXPECTED.length, first)
  const logged = readFileSync(join(directory, 'log'), 'utf8')
  for (const words of [['--nodes', '2', '--roam', '20ms'], ['--cluster', cluster], []]) {
    writeFileSync(join(directory, 'log'), logged)
    assert.is(first + (await well('restore', ...words, 'a.snap')), EXPECTED, words.join(' '))
    assert.is(readFileSync(join(directory, 'log'), 'utf8'), LOGGED)
  }
})

deadlineTest('a program that was restored as durable outlives its nodes', 120_000, async () => {
  let shown = ''
  const other = newCluster()
  const first = await well('attach', 'round.csp#1', '--cluster', cluster, '--no-input')
  const words = ['restore', '--durable', ...durableWords, '--nodes', '2', '--cluster-dir', other, 'a.snap']
  const rest = await godwit(words, {
    cwd: directory,
    stdin: 'k',
    deadline: 90_000,
    started: (child) => {
      child.stdout?.on('data', (text: Buffer | string) => {
        if (shown === '') void killNodes(other)
        shown += String(text)
      })
    },
  })
  assert.is(rest.status, 0, rest.stderr)
  assert.is(first + rest.stdout, EXPECTED)
})

deadlineTest('the last checkpoints of a program are kept in its cluster, and can be written to files', 120_000, async () => {
  const program = await begun()
  for (let i = 0; i < 3; i++) await well('checkpoint', program, '--keep', '2', '--cluster', cluster)
  const kept = JSON.parse(await well('checkpoints', program, '--json', '--cluster', cluster)) as { readonly number: number }[]
  assert.equal(
    kept.map(({ number }) => number),
    [2, 3],
  )
  assert.match(await well('checkpoints', program, '--cluster', cluster), /^NUMBER +MADE +PROGRAM TIME +NODES +SIZE\n +2 /)
  assert.match(await well('checkpoint', program, 'b.snap', '--number', '2', '--cluster', cluster), /^b\.snap holds/)
  assert.ok(EXPECTED.endsWith(await well('restore', 'b.snap', '--cluster', cluster)))
  await well('checkpoint', program, 'same.snap', '--number', '2', '--cluster', cluster) // it is kept still
  assert.equal(readFileSync(join(directory, 'same.snap')), readFileSync(join(directory, 'b.snap')))
  const all = await well('attach', program, '--cluster', cluster)
  assert.is(all, EXPECTED, 'the program itself goes on')
  const rest = await well('restore', 'b.snap')
  assert.ok(EXPECTED.endsWith(rest) && rest.length > 0, rest)
})

deadlineTest('a durable program can be saved too', 120_000, async () => {
  const program = await begun('--durable', ...durableWords, '--roam', '20ms')
  await well('checkpoint', program, 'c.snap', '--stop', '--cluster', cluster)
  const first = await well('attach', program, '--cluster', cluster, '--no-input')
  assert.is(first + (await well('restore', '--nodes', '2', 'c.snap')), EXPECTED)
})

deadlineTest(
  'run --checkpoint-on saves a program on nodes as one in a single OS process, and either goes on as the other',
  120_000,
  async () => {
    for (const [saved, restored] of [
      [
        ['--nodes', '2'],
        ['--nodes', '3'],
      ],
      [[], ['--nodes', '2', '--roam', '20ms']],
    ] as const) {
      const first = await godwit(['run', ...saved, '--checkpoint-on', `SIGUSR2=${join(directory, 'd.snap')}`, 'round.csp'], {
        cwd: directory,
        interactive: true,
        started: (child) => child.stdout?.once('data', () => setTimeout(() => child.kill('SIGUSR2'), 200)),
      })
      assert.is(first.status, 0, first.stderr)
      assert.match(first.stderr, /d\.snap holds the program as it was/)
      assert.is(first.stdout + (await well('restore', ...restored, 'd.snap')), EXPECTED, saved.join(' '))
      assert.is(readFileSync(join(directory, 'log'), 'utf8'), LOGGED)
    }
  },
)

deadlineTest('a program that is saved before it has done anything does everything when it is restored', 60_000, async () => {
  const save = (afterMs: number): Promise<Result> =>
    godwit(['run', '--checkpoint-on', 'SIGUSR2=f.snap', 'round.csp'], {
      cwd: directory,
      interactive: true,
      started: (child) => setTimeout(() => child.kill('SIGUSR2'), afterMs),
    })
  let saved = await save(100)
  for (let afterMs = 200; saved.status === 128 + constants.signals.SIGUSR2; afterMs *= 2) saved = await save(afterMs) // the command did not listen yet
  assert.is(saved.status, 0, saved.stderr)
  assert.is(saved.stdout + (await well('restore', '--nodes', '2', 'f.snap')), EXPECTED)
})

deadlineTest('what cannot be saved or restored is told, and the program goes on', 120_000, async () => {
  const program = await begun()
  const nowhere = await here('checkpoint', program, 'round.csp/place.snap', '--stop', '--cluster', cluster)
  assert.is(nowhere.status, 1)
  assert.match(nowhere.stderr, /error\[R0515\]: cannot write the checkpoint/)
  for (const [words, status, told] of [
    [['checkpoint', program, '--number', '2', '--cluster', cluster], 64, /name the file/],
    [['checkpoint', program, 'e.snap', '--number', '99', '--cluster', cluster], 1, /R0515.*no checkpoint 99/],
    [['checkpoint', program, 'e.snap', '--keep', '3', '--cluster', cluster], 64, /--keep/],
    [['checkpoint', 'nobody.csp', '--cluster', cluster], 1, /R0403/],
    [['restore', 'round.csp', '--nodes', '2'], 1, /R0511/],
    [['restore', 'a.snap', '--detach'], 64, /--detach/],
  ] as const) {
    const refused = await here(...words)
    assert.is(refused.status, status, `${words.join(' ')}: ${refused.stderr}`)
    assert.match(refused.stderr, told)
  }
  assert.is(await well('attach', program, '--cluster', cluster), EXPECTED)
  const ended = await here('checkpoint', program, 'e.snap', '--cluster', cluster)
  assert.match(ended.stderr, /R0403.*has ended/)
})

test.run()
