/**
 * Counts how many mutants of the protocol are found out: `npm run simulate:mutants [-- --seeds N] [--only WORD]`.
 *
 * Each mutant gets a copy of the sources, in which it is the only change, and lives there until one of its lives is wrong: on simulated clusters
 * (scenario.ts), then in kernels alone (test/kernel/cutting.test.ts). One that takes too long has been found out too. The list is printed; it exits with
 * 1 when less than 95 % are caught.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants.ts'
import type { Mutant } from './mutants.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({ options: { seeds: { type: 'string' }, only: { type: 'string' }, jobs: { type: 'string' } } })
const SEEDS = Number(values.seeds ?? 600)
const JOBS = Number(values.jobs ?? 2)
const WITHIN_MS = 180_000
const LEAST = 0.95

/** Runs something in a copy. @returns whether it went well */
function runs(copy: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', ...words], { cwd: copy, stdio: 'ignore', timeout: WITHIN_MS })
    child.on('exit', (code) => {
      resolve(code === 0)
    })
  })
}

async function isCaught(copy: string, { file, text, by }: Mutant): Promise<boolean> {
  const path = join(copy, file)
  const before = readFileSync(path, 'utf8')
  if (!before.includes(text)) throw new Error(`${file} has no text ${JSON.stringify(text)}`)
  writeFileSync(
    path,
    before.replace(text, () => by),
  )
  try {
    if (!(await runs(copy, ['test/simulate/main.ts', '--first', '--seeds', String(SEEDS)]))) return true
    return !(await runs(copy, ['test/kernel/cutting.test.ts']))
  } finally {
    writeFileSync(path, before)
  }
}

const chosen = mutants.filter(({ name, file }) => values.only === undefined || name.includes(values.only) || file.includes(values.only))
const queue = [...chosen]
const survivors: Mutant[] = []
const copies: string[] = []

async function work(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'godwit-mutants-'))
  copies.push(copy)
  for (const name of ['runtime', 'numbers', 'test', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const caught = await isCaught(copy, mutant)
    console.log(`${caught ? 'caught  ' : 'SURVIVED'}  ${mutant.file.slice(mutant.file.lastIndexOf('/') + 1)}: ${mutant.name}`)
    if (!caught) survivors.push(mutant)
  }
}

try {
  await Promise.all(Array.from({ length: JOBS }, work))
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}
const caught = chosen.length - survivors.length
console.log(`${caught} of ${chosen.length} mutants caught (${((100 * caught) / chosen.length).toFixed(1)} %)`)
if (caught < LEAST * chosen.length) process.exitCode = 1
