/**
 * Benchmarks with their peers beside them, measured in one run.
 *
 *     npm run bench                          everything
 *     npm run bench -- comm scale            one or several of: comm, scale, sequential, migration, techniques, durable,
 *                                            outside, compile, explore
 *     npm run bench -- durable:cuts          a part of durable: steps, cuts, recovery or resume
 *     npm run bench -- outside --quick       what clients see: fewer and shorter rounds; a part of it: outside:trips, http or models
 *     npm run bench -- --turns 2             all take two turns instead of five: for a first look
 *     npm run bench -- --json RUN.json       keeps the run as well, with --note TEXT what is to be known of the machine
 *     npm run bench -- --compare A.json B.json
 *     npm run bench -- --page RUN.json       writes docs/performance.md and its pictures from a run, docs/naming.md from one of outside, and
 *                                            docs/measurements.md from one of techniques
 *
 * Every program measures itself several times and prints what it measured; the first round, which warms up the compilers, is left out. All that
 * stand in one table take turns. A table shows medians with their range and the ratio to Godwit. Nothing here is a test: no figure decides
 * whether the project is right.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureCommunication, measureScale } from './communication.ts'
import { measureCompilation } from './compilation.ts'
import { measureDurable } from './durable.ts'
import { measureExploring } from './exploring.ts'
import { godwit, median, root, scratch, setTurns } from './measure.ts'
import type { Row } from './measure.ts'
import { measureMigration } from './migration.ts'
import { measureOutside } from './outside.ts'
import { isOutside, writeOutside } from './outside-page.ts'
import { measureTechniques } from './techniques.ts'
import { isTechnique, writeTechniques } from './techniques-page.ts'
import { writePage } from './plots.ts'
import { comparison, readRun, table } from './report.ts'
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

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    compare: { type: 'boolean' },
    page: { type: 'string' },
    note: { type: 'string' },
    turns: { type: 'string' },
    quick: { type: 'boolean' },
  },
})
if (options.turns !== undefined) {
  const turns = Number(options.turns)
  if (!Number.isInteger(turns) || turns < 1) throw new Error('--turns takes a number from 1')
  setTurns(turns)
}
const PARTS = ['comm', 'scale', 'sequential', 'migration', 'techniques', 'durable', 'outside', 'compile', 'explore']

async function measure(): Promise<void> {
  if (!existsSync(godwit)) throw new Error('build first: npm run build')
  const wrong = wanted.filter(
    (name) => !PARTS.includes(name) && !/^(durable:(steps|cuts|recovery|resume)|outside:(trips|http|models))$/.test(name),
  )
  if (wrong.length > 0) throw new Error(`there is no part ${wrong.join(', ')}: the parts are ${PARTS.join(', ')}`)
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
    await measureOutside(done, wanted.includes('outside') ? [] : outside, { quick: options.quick === true })
  if (wants('compile')) compilation()
  if (wants('explore')) measureExploring(done)
  const run: Run = {
    node: `node ${process.version}`,
    system,
    at: new Date().toISOString(),
    rows,
    ...(options.note === undefined ? {} : { note: options.note }),
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(run, null, 1)}\n`)
}

const [a, b] = wanted
if (options.compare === true) {
  if (a === undefined || b === undefined) throw new Error('--compare takes two runs: --compare A.json B.json')
  process.stdout.write(comparison(readRun(a), readRun(b)))
} else if (options.page !== undefined) {
  const run = readRun(options.page)
  const others = run.rows.filter((row) => !isOutside(row) && !isTechnique(row))
  if (run.rows.some(isOutside)) writeOutside(run)
  if (run.rows.some(isTechnique)) writeTechniques(run)
  if (others.length > 0) writePage({ ...run, rows: others })
} else await measure()
