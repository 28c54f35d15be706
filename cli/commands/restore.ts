/** `godwit restore` */
import { restoreLocal } from '../../runtime/index.ts'
import { withCodeStore } from '../code-cache.ts'
import { hasArrived } from '../early-signals.ts'
import { requireFile } from '../load-program.ts'
import { conclude } from '../outcome.ts'
import type { RunOptions } from '../run-options.ts'
import { requireSense } from './run.ts'

/**
 * Carries on a program from a file that `--checkpoint-on` or `godwit checkpoint` has written: where it is told to, or else where it was: in this OS
 * process, or on a node of its own.
 */
export async function restore(file: string, options: RunOptions): Promise<void> {
  requireFile(file, 'give a file that `godwit run --checkpoint-on SIGUSR1=FILE` or `godwit checkpoint PROGRAM FILE` has written')
  requireSense(options)
  const { raw = false, checkpointOn, deny = [], limit, audit, nodes, cluster } = options
  const { decodeCheckpoint, isCheckpointOfNodes, readCheckpointBytes } = await import('../../runtime/run/checkpoint.ts')
  const distributed = nodes !== undefined || cluster !== undefined
  if (!distributed && !isCheckpointOfNodes(file)) {
    const order = checkpointOn === undefined ? {} : { checkpoint: { ...checkpointOn, asked: () => hasArrived(checkpointOn.signal) } }
    const limits = limit === undefined ? {} : { limits: limit }
    const audited = audit === undefined ? {} : { audit }
    conclude(await withCodeStore((store) => restoreLocal(file, { store, raw, denied: deny, ...limits, ...audited, ...order })))
    return
  }
  const { howToRun, onNodes, surroundings } = await import('./submit.ts')
  const where = distributed ? options : { ...options, nodes: 1 }
  const bytes = readCheckpointBytes(file)
  const { home, program } = decodeCheckpoint(bytes, file) // what is wrong with the file is said before anything is started
  const order = { ...howToRun(where), ...surroundings(program.units) }
  await onNodes((programs) => programs.restore(bytes, home.source, order), where)
}
