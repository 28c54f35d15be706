/** A program in an OS process of its own, and what it says. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from '../../runtime/code/program.ts'
import type { Outcome } from '../../runtime/run/local.ts'

const child = join(dirname(fileURLToPath(import.meta.url)), 'child.ts')

export type SpawnedOutcome = Outcome | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly help: string }

export class Spawned {
  out = ''
  err = ''
  private readonly process
  private readonly closed: Promise<void>

  /** @param input `open`: standard input stays open and silent; else its whole content */
  private constructor(args: readonly string[], input: string) {
    this.process = spawn(process.execPath, ['--import', 'tsx', child, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.process.stdout.setEncoding('latin1').on('data', (text: string) => (this.out += text))
    this.process.stderr.setEncoding('latin1').on('data', (text: string) => (this.err += text))
    this.process.stdin.on('error', () => undefined) // it may end without having read all
    this.closed = new Promise((resolve) =>
      this.process.on('close', () => {
        resolve()
      }),
    )
    if (input === 'open') return
    this.process.stdin.end(input)
  }

  static run(program: Program, directory: string, { input = '', checkpoint }: { input?: string; checkpoint?: string } = {}): Spawned {
    const file = join(directory, 'program.json')
    writeFileSync(file, JSON.stringify(program))
    return new Spawned(['run', file, join(directory, 'code'), ...(checkpoint === undefined ? [] : [checkpoint])], input)
  }

  static restore(file: string, directory: string, { input = '', checkpoint }: { input?: string; checkpoint?: string } = {}): Spawned {
    return new Spawned(['restore', file, join(directory, 'code'), ...(checkpoint === undefined ? [] : [checkpoint])], input)
  }

  /** @returns when it has printed `text` */
  async printed(text: string): Promise<void> {
    while (!this.out.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ended without printing ${JSON.stringify(text)}: ${this.out}\n${this.err}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  type(text: string): void {
    this.process.stdin.write(text)
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  /** Nobody reads its output any more. */
  hangUp(): void {
    this.process.stdout.destroy()
  }

  /** @returns the outcome, when it has ended and everything it printed is here */
  async outcome(): Promise<SpawnedOutcome> {
    await this.closed
    try {
      return JSON.parse(this.err.trimEnd().split('\n').at(-1) ?? '') as SpawnedOutcome // written by child.ts
    } catch {
      throw new Error(`no outcome: ${this.err}`)
    }
  }
}
