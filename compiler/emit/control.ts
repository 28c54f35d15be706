/** IF, CASE and loops, with ways back into their bodies. See lists.ts for what is true of `pc`. */
import type { CallBranch, Loop, Scalar, LiftedStmt } from '../core/ir/ir.ts'
import type { Range } from '../core/passes/split.ts'
import { needsMachine } from '../core/ir/waits.ts'
import { eachStmt } from '../core/ir/walk.ts'
import { bare, expr } from './expressions.ts'
import { comparedLocal, widened } from './literals.ts'
import { emitList, rangeOfList } from './lists.ts'
import { canBeOutlined, firstTrue, MANY_PARTS } from './outlined.ts'
import type { RoutineEmitter } from './routine.ts'
import { plain } from './statements.ts'
import { stripMined } from './strips.ts'
import { literalText } from './values.ts'
import { chosenBy } from './ways.ts'
import type { Way } from './ways.ts'

type Conditional = Extract<LiftedStmt, { kind: 'if' }>
type Selection = Extract<LiftedStmt, { kind: 'case' }>

/** Writes a chain of `if`. On re-entry the conditions are not evaluated: `pc` tells the branch. */
export function conditional(m: RoutineEmitter, s: Conditional): void {
  const whole = m.range(s)
  if (whole !== undefined) m.usesPc = true
  if (isDivided(m, s)) {
    divided(m, s)
    return
  }
  const [choice] = s.choices
  if (whole === undefined && choice !== undefined && s.choices.length === 1 && choice.body.length === 0) {
    if (s.otherwise.length === 0) return
    m.w.open(`if (!${expr(m, choice.condition)}) {`, s.span)
    emitList(m, s.otherwise)
    m.w.close('}')
    return
  }
  let first = true
  let open = false
  /** Whether nothing is left for `otherwise`. */
  let covered = false
  for (const c of s.choices) {
    const range = rangeOfList(m, c.body)
    const always = c.condition.kind === 'literal' && c.condition.value === true
    const text = expr(m, c.condition)
    const test =
      whole === undefined
        ? bare(text)
        : range === undefined
          ? `pc < ${whole.first} && ${text}`
          : `pc < ${whole.first} ? ${bare(text)} : pc <= ${range.last}`
    if (always && (whole === undefined || !hasLaterPoints(m, s, c))) {
      if (first) m.w.open('{', s.span)
      else if (c.body.length === 0) {
        covered = true
        break
      } else m.w.label('} else {')
      emitList(m, c.body)
      m.w.close('}')
      return
    }
    if (first) m.w.open(`if (${test}) {`, s.span)
    else m.w.label(`} else if (${test}) {`)
    first = false
    open = true
    emitList(m, c.body)
  }
  const last = s.choices[s.choices.length - 1]
  covered ||= last !== undefined && last.body.length === 0 && last.condition.kind === 'literal' && last.condition.value === true
  if (s.otherwise.length > 0 && !covered) {
    if (open) {
      m.w.label('} else {')
      emitList(m, s.otherwise)
    } else {
      emitList(m, s.otherwise)
      return
    }
  }
  if (open) m.w.close('}')
}

/** @returns whether the conditions are evaluated by functions of their own, since they are very many */
function isDivided(m: RoutineEmitter, s: Conditional): boolean {
  return s.choices.length >= MANY_PARTS && canBeOutlined(s.choices.map(({ condition }) => condition))
}

/** Writes an IF of very many choices as a `switch` over the number of the first true condition. */
function divided(m: RoutineEmitter, s: Conditional): void {
  const conditions = s.choices.map(({ condition }) => condition)
  const number = firstTrue(m, `${m.routine.name}.choice`, conditions, (e) => bare(expr(m, e)))
  const options = s.choices.map(({ body }, i) => ({ labels: [BigInt(i)], body }))
  chosen(m, { scalar: 'int', options, otherwise: s.otherwise, span: s.span }, m.range(s), number)
}

function hasLaterPoints(m: RoutineEmitter, s: Conditional, c: Conditional['choices'][number]): boolean {
  const later = s.choices.slice(s.choices.indexOf(c) + 1)
  return rangeOfList(m, s.otherwise) !== undefined || later.some((x) => rangeOfList(m, x.body) !== undefined)
}

