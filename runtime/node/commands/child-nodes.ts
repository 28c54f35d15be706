/** Nodes that a terminal starts for its program: OS processes of their own that end with it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Member } from '../../engine/engine.ts'
import { spellCluster } from '../cluster-address.ts'
import { NodeError } from '../node-error.ts'

/** How long a node may take to leave the cluster. */
const LEAVE_WITHIN_MS = 1_000
/** Between the end of a node and its next beginning: others have to find out first that it is gone, since it has the same name. */
const RESTART_AFTER_MS = 200
/** How late the last words of a node that has ended may be. */
const LAST_WORDS_WITHIN_MS = 50
/** Characters of what a node says that are kept, and lines of it that are shown. */
const KEPT = 4096
const SHOWN = 12

/** This module is TypeScript under a loader that runs it, or JavaScript in a build; the node's entry is the same. */
const development = import.meta.url.endsWith('.ts')
export const nodeEntry = fileURLToPath(new URL(development ? '../main.ts' : '../main.js', import.meta.url))
export const nodeLoader: readonly string[] = development ? ['--import', import.meta.resolve('tsx')] : []

/** What a node says to its parent when it has joined: its member index. */
export type JoinedAs = number

/** Exit status of a node whose name another one has. */
export const NAME_TAKEN = 9

export class ChildNodes {
  private readonly children = new Map<string, ChildProcess>()
  private stopping = false
  /** The member index of each that is in the cluster, or has been. */
  private readonly indices = new Map<string, number>()

  /**
   * @param failed hears of each that ends without having been asked to
   * @param joined is called when one of them has said as which member it has joined
   * @param restart one that ends once it had joined is started again
   */
  constructor(
    private readonly directory: string,
    private readonly failed: (error: NodeError) => void,
    private readonly joined: () => void,
    private readonly restart = false,
  ) {}

  start(name: string): void {
    const child = spawn(process.execPath, [...nodeLoader, nodeEntry, this.directory, name], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.children.set(name, child)
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-KEPT)
    })
    child.once('message', (index: JoinedAs) => {
      this.indices.set(name, index)
      this.joined()
    })
    child.once('error', (error) => {
      this.failed(new NodeError('R0414', `node ${name} did not start (${error.message})`))
    })
    child.once('exit', (code, signal) => {
      this.children.delete(name)
      if (this.stopping) return
      const how = signal === null ? `ended with status ${code ?? 'unknown'}` : `was ended by ${signal}`
      setTimeout(() => {
        if (this.stopping) return
        if (this.restart && this.indices.has(name)) {
          if (code !== NAME_TAKEN) this.failed(new NodeError('R0404', `node ${name} ${how}`, lastWords(said)))
          setTimeout(() => {
            if (!this.stopping) this.start(name)
          }, RESTART_AFTER_MS)
          return
        }
        if (code === NAME_TAKEN) this.failed(this.taken(name))
        else this.failed(new NodeError(this.indices.has(name) ? 'R0404' : 'R0414', `node ${name} ${how}`, lastWords(said)))
      }, LAST_WORDS_WITHIN_MS)
    })
  }

  private taken(name: string): NodeError {
    const help = `run on the nodes that are there, with --cluster ${spellCluster(this.directory)}, or name another one`
    return new NodeError('R0409', `another node ${name} lives in ${spellCluster(this.directory)}`, help)
  }

  /** @returns whether a member is one of these, as far as they have said so */
  has({ name, index }: Member): boolean {
    return this.children.has(name) && this.indices.get(name) === index
  }

  /** Ends them all at once, without waiting for it. */
  kill(): void {
    this.stopping = true
    for (const child of this.children.values()) child.kill('SIGKILL')
  }

  /** Ends them all. @returns when they have ended */
  async stop(): Promise<void> {
    this.stopping = true
    await Promise.all(
      [...this.children.values()].map(
        (child) =>
          new Promise<void>((resolve) => {
            const kill = setTimeout(() => child.kill('SIGKILL'), LEAVE_WITHIN_MS)
            child.once('exit', () => {
              clearTimeout(kill)
              resolve()
            })
            if (child.connected) child.disconnect()
            else child.kill()
          }),
      ),
    )
  }
}

/** @returns what a node has said on its error stream before it ended, as far as it is shown; empty when it said nothing */
function lastWords(said: string): string {
  const lines = said.trim().split('\n')
  if (lines.join('') === '') return ''
  const rest = lines.length - SHOWN
  return ['it said last:', ...(rest > 0 ? [`  (${rest} lines before)`] : []), ...lines.slice(-SHOWN).map((line) => `  ${line}`)].join(
    '\n    ',
  )
}
