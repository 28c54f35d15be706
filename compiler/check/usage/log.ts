/** Everything done since the enclosing PROC began, in order, and where in it each variable is met, so that nobody goes through all of it for one. */
import type { VariableSymbol } from '../../semantics.ts'
import type { Access, Region, Route } from './regions.ts'
import { Shelf } from './shelf.ts'

/** Where in the log a variable is met. */
interface Met {
  readonly all: number[]
  readonly writes: number[]
  /** The same by parts, from when that is first asked for. */
  readonly shelves: { all?: Shelf; writes?: Shelf }
}

type Which = keyof Met['shelves']

/** Uses that have been counted for another route, when the scope of an abbreviation ended. */
interface Handed {
  readonly to: Route
  readonly uses: number
  /** The length of the log then. */
  readonly at: number
}

/** So many accesses are looked at one by one. */
const FEW = 32

export class Log {
  private readonly entries: Access[] = []
  private readonly met = new Map<VariableSymbol, Met>()
  /** The positions of what has been reached through tables of channels. */
  private readonly throughTables: number[] = []
  /** How many accesses are by each route, or by routes beyond it whose last abbreviations are not in scope any more. */
  private readonly byRoute = new Map<Route, number>()
  private readonly handed: Handed[] = []

  get length(): number {
    return this.entries.length
  }

  push(access: Access): void {
    const { root, via } = access
    const position = this.entries.length
    this.entries.push(access)
    let met = this.met.get(root)
    if (met === undefined) this.met.set(root, (met = { all: [], writes: [], shelves: {} }))
    met.all.push(position)
    met.shelves.all?.add(access, position)
    if (access.kind === 'write') {
      met.writes.push(position)
      met.shelves.writes?.add(access, position)
    }
    if (via !== undefined) this.count(via, 1)
    if (access.table !== undefined) this.throughTables.push(position)
  }

  /** @returns everything since `start` */
  since(start: number): Access[] {
    return this.entries.slice(start)
  }

  /** @returns the accesses to a variable since `start`, in order */
  of(root: VariableSymbol, start: number): Access[] {
    const all = this.met.get(root)?.all ?? []
    return all.slice(firstFrom(all, start)).map((position) => this.at(position))
  }

  /** @returns how many accesses there are to a variable since `start` */
  usesSince(root: VariableSymbol, start: number): number {
    const all = this.met.get(root)?.all ?? []
    return all.length - firstFrom(all, start)
  }

  /** @returns whether a variable has been written since `start` */
  isWritten(root: VariableSymbol, start: number): boolean {
    return (this.met.get(root)?.writes.at(-1) ?? -1) >= start
  }

  /** @returns the accesses since `start` to what may be a part of a region, or the other way round, in order */
  near(region: Region, start: number): Iterable<Access> {
    return this.nearest(region, start, 'all')
  }

  /** @returns those of `near` that write */
  writesNear(region: Region, start: number): Iterable<Access> {
    return this.nearest(region, start, 'writes')
  }

  private *nearest(region: Region, start: number, which: Which): Generator<Access> {
    const met = this.met.get(region.root)
    if (met === undefined) return
    const positions = met[which]
    const first = firstFrom(positions, start)
    if (positions.length - first <= FEW) {
      for (let i = first; i < positions.length; i++) yield this.at(positions[i] as number) // i < length
      return
    }
    let shelf = met.shelves[which]
    if (shelf === undefined) {
      met.shelves[which] = shelf = new Shelf()
      for (const position of positions) shelf.add(this.at(position), position)
    }
    for (const position of inOrder(shelf.near(region) ?? [positions], start)) yield this.at(position)
  }

  /** Marks inputs since `start`, by the channel at that place in the text, as offered. */
  offer(start: number, at: Access['span']): void {
    for (let i = start; i < this.entries.length; i++) {
      const access = this.at(i)
      if (access.kind === 'input' && access.span === at) this.entries[i] = { ...access, offered: true }
    }
  }

  /** The scope of a table of channels has ended: what has been reached through it is from now on like any other access to those channels. */
  closeTable(table: VariableSymbol, start: number): void {
    for (let i = this.throughTables.length - 1; i >= 0; i--) {
      const position = this.throughTables[i] as number // i < length
      if (position < start) return
      const access = this.at(position)
      if (access.table === table) this.entries[position] = { ...access, table: undefined }
    }
  }

  /**
   * The scope of an abbreviation has ended.
   * @param alias what it stood for
   * @returns how many accesses there have been through it to each variable
   */
  close(alias: readonly Region[]): ReadonlyMap<VariableSymbol, number> {
    const through = new Map<VariableSymbol, number>()
    for (const { root, via } of alias) {
      const uses = via === undefined ? 0 : (this.byRoute.get(via) ?? 0)
      through.set(root, (through.get(root) ?? 0) + uses)
      if (uses === 0 || via?.before === undefined) continue
      this.count(via.before, uses)
      this.handed.push({ to: via.before, uses, at: this.entries.length })
    }
    return through
  }

  /** Forgets everything since `start`. */
  cut(start: number): void {
    for (let i = this.entries.length - 1; i >= start; i--) {
      const { root, kind, via } = this.at(i)
      const met = this.met.get(root)
      if (via !== undefined) this.count(via, -1)
      if (met === undefined) continue
      if (met.all.length <= 1) this.met.delete(root)
      met.all.pop()
      if (kind === 'write') met.writes.pop()
      met.shelves.all?.cut(i)
      met.shelves.writes?.cut(i)
    }
    this.entries.length = start
    for (let last = this.handed.at(-1); last !== undefined && last.at > start; last = this.handed.at(-1)) {
      this.count(last.to, -last.uses)
      this.handed.pop()
    }
    while ((this.throughTables.at(-1) ?? -1) >= start) this.throughTables.pop()
  }

  private count(route: Route, uses: number): void {
    const all = (this.byRoute.get(route) ?? 0) + uses
    if (all === 0) this.byRoute.delete(route)
    else this.byRoute.set(route, all)
  }

  private at(position: number): Access {
    return this.entries[position] as Access // positions are those of entries
  }
}

/** @returns the index of the first of some ascending positions that is not before `start` */
function firstFrom(positions: readonly number[], start: number): number {
  let [low, high] = [0, positions.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((positions[middle] ?? start) < start) low = middle + 1
    else high = middle
  }
  return low
}

/** @returns the positions of some ascending lists from `start` on, in order, each once */
function* inOrder(lists: readonly (readonly number[])[], start: number): Generator<number> {
  const next = lists.map((list) => firstFrom(list, start))
  for (;;) {
    let least = Infinity
    for (const [i, list] of lists.entries()) least = Math.min(least, list[next[i] ?? 0] ?? Infinity)
    if (least === Infinity) return
    yield least
    for (const [i, list] of lists.entries()) if (list[next[i] ?? 0] === least) next[i] = (next[i] ?? 0) + 1
  }
}
