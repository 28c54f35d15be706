/** What is shown of the thing under the pointer: its type and its documentation, or the page of a diagnostic. */
import { MarkupKind, type Hover, type MarkupContent } from 'vscode-languageserver'
import { basename } from 'node:path'
import type { Symbol } from '../../compiler/semantics.ts'
import { commentsAbove, commentsAtTop, declarationText, kindText } from './describe.ts'
import { includedAt } from './navigation.ts'
import { rangeOf, uriOf } from './places.ts'
import type { View, Workspace } from './workspace.ts'

/** @returns a piece of the language in Markdown */
export function code(text: string): string {
  return `\`\`\`godwit\n${text}\n\`\`\``
}

/** @returns what there is to say about a symbol, in Markdown */
export function documentation(symbol: Symbol, view: View, workspace: Workspace): string {
  const parts = [code(declarationText(symbol, view))]
  const from = symbol.declaredAt?.file.path
  if (from === undefined) parts.push(`*predefined ${kindText(symbol)}*`)
  else if (from !== view.path) parts.push(`*${kindText(symbol)}, ${workspace.isLibrary(from) ? 'library' : 'in'} \`${basename(from)}\`*`)
  else parts.push(`*${kindText(symbol)}*`)
  const declaration = view.names.declarationOf(symbol)
  const comments = symbol.declaredAt && (commentsAbove(declaration?.span ?? symbol.declaredAt) ?? undefined)
  if (comments !== undefined && (symbol.kind !== 'variable' || symbol.role !== 'formal')) parts.push(comments.replaceAll('\n', '  \n'))
  return parts.join('\n\n')
}

/** @returns what to show at an offset of a document */
export function hover(view: View, offset: number, workspace: Workspace): Hover | undefined {
  const found = view.names.at(view.path, offset)
  if (found !== undefined && found.symbol.kind !== 'poison')
    return { contents: markdown(documentation(found.symbol, view, workspace)), range: rangeOf(found.name.span) }
  const included = includedAt(view, offset)
  if (included !== undefined) {
    const about = commentsAtTop(included.file)
    return { contents: markdown([`\`${included.file.path}\``, ...(about === undefined ? [] : [about])].join('\n\n')) }
  }
  return codeAt(view, offset, workspace) ?? diagnosticAt(view, offset, workspace)
}

/** The page of a code that is written in the text: `FAILS "R0203"`. */
function codeAt({ file }: View, offset: number, workspace: Workspace): Hover | undefined {
  const lineStart = file.text.lastIndexOf('\n', offset - 1) + 1
  const line = file.text.slice(lineStart, lineStart + 400).split('\n', 1)[0] ?? ''
  for (const { 0: found, index } of line.matchAll(/\b[EWR]\d{4}\b/g)) {
    const start = lineStart + index
    const page = offset >= start && offset <= start + found.length ? workspace.page(found) : undefined
    if (page !== undefined) return { contents: markdown(page.text), range: rangeOf({ file, start, end: start + found.length }) }
  }
  return undefined
}

/** The beginning of the page of a diagnostic whose place the pointer is in. */
function diagnosticAt({ analysis, path }: View, offset: number, workspace: Workspace): Hover | undefined {
  for (const { code: found, primary } of analysis.diagnostics) {
    const { file, start, end } = primary.span
    if (file.path !== path || offset < start || offset > end) continue
    const page = workspace.page(found)
    if (page === undefined) return undefined
    const [heading = '', ...rest] = page.text.split(/\n{2,}/)
    const shown = [heading.replace(/^# */, '### '), ...rest.slice(0, 1), `[more about ${found}](${uriOf(page.path)})`]
    return { contents: markdown(shown.join('\n\n')), range: rangeOf(primary.span) }
  }
  return undefined
}

function markdown(value: string): MarkupContent {
  return { kind: MarkupKind.Markdown, value }
}
