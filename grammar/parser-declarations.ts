/** Declarations, from `INT x:` to PROC and FUNCTION. */
import type {
  Abbreviation, Declaration, Direction, Expression, Formal, FunctionDeclaration, InitialDeclaration, MissingDeclaration, Name, Placement,
  ProcDeclaration, Process, Reshape, TypeExpression, ValueProcess, VariableDeclaration,
} from './ast.ts' // prettier-ignore
import { expect } from './parser-base.ts'
import { sizedBehind, TypeDeclarationParser } from './parser-type-declarations.ts'
import type { Span } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

type Prefixes = { readonly start: Token; readonly recursive: boolean; readonly inline: boolean }

export abstract class DeclarationParser extends TypeDeclarationParser {
  /** The one process in the block under a line. The first argument names the line, the second is where it begins. */
  protected abstract readonly processBlock: (construct: string, opener: Span) => Process

  /** Declarations up to something else. */
  protected readonly declarations = this.RULE('declarations', (): Declaration[] => {
    const list: Declaration[] = []
    this.MANY({ GATE: () => this.declarationAhead(), DEF: () => list.push(this.SUBRULE(this.declaration)) })
    return list
  })

  protected readonly declaration = this.RULE('declaration', (): Declaration => {
    const start = this.ahead(1)
    const longs = this.longs.length
    const declaration = this.attempt(() => this.SUBRULE(this.anyDeclaration), true)
    if (declaration !== undefined) return declaration
    this.longs.length = longs
    this.lostTerminator(start)
    return { kind: 'missing', span: this.from(start) }
  })

  private readonly anyDeclaration = this.RULE('anyDeclaration', (): Declaration =>
    this.OR<Declaration>({
      ERR_MSG: 'a declaration',
      DEF: [
        { ALT: () => this.SUBRULE(this.valAbbreviation) },
        { ALT: () => this.SUBRULE(this.initial) },
        { ALT: () => this.SUBRULE(this.resultAbbreviation) },
        { GATE: () => this.channelTypeDeclarationAhead(), ALT: () => this.SUBRULE(this.channelTypeDeclaration) },
        { GATE: () => this.is(T.Type, 2) && this.is(T.Proc), ALT: () => this.SUBRULE(this.processType) },
        { GATE: () => this.mobileProcAhead(), ALT: () => this.SUBRULE(this.mobileProc) },
        { GATE: () => this.is(T.Proc) || this.is(T.Inline) || this.is(T.Recursive), ALT: () => this.SUBRULE(this.procOrFunction) },
        { ALT: () => this.SUBRULE(this.protocol) },
        { ALT: () => this.SUBRULE(this.dataTypeDeclaration) },
        { ALT: () => this.SUBRULE(this.placement) },
        { GATE: () => this.untypedAhead(), ALT: () => this.SUBRULE(this.untyped) },
        { GATE: () => this.functionAhead(), ALT: () => this.SUBRULE(this.plainFunction) },
        { ALT: () => this.SUBRULE(this.typed) },
      ],
    }),
  )

  // ------------------------------------------------------------------------------------------ one line

  /** `VAL x IS e:` `VAL T x IS e:` `VAL T x RETYPES e:`. */
  private readonly valAbbreviation = this.RULE('valAbbreviation', (): Declaration => {
    const start = this.CONSUME(T.Val) as Token
    const type = this.OPTION({ GATE: () => !this.is(T.Name) || this.is(T.Name, 2), DEF: () => this.SUBRULE(this.type) })
    const name = this.SUBRULE(this.name)
    return this.SUBRULE(this.abbreviationRest, { ARGS: [start, true, type, name, undefined] })
  })

  /** `x IS y:` `c? IS d?:`. */
  private readonly untyped = this.RULE('untyped', (): Declaration => {
    const start = this.ahead(1)
    const name = this.SUBRULE(this.name)
    const direction = this.OPTION(() => this.SUBRULE(this.direction))
    return this.SUBRULE(this.abbreviationRest, { ARGS: [start, false, undefined, name, direction] })
  })

