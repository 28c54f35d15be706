/** `godwit lsp`, driven by the client side of the protocol's own library over standard input and output. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import { equal, is, match, ok } from 'uvu/assert'
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentOnTypeFormattingRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  MarkupContent,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  ResponseError,
  SelectionRangeRequest,
  SemanticTokensDeltaRequest,
  SemanticTokensRangeRequest,
  SemanticTokensRequest,
  SignatureHelpRequest,
  WorkspaceSymbolRequest,
  type CompletionItem,
  type Location,
  type SelectionRange,
  type TextEdit,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { checkProgram, projectReader, ROOT } from '../compiler/front-end.ts'
import { EditorClient } from './client.ts'

const folder = mkdtempSync(join(tmpdir(), 'godwit-editor-'))
const PROGRAM = `-- A program.
#INCLUDE "course.module"
#INCLUDE "shared.inc"

PROTOCOL MSG
  CASE
    number; INT
    stop.it
:

DATA TYPE POINT
  RECORD
    INT x, y:
:

-- Doubles what it is given.
PROC double (CHAN MSG in?, CHAN INT out!)
  INT n:
  WHILE TRUE
    in ? CASE
      number; n
        out ! 2 * n
      stop.it
        STOP
:

PROC main (CHAN BYTE screen!)
  CHAN MSG a:
  CHAN INT b:
  INT y, z, never:
  POINT p:
  PAR
    double (a?, b!)
    SEQ
      z := limit
      p[x] := z
      a ! number; p[x]
      b ? y
      out.int (y, 0, screen!)
      scren ! 'x'
:

TEST "one"
  PASS
:
`
const SHARED = '-- As far as it goes.\nVAL INT limit IS 40:\n'
const path = join(folder, 'main.csp')
const sharedPath = join(folder, 'shared.inc')
writeFileSync(sharedPath, SHARED)
writeFileSync(path, PROGRAM)
writeFileSync(join(folder, 'other.csp'), '#INCLUDE "shared.inc"\nPROC other (CHAN BYTE screen!)\n  screen ! BYTE limit\n:\n')

let client: EditorClient
let uri = ''
const document = () => ({ uri })

test.before(async () => {
  client = new EditorClient(folder)
  await client.start()
  uri = await client.open(path, PROGRAM)
})
test.after(() => {
  client.end()
  rmSync(folder, { recursive: true, force: true })
})

/** The text of a location. */
function textAt({ uri: where, range }: Location): string {
  const opened = client.documents.get(where)
  const found = opened ?? TextDocument.create(where, 'godwit', 1, readFileSync(new URL(where), 'utf8'))
  return found.getText(range)
}

const wordsOf = (message: string | MarkupContent | undefined): string => (typeof message === 'string' ? message : (message?.value ?? ''))

const labels = (items: readonly CompletionItem[]): string[] =>
  [...items].sort((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1)).map(({ label }) => label)

async function complete(what: string, by: number, nth = 1): Promise<CompletionItem[]> {
  const found = await client.connection.sendRequest(CompletionRequest.type, {
    textDocument: document(),
    position: client.find(uri, what, by, nth),
  })
  return Array.isArray(found) ? found : []
}

async function hoverAt(what: string, by: number, nth = 1): Promise<string> {
  const found = await client.connection.sendRequest(HoverRequest.type, {
    textDocument: document(),
    position: client.find(uri, what, by, nth),
  })
  return found !== null && MarkupContent.is(found.contents) ? found.contents.value : ''
}

test('messages come with their code, the link to its page, and what they propose', async () => {
  const { diagnostics } = await client.diagnostics(uri)
  equal(
    diagnostics.map(({ code }) => code),
    ['W0301', 'E0301'],
  )
  const [unused, unknown] = diagnostics
  equal(unused?.tags, [1], 'a variable that nobody uses is faded')
  match(unknown?.codeDescription?.href ?? '', /docs\/diagnostics\/E0301\.md$/)
  match(wordsOf(unknown?.message), /did you mean `screen`\?/)
})

test('what a message proposes is an action', async () => {
  const at = client.find(uri, 'scren')
  const actions = await client.connection.sendRequest(CodeActionRequest.type, {
    textDocument: document(),
    range: { start: at, end: at },
    context: { diagnostics: [] },
  })
  const [action] = actions ?? []
  ok(action !== undefined && 'edit' in action)
  const after = TextDocument.applyEdits(client.document(uri), action.edit?.changes?.[uri] ?? [])
  is(after, PROGRAM.replace('scren', 'screen'))
})

