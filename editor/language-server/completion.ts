/** What can be written at a place: names in scope, tags, fields, words of the language, routines of libraries. */
import { extname } from 'node:path'
import { CompletionItemKind, InsertTextFormat, MarkupKind, type CompletionItem } from 'vscode-languageserver'
import type { Entry } from '../../compiler/check/scope.ts'
import { agrees, channelOf, describe, describeComponent, endOf, representation, withoutMobile } from '../../compiler/check/type-model.ts'
import type { Symbol, Type, VariableSymbol } from '../../compiler/semantics.ts'
import { commentsAbove, headingOf, kindText } from './describe.ts'
import { code } from './hover.ts'
import { libraryName, placeForUse, type LibraryRoutine } from './library.ts'
import { positionAt } from './places.ts'
import { find, openCall, statementBefore } from './signature.ts'
import type { View, Workspace } from './workspace.ts'

/** What the text before the cursor asks for. */
type Wanted =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'file' }
  | { readonly kind: 'field'; readonly of: string }
  | { readonly kind: 'message'; readonly channel: string; readonly direction: '!' | '?' }
  | { readonly kind: 'tag'; readonly channel: string }
  | { readonly kind: 'type' }
  | { readonly kind: 'declaration' }
  | { readonly kind: 'process' }
  | { readonly kind: 'expression' }

const OPERAND = String.raw`[A-Za-z][A-Za-z0-9.]*(?:\[[^\]]*\])*[?!]?`

