/**
 * Programs that outlive their nodes: durable steps beside the disk's own fsync and PostgreSQL, what a cut costs the program, recovery after
 * kill -9, and what going on costs after a long history.
 *
 * What a cut has cost is read from the cuts themselves: each part of one says how long its node stood still.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '../runtime/engine/engine.ts'
import { openEngine } from '../runtime/node/open-engine.ts'
import type { CutEntry } from '../runtime/node/durable/cut-store.ts'
import { godwit, median, root } from './measure.ts'
import type { Row, Sample } from './measure.ts'
import { Postgres } from './peers/postgres.ts'

/** Turns that all who stand in one table take. */
const TURNS = 5
const FSYNCS = 200
/** Connections that PostgreSQL takes, by its standard settings, and some fewer. */
const MOST_CLIENTS = 90
/** About what a small cut writes. */
const RECORD_BYTES = 700

const numbers = (text: string, name: string): number[] =>
  text.split('\n').flatMap((line) => (line.startsWith(`${name} `) ? [Number(line.slice(name.length + 1))] : []))

/** A cluster in a folder of its own, on the disk that temporary files are on. */
class Ground {
  readonly folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  readonly cluster = join(this.folder, 'cluster')
  private readonly children: ChildProcess[] = []

  /** Starts a command that writes its errors to ours. */
  start(...words: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [godwit, ...words], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.children.push(child)
    return child
  }

  /** Starts a node, and waits until it is there. */
  async node(name: string): Promise<ChildProcess> {
    const child = this.start('node', '--engine', `embedded:${this.cluster}`, '--name', name)
    if (child.stderr !== null) await once(child.stderr, 'data')
    return child
  }

