/** The names of one declaration or test of the top level, for who tells of a name that nothing has there. */
import type { Name } from '../../grammar/ast.ts'
import type { Label } from '../../grammar/diagnostic.ts'
import type { Symbol } from '../semantics.ts'

/** What helps who uses a name after the end of its declaration, and what is said of that. */
export interface Ended {
  readonly hint: string
  readonly label: Label
}

export class ItemNames {
  /** What was told of, as `variable x`. */
  private readonly told = new Set<string>()
  /** What was declared below the top level, by name, in order. */
  private readonly declared = new Map<string, Symbol[]>()

  declare(symbol: Symbol): void {
    if (symbol.level === 0 || symbol.declaredAt === undefined) return
    const known = this.declared.get(symbol.name)
    if (known === undefined) this.declared.set(symbol.name, [symbol])
    else known.push(symbol)
  }

  /** @returns whether a name is to be told of: it has not been, where something of its kind was wanted */
  tell({ text }: Name, wanted: string): boolean {
    const key = `${wanted} ${text}`
    if (text === '' || this.told.has(key)) return false
    this.told.add(key)
    return true
  }

  /**
   * @param accepts whether a symbol is of a kind that would do
   * @returns what to say of the last declaration of a name before its use, whose scope has ended; undefined when there is none
   */
  ended(name: Name, accepts: (symbol: Symbol) => boolean): Ended | undefined {
    const isBefore = ({ declaredAt }: Symbol): boolean =>
      declaredAt !== undefined && declaredAt.file === name.span.file && declaredAt.start < name.span.start
    const last = this.declared.get(name.text)?.findLast((symbol) => isBefore(symbol) && accepts(symbol))
    if (last?.declaredAt === undefined) return undefined
    return {
      hint: 'a declaration is visible in the process that follows it: put one above a process that holds all uses',
      label: { span: last.declaredAt, text: 'this one has ended before' },
    }
  }
}
