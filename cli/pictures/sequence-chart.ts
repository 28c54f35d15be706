/** Draws a story as a sequence chart: a line down for each process, an arrow for each communication. */
import type { Actor, Happening } from '../../runtime/explore/execution.ts'
import { spellValue } from '../../runtime/report/value.ts'
import { spellKey } from '../story.ts'
import { duration } from '../terminal.ts'
import { escapeXml, svgDocument } from './svg.ts'

const COLUMN = 180
const ROW = 40
const TOP = 70
const LEFT = 110

/** @returns an SVG picture */
export function chartOf(title: string, story: readonly Happening[]): string {
  const columns = columnsOf(story)
  const x = (path: string): number => LEFT + columns.indexOf(path) * COLUMN
  const width = LEFT + Math.max(columns.length, 1) * COLUMN
  const height = TOP + (story.length + 1) * ROW
  const lines = columns.flatMap((path) => [
    `<text class="process" x="${x(path)}" y="${TOP - 20}">${escapeXml(path)}</text>`,
    `<line class="life" x1="${x(path)}" y1="${TOP - 10}" x2="${x(path)}" y2="${height - 20}"/>`,
  ])
  const rows = story.map((happening, i) => drawn(happening, i, TOP + (i + 0.5) * ROW, x, width))
  return svgDocument({ title, width, height, style: STYLE, body: [...lines, ...rows] })
}

const STYLE = `  text { text-anchor: middle }
  .process { font-weight: 600 }
  .number { text-anchor: start; fill: var(--quiet) }
  .life { stroke: var(--faint); stroke-dasharray: 3 3 }
  .arrow { stroke: var(--line); marker-end: url(#head) }
  .all { stroke: var(--line); stroke-width: 2 }
  circle { fill: var(--accent) }`

function columnsOf(story: readonly Happening[]): string[] {
  const found = new Set<string>()
  for (const happening of story) for (const { path } of actorsOf(happening)) found.add(path)
  return [...found].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

function actorsOf(happening: Happening): readonly Actor[] {
  switch (happening.kind) {
    case 'communicate':
      return [happening.writer, happening.reader]
    case 'meet':
      return happening.processes
    case 'tick':
      return []
    case 'show':
    case 'type':
    case 'give':
    case 'get':
    case 'choose':
    case 'wake':
    case 'claim':
      return [happening.process]
  }
}

function drawn(happening: Happening, i: number, y: number, x: (path: string) => number, width: number): string {
  const number = `<text class="number" x="8" y="${y + 4}">${i + 1}</text>`
  const note = (path: string, text: string): string =>
    `${number}<circle cx="${x(path)}" cy="${y}" r="4"/><text x="${x(path)}" y="${y - 8}">${escapeXml(text)}</text>`
  switch (happening.kind) {
    case 'communicate': {
      const [from, to] = [x(happening.writer.path), x(happening.reader.path)]
      const text = `${happening.channel}: ${spellValue(happening.value)}`
      return `${number}<line class="arrow" x1="${from}" y1="${y}" x2="${to}" y2="${y}"/><text x="${(from + to) / 2}" y="${y - 6}">${escapeXml(text)}</text>`
    }
    case 'show':
      return note(happening.process.path, `${happening.end}: ${spellValue(happening.value)}`)
    case 'give':
    case 'get':
      return note(happening.process.path, `${happening.channel} ${happening.kind === 'give' ? '?' : '!'} ${spellValue(happening.value)}`)
    case 'type':
      return note(happening.process.path, `key ${spellKey(happening.key)}`)
    case 'choose':
      return note(happening.process.path, happening.isTime ? 'time-out' : 'SKIP')
    case 'wake':
      return note(happening.process.path, 'its time has come')
    case 'claim':
      return note(happening.process.path, 'CLAIM')
    case 'tick':
      return `${number}<text x="${width / 2}" y="${y + 4}">${duration(happening.microseconds)} pass</text>`
    case 'meet': {
      const at = happening.processes.map(({ path }) => x(path)).sort((a, b) => a - b)
      return `${number}<line class="all" x1="${at[0] ?? 0}" y1="${y}" x2="${at.at(-1) ?? 0}" y2="${y}"/><text x="${at[0] ?? 0}" y="${y - 6}">SYNC</text>`
    }
  }
}
