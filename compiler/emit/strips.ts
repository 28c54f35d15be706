/**
 * Strip-mined loops: an innermost loop that counts runs as many rounds as the fuel allows without counting them, and pays for them at its end.
 *
 * Every entry into such a loop makes at least one round, so a fuel of nothing still gets on. What does not change from round to round is
 * evaluated once a strip, and the products of the counter by something steady become sums (Cocke and Kennedy 1977).
 */
import { int, typeOf } from '../core/ir/build.ts'
import { Local } from '../core/ir/ir.ts'
import type { CallBranch, Expr, Label, Loop, Operator, LiftedStmt } from '../core/ir/ir.ts'
import { rangeOf, rangeOfType } from '../core/ir/range.ts'
import { eachAssigned, eachStmt } from '../core/ir/walk.ts'
import { bare, expr, indexFault, stored } from './expressions.ts'
import { emitList, flatten } from './lists.ts'
import type { RoutineEmitter } from './routine.ts'
import { isIncrement, plain } from './statements.ts'

type Comparison = 'lt' | 'le' | 'gt' | 'ge' | 'ne'
type Operation = Extract<Expr, { kind: 'operation' }>

/** What counts the rounds of a loop: each round adds `step` to it, or subtracts it, until it has reached a limit that does not change. */
interface Counter {
  readonly index: Local
  /** `index operator limit` holds in every round. With `ne` the limit is met exactly, perhaps after the index has gone round. */
  readonly operator: Comparison
  readonly limit: Expr
  /** At least 1, and the same in every round. */
  readonly step: Expr
  /** Whether the last thing that a round does is to count. */
  readonly last: boolean
  /** The condition of the loop with another limit in the place of `limit`. */
  condition(limit: Expr): Expr
}

/** The strip that is being written, as far as its rounds must know it. */
export class Strip {
  /** What is evaluated before the first round. */
  readonly before: string[] = []
  /** What is done at the end of each round. */
  readonly after: string[] = []
  /** The end of the strip, given what it would be otherwise. */
  readonly shortened: ((until: string) => string)[] = []
  private readonly known = new Map<string, string>()

  constructor(
    private readonly m: RoutineEmitter,
    private readonly changed: ReadonlySet<Local>,
    private readonly counter: Counter,
    /** The labels of what is inside the loop. */
    private readonly inside: ReadonlySet<Label>,
    /** Pays for the rounds of the strip that have been made. */
    readonly pay: string,
  ) {}

  /** @returns whether who leaves what has the label leaves the strip */
  isLeftBy(label: Label): boolean {
    return !this.inside.has(label)
  }

  /** @returns the name of a variable that holds a product of a subscript and a stride in every round, if there can be one */
  product(subscript: Expr, stride: Expr): string | undefined {
    const { m, counter } = this
    if (!isSteady(stride, this.changed)) return undefined
    const isFixed = isSteady(subscript, this.changed)
    if (!isFixed && (!counter.last || !isOne(counter.step) || !this.keepsPace(subscript))) return undefined
    const x = bare(expr(m, subscript))
    const n = bare(expr(m, stride))
    const key = `${x} ${n}`
    let name = this.known.get(key)
    if (name === undefined) {
      name = m.fresh('row')
      this.known.set(key, name)
      this.before.push(`${isFixed ? 'const' : 'let'} ${name} = ${m.unit.abi('scale')}(${x}, ${n})`)
      if (!isFixed) {
        this.after.push(`${name} = (${name} + ${expr(m, stride)}) | 0`)
        this.shortened.push((until) => `${m.unit.abi('evenly')}(${m.name(counter.index)}, ${bare(until)}, ${x}, ${n})`)
      }
    }
    return name
  }

  /** @returns whether the value of `e` goes up by one in each round */
  private keepsPace(e: Expr): boolean {
    if (e.kind === 'local') return e.local === this.counter.index
    if (e.kind !== 'operation' || (e.operator !== 'raw+' && e.operator !== 'raw-')) return false
    const [left, right] = e.operands
    if (left === undefined || right === undefined) return false
    if (this.keepsPace(left)) return isSteady(right, this.changed)
    return e.operator === 'raw+' && isSteady(left, this.changed) && this.keepsPace(right)
  }
}

