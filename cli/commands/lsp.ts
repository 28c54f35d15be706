/** `godwit lsp` */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { serve } from '../../editor/language-server/server.ts'
import { answerRefused, wellFormed } from '../../editor/language-server/well-formed.ts'
import { diagnosticPages, libraryDirectory, packageVersion } from '../package.ts'

/** Serves one editor on standard input and output until that closes them; the connection ends this OS process. */
export async function lsp(): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout, { messageStrategy: wellFormed })
  answerRefused(connection)
  serve(connection, { libraryDirectory, diagnosticPages }, packageVersion())
  await new Promise<never>(() => undefined)
}
