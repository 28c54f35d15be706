/** Draws the scene and takes what the mouse does with it. One frame costs little however many dots there are: large blocks are kept as pictures. */
import { cutCables, dotAt, hitAt, Places } from './layout.ts'
import type { Area, Block, CutCable, Hit, Scene } from './layout.ts'
import { KINDS, kindOf } from './model.ts'
import type { Chosen, Kind, Move, Snapshot } from './model.ts'

export interface CanvasEvents {
  choose(hit: Hit): void
  fold(block: Block): void
  /** A process, or all of a block, was dropped on a node. */
  drop(what: { readonly program: string; readonly path: string; readonly from: string }, to: string): void
}

type Colours = Readonly<Record<Kind | 'paper' | 'ink' | 'quiet' | 'faint' | 'card' | 'line' | 'accent' | 'bad', string>>

/** A block with more dots is kept as a picture. */
const DRAWN_ONE_BY_ONE = 600
/** Channels that are drawn. */
const MOST_EDGES = 4_000
const MOVE_MS = 900
const FONT = '12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace'

interface Flying {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly begun: number
}

export class Canvas {
  private scene: Scene = { areas: [], width: 0, height: 0 }
  private places = new Places(this.scene)
  private edges = new Path2D()
  private chosenEdges = new Path2D()
  private cables: readonly CutCable[] = []
  private snapshot: Snapshot | undefined
  private chosen: Chosen | undefined
  private zoom = 1
  private origin: [x: number, y: number] = [24, 24]
  private readonly pictures = new WeakMap<Uint8Array, HTMLCanvasElement>()
  private readonly flying: Flying[] = []
  private pressed: { readonly at: [number, number]; readonly hit: Hit | undefined; moved: boolean } | undefined
  private hovered: Hit | undefined
  private pointer: [x: number, y: number] = [0, 0]
  private colours: Colours
  private asked = false
  /** Whether the user has moved the picture: it keeps its place then. */
  private touched = false
  private readonly still = matchMedia('(prefers-reduced-motion: reduce)')
  /** Frames that were drawn, and the milliseconds that the last took. */
  readonly drawn = { frames: 0, lastMs: 0 }

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: CanvasEvents,
  ) {
    this.colours = coloursOf(canvas)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', () => {
      this.recolour()
    })
    new ResizeObserver(() => {
      this.ask()
    }).observe(canvas)
    this.listen()
  }

  recolour(): void {
    this.colours = coloursOf(this.canvas)
    this.rewire()
    this.ask()
  }

  show(scene: Scene, snapshot: Snapshot, chosen: Chosen | undefined): void {
    const rewired = scene !== this.scene || snapshot.wiring !== this.snapshot?.wiring || chosen !== this.chosen
    this.cables = cutCables(scene, snapshot.severed)
    this.scene = scene
    this.snapshot = snapshot
    this.chosen = chosen
    if (rewired) {
      this.places = new Places(scene)
      this.rewire()
    }
    if (rewired && !this.touched) this.fit()
    this.ask()
  }

  /** Shows processes on their way. */
  fly(moves: readonly Move[], before: Places): void {
    if (this.still.matches) return
    for (const { program, process, to, from } of moves.slice(0, 50)) {
      const target = this.places.of(program, process)[0] ?? this.middleOf(to)
      const source = before.of(program, process)[0] ?? this.middleOf(from)
      if (target !== undefined && source !== undefined) this.flying.push({ from: source, to: target, begun: performance.now() })
    }
    this.ask()
  }

  /** Its width, in heights, roughly: so that a picture is not laid out anew for each pixel that a window grows. */
  get aspect(): number {
    const { clientWidth, clientHeight } = this.canvas
    return clientHeight === 0 ? 1.5 : Math.min(3, Math.max(0.5, Math.round((2 * clientWidth) / clientHeight) / 2))
  }

  get currentPlaces(): Places {
    return this.places
  }

  /** Shows all of it. */
  fit(): void {
    this.touched = false
    const { clientWidth, clientHeight } = this.canvas
    const [width, height] = [Math.max(1, this.scene.width), Math.max(1, this.scene.height)]
    this.zoom = Math.max(0.05, Math.min(1.6, (clientWidth - 48) / width, (clientHeight - 84) / height))
    this.origin = [Math.max(24, (clientWidth - this.scene.width * this.zoom) / 2), 24]
    this.ask()
  }

  /** @param factor by which everything becomes larger, about a point of the canvas */
  enlarge(factor: number, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2): void {
    this.touched = true
    const zoom = Math.max(0.05, Math.min(8, this.zoom * factor))
    this.origin = [x - ((x - this.origin[0]) * zoom) / this.zoom, y - ((y - this.origin[1]) * zoom) / this.zoom]
    this.zoom = zoom
    this.ask()
  }

  pan(dx: number, dy: number): void {
    this.touched = true
    this.origin = [this.origin[0] + dx, this.origin[1] + dy]
    this.ask()
  }

  /** Brings a process into the middle. */
  reveal({ program, path }: Chosen): void {
    const [place] = this.places.of(program, path)
    if (place === undefined) return
    this.touched = true
    if (this.zoom < 0.7) this.zoom = 1
    this.origin = [this.canvas.clientWidth / 2 - place[0] * this.zoom, this.canvas.clientHeight / 2 - place[1] * this.zoom]
    this.ask()
  }

  /** @returns where a process is on the screen, for those who drag without a mouse of their own */
  screenPlace({ program, path }: Chosen): readonly [x: number, y: number] | undefined {
    const [place] = this.places.of(program, path)
    const { left, top } = this.canvas.getBoundingClientRect()
    return place === undefined ? undefined : [left + this.origin[0] + place[0] * this.zoom, top + this.origin[1] + place[1] * this.zoom]
  }

  screenPlaceOfNode(name: string): readonly [x: number, y: number] | undefined {
    const area = this.scene.areas.find(({ node }) => node.name === name)
    const { left, top } = this.canvas.getBoundingClientRect()
    return area === undefined
      ? undefined
      : [left + this.origin[0] + (area.x + 60) * this.zoom, top + this.origin[1] + (area.y + 20) * this.zoom]
  }

  private middleOf(node: string): readonly [number, number] | undefined {
    const area = this.scene.areas.find((each) => each.node.name === node)
    return area === undefined ? undefined : [area.x + area.width / 2, area.y + area.height / 2]
  }

  // -------------------------------------------------------------------------------------------------------------- mouse

  private listen(): void {
    const { canvas } = this
    const at = (event: PointerEvent | WheelEvent): [number, number] => {
      const { left, top } = canvas.getBoundingClientRect()
      return [event.clientX - left, event.clientY - top]
    }
    const hit = ([x, y]: readonly [number, number]): Hit | undefined =>
      hitAt(this.scene, (x - this.origin[0]) / this.zoom, (y - this.origin[1]) / this.zoom)
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      canvas.setPointerCapture(event.pointerId)
      this.pressed = { at: at(event), hit: hit(at(event)), moved: false }
    })
    canvas.addEventListener('pointermove', (event) => {
      const now = at(event)
      const { pressed } = this
      this.hovered = hit(now)
      if (pressed !== undefined) {
        const [dx, dy] = [now[0] - this.pointer[0], now[1] - this.pointer[1]]
        if (!pressed.moved && Math.hypot(now[0] - pressed.at[0], now[1] - pressed.at[1]) > 4) pressed.moved = true
        if (pressed.moved && pressed.hit?.block === undefined) this.pan(dx, dy)
      }
      this.pointer = now
      canvas.style.cursor = pressed?.moved === true ? 'grabbing' : this.hovered?.block === undefined ? 'default' : 'pointer'
      this.ask()
    })
    canvas.addEventListener('pointerup', (event) => {
      const { pressed } = this
      this.pressed = undefined
      this.ask()
      if (pressed?.hit === undefined) return
      const { area, block } = pressed.hit
      const target = hit(at(event))
      if (pressed.moved) {
        if (block === undefined || target === undefined || target.area.node.name === area.node.name) return
        const path = pressed.hit.path ?? `${block.stem}*`
        this.events.drop({ program: block.program, path, from: area.node.name }, target.area.node.name)
        return
      }
      if (block !== undefined && pressed.hit.path === undefined && block.hasInner) this.events.fold(block)
      else this.events.choose(pressed.hit)
    })
    canvas.addEventListener('pointercancel', () => (this.pressed = undefined))
    canvas.addEventListener('pointerleave', () => {
      this.hovered = undefined
      this.ask()
    })
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault()
        if (event.ctrlKey || !event.shiftKey) this.enlarge(Math.exp(-event.deltaY * 0.0015), ...at(event))
        else this.pan(-event.deltaX - event.deltaY, 0)
      },
      { passive: false },
    )
    canvas.addEventListener('keydown', (event) => {
      const step = 60
      const keys: Readonly<Record<string, () => void>> = {
        ArrowLeft: () => this.pan(step, 0),
        ArrowRight: () => this.pan(-step, 0),
        ArrowUp: () => this.pan(0, step),
        ArrowDown: () => this.pan(0, -step),
        '+': () => this.enlarge(1.2),
        '-': () => this.enlarge(1 / 1.2),
        '0': () => this.fit(),
      }
      const act = keys[event.key]
      if (act === undefined || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      act()
    })
  }

  // ------------------------------------------------------------------------------------------------------------ drawing

  private ask(): void {
    if (this.asked) return
    this.asked = true
    requestAnimationFrame(() => {
      this.asked = false
      const begun = performance.now()
      this.draw(begun)
      this.drawn.frames++
      this.drawn.lastMs = performance.now() - begun
      if (this.flying.length > 0) this.ask()
    })
  }

  private rewire(): void {
    this.edges = new Path2D()
    this.chosenEdges = new Path2D()
    const { snapshot, chosen } = this
    let count = 0
    const connect = (program: string, writer: string, reader: string): void => {
      if (count > MOST_EDGES) return
      const own = chosen !== undefined && chosen.program === program && (chosen.path === writer || chosen.path === reader)
      for (const from of this.places.of(program, writer))
        for (const to of this.places.of(program, reader)) {
          count++
          curve(own ? this.chosenEdges : this.edges, from, to)
        }
    }
    const open = new Map<number, { readonly program: string; writer?: string; reader?: string }>()
    for (const { program, channels, ends } of snapshot?.wiring ?? []) {
      for (const [writer, reader] of channels) if (writer !== reader) connect(program, writer, reader)
      for (const [channel, path, , writes] of ends) {
        const known = open.get(channel) ?? { program }
        if (writes) known.writer ??= path
        else known.reader ??= path
        open.set(channel, known)
      }
    }
    for (const { program, writer, reader } of open.values())
      if (writer !== undefined && reader !== undefined && writer !== reader) connect(program, writer, reader)
  }

  private draw(now: number): void {
    const { canvas, colours } = this
    const ratio = devicePixelRatio
    const [width, height] = [canvas.clientWidth, canvas.clientHeight]
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
    }
    const g = canvas.getContext('2d')
    if (g === null) return
    g.setTransform(ratio, 0, 0, ratio, 0, 0)
    g.fillStyle = colours.paper
    g.fillRect(0, 0, width, height)
    g.translate(...this.origin)
    g.scale(this.zoom, this.zoom)
    const [left, top] = [-this.origin[0] / this.zoom, -this.origin[1] / this.zoom]
    const seen = { left, top, right: left + width / this.zoom, bottom: top + height / this.zoom }
    for (const area of this.scene.areas) this.drawArea(g, area)
    g.lineWidth = 1 / Math.max(0.6, this.zoom)
    g.strokeStyle = colours.line
    g.globalAlpha = 0.45
    g.stroke(this.edges)
    g.globalAlpha = 1
    g.lineWidth = 2
    g.strokeStyle = colours.accent
    g.stroke(this.chosenEdges)
    for (const { blocks } of this.scene.areas)
      for (const block of blocks) if (block.y < seen.bottom && block.y + 100_000 > seen.top) this.drawBlock(g, block, seen)
    for (const cable of this.cables) this.drawCable(g, cable)
    this.drawMarks(g, now)
    this.drawDrag(g)
  }

  private drawArea(g: CanvasRenderingContext2D, { node, x, y, width, height, blocks }: Area): void {
    const { colours } = this
    const gone = node.goneSince !== undefined
    const target = this.pressed?.moved === true && this.pressed.hit?.block !== undefined && this.hovered?.area.node.name === node.name
    g.beginPath()
    g.roundRect(x, y, width, height, 10)
    g.fillStyle = gone ? colours.faint : colours.card
    g.fill()
    g.lineWidth = target ? 2.5 : 1
    g.strokeStyle = target ? colours.accent : colours.faint
    if (node.measures?.cordoned === true && !gone) g.setLineDash([6, 4])
    g.stroke()
    g.setLineDash([])
    g.fillStyle = gone ? colours.quiet : colours.ink
    g.font = '600 14px ui-sans-serif, system-ui, sans-serif'
    g.fillText(node.name, x + 16, y + 25)
    g.font = '11px ui-sans-serif, system-ui, sans-serif'
    g.fillStyle = colours.quiet
    g.fillText(aboutOf(node), x + 16 + Math.max(34, node.name.length * 9), y + 25)
    if (blocks.length === 0) g.fillText(gone ? 'nothing is known of it any more' : 'no processes', x + 16, y + 58)
  }

  private drawCable(g: CanvasRenderingContext2D, { from, bend, to, middle: [x, y] }: CutCable): void {
    const { colours } = this
    g.strokeStyle = colours.bad
    g.lineWidth = 2.5
    g.setLineDash([5, 5])
    g.beginPath()
    g.moveTo(...from)
    g.quadraticCurveTo(...bend, ...to)
    g.stroke()
    g.setLineDash([])
    g.fillStyle = colours.paper
    g.beginPath()
    g.arc(x, y, 9, 0, 7)
    g.fill()
    g.stroke()
    g.beginPath()
    for (const side of [-4, 4]) {
      g.moveTo(x - 4, y - side)
      g.lineTo(x + 4, y + side)
    }
    g.stroke()
  }

  private drawBlock(g: CanvasRenderingContext2D, block: Block, seen: { readonly top: number; readonly bottom: number }): void {
    const { colours } = this
    if (this.zoom > 0.3) {
      g.font = FONT
      g.fillStyle = colours.ink
      const mark = block.hasInner ? (block.folded ? '▸ ' : '▾ ') : ''
      const left = block.size === 1 ? block.x + 14 : block.x
      g.strokeStyle = colours.card
      g.lineWidth = 4
      g.strokeText(`${mark}${block.name}`, left, block.y + 15) // channels do not strike names out
      g.fillText(`${mark}${block.name}`, left, block.y + 15)
      const more = block.size > 1 ? `×${block.size.toLocaleString('en')}` : ''
      const hidden = block.hidden > 0 ? `  ${block.hidden.toLocaleString('en')} within` : ''
      g.fillStyle = colours.quiet
      g.fillText(`${more}${hidden}`, left + (mark.length + block.name.length + 1) * 7.3, block.y + 15)
    }
    if (block.size > DRAWN_ONE_BY_ONE) {
      this.drawPictures(g, block)
      return
    }
    let i = 0
    for (const { states } of block.groups)
      for (const state of states) {
        const [x, y] = dotAt(block, i++)
        if (y < seen.top - 10 || y > seen.bottom + 10) continue
        g.fillStyle = colours[kindOf(state)]
        g.beginPath()
        g.arc(x, y, block.size === 1 ? 5 : block.cell * 0.38, 0, 7)
        g.fill()
      }
  }

  /** The picture of a block has a square for each dot. It is made again only when a state has changed. */
  private drawPictures(g: CanvasRenderingContext2D, block: Block): void {
    const [only] = block.groups
    if (only === undefined) return
    let picture = block.groups.length === 1 ? this.pictures.get(only.states) : undefined
    if (picture === undefined) {
      picture = this.pictureOf(block)
      if (block.groups.length === 1) this.pictures.set(only.states, picture)
    }
    g.imageSmoothingEnabled = this.zoom < 1
    g.drawImage(picture, block.dotsX, block.dotsY)
  }

  private pictureOf({ groups, size, columns, cell }: Block): HTMLCanvasElement {
    const picture = document.createElement('canvas')
    const rows = Math.ceil(size / columns)
    picture.width = columns * cell
    picture.height = rows * cell
    const g = picture.getContext('2d')
    if (g === null) return picture
    const image = g.createImageData(picture.width, picture.height)
    const pixels = new Uint32Array(image.data.buffer)
    const colours = Object.fromEntries(KINDS.map((kind) => [kind, pixelOf(this.colours[kind])]))
    let i = 0
    for (const { states } of groups)
      for (const state of states) {
        const colour = colours[kindOf(state)] ?? 0
        const begin = Math.floor(i / columns) * cell * picture.width + (i % columns) * cell
        for (let dy = 0; dy < cell - 1; dy++) pixels.fill(colour, begin + dy * picture.width, begin + dy * picture.width + cell - 1)
        i++
      }
    g.putImageData(image, 0, 0)
    return picture
  }

  private drawMarks(g: CanvasRenderingContext2D, now: number): void {
    const { colours, chosen } = this
    if (chosen !== undefined)
      for (const [x, y] of this.places.of(chosen.program, chosen.path)) {
        g.strokeStyle = colours.accent
        g.lineWidth = 2.5
        g.beginPath()
        g.arc(x, y, 9, 0, 7)
        g.stroke()
      }
    for (const each of [...this.flying]) {
      const part = (now - each.begun) / MOVE_MS
      if (part >= 1) {
        this.flying.splice(this.flying.indexOf(each), 1)
        continue
      }
      const eased = part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part)
      const x = each.from[0] + (each.to[0] - each.from[0]) * eased
      const y = each.from[1] + (each.to[1] - each.from[1]) * eased - Math.sin(part * Math.PI) * 40
      g.fillStyle = colours.moving
      g.beginPath()
      g.arc(x, y, 8, 0, 7)
      g.fill()
    }
  }

  private drawDrag(g: CanvasRenderingContext2D): void {
    const { pressed, colours } = this
    const block = pressed?.hit?.block
    if (pressed?.moved !== true || block === undefined) return
    const [x, y] = [(this.pointer[0] - this.origin[0]) / this.zoom, (this.pointer[1] - this.origin[1]) / this.zoom]
    const text = pressed.hit?.path?.split('/').at(-1) ?? `${block.name} ×${block.size}`
    g.font = FONT
    g.fillStyle = colours.moving
    g.beginPath()
    g.roundRect(x + 10, y - 12, text.length * 7.3 + 18, 24, 12)
    g.fill()
    g.fillStyle = colours.paper
    g.fillText(text, x + 19, y + 4)
  }
}

