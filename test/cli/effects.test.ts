/** What programs do to their surroundings: it is denied by groups, and logged, each effect once, wherever the process is that calls. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DENIABLE } from '../../runtime/host/home-services.ts'
import { HOST_SERVICES } from '../../runtime/host-services.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, program, temporaryDirectory } from './godwit.ts'

const DEADLINE = 180_000

interface Line {
  readonly process: string
  readonly node: string
  readonly by: string
  readonly effect: 'done' | 'again' | 'denied'
  readonly service: string
  readonly what: Readonly<Record<string, unknown>>
  readonly time: number
  readonly at: string
}

function lines(file: string): readonly Line[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line) // as docs/effects.md says
}

/** One call of each group. */
const ALL = (file: string): string => `#USE "course"
#USE "file"
#USE "time"
#USE "cluster"
#USE "http"

PROC main (CHAN BYTE keyboard?, screen!)
  BYTE key:
  [100]BYTE text:
  INT n, fd, listener, status, head:
  INT64 now:
  PROC say (VAL INT n)
    SEQ
      out.int (n, 0, screen!)
      screen ! ' '
  :
  SEQ
    keyboard ? key
    say (INT key)
    file.num.args (n)
    say (n)
    host.variable.size ("GODWIT_TEST_VARIABLE", n)
    say (n)
    time.now (now)
    say (INT (now > 0))
    node.name (text, n)
    say (n)
    file.open3 ("${file}", O.WRONLY \\/ (O.CREAT \\/ O.APPEND), S.I644, fd)
    say (INT (fd < 0))
    file.write (fd, "secret", n)
    say (n)
    net.serve ("nobody", listener)
    say (listener)
    http.fetch ("GET", "http://u:p@127.0.0.1:1/secret?secret", "a: secret*n", "secret", 5000, text, status, head, n)
    say (status)
    file.write (1, "streams*n", n)
:
`

deadlineTest('each group of services may be denied, and is logged', DEADLINE, async () => {
  const directory = temporaryDirectory()
  const { file } = program(ALL(join(directory, 'written')))
  const run = async (...words: readonly string[]): Promise<{ readonly printed: string; readonly log: readonly Line[] }> => {
    const audit = join(directory, `${words.join('-')}.jsonl`)
    const { stdout, stderr, status } = await godwit(['run', ...words, '--audit', audit, file, 'argument'], {
      stdin: 'k\n',
      env: { GODWIT_TEST_VARIABLE: 'secret' },
    })
    assert.is(status, 0, stderr)
    return { printed: stdout, log: lines(audit) }
  }
  const free = await run()
  assert.is(free.printed, '107 2 6 1 5 0 6 -99 -111 streams\n')
  assert.ok(free.log.every(({ process: path, node, effect }) => path === 'main' && node === 'local' && effect === 'done'))
  assert.not.match(JSON.stringify(free.log), /secret|u:p/)
  assert.equal(free.log.find(({ service }) => service === 'http.call')?.what['url'], 'http://127.0.0.1:1')
  assert.equal(free.log.find(({ service }) => service === 'host.write')?.what['buffer'], { bytes: 6 })
  assert.equal(free.log.find(({ service }) => service === 'host.open3')?.what['name'], join(directory, 'written'))

  assert.is((await run('--deny', 'clock')).printed, '107 2 6 0 5 0 6 -99 -111 streams\n')
  assert.is((await run('--deny', 'arguments,environment')).printed, '107 1 -1 1 5 0 6 -99 -111 streams\n')
  assert.is((await run('--deny', 'cluster')).printed, '107 2 6 1 0 0 6 -99 -111 streams\n')
  const filed = await run('--deny', 'files', '--deny', 'net')
  assert.is(filed.printed, '107 2 6 1 5 1 -1 -1 -1 streams\n')
  assert.equal(
    filed.log.filter(({ effect }) => effect === 'denied').map(({ service }) => service),
    ['host.open3', 'host.write', 'net.serve', 'http.call'],
  )
  const silent = await run('--deny', 'terminal')
  assert.is(silent.printed, '')
  assert.is(silent.log.at(-1)?.effect, 'denied')
})

test('each service of the table is in a group that may be denied, but for the end of the program', () => {
  const ungrouped = Object.entries(HOST_SERVICES).filter(([, row]) => !('of' in row) || !DENIABLE.some((group) => group === row.of))
  assert.equal(
    ungrouped.map(([name]) => name),
    ['host.exit'],
  )
})

