/** An editor without a screen: the client side of the protocol's own library, with a server that runs as its own OS process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type InitializeResult,
  type Position,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type TextEdit,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { ROOT } from '../compiler/front-end.ts'
import { loader } from '../harness/loader.ts'

/** How long an answer may take on a machine that is busy. */
const PATIENCE_MS = 60_000

export class EditorClient {
  readonly connection: ProtocolConnection
  readonly documents = new Map<string, TextDocument>()
  private readonly server: ChildProcess
  private readonly messages = new Map<string, PublishDiagnosticsParams>()
  private readonly waiting = new Set<() => void>()
  initialized: InitializeResult | undefined

  /** @param folder what the editor works in */
  constructor(private readonly folder: string) {
    this.server = spawn(process.execPath, [...loader, `${ROOT}cli/main.ts`, 'lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: ROOT,
    })
    const { stdin, stdout } = this.server
    if (stdin === null || stdout === null) throw new Error('the server has no pipes')
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin))
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.messages.set(params.uri, params)
      for (const look of this.waiting) look()
    })
    this.connection.listen()
  }

  async start(): Promise<void> {
    this.initialized = await this.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the protocol requires it beside `workspaceFolders`
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(this.folder).href, name: 'folder' }],
      capabilities: { textDocument: { rename: { prepareSupport: true } } },
    })
    await this.connection.sendNotification(InitializedNotification.type, {})
  }

  /** Ends the server in good order. @returns its exit status */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.server.once('exit', resolve))
    await this.connection.sendRequest(ShutdownRequest.type)
    await this.connection.sendNotification(ExitNotification.type)
    const status = await ended
    this.connection.dispose()
    return status
  }

  /** Ends the server if it still runs, as after a fault of a test. */
  end(): void {
    this.server.kill()
  }

  /** Opens a document. @returns its URI */
  async open(path: string, text: string): Promise<string> {
    const uri = pathToFileURL(path).href
    this.documents.set(uri, TextDocument.create(uri, 'godwit', 1, text))
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: 'godwit', version: 1, text },
    })
    return uri
  }

  /** Changes a document, as typing does. */
  async edit(uri: string, edits: readonly TextEdit[]): Promise<void> {
    const document = this.document(uri)
    const contentChanges = edits.map(({ range, newText }) => ({ range, text: newText }))
    TextDocument.update(document, contentChanges, document.version + 1)
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: document.version },
      contentChanges,
    })
  }

  document(uri: string): TextDocument {
    const document = this.documents.get(uri)
    if (document === undefined) throw new Error(`${uri} is not open`)
    return document
  }

  /** @returns where the `nth` occurrence of `what` begins, `by` characters further on */
  find(uri: string, what: string, by = 0, nth = 1): Position {
    const document = this.document(uri)
    let at = -1
    for (let i = 0; i < nth; i++) at = document.getText().indexOf(what, at + 1)
    if (at < 0) throw new Error(`${what} is not in the text`)
    return document.positionAt(at + by)
  }

  /** @returns the messages about the present version of a document, once they come */
  async diagnostics(uri: string): Promise<PublishDiagnosticsParams> {
    const version = this.documents.get(uri)?.version
    const found = (): PublishDiagnosticsParams | undefined => {
      const last = this.messages.get(uri)
      return last !== undefined && (version === undefined || last.version === version) ? last : undefined
    }
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const last = found()
        if (last === undefined) return
        clearTimeout(late)
        this.waiting.delete(look)
        resolve(last)
      }
      const late = setTimeout(() => {
        this.waiting.delete(look)
        reject(new Error(`no messages about version ${version ?? 0} of ${uri}`))
      }, PATIENCE_MS)
      this.waiting.add(look)
      look()
    })
  }
}
