/**
 * The embedded engine: nothing to install. A run directory that belongs to one user holds an LMDB environment and the sockets of the OS
 * processes that share it.
 */
import { chmodSync, existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Engine, Member, MembershipHandler } from './engine.ts'
import { EngineError } from './engine-error.ts'
import { LmdbStore, STORE } from './embedded-store.ts'
import { defaultTimes, joinCluster } from './membership.ts'
import type { JoinOutcome, JoinRequest, LeasedMembership, LeaseTimes } from './membership.ts'
import { SocketTransport } from './embedded-sockets.ts'
import { makeDirectory } from '../code/files.ts'

export interface EmbeddedOptions extends Omit<JoinRequest, 'pid' | 'address'> {
  /** Make the directory when it is absent; else that is an error. */
  readonly create: boolean
  readonly times?: LeaseTimes
  /** The store failed: nothing can be committed any more. */
  readonly trouble?: (reason: string) => void
}

const realClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, work) {
    const timer = setTimeout(work, milliseconds)
    return () => {
      clearTimeout(timer)
    }
  },
  common() {
    const [seconds, nanoseconds] = process.hrtime() // the machine's monotonic clock, which all its processes share
    return seconds * 1e6 + nanoseconds / 1e3
  },
}

/** @returns whether `directory` is the run directory of a cluster */
export function isRunDirectory(directory: string): boolean {
  return existsSync(join(directory, STORE))
}

/**
 * Joins the cluster of a run directory.
 * @throws EngineError (as a rejection): `unusable` directory, `taken` name, `failed` store
 */
export async function embeddedEngine(directory: string, options: EmbeddedOptions): Promise<Engine> {
  const path = prepare(directory, options.create)
  let store: LmdbStore
  try {
    store = new LmdbStore(path, options.trouble ?? (() => undefined))
  } catch (error) {
    throw new EngineError('unusable', `${directory} holds no usable store (${reasonOf(error)})`)
  }
  const held: { membership?: LeasedMembership } = {}
  const transport = new SocketTransport(path, {
    stranger: (_, known) => held.membership?.refresh(known),
    dead: (member) => held.membership?.bury(member),
  })
  try {
    await transport.listen()
    const request: JoinRequest = {
      kind: options.kind,
      pid: process.pid,
      address: transport.address,
      ...(options.name === undefined ? {} : { name: options.name }),
    }
    const membership = await joined(store, options.times ?? defaultTimes, request)
    held.membership = membership
    transport.joined(membership.self)
    return compose(store, transport, membership)
  } catch (error) {
    transport.close()
    await store.close()
    throw error instanceof EngineError ? error : new EngineError('unusable', `cannot listen in ${directory} (${reasonOf(error)})`)
  }
}

function prepare(directory: string, create: boolean): string {
  try {
    if (create) makeDirectory(directory, 0o700)
    else if (!isRunDirectory(directory)) throw new EngineError('unusable', `${directory} is not the run directory of a cluster`)
    if (create && !isRunDirectory(directory)) chmodSync(directory, 0o700) // it existed: from now on it is ours alone
    return realpathSync(directory)
  } catch (error) {
    if (error instanceof EngineError) throw error
    throw new EngineError('unusable', `${directory} cannot be used (${reasonOf(error)})`)
  }
}

async function joined(store: LmdbStore, times: LeaseTimes, request: JoinRequest): Promise<LeasedMembership> {
  const outcome = await new Promise<JoinOutcome>((resolve) => {
    joinCluster(store.directory, realClock, times, request, resolve)
  })
  if ('joined' in outcome) return outcome.joined
  if ('taken' in outcome) throw new EngineError('taken', `the name ${outcome.taken.name} is taken`)
  throw new EngineError('failed', outcome.failed)
}

function compose(store: LmdbStore, transport: SocketTransport, membership: LeasedMembership): Engine {
  const watched = {
    self: membership.self,
    all: () => membership.all(),
    get: (index: number) => membership.get(index),
    find: (name: string) => membership.find(name),
    alive: (member: Member) => membership.alive(member),
    open: (handler: MembershipHandler) => {
      membership.open({
        joined(member) {
          transport.add(member)
          handler.joined(member)
        },
        left(member) {
          transport.remove(member)
          handler.left(member)
        },
      })
    },
  }
  return {
    clock: realClock,
    membership: watched,
    directory: store.directory,
    blobs: store.blobs,
    transport,
    close(done) {
      membership.leave(() => {
        transport.close()
        void store.close().then(done, done)
      })
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
