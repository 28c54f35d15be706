/**
 * Façade for `godwit run --nodes N`, `godwit run --cluster DIR` and `godwit node`: starting nodes and programs.
 *
 * The calling OS process becomes a member of the cluster (kind `terminal`): it hosts the keyboard, the screen and the error channel of the
 * program, and watches over the program's end.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Program } from '../../code/program.ts'
import type { Neighbours } from '../../threads/neighbours.ts'
import type { ListenAddress } from '../../gateway/address.ts'
import type { CloseGateway } from './gateway-link.ts'
import type { Deniable } from '../../host/home-services.ts'
import type { ProgramLimits } from '../../limits.ts'
import { Driver } from '../../run/driver.ts'
import { usageOfProcess } from '../../run/usage.ts'
import { GodwitNode } from '../node.ts'
import { leaveWhenIdle, removeRunDirectory } from './background.ts'
import { NodeError } from '../node-error.ts'
import { shelfFor } from '../shelf-for.ts'
import { openEngine } from '../open-engine.ts'
import { clusterOfEngine } from '../cluster-address.ts'
import { holdings, leave } from './leave.ts'
import type { Holding, LeaveEvents } from './leave.ts'
import type { ClusterOptions, ClusterRun } from '../program/cluster-run.ts'
import type { Metric } from '../telemetry/metrics.ts'
import type { OtlpOptions } from '../telemetry/send-otlp.ts'
import type { Spans } from '../telemetry/spans.ts'
import { inSlices } from '../slices.ts'
import { programName } from '../program/program.ts'
import { said, Terminal } from '../program/terminal.ts'

export interface NodeOptions {
  /** `embedded:DIR`, or the address of NATS servers. */
  readonly engine: string
  /** Whether the run directory of a cluster is made when it is absent. Default: true. */
  readonly create?: boolean
  /** The node's name; default: the first free of n1, n2, ... */
  readonly name?: string
  /** `HOST:PORT` where it tells over HTTP whether it is well, and its numbers; absent: nowhere. */
  readonly health?: string
  /** Where its numbers are sent; absent: nowhere. */
  readonly otlp?: OtlpOptions
  /** Where clients may come. */
  readonly listen?: readonly ListenAddress[]
  /** How many milliseconds clients that are connected may stay when it leaves; absent: as of `Listener.close`. */
  readonly lingerMs?: number
  /** It leaves when nothing runs any more; and its run directory goes with the last such node. */
  readonly background?: { readonly temporary: boolean }
  /** What processes may not do on it. */
  readonly denied?: readonly Deniable[]
  /** What each program may have on it. */
  readonly limits?: ProgramLimits
  /** File in which it logs the calls of services that are made on it. */
  readonly audit?: string
  /** False: it takes nothing from others until it is told to (`cordon`). */
  readonly guests?: boolean
  /** Members in other threads of this OS process. */
  readonly neighbours?: Neighbours
  /** It is a node of one program, which is recorded: what processes choose is watched. */
  readonly watched?: boolean
  readonly notice?: Notice
  /** Something is odd with the store, or with what looks at the node, that does no harm. */
  readonly warning?: Notice
}

/** @param about what machines want to know besides, for logs */
export type Notice = (text: string, about?: NoticeAbout) => void

export interface NoticeAbout {
  /** The name of a program: `ring.csp#2`. */
  readonly program?: string
  readonly fields?: Readonly<Record<string, string | number | boolean>>
}

/** How a node has ended: with an error, which the report shows, or because it was told to. */
export interface NodeEnd {
  readonly exit: 0 | 1
  readonly report: string
  readonly error?: NodeError
}

/** It was told to stop. */
const STOPPED: NodeEnd = { exit: 0, report: '' }

export interface RunningNode {
  readonly name: string
  /** Its member index. */
  readonly index: number
  /** Settles when the node has stopped: exit 0 after `stop ()`, 1 with the reason when the cluster declared it dead or the store failed. */
  readonly finished: Promise<NodeEnd>
  /** @returns what it has of each program */
  holdings(): readonly Holding[]
  /**
   * Moves what is here to the other nodes and leaves the cluster. While there is no other node it waits for one.
   * @param withinMs it leaves after so many milliseconds in any case; what is still here then is lost, and `finished` has an error of R0418
   * @returns when it has left
   */
  leave(events?: LeaveEvents, withinMs?: number): Promise<void>
  /** Leaves the cluster at once. What still runs here is lost. */
  stop(): Promise<void>
}

/**
 * Starts nodes if asked to, and the program on the first of them.
 * @param program what the compiler gave, with a `main`
 * @returns when the program has been started
 * @throws NodeError R0401 (not a cluster), R0413 (no node there), R0414 (a node did not start); RunError R0521, R0522 (the program
 *   cannot be started at all)
 */
export async function startCluster(program: Program, options: ClusterOptions): Promise<ClusterRun> {
  const directory = options.clusterDir ?? mkdtempSync(join(tmpdir(), 'godwit-'))
  const terminal = new Terminal(program, options, directory, options.clusterDir === undefined)
  return terminal.start()
}

/** @throws NodeError R0434 (as a rejection), when the node has left again */
async function openHealth(node: GodwitNode, address: string): Promise<() => void> {
  const { serveHealth } = await import('./health.ts')
  const about = {
    name: node.self.name,
    readiness: () => node.readiness,
    nodes: () => node.messenger.nodes().length,
    metrics: () => metricsNow(node),
  }
  return orLeave(node, serveHealth(address, about))
}

async function metricsNow(node: GodwitNode): Promise<readonly Metric[]> {
  const [{ measure }, { metricsOf }] = await Promise.all([import('./observe.ts'), import('../telemetry/metrics.ts')])
  return new Promise((resolve, reject) => {
    inSlices(
      node.engine.clock,
      measure(node),
      (measures) => {
        resolve(metricsOf(measures))
      },
      reject,
    )
  })
}

