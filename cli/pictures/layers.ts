/**
 * The layout of one level of a network: nodes in layers from left to right, so that most edges go to the right, few cross, and nothing lies on anything else.
 *
 * Every edge passes through each layer between its ends, where it has a place of its own; one of these places is its label's. Lines bend only in the
 * gaps between the layers, where there are no nodes.
 */

export interface LayerNode {
  readonly width: number
  readonly height: number
  /** The border at which it must be: it stands for a way in or out. */
  readonly border?: 'left' | 'right'
  /** Of its ends, by the other node and the side: where they are, down from its top. Absent: they are spread over the side. */
  readonly ends?: (edge: number, side: 'left' | 'right') => number | undefined
}

export interface LayerEdge {
  readonly from: number
  readonly to: number
  readonly label: { readonly width: number; readonly height: number }
}

export interface PlacedEdge {
  /** From where it begins to where it ends. Between two points with one height it is straight, else it bends. */
  readonly points: readonly (readonly [x: number, y: number])[]
  /** The middle of the label and its top. */
  readonly label?: readonly [x: number, top: number]
}

export interface Layers {
  readonly width: number
  readonly height: number
  /** The left top corner of each node. */
  readonly nodes: readonly (readonly [x: number, y: number])[]
  readonly edges: readonly PlacedEdge[]
}

/** Between two nodes of one layer, and around what only passes through. */
const NODE_GAP = 16
const LINE_GAP = 8
/** Between two layers. */
const LAYER_GAP = 26
/** Below the text of a label comes its line. */
const BELOW_LABEL = 4

/** Something that has a place in a layer: a node, or an edge that passes through. */
interface Cell {
  readonly width: number
  readonly height: number
  readonly node?: number
  readonly gap: number
  layer: number
  /** Position in its layer. */
  order: number
  y: number
  readonly left: Link[]
  readonly right: Link[]
}

interface Link {
  readonly edge: number
  readonly from: Cell
  readonly to: Cell
  /** Where it is attached, down from the middle of the cell. */
  fromAt: number
  toAt: number
}

/** @returns which of the edges go against the others, so that the rest has no circle */
export function backward(count: number, edges: readonly LayerEdge[]): ReadonlySet<number> {
  const out = Array.from({ length: count }, (): number[] => [])
  edges.forEach(({ from }, i) => out[from]?.push(i))
  const back = new Set<number>()
  const state = new Uint8Array(count) // 0 not seen, 1 on the way, 2 done
  for (let start = 0; start < count; start++) {
    if (state[start] !== 0) continue
    const way: { node: number; next: number }[] = [{ node: start, next: 0 }]
    state[start] = 1
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const edge = out[top.node]?.[top.next++]
      if (edge === undefined) {
        state[top.node] = 2
        way.pop()
        continue
      }
      const to = edges[edge]?.to ?? 0
      if (to === top.node) continue
      if (state[to] === 1) back.add(edge)
      else if (state[to] === 0) {
        state[to] = 1
        way.push({ node: to, next: 0 })
      }
    }
  }
  return back
}

/**
 * @param edges none from a node to itself
 * @param back those that are drawn from right to left
 */
export function layOut(nodes: readonly LayerNode[], edges: readonly LayerEdge[], back: ReadonlySet<number>): Layers {
  const forward = edges.map(({ from, to }, i) => (back.has(i) ? { left: to, right: from } : { left: from, right: to }))
  const ranks = rank(nodes, forward)
  const cells: Cell[] = nodes.map(({ width, height }, i) => ({ ...cell(width, height, NODE_GAP), node: i, layer: ranks[i] ?? 0 }))
  const labels: (Cell | undefined)[] = []
  forward.forEach(({ left, right }, i) => {
    const [begin, end] = [cells[left], cells[right]]
    const { width = 0, height = 0 } = edges[i]?.label ?? {}
    if (begin === undefined || end === undefined) return
    let at = begin
    for (let layer = begin.layer + 1; layer < end.layer; layer++) {
      const labelled = layer % 2 !== 0 && labels[i] === undefined && width > 0
      const passing = labelled ? cell(width, height + 2 * BELOW_LABEL, LINE_GAP) : cell(0, 2, LINE_GAP)
      passing.layer = layer
      cells.push(passing)
      if (labelled) labels[i] = passing
      link(at, passing, i)
      at = passing
    }
    link(at, end, i)
  })
  const layers = intoLayers(cells)
  order(layers)
  attach(nodes, cells, labels)
  place(layers)
  return draw(nodes, edges, { cells, layers, labels, back })
}

function cell(width: number, height: number, gap: number): Cell {
  return { width, height, gap, layer: 0, order: 0, y: 0, left: [], right: [] }
}

function link(from: Cell, to: Cell, edge: number): void {
  const made = { edge, from, to, fromAt: 0, toAt: 0 }
  from.right.push(made)
  to.left.push(made)
}