/**
 * Writes a loop without points inside as strips.
 *
 * @param preempt the statements that preempt the loop at its point
 * @returns whether the loop counts; nothing is written otherwise
 */
export function stripMined(m: RoutineEmitter, s: Loop<CallBranch>, label: string, preempt: string): boolean {
  const changed = changedBy(s)
  const counter = counterOf(s, changed)
  if (counter === undefined) return false
  const { index, operator, limit } = counter
  const { w } = m
  const i = m.name(index)
  const end = expr(m, limit)
  const stop = new Local('until', index.type, true)
  const until = m.name(stop)
  const from = m.fresh('from')

  const body = w.nested()
  m.w = body
  m.strip = new Strip(m, changed, counter, labelsIn(s), `fuel = (fuel - ${rounds(m, counter, from, i)}) | 0`)
  const filled = fillOf(s, counter)
  if (filled === undefined) {
    emitList(m, s.body)
    for (const a of s.advance) plain(m, a)
  }
  const { before, after, shortened, pay } = m.strip
  m.strip = undefined
  m.w = w

  w.open(`${label}for (;;) {`, s.span)
  w.line(`const ${from} = ${i}`)
  w.line(`const ${until} = ${bare(shortened.reduce((text, shorten) => shorten(text), endOfStrip(m, counter)))}`)
  if (filled !== undefined) {
    fill(m, filled, i, until)
    w.line(`${i} = ${until}`)
  } else {
    for (const line of before) w.line(line)
    const condition = counter.condition({ kind: 'local', local: stop })
    w.open(`while (${bare(expr(m, condition))}) {`, s.span)
    w.append(body)
    for (const line of after) w.line(line)
    w.close('}')
  }
  w.line(pay)
  const ends = `${i} ${ENDED[operator]} ${end}`
  const alone = s.condition.kind === 'operation' && s.condition.operator === operator
  // A strip that is not at its end was left for another reason.
  w.line(`if (${alone ? ends : `${i} ${HOLDS[operator]} ${until} || ${ends}`}) break`)
  w.line(preempt)
  w.close('}')
  return true
}

const HOLDS: Readonly<Record<Comparison, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=', ne: '!==' }
const ENDED: Readonly<Record<Comparison, string>> = { lt: '>=', le: '>', gt: '<=', ge: '<', ne: '===' }
const TURNED: Readonly<Record<Comparison, Comparison>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', ne: 'ne' }

/** @returns the limit of a strip: that of the loop, or what the counter reaches with the fuel there is */
function endOfStrip(m: RoutineEmitter, counter: Counter): string {
  const { operator } = counter
  const end = expr(m, counter.limit)
  const i = m.name(counter.index)
  const step = isOne(counter.step) ? 'fuel' : `fuel * ${expr(m, counter.step)}`
  const isDown = operator === 'gt' || operator === 'ge'
  const more = operator === 'le' || operator === 'ge' ? '' : isDown ? ' - 1' : ' + 1'
  const left = rounds(m, counter, i, end)
  return `${left} <= fuel ? ${bare(end)} : (${i} ${isDown ? '-' : '+'} ${step}${more}) | 0`
}

/** @returns how often a counter counts on its way from one value to another, perhaps not rounded */
function rounds(m: RoutineEmitter, { operator, step }: Counter, from: string, to: string): string {
  const way = operator === 'gt' || operator === 'ge' ? `(${from} - ${to})` : `(${to} - ${from})`
  if (operator === 'ne') return `(${way} | 0)`
  return isOne(step) ? way : `(${way} / ${expr(m, step)})`
}

// ---------------------------------------------------------------------------------------------- what counts

