/**
 * `#INCLUDE`, `#USE`, `#IF`, `#DEFINE` and their kin, on the tokens of whole lines.
 *
 * This stage stands before layout, so that `#IF` may enclose part of a construct and an included text may supply one: what is left are
 * the lines of one text, each token in the column where it counts.
 */
import type { Pragma } from './ast.ts'
import { conditionHolds } from './conditions.ts'
import { reporter, type Diagnostic } from './diagnostic.ts'
import { foreignDialect } from './dialects.ts'
import { foreignLibrary } from './foreign-libraries.ts'
import { lex, type Lexed } from './lexer.ts'
import { messages } from './messages.ts'
import { directoryOf, joinPath, type SourceReader } from './reader.ts'
import type { Result } from './result.ts'
import type { SourceFile, Span } from './source.ts'
import { Symbols } from './symbols.ts'
import { Directive, Name, spanOf, Splice, StringText, type Token } from './tokens.ts'

export interface PreprocessOptions {
  /** Searched after the folder of the including file, in order. */
  readonly includeDirectories?: readonly string[]
  /** Searched last: where the libraries that come with the language are. */
  readonly libraryDirectory?: string
  /** Symbols that are defined at the start, with the text of their value ('' for none). */
  readonly symbols?: Readonly<Record<string, string>>
  /** Reads the tokens of an included file; for those who have read it before. */
  readonly lex?: (file: SourceFile) => Result<Lexed>
  /** Names that every program may use, with the library file that declares them: it is taken in before a program that uses one. */
  readonly implicit?: ReadonlyMap<string, string>
}

export interface Preprocessed {
  readonly file: SourceFile
  /** The tokens that are left, those of included files in place. */
  readonly tokens: readonly Token[]
  /** Every file that was read, the program's first. */
  readonly files: readonly SourceFile[]
  readonly pragmas: readonly Pragma[]
  /** What `#IF` left out of the program's own file; lexical faults there do not count. */
  readonly skipped: readonly Span[]
}

const MAX_DEPTH = 64
const knownPragmas = new Set([
  'SHARED', 'PERMITALIASES', 'DEFINED', 'UNDEFINED', 'EXTERNAL', 'TRANSLATE', 'LINKAGE', 'EXPORT', 'IOSPACE', 'COMMENT', 'NOLINK',
]) // prettier-ignore

/** One `#IF` that is open. */
interface Branching {
  readonly directive: Token
  /** Whether the text around it counts. */
  readonly outer: boolean
  /** Whether one of its parts has counted. */
  taken: boolean
  active: boolean
  elseSeen: boolean
  /** How many columns its lines count less than they stand, because of `#RELAX`. */
  relaxed: number
}

/** How many columns less each line counts below a `#RELAX`. */
export const RELAXATION = 2

/** @returns those of `diagnostics` that do not lie in text that was left out. */
export function relevant(diagnostics: readonly Diagnostic[], skipped: readonly Span[]): Diagnostic[] {
  const lies = ({ file, start }: Span) => skipped.some((span) => span.file === file && span.start <= start && start < span.end)
  return diagnostics.filter((diagnostic) => !lies(diagnostic.primary.span))
}

class Preprocessor {
  readonly tokens: Token[] = []
  readonly files: SourceFile[] = []
  readonly pragmas: Pragma[] = []
  readonly diagnostics: Diagnostic[] = []
  private readonly report = reporter(messages, this.diagnostics)
  private readonly symbols: Symbols
  private readonly texts = new Map<string, Result<Lexed>>()
  private readonly open: string[] = []
  /** Library files that have been taken in, which are taken in once. */
  private readonly once = new Set<string>()

  constructor(
    private readonly reader: SourceReader,
    private readonly options: PreprocessOptions,
    program: SourceFile,
  ) {
    this.files.push(program)
    this.symbols = new Symbols(options.symbols ?? {})
  }