function aboutOf({ measures, goneSince }: Area['node']): string {
  if (goneSince !== undefined) return 'gone'
  if (measures === undefined) return ''
  return measures.leaving ? 'leaving' : measures.cordoned ? 'cordoned' : measures.ready ? '' : 'waits'
}

function curve(path: Path2D, [x, y]: readonly [number, number], [toX, toY]: readonly [number, number]): void {
  const bend = Math.min(60, 12 + Math.hypot(toX - x, toY - y) * 0.25)
  path.moveTo(x, y)
  path.bezierCurveTo(x + bend, y, toX + bend, toY, toX, toY)
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas)
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888888'
  return {
    ready: read('ready'),
    output: read('output'),
    input: read('input'),
    waiting: read('waiting'),
    moving: read('moving'),
    paper: read('paper'),
    ink: read('ink'),
    quiet: read('quiet'),
    faint: read('faint'),
    card: read('card'),
    line: read('line'),
    accent: read('accent'),
    bad: read('bad'),
  }
}

/** @param colour `#rrggbb`. @returns it as a pixel has it in memory */
function pixelOf(colour: string): number {
  const n = Number.parseInt(colour.slice(1), 16)
  return ((255 << 24) | ((n & 255) << 16) | (n & 0xff00) | (n >> 16)) >>> 0
}
