/** Predefined functions of constants: the functions that generated code calls, called at compile time. */
import type { PrimitiveName } from '../../grammar/ast.ts'
import type { Blame } from '../../numbers/blame.ts'
import * as predefined from '../../numbers/predefined.ts'
import { intrinsicOf } from '../core/ir/intrinsics.ts'
import type { Constant } from '../semantics.ts'
import { attempt, type Computed } from './arithmetic.ts'

type Native = number | bigint | boolean

const FUNCTIONS = new Map<string, unknown>(Object.entries(predefined))

/**
 * @param name a predefined function with one result
 * @param actuals constants
 * @param formals the types they have
 * @param result the type of the result
 * @returns its value, or the fault it stops with; undefined when it takes something else than scalars, or as many
 */
export function applyPredefined(
  name: string,
  actuals: readonly Constant[],
  formals: readonly (PrimitiveName | undefined)[],
  result: PrimitiveName | undefined,
): Computed {
  if (actuals.length !== formals.length) return undefined
  const f = FUNCTIONS.get(intrinsicOf(name)?.name ?? '')
  const natives = actuals.map((actual, i) => native(actual, formals[i]))
  if (typeof f !== 'function' || result === undefined || !natives.every((n) => n !== undefined)) return undefined
  return attempt((blame) => {
    // its parameters are the scalars of its signature, then the one to blame and a place
    const value = (f as (...parameters: (Native | Blame)[]) => Native)(...natives, blame, 0)
    return typeof value === 'number' && result !== 'REAL32' && result !== 'REAL64' ? BigInt(value) : value
  })
}

/** A constant as generated code holds it. */
function native(value: Constant, type: PrimitiveName | undefined): Native | undefined {
  if (typeof value === 'object') return undefined
  return typeof value === 'bigint' && type !== 'INT64' ? Number(value) : value
}
