/** What to say of processes that are gone with the node they were on. */
import type { LossReport, LostProcess } from './report.ts'

/** @returns what to say of processes that a vanished node took along */
export function lossReport(told: readonly LostProcess[]): LossReport {
  const lost = [...new Map(told.map((process) => [JSON.stringify(process), process])).values()] // a parent is told of for each of its branches
  const nodes = [...new Set(lost.map(({ node }) => node))].sort()
  const paths = new Set(lost.map(({ path }) => path))
  if (nodes.length === 0)
    return { kind: 'loss', code: 'R0408', title: 'every node has gone', processes: [], help: ['drain a node before it is stopped'] }
  const where = nodes.length === 1 ? `node ${nodes.join('')} vanished` : `nodes ${nodes.join(', ')} vanished`
  return {
    kind: 'loss',
    code: 'R0408',
    title: `${where}: ${paths.size === 1 ? 'a process was lost' : `${paths.size} processes were lost`}`,
    processes: lost,
    help: ['drain a node before it is stopped'],
  }
}
