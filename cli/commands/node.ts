/** `godwit node` */
import { resolve } from 'node:path'
import type { Deniable } from '../../runtime/host/home-services.ts'
import type { ProgramLimits } from '../../runtime/limits.ts'
import { clusterOfEngine, spellCluster, spellEngine } from '../../runtime/node/cluster-address.ts'
import type { Dashboard } from '../../runtime/dashboard/server.ts'
import type { RunningNode } from '../../runtime/node/commands/cluster.ts'
import type { Holding } from '../../runtime/node/commands/leave.ts'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import { Exit, signalled, STATUS } from '../errors.ts'
import { complain, count, err, warn } from '../terminal.ts'

export interface NodeOptions {
  /** The directory of `embedded:DIR`, or the address of NATS servers. */
  readonly engine: string
  readonly name: string
  /** `HOST:PORT`. */
  readonly health?: string
  /** `HOST:PORT` of the page. */
  readonly ui?: string
  readonly deny?: readonly Deniable[]
  /** What each program may have here. */
  readonly limit?: ProgramLimits
  /** File in which it logs the calls of services that are made on it. */
  readonly audit?: string
  /** Whether it takes programs and processes before it is told to. */
  readonly guests?: boolean
  /** Where clients may come: addresses of listen.ts. */
  readonly listen?: readonly string[]
}
/**
 * Makes this OS process a node, until SIGINT, SIGTERM or SIGHUP: then it moves what it has to the other nodes and leaves. A second signal ends it at once.
 * @throws Exit with status 1 when the cluster has given the node up or its store has failed
 */
export async function node({ engine, name, health, ui, deny = [], limit, audit, guests = true, listen }: NodeOptions): Promise<void> {
  const { startNode } = await import('../../runtime/node/commands/cluster.ts')
  const notice = (text: string): void => {
    complain(err.dim(text))
  }
  const running = await startNode({
    engine,
    name,
    denied: deny,
    ...(limit === undefined ? {} : { limits: limit }),
    ...(audit === undefined ? {} : { audit: resolve(audit) }),
    guests,
    notice,
    warning: warn,
    ...(health === undefined ? {} : { health }),
    ...(listen === undefined ? {} : { listen: (await import('../listen.ts')).listenAddresses(listen) }),
  })
  let asked = false
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signalled(signal))
    asked = true
    const held = running.holdings()
    if (held.length > 0) complain(`node ${name} moves ${amount(held)} to the other nodes; a second signal stops it at once`)
    void running.leave({
      alone: (left) => {
        complain(
          `${err.bold(err.yellow('alone'))}: node ${name} is the only one; if it stopped now, ${amount(left)} would be lost: ${list(left)}`,
        )
        complain(`  ${err.cyan('=')} to keep them, start another node: godwit node --engine ${spellEngine(engine)} --name NAME`)
        complain(`  ${err.cyan('=')} to lose them, send a second signal or press Ctrl-C again`)
      },
      stayed: (results) => {
        for (const { process: path, error } of results.slice(0, SHOWN)) complain(`${path} stays: ${error?.message ?? ''}`)
        if (results.length > SHOWN) complain(`and ${results.length - SHOWN} more`)
        complain(`  ${err.cyan('=')} it is tried again and again; a second signal stops the node at once`)
      },
    })
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, stop) // before anybody is told that the node can be stopped so
  complain(`node ${err.bold(running.name)} is in ${spellCluster(engine)}; Ctrl-C moves what it has to the others and stops it`)
  const dashboard = ui === undefined ? undefined : await serve(engine, ui, running)
  const { exit, report } = await running.finished
  await dashboard?.close()
  if (report !== '') process.stderr.write(report)
  if (exit !== 0) throw new Exit(STATUS.failure)
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

/** Lines or names of a list that are shown. */
const SHOWN = 5

/** @returns `3 processes of 1 program` */
function amount(held: readonly Holding[]): string {
  const processes = held.reduce((n, each) => n + each.processes, 0)
  return `${count(processes, 'process', 'processes')} of ${count(held.length, 'program')}`
}

/** @returns `ring.csp (5 processes), sieve.csp (1 process)` */
function list(held: readonly Holding[]): string {
  const shown = held.slice(0, SHOWN).map(({ source, processes }) => `${source} (${count(processes, 'process', 'processes')})`)
  return [...shown, ...(held.length > SHOWN ? [`${held.length - SHOWN} more`] : [])].join(', ')
}
