/** What is run, shipped and hashed: canonical JavaScript, and a map that leads back to the `.csp` text. */
import { lineColumn } from '../../grammar/source.ts'
import type { CompiledUnit, CompilerHost, Mark } from '../host.ts'
import type { UnitEmitter } from './unit.ts'
import type { SpanMark } from './writer.ts'

/** A unit with what was compiled from it. */
export interface MadeUnit {
  readonly unit: UnitEmitter
  readonly compiled: CompiledUnit
}

/**
 * Makes compiled units of emitted ones.
 * @param units callees first, so that the hashes of what a unit imports are known
 * @param host gives hashes
 */
export async function compileUnits(units: readonly UnitEmitter[], host: CompilerHost): Promise<MadeUnit[]> {
  const { SourceMapGenerator } = await import('source-map')
  const hashes = new Map<UnitEmitter, string>()
  return units.map((unit) => {
    const hashOf = (imported: UnitEmitter): string => hashes.get(imported) ?? ''
    const canonical = unit.module('javascript', (imported) => `unit:${hashOf(imported)}`, 'godwit:abi')
    const hash = host.sha256(canonical.text)
    hashes.set(unit, hash)
    const generator = new SourceMapGenerator({ file: `${unit.name}.js` })
    for (const link of linksOf(canonical)) {
      generator.addMapping({
        generated: { line: link.line, column: link.column },
        original: { line: link.mark.line, column: link.mark.column - 1 },
        source: link.mark.file,
      })
    }
    const readable = unit.module('typescript', (imported) => `./${imported.name}.js`, 'godwit/abi')
    const compiled: CompiledUnit = {
      hash,
      name: unit.name,
      code: canonical.text,
      codeMap: generator.toString(),
      imports: unit.imports.map(hashOf),
      debug: unit.debug(),
      typescript: readable.text,
      marks: readable.marks.map(placed),
    }
    return { unit, compiled }
  })
}

/** @returns a mark in terms of files, lines and columns */
function placed(mark: SpanMark): Mark {
  const { line, column } = lineColumn(mark.span.file, mark.span.start)
  return { offset: mark.offset, file: mark.span.file.path, line, column }
}

interface Link {
  /** In the code, 1-based. */
  readonly line: number
  /** 0-based. */
  readonly column: number
  readonly mark: Mark
}

/** Each mark with its line and column; a line that begins without one belongs to the mark before it. */
function* linksOf(module: { readonly text: string; readonly marks: readonly SpanMark[] }): Generator<Link> {
  let next = 0
  let start = 0
  let last: Mark | undefined
  let number = 0
  for (const line of module.text.split('\n')) {
    number++
    const indent = line.length - line.trimStart().length
    const first = module.marks[next]
    if (last !== undefined && line !== '' && first?.offset !== start + indent) yield { line: number, column: indent, mark: last }
    for (let m = first; m !== undefined && m.offset <= start + line.length; m = module.marks[++next]) {
      last = placed(m)
      yield { line: number, column: m.offset - start, mark: last }
    }
    start += line.length + 1
  }
}

// ---------------------------------------------------------------------------------------------- maps of others

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
