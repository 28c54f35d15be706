/** The language tests as suites: `godwit test test/language`, plainly, with every process moved at every safe point, and roaming on a cluster of processes or threads. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from './suite.ts'
import { loader } from './loader.ts'

/** What the suite on NATS is called. */
export const ON_NATS = 'on nodes on NATS'

/** What is about processes and channels: whether arithmetic is right does not depend on what the nodes meet through. */
const COMMUNICATING =
  /^(alt|any|barrier|both-ends|chan|claim|classic|clauses|counting|course-demo|directions|end|ext|forks|guard|merge|mobile|network|offer|option|par|pi-|placing|pri-alt|proc|protocol|recursion|replicator|resume|shared|streams|suite|timer|wide-alt)/

/**
 * @param nats where a NATS server is; absent: nothing runs on one
 * @returns the suites, or none when there are no language tests
 */
export function languageSuites(root: string, nats?: string): readonly Suite[] {
  const folder = join(root, 'test', 'language')
  if (!existsSync(folder)) return []
  const command = existsSync(join(root, 'dist', 'cli', 'main.js')) ? [join('dist', 'cli', 'main.js')] : [...loader, join('cli', 'main.ts')]
  const suite = (name: string, paths: readonly string[], ...flags: readonly string[]): Suite => ({
    name: `test/language ${name}`,
    command: [...command, 'test', ...paths, '--reporter', 'tap', ...flags],
    counts: 'tap',
  })
  const all = [join('test', 'language')]
  const roaming = ['--nodes', '3', '--roam', '2ms', '--seed', '1']
  const networks = readdirSync(folder)
    .filter((name) => name.endsWith('.csp') && COMMUNICATING.test(name))
    .map((name) => join('test', 'language', name))
  return [
    suite('plainly', all),
    suite('in chaos', all, '--chaos=1'),
    suite('on nodes', all, ...roaming),
    suite('on threads', networks, '--threads', '3', '--roam', '1ms', '--seed', '2'),
    ...(nats === undefined ? [] : [suite(ON_NATS, networks, ...roaming, '--cluster-dir', nats)]),
  ]
}
