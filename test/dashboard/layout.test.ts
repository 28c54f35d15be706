/** Where the picture has the cables that are cut. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cutCables, layOut } from '../../runtime/dashboard/page/layout.ts'
import { Model } from '../../runtime/dashboard/page/model.ts'
import type { Severed, Snapshot } from '../../runtime/dashboard/page/model.ts'
import type { NodeMeasures } from '../../runtime/node/wire/observations.ts'

function snapshotOf(count: number, severed: readonly Severed[]): Snapshot {
  const nodes = Array.from({ length: count }, (_, i) => ({
    name: `n${i + 1}`,
    measures: undefined,
    before: undefined,
    groups: new Map<string, never>(),
    goneSince: undefined,
  }))
  return { at: 0, nodes, programs: [], wiring: [], severed }
}

test('a cut cable is between neighbours, over those that are between, and from one row to the next', () => {
  const snapshot = snapshotOf(5, [
    ['n1', 'n2'],
    ['n1', 'n3'],
    ['n1', 'n4'],
    ['n1', 'n9'],
  ])
  const scene = layOut(snapshot, { program: undefined, folded: new Set() })
  const [a, b, c, d] = scene.areas
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined)
  const [beside, over, below, ...more] = cutCables(scene, snapshot.severed)
  assert.equal(more, [], 'a node that is not there has no cable')
  assert.ok(beside !== undefined && over !== undefined && below !== undefined)
  assert.equal([beside.from[0], beside.to[0]], [a.x + a.width, b.x])
  assert.ok(over.bend[1] < a.y && over.middle[1] < a.y, 'it rises above the area between')
  assert.ok(over.from[0] < b.x && over.to[0] > b.x + b.width)
  assert.ok(below.from[1] === a.y + a.height && below.to[1] === d.y)
})

test('nodes that call each other silent are severed once, until they hear of each other again, and a node that has gone is not', () => {
  const model = new Model()
  const measures = (name: string, silent: readonly string[]): NodeMeasures =>
    ({ name, pid: 1, silent, moves: [], programs: [], uptimeSeconds: 1 }) as unknown as NodeMeasures // what the model looks at
  const hear = (...nodes: readonly NodeMeasures[]): readonly Severed[] => {
    model.hear({ kind: 'numbers', at: 0, nodes, programs: [] })
    return model.now.severed
  }
  assert.equal(hear(measures('n2', ['n1']), measures('n1', ['n2', 'n9'])), [['n1', 'n2']])
  assert.equal(hear(measures('n2', []), measures('n1', [])), [])
  model.cut([['n2', 'n1']])
  assert.equal(model.now.severed, [['n1', 'n2']])
  assert.equal(hear(measures('n2', ['n1']), measures('n1', [])), [['n1', 'n2']])
  model.cut([])
  assert.equal(hear(measures('n1', [])), [])
})

test.run()
