/** `godwit test`: what passes, what fails, and how it is told. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'
import { BUSY, faults, KEEPS_ORDER, tests, waits } from './test-programs.ts'

const PASSES = `TEST "an empty process ends"
  SKIP
:
TEST "PASS ends a test though others go on"
  CHAN INT c:
  INT x:
  PAR
    c ? x
    PASS
:
`

test('tests that pass are counted', async () => {
  const { status, stdout, stderr } = await godwit(['test', tests(PASSES)])
  assert.is(status, 0, stdout + stderr)
  assert.match(stdout, '✓ an empty process ends')
  assert.match(stdout, '2 passed, 0 failed')
})

test('a failed ASSERT shows both sides, the line and the process', async () => {
  const file = tests(`TEST "sums"
  INT x:
  SEQ
    x := 2 + 2
    ASSERT (x = 5)
:
`)
  const { status, stdout } = await godwit(['test', file])
  assert.is(status, 1)
  assert.match(stdout, '✗ sums')
  assert.match(stdout, `${file}:5`)
  assert.match(stdout, 'R0102')
  assert.match(stdout, /\b4\b/)
  assert.match(stdout, /\b5\b/)
  assert.match(stdout, '0 passed, 1 failed')
})

test('FAILS takes a code or a text', async () => {
  const file = tests(
    faults('"by code" FAILS "R0203"'),
    faults('"by text" FAILS "out of range"'),
    faults('"another code" FAILS "R0202"'),
    'TEST "none at all" FAILS "R0202"\n  SKIP\n:\n',
  )
  const { status, stdout } = await godwit(['test', file])
  assert.is(status, 1)
  assert.match(stdout, '✓ by code')
  assert.match(stdout, '✓ by text')
  assert.match(stdout, '✗ another code')
  assert.match(stdout, 'it shall fail with R0202, but it fails otherwise')
  assert.match(stdout, 'it shall fail with R0202, but it passes')
  assert.match(stdout, '2 passed, 2 failed')
})

test('a deadlock fails a test and names the channels', async () => {
  const file = tests(`TEST "nobody writes"
  CHAN INT lonely:
  INT x:
  lonely ? x
:
`)
  const { status, stdout } = await godwit(['test', file])
  assert.is(status, 1)
  assert.match(stdout, 'deadlock')
  assert.match(stdout, 'lonely')
})

test('WITHIN is program time, which costs no real time', async () => {
  const file = tests(waits('"waits an hour less a bit" WITHIN 3000 S', 2_000_000_000), waits('"waits for too long" WITHIN 100 MS', 200_000))
  const { status, stdout } = await godwit(['test', file], { deadline: 60_000 }) // in real time the first would take half an hour
  assert.is(status, 1)
  assert.match(stdout, '✓ waits an hour less a bit')
  assert.match(stdout, '✗ waits for too long')
  assert.match(stdout, '100.0ms of program time')
})

test('a test that goes on for ever is stopped, and what it waits for is shown', async () => {
  const file = tests(BUSY)
  const { status, stdout } = await godwit(['test', file, '--timeout', '300ms'])
  assert.is(status, 1)
  assert.match(stdout, '300.0ms of real time')
  assert.match(stdout, `${file}:`)
})

/** Whichever of two writers comes first. */
const RACE = (options: string, assertion: string): string => `TEST "race" ${options}
  CHAN INT a, b:
  INT x, y:
  PAR
    a ! 1
    b ! 2
    ALT
      a ? x
        SEQ
          b ? y
          ASSERT (${assertion})
      b ? x
        SEQ
          a ? y
          ASSERT (${assertion})
:
`

test('EXPLORE tries all schedules, and tells a shortest one that fails', async () => {
  const file = tests(RACE('EXPLORE', '(x + y) = 3'))
  const right = await godwit(['test', file])
  assert.is(right.status, 0, right.stdout)
  const wrong = await godwit(['test', tests(RACE('EXPLORE', 'x < y'))])
  assert.is(wrong.status, 1)
  assert.match(wrong.stdout, 'a schedule of 2 moves leads to this:')
  assert.match(wrong.stdout, '1. main/par.2 (line 6) sends 2 on b to main/par.3 (line 7)')
  assert.match(wrong.stdout, 'R0102')
  const fails = await godwit(['test', tests(RACE('EXPLORE FAILS "R0102"', 'x < y'))])
  assert.is(fails.status, 0, fails.stdout)
})

test('EXPLORE DEADLOCKS wants a deadlock', async () => {
  const none = await godwit(['test', tests(RACE('EXPLORE DEADLOCKS', '(x + y) = 3'))])
  assert.is(none.status, 1)
  assert.match(none.stdout, 'some schedule shall deadlock, but none does')
  const some = await godwit(['test', tests('TEST "waits" EXPLORE DEADLOCKS\n  CHAN INT c:\n  INT x:\n  c ? x\n:\n')])
  assert.is(some.status, 0, some.stdout)
})

