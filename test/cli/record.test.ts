/** `godwit run --record` and `--replay`: a run is repeated with what it was given from outside. */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

const directory = temporaryDirectory()
const file = join(directory, 'toss.csp')
const recording = join(directory, 'toss.rec')
/** Prints the time and a key, and fails. */
const PROGRAM = `#USE "course"
PROC main (CHAN BYTE keyboard?, screen!)
  TIMER tim:
  INT t:
  BYTE ch:
  SEQ
    tim ? t
    out.int (t, 0, screen!)
    keyboard ? ch
    screen ! ch
    ASSERT (t < 0)
:
`

test.before(() => {
  writeFileSync(file, PROGRAM)
})
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('a replay prints what the run has printed, and ends as it has ended', async () => {
  const run = await godwit(['run', '--record', recording, file], { stdin: 'x' })
  assert.is(run.status, 1)
  assert.match(run.stderr, /R0102/)
  for (let i = 0; i < 3; i++) {
    const replay = await godwit(['run', '--replay', recording, file])
    assert.equal([replay.status, replay.stdout, replay.stderr], [run.status, run.stdout, run.stderr])
  }
  const json = await godwit(['run', '--json', '--replay', recording, file])
  assert.is((JSON.parse(json.stderr) as { readonly code: string }).code, 'R0102')
})

test('a deadlock, an exit status and the end of a recording of a killed run are told again', async () => {
  const other = join(directory, 'other.csp')
  const its = join(directory, 'other.rec')
  writeFileSync(other, "PROC main (CHAN BYTE screen!)\n  CHAN INT c:\n  INT x:\n  SEQ\n    screen ! '.'\n    c ? x\n:\n")
  const run = await godwit(['run', '--record', its, other])
  const replay = await godwit(['run', '--replay', its, other])
  assert.is(run.status, 3)
  assert.equal([replay.status, replay.stdout, replay.stderr], [run.status, run.stdout, run.stderr])
  writeFileSync(its, readFileSync(its).subarray(0, -3))
  const killed = await godwit(['run', '--replay', its, other])
  assert.equal([killed.status, killed.stdout], [0, '.'])
  assert.match(killed.stderr, /the recording ends here: the run was killed/)
})

test('of a slow program that is killed all but the last moment is repeated', async () => {
  const slow = join(directory, 'slow.csp')
  const its = join(directory, 'slow.rec')
  writeFileSync(
    slow,
    `PROC main (CHAN BYTE screen!)
  TIMER clock:
  INT now:
  WHILE TRUE
    SEQ
      screen ! '.'
      clock ? now
      clock ? AFTER now PLUS 20000
:
`,
  )
  const run = await godwit(['run', '--record', its, slow], {
    started: (child) => {
      let shown = 0
      child.stdout?.on('data', (text: string) => {
        shown += text.length
        if (shown > 40) child.kill('SIGKILL')
      })
    },
  })
  const replay = await godwit(['run', '--replay', its, slow])
  assert.equal([replay.status, /the recording ends here: the run was killed/.test(replay.stderr)], [0, true])
  assert.ok(replay.stdout.length > 10 && replay.stdout.length <= run.stdout.length, `${replay.stdout.length} of ${run.stdout.length}`)
})

test('a recording that cannot be written any more ends the run, which says so', async () => {
  const busy = join(directory, 'busy.csp')
  const pipe = join(directory, 'pipe')
  writeFileSync(busy, 'PROC main ()\n  TIMER tim:\n  INT t:\n  WHILE TRUE\n    tim ? t\n:\n')
  execFileSync('mkfifo', [pipe])
  const reader = spawn('head', ['-c', '100', pipe], { stdio: 'ignore' })
  const run = await godwit(['run', '--record', pipe, busy])
  reader.kill()
  assert.is(run.status, 1)
  assert.match(run.stderr, /^error\[R0515\]: cannot write the recording /)
  assert.not.match(run.stderr, /recorder\.ts|recorder\.js/)
})

test('a run that had more than its limits permit is repeated without them, and ends as it has ended', async () => {
  const many = join(directory, 'many.csp')
  const its = join(directory, 'many.rec')
  writeFileSync(
    many,
    "PROC main (CHAN BYTE screen!)\n  SEQ\n    screen ! 'x'\n    PAR i = 0 FOR 3000\n      TIMER tim:\n      INT t:\n      SEQ\n        tim ? t\n        tim ? AFTER t PLUS 20000000\n:\n",
  )
  const run = await godwit(['run', '--record', its, '--limit', 'processes=100', many])
  assert.is(run.status, 1)
  assert.match(run.stderr, /R0441/)
  const replay = await godwit(['run', '--replay', its, many])
  assert.equal([replay.status, replay.stdout, replay.stderr], [run.status, run.stdout, run.stderr])
})

test('what was compiled in some way is replayed as it was compiled then', async () => {
  const noisy = join(directory, 'noisy.csp')
  const its = join(directory, 'noisy.rec')
  writeFileSync(noisy, `#USE "debug"\nPROC main (CHAN BYTE screen!)\n  SEQ\n    debug.string (##WHERE)\n    screen ! '.'\n:\n`)
  const compiled = ['--debug', '--strict', '-D', 'WHERE="here"', '-I', directory, '--main', 'main']
  const run = await godwit(['run', ...compiled, '--record', its, noisy])
  const replay = await godwit(['run', ...compiled, '--replay', its, noisy])
  assert.is(run.status, 0)
  assert.match(run.stderr, 'here')
  assert.equal([replay.status, replay.stdout, replay.stderr], [run.status, run.stdout, run.stderr])
})

test('what does not fit is told of', async () => {
  const changed = join(directory, 'changed.csp')
  writeFileSync(changed, PROGRAM.replace('t < 0', 't > 0'))
  const wrong = await godwit(['run', '--replay', recording, changed])
  assert.is(wrong.status, 1)
  assert.match(wrong.stderr, /R0532.*recording of .*toss\.csp as it was then/)
  const saving = await godwit(['run', '--record', recording, '--checkpoint-on', `SIGUSR1=${join(directory, 'x')}`, file])
  assert.is(saving.status, 64)
  assert.match(saving.stderr, /`--record` and `--checkpoint-on` exclude each other/)
  const nowhere = await godwit(['run', '--record', join(directory, 'no', 'where'), file])
  assert.is(nowhere.status, 1)
  assert.match(nowhere.stderr, /R0515.*cannot write the recording/)
})

test.run()
