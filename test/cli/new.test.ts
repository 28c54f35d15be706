/** `godwit new`: what it makes works, and it overwrites nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

test('what it makes runs, passes its test and is formatted', async () => {
  const cwd = temporaryDirectory()
  const made = await godwit(['new', 'squares'], { cwd })
  assert.is(made.status, 0, made.stderr)
  assert.match(made.stdout, 'cd squares\n')
  const directory = join(cwd, 'squares')
  assert.equal(readdirSync(directory).sort(), ['.gitignore', 'README.md', 'main.csp', 'squares.csp', 'squares.module'])
  assert.match(readFileSync(join(directory, '.gitignore'), 'utf8'), '.godwit')
  const squares = Array.from({ length: 10 }, (_, i) => `${String((i + 1) * (i + 1)).padStart(4)}\n`).join('')
  const env = { GODWIT_CACHE: '' }
  assert.equal(await godwit(['run', 'main.csp'], { cwd: directory, env }), { status: 0, stdout: squares, stderr: '' })
  assert.is((await godwit(['run', '--nodes', '3', 'main.csp'], { cwd: directory, env })).stdout, squares)
  for (const more of [[], ['--chaos']]) {
    const { status, stdout, stderr } = await godwit(['test', ...more], { cwd: directory, env })
    assert.is(status, 0, stderr)
    assert.match(stdout, '1 passed, 0 failed')
  }
  assert.equal(await godwit(['fmt', '--check'], { cwd: directory }), { status: 0, stdout: '', stderr: '' })
})

test('an empty directory is filled, with a name that needs quotes as well', async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'two words'))
  const { status, stdout } = await godwit(['new', 'two words'], { cwd })
  assert.is(status, 0)
  assert.match(stdout, "cd 'two words'\n")
  assert.ok(existsSync(join(cwd, 'two words', 'main.csp')))
  mkdirSync(join(cwd, 'here'))
  assert.is((await godwit(['new', '.'], { cwd: join(cwd, 'here') })).status, 0)
})

test('a directory that is not empty, and a file, are refused and stay as they are', async () => {
  const cwd = temporaryDirectory()
  mkdirSync(join(cwd, 'full'))
  writeFileSync(join(cwd, 'full', '.hidden'), 'mine')
  writeFileSync(join(cwd, 'file'), 'mine')
  const full = await godwit(['new', 'full'], { cwd })
  assert.is(full.status, 64)
  assert.match(full.stderr, '`full` is not empty: it holds `.hidden`')
  assert.equal(readdirSync(join(cwd, 'full')), ['.hidden'])
  const file = await godwit(['new', 'file'], { cwd })
  assert.is(file.status, 64)
  assert.match(file.stderr, '`file` is a file')
  const within = await godwit(['new', 'file/within'], { cwd })
  assert.is(within.status, 1)
  assert.match(within.stderr, '`file/within`: not a directory')
})

if (existsSync('/proc'))
  test('a directory that cannot be made is refused, also where the system says of one that is there that it is not', async () => {
    const { status, stderr } = await godwit(['new', '/proc/within/here'], { deadline: 10_000 })
    assert.is(status, 1)
    assert.match(stderr, '`/proc/within`: no such file or directory (ENOENT)')
  })

test.run()
