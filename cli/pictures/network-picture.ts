/**
 * Draws a network of processes: each that starts others is a box around them, and channels lead from box to box.
 *
 * A channel between processes in different boxes passes through the borders of these boxes. On which side of its box it does is decided from the outside
 * inward: on the right when it goes on to the right there.
 */
import type { Network, NetworkProcess } from '../../compiler/index.ts'
import { backward, layOut, type LayerNode } from './layers.ts'
import { escapeXml, round, svgDocument } from './svg.ts'

/** A process with those that it has started. */
interface Box {
  readonly process: NetworkProcess
  readonly parent: Box | undefined
  readonly inner: Box[]
  /** Stands among `inner` for what a process with others in it does itself. */
  readonly itself?: true
}

/** A wire crosses the border of a box: out of it, or into it. */
interface Port {
  readonly wire: number
  readonly out: boolean
  readonly side: 'left' | 'right'
}

type End = Box | { readonly port: string }

/** Part of a wire within one box. */
interface Segment {
  readonly from: End
  readonly to: End
  readonly wire: number
  /** The label is here, where the wire is not within the box of either end. */
  readonly labelled: boolean
}

interface Drawn {
  readonly width: number
  readonly height: number
  readonly parts: readonly string[]
  /** Where the ports are, down from the top. */
  readonly ports: ReadonlyMap<string, number>
}

const CHARACTER = 7.3
const SMALL_CHARACTER = 6.7
const LINE = 15
const TITLE = 26
const PADDING = 14
const LEAF_HEIGHT = 34
/** Channels between the same two processes that are named; the others are counted. */
const MOST_NAMED = 6
/** Pairs of a writer and a reader that are drawn of one channel. */
const MOST_PAIRS = 200
const LONGEST_NAME = 40

/** @returns an SVG picture of a network */
export function networkPicture(title: string, network: Network): string {
  const root: Box = { process: { id: -1, name: '', file: '', line: 0 }, parent: undefined, inner: [] }
  const boxes = new Map<number, Box>()
  for (const process of network.processes) {
    const parent = (process.parent === undefined ? undefined : boxes.get(process.parent)) ?? root
    const box = { process, parent, inner: [] }
    parent.inner.push(box)
    boxes.set(process.id, box)
  }
  const segments = new Map<Box, Segment[]>()
  network.channels.forEach((channel, wire) => {
    let pairs = 0
    for (const writer of channel.writers)
      for (const reader of channel.readers) {
        const [from, to] = [boxes.get(writer), boxes.get(reader)]
        if (from === undefined || to === undefined || ++pairs > MOST_PAIRS) continue
        route(ownPart(from), ownPart(to), wire, segments)
      }
  })
  const { width, height, parts } = new Painter(network, segments).level(root, new Map(), 0)
  const margin = 16
  return svgDocument({
    title,
    width: width + 2 * margin,
    height: height + 2 * margin,
    style: STYLE,
    body: [`<g transform="translate(${margin} ${margin})">`, ...parts, '</g>'],
  })
}

const STYLE = `  .box { fill: var(--fill); stroke: var(--faint) }
  .leaf { fill: var(--card); stroke: var(--line) }
  .copy { fill: var(--card); stroke: var(--faint) }
  .outside { fill: none; stroke: var(--faint); stroke-dasharray: 4 3 }
  .wire { fill: none; stroke: var(--line); stroke-width: 1.2 }
  .end { marker-end: url(#head) }
  text { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace }
  .name { font-size: 12px; text-anchor: middle; dominant-baseline: central }
  .title { font-size: 12px; font-weight: 600 }
  .quiet { fill: var(--quiet) }
  .count { fill: var(--accent) }
  .label { font-size: 11px; text-anchor: middle }`

/** @returns what stands for the code of a process itself, which has a place of its own beside those that it starts */
function ownPart(box: Box): Box {
  if (box.inner.length === 0) return box
  const last = box.inner.at(-1)
  if (last?.itself === true) return last
  const { id, file, line } = box.process
  const made: Box = { process: { id, name: 'itself', file, line }, parent: box, inner: [], itself: true }
  box.inner.push(made)
  return made
}

