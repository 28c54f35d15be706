/**
 * The two streams of a cluster on NATS, and the names of everything else.
 *
 *   PREFIX-log      one message for each compare-and-set; its description has the cluster's id
 *   PREFIX-blobs    large values in chunks
 *
 * All subjects begin with PREFIX.ID, where ID is random: a stream that is removed and made anew has other subjects, so nothing that was meant for the
 * old one can reach the new one, whose sequence numbers begin at 1 again.
 */
import { randomBytes } from 'node:crypto'
import type { Msg } from '@nats-io/transport-node'
import { EngineError } from './engine-error.ts'
import type { NatsAddress } from './nats-address.ts'
import { spellNatsAddress } from './nats-address.ts'
import type { NatsReply, ServerConnection } from './nats-connection.ts'

/** The names of a cluster. */
export interface ClusterNames {
  readonly id: string
  readonly log: {
    readonly stream: string
    readonly subject: string
    readonly snapshots: string
    readonly hints: string
    readonly all: string
  }
  readonly blobs: { readonly stream: string; readonly subject: string; readonly snapshots: string }
  /** What members listen on begins so. */
  readonly members: string
  /** How many servers keep what is stored. */
  readonly replicas: number
}

/** Milliseconds for the server to answer, and for a stream to find its leader. */
const ANSWER_MS = 3_000
const LEADER_MS = 15_000
/** Milliseconds for a cluster to find servers enough for the replicas of a stream. */
const PEERS_MS = 5_000
/** Error codes of JetStream. */
const NOT_FOUND = 10059
const NAME_IN_USE = 10058
const NO_PEERS = 10005
const NOT_CLUSTERED = 10074
const DESCRIPTION = 'godwit cluster '
const MINUTE_NS = 60_000_000_000

interface ApiError {
  readonly code: number
  readonly err_code?: number
  readonly description?: string
}

interface StreamConfig {
  readonly name: string
  readonly description?: string
  readonly subjects?: readonly string[]
  readonly num_replicas?: number
  readonly storage?: string
  readonly retention?: string
  readonly max_msgs_per_subject?: number
  readonly allow_direct?: boolean
  readonly max_age?: number
  readonly max_msgs?: number
  readonly max_bytes?: number
  readonly republish?: { readonly src: string; readonly dest: string; readonly headers_only?: boolean }
  readonly sealed?: boolean
  readonly deny_purge?: boolean
}

interface StreamInfo {
  readonly error?: ApiError
  readonly config?: StreamConfig
}

/** @returns the JSON of a reply, undefined when it has none */
export function contentOf<T extends object>(reply: NatsReply): Partial<T> | undefined {
  if (typeof reply === 'string') return undefined
  try {
    const content: unknown = JSON.parse((reply satisfies Msg).string())
    return typeof content === 'object' && content !== null ? content : undefined // each field is looked at before it is used
  } catch {
    return undefined
  }
}

/** @returns the number of a message that was read, or of which a hint tells; 0 when none was found */
export function sequenceOf(message: Msg): number {
  return Number(message.headers?.get('Nats-Sequence') ?? 0)
}

function ask<T extends object>(
  connection: ServerConnection,
  subject: string,
  content: object | undefined,
): Promise<NatsReply | Partial<T>> {
  return new Promise((resolve) => {
    connection.request(subject, content === undefined ? '' : JSON.stringify(content), ANSWER_MS, (reply) => {
      resolve(contentOf<T>(reply) ?? reply)
    })
  })
}

/**
 * Finds the cluster of a prefix.
 * @param create make it when it is not there
 * @throws EngineError `unusable`, `refused`, `unfit` (as a rejection)
 */
