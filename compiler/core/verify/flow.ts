/**
 * The flow graph of a routine, for checkers: what each step reads and then assigns, and what may follow it.
 *
 * Made by another way than liveness goes, so that the two check each other.
 */
import type { CallBranch, Expr, Guard, Label, LiftedRoutine, LiftedStmt, Local, Out } from '../ir/ir.ts'
import type { Points } from '../passes/split.ts'
import { eachExpr } from '../ir/walk.ts'

export interface Step {
  readonly reads: readonly Local[]
  readonly assigns: readonly Local[]
  readonly next: readonly number[]
}

export interface Flow {
  readonly steps: readonly Step[]
  /** The step that each resume point goes on with. */
  readonly points: ReadonlyMap<number, number>
}

/** @returns the flow graph of a lifted and split routine */
export function flowOf(routine: LiftedRoutine, split: Points): Flow {
  const builder = new Builder(split)
  const exit = builder.step([...routine.outs, ...routine.written], [], [])
  builder.exit = exit
  builder.points.set(0, builder.list(routine.body, exit))
  return { steps: builder.steps, points: builder.points }
}

/**
 * For each local the steps from which some path reads it before it assigns it: found backwards from the steps that read it.
 * @returns the steps, as indices into `flow.steps`, of a local
 */
export function firstReads(flow: Flow): (local: Local) => ReadonlySet<number> {
  const before: number[][] = flow.steps.map(() => [])
  const readers = new Map<Local, number[]>()
  flow.steps.forEach(({ next, reads }, at) => {
    for (const after of next) before[after]?.push(at)
    for (const local of reads) {
      const list = readers.get(local)
      if (list === undefined) readers.set(local, [at])
      else list.push(at)
    }
  })
  return (local) => {
    const found = new Set(readers.get(local))
    const stack = [...found]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const earlier of before[at] ?? []) {
        if (found.has(earlier) || flow.steps[earlier]?.assigns.includes(local) === true) continue
        found.add(earlier)
        stack.push(earlier)
      }
    }
    return found
  }
}

class Builder {
  readonly steps: { reads: readonly Local[]; assigns: readonly Local[]; next: readonly number[] }[] = []
  readonly points = new Map<number, number>()
  private readonly labels = new Map<Label, number>()
  private readonly split: Points
  exit = 0

  constructor(split: Points) {
    this.split = split
  }

  step(reads: readonly Local[], assigns: readonly Local[], next: readonly number[]): number {
    return this.steps.push({ reads, assigns, next }) - 1
  }

  /** @returns the first step of `body`, after which `next` follows */
  list(body: readonly LiftedStmt[], next: number): number {
    return body.reduceRight((after, s) => this.stmt(s, after), next)
  }

  private point(s: LiftedStmt, at: number): void {
    const range = this.split.ranges.get(s)
    if (range !== undefined) this.points.set(range.first, at)
  }

