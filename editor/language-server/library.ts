/** The routines of the libraries, for those who have not taken the library in yet. */
import { basename } from 'node:path'
import { analyse } from '../../compiler/analysis.ts'
import { COURSE, LIBRARIES } from '../../compiler/check/libraries.ts'
import type { FunctionSymbol, ProcSymbol } from '../../compiler/semantics.ts'
import type { Workspace } from './workspace.ts'

/** A routine, and the line that makes it visible. */
export interface LibraryRoutine {
  readonly symbol: ProcSymbol | FunctionSymbol
  readonly line: string
}

/**
 * Reads the libraries, one in each step, so that nobody waits for all of them.
 * @param found gets their routines by name
 */
export function* readLibraries(workspace: Workspace, found: Map<string, LibraryRoutine>): Generator<void> {
  const lines = ['#INCLUDE "course.module"', ...[...new Set(LIBRARIES.values())].map((name) => `#USE "${name}"`)]
  for (const line of lines) {
    const path = 'libraries.module'
    const read = (each: string): string | undefined => (each === path ? `${line}\n` : workspace.read(each))
    const libraryDirectory = workspace.installation.libraryDirectory.replaceAll('\\', '/')
    const program = analyse(path, { read, sha256: () => '', libraryDirectory }, { entries: true })
    for (const symbol of program?.resolved.topLevel ?? []) {
      const library = LIBRARIES.get(symbol.name)
      const isPublic = line.startsWith('#INCLUDE') ? COURSE.has(symbol.name) : library !== undefined && line === `#USE "${library}"`
      if (isPublic && !found.has(symbol.name)) found.set(symbol.name, { symbol, line })
    }
    yield
  }
}

/** @returns the offset where a line is put that takes in a library: below those that do so already, else below the first comments */
export function placeForUse(text: string): number {
  let at = 0
  let last = -1
  for (const line of text.split('\n')) {
    const end = at + line.length + 1
    if (/^#(?:INCLUDE|USE)\b/.test(line)) last = Math.min(end, text.length)
    else if (line.trim() !== '' && !line.startsWith('--') && !line.startsWith('#')) break
    at = end
  }
  if (last >= 0) return last
  const comments = /^(?:--[^\n]*\n)*/.exec(text)?.[0].length ?? 0
  // Comments right above a declaration belong to it.
  return comments > 0 && /^[ \t]*\n/.test(text.slice(comments)) ? comments : 0
}

/** @returns the name of the library that a line takes in, for people */
export function libraryName(line: string): string {
  return basename(/"(.*)"/.exec(line)?.[1] ?? '').replace(/\.module$/, '')
}
