/** Checkers for what the passes of the back end establish, run with `--verify`. Each returns what it finds wrong. */
import { freeLocals } from './free.ts'
import type { CoreProgram, Local, Routine, Stmt } from './ir.ts'
import type { Liveness } from './liveness.ts'
import type { Split } from './points.ts'
import { eachExprIn, eachPart, eachStmt } from './walk.ts'

/** One effect a statement: a direct routine has nothing in it that could suspend. */
export function verifyCore(program: CoreProgram): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    if (r.direct) {
      eachStmt(r.body, (s) => {
        if (mayWait(s)) faults.push(`${r.name} is direct, but has a ${s.kind}`)
      })
    }
    eachExprIn(r.body, (e) => {
      if (e.kind === 'apply' && !e.routine.direct) faults.push(`${r.name} applies ${e.routine.name}, which is a machine`)
    })
  }
  return faults
}

function mayWait(s: Stmt): boolean {
  switch (s.kind) {
    case 'output':
    case 'input':
    case 'sleep':
    case 'alt':
    case 'par':
    case 'loop':
    case 'reschedule':
    case 'host':
    case 'pass':
      return true
    case 'call':
      return !s.routine.direct
    default:
      return false
  }
}

/** No free variables; calls fit their routines. */
export function verifyLifted(program: CoreProgram): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    for (const l of freeLocals(r.body, r.params)) faults.push(`${l.name} is free in ${r.name}`)
    eachStmt(r.body, (s) => {
      if (s.kind === 'par' && s.branches.some((b) => b.call === undefined)) faults.push(`${r.name} has a branch that is no call`)
      if (s.kind !== 'call') return
      const { routine } = s
      if (s.actuals.length !== routine.params.length) faults.push(`${r.name} gives ${routine.name} ${s.actuals.length} of ${routine.params.length} actuals`)
      if (s.outs.length !== 0 && s.outs.length !== routine.outs.length + routine.results.length) {
        faults.push(`${r.name} takes ${s.outs.length} results of ${routine.name}, which gives ${routine.outs.length + routine.results.length}`)
      }
    })
  }
  return faults
}

/** Points are numbered in the order of the text; the points inside a statement form a range. */
export function verifySplit(program: CoreProgram, splits: ReadonlyMap<Routine, Split>): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const split = splits.get(r)
    if (split === undefined) {
      faults.push(`${r.name} has not been split`)
      continue
    }
    if (r.direct && split.points.length > 1) faults.push(`${r.name} is direct, but has resume points`)
    const visit = (list: readonly Stmt[], low: number, high: number): void => {
      let next = low
      for (const s of list) {
        const range = split.ranges.get(s)
        if (range !== undefined) {
          if (range.first < next || range.last > high) faults.push(`${r.name}: points ${range.first}..${range.last} of a ${s.kind} are not within ${next}..${high}`)
          next = range.last + 1
        }
        if (s.kind !== 'par') eachPart(s, () => undefined, (inner) => visit(inner, range?.first ?? low, range?.last ?? high))
      }
    }
    visit(r.body, 1, split.points.length - 1)
  }
  return faults
}

/**
 * A slot that is read at a resume point, before anything assigns it, is in the list of that point.
 *
 * Checked forwards, by another way than liveness is found: from each point the paths of the text are followed to the first use of each local.
 */
export function verifyLiveness(program: CoreProgram, splits: ReadonlyMap<Routine, Split>, lives: ReadonlyMap<Routine, Liveness>): string[] {
  const faults: string[] = []
  for (const r of program.routines) {
    const live = lives.get(r)
    const split = splits.get(r)
    if (live === undefined || split === undefined) {
      faults.push(`${r.name} has not been analysed`)
      continue
    }
    const slots = new Set(live.slots)
    live.live.forEach((set, point) => {
      for (const l of set) if (!slots.has(l)) faults.push(`${r.name}: ${l.name} is live at point ${point} but no slot`)
    })
    for (const [point, needed] of neededAt(r, split)) {
      for (const l of needed) {
        if (live.live[point]?.has(l) !== true) faults.push(`${r.name}: ${l.name} is read after point ${point} but not live there`)
      }
    }
  }
  return faults
}

