/**
 * Liveness: what each resume point needs, and so which locals are slots of the frame.
 *
 * A backward analysis over the structured statements.
 */
import type { CallBranch, Expr, Guard, Label, LiftedRoutine, LiftedStmt, Local, Out, Routine } from '../ir/ir.ts'
import { pointsOf } from './split.ts'
import type { Points, Split } from './split.ts'
import { eachExpr } from '../ir/walk.ts'
import { Bits, LiveSet } from './live-set.ts'
import type { Mask } from './live-set.ts'

export interface Liveness {
  /** Locals that live in the frame: the parameters, then what is live at some point, in the order of the text. */
  readonly slots: readonly Local[]
  /** For each resume point the slots that are live there. */
  readonly live: readonly LiveSet[]
  /** The position in `slots` of each local with a bit in `live`, by its bit; those of a stretch of bits that are live together are neighbours. */
  readonly numbers: readonly number[]
  /** @returns some locals as a set */
  maskOf(locals: readonly Local[]): Mask
  /** Declarations without a value whose zero may be read. */
  readonly needsZero: ReadonlySet<LiftedStmt>
}

/** A program with what each resume point needs. */
export interface Live extends Split {
  readonly liveness: ReadonlyMap<Routine, Liveness>
}

/** Finds what is live at every resume point of every routine. */
export function liveness(program: Split): Live {
  const found = program.routines.map((r) => [r.routine, livenessOf(r, program.points.get(r.routine) ?? pointsOf(r))] as const)
  return { ...program, liveness: new Map(found) }
}

/** Analyses a machine (or, without points, a direct routine). */
export function livenessOf(routine: LiftedRoutine, points: Points): Liveness {
  const analysis = new Analysis(routine, points)
  const entry = analysis.list(routine.body, analysis.exit)
  return analysis.result(entry)
}

/** What expressions of so few parts use is found again each time: all these sets would be as large as the number of locals, each. */
const SMALL = 16

class Analysis {
  private readonly bits = new Bits()
  private readonly at: Mask[] = []
  private readonly needsZero = new Set<LiftedStmt>()
  private readonly labels = new Map<Label, Mask>()
  private readonly uses = new WeakMap<Expr, Mask>()
  /** What is live at the head of each loop, so that loops within one another do not multiply their rounds. */
  private readonly heads = new Map<LiftedStmt, Mask>()
  readonly exit: Mask
  private readonly routine: LiftedRoutine
  private readonly split: Points

  constructor(routine: LiftedRoutine, split: Points) {
    this.routine = routine
    this.split = split
    for (const p of routine.params) this.bit(p)
    // whoever runs a mobile process again gives it other channels in the places of these
    const kept = routine.routine.mobile === true ? routine.params : []
    this.exit = this.all([...routine.outs, ...routine.written, ...kept])
  }

  result(entry: Mask): Liveness {
    this.at[0] = entry
    let everywhere: Mask = this.all(this.routine.params)
    for (let n = 1; n < this.split.points.length; n++) everywhere |= this.at[n] ?? 0n
    const slots = [...new LiveSet(this.bits, everywhere)] // parameters have the first bits
    const live = this.split.points.map((_, n) => new LiveSet(this.bits, (this.at[n] ?? 0n) & everywhere))
    const positions = new Map(slots.map((local, i) => [local, i]))
    const numbers = this.bits.locals.map((local) => positions.get(local) ?? -1)
    return { slots, live, numbers, maskOf: (locals) => this.all(locals), needsZero: this.needsZero }
  }

  private bit(local: Local): Mask {
    return this.bits.of(local)
  }

  private all(locals: readonly Local[]): Mask {
    return this.bits.all(locals)
  }

  private use(e: Expr | undefined): Mask {
    if (e === undefined) return 0n
    let mask = this.uses.get(e)
    if (mask === undefined) {
      let found = 0n
      let size = 0
      eachExpr(e, (x) => {
        size++
        if (x.kind === 'local') found |= this.bit(x.local)
      })
      mask = found
      if (size > SMALL) this.uses.set(e, mask)
    }
    return mask
  }

  private useAll(list: readonly Expr[]): Mask {
    return list.reduce((mask, e) => mask | this.use(e), 0n)
  }

  /** Notes what is live at the own point of `s`. */
  private point(s: LiftedStmt, live: Mask): void {
    const range = this.split.ranges.get(s)
    if (range !== undefined) this.at[range.first] = live
  }

  /** @returns what is live before `body`, given what is live after it */
  list(body: readonly LiftedStmt[], out: Mask): Mask {
    let live = out
    for (let i = body.length - 1; i >= 0; i--) {
      const s = body[i]
      if (s !== undefined) live = this.stmt(s, live)
    }
    return live
  }

