/** `godwit run --detach` and `--durable`: a program whose home is on a node. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isOnNats, spellCluster } from '../../runtime/node/cluster-address.ts'
import type { ClusterClient } from '../../runtime/node/commands/client.ts'
import type { Programs, ProgramStatus } from '../../runtime/node/commands/programs.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import type { Submission } from '../../runtime/node/wire/messages.ts'
import { Exit, signalled, STATUS } from '../errors.ts'
import type { Runnable } from '../program-cache.ts'
import type { RunOptions } from '../run-options.ts'
import { complain, err, out, print, Progress } from '../terminal.ts'
import { viewProgram } from '../viewing.ts'

/** Milliseconds between two cuts when nobody says otherwise. */
const CUT_EVERY_MS = 100
/** How long nodes may take to come. */
const NODES_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 50

/** @returns what is handed to the node that is to be the home */
function submission(program: Runnable, args: readonly string[], options: RunOptions): Submission {
  const { roam, seed, deny = [], limit = {}, durable, cutEvery, acceptStore = false } = options
  const { manifest, units } = program
  const variables = Object.fromEntries(Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
  return {
    manifest,
    units,
    args,
    directory: process.cwd(),
    variables,
    denied: deny,
    limits: limit,
    ...(roam === undefined ? {} : { roam: roam / 1000 }),
    ...(seed === undefined ? {} : { seed }),
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

/** Starts a program without a terminal, and says how to come back to it. */
export async function runDetached(program: Runnable, args: readonly string[], options: RunOptions): Promise<void> {
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
    const { name, home } = await client.programs.submit(submission(program, args, options))
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

/** Starts a durable program, and shows it here. With `--nodes` the nodes are ours: one that dies is started again. */
export async function runInForeground(program: Runnable, args: readonly string[], options: RunOptions): Promise<void> {
  const { nodes = 0, cluster, clusterDir = cluster } = options
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
  try {
    const { node } = await launcher.open()
    const programs = new Programs(node.messenger)
    const status = await programs.submit(submission(program, args, options))
    notice(
      `${status.name} runs on ${node.messenger
        .nodes()
        .map(({ name }) => name)
        .join(', ')} in ${spellCluster(directory)}`,
    )
    const exit = await Promise.race([shown(programs, status, nodes > 0), failure])
    if (exit !== 0) throw new Exit(exit)
  } finally {
    await launcher.leave()
  }
}

/** @param ours the nodes end with this OS process. @returns the exit status */
async function shown(programs: Programs, program: ProgramStatus, ours: boolean): Promise<number> {
  let asked: NodeJS.Signals | undefined
  const ending = await viewProgram(programs, program, {
    notices: process.stderr.isTTY,
    types: true,
    emptyIsNone: false,
    from: 0,
    signalled: (signal) => {
      if (asked !== undefined) process.exit(signalled(signal)) // asked twice
      if (signal === 'SIGHUP' && !ours) return true // the program does not end with its terminal
      asked = signal
      void programs.end(program).catch(() => undefined) // it has just ended
      return false
    },
  })
  switch (ending.kind) {
    case 'ended':
      if (asked !== undefined) return signalled(asked)
      if (ending.report !== '') process.stderr.write(ending.report)
      return ending.exit
    case 'gone':
      return STATUS.failure
    case 'left':
      return signalled(ending.signal)
  }
}
