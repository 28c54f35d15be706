/**
 * Where the names of a program are declared and used, and what is visible where: the tables of the checks, turned round. Nothing is resolved
 * here a second time.
 */
import type { Declaration, Name } from '../grammar/ast.ts'
import { lineColumn, type SourceFile } from '../grammar/source.ts'
import { walk } from '../grammar/walk.ts'
import type { Analysis } from './analysis.ts'
import type { Entry, Sight } from './check/scope.ts'
import type { Symbol } from './semantics.ts'

/** One place where a name stands. */
export interface Occurrence {
  readonly name: Name
  readonly symbol: Symbol
  /** Names the declared thing: equal in every program that sees the declaration. */
  readonly key: string
  readonly declares: boolean
  /** The name came out of a preprocessor symbol: the text says something else. */
  readonly spliced: boolean
}

/** @returns what names the declared thing: where it is declared, or its name when the language declares it */
export function keyOf(symbol: Symbol): string {
  const at = symbol.declaredAt
  return at === undefined ? `predefined ${symbol.name}` : `${at.file.path}:${at.start}`
}

/** A program has very many of them, and most are never asked for their key. */
class NameInText implements Occurrence {
  constructor(
    readonly name: Name,
    readonly symbol: Symbol,
  ) {}

  get key(): string {
    return keyOf(this.symbol)
  }

  get declares(): boolean {
    return this.symbol.declaredAt === this.name.span
  }

  get spliced(): boolean {
    const { text, span } = this.name
    return !(text.length === span.end - span.start && span.file.text.startsWith(text, span.start)) && !text.startsWith('"')
  }
}

/** Each of its tables is made when somebody first asks for it. */
export class NameIndex {
  private names: ReadonlyMap<string, readonly Occurrence[]> | undefined
  private readonly byKey = new Map<string, readonly Occurrence[]>()
  private sights: Map<string, Sight[]> | undefined
  private declarations: Map<string, Declaration> | undefined

  constructor(private readonly analysis: Analysis) {}

  private get byFile(): ReadonlyMap<string, readonly Occurrence[]> {
    return (this.names ??= namesOf(this.analysis))
  }

  /** @returns the names of a file, in the order of its text */
  inFile(path: string): readonly Occurrence[] {
    return this.byFile.get(path) ?? []
  }

  /** @returns every place of one declared thing */
  of(key: string): readonly Occurrence[] {
    let found = this.byKey.get(key)
    if (found === undefined) {
      found = [...this.byFile.values()].flatMap((list) => list.filter((each) => each.symbol.kind !== 'poison' && each.key === key))
      this.byKey.set(key, found)
    }
    return found
  }

  /** @returns the name at `offset`, or that ends there */
  at(path: string, offset: number): Occurrence | undefined {
    const list = this.inFile(path)
    const found = list[lastAtOrBefore(list, offset, ({ name }) => name.span.start)]
    return found !== undefined && offset <= found.name.span.end ? found : undefined
  }

  /**
   * @param offset where somebody writes
   * @param indent how far the line is indented; the text says so if it is left out
   * @returns what is visible there: what was visible where the line begins, or where the last line began that is indented no deeper
   */
  visibleAt(file: SourceFile, offset: number, indent = indentOf(file.text, offset)): Entry | undefined {
    this.sights ??= sightsOf(this.analysis)
    const list = this.sights.get(file.path) ?? []
    const lineStart = file.text.lastIndexOf('\n', offset - 1) + 1
    for (let i = lastAtOrBefore(list, offset, ({ span }) => span.start); i >= 0; i--) {
      const sight = list[i]
      if (sight !== undefined && (sight.span.start >= lineStart || lineColumn(file, sight.span.start).column - 1 <= indent))
        return visibleFrom(sight)
    }
    return list[0] && visibleFrom(list[0])
  }

  /** @returns the declaration of a symbol, if the program's text has it */
  declarationOf(symbol: Symbol): Declaration | undefined {
    if (symbol.declaredAt === undefined) return undefined
    this.declarations ??= declarationsOf(this.analysis)
    return this.declarations.get(keyOf(symbol))
  }
}

/** @returns the names of each file, in the order of its text; a text that is included twice is read twice, and has each name once */
function namesOf(analysis: Analysis): Map<string, Occurrence[]> {
  const found = new Map<string, Occurrence[]>()
  const seen = new Map<string, Set<number>>()
  // Names of one file mostly follow one another.
  let path: string | undefined
  let list: Occurrence[] = []
  let starts = new Set<number>()
  for (const [name, symbol] of analysis.names()) {
    const { file, start, end } = name.span
    if (file.path !== path) {
      path = file.path
      list = listIn(found, path)
      starts = seen.get(path) ?? new Set()
      seen.set(path, starts)
    }
    if (name.text === '' || start === end || starts.has(start)) continue
    starts.add(start)
    list.push(new NameInText(name, symbol))
  }
  for (const each of found.values()) each.sort((a, b) => a.name.span.start - b.name.span.start)
  return found
}

function sightsOf({ resolved }: Analysis): Map<string, Sight[]> {
  const found = new Map<string, Sight[]>()
  for (const sight of resolved.sights) listIn(found, sight.span.file.path).push(sight)
  for (const list of found.values()) list.sort((a, b) => a.span.start - b.span.start)
  return found
}

const NAMED: ReadonlySet<string> = new Set<Extract<Declaration, { readonly name: Name }>['kind']>([
  'abbreviation',
  'reshape',
  'data-type',
  'record',
  'channel-type',
  'protocol',
  'process-type',
  'proc',
  'function',
])

function declarationsOf({ program }: Analysis): Map<string, Declaration> {
  const found = new Map<string, Declaration>()
  const add = ({ span }: Name, declaration: Declaration): void => {
    const key = `${span.file.path}:${span.start}`
    if (!found.has(key)) found.set(key, declaration)
  }
  walk(program.items, undefined, (node) => {
    if (node.kind === 'variable' || node.kind === 'initial') for (const name of node.names) add(name, node)
    else if (NAMED.has(node.kind)) {
      const declaration = node as Extract<Declaration, { readonly name: Name }> // NAMED lists these
      add(declaration.name, declaration)
    }
    return undefined
  })
  return found
}

/** @returns what is visible at a sight: of one that an earlier run kept, its own names, and what the top level has now */
function visibleFrom({ entry, outer }: Sight): Entry | undefined {
  if (outer === undefined) return entry
  const own: Entry[] = []
  for (let at = entry; at !== undefined && at.symbol.level > 0; at = at.below) own.push(at)
  return own.reduceRight<Entry>((below, { name, symbol }) => ({ name, symbol, below, hidden: undefined }), outer)
}

function indentOf(text: string, offset: number): number {
  return /^ */.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))?.[0].length ?? 0
}

/** @returns the index of the last element that is not after `offset`, -1 if all are */
function lastAtOrBefore<T>(list: readonly T[], offset: number, start: (element: T) => number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    const element = list[middle]
    if (element !== undefined && start(element) <= offset) low = middle + 1
    else high = middle
  }
  return low - 1
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}
