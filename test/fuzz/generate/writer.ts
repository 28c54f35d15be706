/** The text of a generated program while it grows, and what was noted about the part that is being written. */
import type { Random } from '../random.ts'
import type { Routine, Scope, Variable } from './scope.ts'
import { INT, type Type } from './types.ts'

export class Writer {
  private readonly lines: string[] = []
  private depth = 0
  private names = 0
  /** Roots that were read and written since someone began to look. */
  reads = new Set<number>()
  writes = new Set<number>()
  /** Whether an index is being written that stands in another. */
  nested = false
  /** Steps that what was written since someone began to look takes, about. */
  cost = 0

  constructor(
    readonly random: Random,
    /** Types that the program declares. */
    readonly types: Type[] = [],
  ) {}

  get text(): string {
    return `${this.lines.join('\n')}\n`
  }

  line(text: string): void {
    const margin = '  '.repeat(this.depth)
    if (this.random.chance(2)) this.lines.push(`${margin}-- ${this.random.pick(['a comment', '{{{  fold', '}}}', '', 'x := y'])}`)
    this.lines.push(margin + (text.length > 40 && this.random.chance(15) ? this.broken(text, `${margin}    `) : text))
    if (this.random.chance(1)) this.lines.push('')
  }

  /** Writes a line that is not to be broken. */
  exactly(text: string): void {
    this.lines.push('  '.repeat(this.depth) + text)
  }

  /** Breaks a line after an operator or a comma. */
  private broken(text: string, margin: string): string {
    const places = [...text.matchAll(/ (PLUS|MINUS|TIMES|AND|OR|:=|\+|\*|\/\\|><) (?=\S)|, (?=\S)/g)]
    const place = this.random.maybe(places)
    if (place === undefined || text.includes('"')) return text
    const at = place.index + place[0].length
    return `${text.slice(0, at).trimEnd()}\n${margin}${text.slice(at)}`
  }

  /** Writes lines that are indented by some levels more. */
  within(body: () => void, levels = 1): void {
    this.depth += levels
    body()
    this.depth -= levels
  }

  /** A construct and what stands in it. */
  block(head: string, body: () => void): void {
    this.line(head)
    this.within(body)
  }

  /** @returns what `body` writes as an index, which has only constants as indices in it */
  nesting<T>(body: () => T): T {
    const before = this.nested
    this.nested = true
    const result = body()
    this.nested = before
    return result
  }

  name(stem: string): string {
    this.names++
    return this.random.chance(20) ? `${stem}.${this.names}` : `${stem}${this.names}`
  }

  root(): number {
    return ++this.names
  }

  variable(stem: string, type: Type, writable = true): Variable {
    return { name: this.name(stem), type, root: this.root(), writable }
  }

  /** The index of a replicator, which takes the values of a range. */
  index(range: readonly [number, number]): Variable {
    return { name: this.name('i'), type: INT, root: this.root(), writable: false, range }
  }

  /** Notes that a variable is read. @returns `text` */
  reading(variable: Variable, text: string): string {
    this.reads.add(variable.root)
    return text
  }

  /** Notes what a call reads, writes and costs. */
  calling(scope: Scope, { reads, writes, cost }: Routine): void {
    for (const root of reads) this.reads.add(root)
    for (const root of writes) this.writes.add(root)
    this.cost += cost * scope.weight
  }

  /** @returns what `body` reads, writes and costs, as notes of its own and as part of those around it */
  noted<T>(body: () => T): { readonly result: T; readonly reads: Set<number>; readonly writes: Set<number>; readonly cost: number } {
    const { reads, writes, cost } = this
    this.reads = new Set()
    this.writes = new Set()
    this.cost = 0
    const result = body()
    const notes = { result, reads: this.reads, writes: this.writes, cost: this.cost }
    this.reads = new Set([...reads, ...notes.reads])
    this.writes = new Set([...writes, ...notes.writes])
    this.cost = cost + notes.cost
    return notes
  }
}
