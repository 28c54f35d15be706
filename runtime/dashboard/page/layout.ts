/**
 * Where everything is: a node is an area, in which the tree of processes is written from the top down; processes that differ in subscripts only are dots
 * in a block under one name. Positions do not depend on states, so that a picture moves only when processes do.
 */
import { pathOf } from './model.ts'
import type { Group, NodeView, Snapshot } from './model.ts'

export interface Block {
  readonly key: string
  readonly program: string
  /** Without subscripts. */
  readonly stem: string
  readonly name: string
  readonly groups: readonly Group[]
  readonly size: number
  /** The left top corner of its first line. */
  readonly x: number
  readonly y: number
  /** Of the dots: where they begin, how many are in a line, and how far one is from the next. One process is one dot in the line of its name. */
  readonly dotsX: number
  readonly dotsY: number
  readonly columns: number
  readonly cell: number
  /** Blocks below it are not shown. */
  readonly folded: boolean
  readonly hidden: number
  readonly hasInner: boolean
}

export interface Area {
  readonly node: NodeView
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly blocks: readonly Block[]
}

export interface Scene {
  readonly areas: readonly Area[]
  readonly width: number
  readonly height: number
}

export interface View {
  /** Only this program; absent: all. */
  readonly program: string | undefined
  /** Keys of blocks. */
  readonly folded: ReadonlySet<string>
  /** The width of the picture, in heights: a narrow one has fewer nodes beside each other. Absent: 1.5. */
  readonly aspect?: number
}

const LINE = 24
const HEAD = 46
const PADDING = 16
const INDENT = 14
const GAP = 28
const LEAST_WIDTH = 250
const DEEPEST = 6

/** @returns a path without subscripts, in which a PROC that calls itself again and again stands once */
function stemOf(path: string): string {
  const names = path.replace(/\[-?\d+\]/g, '').split('/')
  return names.filter((name, i) => name !== names[i - 1]).join('/')
}

/** Between two dots of a block of that size. */
function cellOf(size: number): number {
  return size <= 64 ? 16 : size <= 600 ? 10 : size <= 5_000 ? 6 : 4
}

export function layOut(snapshot: Snapshot, view: View): Scene {
  const areas: Area[] = []
  const perRow = Math.max(1, Math.ceil(Math.sqrt(snapshot.nodes.length * (view.aspect ?? 1.5))))
  let [x, y, rowHeight, width] = [0, 0, 0, 0]
  snapshot.nodes.forEach((node, i) => {
    if (i > 0 && i % perRow === 0) {
      x = 0
      y += rowHeight + GAP
      rowHeight = 0
    }
    const area = areaOf(node, x, y, view, snapshot)
    areas.push(area)
    x += area.width + GAP
    rowHeight = Math.max(rowHeight, area.height)
    width = Math.max(width, x - GAP)
  })
  return { areas, width, height: y + rowHeight }
}

function areaOf(node: NodeView, x: number, y: number, view: View, { programs }: Snapshot): Area {
  const stems = new Map<string, Group[]>()
  for (const group of node.groups.values()) {
    if (view.program !== undefined && group.program !== view.program) continue
    const key = `${group.program} ${stemOf(group.path)}`
    const list = stems.get(key)
    if (list === undefined) stems.set(key, [group])
    else list.push(group)
  }
  const keys = [...stems.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const blocks: Block[] = []
  let at = y + HEAD
  let width = LEAST_WIDTH
  let program = ''
  const nameOfProgram = (id: string): string => programs.find(({ program: each }) => each === id)?.name ?? id
  const several = new Set([...node.groups.values()].map((group) => group.program)).size > 1
  let underFold: { readonly key: string; readonly index: number } | undefined
  keys.forEach((key, i) => {
    const groups = stems.get(key) ?? []
    const size = groups.reduce((sum, { states }) => sum + states.length, 0)
    const first = groups[0]?.program ?? ''
    if (first !== program) {
      program = first
      if (several && blocks.length > 0) at += 10
    }
    if (underFold !== undefined && key.startsWith(`${underFold.key}/`)) {
      const folding = blocks[underFold.index]
      if (folding !== undefined) blocks[underFold.index] = { ...folding, hidden: folding.hidden + size }
      return
    }
    underFold = undefined
    const stem = key.slice(key.indexOf(' ') + 1)
    const names = stem.split('/')
    const depth = Math.min(DEEPEST, names.length - 1)
    const left = x + PADDING + depth * INDENT
    const cell = cellOf(size)
    const columns =
      size <= 600 ? Math.max(4, Math.floor((LEAST_WIDTH - PADDING * 2 - depth * INDENT - 14) / cell)) : Math.ceil(Math.sqrt(size * 1.6))
    const single = size === 1
    const folded = view.folded.has(key)
    const hasInner = keys[i + 1]?.startsWith(`${key}/`) === true
    blocks.push({
      key,
      program: first,
      stem,
      name:
        several && names.length === 1
          ? `${stem} of ${nameOfProgram(first)}`
          : single && groups[0] !== undefined
            ? (pathOf(groups[0], 0).split('/').at(-1) ?? stem)
            : (names.at(-1) ?? stem),
      groups,
      size,
      x: left,
      y: at,
      dotsX: single ? left : left + 14,
      dotsY: single ? at + 3 : at + LINE,
      columns,
      cell,
      folded,
      hidden: 0,
      hasInner,
    })
    if (folded) underFold = { key, index: blocks.length - 1 }
    at += LINE + (single ? 0 : Math.ceil(size / columns) * cell + 6)
    width = Math.max(width, (single ? 0 : columns * cell) + 14 + depth * INDENT + 2 * PADDING)
  })
  const empty = blocks.length === 0 ? LINE : 0
  return { node, x, y, width, height: at + empty + PADDING - y, blocks }
}

/** How far the line of a cut cable rises above the areas that it passes. */
const RISE = 24

/** A cable that is cut: a curve between the areas of two nodes, with the place of the cut in its middle. */
export interface CutCable {
  readonly from: readonly [x: number, y: number]
  readonly bend: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
  readonly middle: readonly [x: number, y: number]
}

/** @returns the cables that are cut, between neighbours straight, else over the areas between */
export function cutCables({ areas }: Scene, severed: Snapshot['severed']): readonly CutCable[] {
  return severed.flatMap(([one, other]): CutCable[] => {
    const a = areas.find(({ node }) => node.name === one)
    const b = areas.find(({ node }) => node.name === other)
    return a === undefined || b === undefined ? [] : [cableBetween(a, b, areas)]
  })
}

function cableBetween(a: Area, b: Area, areas: readonly Area[]): CutCable {
  const [left, right] = a.x <= b.x ? [a, b] : [b, a]
  const [upper, lower] = a.y <= b.y ? [a, b] : [b, a]
  const middleOf = ({ x, width }: Area): number => x + width / 2
  if (left.y === right.y) {
    const isBetween = areas.some(({ x, y }) => y === left.y && x > left.x && x < right.x)
    if (!isBetween) return straight([left.x + left.width, left.y + 22], [right.x, left.y + 22])
    const [from, to] = [[middleOf(left), left.y] as const, [middleOf(right), right.y] as const]
    const middle = [(from[0] + to[0]) / 2, left.y - RISE / 2] as const
    return { from, to, bend: [middle[0], left.y - RISE], middle }
  }
  return straight([middleOf(upper), upper.y + upper.height], [middleOf(lower), lower.y])
}

function straight(from: readonly [number, number], to: readonly [number, number]): CutCable {
  const middle = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] as const
  return { from, to, bend: middle, middle }
}

