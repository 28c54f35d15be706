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
import { Evaluation } from './bounds-expressions.ts'
import { State } from './bounds-state.ts'
import type { Changes } from './bounds-state.ts'
import type { Alt, Call, CallBranch, CoreReplicator, Expr, Guard, Label, Lifted, LiftedStmt, Local, Loop, Out, Par } from '../ir/ir.ts'
import { meet, rangeOf, rangeOfType } from '../ir/range.ts'
import type { Range } from '../ir/range.ts'
import { eachAssigned, eachStmt } from '../ir/walk.ts'

/** Loops further in are not followed round by round, but taken to change their variables in any way. */
const DEEPEST = 3

/** @returns the program without the checks that cannot fail */
export function bounds(program: Lifted): Lifted {
  return { ...program, routines: program.routines.map((r) => ({ ...r, body: new Follower(r.body).list(r.body) })) }
}

class Follower {
  private readonly state = new State()
  private readonly values = new Evaluation(this.state)
  /** Where the blocks around begin, and the paths that have left them. */
  private readonly labels = new Map<Label, { readonly mark: number; paths: Changes[] }>()
  /** Arrays that are given another value after their declaration. */
  private readonly replaced = new Set<Local>()
  private depth = 0

  constructor(body: readonly LiftedStmt[]) {
    eachStmt(body, (s) => {
      eachAssigned(s, (local) => this.replaced.add(local))
    })
  }

  list(list: readonly LiftedStmt[]): LiftedStmt[] {
    return list.map((s) => this.stmt(s))
  }