/** @returns what is to be completed at the end of `text`, which is a document up to the cursor */
export function wantedAfter(text: string): Wanted {
  const lineStart = text.lastIndexOf('\n') + 1
  const line = text.slice(lineStart)
  if (/^[ \t]*#(?:INCLUDE|USE)[ \t]+"[^"]*$/.test(line)) return { kind: 'file' }
  const bare = line.replace(/"(?:[^"*]|\*.)*"/g, '""').replace(/'(?:\*?.)'/g, "''")
  if (bare.includes('--') || bare.includes('"') !== bare.endsWith('""') || /#[A-Z]*$/.test(bare)) {
    if (bare.includes('--') || /"[^"]*$/.test(bare.replaceAll('""', ''))) return { kind: 'nothing' }
  }
  const field = new RegExp(`(${OPERAND})\\[[A-Za-z0-9.]*$`).exec(bare)?.[1]
  if (field !== undefined) return { kind: 'field', of: field }
  const caseTag = new RegExp(`(${OPERAND})[ ]*\\?\\??[ ]*CASE[ ]+[A-Za-z0-9.]*$`).exec(bare)?.[1]
  if (caseTag !== undefined) return { kind: 'tag', channel: caseTag }
  const message = new RegExp(`(${OPERAND})[ ]*(!|\\?\\??)[ ]*[A-Za-z0-9.]*$`).exec(bare)
  if (message !== null && !bare.includes('('))
    return { kind: 'message', channel: message[1] ?? '', direction: message[2] === '!' ? '!' : '?' }
  if (/^[ ]*[A-Za-z0-9.]*$/.test(bare)) {
    const channel = variantsAbove(text.slice(0, lineStart), /^ */.exec(bare)?.[0].length ?? 0)
    if (channel !== undefined) return { kind: 'tag', channel }
    return /^ /.test(bare) ? { kind: 'process' } : { kind: 'declaration' }
  }
  if (
    /(?:\b(?:CHAN(?: OF)?|PORT(?: OF)?|MOBILE|INITIAL|VAL|RESULT|IS|SHARED|IMPLEMENTS|SIZE|MOSTPOS|MOSTNEG)|;|::\[\]|\])[ ]*[A-Za-z0-9.]*$/.test(
      bare,
    )
  ) {
    if (/\b(?:CHAN|PORT|MOBILE|INITIAL|SHARED|IMPLEMENTS)(?: OF)? *[A-Za-z0-9.]*$/.test(bare)) return { kind: 'type' }
    if (/^\s*PROTOCOL\b/.test(bare)) return { kind: 'type' }
  }
  if (/^\s*(?:\w+ )*PROC [\w.]+ *\((?:.*, *)?[A-Za-z0-9.]*$/.test(bare) || /\bFUNCTION [\w.]+ *\((?:.*, *)?[A-Za-z0-9.]*$/.test(bare))
    return { kind: 'type' }
  return { kind: 'expression' }
}

/** The channel of the `? CASE` that a line stands right under, if it does. */
function variantsAbove(text: string, indent: number): string | undefined {
  const lines = text.split('\n')
  for (let i = lines.length - 1; i >= 0 && i > lines.length - 400; i--) {
    const line = (lines[i] ?? '').replace(/--.*$/, '').trimEnd()
    const column = line.length - line.trimStart().length
    if (line === '' || column >= indent) continue
    if (column < indent - 2) return undefined
    return new RegExp(`(${OPERAND})[ ]*\\?\\??[ ]*CASE$`).exec(line)?.[1]
  }
  return undefined
}

const DECLARING = ['PROC', 'FUNCTION', 'PROTOCOL', 'DATA TYPE', 'CHAN TYPE', 'PROC TYPE', 'VAL', 'TEST', 'REC', 'INLINE', 'MOBILE']
const DIRECTIVES = ['#INCLUDE', '#USE', '#IF', '#ELSE', '#ENDIF', '#DEFINE', '#PRAGMA']
const TYPES = ['BOOL', 'BYTE', 'INT', 'INT16', 'INT32', 'INT64', 'REAL32', 'REAL64']
const MORE_TYPES = ['CHAN', 'TIMER', 'MOBILE', 'SHARED', 'BARRIER', 'VAL', 'RESULT', 'ANY']
const PROCESSES = [
  'SEQ', 'PAR', 'ALT', 'IF', 'CASE', 'WHILE', 'SKIP', 'STOP', 'PRI PAR', 'PRI ALT', 'PLACED PAR', 'CLAIM', 'FORK', 'FORKING', 'SYNC',
  'RESIGN', 'SUSPEND', 'VALOF', 'RESULT', 'TRUE', 'ELSE', 'PROC', 'VAL', 'INITIAL', 'CHAN', 'TIMER', 'BARRIER', 'MOBILE', 'SHARED', 'PROTOCOL', 'PLACE',
] // prettier-ignore
const OPERATORS = [
  'TRUE', 'FALSE', 'NOT', 'AND', 'OR', 'SIZE', 'MOSTPOS', 'MOSTNEG', 'ROUND', 'TRUNC', 'PLUS', 'MINUS', 'TIMES', 'REM', 'AFTER', 'FOR', 'FROM', 'STEP',
  'IS', 'RETYPES', 'RESHAPES', 'CLONE', 'DEFINED', 'MOBILE', 'OF',
] // prettier-ignore

/** What completion is given beside the program. */
export interface CompletionContext {
  readonly workspace: Workspace
  /** Those that have been read so far. */
  readonly libraries: ReadonlyMap<string, LibraryRoutine>
}

/**
 * @param view the program as it was last looked at
 * @param text the document as it is now
 * @param offset where the cursor is in `text`
 */
export function completion(view: View, text: string, offset: number, { workspace, libraries }: CompletionContext): CompletionItem[] {
  const before = text.slice(0, offset)
  const wanted = wantedAfter(before)
  const lineStart = before.lastIndexOf('\n') + 1
  const indent = /^ */.exec(before.slice(lineStart))?.[0].length ?? 0
  const entry = view.names.visibleAt(view.file, mapped(view.file.text, text, offset), indent)
  switch (wanted.kind) {
    case 'nothing':
      return []
    case 'file':
      return files(view, workspace)
    case 'field': {
      const fields = fieldsOf(typeOf(wanted.of, entry))
      const others = symbols(entry, ({ kind }) => kind === 'variable')
      return fields.length > 0 ? fields : others
    }
    case 'tag':
      return [...tagsOf(typeOf(wanted.channel, entry)), ...words(PROCESSES.slice(0, 6), 'z')]
    case 'message':
      return message(typeOf(wanted.channel, entry), wanted.direction, entry)
    case 'type':
      return [...words([...TYPES, ...MORE_TYPES], '1'), ...symbols(entry, ({ kind }) => kind === 'type' || kind === 'protocol')]
    case 'declaration':
      return words([...DECLARING, ...TYPES, ...DIRECTIVES], '1')
    case 'process':
      return [
        ...symbols(entry, ({ kind }) => kind !== 'function' && kind !== 'protocol'),
        ...words([...PROCESSES, ...TYPES], '6'),
        ...routines('proc', text, entry, libraries),
      ]
    case 'expression':
      return expression(before, offset, entry, text, libraries)
  }
}

/** Where an offset of one text is in an earlier one. */
function mapped(then: string, now: string, offset: number): number {
  let same = 0
  while (same < offset && same < then.length && then.charCodeAt(same) === now.charCodeAt(same)) same++
  return same >= offset ? offset : Math.max(same, Math.min(then.length, offset - (now.length - then.length)))
}

function expression(
  before: string,
  offset: number,
  entry: Entry | undefined,
  text: string,
  libraries: ReadonlyMap<string, LibraryRoutine>,
): CompletionItem[] {
  const call = openCall(statementBefore(before, offset))
  const routine = call && find(entry, call.name)
  const formal = routine?.kind === 'proc' || routine?.kind === 'function' ? routine.formals[call?.complete ?? 0] : undefined
  return [
    ...(formal === undefined ? [] : fitting(formal, entry)),
    ...symbols(entry, ({ kind }) => kind === 'variable' || kind === 'function' || kind === 'type', formal?.type),
    ...words([...OPERATORS, ...TYPES], '7'),
    ...routines('function', text, entry, libraries),
  ]
}

/** Channels for a parameter, with the direction that it has. */
function fitting({ type }: VariableSymbol, entry: Entry | undefined): CompletionItem[] {
  const channel = channelOf(type)
  if (channel?.direction === undefined) return []
  const { direction } = channel
  return visible(entry)
    .filter((symbol): symbol is VariableSymbol => symbol.kind === 'variable' && channelOf(symbol.type) !== undefined)
    .filter((symbol) => (channelOf(symbol.type)?.direction ?? direction) === direction)
    .map((symbol) => ({
      label: `${symbol.name}${direction}`,
      kind: CompletionItemKind.Variable,
      detail: describe(symbol.type),
      filterText: symbol.name,
      sortText: `0${symbol.name}`,
    }))
}

function message(type: Type | undefined, direction: '!' | '?', entry: Entry | undefined): CompletionItem[] {
  if (type?.kind === 'timer') return [...words(['AFTER'], '!'), ...symbols(entry, ({ kind }) => kind === 'variable')]
  const tags = tagsOf(type)
  const isCase = direction === '?' && tags.length > 0
  const channel = type && channelOf(type)
  const protocol = channel?.protocol
  const first = protocol?.kind === 'sequence' ? protocol.items[0] : undefined
  const item = first === undefined ? undefined : first.kind === 'plain' ? first.type : first.count
  const values = symbols(
    entry,
    (symbol) => symbol.kind === 'variable' && (direction === '!' || symbol.writable) && channelOf(symbol.type) === undefined,
    item,
  )
  const functions = direction === '!' ? symbols(entry, ({ kind }) => kind === 'function') : []
  return [...(isCase ? words(['CASE'], '!') : []), ...tags, ...(tags.length > 0 ? [] : [...values, ...functions])]
}

/** @returns the type of an operand as it is written: `a`, `a[i]`, `r[field]` */
function typeOf(operand: string, entry: Entry | undefined): Type | undefined {
  const [, name = '', rest = ''] = /^([A-Za-z][A-Za-z0-9.]*)(.*?)[?!]?$/.exec(operand) ?? []
  const symbol = find(entry, name)
  if (symbol?.kind !== 'variable') return undefined
  let type: Type | undefined = symbol.type
  for (const [, index = ''] of rest.matchAll(/\[([^\]]*)\]/g)) {
    const inner: Type = representation(withoutMobile(type))
    if (inner.kind === 'array') type = inner.element
    else if (inner.kind === 'record') type = inner.fields.find((field) => field.name === index.trim())?.type
    else type = endOf(inner)?.bundle.fields.find((field) => field.name === index.trim())?.type
    if (type === undefined) return undefined
  }
  return type
}

