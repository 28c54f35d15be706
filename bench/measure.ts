/** What the benchmarks measure with: programs that print numbers, run in turn with their peers. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const godwit = join(root, 'dist/cli/main.js')
/** A folder of this run, for what is compiled. */
export const scratch = mkdtempSync(join(tmpdir(), 'godwit-bench-'))

/** What one of several measured: figures in the unit of their row. */
export interface Sample {
  readonly who: string
  readonly values: readonly number[]
}

/** One table of the report. */
export interface Row {
  /** The same in every run, for comparisons: `commstime-sequential`. */
  readonly id: string
  readonly title: string
  readonly unit: string
  /** What is to be reached, in words. */
  readonly reach?: string
  readonly samples: readonly Sample[]
}

/** One who takes part in a row: what is measured in one go. */
export interface Contestant {
  readonly who: string
  readonly measure: () => number[]
}

/** All take turns so many times, so that what else the machine does falls on all of them. `--turns` sets it. */
const pace = { turns: 5 }

/** How many turns all take from now on. */
export function setTurns(turns: number): void {
  pace.turns = turns
}

/** Measures all contestants in turn. */
export function inTurn(contestants: readonly Contestant[], turns = pace.turns): Sample[] {
  const values = contestants.map((): number[] => [])
  for (let turn = 0; turn < turns; turn++) contestants.forEach(({ measure }, i) => values[i]?.push(...measure()))
  return contestants.map(({ who }, i) => ({ who, values: values[i] ?? [] }))
}

/** @returns the median, or NaN of nothing */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/**
 * Runs a command that prints lines `12` or `name 12`.
 * @param name the lines that count; absent: those without a name
 * @returns the median of the numbers, without the first, in which the engine compiles; nothing when there are none
 */
export function measured(command: string, args: readonly string[], options: { name?: string; env?: NodeJS.ProcessEnv } = {}): number[] {
  const env = { ...process.env, ...options.env }
  const result = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', timeout: 300_000, maxBuffer: 2 ** 26 })
  const wanted = options.name === undefined ? /^\s*([\d.]+)\s*$/ : new RegExp(`^${options.name}\\s+([\\d.]+)\\s*$`)
  const values = result.stdout.split('\n').flatMap((line) => {
    const found = wanted.exec(line)?.[1]
    return found === undefined ? [] : [Number(found)]
  })
  const warm = values.length > 1 ? values.slice(1) : values
  return warm.length === 0 ? [] : [median(warm)]
}

/** A program of `bench/programs`, or of another folder, run by `godwit run`. */
export function program(file: string, flags: readonly string[] = [], name?: string): Contestant {
  const path = file.includes('/') ? file : `bench/programs/${file}.csp`
  return { who: 'godwit', measure: () => measured('node', [godwit, 'run', ...flags, path], name === undefined ? {} : { name }) }
}

/** The scheduler that is written by hand in JavaScript. */
export function handWritten(...args: string[]): Contestant {
  return { who: 'hand-written JavaScript scheduler', measure: () => measured('node', ['bench/peers/scheduler.js', ...args]) }
}

const binaries = new Map<string, string | undefined>()

/** A Go program of `bench/peers`, on one core; it measures nothing when there is no Go here. */
export function go(name: string, ...args: string[]): Contestant {
  return goOn(1, 'Go, one core', name, ...args)
}

/** As `go`, on so many cores. */
export function goOn(cores: number, who: string, name: string, ...args: string[]): Contestant {
  return {
    who,
    measure: () => {
      if (!binaries.has(name)) {
        const binary = join(scratch, name)
        const result = spawnSync('go', ['build', '-o', binary, `bench/peers/${name}.go`], { cwd: root, encoding: 'utf8' })
        binaries.set(name, result.status === 0 ? binary : undefined)
      }
      const binary = binaries.get(name)
      return binary === undefined ? [] : measured(binary, args, { env: { GOMAXPROCS: String(cores) } })
    },
  }
}

/** A benchmark of `bench/peers/peers.erl`, with one scheduler; it measures nothing when there is no Erlang here. */
export function erlang(...args: string[]): Contestant {
  return {
    who: 'Erlang, one scheduler',
    measure: () => {
      const built = spawnSync('erlc', ['-o', scratch, 'bench/peers/peers.erl'], { cwd: root }) // of no account beside what it measures
      return built.status === 0 ? measured('erl', ['+S', '1', '-noshell', '-pa', scratch, '-s', 'peers', 'main', ...args]) : []
    },
  }
}

/** A benchmark for js-csp, which says how long a single one of its rounds takes. */
export function jsCsp(...args: string[]): Contestant {
  return { who: 'js-csp', measure: () => measured('node', ['bench/peers/js-csp.js', ...args]) }
}

function startProgram(flags: readonly string[], name: string): ChildProcessByStdio<Writable, Readable, null> {
  return spawn('node', [godwit, 'run', ...flags, `bench/programs/${name}.csp`], { cwd: root, stdio: ['pipe', 'pipe', 'ignore'] })
}

/** @returns how many bytes the checkpoint file of a program has, which is made as soon as it prints something */
export async function checkpointSize(name: string): Promise<number> {
  const file = join(scratch, `${name}.snap`)
  const child = startProgram(['--checkpoint-on', `SIGUSR1=${file}`], name)
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  child.kill('SIGUSR1')
  await ended
  return statSync(file).size
}

/**
 * Runs a program until it prints `ready`.
 * @returns the most memory that its OS process had until then, in bytes, as Linux tells it; nothing elsewhere
 */
export async function memoryWhenReady(flags: readonly string[], name: string): Promise<number | undefined> {
  const child = startProgram(flags, name)
  try {
    await once(child.stdout, 'data')
    if (process.platform !== 'linux') return undefined
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
