/** From the TypeScript of a unit to what is run, shipped and hashed: canonical JavaScript, and a map that leads back to the `.csp` text. */
import { lineColumn } from '../../grammar/source.ts'
import type { CompiledUnit, CompilerHost, Mark } from '../host.ts'
import type { UnitEmitter } from './unit.ts'
import type { SpanMark } from './writer.ts'

type TypeScript = typeof import('typescript')

/**
 * Makes compiled units of emitted ones.
 * @param units callees first, so that the hashes of what a unit imports are known
 * @param host gives hashes
 */
export async function compileUnits(units: readonly UnitEmitter[], host: CompilerHost): Promise<CompiledUnit[]> {
  const ts = (await import('typescript')).default
  const { SourceMapGenerator } = await import('source-map')
  const hashes = new Map<UnitEmitter, string>()
  const result: CompiledUnit[] = []
  for (const unit of units) {
    const hashOf = (imported: UnitEmitter): string => hashes.get(imported) ?? ''
    const canonical = unit.module((imported) => `unit:${hashOf(imported)}`, 'godwit:abi')
    const { code, map } = transpile(ts, canonical.text)
    const hash = host.sha256(code)
    hashes.set(unit, hash)
    const generator = new SourceMapGenerator({ file: `${unit.name}.js` })
    for (const link of compose(map, canonical)) {
      generator.addMapping({
        generated: { line: link.line, column: link.column },
        original: { line: link.mark.line, column: link.mark.column - 1 },
        source: link.mark.file,
      })
    }
    const readable = unit.module((imported) => `./${imported.name}.js`, 'godwit/abi')
    result.push({
      hash,
      name: unit.name,
      code,
      codeMap: generator.toString(),
      imports: unit.imports.map(hashOf),
      debug: unit.debug(),
      typescript: readable.text,
      marks: readable.marks.map(placed),
    })
  }
  return result
}

/** @returns the JavaScript of a module without comments, and the map back to the TypeScript */
function transpile(ts: TypeScript, text: string): { code: string; map: string } {
  const { outputText, sourceMapText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      removeComments: true,
      useDefineForClassFields: false,
      sourceMap: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  })
  return { code: outputText.replace(/\/\/# sourceMappingURL=.*\n?$/, ''), map: sourceMapText ?? '' }
}

/** @returns a mark in terms of files, lines and columns */
export function placed(mark: SpanMark): Mark {
  const { line, column } = lineColumn(mark.span.file, mark.span.start)
  return { offset: mark.offset, file: mark.span.file.path, line, column }
}

interface Link {
  /** In the generated text, 1-based. */
  readonly line: number
  /** 0-based. */
  readonly column: number
  readonly mark: Mark
}

/** Follows each mapping of the JavaScript to the TypeScript, and from there to the mark of the statement it lies in. */
export function compose(map: string, module: { readonly text: string; readonly marks: readonly SpanMark[] }): Link[] {
  const starts = [0]
  for (let i = module.text.indexOf('\n'); i >= 0; i = module.text.indexOf('\n', i + 1)) starts.push(i + 1)
  const links: Link[] = []
  const parsed: unknown = JSON.parse(map)
  const { mappings } = parsed as { mappings: string } // as ts writes it
  let last: SpanMark | undefined
  for (const m of decodeMappings(mappings)) {
    const offset = (starts[m.originalLine] ?? 0) + m.originalColumn
    const mark = markAt(module.marks, offset)
    if (mark === undefined || (mark === last && links[links.length - 1]?.line === m.line)) continue
    last = mark
    links.push({ line: m.line, column: m.column, mark: placed(mark) })
  }
  return links
}

/** @returns the last mark at or before `offset` */
function markAt(marks: readonly SpanMark[], offset: number): SpanMark | undefined {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((marks[middle]?.offset ?? Infinity) <= offset) low = middle + 1
    else high = middle
  }
  return marks[low - 1]
}

const BASE64 = new Map(Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', (c, i) => [c, i]))

/** Decodes the `mappings` of a source map with one source. Generated lines are 1-based, all else 0-based. */
export function* decodeMappings(
  mappings: string,
): Generator<{ line: number; column: number; originalLine: number; originalColumn: number }> {
  let originalLine = 0
  let originalColumn = 0
  let line = 0
  for (const group of mappings.split(';')) {
    line++
    let column = 0
    for (const segment of group.split(',')) {
      const [dColumn, , dLine, dOriginal] = decodeSegment(segment)
      if (dColumn === undefined) continue
      column += dColumn
      if (dLine === undefined || dOriginal === undefined) continue
      originalLine += dLine
      originalColumn += dOriginal
      yield { line, column, originalLine, originalColumn }
    }
  }
}

/** Decodes one segment: base-64 VLQ numbers, the sign in the lowest bit. */
function decodeSegment(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const c of segment) {
    const digit = BASE64.get(c) ?? 0
    value |= (digit & 31) << shift
    if ((digit & 32) !== 0) {
      shift += 5
      continue
    }
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1))
    value = 0
    shift = 0
  }
  return numbers
}
