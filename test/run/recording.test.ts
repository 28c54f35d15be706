/** A run that was recorded is repeated exactly, as often as one likes, at once or step by step. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Program } from '../../runtime/code/program.ts'
import { CodeStore } from '../../runtime/code/store.ts'
import { describe, walkProcesses } from '../../runtime/kernel/inspect/inspect.ts'
import { runLocal } from '../../runtime/run/local.ts'
import { loadMain, mainFrame } from '../../runtime/run/main-frame.ts'
import { RunError } from '../../runtime/run/run-error.ts'
import { readRecording } from '../../runtime/run/recording/recording.ts'
import { Replay } from '../../runtime/run/recording/replay.ts'
import { compileText } from '../backend/compile.ts'

/** Reads the clock, computes so long that it is preempted, chooses by chance among guards, reads keys, and fails in the end. */
const PROGRAM = `#USE "course"
PROC work (VAL INT n, CHAN INT out!)
  INT s, t:
  TIMER tim:
  SEQ i = 0 FOR 15
    SEQ
      s := n
      SEQ k = 0 FOR (n * 20000) + 1000
        s := s PLUS (k TIMES i)
      tim ? t
      out ! s PLUS t
:
PROC main (CHAN BYTE keyboard?, screen!, error!)
  [4]CHAN INT c:
  PAR
    PAR i = 0 FOR 4
      work (i, c[i]!)
    SEQ
      SEQ i = 0 FOR 60
        INT x:
        ALT k = 0 FOR 4
          c[k] ? x
            SEQ
              out.int (k, 1, screen!)
              out.int (x, 12, screen!)
              screen ! '*n'
      BYTE ch:
      INITIAL BOOL more IS TRUE:
      WHILE more
        SEQ
          keyboard ? ch
          IF
            ch = 255
              more := FALSE
            TRUE
              SEQ
                screen ! ch
                error ! ch
      TIMER tim:
      INT t, due:
      SEQ
        tim ? t
        due := t PLUS 20000
        ALT
          tim ? AFTER due
            SKIP
        tim ? t
        screen ! BYTE ((t REM 26) + 65)
        ASSERT (t = 0)
:
`

const directory = mkdtempSync(join(tmpdir(), 'godwit-recording-'))
test.after(() => {
  rmSync(directory, { recursive: true })
})

const store = new CodeStore(join(directory, 'code'))
const file = join(directory, 'run.rec')
let program: Program

/** What was printed on the two streams. */
interface Printed {
  readonly screen: number[]
  readonly error: number[]
}
const printed: Printed = { screen: [], error: [] }

/** Collects what is written, and is full now and then. */
function collecting(into: number[]): Writable {
  return new Writable({
    highWaterMark: 64,
    write(chunk: Uint8Array, _, done) {
      for (const byte of chunk) into.push(byte)
      setImmediate(done)
    },
  })
}

test.before(async () => {
  program = await compileText(PROGRAM)
  const stdin = new PassThrough()
  for (const [i, text] of ['some ', 'words ', 'are ', 'typed'].entries()) setTimeout(() => stdin.write(text), 20 * (i + 1))
  setTimeout(() => stdin.end(), 120)
  const outcome = await runLocal(program, {
    store,
    stdin: () => stdin,
    stdout: collecting(printed.screen),
    stderr: collecting(printed.error),
    record: file,
    signals: false,
  })
  assert.is(outcome.kind, 'fault')
})

async function replaying(bytes: Uint8Array = readFileSync(file)): Promise<{ readonly replay: Replay; readonly shown: Printed }> {
  const machine = await loadMain(program.manifest, store)
  const shown: Printed = { screen: [], error: [] }
  const replay = new Replay(
    readRecording(bytes, 'run.rec'),
    (channel) => mainFrame(machine, program.manifest.main?.parameters ?? [], channel),
    (to, byte) => shown[to].push(byte),
  )
  return { replay, shown }
}

/** @returns what all processes do, and where */
function state({ kernel, cursor: { at, time } }: Replay): unknown {
  return [at, time, [...walkProcesses(kernel, true)].map((p) => [describe(p).path, describe(p).words, p.frame.pc])]
}

