/**
 * Two names for one variable: allowed only where nothing can tell. Only what is certain is reported. Of two actual parameters of one call that may
 * overlap, and of two abbreviations of which one stands in the scope of the other, the running program tells whether they do. Nothing else is compared
 * at run time: not what is used in the scope of an abbreviation, or by a PROC, without a name of its own.
 */
import type { Expression, ProcCall } from '../../../grammar/ast.ts'
import type { Label } from '../../../grammar/diagnostic.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { ComparedActuals, Naming, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { endWithin, isData, primitiveName } from '../type-model.ts'
import { Buckets } from './columns.ts'
import { overlap, type Overlap } from './overlap.ts'
import type { Surroundings } from './surroundings.ts'
import { describeRegion, leadsThrough, regionsOf, symbolsOn, type Access, type Region, type RegionContext, type Route } from './regions.ts'
import type { CallAccesses } from './summary.ts'

export interface AliasContext {
  readonly report: Reporting
  readonly around: Surroundings
  /** As `around`, for what the running program compares: a part that may be empty is not sure to overlap anything. */
  readonly whenRunning: Surroundings
  readonly exempt: (symbol: VariableSymbol) => boolean
  /** Takes the calls that give a variable two names and may. */
  readonly permitted: Set<ProcCall>
  /** Takes the actuals that are compared at run time. */
  readonly compared: Map<ProcCall, readonly ComparedActuals[]>
}

/** @returns what is known of two regions that must not be one; `disjoint` where they may be */
const relation = (context: AliasContext, a: Region, b: Region, around = context.around): Overlap =>
  a.root !== b.root || context.exempt(a.root) ? 'disjoint' : overlap(a, b, around)

const certain = (context: AliasContext, a: Region, b: Region, around = context.around): boolean =>
  relation(context, a, b, around) === 'overlap'

/** Whether two regions may be one, and nobody minds. */
const permitted = (context: AliasContext, a: Region, b: Region): boolean =>
  a.root === b.root && context.exempt(a.root) && overlap(a, b, context.around) !== 'disjoint'

/** Checks one call: reference parameters that overlap, and parameters that the callee also uses by their own name. */
export function checkCall(context: AliasContext, regions: RegionContext, callee: ProcSymbol, call: ProcCall, does: CallAccesses): void {
  const given: Given[] = []
  for (const { formal, actual, regions: denoted, accesses } of does.handed)
    if (isData(formal.type)) given.push({ actual, regions: denoted, writes: accesses.some(({ kind }) => kind === 'write') })
  // a VAL array is not copied, so it must not change under the callee either
  for (const [i, formal] of callee.formals.entries()) {
    const actual = call.actuals[i]
    if (actual === undefined || formal.mode !== 'val' || primitiveName(formal.type) !== undefined) continue
    given.push({ actual, regions: regionsOf(regions, actual), writes: false })
  }
  if (given.length > 1) {
    const compared: ComparedActuals[] = []
    for (const { a, b, x, y } of meetings(given, context.around)) {
      if (permitted(context, x, y)) context.permitted.add(call)
      const known = relation(context, x, y, context.whenRunning)
      if (known === 'disjoint') continue
      const [first, second] = a.actual.span.start < b.actual.span.start ? [a, b] : [b, a]
      if (known !== 'overlap') {
        if (!compared.some(([one, other]) => one === first.actual && other === second.actual)) compared.push([first.actual, second.actual])
        continue
      }
      context.report('E0607', second.actual.span, { name: textOf(second.actual), first: textOf(first.actual) }, [
        { span: first.actual.span, text: 'the same variable' },
      ])
      return
    }
    if (compared.length > 0) context.compared.set(call, compared)
  }
  if (does.free.length === 0) return
  const free = byRoot(does.free)
  for (const { regions: mine, actual, writes } of given) {
    const rivals = mine.flatMap((region) =>
      (free.get(region.root) ?? []).filter(({ kind }) => writes || kind === 'write').map((access) => ({ region, access })),
    )
    if (rivals.some(({ region, access }) => permitted(context, region, access))) context.permitted.add(call)
    const clash = rivals.find(({ region, access }) => certain(context, region, access))?.access
    if (clash !== undefined) context.report('E0608', actual.span, { name: describeRegion(clash), callee: callee.name }, declared(callee))
  }
}

/** An actual parameter that the callee may change, or that must not change under it. */
interface Given {
  readonly actual: Expression
  readonly regions: readonly Region[]
  readonly writes: boolean
}

/** A part of one actual parameter and a part of a later one that may be the same, where the callee changes one of the two. */
interface Meeting {
  readonly a: Given
  readonly b: Given
  readonly x: Region
  readonly y: Region
  /** Which of all pairs this is, in their order. */
  readonly order: number
}

/** @returns the meetings, those of the first parameter first. Parts that certainly do not meet are not compared. */
function meetings(given: readonly Given[], around: Surroundings): Meeting[] {
  const earlier = new Map<VariableSymbol, Buckets<Region>>()
  const positions = new Map<Region, number>()
  const found: Meeting[] = []
  for (const [j, b] of given.entries()) {
    for (const y of b.regions) {
      for (const x of earlier.get(y.root)?.near(y) ?? []) {
        const i = positions.get(x) ?? 0
        const a = given[i]
        if (a !== undefined && (a.writes || b.writes)) found.push({ a, b, x, y, order: i * given.length + j })
      }
    }
    for (const y of b.regions) {
      let buckets = earlier.get(y.root)
      if (buckets === undefined) earlier.set(y.root, (buckets = new Buckets<Region>(around, NO_RUNS)))
      buckets.add(y)
      positions.set(y, j)
    }
  }
  return found.sort((one, other) => one.order - other.order)
}

