/** How long the compiler takes for one large and varied program: language tests, in one file. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files whose names or words would mean something else in the rest of the text: younger words as names, names of libraries with other parameters. */
const LEFT_OUT: ReadonlySet<string> = new Set(['later-words.csp', 'course-demo.csp', 'preprocessor.csp', 'random-state.csp'])

/** Files are added until there are so many lines. */
const LINES = 10_000

/** @returns the text: libraries first, once each; then the files one after the other, where a later name hides an earlier one */
export function everything(root: string): string {
  const libraries = new Set<string>()
  const body: string[] = []
  for (const folder of ['samples', 'test/language']) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!name.endsWith('.csp') || LEFT_OUT.has(name) || body.length >= LINES) continue
      for (const line of readFileSync(join(root, folder, name), 'utf8').split('\n')) {
        if (/^#(USE|INCLUDE) "[\w.]*"/.test(line)) libraries.add(line)
        // A VAL of one file has the name of a library PROC that another calls.
        else body.push(line.replace('squares (a!)', 'SKIP'))
      }
    }
  }
  return [...libraries, ...body, ''].join('\n')
}

/**
 * @param root the project's folder
 * @param godwit the built command
 * @param scratch a folder to write to
 * @returns lines of the program, and milliseconds of each pass in several cold runs
 */
export function measureCompilation(
  root: string,
  godwit: string,
  scratch: string,
): { lines: number; passes: ReadonlyMap<string, number[]> } {
  const text = everything(root)
  const file = join(scratch, 'everything.csp')
  writeFileSync(file, text)
  const passes = new Map<string, number[]>()
  for (let round = 0; round < 5; round++) {
    const result = spawnSync(
      'node',
      [godwit, 'compile', file, '-o', join(scratch, `out-${round}`), '--json', '--time', '-I', join(root, 'test/language')],
      {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      },
    )
    const { ok, times } = JSON.parse(result.stdout) as { ok: boolean; times: { pass: string; milliseconds: number }[] } // as `--json` prints it
    if (!ok) throw new Error(`the large program does not compile\n${result.stdout.slice(0, 2000)}`)
    const all = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    for (const { pass, milliseconds } of [...times, { pass: 'all', milliseconds: all }]) {
      const values = passes.get(pass) ?? []
      passes.set(pass, values)
      values.push(milliseconds)
    }
  }
  return { lines: text.split('\n').length, passes }
}
