/** Files of a program whose processes move, on the simulated engine: each call is done once, wherever its answer finds the process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import { HomeServices } from '../../runtime/host/home-services.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { HOST } from '../../runtime/kernel/scheduler/state.ts'
import type { Deniable } from '../../runtime/host/home-services.ts'
import { LINES, Scribe } from './machines/scribe.ts'
import { begin, crash, simulate } from './simulation.ts'
import type { Cluster } from './simulation.ts'
import { replaying, seeds } from './trace.ts'

const SEEDS = 30
const directory = mkdtempSync(join(tmpdir(), 'godwit-files-'))
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

const weathers: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

function scribes(seed: number, denied: readonly Deniable[] = []): { cluster: Cluster; path: string } {
  const path = join(directory, `seed-${seed}`)
  const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
  const frame = (screen: Scribe['screen']): Scribe => new Scribe(null, new TextEncoder().encode(path), screen)
  return { cluster: simulate(world, 3, frame, { home: new HomeServices({ denied }) }), path }
}

/** Moves the scribe, if it is at a node and waits for its home. @returns whether it is under way */
function moveWaiting({ world, nodes }: Cluster): boolean {
  for (const node of nodes.values()) {
    for (const site of node.sites.values()) {
      const p = processes(site.kernel).find(({ state }) => state === HOST)
      const others = node.messenger.nodes().filter((m) => m.index !== node.self.index)
      const to = others[Math.floor(world.random() * others.length)]
      if (p === undefined || to === undefined) continue
      site.migrations.depart([p], world.random() < 0.5 ? 'only' : 'subtree', to, () => undefined)
      return true
    }
  }
  return false
}

test('what a process writes is written once, also when it moves while it waits for the answer', () => {
  const wanted = Array.from({ length: LINES }, (_, i) => i)
  let moves = 0
  for (const seed of seeds(SEEDS)) {
    const { cluster, path } = scribes(seed)
    const { world } = cluster
    begin(cluster)
    const now = (): void => {
      if (cluster.end !== undefined) return
      if (moveWaiting(cluster)) moves++
      if (world.random() < 0.02) world.part(1 + Math.floor(world.random() * 4), 1 + Math.floor(world.random() * 4), world.random() * 4)
      world.after(world.random() * 6, now)
    }
    now()
    assert.ok(
      world.run(() => cluster.end !== undefined, 60_000),
      `seed ${seed}: the program ends`,
    )
    assert.is(cluster.end?.kind, 'ended', `seed ${seed}`)
    assert.equal(cluster.shown, [3, 0], `seed ${seed}`)
    assert.equal([...readFileSync(path)], wanted, `seed ${seed}`)
  }
  if (!replaying) assert.ok(moves > 0, 'something has moved')
})

test('a process that is lost while it waits for its home is reported, and its file has a beginning of what it wrote', () => {
  const kinds = new Set<string | undefined>()
  for (const seed of seeds(SEEDS)) {
    const { cluster, path } = scribes(seed)
    begin(cluster)
    cluster.world.after(cluster.world.random() * 10, () => {
      crash(cluster, 1)
    })
    cluster.world.run(() => cluster.end !== undefined, 60_000)
    const { end } = cluster
    const kind = end?.kind === 'report' ? end.report.kind : end?.kind
    kinds.add(kind)
    assert.ok(kind === 'ended' || kind === 'loss' || kind === 'error', `seed ${seed}: ${JSON.stringify(end)}`)
    const wanted = Array.from({ length: LINES }, (_, i) => i)
    const bytes = [...readIfThere(path)]
    assert.equal(bytes, wanted.slice(0, kind === 'ended' ? LINES : bytes.length), `seed ${seed}`)
  }
  if (!replaying) assert.ok(kinds.has('loss'), 'a loss is met')
})

test('the node from which a process has moved that waits for its home may die: its answer is not lost, and nothing is done twice', () => {
  let met = 0
  for (const seed of seeds(3 * SEEDS)) {
    const { cluster, path } = scribes(seed)
    const { world } = cluster
    begin(cluster)
    let crashed = false
    const now = (): void => {
      if (cluster.end !== undefined || crashed) return
      const from = [...cluster.nodes].find(([, node]) => [...node.sites.values()].some((site) => processes(site.kernel).length > 0))?.[0]
      if (moveWaiting(cluster) && from !== undefined && world.random() < 0.3) {
        crashed = true
        world.after(world.random() * 3, () => {
          const gone = [...(cluster.nodes.get(from)?.sites.values() ?? [])].every((site) => processes(site.kernel).length === 0)
          if (gone) met++
          crash(cluster, from)
        })
      }
      world.after(world.random() * 6, now)
    }
    now()
    assert.ok(
      world.run(() => cluster.end !== undefined, 60_000),
      `seed ${seed}: the program ends`,
    )
    const { end } = cluster
    const kind = end?.kind === 'report' ? end.report.kind : end?.kind
    assert.ok(kind === 'ended' || kind === 'loss', `seed ${seed}: ${JSON.stringify(end)}`)
    const wanted = Array.from({ length: LINES }, (_, i) => i)
    const bytes = [...readIfThere(path)]
    assert.equal(bytes, wanted.slice(0, kind === 'ended' ? LINES : bytes.length), `seed ${seed}`)
  }
  if (!replaying) assert.ok(met > 0, 'a process had left the node that died')
})

function readIfThere(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch {
    return new Uint8Array(0) // it had not come so far
  }
}

test('a program that is denied files gets an error from wherever it calls', () => {
  const { cluster } = scribes(0, ['files'])
  cluster.world.run(() => cluster.end !== undefined, 60_000)
  assert.is(cluster.end?.kind, 'ended')
  assert.equal(cluster.shown, [-1 & 127, LINES])
})

test.run()
