/** The shape of a text: its outline, what can be folded, what a selection grows to, and what can be run from where it stands. */
import {
  FoldingRangeKind,
  SymbolKind,
  type CodeLens,
  type DocumentSymbol,
  type FoldingRange,
  type SelectionRange,
  type WorkspaceSymbol,
} from 'vscode-languageserver'
import type { Declaration, Name, Program, Test } from '../../grammar/ast.ts'
import { parseProgram } from '../../grammar/parse.ts'
import type { Span } from '../../grammar/source.ts'
import { walk } from '../../grammar/walk.ts'
import { locationOf, positionAt, rangeOf, uriOf } from './places.ts'
import type { View, Workspace } from './workspace.ts'

/** So many symbols of a workspace are shown at once. */
const MOST_SYMBOLS = 500

interface Item {
  readonly name: string
  readonly detail: string
  readonly kind: SymbolKind
  readonly at: Span
}

function itemOf(node: Declaration | Test): Item[] {
  const one = (name: Name, kind: SymbolKind, detail: string): Item => ({ name: name.text || '(unnamed)', detail, kind, at: name.span })
  switch (node.kind) {
    case 'test':
      return [{ name: node.title || '(unnamed)', detail: 'TEST', kind: SymbolKind.Event, at: node.span }]
    case 'proc':
      return [one(node.name, SymbolKind.Function, 'PROC')]
    case 'function':
      return [one(node.name, SymbolKind.Function, 'FUNCTION')]
    case 'protocol':
      return [one(node.name, SymbolKind.Interface, 'PROTOCOL')]
    case 'record':
      return [one(node.name, SymbolKind.Struct, 'RECORD')]
    case 'data-type':
      return [one(node.name, SymbolKind.Class, 'DATA TYPE')]
    case 'channel-type':
      return [one(node.name, SymbolKind.Struct, 'CHAN TYPE')]
    case 'process-type':
      return [one(node.name, SymbolKind.Interface, 'PROC TYPE')]
    case 'abbreviation':
    case 'reshape':
      return [one(node.name, node.val ? SymbolKind.Constant : SymbolKind.Variable, node.val ? 'VAL' : '')]
    case 'variable':
    case 'initial': {
      const { file, start, end } = node.type.span
      return node.names.map((name) => one(name, SymbolKind.Variable, file.text.slice(start, end)))
    }
    case 'place':
    case 'missing':
      return []
  }
}

const isDeclaration = (kind: string): boolean => DECLARING.has(kind)
const DECLARING: ReadonlySet<string> = new Set<(Declaration | Test)['kind']>([
  'test',
  'proc',
  'function',
  'protocol',
  'record',
  'data-type',
  'channel-type',
  'process-type',
  'abbreviation',
  'reshape',
  'variable',
  'initial',
])

/** @returns the outline of a file of a program */
export function outline(program: Program, path: string): DocumentSymbol[] {
  const top: DocumentSymbol[] = []
  walk(program.items, top, (node, into) => {
    if (!isDeclaration(node.kind) || node.span.file.path !== path) return into
    const children: DocumentSymbol[] = []
    for (const { name, detail, kind, at } of itemOf(node as Declaration | Test)) {
      if (at.file.path !== path || at.start < node.span.start) continue
      const range = rangeOf({ ...node.span, end: Math.max(node.span.end, at.end) })
      into.push({
        name,
        detail,
        kind,
        range,
        selectionRange: node.kind === 'test' ? { start: range.start, end: range.start } : rangeOf(at),
        children,
      })
    }
    return children
  })
  return top
}

