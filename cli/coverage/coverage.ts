/** What tests have covered of the texts they are in: processes by lines, and the ways that lead on from ALTs (guards), IFs and CASEs (branches). */
import { analyse } from '../../compiler/analysis.ts'
import { coveragePoints } from '../../compiler/coverage-points.ts'
import type { CoveragePoints, TextPlace } from '../../compiler/coverage-points.ts'
import type { CompilerHost, CompilerOptions } from '../../compiler/host.ts'
import type { Runnable } from '../program-cache.ts'
import { addCounts, placeKey } from './counts.ts'
import type { BlockCounter, PlaceCounts } from './counts.ts'

/** A way that leads on from a decision. */
export interface CoveredWay extends TextPlace {
  readonly taken: number
}

export interface CoveredDecision extends TextPlace {
  readonly kind: 'ALT' | 'IF' | 'CASE'
  readonly ways: readonly CoveredWay[]
}

/** What was covered of one file. */
export interface FileCoverage {
  readonly path: string
  /** By line: how often it was run. Lines on which no process and no way begins are not there. */
  readonly lines: ReadonlyMap<number, number>
  readonly decisions: readonly CoveredDecision[]
}

/** A program whose tests have run. */
export interface TestedProgram {
  /** As it was given to the compiler. */
  readonly path: string
  readonly program: Runnable
}

/**
 * @param programs what has run, compiled as `coverable`
 * @param host reads the texts
 * @param options with which the programs were compiled
 * @returns what was covered of each file of these programs but for libraries, by path
 */
export async function coverageOf(
  programs: readonly TestedProgram[],
  counter: BlockCounter,
  host: CompilerHost,
  options: CompilerOptions,
): Promise<FileCoverage[]> {
  const scripts = counter.take()
  const counts: PlaceCounts = new Map()
  const files = new Map<string, CoveragePoints>()
  const seen = new Set<string>()
  for (const { path, program } of programs) {
    for (const unit of program.units) {
      // Where two texts have the very same routine it is one unit, with a map for each.
      const key = `${unit.hash} ${unit.codeMap}`
      if (seen.has(key)) continue
      seen.add(key)
      await addCounts(counts, unit, scripts)
    }
    const analysis = analyse(path, host, options)
    if (analysis === undefined) continue
    const isLibrary = (each: string): boolean => each.startsWith(`${host.libraryDirectory}/`)
    for (const [file, points] of coveragePoints(analysis.program, isLibrary)) if (!files.has(file)) files.set(file, points)
  }
  return [...files].map(([path, points]) => fileCoverage(path, points, counts.get(path) ?? new Map<string, number>()))
}

function fileCoverage(path: string, { processes, decisions }: CoveragePoints, counts: ReadonlyMap<string, number>): FileCoverage {
  const lines = new Map<number, number>()
  const count = (line: number, n: number): void => {
    lines.set(line, Math.max(lines.get(line) ?? 0, n))
  }
  /** Of what left nothing in the code nothing is known, unless the code of its whole routine is not there, as nobody calls it. */
  const countAt = (place: TextPlace, routine: TextPlace | undefined): number | undefined =>
    counts.get(placeKey(place)) ?? (routine === undefined || counts.has(placeKey(routine)) ? undefined : 0)
  for (const { routine, ...place } of processes) {
    const n = countAt(place, routine)
    if (n !== undefined) count(place.line, n)
  }
  const covered: CoveredDecision[] = []
  for (const { kind, line, column, ways, routine } of decisions) {
    const known = ways.flatMap(({ evidence, ...place }): CoveredWay[] => {
      const taken = countAt(evidence, routine)
      return taken === undefined ? [] : [{ ...place, taken }]
    })
    for (const way of known) count(way.line, way.taken)
    if (known.length > 0) covered.push({ kind, line, column, ways: known })
  }
  return { path, lines: new Map([...lines].sort(([a], [b]) => a - b)), decisions: covered }
}

/** How many there are of something, and how many of these were covered. */
export interface Share {
  readonly covered: number
  readonly all: number
}

/** @returns the lines, the guards of ALTs and the branches of IFs and CASEs */
export function sharesOf({ lines, decisions }: FileCoverage): { readonly lines: Share; readonly guards: Share; readonly branches: Share } {
  const share = (counts: readonly number[]): Share => ({ covered: counts.filter((n) => n > 0).length, all: counts.length })
  const takenIn = (isAlt: boolean): number[] =>
    decisions.filter(({ kind }) => (kind === 'ALT') === isAlt).flatMap(({ ways }) => ways.map(({ taken }) => taken))
  return { lines: share([...lines.values()]), guards: share(takenIn(true)), branches: share(takenIn(false)) }
}
