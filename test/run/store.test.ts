import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SourceMapGenerator } from 'source-map'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Frame } from '../../runtime/abi.ts'
import { CodeError, codeHash, CodeStore } from '../../runtime/code/store.ts'
import { codeUnit, print, printer } from './programs.ts'

const test = suite<{ directory: string }>('code store')

test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'godwit-store-'))
})
test.after.each(({ directory }) => {
  rmSync(directory, { recursive: true, force: true })
})

async function failure(work: () => unknown): Promise<CodeError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CodeError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('a unit comes back as it was put', ({ directory }) => {
  const store = new CodeStore(directory)
  assert.is(store.has(print.hash), false)
  assert.equal(store.missing([print.hash, 'a'.repeat(64)]), [print.hash, 'a'.repeat(64)])
  store.put(print)
  assert.is(store.has(print.hash), true)
  assert.equal(store.get(print.hash), print)
  assert.equal(store.missing([print.hash, 'a'.repeat(64)]), ['a'.repeat(64)])
})

test('another store on the same directory has the unit', ({ directory }) => {
  new CodeStore(directory).put(print)
  assert.equal(new CodeStore(directory).get(print.hash), print)
})

test('a directory that somebody has removed is not made again', async ({ directory }) => {
  const cluster = join(directory, 'cluster')
  const store = new CodeStore(join(cluster, 'code'), { within: cluster })
  const error = await failure(() => {
    store.put(print)
  })
  assert.is(error.code, 'R0505')
  assert.match(error.message, `${cluster} is gone`)
  assert.equal(readdirSync(directory), [])
  mkdirSync(cluster)
  store.put(print)
  assert.equal(store.get(print.hash), print)
})

test('no temporary file is left', ({ directory }) => {
  new CodeStore(directory).put(print)
  assert.equal(
    readdirSync(directory).filter((name) => name.endsWith('.json')),
    [`${print.hash}.json`],
  )
  assert.is(readdirSync(directory).length, 1)
})

test('code that is not what its hash says is not kept', async ({ directory }) => {
  const store = new CodeStore(directory)
  const error = await failure(() => {
    store.put({ ...print, code: `${print.code} ` })
  })
  assert.is(error.code, 'R0501')
  assert.is(error.hash, print.hash)
  assert.match(error.message, /the code of unit `print` is not what its hash says/)
  assert.is(store.has(print.hash), false)
})

test('a loaded unit knows its hash and its places, and uses the runtime that runs', async ({ directory }) => {
  const store = new CodeStore(directory)
  for (const unit of printer('x').units) store.put(unit)
  const unit = await store.load(print.hash)
  assert.is(unit.hash, print.hash)
  assert.is(unit.debug?.name, 'print')
  assert.ok(unit.machines[0]?.blank() instanceof Frame)
  assert.is(await store.load(print.hash), unit)
})

test('a unit brings those that it imports', async ({ directory }) => {
  const store = new CodeStore(directory)
  const program = printer('x')
  for (const unit of program.units) store.put(unit)
  const main = await store.load(program.manifest.main?.unit ?? '')
  assert.is(main.name, 'main')
  assert.is((await store.load(print.hash)).hash, print.hash)
})

test('a missing unit is named', async ({ directory }) => {
  const store = new CodeStore(directory)
  assert.is((await failure(() => store.load('b'.repeat(64)))).code, 'R0503')
  assert.is((await failure(() => store.load('../../etc/passwd'))).code, 'R0503')
})

test('a unit whose import is missing is not loaded, and is once the import has come', async ({ directory }) => {
  const store = new CodeStore(directory)
  const program = printer('y')
  const [, main] = program.units
  if (main === undefined) throw new Error('two units')
  store.put(main)
  const error = await failure(() => store.load(main.hash))
  assert.is(error.code, 'R0503')
  assert.is(error.hash, print.hash)
  store.put(print)
  assert.is((await store.load(main.hash)).name, 'main')
})

test('a file that was altered or cut is found out before it runs', async ({ directory }) => {
  const file = join(directory, `${print.hash}.json`)
  new CodeStore(directory).put(print)
  const text = readFileSync(file, 'utf8')
  for (const damaged of [text.replace('i++', 'i--'), text.slice(0, text.length / 2), '', '{}', 'null', '"text"']) {
    writeFileSync(file, damaged)
    const error = await failure(() => new CodeStore(directory).load(print.hash))
    assert.is(error.code, 'R0502')
    assert.match(error.help, /delete the file/)
  }
})

test('a damaged unit can be put again', async ({ directory }) => {
  const store = new CodeStore(directory)
  store.put(print)
  writeFileSync(join(directory, `${print.hash}.json`), '{}')
  assert.is((await failure(() => store.load(print.hash))).code, 'R0502')
  store.put(print)
  assert.is((await store.load(print.hash)).name, 'print')
})

