/** Diagnostics on a terminal. */
import pc from 'picocolors'
import { renderAll as render, PLAIN, type Colours } from '../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../grammar/diagnostic.ts'
import { count, wantsColour } from './terminal.ts'

const { red, yellow, bold, blue } = pc.createColors(true)

const COLOURED: Colours = {
  error: (text) => bold(red(text)),
  warning: (text) => bold(yellow(text)),
  title: bold,
  gutter: blue,
  secondary: blue,
}

/** Columns that an excerpt takes at most, and at least: in less nothing could be recognised. */
const WIDEST = 140
const NARROWEST = 40

/** @returns the diagnostics as text for standard error, as it is */
export function renderForTerminal(diagnostics: readonly Diagnostic[]): string {
  const { isTTY, columns } = process.stderr
  return renderAll(diagnostics, wantsColour(process.stderr), isTTY ? Math.max(NARROWEST, Math.min(columns || WIDEST, WIDEST)) : WIDEST)
}

/** How many errors, and how many warnings, are worth reading at once. */
const MOST = 40

/**
 * The diagnostics as text for people, of each severity the first ones only: a text that is no program at all may hold thousands of faults.
 * @param columns how wide excerpts may be
 * @returns the text, empty when there are none; its last line counts what was left out
 */
export function renderAll(diagnostics: readonly Diagnostic[], colour: boolean, columns = WIDEST): string {
  const counts = { error: 0, warning: 0 }
  const shown = diagnostics.filter(({ severity }) => ++counts[severity] <= MOST)
  const text = render(shown, { colours: colour ? COLOURED : PLAIN, width: columns })
  const more = (['error', 'warning'] as const).flatMap((severity) =>
    counts[severity] > MOST ? [count(counts[severity] - MOST, `more ${severity}`)] : [],
  )
  return more.length === 0 ? text : `${text}\n\n${more.join(' and ')}`
}
