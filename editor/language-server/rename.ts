/**
 * Renaming. Whether the new name is free is not worked out beforehand: the changed programs are looked at as any others, and every name must
 * stand for what it stood for before.
 */
import { basename } from 'node:path'
import type { Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver'
import { analyse } from '../../compiler/analysis.ts'
import { NameIndex, type Occurrence } from '../../compiler/name-index.ts'
import { lineColumn, type SourceFile } from '../../grammar/source.ts'
import { keywords } from '../../grammar/tokens.ts'
import { programsWith } from './navigation.ts'
import { rangeOf, uriOf } from './places.ts'
import type { ProgramView, View, Workspace } from './workspace.ts'

/** Why something is not renamed, in a sentence. */
export interface Refusal {
  readonly refused: string
}

/** Where a file is changed: the starts of the old name, in order. */
interface Change {
  readonly file: SourceFile
  readonly starts: readonly number[]
}

/** @returns what would be renamed at an offset, or why that cannot be */
export function renamed(
  view: View,
  offset: number,
  workspace: Workspace,
): { readonly range: Range; readonly placeholder: string } | Refusal {
  const found = view.names.at(view.path, offset)
  if (found === undefined) return { refused: 'there is no name here' }
  const { symbol, name, spliced } = found
  if (symbol.kind === 'poison') return { refused: `nothing declares \`${name.text}\`` }
  if (symbol.declaredAt === undefined) return { refused: `\`${name.text}\` belongs to the language` }
  const at = symbol.declaredAt.file.path
  if (workspace.isLibrary(at)) return { refused: `\`${name.text}\` is declared in the library \`${basename(at)}\`` }
  if (name.text.startsWith('"')) return { refused: 'an operator is no name' }
  if (spliced) return { refused: 'this name comes out of a preprocessor symbol' }
  return { range: rangeOf(name.span), placeholder: name.text }
}

/**
 * @param to the new name
 * @returns the edits of all texts of the workspace that hold the name, or why it must not be renamed so
 */
export function rename(view: View, offset: number, to: string, workspace: Workspace): WorkspaceEdit | Refusal {
  const allowed = renamed(view, offset, workspace)
  if ('refused' in allowed) return allowed
  const found = view.names.at(view.path, offset) as Occurrence // `renamed` has seen it
  if (keywords.has(to)) return { refused: `\`${to}\` is a word of the language` }
  if (!/^[A-Za-z][A-Za-z0-9.]*$/.test(to)) return { refused: 'a name is a letter, and letters, digits and points after it' }
  const from = found.name.text
  if (to === from) return { changes: {} }

  const programs = [...programsWith(found, view, workspace)].filter(({ names }) => names.of(found.key).length > 0)
  const changes = new Map<string, { file: SourceFile; starts: Set<number> }>()
  for (const { names } of programs)
    for (const { name, spliced } of names.of(found.key)) {
      if (spliced) return { refused: `\`${from}\` also comes out of a preprocessor symbol, in ${place(name.span.file, name.span.start)}` }
      const { file, start } = name.span
      const change = changes.get(file.path) ?? { file, starts: new Set() }
      changes.set(file.path, change)
      change.starts.add(start)
    }
  const sorted = new Map([...changes].map(([path, { file, starts }]) => [path, { file, starts: [...starts].sort((a, b) => a - b) }]))
  for (const program of programs) {
    const refused = clash(program, { from, to, changes: sorted }, workspace)
    if (refused !== undefined) return { refused }
  }
  const edits: Record<string, TextEdit[]> = {}
  for (const [path, { file, starts }] of sorted)
    edits[uriOf(path)] = starts.map((start) => ({ range: rangeOf({ file, start, end: start + from.length }), newText: to }))
  return { changes: edits }
}

interface Renaming {
  readonly from: string
  readonly to: string
  readonly changes: ReadonlyMap<string, Change>
}

/** @returns what would be otherwise in a program, in words */
function clash(program: ProgramView, { from, to, changes }: Renaming, workspace: Workspace): string | undefined {
  const read = (path: string): string | undefined => {
    const change = changes.get(path)
    return change === undefined ? workspace.read(path) : replaced(change, from, to)
  }
  const { libraryDirectory } = workspace.installation
  const main = program.analysis.source.path
  const after = analyse(main, { read, sha256: () => '', libraryDirectory }, main.endsWith('.csp') ? {} : { entries: true })
  if (after === undefined) return `\`${main}\` is gone`
  const names = new NameIndex(after)
  const moved = (path: string, offset: number): number => {
    const before = changes.get(path)?.starts.filter((start) => start < offset).length ?? 0
    return offset + before * (to.length - from.length)
  }
  for (const file of program.analysis.files)
    for (const { name, symbol, key } of program.names.inFile(file.path)) {
      const start = moved(file.path, name.span.start)
      const now = names.at(file.path, start)
      const at = symbol.declaredAt
      const wanted = at === undefined ? key : `${at.file.path}:${moved(at.file.path, at.start)}`
      if (symbol.kind === 'poison' || (now?.key === wanted && now.name.span.start === start)) continue
      const other = now?.symbol.declaredAt
      const meaning = other === undefined ? 'nothing' : `what ${place(other.file, other.start)} declares`
      return `\`${name.text === from ? to : name.text}\` in ${place(file, name.span.start)} would stand for ${meaning}`
    }
  const count = ({ diagnostics }: { readonly diagnostics: ProgramView['analysis']['diagnostics'] }): number =>
    diagnostics.filter(({ severity }) => severity === 'error').length
  if (count(after) > count(program.analysis)) {
    const titles = new Set(program.analysis.diagnostics.map(({ title }) => title))
    const fresh = after.diagnostics.find(({ severity, title }) => severity === 'error' && !titles.has(title))
    return `the program would be wrong: ${fresh?.title ?? 'it would have another error'}`
  }
  return undefined
}

function replaced({ file, starts }: Change, from: string, to: string): string {
  let text = ''
  let at = 0
  for (const start of starts) {
    text += file.text.slice(at, start) + to
    at = start + from.length
  }
  return text + file.text.slice(at)
}

function place(file: SourceFile, offset: number): string {
  return `line ${lineColumn(file, offset).line} of \`${basename(file.path)}\``
}
