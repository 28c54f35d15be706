/**
 * Durable programs on real OS processes: numbered lines are typed, go through processes that roam over three nodes, and are printed, while nodes are killed with
 * SIGKILL at random moments, one of them or all, and others are started in their places. What is seen of the program has to be complete, in order, and each
 * line once.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spellEngine } from '../../runtime/node/cluster-address.ts'
import { natsServers } from '../engine/nats-servers.ts'
import type { NatsServers } from '../engine/nats-servers.ts'

const godwit = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const program = fileURLToPath(new URL('outliving.csp', import.meta.url))
const NODES = 3
/** Lines that are typed and have not been printed yet, at most. */
const WINDOW = 20
/** Milliseconds between two lines that are typed. */
const LINE_EVERY_MS = 10
/** How often all nodes are killed, and not one of them. */
const ALL = 0.3
/** How often a kill does not wait until the program has recovered from the one before. */
const AMID = 0.3
/** A program that has printed nothing for so long, though nobody was killed, has stopped for good. */
const SILENT_MS = 60_000

export type TortureEngine = 'embedded' | 'nats'

export interface OutlivingOptions {
  readonly engine: TortureEngine
  /** Moments at which something is killed. */
  readonly kills: number
  /** Milliseconds between two of them, or from when the program runs again until the next, on average. */
  readonly pauseMs: number
}

export interface Outlived {
  /** Moments at which something was killed, at how many of them that were all nodes, and how many nodes. */
  readonly kills: number
  readonly massacres: number
  readonly nodes: number
  readonly lines: number
  /** What is wrong with what was seen; undefined when nothing is. */
  readonly wrong: string | undefined
  /** Milliseconds from a kill until a line was printed that was typed after it, in order. Where another kill came first, that one counts. */
  readonly pauses: readonly number[]
  readonly log: string
}

/** Runs one program to its end. */
export async function outlive({ engine, kills: wanted, pauseMs }: OutlivingOptions): Promise<Outlived> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-torture-'))
  const servers: NatsServers | undefined = engine === 'nats' ? await natsServers(1) : undefined
  const cluster = servers?.address(`t${randomBytes(6).toString('hex')}`) ?? join(folder, 'cluster')
  const children = new Set<ChildProcess>()
  const nodes: ChildProcess[] = []
  const begin = performance.now()
  let [log, started, kills, massacres, killed] = ['', 0, 0, 0, 0]
  const say = (text: string): void => {
    log += `${((performance.now() - begin) / 1000).toFixed(2)} ${text}\n`
  }
  const start = (words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [godwit, ...words], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
    children.add(child)
    child.once('exit', () => children.delete(child))
    child.stdin.on('error', () => undefined) // it has ended; what it had printed tells whether it was to
    child.stderr.on('data', (bytes: Buffer) => {
      say(`${words[0] ?? ''}: ${bytes.toString().trim()}`)
    })
    return child
  }
  const node = async (): Promise<void> => {
    const child = start(['node', '--engine', spellEngine(cluster), '--name', `n${++started}`])
    nodes.push(child)
    await new Promise<void>((resolve) => {
      child.stderr?.once('data', () => {
        resolve()
      })
      child.once('exit', () => {
        resolve()
      })
    })
  }
  const whole = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      child.stdout?.on('data', (bytes: Buffer) => (text += bytes.toString()))
      child.on('close', () => {
        resolve(text)
      })
    })

  let [seen, typed, printed] = ['', 0, 0]
  let lastKill: { readonly at: number; readonly line: number } | undefined
  let lastLine = performance.now()
  const pauses: number[] = []
  let typing: NodeJS.Timeout | undefined
  try {
    await Promise.all(Array.from({ length: NODES }, node))
    const run = start(['run', program, '--cluster', cluster, '--durable', '--detach', '--roam', '20ms'])
    const [name = ''] = (await whole(run)).trim().split(/\s/)
    say(`started ${name}`)
    const viewer = start(['attach', name, '--cluster', cluster, '--from', '0'])
    const end: { status?: number | string } = {}
    const ended = new Promise<void>((resolve) => {
      viewer.once('close', (code, signal) => {
        end.status = code ?? signal ?? 'unknown'
        resolve()
      })
    })
    viewer.stdout?.on('data', (bytes: Buffer) => {
      const text = bytes.toString()
      seen += text
      printed += text.split('\n').length - 1
      lastLine = performance.now()
      if (lastKill === undefined || printed <= lastKill.line) return
      pauses.push(lastLine - lastKill.at)
      lastKill = undefined
    })
    typing = setInterval(() => {
      if (typed - printed < WINDOW) viewer.stdin?.write(`${typed++}\n`)
    }, LINE_EVERY_MS)
    const isStuck = (): boolean => performance.now() - lastLine > SILENT_MS
    const isOver = (): boolean => end.status !== undefined || isStuck()
    while (printed === 0 && !isOver()) await delay(10)
    while (kills < wanted && !isOver()) {
      if (Math.random() >= AMID) while (lastKill !== undefined && !isOver()) await delay(10)
      await delay(2 * pauseMs * Math.random())
      if (nodes.length === 0) continue
      const all = Math.random() < ALL
      const victims = all ? nodes.splice(0) : nodes.splice(Math.floor(Math.random() * nodes.length), 1)
      for (const victim of victims) victim.kill('SIGKILL')
      kills++
      killed += victims.length
      if (all) massacres++
      lastKill = { at: performance.now(), line: typed }
      say(`killed ${victims.length}, ${printed} of ${typed} lines were printed`)
      const replacing = Promise.all(victims.map(node))
      if (nodes.length === victims.length) await replacing // others are still coming: something must be there to be killed
    }
    clearInterval(typing)
    viewer.stdin?.end()
    while (!isOver()) await Promise.race([ended, delay(100)])
    const expected = Array.from({ length: typed }, (_, i) => `${i}\n`).join('')
    const wrong =
      seen === expected
        ? end.status === 0
          ? undefined
          : `attach ends with ${end.status ?? 'nothing'}`
        : expected.startsWith(seen)
          ? `${printed} of ${typed} lines are printed; attach ends with ${end.status ?? 'nothing'}`
          : `it prints something else after ${commonLength(seen, expected)} bytes: ${JSON.stringify(seen.slice(commonLength(seen, expected) - 20, commonLength(seen, expected) + 40))}`
    return { kills, massacres, nodes: killed, lines: printed, wrong, pauses, log }
  } finally {
    clearInterval(typing)
    for (const child of children) child.kill('SIGKILL')
    await servers?.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

function commonLength(a: string, b: string): number {
  let n = 0
  while (n < a.length && a[n] === b[n]) n++
  return n
}
