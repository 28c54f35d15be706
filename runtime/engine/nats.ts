/**
 * The engine on NATS: for clusters of more than one machine. It needs servers from version 2.9 on, with JetStream; three of them survive the loss
 * of one. This module is loaded only when somebody chooses it.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Engine, Limits, Survival } from './engine.ts'
import { Beacon, BeaconWatch } from './beacon.ts'
import { EngineError } from './engine-error.ts'
import { requireBlobFits } from './limits.ts'
import { joinCluster, membershipWith } from './membership.ts'
import type { JoinOutcome, JoinRequest, LeasedMembership, LeaseTimes } from './membership.ts'
import { parseNatsAddress, spellNatsAddress } from './nats-address.ts'
import { BLOB_BYTES, Chunks } from './nats-chunks.ts'
import { ServerConnection } from './nats-connection.ts'
import { NatsLog } from './nats-log.ts'
import { openCluster } from './nats-streams.ts'
import type { ClusterNames } from './nats-streams.ts'
import { addressOf, beaconOf, NatsTransport, PACKET_BYTES } from './nats-transport.ts'
import { RealClock } from './real-clock.ts'

export interface NatsOptions extends Omit<JoinRequest, 'address'> {
  /** Make the cluster when it is not there; else that is an error. */
  readonly create: boolean
  readonly times?: LeaseTimes
  /** The servers or the log do not want us any more: nothing can be committed. */
  readonly trouble?: (error: EngineError) => void
}

/**
 * A lease is long, since a living node cannot renew it while the servers choose a leader, which takes up to some ten seconds; of nodes that die the
 * transport and the beacons tell much earlier.
 */
export const natsTimes: LeaseTimes = { beatMs: 500, leaseMs: 25_000, actMs: 8_000 }

/**
 * Milliseconds after which a renewal is late, and since the last one for which a member may act whatever it hears of the others. They remove nobody
 * whose lease was renewed in the last two seconds.
 */
const LATE_MS = 800
const RENEWED_MS = 1_500

/** The machines' clocks of the day are what their members have in common. */
const commonMicros = (): number => (performance.timeOrigin + performance.now()) * 1000

/** Milliseconds without a connection after which others may find that nobody listens here. */
const DOWN_MS = 1_000
/** Milliseconds that a member which leaves waits for the store to take it out. */
const LEAVE_WITHIN_MS = 3_000
/** Milliseconds for the first message of a member to come back. */
const FIRST_MS = 15_000

/**
 * Joins a cluster on NATS.
 * @param address see nats-address.ts
 * @throws EngineError (as a rejection): `unusable` address, `unreachable`, `refused` or `unfit` servers, `taken` name,
 *   `failed` log
 */
export async function natsEngine(address: string, options: NatsOptions): Promise<Engine> {
  const parsed = parseNatsAddress(address)
  let giveUp: (error: EngineError) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    giveUp = reject
  })
  failure.catch(() => undefined) // once this member has joined, `trouble` tells it
  const trouble = (error: EngineError): void => {
    giveUp(error)
    options.trouble?.(error)
  }
  const connection = await ServerConnection.open(parsed, `godwit ${options.kind} ${options.name ?? ''} on ${hostname()}`, trouble)
  const opened: { log?: NatsLog; transport?: NatsTransport; beacon?: Beacon } = {}
  try {
    const names = await openCluster(connection, parsed, options.create)
    const log = new NatsLog(connection, names, trouble)
    opened.log = log
    await Promise.race([answers(log, spellNatsAddress(parsed), names), failure])
    const held: { membership?: LeasedMembership } = {}
    const transport = new NatsTransport(connection, names.members, randomBytes(8).toString('hex'), {
      stranger: (known) => held.membership?.refresh(known),
      suspect: (index, withinMs) => held.membership?.suspect(index, withinMs),
      trust: (index) => held.membership?.trust(index),
      condemns: (index) => held.membership?.condemns(index) === true,
      isLate: () => (held.membership?.unrenewedMs ?? 0) > LATE_MS,
    })
    opened.transport = transport
    const { kind, name } = options
    const beacon = kind === 'client' ? undefined : await Beacon.light() // clients come and go by the thousand
    if (beacon !== undefined) opened.beacon = beacon
    const request: JoinRequest = { kind, address: addressOf(transport.subject, beacon?.text), ...(name === undefined ? {} : { name }) }
    const clock = new RealClock(commonMicros)
    const membership = await Promise.race([joined(log, clock, options.times ?? natsTimes, request), failure])
    held.membership = membership
    transport.joined(membership.self)
    return compose({ clock, connection, names, log, transport, membership, beacon })
  } catch (error) {
    opened.beacon?.close()
    opened.transport?.close()
    opened.log?.close()
    connection.close(() => undefined)
    throw error
  }
}

