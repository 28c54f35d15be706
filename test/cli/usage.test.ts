/** What the command says to someone who does not know it yet, or mistypes: each mistake has one line, a next step and status 64. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine } from '../../cli/command-line.ts'
import { exampleLines } from '../../cli/help.ts'
import { Parser } from '../../cli/parser.ts'
import { godwit, root } from './godwit.ts'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './godwit.ts'

const COMMANDS = commandLine()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'help')

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // our own file
  assert.equal(await godwit(['--version']), { status: 0, stdout: `godwit ${version}\n`, stderr: '' })
})

test('a message does nothing to a terminal, and is not endless, whatever was typed', async () => {
  const { status, stderr } = await godwit(['run', '--seed', `\x1b[31m${'long'.repeat(5000)}`, 'x.csp'])
  assert.is(status, 64)
  assert.match(stderr, '`\ufffd[31mlonglong')
  assert.ok(stderr.length < 3000)
})

test('--help names every command and the exit statuses', async () => {
  const { status, stdout, stderr } = await godwit(['--help'])
  assert.is(status, 0)
  assert.is(stderr, '')
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  assert.match(stdout, '3 deadlock')
})

for (const command of COMMANDS) {
  test(`${command} --help has examples, of samples that there are`, async () => {
    const { status, stdout, stderr } = await godwit([command, '--help'])
    assert.is(status, 0)
    assert.is(stderr, '')
    assert.match(stdout, new RegExp(`^Usage: godwit ${command}`))
    assert.match(stdout, new RegExp(`Examples:\n  .*\\bgodwit ${command}\\b`))
    const named = [...stdout.matchAll(/samples\/[\w-]+\.csp/g)].map(([name]) => name)
    assert.equal(
      named.filter((name) => !existsSync(join(root, name))),
      [],
    )
  })
}

for (const width of [60, 80]) {
  test(`help fits into ${width} columns, but for its examples`, () => {
    const godwit = commandLine().configureOutput({ getOutHelpWidth: () => width })
    for (const command of [godwit, ...godwit.commands.map((each) => each.configureOutput({ getOutHelpWidth: () => width }))]) {
      const [options = '', after = ''] = command.helpInformation().split('Examples:')
      assert.is(after, '') // what stands after the options is added when help is shown
      assert.equal(
        options.split('\n').filter((line) => line.length > width),
        [],
      )
    }
  })
}

test('what is said of an example stands beside it, or below it where there is no room', () => {
  const uses = ['godwit ps --long      all that is known of each process', 'godwit ps']
  assert.equal(exampleLines(uses, 60), ['  godwit ps --long      all that is known of each process', '  godwit ps'])
  assert.equal(exampleLines(uses, 30), ['  godwit ps --long', '      all that is known of', '      each process', '  godwit ps'])
  for (const width of [60, 80])
    for (const command of commandLine().commands)
      for (const line of exampleLines(command instanceof Parser ? command.uses : [], width))
        assert.ok(line.length <= width || /^ {2}\S+(?: \S+)*$/.test(line), line)
})

test('without a command it shows the help on standard error', async () => {
  const { status, stdout, stderr } = await godwit([])
  assert.is(status, 64)
  assert.is(stdout, '')
  assert.match(stderr, /^Usage: godwit/)
})

/** Arguments, and what is said about them. */
const MISTAKES: readonly (readonly [args: readonly string[], message: string, nextStep: string])[] = [
  [['frobnicate'], 'unknown command `frobnicate`', 'see `godwit --help`'],
  [['rnu', 'x.csp'], 'unknown command `rnu`', 'did you mean `run`?'],
  [['rn', 'x.csp'], 'unknown command `rn`', 'did you mean `run`?'],
  [['-v'], 'unknown option `-v`', 'did you mean `-V`?'],
  [['help', 'rnu'], 'unknown command `rnu`', 'did you mean `run`?'],
  [['run', '--chaos', 'x.csp'], 'unknown option `--chaos`', '`godwit test` has this option'],
  [['compile', '-n', 'x.csp'], 'unknown option `-n`', 'see `godwit compile --help`'],
  [['run'], 'missing required argument `file`', 'see `godwit run --help`'],
  [['run', 'no-such-file.csp'], 'there is no file `no-such-file.csp`', 'give the path of a .csp file'],
  [['run', 'samples'], '`samples` is a directory', 'give the path of a .csp file'],
  [['run', 'x.csp', '--nods', '3'], 'unknown option `--nods`', 'did you mean `--nodes`?'],
  [['run', '--nods', '3', 'x.csp'], 'unknown option `--nods`', 'did you mean `--nodes`?'],
  [['run', 'samples/hello.csp', '--nods'], 'unknown option `--nods`', 'did you mean `--nodes`?'],
  [['run', 'x.csp', '--nodes'], '`--nodes <n>` lacks its value', 'see `godwit run --help`'],
  [['migrate', 'main', 'n1', 'n2', 'n3', '--cluster', 'c'], 'there are arguments too many: `n2`, `n3`', 'see `godwit migrate --help`'],
  [['run', 'x.csp', '--nodes', '0'], '`0` will not do for `--nodes <n>`: it is a whole number from 1 to 64', 'see `godwit run --help`'],
  [
    ['run', 'x.csp', '--nodes', '3', '--roam', '50'],
    '`50` will not do for `--roam <time>`: it is a number and a unit',
    'see `godwit run --help`',
  ],
  [['run', 'x.csp', '--roam', '50ms'], '`--roam` needs nodes to move between', 'add `--nodes 3`'],
  [['run', 'x.csp', '--nodes', '1', '--roam', '50ms'], '`--roam` needs more than one node to move between', 'say `--nodes 3`'],
  [['test', '--roam', '2ms'], '`--roam` needs nodes to move between', 'add `--nodes 3`'],
  [['test', '--nodes', '1', '--roam', '2ms'], '`--roam` needs more than one node to move between', 'say `--nodes 3`'],
  [['test', '--nodes', '3', '--chaos'], '`--chaos` and `--nodes` exclude each other', '`--roam` between nodes'],
  [['test', '--nodes', '3', '--seed', '1'], 'on nodes `--seed` chooses the moves of `--roam`', 'add `--roam 2ms`'],
  [['node', '--log', 'xml'], '`xml` will not do for `--log <form>`: it is one of `text`, `json`', 'see `godwit node --help`'],
  [['test', '--nodes', '0'], '`0` will not do for `--nodes <n>`: it is a whole number from 1 to 64', 'see `godwit test --help`'],
  [['run', 'x.csp', '--nodes', '2', '--cluster', 'c'], '`--nodes` and `--cluster` exclude each other', '`--nodes` starts nodes of its own'],
  [
    ['run', 'x.csp', '--threads', '2', '--cluster', 'c'],
    '`--threads` and `--cluster` exclude each other',
    '`--threads` starts nodes of its own',
  ],
  [['run', 'x.csp', '--nodes', '2', '--durable=often'], '`--durable` takes no value `often`', '`--durable=strict`, `--durable=relaxed`'],
  [['restore', 'x.snap', '--durable=often'], '`--durable` takes no value `often`', '`--durable=strict`, `--durable=relaxed`'],
  [['run', 'x.csp', '--strict=yes'], '`--strict` takes no value `yes`', 'it is written `--strict`'],
  [['run', 'x.csp', '--audit', ''], '`` will not do for `--audit <file>`: it cannot be empty', 'see `godwit run --help`'],
  [['run', 'x.csp', '-I', ''], '`` will not do for `-I, --include <dir>`: it cannot be empty', 'see `godwit run --help`'],
  [['new', ''], '`` will not do for `directory`: it cannot be empty', 'see `godwit new --help`'],
  [['run', 'x.csp', '--cluster', 'no-such-cluster'], 'there is no cluster directory `no-such-cluster`', 'give the directory'],
  [
    ['run', 'x.csp', '--checkpoint-on', 'SIGKILL=a'],
    '`SIGKILL=a` will not do for `--checkpoint-on <signal=file>`',
    'see `godwit run --help`',
  ],
  [['run', 'x.csp', '-D', '1=2'], '`1=2` will not do for `-D, --define <name[=value]>`', 'see `godwit run --help`'],
  [['compile', 'no-such-file.csp'], 'there is no file or directory `no-such-file.csp`', 'give a .csp file'],
  [['compile', 'samples/hello.csp', '--dump', 'frob'], 'there is no pass `frob`', 'the passes are '],
  [['compile', 'docs/decisions'], 'there is no .csp file under `docs/decisions`', 'give a .csp file'],
  [['test', 'no-such-file.csp'], 'there is no file or directory `no-such-file.csp`', 'give .csp files'],
  [['test', 'samples/hello.csp'], '`samples/hello.csp` holds no TEST', 'TEST "what is true"'],
  [['test', 'samples', '--reporter', 'xml'], '`xml` will not do for `--reporter <form>`', 'see `godwit test --help`'],
  [['test', '--chaos=x'], '`x` will not do for `--chaos [=seed]`', 'see `godwit test --help`'],
  [['explain', 'E0608x'], 'there is no diagnostic `E0608x`', '`godwit explain` lists all of them'],
  [
    ['node', '--engine', 'etcd:x', '--name', 'n1'],
    '`etcd:x` will not do for `--engine <engine>`: it is embedded:DIR, or nats://HOST:PORT',
    'see `godwit node --help`',
  ],
  [['node', '--engine', 'embedded:x'], 'required option `--name <name>` not specified', 'see `godwit node --help`'],
  [['ps'], 'required option `--cluster <dir>` not specified', 'see `godwit ps --help`'],
  [['ps', '--cluster', 'embedded:'], '`embedded:` will not do for `--cluster <dir>`', 'see `godwit ps --help`'],
  [['run', 'x.csp', '--nodes', '2', '--cluster-dir', ''], '`` will not do for `--cluster-dir <dir>`', 'see `godwit run --help`'],
  [['ps', '--cluster', 'embedded:no-such-cluster'], 'there is no cluster directory `no-such-cluster`', 'give the directory'],
  [['run', 'x.csp', '--cluster', 'embedded:no-such-cluster'], 'there is no cluster directory `no-such-cluster`', 'give the directory'],
  [['ps', '--cluster', 'no-such-cluster'], 'there is no cluster directory `no-such-cluster`', 'give the directory'],
  [['migrate', 'main', '--cluster', 'c'], 'missing required argument `node`', 'see `godwit migrate --help`'],
  [['migrate', 'main', 'n1', '--channel', '--cluster', 'c'], '`main` names no channel', 'write the process and its channel: `main:in`'],
  [
    ['migrate', 'main', 'n1', '--strategy', 'fast', '--cluster', 'c'],
    '`fast` will not do for `--strategy <strategy>`: it is stop or pre',
    'see `godwit migrate --help`',
  ],
  [
    ['migrate', 'main:in', 'n1', '--channel', '--strategy', 'pre', '--cluster', 'c'],
    '`--strategy` is about processes',
    'leave out `--strategy`',
  ],
  [['run', '--place', 'spread', 'samples/hello.csp'], '`--place` needs nodes to move between', 'add `--nodes 3`'],
  [['cordon', 'n1', '--deadline', '3s', '--cluster', 'c'], '`--deadline` is how long guests may stay', 'add `--evict`'],
  [['drain', '--cluster', 'c'], 'missing required argument `node`', 'see `godwit drain --help`'],
  [['restore', 'no-such-file.snap'], 'there is no file `no-such-file.snap`', '--checkpoint-on'],
]