  private stmt(s: LiftedStmt, next: number): number {
    switch (s.kind) {
      case 'declare':
        return this.step(locals([s.value]), [s.local], [next])
      case 'assign':
        return this.step(locals([s.value]), [s.target], [next])
      case 'several':
        return this.step(locals([s.value]), s.targets, [next])
      case 'store':
        return this.step(locals([s.array, s.index, s.value]), [], [next])
      case 'copy':
        return this.step(locals([s.target, s.source]), [], [next])
      case 'check':
        return this.step(locals([s.value]), [], [next])
      case 'assert':
        return this.step(locals([s.condition, ...s.values.map((v) => v.value)]), [], [next])
      case 'output':
        this.point(s, next)
        return this.step(locals([s.channel, s.value]), [], [next])
      case 'peek': {
        const at = this.step(locals([s.channel]), [], [this.list(s.then, next)])
        this.point(s, at)
        return at
      }
      case 'enlist': {
        const after = this.list(s.then, next)
        this.point(s, after)
        return after
      }
      case 'unlist':
        return next
      case 'suspend':
        this.point(s, next)
        return next
      case 'activate': {
        const at = this.step([...locals(s.actuals), s.target], [s.target, ...s.left.map(({ local }) => local)], [next])
        this.point(s, at)
        return at
      }
      case 'sync': {
        const at = this.step(locals([s.monitor]), [], [next])
        this.point(s, at)
        return at
      }
      case 'enroll': {
        const after = this.list(s.then, next)
        this.point(s, after)
        return this.step(locals([s.monitor, s.count]), [], [after])
      }
      case 'resign':
        return this.step(locals([s.monitor, s.ticket]), [], [next])
      case 'sleep':
        this.point(s, next)
        return this.step(locals([s.time]), [], [next])
      case 'reschedule':
        this.point(s, next)
        return next
      case 'input': {
        const after = this.list(s.then, next)
        this.point(s, after)
        return this.step(locals([s.channel]), [], [after])
      }
      case 'host': {
        const after = this.list(s.then, next)
        this.point(s, after)
        return this.step(locals(s.actuals), [], [after])
      }
      case 'call': {
        const after = this.outs(s.outs, true, next)
        this.point(s, after)
        return this.step(locals(s.actuals), [], [after])
      }
      case 'par': {
        const r = s.replicator
        const after = s.branches.reduceRight((n, b) => this.outs(b.runs.call.outs, r === undefined, n), next)
        this.point(s, after)
        const forks = s.branches.reduceRight((n, b) => this.step(locals([s.fork, b.place, ...b.runs.call.actuals]), [], [n]), after)
        return r === undefined ? forks : this.step(locals([r.base, r.count, r.step]), [r.index], [forks])
      }
      case 'alt': {
        const start = this.step(
          [],
          [],
          s.guards.map((g) => this.guard(g, next)),
        )
        this.point(s, start)
        return start
      }
      case 'if':
        return s.choices.reduceRight(
          (n, c) => this.step(locals([c.condition]), [], [this.list(c.body, next), n]),
          this.list(s.otherwise, next),
        )
      case 'case':
        return this.step(locals([s.selector]), [], [...s.options.map((o) => this.list(o.body, next)), this.list(s.otherwise, next)])
      case 'loop': {
        if (s.label !== undefined) this.labels.set(s.label, next)
        const head = this.step(locals([s.condition]), [], [])
        const body = this.list(s.body, this.list(s.advance, head))
        const forever = s.condition.kind === 'literal' && s.condition.value === true
        this.steps[head] = { reads: locals([s.condition]), assigns: [], next: forever ? [body] : [body, next] }
        this.point(s, head)
        return head
      }
      case 'block':
        this.labels.set(s.label, next)
        return this.list(s.body, next)
      case 'scope':
        return this.list(s.body, next)
      case 'leave': {
        const target = this.labels.get(s.label)
        if (target === undefined) throw new Error('a leave stands in its block')
        return this.step(locals([s.unless]), [], s.unless === undefined ? [target] : [target, next])
      }
      case 'fault':
        return this.step(locals(s.values.map((v) => v.value)), [], [])
      case 'pass':
        return this.step([], [], [])
      case 'return':
        return this.step(locals(s.values), [], [this.exit])
    }
  }

  /** What is copied back: elements read their array and index, locals are assigned (for sure only when there was a branch). */
  private outs(outs: readonly Out[], sure: boolean, next: number): number {
    const reads = outs.flatMap((o) => (o.kind === 'element' ? locals([o.array, o.index]) : []))
    const assigns = outs.flatMap((o) => (o.kind === 'local' && sure ? [o.local] : []))
    return outs.length === 0 ? next : this.step(reads, assigns, [next])
  }

  private guard(g: Guard<CallBranch>, next: number): number {
    if (g.kind === 'replicated') {
      const { base, count, step, index } = g.replicator
      const inner = this.step(
        [],
        [],
        g.guards.map((x) => this.guard(x, next)),
      )
      return this.list(g.prelude, this.step(locals([base, count, step]), [index], [inner]))
    }
    const awaited = g.kind === 'input' ? g.channel : g.kind === 'timer' ? g.time : g.kind === 'sync' ? g.monitor : undefined
    return this.list(g.prelude, this.step(locals([g.condition, awaited]), [], [this.list(g.body, next)]))
  }
}

function locals(list: readonly (Expr | undefined)[]): Local[] {
  const found = new Set<Local>()
  for (const e of list) {
    if (e === undefined) continue
    eachExpr(e, (x) => {
      if (x.kind === 'local') found.add(x.local)
    })
  }
  return [...found]
}
