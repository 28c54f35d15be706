/** `godwit run` */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import type { Runnable } from '../program-cache.ts'
import { requireClusterDirectory, requireRoom } from '../cluster.ts'
import { Exit, signalled, UsageError } from '../errors.ts'
import { hasArrived } from '../early-signals.ts'
import { compilerOptions, load, loadOrExit } from '../load-program.ts'
import type { SourceOptions } from '../load-program.ts'
import { requireMakeable, requireNoText, requireWritable, textsOf } from '../output-file.ts'
import { requireNoServices, usesService } from '../program-services.ts'
import type { RunOptions } from '../run-options.ts'
import { complain, err, warn } from '../terminal.ts'

/**
 * Everything after the file belongs to the program. If the program reads no arguments, options of `run` that stand there are meant for `run` all the same.
 * @param words what follows the file
 * @param areOptions whether these words have an option of `run` among them, or what is probably a misspelt one
 * @returns whether they are to be read as options of `run`
 */
export async function optionsMeant(
  file: string,
  words: readonly string[],
  options: RunOptions,
  areOptions: (words: readonly string[]) => boolean,
): Promise<boolean> {
  const end = words.indexOf('--')
  const before = end < 0 ? words : words.slice(0, end)
  if (!before.some((word) => /^-./.test(word)) || !areOptions(before)) return false
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return true // what is wrong with an option is said first
  const loaded = await load(file, compilerOptions(options))
  return !loaded.ok || !usesService(loaded.entry.program.units, 'host.argument')
}

/**
 * Compiles a program if it has changed and runs it, in this OS process or on a cluster.
 * @param args for the program
 */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<void> {
  requireSense(options)
  const { program, inputs } = await loadOrExit(file, compilerOptions(options), options.json)
  const written = [
    ['--record', options.record] as const,
    ['--audit', options.audit] as const,
    ['--checkpoint-on', options.checkpointOn?.file] as const,
  ]
  for (const [option, path] of written) if (path !== undefined) requireNoText(option, path, textsOf(inputs))
  if (options.replay !== undefined) {
    const { replay } = await import('./replay.ts')
    return replay(file, program, options.replay, options.json)
  }
  if (program.manifest.main === undefined) {
    throw new UsageError(
      `\`${file}\` has no PROC to run`,
      'the last PROC of the file is the program',
      `\`godwit test ${file}\` runs its TESTs`,
    )
  }
  requireNoServices(program)
  if (isOnNode(options)) {
    const { onNodes, submission } = await import('./submit.ts')
    const submitted = submission(program, args, options)
    await onNodes((programs) => programs.submit(submitted), options)
  } else if (options.nodes === undefined && options.cluster === undefined) await here(program, args, options)
  else await onCluster(program, args, options)
}

/** @returns whether the home of the program is to be on a node */
export function isOnNode({ detach = false, durable, checkpointOn, limit, nodes, cluster }: RunOptions): boolean {
  const distributed = nodes !== undefined || cluster !== undefined
  return detach || durable !== undefined || (distributed && (checkpointOn !== undefined || limit !== undefined))
}