test('a test that cannot be explored to its end fails, and says why', async () => {
  const endless = `TEST "counts" EXPLORE
  CHAN INT c:
  PAR
    INITIAL INT n IS 0:
    WHILE TRUE
      SEQ
        c ! n
        n := n PLUS 1
    INT x:
    WHILE TRUE
      c ? x
:
`
  const { status, stdout } = await godwit(['test', tests(endless), '--timeout', '300ms'])
  assert.is(status, 1)
  assert.match(stdout, 'not all schedules were seen within 300.0ms')
  const shared = `TEST "shared" EXPLORE
  MOBILE []MOBILE []INT a:
  CHAN INT go:
  SEQ
    a := MOBILE [2]MOBILE []INT
    PAR
      SEQ
        a[0] := MOBILE [1]INT
        go ! 1
      INT x:
      SEQ
        go ? x
        a[1] := MOBILE [1]INT
:
`
  const refused = await godwit(['test', tests(shared)])
  assert.is(refused.status, 1)
  assert.match(refused.stdout, 'error[R0601]: TEST "shared" cannot be explored, because of branches that change parts of one mobile')
})

test('a file that does not compile is a failed test', async () => {
  const { status, stdout } = await godwit(['test', tests('TEST "broken"\n  x := 1\n:\n')])
  assert.is(status, 1)
  assert.match(stdout, /error\[E03/)
  assert.match(stdout, '0 passed, 1 failed')
})

test('--filter chooses, and says so when it chooses nothing', async () => {
  const file = tests(PASSES)
  assert.match((await godwit(['test', file, '--filter', 'empty'])).stdout, '1 passed, 0 failed')
  const none = await godwit(['test', file, '--filter', 'frob'])
  assert.is(none.status, 64)
  assert.match(none.stderr, "no test's title or file contains `frob`")
})

test('--reporter tap is TAP', async () => {
  const file = tests(`${PASSES}TEST "fails"\n  STOP\n:\n`)
  const { status, stdout } = await godwit(['test', file, '--reporter', 'tap'])
  assert.is(status, 1)
  const lines = stdout.split('\n')
  assert.is(lines[0], 'TAP version 14')
  assert.is(lines[1], '1..3')
  assert.ok(lines.includes(`ok 1 - ${file}: an empty process ends`), stdout)
  assert.ok(lines.includes(`not ok 3 - ${file}: fails`), stdout)
})

test('--json is a line for each test', async () => {
  const file = tests(`${PASSES}TEST "fails"\n  STOP\n:\n`)
  const { stdout } = await godwit(['test', file, '--json'])
  const lines = stdout.trim().split('\n')
  const all = lines.map(
    (line) =>
      JSON.parse(line) as { kind: string; title?: string; outcome?: { kind: string; report?: string }; total?: number; failed?: number },
  ) // as docs/command.md says
  assert.is(all[0]?.kind, 'begin')
  assert.is(all[0]?.total, all.length - 2)
  assert.ok(all.slice(1, -1).every(({ kind, title, outcome }) => kind === 'test' && title !== undefined && outcome !== undefined))
  const failed = all.filter(({ outcome }) => outcome?.kind === 'failed')
  assert.ok(failed.length > 0 && failed.every(({ outcome }) => (outcome?.report ?? '') !== ''))
  assert.is(all.at(-1)?.failed, failed.length)
})

test('--reporter junit is XML', async () => {
  const file = tests(`TEST "a < b & c"\n  SKIP\n:\nTEST "fails"\n  STOP\n:\n`)
  const { stdout } = await godwit(['test', file, '--reporter', 'junit'])
  assert.match(stdout, /^<\?xml/)
  assert.match(stdout, '<testsuites tests="2" failures="1" skipped="0"')
  assert.match(stdout, 'name="a &lt; b &amp; c"')
  assert.match(stdout, '<failure message=')
})

test('tests pass with every process moved all the time, and with a seeded schedule', async () => {
  const file = tests(KEEPS_ORDER)
  for (const flags of [['--chaos'], ['--chaos=7'], ['--seed', '3']]) {
    const { status, stdout } = await godwit(['test', ...flags, file])
    assert.is(status, 0, stdout)
    assert.match(stdout, '1 passed, 0 failed')
  }
})

test('a directory without tests is told of', async () => {
  const { status, stderr } = await godwit(['test', temporaryDirectory()])
  assert.is(status, 64)
  assert.match(stderr, 'there are no TESTs under')
})

test('--watch runs again when a file changes, appears in a new directory, goes, and comes back', async () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'a.csp')
  const write = (text: string): void => {
    writeFileSync(file, `TEST "first"\n  ASSERT (${text})\n:\n`)
  }
  write('1 = 1')
  const steps: (readonly [string, () => void])[] = [
    ['1 passed, 0 failed', () => write('1 = 2')],
    ['0 passed, 1 failed', () => write('1 =')],
    ['E0202', () => write('2 = 2')],
    ['1 passed, 0 failed', () => mkdirSync(join(directory, 'sub'))],
    ['1 passed, 0 failed', () => writeFileSync(join(directory, 'sub', 'b.csp'), 'TEST "second"\n  SKIP\n:\n')],
    ['2 passed, 0 failed', () => rmSync(join(directory, 'sub'), { recursive: true })],
    ['1 passed, 0 failed', () => rmSync(file)],
    ['there are no TESTs', () => write('3 = 3')],
    ['1 passed, 0 failed', () => undefined],
  ]
  const { status, stderr } = await godwit(['test', '--watch', directory], {
    started: (child) => {
      let [text, step] = ['', 0]
      child.stdout?.on('data', (more: Buffer) => (text += more.toString()))
      child.stderr?.on('data', (more: Buffer) => {
        text += more.toString()
        if (!text.includes('watching; Ctrl-C stops')) return
        const [expected, act] = steps[step++] ?? ['nothing more', () => undefined]
        if (!text.includes(expected) || step === steps.length) child.kill(text.includes(expected) ? 'SIGINT' : 'SIGKILL')
        text = text.includes(expected) ? '' : text
        act()
      })
    },
  })
  assert.is(status, 130, stderr)
})

