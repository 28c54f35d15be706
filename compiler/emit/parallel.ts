/** PAR: branches are forked with what they read, joined, and what they wrote is copied back. */
import { literalNumber } from '../core/ir/build.ts'
import type { CallBranch, CoreReplicator, Par, ParBranch } from '../core/ir/ir.ts'
import { newFrame, outField } from './calls.ts'
import { bare, expr } from './expressions.ts'
import { canBeOutlined, inPortions, MANY_PARTS } from './outlined.ts'
import type { RoutineEmitter } from './routine.ts'
import { storeOut } from './statements.ts'
import { FEW } from './ways.ts'
import { typed } from './writer.ts'

/** Writes a PAR, with `point` after its join. */
export function parallel(m: RoutineEmitter, s: Par<CallBranch>, point: number): void {
  const { w } = m
  if (s.fork !== undefined) {
    const [only] = s.branches
    if (only === undefined) throw new Error('one process is forked')
    w.line(`${m.unit.abi('spawn')}(p, ${newFrame(m, only.runs.call, 'null')}, '${only.label}', ${bare(expr(m, s.fork))})`, s.span)
    w.label(`case ${point}:`)
    return
  }
  w.open('{', s.span)
  w.line(`f.pc = ${point}`)
  for (const branch of s.branches) m.branches.push({ point, branch })
  const spare = isUsedAgain(m, s) ? m.keep('spare', 'Join') : undefined
  if (s.forking === true) {
    w.line(`const forked = ${m.unit.abi('forking')}(p, f)`)
    for (const b of s.branches) branch(m, b, undefined, '0')
    w.line(m.suspendUnless(`${m.unit.abi('join')}(p, forked)`, point), s.span)
  } else if (s.replicator !== undefined) {
    replicated(m, s, s.replicator, spare)
    w.line(m.suspendUnless(`${m.unit.abi('join')}(p, forked)`, point), s.span)
  } else if (spare !== undefined || isDivided(m, s)) {
    const last = spare === undefined ? 'null' : `f.${spare}`
    w.line(`const forked = ${m.unit.abi('forks')}(p, f, ${plan(m, s)}, ${last}, 0, 0)`)
    if (isDivided(m, s)) for (const call of divided(m, s)) w.line(call)
    else for (const b of s.branches) replica(m, b)
    w.line(m.suspendUnless(`${m.unit.abi('join')}(p, forked)`, point), s.span)
  } else if (s.branches.length === 0 || isPlaced(s)) {
    w.line(`const forked = ${m.unit.abi('fork')}(p, f)`)
    s.branches.forEach((b, i) => branch(m, b, undefined, s.pri && i > 0 ? '1' : '0'))
    w.line(m.suspendUnless(`${m.unit.abi('join')}(p, forked)`, point), s.span)
  } else {
    w.open(`${m.unit.abi('par')}(p, f, ${plan(m, s)}, [`)
    for (const b of s.branches) w.line(`${newFrame(m, b.runs.call, 'null')},`, b.span)
    w.close('])')
    w.line(`${m.spills(point)}return false`, s.span)
  }
  w.close('}')
  w.label(`case ${point}:`)
  back(m, s, spare)
}

/**
 * @returns whether the frame keeps the join, so that a PAR in a loop makes processes only once. The join keeps the frames of branches that have
 *   ended: not where these have arrays of their own, which would stay for nothing
 */
function isUsedAgain(m: RoutineEmitter, s: Par<CallBranch>): boolean {
  if (m.loops === 0 || isPlaced(s) || s.forking === true || s.branches.length > FEW) return false
  return s.branches.length > 0 && s.branches.every(({ runs }) => !m.unit.hasOwnArrays(runs.call.routine))
}

/** @returns whether the branches are made by functions of their own, since they are very many */
function isDivided(m: RoutineEmitter, s: Par<CallBranch>): boolean {
  if (s.branches.length < MANY_PARTS || isPlaced(s)) return false
  return canBeOutlined(s.branches.flatMap(({ runs }) => runs.call.actuals))
}

