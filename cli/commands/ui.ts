/** `godwit ui` */
import { once } from 'node:events'
import type { Dashboard } from '../../runtime/dashboard/server.ts'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import { requireClusterDirectory } from '../cluster.ts'
import { openDashboard, openRunPage } from '../dashboard.ts'
import type { ClusterDashboard } from '../dashboard.ts'
import { UsageError } from '../errors.ts'

export interface UiOptions {
  readonly cluster?: string
  /** The text of a recorded program, when it is elsewhere now. */
  readonly source?: string
  readonly host: string
  readonly port: number
  readonly tokenFile?: string
  readonly readOnly?: boolean
}

/**
 * Serves a page until a signal ends it, or the store of the cluster fails.
 * @param file a recording or a schedule; absent: the page is that of a cluster
 * @throws UsageError when neither is named
 */
export async function ui(file: string | undefined, options: UiOptions): Promise<void> {
  await untilEnded(() => (file === undefined ? ofCluster(options) : ofRun(file, options)))
}

/** Serves a page until a signal ends that, or there is nothing to show any more. @param open opens it */
export async function untilEnded(open: () => Promise<Pick<ClusterDashboard, 'close'> & Partial<ClusterDashboard>>): Promise<void> {
  const ended = Promise.race(ENDING_SIGNALS.map((signal) => once(process, signal))) // before anybody is told where the page is
  const { failure = ended, close } = await open()
  try {
    await Promise.race([ended, failure])
  } finally {
    await close()
  }
}

async function ofCluster({ cluster, ...options }: UiOptions): Promise<ClusterDashboard> {
  if (cluster === undefined)
    throw new UsageError(
      'there is nothing to show',
      'name a cluster with `--cluster DIR`, or a recording, or a schedule that `check --save` has written',
    )
  requireClusterDirectory(cluster)
  return openDashboard({ ...options, cluster })
}

async function ofRun(file: string, { host, port, source }: UiOptions): Promise<Dashboard> {
  const { openRun } = await import('../run-page.ts')
  return openRunPage(await openRun(file, source), file, { host, port })
}
