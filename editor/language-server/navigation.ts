/** Where a name is declared, and everywhere that it is used, in this program and in the others of the workspace. */
import { DocumentHighlightKind, type DocumentHighlight, type Location } from 'vscode-languageserver'
import type { Occurrence } from '../../compiler/name-index.ts'
import type { SourceFile } from '../../grammar/source.ts'
import { locationOf, rangeOf, uriOf } from './places.ts'
import type { ProgramView, View, Workspace } from './workspace.ts'

/** So many programs are looked through for the uses of a name; a name of a text that more programs include is looked for in the first of them. */
const MAX_PROGRAMS = 200

/** @returns the file that the `#INCLUDE` or `#USE` at an offset names, if it was found */
export function includedAt({ file, analysis }: View, offset: number): { readonly file: SourceFile } | undefined {
  const lineStart = file.text.lastIndexOf('\n', offset - 1) + 1
  const line = file.text.slice(lineStart).split('\n', 1)[0] ?? ''
  const name = /^[ \t]*#(?:INCLUDE|USE)[ \t]+"([^"]+)"/.exec(line)?.[1]
  if (name === undefined) return undefined
  const stem = name.replace(/^.*\//, '').replace(/\.(?:inc|module|occ|csp|lib)$/, '')
  const isIt = ({ path }: SourceFile): boolean => new RegExp(`(?:^|/)${escaped(stem)}(?:\\.lib)?\\.(?:inc|module|occ|csp)$`).test(path)
  const found = analysis.files.find((each) => each !== analysis.source && isIt(each))
  return found === undefined ? undefined : { file: found }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** @returns where the thing at an offset is declared */
export function definition(view: View, offset: number): Location | undefined {
  const found = view.names.at(view.path, offset)
  if (found?.symbol.declaredAt !== undefined) return locationOf(found.symbol.declaredAt)
  const included = includedAt(view, offset)
  return included && { uri: uriOf(included.file.path), range: rangeOf({ file: included.file, start: 0, end: 0 }) }
}

/** @returns the places of the name at an offset within its own document */
export function highlights(view: View, offset: number): DocumentHighlight[] {
  const found = view.names.at(view.path, offset)
  if (found === undefined) return []
  return view.names
    .of(found.key)
    .filter(({ name }) => name.span.file.path === view.path)
    .map(({ name, declares }) => ({ range: rangeOf(name.span), kind: declares ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }))
}

/** @returns the programs in which a name may stand that is declared where `found` says */
export function* programsWith(found: Occurrence, view: View, workspace: Workspace): Generator<ProgramView> {
  yield view
  const declaredIn = found.symbol.declaredAt?.file.path
  if (declaredIn === undefined) return
  // A local name is seen by its own program alone, unless that is a text which others include.
  const own = view.analysis.source.path
  let left = MAX_PROGRAMS
  for (const path of new Set([...workspace.includers(declaredIn), ...workspace.rootsOf(declaredIn)])) {
    if (path === own || left-- <= 0) continue
    const program = workspace.program(path)
    if (program !== undefined) yield program
  }
}

/** @returns every place of the name at an offset */
export function references(view: View, offset: number, workspace: Workspace, withDeclaration: boolean): Location[] {
  const found = view.names.at(view.path, offset)
  if (found === undefined || found.symbol.kind === 'poison') return []
  const places = new Map<string, Location>()
  for (const { names } of programsWith(found, view, workspace))
    for (const { name, declares } of names.of(found.key)) {
      if (declares && !withDeclaration) continue
      places.set(`${name.span.file.path}:${name.span.start}`, locationOf(name.span))
    }
  return [...places.values()]
}