export async function openCluster(connection: ServerConnection, address: NatsAddress, create: boolean): Promise<ClusterNames> {
  const where = spellNatsAddress(address)
  const name = `${address.prefix}-log`
  const deadline = performance.now() + LEADER_MS
  for (;;) {
    const info = await ask<StreamInfo>(connection, `$JS.API.STREAM.INFO.${name}`, undefined)
    if (typeof info === 'object' && 'config' in info && info.config !== undefined) {
      const names = namesOf(address, info.config, where)
      await makeStream(connection, blobsConfig(names), where)
      return names
    }
    const error = typeof info === 'object' && 'error' in info ? info.error : undefined
    if (error?.err_code === NOT_FOUND) {
      if (!create) throw new EngineError('unusable', `there is no cluster at ${where}`, `start a node there: godwit node --engine ${where}`)
      const replicas = address.replicas ?? (connection.isClustered ? 3 : 1)
      await makeStream(connection, logConfig(naming(address.prefix, randomBytes(6).toString('hex'), replicas)), where)
      continue
    }
    if (error !== undefined) throw refused(error, where)
    if (performance.now() > deadline)
      throw new EngineError(
        'refused',
        `JetStream at ${where} does not answer`,
        'is JetStream enabled for this account, may this user publish to $JS.API.>, and do most of its servers run?',
      )
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** Makes a stream, unless it is there. @throws EngineError `unusable`, `refused`, `unfit` (as a rejection) */
async function makeStream(connection: ServerConnection, config: StreamConfig, where: string): Promise<void> {
  const begun = performance.now()
  for (;;) {
    const made = await ask<StreamInfo>(connection, `$JS.API.STREAM.CREATE.${config.name}`, config)
    if (typeof made === 'object' && 'config' in made && made.config !== undefined) return
    const error = typeof made === 'object' && 'error' in made ? made.error : undefined
    if (error?.err_code === NAME_IN_USE) return // somebody else has made it; its settings are looked at
    const lacksPeers = error?.err_code === NO_PEERS && performance.now() > begun + PEERS_MS // a server that has just come back is a peer soon
    if (lacksPeers || error?.err_code === NOT_CLUSTERED)
      throw new EngineError(
        'unfit',
        `the NATS servers at ${where} cannot keep ${config.num_replicas ?? 1} copies of what the cluster stores (${error.description ?? ''})`,
        'run a NATS cluster of three servers with JetStream, or be content with one copy: ?replicas=1',
      )
    if (error !== undefined && error.code !== 503 && error.err_code !== NO_PEERS) throw refused(error, where)
    if (performance.now() > begun + LEADER_MS)
      throw new EngineError('unfit', `JetStream at ${where} makes no stream`, 'do most of its servers run, and may this user make streams?')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function refused({ code, description = '' }: ApiError, where: string): EngineError {
  return new EngineError(
    'unfit',
    `JetStream at ${where} refuses (${code}: ${description})`,
    'may this account use JetStream, with storage on disk, and has it room left?',
  )
}

function naming(prefix: string, id: string, replicas: number): ClusterNames {
  const base = `${prefix}.${id}`
  return {
    id,
    log: {
      stream: `${prefix}-log`,
      subject: `${base}.log.swap`,
      snapshots: `${base}.log.snapshot`,
      all: `${base}.log.>`,
      hints: `${base}.hint.>`,
    },
    blobs: { stream: `${prefix}-blobs-${id}`, subject: `${base}.blob`, snapshots: `${base}.table` },
    members: `${base}.to`,
    replicas,
  }
}

function logConfig({ id, log, replicas }: ClusterNames): StreamConfig {
  return {
    ...common,
    name: log.stream,
    description: `${DESCRIPTION}${id}`,
    subjects: [log.all],
    num_replicas: replicas,
    republish: { src: log.all, dest: log.hints, headers_only: true },
  }
}

function blobsConfig({ id, blobs, replicas }: ClusterNames): StreamConfig {
  return {
    ...common,
    name: blobs.stream,
    description: `blobs of ${DESCRIPTION}${id}`,
    subjects: [`${blobs.subject}.>`, `${blobs.snapshots}.>`],
    num_replicas: replicas,
    max_msgs_per_subject: 1,
  }
}

const common = {
  retention: 'limits',
  discard: 'old',
  storage: 'file',
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
  allow_direct: true,
  duplicate_window: 2 * MINUTE_NS,
} as const

/** @returns the names of the cluster that a log belongs to. @throws EngineError `unfit` when the log is not as it was made */
function namesOf(address: NatsAddress, config: StreamConfig, where: string): ClusterNames {
  const id = config.description?.startsWith(DESCRIPTION) === true ? config.description.slice(DESCRIPTION.length) : ''
  const names = naming(address.prefix, id, config.num_replicas ?? 1)
  const wanted = logConfig(names)
  const strange = (key: keyof StreamConfig): boolean => JSON.stringify(config[key]) !== JSON.stringify(wanted[key])
  const wrong =
    id === '' ? ['description'] : (['subjects', 'storage', 'retention', 'allow_direct', 'max_msgs', 'max_bytes'] as const).filter(strange)
  if (config.republish?.dest !== wanted.republish?.dest) wrong.push('republish')
  if ((config.max_age ?? 0) !== 0) wrong.push('max_age')
  if (config.sealed === true || config.deny_purge === true) wrong.push('deny_purge')
  if (wrong.length > 0)
    throw new EngineError(
      'unfit',
      `the stream ${config.name} at ${where} is not one of godwit's: its ${wrong.join(', ')} ${wrong.length === 1 ? 'is' : 'are'} different`,
      `choose another prefix: nats://HOST/PREFIX`,
    )
  return names
}
