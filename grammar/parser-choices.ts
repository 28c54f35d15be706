/** ALT, IF and CASE. */
import type {
  Alternation,
  Alternative,
  Choice,
  Conditional,
  Declaration,
  Expression,
  Input,
  Option,
  Process,
  Selection,
  Synchronisation,
} from './ast.ts'
import { ProcessParser } from './parser-processes.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

export abstract class ChoiceParser extends ProcessParser {
  protected readonly choosing = this.RULE('choosing', (): Process =>
    this.OR<Process>([
      { ALT: () => this.SUBRULE(this.conditional) },
      { ALT: () => this.SUBRULE(this.selection) },
      { GATE: () => this.is(T.Par, 2), ALT: () => this.SUBRULE(this.priParallel) },
      { ALT: () => this.SUBRULE(this.alternation) },
    ]),
  )

  // ------------------------------------------------------------------------------------------ IF

  private readonly conditional = this.RULE('conditional', (): Conditional => {
    const start = this.CONSUME(T.If) as Token
    const choices: Choice[] = []
    if (!this.RECORDING_PHASE && this.conditionAhead()) {
      this.inOneLine(start, choices)
      return { kind: 'if', choices, span: this.from(start) }
    }
    const replicator = this.SUBRULE(this.replicated)
    this.OPTION(() => {
      this.SUBRULE(this.choices, { ARGS: [choices] })
    })
    this.ACTION(() => {
      this.checkParts('IF', start, replicator, choices.length)
    })
    return { kind: 'if', ...(replicator && { replicator }), choices, span: this.from(start) }
  })

  /** `IF condition` with a process under it, and perhaps ELSE in the same column: reported, and read as the choices they were meant to be. */
  private inOneLine(start: Token, list: Choice[]): void {
    const first = this.ahead(1)
    this.complain(first, 'E0238', T.spanOf(first), undefined)
    const condition = this.SUBRULE9(this.headerExpression)
    const body = this.SUBRULE9(this.processBlock, { ARGS: ['this condition', T.spanOf(start)] })
    list.push({ kind: 'choice', declarations: [], condition, body, span: this.from(start) })
    while (this.is(T.Else) && this.ahead(1).column === start.column) list.push(this.SUBRULE9(this.otherwise, { ARGS: [true] }))
  }

  /** ELSE, which an IF does not have. */
  private readonly otherwise = this.RULE('otherwise', (reported: boolean): Choice => {
    const token = this.CONSUME(T.Else) as Token
    const nested = this.OPTION(() => this.CONSUME(T.If)) !== undefined
    this.ACTION(() => {
      if (!reported) this.complain(token, 'E0239', T.spanOf(token), { nested })
    })
    const condition = this.is(T.Eol) || this.RECORDING_PHASE ? undefined : this.SUBRULE(this.headerExpression)
    if (condition === undefined) this.endOfLine()
    const body = this.SUBRULE(this.processBlock, { ARGS: ['this condition', this.ACTION(() => T.spanOf(token))] })
    return { kind: 'choice', declarations: [], condition: condition ?? alwaysTrue(token), body, span: this.from(token) }
  })

  private readonly choices = this.RULE('choices', (list: Choice[] = []): void => {
    this.CONSUME(T.Indent)
    this.lines(this.someChoices, list, 'E0220')
    this.endOfBlock()
  })

  private readonly someChoices = this.RULE('someChoices', (list: Choice[] = []): void => {
    this.MANY(() =>
      this.OR([
        { ALT: () => list.push(this.SUBRULE(this.otherwise, { ARGS: [false] })) },
        { ALT: () => list.push(this.SUBRULE(this.choice)) },
      ]),
    )
  })

