/**
 * The home of a program: what the OS process that started it does for its processes, wherever they are. Files, arguments and the environment are
 * services like this; the processes call them as host services, and a node that is not the home passes the call on (see node/program/home-calls.ts).
 *
 * Invariants
 * - A service gives a number or bytes, at once. It never throws for what a program says: failures are results.
 * - Each call is done exactly once, so that a write may be moved about while it waits for its answer.
 */
import { hostService, isHomeService } from '../host-services.ts'
import type { HomeServiceName, HostServiceRow } from '../host-services.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { ERROR, Files } from './files.ts'
import type { OpenFile } from './files.ts'

/** What a service gives. */
export type HomeAnswer = number | Uint8Array

/** What a program, or a node, may be denied. */
export type Deniable = NonNullable<HostServiceRow['of']>
export const DENIABLE: readonly Deniable[] = ['files']

/** What a checkpoint keeps of a home. */
export interface HomeState {
  readonly source: string
  readonly args: readonly string[]
  readonly files: readonly OpenFile[]
}

export interface HomeOptions {
  /** Path of the program's text, as the user wrote it. */
  readonly source?: string
  readonly args?: readonly string[]
  readonly denied?: readonly Deniable[]
  /** What was open at a checkpoint. */
  readonly files?: readonly OpenFile[]
}

type Service = (home: HomeServices, actuals: readonly Value[]) => HomeAnswer

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A service of files whose result, when it is negative, says why it failed. */
function file(call: (files: Files, actuals: readonly Value[]) => number): Service {
  return (home, actuals) => home.noted(call(home.files, actuals))
}

const SERVICES: Readonly<Record<HomeServiceName, Service>> = {
  'host.open': file((files, [name, flags]) => files.open(bytes(name), number(flags))),
  'host.close': file((files, [descriptor]) => files.close(number(descriptor))),
  'host.read': ({ files }, [descriptor, most]) => files.read(number(descriptor), number(most)),
  'host.status': file((files, [descriptor]) => files.status(number(descriptor))),
  'host.write': file((files, [descriptor, data]) => files.write(number(descriptor), bytes(data))),
  'host.seek': file((files, [descriptor, offset, whence]) => files.seek(number(descriptor), number(offset), number(whence))),
  'host.size': file((files, [descriptor]) => files.size(number(descriptor))),
  'host.truncate': file((files, [descriptor, size]) => files.truncate(number(descriptor), number(size))),
  'host.access': file((files, [name, mode]) => files.access(bytes(name), number(mode))),
  'host.unlink': file((files, [name]) => files.unlink(bytes(name))),
  'host.rename': file((files, [from, to]) => files.rename(bytes(from), bytes(to))),
  'host.error': (home) => home.lastError,
  'host.arguments': (home) => home.arguments,
  'host.argument.size': (home, [n]) => home.argument(number(n))?.length ?? -1,
  'host.argument': (home, [n, most]) => cut(home.argument(number(n)), most),
  'host.variable.size': (_, [name]) => variable(name)?.length ?? -1,
  'host.variable': (_, [name, most]) => cut(variable(name), most),
}

/** @returns what a service gives to those who are denied it; undefined for those it is not denied to */
export function refusal(service: string, denied: readonly Deniable[]): HomeAnswer | undefined {
  const row = hostService(service)
  if (row?.of === undefined || !denied.includes(row.of)) return undefined
  const givesBytes = row.formals.some(({ mode, type }) => mode === 'result' && type === '[]BYTE')
  return givesBytes ? NOTHING : service === 'host.error' ? ERROR.EPERM : -ERROR.EPERM
}

export class HomeServices {
  readonly files: Files
  /** What the last call failed with that did; 0 when none has. */
  lastError = 0

  constructor(private readonly options: HomeOptions = {}) {
    this.files = new Files(options.files)
  }

  /** @throws Error when there is no such service, which the compiler does not let through */
  call(service: string, actuals: readonly Value[]): HomeAnswer {
    if (!isHomeService(service)) throw new Error(`there is no host service ${service} here`)
    return refusal(service, this.options.denied ?? []) ?? SERVICES[service](this, actuals)
  }

  /** Remembers a failure. @returns the result */
  noted(result: number): number {
    if (result < 0) this.lastError = -result
    return result
  }

  /** How many arguments there are. */
  get arguments(): number {
    return this.options.args?.length ?? 0
  }

  /** @param n from 0; -1 is the program. @returns undefined when there is none */
  argument(n: number): Uint8Array | undefined {
    const { source = '', args = [] } = this.options
    const text = n === -1 ? source : args[n]
    return text === undefined ? undefined : encoder.encode(text)
  }

  /** @returns what a checkpoint keeps */
  state(): HomeState {
    const { source = '', args = [] } = this.options
    return { source, args, files: this.files.state() }
  }

  /** The program has ended: its files are closed. */
  finish(): void {
    this.files.finish()
  }
}

function variable(name: Value | undefined): Uint8Array | undefined {
  const text = process.env[decoder.decode(bytes(name))]
  return text === undefined ? undefined : encoder.encode(text)
}

function cut(text: Uint8Array | undefined, most: Value | undefined): Uint8Array {
  return text?.subarray(0, Math.max(0, number(most))) ?? NOTHING
}

function bytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : NOTHING
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0
}
