/** From counters of nodes at two times to what happens in a second. */
import type { NodeMeasures, ProgramStatus, RecordedMove } from '../../runtime/node/commands/client.ts'

/** What a cluster was like at one time. */
export interface Sample {
  /** Milliseconds. */
  readonly at: number
  readonly nodes: readonly NodeMeasures[]
  readonly programs: readonly ProgramStatus[]
}

export interface NodeRow {
  readonly name: string
  readonly state: string
  /** Of one core. */
  readonly cpuPercent: number
  readonly residentBytes: number
  readonly heapBytes: number
  readonly processes: number
  readonly ready: number
  readonly load: number
  readonly messagesPerSecond: number
  readonly movesPerSecond: number
}

export interface ProgramRow {
  readonly program: string
  readonly name: string
  readonly home: string
  readonly state: string
  readonly nodes: readonly string[]
  readonly processes: number
  /** How many processes are in each state. */
  readonly states: Readonly<Record<string, number>>
  readonly messagesPerSecond: number
  readonly cutsPerSecond: number
  /** The longest of the last pauses for a cut on any node; undefined when there was no cut. */
  readonly pauseMicros: number | undefined
}

export interface MoveRow extends RecordedMove {
  readonly from: string
}

export interface Rows {
  readonly nodes: readonly NodeRow[]
  readonly programs: readonly ProgramRow[]
  /** The last first. */
  readonly moves: readonly MoveRow[]
}

/** @param before an earlier sample; absent: everything since the nodes began */
export function rowsOf(now: Sample, before: Sample | undefined): Rows {
  const programs = now.programs.filter(({ state }) => state === 'running')
  return {
    nodes: now.nodes.map((node) => nodeRow(node, now, before)),
    programs: programs.map((program) => programRow(program, now, before)),
    moves: now.nodes.flatMap(({ name, moves }) => moves.map((move) => ({ ...move, from: name }))).sort((a, b) => b.at - a.at),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const countOf = (states: Readonly<Partial<Record<string, number>>>): number => sum(Object.values(states).map((count) => count ?? 0))
const messagesOf = ({ programs }: NodeMeasures): number => sum(programs.map(({ sent, received }) => sent + received))

/** @returns how much a counter has grown in a second; one that has become less was begun anew */
function rate(now: number, before: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.max(0, now - before) / seconds
}

function nodeRow(node: NodeMeasures, now: Sample, earlier: Sample | undefined): NodeRow {
  const before = earlier?.nodes.find(({ name, pid }) => name === node.name && pid === node.pid)
  const seconds = before === undefined || earlier === undefined ? node.uptimeSeconds : (now.at - earlier.at) / 1000
  return {
    name: node.name,
    state: stateOf(node),
    cpuPercent: 100 * rate(node.cpuSeconds, before?.cpuSeconds ?? 0, seconds),
    residentBytes: node.residentBytes,
    heapBytes: node.heapBytes,
    processes: sum(node.programs.map(({ states }) => countOf(states))),
    ready: sum(node.programs.map(({ states }) => states.ready ?? 0)),
    load: node.load,
    messagesPerSecond: rate(messagesOf(node), before === undefined ? 0 : messagesOf(before), seconds),
    movesPerSecond: rate(node.arrivals + node.departures, before === undefined ? 0 : before.arrivals + before.departures, seconds),
  }
}

function programRow({ program, name, home, state }: ProgramStatus, now: Sample, earlier: Sample | undefined): ProgramRow {
  const of = (sample: Sample | undefined) =>
    (sample?.nodes ?? []).flatMap((node) =>
      node.programs.filter((each) => each.program === program).map((each) => ({ ...each, node: node.name })),
    )
  const [here, before] = [of(now), of(earlier)]
  const seconds = earlier === undefined ? Infinity : (now.at - earlier.at) / 1000
  const states: Record<string, number> = {}
  for (const each of here) for (const [word, count] of Object.entries(each.states)) states[word] = (states[word] ?? 0) + count
  type Here = (typeof here)[number]
  const grownHere = (each: Here, count: (each: Here) => number): number => {
    const then = before.find(({ node }) => node === each.node)
    return then === undefined ? 0 : rate(count(each), count(then), seconds)
  }
  const grown = (count: (each: Here) => number): number => sum(here.map((each) => grownHere(each, count)))
  const pauses = here.filter(({ cuts }) => cuts > 0).map(({ lastCutPauseMicros }) => lastCutPauseMicros)
  return {
    program,
    name,
    home,
    state,
    nodes: here.filter((each) => countOf(each.states) > 0).map(({ node }) => node),
    processes: countOf(states),
    states,
    messagesPerSecond: grown(({ sent, received }) => sent + received),
    cutsPerSecond: here.reduce(
      (most, each) =>
        Math.max(
          most,
          grownHere(each, ({ cuts }) => cuts),
        ),
      0,
    ),
    pauseMicros: pauses.length === 0 ? undefined : pauses.reduce((most, each) => Math.max(most, each), 0),
  }
}

function stateOf({ leaving, cordoned, ready, store }: NodeMeasures): string {
  if (leaving) return 'leaving'
  if (cordoned) return 'cordoned'
  return ready ? 'ready' : store.answers ? 'waits' : 'no store'
}
