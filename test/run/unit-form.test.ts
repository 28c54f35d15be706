/** Units are verified before they are loaded: what the compiler writes passes, and what anybody adds to it does not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, times } from '../harness/property.ts'
import { parse } from 'acorn'
import type { Node } from 'acorn'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CodeError, CodeStore, codeHash, importsOf } from '../../runtime/code/store.ts'
import { FormError, verifyForm } from '../../runtime/code/unit-form.ts'
import type { UnitExports } from '../../runtime/code/unit-form.ts'
import { allPrograms, compileFile } from '../backend/compile.ts'

type Units = Map<string, string>

async function unitsOf(paths: readonly string[]): Promise<Units> {
  const units: Units = new Map()
  for (const path of paths) for (const { hash, code } of (await compileFile(path)).program?.units ?? []) units.set(hash, code)
  return units
}

/** @returns what a unit exports, verified with those it imports. @throws FormError */
function exportsOf(units: Units, hash: string, known: Map<string, UnitExports>): UnitExports {
  let found = known.get(hash)
  if (found === undefined) {
    const code = units.get(hash) ?? ''
    found = verifyForm(code, (each) => exportsOf(units, each, known)).exports
    known.set(hash, found)
  }
  return found
}

test('every unit that the compiler writes for the samples and tests is accepted', async () => {
  const units = await unitsOf(allPrograms())
  const known = new Map<string, UnitExports>()
  const refused = [...units.keys()].flatMap((hash) => {
    try {
      exportsOf(units, hash, known)
      return []
    } catch (error) {
      return [(error as Error).message] // FormError
    }
  })
  assert.equal(refused, [])
  assert.ok(units.size > 1000)
})

