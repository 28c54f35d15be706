/** Names and types, and the components of protocols. */
import type { Direction, Expression, Name, PrimitiveName, ProtocolItem, TypeExpression } from './ast.ts'
import { MAX_NESTING } from './layout.ts'
import { expect } from './parser-base.ts'
import { LookingParser } from './parser-lookahead.ts'
import { cover } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

/** Something written before the base of a type: `[n]`, MOBILE, SHARED. */
type TypePart =
  | { readonly kind: 'dimension'; readonly token: Token; readonly size?: Expression }
  | { readonly kind: 'mobile' | 'shared'; readonly token: Token; readonly direction?: Direction }

export abstract class TypeParser extends LookingParser {
  protected abstract readonly expression: () => Expression

  protected readonly name = this.RULE('name', (): Name => this.nameOf(this.CONSUME(T.Name, expect.name) as Token))

  // ------------------------------------------------------------------------------------------ types

  /** Any type. */
  protected readonly type = this.RULE('type', (): TypeExpression => {
    const parts = this.SUBRULE(this.typeParts)
    const base = this.OR({
      ERR_MSG: expect.type,
      DEF: [
        { ALT: () => this.SUBRULE(this.channelType, { ARGS: [this.ACTION(() => parts.some(({ kind }) => kind === 'shared'))] }) },
        { ALT: (): TypeExpression => ({ kind: 'timer-type', span: T.spanOf(this.CONSUME(T.Timer) as Token) }) },
        { ALT: () => this.barrierType(this.CONSUME(T.Barrier) as Token) },
        { ALT: () => this.SUBRULE(this.portType) },
        { ALT: () => this.SUBRULE(this.baseType) },
      ],
    })
    return this.ACTION(() => this.wrapType(base, parts))
  })

  /** A type that can be sent: no channels, timers or ports, and barriers only when they are mobile. */
  private readonly dataType = this.RULE('dataType', (): TypeExpression => {
    const parts = this.SUBRULE(this.typeParts)
    const base = this.OR({
      ERR_MSG: expect.type,
      DEF: [
        {
          GATE: () => this.RECORDING_PHASE || parts.at(-1)?.kind === 'mobile',
          ALT: () => this.barrierType(this.CONSUME(T.Barrier) as Token),
        },
        { ALT: () => this.SUBRULE(this.baseType) },
      ],
    })
    return this.ACTION(() => this.wrapType(base, parts))
  })

  /** `[n]T`. */
  protected readonly arrayType = this.RULE('arrayType', (): TypeExpression => {
    const parts = this.SUBRULE(this.dimensions)
    const base = this.SUBRULE(this.baseType)
    return this.ACTION(() => this.wrapType(base, parts))
  })

  private readonly dimensions = this.RULE('dimensions', (): TypePart[] => {
    const parts: TypePart[] = []
    this.AT_LEAST_ONE(() => parts.push(this.SUBRULE(this.dimension)))
    return parts
  })

  private readonly dimension = this.RULE('dimension', (): TypePart => {
    const token = this.CONSUME(T.LBracket) as Token
    const size = this.OPTION(() => this.SUBRULE(this.expression))
    this.CONSUME(T.RBracket)
    return size === undefined ? { kind: 'dimension', token } : { kind: 'dimension', token, size }
  })

  private readonly typeParts = this.RULE('typeParts', (): TypePart[] => {
    const parts: TypePart[] = []
    this.MANY(() => {
      this.OR([
        { ALT: () => parts.push(this.SUBRULE(this.dimension)) },
        {
          ALT: () => {
            parts.push({ kind: 'mobile', token: this.CONSUME(T.Mobile) as Token })
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(T.Shared) as Token
            const direction = this.OPTION2(() => this.SUBRULE(this.direction))
            parts.push(direction === undefined ? { kind: 'shared', token } : { kind: 'shared', token, direction })
          },
        },
      ])
    })
    return parts
  })

  protected readonly baseType = this.RULE('baseType', (): TypeExpression =>
    this.OR({
      ERR_MSG: expect.type,
      DEF: [
        {
          ALT: (): TypeExpression => {
            const token = this.CONSUME(T.Primitive) as Token
            return { kind: 'primitive', name: token.image as PrimitiveName, span: T.spanOf(token) } // the lexer's table has no others
          },
        },
        {
          ALT: (): TypeExpression => {
            const name = this.SUBRULE(this.name)
            const direction = this.OPTION({ GATE: () => this.endTypeAhead(), DEF: () => this.SUBRULE(this.direction) })
            if (direction === undefined) return { kind: 'named-type', name, span: name.span }
            return { kind: 'end-type', name, direction, shared: false, span: this.ACTION(() => this.fromSpan(name.span)) }
          },
        },
      ],
    }),
  )

