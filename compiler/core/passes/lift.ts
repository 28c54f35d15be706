/**
 * Lifting: nested PROCs and FUNCTIONs and the branches of PARs become routines of the top level.
 *
 * Afterwards a routine uses its parameters and its own locals only. Free names have become parameters: a scalar goes in by value and, when
 * it is written, comes back by value (alias-freedom makes that as good as sharing it); an array goes in as a view. One `Local` may be a
 * parameter of several routines; each emits it under a name of its own.
 */
import type { Direction } from '../../../grammar/ast.ts'
import { holdParts } from '../lower/channel-elements.ts'
import { freeLocals, writtenLocals } from '../ir/free.ts'
import { use } from '../ir/build.ts'
import type { Call, CoreProgram, Expr, Local, Par, ParBranch, Routine, Stmt } from '../ir/ir.ts'
import { rootOf } from '../lower/denotations.ts'
import { eachExprIn, eachPart, eachStmt } from '../ir/walk.ts'

/**
 * Lifts everything.
 * @param program as desugared; its routines are changed in place
 * @returns the same program, with the branches among its routines
 */
export function lift(program: CoreProgram): CoreProgram {
  closeRoutines(program.routines)
  const shared = sharedByCalls(program)
  const routines: Routine[] = []
  for (const r of program.routines) {
    const branches: Routine[] = []
    liftBranches(r, shared, branches)
    routines.push(r)
    for (const branch of branches) routines.push(branch)
  }
  program.routines = routines
  markWritten(routines)
  for (const r of routines) if (r.kind === 'branch') r.outs = r.outs.filter((l) => !l.type.array)
  for (let changed = true; changed;) {
    changed = false
    for (const r of routines) if (findDirections(r)) changed = true
  }
  markRecursion(routines)
  return program
}

// ---------------------------------------------------------------------------------------------- nested routines

/** Makes the free names of nested routines parameters, and passes them at every call. */
function closeRoutines(routines: readonly Routine[]): void {
  const free = new Map<Routine, Set<Local>>()
  const written = new Map<Routine, Set<Local>>()
  for (const r of routines) {
    free.set(r, new Set(freeLocals(r.body, r.params)))
    written.set(r, writtenLocals(r.body))
  }
  for (let changed = true; changed;) {
    changed = false
    for (const r of routines) {
      const own = declaredIn(r)
      const mine = free.get(r) ?? new Set()
      const writes = written.get(r) ?? new Set()
      for (const callee of calleesOf(r.body)) {
        for (const local of free.get(callee) ?? []) {
          if (!own.has(local) && !mine.has(local)) {
            mine.add(local)
            changed = true
          }
          if (written.get(callee)?.has(local) === true && !writes.has(local)) {
            writes.add(local)
            changed = true
          }
        }
      }
    }
  }
  const done = new Set<object>()
  for (const r of routines) {
    const extra = (node: { routine: Routine; actuals: readonly Expr[] }): void => {
      if (done.has(node)) return
      done.add(node)
      const locals = free.get(node.routine) ?? new Set()
      const actuals = node.actuals as Expr[] // built by us, and shared only with this node
      for (const local of locals) actuals.push(use(local))
    }
    eachExprIn(r.body, (e) => {
      if (e.kind === 'apply') extra(e)
    })
    eachStmt(r.body, (s) => {
      if (s.kind !== 'call' || done.has(s)) return
      extra(s)
      const outs = s.outs as Call['outs'][number][] // likewise
      for (const local of free.get(s.routine) ?? []) {
        if (comesBack(local, s.routine, written)) outs.push({ kind: 'local', local })
      }
    })
  }
  for (const r of routines) {
    for (const local of free.get(r) ?? []) {
      r.params.push(local)
      if (comesBack(local, r, written)) r.outs.push(local)
    }
  }
}

function comesBack(local: Local, r: Routine, written: ReadonlyMap<Routine, ReadonlySet<Local>>): boolean {
  return !local.type.array && local.type.item !== 'channel' && written.get(r)?.has(local) === true
}

function declaredIn(r: Routine): ReadonlySet<Local> {
  const own = new Set(r.params)
  collectDeclared(r.body, own)
  return own
}

