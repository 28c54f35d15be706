/**
 * How often each place of the texts was run. The JavaScript engine counts how often it runs each block of the code of units, and their maps lead back
 * to the texts: nothing is added to what runs.
 */
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import type { Profiler } from 'node:inspector'
import { SourceMapConsumer } from 'source-map'

/** What the engine has counted in one unit. */
type Script = Profiler.ScriptCoverage

/** A unit, of which there is a map. */
export interface MappedUnit {
  readonly hash: string
  readonly codeMap: string
}

/** Counts what runs from now on. */
export class BlockCounter {
  private readonly session = new Session()

  constructor() {
    this.session.connect()
    this.session.post('Profiler.enable')
    this.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** @returns what was counted of the modules of units, by the names of their files: their hashes. Nothing is counted any more. */
  take(): Map<string, Script> {
    const scripts = new Map<string, Script>()
    this.session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error
      for (const script of result) {
        const hash = /\/([0-9a-f]{64})\.mjs$/.exec(script.url)?.[1]
        if (hash !== undefined) scripts.set(hash, script)
      }
    })
    this.session.disconnect()
    return scripts
  }
}

/** By path of a text, and by `line:column` in it, which count from 1: how often what begins there was run. */
export type PlaceCounts = Map<string, Map<string, number>>

export const placeKey = ({ line, column }: { readonly line: number; readonly column: number }): string => `${line}:${column}`

/** Adds to `counts` what was counted in a unit; what was not even loaded was never run. */
export async function addCounts(counts: PlaceCounts, { hash, codeMap }: MappedUnit, scripts: ReadonlyMap<string, Script>): Promise<void> {
  const script = scripts.get(hash)
  const countAt = script === undefined ? () => 0 : counter(script)
  /** Of this unit: a text may be compiled to several places, of which one counts. */
  const own: PlaceCounts = new Map()
  await SourceMapConsumer.with(codeMap, null, (map) => {
    let before = ''
    map.eachMapping(({ source, originalLine, originalColumn, generatedLine, generatedColumn }) => {
      const key = placeKey({ line: originalLine, column: originalColumn + 1 })
      if (`${source}:${key}` === before) return // not where it begins
      before = `${source}:${key}`
      const places = own.get(source) ?? new Map<string, number>()
      own.set(source, places)
      places.set(key, Math.max(places.get(key) ?? 0, countAt(generatedLine, generatedColumn)))
    })
  })
  for (const [source, places] of own) {
    const all = counts.get(source) ?? new Map<string, number>()
    counts.set(source, all)
    for (const [key, n] of places) all.set(key, (all.get(key) ?? 0) + n)
  }
}

/** @returns how often the code at a line (from 1) and column (from 0) was run: the innermost block that it lies in says */
function counter({ url, functions }: Script): (line: number, column: number) => number {
  const starts = [0]
  const text = readFileSync(fileURLToPath(url), 'utf8')
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const ranges = functions.flatMap((each) => each.ranges)
  // Blocks lie within each other or apart: of those that begin before a place and end after it the last to begin is the innermost.
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  return (line, column) => {
    const offset = (starts[line - 1] ?? 0) + column
    let count = 0
    for (const { startOffset, endOffset, count: n } of ranges) {
      if (startOffset > offset) break
      if (endOffset > offset) count = n
    }
    return count
  }
}
