/** Figures of a run within a page that people write: what stands between two marks is replaced. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { median, root } from './measure.ts'
import type { Row } from './measure.ts'
import { figure } from './report.ts'
import type { Run } from './report.ts'

const [BEGIN, END] = ['<!-- figures: npm run bench -- --page RUN.json -->', '<!-- end of figures -->']

/** @returns a figure, or a dash where nothing was measured */
const told = (values: readonly number[]): string => {
  const m = median(values)
  return Number.isFinite(m) ? figure(m) : '-'
}

/** @returns a table with a line for each row; the rows have the same samples */
export function tableOf(rows: readonly Row[]): string {
  const names = rows[0]?.samples.map(({ who }) => who) ?? []
  const lines = [`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---').join('|')}|`]
  for (const { title, samples } of rows) lines.push(`| ${title} | ${samples.map(({ values }) => told(values)).join(' | ')} |`)
  return lines.join('\n')
}

/** Writes a picture of `docs/pictures`. */
export function writePicture(name: string, svg: string): void {
  writeFileSync(join(root, 'docs/pictures', name), svg)
}

/**
 * Writes what a run has measured into a page of `docs`.
 * @param page the name of its file
 * @param parts tables and pictures, in Markdown
 */
export function writeFigures(page: string, run: Run, parts: readonly string[]): void {
  const file = join(root, 'docs', page)
  const text = readFileSync(file, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${file} has no place for figures: ${BEGIN} and ${END}`)
  const source = `Medians of one run (${run.node}, ${run.system}, ${run.at.slice(0, 10)}).${run.note === undefined ? '' : ` ${run.note}`}`
  writeFileSync(file, `${text.slice(0, from + BEGIN.length)}\n\n${[source, ...parts].join('\n\n')}\n\n${text.slice(to)}`)
}
