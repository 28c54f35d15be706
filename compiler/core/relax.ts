/**
 * Fewer checks of reals: in a run of assignments, a result need not be checked for being finite when a later one of the run, itself
 * checked, could not be finite without it.
 *
 * Sums, differences and products of what is not finite are not finite; so the fault is found, a few statements later at most, before
 * anything else has seen the value: a run is broken by every other kind of statement and by a statement in which anything else can fault,
 * and a value that is compared, converted, divided or stored counts as seen. What can fault is known after the pass `bounds`.
 */
import type { Expr, Local, Stmt } from './ir.ts'
import { canFault } from './order.ts'
import { eachOperand } from './walk.ts'

const RELAXED = { add: 'raw+', subtract: 'raw-', multiply: 'raw*' } as const

/** @returns `list`, and the lists within it, with the checks left out that others make up for */
export function relaxList(list: readonly Stmt[]): Stmt[] {
  return list.map((s, i) => {
    const inner = relaxInside(s)
    if (inner.kind !== 'assign' && inner.kind !== 'declare') return inner
    const { value } = inner
    const operator = value === undefined ? undefined : checkedOperator(value)
    if (operator === undefined || value?.kind !== 'operation') return inner
    const local = inner.kind === 'assign' ? inner.target : inner.local
    if (!isCheckedLater(local, list, i + 1)) return inner
    return { ...inner, value: { ...value, operator: RELAXED[operator] } }
  })
}

function relaxInside(s: Stmt): Stmt {
  switch (s.kind) {
    case 'if':
      return { ...s, choices: s.choices.map((c) => ({ ...c, body: relaxList(c.body) })), otherwise: relaxList(s.otherwise) }
    case 'case':
      return { ...s, options: s.options.map((o) => ({ ...o, body: relaxList(o.body) })), otherwise: relaxList(s.otherwise) }
    case 'loop':
    case 'block':
    case 'scope':
      return { ...s, body: relaxList(s.body) }
    default:
      return s
  }
}

function isRelaxable(e: Expr): boolean {
  return checkedOperator(e) !== undefined
}

function checkedOperator(e: Expr): keyof typeof RELAXED | undefined {
  if (e.kind !== 'operation' || (e.scalar !== 'real32' && e.scalar !== 'real64')) return undefined
  return e.operator === 'add' || e.operator === 'subtract' || e.operator === 'multiply' ? e.operator : undefined
}

/** @returns whether a later assignment of the run is not finite when `local` is not, before `local` is seen or assigned */
function isCheckedLater(local: Local, list: readonly Stmt[], from: number): boolean {
  for (const s of list.slice(from)) {
    if (s.kind !== 'assign' && s.kind !== 'declare') return false
    const { value } = s
    if (value !== undefined) {
      if (isSeen(local, value) || canFault(value, isRelaxable)) return false
      if (carries(local, value)) return true
    }
    if ((s.kind === 'assign' ? s.target : s.local) === local) return false
  }
  return false
}

/** @returns whether `e` is not finite when `local` is not */
function carries(local: Local, e: Expr): boolean {
  if (e.kind === 'local') return e.local === local
  return e.kind === 'operation' && isRelaxable(e) && e.operands.some((o) => carries(local, o))
}

/** @returns whether `local` is used in `e` otherwise than as an operand that carries on what is not finite */
function isSeen(local: Local, e: Expr): boolean {
  if (e.kind === 'local') return e.local === local
  const carrying = isRelaxable(e)
  let seen = false
  eachOperand(e, (o) => {
    if (!(carrying && o.kind === 'local') && isSeen(local, o)) seen = true
  })
  return seen
}
