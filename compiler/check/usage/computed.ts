/** Expressions that no arithmetic describes but that are constant once the names in them have values: elements of constant tables, calls of functions. */
import type { Expression } from '../../../grammar/ast.ts'
import type { Constant, Symbol, VariableSymbol } from '../../semantics.ts'
import type { Knowledge } from '../context.ts'
import { evaluate } from '../evaluate.ts'
import { primitiveName } from '../type-model.ts'

/** `T` is the type of terms. */
export interface Computed<T> {
  readonly kind: 'computed'
  readonly known: Knowledge
  readonly expression: Expression
  /** What each name in the expression stands for that has no value by itself. */
  readonly inputs: ReadonlyMap<VariableSymbol, T>
  /** Equal for expressions that are equal when their inputs are. */
  readonly shape: string
}

/** The values of a program, and those of some names beside them. */
class Overlay extends Map<Symbol, Constant> {
  constructor(private readonly below: ReadonlyMap<Symbol, Constant>) {
    super()
  }

  override get(symbol: Symbol): Constant | undefined {
    return super.get(symbol) ?? this.below.get(symbol)
  }

  override has(symbol: Symbol): boolean {
    return super.has(symbol) || this.below.has(symbol)
  }
}

/** Values by the values of the inputs. */
const values = new WeakMap<object, Map<string, number | undefined>>()

/**
 * @param valueOf the value of an input; undefined when it has none
 * @returns the value, 1 or 0 for a truth value; undefined when there is none
 */
export function evaluateComputed<T>(
  { known, expression, inputs }: Computed<T>,
  valueOf: (input: T) => number | undefined,
): number | undefined {
  const names = new Overlay(known.values)
  let key = ''
  for (const [symbol, input] of inputs) {
    const value = valueOf(input)
    if (value === undefined || !Number.isSafeInteger(value)) return undefined
    names.set(symbol, primitiveName(symbol.type) === 'BOOL' ? value === 1 : BigInt(value))
    key += ` ${value}`
  }
  let found = values.get(expression)
  if (found === undefined) values.set(expression, (found = new Map<string, number | undefined>()))
  if (!found.has(key)) {
    const outcome = evaluate({ ...known, values: names, outcomes: new Map() }, expression)
    const value = typeof outcome === 'boolean' ? Number(outcome) : typeof outcome === 'bigint' ? Number(outcome) : undefined
    found.set(key, Number.isSafeInteger(value) ? value : undefined)
  }
  return found.get(key)
}
