/** `godwit node` */
import { resolve } from 'node:path'
import type { Deniable } from '../../runtime/host/home-services.ts'
import type { ProgramLimits } from '../../runtime/limits.ts'
import { clusterOfEngine } from '../../runtime/node/cluster-address.ts'
import type { Dashboard } from '../../runtime/dashboard/server.ts'
import type { RunningNode } from '../../runtime/node/commands/cluster.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import { Exit, signalled, STATUS, UsageError } from '../errors.ts'
import { requireWritable } from '../output-file.ts'
import { jsonLog, textLog } from '../node-log.ts'
import type { NodeLog } from '../node-log.ts'

export interface NodeOptions {
  /** The directory of `embedded:DIR`, or the address of NATS servers. */
  readonly engine: string
  readonly name: string
  /** `HOST:PORT`. */
  readonly health?: string
  /** Where metrics are sent: the address of a collector. */
  readonly otlp?: string
  /** Which part of the traces that begin here is sent there too, 0 to 1; absent: none. */
  readonly traces?: number
  /** How it tells what happens; absent: as text. */
  readonly log?: 'text' | 'json'
  /** `HOST:PORT` of the page. */
  readonly ui?: string
  readonly deny?: readonly Deniable[]
  /** What each program may have here. */
  readonly limit?: ProgramLimits
  /** File in which it logs the calls of services that are made on it. */
  readonly audit?: string
  /** Whether it takes programs and processes before it is told to. */
  readonly guests?: boolean
  /** Microseconds that it may take to leave. */
  readonly leaveWithin?: number
  /** Where clients may come: addresses of listen.ts. */
  readonly listen?: readonly string[]
  /** How many microseconds clients that are connected may stay when it leaves. */
  readonly linger?: number
}

/**
 * Makes this OS process a node, until SIGINT, SIGTERM or SIGHUP: then it moves what it has to the other nodes and leaves. A second signal ends it at once.
 * @throws Exit with status 1 when the cluster has given the node up, its store has failed, or it has left with processes that could not move in time
 */
export async function node(options: NodeOptions): Promise<void> {
  const { engine, name, ui } = options
  await requireCollector(options)
  if (options.audit !== undefined) requireWritable('--audit', options.audit)
  if (options.linger !== undefined && options.listen === undefined)
    throw new UsageError('`--linger` is about clients', 'say where they come: --listen tcp://127.0.0.1:8080=orders')
  const log = options.log === 'json' ? jsonLog(name, engine) : textLog(name, engine)
  const running = await begin(options, log)
  let asked = false
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signalled(signal))
    asked = true
    const held = running.holdings()
    if (held.length > 0) log.leaving(held)
    void running.leave(log, options.leaveWithin === undefined ? undefined : options.leaveWithin / 1000)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, stop) // before anybody is told that the node can be stopped so
  log.begun()
  const dashboard = ui === undefined ? undefined : await serve(engine, ui, running)
  const end = await running.finished
  await dashboard?.close()
  log.ended(end)
  if (end.exit !== 0) throw new Exit(STATUS.failure)
}

/** @throws UsageError when traces have nowhere to go */
async function requireCollector({ otlp, traces }: NodeOptions): Promise<void> {
  if (traces === undefined) return
  if (otlp === undefined) throw new UsageError('`--traces` needs a collector', 'say where it is: --otlp http://127.0.0.1:4318')
  const { addressOfSpans } = await import('../../runtime/node/telemetry/send-otlp.ts')
  if (addressOfSpans(otlp) === undefined)
    throw new UsageError(`where traces go does not follow from \`--otlp ${otlp}\``, 'leave its path out, or let it end with /v1/metrics')
}

/** @throws what keeps the node from joining; Exit when a log of JSON has told that */
async function begin(options: NodeOptions, log: NodeLog): Promise<RunningNode> {
  const { engine, name, health, otlp, traces, deny = [], limit, audit, guests = true, listen, linger } = options
  const { startNode } = await import('../../runtime/node/commands/cluster.ts')
  try {
    return await startNode({
      engine,
      name,
      denied: deny,
      ...(limit === undefined ? {} : { limits: limit }),
      ...(audit === undefined ? {} : { audit: resolve(audit) }),
      guests,
      notice: log.notice,
      warning: log.warning,
      ...(health === undefined ? {} : { health }),
      ...(otlp === undefined ? {} : { otlp: { url: otlp, ...(traces === undefined ? {} : { traces }) } }),
      ...(linger === undefined ? {} : { lingerMs: linger / 1000 }),
      ...(listen === undefined ? {} : { listen: (await import('../listen.ts')).listenAddresses(listen) }),
    })
  } catch (error) {
    if (options.log !== 'json' || !(error instanceof NodeError)) throw error
    log.ended({ exit: 1, report: '', error })
    throw new Exit(STATUS.failure)
  }
}

/** @throws NodeError R0435, when the node has left again */
async function serve(engine: string, address: string, running: RunningNode): Promise<Dashboard> {
  const { openDashboard, splitAddress } = await import('../dashboard.ts')
  try {
    return await openDashboard({ cluster: clusterOfEngine(engine), ...splitAddress(address) })
  } catch (error) {
    await running.stop()
    throw error
  }
}