function counterOf(s: Loop<CallBranch>, changed: ReadonlySet<Local>): Counter | undefined {
  const [advance] = s.advance
  if (advance !== undefined) {
    const { condition } = s
    if (condition.kind !== 'operation' || advance.kind !== 'assign' || !isIncrement(advance)) return undefined
    const [index, limit] = condition.operands
    if (index?.kind !== 'local' || index.local !== advance.target || limit === undefined) return undefined
    if (condition.operator !== 'lt' && condition.operator !== 'ne') return undefined
    const withLimit = (other: Expr): Expr => ({ ...condition, operands: [index, other] })
    return { index: index.local, operator: condition.operator, limit, step: int(1), last: true, condition: withLimit }
  }
  if (!staysInside(s)) return undefined
  const flat = flatten(s.body)
  for (const { comparison, replaced } of conjuncts(s.condition)) {
    for (const candidate of comparisons(comparison)) {
      const step = stepOf(s, flat, candidate, changed)
      if (step === undefined || !isSteady(candidate.limit, changed)) continue
      const last = flat.at(-1) === step.statement
      return { ...candidate, step: step.amount, last, condition: (limit) => replaced(candidate.withLimit(limit)) }
    }
  }
  return undefined
}

/** @returns the operands of the ANDs of a condition, each with what puts another in its place */
function conjuncts(e: Expr): { comparison: Expr; replaced: (by: Expr) => Expr }[] {
  if (e.kind !== 'operation' || e.operator !== 'and') return [{ comparison: e, replaced: (by) => by }]
  return e.operands.flatMap((operand, at) =>
    conjuncts(operand).map(({ comparison, replaced }) => ({
      comparison,
      replaced: (by: Expr): Expr => ({ ...e, operands: e.operands.map((o, i) => (i === at ? replaced(by) : o)) }),
    })),
  )
}

interface Candidate {
  readonly index: Local
  readonly operator: Comparison
  readonly limit: Expr
  withLimit(limit: Expr): Expr
}

/** @returns the ways to see an expression as a comparison of a variable with a limit */
function comparisons(e: Expr): Candidate[] {
  if (e.kind !== 'operation' || !isComparison(e.operator) || e.operator === 'ne') return []
  const { operator } = e
  const [left, right] = e.operands
  if (left === undefined || right === undefined) return []
  const found: Candidate[] = []
  if (left.kind === 'local')
    found.push({ index: left.local, operator, limit: right, withLimit: (limit) => ({ ...e, operands: [left, limit] }) })
  if (right.kind === 'local')
    found.push({ index: right.local, operator: TURNED[operator], limit: left, withLimit: (limit) => ({ ...e, operands: [limit, right] }) })
  return found
}

function isComparison(operator: Operator): operator is Comparison {
  return Object.hasOwn(HOLDS, operator)
}

/** @returns by how much each round counts towards the limit, and where, if each round does that once */
function stepOf(
  s: Loop<CallBranch>,
  flat: readonly LiftedStmt[],
  { index, operator }: Candidate,
  changed: ReadonlySet<Local>,
): { amount: Expr; statement: LiftedStmt } | undefined {
  if (rangeOfType(index.type.item) === undefined) return undefined
  const [statement, ...others] = assignments(s, index)
  if (statement?.kind !== 'assign' || others.length > 0 || !flat.includes(statement)) return undefined
  const amount = amountOf(statement.value, index, operator === 'gt' || operator === 'ge')
  if (amount === undefined || !isSteady(amount, changed)) return undefined
  return (rangeOf(amount)?.[0] ?? 0) >= 1 ? { amount, statement } : undefined
}

/** @returns what is added to a variable, or subtracted when it goes `down`; the sum is checked, or cannot overflow */
function amountOf(value: Expr, index: Local, down: boolean): Expr | undefined {
  if (value.kind !== 'operation') return undefined
  const [left, right] = value.operands
  const isIndex = (e: Expr | undefined): boolean => e?.kind === 'local' && e.local === index
  if (down) return (value.operator === 'subtract' || value.operator === 'raw-') && isIndex(left) ? right : undefined
  if (value.operator !== 'add' && value.operator !== 'raw+') return undefined
  return isIndex(left) ? right : isIndex(right) ? left : undefined
}

