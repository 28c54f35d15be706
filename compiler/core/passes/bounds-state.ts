/** What is known about the variables of a routine at one place in it, and how that changes along its paths. */
import type { Expr, Local } from '../ir/ir.ts'
import { meet, rangeOfType } from '../ir/range.ts'
import type { Known, Range } from '../ir/range.ts'

/** What differs from the state at some mark. */
export type Changes = ReadonlyMap<Local, Range>

/**
 * The bounds of integer variables on the path that is being followed. Paths that part are followed one after another: each begins at a
 * mark, and going back to the mark forgets it.
 */
export class State implements Known {
  /** Whether control can get here. What is found out where it cannot is of no consequence. */
  reachable = true
  private readonly ranges = new Map<Local, Range>()
  private readonly log: { readonly local: Local; readonly before: Range | undefined }[] = []
  /** Sizes of arrays that are never another array. */
  readonly lengths = new Map<Local, number>()

  local(local: Local): Range | undefined {
    return this.ranges.get(local) ?? local.range
  }

  length(array: Expr): number | undefined {
    if (array.kind === 'table') return array.values.length
    return array.kind === 'local' ? this.lengths.get(array.local) : undefined
  }

  /** From here on the value of `local` lies in `range`, or anywhere in its type. */
  set(local: Local, range: Range | undefined): void {
    const type = local.type.array ? undefined : rangeOfType(local.type.item)
    if (type === undefined) return
    this.log.push({ local, before: this.ranges.get(local) })
    this.ranges.set(local, meet(meet(type, range), local.range))
  }

  /** The value of `local` is found to lie in `range`. */
  refine(local: Local, range: Range): void {
    const type = local.type.array ? undefined : rangeOfType(local.type.item)
    if (type === undefined) return
    const before = this.local(local) ?? type
    const after = meet(before, range)
    if (after[0] > after[1]) this.reachable = false
    else if (after[0] !== before[0] || after[1] !== before[1]) this.set(local, after)
  }

  /** @returns where the path stands, for `since` and `back` */
  mark(): number {
    return this.log.length
  }

  /** @returns the bounds of all variables that have changed theirs since a mark */
  since(mark: number): Changes {
    const changes = new Map<Local, Range>()
    for (const { local } of this.log.slice(mark)) {
      const range = this.ranges.get(local)
      if (range !== undefined) changes.set(local, range)
    }
    return changes
  }

  /** Forgets everything since a mark; control gets there. */
  back(mark: number): void {
    while (this.log.length > mark) {
      const last = this.log.pop()
      if (last === undefined) break
      if (last.before === undefined) this.ranges.delete(last.local)
      else this.ranges.set(last.local, last.before)
    }
    this.reachable = true
  }

  /** Paths that parted here come together: from here on each variable has a value that it has on one of them. */
  join(paths: readonly Changes[]): void {
    if (paths.length === 0) {
      this.reachable = false
      return
    }
    // one walk over all that changed anywhere: few paths change the same variables
    const found = new Map<Local, { range: Range; paths: number }>()
    for (const path of paths) {
      for (const [local, range] of path) {
        const known = found.get(local)
        if (known === undefined) found.set(local, { range, paths: 1 })
        else {
          known.range = around(known.range, range)
          known.paths++
        }
      }
    }
    for (const [local, { range, paths: changing }] of found) {
      const type = rangeOfType(local.type.item)
      if (type !== undefined) this.set(local, changing === paths.length ? range : around(range, this.local(local) ?? type))
    }
  }
}

const around = ([least, most]: Range, [low, high]: Range): Range => [Math.min(least, low), Math.max(most, high)]
