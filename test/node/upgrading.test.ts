/** A program that stood still while it was looked whether it can go on as another version goes on, on every node. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Survey } from '../../runtime/kernel/upgrade/obstacles.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { programs } from '../simulate/programs.ts'
import { clusterOf, homeOf, moveBranch, run, Watcher } from './home-simulation.ts'
import { codeUnits } from './simulation.ts'

for (const dry of [true, false])
  test(`a node that had nothing of a program when ${dry ? 'an upgrade was only asked for' : 'it was upgraded'} takes its processes afterwards`, () => {
    const world = new SimulatedWorld(7)
    const cluster = clusterOf(world, 2)
    const subject = programs.find(({ name }) => name === 'large') ?? programs[0]
    if (subject === undefined) throw new Error('there are no programs')
    const program = run(cluster, ({ screen }) => subject.frame(screen), { hears: false, units: subject.versions[0] })
    const watcher = new Watcher(cluster, program, '')
    const results: (Survey | NodeError)[] = []
    const order = { units: codeUnits(subject.versions[1]), map: '', dry }
    homeOf(cluster, program)
      ?.homes.get(program)
      ?.upgrade(order, (result) => results.push(result))
    assert.ok(world.run(() => results.length > 0, world.time + 1_000))
    const [result] = results
    assert.ok(result !== undefined && !(result instanceof NodeError) && result.obstacles.length === 0, JSON.stringify(result))
    assert.is(watcher.outcome, undefined)
    let moved = false
    const move = (): void => {
      moved ||= cluster.nodes.some((node) => (node.sites.get(program)?.migrations.counts.arrivals ?? 0) > 0)
      if (moved) return
      moveBranch(cluster)
      world.after(0.2, move)
    }
    move()
    assert.ok(
      world.run(() => watcher.outcome !== undefined, world.time + 60_000),
      'it ends',
    )
    assert.is(watcher.outcome?.exit, 0)
    assert.ok(moved, 'something has moved')
  })

test.run()
