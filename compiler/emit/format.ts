/**
 * Text for people: the modules formatted by prettier, their JavaScript, and maps that lead from the JavaScript to the `.csp` text. The modules of large
 * programs are laid out by layout.ts instead, in a fifteenth of the time, and their JavaScript is the canonical code, which was written line by line
 * as the TypeScript was.
 *
 * Prettier destroys positions. So the tokens before and after are lined up (it moves and drops only brackets, commas and semicolons), and
 * the marks move along with their tokens. The TypeScript that ts-morph carries makes JavaScript of each module by itself (nothing is checked
 * again: a module was made well typed), with a map to the TypeScript that is composed with the moved marks.
 */
import type { ts as TS } from 'ts-morph'
import type { CompiledProgram, CompiledUnit, Mark } from '../host.ts'
import { decodeMappings } from './code.ts'
import { laidOut } from './layout.ts'

type TypeScript = typeof TS

/** Babel reads TypeScript in half the time that TypeScript's own parser takes here, and what prettier writes is the same. */
const STYLE = { parser: 'babel-ts', semi: false, singleQuote: true, printWidth: 140 } as const

/** Characters of all modules of a program that prettier formats within half a second or so. */
const MOST_FOR_PRETTIER = 1 << 18

/** A module as people see it. */
export interface FormattedUnit {
  readonly name: string
  readonly text: string
  readonly marks: readonly Mark[]
}

/** @returns a unit's TypeScript, formatted, with the marks at their new places */
export async function formatUnit(unit: CompiledUnit): Promise<FormattedUnit> {
  // One TypeScript is enough: that of ts-morph finds the tokens, too.
  const [prettier, { ts }] = await Promise.all([import('prettier'), import('ts-morph')])
  let text: string
  try {
    // Without a file name prettier looks for JSX, in time that grows with the square of the text.
    text = await prettier.format(unit.typescript, { ...STYLE, filepath: `${unit.name}.ts` })
  } catch (error) {
    // Prettier goes down one level of the stack for each `else if`, and a text may have too many of them.
    if (!(error instanceof RangeError)) throw error
    return layUnitOut(unit)
  }
  return { name: unit.name, text, marks: moveMarks(ts, unit.typescript, text, unit.marks) }
}

function layUnitOut({ name, typescript, marks }: CompiledUnit): FormattedUnit {
  return { name, ...laidOut(typescript, marks) }
}

/** @returns the files of a program by name: `NAME.ts`, `NAME.js`, `NAME.js.map` for each unit, and `manifest.json` */
export async function formatProgram({ units, manifest }: CompiledProgram): Promise<ReadonlyMap<string, string>> {
  const characters = units.reduce((sum, { typescript }) => sum + typescript.length, 0)
  const files = characters > MOST_FOR_PRETTIER ? largeFiles(units) : await smallFiles(units)
  return new Map([...files, ['manifest.json', `${JSON.stringify(manifest, null, 2)}\n`]])
}

type Files = readonly (readonly [name: string, text: string])[]

function largeFiles(units: readonly CompiledUnit[]): Files {
  const names = new Map(units.map(({ hash, name }) => [`unit:${hash}`, `./${name}.js`]))
  const named = (code: string): string =>
    code.replace(/^(import .* from )'([^']+)'$/gm, (_, words: string, from: string) => `${words}'${names.get(from) ?? 'godwit/abi'}'`)
  return units.flatMap((unit): Files => {
    const { name, code, codeMap } = unit
    return [
      [`${name}.ts`, layUnitOut(unit).text],
      [`${name}.js`, `${named(code)}//# sourceMappingURL=${name}.js.map`],
      [`${name}.js.map`, codeMap],
    ]
  })
}

async function smallFiles(units: readonly CompiledUnit[]): Promise<Files> {
  const { SourceMapGenerator } = await import('source-map')
  const formatted: FormattedUnit[] = []
  for (const unit of units) formatted.push(await formatUnit(unit))
  const scripts = await javascript(formatted.map(({ text }) => text))
  return formatted.flatMap((unit, i): Files => {
    const { name, text } = unit
    const { code = '', map = '' } = scripts[i] ?? {}
    const generator = new SourceMapGenerator({ file: `${name}.js` })
    addMappings(generator, map, unit)
    return [
      [`${name}.ts`, text],
      [`${name}.js`, `${code}//# sourceMappingURL=${name}.js.map`],
      [`${name}.js.map`, generator.toString()],
    ]
  })
}

