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

/** What a process does at a point, as far as another version of the text may do the same there. */
export interface PointIdentity {
  /** The statements around it that choose or repeat: `loop/alt`. */
  readonly around: string
  /** What kind of statement it is, and which channel or service it is about: `input in`. */
  readonly kind: string
  /** The routines that the process may be in while it waits there: what is called, or the branches of a PAR. */
  readonly runs: readonly Routine[]
}

export interface Point extends PointIdentity {
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
  const points: Point[] = [{ span: routine.span, text: routine.title, around: '', kind: 'entry', runs: [] }]
  const around: string[] = []
  const visit = (list: readonly LiftedStmt[]): void => {
    for (const s of list) {
      const first = points.length
      const own = pointText(s)
      if (own !== undefined) points.push({ span: s.span, text: own, around: around.join('/'), kind: kindOf(s, own), runs: runsOf(s) })
      const encloses = ENCLOSING.has(s.kind)
      if (encloses) around.push(s.kind)
      if (s.kind !== 'par') eachPart(s, () => undefined, visit)
      if (encloses) around.pop()
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

/** Statements that choose or repeat what is in them. */
const ENCLOSING: ReadonlySet<LiftedStmt['kind']> = new Set(['loop', 'alt', 'if', 'case'])

function kindOf(s: LiftedStmt, text: string): string {
  switch (s.kind) {
    case 'input':
    case 'peek':
    case 'output':
      return `${s.kind} ${text.replace(/[?!].*$/s, '').replace(/\s+/g, '')}`
    case 'sync':
      return `${s.operation} ${text}`
    case 'enroll':
    case 'enlist':
      return `${s.kind} ${text}`
    case 'host':
      return `host ${s.service}`
    case 'par':
      return s.fork !== undefined ? 'fork' : s.forking === true ? 'forking' : s.replicator === undefined ? 'par' : 'replicated par'
    case 'declare':
    case 'assign':
    case 'store':
    case 'copy':
    case 'several':
    case 'suspend':
    case 'activate':
    case 'unlist':
    case 'resign':
    case 'sleep':
    case 'call':
    case 'alt':
    case 'if':
    case 'case':
    case 'loop':
    case 'block':
    case 'scope':
    case 'leave':
    case 'fault':
    case 'assert':
    case 'check':
    case 'reschedule':
    case 'pass':
    case 'return':
      return s.kind
  }
}

function runsOf(s: LiftedStmt): readonly Routine[] {
  if (s.kind === 'call') return [s.routine]
  return s.kind === 'par' ? s.branches.map(({ runs }) => runs.call.routine) : []
}
