/** `godwit test` */
import { dirname, resolve } from 'node:path'
import type { TestCluster } from '../../runtime/node/commands/test-cluster.ts'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import { requireRoom } from '../cluster.ts'
import type { CompilerOptions } from '../../compiler/host.ts'
import type { CoveredRun } from '../coverage/covered-run.ts'
import { Exit, signalled, STATUS, UsageError } from '../errors.ts'
import { compilerOptions, type SourceOptions } from '../load-program.ts'
import { requireNoText, requireWritable } from '../output-file.ts'
import type { Runnable } from '../program-cache.ts'
import { complain, err, showOnError } from '../terminal.ts'
import { collectTests, type Collected, type CollectOptions } from '../testing/collect.ts'
import { findTestFiles } from '../testing/find.ts'
import { runOnUvu } from '../testing/on-uvu.ts'
import type { TestEntry } from '../testing/judge.ts'
import { reporter, type ReporterName } from '../testing/reporters.ts'
import { testRunner } from '../testing/run-test.ts'
import type { Outcome } from '../testing/test-case.ts'
import { Watch } from '../testing/watch.ts'

export interface TestOptions extends SourceOptions {
  readonly filter?: string
  readonly reporter: ReporterName
  /** Microseconds of real time. */
  readonly timeout?: number
  /** Chooses among processes and guards; on nodes: the moves of `roam`. */
  readonly seed?: number
  /** With `seed`: processes run by random priorities that change so often, less one. */
  readonly depth?: number
  /** So many seeds are tried. */
  readonly seeds?: number
  /** The seed of the chaos; absent: processes stay where they are. */
  readonly chaos?: number
  readonly watch?: boolean
  /** What the tests cover is told. */
  readonly coverage?: boolean
  /** It is told, and written to this file in the form of lcov. */
  readonly lcov?: string
  /** File of a log of effects. */
  readonly audit?: string
  readonly nodes?: number
  /** These nodes are threads of this OS process. */
  readonly threads?: boolean
  readonly clusterDir?: string
  /** Microseconds. */
  readonly roam?: number
}

/**
 * Runs the TESTs under `paths`.
 * @throws Exit with status 1 when one has failed
 */
export async function test(paths: readonly string[], options: TestOptions): Promise<void> {
  requireSense(options)
  const where = paths.length === 0 ? ['.'] : paths
  if (options.watch === true) return watching(where, options)
  if (!(await once(where, options)).passed) throw new Exit(STATUS.failure)
}

/** @throws UsageError for options that contradict each other */
function requireSense({ nodes, clusterDir, roam, chaos, seed, seeds, depth, coverage, lcov }: TestOptions): void {
  if ((coverage === true || lcov !== undefined) && nodes !== undefined)
    throw new UsageError('`--coverage` counts what runs in this OS process', 'leave out `--nodes` and `--threads`')
  const choosing = seeds === undefined ? '--depth' : '--seeds'
  if ((seeds !== undefined || depth !== undefined) && (nodes !== undefined || chaos !== undefined))
    throw new UsageError(`\`${choosing}\` chooses among processes in this OS process`, 'leave out `--nodes` and `--chaos`')
  if (depth !== undefined && (seed === undefined || seeds !== undefined))
    throw new UsageError('`--depth` goes with one `--seed`', 'say `--seed 17 --depth 2`; `--seeds` tries several depths')
  if (clusterDir !== undefined && nodes === undefined)
    throw new UsageError('`--cluster-dir` says where the nodes of `--nodes` meet', 'add `--nodes 3`')
  if (chaos !== undefined && nodes !== undefined) {
    throw new UsageError(
      '`--chaos` and `--nodes` exclude each other',
      '`--chaos` moves processes within this OS process, `--roam` between nodes',
    )
  }
  requireRoom(nodes, roam === undefined ? [] : ['--roam'])
  if (seed !== undefined && nodes !== undefined && roam === undefined) {
    throw new UsageError('on nodes `--seed` chooses the moves of `--roam`', 'add `--roam 2ms`, or leave out `--seed`')
  }
}

