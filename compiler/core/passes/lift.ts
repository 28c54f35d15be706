/**
 * Lifting: nested PROCs and FUNCTIONs (see close.ts) and the branches of PARs become routines of the top level, which use their parameters
 * and their own locals only.
 */
import { use } from '../ir/build.ts'
import { calleesOf, callersOf, recursiveIn } from '../ir/call-graph.ts'
import { assignedLocals, freeLocals, writtenLocals } from '../ir/free.ts'
import type {
  Call,
  CallBranch,
  Core,
  CoreRoutine,
  CoreStmt,
  InlineBranch,
  Lifted,
  LiftedRoutine,
  LiftedStmt,
  Local,
  ParBranch,
  Routine,
  Stmt,
} from '../ir/ir.ts'
import { mapParts } from '../ir/rewrite.ts'
import type { Parts } from '../ir/rewrite.ts'
import { rootOf } from '../ir/views.ts'
import { eachStmt } from '../ir/walk.ts'
import { holdParts } from './channel-elements.ts'
import { directionsIn } from './channel-directions.ts'
import { closed } from './close.ts'

/** A lifted routine before anything is known about its callees. */
type Draft = Omit<LiftedRoutine, 'written' | 'directions' | 'recursive'>

/** @returns the program with all branches among its routines, each behind the routine that it was lifted out of */
export function lift(program: Core): Lifted {
  const routines = closed(program)
  const shared = sharedByCalls(routines, new Set([...program.shared, ...partedMobiles(routines)]))
  const drafts = routines.flatMap((r) => new Lifter(r, shared).lifted())
  const written = writtenParameters(drafts)
  const directions = directionsIn(drafts)
  const suspended = suspending(drafts)
  const recursive = recursiveIn(new Map(drafts.map(({ routine, body }) => [routine, calleesOf(body)])))
  return {
    routines: drafts.map((r) => ({
      ...r,
      tied: r.tied || r.routine.mobile === true || suspended.has(r.routine),
      written: written.get(r.routine) ?? [],
      directions: directions.get(r.routine) ?? new Map(),
      recursive: recursive.has(r.routine),
    })),
    tests: program.tests,
    entries: program.entries,
    ...(program.main === undefined ? {} : { main: program.main }),
  }
}

/** @returns the routines that a mobile process may be suspended in: what is suspended stays with whoever runs it */
function suspending(routines: readonly Draft[]): ReadonlySet<Routine> {
  const seeds = new Set<Routine>()
  const calls = new Map<Routine, Set<Routine>>()
  for (const { routine, body } of routines) {
    const callees = new Set<Routine>()
    calls.set(routine, callees)
    eachStmt(body, (s) => {
      if (s.kind === 'suspend') seeds.add(routine)
      else if (s.kind === 'call' && s.making !== true) callees.add(s.routine) // what is made is suspended by itself
    })
  }
  return callersOf(seeds, calls)
}

// ---------------------------------------------------------------------------------------------- branches

/**
 * A branch that leaves takes mobiles of several parts along as a whole, and brings them back so.
 * @returns those that several branches of a PAR use of which one writes into them
 */
function partedMobiles(routines: readonly CoreRoutine[]): ReadonlySet<Local> {
  const found = new Set<Local>()
  let written: ((body: readonly CoreStmt[]) => ReadonlySet<Local>) | undefined
  for (const { body } of routines) {
    eachStmt(body, (s) => {
      if (s.kind !== 'par' || s.fork !== undefined) return
      const users = new Map<Local, number>()
      for (const { runs } of s.branches)
        for (const root of new Set(freeLocals(runs.body, []).flatMap(mobileOf))) users.set(root, (users.get(root) ?? 0) + 1)
      const several = [...users].filter(([, n]) => n > 1 || s.replicator !== undefined)
      if (several.length === 0) return
      written ??= writtenIn(routines)
      const into = written(s.branches.flatMap(({ runs }) => runs.body))
      for (const [root] of several) if (into.has(root)) found.add(root)
    })
  }
  return found
}

