/** The layout of large programs: the tokens of what was emitted, marks at the same tokens, and lines that people can read. */
import { ts } from 'ts-morph'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatProgram } from '../../compiler/emit/format.ts'
import { laidOut } from '../../compiler/emit/layout.ts'
import type { CompiledUnit } from '../../compiler/host.ts'
import { compileFile, compileText } from './compile.ts'

interface Token {
  readonly text: string
  readonly start: number
}

/** @returns the tokens of a text but for semicolons, which end lines there */
function tokensOf(text: string): Token[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text)
  const tokens: Token[] = []
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan())
    if (kind !== ts.SyntaxKind.SemicolonToken) tokens.push({ text: scanner.getTokenText(), start: scanner.getTokenStart() })
  return tokens
}

/** @returns the JavaScript of a module without white space and semicolons */
function meaning(text: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, removeComments: true }
  return ts.transpileModule(text, { compilerOptions }).outputText.replace(/[\s;]+/g, '')
}

/** @returns the token at or after an offset */
function tokenAt(tokens: readonly Token[], offset: number): number {
  const i = tokens.findIndex(({ start }) => start >= offset)
  return i < 0 ? tokens.length : i
}

function check({ name, typescript, marks }: CompiledUnit): string {
  const laid = laidOut(typescript, marks)
  const [before, after] = [tokensOf(typescript), tokensOf(laid.text)]
  assert.equal(
    after.map(({ text }) => text),
    before.map(({ text }) => text),
    name,
  )
  assert.is(meaning(laid.text), meaning(typescript), name)
  marks.forEach((mark, i) => {
    assert.is(tokenAt(after, laid.marks[i]?.offset ?? -1), tokenAt(before, mark.offset), `${name}: a mark of line ${mark.line}`)
  })
  return laid.text
}

for (const path of [
  'samples/life.csp',
  'test/language/alt.csp',
  'test/language/mobile-data.csp',
  'test/language/retypes.csp',
  'test/language/numeric-fft.csp',
])
  test(`what ${path} becomes has the same tokens when it is laid out`, async () => {
    const { program } = await compileFile(path)
    assert.ok(program)
    let long = 0
    let lines = 0
    for (const unit of program.units)
      for (const line of check(unit).split('\n')) {
        lines++
        if (line.length > 140 && !line.includes('//')) long++
      }
    assert.ok(long * 1000 <= lines, `${long} of ${lines} lines are too long`)
  })

test('statements, labels and lists have lines of their own', () => {
  const text = [
    'function f(p: Process, g: G): boolean {',
    '  switch (g.pc) {',
    '    case 0: case 1:',
    '      {',
    "        if (!put(p, g.out, 1)) { g.x = ';'; g.pc = 1; return false }",
    '      }',
    '    case 2:',
    '      {',
    '        a = 1; [b] = c',
    '      }',
    '      d = 2',
    '    default:',
    '  }',
    '  return true',
    '}',
    `const TABLE = [${Array.from({ length: 60 }, (_, i) => i).join(', ')}] // "{;"`,
    '',
  ].join('\n')
  const numbers = Array.from({ length: 60 }, (_, i) => `${i},`)
  const { text: laid } = laidOut(text, [])
  assert.is(
    laid,
    [
      'function f(p: Process, g: G): boolean {',
      '  switch (g.pc) {',
      '    case 0:',
      '    case 1: {',
      '      if (!put(p, g.out, 1)) {',
      "        g.x = ';'",
      '        g.pc = 1',
      '        return false',
      '      }',
      '    }',
      '    case 2:',
      '      {',
      '        a = 1',
      '        ; [b] = c',
      '      }',
      '      d = 2',
      '    default:',
      '  }',
      '  return true',
      '}',
      'const TABLE = [',
      `  ${numbers.slice(0, 37).join(' ')}`,
      `  ${numbers.slice(37).join(' ').slice(0, -1)}`,
      '] // "{;"',
      '',
    ].join('\n'),
  )
})

test('a program that is large is laid out, and its JavaScript leads to its text', async () => {
  const procs = Array.from(
    { length: 700 },
    (_, i) => `PROC p${i} (CHAN INT in?, out!)\n  INT x:\n  SEQ\n    in ? x\n    out ! x + ${i}\n:\n`,
  )
  const program = await compileText(
    `${procs.join('\n')}\nPROC main ()\n  [2]CHAN INT c:\n  PAR\n    p0 (c[0]?, c[1]!)\n    c[0] ! 1\n    INT x:\n    c[1] ? x\n:\n`,
    { verify: false },
  )
  const files = await formatProgram(program)
  const text = files.get('p650.ts') ?? ''
  assert.ok(text.includes('    case 1:\n') || text.includes('    case 1: {\n'), text)
  const { sources, mappings } = JSON.parse(files.get('p650.js.map') ?? '{}') as { sources: string[]; mappings: string } // as source-map writes it
  assert.equal(sources, ['test.csp'])
  assert.ok(mappings.length > 20)
  const code = files.get('main.js') ?? ''
  assert.match(code, /^import \* as abi from 'godwit\/abi'$/m)
  assert.not.match(code, /from 'unit:/)
  for (const [, module] of code.matchAll(/from '\.\/(.*)'/g)) assert.ok(files.has(module ?? ''), module)
})

test.run()
