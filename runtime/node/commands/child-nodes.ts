/** Nodes that a terminal starts for its program: OS processes of their own, or threads, that end with it. */
import type { Member } from '../../engine/engine.ts'
import type { Neighbourhood } from '../../threads/neighbours.ts'
import { spellCluster } from '../cluster-address.ts'
import { NodeError } from '../node-error.ts'
import { startProcess, startThread } from './child-node.ts'
import type { ChildEvents, ChildNode } from './child-node.ts'

/** How long a node may take to leave the cluster. */
const LEAVE_WITHIN_MS = 1_000
/** Between the end of a node and its next beginning: others have to find out first that it is gone, since it has the same name. */
const RESTART_AFTER_MS = 200
/** How late the last words of a node that has ended may be. */
const LAST_WORDS_WITHIN_MS = 50
/** Characters of what a node says that are kept, and lines of it that are shown. */
const KEPT = 4096
const SHOWN = 12

/** Exit status of a node whose name another one has. */
export const NAME_TAKEN = 9

/** The third word for a node at which it is watched what processes choose. */
export const WATCHED = 'watched'

export interface ChildNodesOptions {
  readonly directory: string
  /** They are threads, and neighbours of these. Absent: OS processes. */
  readonly neighbourhood?: Neighbourhood
  /** Hears of each that ends without having been asked to. */
  readonly failed: (error: NodeError) => void
  /** Is called when one of them has said as which member it has joined. */
  readonly joined: () => void
  /** One that ends once it had joined is started again. */
  readonly restart?: boolean
  /** It is watched what processes choose there. */
  readonly watched?: boolean
}

export class ChildNodes {
  private readonly children = new Map<string, ChildNode>()
  private stopping = false
  /** The member index of each that is in the cluster, or has been. */
  private readonly indices = new Map<string, number>()

  private readonly ends = new Set<() => void>()

  constructor(private readonly options: ChildNodesOptions) {}

  start(name: string): void {
    const { options } = this
    let said = ''
    const words = [options.directory, name, ...(options.watched === true ? [WATCHED] : [])]
    const events: ChildEvents = {
      said: (text) => {
        said = (said + text).slice(-KEPT)
      },
      joined: (index) => {
        this.indices.set(name, index)
        options.joined()
      },
      failed: ({ message }) => {
        options.failed(new NodeError('R0414', `node ${name} did not start (${message})`))
      },
      ended: (status, how) => {
        this.children.delete(name)
        for (const end of this.ends) end()
        // its last words may still be on their way
        setTimeout(() => {
          if (!this.stopping) this.endedByItself(name, status, how, said)
        }, LAST_WORDS_WITHIN_MS)
      },
    }
    const { neighbourhood } = options
    this.children.set(name, neighbourhood === undefined ? startProcess(words, events) : startThread(words, neighbourhood, events))
  }

  private endedByItself(name: string, status: number | undefined, how: string, said: string): void {
    const { restart = false, failed } = this.options
    if (restart && this.indices.has(name)) {
      if (status !== NAME_TAKEN) failed(new NodeError('R0404', `node ${name} ${how}`, lastWords(said)))
      setTimeout(() => {
        if (!this.stopping) this.start(name)
      }, RESTART_AFTER_MS)
      return
    }
    if (status === NAME_TAKEN) failed(this.taken(name))
    else failed(new NodeError(this.indices.has(name) ? 'R0404' : 'R0414', `node ${name} ${how}`, lastWords(said)))
  }

  private taken(name: string): NodeError {
    const cluster = spellCluster(this.options.directory)
    const help = `run on the nodes that are there, with --cluster ${cluster}, or name another one`
    return new NodeError('R0409', `another node ${name} lives in ${cluster}`, help)
  }

  /** @returns whether a member is one of these, as far as they have said so */
  has({ name, index }: Member): boolean {
    return this.children.has(name) && this.indices.get(name) === index
  }

  /** Ends them all at once, without waiting for it. */
  kill(): void {
    this.stopping = true
    for (const child of this.children.values()) child.kill()
  }

  /** Ends them all. @returns when they have ended */
  async stop(): Promise<void> {
    this.stopping = true
    if (this.children.size === 0) return
    const late = setTimeout(() => {
      this.kill()
    }, LEAVE_WITHIN_MS)
    await new Promise<void>((resolve) => {
      this.ends.add(() => {
        if (this.children.size === 0) resolve()
      })
      for (const child of this.children.values()) child.release()
    })
    clearTimeout(late)
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
