/** What to say of processes that are gone with the node they were on. */
import type { LossReport, LostProcess } from './report.ts'

/** @returns what to say of processes that a vanished node took along */
export function lossReport(lost: readonly LostProcess[]): LossReport {
  const nodes = [...new Set(lost.map(({ node }) => node))].sort()
  const where = nodes.length === 1 ? `node ${nodes.join('')} vanished` : `nodes ${nodes.join(', ')} vanished`
  return {
    kind: 'loss',
    code: 'R0408',
    title: `${where}: ${lost.length === 1 ? 'a process was lost' : `${lost.length} processes were lost`}`,
    processes: lost,
    help: ['drain a node before it is stopped'],
  }
}
