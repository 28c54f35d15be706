/** What it costs to change a program that runs: an upgrade to another version and back, and a fork, by the number of processes. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { loadOrExit } from '../cli/load-program.ts'
import { connectCluster } from '../runtime/node/commands/client.ts'
import type { ClusterClient } from '../runtime/node/commands/client.ts'
import { godwit, root } from './measure.ts'
import type { Row } from './measure.ts'

const FILE = 'bench/programs/crowd.csp'
/** Milliseconds until everything of the crowd has begun to wait. */
const SETTLED_MS = 2_000
/** Lines that the pulse shows, until one of them tells of what was over before. */
const SHOWN = 2
/** How often the program goes to another version, or is forked. */
const CHANGES = 4

const defines = (processes: number, factor: number): ReadonlyMap<string, string> =>
  new Map([
    ['PROCESSES', String(processes)],
    ['FACTOR', String(factor)],
  ])

/** What the pulse of a program shows. */
class Pulse {
  private text = ''

  constructor(
    directory: string,
    private readonly child = spawn(process.execPath, [godwit, 'attach', 'crowd.csp', '--no-input', '--cluster', directory], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  ) {
    child.stdout.on('data', (text: Buffer) => (this.text += text.toString()))
  }

  /** @returns the longest of its rounds since the last call, in milliseconds, when it has shown what is over by now */
  async longest(): Promise<number> {
    const shown = this.text.length
    while (this.text.slice(shown).split('\n').length <= SHOWN) await delay(20)
    const lines = this.text.split('\n')
    this.text = lines.pop() ?? ''
    return Math.max(...lines.map(Number)) / 1000
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return
    this.child.kill('SIGKILL')
    await once(this.child, 'exit')
  }
}

/** What changes took and how long the program stood still for them, in milliseconds. */
interface Changed {
  readonly took: number[]
  readonly stood: number[]
}

/** Runs a crowd on two nodes of its own for the time of `work`. */
async function withCrowd<T>(processes: number, work: (client: ClusterClient, pulse: Pulse) => Promise<T>): Promise<T> {
  const directory = join(mkdtempSync(join(tmpdir(), 'godwit-bench-')), 'cluster')
  const define = [...defines(processes, 1)].flatMap(([name, value]) => ['-D', `${name}=${value}`])
  const flags = ['run', '--detach', ...define, '--nodes', '2', '--balance', 'off', '--cluster-dir', directory, FILE]
  const begun = spawnSync(process.execPath, [godwit, ...flags], { cwd: root, encoding: 'utf8', timeout: 120_000 })
  if (begun.status !== 0) throw new Error(`the crowd does not begin: ${begun.stderr}`)
  const client = await connectCluster(directory)
  const pulse = new Pulse(directory)
  try {
    await delay(SETTLED_MS)
    return await work(client, pulse)
  } finally {
    const nodes = await client.nodes()
    await client.close()
    await pulse.end()
    for (const { pid } of nodes) process.kill(pid, 'SIGKILL')
    rmSync(join(directory, '..'), { recursive: true, force: true })
  }
}

async function upgrades(processes: number): Promise<Changed> {
  return await withCrowd(processes, async (client, pulse) => {
    const [took, stood]: [number[], number[]] = [[], []]
    for (let i = 0; i < CHANGES; i++) {
      const { program: version } = await loadOrExit(join(root, FILE), { defines: defines(processes, 2 - (i % 2)) })
      const program = await client.programs.find('crowd.csp')
      await pulse.longest()
      const begun = performance.now()
      const { obstacles, changed } = await client.programs.upgrade(program, { version, map: '', dry: false })
      took.push(performance.now() - begun)
      if (obstacles.length > 0 || changed < processes - 3) throw new Error(`only ${changed} processes have been changed`)
      stood.push(await pulse.longest())
    }
    return { took, stood }
  })
}

async function forks(processes: number): Promise<Changed> {
  return await withCrowd(processes, async (client, pulse) => {
    const [took, stood]: [number[], number[]] = [[], []]
    const program = await client.programs.find('crowd.csp')
    for (let i = 0; i < CHANGES; i++) {
      await pulse.longest()
      const begun = performance.now()
      const second = await client.programs.fork(program, { directory: root, variables: {} })
      took.push(performance.now() - begun)
      stood.push(await pulse.longest())
      await client.programs.end(second)
    }
    return { took, stood }
  })
}

/** Measures, and hands on each row when it is there. */
export async function measureChanges(done: (row: Row) => void): Promise<void> {
  for (const [what, change, sizes] of [
    ['upgrade', upgrades, [1_000, 10_000, 100_000]],
    ['fork', forks, [1_000, 10_000]],
  ] as const) {
    for (const size of sizes) {
      const { took, stood } = await change(size)
      const samples = [
        { who: 'all of it', values: took },
        { who: 'longest round of a process', values: stood },
      ]
      done({ id: `techniques-${what}-${size}`, title: `${what} of ${size.toLocaleString('en')} processes (ms)`, unit: 'ms', samples })
    }
  }
}
