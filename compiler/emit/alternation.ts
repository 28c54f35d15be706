/**
 * ALT: enabling from a fair start, the choice, and the way back into the chosen body. See runtime/kernel/scheduler/alt.ts for the other half.
 *
 * Guards have flat numbers with replicators expanded; alternatives (`which`) are the guards of the text. Where all guards are single, the
 * two are the same.
 */
import type { Alt, CallBranch, Expr, Guard, Local } from '../core/ir/ir.ts'
import { int, typeOf } from '../core/ir/build.ts'
import { eachExpr } from '../core/ir/walk.ts'
import { bare, expr } from './expressions.ts'
import { emitList, rangeOfList } from './lists.ts'
import type { RoutineEmitter } from './routine.ts'
import { plain } from './statements.ts'
import { chosenBy, FEW } from './ways.ts'
import type { Way } from './ways.ts'
import { typed } from './writer.ts'

type Single = Exclude<Guard<CallBranch>, { kind: 'replicated' }>

/** Writes an ALT. */
export function alternation(m: RoutineEmitter, s: Alt<CallBranch>): void {
  const { w } = m
  const range = m.range(s)
  if (range === undefined) throw new Error('an ALT has a point')
  const { first: point } = range
  const singles = flatten(s.guards)
  const inner = range.last > point
  if (synchronises(s)) m.usesPc = true
  const which = m.fresh('which')
  w.open('{', s.span)
  w.line(`let ${which}${typed(': number')}`)
  if (inner) {
    m.usesPc = true
    w.open(`if (pc <= ${point}) {`)
  }
  choose(m, s, point, which)
  if (inner) {
    const ways = singles.flatMap((g, i): Way[] => {
      const r = rangeOfList(m, g.body)
      return r === undefined ? [] : [{ last: r.last, text: String(i) }]
    })
    w.close(`} else ${which} = ${chosenBy('pc', ways)}`)
  }
  w.open(`switch (${which}) {`)
  singles.forEach((g, i) => {
    w.open(`case ${i}: {`, g.span)
    emitList(m, g.body)
    w.line('break')
    w.close('}')
  })
  w.close('}')
  w.close('}')
}

function flatten(guards: readonly Guard<CallBranch>[]): Single[] {
  return guards.flatMap((g) => (g.kind === 'replicated' ? flatten(g.guards) : [g]))
}

/** Whether a guard is the SYNC of a barrier. */
const synchronises = (s: Alt<CallBranch>): boolean => flatten(s.guards).some(({ kind }) => kind === 'sync')

/** The function that begins the ALT. */
const startOf = (m: RoutineEmitter, s: Alt<CallBranch>): string => m.unit.abi(synchronises(s) ? 'altSyncStart' : 'altStart')

/** A replicated guard of the simple kind: one guard under one replicator. */
function simple(g: Guard<CallBranch>): boolean {
  return g.kind !== 'replicated' || (g.guards.length === 1 && g.guards[0]?.kind !== 'replicated' && g.prelude.length === 0)
}

function choose(m: RoutineEmitter, s: Alt<CallBranch>, point: number, which: string): void {
  // what was taken before tells nothing of a barrier that has chosen
  if (synchronises(s)) m.w.line(`if (pc !== ${point}) p.value = 0`)
  if (s.guards.every(simple)) chooseFlat(m, s, point, which)
  else chooseNested(m, s, point, which)
}

function suspend(m: RoutineEmitter, s: Alt<CallBranch>, point: number): string {
  const chosen = m.fresh('chosen')
  m.w.line(`const ${chosen} = ${m.unit.abi('altWait')}(p, $, ${m.site(s.span)})`, s.span)
  m.w.line(`if (${chosen} < 0) { ${m.spills(point)}f.pc = ${point}; return false }`)
  return chosen
}

// ---------------------------------------------------------------------------------------------- single guards and simple replication

/** The guards of a PRI ALT within the ALT: the first flat number, and the one after the last. */
interface Run {
  readonly from: string
  to: string
}

interface Group {
  readonly guard: Guard<CallBranch>
  /** Text of the first flat number, and of the one after the last. */
  readonly from: string
  readonly to: string
  readonly base?: string
  readonly step?: string
}

