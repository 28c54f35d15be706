/** Expressions. */
import type { Expression, Replicator, SizeOf, TypeExpression, ValueProcess } from './ast.ts'
import { ASSOCIATIVE, comparedTwice, COMPARES, withBrackets, type ChainPart } from './brackets.ts'
import { expect } from './parser-base.ts'
import { TypeParser } from './parser-types.ts'
import { cover, type Span } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** A chain of operators longer than this would make a tree too deep for the passes that walk it. */
const MAX_CHAIN = 1000

/** Something written before an operand: an operator, SIZE, or a type to convert to. */
type PrefixPart =
  | { readonly kind: 'operator'; readonly token: Token }
  | { readonly kind: 'size'; readonly token: Token }
  | { readonly kind: 'type'; readonly token: Token; readonly type: TypeExpression; readonly rounding?: 'ROUND' | 'TRUNC' }

export abstract class ExpressionParser extends TypeParser {
  /** The prefix with which the operand just read began, if it was not in brackets. */
  private prefix: Token | undefined

  /** What stands in brackets and is more than one expression. */
  private readonly lists = new WeakMap<Expression, readonly Expression[]>()

  /** Declarations, VALOF, process, RESULT. */
  protected abstract readonly valueProcess: () => ValueProcess

  // ------------------------------------------------------------------------------------------ operators

  protected readonly expression = this.RULE('expression', (): Expression => {
    let left = this.SUBRULE(this.operand)
    const operators: Token[] = []
    const operands: (ChainPart & { readonly value: Expression })[] = [{ value: left, span: left.span, prefix: this.prefix }]
    this.MANY(() => {
      const token = this.CONSUME(T.Infix) as Token
      operators.push(token)
      const right = this.SUBRULE2(this.operand)
      operands.push({ value: right, span: right.span, prefix: this.prefix })
      left = {
        kind: 'dyadic',
        operator: token.image,
        operatorSpan: T.spanOf(token),
        left,
        right,
        span: this.ACTION(() => cover(left.span, right.span)),
      }
    })
    if (this.RECORDING_PHASE || operators.length === 0) return left
    const [first, second] = operands.map(({ value }) => this.lists.get(value))
    if (first !== undefined || second !== undefined) return this.compareLists(left, first ?? [], second ?? [], operators)
    if (!this.mixes(operands, operators)) return left
    return { kind: 'missing', parts: operands.map(({ value }) => value), span: left.span }
  })

  /** `(a, b) = (c, d)` is `(a = c) AND (b = d)`, and `<>` says that it is not so. */
  private compareLists(
    whole: Expression,
    left: readonly Expression[],
    right: readonly Expression[],
    operators: readonly Token[],
  ): Expression {
    const [sign, more] = operators
    if (sign === undefined || more !== undefined || left.length !== right.length) {
      this.complain(more ?? sign ?? this.ahead(0), 'E0249', whole.span, undefined)
      return { kind: 'missing', parts: [...left, ...right], span: whole.span }
    }
    const at = { operatorSpan: T.spanOf(sign), span: whole.span }
    const pairs = left.map((value, i): Expression => {
      const other = right[i] ?? this.missing() // both are of one length
      return { kind: 'dyadic', operator: sign.image, left: value, right: other, ...at }
    })
    const operator = sign.tokenType === T.Equals ? 'AND' : 'OR'
    return pairs.reduce((before, pair) => ({ kind: 'dyadic', operator, left: before, right: pair, ...at }))
  }

  /** Operators have no precedence: rejects what would need one. The prefix matters before the first operator only. @returns whether it did */
  private mixes(operands: readonly ChainPart[], operators: readonly Token[]): boolean {
    let before = operands[0]?.prefix
    for (const [i, token] of operators.entries()) {
      const here = T.spanOf(token)
      const isComparison = before !== undefined && i > 0 && COMPARES.has(before.image) && COMPARES.has(token.image)
      const mixed = before !== undefined && !isComparison && (i === 0 || before.image !== token.image)
      if (before !== undefined && (mixed || !ASSOCIATIVE.has(token.image))) {
        const example = isComparison ? comparedTwice(operands, operators) : withBrackets(operands, operators)
        const label = { span: T.spanOf(before), text: '' }
        if (mixed) this.complain(token, 'E0211', here, { first: before.image, second: token.image, example }, [label])
        else this.complain(token, 'E0212', here, { operator: token.image, example }, [label])
        return true
      }
      if (i + 1 === MAX_CHAIN) {
        this.complain(token, 'E0117', here, { limit: MAX_CHAIN })
        return false
      }
      before = token
    }
    return false
  }

