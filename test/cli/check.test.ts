/** `godwit check`: what it says, and its exit statuses. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, program } from './godwit.ts'

/** Two that exchange values; whether both speak first. */
const EXCHANGE = (second: string): string => `PROC main ()
  CHAN INT a, b:
  PAR
    INT x:
    SEQ
      a ! 1
      b ? x
    INT x:
    SEQ
      ${second}
:
`
const RIGHT = EXCHANGE('a ? x\n      b ! 2')
const WRONG = EXCHANGE('b ! 2\n      a ? x')

test('a program without a fault: 0', async () => {
  const { status, stdout, stderr } = await godwit(['check', program(RIGHT).file])
  assert.is(status, 0, stderr)
  assert.match(stdout, 'no schedule deadlocks or fails')
  assert.match(stdout, 'all states were seen: 3 states, 2 moves, at most 2 deep')
})

test('a deadlock: 3, with the report of a deadlock', async () => {
  const { file } = program(WRONG)
  const { status, stdout, stderr } = await godwit(['check', file])
  assert.is(status, 3, stderr)
  assert.match(stdout, 'a schedule of 0 moves deadlocks')
  assert.match(stderr, 'error[R0301]: deadlock: 2 processes wait')
  const json = await godwit(['check', '--json', file])
  assert.is(json.status, 3)
  const { kind, schedule, report } = JSON.parse(json.stdout) as { kind: string; schedule: unknown[]; report: { code: string } } // as printed
  assert.equal([kind, schedule.length, report.code], ['deadlock', 0, 'R0301'])
})

test('a fault: 1; too many states: 4; a mistake: 64', async () => {
  const { file } = program(`PROC main (CHAN BYTE keyboard?)
  BYTE key:
  WHILE TRUE
    SEQ
      keyboard ? key
      ASSERT (key <> '*n')
:
TEST "one"
  SKIP
:
`)
  assert.is((await godwit(['check', file])).status, 0)
  const found = await godwit(['check', file, '--keys', 'a*n'])
  assert.is(found.status, 1)
  assert.match(found.stdout, 'main (line 5) reads the key 10')
  assert.is((await godwit(['check', file, '--depth', '1', '--keys', 'ab', '--test', 'one'])).status, 0)
  assert.is((await godwit(['check', file, '--test', 'two'])).status, 64)
  assert.is((await godwit(['check', file, '--keys', '*q'])).status, 64)
  const bounded = await godwit(['check', program(RIGHT).file, '--depth', '1'])
  assert.is(bounded.status, 4)
  assert.match(bounded.stdout, 'not every schedule was seen: some are longer than `--depth` allows')
})

test('a schedule is saved, drawn, and replayed; one of another program is refused', async () => {
  const { file, directory } = program(`PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    a ! 1
    b ! 2
    INT x, y:
    SEQ
      screen ! 'o'
      screen ! '*n'
      ALT
        a ? x
          b ? y
        b ? x
          SEQ
            a ? y
            y := y / (x - 2)
:
`)
  const schedule = join(directory, 'wrong.schedule')
  const picture = join(directory, 'wrong.svg')
  const found = await godwit(['check', file, '--save', schedule, '--svg', picture])
  assert.is(found.status, 1, found.stderr)
  assert.match(found.stdout, `godwit run ${file} --replay ${schedule}`)
  assert.match(readFileSync(picture, 'utf8'), /<svg [^]*<title>[^]*b: 2[^]*<\/svg>/)
  const again = await godwit(['run', '--replay', schedule, file])
  assert.is(again.status, 1, again.stderr)
  assert.is(again.stdout, 'o\n')
  assert.is(again.stderr, found.stderr)

  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `-- a comment\n${text}`)
  assert.is((await godwit(['run', '--replay', schedule, file])).status, 1)
  writeFileSync(file, text.replace('x - 2', 'x - 1'))
  const other = await godwit(['run', '--replay', schedule, file])
  assert.is(other.status, 1)
  assert.match(other.stderr, 'error[R0602]')
  writeFileSync(schedule, '{}')
  assert.match((await godwit(['run', '--replay', schedule, file])).stderr, 'error[R0603]')
  assert.is((await godwit(['run', '--replay', schedule, '--raw', file])).status, 64)
})

