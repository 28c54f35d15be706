/** What a PROC does to the mobiles of its caller: which of them it needs, and which it leaves without anything. */
import type { ProcDeclaration } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { isDynamic } from '../type-model.ts'
import type { State } from './assigned-state.ts'
import { wholeOf } from './mobile-parts.ts'

export interface MovedBy {
  /** Its parameters that it uses before it gives them anything. */
  readonly needs: ReadonlySet<VariableSymbol>
  /** Its parameters, and variables around it, that have nothing at its end, or may have nothing. */
  readonly leaves: State
}

/** @returns the parameters that may come without anything, and may leave without */
export function mobileFormals({ formals }: ProcSymbol): readonly VariableSymbol[] {
  return formals.filter(({ mode, type }) => (mode === 'reference' || mode === 'result') && isDynamic(type))
}

/**
 * @param end which variables have nothing at the end of the body; undefined when control never comes there
 * @returns those of them that the caller knows
 */
export function leftBy(declaration: ProcDeclaration, formals: readonly VariableSymbol[], end: State | undefined): State {
  const known = new Set(formals)
  const isWhole = (symbol: VariableSymbol): boolean => wholeOf(symbol) === symbol
  return new Map(
    [...(end ?? [])].filter(
      ([symbol]) => known.has(symbol) || (isWhole(symbol) && isDynamic(symbol.type) && isAround(declaration.span, symbol)),
    ),
  )
}

/** Whether a variable is declared outside of a PROC. */
function isAround({ file, start, end }: Span, { declaredAt: at }: VariableSymbol): boolean {
  return at === undefined || at.file !== file || at.start < start || at.start > end
}
