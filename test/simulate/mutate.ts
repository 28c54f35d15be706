/**
 * Counts how many mutants of the protocol are found out: `npm run simulate:mutants -- --help` tells its options.
 *
 * Each mutant is the only change in a copy of the sources (transpiled.ts), in which trials.ts is tried until something is wrong. What has found most
 * mutants so far is tried first. A trial that does not end within a minute of the processor has found the mutant, too. The list is printed, and a table; it exits with 1 when less than 95 %
 * are caught.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { oneOf, wholeNumber } from '../../cli/option-values.ts'
import { command, parse } from '../harness/command.ts'
import { equivalentMutants } from './equivalent-mutants.ts'
import { mutants } from './mutants.ts'
import type { Mutant } from './mutants.ts'
import { compilePrograms } from './programs.ts'
import { TranspiledCopy } from './transpiled.ts'
import type { Trial, TrialKind } from './trials.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** How many trials there are of each kind. */
const TRIALS: Readonly<Record<TrialKind, number>> = {
  life: 200,
  border: 24,
  cutting: 40,
  steady: 10,
  loss: 10,
  amid: 30,
  apart: 60,
  late: 30,
  twins: 1,
  replicas: 40,
  versions: 60,
}
const made = command(
  'npm run simulate:mutants --',
  'Changes the protocol of durable programs at one place after the other, and tells which changes simulations find out.',
  [
    'npm run simulate:mutants -- --results mutants.jsonl',
    'npm run simulate:mutants -- --results mutants.jsonl --survivors --scale 3',
    'npm run simulate:mutants -- --only coordinator.ts',
  ],
)
  .option('--only <word>', 'mutants whose names or files contain this word')
  .option('--results <file>', 'note there what has been found out, and do not try it again while the sources are the same')
  .option('--survivors', 'do not try again what the file says was caught, whatever the sources were then')
  .option('--trials <kind>', `only trials of this kind: ${Object.keys(TRIALS).join(', ')}`, oneOf(...(Object.keys(TRIALS) as TrialKind[]))) // the table has all of them
  .option('--jobs <n>', 'mutants tried at a time', wholeNumber(1), 2)
  .option('--scale <n>', 'so many times the trials', wholeNumber(1), 1)
parse(made)
const options = made.opts<{ only?: string; results?: string; survivors?: true; trials?: TrialKind; jobs: number; scale: number }>()
const SCALE = options.scale
const ONE_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 1_000
const LEAST = 0.95
/** Trials that the unchanged sources have to pass before a mutant is tried. */
const SOUND = 12

/** What has become of a mutant. */
interface Result {
  /** Of the mutant and its sources. */
  readonly key: string
  readonly name: string
  readonly caught: boolean
  /** What has caught it, and why. */
  readonly trial?: string
  readonly why?: string
  /** Trials, that one included. */
  readonly trials: number
  readonly seconds: number
}

const kinds = options.trials === undefined ? (Object.keys(TRIALS) as TrialKind[]) : [options.trials] // likewise
const all = kinds.flatMap((kind) => Array.from({ length: Math.round(TRIALS[kind] * SCALE) }, (_, i): Trial => `${kind} ${i + 1}`))
const catches = new Map<Trial, number>()

/** @returns all trials: those that have caught most first, then of each kind by turns */
function ordered(): Trial[] {
  const dense = [...catches]
    .filter(([trial]) => all.includes(trial))
    .sort(([, a], [, b]) => b - a)
    .map(([trial]) => trial)
  const share = (trial: Trial): number => {
    const [kind, seed] = trial.split(' ')
    return Number(seed) / TRIALS[kind as TrialKind] // all trials have a kind
  }
  return [...dense, ...all.filter((trial) => !catches.has(trial)).sort((a, b) => share(a) - share(b))]
}

function note(result: Result): void {
  const { trial } = result
  if (trial !== undefined) catches.set(trial as Trial, (catches.get(trial as Trial) ?? 0) + 1) // a result names what was tried
}

/** Milliseconds in units of which Linux tells what an OS process has used. */
const TICK_MS = 10

/** @returns how long an OS process has had the processor: on a busy machine the clock says little. Where nobody tells, what the clock says */
function processorMs(pid: number | undefined): number {
  const file = `/proc/${pid ?? 0}/stat`
  if (!existsSync('/proc/self/stat')) return performance.now()
  if (!existsSync(file)) return 0
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return TICK_MS * (Number(fields[11]) + Number(fields[12]))
}