  /** Runs a command to its end. @returns what it has printed @throws Error when it fails */
  run(...words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [godwit, ...words], {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 300_000,
    })
    if (status !== 0) throw new Error(`godwit ${words.join(' ')} failed: ${stderr}`)
    return stdout
  }

  async clear(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

async function onGround<T>(work: (ground: Ground) => T | Promise<T>): Promise<T> {
  const ground = new Ground()
  try {
    return await work(ground)
  } finally {
    await ground.clear()
  }
}

const csp = (name: string): string => join(root, 'bench/programs', `${name}.csp`)

// ------------------------------------------------------------------------------------------ steps

/** Microseconds of writing a record behind the end of a file and having it on the disk. */
function fsyncs(): number[] {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  const descriptor = openSync(join(folder, 'file'), 'a')
  const record = Buffer.alloc(RECORD_BYTES, '.')
  const times: number[] = []
  for (let i = 0; i < FSYNCS; i++) {
    const start = process.hrtime.bigint()
    writeSync(descriptor, record)
    fdatasyncSync(descriptor)
    times.push(Number(process.hrtime.bigint() - start) / 1000)
  }
  closeSync(descriptor)
  rmSync(folder, { recursive: true })
  return times
}

/** @returns what the program of steps has printed */
async function steps(processes: number, each: number): Promise<string> {
  return await onGround((ground) =>
    ground.run('run', '--durable', '--nodes', '1', '-D', `PROCESSES=${processes}`, '-D', `STEPS=${each}`, csp('durable-steps')),
  )
}

async function measureSteps(done: (row: Row) => void): Promise<void> {
  const postgres = Postgres.start()
  const isolated: Sample[] = ['fdatasync of the same disk', 'godwit', ...(postgres === undefined ? [] : ['PostgreSQL'])].map((who) => ({
    who,
    values: [],
  }))
  const add = (samples: readonly Sample[], who: string, values: readonly number[]): void => {
    const sample = samples.find((each) => each.who === who)
    if (sample !== undefined) (sample.values as number[]).push(median(values)) // made above
  }
  const crowds = [10, 100, 1_000]
  const rates = new Map(
    crowds.map((n) => [
      n,
      [{ who: 'godwit', values: [] }, ...(postgres === undefined ? [] : [{ who: 'PostgreSQL', values: [] }])] as Sample[],
    ]),
  )
  try {
    for (let turn = 0; turn < TURNS; turn++) {
      add(isolated, 'fdatasync of the same disk', fsyncs())
      add(isolated, 'godwit', numbers(await steps(1, 200), 'each'))
      if (postgres !== undefined) add(isolated, 'PostgreSQL', [postgres.latency()])
      for (const [n, samples] of rates) {
        const each = Math.max(20, Math.round(10_000 / n))
        const [micros = NaN] = numbers(await steps(n, each), 'all')
        add(samples, 'godwit', [micros / (n * each)])
        if (postgres !== undefined) add(samples, 'PostgreSQL', [1e6 / postgres.rate(Math.min(n, MOST_CLIENTS))])
      }
    }
  } finally {
    postgres?.stop()
  }
  done({
    id: 'durable-step',
    title: 'an isolated durable step (us)',
    unit: 'us',
    reach: 'at most 2x fdatasync',
    samples: [...isolated].sort((a, b) => Number(b.who === 'godwit') - Number(a.who === 'godwit')),
  })
  for (const [n, samples] of rates)
    done({
      id: `durable-steps-${n}`,
      title: `a durable step of ${n} processes that share cuts (us)`,
      unit: 'us',
      reach: 'at most 500 us, which is 2,000 a second, where the disk allows it',
      samples,
    })
}

// ------------------------------------------------------------------------------------------ cuts

interface SeenCut {
  readonly pauseMicros: number
  readonly bytes: number
}

/** @returns an entry as the directory has it; undefined when it stands in a blob */
function decodeCut(text: string): CutEntry | undefined {
  const kept = JSON.parse(text) as CutEntry | { readonly manifest: unknown } // only homes of our own clusters have written it
  return 'manifest' in kept ? undefined : kept
}

/** @param text an entry as the directory has it. @returns about how many bytes it takes, blobs included, unless it stands in one itself */
function sizeOf(text: string): number {
  const entry = decodeCut(text)
  if (entry === undefined) return text.length
  const stored = [entry.home, ...entry.parts.flatMap(({ image }) => image ?? [])]
  return stored.reduce((bytes, each) => bytes + ('blob' in each ? each.bytes : 0), text.length)
}

/** Watches the cuts of all programs of a cluster for some time, from when it is called. */
async function cutsOf(cluster: string, milliseconds: number): Promise<SeenCut[]> {
  const engine = await openEngine(cluster, { kind: 'client', create: false })
  const seen: SeenCut[] = []
  let isFirst = true
  engine.directory.watch('cut/', (entries) => {
    if (!isFirst)
      for (const [, text] of entries) {
        if (text === undefined) continue
        const cut = decodeCut(text)
        if (cut === undefined) continue
        seen.push({
          pauseMicros: Math.max(0, ...cut.parts.map(({ pauseMicros }) => pauseMicros)),
          bytes: sizeOf(text),
        })
      }
    isFirst = false
  })
  await delay(milliseconds)
  await closed(engine)
  return seen
}

function closed(engine: Engine): Promise<void> {
  return new Promise((resolve) => {
    engine.close(resolve)
  })
}

async function crowd(size: number, ran: number, milliseconds: number): Promise<SeenCut[]> {
  return await onGround(async (ground) => {
    const child = ground.start(
      'run',
      '--durable',
      '--nodes',
      '1',
      '--cluster-dir',
      ground.cluster,
      '-D',
      `CROWD=${size}`,
      '-D',
      `RAN=${ran}`,
      csp('durable-crowd'),
    )
    if (child.stdout !== null) await once(child.stdout, 'data')
    await delay(1_000)
    const cuts = await cutsOf(ground.cluster, milliseconds)
    child.kill('SIGINT')
    await once(child, 'exit')
    return cuts
  })
}

const CROWD = 100_000

async function measureCuts(done: (row: Row) => void): Promise<void> {
  for (const ran of [1, 100, 10_000]) {
    const cuts = await crowd(CROWD, ran, 10_000)
    const title = `a cut of ${CROWD.toLocaleString('en')} processes of which ${ran.toLocaleString('en')} ran`
    const id = `durable-cut-${ran}`
    const pauses = cuts.map(({ pauseMicros }) => pauseMicros / 1000)
    const reach = ran <= 100 ? { reach: 'at most 5 ms' } : {}
    done({ id: `${id}-pause`, title: `${title}: pause (ms)`, unit: 'ms', ...reach, samples: [{ who: 'godwit', values: pauses }] })
    done({
      id: `${id}-worst`,
      title: `${title}: longest pause (ms)`,
      unit: 'ms',
      samples: [{ who: 'godwit', values: [Math.max(...pauses)] }],
    })
    done({ id: `${id}-bytes`, title: `${title}: bytes`, unit: 'B', samples: [{ who: 'godwit', values: cuts.map(({ bytes }) => bytes) }] })
  }
}

// ------------------------------------------------------------------------------------------ recovery

/** Milliseconds from the death of the home of a ticking program to its next line, as a viewer sees it. */
async function recoveries(kills: number): Promise<number[]> {
  return await onGround(async (ground) => {
    const nodes = new Map<string, ChildProcess>()
    let started = 0
    const another = async (): Promise<void> => {
      const name = `n${++started}`
      nodes.set(name, await ground.node(name))
    }
    for (let i = 0; i < 3; i++) await another()
    ground.run('run', '--detach', '--durable', '--cluster', ground.cluster, csp('durable-ticks'))
    const viewer = ground.start('attach', 'durable-ticks.csp', '--cluster', ground.cluster)
    const pauses: number[] = []
    for (let kill = 0; kill < kills; kill++) {
      await next(viewer, 20)
      const status = JSON.parse(ground.run('ps', '--json', '--cluster', ground.cluster)) as readonly { readonly home?: string }[]
      const home = status.find(({ home }) => home !== undefined)?.home ?? ''
      nodes.get(home)?.kill('SIGKILL')
      nodes.delete(home)
      const begin = performance.now()
      await delay(1) // what it had sent before comes now
      await next(viewer, 2)
      pauses.push(performance.now() - begin)
      await another()
    }
    return pauses
  })
}

/** Waits for output, so many times. */
async function next(viewer: ChildProcess, times: number): Promise<void> {
  if (viewer.stdout === null) return
  for (let i = 0; i < times; i++) await once(viewer.stdout, 'data')
}

interface Resumed {
  readonly milliseconds: number
  readonly bytes: number
}

/** Runs a program for some steps, kills its node, and starts another one. */
async function resume(rounds: number): Promise<Resumed> {
  return await onGround(async (ground) => {
    const first = await ground.node('n1')
    ground.run(
      'run',
      '--detach',
      '--durable=relaxed',
      '--cut-every',
      '1ms',
      '--cluster',
      ground.cluster,
      '-D',
      `ROUNDS=${rounds}`,
      csp('durable-history'),
    )
    const viewer = ground.start('attach', 'durable-history.csp', '--cluster', ground.cluster)
    if (viewer.stdout !== null) await once(viewer.stdout, 'data') // it has done its steps
    await delay(300) // and a cut has them
    first.kill('SIGKILL')
    viewer.kill('SIGKILL')
    await Promise.all([once(first, 'exit'), once(viewer, 'exit')])
    const bytes = await storedBytes(ground.cluster)
    await ground.node('n2')
    const begin = performance.now()
    const again = ground.start('attach', 'durable-history.csp', '--cluster', ground.cluster)
    await next(again, 2)
    return { milliseconds: performance.now() - begin, bytes }
  })
}

/** @returns bytes that the store has of all cuts */
async function storedBytes(cluster: string): Promise<number> {
  const engine = await openEngine(cluster, { kind: 'client', create: false })
  const entries = await new Promise<readonly (readonly [string, string])[]>((resolve) => {
    engine.directory.list('cut/', (found) => {
      resolve(found ?? [])
    })
  })
  await closed(engine)
  return entries.reduce((bytes, [, text]) => bytes + sizeOf(text), 0)
}

async function measureRecovery(done: (row: Row) => void): Promise<void> {
  done({
    id: 'durable-recovery',
    title: 'from kill -9 of the home to the next line (ms)',
    unit: 'ms',
    reach: 'at most 3,000 ms',
    samples: [{ who: 'godwit', values: await recoveries(7) }],
  })
}

async function measureResume(done: (row: Row) => void): Promise<void> {
  const lengths = [10, 1_000, 1_000_000]
  const found = new Map(lengths.map((n) => [n, [] as Resumed[]]))
  for (let turn = 0; turn < TURNS; turn++) for (const [n, list] of found) list.push(await resume(n))
  const samples = (what: (each: Resumed) => number): Sample[] =>
    [...found].map(([n, list]) => ({ who: `after ${n.toLocaleString('en')} steps`, values: list.map(what) }))
  done({
    id: 'durable-resume',
    title: 'going on when all nodes were down (ms)',
    unit: 'ms',
    reach: 'all alike within 10 %',
    samples: samples(({ milliseconds }) => milliseconds),
  })
  done({
    id: 'durable-resume-bytes',
    title: 'what is kept of a program (bytes)',
    unit: 'B',
    reach: 'all alike within 10 %',
    samples: samples(({ bytes }) => bytes),
  })
}

/** Measures everything about durable programs; `only`: some of steps, cuts, recovery, resume. */
export async function measureDurable(done: (row: Row) => void, only: readonly string[] = []): Promise<void> {
  const wants = (name: string): boolean => only.length === 0 || only.includes(name)
  if (wants('steps')) await measureSteps(done)
  if (wants('cuts')) await measureCuts(done)
  if (wants('recovery')) await measureRecovery(done)
  if (wants('resume')) await measureResume(done)
}