function fieldsOf(type: Type | undefined): CompletionItem[] {
  if (type === undefined) return []
  const inner = representation(withoutMobile(type))
  const fields = inner.kind === 'record' ? inner.fields : (endOf(type)?.bundle.fields ?? [])
  return fields.map(({ name, type: each }, i) => ({
    label: name,
    kind: CompletionItemKind.Field,
    detail: describe(each),
    sortText: `0${String(i).padStart(4, '0')}`,
  }))
}

function tagsOf(type: Type | undefined): CompletionItem[] {
  const protocol = type && channelOf(type)?.protocol
  if (protocol?.kind !== 'variant') return []
  return protocol.tags.map(({ name, items }, i) => ({
    label: name,
    kind: CompletionItemKind.EnumMember,
    detail: [name, ...items.map(describeComponent)].join('; '),
    sortText: `0${String(i).padStart(4, '0')}`,
  }))
}

function words(list: readonly string[], rank: string): CompletionItem[] {
  return list.map((label) => ({ label, kind: CompletionItemKind.Keyword, sortText: `${rank}${label}` }))
}

/** Everything that is visible, each name once. */
function visible(entry: Entry | undefined): Symbol[] {
  const seen = new Set<string>()
  const found: Symbol[] = []
  for (let at = entry; at !== undefined; at = at.below) {
    if (seen.has(at.name)) continue
    seen.add(at.name)
    if (at.symbol.kind !== 'poison' && !at.name.startsWith('"')) found.push(at.symbol)
  }
  return found
}