/** Divides a wire into its segments. */
function route(from: Box, to: Box, wire: number, segments: Map<Box, Segment[]>): void {
  const above = (box: Box): Box[] => {
    const list: Box[] = []
    for (let at = box.parent; at !== undefined; at = at.parent) list.push(at)
    return list
  }
  const over = above(to)
  const common = above(from).find((box) => over.includes(box))
  if (common === undefined) return
  let begin = from
  for (; begin.parent !== undefined && begin.parent !== common; begin = begin.parent)
    add(segments, begin.parent, { from: begin, to: { port: portOf(wire, true) }, wire, labelled: false })
  let end = to
  for (; end.parent !== undefined && end.parent !== common; end = end.parent)
    add(segments, end.parent, { from: { port: portOf(wire, false) }, to: end, wire, labelled: false })
  add(segments, common, { from: begin, to: end, wire, labelled: true })
}

const portOf = (wire: number, out: boolean): string => `${wire}${out ? '!' : '?'}`

function add(segments: Map<Box, Segment[]>, box: Box, segment: Segment): void {
  const list = segments.get(box)
  if (list === undefined) segments.set(box, [segment])
  else if (!list.some((each) => each.wire === segment.wire && same(each.from, segment.from) && same(each.to, segment.to)))
    list.push(segment)
}

const same = (a: End, b: End): boolean => a === b || ('port' in a && 'port' in b && a.port === b.port)

/** Segments that are drawn as one line. */
interface Line {
  readonly from: number
  readonly to: number
  readonly wires: number[]
  readonly labelled: boolean
}

class Painter {
  constructor(
    private readonly network: Network,
    private readonly segments: ReadonlyMap<Box, readonly Segment[]>,
  ) {}

  /** @param ports where each wire crosses the border, by `portOf` and side */
  level(box: Box, ports: ReadonlyMap<string, Port>, depth: number): Drawn {
    const { inner } = box
    const portKeys = [...ports.keys()]
    const number = new Map<Box, number>(inner.map((each, i) => [each, i]))
    const loops = new Map<Box, number[]>()
    const lines = this.lines(
      box,
      (end) => {
        if (!('port' in end)) return [number.get(end) ?? 0]
        return portKeys.flatMap((key, i) => (key.startsWith(end.port) ? [inner.length + i] : []))
      },
      loops,
    )
    const bare = lines.map((line) => ({ from: line.from, to: line.to, label: { width: 0, height: 0 } }))
    const among = bare.map((edge) => (edge.from < inner.length && edge.to < inner.length ? edge : { ...edge, to: edge.from }))
    const back = new Set(backward(inner.length + portKeys.length, among))
    bare.forEach(({ from, to }, i) => {
      const [begin, end] = [ports.get(portKeys[from - inner.length] ?? ''), ports.get(portKeys[to - inner.length] ?? '')]
      if (begin?.side === 'right' || end?.side === 'left') back.add(i)
    })
    // which side a wire leaves a box at is known now, and so the boxes can be drawn
    const sides = inner.map(() => new Map<string, Port>())
    lines.forEach(({ from, to, wires }, i) => {
      for (const wire of wires) {
        const right = !back.has(i)
        sides[from]?.set(`${portOf(wire, true)}${right ? '>' : '<'}`, { wire, out: true, side: right ? 'right' : 'left' })
        sides[to]?.set(`${portOf(wire, false)}${right ? '<' : '>'}`, { wire, out: false, side: right ? 'left' : 'right' })
      }
    })
    const drawn = inner.map((each, i) => this.process(each, sides[i] ?? new Map<string, Port>(), depth, loops.get(each) ?? []))
    const nodes: LayerNode[] = [
      ...drawn.map((each, i): LayerNode => ({
        width: each.width,
        height: each.height,
        ends: (line, side) => {
          const about = lines[line]
          const wire = about?.wires[0]
          if (about === undefined || wire === undefined) return undefined
          return each.ports.get(`${portOf(wire, about.from === i)}${side === 'right' ? '>' : '<'}`)
        },
      })),
      ...portKeys.map((key): LayerNode => ({ width: 0, height: 2, border: ports.get(key)?.side ?? 'left' })),
    ]
    const edges = lines.map(({ from, to, wires, labelled }) => ({
      from,
      to,
      label: labelled ? this.extent(wires) : { width: 0, height: 0 },
    }))
    const layers = layOut(nodes, edges, back)
    const parts = [
      ...lines.flatMap((line, i) => this.drawLine(line, layers.edges[i]?.points ?? [], inner[line.to]?.inner.length === 0)),
      ...drawn.flatMap((each, i) => {
        const [x, y] = layers.nodes[i] ?? [0, 0]
        return [`<g transform="translate(${round(x)} ${round(y)})">`, ...each.parts, '</g>']
      }),
      ...lines.flatMap((line, i) => {
        const at = layers.edges[i]?.label
        return at === undefined ? [] : this.drawLabel(line.wires, at[0], at[1])
      }),
    ]
    const portHeights = new Map(portKeys.map((key, i) => [key, layers.nodes[inner.length + i]?.[1] ?? 0]))
    return { width: layers.width, height: layers.height, parts, ports: portHeights }
  }

