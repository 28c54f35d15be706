/**
 * Bounds: leaves out run-time checks that cannot fail.
 *
 * Each routine is followed along its paths with an interval for every integer variable (abstract interpretation, Cousot and Cousot 1977):
 * assignments set it, conditions and checks that have been passed narrow it, paths that meet are joined, and what grows from round to round
 * of a loop is widened to the limit of its type. Where the intervals show that an operation cannot overflow or a subscript cannot be outside,
 * the operation becomes its unchecked form. Nothing else changes: a routine means the same before and after.
 *
 * A process that is resumed has the values it was suspended with, so what holds on the way to a resume point holds after it.
 */
import { int, literalNumber } from './build.ts'
import { State } from './bounds-state.ts'
import type { Changes } from './bounds-state.ts'
import type { Alt, Call, CoreReplicator, Expr, Guard, Label, Local, Loop, Out, Par, Routine, Stmt } from './ir.ts'
import { meet, rangeOf, rangeOfType, surelyWithin, unchecked } from './range.ts'
import type { Range } from './range.ts'
import { mapOperands } from './rewrite.ts'
import { eachAssigned, eachStmt } from './walk.ts'

const LARGEST = 2 ** 31 - 1
/** Loops further in are not followed round by round, but taken to change their variables in any way. */
const DEEPEST = 3

/** @returns the body of a routine without the checks that cannot fail */
export function withoutNeedlessChecks(routine: Routine): Stmt[] {
  return new Follower(routine.body).list(routine.body)
}

class Follower {
  private readonly state = new State()
  /** Where the blocks around begin, and the paths that have left them. */
  private readonly labels = new Map<Label, { readonly mark: number; paths: Changes[] }>()
  /** Arrays that are given another value after their declaration. */
  private readonly replaced = new Set<Local>()
  private depth = 0

  constructor(body: readonly Stmt[]) {
    eachStmt(body, (s) => {
      eachAssigned(s, (local) => this.replaced.add(local))
    })
  }

  list(list: readonly Stmt[]): Stmt[] {
    return list.map((s) => this.stmt(s))
  }

  // -------------------------------------------------------------------------------------------- expressions

  /** Follows the evaluation of an expression. @returns it without needless checks */
  private expr(e: Expr): Expr {
    switch (e.kind) {
      case 'element': {
        const array = this.expr(e.array)
        const index = this.expr(e.index)
        return { ...e, array, index, checked: e.checked && this.subscript(array, index, e.told) }
      }
      case 'operation':
        return this.operation(e)
      case 'bound': {
        const index = this.expr(e.index)
        const limit = this.expr(e.limit)
        if (e.orNone !== true) {
          if (surelyWithin(index, limit, this.state)) return index
          this.narrow(index, [0, (rangeOf(limit, this.state)?.[1] ?? LARGEST) - 1])
        }
        return { ...e, index, limit }
      }
      case 'intrinsic': {
        const operands = this.exprs(e.operands)
        const [n] = operands
        if (e.name === 'count' && n !== undefined) {
          if ((rangeOf(n, this.state)?.[0] ?? -1) >= 0) return n
          this.narrow(n, [0, LARGEST])
        }
        return { ...e, operands }
      }
      default:
        return mapOperands(e, (x) => this.expr(x))
    }
  }

  private exprs(list: readonly Expr[]): Expr[] {
    return list.map((e) => this.expr(e))
  }

  /** Follows the check of a subscript. @returns whether it can fail */
  private subscript(array: Expr, index: Expr, told: { readonly index: Expr; readonly size: Expr } | undefined): boolean {
    const length = this.state.length(array)
    if (length !== undefined && surelyWithin(index, int(length), this.state)) return false
    // With `told` it is that subscript which is inside its dimension when the flat index is inside the array.
    if (told === undefined) this.narrow(index, [0, (length ?? LARGEST) - 1])
    else this.narrow(told.index, [0, (rangeOf(told.size, this.state)?.[1] ?? LARGEST) - 1])
    return true
  }

  private narrow(e: Expr, range: Range): void {
    if (e.kind === 'local') this.state.refine(e.local, range)
  }

