/**
 * Benchmarks with their peers beside them, measured in one run: `npm run bench -- --help` tells which there are.
 *
 * Every program measures itself several times and prints what it measured; the first round, which warms up the compilers, is left out. All that
 * stand in one table take turns. A table shows medians with their range and the ratio to Godwit. Nothing here is a test: no figure decides
 * whether the project is right.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { UsageError } from '../cli/errors.ts'
import { oneOf, wholeNumber } from '../cli/option-values.ts'
import { command, obey } from '../test/harness/command.ts'
import { measureCommunication, measureScale } from './communication.ts'
import { measureCompilation } from './compilation.ts'
import { measureDurable } from './durable.ts'
import { measureExploring } from './exploring.ts'
import { godwit, median, root, scratch, setTurns } from './measure.ts'
import type { Row } from './measure.ts'
import { measureMigration } from './migration.ts'
import { measureOutside } from './outside.ts'
import { LETTERS } from './outside-models.ts'
import { isOutside, writeOutside } from './outside-page.ts'
import { measureTechniques } from './techniques.ts'
import { isTechnique, writeTechniques } from './techniques-page.ts'
import { writePage } from './plots.ts'
import { comparison, merged, readRun, table } from './report.ts'
import type { Run } from './report.ts'

const rows: Row[] = []

/** Prints a row at once, since a run is long, and keeps it. */
function done(row: Row): void {
  rows.push(row)
  process.stdout.write(table(row))
}

type Rounds = Map<string, { results: Set<string>; times: number[] }>

/** Reads lines `name result microseconds`, and leaves out the first rounds, in which V8 compiles. */
function addRounds(found: Rounds, args: readonly string[]): void {
  const result = spawnSync('node', args, { cwd: root, encoding: 'utf8', timeout: 300_000 })
  const seen = new Map<string, number>()
  for (const line of result.stdout.split('\n')) {
    const [name, value, time] = line.trim().split(' ')
    if (name === undefined || value === undefined || time === undefined) continue
    const entry = found.get(name) ?? { results: new Set(), times: [] }
    entry.results.add(value)
    const round = (seen.get(name) ?? 0) + 1
    seen.set(name, round)
    if (round > WARM_UP) entry.times.push(Number(time) / 1000)
    found.set(name, entry)
  }
}

const WARM_UP = 4
/** Both sides run several times in turn, so that what else the machine does falls on both. */
const TURNS = 5

function sequential(): void {
  const ours: Rounds = new Map()
  const peers: Rounds = new Map()
  for (let turn = 0; turn < TURNS; turn++) {
    addRounds(ours, [godwit, 'run', 'bench/programs/sequential.csp'])
    addRounds(peers, ['bench/peers/sequential.js'])
  }
  let product = 1
  for (const [name, { results, times }] of ours) {
    const peer = peers.get(name)
    if (peer === undefined || [...peer.results].join() !== [...results].join())
      throw new Error(`${name}: the results differ from plain JavaScript's`)
    done({
      id: `sequential-${name}`,
      title: `${name} (ms)`,
      unit: 'ms',
      samples: [
        { who: 'godwit, all checks on', values: times },
        { who: 'plain JavaScript', values: peer.times },
      ],
    })
    product *= median(times) / median(peer.times)
  }
  done({
    id: 'sequential-mean',
    title: 'geometric mean of these against plain JavaScript',
    unit: 'x',
    reach: 'at most 1.2x',
    samples: [{ who: 'godwit, all checks on', values: [product ** (1 / ours.size)] }],
  })
}

async function migration(): Promise<void> {
  for (const { title, unit, samples } of await measureMigration()) done({ id: title.replace(/[^a-z0-9]+/gi, '-'), title, unit, samples })
}

function compilation(): void {
  const { lines, passes } = measureCompilation(root, godwit, scratch)
  for (const [pass, values] of [...passes].reverse())
    done({
      id: `compile-${pass}`,
      title: `compiling ${lines} lines, cold: ${pass} (ms)`,
      unit: 'ms',
      ...(pass === 'all' ? { reach: 'at most 4 s' } : {}),
      samples: [{ who: 'godwit', values }],
    })
}

interface BenchOptions {
  readonly json?: string
  readonly compare?: true
  readonly page?: string
  readonly note?: string
  readonly turns?: number
  readonly quick?: true
  readonly clients?: number
  readonly every?: number
  readonly model?: string
  readonly add?: true
}

const PARTS = ['comm', 'scale', 'sequential', 'migration', 'techniques', 'durable', 'outside', 'compile', 'explore'] as const
const SMALLER = [
  'durable:steps',
  'durable:cuts',
  'durable:recovery',
  'durable:resume',
  'outside:trips',
  'outside:http',
  'outside:models',
] as const
const part = oneOf(...PARTS, ...SMALLER)

