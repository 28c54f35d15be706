/** What a PROC or FUNCTION does to its parameters and to the names around it, so that a call can stand for its body. */
import type { Expression } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { FunctionSymbol, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { rootSymbol } from '../context.ts'
import { directionOf } from '../directions.ts'
import { channelOf, endOf, isData } from '../type-model.ts'
import { conditionsKey, solutions } from './conditions.ts'
import { stretchOver } from './overlap.ts'
import {
  along,
  isChannelTable,
  mapTerms,
  regionsOf,
  throughTable,
  WHOLE,
  type Access,
  type Kind,
  type Region,
  type RegionContext,
  type Selector,
} from './regions.ts'
import type { Surroundings } from './surroundings.ts'
import { ownerOf, partsOf, sizeSymbol } from './stand-ins.ts'
import { idOf, keyOf, number, substitute, termOf, usesAny, type Term } from './terms.ts'

/** Accesses to parameters and free names, each different one once. */
export interface Summary {
  readonly toFormals: ReadonlyMap<VariableSymbol, readonly Access[]>
  readonly free: readonly Access[]
  /** Whether what is reached depends on values: of parameters, perhaps. */
  readonly computed: boolean
}

/** @returns a text that is equal for accesses that a comparison cannot tell apart. */
export function accessKey({ root, path, kind, given }: Pick<Access, 'root' | 'path' | 'kind' | 'given'>): string {
  return `${idOf(root)}${kind}${path.map(selectorKey).join('')}${conditionsKey(given)}`
}

/** @returns a text that is equal for equal selectors. */
export function selectorKey(selector: Selector): string {
  if (selector.kind === 'field') return `.${selector.index}`
  if (selector.kind === 'view') return `:${idOf(selector.of)}`
  const part = (term: Term | undefined): string => (term === undefined ? '?' : keyOf(term))
  return `[${part(selector.from)}:${part(selector.count)}]`
}

/**
 * @param accesses everything the body does
 * @param formals the parameters
 * @param ranges of the replicator indices: what the body does for all values of one becomes a stretch of elements
 * @param outside whether a variable is declared outside the body
 */
export function summarise(
  accesses: readonly Access[],
  formals: ReadonlySet<VariableSymbol>,
  ranges: Surroundings['ranges'],
  outside: (symbol: VariableSymbol) => boolean,
): Summary {
  const kept = new Map<string, Access>()
  const changed = new Set<VariableSymbol>()
  for (const { kind, root } of accesses) if (kind === 'write') changed.add(root)
  const known = (symbol: VariableSymbol): boolean =>
    partsOf(symbol).every((part) => (outside(part) && !changed.has(part)) || (formals.has(ownerOf(part)) && !part.writable))
  const local = (symbol: VariableSymbol): boolean => !known(symbol)
  const reduce = (selector: Selector, solved: ReadonlyMap<VariableSymbol, Term>): Selector => {
    const exact = solved.size === 0 ? selector : mapTerms(selector, (term) => substitute(term, solved))
    const whole = stretchOver(exact, { ranges, common: known })
    return mapTerms(whole, (term) => (usesAny(term, local) ? undefined : term))
  }
  for (const access of accesses) {
    const { root, table, kind, span, callee, joined, offered } = access
    if (!outside(root) && !formals.has(root)) continue
    // an abbreviation around the routine is in force where the routine is called
    let via = access.via
    while (via !== undefined && !outside(via.symbol)) via = via.before // those within the body were declared after those around it
    const branched = access.branch !== undefined || access.branched === true
    const terms = access.given ?? NOTHING
    const solved = terms.length === 0 ? NO_SOLUTIONS : solutions(terms, local)
    const path = access.path.length === 0 ? access.path : access.path.map((selector) => reduce(selector, solved))
    const given = terms.length === 0 ? terms : terms.filter((term) => !usesAny(term, local))
    const marks = `${joined === true ? 'j' : ''}${offered === true ? 'o' : ''}${branched ? 'b' : ''}`
    const key = `${accessKey({ root, path, kind, given })}${marks}${via === undefined ? '' : `|${idOf(via)}`}`
    if (kept.has(key)) continue
    kept.set(key, { root, path, via, table, given, kind, span, callee, branch: undefined, joined, branched, offered })
  }
  const toFormals = new Map<VariableSymbol, Access[]>()
  const free: Access[] = []
  let computed = false
  for (const access of kept.values()) {
    computed ||= access.path.length > 0 || (access.given !== undefined && access.given.length > 0)
    const list = formals.has(access.root) ? toFormals.get(access.root) : free
    if (list === undefined) toFormals.set(access.root, [access])
    else list.push(access)
  }
  return { toFormals, free, computed }
}

/**
 * @param formals of a PROC TYPE
 * @returns what any mobile process may do to them: it has SHARED ends as copies of its own, and may take away and replace the others
 */
export function summaryOfActivation(formals: readonly VariableSymbol[]): Summary {
  const toFormals = new Map<VariableSymbol, readonly Access[]>()
  for (const formal of formals) {
    const end = endOf(formal.type)
    if (end === undefined || end.shared) continue
    const span = formal.declaredAt
    if (span !== undefined) toFormals.set(formal, [{ root: formal, path: WHOLE, via: undefined, kind: 'write', span, branch: undefined }])
  }
  return { toFormals, free: [], computed: false }
}

const NOTHING: readonly Term[] = []
const NO_SOLUTIONS: ReadonlyMap<VariableSymbol, Term> = new Map()
const UNUSED: readonly Access[] = []

/** How many elements an actual array has. */
function sizeTerm(context: RegionContext, actual: Expression): Term | undefined {
  const type = context.known.types.get(actual)
  if (type?.kind === 'array' && type.size !== undefined) return number(type.size)
  if (actual.kind === 'slice' && actual.count !== undefined) return termOf(context.known, context.definitions, actual.count)
  const symbol = rootSymbol(context.known, actual)
  return (actual.kind === 'name-use' || actual.kind === 'end') && symbol !== undefined
    ? { kind: 'variable', symbol: sizeSymbol(symbol) }
    : undefined
}

/** One actual parameter that the callee may change or communicate on. */
export interface Handed {
  readonly formal: VariableSymbol
  readonly actual: Expression
  /** What the actual denotes. */
  readonly regions: readonly Region[]
  readonly accesses: readonly Access[]
}

/** The accesses of a call: those on actual parameters, apart for each, and those on names the callee uses by itself. */
export interface CallAccesses {
  readonly handed: readonly Handed[]
  readonly free: readonly Access[]
}

/**
 * @param summary undefined while the callee's body is still being read (recursion): then a reference parameter counts as changed
 * @param at where the call stands
 */
export function callAccesses(
  context: RegionContext,
  callee: ProcSymbol | FunctionSymbol,
  summary: Summary | undefined,
  actuals: readonly Expression[],
  at: Span,
): CallAccesses {
  const values = new Map<VariableSymbol, Term | undefined>()
  for (const [i, formal] of callee.formals.entries()) {
    const actual = actuals[i]
    if (actual === undefined || summary?.computed !== true) continue
    if (!formal.writable) values.set(formal, termOf(context.known, context.definitions, actual))
    if (formal.type.kind === 'array' && formal.type.size === undefined) values.set(sizeSymbol(formal), sizeTerm(context, actual))
  }
  const translated = (path: readonly Selector[]): readonly Selector[] =>
    path.length === 0 ? path : path.map((selector) => mapTerms(selector, (term) => substitute(term, values)))
  const conditions = (terms: readonly Term[] | undefined): readonly Term[] =>
    terms === undefined || terms.length === 0 ? NOTHING : terms.flatMap((term) => substitute(term, values) ?? [])
  const handed: Handed[] = []
  const bothEnds = new BothEnds()
  for (const [i, formal] of callee.formals.entries()) {
    const actual = actuals[i]
    if (actual === undefined || (isData(formal.type) && (formal.mode === 'val' || formal.mode === 'initial'))) continue
    const regions = regionsOf(context, actual)
    const accesses: Access[] = []
    const uses = summary && (summary.toFormals.get(formal) ?? UNUSED)
    const offered = uses !== undefined && uses.length > 0 && uses.every((access) => access.offered)
    // what is not known, or not done, is no use of one end after the other
    const branched = uses === undefined || uses.length === 0 || uses.some((access) => access.branched)
    const add = (kind: Kind, path: readonly Selector[], given: readonly Term[], joined = false): void => {
      const reached = isChannelTable(context, actual)
        ? throughTable(context, actual, translated(path))
        : regions.map((region) => along(region, translated(path)))
      for (const { root, path, via, table } of reached) {
        const done = { kind, span: actual.span, callee: callee.name, branch: undefined, joined, branched, offered }
        accesses.push({ root, path, via, table, given, ...done })
        bothEnds.note(root, kind, branched)
      }
    }
    const direction = channelOf(formal.type) === undefined ? undefined : directionOf(formal)
    // Who is given an end and is not known to use it holds it all the same.
    if (direction !== undefined && (uses === undefined || uses.length === 0)) add(direction === '?' ? 'input' : 'output', WHOLE, NOTHING)
    else if (uses === undefined) {
      if (isData(formal.type)) add('write', WHOLE, NOTHING)
    } else for (const access of uses) add(access.kind, access.path, conditions(access.given), access.joined)
    handed.push({ formal, actual, regions, accesses })
  }
  const free = (summary?.free ?? UNUSED).map(({ root, path, via, table, given, kind, branch, joined, branched, offered }): Access => {
    bothEnds.note(root, kind, branched === true)
    const done = { kind, span: at, callee: callee.name, branch, joined, branched, offered }
    return { root, path: translated(path), via, table, given: conditions(given), ...done }
  })
  if (!bothEnds.met) return { handed, free }
  return { handed: handed.map((each) => ({ ...each, accesses: bothEnds.marked(each.accesses) })), free: bothEnds.marked(free) }
}

/** The channels of which one call uses both ends, each by a name of its own: the callee may use them in different branches of a PAR. */
class BothEnds {
  private readonly inputs = new Set<VariableSymbol>()
  private readonly outputs = new Set<VariableSymbol>()
  /** Those that are not only used one after the other. */
  private readonly beside = new Set<VariableSymbol>()

  /** @param branched whether the callee does it, if at all, in a branch of a PAR */
  note(root: VariableSymbol, kind: Kind, branched: boolean): void {
    if (kind !== 'input' && kind !== 'output') return
    ;(kind === 'input' ? this.inputs : this.outputs).add(root)
    if (branched) this.beside.add(root)
  }

  /** Whether there are any. */
  get met(): boolean {
    for (const root of this.beside) if (this.inputs.has(root) && this.outputs.has(root)) return true
    return false
  }

  marked(accesses: readonly Access[]): readonly Access[] {
    return accesses.map((access) => {
      const { kind, root } = access
      const met = this.beside.has(root) && (kind === 'input' ? this.outputs : this.inputs).has(root)
      return met && (kind === 'input' || kind === 'output') ? { ...access, joined: true } : access
    })
  }
}
