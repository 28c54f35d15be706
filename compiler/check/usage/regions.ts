/**
 * A region is a variable, or a part of one that is reached through subscripts, slices and fields. An abbreviation is no region of its own: it leads to
 * the region it stands for.
 */
import type { ArrayLiteral, Expression } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { VariableSymbol } from '../../semantics.ts'
import { rootSymbol, type Knowledge } from '../context.ts'
import { channelOf } from '../type-model.ts'
import { restSymbol, sizeSymbol } from './stand-ins.ts'
import { add, number, subtract, termOf, type Term } from './terms.ts'

/** One step into a variable. In an `elements` step an undefined part is one that no arithmetic describes. */
export type Selector =
  | { readonly kind: 'field'; readonly index: number }
  /** Seen through RETYPES or RESHAPES; what comes after it counts in that view. */
  | { readonly kind: 'view'; readonly of: VariableSymbol }
  /** `count` elements from `from` on; a single subscript is `single`. What lies in a slice also lies within its bounds, `outer`. */
  | {
      readonly kind: 'elements'
      readonly from: Term | undefined
      readonly count: Term | undefined
      readonly single: boolean
      readonly outer?: Stretch
      readonly loose?: boolean
    }

/** Elements of an array, described or not. */
export interface Stretch {
  readonly from: Term | undefined
  readonly count: Term | undefined
  /** There may be elements in it that are not reached. */
  readonly loose?: boolean
}

/** Abbreviations of one another that lead to a region. A list of them would grow with their number, for each. */
export interface Route {
  /** The last abbreviation. */
  readonly symbol: VariableSymbol
  /** What led to what it abbreviates. */
  readonly before: Route | undefined
}

/** @returns whether an abbreviation is on a route */
export function leadsThrough(route: Route | undefined, symbol: VariableSymbol): boolean {
  for (let at = route; at !== undefined; at = at.before) if (at.symbol === symbol) return true
  return false
}

/** @returns the abbreviations on a route: for those who ask of many whether it leads through them */
export function symbolsOn(route: Route | undefined): ReadonlySet<VariableSymbol> {
  const symbols = new Set<VariableSymbol>()
  for (let at = route; at !== undefined; at = at.before) symbols.add(at.symbol)
  return symbols
}

export interface Region {
  readonly root: VariableSymbol
  readonly path: readonly Selector[]
  /** The abbreviations that led here; undefined when there are none. */
  readonly via: Route | undefined
  /** In the scope of a table of channels, for what is reached through it: its own elements are compared as such. */
  readonly table?: VariableSymbol | undefined
  /** What holds of names that cannot change, wherever it is reached. */
  readonly given?: readonly Term[] | undefined
}

/** What an abbreviation stands for; it is the last on the routes to it. */
export type Alias = readonly Region[]

export interface RegionContext {
  readonly known: Knowledge
  readonly aliases: ReadonlyMap<VariableSymbol, Alias>
  readonly definitions: ReadonlyMap<VariableSymbol, Term>
}

/** The range of a replicator index, as far as it is known. */
export interface IndexRange {
  readonly base: Term | undefined
  readonly count: Term | undefined
  readonly step: number | undefined
}

/** What is done to a region. */
export type Kind = 'read' | 'write' | 'input' | 'output' | 'sync'

/** A branch of a PAR that is being gone through. */
export interface Branch {
  /** The PAR. */
  readonly par: object
  /** Whether there are many copies of it. */
  readonly replicated: boolean
  /** The branch that the PAR stands in. */
  readonly outer: Branch | undefined
}

export interface Access extends Region {
  readonly kind: Kind
  readonly span: Span
  /** The PROC that does it, when it is done by a call. */
  readonly callee?: string | undefined
  /** The innermost branch of a PAR around it, within the PROC. */
  readonly branch?: Branch | undefined
  /** To a channel, by a call: the callee uses the other end beside it, in one PAR. */
  readonly joined?: boolean | undefined
  /** By a call: the callee does it in a branch of a PAR, so that the other end may be used beside it. */
  readonly branched?: boolean | undefined
  /** An input as a guard, or by a call of a PROC in which it is nothing else: it need not ever happen. */
  readonly offered?: boolean | undefined
  /** To an end that is SHARED: when the innermost CLAIM of it began, within the PROC. */
  readonly claim?: number | undefined
}

/** The path to all of a variable. */
export const WHOLE: readonly Selector[] = []

