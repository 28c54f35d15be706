/** Where asides with a line of their own stand: in which of the blocks around them. */
import * as T from '../../grammar/tokens.ts'
import { RELAXATION } from '../../grammar/preprocess.ts'
import type { Aside } from './asides.ts'
import type { Line } from './tree.ts'

const STEP = 2

/** Constructs that may have nothing under them but comments. */
const openers = new Set([T.Seq, T.Par, T.Alt, T.If, T.Case, T.Pri, T.Placed])

const isInclusion = ({ kind, text }: Aside): boolean => kind === 'directive' && /^#(INCLUDE|USE)\b/.test(text)

/** The blocks of one body: those around the line that was printed last. */
class Levels {
  /** For each depth, its column in the text as it was. */
  private columns: number[] = []
  private depth = -1
  private low = 0
  private high = 0
  private opener = false

  constructor(readonly base: number) {}

  /** Prepares for the asides before `line`; for those after the last one when it is undefined. */
  lead(line: Line | undefined): void {
    this.low = line?.depth ?? 0
    this.columns.length = Math.max(0, this.depth + 1)
    if (line !== undefined && line.depth > this.depth) this.columns[line.depth] = line.column
    this.high = Math.max(this.low, this.depth)
    if (this.opener && this.high === this.depth) this.deepen()
  }

  begin({ depth, column, nodes }: Line): void {
    this.depth = depth
    this.columns[depth] = column
    const [first] = nodes
    const last = nodes.at(-1)
    this.opener =
      (first?.kind === 'leaf' && openers.has(first.token.tokenType)) || (last?.kind === 'leaf' && last.token.tokenType === T.Case)
  }

  private deepen(): void {
    this.high = this.depth + 1
    this.columns[this.high] = (this.columns[this.depth] ?? 0) + STEP
  }

  /** A comment belongs to the deepest block that it is not left of. */
  comment({ column }: Aside): number {
    let depth = this.high
    while (depth > this.low && (this.columns[depth] ?? Infinity) > column) depth--
    return this.base + STEP * depth
  }

  /** The indentation of an inclusion counts: it is that of what is included. */
  inclusion({ column }: Aside): number {
    if (this.depth >= 0 && this.high === this.depth && column === (this.columns[this.depth] ?? 0) + STEP) this.deepen()
    const depth = this.columns.indexOf(column)
    return depth < 0 ? column : this.base + STEP * depth
  }
}

/** The bodies that are being printed, the outermost first. */
export class Margin {
  private readonly bodies: Levels[] = []
  /** The `#IF`s that are open: where they stand, and how far `#RELAX` lets their lines stand to the right. */
  private readonly conditions: { readonly column: number; relaxed: number }[] = []

  /** How many columns to the right of where it counts a line stands now. */
  get shift(): number {
    return this.conditions.reduce((sum, { relaxed }) => sum + relaxed, 0)
  }

  enter(base: number): Levels {
    const levels = new Levels(base)
    this.bodies.push(levels)
    return levels
  }

  leave(): void {
    this.bodies.pop()
  }

  /** @returns the column where an aside between two lines counts; it stands `shift` further to the right. */
  columnOf(aside: Aside): number {
    const levels = this.bodies.at(-1)
    if (levels === undefined || aside.kind === 'frozen') return 0
    if (isInclusion(aside)) return levels.inclusion(aside)
    return this.within(aside, levels.comment(aside))
  }

  /**
   * @returns the column where an aside counts that would stand in column `align`: all parts of one `#IF` stand where it does, and an inclusion
   *   within a line stays where it is
   */
  within(aside: Aside, align: number): number {
    const { kind, text } = aside
    if (kind === 'frozen') return 0
    if (isInclusion(aside)) return aside.column
    if (kind === 'comment') return align
    const condition = this.conditions.at(-1)
    if (/^#IF\b/.test(text)) this.conditions.push({ column: align, relaxed: 0 })
    else if (/^#ENDIF\b/.test(text)) return this.conditions.pop()?.column ?? align
    else if (condition !== undefined && /^#(ELSE|ELIF)\b/.test(text)) {
      condition.relaxed = 0
      return condition.column
    } else if (condition !== undefined && /^#RELAX\b/.test(text)) condition.relaxed += RELAXATION
    return align
  }
}
