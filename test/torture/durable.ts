/**
 * Durable programs on real OS processes: nodes are killed with SIGKILL at random moments, one of them or all, and others are started in their places. What is
 * seen of the program has to be complete, in order, and each line once.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const godwit = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const program = fileURLToPath(new URL('outliving.csp', import.meta.url))
const LINES = 400
const NODES = 3

export interface Outlived {
  readonly kills: number
  /** What is wrong with what was seen; undefined when nothing is. */
  readonly wrong: string | undefined
  /** Milliseconds from a kill to the next line, in order. */
  readonly pauses: readonly number[]
  readonly log: string
}

/** Runs one program to its end. @param pauseMs between two kills, on average */
export async function outlive(pauseMs: number, withinMs: number): Promise<Outlived> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-torture-'))
  const cluster = join(folder, 'cluster')
  const nodes: ChildProcess[] = []
  let log = ''
  let started = 0
  const begin = performance.now()
  const say = (text: string): void => {
    log += `${((performance.now() - begin) / 1000).toFixed(2)} ${text}\n`
  }
  const start = (words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [godwit, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.on('data', (bytes: Buffer) => {
      say(`${words[0] ?? ''}: ${bytes.toString().trim()}`)
    })
    return child
  }
  const node = async (): Promise<void> => {
    const child = start(['node', '--engine', `embedded:${cluster}`, '--name', `n${++started}`])
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
  const end = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      child.stdout?.on('data', (bytes: Buffer) => (text += bytes.toString()))
      child.on('close', () => {
        resolve(text)
      })
    })
  let seen = ''
  let lastLine = performance.now()
  let lastKill: number | undefined
  const pauses: number[] = []
  let kills = 0
  let over = false
  let viewer: ChildProcess | undefined
  try {
    for (let i = 0; i < NODES; i++) await node()
    const name =
      (await end(start(['run', program, '--cluster', cluster, '--durable', '--detach', '--roam', '20ms']))).trim().split(/\s/)[0] ?? ''
    say(`started ${name}`)
    const view = async (): Promise<void> => {
      while (!over && seen.split('\n').length <= LINES) {
        viewer = start(['attach', name, '--cluster', cluster, '--no-input', '--from', String(seen.length)])
        viewer.stdout?.on('data', (bytes: Buffer) => {
          seen += bytes.toString()
          lastLine = performance.now()
          if (lastKill !== undefined) pauses.push(lastLine - lastKill)
          lastKill = undefined
        })
        await new Promise<void>((resolve) => viewer?.once('close', () => resolve()))
        await delay(50)
      }
    }
    const viewing = view()
    while (performance.now() - begin < withinMs && seen.split('\n').length <= LINES) {
      await delay(2 * pauseMs * Math.random())
      const victims = Math.random() < 0.3 ? nodes.splice(0) : nodes.splice(Math.floor(Math.random() * nodes.length), 1)
      for (const victim of victims) victim.kill('SIGKILL')
      kills += victims.length
      lastKill ??= performance.now()
      say(`killed ${victims.length}`)
      await Promise.all(victims.map(() => node()))
    }
    over = true
    viewer?.kill('SIGKILL')
    await viewing
  } finally {
    over = true
    viewer?.kill('SIGKILL')
    for (const child of nodes) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  const expected = Array.from({ length: LINES }, (_, i) => `${i}\n`).join('')
  const wrong =
    seen === expected ? undefined : expected.startsWith(seen) ? `${seen.split('\n').length - 1} lines only` : `it shows ${seen.slice(-200)}`
  return { kills, wrong, pauses: pauses.sort((a, b) => a - b), log }
}
