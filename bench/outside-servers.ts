/** What the clients of `outside-clients.ts` come to: programs with their gateways, and the peers of `bench/peers/outside.js`. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { godwit, root } from './measure.ts'

/** What clients come to. */
export interface Server {
  readonly port: number
  /** How many moves there have been, as far as that is known. */
  readonly moves: () => number
  stop(): Promise<void>
}

/** @returns the path of a program of the bench */
export const csp = (name: string): string => join(root, 'bench/programs', `outside-${name}.csp`)

/** What an OS process has said. */
interface Started {
  readonly child: ChildProcess
  /** What the pattern has found. */
  readonly port: number
  /** Everything that it has said. */
  readonly said: () => string
}

/** Starts an OS process. @returns it, when `pattern` has found a number in what it says */
export async function started(words: readonly string[], pattern: RegExp): Promise<Started> {
  const child = spawn(process.execPath, [...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const port = await new Promise<number>((resolve, reject) => {
    const heard = (text: Buffer): void => {
      said += text.toString()
      const found = pattern.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    }
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    child.on('exit', () => {
      reject(new Error(`${words.join(' ')} has ended: ${said}`))
    })
  })
  return { child, port, said: () => said }
}

/** Ends OS processes, by force after three seconds. */
export async function ended(...children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 3000)
    await exit
    clearTimeout(late)
  }
}

/** One of `bench/peers/outside.js`. */
export async function peer(...words: readonly string[]): Promise<Server> {
  const { child, port, said } = await started(['bench/peers/outside.js', ...words], /port (\d+)/)
  return {
    port,
    moves: () => Number([...said().matchAll(/moves (\d+)/g)].at(-1)?.[1] ?? 0),
    stop: () => ended(child),
  }
}

/** What a gateway says when it listens. */
export const LISTENING = /listening at \w+:\/\/[^\s=]+:(\d+)=/

/** @returns how many moves the nodes of a cluster have made */
export function movesOf(cluster: string): number {
  const { stdout } = spawnSync(process.execPath, [godwit, 'top', '--json', '--cluster', cluster], { encoding: 'utf8', timeout: 60_000 })
  const last = new Map<string, number>()
  try {
    // as `godwit top --json` prints it
    const { moves } = JSON.parse(stdout) as { readonly moves: readonly { readonly number: number; readonly from: string }[] }
    for (const { number, from } of moves) last.set(from, Math.max(number, last.get(from) ?? 0))
  } catch {
    return NaN
  }
  return [...last.values()].reduce((a, b) => a + b, 0)
}

/** Between two looks whether a program serves its name. */
const LOOK_EVERY_MS = 200
/** After so long it is not waited for any more. */
const SERVED_WITHIN_MS = 120_000

/** Waits until the program of a cluster serves a name: clients that came before would be sent away after a while. */
async function served(cluster: string): Promise<void> {
  const end = performance.now() + SERVED_WITHIN_MS
  while (performance.now() < end) {
    const { stdout } = spawnSync(process.execPath, [godwit, 'names', '--json', '--cluster', cluster], { encoding: 'utf8', timeout: 60_000 })
    if (stdout.includes('"echo"') || stdout.includes('"hello"')) return
    await delay(LOOK_EVERY_MS)
  }
  throw new Error('nobody serves the name')
}

/** A program whose command is the gateway too. */
export async function atHome(...words: readonly string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  const cluster = join(folder, 'cluster')
  const onNodes = words.includes('--nodes') ? ['--cluster-dir', cluster] : []
  const { child, port } = await started([godwit, 'run', ...onNodes, ...words], LISTENING)
  if (onNodes.length > 0) await served(cluster)
  return {
    port,
    moves: () => movesOf(cluster),
    async stop() {
      await ended(child)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A program, and a gateway in an OS process of its own. */
export async function behindGateway(listen: string, ...words: readonly string[]): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-bench-'))
  const cluster = join(folder, 'cluster')
  const { child: gate, port } = await started(
    [godwit, 'node', '--engine', `embedded:${cluster}`, '--name', 'gate', '--no-guests', '--listen', listen],
    LISTENING,
  )
  const run = spawn(process.execPath, [godwit, 'run', '--cluster-dir', cluster, ...words], { cwd: root, stdio: 'ignore' })
  await served(cluster)
  return {
    port,
    moves: () => movesOf(cluster),
    async stop() {
      await ended(run, gate)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** @returns descriptors that an OS process may have */
export function descriptors(): number {
  return Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout) || 1024
}
