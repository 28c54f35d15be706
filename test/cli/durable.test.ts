/** Programs that outlive their nodes, as users run them: `run --durable`, whose nodes and NATS servers are killed. On every engine. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { NodeStatus } from '../../runtime/node/commands/client.ts'
import { durableWords, endClusters, newCluster, onNats, servers } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory, type Result } from './godwit.ts'

const LINES = 40
/** After so many lines a program waits for a key: until it is known which OS processes its nodes are. */
const WAITS_AFTER = 5
/** And after so many they are killed. */
const KILLED_AFTER = 10
const COUNT = `#USE "course"
PROC count (CHAN BYTE keyboard?, screen!)
  TIMER clock:
  INT t:
  SEQ i = 0 FOR ${LINES}
    SEQ
      IF
        i = ${WAITS_AFTER}
          BYTE key:
          keyboard ? key
        TRUE
          SKIP
      out.int (i, 0, screen!)
      out.string ("*n", 0, screen!)
      clock ? t
      clock ? AFTER t PLUS 40000
:
`
const COUNTED = Array.from({ length: LINES }, (_, i) => `${i}\n`).join('')
/** Two processes with arrays that are too large to stand in the directory, and that change between two lines. */
const LARGE = `#USE "course"
PROC large (CHAN BYTE keyboard?, screen!)
  CHAN INT c:
  PAR
    [100000]INT a:
    SEQ
      SEQ i = 0 FOR SIZE a
        a[i] := i
      SEQ k = 0 FOR ${LINES}
        SEQ
          SEQ i = 0 FOR SIZE a
            a[i] := a[i] PLUS 1
          c ! a[k]
    [100000]INT b:
    TIMER clock:
    INT t:
    SEQ k = 0 FOR ${LINES}
      INT x:
      SEQ
        IF
          k = ${WAITS_AFTER}
            BYTE key:
            keyboard ? key
          TRUE
            SKIP
        c ? x
        SEQ i = 0 FOR SIZE b
          b[i] := x
        out.int (b[k] - ((2 * k) + 1), 0, screen!)
        out.int (k, 0, screen!)
        out.string ("*n", 0, screen!)
        clock ? t
        clock ? AFTER t PLUS 20000
:
`
const directory = temporaryDirectory()
writeFileSync(join(directory, 'count.csp'), COUNT)
writeFileSync(join(directory, 'large.csp'), LARGE)

test.after(async () => {
  rmSync(directory, { recursive: true, force: true })
  await endClusters()
})

/** A durable program that runs on three nodes of its own, in the foreground, and has shown some lines since it got a key. */
interface Running {
  readonly nodes: readonly NodeStatus[]
  readonly result: Promise<Result>
  /** @returns when it has shown so many lines */
  until(lines: number): Promise<void>
}

async function durable(file: string, ...options: readonly string[]): Promise<Running> {
  const cluster = newCluster()
  let shown = ''
  let stdin: Writable | null = null
  const result = godwit(['run', '--durable', ...durableWords, '--nodes', '3', '--cluster-dir', cluster, ...options, file], {
    cwd: directory,
    deadline: 100_000,
    interactive: true,
    started: (child) => {
      child.stdout?.on('data', (text: Buffer | string) => (shown += String(text)))
      ;({ stdin } = child)
    },
  })
  const until = async (lines: number): Promise<void> => {
    for (let i = 0; shown.split('\n').length <= lines; i++) {
      if (i > 1200) assert.unreachable(`it does not show ${lines} lines within 30 s but ${shown}`)
      await delay(25)
    }
  }
  await until(WAITS_AFTER)
  const { stdout, stderr } = await godwit(['nodes', '--json', '--cluster', cluster])
  assert.match(stdout, /^\[/, stderr)
  const nodes = JSON.parse(stdout) as NodeStatus[]
  ;(stdin as Writable | null)?.write('k') // the callback has set it
  await until(KILLED_AFTER)
  return { nodes, result, until }
}

async function requireAll({ result }: Running, expected: string): Promise<void> {
  const { status, stdout, stderr } = await result
  assert.is(status, 0, stderr)
  assert.is(stdout, expected)
}

function kill({ nodes }: Running, isKilled: (name: string) => boolean): void {
  for (const { pid, name } of nodes) if (isKilled(name)) process.kill(pid, 'SIGKILL')
}

for (const [what, isKilled] of [
  ['a node', (name: string): boolean => name === 'n2'],
  ['the node of its home', (name: string): boolean => name === 'n1'],
  ['all nodes', (): boolean => true],
] as const) {
  deadlineTest(`a durable program goes on when ${what} is killed: its output is whole, and each line is there once`, 120_000, async () => {
    const running = await durable('count.csp', '--roam', '20ms')
    kill(running, isKilled)
    await requireAll(running, COUNTED)
  })
}

deadlineTest('cuts of large processes outlive the nodes too', 120_000, async () => {
  const running = await durable('large.csp')
  kill(running, () => true)
  await requireAll(running, Array.from({ length: LINES }, (_, k) => `0${k}\n`).join(''))
})

const nats = servers
if (nats !== undefined) {
  deadlineTest('a durable program goes on when a NATS server is killed, and a node while it is away', 120_000, async () => {
    const running = await durable('count.csp', '--roam', '20ms')
    await nats.kill(0)
    await delay(300)
    kill(running, (name) => name === 'n1')
    await delay(300)
    await nats.start(0)
    await requireAll(running, COUNTED)
  })
}

if (onNats && durableWords.length > 0) {
  deadlineTest('one server is not enough for a durable program, unless the user says so', 60_000, async () => {
    const words = ['run', '--durable', '--nodes', '1', '--cluster-dir', newCluster(), 'count.csp']
    const { status, stderr } = await godwit(words, { cwd: directory })
    assert.is(status, 1, stderr)
    assert.match(stderr, /error\[R0442\]: one NATS server keeps what this cluster stores/)
    assert.match(stderr, /--accept-store/)
  })
}

test.run()
