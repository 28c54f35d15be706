/** Runs the `godwit` command as a user would, and says how it went. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The harness builds first and says so; a suite that is run by itself takes the sources as they are. */
const command =
  process.env['GODWIT_TEST_DIST'] === '1'
    ? [join(root, 'dist/cli/main.js')]
    : ['--import', import.meta.resolve('tsx'), join(root, 'cli/main.ts')]

export interface Result {
  /** Exit status; 128 and the signal's number when a signal ended it. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface GodwitOptions {
  /** Working directory; the project's root when absent. */
  readonly cwd?: string
  /** Standard input as text, or the descriptor of an open file; at its end at once when absent. */
  readonly stdin?: string | number
  /** Standard output as the descriptor of an open file; kept when absent. */
  readonly stdout?: number
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which it is killed; 60,000 when absent. */
  readonly deadline?: number
  /** Standard input stays open, for `started` to write to. */
  readonly interactive?: boolean
  /** Is given the process once it runs, to signal it or to watch its output. */
  readonly started?: (child: ChildProcess) => void
}

/** Runs `godwit ARGS`. */
export async function godwit(args: readonly string[], options: GodwitOptions = {}): Promise<Result> {
  const { cwd = root, stdin, stdout: into, env = {}, deadline = 60_000, started, interactive = false } = options
  const child = spawn(process.execPath, [...command, ...args], {
    cwd,
    stdio: [typeof stdin === 'number' ? stdin : stdin === undefined && !interactive ? 'ignore' : 'pipe', into ?? 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', GODWIT_CACHE: cache, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin?.on('error', () => undefined) // a program that ends early does not read it all
  if (!interactive) child.stdin?.end(stdin)
  started?.(child)
  const timer = setTimeout(() => child.kill('SIGKILL'), deadline)
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  if (signal === 'SIGKILL') stderr += `\n(killed after ${deadline} ms)`
  return { status: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stdout, stderr }
}

const made: string[] = []

/** @returns a fresh directory, removed when this suite ends */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  made.push(directory)
  return directory
}

/** A program that says hello. */
export const HELLO = `PROC main (CHAN BYTE screen!)
  VAL []BYTE text IS "hello*n":
  SEQ i = 0 FOR SIZE text
    screen ! text[i]
:
`

/** Makes a program of a few lines. @returns its path and its directory */
export function program(text: string, name = 'program.csp'): { file: string; directory: string } {
  const directory = temporaryDirectory()
  const file = join(directory, name)
  writeFileSync(file, text)
  return { file, directory }
}

/** One cache for a whole suite: what is tested of the cache gets a cache of its own. */
const cache = temporaryDirectory()

process.on('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})
