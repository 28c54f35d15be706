/** Files and arguments of a program: here, on nodes between which it moves, across a checkpoint, and where they are denied. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

const DEADLINE = 60_000
const directory = temporaryDirectory()

function program(name: string, text: string): string {
  writeFileSync(join(directory, name), text)
  return name
}

const run = (...args: readonly string[]): ReturnType<typeof godwit> => godwit(['run', ...args], { cwd: directory, deadline: DEADLINE })

/** Copies a file in pieces, on another node for each. */
const TRAVELLER = program(
  'traveller.csp',
  `#USE "course"
#USE "file"
#USE "cluster"
PROC main (CHAN BYTE screen!)
  VAL nodes IS ["n2", "n3", "n1"]:
  [8]BYTE arg, piece:
  INT from, to, length, n, last:
  BOOL ok:
  INITIAL INT i IS 0:
  SEQ
    nth.arg (0, length, arg)
    file.open ([arg FOR length], O.RDONLY, from)
    nth.arg (1, length, arg)
    file.open ([arg FOR length], O.WRONLY \\/ (O.CREAT \\/ O.TRUNC), to)
    n := 1
    WHILE n > 0
      SEQ
        migrate.to (nodes[i \\ 3], ok)
        out.bool (ok, 0, screen!)
        file.read (from, piece, n)
        migrate.to (nodes[(i + 1) \\ 3], ok)
        file.write (to, [piece FOR n], last)
        ASSERT (last = n)
        i := i + 1
    file.close (to, n)
    file.close (from, n)
:
`,
)
const TEXT = 'a godwit, b plover'

deadlineTest('a process reads and writes on from other nodes than the one where it opened its files', DEADLINE, async () => {
  writeFileSync(join(directory, 'a.txt'), TEXT)
  const { status, stdout, stderr } = await run('--nodes', '3', TRAVELLER, 'a.txt', 'b.txt')
  assert.is(status, 0, stderr)
  assert.is(stdout, 'TRUE'.repeat(4))
  assert.is(readFileSync(join(directory, 'b.txt'), 'utf8'), TEXT)
})

const ONCE = program(
  'once.csp',
  `#USE "file"
PROC main (CHAN BYTE screen!)
  INT fd, n:
  SEQ
    file.open ("once.txt", O.WRONLY \\/ (O.CREAT \\/ (O.TRUNC \\/ O.APPEND)), fd)
    PAR w = 0 FOR 3
      INT written:
      SEQ i = 0 FOR 200
        SEQ
          file.write (fd, [BYTE ((INT 'a') + w)], written)
          ASSERT (written = 1)
    file.close (fd, n)
    file.open ("once.txt", O.RDONLY, fd)
    file.fd.size (fd, n)
    ASSERT (n = 600)
:
`,
)

deadlineTest('what roaming processes write is written once', DEADLINE, async () => {
  const { status, stderr } = await run('--nodes', '3', '--roam', '2ms', '--seed', '5', ONCE)
  assert.is(status, 0, stderr)
  const text = readFileSync(join(directory, 'once.txt'), 'utf8')
  for (const letter of 'abc') assert.is(text.split(letter).length - 1, 200, letter)
})

const OPEN = program(
  'open.csp',
  `#USE "course"
#USE "file"
#USE "cluster"
PROC main (CHAN BYTE screen!)
  INT fd, reason:
  BOOL ok:
  SEQ
    file.open ("a.txt", O.RDONLY, fd)
    out.int (fd, 0, screen!)
    file.error (reason)
    out.int (reason, 3, screen!)
    host.open ("a.txt", O.RDONLY, fd)
    out.int (fd, 3, screen!)
    migrate.to ("n2", ok)
    file.open ("a.txt", O.RDONLY, fd)
    out.int (fd, 3, screen!)
:
`,
)

deadlineTest('a program that is denied files cannot open one', DEADLINE, async () => {
  writeFileSync(join(directory, 'a.txt'), TEXT)
  assert.is((await run(OPEN)).stdout, '3  0  4  5')
  assert.is((await run(OPEN, '--deny', 'files')).stdout, '-1  1 -1 -1')
  assert.is((await run('--deny', 'files', '--nodes', '2', OPEN)).stdout, '-1  1 -1 -1')
  assert.is((await run(OPEN, '--deny', 'fish')).status, 64)
})

