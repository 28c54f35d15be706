/**
 * The connection of a member to the NATS servers: requests with callbacks, and whether it is up.
 *
 * The library makes a broken connection anew by itself, to any of the servers. While it is down nothing is sent: those who want something repeat it.
 */
import { connect, createInbox, credsAuthenticator, errors, nkeyAuthenticator } from '@nats-io/transport-node'
import type { Authenticator, Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import { readFileSync } from 'node:fs'
import { EngineError } from './engine-error.ts'
import { spellNatsAddress } from './nats-address.ts'
import type { NatsAddress } from './nats-address.ts'

/** The oldest server that has all that is used. */
const OLDEST: readonly [major: number, minor: number] = [2, 9]
/** Bytes that a message may have at least: a compare-and-set is one message, and that of one process or program has to fit. */
const LEAST_PAYLOAD_BYTES = 64 << 10
/** Milliseconds between two pings of the server, of which two may be unanswered; to connect; between two attempts. */
const PING_MS = 1_000
const CONNECT_MS = 2_000
const RECONNECT_MS = 100
/** Milliseconds that what is under way has to go out when a connection is closed. */
const DRAIN_MS = 1_000
/** Milliseconds to find the first server. */
const FIRST_MS = 5_000

/** What a request has come to: nobody listens there, or nothing came in time, or the connection is down. */
export type NatsReply = Msg | 'no-responders' | 'timeout'

/** Which message of a stream: that of a number, or the first one from there on with such a subject; or the last one of a subject. */
export type StoredMessage = { readonly seq: number; readonly next_by_subj?: string } | { readonly last_by_subj: string }

interface Waiting {
  readonly done: (reply: NatsReply) => void
  readonly timer: NodeJS.Timeout
}

export class ServerConnection {
  private readonly inbox = createInbox()
  private readonly waiting = new Map<string, Waiting>()
  private last = 0
  private isUp = true
  private changedAt = performance.now()
  private isClosed = false
  private readonly listeners = new Set<(up: boolean) => void>()

  private constructor(
    private readonly nats: NatsConnection,
    private readonly ended: (error: EngineError) => void,
  ) {
    nats.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.answered(message)
      },
    })
    void this.follow()
    void nats.closed().then((error) => {
      this.changed(false)
      if (!this.isClosed) this.ended(new EngineError('failed', `the connection to NATS has ended (${reasonOf(error)})`, 'start it again'))
    })
  }

  /**
   * @param name for the server's lists of connections
   * @param ended is called when the server will not have us any more
   * @throws EngineError `unreachable`, `refused`, `unfit` (as a rejection)
   */
  static async open(address: NatsAddress, name: string, ended: (error: EngineError) => void): Promise<ServerConnection> {
    const nats = await connectWithin(address, name)
    const { info } = nats
    const [major = 0, minor = 0] = (info?.version ?? '').split('.').map(Number)
    const where = spellNatsAddress(address)
    const refuse = async (message: string, help: string): Promise<never> => {
      await nats.close()
      throw new EngineError('unfit', message, help)
    }
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
      return refuse(
        `the NATS server at ${where} has version ${info?.version ?? 'unknown'}, which is too old`,
        `use version ${OLDEST.join('.')} or later`,
      )
    if (info?.jetstream !== true)
      return refuse(`the NATS server at ${where} has no JetStream`, 'start it with -js, or with `jetstream {}` in its configuration')
    if (info.max_payload < LEAST_PAYLOAD_BYTES)
      return refuse(
        `the NATS server at ${where} takes messages of ${info.max_payload} bytes at most, and a cluster needs ${LEAST_PAYLOAD_BYTES}`,
        'raise max_payload in its configuration; without that line it is 1 MB',
      )
    return new ServerConnection(nats, ended)
  }

  /** Whether it is connected, as far as is known. */
  get up(): boolean {
    return this.isUp
  }

  /** Milliseconds since it is not; 0 while it is. */
  get downMs(): number {
    return this.isUp ? 0 : performance.now() - this.changedAt
  }

  /** Bytes of one message's payload at most. */
  get maxPayload(): number {
    return this.nats.info?.max_payload ?? 1 << 20
  }

  /** Whether the server belongs to a cluster of servers. */
  get isClustered(): boolean {
    return this.nats.info?.cluster !== undefined
  }

  /** The listener hears of each change of `up`. */
  listen(listener: (up: boolean) => void): void {
    this.listeners.add(listener)
  }

  publish(subject: string, payload: Uint8Array): void {
    if (this.isUp && !this.nats.isClosed() && !this.nats.isDraining()) this.nats.publish(subject, payload)
  }

  subscribe(subject: string, callback: (message: Msg) => void): void {
    this.nats.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) callback(message)
      },
    })
  }

  /** @param done is called once, later, unless the connection is closed before */
  request(subject: string, payload: Uint8Array | string, timeoutMs: number, done: (reply: NatsReply) => void): void {
    if (this.isClosed) return
    const token = (++this.last).toString(36)
    const give = (reply: NatsReply): void => {
      if (this.waiting.delete(token)) done(reply)
    }
    const timer = setTimeout(() => {
      give('timeout')
    }, timeoutMs)
    this.waiting.set(token, { done, timer })
    if (!this.isUp || this.nats.isClosed() || this.nats.isDraining()) return // it times out
    try {
      this.nats.publish(subject, payload, { reply: `${this.inbox}.${token}` })
    } catch {
      // so does what the library does not take
    }
  }

  /** Reads a message of a stream: any server answers that has the stream. @param done as of `request`; gets a reply of number 0 when there is no such message */
  read(stream: string, which: StoredMessage, timeoutMs: number, done: (reply: NatsReply) => void): void {
    this.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(which), timeoutMs, done)
  }

  /** Sends what is under way, then ends. */
  close(done: () => void): void {
    this.isClosed = true
    for (const { timer } of this.waiting.values()) clearTimeout(timer)
    this.waiting.clear()
    if (!this.isUp) {
      void this.nats.close().then(done, done)
      return
    }
    // a server that goes now would be waited for without end
    const giveUp = setTimeout(() => void this.nats.close(), DRAIN_MS)
    const ended = (): void => {
      clearTimeout(giveUp)
      done()
    }
    void this.nats.drain().catch(() => undefined)
    void this.nats.closed().then(ended, ended)
  }

  private answered(message: Msg): void {
    const token = message.subject.slice(this.inbox.length + 1)
    const waiting = this.waiting.get(token)
    if (waiting === undefined) return
    this.waiting.delete(token)
    clearTimeout(waiting.timer)
    waiting.done(message.data.length === 0 && message.headers?.code === 503 ? 'no-responders' : message)
  }

  private async follow(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'disconnect') this.changed(false)
      else if (status.type === 'reconnect') this.changed(true)
    }
  }

  private changed(up: boolean): void {
    if (up === this.isUp) return
    this.isUp = up
    this.changedAt = performance.now()
    for (const listener of this.listeners) listener(up)
  }
}

