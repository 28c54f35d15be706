/** The walk over directories that commands search for texts: the same ones for all of them. */
import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { join } from 'node:path'

/** What a visitor of a directory is shown. */
export interface Visitor {
  /** `directory` itself and each one below it. */
  readonly directory?: (path: string) => void
  /** Regular files. */
  readonly file: (path: string, name: string) => void
}

/**
 * Walks a directory and those below it, in the order of names, without what is hidden, `node_modules` and `dist`.
 * @param links what symbolic links lead to is visited as well. Those that lead nowhere, or round in circles, are passed over
 * @param visited real paths of directories that were walked already
 * @throws the error of the system for a directory that cannot be read: what is in it would be missed without a word
 */
export function visitBelow(directory: string, visitor: Visitor, links: boolean, visited = new Set<string>()): void {
  const real = realpathSync(directory)
  if (visited.has(real)) return
  visited.add(real)
  visitor.directory?.(directory)
  for (const name of readdirSync(directory).sort()) {
    if (name.startsWith('.') || name === 'node_modules' || name === 'dist') continue
    const path = directory === '.' ? name : join(directory, name)
    const stats = links ? followed(path) : lstatSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) visitBelow(path, visitor, links, visited)
    else if (stats?.isFile() === true) visitor.file(path, name)
  }
}

function followed(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
