/** `godwit run` and `godwit restore` of a program whose home is on a node. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isOnNats, spellCluster } from '../../runtime/node/cluster-address.ts'
import type { CodeUnit } from '../../runtime/index.ts'
import type { ClusterClient } from '../../runtime/node/commands/client.ts'
import type { Programs, ProgramStatus } from '../../runtime/node/commands/programs.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { RunError } from '../../runtime/run/run-error.ts'
import type { Submission } from '../../runtime/node/wire/messages.ts'
import { Exit, signalled, STATUS } from '../errors.ts'
import type { Runnable } from '../program-cache.ts'
import { hasArrived } from '../early-signals.ts'
import type { CheckpointRequest } from '../option-values.ts'
import type { RunOptions } from '../run-options.ts'
import { usesService } from '../program-services.ts'
import { complain, err, out, print, Progress, size } from '../terminal.ts'
import type { Dashboard } from '../../runtime/dashboard/server.ts'
import { mendingHelp, viewProgram } from '../viewing.ts'

/** Milliseconds between two cuts when nobody says otherwise. */
const CUT_EVERY_MS = 100
/** How long nodes may take to come. */
const NODES_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 50

/** Hands a program to a node, which is its home then. */
type Submit = (programs: Programs) => Promise<ProgramStatus>

/** @returns what is handed to the node that is to be the home */
export function submission(program: Runnable, args: readonly string[], options: RunOptions): Submission {
  const { manifest, units } = program
  return {
    manifest,
    units,
    args,
    ...surroundings(units),
    ...howToRun(options),
  }
}

/** @returns the working directory and the environment of this command, as far as a program of these units may read them: nobody keeps more */
export function surroundings(units: readonly CodeUnit[]): Pick<Submission, 'directory' | 'variables'> {
  const entries = usesService(units, 'host.variable') ? Object.entries(process.env) : []
  const variables = Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
  return { directory: process.cwd(), variables }
}

/** @returns what is said of a program besides what it is */
export function howToRun(
  options: RunOptions,
): Pick<Submission, 'denied' | 'audit' | 'limits' | 'roam' | 'seed' | 'balance' | 'place' | 'durable'> {
  const { roam, seed, balance, place = 'near', deny = [], audit, limit = {}, durable, cutEvery, acceptStore = false } = options
  return {
    denied: deny,
    ...(audit === undefined ? {} : { audit: resolve(audit) }),
    limits: limit,
    ...(roam === undefined ? {} : { roam: roam / 1000 }),
    ...(seed === undefined ? {} : { seed }),
    ...(balance === 'off' ? { balance: false } : {}),
    ...(place === 'near' ? {} : { place }),
    ...(durable === undefined
      ? {}
      : {
          durable: {
            relaxed: durable === 'relaxed',
            everyMs: cutEvery === undefined ? CUT_EVERY_MS : cutEvery / 1000,
            anyStore: acceptStore,
          },
        }),
  }
}

/** @returns a cluster as nodes find it that run in another directory */
function placeOf(cluster: string): string {
  return isOnNats(cluster) ? cluster : resolve(cluster)
}

/** Runs a program whose home is on a node, and shows it here, unless it is left there. */
export async function onNodes(submit: Submit, options: RunOptions): Promise<void> {
  await (options.detach === true ? runDetached : runInForeground)(submit, options)
}

/** Starts a program without a terminal, and says how to come back to it. */
async function runDetached(submit: Submit, options: RunOptions): Promise<void> {
  const { nodes, cluster, clusterDir } = options
  const directory = cluster ?? (clusterDir === undefined ? mkdtempSync(join(tmpdir(), 'godwit-')) : placeOf(clusterDir))
  const temporary = cluster === undefined && clusterDir === undefined
  let failed: NodeError | undefined
  if (nodes !== undefined) {
    const { logOf, startBackgroundNodes } = await import('../../runtime/node/commands/background.ts')
    startBackgroundNodes(directory, { count: nodes, temporary }, (name, status) => {
      failed ??= new NodeError('R0414', `node ${name} ended with status ${status ?? 'unknown'}`, `what it says is in ${logOf(directory)}`)
    })
  }
  const client = await meet(directory, nodes, () => failed)
  try {
    const { name, home } = await submit(client.programs)
    if (options.json === true) {
      print(JSON.stringify({ program: name, home, cluster: spellCluster(directory) }))
      return
    }
    print(`${out.bold(name)} runs, and its home is on ${home}`)
    const where = process.env['GODWIT_CLUSTER'] === directory ? '' : ` --cluster ${spellCluster(directory)}`
    print(`  attach: godwit attach ${name}${where}`)
    print(`  end:    godwit stop ${name}${where}`)
  } finally {
    await client.close()
  }
}

/**
 * Joins a cluster.
 * @param nodes as soon as it has so many, which are just being started; absent: they are there
 * @param failed why one of them will not come
 */
