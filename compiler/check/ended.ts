/** Declarations that a name may have been meant for, and whose scope has ended before it. */
import type { Name, Program } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { Symbol } from '../semantics.ts'

/** What helps who uses a name after the end of its declaration. */
export const ENDED_HINT = 'a declaration is visible in the process that follows it: put one above a process that holds all uses'

/** What is said of the declaration itself. */
export const ENDED_LABEL = 'this one has ended before'

/**
 * @param symbols what the names of the program are bound to so far
 * @param from where the PROC, FUNCTION or TEST begins that the name is in
 * @param accepts whether a symbol is of a kind that would do
 * @returns the last declaration of a name that was in sight earlier in that PROC
 */
export function endedBefore(
  symbols: ReadonlyMap<Name, Symbol>,
  name: Name,
  from: number,
  accepts: (symbol: Symbol) => boolean,
): Span | undefined {
  let last: Span | undefined
  for (const [declared, symbol] of symbols)
    if (
      declared.text === name.text &&
      declared.span === symbol.declaredAt &&
      symbol.level > 0 &&
      declared.span.file === name.span.file &&
      declared.span.start >= from &&
      declared.span.start < name.span.start &&
      accepts(symbol)
    )
      last = declared.span
  return last
}

/** @returns the declaration or the test at the top level that a name is in */
export const itemAround = ({ items }: Program, { span }: Name): Span | undefined =>
  items.find((item) => item.span.file === span.file && item.span.start <= span.start && span.end <= item.span.end)?.span

/** @returns whether it has been told of the same name, in the same declaration or test at the top level, that nothing has it */
export function isTold(symbols: ReadonlyMap<Name, Symbol>, name: Name, item: Span | undefined): boolean {
  for (const [each, { kind }] of symbols) {
    const { text, span } = each
    if (kind !== 'poison' || text !== name.text || each === name || span.file !== name.span.file) continue
    if (item === undefined || (item.start <= span.start && span.end <= item.end)) return true
  }
  return false
}
