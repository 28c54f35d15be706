/** Assignment, output, input and call, and the lines that were meant to be one of these. */
import type { ParserMethod, TokenType } from 'chevrotain'
import type { Expression, Extension, InputItem, InputMode, Name, OutputItem, Process, Variant } from './ast.ts'
import { endWords } from './habits.ts'
import { FAULTY_INDENT } from './layout.ts'
import { expect } from './parser-base.ts'
import { DeclarationParser } from './parser-declarations.ts'
import type { Span } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

const assignable: ReadonlySet<Expression['kind']> = new Set(['name-use', 'subscript', 'slice', 'missing'])

/** What can follow the name that begins a process. */
const followsName: ReadonlySet<TokenType> = new Set([
  T.Assign, T.Comma, T.Exclamation, T.Question, T.DoubleQuestion, T.LParen, T.LBracket, T.Is, T.Equals,
]) // prettier-ignore

export abstract class ActionParser extends DeclarationParser {
  /** Assignment, output, input and call: all begin with an operand. */
  protected readonly simple = this.RULE('simple', (): Process => {
    const start = this.ahead(1)
    const first = this.SUBRULE(this.operand)
    if (first.kind === 'function-call' && !followsName.has(this.ahead(1).tokenType)) {
      this.endOfLine()
      return { kind: 'call', name: first.name, actuals: first.actuals, span: first.span }
    }
    return this.OR<Process>({
      ERR_MSG: expect.assign,
      DEF: [
        { GATE: () => this.is(T.Assign) || this.is(T.Comma), ALT: () => this.SUBRULE(this.assignment, { ARGS: [start, first] }) },
        { GATE: () => !this.is(T.Eol) && !this.is(T.Equals), ALT: () => this.SUBRULE(this.communication, { ARGS: [start, first] }) },
        { ALT: () => this.SUBRULE(this.notProcess, { ARGS: [start, first] }) },
      ],
    })
  })

  /** An output or an input on a channel that has been read. */
  protected readonly communication = this.RULE('communication', (start: Token, channel: Expression): Process =>
    this.OR<Process>({
      ERR_MSG: expect.assign,
      DEF: [
        { ALT: () => this.SUBRULE(this.output, { ARGS: [start, channel] }) },
        {
          ALT: () => {
            const isExtended = this.is(T.DoubleQuestion)
            const mode = this.SUBRULE(this.inputMode)
            if (mode.kind === 'case') return { kind: 'input', channel, mode, span: this.from(start) }
            this.endOfLine()
            const line = this.from(start)
            if (!isExtended) return { kind: 'input', channel, mode, span: line }
            const extended = this.SUBRULE(this.extension, { ARGS: [line] })
            return { kind: 'input', channel, mode, extended, span: this.from(start) }
          },
        },
      ],
    }),
  )

  private readonly assignment = this.RULE('assignment', (start: Token, first: Expression): Process => {
    const targets = [first]
    this.MANY(() => {
      this.CONSUME(T.Comma)
      targets.push(this.SUBRULE(this.operand))
    })
    this.CONSUME(T.Assign)
    const values = this.SUBRULE(this.expressions)
    const span = this.from(start)
    this.endOfLine()
    this.ACTION(() => {
      targets.forEach((target) => {
        this.checkTarget(target)
      })
    })
    return { kind: 'assign', targets, values, span }
  })

  private checkTarget(target: Expression): void {
    if (assignable.has(target.kind)) return
    const { file, start, end } = target.span
    this.complain(this.ahead(0), 'E0227', target.span, {
      found: `\`${file.text.slice(start, Math.min(end, start + 40)).split('\n')[0]}\``,
      declaration: undefined,
    })
  }

  private readonly output = this.RULE('output', (start: Token, channel: Expression): Process => {
    const items: OutputItem[] = []
    this.CONSUME(T.Exclamation)
    this.AT_LEAST_ONE_SEP({
      SEP: T.Semicolon,
      ERR_MSG: expect.expression,
      DEF: () => {
        const value = this.SUBRULE(this.expression)
        const counted = this.OPTION(() => {
          this.CONSUME(T.DoubleColon)
          return this.SUBRULE2(this.expression)
        })
        if (counted === undefined) items.push({ kind: 'plain', value, span: value.span })
        else items.push({ kind: 'counted', count: value, value: counted, span: this.ACTION(() => this.fromSpan(value.span)) })
      },
    })
    const span = this.from(start)
    this.endOfLine()
    return { kind: 'output', channel, items, span }
  })