function chooseFlat(m: RoutineEmitter, s: Alt<CallBranch>, point: number, which: string): void {
  const { w } = m
  const groups = groupsOf(m, s.guards)
  const n = groups[groups.length - 1]?.to ?? '0'
  const runs = s.pri ? [] : runsOf(groups)
  const keys = runs.length > 0 ? undefined : keysOf(m, s)
  if (keys === undefined) {
    enableAll(m, s, groups, n, runs)
    select(m, groups, suspend(m, s, point), which)
    return
  }
  const set = `f.${m.keep('guards', 'GuardSet')}`
  const chosen = m.fresh('chosen')
  w.line(`let ${chosen} = ${set} === null ? -2 : ${set}.choose(${['p', ...keys.map((l) => m.name(l))].join(', ')})`, s.span)
  w.open(`if (${chosen} === -2) {`)
  enableAll(m, s, groups, n, runs)
  w.line(`${chosen} = ${m.unit.abi('altWait')}(p, $, ${m.site(s.span)})`, s.span)
  w.line(`${set} ??= ${m.unit.abi('guardSet')}(p, ${s.pri}, ${n})`)
  w.close('}')
  w.line(`if (${chosen} < 0) { ${m.spills(point)}f.pc = ${point}; return false }`)
  select(m, groups, chosen, which)
}

/** Enables the guards one by one, until one is ready. */
function enableAll(m: RoutineEmitter, s: Alt<CallBranch>, groups: readonly Group[], n: string, runs: readonly Run[]): void {
  const { w } = m
  const start = m.fresh('start')
  const enable = m.fresh('enable')
  w.line(`${runs.length === 0 ? 'const' : 'let'} ${start} = ${startOf(m, s)}(p, ${s.pri}, ${n})`, s.span)
  for (const { from, to } of runs) w.line(`if (${start} > ${from} && ${start} < ${to}) ${start} = ${from}`)
  const single = groups.length === 1 && groups[0]?.guard.kind !== 'replicated'
  if (s.pri || single) {
    w.open(`${enable}: if (${start} >= 0) {`)
    for (const g of groups) {
      if (g.guard.kind !== 'replicated') {
        enableOne(m, g.guard, g.from, `break ${enable}`)
        continue
      }
      const k = m.fresh('k')
      w.open(`for (let ${k} = ${g.from}; ${k} < ${g.to}; ${k}++) {`)
      enableReplicated(m, g, k, `break ${enable}`)
      w.close('}')
    }
    w.close('}')
  } else fairLoop(m, groups, start, enable, n)
}

/** Of fewer guards in a row the frame keeps no set: see runtime/kernel/scheduler/guard-set.ts. */
const FEWEST_KEPT = 8
/** What the channels of a set are computed from, at most. */
const MOST_KEYS = 3

/**
 * @returns what the channels of the guards are computed from and may change while the frame lives, if the frame shall keep the set of guards: where
 *   the ALT is in a loop and has nothing but inputs, many of them or replicated ones
 */
function keysOf(m: RoutineEmitter, s: Alt<CallBranch>): Local[] | undefined {
  const singles = flatten(s.guards)
  const isReplicated = s.guards.some((g) => g.kind === 'replicated')
  if (m.loops === 0 || (!isReplicated && singles.length < FEWEST_KEPT)) return undefined
  const keys = new Set<Local>()
  const indices = new Set<Local>()
  const isKnown = (e: Expr | undefined): boolean => {
    let known = true
    if (e === undefined) return known
    eachExpr(e, (x) => {
      if (x.kind !== 'local') known &&= isComputed(x)
      else if (!indices.has(x.local) && (!m.isParam(x.local) || m.assigned.has(x.local))) keys.add(x.local)
    })
    return known
  }
  for (const g of s.guards) {
    if (g.kind !== 'replicated') continue
    const { index, base, count, step } = g.replicator
    indices.add(index)
    if (![base, count, step].every(isKnown)) return undefined
  }
  for (const g of singles) {
    if (g.kind !== 'input' || g.condition !== undefined || g.prelude.length > 0 || !isKnown(g.channel)) return undefined
  }
  return keys.size <= MOST_KEYS ? [...keys] : undefined
}

/** @returns whether an expression gives the same for the same locals: arrays of channels do not change, other arrays do */
function isComputed(e: Expr): boolean {
  return (
    e.kind === 'literal' || e.kind === 'operation' || e.kind === 'bound' || (e.kind === 'element' && typeOf(e.array).item === 'channel')
  )
}

/** @returns the guards of PRI ALTs within the ALT, each by its first flat number and the one after its last: a search begins at none but the first */
function runsOf(groups: readonly Group[]): Run[] {
  const runs: Run[] = []
  groups.forEach(({ guard, from, to }, i) => {
    const last = runs[runs.length - 1]
    if (guard.behind === true && last !== undefined) last.to = to
    else if (groups[i + 1]?.guard.behind === true || (guard.kind === 'replicated' && guard.pri === true)) runs.push({ from, to })
  })
  return runs
}