test('hover shows types, values and the comments above a declaration', async () => {
  is(await hoverAt('double (a?', 1), '```godwit\nPROC double (CHAN MSG in?, CHAN INT out!)\n```\n\n*PROC*\n\nDoubles what it is given.')
  match(await hoverAt('limit', 1), /VAL INT limit IS 40:[^]*in `shared\.inc`[^]*As far as it goes/)
  match(await hoverAt('out.int', 1), /library `utils\.module`[^]*Sends an integer in decimal/)
  match(await hoverAt('p[x] := z', 2), /INT x:/)
  match(await hoverAt('a ! number', 4), /number; INT/)
  match(await hoverAt('scren', 1), /E0301/)
  match(await hoverAt('course.module', 1), /course\.module/)
})

test('definitions are found in the program, in what it includes and in libraries', async () => {
  const define = async (what: string, by: number): Promise<string> => {
    const position = client.find(uri, what, by)
    const found = await client.connection.sendRequest(DefinitionRequest.type, { textDocument: document(), position })
    ok(found !== null && !Array.isArray(found), what)
    return `${found.uri.replace(/^.*\//, '')} ${textAt(found)}`
  }
  is(await define('double (a?', 1), 'main.csp double')
  is(await define('a ! number', 5), 'main.csp number')
  is(await define('p[x] :=', 2), 'main.csp x')
  is(await define('limit', 1), 'shared.inc limit')
  is(await define('out.int', 1), 'utils.module out.int')
  is(await define('"shared.inc"', 3), 'shared.inc ')
})

