/** The figures of `docs/naming.md` and its picture, from a run: `npm run bench -- outside --json RUN.json`, then `npm run bench -- --page RUN.json`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, root } from './measure.ts'
import type { Row } from './measure.ts'
import { bars } from './plots.ts'
import { figure } from './report.ts'
import type { Run } from './report.ts'

const [BEGIN, END] = ['<!-- figures: npm run bench -- --page RUN.json -->', '<!-- end of figures -->']

export const isOutside = ({ id }: Row): boolean => id.startsWith('outside-')

/** @returns a figure, or a dash where nothing was measured */
const told = (values: readonly number[]): string => {
  const m = median(values)
  return Number.isFinite(m) ? figure(m) : '-'
}

function tableOf(rows: readonly Row[]): string {
  const names = rows[0]?.samples.map(({ who }) => who) ?? []
  const lines = [`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---').join('|')}|`]
  for (const { title, samples } of rows) lines.push(`| ${title} | ${samples.map(({ values }) => told(values)).join(' | ')} |`)
  return lines.join('\n')
}

/** Writes the figures of a run into the page. */
export function writeOutside(run: Run): void {
  const rows = run.rows.filter(isOutside)
  const single = rows.filter(({ id }) => id === 'outside-trip' || id === 'outside-http')
  const models = rows.filter((row) => !single.includes(row))
  const pauses = models.filter(({ id }) => /^outside-(p50|p99)-/.test(id))
  if (pauses.length > 0)
    writeFileSync(
      join(root, 'docs/pictures/outside.svg'),
      bars('How long a client waits for an answer while processes move (logarithmic scale)', pauses),
    )
  const parts = [
    `Medians of one run (${run.node}, ${run.system}, ${run.at.slice(0, 10)}).${run.note === undefined ? '' : ` ${run.note}`}`,
    ...single.map((row) => tableOf([row])),
    ...(models.length === 0 ? [] : [tableOf(models), '![Bars of waits, by the way to keep a connection](pictures/outside.svg)']),
  ]
  const page = join(root, 'docs/naming.md')
  const text = readFileSync(page, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for figures: ${BEGIN} and ${END}`)
  writeFileSync(page, `${text.slice(0, from + BEGIN.length)}\n\n${parts.join('\n\n')}\n\n${text.slice(to)}`)
}
