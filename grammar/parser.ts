/** The whole grammar: programs and tests. */
import type { Declaration, Program, Pragma, Test } from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { ChoiceParser } from './parser-choices.ts'
import type { Result } from './result.ts'
import type { SourceFile } from './source.ts'
import * as T from './tokens.ts'
import type { Token } from './tokens.ts'

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
      DEF: () =>
        this.OR([
          { GATE: () => this.testAhead(), ALT: () => list.push(this.SUBRULE(this.test)) },
          { ALT: () => list.push(this.SUBRULE(this.declaration)) },
        ]),
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

function textOf(token: Token): string {
  return new TextDecoder().decode(token.bytes)
}

let parser: Parser | undefined

/**
 * Builds the tree of a program.
 * @param file the program's own file, which the tree's root spans
 * @param tokens what layout made
 * @param pragmas what the preprocessor found
 * @returns the tree, with `missing` nodes for what could not be read; faults are E0201 to E0292
 */
export function parse(file: SourceFile, tokens: readonly Token[], pragmas: readonly Pragma[] = []): Result<Program> {
  parser ??= new Parser()
  const diagnostics: Diagnostic[] = []
  const items = parser.parse(tokens, diagnostics)
  return { value: { kind: 'program', items, pragmas, span: { file, start: 0, end: file.text.length } }, diagnostics }
}
