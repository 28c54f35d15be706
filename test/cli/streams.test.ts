/** The standard streams as descriptors 0 to 2, and programs that end themselves with an exit status: in one OS process and on nodes. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit } from './godwit.ts'

const directory = mkdtempSync(join(tmpdir(), 'godwit-streams-'))
const fifo = join(directory, 'slow')
execFileSync('mkfifo', [fifo])
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** @returns the path of a program */
function program(name: string, text: string): string {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const NODES = ['--nodes', '2'] as const
const LONG = 120_000

/** Copies descriptor 0 to descriptor 1, `most` bytes at a time, and says on descriptor 2 how much it was. */
const COPY = program(
  'copy.csp',
  `#USE "file"
PROC main ()
  [7]BYTE buffer:
  INITIAL INT all IS 0:
  INT n, written:
  SEQ
    file.read (0, buffer, n)
    WHILE n > 0
      SEQ
        file.write (1, [buffer FOR n], written)
        ASSERT (written = n)
        all := all + n
        file.read (0, buffer, n)
    ASSERT (n = 0)
    file.write (2, [BYTE ((all / 10) + 48), BYTE ((all \\ 10) + 48)], n)
:
`,
)

const TEXT = 'bar-tailed godwit\n\nknot\u0001\n'

for (const where of [[], NODES])
  deadlineTest(`what is typed is read to its end ${where.join(' ')}`, LONG, async () => {
    assert.equal(await godwit(['run', ...where, COPY], { stdin: TEXT, deadline: LONG }), {
      status: 0,
      stdout: TEXT,
      stderr: String(TEXT.length),
    })
  })

deadlineTest('input from a file is read as well, and much output is written whole', LONG, async () => {
  const path = program(
    'much.csp',
    `#USE "file"
PROC main ()
  [100000]BYTE block:
  INT n:
  SEQ
    SEQ i = 0 FOR SIZE block
      block[i] := BYTE (i /\\ #7F)
    SEQ i = 0 FOR 20
      SEQ
        file.write (1, block, n)
        ASSERT (n = (SIZE block))
:
`,
  )
  const { status, stdout } = await godwit(['run', path])
  assert.is(status, 0)
  assert.is(stdout.length, 2_000_000)
})

deadlineTest('channels and descriptors keep the order of what is sent', LONG, async () => {
  const path = program(
    'order.csp',
    `#USE "course"
#USE "file"
PROC main (CHAN BYTE keyboard?, screen!)
  [4]BYTE buffer:
  BYTE ch:
  INT n:
  SEQ
    out.string ("one ", 0, screen!)
    file.write (1, "two ", n)
    out.string ("three ", 0, screen!)
    keyboard ? ch
    screen ! ch
    file.read (0, buffer, n)
    file.write (1, [buffer FOR n], n)
    keyboard ? ch
    screen ! ch
:
`,
  )
  const { status, stdout } = await godwit(['run', path], { stdin: 'abcdefgh' })
  assert.is(status, 0)
  // the keyboard's process has offered one byte more, which is the channel's
  assert.match(stdout, /^one two three a(?:bcdef|cdefb)$/)
})

deadlineTest('a program whose files are denied has its streams', LONG, async () => {
  assert.is((await godwit(['run', '--deny', 'files', COPY], { stdin: TEXT })).stdout, TEXT)
})

for (const where of [[], NODES])
  deadlineTest(`a program that waits for input is not deadlocked ${where.join(' ')}`, LONG, async () => {
    const slow = openSync(fifo, 'r+')
    const { status, stdout } = await godwit(['run', ...where, COPY], {
      stdin: slow,
      started: (child) => {
        child.stdout?.once('data', () => child.kill('SIGTERM'))
        setTimeout(() => writeSync(slow, 'late'), 4000)
      },
      deadline: LONG,
    })
    closeSync(slow)
    assert.is(stdout, 'late')
    assert.is(status, 128 + constants.signals.SIGTERM)
  })

const ending = (name: string, status: string): string =>
  program(
    name,
    `#INCLUDE "hostio.inc"
#USE "hostio.lib"
PROC main (CHAN OF SP fs, ts)
  CHAN OF INT c:
  PAR
    WHILE TRUE
      INT x:
      c ? x
    SEQ
      c ! 1
      so.write.string.nl (fs, ts, "done")
      so.exit (fs, ts, ${status})
:
`,
  )

for (const [name, status, wanted] of [
  ['success.csp', 'sps.success', 0],
  ['failure.csp', 'sps.failure', 1],
  ['own.csp', '42(INT32)', 42],
] as const) {
  const path = ending(name, status)
  for (const where of [[], NODES])
    deadlineTest(`so.exit (${status}) ends what runs for ever ${where.join(' ')}`, LONG, async () => {
      assert.equal(await godwit(['run', ...where, path], { deadline: LONG }), { status: wanted, stdout: 'done\n', stderr: '' })
    })
}

deadlineTest('temporary files are new ones', LONG, async () => {
  const path = program(
    'temporary.csp',
    `#INCLUDE "hostio.inc"
#USE "hostio.lib"
PROC main (CHAN OF SP fs, ts)
  [so.temp.filename.length]BYTE name:
  INT32 id:
  BYTE result:
  SEQ i = 0 FOR 2
    SEQ
      so.open.temp (fs, ts, spt.text, name, id, result)
      so.write.string.nl (fs, ts, name)
:
`,
  )
  assert.is((await godwit(['run', path], { cwd: directory })).stdout, 'temp00\ntemp01\n')
})

test.run()
