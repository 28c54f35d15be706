/**
 * The home of a program: what the OS process that started it does for its processes, wherever they are. Files, arguments and the environment are
 * services like this; the processes call them as host services, and a node that is not the home passes the call on (see node/program/home-calls.ts).
 *
 * Invariants
 * - A service gives a number or bytes: at once, unless it reads or writes a standard stream that makes it wait. It never throws for what a program
 *   says: failures are results.
 * - Each call is done exactly once, so that a write may be moved about while it waits for its answer.
 */
import { HOST_SERVICES, hostService, isHomeService } from '../host-services.ts'
import type { HomeServiceName, HostServiceRow, NodeServiceName } from '../host-services.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { SERVICE_FAILED, SERVICE_PREFIX } from '../program-interface.ts'
import type { AuditLog, Effect } from './audit.ts'
import { NodeError } from '../node/node-error.ts'
import { ERROR, Files } from './files.ts'
import { changesOutside } from './gate.ts'
import type { Gate } from './gate.ts'
import type { HomeAnswer } from './home-answer.ts'
import type { OpenFile } from './files.ts'
import type { NetServices } from './connections.ts'
import { CONNECTION_KINDS } from './gateway-talk.ts'
import { failedCall, OutgoingCalls } from './outgoing.ts'
import { isOutgoing, OutgoingSockets } from './outgoing-sockets.ts'
import { clockReading, systemClock } from './wall-clock.ts'
import type { WallClock } from './wall-clock.ts'

/** What a program, or a node, may be denied: groups of services of the table, services that programs declare, and the standard streams. */
export type Deniable = NonNullable<HostServiceRow['of']> | 'services' | 'terminal'
export const DENIABLE: readonly Deniable[] = ['arguments', 'clock', 'cluster', 'environment', 'files', 'net', 'services', 'terminal']

/** What a checkpoint keeps of a home. */
export interface HomeState {
  readonly source: string
  readonly args: readonly string[]
  readonly files: readonly OpenFile[]
  /** Where names of files begin that do not begin at the root; absent: the working directory of the OS process. */
  readonly directory?: string
  /** The environment of the program; absent: that of the OS process. */
  readonly variables?: Readonly<Record<string, string>>
  /** What the last call failed with that did, if one has. */
  readonly lastError?: number
}

export interface HomeOptions {
  /** Path of the program's text, as the user wrote it. */
  readonly source?: string
  readonly args?: readonly string[]
  readonly denied?: readonly Deniable[]
  /** Gives the date; the one of this OS process where absent. */
  readonly clock?: WallClock
  /** Ends the program with an exit status; absent: nothing ends it before its time. */
  readonly exit?: (status: number) => void
  /** Gets what is written to the error stream where there are no streams. Absent: nobody sees it. */
  readonly shown?: (bytes: Uint8Array) => void
  /** Services that the program declares. Absent: nobody provides them. */
  readonly services?: ProvidedServices
  /** What was open at a checkpoint. */
  readonly files?: readonly OpenFile[]
  /** Files that may be open at a time. Absent: as limits.ts has it. */
  readonly mostFiles?: number
  /** Calls of servers elsewhere that may be under way at a time. Absent: as limits.ts has it. */
  readonly mostCalls?: number
  /** Holds what changes the outside until the cut that contains it. Absent: nothing waits. */
  readonly gate?: Gate
  /** Gives what reaches the connections of the program, when it is asked for the first time. Absent: no client can come. */
  readonly net?: () => NetServices
  /** Ends the program because it cannot serve a name; `reason` is one of `ERROR`. Absent: nothing ends it before its time. */
  readonly cannotServe?: (name: string, reason: number) => void
  /** Is told of each call that is done or refused. Absent: nobody wants to know. */
  readonly audit?: AuditLog
  /** Ends the program because the log of effects cannot be written. */
  readonly auditFailed?: (error: NodeError) => void
  /** Hears that `poll` has something to do. */
  readonly poke?: () => void
  /** As in `HomeState`. */
  readonly directory?: string
  readonly variables?: Readonly<Record<string, string>>
  readonly lastError?: number
}

/**
 * The standard streams of a program, descriptors 0, 1 and 2. Both give an answer at once or else call `later` with it, when the program need not
 * wait any more.
 */
