/**
 * Runs the project's tests: every `*.test.ts` under `test/` in an OS process of its own, then the language tests plainly, under
 * chaos migration and on a cluster. Ends with one line, `N passed, N failed`, and exits 1 when one has failed.
 *
 *     npm test                                              all of them, as they are built
 *     node --import tsx test/harness/main.ts [WORD...]      only suites whose path contains one of the words, translated now
 *
 * `GODWIT_TEST_JOBS` is how many run at a time (2), `GODWIT_TEST_DEADLINE` how many seconds a suite may take (240). If at most `GODWIT_TEST_AGAIN` suites have
 * failed (0), each is repeated once with nothing beside it; what passes then is counted as passed, and named as unsteady: it is to be mended.
 */
import { readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languageSuites, ON_NATS } from './language.ts'
import { endWithReader } from './reader.ts'
import { Report } from './report.ts'
import { runSuite, type Suite } from './suite.ts'
import { hasNats, natsServers } from '../engine/nats-servers.ts'
import { loader } from './loader.ts'

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

/** Campaigns of which the suite itself runs the first part: these are the others, in parts that no machine takes long for and that run side by side. */
const campaigns = [
  {
    file: 'test/simulate/lives.test.ts',
    variable: 'GODWIT_LIVES_FROM',
    parts: ['251', '501', '751', '1001', '1251', '1501', '1751'],
  },
  { file: 'test/fuzz/mutants.test.ts', variable: 'GODWIT_FUZZ_FROM', parts: ['3100', '6200'] },
  { file: 'test/fuzz/programs.test.ts', variable: 'GODWIT_FUZZ_FROM', parts: ['400'] },
]

/** Suites of half a minute and more, the longest first. */
const LONG = [
  'cli/samples',
  'engine/nats-outages',
  'node/cluster',
  'cli/signals',
  'backend/strict',
  'site/site',
  'fuzz/programs',
  'simulate/lives',
  'engine/nats-errors',
  'fuzz/mutants',
  'run/unit-form',
  'simulate/simulate',
  'fmt/properties',
  'torture/torture',
  'cli/checkpoint',
  'cli/usage',
  'cli/compile',
  'node/migration',
].map((name) => join('test', `${name}.test.ts`))

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
const suiteOf = (file: string, what?: string, env: Suite['env'] = {}): Suite => ({
  name: what === undefined ? file : `${file} ${what}`,
  command: [...loader, file],
  env,
  counts: 'uvu',
})
/** What takes long comes first: at the end nobody waits for it alone. */
const suites: Suite[] = [
  ...languageSuites(root, servers?.address('language')),
  ...(hasNats ? suitesOnNats : []).map((file) => suiteOf(file, 'on NATS', { GODWIT_TEST_ENGINE: 'nats' })),
  ...(hasNats ? suitesOnServers : []).map((file) => suiteOf(file, 'on three NATS servers', { GODWIT_TEST_ENGINE: 'nats3' })),
  ...campaigns.flatMap(({ file, variable, parts }) => parts.map((part) => suiteOf(file, `from ${part}`, { [variable]: part }))),
  ...LONG.map((file) => suiteOf(file)),
  ...files
    .map((file) => join('test', file))
    .filter((file) => !LONG.includes(file))
    .map((file) => suiteOf(file)),
].filter(({ name }) => wanted(name))

const report = new Report(suites.length)
const queue = [...suites]
await Promise.all(
  Array.from({ length: Math.max(1, jobs) }, async () => {
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) report.suite(suite, await runSuite(suite, root, deadline))
  }),
)
if (report.failing.length <= Number(process.env['GODWIT_TEST_AGAIN'] ?? 0))
  for (const suite of report.failing) report.again(suite, await runSuite(suite, root, deadline))
if (suites.length === 0) console.error(`no suite matches ${words.join(' ')} under ${relative(process.cwd(), join(root, 'test'))}`)
report.end()
await servers?.end()
process.exitCode = report.failed > 0 || suites.length === 0 ? 1 : 0