  private operation(e: Extract<Expr, { kind: 'operation' }>): Expr {
    const { state } = this
    if (e.operator === 'and' || e.operator === 'or') {
      const [left, right] = e.operands
      if (left === undefined || right === undefined) return e
      const first = this.expr(left)
      const mark = state.mark()
      this.assume(first, e.operator === 'and')
      const second = this.expr(right)
      state.back(mark)
      return { ...e, operands: [first, second] }
    }
    return unchecked({ ...e, operands: this.exprs(e.operands) }, state)
  }

  // -------------------------------------------------------------------------------------------- conditions

  /** From here on `condition` is known to be `truth`. */
  private assume(condition: Expr, truth: boolean): void {
    if (condition.kind === 'literal') {
      if (condition.value !== truth) this.state.reachable = false
      return
    }
    if (condition.kind !== 'operation') return
    const [left, right] = condition.operands
    if (left === undefined) return
    switch (condition.operator) {
      case 'not':
        this.assume(left, !truth)
        return
      case 'and':
      case 'or':
        if (truth === (condition.operator === 'and') && right !== undefined) {
          this.assume(left, truth)
          this.assume(right, truth)
        }
        return
      case 'lt':
      case 'ge':
        if (right !== undefined) this.order(left, right, (condition.operator === 'lt') === truth, condition.scalar)
        return
      case 'gt':
      case 'le':
        if (right !== undefined) this.order(right, left, (condition.operator === 'gt') === truth, condition.scalar)
        return
      case 'eq':
      case 'ne':
        if (right !== undefined && (condition.operator === 'eq') === truth) {
          const a = rangeOf(left, this.state)
          const b = rangeOf(right, this.state)
          if (b !== undefined) this.narrow(left, b)
          if (a !== undefined) this.narrow(right, a)
        }
        return
      default:
    }
  }

  /** From here on `left < right`, or if not `less` `left >= right`. */
  private order(left: Expr, right: Expr, less: boolean, scalar: string): void {
    const type = rangeOfType(scalar)
    if (type === undefined) return
    const a = rangeOf(left, this.state) ?? type
    const b = rangeOf(right, this.state) ?? type
    if (less) {
      this.narrow(left, [type[0], b[1] - 1])
      this.narrow(right, [a[0] + 1, type[1]])
    } else {
      this.narrow(left, [b[0], type[1]])
      this.narrow(right, [type[0], a[1]])
    }
  }

  // -------------------------------------------------------------------------------------------- statements

  private stmt(s: Stmt): Stmt {
    const { state } = this
    switch (s.kind) {
      case 'declare': {
        if (s.value === undefined) {
          state.set(s.local, [0, 0])
          return s
        }
        const value = this.expr(s.value)
        state.set(s.local, rangeOf(value, state))
        if (s.local.type.array && !this.replaced.has(s.local)) {
          const length = this.lengthOf(value)
          if (length !== undefined) state.lengths.set(s.local, length)
        }
        return { ...s, value }
      }
      case 'assign': {
        const value = this.expr(s.value)
        state.set(s.target, rangeOf(value, state))
        return { ...s, value }
      }
      case 'store': {
        const array = this.expr(s.array)
        const index = this.expr(s.index)
        const value = this.expr(s.value)
        return { ...s, array, index, value, checked: s.checked && this.subscript(array, index, s.told) }
      }
      case 'copy':
        return { ...s, target: this.expr(s.target), source: this.expr(s.source) }
      case 'several': {
        const value = this.expr(s.value)
        for (const t of s.targets) state.set(t, undefined)
        return { ...s, value }
      }
      case 'output':
        return { ...s, channel: this.expr(s.channel), value: this.expr(s.value) }
      case 'input':
        return { ...s, channel: this.expr(s.channel), then: this.list(s.then) }
      case 'sleep':
        return { ...s, time: this.expr(s.time) }
      case 'call':
        return this.call(s)
      case 'par':
        return this.par(s)
      case 'alt':
        return this.alt(s)
      case 'if':
        return this.conditional(s)
      case 'case':
        return this.selection(s)
      case 'loop':
        return this.loop(s)
      case 'block': {
        const mark = state.mark()
        this.labels.set(s.label, { mark, paths: [] })
        const body = this.list(s.body)
        this.arrive(s.label, mark, state.reachable ? [state.since(mark)] : [])
        return { ...s, body }
      }
      case 'scope':
        return { ...s, body: this.list(s.body) }
      case 'leave':
        return this.leave(s)
      case 'fault': {
        const values = s.values.map((v) => ({ ...v, value: this.expr(v.value) }))
        state.reachable = false
        return { ...s, values }
      }
      case 'assert': {
        const condition = this.expr(s.condition)
        const mark = state.mark()
        const values = s.values.map((v) => ({ ...v, value: this.expr(v.value) }))
        state.back(mark)
        this.assume(condition, true)
        return { ...s, condition, values }
      }
      case 'check':
        return { ...s, value: this.expr(s.value) }
      case 'reschedule':
      case 'pass':
        return s
      case 'host':
        return { ...s, actuals: this.exprs(s.actuals), then: this.list(s.then) }
      case 'return':
        return { ...s, values: this.exprs(s.values) }
    }
  }

