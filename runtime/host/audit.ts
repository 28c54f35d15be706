/**
 * A log of what the processes of a program do to their surroundings: one line of JSON for each call of a service, written before it is done. What it says of
 * the data is how much there is of it; names of files, names that are served, nodes and servers are told, since they are what the call is about.
 *
 * The process, its node and the program's time travel with the call, behind its actuals (`signed` of caller.ts): so the home, which does it, knows whose it is, also after a move, and
 * after a recovery.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { hostService } from '../host-services.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { NodeError } from '../node/node-error.ts'
import { SERVICE_PREFIX } from '../program-interface.ts'
import type { Caller } from './caller.ts'

/** What becomes of a call: it is done; it may have been done before, and is done so that this makes no difference; it is refused. */
export type Effect = 'done' | 'again' | 'denied'

const decoder = new TextDecoder()

export class AuditLog {
  /** Its descriptor, once a line has been written. */
  private file: number | undefined

  /**
   * @param path of the file, to which lines are appended
   * @param program tells what people call it; `here` is the node that writes
   */
  constructor(
    private readonly path: string,
    private readonly program: () => string,
    private readonly here: string,
  ) {}

  /** @throws NodeError R0453 when it cannot be written */
  open(): number {
    try {
      return (this.file ??= openSync(this.path, 'a', 0o600))
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  /** @param actuals those that `signed` has given. @throws NodeError R0453 */
  tell(effect: Effect, service: string, actuals: readonly Value[]): void {
    const caller = callerOf(actuals)
    const line = {
      at: new Date().toISOString(),
      ...(caller === undefined ? {} : { time: caller.time }),
      program: this.program(),
      ...(caller === undefined ? {} : { process: caller.process, node: caller.node }),
      by: this.here,
      effect,
      service: service.startsWith(SERVICE_PREFIX) ? service.slice(SERVICE_PREFIX.length) : service,
      what: whatOf(service, actuals),
    }
    const file = this.open()
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at) // a disk that is nearly full takes a part of it
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }
}

function unwritable(path: string, error: unknown): NodeError {
  const why = error instanceof Error ? error.message : String(error)
  return new NodeError(
    'R0453',
    `the log of effects ${path} cannot be written: ${why}`,
    'nothing is done that is not written there: name a file that can be',
  )
}

/** @returns who calls; undefined when the call came before there was a log */
function callerOf(actuals: readonly Value[]): Caller | undefined {
  const last = actuals.findLast((each) => each instanceof Uint8Array)
  try {
    const caller: unknown = JSON.parse(decoder.decode(last))
    if (typeof caller !== 'object' || caller === null || !('process' in caller && 'node' in caller && 'time' in caller)) return undefined
    const { process, node, time } = caller
    return typeof process === 'string' && typeof node === 'string' && typeof time === 'number' ? { process, node, time } : undefined
  } catch {
    return undefined
  }
}

/** @returns the actuals by their names: numbers as they are, and how long texts are, unless the table says that they are told */
function whatOf(service: string, actuals: readonly Value[]): Readonly<Record<string, unknown>> {
  const row = hostService(service)
  const told: Record<string, unknown> = {}
  if (row === undefined) {
    // a service that the program declares: its path in front, its VALs, and who calls
    actuals.slice(1, -1).forEach((each, i) => (told[String(i + 1)] = sizeOf(each)))
    return told
  }
  row.formals
    .filter(({ mode }) => mode === 'val')
    .forEach(({ name, told: how }, i) => {
      const actual = actuals[i]
      const text = how !== undefined && actual instanceof Uint8Array ? decoder.decode(actual) : undefined
      if (text === undefined) told[name] = sizeOf(actual)
      else told[name] = how === 'origin' ? originOf(text) : text
    })
  return told
}

function sizeOf(value: Value | undefined): unknown {
  return value instanceof Uint8Array ? { bytes: value.length } : typeof value === 'number' || typeof value === 'boolean' ? value : null
}

/** @returns where a URL leads, without what may be secret in it */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
