/** Where the package's own files are, whether it runs from source or from `dist`. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The directory that holds `package.json`. */
export const packageRoot = existsSync(join(here, '..', 'package.json')) ? join(here, '..') : join(here, '..', '..')

/** The library modules, `course.module` and others. */
export const libraryDirectory = join(packageRoot, 'runtime', 'library')

/** One page for each diagnostic code. */
export const diagnosticPages = join(packageRoot, 'docs', 'diagnostics')

/** @returns the version in `package.json`. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string } // our own file
  return version
}

/**
 * @returns a name for the compiler as it is now: it changes when any of its files does, so that working on the compiler never
 *   meets a program of yesterday's in the cache. A build has given it a name (bundle.ts).
 */
export function compilerIdentity(): string {
  const built = join(here, '..', 'bundle', 'identity')
  if (existsSync(built)) return readFileSync(built, 'utf8')
  const hash = createHash('sha256').update(packageVersion())
  for (const part of ['grammar', 'compiler', 'cli']) fingerprint(join(here, '..', part), hash)
  return hash.digest('hex')
}

function fingerprint(directory: string, hash: ReturnType<typeof createHash>): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) fingerprint(path, hash)
    else if (/\.(js|ts)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) {
      const { size, mtimeMs } = statSync(path)
      hash.update(`${entry.name}:${size}:${mtimeMs};`)
    }
  }
}
