/** The language tests as suites: `godwit test test/language`, plainly, with every process moved at every safe point, and roaming on a cluster. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from './suite.ts'

/** @returns the suites, or none when there are no language tests. */
export function languageSuites(root: string): readonly Suite[] {
  if (!existsSync(join(root, 'test', 'language'))) return []
  const command = existsSync(join(root, 'dist', 'cli', 'main.js'))
    ? [join('dist', 'cli', 'main.js')]
    : ['--import', 'tsx', join('cli', 'main.ts')]
  const suite = (name: string, ...flags: readonly string[]): Suite => ({
    name: `test/language ${name}`,
    command: [...command, 'test', 'test/language', '--reporter', 'tap', ...flags],
    counts: 'tap',
  })
  return [suite('plainly'), suite('in chaos', '--chaos=1'), suite('on nodes', '--nodes', '3', '--roam', '2ms', '--seed', '1')]
}
