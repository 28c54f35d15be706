/** From test files to tests that can run: compiled, filtered, each with its own world. */
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
  readonly runner: (program: Runnable) => (test: TestEntry) => Promise<Outcome>
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
    const run = options.runner(program)
    for (const test of program.manifest.tests) {
      // A test of a file that is included belongs to the file that is included.
      if (test.file === file) keep({ title: test.title, file, line: test.line, run: () => run(test) })
    }
  }
  progress.end()
  return { cases, total, inputs: [...inputs] }
}
