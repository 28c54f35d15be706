/**
 * The embedded engine: nothing to install. A run directory that belongs to one user holds a journal (embedded-journal.ts), blobs, and the sockets
 * of the OS processes that share it.
 */
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, Limits, Member } from './engine.ts'
import { EngineError, helpWithUse, reasonOf } from './engine-error.ts'
import { BLOB_BYTES, FileBlobs } from './embedded-blobs.ts'
import { Journal, removed, SWAP_BYTES } from './embedded-journal.ts'
import { prepareRunDirectory } from './embedded-run-directory.ts'
import { removeDeadSockets, SocketTransport } from './embedded-sockets.ts'
import { MAX_PACKET_BYTES } from './packets.ts'
import { RealClock } from './real-clock.ts'
import type { Neighbours } from '../threads/neighbours.ts'
import { defaultTimes, joinCluster, membershipWith } from './membership.ts'
import type { JoinOutcome, JoinRequest, LeasedMembership, LeaseTimes } from './membership.ts'

export interface EmbeddedOptions extends Omit<JoinRequest, 'address'> {
  /** Make the directory when it is absent; else that is an error. */
  readonly create: boolean
  readonly times?: LeaseTimes
  /** The store failed: nothing can be committed any more. */
  readonly trouble?: (error: EngineError) => void
  /** Something is odd with the store: it does no harm, or what needs it waits. */
  readonly warning?: (text: string) => void
  /** Members in other threads of this OS process. */
  readonly neighbours?: Neighbours
}

const limits: Limits = { packetBytes: MAX_PACKET_BYTES, swapBytes: SWAP_BYTES, blobBytes: BLOB_BYTES }

/** How often, and every how many milliseconds, a member looks whether others have read the journal as it has. */
const DOUBTS = 20
const DOUBT_MS = 100

/**
 * Makes a run directory, for members that are started then.
 * @throws EngineError `unusable`
 */
export function makeRunDirectory(directory: string): void {
  prepareRunDirectory(directory, true)
}

/**
 * Joins the cluster of a run directory.
 * @throws EngineError (as a rejection): `unusable` directory, `taken` name, `failed` store
 */
export async function embeddedEngine(directory: string, options: EmbeddedOptions): Promise<Engine> {
  const path = prepareRunDirectory(directory, options.create)
  const troubled: { error?: EngineError } = {}
  let giveUp: (error: EngineError) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  failure.catch(() => undefined) // once this member has joined, `trouble` tells it
  const trouble = (error: EngineError): void => {
    troubled.error = error
    giveUp(error)
    options.trouble?.(error)
  }
  const journal = new Journal(path, options.create, trouble, options.warning)
  const held: { membership?: LeasedMembership } = {}
  const events = {
    stranger: (_: number, known: () => void) => held.membership?.refresh(known),
    dead: (member: Member) => held.membership?.bury(member),
  }
  const transport = new SocketTransport(path, events, options.neighbours)
  try {
    await undoubted(journal, troubled)
    await transport.listen()
    const request: JoinRequest = {
      kind: options.kind,
      address: transport.address,
      ...(options.name === undefined ? {} : { name: options.name }),
    }
    const clock = new RealClock()
    const membership = await Promise.race([joined(journal, clock, options.times ?? defaultTimes, request), failure]) // a failed journal answers nothing
    held.membership = membership
    transport.joined(membership.self)
    removeDeadSockets(path)
    return compose(journal, clock, new FileBlobs(path, options.warning), transport, membership)
  } catch (error) {
    transport.close()
    journal.close()
    if (error instanceof EngineError) throw error
    if (!existsSync(path)) throw removed(path)
    throw new EngineError('unusable', `cannot listen in ${directory} (${reasonOf(error)})`, helpWithUse(error))
  }
}

/**
 * Waits while the journal may be damaged: living members show within a few beats whether they have read the same, and when there are none nobody
 * else has read anything.
 * @throws EngineError `failed`
 */
async function undoubted(journal: Journal, troubled: { readonly error?: EngineError }): Promise<void> {
  for (let look = 0; look < DOUBTS && journal.isDoubtful; look++) {
    await delay(DOUBT_MS)
    journal.get([], () => undefined)
    await Promise.resolve()
    if (troubled.error !== undefined) throw troubled.error
  }
}

async function joined(journal: Journal, clock: RealClock, times: LeaseTimes, request: JoinRequest): Promise<LeasedMembership> {
  const outcome = await new Promise<JoinOutcome>((resolve) => {
    joinCluster(journal, clock, times, request, resolve)
  })
  if ('joined' in outcome) return outcome.joined
  if ('taken' in outcome) throw new EngineError('taken', `the name ${outcome.taken.name} is taken`)
  throw new EngineError('failed', outcome.failed)
}

function compose(journal: Journal, clock: RealClock, blobs: FileBlobs, transport: SocketTransport, membership: LeasedMembership): Engine {
  return {
    clock,
    membership: membershipWith(membership, {
      joined: (member) => {
        transport.add(member)
      },
      left: (member) => {
        transport.remove(member)
      },
    }),
    directory: journal,
    blobs,
    transport,
    limits,
    store: {
      get answers() {
        return journal.silentMs === 0
      },
      get silentMs() {
        return journal.silentMs
      },
      survives: 'power-failure',
    },
    close(done) {
      membership.leave(() => {
        transport.close()
        journal.close()
        clock.stop()
        done()
      })
    },
  }
}