async function measure(wanted: readonly string[], options: BenchOptions): Promise<void> {
  if (!existsSync(godwit)) throw new UsageError('there is nothing to measure', 'build first: `npm run build`')
  const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
  const system = `${process.platform} ${process.arch}`
  process.stdout.write(
    `node ${process.version}, ${system}; repeat with: npm run bench${wanted.length > 0 ? ` -- ${wanted.join(' ')}` : ''}\n`,
  )
  if (wants('comm')) await measureCommunication(done)
  if (wants('scale')) measureScale(done)
  if (wants('sequential')) sequential()
  if (wants('migration')) await migration()
  if (wants('techniques')) await measureTechniques(done)
  const durable = wanted.filter((name) => name.startsWith('durable:')).map((name) => name.slice('durable:'.length))
  if (wants('durable') || durable.length > 0) await measureDurable(done, wanted.includes('durable') ? [] : durable)
  const outside = wanted.filter((name) => name.startsWith('outside:')).map((name) => name.slice('outside:'.length))
  if (wants('outside') || outside.length > 0)
    await measureOutside(done, wanted.includes('outside') ? [] : outside, { ...options, quick: options.quick === true })
  if (wants('compile')) compilation()
  if (wants('explore')) measureExploring(done)
  const run: Run = {
    node: `node ${process.version}`,
    system,
    at: new Date().toISOString(),
    rows,
    ...(options.note === undefined ? {} : { note: options.note }),
  }
  if (options.json === undefined) return
  const whole = options.add === true && existsSync(options.json) ? merged(runIn(options.json), run) : run
  writeFileSync(options.json, `${JSON.stringify(whole, null, 1)}\n`)
}

async function bench(words: readonly string[], options: BenchOptions): Promise<void> {
  if (options.turns !== undefined) setTurns(options.turns)
  if (options.compare === true) {
    const [a, b, ...more] = words
    if (a === undefined || b === undefined || more.length > 0)
      throw new UsageError('`--compare` takes two runs', 'as in `--compare A.json B.json`')
    process.stdout.write(comparison(runIn(a), runIn(b)))
    return
  }
  if (options.page === undefined) {
    await measure(words, options)
    return
  }
  const run = runIn(options.page)
  const others = run.rows.filter((row) => !isOutside(row) && !isTechnique(row))
  if (run.rows.some(isOutside)) writeOutside(run)
  if (run.rows.some(isTechnique)) writeTechniques(run)
  if (others.length > 0) writePage({ ...run, rows: others })
}

/** @throws UsageError */
function requirePart(word: string): void {
  try {
    part(word)
  } catch (error) {
    throw new UsageError(`\`${word}\` is no part`, error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError when the file has no run */
function runIn(file: string): Run {
  try {
    const run = readRun(file)
    if (!Array.isArray(run.rows)) throw new Error('`--json` writes one')
    return run
  } catch (error) {
    throw new UsageError(`there is no run in \`${file}\``, error instanceof Error ? error.message : String(error))
  }
}

await obey(
  command('npm run bench --', 'Measures Godwit with its peers beside it.', [
    'npm run bench',
    'npm run bench -- comm scale --turns 2',
    'npm run bench -- durable:cuts --json RUN.json --note "a quiet machine"',
    'npm run bench -- outside:models --clients 100 --every 20 --json RUN.json --add',
    'npm run bench -- --compare A.json B.json',
    'npm run bench -- --page RUN.json',
  ])
    .argument(
      '[part...]',
      `what is measured; everything when no part is named: ${[...PARTS, ...SMALLER].join(', ')}. With --compare, two runs`,
    )
    .option('--turns <n>', 'so many turns for each; two will do for a first look', wholeNumber(1))
    .option('--quick', 'fewer and shorter rounds of what clients see')
    .option('--clients <n>', 'outside: only with so many clients', wholeNumber(1))
    .option('--every <ms>', 'outside: only with a move every so many milliseconds', wholeNumber(1))
    .option('--model <letter>', 'outside: only that way to keep a connection', oneOf(...LETTERS))
    .option('--json <file>', 'keep the run')
    .option('--add', 'keep the run together with what the file of --json has')
    .option('--note <text>', 'what is to be known of the machine, kept with the run')
    .option('--compare', 'show two runs beside each other')
    .option('--page <file>', 'write from a run what it measured into docs/performance.md, docs/naming.md and docs/measurements.md')
    .action(async (words: readonly string[], options: BenchOptions) => {
      if (options.compare !== true) for (const word of words) requirePart(word)
      await bench(words, options)
    }),
)