  /** An operand with whatever is written before it. */
  protected readonly operand = this.RULE('operand', (): Expression => {
    const parts: PrefixPart[] = []
    this.MANY({
      GATE: () => this.prefixAhead(),
      DEF: () => {
        this.OR([
          { ALT: () => parts.push({ kind: 'operator', token: this.CONSUME(T.Prefix) as Token }) },
          { ALT: () => parts.push({ kind: 'size', token: this.CONSUME(T.Size) as Token }) },
          {
            ALT: () => {
              const token = this.ahead(1)
              parts.push({ kind: 'type', token, type: this.SUBRULE(this.arrayType) })
            },
          },
          {
            ALT: () => {
              const token = this.ahead(1)
              const type = this.SUBRULE(this.baseType)
              const rounding = this.OPTION(() => this.CONSUME(T.Rounding).image as 'ROUND' | 'TRUNC') // all that the type spells
              parts.push(rounding === undefined ? { kind: 'type', token, type } : { kind: 'type', token, type, rounding })
            },
          },
        ])
      },
    })
    const operand = this.SUBRULE(this.suffixed)
    this.prefix = parts[0]?.token
    return parts.length === 0 ? operand : this.ACTION(() => this.applyPrefixes(parts, operand))
  })

  private prefixAhead(): boolean {
    if (this.is(T.Name)) return this.namedConversionAhead()
    if (this.is(T.LBracket)) return this.arrayConversionAhead()
    return !(this.is(T.Size) && this.typeAhead(2))
  }

  private applyPrefixes(parts: readonly PrefixPart[], operand: Expression): Expression {
    if (parts.length > MAX_CHAIN && parts[0] !== undefined)
      this.complain(parts[0].token, 'E0117', T.spanOf(parts[0].token), { limit: MAX_CHAIN })
    let value = operand
    for (const part of parts.slice(0, MAX_CHAIN).reverse()) {
      const span = cover(T.spanOf(part.token), value.span)
      if (part.kind === 'operator') value = { kind: 'monadic', operator: part.token.image, operand: value, span }
      else if (part.kind === 'size') value = { kind: 'size', operator: 'SIZE', operand: { kind: 'expression', value }, span }
      else if (part.rounding === undefined) value = { kind: 'conversion', type: part.type, operand: value, span }
      else value = { kind: 'conversion', type: part.type, rounding: part.rounding, operand: value, span }
    }
    return value
  }

  // ------------------------------------------------------------------------------------------ operands

  /** An operand with its subscripts and, as a value, its direction. */
  private readonly suffixed = this.RULE('suffixed', (): Expression => {
    const start = this.ahead(1)
    let base = this.SUBRULE(this.primary)
    let depth = 0
    this.MANY(() => {
      this.CONSUME(T.LBracket)
      const index = this.SUBRULE(this.expression)
      this.CONSUME(T.RBracket)
      const whole = base
      if (++depth < MAX_CHAIN)
        base = this.ACTION(() => partOfEnd(whole, (inner) => ({ kind: 'subscript', base: inner, index, span: this.from(start) })))
    })
    return (
      this.OPTION({
        GATE: () => this.endAhead(),
        DEF: (): Expression => {
          const direction = this.SUBRULE(this.direction)
          return { kind: 'end', channel: base, direction, span: this.from(start) }
        },
      }) ?? base
    )
  })

