/** The constants pass: the value of every expression that has one, and warnings where one cannot have any. */
import type { Expression } from '../../grammar/ast.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import { reportInto } from '../diagnostics/catalogue.ts'
import type { Checked, Constant } from '../semantics.ts'
import { excerpt, type Knowledge } from './context.ts'
import { evaluate, isConstant, isConstantFault } from './evaluate.ts'
import { checkedFrom, type Typed } from './types.ts'

const WORDS = {
  R0201: 'overflows',
  R0202: 'divides by zero',
  R0203: 'is outside its array',
  R0205: 'shifts by more places than there are',
  R0206: 'has a value that does not fit',
  R0208: 'is no finite number',
} as const

/** A checked program with what the usage pass needs beside it. */
export interface Folded {
  readonly checked: Checked
  readonly typed: Typed
}

/**
 * @param typed a typed program
 * @returns the checked program; a computation that must fail at run time is warned of (the program may never get there)
 */
export function fold(typed: Typed): Result<Folded> {
  const diagnostics: Diagnostic[] = []
  const report = reportInto(diagnostics)
  const constants = new Map<Expression, Constant>()
  // Calls of the program's FUNCTIONs have values where the types needed them; all others are left to run time.
  const known: Knowledge = { ...typed, callFunction: undefined }
  for (const [expression, type] of typed.types) {
    if (type.kind === 'poison') continue
    const outcome = evaluate(known, expression)
    if (isConstant(outcome)) constants.set(expression, outcome)
    else if (isConstantFault(outcome) && outcome.at === expression && !typed.complained.has(expression)) {
      typed.complained.add(expression)
      report('W0401', expression.span, { what: `\`${excerpt(expression.span)}\` ${WORDS[outcome.fault]}`, fault: outcome.fault })
    }
  }
  return { value: { checked: checkedFrom(typed, constants), typed }, diagnostics }
}