/** @returns the middle of a dot */
export function dotAt(block: Block, i: number): readonly [x: number, y: number] {
  if (block.size === 1) return [block.x + 5, block.y + 11]
  const [column, line] = [i % block.columns, Math.floor(i / block.columns)]
  return [block.dotsX + (column + 0.5) * block.cell, block.dotsY + (line + 0.5) * block.cell]
}

export interface Hit {
  readonly area: Area
  readonly block: Block | undefined
  /** The process; absent: the name of the block. */
  readonly path: string | undefined
}

/** @returns what is at a place of the scene */
export function hitAt({ areas }: Scene, x: number, y: number): Hit | undefined {
  const area = areas.find((each) => x >= each.x && y >= each.y && x < each.x + each.width && y < each.y + each.height)
  if (area === undefined) return undefined
  for (const block of area.blocks) {
    if (y >= block.y && y < block.y + LINE) return { area, block, path: block.size === 1 ? member(block, 0) : undefined }
    if (block.size === 1 || y < block.dotsY || x < block.dotsX) continue
    const [column, line] = [Math.floor((x - block.dotsX) / block.cell), Math.floor((y - block.dotsY) / block.cell)]
    const i = line * block.columns + column
    if (column < block.columns && i < block.size) return { area, block, path: member(block, i) }
  }
  return { area, block: undefined, path: undefined }
}

function member({ groups }: Block, i: number): string | undefined {
  let left = i
  for (const group of groups) {
    if (left < group.states.length) return pathOf(group, left)
    left -= group.states.length
  }
  return undefined
}

/** Finds places of processes by their paths; `[*]` in a path stands for any subscript, and gives the middle of the block. */
export class Places {
  private readonly groups = new Map<
    string,
    { readonly block: Block; readonly group: Group; readonly offset: number; positions?: Map<number, number> }[]
  >()
  private readonly stems = new Map<string, Block[]>()

  constructor(scene: Scene) {
    for (const { blocks } of scene.areas)
      for (const block of blocks) {
        const stem = this.stems.get(block.key)
        if (stem === undefined) this.stems.set(block.key, [block])
        else stem.push(block)
        let offset = 0
        for (const group of block.groups) {
          const key = `${group.program} ${group.path}`
          const list = this.groups.get(key)
          if (list === undefined) this.groups.set(key, [{ block, group, offset }])
          else list.push({ block, group, offset })
          offset += group.states.length
        }
      }
  }

  /** @returns the middle of the dot, or of each block of that name */
  of(program: string, path: string): readonly (readonly [x: number, y: number])[] {
    if (path.includes('[*]'))
      return (this.stems.get(`${program} ${stemOf(path.replaceAll('[*]', ''))}`) ?? []).map(
        (block) => [block.x + 40, block.y + 11] as const,
      )
    const [, stem = path, index] = /^(.*)\[(-?\d+)\]$/s.exec(path) ?? []
    for (const entry of this.groups.get(`${program} ${path}`) ?? [])
      if (entry.group.indices === undefined) return [dotAt(entry.block, entry.offset)]
    for (const entry of this.groups.get(`${program} ${stem}`) ?? []) {
      if (entry.group.indices === undefined) continue
      entry.positions ??= new Map(entry.group.indices.map((each, i) => [each, i]))
      const at = entry.positions.get(Number(index))
      if (at !== undefined) return [dotAt(entry.block, entry.offset + at)]
    }
    return []
  }
}