/** @returns the regions an expression denotes; none when it is a value of its own. */
export function regionsOf(context: RegionContext, expression: Expression): readonly Region[] {
  switch (expression.kind) {
    case 'name-use': {
      const symbol = context.known.symbols.get(expression.name)
      if (symbol?.kind !== 'variable') return []
      return context.aliases.get(symbol) ?? [{ root: symbol, path: WHOLE, via: undefined }]
    }
    case 'end':
      return regionsOf(context, expression.channel)
    case 'array-literal':
      return expression.elements.flatMap((element) => regionsOf(context, element))
    case 'subscript': {
      const base = regionsOf(context, expression.base)
      const field = expression.index.kind === 'name-use' ? context.known.symbols.get(expression.index.name) : undefined
      if (field?.kind === 'field')
        return base.map((region) => ({ ...region, path: [...region.path, { kind: 'field', index: field.index }] }))
      const from = termOf(context.known, context.definitions, expression.index)
      return selected(context, expression.base, base, { kind: 'elements', from, count: number(1), single: true })
    }
    case 'slice': {
      const base = regionsOf(context, expression.base)
      const from = expression.from === undefined ? number(0) : termOf(context.known, context.definitions, expression.from)
      const count =
        expression.count === undefined ? restOf(context, expression, from) : termOf(context.known, context.definitions, expression.count)
      return selected(context, expression.base, base, { kind: 'elements', from, count, single: false })
    }
    case 'literal':
    case 'string':
    case 'monadic':
    case 'dyadic':
    case 'conversion':
    case 'function-call':
    case 'valof-expression':
    case 'array-constructor':
    case 'size':
    case 'most':
    case 'offset-of':
    case 'allocation':
    case 'missing':
      return []
  }
}

/** `[a FROM f]` runs to the end. */
function restOf(
  { known, aliases }: RegionContext,
  slice: Extract<Expression, { kind: 'slice' }>,
  from: Term | undefined,
): Term | undefined {
  if (from === undefined) return undefined
  const type = known.types.get(slice.base)
  if (type?.kind === 'array' && type.size !== undefined) return subtract(number(type.size), from)
  const root = rootSymbol(known, slice.base)
  if (root === undefined) return undefined
  if (slice.base.kind !== 'name-use' || aliases.has(root)) return { kind: 'variable', symbol: restSymbol(slice, root) }
  return subtract({ kind: 'variable', symbol: sizeSymbol(root) }, from)
}

/** Selects within what `base` denotes, which are `regions`. */
function selected(context: RegionContext, base: Expression, regions: readonly Region[], selector: Selector): readonly Region[] {
  if (base.kind === 'array-literal') return isChannelTable(context, base) ? throughTable(context, base, [selector]) : regions
  return regions.map((region) => within(region, selector))
}

/** Whether an expression is a list of channels. */
export function isChannelTable({ known }: RegionContext, expression: Expression): expression is ArrayLiteral {
  const type = known.types.get(expression)
  return expression.kind === 'array-literal' && type !== undefined && channelOf(type) !== undefined
}

/** What may be any element of a table, or none. */
const SOME: Selector = { kind: 'elements', from: undefined, count: undefined, single: true }

/** @returns the channels that are reached by `path` from a table of channels */
export function throughTable(context: RegionContext, table: ArrayLiteral, path: readonly Selector[]): readonly Region[] {
  const [first, ...rest] = path
  const from = first?.kind === 'elements' && first.from?.kind === 'number' ? first.from.value : undefined
  const count = first?.kind === 'elements' && first.count?.kind === 'number' ? first.count.value : undefined
  const known = from !== undefined && count !== undefined
  return (known ? table.elements.slice(from, from + count) : table.elements).flatMap((element) => {
    const inner = isChannelTable(context, element)
      ? throughTable(context, element, rest)
      : regionsOf(context, element).map((region) => along(region, rest))
    return first === undefined || known ? inner : inner.map((region) => ({ ...region, path: [...region.path, SOME] }))
  })
}

/** Selects within a region; a selection from a slice counts from where that begins. */
export function within<P extends Region>(region: P, selector: Selector): P {
  const last = region.path.at(-1)
  // a view of a view is compared as a view of what is below both
  if (selector.kind === 'view' && last?.kind === 'view') return { ...region, path: [...region.path.slice(0, -1), selector] }
  if (selector.kind !== 'elements' || last?.kind !== 'elements' || last.single) return { ...region, path: [...region.path, selector] }
  const from = last.from && selector.from && add(last.from, selector.from)
  const outer = last.from === undefined || last.count === undefined ? (last.outer ?? last) : { from: last.from, count: last.count }
  return { ...region, path: [...region.path.slice(0, -1), { ...selector, from, outer }] }
}

/**
 * @returns what `path` leads to from a region: its first step counts from where a slice begins, each other one goes into what the step before
 *   it has selected, slice or not
 */
export function along<P extends Region>(region: P, path: readonly Selector[]): P {
  const [first] = path
  if (first === undefined) return region
  const entered = within(region, first)
  return path.length === 1 ? entered : { ...entered, path: [...entered.path, ...path.slice(1)] }
}

/** @returns the region as one would write it, roughly: `a`, or `a[...]` for a part. */
export function describeRegion({ root, path, via }: Region): string {
  const name = via?.symbol.name ?? root.name
  const [only] = path
  if (path.length === 1 && only?.kind === 'elements' && only.single && only.from?.kind === 'number')
    return `${root.name}[${only.from.value}]`
  return name
}

/** @returns the selector with `change` made to each of its terms. */
export function mapTerms(selector: Selector, change: (term: Term) => Term | undefined): Selector {
  if (selector.kind !== 'elements') return selector
  const { outer } = selector
  const mapped = { ...selector, from: selector.from && change(selector.from), count: selector.count && change(selector.count) }
  return outer === undefined
    ? mapped
    : { ...mapped, outer: { from: outer.from && change(outer.from), count: outer.count && change(outer.count) } }
}