  private lengthOf(value: Expr): number | undefined {
    switch (value.kind) {
      case 'zeros':
      case 'slice':
        return literalNumber(value.length)
      case 'array-of':
        return value.elements.length
      case 'clone':
        return this.lengthOf(value.array)
      default:
        return this.state.length(value)
    }
  }

  private call(s: Call): Call {
    const actuals = this.exprs(s.actuals)
    const outs = s.outs.map((o): Out => (o.kind === 'local' ? o : { ...o, array: this.expr(o.array), index: this.expr(o.index) }))
    for (const o of outs) if (o.kind === 'local') this.state.set(o.local, undefined)
    return { ...s, actuals, outs }
  }

  private par(s: Par): Par {
    const replicator = s.replicator === undefined ? {} : { replicator: this.replicator(s.replicator) }
    if (s.replicator !== undefined) this.state.set(s.replicator.index, undefined)
    const branches = s.branches.map((b) => ({
      ...b,
      ...(b.place === undefined ? {} : { place: this.expr(b.place) }),
      ...(b.call === undefined ? {} : { call: this.branch(b.call) }),
    }))
    // What the branches give back they give back at the join.
    for (const b of branches) for (const o of b.call?.outs ?? []) if (o.kind === 'local') this.state.set(o.local, undefined)
    return { ...s, ...replicator, branches }
  }

  /** A branch begins with the values from before all of them. */
  private branch(call: Call): Call {
    const mark = this.state.mark()
    const made = this.call(call)
    this.state.back(mark)
    return made
  }

  private replicator(r: CoreReplicator): CoreReplicator {
    const base = this.expr(r.base)
    const count = this.expr(r.count)
    return { ...r, base, count, step: r.step === undefined ? undefined : this.expr(r.step) }
  }

  private alt(s: Alt): Alt {
    const { state } = this
    const mark = state.mark()
    const paths: Changes[] = []
    const guards = s.guards.map((g) => this.guard(g, mark, paths))
    state.back(mark)
    state.join(paths)
    return { ...s, guards }
  }

  private guard(g: Guard, mark: number, paths: Changes[]): Guard {
    const inner = this.state.mark()
    const prelude = this.list(g.prelude)
    let made: Guard
    if (g.kind === 'replicated') {
      const replicator = this.replicator(g.replicator)
      this.state.set(replicator.index, undefined)
      made = { ...g, prelude, replicator, guards: g.guards.map((x) => this.guard(x, mark, paths)) }
    } else {
      const condition = g.condition === undefined ? {} : { condition: this.expr(g.condition) }
      const waits = g.kind === 'input' ? { channel: this.expr(g.channel) } : g.kind === 'timer' ? { time: this.expr(g.time) } : {}
      if (condition.condition !== undefined) this.assume(condition.condition, true)
      const body = this.list(g.body)
      if (this.state.reachable) paths.push(this.state.since(mark))
      made = { ...g, prelude, ...condition, ...waits, body }
    }
    this.state.back(inner)
    return made
  }

  private conditional(s: Extract<Stmt, { kind: 'if' }>): Stmt {
    const { state } = this
    const mark = state.mark()
    const paths: Changes[] = []
    const choices = s.choices.map((c) => {
      const condition = this.expr(c.condition)
      const chosen = state.mark()
      const { reachable } = state
      this.assume(condition, true)
      const body = this.list(c.body)
      if (state.reachable) paths.push(state.since(mark))
      state.back(chosen)
      state.reachable = reachable
      this.assume(condition, false)
      return { condition, body }
    })
    const otherwise = this.list(s.otherwise)
    if (state.reachable) paths.push(state.since(mark))
    state.back(mark)
    state.join(paths)
    return { ...s, choices, otherwise }
  }