test('a file that is watched may go and come back', async () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'a.csp')
  const text = 'TEST "first"\n  SKIP\n:\n'
  writeFileSync(file, text)
  let rounds = 0
  const { status, stderr, stdout } = await godwit(['test', '--watch', file], {
    started: (child) =>
      child.stderr?.on('data', (more: Buffer) => {
        if (!more.toString().includes('watching; Ctrl-C stops')) return
        rounds++
        if (rounds === 1) rmSync(file)
        else if (rounds === 2) writeFileSync(file, text)
        else child.kill('SIGINT')
      }),
  })
  assert.is(status, 130, stderr)
  assert.match(stderr, 'there is no file or directory')
  assert.is(stdout.split('1 passed').length - 1, 2)
})

/** A directory with a.csp and b.csp, each with a test of its own. */
function twoFiles(): string {
  const directory = temporaryDirectory()
  for (const name of ['a', 'b']) writeFileSync(join(directory, `${name}.csp`), `TEST "of ${name}"\n  SKIP\n:\n`)
  return directory
}

test('tests run however the path of their file is spelled, also when the cache has met it spelled otherwise', async () => {
  const cwd = twoFiles()
  const spellings = ['b.csp', './b.csp', `../${basename(cwd)}/b.csp`, join(cwd, 'b.csp'), './/b.csp', '.']
  for (const spelling of spellings) {
    const { status, stdout, stderr } = await godwit(['test', 'a.csp', spelling], { cwd })
    assert.is(status, 0, stdout + stderr)
    assert.match(stdout, '✓ of b', spelling)
    assert.match(stdout, '2 passed, 0 failed', spelling)
  }
})

test('a file that is named several times is tested once', async () => {
  const cwd = twoFiles()
  const { stdout } = await godwit(['test', 'b.csp', './b.csp', '.', join(cwd, 'b.csp'), cwd], { cwd })
  assert.match(stdout, '2 passed, 0 failed')
})

test('links to files and to directories are followed, also round in circles', async () => {
  const cwd = twoFiles()
  const elsewhere = twoFiles()
  symlinkSync(elsewhere, join(cwd, 'linked'))
  symlinkSync('.', join(cwd, 'again'))
  symlinkSync('nowhere', join(cwd, 'lost.csp'))
  symlinkSync('b.csp', join(cwd, 'c.csp'))
  mkdirSync(join(cwd, 'directory.csp'))
  const all = await godwit(['test'], { cwd })
  assert.match(all.stdout, '5 passed, 0 failed', all.stderr)
  assert.match((await godwit(['test', 'b.csp', 'c.csp'], { cwd })).stdout, '2 passed, 0 failed')
})

test('a test of a file that is only included is named, and run where it belongs', async () => {
  const cwd = twoFiles()
  writeFileSync(join(cwd, 'helper.inc'), '#IF DEFINED (MORE)\nTEST "of the helper"\n  SKIP\n:\n#ENDIF\nTEST "always"\n  SKIP\n:\n')
  writeFileSync(join(cwd, 'a.csp'), '#DEFINE MORE\n#INCLUDE "helper.inc"\nTEST "of a"\n  SKIP\n:\n')
  const alone = await godwit(['test', 'a.csp'], { cwd })
  assert.is(alone.status, 0, alone.stdout + alone.stderr)
  assert.match(alone.stdout, '- of the helper skipped: it belongs to helper.inc; `godwit test helper.inc` runs it')
  assert.match(alone.stdout, '1 passed, 0 failed, 2 skipped')
  const both = await godwit(['test', 'helper.inc', 'a.csp'], { cwd })
  assert.match(both.stdout, '3 passed, 0 failed', both.stderr)
})

test('messages name a file as it was spelled this time', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'fails.csp'), 'PROC main ()\n  STOP\n:\n')
  for (const spelling of ['fails.csp', './fails.csp', join(cwd, 'fails.csp')])
    assert.match((await godwit(['run', spelling], { cwd })).stderr, `--> ${spelling}:2`)
})

test.run()