/** @returns the mobile of several parts that a local is, or is the references in */
function mobileOf(local: Local): Local[] {
  if (local.type.item !== 'mobile') return []
  let root = local
  while (root.viewOf !== undefined) root = root.viewOf
  return [root]
}

/** @returns what finds the locals that a body writes, or writes into, itself or in what it calls */
function writtenIn(routines: readonly CoreRoutine[]): (body: readonly CoreStmt[]) => Set<Local> {
  const known = new Map(routines.map(({ routine, params, body }) => [routine, { params, body, written: new Set<Local>() }]))
  const writtenBy = (body: readonly CoreStmt[]): Set<Local> => {
    const written = writtenLocals(body)
    eachStmt(body, (s) => {
      if (s.kind !== 'call') return
      const callee = known.get(s.routine)
      callee?.params.forEach((param, i) => {
        const actual = s.actuals[i]
        if (actual === undefined || !callee.written.has(param)) return
        for (let root = rootOf(actual); root !== undefined; root = root.viewOf) written.add(root)
      })
    })
    return written
  }
  for (let changed = true; changed;) {
    changed = false
    for (const callee of known.values()) {
      const now = writtenBy(callee.body)
      const params = callee.params.filter((param) => now.has(param))
      changed ||= params.length > callee.written.size
      callee.written = new Set(params)
    }
  }
  return writtenBy
}

/** @returns the arrays that branches share though one of them writes: `arrays`, and the parameters that are given parts of these */
function sharedByCalls(routines: readonly CoreRoutine[], arrays: ReadonlySet<Local>): ReadonlySet<Local> {
  const shared = new Set(arrays)
  if (shared.size === 0) return shared
  const paramsOf = new Map(routines.map(({ routine, params }) => [routine, params]))
  for (let before = -1; shared.size > before;) {
    before = shared.size
    for (const { body } of routines) {
      eachStmt(body, (s) => {
        if (s.kind !== 'call') return
        paramsOf.get(s.routine)?.forEach((param, i) => {
          const actual = s.actuals[i]
          if ((param.type.array || param.type.item === 'mobile') && actual !== undefined && isPart(rootOf(actual), shared))
            shared.add(param)
        })
      })
    }
  }
  return shared
}

/** @returns whether `local` is one of `arrays`, or a view of one */
function isPart(local: Local | undefined, arrays: ReadonlySet<Local>): boolean {
  for (let root = local; root !== undefined; root = root.viewOf) if (arrays.has(root)) return true
  return false
}

function hasPar(body: readonly CoreStmt[]): boolean {
  let found = false
  eachStmt(body, (s) => {
    if (s.kind === 'par') found = true
  })
  return found
}

/** Lifts the branches in one routine, innermost first. */
class Lifter {
  private readonly home: CoreRoutine
  private readonly shared: ReadonlySet<Local>
  private readonly branches: Draft[] = []
  /** A statement that stands in a guard and again in its body stays one. */
  private readonly made = new Map<CoreStmt, LiftedStmt>()
  private readonly parts: Parts<InlineBranch, CallBranch> = {
    expr: (e) => e,
    list: (body) => body.map((s) => this.stmt(s)),
    branch: (b) => this.branch(b),
  }
  /** Whether the PAR around a branch is replicated. */
  private isReplicated = false
  /** Whether the branch is what a FORK makes. */
  private isForked = false

  constructor(home: CoreRoutine, shared: ReadonlySet<Local>) {
    this.home = home
    this.shared = shared
  }

  /** @returns the routine and those lifted out of it */
  lifted(): Draft[] {
    const { routine, params, outs, body } = this.home
    if (!hasPar(body)) return [{ routine, params, outs, tied: false, body: body as readonly Stmt[] as readonly LiftedStmt[] }] // but for PARs they are alike
    return [{ routine, params, outs, tied: false, body: this.parts.list(body) }, ...this.branches]
  }

