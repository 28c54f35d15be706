/** The whole grammar: programs and tests. */
import type { IToken } from 'chevrotain'
import type { Declaration, Program, Pragma, Test } from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { ChoiceParser } from './parser-choices.ts'
import type { Result } from './result.ts'
import type { SourceFile } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'
import type { TreeMemory } from './tree-memory.ts'

/** Units of `WITHIN`, in microseconds. */
const units: Readonly<Record<string, number>> = { US: 1, MS: 1000, S: 1_000_000 }

type TestOptions = { fails?: string; within?: number; explore?: 'holds' | 'deadlocks' }

class Parser extends ChoiceParser {
  constructor() {
    super()
    this.performSelfAnalysis()
  }

  parse(tokens: readonly Token[], diagnostics: Diagnostic[]): (Declaration | Test)[] {
    this.begin(tokens, diagnostics)
    return this.items()
  }

  /** Reads an item by `read`. A parser that remembers may know it already. */
  protected remembered(read: () => Declaration | Test): Declaration | Test {
    return read()
  }

  private readonly items = this.RULE('items', (): (Declaration | Test)[] => {
    const list: (Declaration | Test)[] = []
    this.SUBRULE(this.someItems, { ARGS: [list] })
    while (!this.RECORDING_PHASE && !this.atEnd()) {
      if (this.is(T.Outdent)) this.drop()
      else {
        const start = this.ahead(1)
        this.unexpected('E0218')
        list.push({ kind: 'missing', span: this.from(start) })
      }
      this.SUBRULE2(this.someItems, { ARGS: [list] })
    }
    return list
  })

  private readonly someItems = this.RULE('someItems', (list: (Declaration | Test)[] = []): void => {
    this.MANY({
      GATE: () => this.testAhead() || this.declarationAhead(),
      DEF: () => {
        const item = this.remembered(() =>
          this.OR<Declaration | Test>([
            { GATE: () => this.testAhead(), ALT: () => this.SUBRULE(this.test) },
            { ALT: () => this.SUBRULE(this.declaration) },
          ]),
        )
        list.push(item)
      },
    })
  })

  // ------------------------------------------------------------------------------------------ tests

  private testAhead(): boolean {
    return this.is(T.Name) && this.ahead(1).image === 'TEST' && this.is(T.StringText, 2)
  }

  private readonly test = this.RULE('test', (): Test => {
    const start = this.CONSUME(T.Name) as Token
    const title = textOf(this.CONSUME(T.StringText) as Token)
    const options: TestOptions = {}
    this.attempt(() => {
      this.MANY(() => {
        this.SUBRULE(this.testOption, { ARGS: [options] })
      })
      this.endOfLine()
    })
    const long = this.begins('TEST', start)
    const body = this.SUBRULE(this.processBlock, { ARGS: ['the TEST', T.spanOf(start)] })
    this.terminator(long)
    return { kind: 'test', title, ...options, body, span: this.from(start) }
  })

  private readonly testOption = this.RULE('testOption', (options: TestOptions = {}): void => {
    const word = this.CONSUME(T.Name) as Token
    const string = this.OPTION(() => this.CONSUME(T.StringText) as Token)
    const number = this.OPTION2(() => this.CONSUME(T.Integer) as Token)
    this.ACTION(() => {
      this.setOption(options, word, string, number)
    })
  })

  private setOption(options: TestOptions, word: Token, string: Token | undefined, number: Token | undefined): void {
    const next = this.is(T.Name) ? this.ahead(1).image : ''
    if (word.image === 'FAILS' && string !== undefined) options.fails = textOf(string)
    else if (word.image === 'EXPLORE' && string === undefined && number === undefined) {
      options.explore = next === 'DEADLOCKS' ? 'deadlocks' : 'holds'
      if (next === 'DEADLOCKS') this.drop()
    } else if (word.image === 'WITHIN' && number !== undefined && units[next] !== undefined) {
      options.within = Number(number.image) * units[next]
      this.drop()
    } else this.complain(word, 'E0228', T.spanOf(word), { option: word.image })
  }
}

/** Reads a text again and again while it changes. */
class RememberingParser extends Parser {
  private memory: TreeMemory | undefined
  private original: readonly Token[] = []
  private said: readonly Diagnostic[] = []
  /** The position of the furthest token that was looked at. */
  private furthest = 0

  parseAgain(tokens: readonly Token[], diagnostics: Diagnostic[], memory: TreeMemory): (Declaration | Test)[] {
    this.memory = memory
    this.original = tokens
    this.said = diagnostics
    return this.parse(tokens, diagnostics)
  }

  override LA(howMuch: number): IToken {
    const token = super.LA(howMuch) as Token // but for EOF, whose offsets are NaN, all tokens are ours
    const position = Number.isNaN(token.startOffset) ? this.original.length : token.position
    if (position > this.furthest) this.furthest = position
    return token
  }

  protected override remembered(read: () => Declaration | Test): Declaration | Test {
    const { memory, original, said } = this
    if (memory === undefined || this.RECORDING_PHASE) return read()
    const start = this.next()
    const known = memory.find(original, start)
    if (known !== undefined) {
      for (let i = 0; i < known.taken; i++) this.drop()
      return known.item
    }
    const before = said.length
    this.furthest = start
    const item = read()
    const end = this.next()
    // Some looks at the next token pass by `LA`.
    if (said.length === before) memory.keep(item, original, start, end - start, Math.max(this.furthest, end))
    return item
  }

  /** The position of the next token. */
  private next(): number {
    return this.atEnd() ? this.original.length : this.ahead(1).position
  }
}

function textOf(token: Token): string {
  return new TextDecoder().decode(token.bytes)
}

let parser: Parser | undefined
let remembering: RememberingParser | undefined

/**
 * Builds the tree of a program.
 * @param file the program's own file, which the tree's root spans
 * @param tokens what layout made
 * @param pragmas what the preprocessor found
 * @param memory what was read of the program before, for a text that changes
 * @returns the tree, with `missing` nodes for what could not be read; faults are E0201 to E0292
 */
export function parse(file: SourceFile, tokens: readonly Token[], pragmas: readonly Pragma[] = [], memory?: TreeMemory): Result<Program> {
  const diagnostics: Diagnostic[] = []
  const items = memory === undefined ? (parser ??= new Parser()).parse(tokens, diagnostics) : again(file, tokens, diagnostics, memory)
  return { value: { kind: 'program', items, pragmas, span: { file, start: 0, end: file.text.length } }, diagnostics }
}

function again(file: SourceFile, tokens: readonly Token[], diagnostics: Diagnostic[], memory: TreeMemory): Program['items'] {
  memory.begin(file)
  return (remembering ??= new RememberingParser()).parseAgain(tokens, diagnostics, memory)
}
