/** New versions of programs for the page of a cluster: compiled as `godwit upgrade` compiles them, where the page is served. */
import { createHash } from 'node:crypto'
import type { NewVersion } from '../runtime/dashboard/desk.ts'
import { requireMap } from './commands/upgrade.ts'
import { CommandError, UsageError } from './errors.ts'
import { compilerOptions, load } from './load-program.ts'

/** Whoever has the token of a page shall not read other files by what the compiler says of them. */
const TEXTS = /\.(csp|occ)$/

/**
 * @param file path of the text
 * @param map the text of a map
 */
export async function compileVersion(file: string, map: string): Promise<NewVersion> {
  try {
    requireMap(map, 'the map')
    if (!TEXTS.test(file)) throw new UsageError(`\`${file}\` is no text of a program`, 'give the path of a .csp file')
    const loaded = await load(file, compilerOptions({}))
    if (!loaded.ok) {
      const { renderAll } = await import('./diagnostics.ts')
      return { kind: 'rejected', diagnostics: renderAll(loaded.compilation.diagnostics, false) }
    }
    const { program, warnings } = loaded.entry
    const digest = createHash('sha256').update(JSON.stringify(program.manifest)).digest('hex')
    return { kind: 'version', program, digest, warnings }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { kind: 'error', text: error.message, help: error.nextSteps.join('; ') }
  }
}