/** @returns what kept the entries of a recording from being followed */
async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    const { replay } = await replaying(bytes)
    replay.run()
    assert.not.instance(replay.kernel.failure?.error, RunError, 'the process that has asked is not to blame')
  } catch (error) {
    if (error instanceof RunError) return error.code
    throw error
  }
  return 'none'
}

test('it is repeated 100 times, byte for byte the same', async () => {
  assert.ok(printed.screen.length > 60 * 14, String(printed.screen.length))
  assert.is(Buffer.from(printed.error).toString(), 'some words are typed')
  const first = await replaying()
  first.replay.run()
  for (let i = 0; i < 100; i++) {
    const { replay, shown } = await replaying()
    replay.run()
    assert.equal(shown, printed)
    assert.equal(state(replay), state(first.replay))
    assert.equal(replay.kernel.failure?.process.frame.machine.name, first.replay.kernel.failure?.process.frame.machine.name)
  }
})

test('step by step it goes the same way', async () => {
  const whole = await replaying()
  whole.replay.run()
  const { replay, shown } = await replaying()
  while (replay.step() !== undefined);
  assert.equal(shown, printed)
  assert.equal(state(replay), state(whole.replay))
  assert.ok(replay.cursor.dispatches > 500, String(replay.cursor.dispatches))
  const half = await replaying()
  for (let i = 0; i < replay.cursor.dispatches >> 1; i++) half.replay.step()
  half.replay.run()
  assert.equal(half.shown, printed)
  assert.equal(state(half.replay), state(whole.replay))
})

test('a run that was killed is repeated as far as its recording goes', async () => {
  const bytes = readFileSync(file)
  for (const length of [bytes.length - 1, bytes.length - 40, bytes.length >> 1]) {
    const { replay, shown } = await replaying(bytes.subarray(0, length))
    replay.run()
    assert.equal([replay.end, length < bytes.length - 1 ? replay.kernel.failure : undefined], [undefined, undefined])
    assert.equal(shown.screen, printed.screen.slice(0, shown.screen.length))
    const stepwise = await replaying(bytes.subarray(0, length))
    while (stepwise.replay.step() !== undefined);
    assert.equal(stepwise.shown, shown)
  }
})

test('a run with a log of effects is repeated without it', async () => {
  const caller = await compileText(`#USE "file"
PROC main (CHAN BYTE screen!)
  INT descriptor:
  TIMER tim:
  INT t:
  SEQ
    SEQ i = 0 FOR 3
      SEQ
        host.open ("/no/such/file", 0, descriptor)
        tim ? t
        screen ! BYTE ((t REM 26) + 65)
    screen ! '*n'
:
`)
  const its = join(directory, 'audited.rec')
  const screen: number[] = []
  const options = { store, stdout: collecting(screen), stderr: collecting([]), signals: false }
  await runLocal(caller, { ...options, record: its, audit: join(directory, 'effects') })
  assert.is(screen.length, 4)
  const machine = await loadMain(caller.manifest, store)
  const shown: number[] = []
  const replay = new Replay(
    readRecording(readFileSync(its), 'audited.rec'),
    (channel) => mainFrame(machine, caller.manifest.main?.parameters ?? [], channel),
    (_, byte) => shown.push(byte),
  )
  replay.run()
  assert.equal([shown, replay.end?.how], [screen, 'ended'])
})

test('what is no recording, or was altered, is told of', async () => {
  const bytes = readFileSync(file)
  assert.is(await refusal(Buffer.from('hello')), 'R0531')
  assert.is(await refusal(Buffer.from('godwit recording 9\n{}\n')), 'R0531')
  assert.is(await refusal(Buffer.from('godwit recording 1\n{}\n')), 'R0531')
  const begin = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1
  for (let i = 0; i < 300; i++) {
    const altered = Buffer.from(bytes)
    const at = begin + ((i * 7919) % (bytes.length - begin))
    altered[at] = (altered[at] ?? 0) ^ (1 << (i % 8))
    assert.match(await refusal(altered), /^(?:none|R0531|R0533)$/)
  }
})

test.run()
