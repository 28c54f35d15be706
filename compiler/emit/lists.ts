/**
 * Lists of statements, and how a machine gets back into the middle of one.
 *
 * A list without resume points is written as it is. One whose only statement with points is a structured one needs no switch: what stands
 * before it is skipped on re-entry. Any other list becomes a `switch (pc)` with a label for each point; a structured statement has the
 * labels of all points inside it and finds its way from there.
 *
 * Invariant: when control reaches a list by the ordinary way, `pc` is less than every point in it. So `pc < first` means "not re-entered".
 * Points are numbered in textual order, and a loop whose body has points sets pc to 0 before its back-edge.
 */
import type { LiftedStmt } from '../core/ir/ir.ts'
import { isOperation, isStructured } from '../core/ir/waits.ts'
import type { Structured } from '../core/ir/waits.ts'
import type { Range } from '../core/passes/split.ts'
import { alternation } from './alternation.ts'
import { conditional, loop, selection } from './control.ts'
import type { RoutineEmitter } from './routine.ts'
import { operation, plain } from './statements.ts'

/** Writes a list of statements. @param outermost whether pc is exactly that of the frame */
export function emitList(m: RoutineEmitter, list: readonly LiftedStmt[], outermost = false): void {
  const flat = flatten(list)
  const ranged = flat.filter((s) => m.range(s) !== undefined)
  const [only] = ranged
  if (only === undefined) {
    for (const s of flat) plain(m, s)
    return
  }
  if (ranged.length === 1 && isStructured(only)) {
    const at = flat.indexOf(only)
    const before = flat.slice(0, at).filter((s) => writes(m, s))
    const range = rangeIn(m, only)
    if (before.length > 0) {
      m.usesPc = true
      m.w.open(`if (pc < ${range.first}) {`)
      for (const s of before) plain(m, s)
      m.w.close('}')
    }
    structured(m, only)
    for (const s of flat.slice(at + 1)) plain(m, s)
    return
  }
  m.usesPc = true
  m.w.open('switch (pc) {')
  m.w.open(outermost ? 'case 0:' : 'default:')
  for (const s of flat) {
    const range = m.range(s)
    if (range === undefined) plain(m, s)
    else if (isStructured(s)) {
      m.w.label(labels(range))
      structured(m, s)
    } else if (isOperation(s)) operation(m, s, range.first)
    else throw new Error(`a ${s.kind} has no point`)
  }
  m.w.dedent()
  m.w.close('}')
}

/** @returns `case 3: case 4:` for the points of a range */
function labels(range: Range): string {
  const list: string[] = []
  for (let n = range.first; n <= range.last; n++) list.push(`case ${n}:`)
  return list.join(' ')
}

/** @returns the statements of a list, with those of its scopes in their places */
export function flatten(list: readonly LiftedStmt[]): LiftedStmt[] {
  return list.flatMap((s) => (s.kind === 'scope' ? flatten(s.body) : [s]))
}

/** Declarations of what has no value yet leave no trace. */
function writes(m: RoutineEmitter, s: LiftedStmt): boolean {
  return s.kind !== 'declare' || s.value !== undefined || m.liveness.needsZero.has(s)
}

function rangeIn(m: RoutineEmitter, s: Structured): Range {
  const range = m.range(s)
  if (range === undefined) throw new Error('a structured statement here has points')
  return range
}

/** @returns the points in a list of statements, if there are any */
export function rangeOfList(m: RoutineEmitter, list: readonly LiftedStmt[]): Range | undefined {
  let first = Infinity
  let last = -Infinity
  for (const s of flatten(list)) {
    const range = m.range(s)
    if (range === undefined) continue
    first = Math.min(first, range.first)
    last = Math.max(last, range.last)
  }
  return last < 0 ? undefined : { first, last }
}

/** Writes a statement with statements inside it, with or without points. */
export function structured(m: RoutineEmitter, s: Structured): void {
  switch (s.kind) {
    case 'if':
      conditional(m, s)
      return
    case 'case':
      selection(m, s)
      return
    case 'loop':
      loop(m, s)
      return
    case 'alt':
      alternation(m, s)
      return
    case 'block':
      m.nest?.add(s.label)
      m.w.open(`${m.label(s.label)}: {`, s.body.length === 0 ? s.span : undefined)
      emitList(m, s.body)
      m.w.close('}')
      return
    case 'scope':
      emitList(m, s.body)
      return
  }
}
