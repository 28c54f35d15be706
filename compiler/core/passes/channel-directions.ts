/** What is done at each channel that a routine is given: where it is one thing, a process that holds the channel holds one end of it. */
import type { Direction } from '../../../grammar/ast.ts'
import type { Call, Expr, Guard, LiftedRoutine, LiftedStmt, Local, Routine } from '../ir/ir.ts'
import { eachStmt } from '../ir/walk.ts'

type Use = Direction | 'both'

type Given = Pick<LiftedRoutine, 'routine' | 'params' | 'body'>

/** What the body of a routine does with channels. */
interface Uses {
  /** Inputs, outputs and guards. */
  readonly own: readonly (readonly [channel: Expr, use: Use])[]
  readonly calls: readonly Call[]
  /** Other names of channels. */
  readonly aliases: readonly (readonly [alias: Local, of: Expr])[]
}

/** @returns for each routine the parameters at which it does one thing only */
export function directionsIn(routines: readonly Given[]): ReadonlyMap<Routine, ReadonlyMap<Local, Direction>> {
  const paramsOf = new Map(routines.map(({ routine, params }) => [routine, params]))
  const directions = new Map(routines.map(({ routine }) => [routine, new Map<Local, Direction>()]))
  const facts = routines.map((r) => ({
    params: new Set(r.params),
    known: directions.get(r.routine) ?? new Map<Local, Direction>(),
    uses: usesIn(r.body),
  }))
  const ofCallee = (call: Call, param: Local): Use => directions.get(call.routine)?.get(param) ?? param.type.direction ?? 'both'
  for (let changed = true; changed;) {
    changed = false
    for (const { params, known, uses } of facts) {
      const found = new Map<Local, Set<Use>>()
      const note = (channel: Expr, use: Use): void => {
        const local = channelRoot(channel)
        if (local === undefined) return
        const set = found.get(local) ?? new Set()
        set.add(use)
        found.set(local, set)
      }
      for (const [channel, use] of uses.own) note(channel, use)
      for (const call of uses.calls)
        paramsOf.get(call.routine)?.forEach((param, i) => {
          const actual = call.actuals[i]
          if (actual !== undefined && param.type.item === 'channel') note(actual, ofCallee(call, param))
        })
      for (const [alias, of] of uses.aliases) for (const use of found.get(alias) ?? []) note(of, use)
      if (learn(found, known, params)) changed = true
    }
  }
  return directions
}

/** @returns whether something new has been learnt */
function learn(found: ReadonlyMap<Local, ReadonlySet<Use>>, known: Map<Local, Direction>, params: ReadonlySet<Local>): boolean {
  let changed = false
  for (const [local, set] of found) {
    const [use] = set
    if (set.size !== 1) {
      if (known.delete(local)) changed = true
    } else if (local.type.direction === undefined && use !== undefined && use !== 'both' && known.get(local) !== use && params.has(local)) {
      known.set(local, use)
      changed = true
    }
  }
  return changed
}

function usesIn(body: readonly LiftedStmt[]): Uses {
  const own: [Expr, Use][] = []
  const calls: Call[] = []
  const aliases: [Local, Expr][] = []
  eachStmt(body, (s) => {
    if (s.kind === 'output') own.push([s.channel, '!'])
    else if (s.kind === 'input') own.push([s.channel, '?'])
    else if (s.kind === 'alt') for (const g of s.guards) eachAwaited(g, (channel) => own.push([channel, '?']))
    else if (s.kind === 'call') calls.push(s)
    else if (s.kind === 'declare' && s.local.type.item === 'channel' && s.value !== undefined) aliases.push([s.local, s.value])
  })
  // A name is declared before it gets another one.
  return { own, calls, aliases: aliases.reverse() }
}

function eachAwaited(g: Guard, visit: (channel: Expr) => void): void {
  if (g.kind === 'input') visit(g.channel)
  else if (g.kind === 'replicated') for (const inner of g.guards) eachAwaited(inner, visit)
}

/** @returns the local that holds the channel, or the array it is an element of */
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
    case 'blank':
    case 'content':
    case 'referent':
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