  private readonly choice = this.RULE('choice', (): Choice => {
    const start = this.ahead(1)
    const declarations = this.SUBRULE(this.declarations)
    return this.OR<Choice>({
      ERR_MSG: 'a condition',
      DEF: [
        {
          ALT: () => {
            const conditional = this.SUBRULE(this.conditional)
            return { kind: 'nested-if', declarations, conditional, span: this.from(start) }
          },
        },
        {
          ALT: () => {
            const line = this.ahead(1)
            const condition = this.SUBRULE(this.headerExpression)
            const body = this.SUBRULE(this.chosenBlock, { ARGS: ['this condition', this.ACTION(() => this.spanOfLine(line, condition))] })
            return { kind: 'choice', declarations, condition, body, span: this.from(start) }
          },
        },
      ],
    })
  })

  private spanOfLine(line: Token, value: Expression) {
    return value.kind === 'missing' ? T.spanOf(line) : value.span
  }

  // ------------------------------------------------------------------------------------------ CASE

  private readonly selection = this.RULE('selection', (): Selection => {
    const start = this.CONSUME(T.Case) as Token
    const selector = this.SUBRULE(this.headerExpression)
    const options: Option[] = []
    this.OPTION(() => {
      this.SUBRULE(this.caseOptions, { ARGS: [options] })
    })
    return { kind: 'case', selector, options, span: this.from(start) }
  })

  private readonly caseOptions = this.RULE('caseOptions', (list: Option[] = []): void => {
    this.CONSUME(T.Indent)
    this.lines(this.someCaseOptions, list, 'E0222')
    this.endOfBlock()
  })

  private readonly someCaseOptions = this.RULE('someCaseOptions', (list: Option[] = []): void => {
    this.MANY(() => list.push(this.SUBRULE(this.caseOption)))
  })

  private readonly caseOption = this.RULE('caseOption', (): Option => {
    const start = this.ahead(1)
    const declarations = this.SUBRULE(this.declarations)
    const line = this.ahead(1)
    const labels = this.attempt(() => {
      const read = this.OR<Expression[] | undefined>({
        ERR_MSG: 'a value or ELSE',
        DEF: [
          {
            ALT: () => {
              this.CONSUME(T.Else)
              return undefined
            },
          },
          { ALT: () => this.SUBRULE(this.expressions) },
        ],
      })
      this.endOfLine()
      return { read }
    }) ?? { read: [this.missing()] }
    const body = this.SUBRULE(this.processBlock, { ARGS: ['this option', this.ACTION(() => T.spanOf(line))] })
    return { kind: 'option', declarations, ...(labels.read && { labels: labels.read }), body, span: this.from(start) }
  })

  // ------------------------------------------------------------------------------------------ ALT

  private readonly alternation = this.RULE('alternation', (): Alternation => {
    const start = this.ahead(1)
    const pri = this.OPTION(() => this.CONSUME(T.Pri)) !== undefined
    this.CONSUME(T.Alt)
    const replicator = this.SUBRULE(this.replicated)
    const alternatives: Alternative[] = []
    this.OPTION2(() => {
      this.SUBRULE(this.alternatives, { ARGS: [alternatives] })
    })
    this.ACTION(() => {
      this.checkParts('ALT', start, replicator, alternatives.length)
    })
    return { kind: 'alt', pri, ...(replicator && { replicator }), alternatives, span: this.from(start) }
  })

  private readonly alternatives = this.RULE('alternatives', (list: Alternative[] = []): void => {
    this.CONSUME(T.Indent)
    this.lines(this.someAlternatives, list, 'E0221')
    this.endOfBlock()
  })

  private readonly someAlternatives = this.RULE('someAlternatives', (list: Alternative[] = []): void => {
    this.MANY(() => list.push(this.SUBRULE(this.alternative)))
  })

  private readonly alternative = this.RULE('alternative', (): Alternative => {
    const start = this.ahead(1)
    const declarations = this.SUBRULE(this.declarations)
    return this.OR<Alternative>({
      ERR_MSG: 'an alternative',
      DEF: [
        {
          ALT: () => {
            const alt = this.SUBRULE(this.alternation)
            return { kind: 'nested-alt', declarations, alt, span: this.from(start) }
          },
        },
        { ALT: () => this.SUBRULE(this.guarded, { ARGS: [start, declarations] }) },
      ],
    })
  })