/** Ways to something that a unit must not have. `x` is data. */
const OBJECTS = [
  '[]',
  'x',
  'NO_CHANNELS',
  '0',
  '(1n)',
  'true',
  '[x]',
  'Uint8Array',
  'Math',
  'BigInt',
  'p',
  '$',
  'abi',
  'meter',
  'unit',
  'Frame',
  'p.value',
  'f.pending',
  'undefined',
]
const STEPS = [
  ...[
    '.constructor',
    '.__proto__',
    '.prototype',
    '.call',
    '.bind',
    '.toString',
    '.valueOf',
    '.kernel',
    '.queue',
    '.world',
    '.machine',
    '.step',
    '.join',
    '.name',
  ],
  ...[
    '["constructor"]',
    "['__proto__']",
    '[`constructor`]',
    '["con" + "structor"]',
    '["\\x63onstructor"]',
    '.c\\u006fnstructor',
    '?.constructor',
    '?.[0]',
  ],
  ...['.map', '.reduce', '.sort', '.concat', '.at', '.indexOf', '.buffer', '.entries', '.__defineGetter__', '.hasOwnProperty'],
]
const CALLS = ['', '()', '("return process")()', '(x)', '.constructor("return this")()', '`x`']
const EXPRESSIONS = [
  ...[
    'process',
    'globalThis',
    'require',
    'module',
    'Function("return 1")()',
    'new Function("1")',
    'eval("1")',
    '(0, eval)("1")',
    'import("node:fs")',
    'import.meta.url',
  ],
  ...[
    'Reflect.get(x, 0)',
    'Object.assign(x)',
    'new Proxy(x, x)',
    'Symbol.iterator',
    'setTimeout(x)',
    'fetch(x)',
    'console.log(x)',
    'Error().stack',
    'JSON.parse(x)',
  ],
  ...[
    'WebAssembly',
    'Array.from(x)',
    'String.fromCharCode(99)',
    'new Array(3)',
    'new Date()',
    'structuredClone(x)',
    'queueMicrotask(x)',
    'Atomics',
    'new Map()',
  ],
  ...[
    'this',
    'this.x',
    'new.target',
    'arguments',
    'arguments[0]',
    'arguments.callee',
    'undeclared',
    'name',
    'self',
    'top',
    'global',
    'escape(p, x)(0)',
  ],
  ...[
    '"constructor"',
    "'x'",
    '`x`',
    '`${x}`',
    'x`y`',
    '/x/',
    '"a" + x',
    'x + "a"',
    '(![] + [])[x]',
    '(x + x)[0]',
    '[x][x + x]',
    'String(x)',
  ],
  ...[
    '(() => 1)()',
    'function () {}',
    '(function () {})()',
    'class {}',
    'async () => 1',
    '({})',
    '({ a: 1 })',
    '({ get a() { return 1 } })',
    '({ ...x })',
    '({ [x]: 1 })',
    '({ __proto__: x })',
  ],
  ...[
    'typeof x',
    'void 0',
    'delete x.length',
    'x in x',
    'x instanceof Frame',
    'x == x',
    'x != x',
    'x ** 2',
    '(x &&= 1)',
    '(x ||= 1)',
    '(x += 1)',
    '(x.length = 0)',
  ],
  ...[
    'x()',
    'x(x)',
    'x.slice',
    'x.slice()()',
    'x.subarray',
    'Math.imul',
    'put',
    'meter',
    'abi',
    '$',
    'p',
    'f',
    'U',
    'p.step(p, f)',
    'p.frame',
    'p.kernel',
    'p.queue',
    'p["value"]',
  ],
  ...[
    'f.constructor',
    'f.__proto__',
    'f.machine',
    'f.caller',
    'f.prototype',
    'f["x"]',
    'f[0]',
    'f.x()',
    'f.x.y',
    'f.pending()',
    'f.pending.parent.kernel',
    'f.guards.choose(x)',
    'f.guards.chosen(p)',
  ],
  ...[
    'abi.put',
    'abi["put"]',
    'meter.other',
    'meter["fuel"]',
    'unit(x)',
    'unit({ name: "x", machines: [] })',
    '$.machines',
    '$.hash',
    'new Frame(null)',
    'new x()',
    'new x.y()',
    'new (x)()',
  ],
  ...[
    'put(x, x, x)',
    'take(f, x)',
    'put(p, p, 0)',
    'put(p, x, p)',
    'put(p, x, f)',
    'put(p, x, put)',
    'put(p, x, "text")',
    'host(p, x, [])',
    'host(p, "a" + "b", [])',
    'host(p, "x", ["y"])',
  ],
  ...[
    '(f = x)',
    '(p = x)',
    '(f.__proto__ = x)',
    '(f.constructor = x)',
    '(f.machine = x)',
    '(f.x = p)',
    '(f.x = put)',
    '(f.x = "s")',
    '(p.kernel = x)',
    '(p.frame = x)',
    '(p.value = p)',
    '(p.value = "s")',
  ],
  ...[
    '(meter.other = 1)',
    '(x.length = 1)',
    '(x.slice = 1)',
    '(abi.x = 1)',
    '([x, y] = [p, f])',
    '([x.constructor] = [])',
    '({ x } = f)',
    '(x["length"] = 0)',
    '[,]',
    '[...p]',
    'x?.[0]',
    'x.#y',
    'super.x',
    'await x',
    'yield',
  ],
]
const STATEMENTS = [
  ...[
    'let q = p',
    'const q = f',
    'const q = abi',
    'const { constructor } = f',
    'const { __proto__ } = f',
    'const { x: y } = f',
    'const { ...rest } = f',
    'const { kernel } = p',
    'const { length } = x',
  ],
  ...[
    'let meter = 1',
    'let Math = 1',
    'let Uint8Array = x',
    'let p = 1',
    'let callee = x',
    'const callee = x',
    'let forked = x',
    'const forked = x',
    'var v = 1',
    'let arguments = 1',
    'let abi = 1',
    'let $ = 1',
  ],
  ...[
    '{ let process = 1 } if (process) {}',
    '{ let globalThis = 1; } f.y = globalThis',
    'for (const q of x) {}',
    'for (const q in x) {}',
    'for (let q = 0; ; ) {} q',
    'do {} while (x)',
    'try {} catch (e) {}',
    'throw x',
    'debugger',
  ],
  ...[
    'function g() {}',
    'class C {}',
    'class C extends Frame { static { } }',
    'with (x) {}',
    'return p',
    'return put',
    'return "text"',
    'return f',
    'return () => 1',
    'import x from "y"',
    'export default x',
    '/* comment */',
    '// comment',
  ],
  ...[
    'f.pending = x',
    'f.pending = p',
    'p.frame = p',
    'x: function g() {}',
    'using y = x',
    'if (1) function g() {}',
    'switch (x) { case "constructor": }',
    'while ("x") {}',
    'label: { let q = process }',
  ],
]
const MODULE = [
  ...[
    'import fs from "node:fs"',
    'import "node:fs"',
    'import * as fs from "node:fs"',
    'import * as more from "godwit:abi"',
    'import { ABI_VERSION } from "godwit:abi"',
    'import { put as get } from "godwit:abi"',
  ],
  ...[
    `import "unit:${'0'.repeat(64)}"`,
    `import { a } from "unit:${'0'.repeat(64)}"`,
    'import { "put" as put } from "godwit:abi"',
    'import d from "godwit:abi"',
    'export * from "node:fs"',
    'export { U as V }',
  ],
  ...[
    'export default 1',
    'export const V = $',
    'export let W = 1',
    'let v = 1',
    'var w = 1',
    'const q = process',
    'const q = "text"',
    'const q = () => 1',
    'const q = { a: 1 }',
    'const q = [process]',
    'const q = abi',
  ],
  ...[
    'const { put: other } = abi',
    'const { constructor } = abi',
    'const { x } = process',
    'const [y] = abi',
    'process.exit()',
    'eval("1")',
    '{ }',
    'if (1) {}',
    'label: 1',
    '"use strict"',
    'await 1',
    'new Uint8Array(1)',
  ],
  ...[
    'class C { constructor() { super() } }',
    'class C extends Frame { constructor() { super(); process } }',
    'class C extends Frame { constructor() { super(); this.x = this } }',
    'class C extends Frame { get x() { return 1 } }',
  ],
  ...[
    'class C extends Frame { constructor() { super(); this.constructor = 1 } }',
    'class C extends Frame { x = process }',
    'class C extends Frame { static x = 1 }',
    'class C extends process { constructor() { super() } }',
  ],
  ...[
    'class C extends Frame { constructor(a = process) { super() } }',
    'class C extends Frame { constructor() { super(process) } }',
    'class C extends Frame { constructor() { return process } }',
    'class C extends Frame { ["constructor"]() {} }',
  ],
  ...[
    'function g(a = process) {}',
    'function g({ a }) {}',
    'function g(...a) {}',
    'async function g() {}',
    'function* g() {}',
    'function g(f, p) {}',
    'function g(p) {}',
    'function g(p, f, x) {}',
    'function g(arguments) {}',
    'function g(a) { return process }',
  ],
  ...[
    'function g(p, f) { return f.constructor }',
    'function g(a) { return a.constructor }',
    'function g(a) { return a["x"] }',
    'function g(a) { return a(a) }',
    'function g(a, b) { return a + b }',
    'function put() {}',
    'function meter() {}',
  ],
]