/** Nodes have even ranks, so that there is a layer for labels between any two; those at the borders have odd ones, outside of all others. */
function rank(nodes: readonly LayerNode[], edges: readonly { readonly left: number; readonly right: number }[]): number[] {
  const inside = edges.filter(({ left, right }) => nodes[left]?.border === undefined && nodes[right]?.border === undefined)
  const ranks = nodes.map(() => 0)
  const incoming = nodes.map(() => 0)
  for (const { right } of inside) incoming[right] = (incoming[right] ?? 0) + 1
  const after = nodes.map((): number[] => [])
  for (const { left, right } of inside) after[left]?.push(right)
  const ready = nodes.flatMap((_, i) => (incoming[i] === 0 ? [i] : []))
  const sorted: number[] = []
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    sorted.push(at)
    for (const next of after[at] ?? []) {
      ranks[next] = Math.max(ranks[next] ?? 0, (ranks[at] ?? 0) + 2)
      incoming[next] = (incoming[next] ?? 0) - 1
      if (incoming[next] === 0) ready.push(next)
    }
  }
  // what nothing goes to stands close to where it goes
  for (const at of sorted.reverse()) {
    const nearest = (after[at] ?? []).reduce((least, next) => Math.min(least, ranks[next] ?? 0), Infinity)
    if (nearest !== Infinity && !inside.some(({ right }) => right === at)) ranks[at] = nearest - 2
  }
  const last = ranks.reduce((most, each, i) => (nodes[i]?.border === undefined ? Math.max(most, each) : most), 0)
  return ranks.map((each, i) => {
    const border = nodes[i]?.border
    return border === undefined ? each : border === 'left' ? -1 : last + 1
  })
}

function intoLayers(cells: readonly Cell[]): Cell[][] {
  const first = cells.reduce((least, { layer }) => Math.min(least, layer), 0)
  const layers: Cell[][] = []
  for (const each of cells) {
    const layer = (layers[each.layer - first] ??= [])
    each.order = layer.length
    layer.push(each)
  }
  return Array.from(layers, (layer) => (layer as Cell[] | undefined) ?? []) // layers without cells are holes
}

const SWEEPS = 12

/** Puts each cell near the middle of those that it is linked with, forth and back, and keeps the best that was seen. */
function order(layers: Cell[][]): void {
  let best = layers.map((layer) => [...layer])
  let fewest = crossings(layers)
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const toRight = sweep % 2 === 0
    for (const layer of toRight ? layers : [...layers].reverse()) {
      const wanted = new Map(
        layer.map((each) => {
          const others = toRight ? each.left.map(({ from }) => from.order) : each.right.map(({ to }) => to.order)
          return [each, others.length === 0 ? each.order : others.reduce((sum, at) => sum + at, 0) / others.length]
        }),
      )
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0) || a.order - b.order)
      layer.forEach((each, i) => (each.order = i))
    }
    const now = crossings(layers)
    if (now < fewest) {
      fewest = now
      best = layers.map((layer) => [...layer])
    }
  }
  best.forEach((layer, i) => {
    layers[i] = layer
    layer.forEach((each, at) => (each.order = at))
  })
}

function crossings(layers: readonly (readonly Cell[])[]): number {
  let count = 0
  for (const layer of layers) {
    const ends = layer.flatMap(({ right }) => right.map(({ to }) => to.order).sort((a, b) => a - b))
    for (let i = 0; i < ends.length; i++) for (let j = i + 1; j < ends.length; j++) if ((ends[i] ?? 0) > (ends[j] ?? 0)) count++
  }
  return count
}

/** Says where on the sides of the nodes their edges begin and end. */
function attach(nodes: readonly LayerNode[], cells: readonly Cell[], labels: readonly (Cell | undefined)[]): void {
  for (const each of cells) {
    if (each.node === undefined) {
      const at = labels.includes(each) ? each.height / 2 - BELOW_LABEL : 0
      for (const line of each.left) line.toAt = at
      for (const line of each.right) line.fromAt = at
      continue
    }
    const ends = nodes[each.node]?.ends
    each.left.sort((a, b) => a.from.order - b.from.order)
    each.right.sort((a, b) => a.to.order - b.to.order)
    each.left.forEach((line, i) => {
      line.toAt = (ends?.(line.edge, 'left') ?? spread(i, each.left.length, each.height)) - each.height / 2
    })
    each.right.forEach((line, i) => {
      line.fromAt = (ends?.(line.edge, 'right') ?? spread(i, each.right.length, each.height)) - each.height / 2
    })
  }
}

const spread = (i: number, count: number, height: number): number => ((i + 1) * height) / (count + 1)