/** @throws UsageError for options that contradict each other */
export function requireSense(options: RunOptions): void {
  const { nodes, cluster, clusterDir, roam, showMoves, checkpointOn, raw, seed, json, detach = false, durable, cutEvery } = options
  const { acceptStore, balance, place, listen, replay } = options
  if (replay !== undefined) requireAlone(options)
  requireRecordable(options)
  requireLast(options)
  const limited = checkpointOn === undefined ? '--limit' : '--checkpoint-on'
  const onNode = detach ? '--detach' : durable !== undefined ? '--durable' : isOnNode(options) ? limited : undefined
  if (onNode !== undefined && nodes === undefined && cluster === undefined)
    throw new UsageError(`\`${onNode}\` needs nodes that outlive the command`, 'add `--nodes 3`, or name a cluster with `--cluster DIR`')
  if (onNode !== undefined && options.threads === true)
    throw new UsageError(
      `\`${onNode}\` needs nodes that outlive the command, and threads end with it`,
      'say `--nodes 3` instead of `--threads`',
    )
  if (detach && listen !== undefined)
    throw new UsageError('nobody would have the sockets of `--listen` with `--detach`', 'let a node have them: `godwit node --listen ...`')
  if (onNode !== undefined && showMoves === true)
    throw new UsageError(`\`--show-moves\` and \`${onNode}\` exclude each other`, 'see where the processes are with `godwit ps`')
  if (cutEvery !== undefined && durable === undefined) throw new UsageError('`--cut-every` is about `--durable`', 'add `--durable`')
  if (acceptStore === true && durable === undefined) throw new UsageError('`--accept-store` is about `--durable`', 'add `--durable`')
  const distributed = nodes !== undefined || cluster !== undefined
  if (options.ui === true && (!distributed || detach))
    throw new UsageError(
      '`--ui` shows nodes while the program runs here',
      'add `--nodes 3`, or see a cluster with `godwit ui --cluster DIR`',
    )
  if (nodes !== undefined && cluster !== undefined) {
    const starting = options.threads === true ? '--threads' : '--nodes'
    throw new UsageError(
      `\`${starting}\` and \`--cluster\` exclude each other`,
      `\`${starting}\` starts nodes of its own, \`--cluster\` uses those that are there`,
    )
  }
  if (clusterDir !== undefined && nodes === undefined) {
    throw new UsageError(
      '`--cluster-dir` says where the nodes of `--nodes` meet',
      `add \`--nodes 3\`, or use \`--cluster ${clusterDir}\` for nodes that are there`,
    )
  }
  const moving = [
    roam === undefined ? [] : '--roam',
    showMoves === true ? '--show-moves' : [],
    seed === undefined ? [] : '--seed',
    balance === undefined ? [] : '--balance',
    place === undefined ? [] : '--place',
  ].flat()
  requireRoom(cluster === undefined ? nodes : 0, moving)
  if (checkpointOn !== undefined && detach)
    throw new UsageError('`--checkpoint-on` is for programs that are shown here', 'save one that runs elsewhere with `godwit checkpoint`')
  if (json === true && distributed && !detach)
    throw new UsageError('`--json` is for programs on one node', 'leave out `--nodes` and `--cluster`')
  if (raw === true && distributed) throw new UsageError('`--raw` is for programs on one node', 'leave out `--nodes` and `--cluster`')
  if (cluster !== undefined) requireClusterDirectory(cluster)
  if (checkpointOn !== undefined) requireMakeable('--checkpoint-on', checkpointOn.file)
  if (options.audit !== undefined && cluster === undefined) requireWritable('--audit', options.audit) // else it is for other machines, too
}

/** Options that `--replay` goes with: all that say how the program is compiled, since it has to be the very program that ran. */
const BESIDE_REPLAY: Readonly<Record<keyof SourceOptions | 'replay' | 'json', true>> = {
  replay: true,
  json: true,
  define: true,
  include: true,
  strict: true,
  debug: true,
  main: true,
}

/** @throws UsageError for options that `--replay` cannot go with */
function requireAlone(options: RunOptions): void {
  const other = Object.keys(options).find((name) => !Object.hasOwn(BESIDE_REPLAY, name))
  if (other === undefined) return
  const flag = `--${other.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`
  throw new UsageError(
    `\`${flag}\` and \`--replay\` exclude each other`,
    `what is replayed says all that happens, in this OS process: leave out \`${flag}\``,
  )
}

/** @throws UsageError for options that `--last` cannot go with */
function requireLast({ last, record, nodes, cluster, checkpointOn, detach }: RunOptions): void {
  if (last === undefined) return
  if (record !== undefined)
    throw new UsageError('`--last` and `--record` exclude each other', 'a recording has all choices: step through it with `godwit debug`')
  if (nodes !== undefined || cluster !== undefined || detach === true)
    throw new UsageError(
      '`--last` is for programs in one OS process',
      'record a run on several nodes with `--record`, and step through it with `godwit debug`',
    )
  if (checkpointOn !== undefined) throw new UsageError('`--last` and `--checkpoint-on` exclude each other', 'leave out one of them')
}