  /** Joins segments between the same two nodes, unless they end at a box, where each wire has a port of its own. */
  private lines(box: Box, numbersOf: (end: End) => readonly number[], loops: Map<Box, number[]>): Line[] {
    const lines: Line[] = []
    for (const { from, to, wire, labelled } of this.segments.get(box) ?? []) {
      if (from === to && !('port' in from)) {
        const known = loops.get(from)
        if (known === undefined) loops.set(from, [wire])
        else known.push(wire)
        continue
      }
      const simple = (end: End): boolean => !('port' in end) && end.inner.length === 0
      const joins = simple(from) && simple(to)
      for (const begin of numbersOf(from))
        for (const end of numbersOf(to)) {
          const known = joins ? lines.find((line) => line.from === begin && line.to === end) : undefined
          if (known === undefined) lines.push({ from: begin, to: end, wires: [wire], labelled })
          else if (!known.wires.includes(wire)) known.wires.push(wire)
        }
    }
    return lines
  }

  private process(box: Box, ports: ReadonlyMap<string, Port>, depth: number, loops: readonly number[]): Drawn {
    const { process, inner } = box
    const name = shortened(process.name)
    const count = process.copies === undefined ? '' : process.copies === 'FORK' ? ' forked' : ` ×${shortened(process.copies)}`
    const more = process.within !== undefined ? ` (${process.within} within)` : process.unfollowed === undefined ? '' : ' …'
    const loop = loops.length === 0 ? { width: 0, height: 0 } : this.extent(loops)
    const above = loops.length === 0 ? 0 : loop.height + 16
    if (inner.length > 0) return this.box(box, ports, depth, { name, count, loops, above })
    const on = process.on === undefined ? '' : ` ${shortened(process.on)}`
    const text = name.length + count.length + more.length + on.length
    const width = Math.max(text * CHARACTER + 24, loop.width + 8, 48)
    const height = Math.max(LEAF_HEIGHT, (ports.size + 1) * 9)
    const kind = process.outside === true || box.itself === true ? 'outside' : 'leaf'
    const body = `width="${round(width)}" height="${height}" rx="5"`
    const times = count === '' ? '' : `<tspan class="count">${escapeXml(count)}</tspan>`
    const parts = [
      ...(count === '' ? [] : [`<rect class="copy" x="4" y="${round(above + 4)}" ${body}/>`]),
      `<rect class="${kind}" y="${round(above)}" ${body}><title>${escapeXml(placeOf(process))}</title></rect>`,
      `<text class="name${box.itself === true ? ' quiet' : ''}" x="${round(width / 2)}" y="${round(above + height / 2)}">${escapeXml(name)}${times}${more}${on === '' ? '' : `<tspan class="quiet">${escapeXml(on)}</tspan>`}</text>`,
      ...this.drawLoop(loops, width, above),
    ]
    const heights = new Map<string, number>()
    for (const side of ['left', 'right'] as const) {
      const keys = [...ports].filter(([, port]) => port.side === side)
      if (above > 0) keys.forEach(([key], i) => heights.set(key, above + ((i + 1) * height) / (keys.length + 1)))
    }
    return { width: width + (count === '' ? 0 : 4), height: height + above + (count === '' ? 0 : 4), parts, ports: heights }
  }

