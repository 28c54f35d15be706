/**
 * Fewer checks of reals: in a run of assignments, a result need not be checked for being finite when a later one of the run, itself
 * checked, could not be finite without it.
 *
 * Sums, differences and products of what is not finite are not finite, and so is a quotient whose dividend is not; so the fault is found, a
 * few statements later at most, before anything else has seen the value: a run is broken by every other kind of statement, and a value that
 * is compared, converted, divided by or stored counts as seen.
 */
import type { Expr, Local, Stmt } from './ir.ts'
import { eachOperand } from './walk.ts'

type Operation = Extract<Expr, { kind: 'operation' }>

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
      if (isSeen(local, value)) return false
      if (carries(local, value)) return true
    }
    if ((s.kind === 'assign' ? s.target : s.local) === local) return false
  }
  return false
}

/** @returns whether `e`, a checked operation, is not finite when `local` is not */
function carries(local: Local, e: Expr): boolean {
  if (checkedOperator(e) === undefined && !isQuotient(e)) return false
  const operands = (e as Operation).operands // both of these are operations
  return (isQuotient(e) ? operands.slice(0, 1) : operands).some((o) => (o.kind === 'local' ? o.local === local : carries(local, o)))
}

function isQuotient(e: Expr): boolean {
  return e.kind === 'operation' && e.operator === 'divide' && (e.scalar === 'real32' || e.scalar === 'real64')
}

/** @returns whether `local` is used in `e` otherwise than as an operand that carries on what is not finite */
function isSeen(local: Local, e: Expr): boolean {
  if (e.kind === 'local') return e.local === local
  const carrying = checkedOperator(e) !== undefined || isQuotient(e)
  let seen = false
  let n = 0
  eachOperand(e, (o) => {
    const handsOn = carrying && (n === 0 || !isQuotient(e))
    n++
    if (handsOn && o.kind === 'local') return
    if (isSeen(local, o)) seen = true
  })
  return seen
}
