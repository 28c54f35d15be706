/** How wide nodes are on one line, and where a row of nodes may be broken. */
import type { TokenType } from 'chevrotain'
import * as T from '../../grammar/tokens.ts'
import type { Leaf, Node } from './tree.ts'

/** A part of a row, with the separator behind it. */
export interface Item {
  readonly nodes: readonly Node[]
  readonly separator?: Leaf
}

/** Separators after which a line may end, weakest first: a row is broken at the weakest that it has. */
const ranks: ReadonlyMap<TokenType, number> = new Map(
  [[T.Bar], [T.Semicolon], [T.Comma], [T.From, T.For, T.Step], [T.Ampersand], [T.DoubleColon]].flatMap((types, rank) =>
    types.map((type) => [type, rank] as const),
  ),
)
const INFIX = 9

/** With one of these at the start of a line, the line above does not go on. */
const beginsAnother: ReadonlySet<TokenType> = new Set([...T.beginsLine, T.Val, T.Initial])

/** @returns the first leaf of `node`. */
export function firstLeaf(node: Node): Leaf {
  return node.kind === 'leaf' ? node : node.open
}

/** @returns the columns that `leaf` takes, without a blank before it; infinite if it has line ends of its own or a comment after it. */
function leafWidth(leaf: Leaf, last: boolean): number {
  return leaf.text.includes('\n') || (!last && leaf.after.length > 0) ? Infinity : leaf.text.length
}

const widths = new WeakMap<Node, number>()

function nodeWidth(node: Node): number {
  const known = widths.get(node)
  if (known !== undefined) return known
  let width = Infinity
  if (node.kind === 'leaf') width = leafWidth(node, false)
  else if (node.kind === 'group' && !isHanging(node) && !rows(node).some(({ separator }) => separator?.broken === true)) {
    width = leafWidth(node.open, false) + flatWidth(node.children) + blank(node.close) + leafWidth(node.close, false)
  }
  widths.set(node, width)
  return width
}

/** @returns 1 if a blank stands before `leaf`. */
export function blank(leaf: Leaf): number {
  return leaf.spaced ? 1 : 0
}

/** @returns the columns that `nodes` take on one line, without a blank before the first; infinite when they cannot be on one. */
export function flatWidth(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node, i) => sum + (i === 0 ? 0 : blank(firstLeaf(node))) + nodeWidth(node), 0)
}

/** @returns the columns up to the value process in `nodes`, or `flatWidth` when there is none. */
export function headWidth(nodes: readonly Node[]): number {
  let width = 0
  for (const [i, node] of nodes.entries()) {
    width += i === 0 ? 0 : blank(firstLeaf(node))
    if (node.kind === 'block') return width + 1
    if (node.kind === 'group' && holdsBlock(node)) return width + 1 + headWidth(node.children)
    width += nodeWidth(node)
  }
  return width
}

/** @returns whether there is a value process in `node`. */
export function holdsBlock(node: Node): boolean {
  return node.kind === 'block' || (node.kind === 'group' && node.children.some(holdsBlock))
}

/** @returns whether the elements of a table begin on the line after its bracket. */
export function isHanging(node: Node): boolean {
  return node.kind === 'group' && node.table && node.open.broken
}

/** The elements of a table; nothing for other brackets. */
function rows(node: Node): readonly Item[] {
  return node.kind === 'group' && node.table ? split(node.children) : []
}

/** @returns the parts of a row between its weakest separators; the whole row when it has none. */
export function split(nodes: readonly Node[]): readonly Item[] {
  const separators = nodes.map((node, i) => rankOf(node, nodes[i + 1]))
  const weakest = separators.reduce((least, rank) => Math.min(least, rank), Infinity)
  if (weakest === Infinity) return [{ nodes }]
  const items: Item[] = []
  let start = 0
  nodes.forEach((node, i) => {
    if (separators[i] !== weakest || node.kind !== 'leaf') return
    items.push({ nodes: nodes.slice(start, i), separator: node })
    start = i + 1
  })
  items.push({ nodes: nodes.slice(start) })
  return items
}

/** @returns how weakly `node` ties what is before it to `next`; infinite if no line may end between the two. */
function rankOf(node: Node, next: Node | undefined): number {
  if (node.kind !== 'leaf' || next === undefined || beginsAnother.has(firstLeaf(next).token.tokenType)) {
    // After a comma another formal may follow, whatever it begins with.
    const comma = node.kind === 'leaf' && node.token.tokenType === T.Comma && next !== undefined
    if (!comma || T.beginsLine.has(firstLeaf(next).token.tokenType)) return Infinity
  }
  return node.infix ? INFIX : (ranks.get(node.token.tokenType) ?? Infinity)
}
