/** How an expression without brackets was probably meant, by the precedence that other languages give to operators. */
import type { Span } from './source.ts'
import type { Token } from './tokens.ts'

const LEVELS: readonly (readonly string[])[] = [
  ['OR'],
  ['AND'],
  ['NOT'],
  ['=', '<>', '<', '>', '<=', '>=', 'AFTER'],
  ['\\/', 'BITOR'],
  ['><'],
  ['/\\', 'BITAND'],
  ['<<', '>>'],
  ['+', '-', 'PLUS', 'MINUS'],
  ['*', '/', '\\', 'REM', 'TIMES'],
]

const levelOf = (operator: string): number => {
  const level = LEVELS.findIndex((operators) => operators.includes(operator))
  return level < 0 ? LEVELS.length : level
}

/** An operand of a chain, and what it began with if that was an operator or a type. */
export interface ChainPart {
  readonly span: Span
  readonly prefix: Token | undefined
}

const MOST = 60

/**
 * @param operands one more than there are operators
 * @param operators the operators between them
 * @returns the text with brackets; undefined when it is too long to show
 */
export function withBrackets(operands: readonly ChainPart[], operators: readonly Token[]): string | undefined {
  let next = 0
  const textOf = ({ file, start, end }: Span, from = start): string => file.text.slice(from, end).trim()
  const wrap = (text: string, inner: boolean): string => (inner ? `(${text})` : text)

  const operand = (): { text: string; compound: boolean } => {
    const part = operands[next]
    if (part === undefined) return { text: '', compound: false }
    const { prefix, span } = part
    if (prefix === undefined || next > 0) {
      next++
      return { text: textOf(span), compound: false }
    }
    next++
    const [, rounding = '', bare = ''] = /^((?:ROUND|TRUNC) )?([^]*)$/.exec(textOf(span, prefix.end)) ?? []
    const isConversion = /^[A-Z]/.test(prefix.image) && prefix.image !== 'SIZE'
    // NOT takes a comparison along, a conversion a sum unless brackets follow it, a sign nothing
    const level = prefix.image === 'NOT' ? levelOf('NOT') : isConversion && !bare.startsWith('(') ? levelOf('+') - 1 : LEVELS.length
    const rest = climb({ text: bare, compound: false }, level + 1)
    const space = /\w$/.test(prefix.image) || rest.compound ? ' ' : ''
    return { text: `${prefix.image}${space}${rounding}${wrap(rest.text, rest.compound)}`, compound: true }
  }

  const climb = (first: { text: string; compound: boolean }, least: number): { text: string; compound: boolean } => {
    let left = first
    let before: string | undefined
    for (;;) {
      const operator = operators[next - 1]
      if (operator === undefined || levelOf(operator.image) < least) return left
      const right = climb(operand(), levelOf(operator.image) + 1)
      const chain = before === operator.image && ASSOCIATIVE.has(operator.image)
      left = { text: `${wrap(left.text, left.compound && !chain)} ${operator.image} ${wrap(right.text, right.compound)}`, compound: true }
      before = operator.image
    }
  }

  const { text } = climb(operand(), 0)
  return text.length > MOST || text.includes('\n') ? undefined : text
}

/** Comparisons that other languages chain, so that `a < b < c` means both. */
export const COMPARES: ReadonlySet<string> = new Set(['<', '>', '<=', '>='])

/** @returns what a chain of comparisons in one direction means to people; undefined when it is no such chain, or too long to show */
export function comparedTwice(operands: readonly ChainPart[], operators: readonly Token[]): string | undefined {
  const direction = operators[0]?.image.charAt(0)
  if (operators.some(({ image }) => !COMPARES.has(image) || image.charAt(0) !== direction)) return undefined
  const texts = operands.map(({ span: { file, start, end } }) => file.text.slice(start, end).trim())
  const text = operators.map(({ image }, i) => `(${texts[i] ?? ''} ${image} ${texts[i + 1] ?? ''})`).join(' AND ')
  return text.length > MOST || text.includes('\n') ? undefined : text
}

/** Operators that can be chained without brackets. */
export const ASSOCIATIVE: ReadonlySet<string> = new Set(['+', '*', 'PLUS', 'TIMES', '/\\', '\\/', '><', 'BITAND', 'BITOR', 'AND', 'OR'])
