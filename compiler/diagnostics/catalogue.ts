/**
 * Every message of the compiler, by code. A code is stable for ever: its page in `docs/diagnostics/` explains it, `godwit explain CODE`
 * shows the page. Each family has its own file; this one joins them, with the grammar's (E01 text and layout, E02 syntax).
 */
import { reporter, type Diagnostic, type Label, type Report } from '../../grammar/diagnostic.ts'
import { messages } from '../../grammar/messages.ts'
import { CHOICE } from './choice.ts'
import { NAMES } from './names.ts'
import { PARALLEL } from './parallel.ts'
import { PLACEMENT } from './placement.ts'
import { PROTOCOLS } from './protocols.ts'
import { balanced } from './spans.ts'
import { TYPES } from './types.ts'

/** Every message: those of the text and the syntax, and those of the checking passes. */
export const CATALOGUE = { ...messages, ...NAMES, ...TYPES, ...PROTOCOLS, ...PARALLEL, ...CHOICE, ...PLACEMENT }

/** Reports one diagnostic: code, place, the parameters of its message, places that explain. */
export type Reporting = Report<typeof CATALOGUE>

/** @returns a function that reports into `into`. */
export function reportInto(into: Diagnostic[]): Reporting {
  const report: Reporting = reporter(CATALOGUE, into)
  return (code, primary, parameters, secondary = []) => {
    const label = 'span' in primary ? primary : { span: primary, text: '' }
    report(code, whole(label), parameters, secondary.map(whole))
  }
}

const whole = (label: Label): Label => ({ ...label, span: balanced(label.span) })
