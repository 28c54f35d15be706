/** Single statements: those that run through, and the operations that may suspend. */
import type { Span } from '../../grammar/source.ts'
import type { Expr, Named, Out, LiftedStmt, Told } from '../core/ir/ir.ts'
import type { Operation } from '../core/ir/waits.ts'
import { typeOf } from '../core/ir/build.ts'
import { callDirect, callMachine, makeProcess } from './calls.ts'
import { args, bare, expr, indexFault, stored } from './expressions.ts'
import { structured } from './lists.ts'
import { parallel } from './parallel.ts'
import { resultName } from './routine.ts'
import type { RoutineEmitter } from './routine.ts'
import { blankText } from './values.ts'
import { typed } from './writer.ts'

/** Writes a statement without resume points. */
export function plain(m: RoutineEmitter, s: LiftedStmt): void {
  const { w } = m
  switch (s.kind) {
    case 'declare':
      declare(m, s)
      return
    case 'assign':
      if (isIncrement(s) && s.value.operator === 'raw+') w.line(`${m.name(s.target)}++`, s.span)
      else w.line(`${m.name(s.target)} = ${bare(expr(m, s.value))}`, s.span)
      return
    case 'store':
      w.line(alone(`${elementText(m, s.array, s.index, s.checked ? s : undefined)} = ${stored(m, s.value)}`), s.span)
      return
    case 'copy':
      copy(m, s)
      return
    case 'several': {
      const parts = s.targets.map((t) => m.name(t))
      w.line(`;[${parts.join(', ')}] = ${bare(expr(m, s.value))}`, s.span)
      return
    }
    case 'call':
      if (s.making === true) makeProcess(m, s)
      else callDirect(m, s)
      return
    case 'if':
    case 'case':
    case 'block':
    case 'alt':
    case 'loop':
      structured(m, s)
      return
    case 'scope':
      for (const inner of s.body) plain(m, inner)
      return
    case 'leave':
      leave(m, s)
      return
    case 'fault':
      w.line(fault(m, s), s.span)
      return
    case 'assert': {
      if (s.condition.kind === 'literal' && s.condition.value === true) return
      const call = `${m.unit.abi('assertion')}($, ${m.site(s.span)}, ${named(m, s.values)})`
      w.line(`if (!${expr(m, s.condition)}) ${call}`, s.span)
      return
    }
    case 'check':
      // What cannot fail any more has left its operand behind.
      if (s.value.kind === 'local' || s.value.kind === 'literal') return
      w.line(alone(bare(expr(m, s.value))), s.span)
      return
    case 'unlist':
      w.line(`${m.unit.abi('unlist')}(p)`, s.span)
      return
    case 'resign':
      if (s.drops === true) w.line(`${m.unit.abi('drop')}(p, ${args(m, [s.monitor])})`, s.span)
      else if (s.ticket === undefined) w.line(`${m.unit.abi('release')}(p, ${args(m, [s.monitor])})`, s.span)
      else w.line(`${m.unit.abi('resign')}(p, ${args(m, [s.monitor, s.ticket])})`, s.span)
      return
    case 'pass':
      w.line(`return ${m.unit.abi('pass')}(p)`, s.span)
      return
    case 'return':
      returns(m, s)
      return
    case 'output':
    case 'input':
    case 'sleep':
    case 'peek':
    case 'sync':
    case 'suspend':
    case 'activate':
    case 'enlist':
    case 'enroll':
    case 'par':
    case 'reschedule':
    case 'host':
      throw new Error(`a ${s.kind} has a resume point`)
  }
}