/** @returns the statements of a loop that may assign a local */
function assignments(s: Loop<CallBranch>, local: Local): LiftedStmt[] {
  const found: LiftedStmt[] = []
  eachChange(s, (target, statement) => {
    if (target === local) found.push(statement)
  })
  return found
}

/** @returns the locals that a round may give another value */
function changedBy(s: Loop<CallBranch>): Set<Local> {
  const changed = new Set<Local>()
  eachChange(s, (local) => changed.add(local))
  return changed
}

function eachChange(s: Loop<CallBranch>, visit: (local: Local, statement: LiftedStmt) => void): void {
  eachStmt([...s.body, ...s.advance], (inner) => {
    if (inner.kind === 'declare') visit(inner.local, inner)
    else eachAssigned(inner, (local) => visit(local, inner))
  })
}

/** @returns whether every `leave` in the body of a loop stays there */
function staysInside(s: Loop<CallBranch>): boolean {
  const inside = labelsIn(s)
  let stays = true
  eachStmt(s.body, (inner) => {
    if (inner.kind === 'leave' && !inside.has(inner.label)) stays = false
  })
  return stays
}

function labelsIn(s: Loop<CallBranch>): Set<Label> {
  const inside = new Set<Label>()
  eachStmt(s.body, (inner) => {
    if ((inner.kind === 'block' || inner.kind === 'loop') && inner.label !== undefined) inside.add(inner.label)
  })
  return inside
}

/** @returns whether an expression has the same value in every round, cannot fault and costs little */
function isSteady(e: Expr, changed: ReadonlySet<Local>): boolean {
  switch (e.kind) {
    case 'literal':
      return true
    case 'local':
      return !changed.has(e.local)
    case 'length':
      return isSteady(e.array, changed)
    case 'operation':
      return isRaw(e) && e.operands.every((o) => isSteady(o, changed))
    case 'apply':
    case 'array-of':
    case 'blank':
    case 'content':
    case 'referent':
    case 'bound':
    case 'clock':
    case 'clone':
    case 'convert':
    case 'element':
    case 'intrinsic':
    case 'new-channel':
    case 'new-channels':
    case 'present':
    case 'received':
    case 'retype':
    case 'slice':
    case 'table':
    case 'zeros':
      return false
  }
}

function isRaw(e: Operation): boolean {
  return e.operator === 'raw+' || e.operator === 'raw-' || e.operator === 'times'
}

function isOne(e: Expr): boolean {
  return e.kind === 'literal' && e.value === 1n
}

// ---------------------------------------------------------------------------------------------- loops that fill

type Store = Extract<LiftedStmt, { kind: 'store' }>

/** @returns the one statement of a loop over a replicator that stores the same value into each element in turn, if that is all the loop does */
function fillOf(s: Loop<CallBranch>, { index: counter, operator }: Counter): Store | undefined {
  const [store, ...others] = flatten(s.body)
  if (s.advance.length === 0 || operator !== 'lt') return undefined
  if (store?.kind !== 'store' || others.length > 0 || store.told !== undefined || s.label !== undefined) return undefined
  const { array, index, value } = store
  const steady = value.kind === 'literal' || (value.kind === 'local' && value.local !== counter)
  const inOrder = index.kind === 'local' && index.local === counter && (counter.range?.[0] ?? -1) >= 0
  return array.kind === 'local' && typeOf(array).item !== 'channel' && steady && inOrder ? store : undefined
}

/** Writes the rounds of such a loop from `i` to before `stop`. */
function fill(m: RoutineEmitter, s: Store, i: string, stop: string): void {
  const array = expr(m, s.array)
  if (s.checked)
    m.w.line(`if (${stop} > ${array}.length) ${indexFault(m, s.span, array, undefined, `Math.max(${i}, ${array}.length)`)}`, s.span)
  m.w.line(`${array}.fill(${stored(m, s.value)}, ${i}, ${stop})`, s.span)
}
