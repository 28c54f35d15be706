/** `godwit compile`: what it writes, what it leaves alone, what it prints. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

const PROGRAM = `PROC double (CHAN INT in?, out!)
  INT x:
  WHILE TRUE
    SEQ
      in ? x
      out ! 2 * x
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    double (a?, b!)
    SEQ
      a ! 1
      screen ! 'x'
:
`
const LONELY = "PROC main (CHAN BYTE screen!)\n  screen ! 'x'\n:\n"

function source(text = PROGRAM): { file: string; directory: string; output: string } {
  const directory = temporaryDirectory()
  const file = join(directory, 'program.csp')
  writeFileSync(file, text)
  return { file, directory, output: join(directory, 'build') }
}

test('-o writes .ts, .js and .js.map for each unit and a manifest', async () => {
  const { file, output } = source()
  const { status, stdout, stderr } = await godwit(['compile', file, '-o', output])
  assert.is(status, 0, stderr)
  assert.match(stdout, `${file}: `)
  const names = readdirSync(output)
  for (const name of ['main.ts', 'main.js', 'main.js.map', 'manifest.json']) assert.ok(names.includes(name), names.join(' '))
  const manifest = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8')) as { main: { name: string } } // just written
  assert.is(manifest.main.name, 'main')
  const map = JSON.parse(readFileSync(join(output, 'main.js.map'), 'utf8')) as { sources: string[] } // just written
  assert.ok(
    map.sources.some((name) => name.endsWith('program.csp')),
    map.sources.join(' '),
  )
})

test('the files of a large program are those of its PROCs by themselves', async () => {
  const heads = Array.from({ length: 140 }, (_, i) => `PROC p${i} (INT x)\n  x := x + ${i}\n:\n`)
  const { file, output } = source([...heads, LONELY].join(''))
  assert.is((await godwit(['compile', file, '-o', output])).status, 0)
  assert.is(readdirSync(output).length, 141 * 3 + 2)
  const alone = `${output}-alone`
  for (const i of [0, 139]) {
    // The rest of the text is there, as lines without meaning: places stay the same.
    writeFileSync(file, [...heads.map((head, j) => (i === j ? head : '\n'.repeat(3))), LONELY].join(''))
    assert.is((await godwit(['compile', file, '-o', alone])).status, 0)
    for (const name of [`p${i}.ts`, `p${i}.js`, `p${i}.js.map`])
      assert.is(readFileSync(join(output, name), 'utf8'), readFileSync(join(alone, name), 'utf8'))
  }
})

test('what is up to date is not compiled or written again', async () => {
  const { file, output } = source()
  await godwit(['compile', file, '-o', output])
  const main = join(output, 'main.ts')
  const before = statSync(main).mtimeMs
  const again = await godwit(['compile', file, '-o', output])
  assert.equal(again, { status: 0, stdout: `${file}: ${output} is up to date\n`, stderr: '' })
  assert.is(statSync(main).mtimeMs, before)
})

test('of a changed program only the changed files are written', async () => {
  const { file, output } = source()
  await godwit(['compile', file, '-o', output])
  const before = statSync(join(output, 'main.ts')).mtimeMs
  writeFileSync(file, PROGRAM.replace('2 * x', '3 * x'))
  const { stdout } = await godwit(['compile', file, '-o', output])
  assert.match(stdout, 'unchanged')
  assert.is(statSync(join(output, 'main.ts')).mtimeMs, before)
  assert.match(readFileSync(join(output, 'double.ts'), 'utf8'), '3')
})

test('a file that was removed or altered is made again', async () => {
  const { file, output } = source()
  await godwit(['compile', file, '-o', output])
  const main = join(output, 'main.js')
  const text = readFileSync(main, 'utf8')
  rmSync(main)
  await godwit(['compile', file, '-o', output])
  assert.is(readFileSync(main, 'utf8'), text)
  writeFileSync(main, 'altered')
  await godwit(['compile', file, '-o', output])
  assert.is(readFileSync(main, 'utf8'), text)
})

test('the files of a PROC that is gone go too', async () => {
  const { file, output } = source()
  await godwit(['compile', file, '-o', output])
  assert.ok(existsSync(join(output, 'double.ts')))
  writeFileSync(file, LONELY)
  await godwit(['compile', file, '-o', output])
  assert.not.ok(existsSync(join(output, 'double.ts')))
})

test('a directory is compiled program by program', async () => {
  const { directory, output } = source()
  writeFileSync(join(directory, 'other.csp'), PROGRAM)
  const { status, stderr } = await godwit(['compile', directory, '-o', output])
  assert.is(status, 0, stderr)
  assert.ok(existsSync(join(output, 'program', 'manifest.json')))
  assert.ok(existsSync(join(output, 'other', 'manifest.json')))
})

test('-o takes a directory', async () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'there')
  writeFileSync(file, 'mine')
  const { status, stderr } = await godwit(['compile', 'samples/hello.csp', '-o', file])
  assert.is(status, 64)
  assert.match(stderr, `\`${file}\` is a file`)
  const below = await godwit(['compile', 'samples/hello.csp', '-o', join(file, 'out')])
  assert.is(below.status, 1, below.stderr)
  assert.match(below.stderr, 'not a directory (ENOTDIR)')
  assert.is(readFileSync(file, 'utf8'), 'mine')
})

test('without -o it only looks for mistakes', async () => {
  const { file, directory } = source()
  const { status, stdout } = await godwit(['compile', file])
  assert.is(status, 0)
  assert.match(stdout, 'no errors')
  assert.equal(readdirSync(directory), ['program.csp'])
})

test('--json gives diagnostics with places', async () => {
  const { file, output } = source('PROC main (CHAN BYTE screen!)\n  screen ! y\n:\n')
  const { status, stdout, stderr } = await godwit(['compile', file, '-o', output, '--json'])
  assert.is(status, 2)
  assert.is(stderr, '')
  // the shape is what is tested
  const { ok, diagnostics } = JSON.parse(stdout) as {
    ok: boolean
    diagnostics: { code: string; severity: string; primary: Record<string, unknown> }[]
  }
  assert.is(ok, false)
  const [first] = diagnostics
  assert.is(diagnostics.length, 1)
  assert.is(first?.severity, 'error')
  assert.equal(first?.primary, { file, line: 2, column: 12, endLine: 2, endColumn: 13, text: first?.primary['text'] })
  assert.match(first?.code ?? '', /^E03/)
  assert.not.ok(existsSync(output))
})

test('all mistakes of a program are told at once', async () => {
  const { file } = source('PROC main (CHAN BYTE screen!)\n  INT x:\n  SEQ\n    screen ! y\n    x := TRUE\n    z := 1\n:\n')
  const { status, stderr } = await godwit(['compile', file])
  assert.is(status, 2)
  assert.match(stderr, `${file}:4:`)
  assert.match(stderr, `${file}:5:`)
  assert.match(stderr, `${file}:6:`)
  assert.match(stderr, '3 errors')
})

test('--time prints a row for each pass', async () => {
  const { stdout } = await godwit(['compile', source().file, '--time'])
  assert.match(stdout, /^PASS +MS +SHARE$/m)
  assert.match(stdout, /^parse +\d+\.\d/m)
  const { file, output } = source()
  assert.match((await godwit(['compile', file, '-o', output, '--time'])).stdout, /^format +\d+\.\d/m)
})

test('--dump prints what a pass makes of the program', async () => {
  const { status, stdout, stderr } = await godwit(['compile', source().file, '--dump=parse'])
  assert.is(status, 0, stderr)
  assert.match(stdout, 'double')
})

test('--verify finds nothing in a sound compiler', async () => {
  const { status, stderr } = await godwit(['compile', source().file, '--verify'])
  assert.is(status, 0, stderr)
})

test('of many errors the first ones are told, how many more there are, and all of them in JSON', async () => {
  const { file } = source(`PROC main (CHAN BYTE screen!)\n  SEQ\n${Array.from({ length: 60 }, (_, i) => `    x${i} := 1\n`).join('')}:\n`)
  const { status, stderr } = await godwit(['compile', file])
  assert.is(status, 2)
  assert.is(stderr.split('error[').length - 1, 40)
  assert.match(stderr, `\n\n20 more errors\n${file}: 60 errors\n`)
  assert.match((await godwit(['run', file])).stderr, /\n\n20 more errors\n$/)
  const { diagnostics } = JSON.parse((await godwit(['compile', '--json', file])).stdout) as { diagnostics: unknown[] } // its documented form
  assert.is(diagnostics.length, 60)
})

test.run()
