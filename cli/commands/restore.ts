/** `godwit restore` */
import type { Deniable } from '../../runtime/host/home-services.ts'
import { restoreLocal } from '../../runtime/index.ts'
import { withCodeStore } from '../code-cache.ts'
import { hasArrived } from '../early-signals.ts'
import { requireFile } from '../load-program.ts'
import type { CheckpointRequest } from '../option-values.ts'
import { conclude } from '../outcome.ts'

export interface RestoreOptions {
  readonly raw?: boolean
  readonly checkpointOn?: CheckpointRequest
  readonly deny?: readonly Deniable[]
}

/** Carries on a program from the file that `--checkpoint-on` wrote. */
export async function restore(file: string, { raw = false, checkpointOn, deny = [] }: RestoreOptions): Promise<void> {
  requireFile(file, 'give a file that `godwit run --checkpoint-on SIGUSR1=FILE` has written')
  const checkpoint = checkpointOn === undefined ? {} : { checkpoint: { ...checkpointOn, asked: () => hasArrived(checkpointOn.signal) } }
  conclude(await withCodeStore((store) => restoreLocal(file, { store, raw, denied: deny, ...checkpoint })))
}
