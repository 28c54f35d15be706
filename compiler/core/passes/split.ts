/**
 * Split: the resume points of a machine, numbered in the order of the text from 1.
 *
 * A loop's point is its head (where a preempted back-edge goes on), an ALT's its start; every other point is the one after an operation
 * that may suspend. So the points inside a statement form a range, its own first.
 */
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Lifted, LiftedRoutine, LiftedStmt, Routine } from '../ir/ir.ts'
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

/** The resume points of one routine. */
export interface Points {
  readonly ranges: ReadonlyMap<LiftedStmt, Range>
  /** Index: the point; 0 is the entry. */
  readonly points: readonly Point[]
}

/** A program with numbered resume points. */
export interface Split extends Lifted {
  readonly points: ReadonlyMap<Routine, Points>
}

/** Numbers the resume points of every routine. */
export function split(program: Lifted): Split {
  return { ...program, points: new Map(program.routines.map((r) => [r.routine, pointsOf(r)])) }
}

/** @returns the resume points of one routine */
export function pointsOf({ routine, body }: LiftedRoutine): Points {
  const ranges = new Map<LiftedStmt, Range>()
  const points: Point[] = [{ span: routine.span, text: routine.title }]
  const visit = (list: readonly LiftedStmt[]): void => {
    for (const s of list) {
      const first = points.length
      const own = pointText(s)
      if (own !== undefined) points.push({ span: s.span, text: own })
      if (s.kind !== 'par') eachPart(s, () => undefined, visit)
      if (points.length > first) ranges.set(s, { first, last: points.length - 1 })
    }
  }
  visit(body)
  return { ranges, points }
}

/** @returns what a statement waits for, if it can suspend. */
function pointText(s: LiftedStmt): string | undefined {
  return hasPoint(s) ? ('text' in s ? s.text : textOf(s.span)) : undefined
}
