/**
 * Accesses to one variable, sorted by their first subscript so that those that certainly do not meet need not be compared. Subscripts that
 * differ by a number only have one shape: that number tells which of them meet.
 */
import { conditionsKey } from './conditions.ts'
import { liesBeyond } from './overlap.ts'
import type { Access, Region, Selector } from './regions.ts'
import { selectorKey } from './summary.ts'
import { localVariable, type Surroundings } from './surroundings.ts'
import { asConstant, polynomialOf, split, type Polynomial } from './polynomials.ts'

/** @returns the first subscript of a region, if it is a single one that arithmetic describes. */
function firstSubscript({ path: [selector] }: Region): Polynomial | undefined {
  return selector?.kind === 'elements' && selector.single && selector.from !== undefined ? polynomialOf(selector.from) : undefined
}

/** @returns a text that is equal for sums that differ by a number only. */
function shapeOf({ monomials }: Polynomial): string {
  return [...monomials]
    .map(([key, { factor }]) => `${factor}*${key}`)
    .sort()
    .join('+')
}

const keys = new WeakMap<Region, string>()

/** @returns the key of the first selector of a region, `` for the whole. */
function firstKey(access: Region): string {
  let key = keys.get(access)
  if (key === undefined) keys.set(access, (key = access.path[0] === undefined ? '' : selectorKey(access.path[0])))
  return key
}

/** Regions of one variable, such as the accesses of earlier branches of a PAR. */
export class Buckets<R extends Region> {
  private readonly shapes = new Map<string | undefined, Map<number, R[]>>()

  /** @param runs of all accesses of all branches */
  constructor(
    private readonly around: Surroundings,
    private readonly runs: ReadonlyMap<string, number>,
  ) {}

  private shapeAndOffset(access: Region): readonly [shape: string | undefined, offset: number] {
    const first = firstSubscript(access)
    // a variable that is not the same in both branches says nothing
    return first === undefined || localVariable(first, this.around) !== undefined ? [undefined, 0] : [shapeOf(first), first.constant]
  }

  add(access: R): void {
    const [shape, offset] = this.shapeAndOffset(access)
    const offsets = this.shapes.get(shape) ?? new Map<number, R[]>()
    this.shapes.set(shape, offsets)
    const bucket = offsets.get(offset)
    if (bucket === undefined) offsets.set(offset, [access])
    else bucket.push(access)
  }

  /** Those that may meet the given one. */
  *near(access: Region): Generator<R> {
    const [shape, offset] = this.shapeAndOffset(access)
    const key = firstKey(access)
    for (const [other, offsets] of this.shapes) {
      if (shape !== undefined && shape === other) yield* offsets.get(offset) ?? []
      else for (const bucket of offsets.values()) for (const each of bucket) if (!apart(key, firstKey(each), this.runs)) yield each
    }
  }
}

/** Any number larger than the ones that subscripts are made of will do to sort them. */
const SAMPLE = 1009

/**
 * Sorts the first selectors of accesses by how they should lie, and finds those of which each is certain to lie after the one before it.
 * @returns the number of its run for the key of each selector: two different ones of one run never meet
 */
export function runsOf(accesses: readonly Region[], around: Surroundings): ReadonlyMap<string, number> {
  const value = ({ constant, monomials }: Polynomial): number =>
    [...monomials.values()].reduce((sum, { factor, variables }) => sum + factor * SAMPLE ** variables.length, constant)
  const selectors = new Map<string, { readonly selector: Selector; readonly at: number }>()
  for (const { path } of accesses) {
    const [selector] = path
    if (selector?.kind !== 'elements' || selector.from === undefined) continue
    const key = selectorKey(selector)
    if (!selectors.has(key)) selectors.set(key, { selector, at: value(polynomialOf(selector.from)) })
  }
  const runs = new Map<string, number>()
  let before: Selector | undefined
  let run = 0
  for (const [key, { selector }] of [...selectors].sort(([, a], [, b]) => a.at - b.at)) {
    if (before === undefined || !liesBeyond(before, selector, around)) run++
    runs.set(key, run)
    before = selector
  }
  return runs
}

/** Whether the runs say that two selectors, by their keys, never meet. */
const apart = (a: string, b: string, runs: ReadonlyMap<string, number>): boolean => a !== b && runs.has(a) && runs.get(a) === runs.get(b)

