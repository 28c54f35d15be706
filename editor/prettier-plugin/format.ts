/** Formats texts of the language. Works on tokens and layout: names, types and the files that a text includes are not looked at. */
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import { relevant } from '../../grammar/preprocess.ts'
import { separate } from './asides.ts'
import { printBody } from './print.ts'
import { isSame } from './same.ts'
import { findFaults } from './syntax.ts'
import { buildLines } from './tree.ts'

/** Columns that code may take, unless told otherwise. */
export const PRINT_WIDTH = 110

/** The names of files that hold texts of the language. */
export const EXTENSIONS: readonly string[] = ['.csp', '.occ', '.inc', '.module']

export interface FormatOptions {
  /** Names the text in diagnostics. A `.csp` file is a whole program; others may be parts of one. */
  readonly path?: string
  /** Columns that code may take; `PRINT_WIDTH` when absent. */
  readonly printWidth?: number
}

/** `text` is absent when there are faults. */
export type Formatted = { readonly text: string; readonly faults: readonly [] } | { readonly text?: undefined; readonly faults: Faults }

type Faults = readonly [Diagnostic, ...Diagnostic[]]

const isFull = (faults: readonly Diagnostic[]): faults is Faults => faults.length > 0

const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Formats a text.
 * @param text the text
 * @param options what it is called and how wide it may be
 * @returns the formatted text: the same tokens, blocks, comments and preprocessor lines in the same order; or the faults of the text,
 *   which are E01 and E02
 * @throws Error if the result would not be the same program, which is a fault of the formatter
 */
export function format(text: string, options: FormatOptions = {}): Formatted {
  const { path = 'input.csp', printWidth = PRINT_WIDTH } = options
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : ''
  const file = { path, text: text.slice(mark.length).replaceAll('\r\n', '\n') }
  const whole = path.endsWith('.csp')
  const lexed = lex(file)
  const { faults, skipped, doubts } = findFaults(lexed, !whole)
  if (isFull(faults)) return { faults }

  const isWrong = ({ severity }: Diagnostic) => severity === 'error'
  /** @param without what stays as it is */
  const attempt = (without: typeof skipped): { readonly wrong: Diagnostic[]; readonly result?: string } => {
    const source = separate(lexed.value, without)
    const laidOut = layout(source.tokens)
    const wrong = [...relevant(lexed.diagnostics, without), ...laidOut.diagnostics].filter(isWrong)
    if (isFull(wrong)) return { wrong }
    // The indentation of a part of a program is added to that of its #INCLUDE, so it is not the formatter's to change.
    const base = whole ? 0 : (source.tokens[0]?.column ?? 0)
    const result = printBody(buildLines(source, laidOut.value), printWidth, base)
    return isSame(lexed.value, lex({ path, text: result }).value) ? { wrong, result } : { wrong }
  }

  // What an #IF leaves out is formatted as well, unless it cannot be: then it is prose, or half a construct.
  const all = attempt([])
  const { wrong, result } = all.result === undefined ? attempt(skipped) : all
  if (isFull(wrong)) return { faults: wrong }
  if (result === undefined && isFull(doubts)) return { faults: doubts }
  if (result === undefined) throw new Error(`formatting would change the program \`${path}\``)
  return { text: mark + result, faults: [] }
}
