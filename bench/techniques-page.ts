/**
 * The figures of `docs/measurements.md` and its pictures, from a run: `npm run bench -- techniques --json RUN.json`, then
 * `npm run bench -- --page RUN.json`.
 */
import { tableOf, writeFigures, writePicture } from './figures.ts'
import type { Row } from './measure.ts'
import { bars, curves } from './plots.ts'
import type { Run } from './report.ts'

export const isTechnique = ({ id }: Row): boolean => id.startsWith('techniques-')

/** Headings of the page, and which rows stand below them: those whose ids begin so. */
const PARTS = [
  { heading: 'Work that spreads', of: ['farm'] },
  { heading: 'Messages between places', of: ['rendezvous'] },
  { heading: 'Code', of: ['code'] },
  { heading: 'Processes, by the size of their state', of: ['bytes'], picture: 'The pause of a move, by the bytes of data' },
  { heading: 'Strategies for large states', of: ['strategy'], picture: 'The pause of a move, by strategy' },
  { heading: 'Processes, by their channels', of: ['channels'] },
  { heading: 'Changes of running programs', of: ['upgrade', 'fork'], picture: 'The time of a change, by the number of processes' },
] as const

/** Writes the figures of a run into the page. */
export function writeTechniques(run: Run): void {
  const parts: string[] = []
  for (const part of PARTS) {
    const rows = run.rows.filter(({ id }) => part.of.some((prefix) => new RegExp(`^techniques-${prefix}(-\\d+)?$`).test(id)))
    if (rows.length === 0) continue
    parts.push(`### ${part.heading}`, tableOf(rows))
    if (!('picture' in part)) continue
    const name = `techniques-${part.of[0]}.svg`
    const unit = rows[0]?.unit ?? ''
    const sized = rows.map((row): [number, Row] => [Number(/\d+$/.exec(row.id)?.[0]), row])
    writePicture(name, part.of.length > 1 ? bars(part.picture, rows) : curves(part.picture, unit, sized, 'logarithmic'))
    parts.push(`![${part.picture}](pictures/${name})`)
  }
  writeFigures('measurements.md', run, parts)
}
