/** A program in an OS process of its own, and what it says. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from '../../runtime/code/program.ts'
import type { Outcome } from '../../runtime/run/local.ts'
import { loader } from '../harness/loader.ts'

const child = join(dirname(fileURLToPath(import.meta.url)), 'child.ts')

/** Milliseconds a program may take. */
const PATIENCE = 20_000

export type SpawnedOutcome = Outcome | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly help: string }

export class Spawned {
  out = ''
  err = ''
  private readonly process
  private readonly closed: Promise<void>

  /** @param input `open`: standard input stays open and silent; else its whole content, or the descriptor of a file */
  private constructor(args: readonly string[], input: string | number) {
    this.process = spawn(process.execPath, [...loader, child, ...args], {
      stdio: [typeof input === 'number' ? input : 'pipe', 'pipe', 'pipe'],
    })
    this.process.stdout?.setEncoding('latin1').on('data', (text: string) => (this.out += text))
    this.process.stderr?.setEncoding('latin1').on('data', (text: string) => (this.err += text))
    this.process.stdin?.on('error', () => undefined) // it may end without having read all
    this.closed = new Promise((resolve) =>
      this.process.on('close', () => {
        resolve()
      }),
    )
    if (typeof input === 'string' && input !== 'open') this.process.stdin?.end(input)
  }

  static run(
    program: Program,
    directory: string,
    { input = '', checkpoint }: { input?: string | number; checkpoint?: string } = {},
  ): Spawned {
    const file = join(directory, 'program.json')
    writeFileSync(file, JSON.stringify(program))
    return new Spawned(['run', file, join(directory, 'code'), ...(checkpoint === undefined ? [] : [checkpoint])], input)
  }

  static restore(
    file: string,
    directory: string,
    { input = '', checkpoint }: { input?: string | number; checkpoint?: string } = {},
  ): Spawned {
    return new Spawned(['restore', file, join(directory, 'code'), ...(checkpoint === undefined ? [] : [checkpoint])], input)
  }

  /** @returns when it has printed `text` */
  printed(text: string): Promise<void> {
    return this.until(() => this.out.includes(text), `print ${JSON.stringify(text)}`)
  }

  /** @returns when signals reach the run */
  listening(): Promise<void> {
    return this.until(() => this.err.includes('listening\n'), 'listen')
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    const begun = Date.now()
    while (!condition()) {
      if (this.process.exitCode !== null || Date.now() - begun > PATIENCE) throw new Error(`did not ${what}: ${this.out}\n${this.err}`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  type(text: string): void {
    this.process.stdin?.write(text)
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /** Nobody reads its output any more. */
  hangUp(): void {
    this.process.stdout?.destroy()
  }

  /** Ends it if it still runs, whatever it does. */
  kill(): void {
    this.process.kill('SIGKILL')
  }

  /** @returns the outcome, when it has ended and everything it printed is here */
  async outcome(): Promise<SpawnedOutcome> {
    const late = setTimeout(() => {
      this.err += '\nended by the test, which has waited for too long'
      this.kill()
    }, PATIENCE)
    await this.closed
    clearTimeout(late)
    try {
      return JSON.parse(this.err.trimEnd().split('\n').at(-1) ?? '') as SpawnedOutcome // written by child.ts
    } catch {
      throw new Error(`no outcome: ${this.err}`)
    }
  }
}
