/**
 * Lines to text, within a width.
 *
 * What fits on a line is put there; what does not is broken where it is tied most weakly, and the rest of it begins below where it began.
 * Only the rows of tables and comments remember where lines ended before, and they come out where they went in: so printing twice
 * changes nothing.
 */
import * as T from '../../grammar/tokens.ts'
import type { Aside } from './asides.ts'
import { Margin } from './margin.ts'
import type { Block, Body, Group, Leaf, Line, Node, OwnLine } from './tree.ts'
import { blank, firstLeaf, flatWidth, headWidth, holdsBlock, isHanging, split, type Item } from './width.ts'
import { Writer } from './writer.ts'

const STEP = 2

/** What begins right of this part of the width goes to a line of its own. */
const FAR = 0.6

class Printer {
  readonly writer = new Writer()
  private readonly margin = new Margin()
  /** How far the lines below the current one are indented when they belong to it. */
  private continuation = STEP

  constructor(private readonly width: number) {}

  // ------------------------------------------------------------------------------------------ lines

  /** Prints `body` with its blocks from column `base` on. @param inline whether its first line goes on with the current one */
  body({ lines, tail }: Body, base: number, blanks: number, inline: boolean): void {
    const margin = this.margin.enter(base)
    lines.forEach((line, i) => {
      margin.lead(line)
      this.ownLines(line.before, line.depth === 0 ? blanks : 1)
      margin.begin(line)
      if (!inline || i > 0 || this.writer.ended) {
        this.writer.newLine(base + STEP * line.depth + this.margin.shift, Math.min(line.blanks, line.depth === 0 ? blanks : 1))
      }
      this.line(line, (lines[i + 1]?.depth ?? 0) > line.depth)
    })
    margin.lead(undefined)
    this.ownLines(tail, blanks)
    this.margin.leave()
  }

  private ownLines(list: readonly OwnLine[], most: number): void {
    for (const { aside, blanks } of list) {
      const column = this.margin.columnOf(aside) // this may change the shift
      this.writer.newLine(aside.kind === 'frozen' ? column : column + this.margin.shift, Math.min(blanks, most))
      this.writer.write(aside.text)
    }
  }

  /** @param opens whether a block follows, from which lines that belong to this one must differ */
  private line(line: Line, opens: boolean): void {
    this.continuation = opens ? 2 * STEP : STEP
    const { nodes } = line
    const start = this.writer.column
    const below = start + this.continuation
    const pivot = pivotOf(nodes)
    const last = nodes.at(-1)
    const colon = nodes.length > 1 && last?.kind === 'leaf' && last.token.tokenType === T.Colon ? 1 : 0
    const whole = nodes.slice(0, nodes.length - colon)
    if (this.fits(whole, colon)) this.rigid(whole, below, colon)
    else if (pivot < 0) this.head(whole, below, colon)
    else {
      const operator = nodes[pivot] as Leaf // a pivot is a leaf
      this.head(nodes.slice(0, pivot), below, blank(operator) + operator.text.length)
      this.leaf(operator, below)
      this.value(whole.slice(pivot + 1), below, colon, !operator.communicates)
    }
    if (colon === 1) this.leaf(last as Leaf, below)
    if (line.behind !== undefined) this.writer.comment(line.behind)
  }

  /** What stands before an operator such as `:=`, or a line without one. */
  private head(nodes: readonly Node[], below: number, tail: number): void {
    const header = nodes.some((node) => node.kind === 'leaf' && (node.token.tokenType === T.Func || node.token.tokenType === T.Proc))
    if (header) this.rigid(nodes, below, tail)
    else this.row(nodes, below, tail)
  }

  /** What stands behind an operator such as `:=`. @param movable whether it may begin on a line of its own */
  private value(nodes: readonly Node[], below: number, tail: number, movable: boolean): void {
    if (nodes.length === 0 || this.fits(nodes, tail)) {
      this.rigid(nodes, below, tail)
      return
    }
    const fitsBelow = below + flatWidth(nodes) + tail <= this.width
    const far = this.writer.column > this.width * FAR && !nodes.some(holdsBlock)
    if (movable && (fitsBelow || far || this.writer.ended)) {
      this.writer.newLine(below)
      this.row(nodes, below, tail)
    } else this.row(nodes, this.writer.ended ? below : this.next(nodes), tail)
  }

  // ------------------------------------------------------------------------------------------ rows

  /** @returns the column where `nodes` would begin on the current line. */
  private next(nodes: readonly Node[]): number {
    const [first] = nodes
    return this.writer.column + (first === undefined || this.writer.fresh ? 0 : blank(firstLeaf(first)))
  }

  private fits(nodes: readonly Node[], tail: number, width = flatWidth(nodes)): boolean {
    return !this.writer.ended && this.next(nodes) + width + tail <= this.width
  }