/** @returns whether a PRI ALT stands in the ALT */
const hasOrder = (guards: readonly Guard<CallBranch>[]): boolean =>
  guards.some((g) => g.behind === true || (g.kind === 'replicated' && (g.pri === true || hasOrder(g.guards))))

function groupsOf(m: RoutineEmitter, guards: readonly Guard<CallBranch>[]): Group[] {
  const groups: Group[] = []
  let known: number | undefined = 0
  let from = '0'
  for (const guard of guards) {
    if (guard.kind !== 'replicated') {
      const to: string = known === undefined ? `${from} + 1` : String(known + 1)
      known = known === undefined ? undefined : known + 1
      groups.push({ guard, from, to })
      from = to
      continue
    }
    const { count, base, step } = guard.replicator
    const end = m.fresh('end')
    m.w.line(`const ${end} = ${from === '0' ? `${expr(m, count)} | 0` : `(${from} + ${expr(m, count)}) | 0`}`)
    known = undefined
    groups.push({ guard, from, to: end, base: steady(m, base, 'base'), ...(step === undefined ? {} : { step: steady(m, step, 'step') }) })
    from = end
  }
  return groups
}

/** @returns the text of an expression that is evaluated once */
function steady(m: RoutineEmitter, e: Expr, name: string): string {
  const text = expr(m, e)
  if (e.kind === 'literal' || e.kind === 'local') return text
  const held = m.fresh(name)
  m.w.line(`const ${held} = ${bare(text)}`)
  return held
}

/** Guards from `start` on, then those before it: each numbered guard finds its group. */
function fairLoop(m: RoutineEmitter, groups: readonly Group[], start: string, enable: string, n: string): void {
  const { w } = m
  const k = m.fresh('k')
  const left = m.fresh('left')
  w.open(`${enable}: if (${start} >= 0) {`)
  w.open(`for (let ${k} = ${start}, ${left} = ${n}; ${left} > 0; ${left}--, ${k} = ${k} + 1 === ${n} ? 0 : ${k} + 1) {`)
  const allSingle = groups.every((g) => g.guard.kind !== 'replicated')
  if (allSingle) {
    w.open(`switch (${k}) {`)
    groups.forEach((g, i) => {
      w.open(`case ${i}: {`)
      if (g.guard.kind !== 'replicated') enableOne(m, g.guard, k, `break ${enable}`)
      w.line('continue')
      w.close('}')
    })
    w.close('}')
  } else {
    eachGroup(m, groups, k, (g) => {
      if (g.guard.kind === 'replicated') enableReplicated(m, g, k, `break ${enable}`)
      else enableOne(m, g.guard, k, `break ${enable}`)
    })
  }
  w.close('}')
  w.close('}')
}

/** Writes what `write` does for the group that the flat number `k` belongs to, nested no deeper than a logarithm of their number. */
function eachGroup(m: RoutineEmitter, groups: readonly Group[], k: string, write: (g: Group) => void): void {
  const { w } = m
  const [only] = groups
  if (only === undefined) return
  if (groups.length === 1) {
    write(only)
    return
  }
  if (groups.length > FEW) {
    const middle = groups.length >> 1
    w.open(`if (${k} < ${groups[middle - 1]?.to ?? '0'}) {`)
    eachGroup(m, groups.slice(0, middle), k, write)
    w.label('} else {')
    eachGroup(m, groups.slice(middle), k, write)
    w.close('}')
    return
  }
  groups.forEach((g, i) => {
    w.open(`${i === 0 ? '' : 'else '}${i === groups.length - 1 ? '' : `if (${k} < ${g.to}) `}{`)
    write(g)
    w.close('}')
  })
}

/** The replicator's value for flat number `k`. */
function indexText(g: Group, k: string): string {
  const offset = g.from === '0' ? k : `(${k} - ${g.from.includes(' ') ? `(${g.from})` : g.from})`
  const scaled = g.step === undefined ? offset : `Math.imul(${bare(offset)}, ${g.step})`
  return g.base === '0' ? bare(scaled) : `(${g.base ?? '0'} + ${scaled}) | 0`
}

function enableReplicated(m: RoutineEmitter, g: Group, k: string, leave: string): void {
  if (g.guard.kind !== 'replicated') return
  m.w.line(`${m.name(g.guard.replicator.index)} = ${indexText(g, k)}`)
  const [only] = g.guard.guards
  if (only !== undefined && only.kind !== 'replicated') enableOne(m, only, k, leave)
}

