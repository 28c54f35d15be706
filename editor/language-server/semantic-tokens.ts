/** What each word of a text is, from the checks rather than from its spelling: a tag, a parameter, a channel's name, a constant. */
import { SemanticTokenModifiers, SemanticTokenTypes, type SemanticTokensEdit, type SemanticTokensLegend } from 'vscode-languageserver'
import type { Occurrence } from '../../compiler/name-index.ts'
import { keywords, Primitive } from '../../grammar/tokens.ts'
import { lineColumn } from '../../grammar/source.ts'
import type { View, Workspace } from './workspace.ts'

const TYPES = [
  SemanticTokenTypes.keyword,
  SemanticTokenTypes.type,
  SemanticTokenTypes.function,
  SemanticTokenTypes.parameter,
  SemanticTokenTypes.variable,
  SemanticTokenTypes.property,
  SemanticTokenTypes.enumMember,
  SemanticTokenTypes.interface,
] as const
const MODIFIERS = [SemanticTokenModifiers.declaration, SemanticTokenModifiers.readonly, SemanticTokenModifiers.defaultLibrary] as const

type TokenKind = (typeof TYPES)[number]

export const LEGEND: SemanticTokensLegend = { tokenTypes: [...TYPES], tokenModifiers: [...MODIFIERS] }

interface Coloured {
  readonly start: number
  readonly length: number
  readonly kind: TokenKind
  /** A bit for each of MODIFIERS. */
  readonly modifiers: number
}

function kindOf({ symbol }: Occurrence): TokenKind | undefined {
  switch (symbol.kind) {
    case 'proc':
    case 'function':
      return SemanticTokenTypes.function
    case 'protocol':
      return SemanticTokenTypes.interface
    case 'type':
      return SemanticTokenTypes.type
    case 'field':
      return SemanticTokenTypes.property
    case 'tag':
      return SemanticTokenTypes.enumMember
    case 'variable':
      return symbol.role === 'formal' ? SemanticTokenTypes.parameter : SemanticTokenTypes.variable
    case 'poison':
      return undefined
  }
}

function coloured({ names, path, analysis, file }: View, workspace: Workspace): Coloured[] {
  const found: Coloured[] = []
  for (const occurrence of names.inFile(path)) {
    const { name, symbol, declares } = occurrence
    const kind = kindOf(occurrence)
    if (kind === undefined || name.text.startsWith('"')) continue
    const isFixed = symbol.kind === 'variable' && (!symbol.writable || symbol.role === 'val' || symbol.mode === 'val')
    const isGiven = symbol.declaredAt === undefined || workspace.isLibrary(symbol.declaredAt.file.path)
    found.push({
      start: name.span.start,
      length: name.span.end - name.span.start,
      kind,
      modifiers: (declares ? 1 : 0) | (isFixed ? 2 : 0) | (isGiven ? 4 : 0),
    })
  }
  if (file === analysis.source)
    for (const { image, tokenType, startOffset } of analysis.lexed.tokens)
      if (keywords.get(image) === tokenType)
        found.push({
          start: startOffset,
          length: image.length,
          kind: tokenType === Primitive ? SemanticTokenTypes.type : SemanticTokenTypes.keyword,
          modifiers: 0,
        })
  return found.sort((a, b) => a.start - b.start)
}

/**
 * @param range offsets of the part that is wanted; the whole without it
 * @returns five numbers a token, as the protocol has them
 */
export function semanticTokens(view: View, workspace: Workspace, range?: readonly [start: number, end: number]): number[] {
  const data: number[] = []
  let [line, column, last] = [0, 0, -1]
  for (const { start, length, kind, modifiers } of coloured(view, workspace)) {
    if (start < last || (range !== undefined && (start + length < range[0] || start > range[1]))) continue
    const at = lineColumn(view.file, start)
    const [nextLine, nextColumn] = [at.line - 1, at.column - 1]
    data.push(nextLine - line, nextLine === line ? nextColumn - column : nextColumn, length, TYPES.indexOf(kind), modifiers)
    ;[line, column, last] = [nextLine, nextColumn, start + length]
  }
  return data
}

/** @returns the one edit that makes the numbers `before` the numbers `after` */
export function tokenEdits(before: readonly number[], after: readonly number[]): SemanticTokensEdit[] {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  if (start === before.length && start === after.length) return []
  return [{ start, deleteCount: before.length - end - start, data: after.slice(start, after.length - end) }]
}
