/**
 * Looking at a cluster takes nothing from it: a program whose processes move all the time while commands look at it without a pause. Each message has to
 * arrive once and in order, and the program has to end with status 0.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'test/torture/looking.csp')

function godwit(...parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...parameters], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What came of one run. */
export interface Looked {
  /** The program's, or the signal that ended it. */
  readonly status: number | string
  readonly output: string
  /** How many commands have looked at the cluster. */
  readonly looks: number
  /** What those said that could not, though the nodes were there all the while. */
  readonly complaints: readonly string[]
}

/** So long after a look has failed it is known whether the cluster was just ending. */
const END_KNOWN_MS = 300

/**
 * Runs the program on three nodes.
 * @param moves how many each of its two processes makes, some 6 ms each
 * @param withinMs the run is ended when it takes longer, which is a failure: the program hangs
 */
export async function lookAtMoves(moves: number, withinMs: number): Promise<Looked> {
  const directory = join(mkdtempSync(join(tmpdir(), 'godwit-torture-')), 'cluster')
  const run = godwit('run', program, '-D', `MOVES=${moves}`, '--nodes', '3', '--cluster-dir', directory)
  let output = ''
  run.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  run.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const late = setTimeout(() => run.kill('SIGKILL'), withinMs)
  let status: number | string | undefined
  run.once('exit', (code, signal) => (status = code ?? signal ?? 'unknown'))
  const closed = once(run, 'close')
  let [looks, there] = [0, false]
  const complaints: string[] = []
  const look = async (command: string): Promise<void> => {
    while (status === undefined) {
      if (!existsSync(directory)) await delay(20)
      else {
        const began = there
        const client = godwit(command, '--cluster', directory)
        let said = ''
        client.stdout?.resume()
        client.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
        const [code] = (await once(client, 'close')) as [number | null] // of a child process
        looks++
        if (code === 0) there = true
        else if (began) {
          await delay(END_KNOWN_MS)
          if (!output.includes('done')) complaints.push(`${command} ended with ${code ?? 'a signal'}: ${said}`)
        }
      }
    }
  }
  await Promise.all([look('ps'), look('nodes'), closed])
  clearTimeout(late)
  rmSync(join(directory, '..'), { recursive: true, force: true })
  return { status: status ?? 'unknown', output, looks, complaints }
}
