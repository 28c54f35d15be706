/**
 * Which resume points of two versions of a machine are the same.
 *
 * Invariants
 * - Points keep their order, and each has one counterpart at most.
 * - Two points correspond only if the process does the same kind of thing at both, about the same channel: so whatever it waits for, it goes on from there
 *   with what the new text does afterwards.
 */

/** A resume point, as far as another version can have the same. */
export interface AlignedPoint {
  /** The statements around it: `loop/alt`. */
  readonly around: string
  /** What kind of statement it is: `input in`. */
  readonly kind: string
  /** As in the text. */
  readonly text: string
  /** The machines that run while a process waits there. */
  readonly runs: readonly string[]
}

/** More comparisons than these are not made: then only what is the same from the beginning, or from the end, corresponds. */
const MOST_COMPARISONS = 4_000_000

/** How alike two points are: 0 for points that cannot correspond. */
type Likeness = 0 | 1 | 2 | 4

function likeness(a: AlignedPoint, b: AlignedPoint, mayRun: (before: string, after: string) => boolean): Likeness {
  if (a.kind !== b.kind || a.runs.length !== b.runs.length) return 0
  if (!a.runs.every((run, i) => mayRun(run, b.runs[i] ?? ''))) return 0
  const sameAround = a.around === b.around
  if (a.text === b.text) return sameAround ? 4 : 2
  return sameAround ? 1 : 0
}

/**
 * @param mayRun whether a machine of the first version may have become one of the second
 * @returns for each point of `before` its counterpart in `after`, or -1
 */
export function align(
  before: readonly AlignedPoint[],
  after: readonly AlignedPoint[],
  mayRun: (before: string, after: string) => boolean,
): number[] {
  const result = new Array<number>(before.length).fill(-1)
  const like = (i: number, k: number): Likeness => {
    const [a, b] = [before[i], after[k]]
    return a === undefined || b === undefined ? 0 : likeness(a, b, mayRun)
  }
  let first = 0
  while (first < before.length && like(first, first) === 4) {
    result[first] = first
    first++
  }
  let [i, k] = [before.length - 1, after.length - 1]
  while (i >= first && k >= first && like(i, k) === 4) result[i--] = k--
  const [rows, columns] = [i - first + 1, k - first + 1]
  if (rows <= 0 || columns <= 0 || rows * columns > MOST_COMPARISONS) return result
  /** How alike the rests are that begin with a row and a column. */
  const best = new Int32Array((rows + 1) * (columns + 1))
  const at = (row: number, column: number): number => best[row * (columns + 1) + column] ?? 0
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const here = like(first + row, first + column)
      const matched = here === 0 ? 0 : here + at(row + 1, column + 1)
      best[row * (columns + 1) + column] = Math.max(matched, at(row + 1, column), at(row, column + 1))
    }
  }
  for (let row = 0, column = 0; row < rows && column < columns;) {
    const here = like(first + row, first + column)
    if (here > 0 && at(row, column) === here + at(row + 1, column + 1)) result[first + row++] = first + column++
    else if (at(row, column) === at(row + 1, column)) row++
    else column++
  }
  return result
}