test('a livelock: 3; its schedule is replayed with three rounds of the circle', async () => {
  const { file, directory } = program(`PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    SEQ
      screen ! 'o'
      a ! 1
      WHILE TRUE
        SEQ
          b ! 1
          b ! 2
    INT x:
    SEQ
      a ? x
      WHILE TRUE
        b ? x
:
`)
  const schedule = join(directory, 'round.schedule')
  assert.is((await godwit(['check', file])).status, 0)
  const found = await godwit(['check', file, '--livelock', '--save', schedule])
  assert.is(found.status, 3, found.stderr)
  assert.match(found.stdout, 'a livelock after 2 moves: 2 moves that can be made again and again')
  assert.match(found.stdout, /1\. main.* writes .+ to the screen[^]*again and again:\n {2}3\. .* sends 1 on b to/)
  const again = await godwit(['run', '--replay', schedule, file])
  assert.equal([again.status, again.stdout], [3, 'o'])
  assert.match(again.stderr, 'a livelock: the last 2 moves, which were made 3 times')
  const { kind, before } = JSON.parse((await godwit(['check', file, '--livelock', '--json'])).stdout) as { kind: string; before: number } // as printed
  assert.equal([kind, before], ['livelock', 2])
  assert.is((await godwit(['check', file, '--unfair'])).status, 64)
})

