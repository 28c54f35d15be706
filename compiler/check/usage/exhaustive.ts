/** Compares regions by going through all values of the indices in their subscripts. */
import type { VariableSymbol } from '../../semantics.ts'
import type { Region } from './regions.ts'
import { comparableDepth, isCommon, type Surroundings } from './surroundings.ts'
import { evaluateTerm, variablesOf } from './terms.ts'

/** Values looked at before giving up. */
const LIMIT = 50_000

/** @returns whether two regions meet for any values of all indices; undefined when one has no known range or there are too many values. */
export function lookAtAll(a: Region, b: Region, around: Surroundings): 'disjoint' | 'overlap' | undefined {
  const depth = comparableDepth(a, b, around)
  const shared: VariableSymbol[] = []
  const ownA = variablesIn(a, depth, around, shared)
  const ownB = variablesIn(b, depth, around, shared)
  if (ownA === undefined || ownB === undefined) return undefined
  const copies = around.differs === undefined ? undefined : rangeValues(around.differs, around, new Map())
  if (around.differs !== undefined && copies === undefined) return undefined
  let budget = LIMIT
  const spend = (n: number): boolean => (budget -= n) >= 0
  for (const common of assignments(shared, around, new Map())) {
    if (common === undefined || !spend(1)) return undefined
    const seen = new Map<string, number>()
    for (const [side, region, own] of [
      [0, a, ownA],
      [1, b, ownB],
    ] as const) {
      for (const copy of copies ?? [0]) {
        const start = new Map(common)
        if (around.differs !== undefined) start.set(around.differs, copy)
        for (const values of assignments(own, around, start)) {
          const keys = values && elementKeys(region, depth, values, spend)
          if (keys === undefined) return undefined
          for (const key of keys) {
            if (side === 0) {
              const before = seen.get(key)
              // Infinity: several copies reach it
              seen.set(key, before === undefined || before === copy ? copy : Infinity)
            } else {
              const other = seen.get(key)
              if (other !== undefined && (copies === undefined || other !== copy)) return 'overlap'
            }
          }
        }
      }
    }
  }
  return 'disjoint'
}

/**
 * The variables in the subscripts of a region, those that are the same on both sides into `shared`. A variable comes after those that its range
 * depends on.
 * @returns the others but for the index that tells copies apart; undefined when a part is not described or a variable has no known range
 */
function variablesIn(region: Region, depth: number, around: Surroundings, shared: VariableSymbol[]): VariableSymbol[] | undefined {
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
  return unknown.length === 0 ? own : undefined
}

/** The values of an index, when those of the ones around it are given. */
function rangeValues(symbol: VariableSymbol, around: Surroundings, values: ReadonlyMap<VariableSymbol, number>): number[] | undefined {
  const range = around.ranges.get(symbol)
  const base = range?.base && evaluateTerm(range.base, values)
  const count = range?.count && evaluateTerm(range.count, values)
  if (base === undefined || count === undefined || range?.step === undefined || count > LIMIT) return undefined
  const { step } = range
  return Array.from({ length: Math.max(0, count) }, (_, i) => base + i * step)
}

/** All ways to give `symbols` values, on top of `values`. */
function* assignments(
  symbols: readonly VariableSymbol[],
  around: Surroundings,
  values: ReadonlyMap<VariableSymbol, number>,
): Generator<ReadonlyMap<VariableSymbol, number> | undefined> {
  const [first, ...rest] = symbols
  if (first === undefined) {
    yield values
    return
  }
  const range = rangeValues(first, around, values)
  if (range === undefined) yield undefined
  else for (const value of range) yield* assignments(rest, around, new Map(values).set(first, value))
}

/** The elements a region reaches, as texts; undefined when there are too many or a subscript has no value. */
function elementKeys(
  region: Region,
  depth: number,
  values: ReadonlyMap<VariableSymbol, number>,
  spend: (n: number) => boolean,
): string[] | undefined {
  let keys = ['']
  for (const selector of region.path.slice(0, depth)) {
    if (selector.kind === 'view') continue
    if (selector.kind === 'field') {
      keys = keys.map((key) => `${key}.${selector.index}`)
      continue
    }
    const from = selector.from && evaluateTerm(selector.from, values)
    const count = selector.count && evaluateTerm(selector.count, values)
    if (from === undefined || count === undefined || !spend(keys.length * Math.max(1, count))) return undefined
    const next: string[] = []
    for (const key of keys) for (let i = 0; i < count; i++) next.push(`${key},${from + i}`)
    keys = next
  }
  return spend(1) ? keys : undefined
}