  /** What follows the channel of an input, from `?` on. Only `? CASE` with variants takes its end of line and block along. */
  protected readonly inputMode = this.RULE('inputMode', (): InputMode => {
    const isExtended = this.OR9({
      ERR_MSG: '`?`',
      DEF: [
        {
          ALT: () => {
            this.CONSUME(T.Question)
            return false
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.DoubleQuestion)
            return true
          },
        },
      ],
    })
    return this.OR<InputMode>({
      ERR_MSG: 'a variable, CASE or AFTER',
      DEF: [
        { ALT: () => this.SUBRULE(this.caseInput, { ARGS: [isExtended] }) },
        {
          ALT: () => {
            this.CONSUME(T.After)
            return { kind: 'after', time: this.SUBRULE(this.expression) }
          },
        },
        { ALT: () => ({ kind: 'items', items: this.SUBRULE(this.inputItems) }) },
      ],
    })
  })

  private readonly caseInput = this.RULE('caseInput', (isExtended: boolean): InputMode => {
    this.CONSUME(T.Case)
    return this.OR<InputMode>({
      ERR_MSG: 'a tag, or variants on the lines below',
      DEF: [
        {
          ALT: () => {
            const { tag, items } = this.SUBRULE(this.tagged)
            return { kind: 'tag', tag, items }
          },
        },
        {
          ALT: () => {
            this.CONSUME(T.Eol)
            const variants: Variant[] = []
            this.OPTION(() => {
              this.SUBRULE(this.variants, { ARGS: [variants, isExtended] })
            })
            return isExtended ? { kind: 'case', variants, extended: true } : { kind: 'case', variants }
          },
        },
      ],
    })
  })

  private readonly tagged = this.RULE('tagged', (): { tag: Name; items: InputItem[] } => {
    const tag = this.SUBRULE(this.name)
    const items = this.OPTION(() => {
      this.CONSUME(T.Semicolon)
      return this.SUBRULE(this.inputItems)
    })
    return { tag, items: items ?? [] }
  })

  private readonly variants = this.RULE('variants', (list: Variant[] = [], isExtended: boolean = false): void => {
    this.CONSUME(T.Indent)
    const outer = this.inExtension
    this.inExtension = isExtended
    this.lines(this.someVariants, list, 'E0223')
    this.inExtension = outer
    this.endOfBlock()
  })

  /** Whether the variants that are being read are those of an extended input. */
  private inExtension = false

  /** The processes under an extended input: one while the writer waits, and perhaps one after. */
  protected readonly extension = this.RULE('extension', (opener: Span): Extension => {
    const list: Process[] = []
    this.OPTION(() => {
      this.CONSUME(T.Indent)
      this.SUBRULE(this.processList, { ARGS: [list] })
      this.endOfBlock()
    })
    const [during, after, more] = list
    this.ACTION(() => {
      if (during === undefined) this.complain(this.ahead(0), 'E0253', opener, undefined)
      else if (more !== undefined)
        this.complain(this.ahead(0), 'E0209', more.span, { construct: 'the extended input' }, [
          { span: during.span, text: 'the first process' },
        ])
    })
    return { during: during ?? this.missing(), ...(after && { after }) }
  })

  protected abstract readonly processList: ParserMethod<[list?: Process[], until?: TokenType], void>

  private readonly someVariants = this.RULE('someVariants', (list: Variant[] = []): void => {
    this.MANY(() => {
      this.SUBRULE(this.variant, { ARGS: [list] })
    })
  })

  private readonly variant = this.RULE('variant', (list: Variant[] = []): void => {
    const start = this.ahead(1)
    const declarations = this.SUBRULE(this.declarations)
    const line = this.ahead(1)
    const head = this.attempt(() => {
      const read = this.SUBRULE(this.tagged)
      this.endOfLine()
      return read
    }, true)
    if (head === undefined) return
    const isExtended = this.inExtension
    this.inExtension = false
    if (isExtended && !this.RECORDING_PHASE) {
      const { during, after } = this.SUBRULE9(this.extension, { ARGS: [T.spanOf(line)] })
      list.push({ kind: 'variant', declarations, ...head, body: during, ...(after && { after }), span: this.from(start) })
    } else {
      const body = this.SUBRULE(this.processBlock, { ARGS: [`\`${line.image}\``, T.spanOf(line)] })
      list.push({ kind: 'variant', declarations, ...head, body, span: this.from(start) })
    }
    this.inExtension = isExtended
  })

  private readonly inputItems = this.RULE('inputItems', (): InputItem[] => {
    const items: InputItem[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: T.Semicolon,
      ERR_MSG: expect.variable,
      DEF: () => {
        const target = this.SUBRULE(this.operand)
        this.ACTION(() => {
          this.checkTarget(target)
        })
        const counted = this.OPTION(() => {
          this.CONSUME(T.DoubleColon)
          return this.SUBRULE2(this.operand)
        })
        if (counted === undefined) items.push({ kind: 'plain', target, span: target.span })
        else items.push({ kind: 'counted', count: target, target: counted, span: this.ACTION(() => this.fromSpan(target.span)) })
      },
    })
    return items
  })

  /** A line that begins with an operand and is no process, with the likeliest reason. PASS is one of these. */
  private readonly notProcess = this.RULE('notProcess', (start: Token, first: Expression): Process => {
    const next = this.OR({
      ERR_MSG: expect.assign,
      DEF: [
        { GATE: () => first.kind === 'name-use', ALT: () => this.CONSUME(T.Eol) as Token },
        { GATE: () => first.kind !== 'function-call', ALT: () => this.CONSUME(T.Equals) as Token },
      ],
    })
    return this.ACTION((): Process => {
      const span = T.spanOf(start)
      if (next.tokenType === T.Eol && start.image === 'PASS') return { kind: 'pass', span }
      if (next.tokenType === T.Equals) this.complain(start, 'E0213', T.spanOf(next), { name: start.image })
      else if (endWords.test(start.image)) this.complain(start, 'E0243', span, { word: start.image })
      else this.complain(start, 'E0214', span, { name: start.image })
      this.skipLine(start.position, true)
      return { kind: 'missing', span: this.from(start) }
    })
  })

  // ------------------------------------------------------------------------------------------ lines that begin wrongly

  /** Reads the lines of a block with the rule `some`, which reads as many as it can; a line that stops it is reported and left out. */
  protected lines<L>(
    some: ParserMethod<[list?: L[]], void>,
    list: L[],
    code: Parameters<typeof this.unexpected>[0],
    until = T.Outdent,
  ): void {
    this.SUBRULE9(some, { ARGS: [list] })
    while (!this.RECORDING_PHASE && !this.is(T.Outdent) && !this.is(until) && !this.atEnd()) {
      this.unexpected(code)
      this.SUBRULE9(some, { ARGS: [list] })
    }
  }

  /** Reports a line that cannot begin with what it begins with, and leaves it out with its block. */
  protected unexpected(code: 'E0203' | 'E0218' | 'E0220' | 'E0221' | 'E0222' | 'E0223'): void {
    if (this.strayColon()) return
    const token = this.ahead(1)
    const found = this.describe(token)
    if (this.is(T.Indent)) {
      this.drop()
      this.deeper(token)
      this.skipLineFromHere()
      while (!this.is(T.Outdent) && !this.atEnd()) this.skipLineFromHere()
      this.drop()
      return
    }
    if (this.is(T.Result)) {
      this.complain(token, 'E0229', this.place(token), { within: this.inValof })
      this.resultMisplaced = true
    } else if (code === 'E0203') this.complain(token, code, this.place(token), { after: 'here', found })
    else {
      const word = this.misspelt()
      if (word === 'read on') return
      if (word === undefined) this.complain(token, code, this.place(token), { found })
    }
    this.skipLine(token.position, true)
    this.lostTerminator(token)
  }

  private skipLineFromHere(): void {
    this.skipLine(this.ahead(1).position, true)
  }

  /**
   * Reports `seq` or `SEK` for SEQ at the start of a line, unless what follows shows that it is a name. A word that begins a construct is read
   * as that from here on.
   * @returns what to do if it was such a word
   */
  protected misspelt(): 'read on' | 'leave out' | undefined {
    const token = this.ahead(1)
    if (token.tokenType !== T.Name || followsName.has(this.ahead(2).tokenType)) return undefined
    const upper = token.image.toUpperCase()
    const keyword = T.keywords.has(upper) ? upper : token.image === upper ? nearWord(upper) : undefined
    if (keyword === undefined) return undefined
    this.complain(token, 'E0216', T.spanOf(token), { word: token.image, keyword })
    const type = T.keywords.get(keyword)
    if (type === undefined || !T.beginsLine.has(type)) return 'leave out'
    this.become(type, keyword)
    return 'read on'
  }

  protected deeper(indent: Token): void {
    const next = this.ahead(1)
    if (indent.image !== FAULTY_INDENT) this.complain(next, 'E0210', this.place(next), { above: 'the line above' })
  }
}

const lineWords = [...T.beginsLine].map(({ name }) => name).concat('CASE', 'ELSE', 'CHAN', 'INT', 'BYTE')

/** @returns the word that may begin a line and differs from `word` by one letter added, left out, changed or exchanged. */
function nearWord(word: string): string | undefined {
  return lineWords.find((candidate) => {
    let start = 0
    while (start < word.length && word[start] === candidate[start]) start++
    let end = 0
    while (end < Math.min(word.length, candidate.length) - start && word.at(-1 - end) === candidate.at(-1 - end)) end++
    const left = word.slice(start, word.length - end)
    const right = candidate.slice(start, candidate.length - end)
    const exchanged = left.length === 2 && left[0] === right[1] && left[1] === right[0]
    return word.length > 2 && (exchanged || (left.length <= 1 && right.length <= 1))
  })
}