async function connectWithin(address: NatsAddress, name: string): Promise<NatsConnection> {
  const options = optionsOf(address, name)
  const deadline = performance.now() + FIRST_MS
  for (;;) {
    try {
      return await connect(options)
    } catch (error) {
      const known = explained(error, address)
      if (known.final || performance.now() > deadline) throw known.error
      await new Promise((resolve) => setTimeout(resolve, 2 * RECONNECT_MS))
    }
  }
}

function optionsOf(address: NatsAddress, name: string): NodeConnectionOptions {
  const { servers, user, password, token, creds, nkey, tls, ca, cert, key } = address
  const authenticators: Authenticator[] = []
  try {
    if (creds !== undefined) authenticators.push(credsAuthenticator(credsOf(creds)))
    if (nkey !== undefined) authenticators.push(nkeyAuthenticator(seedOf(nkey)))
  } catch (error) {
    throw new EngineError(
      'refused',
      `the credentials for NATS cannot be read (${reasonOf(error)})`,
      'give a creds file or an nkey file as the nsc command makes them',
    )
  }
  return {
    name,
    servers: [...servers],
    pingInterval: PING_MS,
    maxPingOut: 2,
    timeout: CONNECT_MS,
    reconnectTimeWait: RECONNECT_MS,
    maxReconnectAttempts: -1,
    noAsyncTraces: true,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(authenticators.length === 0 ? {} : { authenticator: authenticators }),
    ...(tls
      ? {
          tls: {
            ...(ca === undefined ? {} : { caFile: ca }),
            ...(cert === undefined ? {} : { certFile: cert }),
            ...(key === undefined ? {} : { keyFile: key }),
          },
        }
      : {}),
  }
}

/** @returns what is in a creds file. @throws Error when it has no JWT or no seed of a user: the library would say so with each connection */
function credsOf(file: string): Uint8Array {
  const bytes = readFileSync(file)
  const blocks = [...bytes.toString().matchAll(/-{3,}BEGIN [^-]+-{3,}\s+([^\s]+?)\s+-{3,}END [^-]+-{3,}/g)].map(([, block = '']) => block)
  if (!blocks.some((block) => block.split('.').length === 3) || !blocks.some((block) => block.startsWith('SU')))
    throw new Error(`${file} has no JWT and no seed of a user`)
  return bytes
}

/** @returns the seed in an nkey file, which may have comments around it */
function seedOf(file: string): Uint8Array {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .map((each) => each.trim())
    .find((each) => each.startsWith('SU'))
  if (line === undefined) throw new Error(`${file} has no seed of a user, which begins with SU`)
  return new TextEncoder().encode(line)
}

/** @returns what is wrong, and whether it will be so the next time too */
function explained(error: unknown, address: NatsAddress): { readonly error: EngineError; readonly final: boolean } {
  if (error instanceof EngineError) return { error, final: true }
  const where = spellNatsAddress(address)
  const reason = reasonOf(error)
  const known = (kind: 'refused' | 'unreachable', message: string, help: string): { error: EngineError; final: boolean } => ({
    error: new EngineError(kind, message, help),
    final: kind === 'refused',
  })
  if (
    error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError ||
    /authorization|authentication/i.test(reason)
  )
    return known(
      'refused',
      `the NATS server at ${where} does not accept these credentials`,
      'give others: USER:PASSWORD@ or TOKEN@ before the host, or ?creds=FILE, ?nkey=FILE or ?context=NAME behind it',
    )
  if (/certificate|self.signed|tls|ssl/i.test(reason))
    return known(
      'refused',
      `no TLS connection with the NATS server at ${where} (${reason})`,
      'write tls:// and give ?ca=FILE, and ?cert=FILE&key=FILE where the server asks for them',
    )
  return known('unreachable', `no NATS server answers at ${where} (${reason})`, 'is it running, and is this its host and port?')
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no reason was given'
}
