/** The numbers of a node as metrics: what each is called, what it counts and in which unit. One list serves Prometheus and OTLP. */
import type { NodeMeasures, ProgramMeasures } from '../wire/observations.ts'

/** As UCUM writes units; `1` for what is only counted. */
export type Unit = 's' | 'By' | '1'

export interface Point {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metric {
  /** Words with dots between them, without a unit: `node.cpu`. */
  readonly name: string
  /** A counter grows for as long as the node lives. */
  readonly kind: 'counter' | 'gauge'
  readonly unit: Unit
  /** One sentence without a full stop. */
  readonly help: string
  readonly points: readonly Point[]
}

interface Row<Of> {
  readonly name: string
  readonly kind: Metric['kind']
  readonly unit: Unit
  readonly help: string
  readonly value: (of: Of) => number
}

const gauge = <Of>(name: string, unit: Unit, help: string, value: (of: Of) => number): Row<Of> => ({
  name,
  kind: 'gauge',
  unit,
  help,
  value,
})
const counter = <Of>(name: string, unit: Unit, help: string, value: (of: Of) => number): Row<Of> => ({
  name,
  kind: 'counter',
  unit,
  help,
  value,
})
const flag = (is: boolean): number => (is ? 1 : 0)

const OF_NODES: readonly Row<NodeMeasures>[] = [
  gauge('node.ready', '1', 'Whether the node takes work: 1 or 0, as /ready tells', ({ ready }) => flag(ready)),
  gauge('node.leaving', '1', 'Whether the node is moving what it has elsewhere, to leave', ({ leaving }) => flag(leaving)),
  gauge('node.cordoned', '1', 'Whether the node takes nothing new', ({ cordoned }) => flag(cordoned)),
  gauge('cluster.nodes', '1', 'Nodes of the cluster, as far as this node knows', ({ nodes }) => nodes),
  gauge('store.answers', '1', 'Whether the store of the cluster answers: 1 or 0', ({ store }) => flag(store.answers)),
  gauge('store.silence', 's', 'Time since the store has answered for the last time', ({ store }) => store.silentMs / 1000),
  gauge(
    'node.silent_nodes',
    '1',
    'Nodes that have not answered for a while, though something waits for them',
    ({ silent = [] }) => silent.length,
  ),
  counter('node.cpu', 's', 'Processor time that the node has used', ({ cpuSeconds }) => cpuSeconds),
  gauge('node.uptime', 's', 'Time since the node began', ({ uptimeSeconds }) => uptimeSeconds),
  gauge('node.resident_memory', 'By', 'Memory of the OS process of the node', ({ residentBytes }) => residentBytes),
  gauge('node.heap', 'By', 'Memory in use in the heap of the JavaScript engine', ({ heapBytes }) => heapBytes),
  gauge('node.computing_processes', '1', 'Processes that compute without waiting, as the balancer counts them', ({ load }) => load),
  counter('node.arrivals', '1', 'Processes that have come from other nodes', ({ arrivals }) => arrivals),
  counter('node.departures', '1', 'Processes that have gone to other nodes', ({ departures }) => departures),
]

const OF_PROGRAMS: readonly Row<ProgramMeasures>[] = [
  counter('program.messages_sent', '1', 'Messages of the program to other nodes', ({ sent }) => sent),
  counter('program.messages_received', '1', 'Messages of the program from other nodes', ({ received }) => received),
  counter('program.cuts', '1', 'Cuts of the durable program that were taken here', ({ cuts }) => cuts),
  counter('program.cut_pause', 's', 'Time for which the program stood still here for cuts', ({ cutPauseMicros }) => cutPauseMicros / 1e6),
  gauge(
    'program.last_cut_pause',
    's',
    'Time for which it stood still for the last cut',
    ({ lastCutPauseMicros }) => lastCutPauseMicros / 1e6,
  ),
]

/** @returns the metrics of a node; those of programs only where it has some */
export function metricsOf(node: NodeMeasures): readonly Metric[] {
  const labels = { node: node.name }
  const processes = node.programs.flatMap(({ name, states }) =>
    Object.entries(states).map(([state, value]): Point => ({ labels: { ...labels, program: name, state }, value })),
  )
  const all: readonly Metric[] = [
    {
      name: 'node.info',
      kind: 'gauge',
      unit: '1',
      help: 'Where the node runs; always 1',
      points: [{ labels: { ...labels, host: node.host, pid: String(node.pid) }, value: 1 }],
    },
    ...OF_NODES.map(({ value, ...row }): Metric => ({ ...row, points: [{ labels, value: value(node) }] })),
    {
      name: 'program.processes',
      kind: 'gauge',
      unit: '1',
      help: 'Processes of the program here, by what they wait for',
      points: processes,
    },
    ...OF_PROGRAMS.map(({ value, ...row }): Metric => ({
      ...row,
      points: node.programs.map((program) => ({ labels: { ...labels, program: program.name }, value: value(program) })),
    })),
  ]
  return all.filter(({ points }) => points.length > 0)
}