/** @returns an expression as a statement of its own: lines end without a semicolon, so one that could go on with the line before gets its own */
const alone = (text: string): string => (/^[[(`+\-/]/.test(text) ? `;${text}` : text)

function declare(m: RoutineEmitter, s: Extract<LiftedStmt, { kind: 'declare' }>): void {
  const { local } = s
  const value = s.value === undefined ? (m.liveness.needsZero.has(s) ? blankText(local.type).text : undefined) : bare(expr(m, s.value))
  if (m.isSlot(local) || m.hoisted.has(local)) {
    if (value !== undefined) m.w.line(`${m.name(local)} = ${value}`, s.span)
    if (m.isEarly(local)) m.w.line(`f.${m.name(local)} = ${m.name(local)}`)
    return
  }
  const keyword = value !== undefined && s.value !== undefined && !m.assigned.has(local) ? 'const' : 'let'
  // A literal would give a constant a type of one value, and so would `x && false`; a new array would give a variable a type that no other array has.
  const isNarrow = s.value?.kind === 'literal' || (local.type.item === 'bool' && !local.type.array)
  const annotated = value === undefined || isNarrow || (keyword === 'let' && local.type.mobile === true)
  const type = annotated ? typed(`: ${m.unit.type(local.type)}`) : ''
  m.w.line(`${keyword} ${m.name(local)}${type}${value === undefined ? '' : ` = ${value}`}`, s.span)
}

/** A jump out of a nest of loops that keeps the fuel in a variable puts it back. */
function leave(m: RoutineEmitter, s: Extract<LiftedStmt, { kind: 'leave' }>): void {
  const test = s.unless === undefined ? '' : `if (!${expr(m, s.unless)}) `
  const jump = `break ${m.label(s.label)}`
  const outwards = m.nest !== undefined && !m.nest.has(s.label)
  const paid = m.strip?.isLeftBy(s.label) === true ? `${m.strip.pay}; ` : ''
  const before = `${paid}${outwards ? 'meter.fuel = fuel; ' : ''}`
  m.w.line(before === '' ? `${test}${jump}` : `${test}{ ${before}${jump} }`, s.span)
}

type Increment = Extract<LiftedStmt, { kind: 'assign' }> & { readonly value: Extract<Expr, { kind: 'operation' }> }

/** @returns whether an assignment adds 1 to its target, unchecked */
export function isIncrement(s: Extract<LiftedStmt, { kind: 'assign' }>): s is Increment {
  if (s.value.kind !== 'operation' || (s.value.operator !== 'raw+' && s.value.operator !== 'plus')) return false
  const [left, right] = s.value.operands
  return left?.kind === 'local' && left.local === s.target && right?.kind === 'literal' && right.value === 1n
}

/** @returns an element as the left side of an assignment; with `check` its index is checked */
function elementText(
  m: RoutineEmitter,
  array: Expr,
  index: Expr,
  check: { readonly told?: Told; readonly span: Span } | undefined,
): string {
  const base = expr(m, array)
  const text = bare(expr(m, index))
  if (check === undefined) return `${base}[${text}]`
  const simple = index.kind === 'local' || index.kind === 'literal'
  const name = simple ? text : m.scratch()
  const fault = indexFault(m, check.span, base, check.told, name)
  const value = simple ? text : `(${name} = ${text})`
  const { item } = typeOf(array)
  // V8 checks the bounds of the element that is read, drops the reading and need not check them again.
  if (item !== 'channel' && item !== 'int64') return `${base}[${base}[${value}] === undefined ? ${fault} : ${name}]`
  // A negative index is large as an unsigned number.
  return `${base}[${value} >>> 0 < ${base}.length ? ${name} : ${fault}]`
}

function copy(m: RoutineEmitter, s: Extract<LiftedStmt, { kind: 'copy' }>): void {
  const target = bare(expr(m, s.target))
  const source = bare(expr(m, s.source))
  if (!s.checked) m.w.line(alone(`${target}.set(${source})`), s.span)
  else m.w.line(`${m.unit.abi(s.prefix === true ? 'copyPrefix' : 'copy')}(${target}, ${source}, $, ${m.site(s.span)})`, s.span)
}

function named(m: RoutineEmitter, values: readonly Named[]): string {
  return `[${values.map((v) => `[${JSON.stringify(v.name)}, ${worded(v.words, bare(expr(m, v.value)))}]`).join(', ')}]`
}

/** @returns an expression for the word that stands for a number, or for the number where it has none */
function worded(words: ReadonlyMap<number, string> | undefined, value: string): string {
  if (words === undefined || words.size === 0) return value
  return `{ ${[...words].map(([number, word]) => `${number}: ${JSON.stringify(word)}`).join(', ')} }[${value}] ?? ${value}`
}

function fault(m: RoutineEmitter, s: Extract<LiftedStmt, { kind: 'fault' }>): string {
  const call = `${m.unit.abi(s.fault)}($, ${m.site(s.span)}`
  const text = s.fault === 'noOption' || s.fault === 'oneVariable' ? `${call}, ${named(m, s.values)})` : `${call})`
  return `return ${text}`
}

/** The end of a function. */
function returns(m: RoutineEmitter, s: Extract<LiftedStmt, { kind: 'return' }>): void {
  const values = s.values.map((v) => bare(expr(m, v)))
  if (m.routine.direct) {
    m.w.line(`return ${values.length === 1 ? (values[0] ?? '') : `[${values.join(', ')}]`}`, s.span)
    return
  }
  values.forEach((v, i) => m.w.line(`f.${resultName(m.routine, i)} = ${v}`, s.span))
}

/** @returns the statement that stores `value`, a text of the type of the place */
export function storeOut(m: RoutineEmitter, out: Out, value: string): string {
  if (out.kind === 'local') return `${m.name(out.local)} = ${value}`
  const isBool = typeOf(out.array).item === 'bool'
  return `${elementText(m, out.array, out.index, undefined)} = ${isBool ? `${value} ? 1 : 0` : value}`
}

// ---------------------------------------------------------------------------------------------- operations

/** Writes an operation that may suspend at `point`, up to and beyond the label of that point. */
export function operation(m: RoutineEmitter, s: Operation, point: number): void {
  const { w } = m
  switch (s.kind) {
    case 'output': {
      const put = m.unit.abi(s.array ? 'putArray' : 'put')
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${put}(p, ${args(m, [s.channel, s.value])})`, point), s.span)
      w.label(`case ${point}:`)
      return
    }
    case 'input':
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('take')}(p, ${args(m, [s.channel])})`, point), s.span)
      w.label(`case ${point}:`)
      for (const inner of s.then) plain(m, inner)
      return
    case 'peek':
    case 'sync': {
      // it begins again where it is: what was taken before tells nothing
      if (s.kind === 'sync') w.line('p.value = 0')
      w.label(`case ${point}:`)
      w.line(`f.pc = ${point}`)
      const operation =
        s.kind === 'sync'
          ? `${m.unit.abi(s.operation)}(p, ${args(m, [s.monitor])})`
          : `${m.unit.abi('peek')}(p, ${args(m, [s.channel])}, $, ${m.site(s.span)})`
      w.line(m.suspendUnless(operation, point), s.span)
      if (s.kind === 'peek') for (const inner of s.then) plain(m, inner)
      return
    }
    case 'suspend':
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('suspend')}(p)`, point), s.span)
      w.label(`case ${point}:`)
      return
    case 'activate': {
      const x = m.name(s.target)
      w.line('f.pending = null')
      w.label(`case ${point}:`)
      w.line(`f.pc = ${point}`)
      // while it runs nobody has it
      w.open('if (f.pending === null) {')
      w.line(`const awake = ${m.unit.abi('awaken')}(p, ${x})`, s.span)
      w.line(`if (awake === null) { ${m.spills(point)}return false }`)
      w.line(`${m.unit.abi('activate')}(p, f, awake, [${args(m, s.actuals)}], $, ${m.site(s.span)})`, s.span)
      w.line(`${x} = ${m.unit.abi('NO_MOBILE')}`)
      w.line(`${m.spills(point)}return false`)
      w.close('}')
      for (const { local, parameter } of s.left) w.line(`${m.name(local)} = ${m.unit.abi('leftIn')}(f, ${parameter})`, s.span)
      w.line(`${x} = ${m.unit.abi('retrieve')}(f, ${s.actuals.length})`, s.span)
      return
    }
    case 'enlist':
      w.line('p.value = 0')
      w.label(`case ${point}:`)
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('enlist')}(p, '${s.name}')`, point), s.span)
      for (const inner of s.then) plain(m, inner)
      return
    case 'enroll':
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('enroll')}(p, ${args(m, [s.monitor, s.count])})`, point), s.span)
      w.label(`case ${point}:`)
      for (const inner of s.then) plain(m, inner)
      return
    case 'sleep':
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('sleep')}(p, ${args(m, [s.time])})`, point), s.span)
      w.label(`case ${point}:`)
      return
    case 'host':
      w.line(`f.pc = ${point}`)
      w.line(m.suspendUnless(`${m.unit.abi('host')}(p, '${s.service}', [${args(m, s.actuals)}])`, point), s.span)
      w.label(`case ${point}:`)
      for (const inner of s.then) plain(m, inner)
      return
    case 'reschedule':
      w.line(`f.pc = ${point}; ${m.spills(point)}return ${m.unit.abi('preempt')}(p)`, s.span)
      w.label(`case ${point}:`)
      return
    case 'call':
      callMachine(m, s, point)
      return
    case 'par':
      parallel(m, s, point)
      return
  }
}