test('a model is printed; what it does not tell is refused: 1; another language is a mistake: 64', async () => {
  const { file } = program(RIGHT)
  const { status, stdout } = await godwit(['check', '--export', 'promela', file])
  assert.is(status, 0)
  assert.match(stdout, /chan c4 = .*\nchan c5 = [^]*active proctype main_1 \(\) \{\nstate1:\n {2}if\n {2}:: c4 ! 1 -> goto state2\n/)
  assert.match((await godwit(['check', '--export', 'cspm', file])).stdout, 'main_1_1 = c4.1 -> main_1_2')
  const refused = await godwit([
    'check',
    '--export',
    'promela',
    program('PROC main ()\n  TIMER t:\n  INT now:\n  SEQ\n    t ? now\n    t ? AFTER now PLUS 5\n:\n').file,
  ])
  assert.is(refused.status, 1)
  assert.match(refused.stderr, 'error[R0604]')
  assert.is((await godwit(['check', '--export', 'spin', file])).status, 64)
  const small = await godwit(['check', '--export', 'promela', '--states', '1', file])
  assert.match(small.stderr, /R0604.*more states than there is room for\n.*with `--states`/)
  for (const other of [['--save', 'x'], ['--livelock'], ['--no-reduce'], ['--json'], ['--depth', '5'], ['--time', '1s']]) {
    const both = await godwit(['check', '--export', 'promela', ...other, file])
    assert.is(both.status, 64, other[0])
    assert.match(both.stderr, `\`${other[0] ?? ''}\` and \`--export\` exclude each other`)
  }
})

test('a process and its specification: 0 and 1; too many pairs: 4; mistakes: 64', async () => {
  const { file, directory } = program(`PROC buffer (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x
:
PROC twice (CHAN INT out!, in?)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x
      out ! x
:
`)
  const right = await godwit(['check', file, '--proc', 'buffer', '--refines', `${file}:buffer`, '--values', '0..2'])
  assert.is(right.status, 0, right.stderr)
  assert.match(right.stdout, /refines PROC buffer of .* by failures and divergences\n.*numbers that came: 0, 1, 2 on in/)
  const wrong = await godwit(['check', file, '--refines', 'buffer', '--model', 'traces', '--svg', join(directory, 'twice.svg')])
  assert.is(wrong.status, 1)
  assert.match(
    wrong.stdout,
    /PROC twice, does not refine[^]*after the trace <in \? 0, out ! 0>\n {2}it does: out ! 0\n[^]*1\. main \(line 12\) takes 0 from outside/,
  )
  assert.match(readFileSync(join(directory, 'twice.svg'), 'utf8'), 'in ? 0')
  const json = await godwit(['check', file, '--refines', 'buffer', '--model', 'traces', '--json'])
  assert.is(json.status, 1)
  const { kind, trace, difference } = JSON.parse(json.stdout) as { kind: string; trace: unknown; difference: unknown } // as printed
  assert.equal([kind, trace], ['refuted', ['in ? 0', 'out ! 0']])
  assert.equal(difference, { kind: 'trace', event: 'out ! 0', possible: ['in ? 0', 'in ? 1'] })
  assert.is((await godwit(['check', file, '--proc', 'buffer', '--refines', 'buffer', '--states', '1'])).status, 4)
  const mistakes: readonly (readonly [args: readonly string[], why: string])[] = [
    [['--model', 'traces'], '`--model` is about comparing'],
    [['--refines', 'buffer', '--save', 'x'], '`--save` and `--refines` exclude each other'],
    [['--refines', 'buffer', '--unfair'], '`--unfair` and `--refines` exclude each other'],
    [['--refines', 'buffer', '--keys', 'ab'], '`--values` says which numbers come'],
    [['--refines', 'buffer', '--model', 'failure'], 'it is traces, failures or divergences'],
    [['--refines', 'buffer', '--values', '3..1'], 'is empty'],
    [['--refines', 'buffer', '--values', 'side=1'], 'no input `side`'],
    [['--refines', 'buffer', '--values', 'in=1.5'], 'takes an INT'],
    [['--refines', 'nobody'], 'no PROC `nobody`'],
    [['--refines', 'nowhere.csp'], 'there is no file `nowhere.csp`'],
    [['--refines', file], 'name the PROC'],
  ]
  for (const [args, why] of mistakes) {
    const { status, stderr } = await godwit(['check', file, ...args])
    assert.is(status, 64, args.join(' '))
    assert.match(stderr, why)
  }
})

test('what cannot be written is told before anything is looked for, and no text of the program is written over: 64', async () => {
  const { file, directory } = program(`#INCLUDE "two.inc"\n${WRONG}`)
  const part = join(directory, 'two.inc')
  writeFileSync(part, 'VAL INT two IS 2:\n')
  const output: readonly (readonly [option: string, path: string, why: string])[] = [
    ['--save', directory, 'it is a directory'],
    ['--svg', join(directory, 'no', 'x.svg'), 'there is no directory'],
    ['--save', file, '`--save` would write over'],
    ['--svg', part, '`--svg` would write over'],
  ]
  for (const [option, path, why] of output) {
    const { status, stdout, stderr } = await godwit(['check', option, path, file])
    assert.equal([status, stdout], [64, ''], stderr)
    assert.match(stderr, why)
  }
  assert.match((await godwit(['run', '--record', file, file])).stderr, '`--record` would write over')
  assert.match((await godwit(['graph', '-o', file, file])).stderr, '`--output` would write over')
  assert.match((await godwit(['types', '-o', part, file])).stderr, '`--output` would write over')
  writeFileSync(join(directory, 'tested.csp'), '#INCLUDE "two.inc"\nTEST "two"\n  ASSERT (two = 2)\n:\n')
  const tested = await godwit(['test', '--lcov', part, join(directory, 'tested.csp')])
  assert.is(tested.status, 64)
  assert.match(tested.stderr, '`--lcov` would write over')
  assert.is(readFileSync(part, 'utf8'), 'VAL INT two IS 2:\n')
  assert.is((await godwit(['check', file])).status, 3)
})

test('a schedule that was altered leads nowhere: 1', async () => {
  const { file, directory } = program(`PROC main (CHAN BYTE keyboard?)
  BYTE key:
  SEQ
    keyboard ? key
    IF
      key = 'a'
        STOP
      TRUE
        WHILE TRUE
          SKIP
:
`)
  const schedule = join(directory, 'stop.schedule')
  assert.is((await godwit(['check', file, '--keys', 'a', '--save', schedule])).status, 1)
  const text = readFileSync(schedule, 'utf8')
  const cases: readonly (readonly [altered: string, code: string])[] = [
    [text.replace('"key":97', '"key":98'), 'R0601'], // it computes for ever then
    [text.replace('"guard":-1', '"guard":2'), 'R0602'],
    [text.replace('"type"', '"fly"'), 'R0603'],
  ]
  for (const [altered, code] of cases) {
    writeFileSync(schedule, altered)
    const { status, stderr } = await godwit(['run', '--replay', schedule, file])
    assert.equal([status, /R\d{4}/.exec(stderr)?.[0]], [1, code], stderr)
  }
})

test.run()
