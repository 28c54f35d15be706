/** The code store of a command: in the cache, or, where the cache cannot be used, in a temporary directory for the time of the command. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodeError, CodeStore } from '../runtime/code/store.ts'
import { cacheDirectory } from './program-cache.ts'

/**
 * Does `work` with a code store. Only what is done before a program begins may put code into it: it may have to be done again, elsewhere.
 * @param options of the store
 * @returns what `work` returns
 * @throws CodeError R0505 (as a rejection) when there is no room for code anywhere, or when GODWIT_CACHE names something that is no directory
 */
export async function withCodeStore<T>(work: (store: CodeStore) => Promise<T>, options: { readonly watched?: boolean } = {}): Promise<T> {
  try {
    return await work(new CodeStore(codeDirectory(), options))
  } catch (error) {
    if (!(error instanceof CodeError) || error.code !== 'R0505' || mistaken()) throw error
    return work(new CodeStore(temporaryDirectory(), options))
  }
}

/** @returns the directory of code in the cache; what stands in its place and is no directory is removed */
function codeDirectory(): string {
  const directory = join(cacheDirectory(), 'code')
  try {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(directory)
  } catch {
    // it will be found out when something is to be written there
  }
  return directory
}

/** Whether GODWIT_CACHE names something that is no directory, which is for the user to put right. */
function mistaken(): boolean {
  const given = process.env['GODWIT_CACHE'] ?? ''
  return given !== '' && statSync(given, { throwIfNoEntry: false })?.isDirectory() === false
}

/** @returns a fresh directory that goes when this OS process ends */
function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-code-'))
  process.on('exit', () => {
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}