function collectDeclared(body: readonly Stmt[], own: Set<Local>): void {
  eachStmt(body, (s) => {
    if (s.kind === 'declare') own.add(s.local)
    if (s.kind === 'par' && s.replicator !== undefined) own.add(s.replicator.index)
    if (s.kind === 'alt') for (const g of s.guards) indices(g, own)
  })
}

function indices(g: Extract<Stmt, { kind: 'alt' }>['guards'][number], own: Set<Local>): void {
  if (g.kind !== 'replicated') return
  own.add(g.replicator.index)
  for (const inner of g.guards) indices(inner, own)
}

/** @returns the routines that `body` calls, those in branches included. */
export function calleesOf(body: readonly Stmt[]): Set<Routine> {
  const callees = new Set<Routine>()
  eachStmt(body, (s) => {
    if (s.kind === 'call') callees.add(s.routine)
  })
  eachExprIn(body, (e) => {
    if (e.kind === 'apply') callees.add(e.routine)
  })
  return callees
}

// ---------------------------------------------------------------------------------------------- branches

/** @returns the arrays that branches share though one of them writes: the program's, and the parameters that are given parts of these */
function sharedByCalls(program: CoreProgram): ReadonlySet<Local> {
  const shared = new Set(program.shared)
  for (let before = -1; shared.size > before && shared.size > 0;) {
    before = shared.size
    for (const r of program.routines) {
      eachStmt(r.body, (s) => {
        if (s.kind !== 'call') return
        s.routine.params.forEach((param, i) => {
          const actual = s.actuals[i]
          if (param.type.array && actual !== undefined && isPart(rootOf(actual), shared)) shared.add(param)
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

/** Lifts the branches in `home`'s body, innermost first; the new routines go to `into`. */
function liftBranches(home: Routine, shared: ReadonlySet<Local>, into: Routine[]): void {
  const visit = (body: readonly Stmt[]): void => {
    for (const s of body) {
      if (s.kind !== 'par') {
        eachPart(s, () => undefined, visit)
        continue
      }
      for (const b of s.branches) {
        visit(b.body)
        b.call = callOf(s, b, home, shared, into)
      }
    }
  }
  visit(home.body)
}

/** @returns the call that a branch is, or that runs what was lifted out of it. */
function callOf(par: Par, b: ParBranch, home: Routine, shared: ReadonlySet<Local>, into: Routine[]): Call {
  const [only] = b.body
  const tied = shared.size > 0 && freeLocals(b.body, []).some((local) => isPart(local, shared))
  if (!tied && b.body.length === 1 && only?.kind === 'call' && !only.routine.direct) {
    const plain = only.outs.every((o) => o.kind === 'local')
    if (only.outs.length === 0 || (plain && par.replicator === undefined)) return only
  }
  const { body, parts } = holdParts(b.body)
  const given = new Map(parts.map(({ param, actual }) => [param, actual]))
  const params = freeLocals(body, [])
  const written = writtenLocals(body)
  const outs = params.filter((l) => written.has(l) && !l.type.array && l.type.item !== 'channel')
  const routine: Routine = {
    name: `${home.name}.par.${into.length + 1}`,
    kind: 'branch',
    direct: false,
    recursive: false,
    params,
    outs,
    written: [],
    directions: new Map(),
    home,
    tied,
    results: [],
    body,
    span: b.span,
    title: `a branch of ${home.name}`,
  }
  into.push(routine)
  return {
    kind: 'call',
    routine,
    actuals: params.map((l) => given.get(l) ?? use(l)),
    outs: outs.map((local) => ({ kind: 'local', local })),
    span: b.span,
  }
}

// ---------------------------------------------------------------------------------------------- what is written, which way channels go

/** Finds the array parameters that are written, through calls too. */
function markWritten(routines: readonly Routine[]): void {
  const written = new Map<Routine, Set<Local>>()
  for (const r of routines) written.set(r, writtenLocals(r.body))
  for (let changed = true; changed;) {
    changed = false
    for (const r of routines) {
      const mine = written.get(r) ?? new Set()
      eachStmt(r.body, (s) => {
        if (s.kind !== 'call') return
        s.routine.params.forEach((param, i) => {
          const actual = s.actuals[i]
          if (!param.type.array || actual === undefined || written.get(s.routine)?.has(param) !== true) return
          for (let root = rootOf(actual); root !== undefined; root = root.viewOf) {
            if (mine.has(root)) continue
            mine.add(root)
            changed = true
          }
        })
      })
    }
  }
  for (const r of routines) r.written = r.params.filter((p) => p.type.array && p.type.item !== 'channel' && written.get(r)?.has(p) === true)
}

/** Finds what is done at each channel a routine holds. @returns whether something new was found */
function findDirections(r: Routine): boolean {
  const found = new Map<Local, Set<Direction | 'both'>>()
  const note = (channel: Expr, direction: Direction | 'both'): void => {
    const local = channelRoot(channel)
    if (local === undefined) return
    const set = found.get(local) ?? new Set()
    set.add(direction)
    found.set(local, set)
  }
  const aliases: [Local, Expr][] = []
  eachStmt(r.body, (s) => {
    switch (s.kind) {
      case 'output':
        note(s.channel, '!')
        break
      case 'input':
        note(s.channel, '?')
        break
      case 'alt':
        for (const g of s.guards) guardChannels(g, (c) => note(c, '?'))
        break
      case 'call':
        s.routine.params.forEach((param, i) => {
          const actual = s.actuals[i]
          if (actual !== undefined && param.type.item === 'channel')
            note(actual, s.routine.directions.get(param) ?? param.type.direction ?? 'both')
        })
        break
      case 'declare':
        if (s.local.type.item === 'channel' && s.value !== undefined) aliases.push([s.local, s.value])
        break
      case 'assert':
      case 'assign':
      case 'block':
      case 'case':
      case 'check':
      case 'copy':
      case 'fault':
      case 'host':
      case 'if':
      case 'leave':
      case 'loop':
      case 'par':
      case 'pass':
      case 'reschedule':
      case 'return':
      case 'scope':
      case 'several':
      case 'sleep':
      case 'store':
        return
    }
  })
  for (const [alias, of] of aliases.reverse()) for (const d of found.get(alias) ?? []) note(of, d)
  let changed = false
  for (const [local, set] of found) {
    if (local.type.direction !== undefined || set.size !== 1) {
      if (set.size !== 1 && r.directions.delete(local)) changed = true
      continue
    }
    const [direction] = set
    if (direction === undefined || direction === 'both' || r.directions.get(local) === direction || !r.params.includes(local)) continue
    r.directions.set(local, direction)
    changed = true
  }
  return changed
}

function channelRoot(e: Expr): Local | undefined {
  switch (e.kind) {
    case 'local':
      return e.local
    case 'present':
      return channelRoot(e.channel)
    case 'element':
    case 'slice':
      return channelRoot(e.array)
    case 'apply':
    case 'array-of':
    case 'bound':
    case 'clock':
    case 'clone':
    case 'convert':
    case 'intrinsic':
    case 'length':
    case 'literal':
    case 'new-channel':
    case 'new-channels':
    case 'operation':
    case 'received':
    case 'retype':
    case 'table':
    case 'zeros':
      return undefined
  }
}

function guardChannels(g: Extract<Stmt, { kind: 'alt' }>['guards'][number], visit: (c: Expr) => void): void {
  if (g.kind === 'input') visit(g.channel)
  else if (g.kind === 'replicated') for (const inner of g.guards) guardChannels(inner, visit)
}

// ---------------------------------------------------------------------------------------------- recursion

/** Sets `recursive` for the routines that can be reached from themselves. */
function markRecursion(routines: readonly Routine[]): void {
  const callees = new Map<Routine, Set<Routine>>()
  for (const r of routines) callees.set(r, calleesOf(r.body))
  for (const r of routines) {
    const seen = new Set<Routine>()
    const stack = [...(callees.get(r) ?? [])]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      for (const callee of callees.get(next) ?? []) stack.push(callee)
    }
    r.recursive = seen.has(r)
  }
}