/** Gives each cell a height near those that it is linked with. */
function place(layers: readonly (readonly Cell[])[]): void {
  for (const layer of layers) {
    let at = 0
    for (const each of layer) {
      each.y = at + each.height / 2
      at += each.height + each.gap
    }
  }
  for (let sweep = 0; sweep < 2 * SWEEPS; sweep++) {
    const toRight = sweep % 2 === 0
    const both = sweep >= 2 * SWEEPS - 4
    for (const layer of toRight ? layers : [...layers].reverse()) {
      const wanted = layer.map((each) => {
        const left = each.left.map((line) => line.from.y + line.fromAt - line.toAt)
        const right = each.right.map((line) => line.to.y + line.toAt - line.fromAt)
        const others = both ? [...left, ...right] : toRight ? left : right
        return others.length === 0 ? undefined : others.reduce((sum, y) => sum + y, 0) / others.length
      })
      settle(layer, wanted)
    }
  }
}

/** Moves the cells of a layer as near as possible to where they want to be, in their order and with room between them: blocks that touch share a mean. */
function settle(layer: readonly Cell[], wishes: readonly (number | undefined)[]): void {
  const blocks: { sum: number; count: number; first: number }[] = []
  const offsets: number[] = []
  let offset = 0
  layer.forEach((each, i) => {
    const before = layer[i - 1]
    if (before !== undefined) offset += (before.height + each.height) / 2 + Math.max(before.gap, each.gap)
    offsets.push(offset)
  })
  // what wants nothing stays with what stands next to it
  const bases = layer.map((each, i) => (wishes[i] ?? each.y) - (offsets[i] ?? 0))
  layer.forEach((_, i) => {
    if (wishes[i] !== undefined) return
    const after = wishes.findIndex((wish, j) => j > i && wish !== undefined)
    const before = wishes.findLastIndex((wish, j) => j < i && wish !== undefined)
    const next = after >= 0 ? after : before
    if (next >= 0) bases[i] = bases[next] ?? 0
  })
  layer.forEach((_, i) => {
    let block = { sum: bases[i] ?? 0, count: 1, first: i }
    for (let last = blocks.at(-1); last !== undefined && last.sum / last.count > block.sum / block.count; last = blocks.at(-1)) {
      block = { sum: last.sum + block.sum, count: last.count + block.count, first: last.first }
      blocks.pop()
    }
    blocks.push(block)
  })
  blocks.forEach(({ sum, count, first }) => {
    for (let i = first; i < first + count; i++) {
      const each = layer[i]
      if (each !== undefined) each.y = sum / count + (offsets[i] ?? 0)
    }
  })
}

interface Drawn {
  readonly cells: readonly Cell[]
  readonly layers: readonly (readonly Cell[])[]
  readonly labels: readonly (Cell | undefined)[]
  readonly back: ReadonlySet<number>
}

function draw(nodes: readonly LayerNode[], edges: readonly LayerEdge[], { cells, layers, labels, back }: Drawn): Layers {
  const top = cells.reduce((least, { y, height }) => Math.min(least, y - height / 2), Infinity)
  const bottom = cells.reduce((most, { y, height }) => Math.max(most, y + height / 2), -Infinity)
  const begins: number[] = []
  const widths = layers.map((layer) => layer.reduce((most, { width }) => Math.max(most, width), 0))
  let x = 0
  widths.forEach((width, i) => {
    begins.push(x)
    x += width + (i === widths.length - 1 ? 0 : LAYER_GAP)
  })
  const columnOf = (each: Cell): readonly [left: number, right: number] => {
    const i = layers.findIndex((layer) => layer[each.order] === each)
    return [begins[i] ?? 0, (begins[i] ?? 0) + (widths[i] ?? 0)]
  }
  const leftOf = (each: Cell): number => {
    const [left, right] = columnOf(each)
    const border = each.node === undefined ? undefined : nodes[each.node]?.border
    return border === 'left' ? left : border === 'right' ? right - each.width : (left + right - each.width) / 2
  }
  const lines = edges.map((edge, i): PlacedEdge => {
    const begin = cells[back.has(i) ? edge.to : edge.from]
    const points: (readonly [number, number])[] = []
    for (let line = begin?.right.find((each) => each.edge === i); line !== undefined;) {
      const { from, to } = line
      const fromY = from.y + line.fromAt - top
      const toY = to.y + line.toAt - top
      if (from === begin) points.push([leftOf(from) + from.width, fromY])
      points.push([columnOf(from)[1], fromY], [columnOf(to)[0], toY])
      if (to.node !== undefined) {
        points.push([leftOf(to), toY])
        break
      }
      line = to.right.find((each) => each.edge === i)
    }
    const label = labels[i]
    const [left = 0, right = 0] = label === undefined ? [] : columnOf(label)
    return {
      points: back.has(i) ? points.reverse() : points,
      ...(label === undefined ? {} : { label: [(left + right) / 2, label.y - label.height / 2 - top] as const }),
    }
  })
  return {
    width: x,
    height: cells.length === 0 ? 0 : bottom - top,
    nodes: nodes.map((_, i) => {
      const each = cells[i]
      return each === undefined ? [0, 0] : [leftOf(each), each.y - each.height / 2 - top]
    }),
    edges: lines,
  }
}