  /** Takes in a library file before the program. */
  prepare(name: string): void {
    const found = this.find([name], [this.options.libraryDirectory ?? ''])
    if (found === undefined || this.once.has(found.path)) return
    this.once.add(found.path)
    // it lies as deep as if the program named it
    this.open.push(resolve(this.reader, '', this.files[0]?.path ?? ''))
    this.take(found.lexed.value, found.path, 0)
    this.open.pop()
  }

  /** @returns the library files that are used without a `#USE`. */
  missing(): readonly string[] {
    const { implicit } = this.options
    if (implicit === undefined) return []
    const used = new Set<string>()
    for (const { tokenType, image } of this.tokens) {
      const library = tokenType === Name ? implicit.get(image) : undefined
      if (library !== undefined) used.add(library)
    }
    return [...used].filter((name) => !this.once.has(resolve(this.reader, this.options.libraryDirectory ?? '', name)))
  }

  /** Takes in one file. @returns what its `#IF`s left out. */
  take(lexed: Lexed, path: string, shift: number): Span[] {
    this.open.push(path)
    this.symbols.depth = this.open.length - 1
    if (!this.files.includes(lexed.file)) this.files.push(lexed.file)
    const branches: Branching[] = []
    const skipped: Span[] = []
    const { tokens, file } = lexed
    for (let i = 0; i < tokens.length;) {
      const active = branches.at(-1)?.active ?? true
      const moved = shift - branches.reduce((columns, { relaxed }) => columns + relaxed, 0)
      i = this.text(tokens, i, active ? moved : undefined)
      const token = tokens[i++]
      if (token === undefined) break
      const start = i
      while (i < tokens.length && tokens[i]?.first === false) i++
      const rest = tokens.slice(start, i)
      if (!active) this.endSkip(skipped, token.startOffset)
      if (!this.branch(token, rest, branches) && active) this.directive(token, rest, moved, branches.at(-1))
      if (!(branches.at(-1)?.active ?? true)) skipped.push({ file, start: rest.at(-1)?.end ?? token.end, end: file.text.length })
    }
    for (const { directive } of branches) this.report('E0125', spanOf(directive), undefined)
    this.open.pop()
    this.symbols.depth = this.open.length - 1
    return skipped
  }

  private endSkip(skipped: Span[], end: number): void {
    const last = skipped.pop()
    if (last !== undefined) skipped.push({ ...last, end })
  }

  /**
   * Takes in tokens up to the next directive.
   * @param shift of their columns; undefined when they are left out
   * @returns where the directive is, or the end
   */
  private text(tokens: readonly Token[], from: number, shift: number | undefined): number {
    let i = from
    for (; i < tokens.length; i++) {
      const token = tokens[i] as Token // i < length
      if (token.tokenType === Directive) return i
      if (shift === undefined) continue
      if (token.tokenType === Splice) this.splice(token, shift)
      else this.tokens.push(shift === 0 ? token : { ...token, column: token.column + shift })
    }
    return i
  }

  /** Puts the value of a symbol where `##X` stands. */
  private splice(token: Token, shift: number): void {
    const name = token.image.slice(2)
    const value = this.symbols.at(name, token)
    if (value.length === 0) this.report('E0126', spanOf(token), { name })
    value.forEach((part, index) => {
      const { file, startOffset, end, line } = token
      this.tokens.push({ ...part, file, startOffset, end, line, column: token.column + shift, first: index === 0 && token.first })
    })
  }

  /** Handles `#IF` to `#ENDIF`. @returns whether it was one of these. */
  private branch(token: Token, rest: readonly Token[], branches: Branching[]): boolean {
    const current = branches.at(-1)
    const outer = current?.active ?? true
    const word = token.image
    if (word === '#IF') {
      const active = outer && conditionHolds(token, rest, this.symbols, this.report)
      branches.push({ directive: token, outer, taken: active, active, elseSeen: false, relaxed: 0 })
      return true
    }
    if (word !== '#ELIF' && word !== '#ELSE' && word !== '#ENDIF') return false
    if (current === undefined || (current.elseSeen && word !== '#ENDIF')) this.report('E0124', spanOf(token), { word })
    else if (word === '#ENDIF') branches.pop()
    else {
      current.elseSeen = word === '#ELSE'
      current.active = current.outer && !current.taken && (word === '#ELSE' || conditionHolds(token, rest, this.symbols, this.report))
      current.taken ||= current.active
      current.relaxed = 0
    }
    return true
  }

