/** What the checking passes have learnt, as text for `--dump`: one line for each name and each expression that is worth one. */
import type { Expression, Name, Program } from '../../grammar/ast.ts'
import { lineColumn } from '../../grammar/source.ts'
import type { Span } from '../../grammar/source.ts'
import type { Constant, Symbol, Type } from '../semantics.ts'
import { describe } from './type-model.ts'

/**
 * @param symbols what each name is bound to
 * @param types the type of each expression, once that is known
 * @param constants the value of each expression, once that is known
 */
export function dumpKnowledge(
  program: Program,
  symbols: ReadonlyMap<Name, Symbol>,
  types?: ReadonlyMap<Expression, Type>,
  constants?: ReadonlyMap<Expression, Constant>,
): string {
  const lines: { readonly span: Span; readonly text: string }[] = []
  const { file } = program.span
  for (const [name, symbol] of symbols) {
    if (name.span.file !== file) continue
    const declared = symbol.declaredAt === undefined ? 'predefined' : `declared at ${where(symbol.declaredAt)}`
    lines.push({ span: name.span, text: `${name.text}: ${symbol.kind} ${declared}` })
  }
  for (const [e, type] of types ?? []) {
    if (e.span.file !== file) continue
    const value = constants?.get(e)
    const text = file.text.slice(e.span.start, e.span.end).replace(/\s+/g, ' ')
    lines.push({ span: e.span, text: `${text} : ${describe(type)}${value === undefined ? '' : ` = ${constantText(value)}`}` })
  }
  lines.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
  return lines.map(({ span, text }) => `${where(span)} ${text}\n`).join('')
}

function where(span: Span): string {
  const { line, column } = lineColumn(span.file, span.start)
  return `${line}:${column}`
}

function constantText(value: Constant): string {
  if (typeof value !== 'object') return String(value)
  const shown = value.slice(0, 16).map(constantText).join(', ')
  return `[${shown}${value.length > 16 ? ', ...' : ''}]`
}