export interface StandardStreams {
  /** @returns at most `most` bytes that were typed; none at the end of the input */
  read(most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined
  /** Writes all of the bytes. @returns how many there are */
  write(stream: 1 | 2, bytes: Uint8Array, later: (written: number) => void): number | undefined
}

/** Answers calls of services that the program declares; see outside/services.ts. */
export interface ProvidedServices {
  call(name: string, actuals: readonly Value[], later: (answer: HomeAnswer) => void): HomeAnswer | undefined
}

type Later = (answer: HomeAnswer) => void
type Service = (home: HomeServices, actuals: readonly Value[], later: Later) => HomeAnswer | undefined

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A service of files whose result, when it is negative, says why it failed. */
function file(call: (files: Files, actuals: readonly Value[]) => number): Service {
  return (home, actuals) => home.noted(call(home.files, actuals))
}

/** A service of connections; `absent` is its answer where no client can come. `own` reaches those that the program has made itself. */
function net<A extends HomeAnswer>(
  absent: A,
  call: (services: NetServices, actuals: readonly Value[], later: (answer: A) => void) => A | undefined,
  own?: (sockets: OutgoingSockets, actuals: readonly Value[], later: (answer: A) => void) => A | undefined,
): Service {
  return (home, actuals, later) => {
    if (own !== undefined && isOutgoing(actuals[0])) return own(home.sockets, actuals, later)
    const services = home.net
    return services === undefined ? absent : call(services, actuals, later)
  }
}

/** Writes what the program has last for a connection, and closes it, also when nothing can be written. @returns as `write` */
function writeLast(
  to: Pick<NetServices, 'write' | 'close'>,
  connection: number,
  data: Uint8Array,
  later: (written: number) => void,
): number | undefined {
  const now = to.write(connection, data, (written) => {
    to.close(connection)
    later(written)
  })
  if (now !== undefined) to.close(connection)
  return now
}

const SERVICES: Readonly<Record<HomeServiceName, Service>> = {
  'host.open': file((files, [name, flags]) => files.open(bytes(name), number(flags))),
  'host.open3': file((files, [name, flags, permissions]) => files.open(bytes(name), number(flags), number(permissions))),
  'host.close': file((files, [descriptor]) => (isStream(descriptor) ? 0 : files.close(number(descriptor)))),
  'host.read': (home, [descriptor, most], later) => home.read(number(descriptor), number(most), later),
  'host.status': file((files, [descriptor]) => (descriptor === 0 ? 0 : files.status(number(descriptor)))),
  'host.write': (home, [descriptor, data], later) => home.write(number(descriptor), bytes(data), later),
  'host.seek': file((files, [descriptor, offset, whence]) => files.seek(number(descriptor), number(offset), number(whence))),
  'host.size': file((files, [descriptor]) => files.size(number(descriptor))),
  'host.size.of': file((files, [name]) => files.sizeOf(bytes(name))),
  'host.truncate': file((files, [descriptor, size]) => files.truncate(number(descriptor), number(size))),
  'host.access': file((files, [name, mode]) => files.access(bytes(name), number(mode))),
  'host.unlink': file((files, [name]) => files.unlink(bytes(name))),
  'host.make.directory': file((files, [name, permissions]) => files.makeDirectory(bytes(name), number(permissions))),
  'host.remove.directory': file((files, [name]) => files.removeDirectory(bytes(name))),
  'host.rename': file((files, [from, to]) => files.rename(bytes(from), bytes(to))),
  'host.error': (home) => home.lastError,
  'host.arguments': (home) => home.arguments,
  'host.argument.size': (home, [n]) => home.argument(number(n))?.length ?? -1,
  'host.argument': (home, [n, most]) => cut(home.argument(number(n)), most),
  'host.variable.size': (home, [name]) => home.variable(name)?.length ?? -1,
  'host.clock': (home) => clockReading(home.clock()),
  'host.exit': (home, [status]) => home.exit(number(status)),
  'host.variable': (home, [name, most]) => cut(home.variable(name), most),
  'net.serve': net<number>(-ERROR.EADDRNOTAVAIL, (services, [name], later) => services.serve(bytes(name), later)),
  'net.claim': (home, [name], later) => home.claim(bytes(name), later),
  'net.accept': net<number>(-ERROR.EBADF, (services, [listener], later) => services.accept(number(listener), later)),
  'net.read': net<Uint8Array>(
    NOTHING,
    (services, [connection, most], later) => services.read(number(connection), number(most), later),
    (sockets, [its, most], later) => sockets.read(number(its), number(most), later),
  ),
  'net.status': net<number>(
    -ERROR.EBADF,
    (services, [connection]) => services.status(number(connection)),
    (sockets, [its]) => sockets.status(number(its)),
  ),
  'net.write': net<number>(
    -ERROR.EBADF,
    (services, [connection, data], later) => services.write(number(connection), bytes(data), later),
    (sockets, [its, data], later) => sockets.write(number(its), bytes(data), later),
  ),
  'net.shut': net<number>(
    -ERROR.EBADF,
    (services, [connection]) => services.shut(number(connection)),
    (sockets, [its]) => sockets.shut(number(its)),
  ),
  'net.finish': net<number>(
    -ERROR.EBADF,
    (services, [connection, data], later) => writeLast(services, number(connection), bytes(data), later),
    (sockets, [its, data], later) => writeLast(sockets, number(its), bytes(data), later),
  ),
  'net.take': net<Uint8Array>(numbered([-ERROR.EBADF]), (services, [listener, most], later) => {
    const now = services.take(number(listener), number(most), (taken) => {
      later(numbered([taken.connection], taken.bytes))
    })
    return now === undefined ? undefined : numbered([now.connection], now.bytes)
  }),
  'net.finish.take': (home, actuals, later) => home.finishAndTake(actuals, later),
  'net.close': net<number>(
    -ERROR.EBADF,
    (services, [its]) => services.close(number(its)),
    (sockets, [its]) => sockets.close(number(its)),
  ),
  'net.connect': (home, [host, port, milliseconds], later) =>
    home.sockets.connect(decoder.decode(bytes(host)), number(port), number(milliseconds), later),
  'net.kind': net<number>(
    -ERROR.EBADF,
    (services, [connection]) => services.kind(number(connection)),
    () => CONNECTION_KINDS.indexOf('tcp'),
  ),
  'http.call': (home, actuals, later) => home.callServer(actuals, later),
  'net.peer': net<Uint8Array>(
    NOTHING,
    (services, [connection, most]) => cut(services.peer(number(connection)), most),
    (sockets, [its, most]) => cut(encoder.encode(sockets.peer(number(its))), most),
  ),
}

/**
 * @param first the first actual: the standard streams are not files
 * @returns what a service gives to those who are denied it; undefined for those it is not denied to
 */
export function refusal(service: string, denied: readonly Deniable[], first?: Value): HomeAnswer | undefined {
  if (denied.length === 0) return undefined
  if (service.startsWith(SERVICE_PREFIX)) return denied.includes('services') ? unprovided(service, 'services are denied here') : undefined
  const row = hostService(service)
  const of = row?.of === 'files' && isStream(first) ? 'terminal' : row?.of
  if (row === undefined || of === undefined || !denied.includes(of)) return undefined
  if (service === 'http.call') return failedCall(ERROR.EPERM)
  return refused(row)
}

/** @returns what a service of a node gives to those who are denied it; undefined for those it is not denied to */
export function nodeRefusal(service: NodeServiceName, denied: readonly Deniable[]): HomeAnswer | boolean | undefined {
  if (denied.length === 0) return undefined
  const row: HostServiceRow = HOST_SERVICES[service]
  if (row.of === undefined || !denied.includes(row.of)) return undefined
  return row.formals.some(({ mode, type }) => mode === 'result' && type === 'BOOL') ? false : refused(row)
}

function refused({ formals, refused: number = -ERROR.EPERM }: HostServiceRow): HomeAnswer {
  return formals.some(({ mode, type }) => mode === 'result' && type === '[]BYTE') ? NOTHING : number
}

/** @returns the answer that raises a fault in the process that has called */
function unprovided(service: string, why: string): Uint8Array {
  return Uint8Array.of(SERVICE_FAILED, ...encoder.encode(`${service.slice(SERVICE_PREFIX.length)}\n${why}`))
}

export class HomeServices {
  readonly files: Files
  /** What the last call failed with that did; 0 when none has. */
  lastError = 0
  /** Absent: nothing is typed, and what is written is not shown. */
  streams: StandardStreams | undefined
  /** Calls of servers elsewhere; absent until there is one. */
  private outgoing: OutgoingCalls | undefined
  /** Connections to servers elsewhere; absent until there is one. */
  private madeSockets: OutgoingSockets | undefined
  /** Calls of which a part has been done, with what is left of them. */
  private readonly begun = new WeakMap<readonly Value[], readonly Value[]>()
  /** What is performed now may have been done already. */
  private again = false

