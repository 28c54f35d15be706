/** From a path to a tree: the four stages in order. */
import type { Program } from './ast.ts'
import type { Diagnostic } from './diagnostic.ts'
import { layout } from './layout.ts'
import { lex } from './lexer.ts'
import { parse } from './parser.ts'
import { preprocess, relevant, type PreprocessOptions } from './preprocess.ts'
import type { SourceReader } from './reader.ts'
import type { SourceFile } from './source.ts'
import { predefinedSymbols } from './symbols.ts'
import type { Token } from './tokens.ts'

export interface Parsed {
  readonly program: Program
  readonly diagnostics: readonly Diagnostic[]
  /** Every file that was read, the program's first. */
  readonly files: readonly SourceFile[]
  /** What the stages left, for `--dump`. */
  readonly stages: { readonly lexed: readonly Token[]; readonly preprocessed: readonly Token[]; readonly laidOut: readonly Token[] }
}

/**
 * Reads a program with everything that it includes.
 * @param path where the program is, as `reader` knows it
 * @param reader where files come from
 * @param options where to look for included files and what is defined beyond `predefinedSymbols`
 * @returns the tree and all faults of its text and syntax, in the order of the stages; undefined when there is no file at `path`
 */
export function parseProgram(path: string, reader: SourceReader, options: PreprocessOptions = {}): Parsed | undefined {
  const text = reader.read(path)
  if (text === undefined) return undefined
  const lexed = lex({ path, text })
  const preprocessed = preprocess(lexed.value, reader, { ...options, symbols: { ...predefinedSymbols, ...options.symbols } })
  const { tokens, files, pragmas, skipped } = preprocessed.value
  const laidOut = layout(tokens)
  const parsed = parse(lexed.value.file, laidOut.value, pragmas)
  return {
    program: parsed.value,
    diagnostics: [...relevant(lexed.diagnostics, skipped), ...preprocessed.diagnostics, ...laidOut.diagnostics, ...parsed.diagnostics],
    files,
    stages: { lexed: lexed.value.tokens, preprocessed: tokens, laidOut: laidOut.value },
  }
}
