/**
 * The language server: what an editor asks over its connection, and what it is told. The answers themselves are in the other files.
 *
 * A program is looked at again a moment after its text changed, or at once when somebody asks about it; messages carry the version of the text
 * that they are about, and those of an older version are not sent.
 */
import {
  CodeActionKind,
  FileChangeType,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type Position,
  type TextDocumentPositionParams,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { completion } from './completion.ts'
import { byFile, codeActions } from './diagnostics.ts'
import { formatting, typed } from './formatting.ts'
import { hover } from './hover.ts'
import { readLibraries, type LibraryRoutine } from './library.ts'
import { definition, highlights, references } from './navigation.ts'
import { offsetAt, pathOf, uriOf } from './places.ts'
import { rename, renamed } from './rename.ts'
import { LEGEND, semanticTokens, tokenEdits } from './semantic-tokens.ts'
import { signatureHelp } from './signature.ts'
import { folds, lenses, outline, selection, workspaceSymbols } from './structure.ts'
import { Workspace, type Installation, type View } from './workspace.ts'

/** After the last key a program is left alone for so long before it is looked at. */
const PAUSE_MS = 40

/** What has come in the meantime is answered before the next part of a look at a program. */
const TURN_MS = 1

/** The libraries are read when nothing else has been asked for so long. */
const IDLE_MS = 300
/** The next library is not put off longer than this. */
const LONGEST_IDLE_MS = 2_000

/** A server, and what it knows. */
class LanguageServer {
  private readonly workspace: Workspace
  private readonly libraries = new Map<string, LibraryRoutine>()
  private reading: Generator<void> | undefined
  private areLibrariesRead = false
  /** Programs whose messages are to be sent anew, and the pause that they wait for. */
  private pending: NodeJS.Timeout | undefined
  /** The files that each program has sent messages about. */
  private readonly published = new Map<string, ReadonlySet<string>>()
  /** The tokens that were last sent of each document, by the name that they were given. */
  private readonly tokens = new Map<string, { readonly id: string; readonly data: readonly number[] }>()
  private nextTokens = 1
  private idle: NodeJS.Timeout | undefined
  /** Since when a library is to be read. */
  private idleSince = 0

  constructor(
    private readonly connection: Connection,
    installation: Installation,
    private readonly version: string,
  ) {
    this.workspace = new Workspace(installation)
  }

  listen(): void {
    const { connection } = this
    connection.onInitialize((params) => this.initialize(params))
    connection.onInitialized(() => {
      this.restIdle()
    })
    this.documents()
    this.questions()
    this.structure()
    connection.onShutdown(() => {
      for (const timeout of [this.pending, this.idle]) clearTimeout(timeout)
    })
    connection.listen()
  }

  private initialize({ workspaceFolders, capabilities }: InitializeParams): InitializeResult {
    this.workspace.folders = (workspaceFolders ?? []).flatMap(({ uri }) =>
      uri.startsWith('file:') ? [pathOf(uri).replace(/\/$/, '')] : [],
    )
    const prepares = capabilities.textDocument?.rename?.prepareSupport === true
    return {
      serverInfo: { name: 'godwit', version: this.version },
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: prepares ? { prepareProvider: true } : true,
        completionProvider: { triggerCharacters: ['!', '?', '[', '"', ' '] },
        signatureHelpProvider: { triggerCharacters: ['(', ','] },
        documentSymbolProvider: true,
        workspaceSymbolProvider: true,
        foldingRangeProvider: true,
        selectionRangeProvider: true,
        semanticTokensProvider: { legend: LEGEND, full: { delta: true }, range: true },
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        documentOnTypeFormattingProvider: { firstTriggerCharacter: '\n', moreTriggerCharacter: [':'] },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        codeLensProvider: {},
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    }
  }

  // ------------------------------------------------------------------------------------------ documents

  private documents(): void {
    const { connection, workspace } = this
    connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
      workspace.documents.set(pathOf(uri), TextDocument.create(uri, languageId, version, text))
      this.changed()
    })
    connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
      const document = workspace.documents.get(pathOf(uri))
      if (document === undefined) return
      TextDocument.update(document, contentChanges, version)
      this.changed()
    })
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
      const path = pathOf(uri)
      workspace.documents.delete(path)
      this.tokens.delete(path)
      void connection.sendDiagnostics({ uri, diagnostics: [] })
      this.published.delete(path)
      this.changed()
    })
    connection.onDidSaveTextDocument(() => undefined)
    connection.onDidChangeWatchedFiles(({ changes }) => {
      if (changes.some(({ type, uri }) => type !== FileChangeType.Changed || !workspace.documents.has(pathOf(uri))))
        workspace.filesChanged()
      this.changed()
    })
  }

  private changed(): void {
    this.workspace.textsChanged()
    this.restIdle()
    this.publishIn(PAUSE_MS)
  }

  private publishIn(pause: number): void {
    clearTimeout(this.pending)
    this.pending = setTimeout(() => {
      this.publish()
    }, pause)
  }

  /** Sends the messages of every program that an open document belongs to; who asks meanwhile, as for completion, has a turn between the parts. */
  private publish(): void {
    const { workspace, connection } = this
    const roots = new Set([...workspace.documents.keys()].flatMap((path) => workspace.rootsOf(path).slice(0, 1)))
    for (const root of roots)
      if (this.guarded(() => workspace.prepare(root)) === true) {
        this.publishIn(TURN_MS)
        return
      }
    const sent = new Set<string>()
    for (const root of roots) {
      const program = this.guarded(() => workspace.program(root))
      if (program === undefined) continue
      const { analysis } = program
      const found = byFile(analysis.diagnostics, analysis.files, workspace)
      for (const path of this.published.get(root) ?? []) if (!found.has(path)) found.set(path, [])
      this.published.set(root, new Set([...found].flatMap(([path, list]) => (list.length > 0 || path === root ? [path] : []))))
      for (const [path, diagnostics] of found) {
        // Of two programs that include a text the first tells about it.
        if (sent.has(path)) continue
        sent.add(path)
        const version = workspace.documents.get(path)?.version
        void connection.sendDiagnostics({ uri: uriOf(path), diagnostics, ...(version === undefined ? {} : { version }) })
      }
    }
    for (const [root, paths] of this.published) {
      if (roots.has(root)) continue
      for (const path of paths) if (!sent.has(path)) void connection.sendDiagnostics({ uri: uriOf(path), diagnostics: [] })
      this.published.delete(root)
    }
  }

  /** A fault of the compiler is written to the editor's log, and the server goes on. */
  private guarded<T>(act: () => T): T | undefined {
    try {
      return act()
    } catch (error) {
      this.connection.console.error(`this is a fault of godwit: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
      return undefined
    }
  }

  /** Puts off reading the next library, but not for ever: somebody may type on and on. */
  private restIdle(): void {
    if (this.areLibrariesRead) return
    const now = performance.now()
    if (this.idle === undefined) this.idleSince = now
    else if (now - this.idleSince > LONGEST_IDLE_MS) return
    clearTimeout(this.idle)
    this.idle = setTimeout(() => {
      this.idle = undefined
      this.reading ??= readLibraries(this.workspace, this.libraries)
      const { reading } = this
      this.areLibrariesRead = this.guarded(() => reading.next().done) !== false
      this.restIdle()
    }, IDLE_MS)
  }

  // ------------------------------------------------------------------------------------------ questions

  private view(uri: string): View | undefined {
    this.restIdle()
    return this.guarded(() => this.workspace.view(pathOf(uri)))
  }

  private at<R>({ textDocument, position }: TextDocumentPositionParams, answer: (view: View, offset: number) => R): R | undefined {
    const view = this.view(textDocument.uri)
    return view && this.guarded(() => answer(view, offsetAt(view.file.text, position)))
  }

  private questions(): void {
    const { connection, workspace } = this
    connection.onHover((params) => this.at(params, (view, offset) => hover(view, offset, workspace)) ?? null)
    connection.onDefinition((params) => this.at(params, definition) ?? null)
    connection.onDocumentHighlight((params) => this.at(params, highlights) ?? null)
    connection.onReferences(
      (params) => this.at(params, (view, offset) => references(view, offset, workspace, params.context.includeDeclaration)) ?? null,
    )
    connection.onPrepareRename((params) => {
      const found = this.at(params, (view, offset) => renamed(view, offset, workspace))
      return found !== undefined && 'refused' in found ? refusal(found.refused) : (found ?? null)
    })
    connection.onRenameRequest((params) => {
      const found = this.at(params, (view, offset) => rename(view, offset, params.newName, workspace))
      return found !== undefined && 'refused' in found ? refusal(found.refused) : (found ?? null)
    })
    connection.onCompletion(({ textDocument: { uri }, position }) => {
      this.restIdle()
      const path = pathOf(uri)
      const text = workspace.documents.get(path)?.getText()
      const view = this.guarded(() => workspace.lastView(path))
      if (text === undefined || view === undefined) return null
      const context = { workspace, libraries: this.libraries }
      return this.guarded(() => completion(view, text, offsetAt(text, position), context)) ?? null
    })
    connection.onSignatureHelp((params) => this.at(params, signatureHelp) ?? null)
    connection.onCodeAction(({ textDocument: { uri }, range }) => {
      const view = this.view(uri)
      if (view === undefined) return null
      const { text } = view.file
      return this.guarded(() => codeActions(view, offsetAt(text, range.start), offsetAt(text, range.end), workspace)) ?? null
    })
    connection.onDocumentFormatting(({ textDocument: { uri } }) => this.format(uri))
    connection.onDocumentRangeFormatting(({ textDocument: { uri }, range }) => this.format(uri, range))
    connection.onDocumentOnTypeFormatting(({ textDocument: { uri }, position, ch, options }) => {
      const path = pathOf(uri)
      const text = workspace.documents.get(path)?.getText()
      return text === undefined ? null : typed({ path, text }, position.line, ch, options)
    })
  }

  private format(uri: string, range?: { readonly start: Position; readonly end: Position }) {
    const path = pathOf(uri)
    const text = this.workspace.documents.get(path)?.getText()
    if (text === undefined) return null
    return this.guarded(() => formatting({ path, text }, range && { start: range.start, end: range.end })) ?? null
  }

  private structure(): void {
    const { connection, workspace } = this
    connection.onDocumentSymbol(({ textDocument: { uri } }) => {
      const view = this.view(uri)
      return view === undefined ? null : outline(view.analysis.program, view.path)
    })
    connection.onWorkspaceSymbol(({ query }) => this.guarded(() => workspaceSymbols(query, workspace)) ?? [])
    connection.onFoldingRanges(({ textDocument: { uri } }) => folds(workspace.documents.get(pathOf(uri))?.getText() ?? ''))
    connection.onSelectionRanges(({ textDocument: { uri }, positions }) => {
      const view = this.view(uri)
      return view === undefined ? null : positions.map((position) => selection(view, offsetAt(view.file.text, position)))
    })
    connection.onCodeLens(({ textDocument: { uri } }) => {
      const view = this.view(uri)
      return view === undefined ? null : lenses(view)
    })
    connection.languages.semanticTokens.on(({ textDocument: { uri } }, token) => {
      const { id, data } = this.coloured(uri, token)
      return { resultId: id, data: [...data] }
    })
    connection.languages.semanticTokens.onDelta(({ textDocument: { uri }, previousResultId }, token) => {
      const before = this.tokens.get(pathOf(uri))
      const { id, data } = this.coloured(uri, token)
      if (before?.id !== previousResultId) return { resultId: id, data: [...data] }
      return { resultId: id, edits: tokenEdits(before.data, data) }
    })
    connection.languages.semanticTokens.onRange(({ textDocument: { uri }, range }) => {
      const view = this.view(uri)
      if (view === undefined) return { data: [] }
      const { text } = view.file
      return { data: semanticTokens(view, workspace, [offsetAt(text, range.start), offsetAt(text, range.end)]) }
    })
  }

  private coloured(uri: string, token: CancellationToken): { readonly id: string; readonly data: readonly number[] } {
    if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'it is no longer wanted')
    const view = this.view(uri)
    const made = { id: String(this.nextTokens++), data: view === undefined ? [] : semanticTokens(view, this.workspace) }
    this.tokens.set(pathOf(uri), made)
    return made
  }
}

function refusal(reason: string): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestFailed, reason)
}

/**
 * Serves an editor.
 * @param connection to the editor; it is listened to from here on
 * @param installation where the libraries and the pages of the diagnostics are
 * @param version of godwit
 */
export function serve(connection: Connection, installation: Installation, version: string): void {
  new LanguageServer(connection, installation, version).listen()
}
