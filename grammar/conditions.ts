/** The conditions of `#IF` and `#ELIF`. AND binds tighter than OR and comparisons tighter than both; brackets are always welcome. */
import type { Report } from './diagnostic.ts'
import { textOf } from './literals.ts'
import type { Messages } from './messages.ts'
import type { Symbols } from './symbols.ts'
import { BoolLiteral, Equals, Integer, LParen, Name, RParen, Splice, spanOf, StringText, type Token } from './tokens.ts'

type Value = string | number | boolean

const MAX_DEPTH = 100
const comparisons = new Set(['=', '<>', '<', '>', '<=', '>='])

/** Thrown and caught within this file when the rest of a condition has no meaning; it has been reported. */
class Abandoned extends Error {}

class Condition {
  private at = 0
  private depth = 0

  constructor(
    private readonly directive: Token,
    private readonly tokens: readonly Token[],
    private readonly symbols: Symbols,
    private readonly report: Report<Messages>,
  ) {}

  value(): boolean {
    const result = this.either()
    if (this.at < this.tokens.length) this.fail()
    return this.truth(result)
  }

  private fail(): never {
    const token = this.tokens[this.at]
    const found = token === undefined ? 'the end of the line' : `\`${token.image}\``
    this.report('E0127', spanOf(token ?? this.tokens.at(-1) ?? this.directive), { found })
    throw new Abandoned()
  }

  private truth(value: Value): boolean {
    if (typeof value === 'boolean') return value
    this.at--
    return this.fail()
  }

  private take(image: string): boolean {
    if (this.tokens[this.at]?.image !== image) return false
    this.at++
    return true
  }

  private either(): Value {
    let left = this.both()
    while (this.take('OR')) {
      const right = this.both()
      left = this.truth(left) || this.truth(right)
    }
    return left
  }

  private both(): Value {
    let left = this.comparison()
    while (this.take('AND')) {
      const right = this.comparison()
      left = this.truth(left) && this.truth(right)
    }
    return left
  }

  private comparison(): Value {
    const left = this.operand()
    const operator = this.tokens[this.at]
    if (operator === undefined || !comparisons.has(operator.image)) return left
    this.at++
    const right = this.operand()
    if (typeof left !== typeof right) {
      this.at--
      this.fail()
    }
    if (operator.tokenType === Equals) return left === right
    if (operator.image === '<>') return left !== right
    const order = left < right ? -1 : left > right ? 1 : 0
    return operator.image === '<' ? order < 0 : operator.image === '>' ? order > 0 : operator.image === '<=' ? order <= 0 : order >= 0
  }

  private operand(): Value {
    const token = this.tokens[this.at]
    if (token === undefined || this.depth > MAX_DEPTH) return this.fail()
    this.at++
    if (token.image === 'NOT') {
      this.depth++
      const value = !this.truth(this.operand())
      this.depth--
      return value
    }
    if (token.image === 'DEFINED') return this.defined()
    if (token.tokenType === LParen) {
      this.depth++
      const value = this.either()
      this.depth--
      if (!this.take(')')) this.fail()
      return value
    }
    const value = this.literal(token)
    if (value !== undefined) return value
    if (token.tokenType === Name || token.tokenType === Splice) return this.symbol(token)
    this.at--
    return this.fail()
  }

  private defined(): boolean {
    const open = this.take('(')
    const name = this.tokens[this.at]
    if (name === undefined || (name.tokenType !== Name && name.tokenType !== Splice)) return this.fail()
    this.at++
    if (open && this.tokens[this.at]?.tokenType !== RParen) this.fail()
    if (open) this.at++
    return this.symbols.has(name.image.replace('##', ''))
  }

  private literal(token: Token): Value | undefined {
    if (token.tokenType === BoolLiteral) return token.image === 'TRUE'
    if (token.tokenType === Integer) return token.image.startsWith('#') ? parseInt(token.image.slice(1), 16) : Number(token.image)
    if (token.tokenType === StringText) return textOf(token.bytes ?? new Uint8Array())
    return undefined
  }

  private symbol(token: Token): Value {
    const name = token.image.replace('##', '')
    const value = this.symbols.at(name, token)
    const [first] = value
    if (first === undefined) {
      this.report('E0126', spanOf(token), { name })
      throw new Abandoned()
    }
    const sign = first.image === '-' ? -1 : 1
    const literal = this.literal(sign < 0 ? (value[1] ?? first) : first)
    return typeof literal === 'number' ? sign * literal : (literal ?? first.image)
  }
}

/**
 * @param directive the `#IF` or `#ELIF`
 * @param tokens the rest of its line
 * @returns whether the condition holds; false when it could not be read, which has been reported
 */
export function conditionHolds(directive: Token, tokens: readonly Token[], symbols: Symbols, report: Report<Messages>): boolean {
  try {
    return new Condition(directive, tokens, symbols, report).value()
  } catch (error) {
    if (error instanceof Abandoned) return false
    throw error
  }
}
