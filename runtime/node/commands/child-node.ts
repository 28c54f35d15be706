/** A node that was started for a program: an OS process, or a thread of this one. Both run the same entry and end when their parent lets go of them. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { MessagePort, WorkerOptions } from 'node:worker_threads'
import { settle } from '../../threads/neighbours.ts'
import type { Neighbourhood, Neighbours, Place } from '../../threads/neighbours.ts'

/** This module is TypeScript under a loader that runs it, or JavaScript in a build; the node's entry is the same. */
const development = import.meta.url.endsWith('.ts')
export const nodeEntry = fileURLToPath(new URL(development ? '../main.ts' : '../main.js', import.meta.url))
/** What runs TypeScript in this OS process runs its nodes and threads too. */
const loader = process.execArgv.at(process.execArgv.indexOf('--import') + 1)
const usesTsx = loader === undefined || !loader.startsWith('file:') || loader === import.meta.resolve('tsx')
const debugging = (process.env['GODWIT_DEBUG'] ?? '') !== ''
/** What Node.js is told to load that entry as it is to be loaded; what GODWIT_DEBUG shows is led back to our texts. */
export const nodeLoader: readonly string[] = development
  ? ['--import', usesTsx ? import.meta.resolve('tsx') : loader]
  : debugging
    ? ['--enable-source-maps']
    : []

/** What a node says to its parent when it has joined: its member index. */
export type JoinedAs = number

/** What a thread gets that is a node. */
export interface ThreadData {
  readonly place: Place | undefined
}

export interface ChildEvents {
  /** What it says on its error stream. */
  readonly said: (text: string) => void
  readonly joined: (index: JoinedAs) => void
  readonly failed: (error: Error) => void
  /** @param how for people: `ended with status 1` */
  readonly ended: (status: number | undefined, how: string) => void
}

export interface ChildNode {
  /** Lets go of it: it leaves the cluster and ends. */
  release(): void
  /** Ends it at once. */
  kill(): void
}

/** Starts a node that is an OS process. */
export function startProcess(words: readonly string[], events: ChildEvents): ChildNode {
  const child = spawn(process.execPath, [...nodeLoader, nodeEntry, ...words], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  child.stderr?.setEncoding('utf8').on('data', events.said)
  child.once('message', events.joined)
  child.once('error', events.failed)
  child.once('exit', (code, signal) => {
    events.ended(code ?? undefined, signal === null ? `ended with status ${code ?? 'unknown'}` : `was ended by ${signal}`)
  })
  return {
    release() {
      if (child.connected) child.disconnect()
      else child.kill()
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

/**
 * Starts a module as a thread.
 * @param entry its path
 * @param options as those of `Worker`
 */
export function newThread(entry: string, options: WorkerOptions): Worker {
  if (!development) return new Worker(entry, options)
  // the loader of the main thread is not one of its threads: they register their own
  const registering = JSON.stringify(usesTsx ? import.meta.resolve('tsx/esm/api') : loader)
  const start = `import(${registering}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}) })`
  return new Worker(start, { ...options, eval: true })
}

/** Starts a node that is a thread. @param neighbourhood of the threads that it shall be with */
export function startThread(words: readonly string[], neighbourhood: Neighbourhood, events: ChildEvents): ChildNode {
  const place = neighbourhood.place()
  const thread = newThread(nodeEntry, {
    argv: [...words],
    stderr: true,
    workerData: { place } satisfies ThreadData,
    transferList: place === undefined ? [] : [place.port],
  })
  let why = ''
  thread.stderr.setEncoding('utf8').on('data', events.said)
  thread.once('message', events.joined)
  thread.once('error', (error) => {
    why = ` (${error.message})` // it ends now
  })
  thread.once('exit', (code) => {
    if (place !== undefined) neighbourhood.ended(place.slot)
    events.ended(code, `ended with status ${code}${why}`)
  })
  return {
    release() {
      thread.postMessage('release')
    },
    kill: () => void thread.terminate(),
  }
}

/** The parent of this node, as the node sees it. */
export interface Parent {
  /** Tells it as which member this node has joined. */
  readonly joined: (index: JoinedAs) => void
  /** @param released is called when the parent lets go of this node */
  readonly onRelease: (released: () => void) => void
  /** Those that are threads of the same OS process; undefined when this node is no thread, or has no place among them. */
  readonly neighbours: Neighbours | undefined
}

/** @returns the parent of an OS process that is a node */
export function parentProcess(): Parent {
  return {
    joined: (index) => void process.send?.(index),
    onRelease: (released) => void process.once('disconnect', released),
    neighbours: undefined,
  }
}

/** @returns the parent of a thread that is a node */
export function parentThread(): Parent {
  const port = parentPort as MessagePort // a thread has one
  const { place } = workerData as ThreadData // `startThread` has given it
  return {
    joined: (index) => {
      port.postMessage(index)
    },
    onRelease: (released) => void port.once('message', released),
    neighbours: place === undefined ? undefined : settle(place),
  }
}
