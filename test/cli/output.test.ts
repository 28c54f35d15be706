/** What commands write: a file of the user's is never left half written, and what cannot be written is said with its name, before the work where that is possible. */
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync, chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rewriteText } from '../../cli/output-file.ts'
import { godwit, root, temporaryDirectory } from './godwit.ts'

const PROGRAM = 'PROC main ()\n  SKIP\n:\n'

test('a text that is rewritten keeps its permissions, and a link to it stays one', () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'a.csp')
  writeFileSync(file, 'before')
  chmodSync(file, 0o640)
  symlinkSync('a.csp', join(directory, 'link.csp'))
  rewriteText(join(directory, 'link.csp'), 'after')
  assert.is(readFileSync(file, 'utf8'), 'after')
  assert.is(statSync(file).mode & 0o777, 0o640)
  assert.ok(lstatSync(join(directory, 'link.csp')).isSymbolicLink())
  assert.equal(readdirSync(directory).sort(), ['a.csp', 'link.csp'])
})

test('a text that there is no room for stays as it was', () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'long.csp')
  const before = `PROC main ()\n  INT x:\n  SEQ\n${'    x:=x+1\n'.repeat(200)}:\n`
  writeFileSync(file, before)
  // no file may be longer than 2,048 bytes
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 2; exec "$@"', 'bash', process.execPath, '--import', import.meta.resolve('tsx')]
  const code = `import { rewriteText } from ${JSON.stringify(join(root, 'cli/output-file.ts'))}
    try { rewriteText (${JSON.stringify(file)}, 'x'.repeat (4096)) } catch (error) { console.log (error.code, error.path) }`
  const { stdout, stderr } = spawnSync('bash', [...limited, '--input-type=module', '--eval', code], { encoding: 'utf8' })
  assert.is(stdout, `EFBIG ${file}\n`, stderr)
  assert.is(readFileSync(file, 'utf8'), before)
  assert.equal(readdirSync(directory), ['long.csp'])
})

if (existsSync('/dev/full'))
  test('a file that there is no room for is named', async () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'a.csp'), PROGRAM)
    for (const words of [
      ['types', 'a.csp', '-o', '/dev/full'],
      ['graph', 'a.csp', '-o', '/dev/full'],
    ]) {
      const { status, stderr } = await godwit(words, { cwd })
      assert.is(status, 1)
      assert.match(stderr, '`/dev/full`: no space left on device (ENOSPC)')
    }
  })

test('a file for a checkpoint that could not be written is refused before the program runs', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'a.csp'), PROGRAM)
  mkdirSync(join(cwd, 'taken'))
  for (const [file, why] of [
    ['taken', 'cannot write to `taken`: it is a directory'],
    ['a.csp/b/c', 'is no directory'],
  ] as const)
    for (const words of [
      ['run', '--checkpoint-on', `SIGUSR1=${file}`, 'a.csp'],
      ['restore', '--checkpoint-on', `SIGUSR1=${file}`, 'a.csp'],
    ]) {
      const { status, stderr } = await godwit(words, { cwd })
      assert.is(status, 64, stderr)
      assert.match(stderr, why)
      assert.match(stderr, 'name another file for `--checkpoint-on`')
    }
  assert.is((await godwit(['run', '--checkpoint-on', 'SIGUSR1=to/be/made', 'a.csp'], { cwd })).status, 0)
})

test('a log of effects that could not be written is refused before anything runs', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'a.csp'), `${PROGRAM}\nTEST "nothing"\n  SKIP\n:\n`)
  for (const words of [
    ['run', '--audit', 'no/log', 'a.csp'],
    ['run', '--nodes', '2', '--audit', 'no/log', 'a.csp'],
    ['test', '--audit', 'no/log', 'a.csp'],
    ['node', '--engine', 'embedded:c', '--name', 'n', '--audit', 'no/log'],
  ]) {
    const { status, stderr } = await godwit(words, { cwd, deadline: 20_000 })
    assert.is(status, 64, `${words.join(' ')}: ${stderr}`)
    assert.match(stderr, 'cannot write to `no/log`: there is no directory `no`')
  }
})

test('a line of the log of effects that its disk takes only a part of counts as not written', () => {
  const file = join(temporaryDirectory(), 'effects.jsonl')
  // no file may be longer than 1,024 bytes
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 1; exec "$@"', 'bash', process.execPath, '--import', import.meta.resolve('tsx')]
  const code = `import { AuditLog } from ${JSON.stringify(join(root, 'runtime/host/audit.ts'))}
    const log = new AuditLog (${JSON.stringify(file)}, () => 'p', 'n')
    let done = 0
    try { for (; done < 100; done++) log.tell ('done', 'host.sizes', []) } catch (error) { console.log (error.code, done) }`
  const { stdout, stderr } = spawnSync('bash', [...limited, '--input-type=module', '--eval', code], { encoding: 'utf8' })
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  assert.is(stdout, `R0453 ${whole.length}\n`, stderr)
  for (const line of whole) JSON.parse(line)
})

test('nodes are not started for a directory that is none of theirs, and nothing is written beside it', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'a.csp'), PROGRAM)
  mkdirSync(join(cwd, 'mine'))
  writeFileSync(join(cwd, 'mine', 'letter'), '')
  const { status, stderr } = await godwit(['run', '--detach', '--nodes', '2', '--cluster-dir', 'mine', 'a.csp'], { cwd })
  assert.is(status, 1)
  assert.match(stderr, 'error[R0401]')
  assert.match(stderr, 'mine holds other files')
  assert.equal(
    readdirSync(cwd).filter((name) => name.endsWith('.log')),
    [],
  )
})

test.run()
