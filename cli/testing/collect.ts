/** From test files to tests that can run: compiled, filtered, each with its own world. */
import { resolve } from 'node:path'
import type { CompilerOptions } from '../../compiler/host.ts'
import { load } from '../load-program.ts'
import type { Runnable } from '../program-cache.ts'
import { Progress } from '../terminal.ts'
import type { TestEntry } from './judge.ts'
import type { Outcome, TestCase } from './test-case.ts'

export interface CollectOptions {
  /** Only tests whose title or file contains this. */
  readonly filter?: string
  /** Makes what runs the tests of a program. */
  readonly runner: (program: Runnable, file: string) => (test: TestEntry) => Promise<Outcome>
}

export interface Collected {
  readonly cases: readonly TestCase[]
  /** How many there are, filtered or not. */
  readonly total: number
  /** Every file that was read, for watching. */
  readonly inputs: readonly string[]
}

/** Compiles `files` and makes their tests. A file that the compiler rejects stands for one test that fails. */
export async function collectTests(files: readonly string[], compiler: CompilerOptions, options: CollectOptions): Promise<Collected> {
  const cases: TestCase[] = []
  const inputs = new Set<string>()
  const progress = new Progress()
  const tested = new Set(files.map((file) => resolve(file)))
  /** Places of tests of the files themselves. */
  const runnable = new Set<string>()
  /** Tests of files that are included, by place: they belong to these files, where they may be left out (`#IF`) or not be looked for at all. */
  const included = new Map<string, TestCase>()
  let total = 0
  const keep = (test: TestCase): void => {
    total++
    const { filter } = options
    if (filter === undefined || test.title.includes(filter) || test.file.includes(filter)) cases.push(test)
  }
  for (const [i, file] of files.entries()) {
    progress.update(`compiling ${i + 1}/${files.length} ${file}`)
    inputs.add(file)
    const loaded = await load(file, compiler)
    if (!loaded.ok) {
      for (const { path } of loaded.compilation.inputs) inputs.add(path)
      keep({ title: 'compiles', file, line: 1, run: () => Promise.resolve({ kind: 'failed', report: loaded.rendered }) })
      continue
    }
    const { program } = loaded.entry
    for (const { path } of loaded.entry.inputs) inputs.add(path)
    const run = options.runner(program, file)
    for (const test of program.manifest.tests) {
      const { title, line } = test
      const place = `${resolve(test.file)}:${line}`
      const own = resolve(test.file) === resolve(file)
      if (own) {
        runnable.add(place)
        keep({ title, file, line, run: () => run(test) })
      } else
        included.set(place, { title, file: test.file, line, run: () => (tested.has(resolve(test.file)) ? run(test) : skipped(test.file)) })
    }
  }
  for (const [place, test] of included) if (!runnable.has(place)) keep(test)
  progress.end()
  return { cases, total, inputs: [...inputs] }
}

/** A test of a file that was included, not tested. */
function skipped(file: string): Promise<Outcome> {
  return Promise.resolve({ kind: 'skipped', reason: `it belongs to ${file}; \`godwit test ${file}\` runs it` })
}
