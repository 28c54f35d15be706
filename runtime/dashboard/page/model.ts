/** What the page knows of the cluster, now and for a while back. Snapshots share what has not changed between them. */
import { OBSERVED_STATES } from '../../node/wire/observations.ts'
import type { NodeMeasures, ProcessGroup, RecordedMove, Wiring } from '../../node/wire/observations.ts'
import { unpackNumbers } from '../../node/wire/packed-numbers.ts'
import type { ProgramStatus } from '../../node/wire/statuses.ts'
import type { FromServer } from '../talk.ts'

/** Processes of one path, which differ in their subscripts; or one process. */
export interface Group {
  readonly program: string
  readonly path: string
  readonly indices: readonly number[] | undefined
  /** Numbers of states. */
  readonly states: Uint8Array
}

export interface NodeView {
  readonly name: string
  readonly measures: NodeMeasures | undefined
  readonly before: NodeMeasures | undefined
  readonly groups: ReadonlyMap<string, Group>
  /** Milliseconds since when nothing is known of it; undefined while it answers. */
  readonly goneSince: number | undefined
}

export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly nodes: readonly NodeView[]
  readonly programs: readonly ProgramStatus[]
  readonly wiring: readonly Wiring[]
  /** Nodes that cannot reach each other. */
  readonly severed: readonly Severed[]
}

/** Two nodes by their names, the first one in the order of letters first. */
export type Severed = readonly [a: string, b: string]

export interface Move extends RecordedMove {
  readonly from: string
}

/** A node that has gone is shown for so long. */
const REMEMBERED_MS = 60_000
/** Snapshots that can be gone back to, and bytes of states in them. */
const MOST_SNAPSHOTS = 600
const MOST_BYTES = 64 << 20

export class Model {
  private readonly nodes = new Map<string, NodeView>()
  private programs: readonly ProgramStatus[] = []
  private wiring: readonly Wiring[] = []
  /** What the nodes say, and what is known for certain by whoever has cut the cables. */
  private severed: readonly Severed[] = []
  private cables: readonly Severed[] = []
  readonly snapshots: Snapshot[] = []
  readonly moves: Move[] = []
  private readonly lastMove = new Map<string, number>()
  private bytes = 0

  /** @returns the moves that were not known before */
  hear(message: FromServer): readonly Move[] {
    switch (message.kind) {
      case 'numbers':
        return this.numbers(message)
      case 'processes': {
        const groups = new Map(this.nodeOf(message.node).groups)
        for (const [program, path] of message.gone) groups.delete(`${program} ${path}`)
        for (const group of message.changed) {
          const decoded = decode(group, groups.get(keyOf(group)))
          this.bytes += decoded.states.length
          groups.set(keyOf(group), decoded)
        }
        this.nodes.set(message.node, { ...this.nodeOf(message.node), groups, goneSince: undefined })
        break
      }
      case 'gone': {
        const known = this.nodeOf(message.node)
        this.nodes.set(message.node, { ...known, groups: new Map(), goneSince: known.goneSince ?? Date.now() })
        break
      }
      case 'wiring':
        this.wiring = message.wiring
        break
      case 'hello':
        this.nodes.clear()
        break
      case 'step':
      case 'allowed':
      case 'trouble':
      case 'answer':
        return []
    }
    this.record()
    return []
  }

  get now(): Snapshot {
    return this.snapshots.at(-1) ?? { at: Date.now(), nodes: [], programs: [], wiring: [], severed: [] }
  }

  /** Whoever cuts cables tells which ones are cut now. */
  cut(cables: readonly Severed[]): void {
    this.cables = cables.map(([a, b]) => pairOf(a, b))
    this.record()
  }

  private nodeOf(name: string): NodeView {
    return this.nodes.get(name) ?? { name, measures: undefined, before: undefined, groups: new Map(), goneSince: undefined }
  }

  private numbers({ nodes, programs, at }: Extract<FromServer, { kind: 'numbers' }>): Move[] {
    this.programs = programs
    const silent = nodes.flatMap(({ name, silent: others = [] }) => others.map((other) => pairOf(name, other)))
    this.severed = unlike(silent.filter((pair) => pair.every((name) => nodes.some((each) => each.name === name))))
    const fresh: Move[] = []
    for (const measures of nodes) {
      const known = this.nodeOf(measures.name)
      this.nodes.set(measures.name, { ...known, measures, before: known.measures, goneSince: undefined })
      const last = this.lastMove.get(`${measures.name} ${measures.pid}`)
      for (const move of measures.moves) {
        if (last !== undefined && move.number <= last && move.at <= (this.moves[0]?.at ?? 0)) continue
        const made = { ...move, from: measures.name }
        if (!this.moves.some((each) => each.at === made.at && each.process === made.process)) {
          this.moves.unshift(made)
          if (last !== undefined) fresh.push(made)
        }
      }
      this.lastMove.set(`${measures.name} ${measures.pid}`, measures.moves.at(-1)?.number ?? last ?? 0)
    }
    for (const [name, view] of this.nodes) {
      if (nodes.some((each) => each.name === name)) continue
      const goneSince = view.goneSince ?? at
      if (at - goneSince > REMEMBERED_MS) this.nodes.delete(name)
      else this.nodes.set(name, { ...view, groups: new Map(), goneSince })
    }
    this.moves.sort((a, b) => b.at - a.at)
    this.moves.length = Math.min(this.moves.length, 500)
    this.record()
    return fresh
  }

