/** What `godwit top` shows: lines of text, no wider and no more than the terminal has room for. */
import { duration, fittingColumns, out, size, width, type Column } from '../terminal.ts'
import type { MoveRow, NodeRow, ProgramRow, Rows } from './rates.ts'

export const SORTS = ['name', 'cpu', 'memory', 'processes', 'messages'] as const
export type Sort = (typeof SORTS)[number]

/** What the keys have chosen. */
export interface Choice {
  readonly sort: Sort
  readonly reversed: boolean
  /** Only this node, and only this program, by their names; absent: all. */
  readonly node?: string
  readonly program?: string
  readonly help: boolean
  readonly paused: boolean
}

export interface Room {
  readonly columns: number
  /** Absent: as many as it takes. */
  readonly rows?: number
}

const HELP = [
  'q        quit',
  's        sort by the next: name, cpu, memory, processes, messages',
  'r        turn the order round',
  'n        only the next node, then all again',
  'p        only the next program, then all again',
  'space    stop, and go on',
  'h or ?   this help',
]

/** @param title what stands in the first line: the cluster and the time */
export function screenOf(title: string, rows: Rows, choice: Choice, { columns, rows: height }: Room): string[] {
  const nodes = sorted(rows.nodes, choice).filter(({ name }) => choice.node === undefined || name === choice.node)
  const programs = sorted(rows.programs, choice).filter(
    ({ name, nodes: on }) =>
      (choice.program === undefined || name === choice.program) && (choice.node === undefined || on.includes(choice.node)),
  )
  const shown = new Set(programs.map(({ program }) => program))
  const moves = rows.moves.filter(
    ({ from, to, program }) => (choice.node === undefined || [from, to].includes(choice.node)) && shown.has(program),
  )
  const state = [
    `by ${choice.sort}${choice.reversed ? ', turned round' : ''}`,
    ...(choice.node === undefined ? [] : [`node ${choice.node}`]),
    ...(choice.program === undefined ? [] : [`program ${choice.program}`]),
    ...(choice.paused ? ['stopped'] : []),
  ].join(', ')
  const lines = [out.bold(cut(title, columns)), out.dim(cut(state, columns)), '']
  if (choice.help) return limited([...lines, ...HELP.map((line) => cut(line, columns))], height)
  const ofPrograms = programs.length === 0 ? [out.dim('no program is running')] : fittingColumns(PROGRAM_COLUMNS, programs, columns)
  const ofMoves = moves.length === 0 ? [] : ['', ...fittingColumns(MOVE_COLUMNS, moves.slice(0, 8), columns)]
  return limited([...lines, ...fittingColumns(NODE_COLUMNS, nodes, columns), '', ...ofPrograms, ...ofMoves], height)
}

/** @returns the screen for a pipe, which has no keys and all moves that are known */
export function pageOf(rows: Rows, columns: number): string {
  return screenOf('', rows, { sort: 'name', reversed: false, help: false, paused: false }, { columns }).slice(3).join('\n')
}

function limited(lines: string[], height = Infinity): string[] {
  return lines.length <= height
    ? lines
    : [...lines.slice(0, Math.max(1, height - 1)), out.dim(`and ${lines.length - height + 1} more lines`)]
}

function cut(text: string, columns: number): string {
  return width(text) <= columns ? text : `${text.slice(0, columns - 1)}…`
}

function sorted<R extends NodeRow | ProgramRow>(rows: readonly R[], { sort, reversed }: Choice): R[] {
  const key = (row: R): number => {
    switch (sort) {
      case 'name':
        return 0
      case 'cpu':
        return 'cpuPercent' in row ? row.cpuPercent : (row.states['ready'] ?? 0)
      case 'memory':
        return 'residentBytes' in row ? row.residentBytes : row.processes
      case 'processes':
        return row.processes
      case 'messages':
        return row.messagesPerSecond
    }
  }
  const order = [...rows].sort((a, b) => key(b) - key(a) || a.name.localeCompare(b.name, 'en', { numeric: true }))
  return reversed ? order.reverse() : order
}

/** Columns that a path takes at most; its end says more than its beginning. */
const PATH = 32
const ending = (path: string): string => (path.length <= PATH ? path : `…${path.slice(1 - PATH)}`)

const whole = (n: number): string => String(Math.round(n))

const NODE_COLUMNS: readonly Column<NodeRow>[] = [
  { title: 'NODE', cell: ({ name }) => name, keep: 10 },
  { title: 'STATE', cell: ({ state }) => (state === 'ready' ? state : out.yellow(state)), keep: 9 },
  { title: 'CPU %', cell: ({ cpuPercent }) => whole(cpuPercent), right: true, keep: 8 },
  { title: 'MEMORY', cell: ({ residentBytes }) => size(residentBytes), right: true, keep: 7 },
  { title: 'HEAP', cell: ({ heapBytes }) => size(heapBytes), right: true, keep: 1 },
  { title: 'PROCESSES', cell: ({ processes }) => String(processes), right: true, keep: 6 },
  { title: 'READY', cell: ({ ready }) => String(ready), right: true, keep: 4 },
  { title: 'LOAD', cell: ({ load }) => String(load), right: true, keep: 2 },
  { title: 'MESSAGES/S', cell: ({ messagesPerSecond }) => whole(messagesPerSecond), right: true, keep: 5 },
  { title: 'MOVES/S', cell: ({ movesPerSecond }) => whole(movesPerSecond), right: true, keep: 3 },
]

const PROGRAM_COLUMNS: readonly Column<ProgramRow>[] = [
  { title: 'PROGRAM', cell: ({ name }) => name, keep: 10 },
  { title: 'HOME', cell: ({ home }) => home, keep: 8 },
  { title: 'NODES', cell: ({ nodes }) => String(nodes.length), right: true, keep: 4 },
  { title: 'PROCESSES', cell: ({ processes }) => String(processes), right: true, keep: 9 },
  { title: 'READY', cell: ({ states }) => String(states['ready'] ?? 0), right: true, keep: 7 },
  {
    title: 'WAITING',
    cell: (row) => String(row.processes - (row.states['ready'] ?? 0) - (row.states['moving'] ?? 0)),
    right: true,
    keep: 5,
  },
  { title: 'MOVING', cell: ({ states }) => String(states['moving'] ?? 0), right: true, keep: 1 },
  { title: 'MESSAGES/S', cell: ({ messagesPerSecond }) => whole(messagesPerSecond), right: true, keep: 6 },
  {
    title: 'CUTS/S',
    cell: ({ cutsPerSecond, pauseMicros }) => (pauseMicros === undefined ? '' : cutsPerSecond.toFixed(1)),
    right: true,
    keep: 2,
  },
  { title: 'PAUSE', cell: ({ pauseMicros }) => (pauseMicros === undefined ? '' : duration(pauseMicros)), right: true, keep: 3 },
]

const MOVE_COLUMNS: readonly Column<MoveRow>[] = [
  { title: 'MOVED', cell: ({ process }) => ending(process), keep: 10 },
  { title: 'FROM', cell: ({ from }) => from, keep: 8 },
  { title: 'TO', cell: ({ to }) => to, keep: 9 },
  { title: 'STATE', cell: ({ bytes }) => size(bytes), right: true, keep: 2 },
  { title: 'PAUSE', cell: ({ pauseMicros }) => duration(pauseMicros), right: true, keep: 5 },
]