/** Accesses in the copies of a replicated PAR that begin with the same selector. */
interface Column {
  /** Of that selector. */
  readonly key: string
  readonly accesses: Access[]
  /** The first subscript, if it is one and arithmetic describes it. */
  readonly first: Polynomial | undefined
}

type Pair = readonly [a: Column, b: Column]

/** @returns pairs of columns that two copies may both reach. */
export function* columnsThatMeet(accesses: readonly Access[], around: Surroundings): Generator<Pair> {
  const shelves = shelve(accesses)
  const runs = shelves.length > 1 ? runsOf(accesses, around) : new Map<string, number>()
  for (const [i, shelf] of shelves.entries()) {
    yield* onOneShelf(shelf, around)
    for (const column of shelf) {
      for (let j = i + 1; j < shelves.length; j++)
        for (const other of shelves[j] ?? []) if (!apart(column.key, other.key, runs)) yield [column, other]
    }
  }
}

function shelve(accesses: readonly Access[]): Column[][] {
  const shelves = new Map<string, Map<string, Column>>()
  for (const access of accesses) {
    const first = firstSubscript(access)
    const shape = first === undefined ? '?' : shapeOf(first)
    const shelf = shelves.get(shape) ?? new Map<string, Column>()
    shelves.set(shape, shelf)
    const key = firstKey(access)
    const column = shelf.get(key)
    if (column === undefined) shelf.set(key, { key, accesses: [access], first })
    else column.accesses.push(access)
  }
  return [...shelves.values()].map((shelf) => [...shelf.values()])
}

function* onOneShelf(columns: readonly Column[], around: Surroundings): Generator<Pair> {
  const { differs } = around
  const range = differs && around.ranges.get(differs)
  const [{ first } = { first: undefined }] = columns
  const parts = first && differs && localVariable(first, around) === undefined ? split(first, differs) : undefined
  const slope = parts && asConstant(parts.slope)
  if (slope === undefined || range?.step === undefined) {
    yield* byDifference(columns)
    return
  }
  // copy i reaches stride * i + offset: two columns meet where the offsets differ by the stride of one copy or several
  const stride = Math.abs(slope * range.step)
  if (stride === 0) {
    for (const column of columns) yield [column, column]
    return
  }
  const copies = range.count?.kind === 'number' ? range.count.value : Infinity
  for (const bucket of byRemainder(columns, stride)) {
    for (const [i, column] of bucket.entries()) {
      for (const other of bucket.slice(i + 1)) {
        if (offsetOf(other) - offsetOf(column) > stride * (copies - 1)) break
        yield [column, other]
      }
    }
  }
}

/** All pairs of columns but those that differ by as much as a pair before them, and in which the same is done to the same parts. */
function* byDifference(columns: readonly Column[]): Generator<Pair> {
  const kinds = columns.map(({ accesses }) =>
    [...new Set(accesses.map(({ kind, path, given }) => `${kind}${path.slice(1).map(selectorKey).join('')}${conditionsKey(given)}`))]
      .sort()
      .join(' '),
  )
  const seen = new Map<string, Set<number>>()
  for (const [i, column] of columns.entries()) {
    for (let j = i; j < columns.length; j++) {
      const other = columns[j]
      if (other === undefined) continue
      const both = `${kinds[i] ?? ''} ${kinds[j] ?? ''}`
      const differences = seen.get(both) ?? new Set<number>()
      seen.set(both, differences)
      const difference = offsetOf(other) - offsetOf(column)
      if (column.first !== undefined && differences.has(difference)) continue
      differences.add(difference)
      yield [column, other]
    }
  }
}

const offsetOf = ({ first }: Column): number => first?.constant ?? 0

/** @returns the columns whose offsets leave the same remainder, each list in their order. */
function byRemainder(columns: readonly Column[], stride: number): Column[][] {
  const buckets = new Map<number, Column[]>()
  for (const column of columns) {
    const remainder = ((offsetOf(column) % stride) + stride) % stride
    const bucket = buckets.get(remainder)
    if (bucket === undefined) buckets.set(remainder, [column])
    else bucket.push(column)
  }
  return [...buckets.values()].map((bucket) => bucket.sort((a, b) => offsetOf(a) - offsetOf(b)))
}