  private selection(s: Extract<Stmt, { kind: 'case' }>): Stmt {
    const { state } = this
    const selector = this.expr(s.selector)
    const mark = state.mark()
    const paths: Changes[] = []
    const follow = (body: readonly Stmt[]): Stmt[] => {
      const made = this.list(body)
      if (state.reachable) paths.push(state.since(mark))
      state.back(mark)
      return made
    }
    const options = s.options.map((o) => {
      const values = o.labels.map(Number)
      if (s.scalar !== 'bool' && s.scalar !== 'int64') this.narrow(selector, [Math.min(...values), Math.max(...values)])
      return { ...o, body: follow(o.body) }
    })
    const otherwise = follow(s.otherwise)
    state.join(paths)
    return { ...s, selector, options, otherwise }
  }

  private leave(s: Extract<Stmt, { kind: 'leave' }>): Stmt {
    const { state } = this
    const target = this.labels.get(s.label)
    const unless = s.unless === undefined ? undefined : this.expr(s.unless)
    const mark = state.mark()
    const { reachable } = state
    if (unless !== undefined) this.assume(unless, false)
    if (target === undefined) throw new Error('what is left has a label')
    if (state.reachable) target.paths.push(state.since(target.mark))
    if (unless === undefined) {
      state.reachable = false
      return s
    }
    state.back(mark)
    state.reachable = reachable
    this.assume(unless, true)
    return { ...s, unless }
  }

  /** The end of what has a label: the paths that left it come together with `others`. */
  private arrive(label: Label | undefined, mark: number, others: readonly Changes[]): void {
    const left = label === undefined ? [] : (this.labels.get(label)?.paths ?? [])
    this.state.back(mark)
    this.state.join([...others, ...left])
  }

  // -------------------------------------------------------------------------------------------- loops

  /**
   * Finds bounds that hold at the head of a loop in every round: those on entry, widened by what a round that begins with them changes, until
   * a round changes nothing more. Then follows one round that stands for all.
   */
  private loop(s: Loop): Stmt {
    const { state } = this
    const mark = state.mark()
    const heads = this.headOf(s, mark)
    if (s.label !== undefined) this.labels.set(s.label, { mark, paths: [] })
    for (const [local, range] of heads) state.set(local, range)
    const condition = this.expr(s.condition)
    const head = state.mark()
    const { body, advance } = this.round(s, condition)
    state.back(head)
    this.assume(condition, false)
    this.arrive(s.label, mark, state.reachable ? [state.since(mark)] : [])
    return { ...s, condition, body, advance }
  }

  private round(s: Loop, condition: Expr): { body: Stmt[]; advance: Stmt[] } {
    this.assume(condition, true)
    this.depth++
    const body = this.list(s.body)
    const advance = this.list(s.advance)
    this.depth--
    return { body, advance }
  }

  /** @returns bounds at the head of the variables that the loop changes */
  private headOf(s: Loop, mark: number): Map<Local, Range> {
    const { state } = this
    const heads = new Map<Local, Range>()
    if (this.depth >= DEEPEST) return this.anything(s)
    for (let attempt = 0; attempt < 4; attempt++) {
      if (s.label !== undefined) this.labels.set(s.label, { mark, paths: [] })
      for (const [local, range] of heads) state.set(local, range)
      this.round(s, this.expr(s.condition))
      const after = state.reachable ? state.since(mark) : new Map<Local, Range>()
      state.back(mark)
      let stable = true
      for (const [local, range] of after) {
        const type = rangeOfType(local.type.item)
        if (type === undefined) continue
        const head = heads.get(local) ?? state.local(local) ?? type
        if (range[0] >= head[0] && range[1] <= head[1]) continue
        heads.set(local, [range[0] < head[0] ? type[0] : head[0], range[1] > head[1] ? type[1] : head[1]])
        stable = false
      }
      if (stable) return heads
    }
    return this.anything(s)
  }

  /** @returns no bounds at all for the variables that the loop changes */
  private anything(s: Loop): Map<Local, Range> {
    const heads = new Map<Local, Range>()
    const change = (local: Local): void => {
      const type = local.type.array ? undefined : rangeOfType(local.type.item)
      if (type !== undefined) heads.set(local, meet(type, local.range))
    }
    eachStmt([...s.body, ...s.advance], (inner) => {
      if (inner.kind === 'declare') change(inner.local)
      else eachAssigned(inner, change)
    })
    return heads
  }
}
