/** Compares regions by going through all values of the indices in their subscripts and conditions: what each copy of a replicated PAR does. */
import type { VariableSymbol } from '../../semantics.ts'
import type { Region } from './regions.ts'
import { comparableDepth, isCommon, type Surroundings } from './surroundings.ts'
import { evaluateTerm, usesAny, variablesOf, type Term } from './terms.ts'

/** Values looked at before giving up. */
export const MOST_VALUES = 50_000

/** Where two regions meet. */
export interface Meeting {
  /** The values of the index in the two copies, when copies are compared. */
  readonly copies: readonly [number, number] | undefined
}

export type LookedAt = 'disjoint' | 'too many' | Meeting

/**
 * @returns where two regions meet for any values of all indices for which their conditions may hold; undefined when some subscript has no
 *   known values
 */
export function lookAtAll(a: Region, b: Region, around: Surroundings): LookedAt | undefined {
  return meeting([a, b], comparableDepth(a, b, around), around, (first, second) => first !== second)
}

/**
 * Looks at many regions at once.
 * @param depth how many steps of all their paths are compared
 * @param clash whether regions with these numbers, the smaller first, may not meet
 * @returns the numbers of two that meet as well
 */
export function meeting(
  regions: readonly Region[],
  depth: number,
  around: Surroundings,
  clash: (first: number, second: number) => boolean,
): 'disjoint' | 'too many' | (Meeting & { readonly regions: readonly [number, number] }) | undefined {
  const shared: VariableSymbol[] = []
  const sides = regions.map((region) => {
    const conditions = (region.given ?? []).filter((term) => isRanged(term, around))
    const own = variablesIn(region, conditions, depth, around, shared)
    return own && { region, conditions, own }
  })
  const { differs } = around
  const copies = differs === undefined ? [0] : rangeValues(differs, around, new Map())
  if (copies === undefined) return undefined
  if (copies === 'too many') return copies
  let budget = MOST_VALUES
  const spend = (n: number): boolean => (budget -= n) >= 0
  for (const common of assignments(shared, around, new Map())) {
    if (common === 'too many' || !spend(1)) return 'too many'
    if (common === undefined) return undefined
    const seen = new Map<string, { readonly region: number; readonly copy: number }[]>()
    for (const [number, side] of sides.entries()) {
      if (side === undefined) return undefined
      for (const copy of copies) {
        const start = differs === undefined ? common : new Map(common).set(differs, copy)
        for (const values of assignments(side.own, around, start)) {
          if (values === undefined) return undefined
          if (values === 'too many' || !spend(1)) return 'too many'
          if (side.conditions.some((term) => evaluateTerm(term, values) === 0)) continue
          const keys = elementKeys(side.region, depth, values, spend)
          if (keys === undefined || keys === 'too many') return keys
          for (const key of keys) {
            const before = seen.get(key)
            const other = before?.find((each) => (differs === undefined || each.copy !== copy) && clash(each.region, number))
            if (other !== undefined)
              return { regions: [other.region, number], copies: differs === undefined ? undefined : [other.copy, copy] }
            if (before === undefined) seen.set(key, [{ region: number, copy }])
            // two copies stand for all of them
            else if (before.filter((each) => each.region === number).length < 2) before.push({ region: number, copy })
          }
        }
      }
    }
  }
  return 'disjoint'
}

/** Whether all variables of a term have known ranges. */
function isRanged(term: Term, around: Surroundings): boolean {
  return !usesAny(term, (symbol) => {
    const { base, count, step } = around.ranges.get(symbol) ?? {}
    return base === undefined || count === undefined || step === undefined || !isRanged(base, around) || !isRanged(count, around)
  })
}

/**
 * The variables in the subscripts of a region, those that are the same on both sides into `shared`. A variable comes after those that its range
 * depends on.
 * @returns the others but for the index that tells copies apart; undefined when a part is not described or a variable has no known range
 */
function variablesIn(
  region: Region,
  conditions: readonly Term[],
  depth: number,
  around: Surroundings,
  shared: VariableSymbol[],
): VariableSymbol[] | undefined {
  const own: VariableSymbol[] = []
  const unknown: VariableSymbol[] = []
  const visit = (symbol: VariableSymbol): void => {
    const common = isCommon(symbol, around)
    const list = common ? shared : own
    if (symbol === around.differs || list.includes(symbol)) return
    const { base, count, step } = around.ranges.get(symbol) ?? {}
    if (base === undefined || count === undefined || step === undefined) {
      unknown.push(symbol)
      return
    }
    for (const term of [base, count])
      variablesOf(term, (each) => {
        // what is the same on both sides is settled first
        if (common && !isCommon(each, around)) unknown.push(each)
        else visit(each)
      })
    list.push(symbol)
  }
  for (const selector of region.path.slice(0, depth)) {
    if (selector.kind !== 'elements') continue
    if (selector.from === undefined || selector.count === undefined) return undefined
    variablesOf(selector.from, visit)
    variablesOf(selector.count, visit)
  }
  for (const term of conditions) variablesOf(term, visit)
  return unknown.length === 0 ? own : undefined
}

/** The values of an index, when those of the ones around it are given. */
function rangeValues(
  symbol: VariableSymbol,
  around: Surroundings,
  values: ReadonlyMap<VariableSymbol, number>,
): number[] | 'too many' | undefined {
  const range = around.ranges.get(symbol)
  const base = range?.base && evaluateTerm(range.base, values)
  const count = range?.count && evaluateTerm(range.count, values)
  if (base === undefined || count === undefined || range?.step === undefined) return undefined
  if (count > MOST_VALUES) return 'too many'
  const { step } = range
  return Array.from({ length: Math.max(0, count) }, (_, i) => base + i * step)
}

/** All ways to give `symbols` values, on top of `values`. */
function* assignments(
  symbols: readonly VariableSymbol[],
  around: Surroundings,
  values: ReadonlyMap<VariableSymbol, number>,
): Generator<ReadonlyMap<VariableSymbol, number> | 'too many' | undefined> {
  const [first, ...rest] = symbols
  if (first === undefined) {
    yield values
    return
  }
  const range = rangeValues(first, around, values)
  if (range === undefined || range === 'too many') yield range
  else for (const value of range) yield* assignments(rest, around, new Map(values).set(first, value))
}

/** The elements a region reaches, as texts; undefined when a subscript has no value. */
function elementKeys(
  region: Region,
  depth: number,
  values: ReadonlyMap<VariableSymbol, number>,
  spend: (n: number) => boolean,
): string[] | 'too many' | undefined {
  let keys = ['']
  for (const selector of region.path.slice(0, depth)) {
    if (selector.kind === 'view') continue
    if (selector.kind === 'field') {
      keys = keys.map((key) => `${key}.${selector.index}`)
      continue
    }
    const from = selector.from && evaluateTerm(selector.from, values)
    const count = selector.count && evaluateTerm(selector.count, values)
    if (from === undefined || count === undefined) return undefined
    if (!spend(keys.length * Math.max(1, count))) return 'too many'
    const next: string[] = []
    for (const key of keys) for (let i = 0; i < count; i++) next.push(`${key},${from + i}`)
    keys = next
  }
  return keys
}