  constructor(private readonly options: HomeOptions = {}) {
    this.files = new Files(options.files, options.directory, options.mostFiles, options.gate !== undefined)
    this.lastError = options.lastError ?? 0
  }

  /**
   * @param later gets the answer when it is not returned
   * @returns the answer; undefined when it comes later, or never since the program ends
   * @throws Error when there is no such service, which the compiler does not let through
   */
  call(service: string, actuals: readonly Value[], later: Later): HomeAnswer | undefined {
    const { denied = [], gate } = this.options
    const refused = refusal(service, denied, actuals[0])
    if (refused !== undefined) return this.refuse(service, actuals, refused)
    if (gate === undefined || !changesOutside(service, actuals)) return this.perform(service, actuals, later, false)
    gate.hold((again) => this.perform(service, actuals, later, again), later)
    return undefined
  }

  /** @param again it may have been done already. @returns as `call` */
  private perform(service: string, actuals: readonly Value[], later: Later, again: boolean): HomeAnswer | undefined {
    if (this.options.audit !== undefined && !this.audited(again ? 'again' : 'done', service, actuals)) return undefined
    if (service.startsWith(SERVICE_PREFIX)) return this.provided(service, actuals, later)
    if (!isHomeService(service)) throw new Error(`there is no host service ${service} here`)
    this.files.again = this.again = again
    const answer = SERVICES[service](this, actuals, later)
    this.files.again = this.again = false
    return answer
  }

