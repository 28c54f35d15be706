/**
 * Comparisons with literals and TypeScript's narrowing.
 *
 * After `x === 3` TypeScript takes x for the type 3 and rejects `x === 4` as pointless. That is right as an opinion, but not as an error in
 * emitted code. So where one variable is compared with several literals, the literals are widened.
 */
import type { Expr, Local, Scalar, LiftedStmt } from '../core/ir/ir.ts'
import { eachExprIn, eachStmt } from '../core/ir/walk.ts'
import { scalarType } from './values.ts'
import { typed } from './writer.ts'

/** @returns the locals (arrays for their elements) that are compared for equality with more than one literal */
export function comparedLocals(body: readonly LiftedStmt[]): ReadonlySet<Local> {
  const seen = new Map<Local, Set<string>>()
  const note = (e: Expr, literal: string): void => {
    const local = comparedLocal(e)
    if (local === undefined) return
    const set = seen.get(local) ?? new Set()
    set.add(literal)
    seen.set(local, set)
  }
  eachExprIn(body, (e) => {
    if (e.kind !== 'operation' || (e.operator !== 'eq' && e.operator !== 'ne')) return
    const [left, right] = e.operands
    if (left === undefined || right === undefined) return
    if (right.kind === 'literal') note(left, String(right.value))
    if (left.kind === 'literal') note(right, String(left.value))
  })
  eachStmt(body, (s) => {
    if (s.kind === 'case') for (const o of s.options) for (const l of o.labels) note(s.selector, String(l))
  })
  return new Set([...seen].filter(([, literals]) => literals.size > 1).map(([local]) => local))
}

/** @returns the local whose type a comparison of `e` narrows */
export function comparedLocal(e: Expr): Local | undefined {
  if (e.kind === 'local') return e.local
  return e.kind === 'element' && e.array.kind === 'local' ? e.array.local : undefined
}

/** @returns `text` as a value of its whole type */
export function widened(text: string, scalar: Scalar): string {
  return `(${text}${typed(` as ${scalarType(scalar)}`)})`
}
