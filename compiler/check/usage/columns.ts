/**
 * Accesses to one variable, sorted by their first subscript so that those that certainly do not meet need not be compared. Subscripts that
 * differ by a number only have one shape: that number tells which of them meet.
 */
import type { Access } from './places.ts'
import { selectorKey } from './summary.ts'
import { localVariable, type Surroundings } from './surroundings.ts'
import { asConstant, polynomialOf, split, type Polynomial } from './terms.ts'

/** @returns the first subscript of a place, if it is a single one that arithmetic describes. */
function firstSubscript({ path: [selector] }: Access): Polynomial | undefined {
  return selector?.kind === 'elements' && selector.single && selector.from !== undefined ? polynomialOf(selector.from) : undefined
}

/** @returns a text that is equal for sums that differ by a number only. */
function shapeOf({ monomials }: Polynomial): string {
  return [...monomials]
    .map(([key, { factor }]) => `${factor}*${key}`)
    .sort()
    .join('+')
}

/** The accesses of earlier branches of a PAR. */
export class Buckets {
  private readonly shapes = new Map<string | undefined, Map<number, Access[]>>()

  constructor(private readonly around: Surroundings) {}

  private placeOf(access: Access): readonly [shape: string | undefined, offset: number] {
    const first = firstSubscript(access)
    // a variable that is not the same in both branches says nothing
    return first === undefined || localVariable(first, this.around) !== undefined ? [undefined, 0] : [shapeOf(first), first.constant]
  }

  add(access: Access): void {
    const [shape, offset] = this.placeOf(access)
    const offsets = this.shapes.get(shape) ?? new Map<number, Access[]>()
    this.shapes.set(shape, offsets)
    const bucket = offsets.get(offset)
    if (bucket === undefined) offsets.set(offset, [access])
    else bucket.push(access)
  }

  /** The accesses that may meet the given one. */
  *near(access: Access): Generator<Access> {
    const [shape, offset] = this.placeOf(access)
    for (const [other, offsets] of this.shapes) {
      if (shape !== undefined && shape === other) yield* offsets.get(offset) ?? []
      else for (const bucket of offsets.values()) yield* bucket
    }
  }
}

/** Accesses in the copies of a replicated PAR that begin with the same selector. */
interface Column {
  readonly accesses: Access[]
  /** The first subscript, if it is one and arithmetic describes it. */
  readonly first: Polynomial | undefined
}

type Pair = readonly [a: Column, b: Column]

/** @returns pairs of columns that two copies may both reach. */
export function* columnsThatMeet(accesses: readonly Access[], around: Surroundings): Generator<Pair> {
  const shelves = shelve(accesses)
  for (const [i, shelf] of shelves.entries()) {
    yield* onOneShelf(shelf, around)
    for (const column of shelf) for (const beside of shelves.slice(i + 1)) for (const other of beside) yield [column, other]
  }
}

function shelve(accesses: readonly Access[]): Column[][] {
  const shelves = new Map<string, Map<string, Column>>()
  for (const access of accesses) {
    const [selector] = access.path
    const first = firstSubscript(access)
    const shape = first === undefined ? '?' : shapeOf(first)
    const shelf = shelves.get(shape) ?? new Map<string, Column>()
    shelves.set(shape, shelf)
    const key = selector === undefined ? '' : selectorKey(selector)
    const column = shelf.get(key)
    if (column === undefined) shelf.set(key, { accesses: [access], first })
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
    for (const [i, column] of columns.entries()) for (const other of columns.slice(i)) yield [column, other]
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