/** @returns how to stop */
async function beginOtlp(
  node: GodwitNode,
  options: OtlpOptions,
  { notice, warning, spans }: Record<'notice' | 'warning', Notice> & { readonly spans: Spans | undefined },
): Promise<() => Promise<void>> {
  const { sendOtlp } = await import('../telemetry/send-otlp.ts')
  return sendOtlp(options, { name: node.self.name, metrics: () => metricsNow(node), spans, trouble: warning, recovered: notice })
}

/** @param part which part of the traces that begin here is looked at */
async function makeSpans(part: number): Promise<Spans> {
  const { Spans: Kept } = await import('../telemetry/spans.ts')
  return new Kept({
    now: () => performance.timeOrigin + performance.now(),
    random: (bytes) => randomBytes(bytes),
    part,
  })
}

/** @throws NodeError R0451 (as a rejection), when the node has left again */
async function openListeners(node: GodwitNode, addresses: readonly ListenAddress[], notice: (text: string) => void): Promise<CloseGateway> {
  const { openClusterGateway } = await import('./gateway-link.ts')
  return orLeave(node, openClusterGateway(node.messenger, addresses, { notice, tracer: node.tracer }))
}

/** @returns what was opened. @throws what kept it from being opened, when the node has left again */
async function orLeave<T>(node: GodwitNode, opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    await new Promise<void>((resolve) => {
      node.close(resolve)
    })
    throw error
  }
}

/** Ends this OS process, or this thread, as a failure would: nothing that would be done at the end is done. An answer that was just given still goes. */
function perish(): void {
  setImmediate(() => {
    if (isMainThread) process.kill(process.pid, 'SIGKILL')
    else process.exit(STATUS_OF_KILLED)
  })
}

/** That of an OS process that SIGKILL has ended. */
const STATUS_OF_KILLED = 137

/**
 * Makes this OS process a node, until `stop` is called.
 * @throws NodeError R0401 (the engine's directory cannot be used), R0409 (the name is taken), R0431, R0432, R0433 (the NATS servers cannot be used)
 */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const directory = clusterOfEngine(options.engine)
  const { name, neighbours, create = true, denied = [], notice = () => undefined, warning = () => undefined } = options
  let settle: (outcome: NodeEnd) => void = () => undefined
  const finished = new Promise<NodeEnd>((resolve) => {
    settle = resolve
  })
  const trouble = (error: NodeError): void => {
    settle({ exit: 1, report: said(error), error })
  }
  const about = { ...(name === undefined ? {} : { name }), ...(neighbours === undefined ? {} : { neighbours }) }
  const engine = await openEngine(directory, { kind: 'node', create, trouble, warning, ...about })
  const { self } = engine.membership
  const histories = process.env['GODWIT_HISTORY'] ?? ''
  const history = histories === '' ? undefined : (await import('../history-file.ts')).historyInFile(histories, self.index)
  const { traces } = options.otlp ?? {}
  const spans = traces === undefined ? undefined : await makeSpans(traces)
  const node = new GodwitNode({
    engine,
    shelf: shelfFor(directory, self.name, options.watched),
    drive: (kernel, events, pace) => new Driver(kernel, events, pace),
    random: Math.random,
    machine: { host: hostname(), pid: process.pid, usage: usageOfProcess },
    denied,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.audit === undefined ? {} : { audit: options.audit }),
    guests: options.guests !== false,
    perish,
    ...(history === undefined ? {} : { history }),
    ...(spans === undefined ? {} : { tracer: spans }),
    events: {
      joined: (member) => {
        if (member.kind === 'node') notice(`node ${member.name} is here`, { fields: { member: member.name } })
      },
      left: (member) => {
        if (member.kind === 'node') notice(`node ${member.name} has gone`, { fields: { member: member.name } })
      },
      broken: ({ source, id }, error) => {
        warning(said(error).trimEnd(), { program: programName(source, id), fields: { code: error.code } })
      },
      incomplete: (_, error) => {
        warning(said(error).trimEnd())
      },
      fenced: () => {
        trouble(new NodeError('R0417', `node ${self.name} was declared dead by the others`, 'start it again'))
      },
    },
  })
  node.open()
  const health = options.health === undefined ? undefined : await openHealth(node, options.health)
  const endOtlp = options.otlp === undefined ? undefined : await beginOtlp(node, options.otlp, { notice, warning, spans })
  const closeGateway = options.listen === undefined ? undefined : await openListeners(node, options.listen, notice)
  let stopping: Promise<void> | undefined
  const stop = (end: NodeEnd = STOPPED): Promise<void> =>
    (stopping ??= new Promise<void>((resolve) => {
      const close = (): void => {
        node.close(() => {
          health?.()
          void (endOtlp?.() ?? Promise.resolve()).then(() => {
            settle(end)
            resolve()
          })
        })
      }
      if (closeGateway === undefined) close()
      else void closeGateway(options.lingerMs).then(close, close)
    }))
  if (options.background !== undefined) {
    const { temporary } = options.background
    leaveWhenIdle(node, () => {
      const last = node.messenger.nodes().length === 1
      void stop().then(() => {
        if (last && temporary) removeRunDirectory(directory)
      })
    })
  }
  return {
    name: self.name,
    index: self.index,
    finished,
    holdings: () => holdings(node),
    leave: async (events = {}, withinMs = Infinity) => {
      const left = await leave(node, events, { stopped: () => stopping !== undefined, withinMs })
      await stop(left === undefined ? STOPPED : { exit: 1, report: said(left), error: left })
    },
    stop: () => stop(),
  }
}