  /** @returns what comes of a call that is denied; undefined when the program ends of it */
  private refuse(service: string, actuals: readonly Value[], answer: HomeAnswer): HomeAnswer | undefined {
    if (!this.audited('denied', service, actuals)) return undefined
    return service === 'net.claim' ? this.claimed(bytes(actuals[0]), -ERROR.EPERM) : answer
  }

  /** Writes a call into the log of effects, if there is one. @returns whether it may be done; else the program ends */
  audited(effect: Effect, service: string, actuals: readonly Value[]): boolean {
    const { audit, auditFailed } = this.options
    try {
      audit?.tell(effect, service, actuals)
      return true
    } catch (error) {
      if (!(error instanceof NodeError) || auditFailed === undefined) throw error
      auditFailed(error)
      return false
    }
  }

  /** The log of effects, if there is one: whoever calls signs for it. */
  get audit(): AuditLog | undefined {
    return this.options.audit
  }

  /** What the program is denied. */
  get denied(): readonly Deniable[] {
    return this.options.denied ?? []
  }

  /** What reaches the connections of the program; undefined where no client can come. */
  get net(): NetServices | undefined {
    return this.options.net?.()
  }

  /** As `net.serve`, but the program ends when it cannot serve the name. */
  claim(name: Uint8Array, later: Later): number | undefined {
    const { net } = this
    if (net === undefined) return this.claimed(name, -ERROR.EADDRNOTAVAIL)
    const now = net.serve(name, (result) => {
      const its = this.claimed(name, result)
      if (its !== undefined) later(its)
    })
    return now === undefined ? undefined : this.claimed(name, now)
  }

  /** @returns what comes of a claim; undefined when the program ends of it */
  private claimed(name: Uint8Array, result: number): number | undefined {
    const { cannotServe } = this.options
    if (result >= 0 || cannotServe === undefined) return result
    cannotServe(decoder.decode(name), -result)
    return undefined
  }

  private provided(service: string, actuals: readonly Value[], later: Later): HomeAnswer | undefined {
    const { services } = this.options
    return services === undefined
      ? unprovided(service, 'nobody provides it')
      : services.call(service.slice(SERVICE_PREFIX.length), actuals, later)
  }

  /** Calls a server elsewhere. @param actuals those of `http.call`, and TRUE at their end when it has been begun before */
  callServer(actuals: readonly Value[], later: Later): HomeAnswer | undefined {
    const [method, url, headers, body, milliseconds, most] = actuals
    const [name, address, lines] = [method, url, headers].map((each) => decoder.decode(bytes(each)))
    this.outgoing ??= new OutgoingCalls(this.options.poke ?? (() => undefined), this.options.mostCalls)
    return this.outgoing.begin(
      actuals,
      {
        method: name ?? '',
        url: address ?? '',
        headers: lines ?? '',
        body: bytes(body),
        milliseconds: number(milliseconds),
        most: number(most),
      },
      this.again || actuals.at(-1) === true,
      later,
    )
  }

  /**
   * Finishes a connection, and takes the next client of a listener.
   * @param actuals those of `net.finish.take`; in the place of what is written, how much of it has been, when the connection has been finished before
   */
  finishAndTake(actuals: readonly Value[], later: Later): HomeAnswer | undefined {
    const [connection, data, listener, most, ...others] = actuals
    const to = isOutgoing(connection) ? this.sockets : this.net
    const { net } = this
    if (to === undefined || net === undefined) return numbered([-ERROR.EBADF, -ERROR.EBADF])
    const written =
      typeof data === 'number'
        ? data
        : writeLast(to, number(connection), bytes(data), (done) => {
            later(numbered([done, NOT_YET])) // who has waited for room calls again for the next
          })
    if (written === undefined) return undefined
    const now = net.take(number(listener), number(most), (taken) => {
      later(numbered([written, taken.connection], taken.bytes))
    })
    if (now !== undefined) return numbered([written, now.connection], now.bytes)
    this.begun.set(actuals, [number(connection), written, number(listener), number(most), ...others])
    return undefined
  }

