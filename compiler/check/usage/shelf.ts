/**
 * Accesses to one variable by their first selectors, so that those to other fields or other elements than a region's need not be looked at. Stretches
 * of 2^n elements or less, but of more than half as many, lie on level n, in cells of 2^n elements: each in one cell, or in two.
 */
import type { Region } from './regions.ts'

/** What lies in the same cell may meet; undefined for what may be anywhere. */
type Where = { readonly field: number } | { readonly from: number; readonly to: number; readonly level: number } | undefined

/** So many cells are looked into. */
const MOST_CELLS = 64

/** Takes positions in ascending order. */
export class Shelf {
  private readonly anywhere: number[] = []
  private readonly fields = new Map<number, number[]>()
  /** By level, then by cell. */
  private readonly levels = new Map<number, Map<number, number[]>>()
  /** The lists that positions have been added to, in order. */
  private readonly added: { readonly position: number; readonly list: number[] }[] = []

  add(region: Region, position: number): void {
    const where = placeOf(region)
    if (where === undefined) this.put(this.anywhere, position)
    else if ('field' in where) this.put(listIn(this.fields, where.field), position)
    else {
      let cells = this.levels.get(where.level)
      if (cells === undefined) this.levels.set(where.level, (cells = new Map<number, number[]>()))
      const [first, last] = cellsOf(where, where.level)
      for (let cell = first; cell <= last; cell++) this.put(listIn(cells, cell), position)
    }
  }

  /** @returns lists with the positions of all that may meet a region; undefined when that is everything */
  near(region: Region): readonly (readonly number[])[] | undefined {
    const where = placeOf(region)
    if (where === undefined) return undefined
    if ('field' in where) return [this.anywhere, this.fields.get(where.field) ?? []]
    const lists = [this.anywhere]
    for (const [level, cells] of this.levels) {
      const [first, last] = cellsOf(where, level)
      if (last - first + lists.length > MOST_CELLS) return undefined
      for (let cell = first; cell <= last; cell++) {
        const list = cells.get(cell)
        if (list !== undefined) lists.push(list)
      }
    }
    return lists
  }

  /** Forgets the positions from `start` on. */
  cut(start: number): void {
    for (let last = this.added.at(-1); last !== undefined && last.position >= start; last = this.added.at(-1)) {
      last.list.pop()
      this.added.pop()
    }
  }

  private put(list: number[], position: number): void {
    list.push(position)
    this.added.push({ position, list })
  }
}

function listIn(lists: Map<number, number[]>, key: number): number[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}

function placeOf({ path: [selector] }: Region): Where {
  if (selector === undefined || selector.kind === 'view') return undefined
  if (selector.kind === 'field') return { field: selector.index }
  const { from, count } = selector
  if (from?.kind !== 'number' || count?.kind !== 'number' || count.value < 1) return undefined
  return { from: from.value, to: from.value + count.value - 1, level: Math.ceil(Math.log2(count.value)) }
}

/** @returns the first and the last cell of a level that a stretch lies in */
function cellsOf({ from, to }: { readonly from: number; readonly to: number }, level: number): readonly [number, number] {
  return [Math.floor(from / 2 ** level), Math.floor(to / 2 ** level)]
}
