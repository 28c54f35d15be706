/** The figures of `docs/naming.md` and its picture, from a run: `npm run bench -- outside --json RUN.json`, then `npm run bench -- --page RUN.json`. */
import { tableOf, writeFigures, writePicture } from './figures.ts'
import type { Row } from './measure.ts'
import { bars } from './plots.ts'
import type { Run } from './report.ts'

export const isOutside = ({ id }: Row): boolean => id.startsWith('outside-')

/** Writes the figures of a run into the page. */
export function writeOutside(run: Run): void {
  const rows = run.rows.filter(isOutside)
  const single = rows.filter(({ id }) => id === 'outside-trip' || id === 'outside-http')
  const models = rows.filter((row) => !single.includes(row))
  const pauses = models.filter(({ id }) => /^outside-(p50|p99)-/.test(id))
  if (pauses.length > 0)
    writePicture('outside.svg', bars('How long a client waits for an answer while processes move (logarithmic scale)', pauses))
  writeFigures('naming.md', run, [
    ...single.map((row) => tableOf([row])),
    ...(models.length === 0 ? [] : [tableOf(models), '![Bars of waits, by the way to keep a connection](pictures/outside.svg)']),
  ])
}