deadlineTest('on a node that is denied files a process cannot open one, elsewhere it can', DEADLINE, async () => {
  const cluster = join(directory, 'cluster')
  const nodes: { kill: () => void }[] = []
  const ended = (['n1', 'n2'] as const).map((name) => {
    const denied = name === 'n1' ? ['--deny', 'files'] : []
    return godwit(['node', '--engine', `embedded:${cluster}`, '--name', name, ...denied], {
      started: (child) => nodes.push({ kill: () => child.kill('SIGTERM') }),
    })
  })
  try {
    for (let i = 0; i < 100; i++) {
      const { status, stdout } = await godwit(['nodes', '--cluster', cluster, '--json'])
      if (status === 0 && (JSON.parse(stdout) as unknown[]).length === 2) break
      await delay(50)
    }
    const { stdout, stderr } = await run(OPEN, '--cluster', cluster)
    assert.is(stdout, '-1  1 -1  3', stderr)
  } finally {
    for (const { kill } of nodes) kill()
    await Promise.all(ended)
  }
})

const OPTIONS = program(
  'options.csp',
  `#USE "course"
#USE "file"
PROC main (CHAN BYTE screen!)
  [40]BYTE value:
  INT length:
  INITIAL INT next IS 0:
  INITIAL BYTE option IS ' ':
  SEQ
    WHILE option <> NULL
      SEQ
        get.options ("vqn:", next, option, length, value)
        IF
          option <> NULL
            SEQ
              out.ch (option, 0, screen!)
              out.string ([value FOR length], 0, screen!)
              out.ch (' ', 0, screen!)
          TRUE
            SKIP
    nth.arg (next, length, value)
    out.string ([value FOR length], 0, screen!)
:
`,
)

deadlineTest('options have one letter, some a value, and end before the other arguments', DEADLINE, async () => {
  assert.is((await run(OPTIONS, '--', '-vq', '-n12', '-vn', '-3', '-x', '-', '-v')).stdout, 'v q n12 v n-3 ? -')
  assert.is((await run(OPTIONS, '--', '-q', '--', '-v')).stdout, 'q -v')
  assert.is((await run(OPTIONS, 'a.txt')).stdout, 'a.txt')
  assert.is((await run(OPTIONS, '--', '-v:', '-n')).stdout.replace(/ [^ ]*$/, ''), 'v ? ?')
})

/** Tells the arguments as options of one letter, and again as options with names. */
const GETOPT = program(
  'getopt.csp',
  `#USE "course"
#USE "file"
PROC show (CHAN GETOPT in?, SHARED CHAN BYTE screen!)
  INITIAL BOOL more IS TRUE:
  WHILE more
    CLAIM screen!
      in ? CASE
        BYTE b:
        opt; b
          SEQ
            out.string ("opt ", 0, screen!)
            screen ! b
            screen ! ';'
        BYTE b:
        MOBILE []BYTE v:
        opt.arg; b; v
          SEQ
            out.string ("opt ", 0, screen!)
            screen ! b
            screen ! '='
            out.string (v, 0, screen!)
            screen ! ';'
        MOBILE []BYTE v:
        arg; v
          SEQ
            out.string ("arg ", 0, screen!)
            out.string (v, 0, screen!)
            screen ! ';'
        BYTE b:
        bad; b
          SEQ
            out.string ("bad ", 0, screen!)
            screen ! b
            screen ! ';'
        done
          SEQ
            more := FALSE
            out.string ("done;", 0, screen!)
:
PROC show.long (CHAN GETOPT.LONG in?, SHARED CHAN BYTE screen!)
  INITIAL BOOL more IS TRUE:
  WHILE more
    CLAIM screen!
      MOBILE []BYTE v, w:
      in ? CASE
        opt; v
          SEQ
            out.string ("opt ", 0, screen!)
            out.string (v, 0, screen!)
            screen ! ';'
        opt.arg; w; v
          SEQ
            out.string ("opt ", 0, screen!)
            out.string (w, 0, screen!)
            screen ! '='
            out.string (v, 0, screen!)
            screen ! ';'
        arg; v
          SEQ
            out.string ("arg ", 0, screen!)
            out.string (v, 0, screen!)
            screen ! ';'
        bad; v
          SEQ
            out.string ("bad ", 0, screen!)
            out.string (v, 0, screen!)
            screen ! ';'
        done
          SEQ
            more := FALSE
            out.string ("done;", 0, screen!)
:
PROC main (SHARED CHAN BYTE screen!)
  CHAN GETOPT c:
  CHAN GETOPT.LONG d:
  SEQ
    PAR
      file.get.options ("ab:c", c!)
      show (c?, screen!)
    MOBILE []MOBILE []BYTE names:
    SEQ
      names := MOBILE [4]MOBILE []BYTE
      names[0], names[1], names[2], names[3] := "a", "b=", "long", "name="
      PAR
        file.get.long.options (names, d!)
        show.long (d?, screen!)
:
`,
)

