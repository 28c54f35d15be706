/** `godwit fmt`, and the plugin as prettier sees it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as prettier from 'prettier'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as plugin from '../../editor/prettier-plugin/index.ts'
import { godwit, temporaryDirectory } from '../cli/godwit.ts'

const untidy = 'PROC p()\n  x:=1\n:\n'
const tidy = 'PROC p ()\n  x := 1\n:\n'
const faulty = 'PROC p ()\n  x := \n:\n'

/** @returns a directory with these files, by name. */
function directoryOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

const read = (directory: string, name: string) => readFileSync(join(directory, name), 'utf8')

test('it formats the files of the language below the working directory, and names those that change', async () => {
  const names = ['a.csp', 'b.occ', 'c/d.inc', 'c/e.module']
  const others = ['f.txt', 'node_modules/g.csp', 'dist/h.csp', '.i/j.csp']
  const cwd = directoryOf({ ...Object.fromEntries([...names, ...others].map((name) => [name, untidy])), 'k.csp': tidy })
  assert.equal(await godwit(['fmt'], { cwd }), { status: 0, stdout: names.map((name) => `${name}\n`).join(''), stderr: '' })
  for (const name of names) assert.is(read(cwd, name), tidy)
  for (const name of others) assert.is(read(cwd, name), untidy)
  assert.equal(await godwit(['fmt'], { cwd }), { status: 0, stdout: '', stderr: '' })
})

test('--check lists what would change, changes nothing and fails', async () => {
  const cwd = directoryOf({ 'a.csp': untidy, 'b.csp': tidy })
  const { status, stdout, stderr } = await godwit(['fmt', '--check', '.'], { cwd })
  assert.is(status, 1)
  assert.is(stdout, 'a.csp\n')
  assert.match(stderr, '1 file would change')
  assert.is(read(cwd, 'a.csp'), untidy)
  assert.equal(await godwit(['fmt', '--check', 'b.csp'], { cwd }), { status: 0, stdout: '', stderr: '' })
})

test('a file with a fault is left as it is and the others are formatted; the status is 2', async () => {
  const latin = Uint8Array.from(Buffer.from('-- \xE4\n', 'latin1'))
  const cwd = directoryOf({ 'a.csp': faulty, 'b.csp': untidy, 'c.csp': latin })
  const { status, stdout, stderr } = await godwit(['fmt'], { cwd })
  assert.is(status, 2)
  assert.is(stdout, 'b.csp\n')
  assert.match(stderr, /error\[E0202\].*\n {2}--> a\.csp:2:7\n/)
  assert.match(stderr, '`c.csp` is not UTF-8')
  assert.match(stderr, '2 files cannot be read and were left as they are')
  assert.is(read(cwd, 'a.csp'), faulty)
  assert.equal(readFileSync(join(cwd, 'c.csp')), Buffer.from(latin))
  assert.is((await godwit(['fmt', '--check', 'a.csp'], { cwd })).status, 2)
})

test('--stdin formats standard input; a path names the text', async () => {
  assert.equal(await godwit(['fmt', '--stdin'], { stdin: untidy }), { status: 0, stdout: tidy, stderr: '' })
  assert.equal(await godwit(['fmt', '--stdin', 'x.inc'], { stdin: 'x:=1' }), { status: 0, stdout: 'x := 1\n', stderr: '' })
  assert.equal(await godwit(['fmt', '--stdin', '--check', 'x.csp'], { stdin: untidy }), { status: 1, stdout: 'x.csp\n', stderr: '' })
  const { status, stdout, stderr } = await godwit(['fmt', '--stdin', 'x.csp'], { stdin: faulty })
  assert.is(status, 2)
  assert.is(stdout, '')
  assert.match(stderr, 'x.csp:2:7')
})

test('a path that does not exist is a mistake', async () => {
  const { status, stderr } = await godwit(['fmt', 'no-such-file'])
  assert.is(status, 64)
  assert.match(stderr, 'there is no file or directory `no-such-file`')
})

// ---------------------------------------------------------------------------------------------------- prettier

const options = { plugins: [plugin] }

test('prettier finds the language by the name of the file', async () => {
  for (const name of ['a.csp', 'a.occ', 'a.inc', 'a.module']) {
    assert.is((await prettier.getFileInfo(name, options)).inferredParser, 'godwit')
    assert.is(await prettier.format(untidy, { ...options, filepath: name }), tidy)
  }
  assert.is(await prettier.format('x:=1', { ...options, filepath: 'a.inc' }), 'x := 1\n')
})

test('prettier needs no name when it is told the language', async () => {
  assert.is(await prettier.format(untidy, { ...options, parser: 'godwit' }), tidy)
  assert.is(await prettier.check(tidy, { ...options, parser: 'godwit' }), true)
  assert.is(await prettier.format('', { ...options, parser: 'godwit' }), '')
})

test('the width is that of the command unless prettier is told another', async () => {
  const line = `VAL INT a IS (${'b * '.repeat(9)}b) + (${'c * '.repeat(12)}c):\n`
  assert.is(await prettier.format(line, { ...options, parser: 'godwit' }), line)
  const narrow = await prettier.format(line, { ...options, parser: 'godwit', printWidth: 60 })
  assert.is(narrow, `VAL INT a IS (${'b * '.repeat(9)}b) +\n             (${'c * '.repeat(11).trimEnd()}\n              c * c):\n`)
})

test('the ends of lines are as prettier is told', async () => {
  const text = await prettier.format(untidy, { ...options, parser: 'godwit', endOfLine: 'crlf' })
  assert.is(text, tidy.replaceAll('\n', '\r\n'))
  assert.is(await prettier.format(text, { ...options, parser: 'godwit' }), tidy)
})

test('prettier shows where a fault is', async () => {
  try {
    await prettier.format(faulty, { ...options, parser: 'godwit' })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, SyntaxError)
    assert.match(String(error), /\[E0202\].* \(2:7\)/)
    assert.match(String(error), '> 2 |   x :=')
  }
})

test.run()
