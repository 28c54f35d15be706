/** What the symbols of the preprocessor stand for: those of every program, those of the command line and those of `#DEFINE`. */
import { lex } from './lexer.ts'
import type { Token } from './tokens.ts'

/** What every program finds defined, with the text of each value. */
export const predefinedSymbols: Readonly<Record<string, string>> = {
  GODWIT: '',
  'OCCAM2.5': '',
  'USER.DEFINED.OPERATORS': '',
  MOBILES: '',
  'MOBILE.DATA.TYPES': '',
  'MOBILE.PROC.TYPES': '',
  'EXTENDED.RENDEZVOUS': '',
  'PROCESS.PRIORITY': '32',
  'INITIAL.DECL': '',
  'TARGET.HAS.FPU': '',
  'TARGET.BITS.PER.WORD': '32',
  'TARGET.BYTES.PER.WORD': '4',
  VERSION: '"Godwit"',
}

/** Where a symbol is used. */
interface Use {
  readonly token: Token
  /** How many `#INCLUDE`s and `#USE`s lie between the program's own file and this one. */
  readonly depth: number
}

/** Symbols whose value depends on where they are used. */
const PLACES: Readonly<Record<string, (use: Use) => string>> = {
  FILE: ({ token }) => `"${token.file.path.replace(/[*"]/g, '*$&')}"`,
  LINE: ({ token }) => String(token.line),
  FILESTACK: ({ depth }) => String(depth),
}

const tokensOf = (text: string): readonly Token[] => lex({ path: '<symbol>', text }).value.tokens

/** The symbols that are defined at one point of a program. */
export class Symbols {
  /** How many files are open around the present one. */
  depth = 0
  private readonly values = new Map<string, readonly Token[] | ((use: Use) => string)>(Object.entries(PLACES))

  /** @param texts symbols that are defined at the start, with the text of their value ('' for none) */
  constructor(texts: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(texts)) this.values.set(name, tokensOf(text))
  }

  has(name: string): boolean {
    return this.values.has(name)
  }

  /** @returns what `name` stands for where `token` uses it; an empty list when it has no value or is not defined */
  at(name: string, token: Token): readonly Token[] {
    const value = this.values.get(name) ?? []
    return typeof value === 'function' ? tokensOf(value({ token, depth: this.depth })) : value
  }

  define(name: string, value: readonly Token[]): void {
    this.values.set(name, value)
  }

  undefine(name: string): void {
    this.values.delete(name)
  }
}