/** @returns calls of functions that make the branches */
function divided(m: RoutineEmitter, s: Par<CallBranch>): string[] {
  return inPortions(m, s.branches, {
    name: `${m.routine.name}.fork`,
    before: [['forked', m.unit.abiType('Join')]],
    exprsOf: ({ runs }) => runs.call.actuals,
    write: (b) => {
      replica(m, b)
    },
  })
}

function replica(m: RoutineEmitter, b: ParBranch<CallBranch>): void {
  const { call } = b.runs
  m.w.line(`${m.unit.abi('replica')}(forked, ${newFrame(m, call, 'null')}, ${m.unit.routineName(call.routine)})`, b.span)
}

const isPlaced = (s: Par<CallBranch>): boolean => s.branches.some(({ place }) => place !== undefined)

/** @returns the name of the constant that says what the branches are called and what they run */
function plan(m: RoutineEmitter, s: Par<CallBranch>): string {
  const labels = s.branches.map(({ label }) => `'${label}'`)
  const steps = s.branches.map(({ runs }) => m.unit.routineName(runs.call.routine))
  const fields = [
    `labels: [${labels.join(', ')}]`,
    `steps: [${steps.join(', ')}]`,
    `pri: ${s.pri}`,
    `replicated: ${s.replicator !== undefined}`,
  ]
  return m.unit.constant('PAR', `{ ${fields.join(', ')} }`)
}

/** Makes the branches of a replicated PAR. */
function replicated(m: RoutineEmitter, s: Par<CallBranch>, r: CoreReplicator, spare: string | undefined): void {
  const { w } = m
  const index = m.name(r.index)
  const left = m.fresh('left')
  const [only] = s.branches
  if (only === undefined) throw new Error('a replicated PAR has a branch')
  const step = r.step === undefined ? '1' : m.fresh('step')
  if (r.step !== undefined) w.line(`const ${step} = ${bare(expr(m, r.step))}`)
  const base = literalNumber(r.base) === undefined ? m.fresh('base') : bare(expr(m, r.base))
  if (literalNumber(r.base) === undefined) w.line(`const ${base} = ${bare(expr(m, r.base))}`)
  const count = bare(expr(m, r.count))
  if (isPlaced(s)) w.line(`const forked = ${m.unit.abi('fork')}(p, f)`)
  else {
    const last = spare === undefined ? 'null' : `f.${spare}`
    w.line(`const forked = ${m.unit.abi('forks')}(p, f, ${plan(m, s)}, ${last}, ${base}, ${step})`)
  }
  w.open(`for (let ${index} = ${base}, ${left} = ${count}; ${left} > 0; ${index} = (${index} + ${step}) | 0, ${left}--) {`)
  if (isPlaced(s)) branch(m, only, index, s.pri ? `${index} === ${base} ? 0 : 1` : '0')
  else replica(m, only)
  w.close('}')
}

function branch(m: RoutineEmitter, b: ParBranch<CallBranch>, index: string | undefined, lower: string): void {
  const place = b.place === undefined ? undefined : bare(expr(m, b.place))
  const rest = [index ?? 'NaN', lower]
  if (place !== undefined) rest.push(place)
  else while (rest.length > 0 && ['0', 'NaN'].includes(rest[rest.length - 1] ?? '')) rest.pop()
  m.w.line(`${m.unit.abi('branch')}(${['forked', newFrame(m, b.runs.call, 'null'), `'${b.label}'`, ...rest].join(', ')})`, b.span)
}

/** Copies back what the branches wrote. @param spare the field that keeps the join for the next time, if there is one */
function back(m: RoutineEmitter, s: Par<CallBranch>, spare: string | undefined): void {
  const givesNothing = s.branches.every((b) => b.runs.call.outs.length === 0)
  if (givesNothing && spare === undefined) {
    m.w.line('f.pending = null')
    return
  }
  m.w.open('{')
  m.w.line(`const forked = f.pending${typed(` as ${m.unit.abiType('Join')}`)}`)
  m.w.line('f.pending = null')
  if (spare !== undefined) m.w.line(`f.${spare} = ${m.unit.abi('spareOf')}(forked)`)
  if (givesNothing) {
    m.w.close('}')
    return
  }
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
