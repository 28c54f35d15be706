/**
 * Runs the project's tests: every `*.test.ts` under `test/` in an OS process of its own, then the language tests plainly, under
 * chaos migration and on a cluster. Ends with one line, `N passed, N failed`, and exits 1 when one has failed.
 *
 *     node --import tsx test/harness/main.ts [WORD...]      only suites whose path contains one of the words
 *
 * `GODWIT_TEST_JOBS` is how many run at a time (2), `GODWIT_TEST_DEADLINE` how many seconds a suite may take (240).
 */
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languageSuites, ON_NATS } from './language.ts'
import { endWithReader } from './reader.ts'
import { Report } from './report.ts'
import { runSuite, type Suite } from './suite.ts'
import { hasNats, natsServers } from '../engine/nats-servers.ts'

/** Suites that run on clusters: once more on NATS where a server is installed. */
const suitesOnNats = [
  'test/node/cluster.test.ts',
  'test/cli/node.test.ts',
  'test/cli/attach.test.ts',
  'test/cli/checkpoint.test.ts',
  'test/cli/durable.test.ts',
]
/** And on a cluster of three servers. */
const suitesOnServers = ['test/cli/durable.test.ts']

/** Simulated lives beside those of the suite itself, in parts that no machine takes long for: 2,000 in all. */
const LIVES_SUITE = 'test/simulate/lives.test.ts'
const LIVES_PARTS = ['251-500', '501-750', '751-1000', '1001-1250', '1251-1500', '1501-1750', '1751-2000']

endWithReader()
const words = process.argv.slice(2)
const wanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word))
const servers = hasNats && wanted(`test/language ${ON_NATS}`) ? await natsServers(1) : undefined

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const jobs = Number(process.env['GODWIT_TEST_JOBS'] ?? 2)
const deadline = Number(process.env['GODWIT_TEST_DEADLINE'] ?? 240) * 1000

const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .sort()
const suites: Suite[] = [
  ...files.map((file): Suite => ({ name: join('test', file), command: ['--import', 'tsx', join('test', file)], counts: 'uvu' })),
  ...LIVES_PARTS.map((seeds): Suite => ({
    name: `${LIVES_SUITE} of seeds ${seeds}`,
    command: ['--import', 'tsx', LIVES_SUITE],
    env: { GODWIT_LIVES: seeds },
    counts: 'uvu',
  })),
  ...(hasNats ? suitesOnNats : []).map((file): Suite => ({
    name: `${file} on NATS`,
    command: ['--import', 'tsx', file],
    env: { GODWIT_TEST_ENGINE: 'nats' },
    counts: 'uvu',
  })),
  ...(hasNats ? suitesOnServers : []).map((file): Suite => ({
    name: `${file} on three NATS servers`,
    command: ['--import', 'tsx', file],
    env: { GODWIT_TEST_ENGINE: 'nats3' },
    counts: 'uvu',
  })),
  ...languageSuites(root, servers?.address('language')),
].filter(({ name }) => wanted(name))

const report = new Report(suites.length)
const queue = [...suites]
await Promise.all(
  Array.from({ length: Math.max(1, jobs) }, async () => {
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) report.suite(suite, await runSuite(suite, root, deadline))
  }),
)
if (suites.length === 0) console.error(`no suite matches ${words.join(' ')} under ${relative(process.cwd(), join(root, 'test'))}`)
report.end()
await servers?.end()
process.exitCode = report.failed > 0 || suites.length === 0 ? 1 : 0
