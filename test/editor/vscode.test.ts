/**
 * The extension of VS Code without a VS Code: its package, its snippets, the lines that its test explorer reads, and its grammar, which says of every
 * word of the samples what the lexer says.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inflateRawSync } from 'node:zlib'
import { test } from 'uvu'
import { equal, is, match, ok } from 'uvu/assert'
import type { LaunchArguments } from '../../editor/debug-adapter/session.ts'
import { extensionFiles } from '../../editor/package-vscode/vsix.ts'
import { zip } from '../../editor/package-vscode/zip.ts'
import { lex } from '../../grammar/lexer.ts'
import { parseProgram } from '../../grammar/parse.ts'
import { memoryReader } from '../../grammar/reader.ts'
import { lineColumn } from '../../grammar/source.ts'
import * as T from '../../grammar/tokens.ts'
import { ROOT } from '../compiler/front-end.ts'
import { colours, type Grammar } from './textmate.ts'

const grammar = JSON.parse(readFileSync(`${ROOT}grammar/godwit.tmLanguage.json`, 'utf8')) as Grammar // its form is checked by using it

/** What the names of a kind of token begin with. */
function wanted({ tokenType, image }: T.Token): RegExp | undefined {
  if (T.keywords.get(image) === tokenType) return /^(?:keyword|storage|constant\.language|invalid)/
  switch (tokenType) {
    case T.Name:
      return /^(?:variable|entity|keyword\.(?:other\.test|control))/
    case T.StringText:
      return /^(?:string|punctuation\.definition\.string|entity\.name\.function\.godwit)/ // an operator that is defined
    case T.ByteLiteral:
      return /^string\.quoted\.single/
    case T.Integer:
    case T.Real:
      return /^constant\.numeric/
    case T.Directive:
      return /^(?:keyword\.control\.directive|meta\.preprocessor)/
    default:
      return undefined
  }
}

/** Words of the language are names there, which a grammar by lines cannot know. */
const LEFT_OUT = 'later-words.csp'

const texts = [...readdirSync(`${ROOT}samples`), ...readdirSync(`${ROOT}test/language`).map((name) => `../test/language/${name}`)].filter(
  (name) => name.endsWith('.csp') && !name.endsWith(LEFT_OUT),
)

for (const name of texts) {
  test(`the grammar says of each word of ${name} what the lexer says`, () => {
    const file = { path: name, text: readFileSync(`${ROOT}samples/${name}`, 'utf8') }
    const { tokens, comments } = lex(file).value
    const names = colours(file.text, grammar)
    const at = (offset: number): string => {
      const { line, column } = lineColumn(file, offset)
      return names[line - 1]?.[column - 1] ?? ''
    }
    const wrong = tokens.flatMap((token) => {
      const pattern = wanted(token)
      const found = at(token.startOffset)
      return pattern === undefined || pattern.test(found)
        ? []
        : [`line ${token.line}: ${token.image} is ${found === '' ? 'nothing' : found}`]
    })
    equal(wrong, [])
    equal(
      comments.filter(({ span }) => !at(span.start).startsWith('comment')).map(({ text }) => text),
      [],
    )
  })
}

test('every snippet can be read as it is put in', () => {
  const snippets = JSON.parse(readFileSync(`${ROOT}editor/vscode/snippets/godwit.json`, 'utf8')) as Record<string, { body: string[] }> // our own file
  for (const [name, { body }] of Object.entries(snippets)) {
    const plain = body
      .join('\n')
      .replace(/\$\{\d+:((?:[^{}]|\$\{\d+:[^{}]*\})*)\}/g, '$1')
      .replace(/\$\{\d+:([^{}]*)\}/g, '$1')
    const isDeclaration = /^(?:PROC|TEST|PROTOCOL|DATA|CHAN|INT FUNCTION)/.test(plain)
    const text = isDeclaration ? `${plain}\n` : `PROC p ()\n${plain.replace(/^/gm, '  ')}\n:\n`
    equal(
      parseProgram('x.csp', memoryReader({ 'x.csp': text }))?.diagnostics.map(({ title }) => title),
      [],
      `${name}\n${text}`,
    )
  }
})