/** @throws EngineError (as a rejection) when the log does not take what this user sends: `unfit` when the servers say why, else `refused` */
async function answers(log: NatsLog, where: string, { log: { subject, stream, hints } }: ClusterNames): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < FIRST_MS) {
    const values = await new Promise((resolve) => {
      log.get([], resolve)
    })
    if (values !== undefined) return
  }
  if (log.refusal !== undefined)
    throw new EngineError(
      'unfit',
      `JetStream at ${where} takes nothing into the stream ${stream} (${log.refusal})`,
      'has this account room left, and have the disks of its servers? See max_file and max_bytes in their configuration',
    )
  throw new EngineError(
    'refused',
    `the log of the cluster at ${where} does not answer`,
    `do most of its servers run? May this user publish to ${subject}, $JS.API.STREAM.MSG.GET.${stream} and $JS.API.DIRECT.GET.${stream}, and subscribe to _INBOX.> and ${hints}?`,
  )
}

async function joined(log: NatsLog, clock: RealClock, times: LeaseTimes, request: JoinRequest): Promise<LeasedMembership> {
  const outcome = await new Promise<JoinOutcome>((resolve) => {
    joinCluster(log, clock, times, request, resolve)
  })
  if ('joined' in outcome) return outcome.joined
  if ('taken' in outcome) throw new EngineError('taken', `the name ${outcome.taken.name} is taken`)
  throw new EngineError('failed', outcome.failed)
}

interface Parts {
  readonly clock: RealClock
  readonly connection: ServerConnection
  readonly names: ClusterNames
  readonly log: NatsLog
  readonly transport: NatsTransport
  readonly membership: LeasedMembership
  readonly beacon: Beacon | undefined
}

function compose({ clock, connection, names, log, transport, membership, beacon }: Parts): Engine {
  const watch = new BeaconWatch((member) => {
    membership.bury(member)
  })
  const chunks = new Chunks(connection, names.blobs.stream, names.blobs.subject)
  const limits: Limits = { packetBytes: PACKET_BYTES, swapBytes: log.swapBytes, blobBytes: BLOB_BYTES }
  const survives: Survival = names.replicas >= 3 ? 'minority-lost' : 'restart'
  return {
    clock,
    membership: membershipWith(
      membership,
      {
        joined: (member) => {
          transport.add(member)
          const sign = beaconOf(member)
          if (sign !== undefined && membership.self.kind !== 'client' && member.index !== membership.self.index) watch.add(member, sign)
        },
        left: (member) => {
          transport.remove(member)
          watch.remove(member)
        },
      },
      () => connection.downMs < DOWN_MS && (membership.unrenewedMs < RENEWED_MS || transport.isHeardByAll),
    ),
    directory: log,
    blobs: {
      put: (bytes, done) => {
        requireBlobFits(bytes, BLOB_BYTES)
        chunks.put(bytes, done)
      },
      get: (hash, done) => {
        chunks.get(hash, done)
      },
      list: (done) => {
        chunks.list(done)
      },
      remove: (hash) => {
        chunks.remove(hash)
      },
    },
    transport,
    limits,
    store: {
      get answers() {
        return connection.up && membership.storeAnswers
      },
      get silentMs() {
        return membership.silentMs
      },
      survives,
    },
    close(done) {
      let isOver = false
      const end = (): void => {
        if (isOver) return
        isOver = true
        clearTimeout(giveUp)
        watch.close()
        beacon?.close()
        transport.close()
        log.close()
        chunks.close()
        clock.stop()
        connection.close(done)
      }
      const giveUp = setTimeout(end, LEAVE_WITHIN_MS) // where the store does not answer, the lease runs out
      membership.leave(end)
    },
  }
}
