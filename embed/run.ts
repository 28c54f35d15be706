/** A run of a PROC, and the ends of its channels as TypeScript sees them. */
import type { PortTree } from '../runtime/outside/entry.ts'
import { ReceivingPort, SendingPort } from '../runtime/outside/ends.ts'
import type { Finish, Received, Receiving } from '../runtime/outside/ends.ts'
import type { EndListener, OutsideEnd } from '../runtime/outside/outside-end.ts'
import { errorOf } from './errors.ts'
import type { ReceivingEnd, SendingEnd } from './types.ts'

/** How a program has ended that has not failed. */
export interface Ending {
  /** What the program has said by `exit`; 0 when it has said nothing. */
  readonly status: number
  /** It was ended by `stop ()`. */
  readonly stopped: boolean
}

/** A PROC that runs. */
export interface Run<Channels> {
  /** The ends of its channels, by the names of its parameters. */
  readonly channels: Channels
  /**
   * Settles when nothing of the program runs any more.
   * Rejects with ProgramFault, Deadlock or ProcessesLost, or with the reason of the signal that `start` was given. Who does not look at it is not told.
   */
  readonly ended: Promise<Ending>
  /** Ends the program where it stands. Sends that wait are rejected, iterations end. @returns when nothing of it is left */
  stop(): Promise<void>
}

/** What becomes of a run. */
export class RunState implements EndListener {
  private resolve: (ending: Ending) => void = () => undefined
  private reject: (error: Error) => void = () => undefined
  private settle: () => void = () => undefined
  readonly ended: Promise<Ending>

  /** @param onSettled is called when nothing is left of the run */
  constructor(private readonly onSettled: () => void) {
    this.ended = new Promise<Ending>((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.ended.catch(() => undefined) // an error that nobody awaits must not end the OS process: it may be told by a channel already
  }

  over(end: OutsideEnd): Finish {
    const error = errorIn(end)
    this.settle = () => {
      if (error !== undefined) this.reject(error)
      else this.resolve({ status: end.kind === 'exited' ? end.status : 0, stopped: end.kind === 'stopped' })
    }
    return { ...(error === undefined ? {} : { error }), ...(end.kind === 'stopped' ? { stopped: true } : {}) }
  }

  settled(): void {
    this.onSettled()
    this.settle()
  }
}

function errorIn(end: OutsideEnd): Error | undefined {
  switch (end.kind) {
    case 'ended':
    case 'exited':
      return undefined
    case 'stopped':
      return end.reason
    case 'report':
      return errorOf(end.report)
    case 'failed':
      return end.error
  }
}

/** An end, or an array of them. */
type EndTree = SendingEnd<unknown> | ReceivingEnd<unknown> | readonly EndTree[]

/** @returns the ends of ports, as those outside see them */
export function endsOf(channels: Readonly<Record<string, PortTree>>): Readonly<Record<string, EndTree>> {
  return Object.fromEntries(Object.entries(channels).map(([name, tree]) => [name, endTree(tree)]))
}

function endTree(tree: PortTree): EndTree {
  if (tree instanceof SendingPort) return new Sending(tree)
  if (tree instanceof ReceivingPort) return new Receiver(tree)
  return tree.map(endTree)
}

class Sending implements SendingEnd<unknown> {
  readonly #port: SendingPort

  constructor(port: SendingPort) {
    this.#port = port
  }

  get name(): string {
    return this.#port.name
  }

  send(message: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#port.send(message, signal)
  }

  end(): void {
    this.#port.end()
  }
}

class Receiver implements ReceivingEnd<unknown> {
  readonly #port: ReceivingPort

  constructor(port: ReceivingPort) {
    this.#port = port
  }

  get name(): string {
    return this.#port.name
  }

  receive({ signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const came = (result: Received): void => {
        if (result.done) reject(this.#port.over())
        else resolve(result.value)
      }
      this.#port.ask({ resolve: came, reject, gone: false }, signal)
    })
  }

  messages({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<unknown> {
    return new Messages(this.#port, signal)
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<unknown> {
    return new Messages(this.#port, undefined)
  }

  end(): void {
    this.#port.end()
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** One iteration over the messages of an end. What it has asked for when it is left goes to the next who asks. */
class Messages implements AsyncIterableIterator<unknown> {
  readonly #port: ReceivingPort
  readonly #signal: AbortSignal | undefined
  readonly #asked = new Set<Receiving>()
  #left = false

  constructor(port: ReceivingPort, signal: AbortSignal | undefined) {
    this.#port = port
    this.#signal = signal
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#left || this.#port.closed) return Promise.resolve(DONE)
    return new Promise((resolve, reject) => {
      const receiving: Receiving = {
        gone: false,
        resolve: (result) => {
          this.#asked.delete(receiving)
          resolve(result.done ? DONE : result)
        },
        reject: (error) => {
          this.#asked.delete(receiving)
          reject(error)
        },
      }
      this.#asked.add(receiving)
      this.#port.ask(receiving, this.#signal)
    })
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#left = true
    for (const receiving of this.#asked) {
      this.#port.turnAway(receiving)
      receiving.resolve({ done: true })
    }
    return Promise.resolve(DONE)
  }
}