/** What may stand around a part of data without making it anything else. */
const AROUND = [
  '#',
  '(#)',
  '(1 ? # : 0)',
  '(0 || #)',
  '(1, #)',
  '[#]',
  '[#][0]',
  'Math.max(#, 1)',
  '-#',
  '!(#)',
  '(# === 1)',
  '(x === undefined ? 0 : #)',
  '(0 | #)',
  '[[#], 1]',
  'Uint8Array.of(#)',
  'x[#]',
]

/** Where a statement may be put in a module: at the beginning of the body of each step function, where `x` is declared before it. */
function placesIn(code: string): number[] {
  const { body } = parse(code, { ecmaVersion: 2022, sourceType: 'module' })
  const found: number[] = []
  for (const node of body) {
    const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node
    if (inner?.type === 'FunctionDeclaration' && inner.params[0]?.type === 'Identifier' && inner.params[0].name === 'p')
      for (const block of blocksIn(inner.body)) found.push(block.start + 1)
  }
  return found
}

function blocksIn(node: Node): Node[] {
  const below = Object.values(node).flatMap((part: unknown) => (Array.isArray(part) ? (part as unknown[]) : [part]))
  const nodes = below.filter((each): each is Node => typeof each === 'object' && each !== null && 'type' in each)
  return [...(node.type === 'BlockStatement' ? [node] : []), ...nodes.flatMap(blocksIn)]
}

const insert = (code: string, at: number, text: string): string => `${code.slice(0, at)}\n${text}\n${code.slice(at)}`

/** @returns why a module is refused; undefined when it is accepted */
function refusal(code: string, known: (hash: string) => UnitExports | undefined): string | undefined {
  try {
    const { imports } = verifyForm(code, known)
    return imports === [...code.matchAll(/\bimport\b/g)].length ? undefined : 'an import in another form'
  } catch (error) {
    if (error instanceof FormError) return error.message
    throw error
  }
}