  /**
   * Prints nodes from the current column on, broken where they are tied most weakly if they do not fit.
   * @param align where the lines after the first begin
   * @param tail how many columns what follows needs on the last line
   */
  private row(nodes: readonly Node[], align: number, tail: number): void {
    const items = this.fits(nodes, tail) ? [] : split(nodes)
    if (items.length < 2) this.rigid(nodes, align, tail)
    else this.items(items, align, tail, () => false)
  }

  private items(items: readonly Item[], align: number, tail: number, broken: (after: Item) => boolean): void {
    items.forEach((item, i) => {
      const { nodes, separator } = item
      const previous = items[i - 1]
      const rest = separator === undefined ? tail : blank(separator) + separator.text.length
      if (previous !== undefined && (broken(previous) || !this.fits(nodes, rest, headWidth(nodes)))) this.writer.newLine(align)
      this.row(nodes, this.writer.ended ? align : this.next(nodes), rest)
      if (separator !== undefined) this.leaf(separator, align)
    })
  }

  /** Prints nodes between which no line may end; their brackets are broken if need be. */
  private rigid(nodes: readonly Node[], align: number, tail: number): void {
    nodes.forEach((node, i) => {
      if (node.kind === 'leaf') {
        this.leaf(node, align)
        return
      }
      const rest = nodes.slice(i + 1)
      const bracket = rest.findIndex(({ kind }) => kind !== 'leaf')
      const glued = flatWidth(bracket < 0 ? rest : rest.slice(0, bracket)) + (rest[0] === undefined ? 0 : blank(firstLeaf(rest[0])))
      const after = (Number.isFinite(glued) ? glued : 0) + (bracket < 0 ? tail : 1)
      if (node.kind === 'group') this.group(node, align, after)
      else this.block(node, align)
    })
  }

  private group(group: Group, align: number, tail: number): void {
    const { open, children, close } = group
    this.leaf(open, align)
    const end = blank(close) + close.text.length + tail
    const far = this.writer.column > this.width * FAR && children.length > 0 && !this.fits(children, end, headWidth(children))
    const outer = this.writer.indentation
    const hanging = isHanging(group) || far
    const inner = hanging ? outer + this.continuation : this.writer.column
    if (hanging) this.writer.newLine(inner)
    if (group.table) this.table(children, inner, end)
    else this.row(children, inner, end)
    const [last] = children.slice(-1)
    if (isHanging(group) && last !== undefined && lastLeaf(last).broken) this.writer.newLine(outer)
    this.leaf(close, inner)
  }

  /** The elements of a table in the rows they had, unless these are too long. */
  private table(children: readonly Node[], align: number, tail: number): void {
    const items = split(children)
    let row = 0
    let tooLong = false
    for (const { nodes, separator } of items) {
      const width = flatWidth(nodes) + (separator === undefined ? tail : separator.text.length)
      row += (row === 0 ? 0 : 1) + width
      tooLong ||= Number.isFinite(row) && align + row > this.width
      if (separator?.broken === true) row = 0
    }
    this.items(items, align, tail, ({ separator }) => !tooLong && separator?.broken === true)
  }

  private block(block: Block, align: number): void {
    this.leaf(block.open, align)
    const base = this.writer.ended ? align + 1 : this.writer.column
    const { continuation } = this
    this.body(block.body, base - this.margin.shift, 1, true)
    this.continuation = continuation
    this.writer.newLine(base - 1)
    this.leaf(block.close, align)
  }

  // ------------------------------------------------------------------------------------------ leaves

  private leaf(leaf: Leaf, align: number): void {
    if (this.writer.ended) this.writer.newLine(align)
    this.writer.write(leaf.spaced && !this.writer.fresh ? ` ${leaf.text}` : leaf.text)
    for (const aside of leaf.after) this.aside(aside, align)
  }

  private aside(aside: Aside, align: number): void {
    if (aside.gap !== undefined) this.writer.comment(aside)
    else if (aside.kind === 'frozen') this.writer.ownLine(0, aside.text)
    else {
      const column = this.margin.within(aside, align - this.margin.shift) // this may change the shift
      this.writer.ownLine(column + this.margin.shift, aside.text)
    }
  }
}

/** @returns the index of the operator on whose right side a line is broken first: `:=`, IS or a communication; -1 without one. */
function pivotOf(nodes: readonly Node[]): number {
  return nodes.findIndex((node) => {
    if (node.kind !== 'leaf') return false
    const type = node.token.tokenType
    return type === T.Assign || type === T.Is || type === T.Reshapes || node.communicates
  })
}

function lastLeaf(node: Node): Leaf {
  return node.kind === 'leaf' ? node : node.close
}

/**
 * Prints the lines of a text.
 * @param body the lines
 * @param width how many columns code may take; comments are not counted
 * @param base the column of the outermost lines
 */
export function printBody(body: Body, width: number, base: number): string {
  const printer = new Printer(width)
  printer.body(body, base, 2, false)
  return printer.writer.end()
}
