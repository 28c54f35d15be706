/** `godwit debug`: commands line by line. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

const directory = temporaryDirectory()
const file = join(directory, 'sums.csp')
const recording = join(directory, 'sums.rec')
writeFileSync(
  file,
  `#USE "course"
PROC work (VAL INT n, CHAN INT out!)
  SEQ i = 0 FOR 3
    out ! n * i
:
PROC main (CHAN BYTE screen!)
  [3]CHAN INT c:
  PAR
    PAR i = 0 FOR 3
      work (i, c[i]!)
    INITIAL INT total IS 0:
    SEQ
      SEQ i = 0 FOR 9
        INT x:
        ALT k = 0 FOR 3
          c[k] ? x
            total := total + x
      out.int (total, 0, screen!)
      screen ! '*n'
      ASSERT (total < 0)
:
`,
)
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('a program and its recording are stepped to the fault and back', async () => {
  const run = await godwit(['run', '--record', recording, file])
  assert.is(run.status, 1)
  const commands = [
    'break c[1]',
    'continue',
    'where',
    'delete',
    'continue',
    'output',
    'back 3',
    'locals main/par.2',
    'processes',
    'nonsense',
    'quit',
  ]
  for (const what of [recording, file]) {
    const { status, stdout, stderr } = await godwit(['debug', what], { stdin: `${commands.join('\n')}\n` })
    assert.is(status, 0, stderr)
    assert.match(stdout, /breakpoint: channel c\[1\]\nstep \d+: main\/par\.2 waits in an ALT for c\[0\], c\[1\], c\[2\] \(line 15: /)
    assert.match(stdout, /error\[R0102\]: assertion failed/)
    assert.match(stdout, /^9$/m)
    assert.match(stdout, /main\.par\.2 \(line \d+\)\n( {2}.*\n)*? {2}total = \d+\n/)
    assert.match(stdout, /there is no command `nonsense`/)
  }
})

test('what cannot be debugged is told of', async () => {
  const nowhere = await godwit(['debug', join(directory, 'no.csp')])
  assert.is(nowhere.status, 64)
  assert.match(nowhere.stderr, /cannot read/)
  const other = join(directory, 'other.csp')
  writeFileSync(other, 'PROC main ()\n  SKIP\n:\n')
  const wrong = await godwit(['debug', recording, other])
  assert.is(wrong.status, 1)
  assert.match(wrong.stderr, /R0532/)
  writeFileSync(other, '')
  const nothing = await godwit(['debug', other])
  assert.is(nothing.status, 64)
  assert.match(nothing.stderr, /has no PROC to debug/)
})

test.run()