  private readonly abbreviationRest = this.RULE(
    'abbreviationRest',
    (start: Token, val: boolean, type: TypeExpression | undefined, name: Name, direction: Direction | undefined): Declaration => {
      const operator = this.OR({
        ERR_MSG: expect.is.ERR_MSG,
        DEF: [{ ALT: () => this.CONSUME(T.Is).image }, { ALT: () => this.CONSUME(T.Reshapes).image }],
      }) as 'IS' | 'RETYPES' | 'RESHAPES' // all that the two types spell
      const value = this.SUBRULE(this.declaredValue)
      const span = this.from(start)
      const rest = direction === undefined ? {} : { direction }
      if (operator === 'IS') {
        const node: Abbreviation = { kind: 'abbreviation', val, ...(type && { type }), name, ...rest, value, span }
        return node
      }
      if (type === undefined) {
        this.ACTION(() => {
          this.complain(start, 'E0235', name.span, { name: name.text, example: `${val ? 'VAL ' : ''}[]BYTE ${name.text} ${operator} x:` })
        })
        return { kind: 'missing', span }
      }
      const node: Reshape = { kind: 'reshape', operator, val, type, name, ...rest, value, span }
      return node
    },
  )

  /** The value of an abbreviation up to the end of the line; a faulty one is missing, and the name is declared all the same. */
  private readonly declaredValue = this.RULE('declaredValue', (): Expression => {
    const value = this.attempt(() => this.SUBRULE(this.expression))
    if (value === undefined) return this.missing()
    this.endOfDeclaration()
    return value
  })

  /** The values of a list of names, as `declaredValue`. */
  private readonly declaredValues = this.RULE('declaredValues', (): readonly Expression[] => {
    const values = this.attempt(() => this.SUBRULE(this.expressions))
    if (values === undefined) return [this.missing()]
    this.endOfDeclaration()
    return values
  })