/** @returns the JavaScript of modules, and the maps to them; one program for all of them costs half of one for each */
async function javascript(texts: readonly string[]): Promise<{ code: string; map: string }[]> {
  const { ts } = await import('ts-morph')
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    sourceMap: true,
    // Fields get their first value in the constructor, as in the canonical code: V8 then knows their types.
    useDefineForClassFields: false,
    isolatedModules: true,
    noCheck: true,
    noLib: true,
    noResolve: true,
    types: [],
  }
  const sources = new Map(texts.map((text, i) => [`/${i}.ts`, ts.createSourceFile(`/${i}.ts`, text, options.target)]))
  const written = new Map<string, string>()
  const program = ts.createProgram([...sources.keys()], options, {
    getSourceFile: (name) => sources.get(name),
    fileExists: (name) => sources.has(name),
    readFile: () => undefined,
    writeFile: (name, text) => written.set(name, text),
    getDefaultLibFileName: () => '',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  })
  program.emit()
  return texts.map((_, i) => ({
    code: (written.get(`/${i}.js`) ?? '').replace(/\/\/# sourceMappingURL=.*$/, ''),
    map: written.get(`/${i}.js.map`) ?? '',
  }))
}

interface Generator {
  addMapping(mapping: { generated: { line: number; column: number }; original: { line: number; column: number }; source: string }): void
}

function addMappings(generator: Generator, map: string, module: FormattedUnit): void {
  const starts = [0]
  for (let i = module.text.indexOf('\n'); i >= 0; i = module.text.indexOf('\n', i + 1)) starts.push(i + 1)
  const { mappings } = JSON.parse(map) as { mappings: string } // as ts writes it
  let at = 0
  for (const m of [...decodeMappings(mappings)].sort((a, b) => a.originalLine - b.originalLine || a.originalColumn - b.originalColumn)) {
    const offset = (starts[m.originalLine] ?? 0) + m.originalColumn
    while (at + 1 < module.marks.length && (module.marks[at + 1]?.offset ?? Infinity) <= offset) at++
    const mark = module.marks[at]
    if (mark === undefined || mark.offset > offset) continue
    generator.addMapping({
      generated: { line: m.line, column: m.column },
      original: { line: mark.line, column: mark.column - 1 },
      source: mark.file,
    })
  }
}

interface Token {
  readonly text: string
  readonly start: number
}

/** @returns `marks` at the places where their tokens are in `after` */
function moveMarks(ts: TypeScript, before: string, after: string, marks: readonly Mark[]): Mark[] {
  const from = tokensOf(ts, before)
  const to = tokensOf(ts, after)
  const places = new Map<number, number>()
  let j = 0
  from.forEach((token) => {
    let k = j
    while (k < to.length && to[k]?.text !== token.text && isLoose(to[k]?.text)) k++
    const match = to[k]
    if (match !== undefined && match.text === token.text) {
      places.set(token.start, match.start)
      j = k + 1
    } else if (!isLoose(token.text)) throw new Error(`formatting lost the token ${token.text} at ${token.start}`)
  })
  const starts = from.map((t) => t.start)
  return marks.map((mark) => {
    // The first token at or after the mark that is still there.
    let i = lowerBound(starts, mark.offset)
    let offset = places.get(starts[i] ?? -1)
    while (offset === undefined && i < starts.length) offset = places.get(starts[++i] ?? -1)
    return { ...mark, offset: offset ?? after.length }
  })
}

function isLoose(text: string | undefined): boolean {
  return text === '(' || text === ')' || text === ',' || text === ';' || text === '{' || text === '}'
}

function lowerBound(list: readonly number[], value: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? Infinity) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** @returns the tokens of a TypeScript text without trivia; strings and numbers by value, since prettier chooses the quotes and how an exponent is written */
function tokensOf(ts: TypeScript, text: string): Token[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text)
  const tokens: Token[] = []
  const textOf = (kind: TS.SyntaxKind): string => {
    if (kind === ts.SyntaxKind.StringLiteral) return `'${scanner.getTokenValue()}`
    return kind === ts.SyntaxKind.NumericLiteral ? String(Number(scanner.getTokenText())) : scanner.getTokenText()
  }
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    tokens.push({
      text: textOf(kind),
      start: scanner.getTokenStart(),
    })
  }
  return tokens
}
