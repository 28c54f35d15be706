/**
 * Benchmarks with their peers beside them, measured in one run: `npm run bench [-- comm|sequential|migration|compile]`.
 *
 * Every program measures itself several times and prints what it measured; the first round, which warms up the compilers, is left out. The
 * table shows medians with their range and the ratio to Godwit. Nothing here is a test: no figure decides whether the project is right.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureCompilation } from './compilation.ts'
import { measureMigration } from './migration.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const godwit = join(root, 'dist/cli/main.js')

interface Sample {
  readonly who: string
  readonly values: readonly number[]
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Prints one table: a line a sample, with the ratio of its median to that of the first. */
function table(title: string, unit: string, samples: readonly Sample[]): void {
  const first = median(samples[0]?.values ?? [])
  process.stdout.write(`\n${title}\n`)
  for (const { who, values } of samples) {
    if (values.length === 0) {
      process.stdout.write(`  ${who.padEnd(34)} not measured\n`)
      continue
    }
    const m = median(values)
    const range = `${figure(Math.min(...values))}..${figure(Math.max(...values))}`
    process.stdout.write(
      `  ${who.padEnd(34)} ${figure(m).padStart(9)} ${unit}   ${range.padEnd(18)} ${(m / first).toFixed(2).padStart(7)}x\n`,
    )
  }
}

/** Runs a command and reads one number a line; the first is warm-up unless there is only one. */
function measured(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number[] {
  const result = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 300_000 })
  const values = result.stdout
    .split('\n')
    .map((line) => Number(line.trim()))
    .filter((n, i, all) => Number.isFinite(n) && n > 0 && all.length > 0)
  return values.length > 1 ? values.slice(1) : values
}

const scratch = mkdtempSync(join(tmpdir(), 'godwit-bench-'))

/** Compiles a Go peer; undefined when there is no Go here. */
function go(name: string): string | undefined {
  const binary = join(scratch, name)
  const result = spawnSync('go', ['build', '-o', binary, `bench/peers/${name}.go`], { cwd: root, encoding: 'utf8' })
  return result.status === 0 ? binary : undefined
}

function goMeasured(name: string, args: readonly string[]): number[] {
  const binary = go(name)
  if (binary === undefined) return []
  return Array.from({ length: 5 }, () => measured(binary, args, { GOMAXPROCS: '1' })[0] ?? NaN)
}

function run(program: string, ...flags: string[]): number[] {
  return measured('node', [godwit, 'run', ...flags, `bench/programs/${program}.csp`])
}

function communication(): void {
  table('commstime, sequential delta (ns a loop)', 'ns', [
    { who: 'godwit', values: run('commstime') },
    { who: 'hand-written JavaScript scheduler', values: measured('node', ['bench/peers/scheduler.js', 'commstime']) },
    { who: 'Go, one core', values: goMeasured('commstime', ['2000000']) },
    { who: 'js-csp', values: measured('node', ['bench/peers/js-csp.js', 'commstime', '50000']) },
  ])
  for (const size of ['1000', '100000']) {
    table(`ring of ${size} (ns a hop)`, 'ns', [
      { who: 'godwit', values: run('ring', '-D', `ELEMENTS=${size}`) },
      { who: 'hand-written JavaScript scheduler', values: measured('node', ['bench/peers/scheduler.js', 'ring', size]) },
      { who: 'Go, one core', values: goMeasured('ring', [size, String(2_000_000 / Number(size))]) },
      ...(size === '1000' ? [{ who: 'js-csp', values: measured('node', ['bench/peers/js-csp.js', 'ring', '50', size]) }] : []),
    ])
  }
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
    table(`${name} (ms)`, 'ms', [
      { who: 'godwit, all checks on', values: times },
      { who: 'plain JavaScript', values: peer.times },
    ])
    product *= median(times) / median(peer.times)
  }
  process.stdout.write(`\ngeometric mean of godwit / plain JavaScript: ${(product ** (1 / ours.size)).toFixed(2)}\n`)
}

async function migration(): Promise<void> {
  for (const { title, unit, samples } of await measureMigration()) table(title, unit, samples)
}

function compilation(): void {
  const { lines, passes } = measureCompilation(root, godwit, scratch)
  table(
    `compiling a program of ${lines} lines, cold (ms a pass)`,
    'ms',
    [...passes].reverse().map(([who, values]) => ({ who, values })),
  )
}

if (!existsSync(godwit)) throw new Error('build first: npm run build')
const wanted = process.argv.slice(2)
const wants = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
process.stdout.write(
  `node ${process.version}, ${process.platform} ${process.arch}; repeat with: npm run bench${wanted.length > 0 ? ` -- ${wanted.join(' ')}` : ''}\n`,
)
if (wants('comm')) communication()
if (wants('sequential')) sequential()
if (wants('migration')) await migration()
if (wants('compile')) compilation()