/** @returns the declarations at the top level of the texts of the workspace whose names contain the letters of `query` in their order */
export function workspaceSymbols(query: string, workspace: Workspace): WorkspaceSymbol[] {
  const letters = Array.from(query.toLowerCase(), (letter) => letter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  const wanted = new RegExp(letters)
  const found: WorkspaceSymbol[] = []
  for (const path of workspace.files()) {
    for (const item of topLevel(path, workspace)) {
      if (!wanted.test(item.name.toLowerCase())) continue
      found.push({ name: item.name, kind: item.kind, location: locationOf(item.at), containerName: path.slice(path.lastIndexOf('/') + 1) })
      if (found.length >= MOST_SYMBOLS) return found
    }
  }
  return found
}

const known = new WeakMap<Workspace, Map<string, { readonly text: string; readonly items: readonly Item[] }>>()

function topLevel(path: string, workspace: Workspace): readonly Item[] {
  const text = workspace.read(path)
  if (text === undefined) return []
  const cache = known.get(workspace) ?? new Map<string, { readonly text: string; readonly items: readonly Item[] }>()
  known.set(workspace, cache)
  const before = cache.get(path)
  if (before?.text === text) return before.items
  // The file alone: what it includes has symbols of its own.
  const parsed = parseProgram(path, { read: (each) => (each === path ? text : undefined) })
  const items = (parsed?.program.items ?? []).filter(({ span }) => span.file.path === path).flatMap(itemOf)
  cache.set(path, { text, items })
  return items
}

/** @returns what can be folded: blocks by their indentation, `--{{{` to `--}}}`, comments, and rows of `#INCLUDE` */
export function folds(text: string): FoldingRange[] {
  const found: FoldingRange[] = []
  const lines = text.split('\n')
  const marks: number[] = []
  const open: { readonly line: number; readonly indent: number }[] = []
  let last = -1
  let run: { readonly kind: FoldingRangeKind; readonly start: number; end: number } | undefined
  const endRun = (): void => {
    if (run !== undefined && run.end > run.start) found.push({ startLine: run.start, endLine: run.end, kind: run.kind })
    run = undefined
  }
  const close = (indent: number): void => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop()
      if (last > top.line) found.push({ startLine: top.line, endLine: last })
    }
  }
  lines.forEach((line, i) => {
    const trimmed = line.trim()
    const mark = /^(?:--)?\s*(\{\{\{|\}\}\})/.exec(trimmed)?.[1]
    if (mark === '{{{') marks.push(i)
    else if (mark === '}}}') {
      const start = marks.pop()
      if (start !== undefined && i > start) found.push({ startLine: start, endLine: i, kind: FoldingRangeKind.Region })
    }
    const kind =
      mark !== undefined
        ? undefined
        : trimmed.startsWith('--')
          ? FoldingRangeKind.Comment
          : /^#(?:INCLUDE|USE)\b/.test(trimmed)
            ? FoldingRangeKind.Imports
            : undefined
    if (run !== undefined && run.kind === kind) run.end = i
    else {
      endRun()
      if (kind !== undefined) run = { kind, start: i, end: i }
    }
    if (trimmed === '' || trimmed.startsWith('--')) return
    const indent = line.length - line.trimStart().length
    close(indent)
    open.push({ line: i, indent })
    last = i
  })
  endRun()
  close(0)
  return found
}

/** @returns what a selection at an offset grows to, step by step */
export function selection({ analysis, path, file }: View, offset: number): SelectionRange {
  const spans: Span[] = [{ file, start: 0, end: file.text.length }]
  const holds = (span: Span): boolean => span.file.path === path && span.start <= offset && offset <= span.end
  walk(analysis.program.items, undefined, (node) => {
    if (holds(node.span)) spans.push(node.span)
    return undefined
  })
  const word = /[\w.]*$/.exec(file.text.slice(0, offset))?.[0].length ?? 0
  const rest = /^[\w.]*/.exec(file.text.slice(offset, offset + 200))?.[0].length ?? 0
  if (word + rest > 0) spans.push({ file, start: offset - word, end: offset + rest })
  spans.sort((a, b) => b.end - b.start - (a.end - a.start))
  let chain: SelectionRange | undefined
  let outer: Span | undefined
  for (const span of spans) {
    if (outer !== undefined && (span.start < outer.start || span.end > outer.end || span.end - span.start === outer.end - outer.start))
      continue
    chain = chain === undefined ? { range: rangeOf(span) } : { range: rangeOf(span), parent: chain }
    outer = span
  }
  return chain ?? { range: rangeOf({ file, start: offset, end: offset }) }
}

/** @returns above each TEST a way to run it, above the main process one to run the program */
export function lenses({ analysis, path, file }: View): CodeLens[] {
  const uri = uriOf(path)
  const found: CodeLens[] = analysis.program.items.flatMap((item) =>
    item.kind === 'test' && item.span.file.path === path
      ? [
          {
            range: lineAt(item.span),
            command: { title: 'Run test', command: 'godwit.runTest', arguments: [uri, item.title] },
          },
        ]
      : [],
  )
  const main = analysis.typed.main?.symbol.declaredAt
  if (main?.file.path === path && path === analysis.source.path) {
    const command = { command: 'godwit.run', arguments: [uri] }
    found.push({ range: lineAt(main), command: { title: 'Run program', ...command } })
  }
  if (found.length > 1 && analysis.resolved.tests.length > 0) {
    const start = { line: 0, character: 0 }
    const command = { title: 'Run all tests', command: 'godwit.runTests', arguments: [uri] }
    found.unshift({ range: { start, end: start }, command })
  }
  return found

  function lineAt({ start }: Span): CodeLens['range'] {
    const { line } = positionAt(file, start)
    return { start: { line, character: 0 }, end: { line, character: 0 } }
  }
}