  private readonly channelType = this.RULE('channelType', (shared: boolean): TypeExpression => {
    const start = this.CONSUME(T.Chan) as Token
    this.OPTION(() => this.CONSUME(T.Of))
    const untyped = !this.RECORDING_PHASE && this.untypedNameAhead()
    const item: ProtocolItem = untyped ? this.untypedChannel(start) : this.SUBRULE(this.protocolItem)
    const direction = this.OPTION2({ GATE: () => this.typeDirectionAhead(), DEF: () => this.SUBRULE(this.direction) })
    const named = item.kind === 'plain' && item.type.kind === 'named-type' ? item.type.name : undefined
    const protocol = named === undefined ? item : { kind: 'named' as const, name: named, span: item.span }
    const span = this.from(start)
    return direction === undefined
      ? { kind: 'chan-type', protocol, shared, span }
      : { kind: 'chan-type', protocol, shared, direction, span }
  })

  /** `CHAN c`: the channel is declared, but says nothing about its messages. */
  private untypedChannel(start: Token): ProtocolItem {
    const span = this.here()
    this.complain(start, 'E0235', this.place(this.ahead(1)), { name: this.ahead(1).image, example: `CHAN INT ${this.ahead(1).image}` })
    return { kind: 'plain', type: { kind: 'missing', span }, span }
  }

  private readonly portType = this.RULE('portType', (): TypeExpression => {
    const start = this.CONSUME(T.Port) as Token
    this.OPTION(() => this.CONSUME(T.Of))
    this.ACTION(() => {
      this.complain(start, 'E0291', T.spanOf(start), undefined)
    })
    const element = this.SUBRULE(this.dataType)
    return { kind: 'port-type', element, span: this.from(start) }
  })

  private barrierType(token: Token): TypeExpression {
    return { kind: 'barrier-type', span: T.spanOf(token) }
  }

  /** One component of a protocol: `T`, `count::[]T` or ANY. */
  protected readonly protocolItem = this.RULE('protocolItem', (): ProtocolItem =>
    this.OR({
      ERR_MSG: expect.type,
      DEF: [
        { ALT: (): ProtocolItem => ({ kind: 'any', span: T.spanOf(this.CONSUME(T.Any) as Token) }) },
        {
          ALT: (): ProtocolItem => {
            const type = this.SUBRULE(this.dataType)
            const element = this.OPTION(() => {
              this.CONSUME(T.DoubleColon)
              this.CONSUME(T.LBracket)
              this.CONSUME(T.RBracket)
              return this.SUBRULE2(this.dataType)
            })
            if (element === undefined) return { kind: 'plain', type, span: type.span }
            return { kind: 'counted', count: type, element, span: this.ACTION(() => this.fromSpan(type.span)) }
          },
        },
      ],
    }),
  )

  protected readonly direction = this.RULE('direction', (): Direction =>
    this.OR([
      { ALT: () => this.CONSUME(T.Question).image as Direction }, // the token type has one spelling
      { ALT: () => this.CONSUME(T.Exclamation).image as Direction },
    ]),
  )

  /** Whether a type is neither that of a channel nor an end of a channel type, which its direction tells. */
  private isNoChannel(type: TypeExpression): boolean {
    if (this.RECORDING_PHASE || type.kind === 'missing') return false
    const last = this.ahead(0).tokenType
    return type.kind !== 'chan-type' && last !== T.Question && last !== T.Exclamation
  }

  private wrapType(base: TypeExpression, parts: readonly TypePart[]): TypeExpression {
    let type = base
    const deep = parts[MAX_NESTING]
    if (deep !== undefined) {
      this.complain(deep.token, 'E0117', T.spanOf(deep.token), { limit: MAX_NESTING })
      return base
    }
    for (const part of [...parts].reverse()) {
      const span = cover(T.spanOf(part.token), type.span)
      if (part.kind === 'mobile') type = { kind: 'mobile-type', element: type, span }
      else if (part.kind === 'dimension') {
        type =
          part.size === undefined
            ? { kind: 'array-type', element: type, span }
            : { kind: 'array-type', size: part.size, element: type, span }
      } else if (part.direction === undefined && this.isNoChannel(base))
        this.complain(part.token, 'E0250', T.spanOf(part.token), { type: base.span.file.text.slice(base.span.start, base.span.end) })
      else if (type.kind === 'end-type') type = { ...type, shared: true, span }
      else if (type.kind === 'chan-type')
        type = part.direction === undefined ? { ...type, span } : { ...type, sharedEnd: part.direction, span }
    }
    return type
  }
}