/** Writes the enabling of one guard; `leave` when it is ready. */
function enableOne(m: RoutineEmitter, g: Single, number: string, leave: string): void {
  for (const s of g.prelude) plain(m, s)
  const condition = g.condition === undefined ? '' : `${expr(m, g.condition)} && `
  m.w.line(`if (${condition}${ready(m, g, number)}) ${leave}`, g.span)
}

function ready(m: RoutineEmitter, g: Single, number: string): string {
  switch (g.kind) {
    case 'input':
      return `${m.unit.abi('altChannel')}(p, ${bare(expr(m, g.channel))}, ${number})`
    case 'timer':
      return `${m.unit.abi('altTimer')}(p, ${bare(expr(m, g.time))}, ${number})`
    case 'sync':
      return `${m.unit.abi('altSync')}(p, ${bare(expr(m, g.monitor))}, ${number})`
    case 'skip':
      return `${m.unit.abi('altSkip')}(p, ${number})`
  }
}

/** From the flat number to the alternative, and the replicator's value. */
function select(m: RoutineEmitter, groups: readonly Group[], chosen: string, which: string): void {
  const { w } = m
  if (groups.every((g) => g.guard.kind !== 'replicated')) {
    w.line(`${which} = ${chosen}`)
    return
  }
  const number = new Map(groups.map((g, i) => [g, i]))
  if (groups.length > FEW) {
    eachGroup(m, groups, chosen, (g) => {
      if (g.guard.kind === 'replicated') w.line(`${m.name(g.guard.replicator.index)} = ${indexText(g, chosen)}`)
      w.line(`${which} = ${number.get(g) ?? 0}`)
    })
    return
  }
  groups.forEach((g, i) => {
    const last = i === groups.length - 1
    const test = last ? '' : `if (${chosen} < ${g.to}) `
    const set = g.guard.kind === 'replicated' ? `${m.name(g.guard.replicator.index)} = ${indexText(g, chosen)}; ` : ''
    w.line(`${i === 0 ? '' : 'else '}${test}{ ${set}${which} = ${i} }`)
  })
}

// ---------------------------------------------------------------------------------------------- nested replication

/** Replicators within replicators: guards are numbered by walking over all of them. */
function chooseNested(m: RoutineEmitter, s: Alt<CallBranch>, point: number, which: string): void {
  const { w } = m
  const n = m.fresh('n')
  w.line(`let ${n} = 0`)
  walk(m, s.guards, { count: n }, () => w.line(`${n}++`))
  const start = m.fresh('start')
  const enable = m.fresh('enable')
  const round = m.fresh('round')
  const g = m.fresh('number')
  // The order of the text is right for an ALT as well; nothing simpler keeps the order of the PRI ALTs within it.
  w.line(`const ${start} = ${startOf(m, s)}(p, ${s.pri || hasOrder(s.guards)}, ${n})`, s.span)
  w.open(`${enable}: if (${start} >= 0) {`)
  w.open(`for (let ${round} = 0; ${round} < 2; ${round}++) {`)
  w.line(`let ${g} = 0`)
  walk(m, s.guards, {}, (guard) => {
    for (const p of guard.prelude) plain(m, p)
    const condition = guard.condition === undefined ? '' : `${expr(m, guard.condition)} && `
    w.line(`if ((${g} >= ${start}) === (${round} === 0) && ${condition}${ready(m, guard, g)}) break ${enable}`, guard.span)
    w.line(`${g}++`)
  })
  w.close('}')
  w.close('}')
  const chosen = suspend(m, s, point)
  const find = m.fresh('find')
  const at = m.fresh('number')
  w.line(`${which} = -1`)
  w.open(`${find}: {`)
  w.line(`let ${at} = 0`)
  let i = 0
  walk(m, s.guards, {}, () => {
    w.line(`if (${at} === ${chosen}) { ${which} = ${i}; break ${find} }`)
    w.line(`${at}++`)
    i++
  })
  w.close('}')
}

function walk(m: RoutineEmitter, guards: readonly Guard<CallBranch>[], how: { count?: string }, visit: (g: Single) => void): void {
  const { w } = m
  for (const g of guards) {
    if (g.kind !== 'replicated') {
      visit(g)
      continue
    }
    for (const p of g.prelude) plain(m, p)
    const { index, base, count, step } = g.replicator
    const left = m.fresh('left')
    const by = step === undefined ? undefined : steady(m, step, 'step')
    const name = m.name(index)
    w.line(`let ${left} = ${bare(expr(m, count))}`)
    w.open(`for (${name} = ${bare(expr(m, base))}; ${left} > 0; ${name} = (${name} + ${by ?? expr(m, int(1))}) | 0, ${left}--) {`)
    walk(m, g.guards, how, visit)
    w.close('}')
  }
}