function symbols(entry: Entry | undefined, accepts: (symbol: Symbol) => boolean, type?: Type): CompletionItem[] {
  return visible(entry)
    .filter(accepts)
    .map((symbol, i) => {
      const fits = type !== undefined && symbol.kind === 'variable' && agrees(type, symbol.type)
      const rank = fits ? '1' : symbol.declaredAt === undefined ? '5' : symbol.level > 0 ? '2' : '3'
      return { ...item(symbol), sortText: `${rank}${String(i).padStart(5, '0')}` }
    })
}

const KINDS: Readonly<Record<Symbol['kind'], CompletionItemKind>> = {
  variable: CompletionItemKind.Variable,
  proc: CompletionItemKind.Function,
  function: CompletionItemKind.Function,
  protocol: CompletionItemKind.Interface,
  type: CompletionItemKind.Struct,
  field: CompletionItemKind.Field,
  tag: CompletionItemKind.EnumMember,
  poison: CompletionItemKind.Text,
}

function item(symbol: Symbol): CompletionItem {
  const base: CompletionItem = { label: symbol.name, kind: KINDS[symbol.kind] }
  if (symbol.kind === 'variable') {
    const isFixed = symbol.role === 'val' || symbol.mode === 'val'
    return { ...base, kind: isFixed ? CompletionItemKind.Constant : KINDS.variable, detail: describe(symbol.type) }
  }
  if (symbol.kind !== 'proc' && symbol.kind !== 'function') return { ...base, detail: kindText(symbol) }
  return { ...base, detail: headingOf(symbol), ...callOf(symbol.name, symbol.formals) }
}

/** A call with a place for each actual parameter. */
function callOf(name: string, formals: readonly VariableSymbol[]): Partial<CompletionItem> {
  const actuals = formals.map((formal, i) => {
    const direction = channelOf(formal.type)?.direction ?? ''
    return `\${${i + 1}:${formal.name}}${direction}`
  })
  return { insertText: `${name} (${actuals.join(', ')})`, insertTextFormat: InsertTextFormat.Snippet }
}

/** Routines of libraries that are not visible yet, with the line that makes them so. */
function routines(
  kind: 'proc' | 'function',
  text: string,
  entry: Entry | undefined,
  libraries: ReadonlyMap<string, LibraryRoutine>,
): CompletionItem[] {
  const found: CompletionItem[] = []
  const file = { path: '', text }
  const at = positionAt(file, placeForUse(text))
  const known = new Set(visible(entry).map(({ name }) => name))
  for (const { symbol, line } of libraries.values()) {
    if (symbol.kind !== kind || known.has(symbol.name)) continue
    const comments = symbol.declaredAt && commentsAbove(symbol.declaredAt)
    found.push({
      ...item(symbol),
      sortText: `8${symbol.name}`,
      labelDetails: { description: libraryName(line) },
      documentation: {
        kind: MarkupKind.Markdown,
        value: [code(headingOf(symbol)), ...(comments === undefined ? [] : [comments])].join('\n\n'),
      },
      additionalTextEdits: [{ range: { start: at, end: at }, newText: `${line}\n` }],
    })
  }
  return found
}

/** Names for `#INCLUDE "` and `#USE "`. */
function files({ path }: View, workspace: Workspace): CompletionItem[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const own = workspace.files().flatMap((each) => (each !== path && each.startsWith(folder) ? [each.slice(folder.length)] : []))
  return [
    ...workspace.libraryNames().map((label) => ({ label, kind: CompletionItemKind.Module, detail: 'library', sortText: `1${label}` })),
    ...own.map((label) => ({
      label,
      kind: extname(label) === '.csp' ? CompletionItemKind.File : CompletionItemKind.Module,
      sortText: `0${label}`,
    })),
  ]
}
