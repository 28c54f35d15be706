/**
 * Every message of the compiler, by code. A code is stable for ever: its page in `docs/diagnostics/` explains it, `godwit explain CODE`
 * shows the page. Each family has its own file; this one joins them, with the grammar's (E01 text and layout, E02 syntax).
 */
import { reporter, type Diagnostic, type Report } from '../../grammar/diagnostic.ts'
import { CHOICE } from './choice.ts'
import { NAMES } from './names.ts'
import { PARALLEL } from './parallel.ts'
import { PLACEMENT } from './placement.ts'
import { PROTOCOLS } from './protocols.ts'
import { TYPES } from './types.ts'

/** The messages of the checking passes. */
export const CATALOGUE = { ...NAMES, ...TYPES, ...PROTOCOLS, ...PARALLEL, ...CHOICE, ...PLACEMENT }

export type Code = keyof typeof CATALOGUE

/** Reports one diagnostic: code, place, the parameters of its message, places that explain. */
export type Reporting = Report<typeof CATALOGUE>

/** @returns a function that reports into `into`. */
export function reportInto(into: Diagnostic[]): Reporting {
  return reporter(CATALOGUE, into)
}
