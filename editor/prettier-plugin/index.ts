/** The prettier plugin: `prettier --plugin godwit/prettier-plugin file.csp`. */
import { doc, type AstPath, type Doc, type Printer, type SupportLanguage, type Parser } from 'prettier'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import { lineColumn, type LineColumn } from '../../grammar/source.ts'
import { EXTENSIONS, format, PRINT_WIDTH } from './format.ts'

const FORMAT = 'godwit'

/** The whole text is one node: layout is not prettier's to decide. */
interface Program {
  readonly text: string
  readonly formatted: string
}

/** The first fault of a text, in the form in which prettier's own parsers tell theirs. */
class FormatSyntaxError extends SyntaxError {
  readonly loc: { readonly start: LineColumn }

  constructor({ code, title, primary: { span } }: Diagnostic) {
    const start = lineColumn(span.file, span.start)
    super(`[${code}] ${title} (${start.line}:${start.column})`)
    this.loc = { start }
  }
}

export const languages: SupportLanguage[] = [
  { name: 'Godwit', parsers: [FORMAT], extensions: [...EXTENSIONS], aliases: ['csp', 'occam'], vscodeLanguageIds: ['godwit'] },
]

const parser: Parser<Program> = {
  astFormat: FORMAT,
  parse: (text, { filepath, printWidth }) => {
    const path = filepath as string | undefined // absent for a text without a file
    const result = format(text, { printWidth, ...(path !== undefined && { path }) })
    if (result.text === undefined) throw new FormatSyntaxError(result.faults[0])
    return { text, formatted: result.text }
  },
  locStart: () => 0,
  locEnd: ({ text }) => text.length,
}

export const parsers: Record<string, Parser<Program>> = { [FORMAT]: parser }

const printer: Printer<Program> = {
  print: ({ node }: AstPath<Program>): Doc => doc.builders.join(doc.builders.literalline, node.formatted.split('\n')),
}

export const printers: Record<string, Printer<Program>> = { [FORMAT]: printer }

/** Two spaces are part of the language; the width is that of `godwit fmt` unless prettier is told another. */
export const defaultOptions = { printWidth: PRINT_WIDTH, tabWidth: 2, useTabs: false }