test('references and highlights', async () => {
  const ask = (what: string, by: number) =>
    client.connection.sendRequest(ReferencesRequest.type, {
      textDocument: document(),
      position: client.find(uri, what, by),
      context: { includeDeclaration: true },
    })
  const found = (await ask('limit', 1)) ?? []
  equal(found.map((each) => each.uri.replace(/^.*\//, '')).sort(), ['main.csp', 'other.csp', 'shared.inc'])
  const marks = await client.connection.sendRequest(DocumentHighlightRequest.type, {
    textDocument: document(),
    position: client.find(uri, 'p[x] :=', 2),
  })
  is(marks?.length, 3, 'a field: its declaration and two uses')
})

test('a name is renamed in every text that uses it, and not where it would mean something else', async () => {
  const rename = (what: string, by: number, newName: string) =>
    client.connection.sendRequest(RenameRequest.type, { textDocument: document(), position: client.find(uri, what, by), newName })
  const refused = (what: string, by: number, newName: string): Promise<string> =>
    rename(what, by, newName).then(
      () => 'not refused',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    )
  const edit = await rename('limit', 1, 'most')
  equal(
    Object.keys(edit?.changes ?? {})
      .map((each) => each.replace(/^.*\//, ''))
      .sort(),
    ['main.csp', 'other.csp', 'shared.inc'],
  )
  match(await refused('z := limit', 0, 'y'), /would stand for/)
  match(await refused('limit', 1, 'out.int'), /would stand for/)
  match(await refused('limit', 1, 'SEQ'), /word of the language/)
  match(await refused('limit', 1, '2x'), /a letter/)
  match(await refused('out.int', 1, 'print'), /library/)
  const range = await client.connection.sendRequest(PrepareRenameRequest.type, {
    textDocument: document(),
    position: client.find(uri, 'double', 2),
  })
  ok(range !== null && 'placeholder' in range && range.placeholder === 'double')
})

test('completion goes by what stands before the cursor', async () => {
  equal(labels(await complete('a ! number', 4)), ['number', 'stop.it'])
  equal(labels(await complete('p[x] :=', 2)), ['x', 'y'])
  equal(labels(await complete('in ? CASE', 5)).slice(0, 3), ['CASE', 'number', 'stop.it'])
  equal(labels(await complete('      stop.it\n        STOP', 6)).slice(0, 2), ['number', 'stop.it'])
  equal(labels(await complete('double (a?, b!)', 8)).slice(0, 1), ['a?'])
  ok(labels(await complete('z := limit', 5)).includes('limit'))
  ok(!labels(await complete('z := limit', 5)).includes('n'), 'what is not in scope is not offered')
  ok(labels(await complete('      z := limit', 6)).includes('SEQ'))
  ok(labels(await complete('CHAN MSG a', 5)).includes('MSG'))
  ok(labels(await complete('"shared.inc"', 1)).includes('shared.inc'))
  ok(labels(await complete('"shared.inc"', 1)).includes('file.module'))
  equal(labels(await complete('-- A program', 5)), [])
})

test('a routine of a library is offered with the line that takes the library in', async () => {
  let found: CompletionItem | undefined
  for (let i = 0; i < 200 && found === undefined; i++) {
    found = (await complete('      z := limit', 6)).find(({ label }) => label === 'file.delete' || label === 'sleep.ms')
    if (found === undefined) await new Promise((later) => setTimeout(later, 100))
  }
  match(found?.additionalTextEdits?.[0]?.newText ?? '', /^#USE "(?:file|time)"\n$/)
  is(found?.additionalTextEdits?.[0]?.range.start.line, 3, 'below the others')
})

test('signature help knows which parameter comes', async () => {
  const help = await client.connection.sendRequest(SignatureHelpRequest.type, {
    textDocument: document(),
    position: client.find(uri, 'out.int (y, ', 12),
  })
  is(help?.signatures[0]?.label, 'PROC out.int (VAL INT n, VAL INT field, CHAN BYTE out!)')
  is(help?.activeParameter, 1)
})

test('the outline, the symbols of the workspace, folds, selections and lenses', async () => {
  const symbols = (await client.connection.sendRequest(DocumentSymbolRequest.type, { textDocument: document() })) ?? []
  equal(
    symbols.map(({ name }) => name),
    ['MSG', 'POINT', 'double', 'main', 'one'],
  )
  const wide = (await client.connection.sendRequest(WorkspaceSymbolRequest.type, { query: 'lmt' })) ?? []
  equal(
    wide.map(({ name }) => name),
    ['limit'],
  )
  const folds = (await client.connection.sendRequest(FoldingRangeRequest.type, { textDocument: document() })) ?? []
  ok(
    folds.some(({ startLine, endLine }) => startLine === 16 && endLine === 23),
    'a PROC',
  )
  const position = client.find(uri, '2 * n', 4)
  const [chain] =
    (await client.connection.sendRequest(SelectionRangeRequest.type, { textDocument: document(), positions: [position] })) ?? []
  const texts: string[] = []
  for (let at: SelectionRange | undefined = chain; at !== undefined; at = at.parent) texts.push(client.document(uri).getText(at.range))
  equal(texts.slice(0, 3), ['n', '2 * n', 'out ! 2 * n'])
  const lenses = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument: document() })) ?? []
  equal(lenses.map(({ command }) => command?.title).sort(), ['Run all tests', 'Run program', 'Run test'])
})

test('semantic tokens: whole, in part, and what has changed', async () => {
  const whole = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument: document() })
  ok(whole !== null && whole.data.length % 5 === 0 && whole.data.length > 300)
  const range = { start: { line: 16, character: 0 }, end: { line: 17, character: 0 } }
  const part = await client.connection.sendRequest(SemanticTokensRangeRequest.type, { textDocument: document(), range })
  ok(part !== null && part.data.length > 0 && part.data.length < whole.data.length)
  const previousResultId = whole.resultId ?? ''
  const delta = await client.connection.sendRequest(SemanticTokensDeltaRequest.type, { textDocument: document(), previousResultId })
  ok(delta !== null && 'edits' in delta && delta.edits.length === 0)
})

test('formatting: all of a text, some lines, and a line that is being begun', async () => {
  const where = join(folder, 'untidy.csp')
  const text = 'PROC main (CHAN BYTE screen!)\n  SEQ\n    screen  !  65\n    screen  !  66\n:\n'
  const untidy = await client.open(where, text)
  const options = { tabSize: 2, insertSpaces: true }
  const all = await client.connection.sendRequest(DocumentFormattingRequest.type, { textDocument: { uri: untidy }, options })
  is(TextDocument.applyEdits(client.document(untidy), all ?? []), text.replaceAll('  !  ', ' ! '))
  const range = { start: { line: 3, character: 0 }, end: { line: 3, character: 4 } }
  const some = await client.connection.sendRequest(DocumentRangeFormattingRequest.type, { textDocument: { uri: untidy }, range, options })
  is(TextDocument.applyEdits(client.document(untidy), some ?? []), text.replace('screen  !  66', 'screen ! 66'))
  await client.edit(untidy, [{ range: { start: { line: 1, character: 5 }, end: { line: 1, character: 5 } }, newText: '\n' }])
  const typed = await client.connection.sendRequest(DocumentOnTypeFormattingRequest.type, {
    textDocument: { uri: untidy },
    position: { line: 2, character: 0 },
    ch: '\n',
    options,
  })
  is((typed ?? [])[0]?.newText, '    ')
})

test('an open document stands before its file, for those who include it', async () => {
  const shared = await client.open(sharedPath, SHARED.replace('limit', 'highest'))
  const change: TextEdit = { range: { start: client.find(uri, 'scren'), end: client.find(uri, 'scren', 5) }, newText: 'screen' }
  await client.edit(uri, [change])
  const { diagnostics } = await client.diagnostics(uri)
  equal(
    diagnostics.map(({ message }) => wordsOf(message).split('\n')[0]),
    ['variable `never` is never used', 'no variable named `limit` is visible here'],
  )
  await client.edit(shared, [
    { range: { start: client.find(shared, 'highest'), end: client.find(shared, 'highest', 7) }, newText: 'limit' },
  ])
  await client.edit(uri, [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, newText: '--\n' }])
  equal(
    (await client.diagnostics(uri)).diagnostics.map(({ code }) => code),
    ['W0301'],
  )
})

