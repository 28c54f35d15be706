/** `godwit ui` */
import { once } from 'node:events'
import { ENDING_SIGNALS } from '../../runtime/run/ending-signals.ts'
import { requireClusterDirectory } from '../cluster.ts'
import { openDashboard } from '../dashboard.ts'

export interface UiOptions {
  readonly cluster: string
  readonly host: string
  readonly port: number
  readonly tokenFile?: string
  readonly readOnly?: boolean
}

/** Serves the page of a cluster until a signal ends it. */
export async function ui(options: UiOptions): Promise<void> {
  requireClusterDirectory(options.cluster)
  const ended = Promise.race(ENDING_SIGNALS.map((signal) => once(process, signal)))
  const dashboard = await openDashboard(options)
  await ended
  await dashboard.close()
}