/** Tries a mutant that has been written into a copy. */
function hunt(copy: TranspiledCopy, trials: readonly Trial[]): Promise<Pick<Result, 'caught' | 'trial' | 'why' | 'trials'>> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['test/simulate/hunt.js'], { cwd: copy.folder, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(JSON.stringify(trials))
    let [done, wrong, errors] = [0, '', '']
    let since = processorMs(child.pid)
    const timer = setInterval(() => {
      if (processorMs(child.pid) - since < ONE_WITHIN_MS) return
      wrong = `it does not end within ${ONE_WITHIN_MS / 1000} s`
      child.kill('SIGKILL')
    }, LOOK_EVERY_MS)
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()))
    createInterface(child.stdout).on('line', (line) => {
      since = processorMs(child.pid)
      const told = JSON.parse(line) as { readonly wrong?: string } // hunt.ts prints it
      if (told.wrong === undefined) done++
      else wrong = told.wrong
    })
    child.on('close', (code) => {
      clearInterval(timer)
      if (code === 0) resolve({ caught: false, trials: done })
      else resolve({ caught: true, trial: trials[done] ?? '', why: wrong === '' ? errors : wrong, trials: done + 1 })
    })
  })
}

const programs = JSON.stringify(await compilePrograms())
const known = new Map<string, Result>()
const knownNames = new Map<string, Result>()
if (options.results !== undefined && existsSync(options.results)) {
  for (const line of readFileSync(options.results, 'utf8').split('\n')) {
    if (line === '') continue
    const result = JSON.parse(line) as Result // this program writes it
    known.set(result.key, result)
    if (result.caught || !knownNames.has(result.name)) knownNames.set(result.name, result)
  }
}
for (const result of knownNames.values()) note(result)

const chosen = mutants.filter(({ name, file }) => options.only === undefined || name.includes(options.only) || file.includes(options.only))
const isKnown = ({ name }: Mutant): boolean => knownNames.has(name)
/** Those of which nothing is known first. */
const queue = [...chosen.filter((mutant) => !isKnown(mutant)), ...chosen.filter(isKnown)]
const results = new Map<Mutant, Result>()
const copies: TranspiledCopy[] = []

function tell({ file, name }: Mutant, { caught, trial = '', why = '', trials, seconds }: Result): void {
  const [reason = ''] = why.split('\n').filter((line) => /\S/.test(line) && !line.startsWith('file:'))
  const what = caught
    ? `by ${trial} after ${trials}, ${seconds.toFixed(1)} s: ${reason.trim().slice(0, 100)}`
    : `${trials}, ${seconds.toFixed(1)} s`
  console.log(`${caught ? 'caught  ' : 'SURVIVED'}  ${file.slice(file.lastIndexOf('/') + 1)}: ${name} (${what})`)
}

async function work(): Promise<void> {
  const copy = new TranspiledCopy(root, { 'test/simulate/programs.json': programs })
  copies.push(copy)
  // a copy that does not even start would "catch" everything
  const { caught: broken, why = '' } = await hunt(copy, ordered().slice(0, SOUND))
  if (broken) throw new Error(`the sources are wrong without any mutant: ${why}`)
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const { file, name, text, by, also = [] } = mutant
    const key = createHash('sha256')
      .update(JSON.stringify([copy.digest, SCALE, file, text, by, also]))
      .digest('hex')
      .slice(0, 16)
    let result = known.get(key)
    if (options.survivors === true && result === undefined && knownNames.get(name)?.caught === true) result = knownNames.get(name)
    if (result === undefined) {
      const begun = performance.now()
      copy.change(file, [{ text, by }, ...also])
      result = { key, name, ...(await hunt(copy, ordered())), seconds: (performance.now() - begun) / 1000 }
      copy.restore(file)
      note(result)
      if (options.results !== undefined) appendFileSync(options.results, `${JSON.stringify(result)}\n`)
    }
    results.set(mutant, result)
    tell(mutant, result)
  }
}

try {
  await Promise.all(Array.from({ length: options.jobs }, work))
} finally {
  for (const copy of copies) copy.remove()
}

/** Prints how many mutants there are of each file, and how many of them are caught. */
const table = new Map<string, { count: number; caught: number }>()
for (const [{ file }, { caught }] of results) {
  const row = table.get(file) ?? { count: 0, caught: 0 }
  table.set(file, row)
  row.count++
  if (caught) row.caught++
}
const width = Math.max(...[...table.keys()].map((file) => file.length))
console.log(`\n${'file'.padEnd(width)}  mutants  caught`)
for (const [file, { count, caught }] of table)
  console.log(`${file.padEnd(width)}  ${String(count).padStart(7)}  ${String(caught).padStart(6)}`)
const caught = [...results.values()].filter((result) => result.caught).length
console.log(`\n${caught} of ${chosen.length} mutants caught (${((100 * caught) / chosen.length).toFixed(1)} %)`)
for (const { file, name, why } of equivalentMutants) console.log(`not tried  ${file.slice(file.lastIndexOf('/') + 1)}: ${name}: ${why}`)
if (caught < LEAST * chosen.length) process.exitCode = 1
