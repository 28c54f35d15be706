/**
 * The names visible at one point. Each declaration opens a scope of its own, so entries form a chain that grows with every declaration and
 * is cut back when a scope ends; a table by name beside it makes a look-up independent of the depth.
 */
import type { Span } from '../../grammar/source.ts'
import type { Symbol } from '../semantics.ts'

/** One declaration in sight. A kept entry stays valid as a picture of what was visible then. */
export interface Entry {
  readonly name: string
  readonly symbol: Symbol
  /** What was declared just before. */
  readonly below: Entry | undefined
  /** The entry of the same name that this one hides. */
  readonly hidden: Entry | undefined
}

/** What was visible where something begins. */
export interface Sight {
  readonly span: Span
  readonly entry: Entry | undefined
  /** What was visible at the top level instead, when it was looked at in an earlier run. */
  readonly outer?: Entry | undefined
}

export class Scopes {
  private top: Entry | undefined
  private readonly visible = new Map<string, Entry>()
  /** What was asked for since somebody began to listen, as far as it is declared at the top level or nowhere. */
  private asked: { readonly names: Map<string, Symbol | undefined>; readonly operators: Map<string, readonly Symbol[]> } | undefined

  /** Begins to note what is asked for, or ends it. */
  listen(asked: { readonly names: Map<string, Symbol | undefined>; readonly operators: Map<string, readonly Symbol[]> } | undefined): void {
    this.asked = asked
  }

  /** @returns the present point, for `leave` and for `namesFrom`. */
  mark(): Entry | undefined {
    return this.top
  }

  declare(name: string, symbol: Symbol): void {
    this.top = { name, symbol, below: this.top, hidden: this.visible.get(name) }
    this.visible.set(name, this.top)
  }

  /** @returns the innermost symbol of this name. */
  find(name: string): Symbol | undefined {
    const symbol = this.visible.get(name)?.symbol
    const { asked } = this
    if (asked !== undefined && (symbol === undefined || symbol.level === 0) && !asked.names.has(name)) asked.names.set(name, symbol)
    return symbol
  }

  /** @returns every symbol of this name in sight, innermost first (user-defined operators overload). */
  findAll(name: string): Symbol[] {
    const found: Symbol[] = []
    for (let entry = this.visible.get(name); entry !== undefined; entry = entry.hidden) found.push(entry.symbol)
    this.asked?.operators.set(
      name,
      found.filter(({ level }) => level === 0),
    )
    return found
  }

  /** Ends every scope opened since `mark` was taken. */
  leave(mark: Entry | undefined): void {
    while (this.top !== mark && this.top !== undefined) {
      if (this.top.hidden === undefined) this.visible.delete(this.top.name)
      else this.visible.set(this.top.name, this.top.hidden)
      this.top = this.top.below
    }
  }
}

/** @returns the names visible at `entry` whose symbol `wanted` accepts, innermost first. */
export function* namesFrom(entry: Entry | undefined, wanted: (symbol: Symbol) => boolean = () => true): Generator<string> {
  for (let at = entry; at !== undefined; at = at.below) if (wanted(at.symbol)) yield at.name
}