  private stmt(s: LiftedStmt, out: Mask): Mask {
    switch (s.kind) {
      case 'declare': {
        const bit = this.bit(s.local)
        if (s.value === undefined && (out & bit) !== 0n) this.needsZero.add(s)
        return (out & ~bit) | this.use(s.value)
      }
      case 'assign':
        return (out & ~this.bit(s.target)) | this.use(s.value)
      case 'store':
        return out | this.use(s.array) | this.use(s.index) | this.use(s.value)
      case 'copy':
        return out | this.use(s.target) | this.use(s.source)
      case 'several':
        return (out & ~this.all(s.targets)) | this.use(s.value)
      case 'output':
        this.point(s, out)
        return out | this.use(s.channel) | this.use(s.value)
      case 'input': {
        const after = this.list(s.then, out)
        this.point(s, after)
        return after | this.use(s.channel)
      }
      case 'peek': {
        const live = this.list(s.then, out) | this.use(s.channel)
        this.point(s, live)
        return live
      }
      case 'enlist': {
        const live = this.list(s.then, out)
        this.point(s, live)
        return live
      }
      case 'unlist':
        return out
      case 'suspend':
        this.point(s, out)
        return out
      case 'activate': {
        const after = out & ~this.all(s.left.map(({ local }) => local))
        const live = after | this.bit(s.target) | this.useAll(s.actuals)
        this.point(s, live)
        return live
      }
      case 'sync': {
        const live = out | this.use(s.monitor)
        this.point(s, live)
        return live
      }
      case 'enroll': {
        const after = this.list(s.then, out)
        this.point(s, after)
        return after | this.use(s.monitor) | this.use(s.count)
      }
      case 'resign':
        return out | this.use(s.monitor) | this.use(s.ticket)
      case 'sleep':
        this.point(s, out)
        return out | this.use(s.time)
      case 'call': {
        const after = this.outs(s.outs, out, true)
        this.point(s, after)
        return after | this.useAll(s.actuals)
      }
      case 'par': {
        let after = out
        for (const b of s.branches) after = this.outs(b.runs.call.outs, after, s.replicator === undefined)
        this.point(s, after)
        let before = after | this.use(s.fork)
        for (const b of s.branches) before |= this.useAll(b.runs.call.actuals) | this.use(b.place)
        const r = s.replicator
        if (r !== undefined) before = (before & ~this.bit(r.index)) | this.use(r.base) | this.use(r.count) | this.use(r.step)
        return before
      }
      case 'alt': {
        let live = 0n
        for (const g of s.guards) live |= this.guard(g, out)
        this.point(s, live)
        return live
      }
      case 'if': {
        let live = this.list(s.otherwise, out)
        for (let i = s.choices.length - 1; i >= 0; i--) {
          const c = s.choices[i]
          if (c !== undefined) live |= this.use(c.condition) | this.list(c.body, out)
        }
        return live
      }
      case 'case': {
        let live = this.list(s.otherwise, out) | this.use(s.selector)
        for (const o of s.options) live |= this.list(o.body, out)
        return live
      }
      case 'loop': {
        const forever = s.condition.kind === 'literal' && s.condition.value === true
        if (s.label !== undefined) this.labels.set(s.label, out)
        // What was found before holds still: `out` only grows from one visit to the next, which a loop around this one makes.
        let head = this.use(s.condition) | (forever ? 0n : out) | (this.heads.get(s) ?? 0n)
        for (;;) {
          const next = head | this.list(s.body, this.list(s.advance, head))
          if (next === head) break
          head = next
        }
        this.heads.set(s, head)
        this.point(s, head)
        return head
      }
      case 'block':
        this.labels.set(s.label, out)
        return this.list(s.body, out)
      case 'scope':
        return this.list(s.body, out)
      case 'leave': {
        const target = this.labels.get(s.label) ?? 0n
        return s.unless === undefined ? target : out | target | this.use(s.unless)
      }
      case 'fault':
        return this.useAll(s.values.map((v) => v.value))
      case 'assert':
        return out | this.use(s.condition) | this.useAll(s.values.map((v) => v.value))
      case 'check':
        return out | this.use(s.value)
      case 'reschedule':
        this.point(s, out)
        return out
      case 'pass':
        return 0n
      case 'host': {
        const after = this.list(s.then, out)
        this.point(s, after)
        return after | this.useAll(s.actuals)
      }
      case 'return':
        return this.useAll(s.values) | this.exit
    }
  }

  private outs(outs: readonly Out[], out: Mask, always: boolean): Mask {
    let live = out
    for (const o of outs) if (o.kind === 'local' && always) live &= ~this.bit(o.local)
    for (const o of outs) if (o.kind === 'element') live |= this.use(o.array) | this.use(o.index)
    return live
  }

  private guard(g: Guard<CallBranch>, out: Mask): Mask {
    switch (g.kind) {
      case 'input':
        return this.list(g.prelude, this.use(g.condition) | this.use(g.channel)) | this.list(g.body, out)
      case 'timer':
        return this.list(g.prelude, this.use(g.condition) | this.use(g.time)) | this.list(g.body, out)
      case 'sync':
        return this.list(g.prelude, this.use(g.condition) | this.use(g.monitor)) | this.list(g.body, out)
      case 'skip':
        return this.list(g.prelude, this.use(g.condition)) | this.list(g.body, out)
      case 'replicated': {
        let live = 0n
        for (const inner of g.guards) live |= this.guard(inner, out)
        const r = g.replicator
        return this.list(g.prelude, (live & ~this.bit(r.index)) | this.use(r.base) | this.use(r.count) | this.use(r.step))
      }
    }
  }
}
