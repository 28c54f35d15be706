/**
 * Variables that branches of a PAR share though one of them writes, where the program permits that. An array is one array for all branches as
 * it is. A scalar, which goes into a branch and comes back by value, becomes an array of one element here: a cell. So does a scalar that some
 * copies of a replicated PAR write: of an array only what a copy has changed comes back. A PROC that is given an
 * element of something shared by reference is given a view of it: see aliased-calls.ts.
 */
import type { Expression } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { VariableSymbol } from '../../semantics.ts'
import { int, use } from '../ir/build.ts'
import type { Context, Denotation } from './context.ts'
import { Local } from '../ir/ir.ts'
import type { Scalar } from '../ir/ir.ts'
import { read, write } from './denotations.ts'
import { rootOf } from '../ir/views.ts'
import { scalarOf } from './shapes.ts'

/** @returns whether branches share the variable though one of them writes it */
export function isShared(cx: Context, symbol: VariableSymbol): boolean {
  return cx.checked.sharedVariables?.has(symbol) === true
}

/** @returns whether a scalar has to be a cell */
export function isCell(cx: Context, symbol: VariableSymbol): boolean {
  return isShared(cx, symbol) || cx.checked.copyVariables?.has(symbol) === true
}

/** Declares a cell for a scalar, with 0 in it. @returns its place */
export function cellFor(cx: Context, symbol: VariableSymbol, scalar: Scalar, span: Span): Denotation {
  const local = new Local(symbol.name, { item: scalar, array: true }, true)
  cx.emit({ kind: 'declare', local, value: { kind: 'zeros', item: scalar, length: int(1), span }, span })
  if (isShared(cx, symbol)) cx.shared.add(local)
  return { kind: 'element', array: use(local), index: int(0), checked: false, scalar, span }
}

/**
 * A scalar parameter whose routine has branches that share it: a cell for as long as the routine runs.
 * @returns what brings its value back at the end, if there is something to bring back
 */
export function sharedParameter(cx: Context, formal: VariableSymbol, span: Span): (() => void) | undefined {
  const given = cx.places.get(formal)
  const held = scalarOf(formal.type)
  if (given?.kind !== 'value' || held === undefined || !isCell(cx, formal)) return undefined
  const cell = cellFor(cx, formal, held, span)
  write(cx, cell, read(given), span)
  cx.places.set(formal, cell)
  if (formal.mode !== 'reference' && formal.mode !== 'result') return undefined
  return () => write(cx, given, read(cell), span)
}

/** @returns whether what an actual parameter denotes lies in something that branches share, or may */
export function liesInShared(cx: Context, actual: Expression): boolean {
  switch (actual.kind) {
    case 'subscript':
    case 'slice':
      return liesInShared(cx, actual.base)
    case 'name-use': {
      const symbol = cx.symbol(actual.name)
      const place = symbol.kind === 'variable' ? cx.places.get(symbol) : undefined
      const view =
        place?.kind === 'element' ? place.array : place?.kind === 'array' ? place.view : place?.kind === 'bytes' ? place.bytes : undefined
      for (let root = view && rootOf(view); root !== undefined; root = root.viewOf)
        if (cx.shared.has(root) || cx.perhapsShared.has(root)) return true
      return false
    }
    case 'array-constructor':
    case 'array-literal':
    case 'conversion':
    case 'dyadic':
    case 'end':
    case 'function-call':
    case 'literal':
    case 'missing':
    case 'monadic':
    case 'most':
    case 'offset-of':
    case 'allocation':
    case 'size':
    case 'string':
    case 'valof-expression':
      return false
  }
}