/** Microseconds of real time that a test may take if nobody says otherwise: by itself, and where it is moved or has far to go. */
const TIMEOUT = 10_000_000
const TIMEOUT_ELSEWHERE = 60_000_000

async function once(paths: readonly string[], options: TestOptions): Promise<Collected & { passed: boolean }> {
  if (options.coverage !== true && options.lcov === undefined) return onceUncovered(paths, options)
  const { CoveredRun } = await import('../coverage/covered-run.ts')
  const covered = new CoveredRun({ ...compilerOptions(options), coverable: true })
  const result = await onceUncovered(paths, options, covered)
  if (options.lcov !== undefined) requireNoText('--lcov', options.lcov, result.inputs)
  await covered.tell(options.reporter, options.lcov)
  return result
}

async function onceUncovered(
  paths: readonly string[],
  options: TestOptions,
  covered?: CoveredRun,
): Promise<Collected & { passed: boolean }> {
  const { chaos, nodes, threads = false, clusterDir, roam, seed, debug, audit } = options
  if (audit !== undefined) requireWritable('--audit', audit)
  const timeout = options.timeout ?? (chaos === undefined && nodes === undefined ? TIMEOUT : TIMEOUT_ELSEWHERE)
  if (nodes === undefined) {
    const runner = (program: Runnable, file: string): ((test: TestEntry) => Promise<Outcome>) => {
      covered?.add(file, program)
      return testRunner(program, { ...options, timeout })
    }
    return runTests(paths, options, { runner, compiler: covered?.compiler ?? compilerOptions(options) })
  }
  const [{ nodesRunner }, { TestCluster }] = await Promise.all([
    import('../testing/run-on-nodes.ts'),
    import('../../runtime/node/commands/test-cluster.ts'),
  ])
  const trials = new TestCluster({
    nodes,
    threads,
    ...(clusterDir === undefined ? {} : { clusterDir }),
    ...(roam === undefined ? {} : { roam: roam / 1000 }),
    ...(seed === undefined ? {} : { seed }),
    ...(debug === true ? { shown: showOnError } : {}),
    ...(audit === undefined ? {} : { audit: resolve(audit) }),
  })
  const runner = (program: Runnable): ((test: TestEntry) => Promise<Outcome>) => nodesRunner(program, trials, timeout)
  return withTrials(trials, () => runTests(paths, options, { runner, compiler: compilerOptions(options), ready: () => trials.open() }))
}

/** Stops the nodes when `work` is done, and also when somebody loses patience. */
async function withTrials<T>(trials: TestCluster, work: () => Promise<T>): Promise<T> {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    const status = signalled(signal)
    if (stopping) process.exit(status) // asked twice
    stopping = true
    void trials.close().finally(() => process.exit(status))
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, stop)
  try {
    return await work()
  } finally {
    await trials.close()
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, stop)
  }
}

interface Running {
  /** Makes what runs the tests of a program. */
  readonly runner: CollectOptions['runner']
  readonly compiler: CompilerOptions
  /** Is called once there is something to run, before that. */
  readonly ready?: () => Promise<void>
}

async function runTests(
  paths: readonly string[],
  options: TestOptions,
  { runner, compiler, ready }: Running,
): Promise<Collected & { passed: boolean }> {
  const { filter } = options
  const collected = await collectTests(findTestFiles(paths), compiler, {
    runner,
    ...(filter === undefined ? {} : { filter }),
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
  await ready?.()
  const tally = await runOnUvu(collected.cases, (write) => reporter(options.reporter, write, options.roam !== undefined))
  return { ...collected, passed: tally.failed === 0 }
}

/** Runs the tests, and again whenever one of the files they are made of changes. Never ends by itself. */
async function watching(paths: readonly string[], options: TestOptions): Promise<void> {
  for (;;) {
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H')
    const watch = new Watch(paths)
    try {
      for (const input of (await once(paths, options)).inputs) watch.add(dirname(input))
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      complain(`${err.bold(err.red('godwit'))}: ${error.message}`)
    }
    complain(err.dim('watching; Ctrl-C stops'))
    await watch.changed()
  }
}