  private directive(token: Token, rest: readonly Token[], shift: number, branch: Branching | undefined): void {
    switch (token.image) {
      case '#INCLUDE':
      case '#USE': {
        this.include(token, rest, token.column + shift)
        return
      }
      case '#DEFINE':
      case '#UNDEF':
      case '#UNDEFINE': {
        this.define(token, rest)
        return
      }
      case '#PRAGMA':
      case '#OPTION': {
        this.pragma(token, rest[0])
        return
      }
      case '#COMMENT':
        return
      case '#RELAX':
        if (branch === undefined) this.report('W0105', spanOf(token), undefined)
        else branch.relaxed += RELAXATION
        return
      default:
        this.report('E0120', spanOf(token), { word: token.image })
    }
  }

  private define(token: Token, [name, ...value]: readonly Token[]): void {
    const word = token.image
    if (name?.tokenType !== Name) {
      this.report('E0121', spanOf(token), { word, form: word === '#DEFINE' ? '#DEFINE name [value]' : `${word} name` })
    } else if (word !== '#DEFINE') this.symbols.undefine(name.image)
    else {
      if (this.symbols.has(name.image)) this.report('W0103', spanOf(name), { name: name.image })
      this.symbols.define(name.image, value)
    }
  }

  private pragma(token: Token, text: Token | undefined): void {
    const span: Span = { file: token.file, start: token.startOffset, end: text?.end ?? token.end }
    if (token.image === '#OPTION') {
      this.pragmas.push({ kind: 'pragma', word: 'OPTION', rest: text?.image ?? '', span })
      return
    }
    const [, first, rest] = /^(\S+)\s*(.*)$/s.exec(text?.image ?? '') ?? []
    if (first === undefined || rest === undefined) {
      this.report('E0121', span, { word: '#PRAGMA', form: '#PRAGMA WORD ...' })
      return
    }
    const word = first.toUpperCase()
    if (!knownPragmas.has(word)) this.report('W0102', span, { word })
    this.pragmas.push({ kind: 'pragma', word, rest, span })
  }

  private include(token: Token, rest: readonly Token[], column: number): void {
    const [string] = rest
    const word = token.image
    const isBare = string?.tokenType === Name
    const malformed = { word, form: `${word} "${isBare ? string.image : 'file'}"` }
    if (string === undefined || (!isBare && string.tokenType !== StringText) || rest.length > 1) {
      this.report('E0121', spanOf(token), malformed)
      return
    }
    const name = isBare ? string.image : string.image.slice(1, -1)
    const names = word === '#USE' ? libraryNames(name) : headingNames(name)
    const folders = [directoryOf(this.open.at(-1) ?? ''), ...(this.options.includeDirectories ?? [])]
    if (this.options.libraryDirectory !== undefined) folders.push(this.options.libraryDirectory)
    // A program may have the name of a library that it uses.
    const found =
      (word === '#USE' ? this.find(names, folders, this.open) : undefined) ??
      this.find(names, folders) ??
      this.find(spellings(names), folders)
    if (found === undefined) {
      this.report('E0122', spanOf(string), { name, names, folders: [...new Set(folders)], hint: foreignLibrary(name) })
      return
    }
    if (isBare) this.report('E0121', spanOf(token), malformed)
    const { path, lexed } = found
    if (this.open.includes(path)) {
      this.report('E0123', spanOf(string), { chain: [...this.open.slice(this.open.indexOf(path)), path] })
      return
    }
    if (this.open.length >= MAX_DEPTH) {
      this.report('E0128', spanOf(string), { depth: MAX_DEPTH })
      return
    }
    // A module at the outermost level is seen by all that follows, so a second copy would add nothing.
    if (word === '#USE' || (column === 0 && path.endsWith('.module'))) {
      if (this.once.has(path)) return
      this.once.add(path)
    }
    const seen = this.files.includes(lexed.value.file)
    const skipped = this.take(lexed.value, path, column)
    if (!seen) for (const d of relevant(lexed.diagnostics, skipped)) this.diagnostics.push(d)
  }

