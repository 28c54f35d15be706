/**
 * Split: the resume points of a machine, numbered in the order of the text from 1.
 *
 * A loop's point is its head (where a preempted back-edge goes on), an ALT's its start; every other point is the one after an operation
 * that may suspend. So the points inside a statement form a range, its own first.
 */
import type { Span } from '../../../grammar/source.ts'
import { text } from '../lower/context.ts'
import type { Routine, Stmt } from '../ir/ir.ts'
import { hasPoint } from '../ir/waits.ts'
import { eachPart } from '../ir/walk.ts'

/** The points of a statement: its own, if any, and the last one inside it. */
export interface Range {
  readonly first: number
  readonly last: number
}

export interface Point {
  readonly span: Span
  /** What the process does there: `in ? x`. */
  readonly text: string
}

export interface Split {
  readonly ranges: ReadonlyMap<Stmt, Range>
  /** Index: the point; 0 is the entry. */
  readonly points: readonly Point[]
}

/** Numbers the resume points of a routine. */
export function split(routine: Routine): Split {
  const ranges = new Map<Stmt, Range>()
  const points: Point[] = [{ span: routine.span, text: routine.title }]
  const visit = (list: readonly Stmt[]): void => {
    for (const s of list) {
      const first = points.length
      const own = pointText(s)
      if (own !== undefined) points.push({ span: s.span, text: own })
      if (s.kind !== 'par') eachPart(s, () => undefined, visit)
      if (points.length > first) ranges.set(s, { first, last: points.length - 1 })
    }
  }
  visit(routine.body)
  return { ranges, points }
}

/** @returns what a statement waits for, if it can suspend. */
function pointText(s: Stmt): string | undefined {
  return hasPoint(s) ? ('text' in s ? s.text : text(s.span)) : undefined
}
