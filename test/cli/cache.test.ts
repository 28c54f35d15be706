/** The cache of compiled programs: when it is used, and that whatever becomes of it costs time only. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, HELLO, program, temporaryDirectory } from './godwit.ts'

test('an unchanged program comes out of the cache, a changed one does not', async () => {
  const { file, directory } = program(HELLO)
  const env = { GODWIT_CACHE: join(directory, 'cache') }
  const entries = (): number => readdirSync(join(directory, 'cache')).filter((name) => name.endsWith('.json')).length
  assert.is((await godwit(['run', file], { env })).stdout, 'hello\n')
  assert.is(entries(), 1)
  assert.is((await godwit(['run', file], { env })).stdout, 'hello\n')
  assert.is(entries(), 1)
  writeFileSync(file, HELLO.replace('hello', 'goodbye'))
  assert.is((await godwit(['run', file], { env })).stdout, 'goodbye\n')
})

test('a changed include file makes the program a changed one, and so does one that appears earlier on the path', async () => {
  const { file, directory } = program('#INCLUDE "letter.inc"\nPROC main (CHAN BYTE screen!)\n  screen ! letter\n:\n')
  const env = { GODWIT_CACHE: join(directory, 'cache') }
  const late = join(directory, 'late')
  mkdirSync(late)
  writeFileSync(join(late, 'letter.inc'), "VAL BYTE letter IS 'a':\n")
  const letter = async (): Promise<string> => (await godwit(['run', file, '-I', late], { env })).stdout
  assert.is(await letter(), 'a')
  writeFileSync(join(late, 'letter.inc'), "VAL BYTE letter IS 'b':\n")
  assert.is(await letter(), 'b')
  writeFileSync(join(directory, 'letter.inc'), "VAL BYTE letter IS 'c':\n")
  assert.is(await letter(), 'c')
})

test('a damaged cache is as good as none', async () => {
  const { file, directory } = program(HELLO)
  const cache = join(directory, 'cache')
  const env = { GODWIT_CACHE: cache }
  await godwit(['run', file], { env })
  for (const name of readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.json')) writeFileSync(join(cache, name), '{"inputs": [')
  }
  assert.equal(await godwit(['run', file], { env }), { status: 0, stdout: 'hello\n', stderr: '' })
})

/** What can have become of a file of the cache. */
const DAMAGE: Readonly<Record<string, (path: string) => void>> = {
  'is empty': (path) => {
    writeFileSync(path, '')
  },
  'is cut short': (path) => {
    writeFileSync(path, readFileSync(path).subarray(0, -20))
  },
  'holds random bytes': (path) => {
    writeFileSync(path, randomBytes(2000))
  },
  'is missing': (path) => {
    rmSync(path)
  },
  'is a directory': (path) => {
    rmSync(path)
    mkdirSync(join(path, 'within'), { recursive: true })
  },
  'leads nowhere': (path) => {
    rmSync(path)
    symlinkSync('nowhere', path)
  },
  'leads to itself': (path) => {
    rmSync(path)
    symlinkSync(basename(path), path)
  },
}

for (const [what, damage] of Object.entries(DAMAGE)) {
  test(`a cache in which each file ${what} is repaired`, async () => {
    const { file, directory } = program(HELLO)
    const cache = join(directory, 'cache')
    const env = { GODWIT_CACHE: cache }
    await godwit(['run', file], { env })
    const files = (): string[] => readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(json|mjs|map)$/.test(name))
    const before = files()
    for (const name of before) damage(join(cache, name))
    assert.equal(await godwit(['run', file], { env }), { status: 0, stdout: 'hello\n', stderr: '' })
    assert.equal(files(), before)
    for (const name of before) assert.ok(statSync(join(cache, name)).isFile(), name)
  })
}

test('an altered cache is not run', async () => {
  const { file, directory } = program(HELLO)
  const cache = join(directory, 'cache')
  const env = { GODWIT_CACHE: cache }
  await godwit(['run', file], { env })
  for (const name of readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(json|mjs)$/.test(name)) continue
    const text = readFileSync(join(cache, name), 'utf8')
    const altered = text.replaceAll('hello', 'HELLO').replaceAll(/\b104\b/g, '72')
    writeFileSync(join(cache, name), altered)
  }
  assert.equal(await godwit(['run', file], { env }), { status: 0, stdout: 'hello\n', stderr: '' })
})

test('files stand where directories of the cache should be: they are replaced', async () => {
  const { file, directory } = program(HELLO)
  for (const name of ['.godwit/cache', '.godwit/cache/code']) {
    rmSync(join(directory, '.godwit'), { recursive: true, force: true })
    mkdirSync(join(directory, dirname(name)), { recursive: true })
    writeFileSync(join(directory, name), 'in the way')
    assert.equal(await godwit(['run', file], { cwd: directory, env: { GODWIT_CACHE: '' } }), { status: 0, stdout: 'hello\n', stderr: '' })
    assert.ok(statSync(join(directory, name)).isDirectory(), name)
  }
})

test('where nothing can be kept a program runs all the same', async () => {
  assert.equal(await godwit(['run', program(HELLO).file], { env: { GODWIT_CACHE: '/proc/cache' } }), {
    status: 0,
    stdout: 'hello\n',
    stderr: '',
  })
})

test('two runs at once share a cache that is not there yet', async () => {
  const { file, directory } = program(HELLO)
  const env = { GODWIT_CACHE: join(directory, 'cache') }
  const results = await Promise.all([1, 2, 3].map(() => godwit(['run', file], { env })))
  for (const result of results) assert.equal(result, { status: 0, stdout: 'hello\n', stderr: '' })
})

test('a program is saved though the cache was deleted meanwhile', async () => {
  const { file, directory } = program(
    "PROC main (CHAN BYTE screen!)\n  TIMER t:\n  INT now:\n  SEQ i = 0 FOR 500\n    SEQ\n      screen ! '.'\n      screen ! 255\n      t ? now\n      t ? AFTER now PLUS 10000\n:\n",
  )
  const env = { GODWIT_CACHE: join(directory, 'cache') }
  const snapshot = join(directory, 'a.snap')
  const saved = await godwit(['run', '--checkpoint-on', `SIGUSR2=${snapshot}`, file], {
    env,
    started: (child) =>
      child.stdout?.once('data', () => {
        rmSync(join(directory, 'cache'), { recursive: true })
        child.kill('SIGUSR2')
      }),
  })
  assert.is(saved.status, 0, saved.stderr)
  assert.is((await godwit(['restore', snapshot], { env })).stdout.length, 500 - saved.stdout.length)
})

test('a cache that cannot be written to is told of', async () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'file'), '')
  const { status, stderr } = await godwit(['run', program(HELLO).file], { env: { GODWIT_CACHE: join(directory, 'file') } })
  assert.is(status, 1, stderr) // a cache that is a file is the user's mistake, told with a next step
  assert.match(stderr, /error\[R0505\]/)
  assert.not.ok(existsSync(join(directory, 'file', 'code')))
})

test.run()
