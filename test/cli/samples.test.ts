/**
 * Each sample says the same wherever its processes are: on one node, on three, on three with its processes roaming, and across checkpoints.
 * `NAME.input` is typed, the words in `NAME.args` are its arguments. In `NAME.expected`, `<time>` stands for a measured time and `<node>` for the name of a node.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, root, temporaryDirectory, type Result } from './godwit.ts'

const samples = join(root, 'samples')
const names = readdirSync(samples)
  .filter((name) => name.endsWith('.expected'))
  .map((name) => name.slice(0, -'.expected'.length))
  .sort()

/** Milliseconds a sample may take, however it is run. */
const DEADLINE = 90_000

for (const name of names) {
  const file = join('samples', `${name}.csp`)
  const input = join(samples, `${name}.input`)
  const stdin = existsSync(input) ? readFileSync(input, 'utf8') : ''

  const words = join(samples, `${name}.args`)
  const given = existsSync(words) ? ['--', ...readFileSync(words, 'utf8').trim().split(/\s+/)] : []

  const run = (...options: readonly string[]): Promise<Result> => godwit(['run', file, ...options, ...given], { stdin, deadline: DEADLINE })

  deadlineTest(`${name} on one node`, DEADLINE, async () => {
    expected(name, await run())
  })

  deadlineTest(`${name} on three nodes`, DEADLINE, async () => {
    expected(name, await run('--nodes', '3'))
  })

  deadlineTest(`${name} on three nodes, roaming`, DEADLINE, async () => {
    expected(name, await run('--nodes', '3', '--roam', '20ms'))
  })

  deadlineTest(`${name} on two threads, roaming`, DEADLINE, async () => {
    expected(name, await run('--threads', '2', '--roam', '20ms'))
  })

  deadlineTest(`${name} across checkpoints`, DEADLINE, async () => {
    expected(name, await acrossCheckpoints([file, ...given], existsSync(input) ? input : '/dev/null'))
  })
}

const KILLED_BY_SIGUSR1 = 128 + 10

/** How often a sample is stopped and carried on at most. */
const STOPS = 4

/** Runs a program, stops it by a checkpoint again and again, each time somewhere else, and carries it on in a new OS process. */
async function acrossCheckpoints([file = '', ...given]: readonly string[], input: string): Promise<Result> {
  const snapshot = join(temporaryDirectory(), 'program.snap')
  const stdin = openSync(input, 'r') // one descriptor for all: each process reads on where the one before stopped
  try {
    const checkpoint = ['--checkpoint-on', `SIGUSR1=${snapshot}`]
    let result = await godwit(['run', file, ...checkpoint, ...given], { stdin, deadline: DEADLINE, started: stopSoon(0) })
    let stdout = result.stdout
    for (let stop = 1; result.status === 0 && result.stderr.includes('godwit restore'); stop++) {
      const options = { stdin, deadline: DEADLINE, ...(stop < STOPS ? { started: stopSoon(stop) } : {}) }
      result = await godwit(['restore', snapshot, ...checkpoint], options)
      stdout += result.stdout
    }
    // A signal may meet an OS process whose program has ended, and which listens no more. Its output is compared all the same.
    return { ...result, status: result.status === KILLED_BY_SIGUSR1 ? 0 : result.status, stdout }
  } finally {
    closeSync(stdin)
  }
}

/** Asks for the checkpoint a little after the first output: the signal has a listener by then. */
function stopSoon(stop: number): (child: ChildProcess) => void {
  return (child) => {
    child.stdout?.once('data', () => {
      setTimeout(() => child.kill('SIGUSR1'), 20 + 60 * stop)
    })
  }
}

/** What `<time>` and `<node>` stand for. */
const BLANKS: readonly (readonly [string, string])[] = [
  ['<time>', '\\d+(?:\\.\\d+)? ?(?:us|ms)'],
  ['<node>', '[A-Za-z0-9._-]+'],
]

/** Replaces in each line of the output what the expected line leaves open, so that a difference shows as one. */
function expected(name: string, { status, stdout, stderr }: Result): void {
  const wanted = readFileSync(join(samples, `${name}.expected`), 'utf8')
  const wantedLines = wanted.split('\n')
  const lines = stdout.split('\n').map((line, i) => {
    const pattern = wantedLines[i] ?? ''
    let source = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    for (const [blank, meaning] of BLANKS) source = source.replaceAll(blank, meaning)
    return new RegExp(`^${source}$`).test(line) ? pattern : line
  })
  assert.fixture(lines.join('\n'), wanted, stderr)
  assert.is(status, 0, stderr)
}

test.run()
