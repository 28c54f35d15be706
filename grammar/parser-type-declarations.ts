/** DATA TYPE and PROTOCOL, and how long declarations begin and end. */
import type {
  ChannelTypeDeclaration,
  Declaration,
  Expression,
  Name,
  ProtocolDeclaration,
  ProtocolItem,
  RecordDeclaration,
  TypeDeclaration,
  TypeExpression,
} from './ast.ts'
import { expect, type LongDeclaration } from './parser-base.ts'
import { ExpressionParser } from './parser-expressions.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

type Tag = NonNullable<ProtocolDeclaration['tags']>[number]
type Field = RecordDeclaration['fields'][number]
type ChannelField = ChannelTypeDeclaration['fields'][number]

export abstract class TypeDeclarationParser extends ExpressionParser {
  protected begins(construct: string, start: Token): LongDeclaration {
    const long = { construct, start, ended: false }
    this.longs.push(long)
    return long
  }

  protected readonly dataTypeDeclaration = this.RULE('dataTypeDeclaration', (): Declaration => {
    const start = this.CONSUME(T.Data) as Token
    this.CONSUME(T.Type)
    const name = this.SUBRULE(this.name)
    return this.OR<Declaration>({
      ERR_MSG: '`IS`, or RECORD on the next line',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Is)
            const type = this.SUBRULE(this.type)
            this.endOfDeclaration()
            const node: TypeDeclaration = { kind: 'data-type', name, type, span: this.from(start) }
            return node
          },
        },
        { ALT: () => this.SUBRULE(this.recordRest, { ARGS: [start, name] }) },
      ],
    })
  })

  /** `INT a[10]:` has its size on the wrong side. */
  protected readonly sizesAfterName = this.RULE('sizesAfterName', (name: Name): Expression[] => {
    const sizes: Expression[] = []
    this.MANY(() => {
      const open = this.CONSUME(T.LBracket) as Token
      this.ACTION(() => {
        this.complain(open, 'E0236', T.spanOf(open), { name: name.text })
      })
      sizes.push(this.SUBRULE(this.expression))
      this.CONSUME(T.RBracket)
    })
    return sizes
  })

  private readonly recordRest = this.RULE('recordRest', (start: Token, name: Name): Declaration => {
    const long = this.begins('DATA TYPE', start)
    const before = this.losses
    let packed = false
    let mobile = false
    this.CONSUME(T.Eol)
    this.CONSUME(T.Indent)
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Packed)
            packed = true
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Mobile)
            mobile = true
          },
        },
      ])
    })
    this.CONSUME(T.Record)
    this.endOfLine()
    const fields = this.OPTION(() => this.SUBRULE(this.fields)) ?? []
    this.endOfBlock()
    this.terminator(long)
    const node: RecordDeclaration = {
      kind: 'record',
      name,
      packed,
      mobile,
      fields,
      ...this.partlyLost(before),
      span: this.from(start),
    }
    return node
  })

  private readonly fields = this.RULE('fields', (): Field[] => {
    const fields: Field[] = []
    this.CONSUME(T.Indent)
    this.MANY(() => {
      this.attempt(() => this.SUBRULE(this.field, { ARGS: [fields] }), true)
    })
    this.endOfBlock()
    return fields
  })

  /** `INT x, y:`, and others in the same line. */
  private readonly field = this.RULE('field', (fields: Field[] = []): void => {
    const type = this.SUBRULE(this.type)
    const names: Name[] = []
    const sizes: Expression[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: T.Comma,
      ...expect.name,
      DEF: () => {
        const name = this.SUBRULE(this.name)
        names.push(name)
        const own = this.SUBRULE(this.sizesAfterName, { ARGS: [name] })
        this.ACTION(() => {
          for (const size of own) sizes.push(size)
        })
      },
    })
    this.ACTION(() => fields.push({ type: sizedBehind(type, sizes), names }))
    this.endOfField(() => {
      this.SUBRULE(this.field, { ARGS: [fields] })
    })
  })

  /** Takes the `:` of a field and the end of its line, or `next`, the field that stands in the same line. */
  private endOfField(next: () => void): void {
    this.OPTION2({
      GATE: () => this.is(T.Colon) && !this.is(T.Eol, 2),
      DEF: () => {
        this.CONSUME(T.Colon)
        next()
      },
    })
    if (this.RECORDING_PHASE || this.ahead(0).tokenType !== T.Eol) this.endOfDeclaration()
  }

  /** `CHAN TYPE T:` and `RECURSIVE CHAN TYPE T` with its fields. */
  protected readonly channelTypeDeclaration = this.RULE('channelTypeDeclaration', (): Declaration => {
    const prefix = this.OPTION(() => this.CONSUME(T.Recursive)) as Token | undefined
    const start = this.CONSUME(T.Chan) as Token
    this.CONSUME(T.Type)
    const name = this.SUBRULE(this.name)
    const first = prefix ?? start
    return this.OR<Declaration>({
      ERR_MSG: '`:`, or MOBILE RECORD on the next line',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Colon)
            this.endOfLine()
            const node: ChannelTypeDeclaration = {
              kind: 'channel-type',
              name,
              recursive: prefix !== undefined,
              isForward: true,
              fields: [],
              span: this.from(first),
            }
            return node
          },
        },
        { ALT: () => this.SUBRULE(this.channelTypeRest, { ARGS: [first, name, prefix !== undefined] }) },
      ],
    })
  })

  private readonly channelTypeRest = this.RULE('channelTypeRest', (start: Token, name: Name, recursive: boolean): Declaration => {
    const long = this.begins('CHAN TYPE', start)
    const before = this.losses
    this.CONSUME(T.Eol)
    this.CONSUME(T.Indent)
    const mobile = this.OPTION(() => this.CONSUME(T.Mobile)) as Token | undefined
    const record = this.CONSUME(T.Record) as Token
    this.ACTION(() => {
      if (mobile === undefined) this.complain(record, 'E0255', this.place(record), undefined)
    })
    this.endOfLine()
    const fields = this.OPTION2(() => this.SUBRULE(this.channelFields)) ?? []
    this.endOfBlock()
    this.terminator(long)
    const node: ChannelTypeDeclaration = {
      kind: 'channel-type',
      name,
      recursive,
      isForward: false,
      fields,
      ...this.partlyLost(before),
      span: this.from(start),
    }
    return node
  })

  private readonly channelFields = this.RULE('channelFields', (): ChannelField[] => {
    const fields: ChannelField[] = []
    this.CONSUME(T.Indent)
    this.MANY(() => {
      this.attempt(() => this.SUBRULE(this.channelField, { ARGS: [fields] }), true)
    })
    this.endOfBlock()
    return fields
  })

  /** `CHAN P f?, g!:`, and others in the same line. */
  private readonly channelField = this.RULE('channelField', (fields: ChannelField[] = []): void => {
    const type = this.SUBRULE(this.type)
    this.AT_LEAST_ONE_SEP({
      SEP: T.Comma,
      ...expect.name,
      DEF: () => {
        const name = this.SUBRULE(this.name)
        const direction = this.OPTION(() => this.SUBRULE(this.direction))
        fields.push(direction === undefined ? { type, name } : { type, name, direction })
      },
    })
    this.endOfField(() => {
      this.SUBRULE(this.channelField, { ARGS: [fields] })
    })
  })

  protected readonly protocol = this.RULE('protocol', (): Declaration => {
    const start = this.CONSUME(T.Protocol) as Token
    const name = this.SUBRULE(this.name)
    return this.OR<ProtocolDeclaration>({
      ERR_MSG: '`IS`, or CASE on the next line',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Is)
            const items = this.SUBRULE(this.protocolItems)
            const before = this.losses
            this.endOfDeclaration()
            return { kind: 'protocol', name, items, ...this.partlyLost(before), span: this.from(start) }
          },
        },
        { ALT: () => this.SUBRULE(this.variantRest, { ARGS: [start, name] }) },
      ],
    })
  })

  private readonly protocolItems = this.RULE('protocolItems', (): ProtocolItem[] => {
    const items: ProtocolItem[] = []
    this.AT_LEAST_ONE_SEP({ SEP: T.Semicolon, ERR_MSG: expect.type, DEF: () => items.push(this.SUBRULE(this.protocolItem)) })
    return items
  })

  private readonly variantRest = this.RULE('variantRest', (start: Token, name: Name): ProtocolDeclaration => {
    const long = this.begins('PROTOCOL', start)
    const before = this.losses
    const bases: Name[] = []
    this.OPTION(() => {
      this.CONSUME(T.Extends)
      this.AT_LEAST_ONE_SEP({ SEP: T.Comma, ...expect.name, DEF: () => bases.push(this.SUBRULE(this.name)) })
    })
    // what only puts others together needs no tags of its own
    const isShort = bases.length > 0 && this.is(T.Colon)
    if (!isShort) this.CONSUME(T.Eol)
    const tags = isShort || (bases.length > 0 && this.is(T.Colon)) ? [] : this.SUBRULE(this.ownTags, { ARGS: [bases] })
    this.terminator(long)
    return { kind: 'protocol', name, tags, ...(bases.length > 0 && { extends: bases }), ...this.partlyLost(before), span: this.from(start) }
  })

  /** @param bases gets the protocols of lines `FROM A` */
  private readonly ownTags = this.RULE('ownTags', (bases: Name[] = []): Tag[] => {
    this.CONSUME(T.Indent)
    this.CONSUME(T.Case)
    this.endOfLine()
    const tags = this.OPTION(() => this.SUBRULE(this.tags, { ARGS: [bases] })) ?? []
    this.endOfBlock()
    return tags
  })

  /** @param bases gets the protocols of lines `FROM A` */
  private readonly tags = this.RULE('tags', (bases: Name[] = []): Tag[] => {
    const tags: Tag[] = []
    this.CONSUME(T.Indent)
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.attempt(() => {
              this.CONSUME(T.From)
              bases.push(this.SUBRULE(this.name))
              this.endOfLine()
            }, true)
          },
        },
        {
          ALT: () => {
            const tag = this.attempt(() => this.SUBRULE(this.tag), true)
            if (tag !== undefined) tags.push(tag)
          },
        },
      ])
    })
    this.endOfBlock()
    return tags
  })

  private readonly tag = this.RULE('tag', (): Tag => {
    const start = this.ahead(1)
    const name = this.SUBRULE(this.name)
    const value = this.OPTION2(() => {
      this.CONSUME(T.Equals)
      return this.SUBRULE(this.expression)
    })
    const items = this.OPTION(() => {
      this.CONSUME(T.Semicolon)
      return this.SUBRULE(this.protocolItems)
    })
    const span = this.from(start)
    this.endOfLine()
    return { name, ...(value && { value }), items: items ?? [], span }
  })

  /** Leaves a block; lines in it that nothing could read are reported and left out. */
  protected endOfBlock(): void {
    if (!this.RECORDING_PHASE) {
      while (!this.is(T.Outdent) && !this.atEnd()) {
        const token = this.ahead(1)
        if (this.strayColon()) continue
        this.complain(token, 'E0217', this.place(token), { found: this.describe(token), after: this.describeAfter(this.ahead(0)) })
        if (this.is(T.Indent)) this.skipBlock()
        else this.skipLine(token.position, true)
      }
      if (this.atEnd()) return
    }
    this.CONSUME9(T.Outdent)
  }
}

/** @returns the type of a name that has the sizes of its arrays behind it, as in `INT a[10]` */
export function sizedBehind(type: TypeExpression, sizes: readonly Expression[]): TypeExpression {
  return sizes.reduceRight<TypeExpression>((element, size) => ({ kind: 'array-type', size, element, span: type.span }), type)
}