test('where a text cannot be read, the rest of it is known as before', async () => {
  const at = client.find(uri, 'b ? y')
  await client.edit(uri, [{ range: { start: at, end: at }, newText: 'p[' }])
  const { diagnostics } = await client.diagnostics(uri)
  ok(diagnostics.some(({ code }) => /^E0[12]/.test(String(code))))
  match(await hoverAt('double (a?', 1), /Doubles what it is given/)
  equal(labels(await complete('p[b', 2)), ['x', 'y'])
  await client.edit(uri, [{ range: { start: at, end: { line: at.line, character: at.character + 2 } }, newText: '' }])
})

test('the samples have the messages that the compiler gives them', async () => {
  for (const name of readdirSync(`${ROOT}samples`).filter((each) => each.endsWith('.csp'))) {
    const sample = `${ROOT}samples/${name}`
    const text = readFileSync(sample, 'utf8')
    const opened = await client.open(sample, text)
    const { diagnostics } = await client.diagnostics(opened)
    const cold = checkProgram(`samples/${name}`, projectReader()).diagnostics
    equal(
      diagnostics.map(({ code }) => code),
      cold.map(({ code }) => code),
      name,
    )
    const tokens = await client.connection.sendRequest(SemanticTokensRequest.type, { textDocument: { uri: pathToFileURL(sample).href } })
    ok((tokens?.data.length ?? 0) > 0, name)
  }
})

test('what lacks what the protocol demands is refused as such, a notification of that kind is dropped, and the server goes on', async () => {
  const ask = async (method: string, params: object | null): Promise<string> => {
    try {
      await client.connection.sendRequest(`textDocument/${method}`, params)
      return 'answered'
    } catch (error) {
      return error instanceof ResponseError ? `${error.code} ${error.message}` : String(error)
    }
  }
  const textDocument = document()
  const position = { line: 0, character: 0 }
  is(await ask('hover', {}), '-32602 `textDocument` names no document by its `uri`')
  is(await ask('completion', { textDocument: { uri: 5 }, position }), '-32602 `textDocument` names no document by its `uri`')
  is(await ask('hover', { textDocument }), '-32602 `position` is missing, or is not what the protocol says')
  is(await ask('selectionRange', { textDocument, positions: null }), '-32602 `positions` is missing, or is not what the protocol says')
  is(await ask('rename', { textDocument, position }), '-32602 `newName` is missing, or is not what the protocol says')
  is(await ask('semanticTokens/range', { textDocument, range: {} }), '-32602 `range` is missing, or is not what the protocol says')
  await client.connection.sendNotification('textDocument/didChange', { textDocument })
  await client.connection.sendNotification('textDocument/didOpen', {})
  for (const outside of [
    { line: 9_999, character: 9_999 },
    { line: -1, character: -5 },
    { line: 0.5, character: 1e12 },
  ])
    is(await ask('hover', { textDocument, position: outside }), 'answered')
})

test('the server ends when the editor does', async () => {
  is(await client.stop(), 0)
})

test.run()