test('10,000 hostile units: what is added to a unit makes it be refused', async () => {
  const units = await unitsOf(
    ['samples/commstime.csp', 'samples/sieve.csp', 'samples/dining.csp', 'test/language/alt.csp', 'test/language/par.csp'].filter((path) =>
      allPrograms().includes(path),
    ),
  )
  const known = new Map<string, UnitExports>()
  for (const hash of units.keys()) exportsOf(units, hash, known)
  const bases = [...units.values()]
    .filter((code) => code.length < 3000 && !/\b[xy]\b/.test(code) && placesIn(code).length > 0)
    .map((code) => ({ code, places: placesIn(code) }))
  assert.ok(bases.length > 5)
  const walkTo = fc
    .tuple(fc.constantFrom(...OBJECTS), fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 3 }), fc.constantFrom(...CALLS))
    .map(([object, steps, call]) => object + steps.join('') + call)
  const hostile = fc.oneof({ weight: 4, arbitrary: walkTo }, { weight: 5, arbitrary: fc.constantFrom(...EXPRESSIONS) })
  const wrapped = fc
    .tuple(hostile, fc.array(fc.constantFrom(...AROUND), { maxLength: 3 }))
    .map(([text, around]) => around.reduce((inner, each) => each.replace('#', () => inner), text))
  const statement = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(wrapped, fc.constantFrom('f.y = #', 'if (#) {}', 'x = #', 'let y = #', 'while (#) {}', 'switch (#) {}', 'return #', '#'))
        .map(([text, around]) => around.replace('#', () => text)),
    },
    { weight: 2, arbitrary: fc.constantFrom(...STATEMENTS) },
  )
  const unit = fc.tuple(
    fc.nat(bases.length - 1),
    fc.nat(),
    fc.oneof(
      { weight: 5, arbitrary: statement.map((text) => ({ text, top: false })) },
      { weight: 1, arbitrary: fc.constantFrom(...MODULE).map((text) => ({ text, top: true })) },
    ),
  )
  const { code: first, places: firstPlaces } = bases[0] ?? { code: '', places: [] }
  const eachOnce = [
    ...[...EXPRESSIONS, 'x + x', '[] + []', '1 + x'].map((text) => insert(first, firstPlaces[0] ?? 0, `let x = p.value;\nf.y = ${text}`)),
    ...OBJECTS.flatMap((object) => STEPS.map((step) => insert(first, firstPlaces[0] ?? 0, `let x = p.value;\nf.y = ${object}${step}`))),
    ...STATEMENTS.map((text) => insert(first, firstPlaces[0] ?? 0, `let x = p.value;\n${text}`)),
    ...MODULE.map((text) => `${first}\n${text}\n`),
  ]
  assert.equal(
    eachOnce
      .filter((code) => refusal(code, (hash) => known.get(hash)) === undefined)
      .map((code) => code.match(/(?<=let x = p.value;\n).*|.*\n$/)?.[0]),
    [],
  )
  fc.assert(
    fc.property(unit, ([base, n, { text, top }]) => {
      const { code, places } = bases[base] ?? { code: '', places: [] }
      const place = places[n % places.length] ?? 0
      const altered = top ? `${code}\n${text}\n` : insert(code, place, `let x = p.value;\n${text}`)
      assert.not.equal(
        refusal(altered, (hash) => known.get(hash)),
        undefined,
        `this was accepted: ${text}`,
      )
    }),
    { numRuns: times(10_000) },
  )
  // What stands around the hostile parts is not what is refused.
  for (const { code, places } of bases)
    for (const around of AROUND)
      assert.is(
        refusal(insert(code, places[0] ?? 0, `let x = p.value;\nf.y = ${around.replace('#', '1')}`), (hash) => known.get(hash)),
        undefined,
        around,
      )
})

test('a unit that is refused has not run', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-form-'))
  try {
    const store = new CodeStore(directory)
    const [code] = (await unitsOf(['samples/commstime.csp'])).values()
    const altered = `${code ?? ''}\nglobalThis.hasRun = true\n`
    const hash = codeHash(altered)
    store.put({ hash, name: 'altered', code: altered, imports: importsOf(altered), debug: { points: [], sites: [], file: '' } as never }) // never looked at
    const error = await store.load(hash).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.instance(error, CodeError)
    assert.is((error as CodeError).code, 'R0506')
    assert.not.ok('hasRun' in globalThis)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test.run()
