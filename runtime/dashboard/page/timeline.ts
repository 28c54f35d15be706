/** Going back in time, and the chart of chosen processes: for each a line in the colours of its states, with a mark where it has moved. */
import { find, kindOf } from './model.ts'
import type { Chosen, Kind, Snapshot } from './model.ts'

const LANE = 26
const LABEL = 170

/** Draws what was recorded of some processes. It is sampled: what was between two looks is not known. */
export function drawLanes(canvas: HTMLCanvasElement, lanes: readonly Chosen[], snapshots: readonly Snapshot[], at: Snapshot): void {
  const ratio = devicePixelRatio
  canvas.style.height = `${Math.max(1, lanes.length) * LANE}px`
  canvas.width = Math.round(canvas.clientWidth * ratio)
  canvas.height = Math.round(Math.max(1, lanes.length) * LANE * ratio)
  const g = canvas.getContext('2d')
  const [first, last] = [snapshots[0], snapshots.at(-1)]
  if (g === null || first === undefined || last === undefined) return
  const style = getComputedStyle(canvas)
  const colour = (name: Kind | 'ink' | 'card' | 'accent'): string => style.getPropertyValue(`--${name}`).trim()
  g.setTransform(ratio, 0, 0, ratio, 0, 0)
  const width = canvas.clientWidth - LABEL
  const x = (time: number): number => LABEL + ((time - first.at) / Math.max(1, last.at - first.at)) * width
  lanes.forEach((lane, i) => {
    const y = i * LANE
    g.fillStyle = colour('ink')
    g.font = '11px ui-monospace, monospace'
    g.fillText(lane.path.length > 24 ? `…${lane.path.slice(-23)}` : lane.path, 0, y + 16)
    let node: string | undefined
    snapshots.forEach((snapshot, j) => {
      const found = find(snapshot, lane)
      const until = snapshots[j + 1]?.at ?? snapshot.at
      if (found === undefined) return
      g.fillStyle = colour(kindOf(found.state))
      g.fillRect(x(snapshot.at), y + 6, Math.max(1, x(until) - x(snapshot.at)), 12)
      if (node !== found.node) {
        g.fillStyle = colour('card')
        g.fillText(found.node, Math.min(x(snapshot.at) + 3, canvas.clientWidth - 20), y + 16)
        g.fillStyle = colour('ink')
        if (node !== undefined) g.fillRect(x(snapshot.at) - 1, y + 2, 2, 20)
      }
      node = found.node
    })
  })
  g.fillStyle = colour('accent')
  g.fillRect(Math.min(x(at.at), canvas.clientWidth - 2), 0, 2, lanes.length * LANE)
}
