/**
 * Actual parameters, and abbreviations, that must not overlap, where only the running program knows whether they do: they are compared before the
 * call, or where the second of them is declared.
 */
import type { Expression, ProcCall } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Naming } from '../../semantics.ts'
import type { Context, Denotation, SlotLocation } from './context.ts'
import { BOOL_TYPE, int, literalNumber } from '../ir/build.ts'
import type { Expr, Named } from '../ir/ir.ts'

/** Elements of an array; what is made of them has been evaluated. */
export interface Stretch {
  readonly array: Expr
  readonly offset: Expr
  readonly length: Expr
}

/** The actuals of a call that are compared. Each gets what it denotes when it is evaluated; undefined for what is no part of an array. */
export type Compared = Map<Expression, Stretch | undefined>

/** @returns the actuals that are compared, if there are any */
export function comparedIn(cx: Context, call: ProcCall): Compared | undefined {
  const pairs = cx.checked.comparedActuals?.get(call)
  return pairs && new Map(pairs.flat().map((actual) => [actual, undefined]))
}

/** @returns the elements that a place consists of, once its subscripts have been evaluated */
export function stretchOf(p: Denotation): Stretch | undefined {
  switch (p.kind) {
    case 'element':
      return { array: p.array, offset: p.index, length: int(1) }
    case 'bytes':
      return whole(p.bytes)
    case 'array':
      return p.mobile === undefined ? whole(p.view) : stretchOfSlot(p.mobile.at)
    case 'value':
    case 'channel':
    case 'timer':
    case 'inline':
      return undefined
  }
}

const whole = (array: Expr): Stretch => ({ array, offset: int(0), length: { kind: 'length', array } })

/** @returns the element that a reference to a mobile is */
export function stretchOfSlot(at: SlotLocation): Stretch | undefined {
  return at.kind === 'part' ? { array: at.parts, offset: at.index, length: int(1) } : undefined
}

/** Lowers a number that a place is computed from, for the message. */
type ToNumber = (cx: Context, e: Expression) => Expr

/** Emits the comparisons of a call. */
export function checkApart(cx: Context, call: ProcCall, compared: Compared, number: ToNumber): void {
  for (const [first, second] of cx.checked.comparedActuals?.get(call) ?? [])
    compare(cx, number, { text: first, stretch: compared.get(first) }, { text: second, stretch: compared.get(second) })
}

/**
 * Emits the comparisons of an abbreviation, which has its place, with those around it.
 * @param seen gives what a RETYPES or RESHAPES is a view of: its own place may be a copy
 */
export function checkBeside(cx: Context, d: Naming, number: ToNumber, seen: (view: Naming) => Denotation): void {
  const sideOf = (each: Naming): Side => {
    const found = each.kind === 'reshape' ? seen(each) : cx.places.get(cx.symbol(each.name))
    return { text: each.value, stretch: found && stretchOf(found) }
  }
  for (const around of cx.checked.comparedAbbreviations?.get(d) ?? []) compare(cx, number, sideOf(around), sideOf(d))
}

/** One of two places that must not overlap. */
interface Side {
  readonly text: Expression
  readonly stretch: Stretch | undefined
}

function compare(cx: Context, number: ToNumber, { text: first, stretch: a }: Side, { text: second, stretch: b }: Side): void {
  if (a === undefined || b === undefined) return
  const { span } = second
  const body = cx.body(() => {
    const values: Named[] = [
      { name: textOf(first.span), value: a.length },
      { name: textOf(span), value: b.length },
    ]
    for (const e of [...subscriptsOf(cx, first), ...subscriptsOf(cx, second)]) {
      const name = textOf(e.span)
      if (cx.constant(e) === undefined && !values.some((each) => each.name === name)) values.push({ name, value: number(cx, e) })
    }
    cx.emit({ kind: 'fault', fault: 'oneVariable', values, span })
  })
  cx.emit({ kind: 'if', choices: [{ condition: overlapping(a, b, second), body }], otherwise: [], span })
}

function overlapping(a: Stretch, b: Stretch, { span }: Expression): Expr {
  const isOneArray = a.array.kind === 'local' && b.array.kind === 'local' && a.array.local === b.array.local
  if (isOneArray && literalNumber(a.length) === 1 && literalNumber(b.length) === 1)
    return { kind: 'operation', operator: 'eq', scalar: 'int', operands: [a.offset, b.offset], span }
  const operands = [a.array, a.offset, a.length, b.array, b.offset, b.length]
  return { kind: 'intrinsic', name: 'overlaps', operands, type: BOOL_TYPE, faults: false, span }
}

/** @returns the numbers that a place is computed from, in the order of the text */
function subscriptsOf(cx: Context, e: Expression): Expression[] {
  switch (e.kind) {
    case 'subscript': {
      const isField = e.index.kind === 'name-use' && cx.symbol(e.index.name).kind === 'field'
      return isField ? subscriptsOf(cx, e.base) : [...subscriptsOf(cx, e.base), e.index]
    }
    case 'slice':
      return [...subscriptsOf(cx, e.base), ...[e.from, e.count].filter((part) => part !== undefined)]
    case 'name-use':
    case 'end':
    case 'array-literal':
    case 'array-constructor':
    case 'conversion':
    case 'dyadic':
    case 'function-call':
    case 'literal':
    case 'missing':
    case 'monadic':
    case 'most':
    case 'allocation':
    case 'offset-of':
    case 'size':
    case 'string':
    case 'valof-expression':
      return []
  }
}
