/** Places of a text as the compiler has them, offsets, and as editors have them: lines and columns, both from zero. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Location, Position, Range } from 'vscode-languageserver'
import { lineColumn, type SourceFile, type Span } from '../../grammar/source.ts'

/** @returns the place of an offset */
export function positionAt(file: SourceFile, offset: number): Position {
  const { line, column } = lineColumn(file, Math.min(offset, file.text.length))
  return { line: line - 1, character: column - 1 }
}

/** @returns the stretch of a span */
export function rangeOf({ file, start, end }: Span): Range {
  return { start: positionAt(file, start), end: positionAt(file, Math.max(start, end)) }
}

/** @returns the offset of a place; one beyond the end of its line or of the text means that end */
export function offsetAt(text: string, { line, character }: Position): number {
  let start = 0
  for (let i = 0; i < line; i++) {
    const end = text.indexOf('\n', start)
    if (end < 0) return text.length
    start = end + 1
  }
  const end = text.indexOf('\n', start)
  return Math.min(start + character, end < 0 ? text.length : end)
}

/** @returns a span with its file, for an editor */
export function locationOf(span: Span): Location {
  return { uri: uriOf(span.file.path), range: rangeOf(span) }
}

/** @returns the path of a document: the file, or the URI itself of what is in no file yet */
export function pathOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri).replaceAll('\\', '/') : uri
}

/** @returns the URI of a path, as `pathOf` was given it */
export function uriOf(path: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(path) && !/^[a-z]:\//i.test(path) ? path : pathToFileURL(path).href
}
