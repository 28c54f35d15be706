/**
 * The usage pass: what parallel processes may share (`usage/parallel`), two names for one variable (`usage/aliases`), variables read before
 * they have a value (`usage/assigned`). It rests on one walk (`usage/walk`) that writes down every access. Loops that read the keyboard for ever
 * (`endless-input`) are looked for here, too.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import { reportInto } from '../diagnostics/catalogue.ts'
import type { Checked } from '../semantics.ts'
import type { Folded } from './constants.ts'
import { warnEndlessInput } from './endless-input.ts'
import { checkAssigned } from './usage/assigned.ts'
import { walkProgram } from './usage/walk.ts'

/**
 * @param folded a program without errors so far
 * @returns the same program, and what is wrong with its use of variables and channels
 */
export function checkUsage({ checked, typed }: Folded): Result<Checked> {
  const diagnostics: Diagnostic[] = []
  const report = reportInto(diagnostics)
  const permitted = walkProgram(typed, report)
  checkAssigned(typed, report, permitted.sharedVariables)
  typed.resolved.memory?.enter()
  warnEndlessInput(typed, report)
  typed.resolved.memory?.usageChecked(typed.resolved.program.items)
  return { value: { ...checked, ...permitted }, diagnostics }
}
