/** The picture of what runs, with its layout: processes are laid out anew only when there are others than before. */
import { Canvas } from './canvas.ts'
import type { CanvasEvents } from './canvas.ts'
import { byId, element } from './elements.ts'
import { layOut } from './layout.ts'
import type { Scene } from './layout.ts'
import type { Chosen, Kind, Snapshot } from './model.ts'

export interface PictureEvents extends Pick<CanvasEvents, 'drop'> {
  choose(chosen: Chosen): void
  /** Something was folded or unfolded: the picture wants to be shown again. */
  changed(): void
}

/** What the colours of processes mean. */
const LEGEND: Readonly<Record<Kind, string>> = {
  ready: 'ready',
  output: 'outputs',
  input: 'inputs, ALT',
  waiting: 'waits otherwise',
  moving: 'moves',
}

/** The page has a canvas for the picture, and a list `legend` for what its colours mean. */
export class LivingPicture {
  readonly canvas: Canvas
  private readonly folded = new Set<string>()
  private scene: Scene = { areas: [], width: 0, height: 0 }
  private sceneOf: { readonly shape: string; readonly snapshot: Snapshot } | undefined

  constructor(canvas: HTMLCanvasElement, events: PictureEvents) {
    byId('legend', HTMLUListElement).append(...Object.entries(LEGEND).map(([kind, words]) => element('li', { class: kind }, words)))
    this.canvas = new Canvas(canvas, {
      choose: ({ block, path }) => {
        if (block !== undefined && path !== undefined) events.choose({ program: block.program, path })
      },
      fold: ({ key }) => {
        if (!this.folded.delete(key)) this.folded.add(key)
        events.changed()
      },
      drop: (what, to) => {
        events.drop(what, to)
      },
    })
  }

  /** @param only the program that is shown; absent: all of them */
  show(snapshot: Snapshot, chosen: Chosen | undefined, only?: string): void {
    const aspect = this.canvas.aspect
    const shape = `${aspect} ${this.shapeOf(snapshot, only)}`
    if (this.sceneOf?.snapshot !== snapshot || this.sceneOf.shape !== shape) {
      this.scene = layOut(snapshot, { program: only, folded: this.folded, aspect })
      this.sceneOf = { shape, snapshot }
    }
    this.canvas.show(this.scene, snapshot, chosen)
  }

  /** What the layout depends on: which groups there are, and how large they are. */
  private shapeOf(snapshot: Snapshot, only: string | undefined): string {
    const nodes = snapshot.nodes.map(
      ({ name, groups, goneSince, measures }) =>
        `${name} ${goneSince ?? ''} ${measures?.cordoned === true} ${measures?.leaving === true} ${[...groups.values()].map(({ program, path, states, indices }) => `${program} ${path} ${states.length} ${indices?.[0] ?? ''}`).join()}`,
    )
    return `${only ?? ''} ${[...this.folded].join()} ${nodes.join(';')}`
  }
}
