/** `godwit debug`: commands line by line. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    'goto end',
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
    assert.match(stdout, /`goto` needs a number/)
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

test('a schedule that was found is stepped move by move, to what is wrong and back', async () => {
  const late = join(directory, 'late.csp')
  const schedule = join(directory, 'late.schedule')
  writeFileSync(
    late,
    `PROC asker (CHAN INT left!, CHAN BYTE out!)
  SEQ
    out ! 'p'
    left ! 7
:
PROC main (CHAN BYTE screen!)
  CHAN INT a:
  PAR
    asker (a!, screen!)
    INT v, t:
    TIMER tim:
    SEQ
      tim ? t
      ALT
        a ? v
          ASSERT (v > 0)
        tim ? AFTER t PLUS 100
          SKIP
:
`,
  )
  const commands = ['step', 'output', 'continue', 'back', 'processes', 'channels', 'break 4', 'reverse', 'continue', 'delete', 'continue']
  const stdin = `${commands.join('\n')}\n`
  assert.is((await godwit(['check', '--save', schedule, late])).status, 3)
  const deadlock = await godwit(['debug', schedule], { stdin })
  assert.is(deadlock.status, 0, deadlock.stderr)
  assert.match(deadlock.stdout, /^step 1: main\/asker waits to output on left \(line 4: left ! 7\)\np\n/m)
  assert.match(deadlock.stdout, /error\[R0301\]: deadlock[^]*step 2: the end\nstep 1: /)
  assert.match(deadlock.stdout, /main\/par\.2 +alt +line 14 +waits in an ALT/)
  assert.match(deadlock.stdout, /breakpoint: line 4/)
  writeFileSync(late, readFileSync(late, 'utf8').replace('v > 0', 'v < 0'))
  assert.is((await godwit(['check', '--save', schedule, late])).status, 1)
  const fault = await godwit(['debug', schedule, late], { stdin })
  assert.match(fault.stdout, /error\[R0102\]: assertion failed/)
  writeFileSync(late, 'PROC main ()\n  SKIP\n:\n')
  assert.match((await godwit(['debug', schedule])).stderr, /R0602/)
  writeFileSync(schedule, '{}')
  assert.match((await godwit(['debug', schedule])).stderr, /R0603/)
})

test('of a run on several nodes that has failed, the process that has failed is shown, whichever made the last step', async () => {
  const late = join(directory, 'failing.csp')
  writeFileSync(
    late,
    `PROC main (CHAN BYTE screen!)
  PAR
    TIMER clock:
    INT now:
    SEQ
      clock ? now
      clock ? AFTER now PLUS 300000
      STOP
    SEQ i = 0 FOR 3
      screen ! '.'
:
`,
  )
  const nodes = join(directory, 'failing.rec')
  assert.is((await godwit(['run', '--nodes', '2', '--record', nodes, late])).status, 1)
  const { stdout } = await godwit(['debug', nodes], { stdin: 'continue\nwhere\n' })
  assert.match(stdout, /error\[R0101\]: STOP[^]*\nstep \d+: main\/par\.1 /)
})

test('the last choices are told with a fault, when one asks for them', async () => {
  const told = await godwit(['run', '--last', '3', file])
  assert.is(told.status, 1)
  assert.match(told.stderr, /R0102/)
  assert.is(told.stderr.match(/= before: main\/par\.2 took guard [123] of its ALT \(line 15: /g)?.length, 3)
  assert.not.match((await godwit(['run', file])).stderr, /before/)
  const forks = join(directory, 'forks.csp')
  writeFileSync(
    forks,
    `PROC work (VAL INT n, SHARED CHAN INT out!)
  CLAIM out!
    out ! 10 / (n - 4)
:
PROC main ()
  SHARED! CHAN INT c:
  PAR
    FORKING
      SEQ i = 1 FOR 6
        FORK work (i, c!)
    SEQ i = 0 FOR 6
      INT x:
      c ? x
:
`,
  )
  const claims = (await godwit(['run', '--last', '9', forks])).stderr.match(/(?<=before: main\/par\.1\/)\S* was granted/g)
  assert.equal(
    claims,
    [1, 2, 3, 4].map((n) => `work#${n} was granted`),
  )
  const other = await godwit(['run', '--last', '3', '--nodes', '2', file])
  assert.is(other.status, 64)
  assert.match(other.stderr, /`--last` is for programs in one OS process/)
})

test.run()
