/** Diagnostics on a terminal. */
import pc from 'picocolors'
import { renderAll as render, PLAIN, type Colours } from '../compiler/diagnostics/render.ts'
import type { Diagnostic } from '../grammar/diagnostic.ts'

const { red, yellow, bold, blue } = pc.createColors(true)

const COLOURED: Colours = {
  error: (text) => bold(red(text)),
  warning: (text) => bold(yellow(text)),
  title: bold,
  gutter: blue,
  secondary: blue,
}

/** @returns the diagnostics as text, empty when there are none */
export function renderAll(diagnostics: readonly Diagnostic[], colour: boolean): string {
  return render(diagnostics, { colours: colour ? COLOURED : PLAIN })
}