const NO_RUNS: ReadonlyMap<string, number> = new Map()

const textOf = ({ span }: Expression): string => span.file.text.slice(span.start, span.end)

function declared({ declaredAt }: ProcSymbol): Label[] {
  return declaredAt === undefined ? [] : [{ span: declaredAt, text: 'declared here' }]
}

/** An abbreviation whose scope has ended. */
export interface Ended {
  readonly symbol: VariableSymbol
  readonly at: Span
  /** What a reference abbreviation stands for. */
  readonly standsFor: readonly Region[]
  /** What the value or the subscripts were computed from. */
  readonly reads: readonly Access[]
  /** Whether the running program compares it with an abbreviation on a route. */
  readonly isCompared: (via: Route | undefined) => boolean
  /** What is done in the scope to what may be a region, but by the abbreviation itself, in order. */
  readonly othersOf: (region: Region) => Iterable<Access>
  /** What is written of them. */
  readonly writesTo: (region: Region) => Iterable<Access>
}

/** Checks that what an abbreviation stands for is used through it only, and that what it was computed from stays as it is. */
export function checkAbbreviation(context: AliasContext, ended: Ended): void {
  const { symbol, at, standsFor, reads, isCompared, othersOf, writesTo } = ended
  const label: Label = { span: at, text: 'abbreviated here' }
  // an end that goes away takes along the channels that have names
  if (!isData(symbol.type)) {
    for (const region of standsFor) {
      if (endWithin(region.root.type) === undefined) continue
      const gone = first(writesTo(region), (access) => !leadsThrough(access.via, symbol) && certain(context, region, access))
      if (gone === undefined) continue
      context.report('E0609', gone.span, { name: gone.root.name, abbreviation: symbol.name }, [label])
      return
    }
  } else {
    for (const region of standsFor) {
      const other = first(
        othersOf(region),
        (access) =>
          !leadsThrough(access.via, symbol) &&
          certain(context, region, access, isCompared(access.via) ? context.whenRunning : context.around),
      )
      if (other === undefined) continue
      context.report('E0609', other.span, { name: other.root.name, abbreviation: symbol.name }, [label])
      return
    }
  }
  for (const read of reads) {
    const write = first(writesTo(read), (access) => !leadsThrough(access.via, symbol) && certain(context, read, access))
    if (write === undefined) continue
    context.report('E0610', write.span, { name: write.root.name, abbreviation: symbol.name, val: symbol.role === 'val' }, [label])
    return
  }
}

/** An abbreviation of a variable that may be written. */
interface Standing {
  readonly declaration: Naming
  readonly symbol: VariableSymbol
  /** What it stands for: data is one region. */
  readonly region: Region
  /** How many routines it stands in. */
  readonly routine: number
}

/** The abbreviations that a place is in the scope of. */
export class Beside {
  /** By the variable that they are of, in the order of the text. */
  private readonly standing = new Map<VariableSymbol, (Standing & { readonly at: number | undefined })[]>()
  /** Those that may stand for the same as one around them, in the same routine. */
  readonly compared = new Map<Naming, readonly Naming[]>()
  /** The same by what they declare, both ways round. */
  private readonly pairs = new Map<VariableSymbol, Set<VariableSymbol>>()

  constructor(private readonly context: AliasContext) {}

  enter(inner: Standing): void {
    const { context } = this
    const { region, symbol, declaration } = inner
    if (!symbol.writable || context.exempt(symbol)) return
    const known = this.standing.get(region.root) ?? []
    const at = firstElement(region)
    const onTheWay = symbolsOn(region.via)
    const around = known.filter(
      (each) =>
        !(at !== undefined && each.at !== undefined && each.at !== at) && // thousands of names for constant subscripts are compared quickly
        each.routine === inner.routine &&
        !onTheWay.has(each.symbol) &&
        isOpen(relation(context, each.region, region, context.whenRunning)),
    )
    if (around.length > 0) this.compared.set(declaration, around.map((each) => each.declaration)) // prettier-ignore
    for (const each of around) {
      this.pair(symbol, each.symbol)
      this.pair(each.symbol, symbol)
    }
    known.push({ ...inner, at })
    this.standing.set(region.root, known)
  }

  private pair(one: VariableSymbol, other: VariableSymbol): void {
    const known = this.pairs.get(one)
    if (known === undefined) this.pairs.set(one, new Set([other]))
    else known.add(other)
  }

  /** @returns whether the running program compares an abbreviation with one of those on a route */
  compares(symbol: VariableSymbol, via: Route | undefined): boolean {
    const others = this.pairs.get(symbol)
    for (let at = via; others !== undefined && at !== undefined; at = at.before) if (others.has(at.symbol)) return true
    return false
  }

  leave(declaration: Naming, { root }: Region): void {
    const known = this.standing.get(root)
    if (known !== undefined && known.at(-1)?.declaration === declaration) known.pop()
  }
}

/** @returns the element of its variable that a region lies in, if its subscript is a number */
function firstElement({ path: [selector] }: Region): number | undefined {
  return selector?.kind === 'elements' && selector.single && selector.from?.kind === 'number' ? selector.from.value : undefined
}

/** Whether only run time knows. */
const isOpen = (known: Overlap): boolean => known === 'unknown' || known === 'counted'

function first(accesses: Iterable<Access>, is: (access: Access) => boolean): Access | undefined {
  for (const access of accesses) if (is(access)) return access
  return undefined
}

function byRoot(accesses: readonly Access[]): ReadonlyMap<VariableSymbol, readonly Access[]> {
  const found = new Map<VariableSymbol, Access[]>()
  for (const access of accesses) {
    const list = found.get(access.root)
    if (list === undefined) found.set(access.root, [access])
    else list.push(access)
  }
  return found
}