  private stmt(s: CoreStmt): LiftedStmt {
    let made = this.made.get(s)
    if (made === undefined) {
      const outer = this.isReplicated
      const around = this.isForked
      if (s.kind === 'par') {
        this.isReplicated = s.replicator !== undefined
        this.isForked = s.fork !== undefined
      }
      made = mapParts(s, this.parts)
      this.isReplicated = outer
      this.isForked = around
      this.made.set(s, made)
    }
    return made
  }

  /** The call that a branch is, or of what is lifted out of it. */
  private branch({ label, place, runs, written, span }: ParBranch<InlineBranch>): ParBranch<CallBranch> {
    const { isReplicated, isForked } = this
    const body = this.parts.list(runs.body)
    this.isReplicated = isReplicated
    this.isForked = isForked
    const placed = place === undefined ? {} : { place }
    const [only] = body
    const tied = this.shared.size > 0 && freeLocals(body, []).some((local) => isPart(local, this.shared))
    if (!tied && body.length === 1 && only?.kind === 'call' && !only.routine.direct) {
      const isPlain = only.outs.every((o) => o.kind === 'local')
      if (only.outs.length === 0 || (isPlain && !isReplicated))
        return { label, ...placed, runs: { kind: 'call', call: only }, span, ...(written === undefined ? {} : { written }) }
    }
    return { label, ...placed, runs: { kind: 'call', call: this.lifting(body, tied, span) }, span }
  }

  /** Makes a routine of the body of a branch. @returns the call of it */
  private lifting(whole: readonly LiftedStmt[], tied: boolean, span: Routine['span']): Call {
    const home = this.home.routine
    const { body, parts } = holdParts(whole)
    const given = new Map(parts.map(({ param, actual }) => [param, actual]))
    const params = freeLocals(body, [])
    const written = writtenLocals(body)
    const assigned = assignedLocals(body)
    // what is forked gives nothing back
    const outs = (this.isForked ? [] : params).filter((l) =>
      l.type.array ? l.type.mobile === true && assigned.has(l) : written.has(l) && l.type.item !== 'channel',
    )
    const routine: Routine = {
      name: `${home.name}.par.${this.branches.length + 1}`,
      kind: 'branch',
      direct: false,
      home,
      results: [],
      span,
      title: `a branch of ${home.name}`,
    }
    this.branches.push({ routine, params, outs, tied, body })
    return {
      kind: 'call',
      routine,
      actuals: params.map((l) => given.get(l) ?? use(l)),
      outs: outs.map((local) => ({ kind: 'local', local })),
      span,
    }
  }
}

// ---------------------------------------------------------------------------------------------- what is written

/** @returns the array parameters of each routine that are written, by its callees too */
function writtenParameters(routines: readonly Draft[]): ReadonlyMap<Routine, readonly Local[]> {
  const paramsOf = new Map(routines.map(({ routine, params }) => [routine, params]))
  const facts = routines.map(({ routine, body }) => {
    const calls: Call[] = []
    eachStmt(body, (s) => {
      if (s.kind === 'call') calls.push(s)
    })
    return { routine, calls, written: writtenLocals(body) }
  })
  const written = new Map(facts.map((f) => [f.routine, f.written]))
  for (let changed = true; changed;) {
    changed = false
    for (const { calls, written: mine } of facts) {
      for (const call of calls) {
        const theirs = written.get(call.routine)
        paramsOf.get(call.routine)?.forEach((param, i) => {
          const actual = call.actuals[i]
          if (!param.type.array || actual === undefined || theirs?.has(param) !== true) return
          for (let root = rootOf(actual); root !== undefined; root = root.viewOf) {
            if (mine.has(root)) continue
            mine.add(root)
            changed = true
          }
        })
      }
    }
  }
  const isWritten = (routine: Routine, p: Local): boolean =>
    p.type.array && p.type.item !== 'channel' && written.get(routine)?.has(p) === true
  return new Map(routines.map(({ routine, params }) => [routine, params.filter((p) => isWritten(routine, p))]))
}