async function meet(directory: string, nodes: number | undefined, failed: () => NodeError | undefined): Promise<ClusterClient> {
  const { connectCluster } = await import('../../runtime/node/commands/client.ts')
  if (nodes === undefined) return connectCluster(directory)
  const progress = new Progress()
  const until = performance.now() + NODES_WITHIN_MS
  try {
    for (;;) {
      progress.update(`starting ${nodes} nodes ...`)
      try {
        const client = await connectCluster(directory)
        if ((await client.nodes()).length >= nodes) return client
        await client.close()
      } catch (error) {
        const early = error instanceof NodeError && ['R0401', 'R0404', 'R0413'].includes(error.code)
        if (!early) throw error
      }
      const failure = failed()
      if (failure !== undefined) throw failure
      if (performance.now() > until) {
        const { logOf } = await import('../../runtime/node/commands/background.ts')
        throw new NodeError(
          'R0414',
          `the nodes have not come within ${NODES_WITHIN_MS / 1000} s`,
          `what they say is in ${logOf(directory)}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
  } finally {
    progress.end()
  }
}

/** Starts a program, and shows it here. With `--nodes` the nodes are ours: one that dies is started again. */
async function runInForeground(submit: Submit, options: RunOptions): Promise<void> {
  const { nodes = 0, cluster, clusterDir = cluster, checkpointOn, listen } = options
  const { Launcher } = await import('../../runtime/node/commands/launcher.ts')
  const { Programs } = await import('../../runtime/node/commands/programs.ts')
  const directory = clusterDir ?? mkdtempSync(join(tmpdir(), 'godwit-'))
  const notice = (text: string): void => {
    if (process.stderr.isTTY) complain(err.dim(text))
  }
  let failed: (error: NodeError) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    failed = reject
  })
  failure.catch(() => undefined) // it is awaited only while the program is shown
  const launcher = new Launcher({
    directory,
    temporary: clusterDir === undefined,
    nodes,
    restart: true,
    ended: (error) => {
      notice(`${error.message}; it is started again`)
    },
    trouble: (error) => {
      failed(error)
    },
  })
  const addresses = listen === undefined ? undefined : (await import('../listen.ts')).listenAddresses(listen)
  let closeGateway: () => Promise<void> = () => Promise.resolve()
  let dashboard: Dashboard | undefined
  try {
    const { node } = await launcher.open()
    const programs = new Programs(node.messenger)
    const status = await submit(programs)
    if (addresses !== undefined) {
      const { openClusterGateway } = await import('../../runtime/node/commands/gateway-link.ts')
      try {
        closeGateway = await openClusterGateway(node.messenger, addresses, { notice: complain })
      } catch (error) {
        await programs.end(status)
        throw error
      }
    }
    notice(
      `${status.name} runs on ${node.messenger
        .nodes()
        .map(({ name }) => name)
        .join(', ')} in ${spellCluster(directory)}`,
    )
    if (options.ui === true) dashboard = await (await import('../dashboard.ts')).openDashboardOfRun(directory)
    const exit = await Promise.race([shown(programs, status, nodes > 0, checkpointOn), failure])
    if (exit !== 0) throw new Exit(exit)
  } finally {
    await dashboard?.close()
    await closeGateway()
    await launcher.leave()
  }
}

/** @param ours the nodes end with this OS process. @returns the exit status */
async function shown(
  programs: Programs,
  program: ProgramStatus,
  ours: boolean,
  checkpointOn: CheckpointRequest | undefined,
): Promise<number> {
  let asked: NodeJS.Signals | undefined
  let saving = false
  const save = async ({ file }: CheckpointRequest): Promise<void> => {
    if (saving) return
    saving = true
    try {
      const { saveProgram } = await import('./checkpoint.ts')
      const { bytes, nodes } = await saveProgram(programs, program, file, { ends: true })
      complain(`${file} holds the program as it was (${size(bytes)}); \`godwit restore ${file} --nodes ${nodes}\` carries on`)
    } catch (error) {
      const help = error instanceof NodeError || error instanceof RunError ? `; ${error.help}` : ''
      complain(`${error instanceof Error ? error.message : String(error)}${help}`)
    } finally {
      saving = false
    }
  }
  const onSignal = (): void => {
    if (checkpointOn !== undefined) void save(checkpointOn)
  }
  if (checkpointOn !== undefined) process.on(checkpointOn.signal, onSignal)
  if (checkpointOn !== undefined && hasArrived(checkpointOn.signal)) onSignal()
  const ending = await viewProgram(programs, program, {
    notices: process.stderr.isTTY,
    types: true,
    emptyIsNone: false,
    from: 0,
    signalled: (signal) => {
      if (signal === checkpointOn?.signal) return false
      if (asked !== undefined) process.exit(signalled(signal)) // asked twice
      if (signal === 'SIGHUP' && !ours) return true // the program does not end with its terminal
      asked = signal
      void programs.end(program).catch(() => undefined) // it has just ended
      return false
    },
  }).finally(() => {
    if (checkpointOn !== undefined) process.off(checkpointOn.signal, onSignal)
  })
  switch (ending.kind) {
    case 'ended':
      if (asked !== undefined) return signalled(asked)
      if (ending.report !== '') process.stderr.write(ending.report)
      if (ending.exit !== 0 && !ours) process.stderr.write(await mendingHelp(programs, program))
      return ending.exit
    case 'gone':
      return STATUS.failure
    case 'left':
      return signalled(ending.signal)
  }
}