test('what presses Enter does knows the words that open a block', () => {
  const configuration = JSON.parse(readFileSync(`${ROOT}editor/vscode/language-configuration.json`, 'utf8')) as {
    onEnterRules: { beforeText: string }[]
    wordPattern: string
  } // our own file
  const opens = new RegExp(configuration.onEnterRules[0]?.beforeText ?? '')
  for (const line of [
    '  SEQ',
    'PAR i = 0 FOR 4',
    '  in ? CASE',
    'PROC p (CHAN INT in?)',
    '    WHILE TRUE -- for ever',
    'INT FUNCTION f (VAL INT x)',
  ])
    ok(opens.test(line), line)
  for (const line of ['  x := 1', '  INT i:', 'INT FUNCTION f (VAL INT x) IS x:', '  out ! x', ':']) ok(!opens.test(line), line)
  is(/out\.int/.exec('out.int')?.[0], new RegExp(configuration.wordPattern).exec('out.int (x)')?.[0])
})

test('the package is a ZIP with a manifest and code in one file', async () => {
  const files = await extensionFiles()
  const bytes = Buffer.from(zip(files))
  const found = new Map<string, string>()
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameLength] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)]
    const start = at + 30 + nameLength
    found.set(bytes.toString('utf8', at + 30, start), inflateRawSync(bytes.subarray(start, start + size)).toString())
    at = start + size
  }
  equal([...found.keys()], [...files.keys()])
  match(found.get('extension.vsixmanifest') ?? '', /Id="godwit"/)
  const manifest = JSON.parse(found.get('extension/package.json') ?? '{}') as {
    main: string
    contributes: { commands: { command: string }[] }
  } // as above
  const code = found.get(`extension/${manifest.main.slice(2)}`) ?? ''
  for (const { command } of manifest.contributes.commands) ok(code.includes(`"${command}"`), command)
  const outside = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '')
  equal(
    outside.filter((each) => !each.startsWith('node:') && each !== 'vscode' && !NODE.has(each)),
    [],
    'the code needs nothing beside it',
  )
  for (const name of ['language-configuration.json', 'snippets/godwit.json', 'godwit.tmLanguage.json', 'LICENSE.txt', 'README.md'])
    ok(found.has(`extension/${name}`), name)
})

const NODE: ReadonlySet<string> = new Set([
  'child_process',
  'crypto',
  'fs',
  'net',
  'os',
  'path',
  'readline',
  'url',
  'util',
  'worker_threads',
])

test('the test explorer finds tests, and reads what godwit test --json prints', () => {
  const lines = createRequire(import.meta.url)('../../editor/vscode/test-lines.js') as {
    testsIn(text: string): { title: string; line: number }[]
    reader(take: (line: { kind: string }) => void): (piece: string) => void
  } // a part of the extension
  equal(lines.testsIn('PROC p ()\n  SKIP\n:\nTEST "says *"no*"" WITHIN 5 MS\n  PASS\n:\n'), [{ title: 'says "no"', line: 3 }])
  const taken: string[] = []
  const read = lines.reader(({ kind }) => taken.push(kind))
  read('{"kind":"be')
  read('gin","total":1}\n{"kind":"test"}\n{"kind"')
  read(':"end"}\n')
  equal(taken, ['begin', 'test', 'end'])
})

test('the debugger that the package contributes takes what the adapter knows, and is started', () => {
  const { contributes } = JSON.parse(readFileSync(`${ROOT}editor/vscode/package.json`, 'utf8')) as {
    contributes: { debuggers: { type: string; configurationAttributes: { launch: { properties: object } } }[] }
  } // its form is looked at
  const [{ type, configurationAttributes } = { type: '', configurationAttributes: { launch: { properties: {} } } }] = contributes.debuggers
  const known: Readonly<Record<Exclude<keyof LaunchArguments, 'noDebug' | '__restart'>, true>> = {
    program: true,
    source: true,
    stopOnEntry: true,
    define: true,
    include: true,
  }
  equal(Object.keys(configurationAttributes.launch.properties), Object.keys(known))
  const extension = readFileSync(`${ROOT}editor/vscode/extension.js`, 'utf8')
  ok(extension.includes(`registerDebugAdapterDescriptorFactory('${type}'`))
})

test.run()