/** Writes a CASE as a `switch`. On re-entry the selector is replaced by a label of the branch that `pc` is in. */
export function selection(m: RoutineEmitter, s: Selection): void {
  const whole = m.range(s)
  const local = comparedLocal(s.selector)
  const text = expr(m, s.selector)
  const selector = s.selector.kind === 'literal' || (local !== undefined && m.compared.has(local)) ? widened(text, s.scalar) : bare(text)
  if (whole !== undefined) m.usesPc = true
  chosen(m, s, whole, selector)
}

/** Writes a `switch` over `selector`. @param whole the points in the statement */
function chosen(m: RoutineEmitter, s: Omit<Selection, 'kind' | 'selector'>, whole: Range | undefined, first: string): void {
  let selector = first
  if (whole !== undefined) {
    const ways: Way[] = []
    for (const o of s.options) {
      const range = rangeOfList(m, o.body)
      const [label] = o.labels
      if (range !== undefined && label !== undefined) ways.push({ last: range.last, text: literalText(s.scalar, label) })
    }
    selector = `pc < ${whole.first} ? ${selector} : ${chosenBy('pc', ways, unused(s))}`
  }
  m.w.open(`switch (${selector}) {`, s.span)
  for (const o of s.options) {
    m.w.open(`${o.labels.map((l) => `case ${literalText(s.scalar, l)}:`).join(' ')} {`)
    emitList(m, o.body)
    m.w.line('break')
    m.w.close('}')
  }
  m.w.open('default: {')
  emitList(m, s.otherwise)
  m.w.close('}')
  m.w.close('}')
}

/** @returns a value that is no label, for the way back into ELSE */
function unused(s: Pick<Selection, 'options' | 'scalar'>): string {
  const labels = new Set(s.options.flatMap((o) => o.labels))
  const scalar: Scalar = s.scalar
  if (scalar === 'bool') return labels.has(true) ? 'false' : 'true'
  let n = 0n
  while (labels.has(n)) n++
  return literalText(scalar, n)
}

/**
 * Writes a loop. Its own point is its head.
 *
 * In a nest of loops without any other safe point nobody else looks at the meter, so the outermost of them keeps the fuel in a variable.
 */
export function loop(m: RoutineEmitter, s: Loop<CallBranch>): void {
  if (m.nest !== undefined || !isPure(s)) {
    writeLoop(m, s)
    return
  }
  m.usesFuel = true
  m.nest = new Set()
  m.w.line(`fuel = ${m.unit.abi('meter')}.fuel`)
  writeLoop(m, s)
  m.w.line('meter.fuel = fuel')
  m.nest = undefined
}

function writeLoop(m: RoutineEmitter, s: Loop<CallBranch>): void {
  const range = m.range(s)
  if (range === undefined) throw new Error('a loop has a point')
  const { first: head } = range
  const inner = range.last > head
  const forever = s.condition.kind === 'literal' && s.condition.value === true
  const label = s.label === undefined ? '' : `${m.label(s.label)}: `
  if (s.label !== undefined) m.nest?.add(s.label)
  const preempt = preemption(m, head)
  if (!inner && m.nest !== undefined && stripMined(m, s, label, `meter.fuel = fuel; ${preempt}`)) return
  if (inner) m.usesPc = true
  const condition = forever ? 'true' : inner ? `pc > ${head} || ${expr(m, s.condition)}` : bare(expr(m, s.condition))
  m.w.open(`${label}while (${condition}) {`, s.span)
  m.loops++
  emitList(m, s.body)
  m.loops--
  for (const a of s.advance) plain(m, a)
  if (inner) m.w.line('pc = 0')
  if (m.nest === undefined) m.w.line(`if (--${m.unit.abi('meter')}.fuel < 0) { ${preempt} }`)
  else m.w.line(`if (--fuel < 0) { meter.fuel = fuel; ${preempt} }`)
  m.w.close('}')
}

function preemption(m: RoutineEmitter, head: number): string {
  return `${m.spills(head)}f.pc = ${head}; return ${m.unit.abi('preempt')}(p)`
}

/** @returns whether there is nothing in a loop that waits, gives up the processor or calls a machine, but loops */
function isPure(s: Loop<CallBranch>): boolean {
  let pure = true
  eachStmt([s], (inner) => {
    if (inner.kind !== 'loop' && needsMachine(inner)) pure = false
  })
  return pure
}
