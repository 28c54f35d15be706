/**
 * Fewer checks of reals: in a run of assignments, a result need not be checked for being finite when a later one of the run, itself
 * checked, could not be finite without it.
 *
 * Sums, differences and products of what is not finite are not finite, and so is a quotient whose dividend is not; so the fault is found, a
 * few statements later at most, before anything else has seen the value: a run is broken by every other kind of statement, and a value that
 * is compared, converted, divided by or stored counts as seen. Nothing between the two may fault. What is found not to be finite
 * is computed again with all of its checks, and what comes before it in the run, so that the fault is told where it is: which is why no
 * variable of it may have changed.
 */
import { isReal } from '../ir/build.ts'
import type { Expr, Lifted, LiftedStmt, Local } from '../ir/ir.ts'
import { canFault } from '../ir/faults.ts'
import { eachExpr, eachOperand } from '../ir/walk.ts'

type Operation = Extract<Expr, { kind: 'operation' }>
type Setting = Extract<LiftedStmt, { kind: 'assign' | 'declare' }>

const RELAXED = { add: 'raw+', subtract: 'raw-', multiply: 'raw*' } as const

/** @returns the program without the checks that others make up for */
export function relax(program: Lifted): Lifted {
  return { ...program, routines: program.routines.map((r) => ({ ...r, body: relaxList(r.body) })) }
}

/** @returns `list`, and the lists within it, with the checks left out that others make up for */
function relaxList(list: readonly LiftedStmt[]): LiftedStmt[] {
  const relaxed = list.map(relaxInside)
  /** The statements whose checks are made up for, and those that do. */
  const settled = new Map<number, number>()
  for (let i = list.length - 1; i >= 0; i--) {
    const s = relaxed[i]
    if (s?.kind !== 'assign' && s?.kind !== 'declare') continue
    const { value } = s
    const operator = value === undefined ? undefined : checkedOperator(value)
    if (operator === undefined || value?.kind !== 'operation') continue
    const carrier = carrierOf(localOf(s), list, relaxed, i + 1)
    if (carrier === undefined) continue
    const at = settled.get(carrier) ?? carrier
    const settler = relaxed[at]
    if ((settler?.kind !== 'assign' && settler?.kind !== 'declare') || settler.value?.kind !== 'operation') continue
    if (isChanged(value, relaxed.slice(i, at))) continue
    relaxed[i] = { ...s, value: { ...value, operator: RELAXED[operator] } }
    relaxed[at] = { ...settler, value: { ...settler.value, earlier: [value, ...(settler.value.earlier ?? [])] } }
    settled.set(i, at)
  }
  return relaxed
}

const localOf = (s: Setting): Local => (s.kind === 'assign' ? s.target : s.local)

/** @returns whether one of the statements gives another value to a variable that is used in `e` */
function isChanged(e: Expr, statements: readonly LiftedStmt[]): boolean {
  const changed = new Set(statements.flatMap((s) => (s.kind === 'assign' || s.kind === 'declare' ? [localOf(s)] : [])))
  let found = false
  eachExpr(e, (inner) => {
    if (inner.kind === 'local' && changed.has(inner.local)) found = true
  })
  return found
}

/** @returns whether the evaluation of `e` may fault otherwise than by a real result that is not finite, which makes that of `e` not finite */
export function faultsItself(e: Expr): boolean {
  if (e.kind !== 'operation' || !isReal(e.scalar)) return canFault(e)
  const [left, right] = e.operands
  if (left === undefined || right === undefined || !CARRYING.has(e.operator)) return canFault(e)
  return faultsItself(left) || (e.operator === 'divide' ? canFault(right) : faultsItself(right))
}

const CARRYING: ReadonlySet<Operation['operator']> = new Set(['add', 'subtract', 'multiply', 'divide', 'raw+', 'raw-', 'raw*'])

function relaxInside(s: LiftedStmt): LiftedStmt {
  switch (s.kind) {
    case 'if':
      return { ...s, choices: s.choices.map((c) => ({ ...c, body: relaxList(c.body) })), otherwise: relaxList(s.otherwise) }
    case 'case':
      return { ...s, options: s.options.map((o) => ({ ...o, body: relaxList(o.body) })), otherwise: relaxList(s.otherwise) }
    case 'loop':
    case 'block':
    case 'scope':
      return { ...s, body: relaxList(s.body) }
    case 'alt':
    case 'assert':
    case 'assign':
    case 'call':
    case 'check':
    case 'copy':
    case 'declare':
    case 'fault':
    case 'host':
    case 'input':
    case 'leave':
    case 'output':
    case 'par':
    case 'peek':
    case 'suspend':
    case 'activate':
    case 'sync':
    case 'enlist':
    case 'unlist':
    case 'enroll':
    case 'resign':
    case 'pass':
    case 'reschedule':
    case 'return':
    case 'several':
    case 'sleep':
    case 'store':
      return s
  }
}

function checkedOperator(e: Expr): keyof typeof RELAXED | undefined {
  if (e.kind !== 'operation' || !isReal(e.scalar)) return undefined
  return e.operator === 'add' || e.operator === 'subtract' || e.operator === 'multiply' ? e.operator : undefined
}

/**
 * @param list the statements, and `relaxed` what has become of them so far
 * @returns the number of the later assignment of the run that is not finite when `local` is not, before `local` is seen or assigned
 */
function carrierOf(local: Local, list: readonly LiftedStmt[], relaxed: readonly LiftedStmt[], from: number): number | undefined {
  for (let i = from; i < list.length; i++) {
    const [s, now] = [list[i], relaxed[i]]
    if ((s?.kind !== 'assign' && s?.kind !== 'declare') || (now?.kind !== 'assign' && now?.kind !== 'declare')) return undefined
    const { value } = s
    if (value !== undefined) {
      if (isSeen(local, value) || faultsItself(value)) return undefined
      if (carries(local, value)) return i
      // Nothing that is still checked may come before.
      if (now.value?.kind === 'operation' ? !RAW.has(now.value.operator) && canFault(now.value) : canFault(value)) return undefined
    }
    if (localOf(s) === local) return undefined
  }
  return undefined
}

const RAW: ReadonlySet<Operation['operator']> = new Set(Object.values(RELAXED))

/** @returns whether `e`, a checked operation, is not finite when `local` is not */
function carries(local: Local, e: Expr): boolean {
  if (checkedOperator(e) === undefined && !isQuotient(e)) return false
  const operands = (e as Operation).operands // both of these are operations
  return (isQuotient(e) ? operands.slice(0, 1) : operands).some((o) => (o.kind === 'local' ? o.local === local : carries(local, o)))
}

function isQuotient(e: Expr): boolean {
  return e.kind === 'operation' && e.operator === 'divide' && isReal(e.scalar)
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
