/** Files and arguments as services: every failure is a result, and what is open outlives a checkpoint. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ERROR, Files } from '../../runtime/host/files.ts'
import { HomeServices, refusal } from '../../runtime/host/home-services.ts'
import type { HomeAnswer } from '../../runtime/host/home-answer.ts'
import type { Value } from '../../runtime/kernel/scheduler/value.ts'

const test = suite<{ directory: string }>('files')

const READ = 0
const WRITE = 1
const BOTH = 2
const CREATE = 0x40
const TRUNCATE = 0x200
const APPEND = 0x400

test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'godwit-files-'))
})
test.after.each(({ directory }) => {
  rmSync(directory, { recursive: true, force: true })
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
/** @returns what a service answers at once */
function call(home: HomeServices, service: string, actuals: readonly Value[]): HomeAnswer | undefined {
  return home.call(service, actuals, () => {
    throw new Error('it answers later')
  })
}
const text = (read: Uint8Array): string => new TextDecoder().decode(read)

test('a call with nonsense is an error, whatever it is given', ({ directory }) => {
  const files = new Files()
  const nonsense = [-1, 0, 1, 2, 3, 1e9, -0x8000_0000]
  for (const descriptor of nonsense) {
    const results = [files.close(descriptor), files.write(descriptor, bytes('x')), files.seek(descriptor, 0, 0), files.status(descriptor)]
    assert.equal(results, [-ERROR.EBADF, -ERROR.EBADF, -ERROR.EBADF, -ERROR.EBADF], String(descriptor))
    assert.is(files.read(descriptor, 10).length, 0)
  }
  for (const flags of [3, 4, -1, 0x10000]) assert.is(files.open(bytes(join(directory, 'a')), flags), -ERROR.EINVAL)
  assert.is(files.open(bytes(join(directory, 'a', 'b')), READ), -ERROR.ENOENT)
  assert.is(files.open(bytes('x'.repeat(10_000)), READ), -ERROR.ENAMETOOLONG)
  writeFileSync(join(directory, 'a'), '')
  assert.is(files.open(bytes(join(directory, 'a', 'b')), READ), -ERROR.ENOTDIR)
  assert.is(files.open(bytes(directory), READ), -ERROR.EISDIR)
  assert.is(files.unlink(bytes(directory)) < 0, true)
  assert.is(files.rename(bytes(directory), bytes('')), -ERROR.ENOENT)
})

test('huge and negative counts read what there is', ({ directory }) => {
  const path = join(directory, 'a')
  writeFileSync(path, 'x'.repeat(100_000))
  const files = new Files()
  const fd = files.open(bytes(path), READ)
  assert.is(files.read(fd, -5).length, 0)
  assert.is(files.status(fd), 0)
  assert.is(files.read(fd, 0x7fff_ffff).length, 100_000)
  assert.is(files.read(fd, 0x7fff_ffff).length, 0)
  assert.is(files.seek(fd, 0x7fff_ffff, 0), 0x7fff_ffff)
  assert.is(files.seek(fd, 1, 1), -ERROR.EFBIG)
  assert.is(files.read(fd, 10).length, 0)
})

test('a pipe without its other end keeps nobody waiting', ({ directory }) => {
  const path = join(directory, 'pipe')
  execFileSync('mkfifo', [path])
  const files = new Files()
  const fd = files.open(bytes(path), READ)
  assert.is(files.read(fd, 10).length, 0)
  assert.is(files.seek(fd, 0, 0), -ERROR.ESPIPE)
  assert.ok(files.open(bytes(path), WRITE) > fd, 'now it has a reader')
  assert.is(files.read(fd, 10).length, 0)
  assert.is(files.status(fd), -ERROR.EAGAIN)
})

test('a file without a size is read to its end', () => {
  const files = new Files()
  const fd = files.open(bytes('/dev/zero'), READ)
  assert.is(files.read(fd, 10).length, 10)
})

test('open files are opened again where they were', ({ directory }) => {
  const path = join(directory, 'a')
  const before = new Files()
  const fd = before.open(bytes(path), BOTH | CREATE | TRUNCATE)
  const log = before.open(bytes(join(directory, 'log')), WRITE | CREATE | APPEND)
  before.write(fd, bytes('one two three'))
  before.write(log, bytes('a'))
  before.seek(fd, 4, 0)
  before.close(before.open(bytes(path), READ))
  const state = before.state()
  before.finish()
  assert.is(before.close(fd), -ERROR.EBADF)

  const after = new Files(state)
  assert.is(text(after.read(fd, 3)), 'two')
  assert.is(after.write(log, bytes('b')), 1)
  assert.is(after.open(bytes(path), READ), log + 1)
  after.finish()
  assert.is(readFileSync(join(directory, 'log'), 'utf8'), 'ab')

  rmSync(path)
  const gone = new Files(state)
  assert.is(gone.read(fd, 3).length, 0)
  assert.is(gone.status(fd), -ERROR.ENOENT)
  assert.is(gone.write(fd, bytes('x')), -ERROR.ENOENT)
  assert.is(gone.close(fd), 0)
  assert.is(gone.status(fd), -ERROR.EBADF)
  gone.finish()
})

test('what is denied gives EPERM and does nothing', ({ directory }) => {
  const path = join(directory, 'a')
  const home = new HomeServices({ denied: ['files'], args: ['x'] })
  assert.is(call(home, 'host.open', [bytes(path), WRITE | CREATE]), -ERROR.EPERM)
  assert.is(call(home, 'host.error', []), ERROR.EPERM)
  assert.equal(call(home, 'host.read', [3, 10]), new Uint8Array(0))
  assert.is(call(home, 'host.arguments', []), 1)
  assert.is(new Files().access(bytes(path), 0), -ERROR.ENOENT)
  assert.is(refusal('host.write', []), undefined)
  assert.is(refusal('host.argument', ['files']), undefined)
})

test('arguments and variables are bytes, cut to the room there is', () => {
  process.env['GODWIT_TEST_VARIABLE'] = 'åland'
  const home = new HomeServices({ source: 'a.csp', args: ['åbo', ''] })
  assert.is(call(home, 'host.arguments', []), 2)
  assert.is(call(home, 'host.argument.size', [0]), 4)
  assert.equal(call(home, 'host.argument', [0, 2]), bytes('å'))
  assert.is(call(home, 'host.argument.size', [1]), 0)
  assert.is(call(home, 'host.argument.size', [2]), -1)
  assert.equal(call(home, 'host.argument', [2, 10]), new Uint8Array(0))
  assert.equal(call(home, 'host.argument', [-1, 10]), bytes('a.csp'))
  assert.is(call(home, 'host.variable.size', [bytes('GODWIT_TEST_VARIABLE')]), 6)
  assert.equal(call(home, 'host.variable', [bytes('GODWIT_TEST_VARIABLE'), -1]), new Uint8Array(0))
  assert.is(call(home, 'host.variable.size', [bytes('GODWIT.NO.SUCH')]), -1)
})

test('each thing that nobody serves is an error of ours', () => {
  assert.throws(() => call(new HomeServices(), 'host.nothing', []), 'no host service')
})

test('a file that is written while a directory of its name exists stays unwritten', ({ directory }) => {
  mkdirSync(join(directory, 'd'))
  const files = new Files()
  assert.is(files.open(bytes(join(directory, 'd')), WRITE | CREATE), -ERROR.EISDIR)
  assert.equal(files.state(), [])
})

test.run()