/** @throws UsageError for options that `--record` cannot go with */
function requireRecordable(options: RunOptions): void {
  const { record, nodes, cluster, clusterDir, checkpointOn } = options
  if (record === undefined) return
  if (cluster !== undefined || clusterDir !== undefined)
    throw new UsageError(
      `\`--record\` is for nodes that are started for the program, and \`${cluster === undefined ? '--cluster-dir' : '--cluster'}\` lets others come`,
      'record it with `--nodes 3`',
    )
  if (checkpointOn !== undefined)
    throw new UsageError('`--record` and `--checkpoint-on` exclude each other', 'record a run from its beginning to its end')
  const onNode = options.durable !== undefined ? '--durable' : options.detach === true ? '--detach' : undefined
  if (onNode !== undefined || (nodes !== undefined && options.limit !== undefined))
    throw new UsageError(
      `\`--record\` is for programs whose home is here, and with \`${onNode ?? '--limit'}\` it is on a node`,
      `leave out \`${onNode ?? '--limit'}\``,
    )
}

async function here(
  program: Runnable,
  args: readonly string[],
  { raw = false, checkpointOn, json, deny = [], limit, audit, listen, record, last }: RunOptions,
): Promise<void> {
  const [{ runLocal }, { withCodeStore }, { conclude }] = await Promise.all([
    import('../../runtime/index.ts'),
    import('../code-cache.ts'),
    import('../outcome.ts'),
  ])
  const checkpoint = checkpointOn === undefined ? {} : { checkpoint: { ...checkpointOn, asked: () => hasArrived(checkpointOn.signal) } }
  const listening =
    listen === undefined ? {} : { listen: { addresses: (await import('../listen.ts')).listenAddresses(listen), notice: complain } }
  conclude(
    await withCodeStore(
      (store) =>
        runLocal(program, {
          store,
          raw,
          args,
          denied: deny,
          ...(limit === undefined ? {} : { limits: limit }),
          ...(audit === undefined ? {} : { audit }),
          ...checkpoint,
          ...listening,
          ...(record === undefined ? {} : { record }),
          ...(last === undefined ? {} : { last }),
        }),
      { watched: last !== undefined },
    ),
    json,
  )
}

/** How long nodes may take to stop when they are asked to. */
const STOP_WITHIN_MS = 5000
async function onCluster(program: Runnable, args: readonly string[], options: RunOptions): Promise<void> {
  const {
    nodes = 0,
    threads = false,
    cluster,
    clusterDir = cluster,
    roam,
    seed,
    balance,
    place = 'near',
    showMoves = false,
    deny = [],
    audit,
    listen,
    record,
  } = options
  const { startCluster } = await import('../../runtime/node/commands/cluster.ts')
  const { areTogether, showMove } = await import('../moves.ts')
  let asked: NodeJS.Signals | undefined
  const starting = new AbortController()
  let halt = (signal: NodeJS.Signals): void => {
    starting.abort(new Exit(signalled(signal)))
  }
  const stop = (signal: NodeJS.Signals): void => {
    if (asked !== undefined) process.exit(signalled(signal)) // asked twice
    asked = signal
    setTimeout(() => process.exit(signalled(signal)), STOP_WITHIN_MS).unref()
    halt(signal)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, stop) // to the end: what is left to do then is short, and undone it leaves something behind
  const started = await startCluster(program, {
    keyboard: process.stdin,
    screen: process.stdout,
    error: process.stderr,
    together: areTogether(),
    nodes,
    threads,
    args,
    denied: deny,
    ...(audit === undefined ? {} : { audit: resolve(audit) }),
    abort: starting.signal,
    warning: warn,
    ...(listen === undefined ? {} : { listen: { addresses: (await import('../listen.ts')).listenAddresses(listen), notice: complain } }),
    ...(process.stderr.isTTY || showMoves ? { notice: (text: string) => complain(err.dim(text)) } : {}),
    ...(showMoves ? { moved: showMove } : {}),
    ...(clusterDir === undefined ? {} : { clusterDir }),
    ...(record === undefined ? {} : { record }),
    ...(roam === undefined ? {} : { roam: roam / 1000 }),
    ...(seed === undefined ? {} : { seed }),
    ...(balance === 'off' ? { balance: false } : {}),
    ...(place === 'near' ? {} : { place }),
  })
  halt = () => void started.stop()
  const dashboard = options.ui === true ? await (await import('../dashboard.ts')).openDashboardOfRun(started.directory) : undefined
  const { exit, report } = await started.finished
  await dashboard?.close()
  process.stdin.destroy()
  if (report !== '') process.stderr.write(report)
  if (asked !== undefined) throw new Exit(signalled(asked))
  if (exit !== 0) throw new Exit(exit)
}
