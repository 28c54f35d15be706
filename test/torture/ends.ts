/**
 * Ends go round a ring over three nodes, each with a client behind it, while processes move. Each request has to arrive once and in order, and so does each
 * answer: the program looks, and ends with a fault otherwise.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What came of one run. */
export interface WentRound {
  /** The program's, or the signal that ended it. */
  readonly status: number | string
  /** What it has shown, and what was told of its moves. */
  readonly output: string
}

/**
 * Runs the program on three nodes.
 * @param ends how many there are
 * @param roam how often each node moves a process, as `--roam` takes it
 * @param withinMs the run is ended when it takes longer, which is a failure: the program hangs
 */
export async function sendRound(ends: number, roam: string, withinMs: number): Promise<WentRound> {
  const words = ['run', '-D', `ENDS=${ends}`, '--nodes', '3', '--roam', roam, join(root, 'test/torture/ring-of-ends.csp')]
  const run = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  run.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  run.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const late = setTimeout(() => run.kill('SIGKILL'), withinMs)
  const [code, signal] = (await once(run, 'close')) as [number | null, string | null] // of a child process
  clearTimeout(late)
  return { status: code ?? signal ?? 'unknown', output }
}