deadlineTest('options are told one by one, by letters and by names', DEADLINE, async () => {
  const told = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await run(GETOPT, '--', ...args)
    return stdout.split('done;').slice(0, 2)
  }
  const [short] = await told('-a', '-b', 'x', '-cb', 'y', '-bz', 'rest', '-a')
  assert.is(short, 'opt a;opt b=x;opt c;opt b=y;opt b=z;arg rest;arg -a;')
  assert.equal(await told('-a', '--', '-b'), ['opt a;arg -b;', 'opt a;arg -b;'])
  assert.equal(await told('-x', '-a'), ['bad x;', 'bad x;'])
  assert.equal(await told('-ab'), ['opt a;bad b;', 'bad ab;'])
  const [, long] = await told('--long', '--name=v', '--name', 'w', '-b', '3', '-', 'tail')
  assert.is(long, 'opt long;opt name=v;opt name=w;opt b=3;arg -;arg tail;')
  assert.equal(await told('--long=3'), ['bad -;', 'bad long;'])
  assert.equal(await told('--name'), ['bad -;', 'bad name;'])
  assert.equal(await told(), ['', ''])
})

const SERVED = program(
  'served.csp',
  `#INCLUDE "hostio.inc"
#USE "hostio.lib"
PROC main (CHAN OF SP fs, ts, []INT free.memory)
  [400]BYTE text:
  INT32 id:
  INT length:
  BYTE result:
  SEQ
    so.commandline (fs, ts, sp.short.commandline, length, text, result)
    so.write.string (fs, ts, [text FOR length])
    so.write.char (fs, ts, '|')
    so.commandline (fs, ts, sp.whole.commandline, length, text, result)
    so.write.string (fs, ts, [text FOR length])
    so.write.char (fs, ts, '|')
    so.getenv (fs, ts, "WADERS", length, text, result)
    so.write.string (fs, ts, [text FOR length])
    so.write.char (fs, ts, '|')
    so.popen.read (fs, ts, "a.txt", "WADERS.PATH", spt.text, length, text, id, result)
    so.write.string (fs, ts, [text FOR length])
    so.gets (fs, ts, id, length, text, result)
    so.write.string (fs, ts, [text FOR length])
    so.exit (fs, ts, sps.success)
:
`,
)

deadlineTest('a program of the toolset has the same files, arguments and environment', DEADLINE, async () => {
  writeFileSync(join(directory, 'a.txt'), TEXT)
  const env = { WADERS: 'godwits', 'WADERS.PATH': `/no/such:${directory}` }
  const { stdout, stderr } = await godwit(['run', SERVED, '--', '-v', 'b'], { cwd: directory, env })
  assert.is(stdout, `-v b|served.csp -v b|godwits|a.txt${TEXT}`, stderr)
  const deep = join(directory, 'deep')
  mkdirSync(deep)
  const elsewhere = await godwit(['run', join('..', SERVED)], { cwd: deep, env })
  assert.is(elsewhere.stdout, `|../served.csp|godwits|${directory}/a.txt${TEXT}`, elsewhere.stderr)
})

const SLOW = program(
  'slow.csp',
  `#USE "file"
PROC main (CHAN BYTE screen!)
  TIMER tim:
  [1]BYTE ch:
  INT in, out, n, now:
  SEQ
    file.open ("a.txt", O.RDONLY, in)
    file.open ("slow.txt", O.WRONLY \\/ (O.CREAT \\/ O.TRUNC), out)
    file.read (in, ch, n)
    WHILE n > 0
      SEQ
        file.write (out, ch, n)
        screen ! ch[0]
        screen ! 255
        tim ? now
        tim ? AFTER now PLUS 20000
        file.read (in, ch, n)
    num.args (n)
    screen ! BYTE ((INT '0') + n)
:
`,
)

deadlineTest('files and arguments outlive a checkpoint', DEADLINE, async () => {
  writeFileSync(join(directory, 'a.txt'), TEXT)
  const first = await godwit(['run', '--checkpoint-on', 'SIGUSR1=slow.snap', SLOW, 'x', 'y'], {
    cwd: directory,
    started: (child) => child.stdout?.once('data', () => setTimeout(() => child.kill('SIGUSR1'), 100)),
  })
  assert.is(first.status, 0, first.stderr)
  assert.ok(first.stdout.length < TEXT.length, first.stdout)
  const second = await godwit(['restore', 'slow.snap'], { cwd: directory })
  assert.is(second.status, 0, second.stderr)
  assert.is(first.stdout + second.stdout, `${TEXT}2`)
  assert.is(readFileSync(join(directory, 'slow.txt'), 'utf8'), TEXT)
})

test.run()