  /** @returns the actuals of a call as they are for whoever goes on with it: one that has been begun says so */
  resumed(actuals: readonly Value[]): readonly Value[] {
    if (this.outgoing?.isUnderWay(actuals) === true) return [...actuals, true]
    return this.begun.get(actuals) ?? actuals
  }

  /** Whether somebody waits for a server elsewhere. */
  get outside(): boolean {
    return this.outgoing?.outside === true || this.madeSockets?.outside === true
  }

  /** Connections to servers elsewhere. */
  get sockets(): OutgoingSockets {
    this.madeSockets ??= new OutgoingSockets(this.options.poke ?? (() => undefined), this.options.mostCalls)
    return this.madeSockets
  }

  /** The home is about to leave: no server is called any more. @param quiet is called, now or later, when none has to answer */
  rest(quiet: () => void): void {
    if (this.outgoing === undefined) quiet()
    else this.outgoing.rest(quiet)
  }

  /** The home has not left. */
  stay(): void {
    this.outgoing?.stay()
  }

  /** Gives the answers of servers that have come. Between two slices of the home's own site. */
  poll(): void {
    this.outgoing?.poll()
    this.madeSockets?.poll()
  }

  /** Reads from a descriptor. @returns the bytes, or undefined when they come later */
  read(descriptor: number, most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined {
    if (descriptor === 0) return most > 0 && this.streams !== undefined ? this.streams.read(most, later) : NOTHING
    return this.files.read(descriptor, most)
  }

  /** Writes to a descriptor. @returns the result, or undefined when it comes later */
  write(descriptor: number, data: Uint8Array, later: (written: number) => void): number | undefined {
    if (descriptor !== 1 && descriptor !== 2) return this.noted(this.files.write(descriptor, data))
    if (this.streams !== undefined) return this.streams.write(descriptor, data, later)
    if (descriptor === 2) this.options.shown?.(data)
    return data.length
  }

  /** @returns the date by the clock of the home */
  clock(): ReturnType<WallClock> {
    return (this.options.clock ?? systemClock)()
  }

  /** @returns undefined when the program ends: nobody waits for the answer */
  exit(status: number): number | undefined {
    const { exit } = this.options
    if (exit === undefined) return 0
    exit(status)
    return undefined
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

  /** @returns a variable of the environment; undefined when there is none of that name */
  variable(name: Value | undefined): Uint8Array | undefined {
    const { variables = process.env } = this.options
    const key = decoder.decode(bytes(name))
    const text = Object.hasOwn(variables, key) ? variables[key] : undefined
    return text === undefined ? undefined : encoder.encode(text)
  }

  /** @returns what a checkpoint keeps */
  state(): HomeState {
    const { source = '', args = [], directory, variables } = this.options
    return {
      source,
      args,
      files: this.files.state(),
      ...(directory === undefined ? {} : { directory }),
      ...(variables === undefined ? {} : { variables }),
      ...(this.lastError === 0 ? {} : { lastError: this.lastError }),
    }
  }

  /** The program has ended, or its home is elsewhere: its files are closed, and nobody waits for servers. */
  finish(): void {
    this.outgoing?.finish()
    this.madeSockets?.finish()
    this.options.audit?.close()
    this.files.finish()
  }
}

/** @returns whether a descriptor is one of the standard streams */
function isStream(descriptor: Value | undefined): boolean {
  return descriptor === 0 || descriptor === 1 || descriptor === 2
}

function cut(text: Uint8Array | undefined, most: Value | undefined): Uint8Array {
  return text?.subarray(0, Math.max(0, number(most))) ?? NOTHING
}

function bytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : NOTHING
}

/** The answer of `net.finish.take` for who has to call again for the next client. */
const NOT_YET = 0

/** @returns an answer of some numbers, four bytes each, the lowest first, and bytes */
function numbered(numbers: readonly number[], rest: Uint8Array = NOTHING): Uint8Array {
  const answer = new Uint8Array(4 * numbers.length + rest.length)
  const view = new DataView(answer.buffer)
  for (const [i, each] of numbers.entries()) view.setInt32(4 * i, each, true)
  answer.set(rest, 4 * numbers.length)
  return answer
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0
}