  private record(): void {
    const nodes = [...this.nodes.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    const severed = this.cables.length === 0 ? this.severed : unlike([...this.cables, ...this.severed])
    this.snapshots.push({ at: Date.now(), nodes, programs: this.programs, wiring: this.wiring, severed })
    while (this.snapshots.length > MOST_SNAPSHOTS || (this.bytes > MOST_BYTES && this.snapshots.length > 1)) {
      const [first, second] = [this.snapshots.shift(), this.snapshots[0]]
      if (first !== undefined && second !== undefined) this.bytes -= onlyIn(first, second)
    }
  }
}

const pairOf = (a: string, b: string): Severed => (a < b ? [a, b] : [b, a])

/** @returns each pair once */
function unlike(pairs: readonly Severed[]): readonly Severed[] {
  return pairs.filter(([a, b], i) => pairs.findIndex(([c, d]) => a === c && b === d) === i)
}

const keyOf = ({ program, path }: Pick<ProcessGroup, 'program' | 'path'>): string => `${program} ${path}`

/** @returns bytes of states that the first has and the second has not */
function onlyIn(first: Snapshot, second: Snapshot): number {
  const kept = new Set(second.nodes.flatMap(({ groups }) => [...groups.values()]))
  return first.nodes
    .flatMap(({ groups }) => [...groups.values()])
    .reduce((sum, group) => (kept.has(group) ? sum : sum + group.states.length), 0)
}

function decode({ program, path, indices, states }: ProcessGroup, before: Group | undefined): Group {
  const numbers = indices === undefined ? undefined : unpackNumbers(fromBase64(indices))
  const same = before?.indices !== undefined && numbers !== undefined && equal(before.indices, numbers)
  return { program, path, indices: same ? before.indices : numbers, states: fromBase64(states) }
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i])
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

export const wordOf = (state: number): string => OBSERVED_STATES[state] ?? 'moving'

/** The few kinds of states that have colours. */
export const KINDS = ['ready', 'output', 'input', 'waiting', 'moving'] as const
export type Kind = (typeof KINDS)[number]
const kindOfState: readonly Kind[] = OBSERVED_STATES.map((word): Kind => {
  if (word === 'ready' || word === 'output' || word === 'moving') return word
  return word === 'input' || word === 'alt' ? 'input' : 'waiting'
})
export const kindOf = (state: number): Kind => kindOfState[state] ?? 'moving'

/** A process, wherever it is. */
export interface Chosen {
  readonly program: string
  readonly path: string
}

/** @returns the path of a member of a group */
export const pathOf = ({ path, indices }: Group, i: number): string => (indices === undefined ? path : `${path}[${indices[i] ?? ''}]`)

/** @returns where a process is and in which state */
export function find(snapshot: Snapshot, { program, path }: Chosen): { readonly node: string; readonly state: number } | undefined {
  const [, stem = path, index] = /^(.*)\[(-?\d+)\]$/s.exec(path) ?? []
  for (const { name, groups } of snapshot.nodes) {
    const single = groups.get(`${program} ${path}`)
    if (single?.indices === undefined && single !== undefined) return { node: name, state: single.states[0] ?? 0 }
    const at = index === undefined ? -1 : (groups.get(`${program} ${stem}`)?.indices?.indexOf(Number(index)) ?? -1)
    if (at >= 0) return { node: name, state: groups.get(`${program} ${stem}`)?.states[at] ?? 0 }
  }
  return undefined
}

/** @returns processes whose paths contain a text, and how many there are in all */
export function search(
  snapshot: Snapshot,
  text: string,
  most: number,
): { readonly found: readonly (Chosen & { readonly node: string })[]; readonly all: number } {
  const found: (Chosen & { node: string })[] = []
  let all = 0
  const wanted = text.toLowerCase()
  for (const { name, groups } of snapshot.nodes)
    for (const group of groups.values()) {
      const stem = group.path.toLowerCase()
      for (let i = 0; i < group.states.length; i++) {
        const path = pathOf(group, i)
        if (!stem.includes(wanted) && !path.toLowerCase().includes(wanted)) continue
        all++
        if (found.length < most) found.push({ program: group.program, path, node: name })
      }
    }
  return { found, all }
}
