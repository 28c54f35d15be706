/** `godwit test` */
import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { Exit, STATUS, UsageError } from '../errors.ts'
import { compilerOptions, type SourceOptions } from '../load-program.ts'
import { complain, err } from '../terminal.ts'
import { collectTests, type Collected } from '../testing/collect.ts'
import { findTestFiles } from '../testing/find.ts'
import { runOnUvu } from '../testing/on-uvu.ts'
import { reporter, type ReporterName } from '../testing/reporters.ts'

export interface TestOptions extends SourceOptions {
  readonly filter?: string
  readonly reporter: ReporterName
  /** Microseconds of real time. */
  readonly timeout?: number
  readonly seed?: number
  /** The seed of the chaos; absent: processes stay where they are. */
  readonly chaos?: number
  readonly watch?: boolean
}

/**
 * Runs the TESTs under `paths`.
 * @throws Exit with status 1 when one has failed
 */
export async function test(paths: readonly string[], options: TestOptions): Promise<void> {
  const where = paths.length === 0 ? ['.'] : paths
  if (options.watch === true) return watching(where, options)
  if (!(await once(where, options)).passed) throw new Exit(STATUS.failure)
}

async function once(paths: readonly string[], options: TestOptions): Promise<Collected & { passed: boolean }> {
  const collected = await collectTests(findTestFiles(paths), compilerOptions(options), {
    timeout: options.chaos === undefined ? 10_000_000 : 60_000_000,
    ...options,
  })
  if (collected.cases.length === 0) {
    if (collected.total > 0)
      throw new UsageError(
        `no test's title or file contains \`${options.filter ?? ''}\``,
        `there are ${collected.total} tests under ${paths.join(' ')}`,
      )
    throw new UsageError(
      `there are no TESTs under ${paths.join(' ')}`,
      'write one at the top level of a .csp file: TEST "what is true", then a process, then `:`',
    )
  }
  const tally = await runOnUvu(collected.cases, (write) => reporter(options.reporter, write))
  return { ...collected, passed: tally.failed === 0 }
}

/** Runs the tests, and again whenever one of the files they are made of changes. Never ends by itself. */
async function watching(paths: readonly string[], options: TestOptions): Promise<void> {
  for (;;) {
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H')
    let inputs: readonly string[] = []
    try {
      inputs = (await once(paths, options)).inputs
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      complain(`${err.bold(err.red('godwit'))}: ${error.message}`)
    }
    complain(err.dim('watching; Ctrl-C stops'))
    await changed([...new Set([...paths, ...inputs.map((input) => dirname(input))])])
  }
}

/** Editors save in several steps: this long nothing more may happen. Milliseconds. */
const QUIET = 80

/** @returns when something in the directories (or files) has changed and things have calmed down */
function changed(places: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const watchers = places.map((place) =>
      watch(place, (_, name) => {
        if (name !== null && !/\.(csp|occ|inc|module)$/.test(name)) return
        clearTimeout(timer)
        timer = setTimeout(() => {
          for (const watcher of watchers) watcher.close()
          resolve()
        }, QUIET)
      }),
    )
  })
}