for (const [args, message, nextStep] of MISTAKES) {
  test(`godwit ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = await godwit(args, { env: { GODWIT_CLUSTER: '' } })
    assert.is(stdout, '')
    const [first = '', ...rest] = stderr.split('\n')
    assert.ok(first.startsWith(`godwit: ${message}`), stderr)
    assert.ok(
      rest.some((line) => line.includes(nextStep)),
      stderr,
    )
    assert.is(status, 64, stderr)
  })
}

test('a program without a PROC cannot be run', async () => {
  const file = join(temporaryDirectory(), 'tests-only.csp')
  writeFileSync(file, 'TEST "nothing"\n  SKIP\n:\n')
  const { status, stderr } = await godwit(['run', file])
  assert.is(status, 64, stderr)
  assert.match(stderr, 'has no PROC to run')
  assert.match(stderr, `godwit test ${file}`)
})

/** Prints its arguments, each on a line. */
const ECHO = `#USE "course"
#USE "file"
PROC main (CHAN BYTE screen!)
  INT n:
  SEQ
    num.args (n)
    SEQ i = 0 FOR n
      INT length:
      [100]BYTE arg:
      SEQ
        nth.arg (i, length, arg)
        out.string ([arg FROM 0 FOR length], 0, screen!)
        screen ! '*n'
:
`

const ARGUMENTS: readonly (readonly [given: readonly string[], got: readonly string[]])[] = [
  [
    ['-x', '-a', 'foo'],
    ['-x', '-a', 'foo'],
  ],
  [
    ['--nodes', '3'],
    ['--nodes', '3'],
  ],
  [['--help'], ['--help']],
  [['--chaos'], ['--chaos']],
  [
    ['--', '-v', 'a.txt'],
    ['-v', 'a.txt'],
  ],
  [['--', '--'], ['--']],
  [
    ['a', '--', 'b'],
    ['a', '--', 'b'],
  ],
  [
    ['-x', '--', 'b'],
    ['-x', '--', 'b'],
  ],
  [
    ['-D', 'A', '--', '-v', 'a.txt'],
    ['-v', 'a.txt'],
  ],
  [['--strict', '-D', 'A', '--'], []],
  [['-'], ['-']],
  [['-1'], ['-1']],
  [[''], ['']],
]

test('what follows the file belongs to the program', async () => {
  const file = join(temporaryDirectory(), 'echo.csp')
  writeFileSync(file, ECHO)
  for (const [given, got] of ARGUMENTS) {
    const { status, stdout, stderr } = await godwit(['run', '--strict', file, ...given])
    assert.is(status, 0, stderr)
    assert.is(stdout, got.map((word) => `${word}\n`).join(''), given.join(' '))
  }
  assert.is((await godwit(['run', '--strict', '--', file, '-x'])).stdout, '-x\n')
})

test('options after the file of a program that reads no arguments are options of run', async () => {
  const file = join(temporaryDirectory(), 'symbol.csp')
  writeFileSync(file, "#IF DEFINED (A)\nPROC main (CHAN BYTE screen!)\n  screen ! 'a'\n:\n#ENDIF\n")
  assert.equal(await godwit(['run', file, '-D', 'A']), { status: 0, stdout: 'a', stderr: '' })
  assert.match((await godwit(['run', file, '--help'])).stdout, /^Usage: godwit run/)
  assert.is((await godwit(['run', '-D', 'A', file, '--', '--frob', 'A'])).stdout, 'a')
})

test('words after the file that are no options of run belong to a program that reads no arguments, too', async () => {
  const file = join(temporaryDirectory(), 'deaf.csp')
  writeFileSync(file, "PROC main (CHAN BYTE screen!)\n  screen ! 'a'\n:\n")
  for (const words of [['-a'], ['-a', 'b'], ['b', '-a'], ['--verbose'], ['-x=1'], ['-1'], ['-'], ['a', '--', '-b'], ['-n', '3']]) {
    assert.equal(await godwit(['run', file, ...words]), { status: 0, stdout: 'a', stderr: '' }, words.join(' '))
  }
  for (const words of [
    ['--nods', '3'],
    ['-a', '--nodes', 'x'],
    ['--seed', '3'],
    ['--strict', '-a'],
  ]) {
    const { status, stdout } = await godwit(['run', file, ...words])
    assert.equal({ status, stdout }, { status: 64, stdout: '' }, words.join(' '))
  }
})

/** Words, and what is told of a file that the system refuses. */
const REFUSALS: readonly (readonly [words: readonly string[], told: RegExp])[] = [
  [['compile', 'loop.csp'], /^godwit: `loop\.csp`: too many symbolic links encountered \(ELOOP\)\n {2}= the symbolic link leads to itself/],
  [
    ['compile', 'of-loop.csp'],
    /^godwit: `\S*loop\.inc`: too many symbolic links encountered \(ELOOP\)\n {2}= the symbolic link leads to itself/,
  ],
  [['compile', 'a.csp', '-o', 'a.csp/x'], /^godwit: `a\.csp\/x`: not a directory \(ENOTDIR\)\n {2}= name another file\n$/],
  [['graph', 'a.csp', '-o', '.'], /^godwit: `\.`: illegal operation on a directory \(EISDIR\)\n {2}= it is a directory: name a file\n$/],
  [['graph', 'a.csp', '-o', 'no/x'], /^godwit: `no\/x`: no such file or directory \(ENOENT\)\n {2}= name another file\n$/],
  [['new', 'a'.repeat(300)], /^godwit: `a+`: name too long \(ENAMETOOLONG\)\n {2}= give it a shorter name\n$/],
  ...(process.platform === 'linux'
    ? ([
        [['graph', 'a.csp', '-o', '/dev/full'], /^godwit: `\S+`: no space left on device \(ENOSPC\)\n {2}= make room on its disk/],
        [['compile', '/proc/self/mem'], /^godwit: `\/proc\/self\/mem`: i\/o error \(EIO\)\n {2}= what holds it does not work/],
      ] as const)
    : []),
]

test('a file that the system refuses is no fault of godwit, and the next step fits', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'a.csp'), 'PROC main ()\n  SKIP\n:\n')
  writeFileSync(join(cwd, 'of-loop.csp'), '#INCLUDE "loop.inc"\nPROC main ()\n  SKIP\n:\n')
  for (const name of ['loop.csp', 'loop.inc']) symlinkSync(name, join(cwd, name))
  for (const [words, told] of REFUSALS) {
    const { status, stderr } = await godwit(words, { cwd })
    assert.match(stderr, told, words.join(' '))
    assert.is(status, 1, words.join(' '))
  }
})

test('what is included under a name that no file can have is not there', async () => {
  for (const name of ['a'.repeat(5000), 'a\u0001b']) {
    const file = join(temporaryDirectory(), 'names.csp')
    writeFileSync(file, `#INCLUDE "${name}"\nPROC main ()\n  SKIP\n:\n`)
    assert.is((await godwit(['compile', file])).status, 2)
  }
})

test.run()