  private find(
    names: readonly string[],
    folders: readonly string[],
    except: readonly string[] = [],
  ): { path: string; lexed: Result<Lexed> } | undefined {
    for (const folder of folders) {
      for (const name of names) {
        const path = resolve(this.reader, folder, name)
        if (except.includes(path)) continue
        const known = this.texts.get(path)
        if (known !== undefined) return { path, lexed: known }
        const text = this.reader.read(path)
        if (text === undefined) continue
        const lexed = (this.options.lex ?? lex)({ path, text })
        this.texts.set(path, lexed)
        return { path, lexed }
      }
    }
    return undefined
  }
}

const resolve = (reader: SourceReader, folder: string, name: string): string => reader.resolve?.(folder, name) ?? joinPath(folder, name)

/**
 * What other compilers make of a text, or of several: `.lib` of any, `.tco` of the toolset, `.t4x` and `.t8h` of a processor and its error mode,
 * `.tce`, `.etc` and `.c8x` of later and linked ones, `.tsr` of folds. The text itself stands beside it, under the same name.
 */
const OBJECT = /\.(lib|tco|tce|etc|tsr|precomp|[tc][2-9a-c][hsux])$/

/** The files that `#USE "name"` may mean. A library of old that differs from ours of the same name keeps its `.lib`. */
function libraryNames(name: string): string[] {
  const base = name.replace(OBJECT, '').replace(/^filelib$/, 'file')
  const names = ['.module', '.inc', '.occ', '.csp'].map((suffix) => base + suffix)
  return /\.(module|inc|occ|csp)$/.test(base) ? [base] : name === base ? names : [`${name}.module`, ...names]
}

/** The files that `#INCLUDE "name"` may mean: KRoC has headings of its libraries, `file.inc`, where ours are one text, `file.module`. */
function headingNames(name: string): string[] {
  const heading = /^(?:(filelib)|(.*))\.inc$/.exec(name)
  return heading === null ? [name] : [name, `${heading[1] === undefined ? (heading[2] ?? '') : 'file'}.module`]
}

/** Other names for files, from systems that part folders by `\\` and tell no capitals from small letters. */
function spellings(names: readonly string[]): string[] {
  const parted = names.map((name) => name.replaceAll('\\', '/'))
  return [...new Set([parted, parted.map((name) => name.toLowerCase()), parted.map((name) => name.toUpperCase())].flat())].filter(
    (name) => !names.includes(name),
  )
}

/**
 * Carries out the preprocessor lines of a program.
 * @param lexed the program's file
 * @param reader where other files come from
 * @param options where to look for files, and what is defined
 * @returns the tokens that are left, none of a text in another dialect; faults are E0120 to E0128, E0251 and E0252
 */
export function preprocess(lexed: Lexed, reader: SourceReader, options: PreprocessOptions = {}): Result<Preprocessed> {
  const run = (libraries: readonly string[]): readonly [Preprocessor, Span[]] => {
    const preprocessor = new Preprocessor(reader, options, lexed.file)
    for (const name of libraries) preprocessor.prepare(name)
    return [preprocessor, preprocessor.take(lexed, resolve(reader, '', lexed.file.path), 0)]
  }
  // A library stands before everything else, so that what it shares with the program's own `#USE`s is there for both.
  const once = run([])
  const missing = once[0].missing()
  const [preprocessor, skipped] = missing.length === 0 ? once : run(missing)
  const { tokens, files, pragmas, diagnostics } = preprocessor
  const foreign = foreignDialect(tokens)
  if (foreign !== undefined) {
    const whole = { file: lexed.file, start: 0, end: lexed.file.text.length }
    return { value: { file: lexed.file, tokens: [], files, pragmas: [], skipped: [whole] }, diagnostics: [foreign] }
  }
  return { value: { file: lexed.file, tokens, files, pragmas, skipped }, diagnostics }
}
