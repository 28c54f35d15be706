/** What a node tells whoever runs it: as text for people, or as lines of JSON for machines. */
import type { NodeEnd, Notice } from '../runtime/node/commands/cluster.ts'
import type { Holding, LeaveEvents } from '../runtime/node/commands/leave.ts'
import { spellCluster, spellEngine } from '../runtime/node/cluster-address.ts'
import { complain, count, err, warn } from './terminal.ts'

export interface NodeLog extends Required<LeaveEvents> {
  readonly notice: Notice
  /** Something is odd and does no harm. */
  readonly warning: Notice
  /** It is a member of the cluster. */
  begun(): void
  /** It was told to stop, and moves what it has. */
  leaving(held: readonly Holding[]): void
  ended(end: NodeEnd): void
}

/** Lines or names of a list that are shown. */
const SHOWN = 5

/** @param name of the node, and the engine that its cluster meets through */
export function textLog(name: string, engine: string): NodeLog {
  return {
    notice: (text) => {
      complain(err.dim(text))
    },
    warning: (text) => {
      warn(text)
    },
    begun: () => {
      complain(`node ${err.bold(name)} is in ${spellCluster(engine)}; Ctrl-C moves what it has to the others and stops it`)
    },
    leaving: (held) => {
      complain(`node ${name} moves ${amount(held)} to the other nodes; a second signal stops it at once`)
    },
    alone: (left) => {
      complain(
        `${err.bold(err.yellow('alone'))}: node ${name} is the only one; if it stopped now, ${amount(left)} would be lost: ${list(left)}`,
      )
      complain(`  ${err.cyan('=')} to keep them, start another node: godwit node --engine ${spellEngine(engine)} --name NAME`)
      complain(`  ${err.cyan('=')} to lose them, send a second signal or press Ctrl-C again`)
    },
    stayed: (results) => {
      for (const { process: path, error } of results.slice(0, SHOWN)) complain(`${path} stays: ${error?.message ?? ''}`)
      if (results.length > SHOWN) complain(`and ${results.length - SHOWN} more`)
      complain(`  ${err.cyan('=')} it is tried again and again; a second signal stops the node at once`)
    },
    ended: ({ report }) => {
      process.stderr.write(report)
    },
  }
}

/**
 * Lines of JSON on standard error: `time` (ISO 8601), `level`, `node`, `program` where one is concerned, `message`, and `fields`.
 * @param node its name
 */
export function jsonLog(node: string, engine: string): NodeLog {
  const log =
    (level: 'info' | 'warning' | 'error'): Notice =>
    (message, { program, fields = {} } = {}) => {
      const time = new Date().toISOString()
      complain(JSON.stringify({ time, level, node, ...(program === undefined ? {} : { program }), message, fields }))
    }
  const [notice, warning, failure] = [log('info'), log('warning'), log('error')]
  return {
    notice,
    warning,
    begun: () => {
      notice('the node is a member of the cluster', { fields: { cluster: spellCluster(engine), pid: process.pid } })
    },
    leaving: (held) => {
      const processes = held.reduce((n, each) => n + each.processes, 0)
      notice('the node moves what it has to the other nodes', { fields: { processes, programs: held.length } })
    },
    alone: (left) => {
      for (const { source, processes } of left)
        warning('there is no other node; what is here would be lost', { program: source, fields: { processes } })
    },
    stayed: (results) => {
      for (const { process: path, to, error } of results)
        warning(`a process stays: ${error?.message ?? ''}`, { fields: { process: path, to, code: error?.code ?? '' } })
    },
    ended: ({ exit, report, error }) => {
      if (error !== undefined) failure(error.message, { fields: { code: error.code, help: error.help } })
      else if (exit === 0) notice('the node has left the cluster')
      else failure(report.trimEnd())
    },
  }
}

/** @returns `3 processes of 1 program` */
function amount(held: readonly Holding[]): string {
  const processes = held.reduce((n, each) => n + each.processes, 0)
  return `${count(processes, 'process', 'processes')} of ${count(held.length, 'program')}`
}

/** @returns `ring.csp (5 processes), sieve.csp (1 process)` */
function list(held: readonly Holding[]): string {
  const shown = held.slice(0, SHOWN).map(({ source, processes }) => `${source} (${count(processes, 'process', 'processes')})`)
  return [...shown, ...(held.length > SHOWN ? [`${held.length - SHOWN} more`] : [])].join(', ')
}