  private box(
    box: Box,
    ports: ReadonlyMap<string, Port>,
    depth: number,
    {
      name,
      count,
      loops,
      above,
    }: { readonly name: string; readonly count: string; readonly loops: readonly number[]; readonly above: number },
  ): Drawn {
    const level = this.level(box, ports, depth + 1)
    const left = [...ports.values()].some(({ side }) => side === 'left') ? 0 : PADDING
    const right = [...ports.values()].some(({ side }) => side === 'right') ? 0 : PADDING
    const needed = (name.length + count.length) * (CHARACTER + 0.6) + 2 * PADDING
    const natural = level.width + left + right
    const width = Math.max(natural, needed)
    // ways in and out are at the borders of the level, so a box that its title makes wider has lines that lengthen them
    const shift = (width - natural) / 2
    const top = above + TITLE
    const height = TITLE + level.height + PADDING
    const heights = new Map([...level.ports].map(([key, y]) => [key, y + top + 1]))
    const stubs = [...level.ports].flatMap(([key, y]) => {
      if (shift === 0) return []
      const at = round(y + top + 1)
      return ports.get(key)?.side === 'left'
        ? [`<path class="wire" d="M0 ${at}H${round(shift)}"/>`]
        : [`<path class="wire" d="M${round(width - shift)} ${at}H${round(width)}"/>`]
    })
    const extra = count === '' ? 0 : 5
    const parts = [
      ...(count === ''
        ? []
        : [`<rect class="copy" x="5" y="${round(above + 5)}" width="${round(width)}" height="${round(height)}" rx="8"/>`]),
      `<rect class="box" y="${round(above)}" width="${round(width)}" height="${round(height)}" rx="8"><title>${escapeXml(placeOf(box.process))}</title></rect>`,
      `<text class="title" x="${PADDING}" y="${round(above + 18)}">${escapeXml(name)}${count === '' ? '' : `<tspan class="count">${escapeXml(count)}</tspan>`}</text>`,
      ...stubs,
      `<g transform="translate(${round(left + shift)} ${round(top)})">`,
      ...level.parts,
      '</g>',
      ...this.drawLoop(loops, width, above),
    ]
    return { width: width + extra, height: height + above + extra, parts, ports: heights }
  }

  private labels(wires: readonly number[]): readonly (readonly [name: string, protocol: string])[] {
    const named = wires.slice(0, MOST_NAMED).map((wire) => {
      const { name = '', protocol = '' } = this.network.channels[wire] ?? {}
      return [shortened(name), shortened(protocol)] as const
    })
    const more = wires.length - named.length
    return more === 0 ? named : [...named, [`and ${more} more`, ''] as const]
  }

  private extent(wires: readonly number[]): { readonly width: number; readonly height: number } {
    const texts = this.labels(wires)
    const widest = texts.reduce((most, [name, protocol]) => Math.max(most, name.length + protocol.length + 1), 0)
    return { width: widest * SMALL_CHARACTER + 10, height: texts.length * LINE }
  }

  private drawLabel(wires: readonly number[], x: number, top: number): string[] {
    return this.labels(wires).map(
      ([name, protocol], i) =>
        `<text class="label" x="${round(x)}" y="${round(top + (i + 1) * LINE - 2)}">${escapeXml(name)}${protocol === '' ? '' : ` <tspan class="quiet">${escapeXml(protocol)}</tspan>`}</text>`,
    )
  }

  /** A process that speaks to copies of itself. */
  private drawLoop(wires: readonly number[], width: number, above: number): string[] {
    if (wires.length === 0) return []
    const [x, y] = [width / 2, above]
    const wide = Math.min(24, width / 4)
    return [
      `<path class="wire end" d="M${round(x + wide)} ${round(y)}v-4a8 8 0 0 0 -8 -8h${round(16 - 2 * wide)}a8 8 0 0 0 -8 8v4"/>`,
      ...this.drawLabel(wires, x, 0),
    ]
  }

  private drawLine({ wires }: Line, points: readonly (readonly [number, number])[], arrow: boolean): string[] {
    const [first, ...others] = points
    if (first === undefined) return []
    let path = `M${round(first[0])} ${round(first[1])}`
    let [x, y] = first
    for (const [toX, toY] of others) {
      if (Math.abs(toY - y) < 0.5) path += `H${round(toX)}`
      else {
        const middle = round((x + toX) / 2)
        path += `C${middle} ${round(y)} ${middle} ${round(toY)} ${round(toX)} ${round(toY)}`
      }
      x = toX
      y = toY
    }
    const names = this.labels(wires).map(([name, protocol]) => `${name} ${protocol}`.trim())
    return [`<path class="wire${arrow ? ' end' : ''}" d="${path}"><title>${escapeXml(names.join(', '))}</title></path>`]
  }
}

const shortened = (text: string): string => (text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text)

const placeOf = ({ name, file, line }: NetworkProcess): string => (file === '' ? name : `${name}, ${file}:${line}`)
