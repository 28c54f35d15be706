/** Calls: of direct routines as plain functions, of machines on the native stack until they suspend. */
import type { Call, Expr, Out } from '../core/ir/ir.ts'
import { args } from './expressions.ts'
import { resultName } from './routine.ts'
import type { RoutineEmitter } from './routine.ts'
import { storeOut } from './statements.ts'
import { typed } from './writer.ts'

/** Writes the call of a direct routine. */
export function callDirect(m: RoutineEmitter, s: Call): void {
  const call = `${m.unit.routineName(s.routine)}(${args(m, s.actuals)})`
  const [only] = s.outs
  if (only === undefined) m.w.line(call, s.span)
  else if (s.outs.length === 1) m.w.line(storeOut(m, only, call), s.span)
  else {
    m.w.open('{', s.span)
    m.w.line(`const results = ${call}`)
    s.outs.forEach((out, i) => m.w.line(storeOut(m, out, `results[${i}]`)))
    m.w.close('}')
  }
}

/** @returns `new Dot(f, a, b)`; the fields that take results begin as the constructor makes them */
export function newFrame(
  m: RoutineEmitter,
  s: { readonly routine: Call['routine']; readonly actuals: readonly Expr[] },
  caller: 'f' | 'null',
): string {
  return `new ${m.unit.frameName(s.routine)}(${[caller, ...s.actuals.map((a) => args(m, [a]))].join(', ')})`
}

/** @returns the field of the callee's frame that result number `i` is in */
export function outField(m: RoutineEmitter, s: Call, i: number): string {
  const { routine } = s
  const { outs } = m.unit.lifted(routine)
  const param = outs[i]
  return param === undefined ? resultName(routine, i - outs.length) : m.unit.fieldName(routine, param)
}

/** Writes the call of a machine, with `point` after it. */
export function callMachine(m: RoutineEmitter, s: Call, point: number): void {
  const { w } = m
  const step = m.unit.routineName(s.routine)
  w.open('{')
  w.line(`const callee = ${newFrame(m, s, 'f')}`, s.span)
  w.line(`f.pending = callee; f.pc = ${point}; p.frame = callee`)
  if (m.unit.isKnot(s.routine)) {
    w.line(m.suspendUnless(`${m.unit.abi('enter')}(p)`, point))
    w.line(`const ${m.done} = ${step}(p, callee)`, s.span)
    w.line(`${m.unit.abi('leave')}()`)
    w.line(m.suspendUnless(m.done, point))
  } else {
    w.line(m.suspendUnless(`${step}(p, callee)`, point), s.span)
  }
  w.line('p.frame = f')
  w.close('}')
  w.label(`case ${point}:`)
  takeResults(m, s)
}

/** Writes the making of a mobile process of a MOBILE PROC. */
export function makeProcess(m: RoutineEmitter, s: Call): void {
  const [out] = s.outs
  if (out === undefined) throw new Error('a mobile process that is made is kept')
  m.w.line(storeOut(m, out, `${m.unit.abi('agent')}(p, ${newFrame(m, s, 'null')})`), s.span)
}

function takeResults(m: RoutineEmitter, s: Call): void {
  if (s.outs.length === 0) {
    m.w.line('f.pending = null')
    return
  }
  m.w.open('{')
  m.w.line(`const callee = f.pending${typed(` as ${m.unit.frameName(s.routine)}`)}`)
  m.w.line('f.pending = null')
  s.outs.forEach((out: Out, i) => m.w.line(storeOut(m, out, `callee.${outField(m, s, i)}`)))
  m.w.close('}')
}
