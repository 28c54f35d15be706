/**
 * `godwit lsp` while somebody types at random in the samples: after each edit it has the messages of a compilation from the start, and whatever an editor
 * asks meanwhile is answered.
 *
 * `GODWIT_EDITS=10000 node --import tsx test/editor/random-edits.test.ts` makes that many edits; `GODWIT_SEED=5` others.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import { equal, is } from 'uvu/assert'
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentSymbolRequest,
  ErrorCodes,
  FoldingRangeRequest,
  HoverRequest,
  PrepareRenameRequest,
  ReferencesRequest,
  RenameRequest,
  ResponseError,
  SelectionRangeRequest,
  SemanticTokensRequest,
  SignatureHelpRequest,
  type Position,
  type Range,
} from 'vscode-languageserver/node'
import { editBetween } from '../../editor/language-server/diagnostics.ts'
import { rangeOf } from '../../editor/language-server/places.ts'
import { checkProgram, projectReader, ROOT } from '../compiler/front-end.ts'
import { EditorClient } from './client.ts'
import { edited, random, wordsOf } from './edits.ts'

const EDITS = Number(process.env['GODWIT_EDITS'] ?? 60)
const SEED = Number(process.env['GODWIT_SEED'] ?? 1)
/** Edits of one sample before the next has its turn, and edits before its text begins anew. */
const IN_A_ROW = 25
const BEFORE_ANEW = 6

const samples = readdirSync(`${ROOT}samples`)
  .filter((name) => name.endsWith('.csp'))
  .sort()
  .map((name) => `${ROOT}samples/${name}`)

/** @returns what is said of a text by a compilation from the start, as an editor sees it */
function cold(path: string, text: string): string[] {
  const { diagnostics } = checkProgram(path, projectReader({ [path]: text }))
  return diagnostics
    .filter(({ primary }) => primary.span.file.path === path)
    .map(({ code, primary }) => spelled(code, rangeOf(primary.span)))
    .sort()
}

const spelled = (code: string | number | undefined, { start, end }: Range): string =>
  `${code ?? ''} ${start.line}:${start.character}-${end.line}:${end.character}`

/** Everything that editors ask about a place of a document. */
function questions({ connection }: EditorClient, uri: string, position: Position): readonly (() => Promise<unknown>)[] {
  const textDocument = { uri }
  const here = { textDocument, position }
  const range = { start: position, end: position }
  return [
    () => connection.sendRequest(HoverRequest.type, here),
    () => connection.sendRequest(CompletionRequest.type, here),
    () => connection.sendRequest(DefinitionRequest.type, here),
    () => connection.sendRequest(ReferencesRequest.type, { ...here, context: { includeDeclaration: true } }),
    () => connection.sendRequest(SignatureHelpRequest.type, here),
    () => connection.sendRequest(DocumentHighlightRequest.type, here),
    () => connection.sendRequest(PrepareRenameRequest.type, here),
    () => connection.sendRequest(RenameRequest.type, { ...here, newName: 'another' }),
    () => connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions: [position] }),
    () => connection.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: [] } }),
    () => connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
    () => connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
    () => connection.sendRequest(SemanticTokensRequest.type, { textDocument }),
    () => connection.sendRequest(CodeLensRequest.type, { textDocument }),
    () => connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options: { tabSize: 2, insertSpaces: true } }),
  ]
}

/** Asks; a refusal is an answer, and a fault of the server is none. */
async function ask(question: () => Promise<unknown>): Promise<void> {
  try {
    await question()
  } catch (error) {
    if (!(error instanceof ResponseError) || error.code === ErrorCodes.InternalError) throw error
  }
}

test(`${EDITS} edits of the samples`, async () => {
  const next = random(SEED)
  const client = new EditorClient(`${ROOT}samples`)
  const opened = new Map<string, string>()
  try {
    await client.start()
    for (let done = 0; done < EDITS;) {
      const path = samples[next(samples.length)] ?? ''
      const original = readFileSync(path, 'utf8')
      const words = wordsOf(original)
      const uri = opened.get(path) ?? (await client.open(path, original))
      opened.set(path, uri)
      for (let i = 0; i < IN_A_ROW && done < EDITS; i++, done++) {
        const before = client.document(uri).getText()
        const text = i % BEFORE_ANEW === 0 ? original : edited(before, words, next)
        await client.edit(uri, [editBetween({ path, text: before }, text)])
        const where = `seed ${SEED}, edit ${done} (${path})\n${text}`
        const about = questions(client, uri, client.document(uri).positionAt(next(text.length + 1)))
        const question = about[next(about.length)]
        if (question !== undefined)
          await ask(question).catch((error: unknown) => {
            throw new Error(`${where}\n${String(error)}`)
          })
        const { diagnostics } = await client.diagnostics(uri)
        equal(diagnostics.map(({ code, range }) => spelled(code, range)).sort(), cold(path, text), where)
      }
    }
    is(await client.stop(), 0)
  } finally {
    client.end()
  }
})

test.run()
