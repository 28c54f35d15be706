/**
 * The texts that an editor works on, open or on the disk, and what the compiler knows about the programs that they make up.
 *
 * An open document stands before the file of its path, for whoever includes it too. What was found out about a program is kept until one of the
 * texts that it was made of changes.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { Analysis } from '../../compiler/analysis.ts'
import { IncrementalAnalysis } from '../../compiler/incremental.ts'
import type { CompilerHost } from '../../compiler/host.ts'
import { NameIndex } from '../../compiler/name-index.ts'
import { decodeText } from '../../grammar/bytes.ts'
import { directoryOf, joinPath } from '../../grammar/reader.ts'
import type { SourceFile } from '../../grammar/source.ts'
import { EXTENSIONS } from '../prettier-plugin/format.ts'

/** The files of a workspace that are looked at; beyond that there are too many to read. */
const MAX_FILES = 5000
/** The folders below one another that are looked into. */
const MAX_DEPTH = 12

/** What is known about a program, and where its names are. */
export interface ProgramView {
  readonly analysis: Analysis
  readonly names: NameIndex
}

/** One document within its program. */
export interface View extends ProgramView {
  readonly path: string
  /** The text of the document, as the analysis has it. */
  readonly file: SourceFile
}

/** Where a server finds what comes with the compiler. */
export interface Installation {
  /** Directory of the library modules. */
  readonly libraryDirectory: string
  /** Directory of the pages of the diagnostics. */
  readonly diagnosticPages: string
}

/** The index of names is made when somebody first asks for it. */
class LookedAt implements ProgramView {
  private index: NameIndex | undefined

  constructor(readonly analysis: Analysis) {}

  get names(): NameIndex {
    return (this.index ??= new NameIndex(this.analysis))
  }
}

/** A program whose texts change. */
interface LookedAtAgain {
  readonly analysis: IncrementalAnalysis
  /** What is known of it as it is now. */
  current?: ProgramView
  /** What was known when it was last looked at. */
  last?: ProgramView
}

interface DiskText {
  readonly stamp: string
  readonly text: string | undefined
}

export class Workspace {
  /** Open documents by path. */
  readonly documents = new Map<string, TextDocument>()
  /** Folders that the editor works in. */
  folders: readonly string[] = []
  private readonly disk = new Map<string, DiskText>()
  private readonly programs = new Map<string, LookedAtAgain>()
  private scanned: readonly string[] | undefined
  private readonly host: CompilerHost

  constructor(readonly installation: Installation) {
    this.host = {
      read: (path) => this.read(path),
      sha256: () => '', // nothing is compiled
      libraryDirectory: installation.libraryDirectory.replaceAll('\\', '/'),
    }
  }

  /** @returns the text at a path: that of the open document, else that of the file; undefined when there is none */
  read(path: string): string | undefined {
    const open = this.documents.get(path)
    return open === undefined ? this.fromDisk(path) : open.getText()
  }

  private fromDisk(path: string): string | undefined {
    const known = this.disk.get(path)
    let stamp = ''
    try {
      const { mtimeMs, size } = statSync(path)
      stamp = `${mtimeMs} ${size}`
      if (known?.stamp === stamp) return known.text
      const text = decodeText(readFileSync(path))
      this.disk.set(path, { stamp, text })
      return text
    } catch {
      return undefined // a directory, or not there, or not ours to read: for the compiler it does not exist
    }
  }

  /** Whether a path is a part of what comes with the compiler. */
  isLibrary(path: string): boolean {
    return path.startsWith(`${this.host.libraryDirectory}/`)
  }

  /** @returns the names of the libraries, as `#USE` and `#INCLUDE` take them */
  libraryNames(): readonly string[] {
    return readdirSync(this.installation.libraryDirectory).filter((name) => /\.(?:module|inc)$/.test(name))
  }

  /** Files have come, gone or changed on the disk. */
  filesChanged(): void {
    this.scanned = undefined
    this.disk.clear()
    this.textsChanged()
  }

  /** A document was opened, changed or closed. */
  textsChanged(): void {
    for (const program of this.programs.values()) {
      delete program.current
      program.analysis.textsChanged()
    }
  }

  /**
   * Does a part of what `program` has to do, for those who let others have their turn between the parts. What was known before is known until the last part.
   * @returns whether there is more to do
   */
  prepare(path: string): boolean {
    const program = this.programAt(path)
    return program.current === undefined && this.took(path, program, program.analysis.step()) === 'more'
  }

