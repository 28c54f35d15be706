/** PAR: branches are forked with what they read, joined, and what they wrote is copied back. */
import { literalNumber } from '../core/ir/build.ts'
import type { CallBranch, Par, ParBranch } from '../core/ir/ir.ts'
import { newFrame, outField } from './calls.ts'
import { bare, expr } from './expressions.ts'
import type { RoutineEmitter } from './routine.ts'
import { storeOut } from './statements.ts'
import { typed } from './writer.ts'

/** Writes a PAR, with `point` after its join. */
export function parallel(m: RoutineEmitter, s: Par<CallBranch>, point: number): void {
  const { w } = m
  w.open('{', s.span)
  w.line(`f.pc = ${point}`)
  w.line(`const forked = ${m.unit.abi('fork')}(p, f)`)
  const r = s.replicator
  if (r === undefined) {
    s.branches.forEach((b, i) => branch(m, b, point, undefined, s.pri && i > 0 ? '1' : '0'))
  } else {
    const index = m.name(r.index)
    const left = m.fresh('left')
    const [only] = s.branches
    if (only === undefined) throw new Error('a replicated PAR has a branch')
    const step = r.step === undefined ? undefined : m.fresh('step')
    if (step !== undefined && r.step !== undefined) w.line(`const ${step} = ${bare(expr(m, r.step))}`)
    const first = m.fresh('first')
    const base = bare(expr(m, r.base))
    const lower = s.pri ? (literalNumber(r.base) === undefined ? `${index} === ${first} ? 0 : 1` : `${index} === ${base} ? 0 : 1`) : '0'
    const start = s.pri && literalNumber(r.base) === undefined ? `${first} = ${base}, ${index} = ${first}` : `${index} = ${base}`
    w.open(`for (let ${start}, ${left} = ${bare(expr(m, r.count))}; ${left} > 0; ${index} = (${index} + ${step ?? '1'}) | 0, ${left}--) {`)
    branch(m, only, point, index, lower)
    w.close('}')
  }
  w.line(m.suspendUnless(`${m.unit.abi('join')}(p, forked)`, point), s.span)
  w.close('}')
  w.label(`case ${point}:`)
  back(m, s)
}

function branch(m: RoutineEmitter, b: ParBranch<CallBranch>, point: number, index: string | undefined, lower: string): void {
  const { call } = b.runs
  m.branches.push({ point, branch: b })
  const place = b.place === undefined ? undefined : bare(expr(m, b.place))
  const rest = [index ?? 'NaN', lower, place ?? '']
  while (rest.length > 0 && ['', '0', 'NaN'].includes(rest[rest.length - 1] ?? '')) rest.pop()
  m.w.line(`${m.unit.abi('branch')}(${['forked', newFrame(m, call, 'null'), `'${b.label}'`, ...rest].join(', ')})`, b.span)
}

/** Copies back what the branches wrote. */
function back(m: RoutineEmitter, s: Par<CallBranch>): void {
  if (s.branches.every((b) => b.runs.call.outs.length === 0)) {
    m.w.line('f.pending = null')
    return
  }
  m.w.open('{')
  m.w.line(`const forked = f.pending${typed(` as ${m.unit.abiType('Join')}`)}`)
  m.w.line('f.pending = null')
  if (s.replicator !== undefined) {
    const each = m.fresh('each')
    m.w.open(`for (let ${each} = 0; ${each} < forked.branches.length; ${each}++) {`)
    copyBack(m, s.branches[0], each)
    m.w.close('}')
  } else s.branches.forEach((b, i) => copyBack(m, b, String(i)))
  m.w.close('}')
}

function copyBack(m: RoutineEmitter, b: ParBranch<CallBranch> | undefined, index: string): void {
  if (b === undefined) return
  const { call } = b.runs
  if (call.outs.length === 0) return
  const frame = `(forked.frame(${index})${typed(` as ${m.unit.frameName(call.routine)}`)})`
  call.outs.forEach((out, i) => m.w.line(storeOut(m, out, `${frame}.${outField(m, call, i)}`), b.span))
}