  /** `INITIAL T x IS e:` `INITIAL T x, y IS e, f:`. */
  private readonly initial = this.RULE('initial', (): Declaration => {
    const start = this.CONSUME(T.Initial) as Token
    const type = this.SUBRULE(this.type)
    const names: Name[] = []
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, ...expect.name, DEF: () => names.push(this.SUBRULE(this.name)) })
    const sign = this.CONSUME(T.Is) as Token
    const values = this.SUBRULE(this.declaredValues)
    const span = this.from(start)
    return this.ACTION(() => {
      if (values.length !== names.length && values.every(({ kind }) => kind !== 'missing'))
        this.complain(sign, 'E0248', names[values.length]?.span ?? values[names.length]?.span ?? span, {
          names: names.length,
          values: values.length,
        })
      const node: InitialDeclaration = {
        kind: 'initial',
        type,
        names,
        values: names.map(({ span: at }, i) => values[i] ?? this.missing(at)),
        span,
      }
      return node
    })
  })

  /** `RESULT T x IS y:` `RESULT x IS y:`: as without RESULT, of a variable that need not have a value before. */
  private readonly resultAbbreviation = this.RULE('resultAbbreviation', (): Declaration => {
    this.CONSUME(T.Result)
    return this.OR<Declaration>({
      ERR_MSG: expect.type,
      DEF: [
        { GATE: () => this.untypedAhead(), ALT: () => this.SUBRULE(this.untyped) },
        {
          ALT: () => {
            const start = this.ahead(1)
            const type = this.SUBRULE(this.type)
            const name = this.SUBRULE(this.name)
            return this.SUBRULE(this.abbreviationRest, { ARGS: [start, false, type, name, undefined] })
          },
        },
      ],
    })
  })

  /** `T x, y:` `T x IS y:` `T x RETYPES y:`. */
  private readonly typed = this.RULE('typed', (): Declaration => {
    const start = this.ahead(1)
    const type = this.SUBRULE(this.type)
    const name = this.SUBRULE(this.name)
    const direction = this.OPTION(() => this.SUBRULE(this.direction))
    const abbreviation = this.OPTION2(() => this.SUBRULE(this.abbreviationRest, { ARGS: [start, false, type, name, direction] }))
    return abbreviation ?? this.SUBRULE(this.variableRest, { ARGS: [start, type, name] })
  })

  private readonly variableRest = this.RULE('variableRest', (start: Token, type: TypeExpression, first: Name): Declaration => {
    const names = [first]
    const sizes = this.SUBRULE(this.sizesAfterName, { ARGS: [first] })
    this.MANY(() => {
      this.CONSUME(T.Comma)
      names.push(this.SUBRULE(this.name))
    })
    const before = this.losses
    this.endOfDeclaration()
    const sized = this.ACTION(() => sizedBehind(type, sizes))
    const node: VariableDeclaration = { kind: 'variable', type: sized, names, ...this.partlyLost(before), span: this.from(start) }
    return node
  })

  /** `PLACE x AT n:` `PLACE x[i] AT n:` `PLACE x IN WORKSPACE:` `PLACE x AT WORKSPACE n:`. */
  private readonly placement = this.RULE('placement', (): Declaration => {
    const start = this.CONSUME(T.Place) as Token
    const name = this.SUBRULE(this.name)
    const subscripts: Expression[] = []
    this.MANY(() => {
      this.CONSUME(T.LBracket)
      subscripts.push(this.SUBRULE2(this.expression))
      this.CONSUME(T.RBracket)
    })
    const where = this.OR<Placement['where']>({
      ERR_MSG: '`AT` or `IN`',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.At)
            const space = this.OPTION(() => this.CONSUME(T.Workspace))
            const address = this.SUBRULE(this.expression)
            return space === undefined ? { kind: 'at', address } : { kind: 'workspace', address }
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.In)
            return { kind: this.CONSUME2(T.Workspace).image === 'WORKSPACE' ? 'workspace' : 'vecspace' }
          },
        },
      ],
    })
    this.endOfDeclaration()
    return { kind: 'place', name, subscripts, where, span: this.from(start) }
  })

  /** `PROC TYPE P IS (CHAN INT in?, out!):`. */
  private readonly processType = this.RULE('processType', (): Declaration => {
    const start = this.CONSUME(T.Proc) as Token
    this.CONSUME(T.Type)
    const name = this.SUBRULE(this.name)
    this.CONSUME(T.Is)
    const formals: Formal[] = []
    this.SUBRULE(this.formals, { ARGS: [formals] })
    this.endOfDeclaration()
    return { kind: 'process-type', name, formals, span: this.from(start) }
  })

  // ------------------------------------------------------------------------------------------ PROC and FUNCTION

  /** A declaration that begins with PROC, INLINE or RECURSIVE. */
  private readonly procOrFunction = this.RULE('procOrFunction', (): Declaration => {
    const prefixes = this.SUBRULE(this.prefixes)
    return this.OR<Declaration>({
      ERR_MSG: '`PROC` or `FUNCTION`',
      DEF: [
        { GATE: () => this.is(T.Func), ALT: () => this.SUBRULE(this.functionWithoutResults, { ARGS: [prefixes] }) },
        { ALT: () => this.SUBRULE(this.proc, { ARGS: [prefixes] }) },
        { ALT: () => this.SUBRULE(this.functionRest, { ARGS: [prefixes] }) },
      ],
    })
  })

  /** `REC FUNCTION f (...)`: the types of its results are left out. */
  private readonly functionWithoutResults = this.RULE(
    'functionWithoutResults',
    ({ start }: Prefixes = this.noPrefixes()): MissingDeclaration => {
      const header = this.CONSUME(T.Func) as Token
      this.ACTION(() => {
        this.complain(header, 'E0218', T.spanOf(header), { found: `\`${header.image}\`` })
        this.skipLine(start.position, true)
        this.lostTerminator(start)
      })
      return { kind: 'missing', span: this.from(start) }
    },
  )

  private readonly plainFunction = this.RULE('plainFunction', (): Declaration => {
    const prefixes = this.noPrefixes()
    return this.SUBRULE(this.functionRest, { ARGS: [prefixes] })
  })

  private noPrefixes(): Prefixes {
    return { start: this.ahead(1), recursive: false, inline: false }
  }

  private readonly prefixes = this.RULE('prefixes', (): Prefixes => {
    const start = this.ahead(1)
    let recursive = false
    let inline = false
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(T.Recursive)
            recursive = true
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Inline)
            inline = true
          },
        },
      ])
    })
    return { start, recursive, inline }
  })

  private readonly proc = this.RULE('proc', ({ start, recursive, inline }: Prefixes = this.noPrefixes()): ProcDeclaration => {
    const header = this.CONSUME(T.Proc) as Token
    const name = this.SUBRULE(this.name)
    const formals: Formal[] = []
    const line = { over: false, complete: false }
    this.attempt(() => {
      this.SUBRULE(this.formals, { ARGS: [formals] })
      line.complete = true
      line.over = !this.is(T.Eol)
      this.endOfLine()
    })
    const long = this.begins('PROC', start)
    // all of it may be on the line: then what was left over has been told of, `:` and all
    if (line.over && !this.is(T.Indent)) long.ended = true
    const body = this.SUBRULE(this.processBlock, { ARGS: ['the PROC', T.spanOf(header)] })
    this.terminator(long)
    const whole = line.complete ? {} : { brokenHeader: true as const }
    return { kind: 'proc', name, formals, body, recursive, inline, ...whole, span: this.from(start) }
  })

  /** `MOBILE PROC m (CHAN INT in?) IMPLEMENTS P` and the body. */
  private readonly mobileProc = this.RULE('mobileProc', (): ProcDeclaration => {
    const start = this.CONSUME(T.Mobile) as Token
    const header = this.CONSUME(T.Proc) as Token
    const name = this.SUBRULE(this.name)
    const formals: Formal[] = []
    const line = { complete: false }
    const type = this.attempt(() => {
      this.SUBRULE(this.formals, { ARGS: [formals] })
      this.OR({
        ERR_MSG: '`IMPLEMENTS` and a PROC TYPE',
        DEF: [{ GATE: () => this.RECORDING_PHASE || this.ahead(1).image === 'IMPLEMENTS', ALT: () => this.CONSUME(T.Name) }],
      })
      const found = this.SUBRULE2(this.name)
      line.complete = true
      this.endOfLine()
      return found
    })
    const long = this.begins('PROC', start)
    const body = this.SUBRULE(this.processBlock, { ARGS: ['the MOBILE PROC', T.spanOf(header)] })
    this.terminator(long)
    const whole = line.complete ? {} : { brokenHeader: true as const }
    return {
      kind: 'proc',
      name,
      formals,
      body,
      recursive: false,
      inline: false,
      implements: type ?? name,
      ...whole,
      span: this.from(start),
    }
  })

  /** `INT, BOOL FUNCTION f (...) IS e, g:` or with a VALOF below. */
  private readonly functionRest = this.RULE('functionRest', ({ start, ...flags }: Prefixes = this.noPrefixes()): FunctionDeclaration => {
    const results: TypeExpression[] = []
    this.AT_LEAST_ONE_SEP({ SEP: T.Comma, ERR_MSG: expect.type, DEF: () => results.push(this.SUBRULE(this.type)) })
    const more = this.SUBRULE(this.prefixes)
    const keyword = this.CONSUME(T.Func) as Token
    const name = this.OR({
      ERR_MSG: expect.name.ERR_MSG,
      DEF: [{ ALT: () => this.SUBRULE(this.name) }, { ALT: () => this.operatorName(this.CONSUME(T.StringText) as Token) }],
    })
    const formals: Formal[] = []
    const long = this.begins('FUNCTION', start)
    const header = { complete: false }
    const short = this.attempt(() => {
      this.SUBRULE(this.formals, { ARGS: [formals] })
      header.complete = true
      return this.OR2<{ values: Expression[] | undefined }>({
        ERR_MSG: '`IS`, or VALOF on the next line',
        DEF: [
          {
            ALT: () => {
              this.CONSUME(T.Is)
              const values = this.SUBRULE(this.expressions)
              this.endOfDeclaration()
              return { values }
            },
          },
          {
            ALT: () => {
              this.CONSUME(T.Eol)
              return { values: undefined }
            },
          },
        ],
      })
    })
    this.ACTION(() => {
      if (name.text.startsWith('"') && short !== undefined) this.checkOperator(name, formals.length)
    })
    const common = {
      kind: 'function' as const,
      name,
      results,
      formals,
      recursive: flags.recursive || more.recursive,
      inline: flags.inline || more.inline,
      ...(header.complete ? {} : { brokenHeader: true as const }),
    }
    const body = this.OPTION(() => this.SUBRULE(this.functionBody))
    if (body !== undefined) {
      this.terminator(long)
      return { ...common, body, span: this.from(start) }
    }
    this.ACTION(() => {
      this.longs.pop()
      if (short !== undefined && short.values === undefined)
        this.complain(keyword, 'E0204', T.spanOf(keyword), { construct: 'the FUNCTION' })
    })
    return { ...common, body: { kind: 'expressions', values: short?.values ?? [this.missing()] }, span: this.from(start) }
  })

  /** A FUNCTION in quotes is an operator that can be written, between two operands or before one. */
  private checkOperator(name: Name, operands: number): void {
    const sign = name.text.slice(1, -1)
    const dyadic = T.isOperator(sign, 2)
    if (operands > 0 && operands < 3 && T.isOperator(sign, operands)) return
    const takes = !dyadic && !T.isOperator(sign, 1) ? 'none' : !dyadic ? 'one' : T.isOperator(sign, 1) ? 'either' : 'two'
    this.complain(this.ahead(0), 'E0246', name.span, { sign, takes, operands })
  }

  private readonly functionBody = this.RULE('functionBody', (): ValueProcess => {
    this.CONSUME(T.Indent)
    const valof = this.SUBRULE(this.valueProcess)
    this.endOfBlock()
    return valof
  })

  /** Formals in brackets, appended to `list` one by one so that a fault loses only those after it. */
  private readonly formals = this.RULE('formals', (list: Formal[] = []): void => {
    this.CONSUME(T.LParen)
    let mode: Formal['mode'] = 'reference'
    let type: TypeExpression | undefined
    this.MANY_SEP({
      SEP: T.Comma,
      DEF: () => {
        const start = this.ahead(1)
        this.OPTION({
          GATE: () => type === undefined || !this.formalNameAhead(),
          DEF: () => {
            mode = this.OPTION2(() => this.SUBRULE(this.mode)) ?? 'reference'
            type = this.SUBRULE(this.formalType)
          },
        })
        const name = this.SUBRULE(this.name)
        const direction = this.OPTION3(() => this.SUBRULE(this.direction))
        const span = this.from(start)
        const formal = { kind: 'formal' as const, mode, type: type ?? { kind: 'missing' as const, span }, name, span }
        list.push(direction === undefined ? formal : { ...formal, direction })
      },
    })
    this.CONSUME(T.RParen, { ERR_MSG: '`,` or `)`' })
  })

  private readonly formalType = this.RULE('formalType', (): TypeExpression => {
    if (this.RECORDING_PHASE || !this.untypedNameAhead()) return this.SUBRULE(this.type)
    const next = this.ahead(1)
    this.complain(next, 'E0235', T.spanOf(next), { name: next.image, example: `VAL INT ${next.image}` })
    return { kind: 'missing', span: this.here() }
  })

  private readonly mode = this.RULE('mode', (): Formal['mode'] =>
    this.OR<Formal['mode']>([
      {
        ALT: () => {
          this.CONSUME(T.Val)
          return 'val'
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Result)
          return 'result'
        },
      },
      {
        ALT: () => {
          this.CONSUME(T.Initial)
          return 'initial'
        },
      },
    ]),
  )
}
