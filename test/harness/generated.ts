/**
 * Checks that generated files are current: `npm run generated:check`.
 *
 * Every suite that keeps goldens writes them anew (`--update`); what git then shows as changed was not current. It is left changed, to be looked at.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loader } from './loader.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** @returns whether a suite asks for `--update` itself or through one of the helpers that do. */
const keepsGoldens = (text: string): boolean => text.includes("'--update'") || /from '\.\/(cases|golden)\.ts'/.test(text)

const suites = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((path) => keepsGoldens(readFileSync(join(root, path), 'utf8')))
  .sort()

const changes = (): string =>
  spawnSync('git', ['diff', '--stat', '--', 'test', 'docs', 'README.md'], { cwd: root, encoding: 'utf8' }).stdout

const before = changes()
for (const path of suites) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...loader, path, '--update'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) {
    process.stderr.write(`${path} --update failed\n${stdout}${stderr}`)
    process.exit(1)
  }
}
const after = changes()
if (after !== before) {
  process.stderr.write(`generated files were not current:\n${after}`)
  process.exit(1)
}
process.stdout.write(`${suites.length} suites wrote their generated files: all are current\n`)