/** Writes as many lines, by a process that moves. */
const writing = (file: string, count: number, pause: number): string => `#USE "course"
#USE "file"

PROC writer (VAL INT fd)
  TIMER clock:
  INT now, n:
  SEQ i = 0 FOR ${count}
    SEQ
      file.write (fd, "line*n", n)
      clock ? now
      clock ? AFTER now PLUS ${pause}
:

PROC main (CHAN BYTE screen!)
  INT fd, n:
  SEQ
    file.open3 ("${file}", O.WRONLY \\/ O.CREAT, S.I644, fd)
    PAR
      writer (fd)
      SKIP
    file.close (fd, n)
    out.string ("written*n", 0, screen!)
:
`

deadlineTest('a process that moves all the time is logged where it is, each of its effects once', DEADLINE, async () => {
  const directory = temporaryDirectory()
  const audit = join(directory, 'audit.jsonl')
  const { file } = program(writing(join(directory, 'out'), 60, 5000))
  const { status, stderr } = await godwit(['run', '--nodes', '3', '--roam', '5ms', '--audit', audit, file], { deadline: DEADLINE })
  assert.is(status, 0, stderr)
  const writes = lines(audit).filter(({ service }) => service === 'host.write')
  assert.is(writes.length, 60)
  assert.ok(writes.every(({ effect, by }) => effect === 'done' && by === writes[0]?.by))
  assert.ok(new Set(writes.map(({ node }) => node)).size > 1, 'it was on several nodes')
  assert.ok(
    writes.every(({ time }, i) => i === 0 || time > (writes[i - 1]?.time ?? 0)),
    'program time goes on',
  )
})

deadlineTest(
  'of a durable program whose nodes are killed each effect is logged once, or says that it may have been done before',
  DEADLINE,
  async () => {
    const directory = temporaryDirectory()
    const [audit, cluster, out] = ['audit.jsonl', 'cluster', 'out'].map((name) => join(directory, name)) as [string, string, string] // three
    const { file } = program(writing(out, 40, 300_000))
    const words = ['run', '--nodes', '2', '--cluster-dir', cluster, '--durable', '--audit', audit, file]
    const running = godwit(words, { deadline: DEADLINE })
    while (lines(audit).length < 2) await delay(20)
    const { stdout } = await godwit(['nodes', '--cluster', cluster, '--json'])
    assert.ok(lines(audit).length < 40, 'it is not over when the nodes are killed')
    for (const { pid } of JSON.parse(stdout) as readonly { readonly pid: number }[]) process.kill(pid, 'SIGKILL') // as command.md says
    const { status, stderr } = await running
    assert.is(status, 0, stderr)
    assert.is(readFileSync(out, 'utf8'), 'line\n'.repeat(40))
    const writes = lines(audit).filter(({ service }) => service === 'host.write')
    const calls = new Map<number, string[]>()
    for (const { time, effect } of writes) calls.set(time, [...(calls.get(time) ?? []), effect])
    const effects = [...calls.values()].map((each) => each.join(' '))
    assert.is(effects.length, 40)
    assert.equal(
      [...new Set(effects)].filter((each) => !['done', 'done again', 'again', 'done again again', 'again again'].includes(each)),
      [],
    )
  },
)

deadlineTest('what a node is denied, and what it logs, holds for the processes that are there', DEADLINE, async () => {
  const directory = temporaryDirectory()
  const [audit, cluster] = ['audit.jsonl', 'cluster'].map((name) => join(directory, name)) as [string, string] // two
  const children: { kill(signal: 'SIGTERM'): unknown }[] = []
  const started = (child: { kill(signal: 'SIGTERM'): unknown }): unknown => children.push(child)
  const words = [
    'node',
    '--engine',
    `embedded:${cluster}`,
    '--name',
    'strict',
    '--deny',
    'clock',
    '--limit',
    'processes=1000',
    '--audit',
    audit,
  ]
  const node = godwit(words, { deadline: DEADLINE, started })
  try {
    for (;;) {
      const { stdout } = await godwit(['nodes', '--cluster', cluster, '--json'])
      if (stdout.includes('strict')) break
      await delay(100)
    }
    const text = `#USE "course"
#USE "time"

PROC main (CHAN BYTE screen!)
  INT64 now:
  SEQ
    time.now (now)
    out.int (INT (now > 0), 0, screen!)
:
`
    const { stdout, stderr } = await godwit(['run', '--cluster', cluster, program(text).file])
    assert.is(stdout, '0', stderr)
    assert.equal(
      lines(audit).map(({ service, effect, node: where }) => `${service} ${effect} ${where}`),
      ['host.clock denied strict'],
    )
  } finally {
    for (const child of children) child.kill('SIGTERM')
    await node
  }
})

test.run()