  private readonly guarded = this.RULE('guarded', (start: Token, declarations: readonly Declaration[]): Alternative => {
    const line = this.ahead(1)
    const guard = this.attempt(() => this.SUBRULE(this.guard), true)
    if (guard === undefined) return { kind: 'missing', span: this.from(start) }
    const { condition, input, sync } = guard
    const rest = condition === undefined ? {} : { condition }
    if (input !== undefined && input.mode.kind === 'case')
      return { kind: 'guarded-case', declarations, ...rest, input, span: this.from(start) }
    if (input?.extended !== undefined)
      return { kind: 'guarded', declarations, ...rest, input, body: { kind: 'skip', span: input.span }, span: this.from(start) }
    const body = this.SUBRULE(this.chosenBlock, { ARGS: ['this guard', this.ACTION(() => T.spanOf(line))] })
    if (input !== undefined) return { kind: 'guarded', declarations, ...rest, input, body, span: this.from(start) }
    if (sync !== undefined) return { kind: 'sync-guard', declarations, ...rest, sync, body, span: this.from(start) }
    return { kind: 'skip-guard', declarations, condition: condition ?? alwaysTrue(line), body, span: this.from(start) }
  })

  /** The line of an alternative: `b & c ? x`, `b & SYNC x`, `b & SKIP`, `SKIP`. With none of the first two it is a SKIP guard. */
  private readonly guard = this.RULE('guard', (): Guard => {
    const first = this.OPTION(() => this.SUBRULE(this.expression))
    const condition = this.OPTION2(() => {
      this.CONSUME(T.Ampersand)
      return first
    })
    if (first !== undefined && condition === undefined && !this.RECORDING_PHASE && (this.is(T.Exclamation) || this.is(T.Eol)))
      return this.noInput(first)
    if (first !== undefined && condition === undefined && !this.RECORDING_PHASE)
      return { input: this.SUBRULE(this.guardInput, { ARGS: [first] }) }
    return this.OR<Guard>({
      ERR_MSG: 'an input, SYNC or SKIP',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Skip)
            this.endOfLine()
            return condition === undefined ? {} : { condition }
          },
        },
        {
          ALT: () => {
            const sync = this.SUBRULE(this.synchronisation)
            return condition === undefined ? { sync } : { condition, sync }
          },
        },
        {
          ALT: () => {
            const channel = this.SUBRULE(this.operand)
            const input = this.SUBRULE2(this.guardInput, { ARGS: [channel] })
            return condition === undefined ? { input } : { condition, input }
          },
        },
      ],
    })
  })

  /** A guard that is an output, or only a condition. */
  private noInput(first: Expression): { condition?: Expression } {
    const token = this.ahead(1)
    if (this.is(T.Exclamation)) {
      this.complain(token, 'E0240', T.spanOf(token), undefined)
      this.skipLine(token.position, false)
      return { condition: { kind: 'missing', span: first.span } }
    }
    const { file, start, end } = first.span
    this.complain(token, 'E0241', first.span, { text: file.text.slice(start, end) })
    this.endOfLine()
    return { condition: first }
  }

  private readonly guardInput = this.RULE('guardInput', (channel: Expression): Input => {
    const isExtended = this.is(T.DoubleQuestion)
    const mode = this.SUBRULE(this.inputMode)
    const span = this.ACTION(() => this.fromSpan(channel.span))
    if (mode.kind !== 'case') this.endOfLine()
    if (!isExtended || mode.kind === 'case') return { kind: 'input', channel, mode, span }
    const extended = this.SUBRULE(this.extension, { ARGS: [span] })
    return { kind: 'input', channel, mode, extended, span: this.ACTION(() => this.fromSpan(channel.span)) }
  })
}

/** What the line of an alternative says. */
interface Guard {
  readonly condition?: Expression
  readonly input?: Input
  readonly sync?: Synchronisation
}

/** A bare `SKIP` guard is `TRUE & SKIP`. */
function alwaysTrue(token: Token): Expression {
  return { kind: 'literal', literal: 'bool', text: 'TRUE', byte: 1, span: T.spanOf(token) }
}
