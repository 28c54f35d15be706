/** `godwit restore` */
import type { Deniable } from '../../runtime/host/home-services.ts'
import { CodeStore, restoreLocal } from '../../runtime/index.ts'
import { hasArrived } from '../early-signals.ts'
import { requireFile } from '../load-program.ts'
import type { CheckpointRequest } from '../option-values.ts'
import { conclude } from '../outcome.ts'
import { codeDirectory } from '../program-cache.ts'

export interface RestoreOptions {
  readonly raw?: boolean
  readonly checkpointOn?: CheckpointRequest
  readonly deny?: readonly Deniable[]
}

/** Carries on a program from the file that `--checkpoint-on` wrote. */
export async function restore(file: string, { raw = false, checkpointOn, deny = [] }: RestoreOptions): Promise<void> {
  requireFile(file, 'give a file that `godwit run --checkpoint-on SIGUSR1=FILE` has written')
  const store = new CodeStore(codeDirectory())
  const checkpoint = checkpointOn === undefined ? {} : { checkpoint: { ...checkpointOn, asked: () => hasArrived(checkpointOn.signal) } }
  conclude(await restoreLocal(file, { store, raw, denied: deny, ...checkpoint }))
}