test('an altered linked form is made anew, not run', async ({ directory }) => {
  const text = 'export const U = 1'
  const unit = codeUnit('fresh', `${print.code}// another hash\n`)
  const store = new CodeStore(directory)
  store.put(unit)
  const linked = readdirSync(directory).find((name) => !name.endsWith('.json'))
  writeFileSync(join(directory, linked ?? '', `${unit.hash}.mjs`), text)
  assert.is((await store.load(unit.hash)).name, 'print')
})

test('what is no unit is named, whatever its hash', async ({ directory }) => {
  const store = new CodeStore(directory)
  for (const code of [
    'export const U = 1',
    'export const V = 1',
    'syntax error',
    'throw new Error("no")',
    "import { nothing } from 'godwit:abi'",
  ]) {
    const unit = codeUnit('odd', code)
    store.put(unit)
    const error = await failure(() => store.load(unit.hash))
    assert.is(error.code, 'R0504', code)
    assert.match(error.message, /unit `odd` cannot be loaded/)
  }
})

test('the same code at other lines takes the new debug table', async ({ directory }) => {
  const store = new CodeStore(directory)
  store.put(print)
  const unit = await store.load(print.hash)
  const debug = { ...print.debug, files: ['moved.csp'] }
  store.put({ ...print, debug })
  await Promise.resolve()
  assert.equal(unit.debug?.files, ['moved.csp'])
  assert.equal(store.get(print.hash).debug.files, ['moved.csp'])
})

test('a directory that cannot be made is named', async ({ directory }) => {
  writeFileSync(join(directory, 'file'), '')
  const error = await failure(() => {
    new CodeStore(join(directory, 'file', 'store')).put(print)
  })
  assert.is(error.code, 'R0505')
})

test('a source map leads to the text from wherever the store is', async ({ directory }) => {
  const code = `${print.code}// mapped\n`
  const codeMap = JSON.stringify({ version: 3, sources: ['samples/x.csp'], names: [], mappings: 'AAAA' })
  const unit = { ...codeUnit('mapped', code), codeMap }
  const store = new CodeStore(directory, { sourceDirectory: '/projects/one' })
  store.put(unit)
  await store.load(unit.hash)
  const linked = join(directory, readdirSync(directory).find((name) => !name.endsWith('.json')) ?? '')
  const map = JSON.parse(readFileSync(join(linked, `${unit.hash}.mjs.map`), 'utf8')) as { sources: string[] }
  assert.equal(map.sources, ['file:///projects/one/samples/x.csp'])
  assert.match(readFileSync(join(linked, `${unit.hash}.mjs`), 'utf8'), new RegExp(`# sourceMappingURL=${unit.hash}.mjs.map\n$`))
})

test('units that import one another may be a longer chain than the stack is deep', async ({ directory }) => {
  const store = new CodeStore(directory)
  let last: string | undefined
  for (let i = 0; i < 1500; i++) {
    const imported = last === undefined ? '' : `import 'unit:${last}'\n`
    const code = `import { unit } from 'godwit:abi'\n${imported}export const U = unit({ name: 'p${i}', machines: [] })\n`
    const unit = codeUnit(`p${i}`, code, {}, last === undefined ? [] : [last])
    store.put(unit)
    last = unit.hash
  }
  assert.is((await store.load(last ?? '')).hash, last)
})

test('a JavaScript stack frame of a unit leads to the .csp text', async ({ directory }) => {
  const code = `import { Frame, unit } from 'godwit:abi'
class Boom extends Frame {}
function boom() {
  throw new Error('boom')
}
export const U = unit({ name: 'boom', machines: [{ name: 'boom', step: boom, blank: () => new Boom(null), slots: [], live: [[]], results: [] }] })
`
  const generator = new SourceMapGenerator()
  generator.addMapping({ generated: { line: 3, column: 0 }, source: 'boom.csp', original: { line: 40, column: 0 } })
  generator.addMapping({ generated: { line: 4, column: 2 }, source: 'boom.csp', original: { line: 41, column: 4 } })
  const unit = { ...codeUnit('boom', code), codeMap: generator.toString() }
  const store = new CodeStore(directory, { sourceDirectory: '/projects' })
  store.put(unit)
  await store.load(unit.hash)
  const linked = linkedFile(directory, unit.hash)
  const script = join(directory, 'script.mjs')
  writeFileSync(
    script,
    `const { U } = await import(${JSON.stringify(pathToFileURL(linked).href)})
try { U.machines[0].step() } catch (error) { console.log(error.stack) }`,
  )
  const { stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--import', 'tsx', script], { encoding: 'utf8' })
  assert.match(stdout, '/projects/boom.csp:41:5')
})

/** @returns the linked form of a unit that has been loaded */
function linkedFile(directory: string, hash: string): string {
  return join(directory, readdirSync(directory, { withFileTypes: true }).find((entry) => entry.isDirectory())?.name ?? '', `${hash}.mjs`)
}

test('a hash is over the bytes of the code', () => {
  assert.is(codeHash('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test.run()