  private readonly primary = this.RULE('primary', (): Expression => {
    const start = this.ahead(1)
    return this.OR<Expression>({
      ERR_MSG: expect.expression,
      DEF: [
        { ALT: () => this.SUBRULE(this.named) },
        { ALT: () => this.SUBRULE(this.literal) },
        { ALT: () => this.SUBRULE(this.stringLiteral) },
        { ALT: () => this.SUBRULE(this.bracketed) },
        { ALT: () => this.SUBRULE(this.parenthesised) },
        {
          ALT: () => {
            const operator = this.CONSUME(T.Most).image as 'MOSTPOS' | 'MOSTNEG' // all that the type spells
            const type = this.SUBRULE(this.type)
            return { kind: 'most', operator, type, span: this.from(start) }
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Size)
            const type = this.SUBRULE2(this.type)
            return { kind: 'size', operator: 'SIZE', operand: { kind: 'type', type }, span: this.from(start) }
          },
        },
        { ALT: () => this.SUBRULE(this.bytesIn) },
        { ALT: () => this.SUBRULE(this.offsetOf) },
        {
          ALT: () => {
            this.CONSUME(T.Mobile)
            const type = this.SUBRULE3(this.type)
            return { kind: 'allocation', type, span: this.from(start) }
          },
        },
      ],
    })
  })

  /** A name, or a call. */
  private readonly named = this.RULE('named', (): Expression => {
    const start = this.CONSUME(T.Name) as Token
    const name = this.nameOf(start)
    const actuals = this.OPTION(() => this.SUBRULE(this.actuals))
    return actuals === undefined
      ? { kind: 'name-use', name, span: name.span }
      : { kind: 'function-call', name, actuals, span: this.from(start) }
  })

  private readonly actuals = this.RULE('actuals', (): Expression[] => {
    const values: Expression[] = []
    this.CONSUME(T.LParen)
    this.MANY_SEP({ SEP: T.Comma, DEF: () => values.push(this.SUBRULE(this.expression)) })
    this.CONSUME(T.RParen, { ERR_MSG: '`,` or `)`' })
    return values
  })

  private readonly decoration = this.RULE('decoration', (): TypeExpression => {
    this.CONSUME(T.LParen)
    const type = this.SUBRULE(this.type)
    this.CONSUME(T.RParen)
    return type
  })

  private readonly literal = this.RULE('literal', (): Expression => {
    const token = this.CONSUME(T.LiteralText) as Token
    const decoration = this.OPTION(() => this.SUBRULE(this.decoration))
    return this.ACTION(() => literalNode(token, decoration, this.from(token)))
  })

  private readonly stringLiteral = this.RULE('stringLiteral', (): Expression => {
    const token = this.CONSUME(T.StringText) as Token
    const decoration = this.OPTION(() => this.SUBRULE(this.decoration))
    const bytes = token.bytes ?? new Uint8Array()
    const span = this.from(token)
    return decoration === undefined ? { kind: 'string', bytes, span } : { kind: 'string', bytes, decoration, span }
  })

  /** `[a, b]`, `[]`, `[a FROM i FOR n]` or `[i = 0 FOR n | e]`. */
  private readonly bracketed = this.RULE('bracketed', (): Expression => {
    const start = this.ahead(1)
    return this.OR<Expression>([
      {
        GATE: () => this.constructorAhead(),
        ALT: () => {
          this.CONSUME(T.LBracket)
          const replicator = this.SUBRULE(this.replicator)
          this.CONSUME(T.Bar)
          const element = this.SUBRULE(this.expression)
          this.CONSUME(T.RBracket)
          return { kind: 'array-constructor', replicator, element, span: this.from(start) }
        },
      },
      {
        GATE: () => this.ahead(2).tokenType === T.RBracket,
        ALT: () => {
          this.CONSUME3(T.LBracket)
          this.CONSUME3(T.RBracket)
          const decoration = this.OPTION(() => this.SUBRULE(this.decoration))
          const span = this.from(start)
          return decoration === undefined
            ? { kind: 'array-literal', elements: [], span }
            : { kind: 'array-literal', elements: [], decoration, span }
        },
      },
      {
        ALT: () => {
          this.CONSUME2(T.LBracket)
          const first = this.SUBRULE2(this.expression)
          return this.OR2<Expression>({
            ERR_MSG: '`,`, `]`, `FROM` or `FOR`',
            DEF: [
              { GATE: () => this.is(T.From) || this.is(T.For), ALT: () => this.SUBRULE(this.sliceRest, { ARGS: [start, first] }) },
              { ALT: () => this.SUBRULE(this.arrayRest, { ARGS: [start, first] }) },
            ],
          })
        },
      },
    ])
  })

  private readonly sliceRest = this.RULE('sliceRest', (start: Token, base: Expression): Expression => {
    const from = this.OPTION(() => {
      this.CONSUME(T.From)
      return this.SUBRULE(this.expression)
    })
    const count = this.OPTION2(() => {
      this.CONSUME(T.For)
      return this.SUBRULE2(this.expression)
    })
    this.CONSUME(T.RBracket)
    const span = this.from(start)
    return this.ACTION(() =>
      partOfEnd(base, (whole) => ({ kind: 'slice', base: whole, ...(from && { from }), ...(count && { count }), span })),
    )
  })

  private readonly arrayRest = this.RULE('arrayRest', (start: Token, first: Expression): Expression => {
    const elements = [first]
    this.MANY(() => {
      this.CONSUME(T.Comma)
      elements.push(this.SUBRULE(this.expression))
    })
    this.CONSUME(T.RBracket, { ERR_MSG: '`,` or `]`' })
    const decoration = this.OPTION(() => this.SUBRULE(this.decoration))
    const span = this.from(start)
    return decoration === undefined ? { kind: 'array-literal', elements, span } : { kind: 'array-literal', elements, decoration, span }
  })

  private readonly parenthesised = this.RULE('parenthesised', (): Expression => {
    const before = this.ahead(0)
    const start = this.CONSUME(T.LParen) as Token
    const inner = this.OR<Expression>({
      ERR_MSG: expect.expression,
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Indent)
            const valof = this.SUBRULE(this.valueProcess)
            this.CONSUME(T.Outdent)
            return { kind: 'valof-expression', valof, span: valof.span }
          },
        },
        { ALT: () => this.SUBRULE(this.expression) },
      ],
    })
    const more: Expression[] = []
    this.MANY(() => {
      this.CONSUME(T.Comma)
      more.push(this.SUBRULE2(this.expression))
    })
    this.CONSUME(T.RParen)
    const span = this.from(start)
    return this.ACTION((): Expression => {
      if (more.length === 0) return { ...inner, span }
      const list: Expression = { kind: 'missing', parts: [inner, ...more], span }
      if (tellsSame(before) || tellsSame(this.ahead(1))) this.lists.set(list, [inner, ...more])
      else this.complain(start, 'E0249', span, undefined)
      return list
    })
  })

  private readonly bytesIn = this.RULE('bytesIn', (): Expression => {
    const start = this.CONSUME(T.BytesIn) as Token
    this.CONSUME(T.LParen)
    const operand = this.OR<SizeOf['operand']>([
      { GATE: () => this.typeAhead(1), ALT: () => ({ kind: 'type', type: this.SUBRULE(this.type) }) },
      { ALT: () => ({ kind: 'expression', value: this.SUBRULE(this.expression) }) },
    ])
    this.CONSUME(T.RParen)
    return { kind: 'size', operator: 'BYTESIN', operand, span: this.from(start) }
  })

  private readonly offsetOf = this.RULE('offsetOf', (): Expression => {
    const start = this.CONSUME(T.OffsetOf) as Token
    this.CONSUME(T.LParen)
    const type = this.SUBRULE(this.type)
    this.CONSUME(T.Comma)
    const field = this.SUBRULE(this.name)
    this.CONSUME(T.RParen)
    return { kind: 'offset-of', type, field, span: this.from(start) }
  })

  /** `i = base FOR count STEP step`. */
  protected readonly replicator = this.RULE('replicator', (): Replicator => {
    const name = this.SUBRULE(this.name)
    this.CONSUME(T.Equals)
    const base = this.SUBRULE(this.expression)
    this.CONSUME(T.For)
    const count = this.SUBRULE2(this.expression)
    const step = this.OPTION(() => {
      this.CONSUME(T.Step)
      return this.SUBRULE3(this.expression)
    })
    return { kind: 'replicator', name, base, count, ...(step && { step }), span: this.ACTION(() => this.fromSpan(name.span)) }
  })

  /** One or more expressions, separated by commas. */
  protected readonly expressions = this.RULE('expressions', (): Expression[] => {
    const values: Expression[] = []
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, ERR_MSG: expect.expression, DEF: () => values.push(this.SUBRULE(this.expression)) })
    return values
  })
}

/** `=` and `<>`, which alone compare several values with as many others. */
const tellsSame = ({ tokenType, image }: Token): boolean => tokenType === T.Equals || image === '<>'

/** @returns a part of `base`; where that has a direction, as in `[c? FOR n]`, an end of that part */
function partOfEnd(base: Expression, part: (whole: Expression) => Expression): Expression {
  if (base.kind !== 'end') return part(base)
  const channel = part(base.channel)
  return { kind: 'end', channel, direction: base.direction, span: channel.span }
}

function literalNode(token: Token, decoration: TypeExpression | undefined, span: Span): Expression {
  const rest = decoration === undefined ? {} : { decoration }
  const text = token.image
  switch (token.tokenType) {
    case T.Integer:
      return { kind: 'literal', literal: 'integer', text, ...rest, span }
    case T.Real:
      return { kind: 'literal', literal: 'real', text, ...rest, span }
    case T.ByteLiteral:
      return { kind: 'literal', literal: 'byte', text, byte: token.bytes?.[0] ?? 0, ...rest, span }
    default:
      return { kind: 'literal', literal: 'bool', text, byte: text === 'TRUE' ? 1 : 0, ...rest, span }
  }
}