/** For each point the locals that the statements right after it, in the same list, read before assigning them. */
function neededAt(r: Routine, split: Split): Map<number, Set<Local>> {
  const needed = new Map<number, Set<Local>>()
  const follow = (list: readonly Stmt[], from: number, into: Set<Local>, assigned: Set<Local>): void => {
    for (const s of list.slice(from)) {
      for (const l of readBy(s)) if (!assigned.has(l)) into.add(l)
      if (s.kind === 'declare') assigned.add(s.local)
      else if (s.kind === 'assign') assigned.add(s.target)
      else if (s.kind === 'several') for (const t of s.targets) assigned.add(t)
      else if (s.kind === 'call' || s.kind === 'input' || s.kind === 'host') for (const l of assignedBy(s)) assigned.add(l)
      else if (s.kind !== 'store' && s.kind !== 'copy' && s.kind !== 'check' && s.kind !== 'assert' && s.kind !== 'output' && s.kind !== 'sleep') return
    }
  }
  const visit = (list: readonly Stmt[]): void => {
    list.forEach((s, i) => {
      const range = split.ranges.get(s)
      if (range !== undefined && (s.kind === 'output' || s.kind === 'sleep' || s.kind === 'reschedule')) {
        const into = new Set<Local>()
        follow(list, i + 1, into, new Set())
        needed.set(range.first, into)
      } else if (range !== undefined && (s.kind === 'input' || s.kind === 'host')) {
        const into = new Set<Local>()
        follow([...s.then, ...list.slice(i + 1)], 0, into, new Set())
        needed.set(range.first, into)
      } else if (range !== undefined && s.kind === 'call') {
        const into = new Set<Local>()
        for (const o of s.outs) if (o.kind === 'element') for (const l of freeLocals([{ kind: 'check', value: o.array, span: s.span }, { kind: 'check', value: o.index, span: s.span }], [])) into.add(l)
        follow(list, i + 1, into, new Set(assignedBy(s)))
        needed.set(range.first, into)
      }
      if (s.kind !== 'par') eachPart(s, () => undefined, visit)
    })
  }
  visit(r.body)
  return needed
}

function assignedBy(s: Stmt): Local[] {
  switch (s.kind) {
    case 'call':
      return s.outs.flatMap((o) => (o.kind === 'local' ? [o.local] : []))
    case 'input':
    case 'host':
      return s.then.flatMap((t) => (t.kind === 'declare' ? [t.local] : t.kind === 'assign' ? [t.target] : []))
    default:
      return []
  }
}

/** Locals that a simple statement reads; those of a structured one that it reads first of all. */
function readBy(s: Stmt): Local[] {
  switch (s.kind) {
    case 'if': {
      const [first] = s.choices
      return first === undefined ? [] : freeLocals([{ kind: 'check', value: first.condition, span: s.span }], [])
    }
    case 'case':
      return freeLocals([{ kind: 'check', value: s.selector, span: s.span }], [])
    case 'loop':
      return freeLocals([{ kind: 'check', value: s.condition, span: s.span }], [])
    case 'assign':
      return freeLocals([{ kind: 'check', value: s.value, span: s.span }], [])
    case 'input':
      return freeLocals([{ kind: 'check', value: s.channel, span: s.span }], [])
    case 'call':
      return s.actuals.flatMap((a) => freeLocals([{ kind: 'check', value: a, span: s.span }], []))
    case 'declare':
      return s.value === undefined ? [] : freeLocals([{ kind: 'check', value: s.value, span: s.span }], [])
    case 'store':
    case 'copy':
    case 'output':
    case 'sleep':
    case 'check':
    case 'assert':
      return freeLocals([s], [])
    default:
      return []
  }
}