  private stmt(s: LiftedStmt): LiftedStmt {
    const { state } = this
    switch (s.kind) {
      case 'declare': {
        if (s.value === undefined) {
          state.set(s.local, [0, 0])
          return s
        }
        const value = this.values.expr(s.value)
        state.set(s.local, rangeOf(value, state))
        if (s.local.type.array && !this.replaced.has(s.local)) {
          const length = this.values.lengthOf(value)
          if (length !== undefined) state.lengths.set(s.local, length)
        }
        return { ...s, value }
      }
      case 'assign': {
        const value = this.values.expr(s.value)
        state.set(s.target, rangeOf(value, state))
        return { ...s, value }
      }
      case 'store': {
        const target = this.values.element(s)
        return { ...s, ...target, value: this.values.expr(s.value) }
      }
      case 'copy':
        return { ...s, target: this.values.expr(s.target), source: this.values.expr(s.source) }
      case 'several': {
        const value = this.values.expr(s.value)
        for (const t of s.targets) state.set(t, undefined)
        return { ...s, value }
      }
      case 'output':
        return { ...s, channel: this.values.expr(s.channel), value: this.values.expr(s.value) }
      case 'input':
        return { ...s, channel: this.values.expr(s.channel), then: this.list(s.then) }
      case 'peek':
        return { ...s, channel: this.values.expr(s.channel), then: this.list(s.then) }
      case 'enlist':
        return { ...s, then: this.list(s.then) }
      case 'unlist':
        return s
      case 'suspend':
        return s
      case 'activate':
        for (const local of [s.target, ...s.left.map((each) => each.local)]) this.state.set(local, undefined)
        return { ...s, actuals: s.actuals.map((e) => this.values.expr(e)) }
      case 'sync':
        return { ...s, monitor: this.values.expr(s.monitor) }
      case 'enroll':
        return { ...s, monitor: this.values.expr(s.monitor), count: this.values.expr(s.count), then: this.list(s.then) }
      case 'resign':
        return { ...s, monitor: this.values.expr(s.monitor), ...(s.ticket === undefined ? {} : { ticket: this.values.expr(s.ticket) }) }
      case 'sleep':
        return { ...s, time: this.values.expr(s.time) }
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
        const values = s.values.map((v) => ({ ...v, value: this.values.expr(v.value) }))
        state.reachable = false
        return { ...s, values }
      }
      case 'assert': {
        const condition = this.values.expr(s.condition)
        const mark = state.mark()
        const values = s.values.map((v) => ({ ...v, value: this.values.expr(v.value) }))
        state.back(mark)
        this.values.assume(condition, true)
        return { ...s, condition, values }
      }
      case 'check':
        return { ...s, value: this.values.expr(s.value) }
      case 'reschedule':
      case 'pass':
        return s
      case 'host':
        return { ...s, actuals: this.values.exprs(s.actuals), then: this.list(s.then) }
      case 'return':
        return { ...s, values: this.values.exprs(s.values) }
    }
  }

  private call(s: Call): Call {
    const actuals = this.values.exprs(s.actuals)
    const outs = s.outs.map((o): Out =>
      o.kind === 'local' ? o : { ...o, array: this.values.expr(o.array), index: this.values.expr(o.index) },
    )
    for (const o of outs) if (o.kind === 'local') this.state.set(o.local, undefined)
    return { ...s, actuals, outs }
  }

  private par(s: Par<CallBranch>): Par<CallBranch> {
    const replicator = s.replicator === undefined ? {} : { replicator: this.replicator(s.replicator) }
    if (s.replicator !== undefined) this.state.set(s.replicator.index, undefined)
    const branches = s.branches.map((b) => ({
      ...b,
      ...(b.place === undefined ? {} : { place: this.values.expr(b.place) }),
      runs: { ...b.runs, call: this.branch(b.runs.call) },
    }))
    // What the branches give back they give back at the join.
    for (const b of branches) for (const o of b.runs.call.outs) if (o.kind === 'local') this.state.set(o.local, undefined)
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
    const base = this.values.expr(r.base)
    const count = this.values.expr(r.count)
    return { ...r, base, count, step: r.step === undefined ? undefined : this.values.expr(r.step) }
  }

  private alt(s: Alt<CallBranch>): Alt<CallBranch> {
    const { state } = this
    const mark = state.mark()
    const paths: Changes[] = []
    const guards = s.guards.map((g) => this.guard(g, mark, paths))
    state.back(mark)
    state.join(paths)
    return { ...s, guards }
  }

  private guard(g: Guard<CallBranch>, mark: number, paths: Changes[]): Guard<CallBranch> {
    const inner = this.state.mark()
    const prelude = this.list(g.prelude)
    let made: Guard<CallBranch>
    if (g.kind === 'replicated') {
      const replicator = this.replicator(g.replicator)
      this.state.set(replicator.index, undefined)
      made = { ...g, prelude, replicator, guards: g.guards.map((x) => this.guard(x, mark, paths)) }
    } else {
      const condition = g.condition === undefined ? {} : { condition: this.values.expr(g.condition) }
      const waits = this.awaited(g)
      if (condition.condition !== undefined) this.values.assume(condition.condition, true)
      const body = this.list(g.body)
      if (this.state.reachable) paths.push(this.state.since(mark))
      made = { ...g, prelude, ...condition, ...waits, body }
    }
    this.state.back(inner)
    return made
  }

  private awaited(g: Exclude<Guard<CallBranch>, { kind: 'replicated' }>): object {
    switch (g.kind) {
      case 'input':
        return { channel: this.values.expr(g.channel) }
      case 'timer':
        return { time: this.values.expr(g.time) }
      case 'sync':
        return { monitor: this.values.expr(g.monitor) }
      case 'skip':
        return {}
    }
  }

  private conditional(s: Extract<LiftedStmt, { kind: 'if' }>): LiftedStmt {
    const { state } = this
    const mark = state.mark()
    const paths: Changes[] = []
    const choices = s.choices.map((c) => {
      const condition = this.values.expr(c.condition)
      const chosen = state.mark()
      const { reachable } = state
      this.values.assume(condition, true)
      const body = this.list(c.body)
      if (state.reachable) paths.push(state.since(mark))
      state.back(chosen)
      state.reachable = reachable
      this.values.assume(condition, false)
      return { condition, body }
    })
    const otherwise = this.list(s.otherwise)
    if (state.reachable) paths.push(state.since(mark))
    state.back(mark)
    state.join(paths)
    return { ...s, choices, otherwise }
  }

  private selection(s: Extract<LiftedStmt, { kind: 'case' }>): LiftedStmt {
    const { state } = this
    const selector = this.values.expr(s.selector)
    const mark = state.mark()
    const paths: Changes[] = []
    const follow = (body: readonly LiftedStmt[]): LiftedStmt[] => {
      const made = this.list(body)
      if (state.reachable) paths.push(state.since(mark))
      state.back(mark)
      return made
    }
    const options = s.options.map((o) => {
      const values = o.labels.map(Number)
      if (s.scalar !== 'bool' && s.scalar !== 'int64') {
        const least = values.reduce((a, b) => Math.min(a, b), Infinity)
        this.values.narrow(selector, [least, values.reduce((a, b) => Math.max(a, b), -Infinity)])
      }
      return { ...o, body: follow(o.body) }
    })
    const otherwise = follow(s.otherwise)
    state.join(paths)
    return { ...s, selector, options, otherwise }
  }

  private leave(s: Extract<LiftedStmt, { kind: 'leave' }>): LiftedStmt {
    const { state } = this
    const target = this.labels.get(s.label)
    const unless = s.unless === undefined ? undefined : this.values.expr(s.unless)
    const mark = state.mark()
    const { reachable } = state
    if (unless !== undefined) this.values.assume(unless, false)
    if (target === undefined) throw new Error('what is left has a label')
    if (state.reachable) target.paths.push(state.since(target.mark))
    if (unless === undefined) {
      state.reachable = false
      return s
    }
    state.back(mark)
    state.reachable = reachable
    this.values.assume(unless, true)
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
  private loop(s: Loop<CallBranch>): LiftedStmt {
    const { state } = this
    const mark = state.mark()
    const heads = this.headOf(s, mark)
    if (s.label !== undefined) this.labels.set(s.label, { mark, paths: [] })
    for (const [local, range] of heads) state.set(local, range)
    const condition = this.values.expr(s.condition)
    const head = state.mark()
    const { body, advance } = this.round(s, condition)
    state.back(head)
    // The bounds of an index are those of its rounds: at the end of a loop over a replicator it is outside of them, and nobody looks at it.
    if (s.advance.length === 0) this.values.assume(condition, false)
    this.arrive(s.label, mark, state.reachable ? [state.since(mark)] : [])
    return { ...s, condition, body, advance }
  }

  private round(s: Loop<CallBranch>, condition: Expr): { body: LiftedStmt[]; advance: LiftedStmt[] } {
    this.values.assume(condition, true)
    this.depth++
    const body = this.list(s.body)
    const advance = this.list(s.advance)
    this.depth--
    return { body, advance }
  }

  /** @returns bounds at the head of the variables that the loop changes */
  private headOf(s: Loop<CallBranch>, mark: number): Map<Local, Range> {
    const { state } = this
    const heads = new Map<Local, Range>()
    if (this.depth >= DEEPEST) return this.anything(s)
    for (let attempt = 0; attempt < 4; attempt++) {
      if (s.label !== undefined) this.labels.set(s.label, { mark, paths: [] })
      for (const [local, range] of heads) state.set(local, range)
      this.round(s, this.values.expr(s.condition))
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
  private anything(s: Loop<CallBranch>): Map<Local, Range> {
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
