/** Everything done since the enclosing PROC began, in order, and where in it each variable is met, so that nobody goes through all of it for one. */
import type { VariableSymbol } from '../../semantics.ts'
import type { Access } from './regions.ts'

export class Log {
  private readonly entries: Access[] = []
  /** The positions of the accesses to each variable. */
  private readonly positions = new Map<VariableSymbol, number[]>()
  /** The positions of what has been reached through tables of channels. */
  private readonly throughTables: number[] = []

  get length(): number {
    return this.entries.length
  }

  push(access: Access): void {
    const { root } = access
    const position = this.entries.length
    this.entries.push(access)
    const positions = this.positions.get(root)
    if (positions === undefined) this.positions.set(root, [position])
    else positions.push(position)
    if (access.table !== undefined) this.throughTables.push(position)
  }

  /** @returns everything since `start` */
  since(start: number): Access[] {
    return this.entries.slice(start)
  }

  /** @returns the accesses to a variable since `start`, in order */
  of(root: VariableSymbol, start: number): Access[] {
    const found: Access[] = []
    for (const position of this.positionsOf(root, start)) found.push(this.at(position))
    return found.reverse()
  }

  /** @returns whether a variable has been written since `start` */
  isWritten(root: VariableSymbol, start: number): boolean {
    for (const position of this.positionsOf(root, start)) if (this.at(position).kind === 'write') return true
    return false
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

  /** Forgets everything since `start`. */
  cut(start: number): void {
    for (let i = this.entries.length - 1; i >= start; i--) {
      const { root } = this.at(i)
      const positions = this.positions.get(root)
      if (positions === undefined || positions.length <= 1) this.positions.delete(root)
      else positions.pop()
    }
    this.entries.length = start
    while ((this.throughTables.at(-1) ?? -1) >= start) this.throughTables.pop()
  }

  /** The positions of a variable from the last one back to `start`. */
  private *positionsOf(root: VariableSymbol, start: number): Generator<number> {
    const positions = this.positions.get(root)
    if (positions === undefined) return
    for (let i = positions.length - 1; i >= 0; i--) {
      const position = positions[i] as number // i < length
      if (position < start) return
      yield position
    }
  }

  private at(position: number): Access {
    return this.entries[position] as Access // positions are those of entries
  }
}