  /** @returns what is known about the program at a path; undefined when there is no text */
  program(path: string): ProgramView | undefined {
    const program = this.programAt(path)
    if (program.current === undefined) this.took(path, program, program.analysis.run())
    return program.current
  }

  private programAt(path: string): LookedAtAgain {
    let program = this.programs.get(path)
    if (program === undefined) {
      // A part of a program needs no main process.
      const options = { sights: true, ...(extname(path) === '.csp' || extname(path) === '.occ' ? {} : { entries: true }) }
      this.programs.set(path, (program = { analysis: new IncrementalAnalysis(path, this.host, options) }))
    }
    return program
  }

  private took<Step extends Analysis | 'more' | undefined>(path: string, program: LookedAtAgain, step: Step): Step {
    if (step === undefined) this.programs.delete(path)
    else if (step !== 'more') program.current = program.last = new LookedAt(step)
    return step
  }

  /**
   * @returns a document within the program that it belongs to, as it was when the program was last looked at: for those who cannot wait.
   *   Undefined when there is no text
   */
  lastView(path: string): View | undefined {
    for (const root of this.rootsOf(path)) {
      const last = this.programs.get(root)?.last
      const file = last?.analysis.files.find((each) => each.path === path)
      if (last !== undefined && file !== undefined) return { analysis: last.analysis, names: last.names, path, file }
    }
    return this.view(path)
  }

  /** @returns a document within the program that it belongs to; undefined when there is no text */
  view(path: string): View | undefined {
    for (const root of this.rootsOf(path)) {
      const program = this.program(root)
      const file = program?.analysis.files.find((each) => each.path === path)
      if (program !== undefined && file !== undefined) return { analysis: program.analysis, names: program.names, path, file }
    }
    return undefined
  }

  /** @returns the programs that a text belongs to: those that include it, open ones first; when there are none, itself */
  rootsOf(path: string): readonly string[] {
    if (extname(path) === '.csp' || this.isLibrary(path)) return [path]
    const includers = this.includers(path).filter((each) => this.includers(each).length === 0)
    const opened = includers.filter((each) => this.documents.has(each))
    return [...opened, ...includers.filter((each) => !this.documents.has(each)), path]
  }

  /** @returns the texts of the workspace that include a text, directly or through others */
  includers(path: string): readonly string[] {
    const found = new Set<string>()
    const wanted = [path]
    for (let next = wanted.pop(); next !== undefined; next = wanted.pop())
      for (const each of this.files())
        if (each !== path && !found.has(each) && this.includes(each).includes(next)) {
          found.add(each)
          wanted.push(each)
        }
    return [...found]
  }

  /** @returns the files that a text names in `#INCLUDE` and `#USE`, as far as they are there */
  includes(path: string): readonly string[] {
    const text = this.read(path) ?? ''
    const found: string[] = []
    for (const [, name = ''] of text.matchAll(/^[ \t]*#(?:INCLUDE|USE)[ \t]+"([^"\n]+)"/gm))
      for (const suffix of ['', '.module', '.inc', '.occ', '.csp']) {
        const full = joinPath(directoryOf(path), name + suffix)
        if (full !== path && (this.documents.has(full) || this.scannedFiles().has(full))) found.push(full)
      }
    return found
  }

  private known: ReadonlySet<string> = new Set()

  private scannedFiles(): ReadonlySet<string> {
    this.files()
    return this.known
  }

  /** @returns the texts of the language in the folders of the workspace, and the open ones */
  files(): readonly string[] {
    if (this.scanned === undefined) {
      const found: string[] = []
      for (const folder of this.folders) scan(folder, 0, found)
      this.scanned = found
      this.known = new Set(found)
    }
    const more = [...this.documents.keys()].filter((path) => !this.known.has(path))
    return more.length === 0 ? this.scanned : [...this.scanned, ...more]
  }

  /** @returns the page of a diagnostic, in Markdown; undefined when there is none */
  page(code: string): { readonly path: string; readonly text: string } | undefined {
    const path = join(this.installation.diagnosticPages, `${code}.md`)
    return /^[EWR]\d{4}$/.test(code) && existsSync(path) ? { path, text: readFileSync(path, 'utf8') } : undefined
  }
}

function scan(folder: string, depth: number, found: string[]): void {
  if (depth > MAX_DEPTH) return
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch {
    return // it is gone, or not ours to read
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (found.length >= MAX_FILES) return
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules' && entry.name !== 'dist') scan(path, depth + 1, found)
    } else if (entry.isFile() && EXTENSIONS.includes(extname(entry.name))) found.push(path)
  }
}
