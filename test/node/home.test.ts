/** The home of a program on a node, on the simulated engine: it moves, viewers come and go, and nothing is said, heard or done twice or not at all. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Change } from '../../runtime/engine/engine.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import type { Channel, Frame } from '../../runtime/kernel/scheduler/state.ts'
import { Echo, Repeat } from './machines/echo.ts'
import { LINES, Scribe } from './machines/scribe.ts'
import { PRINTED, Turns } from './machines/turns.ts'
import { clusterOf, crash, homeOf, moveBranch, join1, moveHome, moveProcess, often, run, Watcher } from './home-simulation.ts'
import type { Cluster } from './home-simulation.ts'
import { replaying, seeds } from './trace.ts'

const SEEDS = 30
const weathers: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

const TEXT = 'the bar-tailed godwit migrates further without stopping than any other bird'

test('a program on a node is viewed from elsewhere, hears what is typed and ends when the input does', () => {
  const cluster = clusterOf(new SimulatedWorld(1), 2)
  const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen))
  const watcher = new Watcher(cluster, program, TEXT)
  assert.ok(cluster.world.run(() => watcher.outcome !== undefined, 60_000))
  assert.is(watcher.shown, TEXT)
  assert.equal(watcher.outcome, { exit: 0, report: '' })
  assert.equal(cluster.nonsense, [])
})

for (const [what, frame, end] of [
  ['channels', ({ keyboard, screen }) => new Echo(null, keyboard, screen), ''],
  ['descriptors', ({ screen }) => new Repeat(null, screen), String.fromCharCode(TEXT.length & 127)],
] as const satisfies readonly (readonly [
  string,
  (channels: Readonly<Record<'keyboard' | 'screen' | 'error', Channel>>) => Frame,
  string,
])[]) {
  test(`the home moves while the program talks over ${what}, and its processes move too: each byte is heard and shown once`, () => {
    let moves = 0
    for (const seed of seeds(SEEDS)) {
      const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
      const cluster = clusterOf(world, 3)
      const program = run(cluster, frame)
      const watcher = new Watcher(cluster, program, TEXT)
      const over = (): boolean => watcher.outcome !== undefined || watcher.gone
      often(cluster, 8, over, () => {
        moveHome(cluster, program, (moved) => {
          if (moved) moves++
        })
      })
      if (seed % 2 === 0)
        often(cluster, 6, over, () => {
          moveProcess(cluster)
        })
      if (seed % 3 === 0)
        often(cluster, 8, over, () => {
          world.part(1 + Math.floor(world.random() * 3), 1 + Math.floor(world.random() * 3), world.random() * 4)
        })
      assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends; shown is ${watcher.shown}`)
      assert.is(watcher.shown, TEXT + end, `seed ${seed}`)
      assert.equal(watcher.outcome, { exit: 0, report: '' }, `seed ${seed}`)
      assert.equal(cluster.nonsense, [], `seed ${seed}`)
    }
    if (!replaying) assert.ok(moves > SEEDS, `${moves} moves of homes`)
  })
}

for (const durable of [false, true])
  test(`what processes on several nodes print in turn comes in that order, wherever they and the home are${durable ? ', and cuts are made' : ''}`, () => {
    let elsewhere = 0
    for (const seed of seeds(2 * SEEDS)) {
      const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
      const cluster = clusterOf(world, 4)
      const program = run(cluster, ({ screen, error }) => new Turns(null, screen, error), { durable })
      const watcher = new Watcher(cluster, program, '')
      const over = (): boolean => watcher.outcome !== undefined || watcher.gone
      often(cluster, seed % 4 === 0 ? 4 : 20, over, () => {
        if (moveBranch(cluster)) elsewhere++
      })
      if (seed % 3 === 0)
        often(cluster, 10, over, () => {
          moveHome(cluster, program)
        })
      if (seed % 5 === 0)
        often(cluster, 8, over, () => {
          world.part(1 + Math.floor(world.random() * 4), 1 + Math.floor(world.random() * 4), world.random() * 4)
        })
      assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends; shown is ${watcher.shown}`)
      assert.is(watcher.shown, PRINTED, `seed ${seed}`)
      assert.equal(watcher.outcome, { exit: 0, report: '' }, `seed ${seed}`)
      assert.equal(cluster.nonsense, [], `seed ${seed}`)
    }
    if (!replaying) assert.ok(elsewhere > SEEDS, `${elsewhere} moves`)
  })

const directory = mkdtempSync(join(tmpdir(), 'godwit-home-'))
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('a file that is written while the home and the process move has each byte once', () => {
  for (const seed of seeds(SEEDS)) {
    const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
    const cluster = clusterOf(world, 3)
    const name = `seed-${seed}`
    const program = run(cluster, ({ screen }) => new Scribe(null, Buffer.from(name), screen), { directory })
    const watcher = new Watcher(cluster, program, '')
    const over = (): boolean => watcher.outcome !== undefined || watcher.gone
    often(cluster, 3, over, () => {
      moveHome(cluster, program)
    })
    often(cluster, 3, over, () => {
      moveProcess(cluster)
    })
    assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends`)
    assert.is(watcher.shown, '\x03\x00', `seed ${seed}`)
    assert.equal(
      [...readFileSync(join(directory, name))],
      Array.from({ length: LINES }, (_, i) => i),
      `seed ${seed}`,
    )
  }
})

test('viewers come and go: each shows from where it begins, and one that comes after the end sees how it was', () => {
  for (const seed of seeds(SEEDS)) {
    const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
    const cluster = clusterOf(world, 3)
    const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen))
    const typist = new Watcher(cluster, program, TEXT)
    const over = (): boolean => typist.outcome !== undefined
    often(cluster, 10, over, () => {
      moveHome(cluster, program)
    })
    const later: Watcher[] = []
    often(cluster, 30, over, () => {
      const at = Math.floor(world.random() * typist.shown.length)
      later.push(new Watcher(cluster, program, '', { from: at }))
      if (later.length > 1 && world.random() < 0.5) later.pop()?.leave()
    })
    assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends`)
    const late = new Watcher(cluster, program, '', { tail: 4 })
    assert.ok(
      world.run(() => [...later, late].every(({ outcome }) => outcome !== undefined), 60_000),
      `seed ${seed}: all hear of the end`,
    )
    for (const { shown, missing } of later) {
      assert.ok(TEXT.endsWith(shown), `seed ${seed}: ${shown}`)
      assert.is(missing, 0)
    }
    assert.is(late.shown, TEXT.slice(-4), `seed ${seed}`)
  }
})

test('a program that is not durable is lost with the node of its home, and a viewer hears of it, also where no other node had anything of it', () => {
  for (const seed of seeds(10)) {
    const world = new SimulatedWorld(seed, { ...fairWeather, noticed: 1 })
    const cluster = clusterOf(world, 3)
    const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen))
    if (seed % 2 === 0) moveProcess(cluster)
    world.run(() => false, world.time + 20)
    const watcher = new Watcher(cluster, program, '')
    world.run(() => watcher.viewer !== undefined, world.time + 100)
    const node = homeOf(cluster, program)
    if (node !== undefined) crash(cluster, node)
    assert.ok(
      world.run(() => watcher.outcome !== undefined, 60_000),
      `seed ${seed}: the viewer hears of it`,
    )
    assert.is(watcher.outcome?.exit, 1)
    assert.match(watcher.outcome?.report ?? '', /R0408/)
  }
})

const DURABLE_SEEDS = 24

/** Kills nodes now and then, and has others come in their place. */
function killing(cluster: Cluster, over: () => boolean, most: number): () => number {
  const { world } = cluster
  let killed = 0
  let joined = 3
  const now = (): void => {
    world.after(5 + world.random() * most, () => {
      if (over() || killed === 4) return
      const all = world.random() < 0.2
      const [victim] = cluster.nodes.slice(Math.floor(world.random() * cluster.nodes.length))
      for (const node of all ? [...cluster.nodes] : [victim]) {
        if (node === undefined) continue
        crash(cluster, node)
        world.after(1 + world.random() * 20, () => {
          join1(cluster, ++joined)
        })
      }
      killed++
      now()
    })
  }
  now()
  return () => killed
}

for (const [what, frame, end] of [
  ['channels', ({ keyboard, screen }) => new Echo(null, keyboard, screen), ''],
  ['descriptors', ({ screen }) => new Repeat(null, screen), String.fromCharCode(TEXT.length & 127)],
] as const satisfies readonly (readonly [
  string,
  (channels: Readonly<Record<'keyboard' | 'screen' | 'error', Channel>>) => Frame,
  string,
])[]) {
  test(`nodes are killed while a durable program talks over ${what}: each byte is heard and shown once`, () => {
    let kills = 0
    for (const seed of seeds(DURABLE_SEEDS)) {
      const world = new SimulatedWorld(seed, { ...fairWeather, noticed: 1 })
      const cluster = clusterOf(world, 3)
      const program = run(cluster, frame, { durable: true })
      const watcher = new Watcher(cluster, program, TEXT)
      const over = (): boolean => watcher.outcome !== undefined || watcher.gone
      const killed = killing(cluster, over, 60)
      if (seed % 2 === 0)
        often(cluster, 6, over, () => {
          moveProcess(cluster)
        })
      if (seed % 4 === 1)
        often(cluster, 40, over, () => {
          moveHome(cluster, program)
        })
      assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends; shown is ${watcher.shown}`)
      assert.is(watcher.shown, TEXT + end, `seed ${seed}`)
      assert.equal(watcher.outcome, { exit: 0, report: '' }, `seed ${seed}`)
      kills += killed()
    }
    if (!replaying) assert.ok(kills > DURABLE_SEEDS, `${kills} kills`)
  })
}

test('nodes are killed while a durable program writes a file: it has each byte once', () => {
  for (const seed of seeds(DURABLE_SEEDS)) {
    const world = new SimulatedWorld(seed, { ...fairWeather, noticed: 1 })
    const cluster = clusterOf(world, 3)
    const name = `durable-${seed}`
    const program = run(cluster, ({ screen }) => new Scribe(null, Buffer.from(name), screen), { directory, durable: true })
    const watcher = new Watcher(cluster, program, '')
    const over = (): boolean => watcher.outcome !== undefined || watcher.gone
    killing(cluster, over, 40)
    assert.ok(world.run(over, 60_000), `seed ${seed}: the program ends`)
    assert.is(watcher.shown, '\x03\x00', `seed ${seed}`)
    assert.equal(
      [...readFileSync(join(directory, name))],
      Array.from({ length: LINES }, (_, i) => i),
      `seed ${seed}`,
    )
  }
})

test('a durable program whose last cut cannot be read does not go on; its node and other programs do, and whoever looks is told', () => {
  for (const [what, spoil] of [
    ['its home is nonsense', (text: string): string => text.replace(/"home":\{"text":"[^"]*"/, '"home":{"text":"AAAA"')],
    ['an image is nonsense', (text: string): string => text.replace(/"image":\{"text":"[^"]*"/, '"image":{"text":"R0RXSQAA"')],
    [
      'a blob is not there',
      (text: string): string => text.replace(/"home":\{"text":"[^"]*"\}/, `"home":{"blob":"${'0'.repeat(64)}","bytes":9}`),
    ],
    ['it says nothing', (): string => '{"number":1,"full":true}'],
    ['it is no JSON', (): string => 'cut'],
  ] as const) {
    const world = new SimulatedWorld(1, { ...fairWeather, noticed: 1 })
    const cluster = clusterOf(world, 3)
    const broken = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen), { durable: true })
    const sound = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen), { durable: true })
    world.run(() => false, world.time + 100)
    const [first, second] = cluster.nodes
    if (first === undefined || second === undefined) throw new Error('no node')
    let spoiled = false
    second.engine.directory.list(`cut/${broken}/`, (entries = []) => {
      second.engine.directory.swap(
        entries.map(([key, value]) => ({ key, expect: value, value: spoil(value) })),
        (outcome) => {
          spoiled = outcome === 'done'
        },
      )
    })
    assert.ok(
      world.run(() => spoiled, world.time + 5_000),
      what,
    )
    crash(cluster, first)
    const watcher = new Watcher(cluster, broken, '')
    const other = new Watcher(cluster, sound, TEXT)
    assert.ok(
      world.run(() => watcher.outcome !== undefined && other.outcome !== undefined, world.time + 60_000),
      `${what}: both end; shown is ${other.shown}`,
    )
    assert.match(watcher.outcome?.report ?? '', /R0443/, what)
    assert.is(other.shown, TEXT, what)
    homeOf(cluster, broken)?.homes.get(broken)?.stop()
    assert.ok(
      world.run(() => homeOf(cluster, broken) === undefined, world.time + 5_000),
      `${what}: it can be given up`,
    )
  }
})

test('a program whose last cut could not be read goes on when that is mended and its home moves, on nodes that had given it up', () => {
  for (const [what, text, by] of [
    ['its home', /"home":\{"text":"[^"]*"/, '"home":{"text":"AAAA"'],
    ['an image', /"image":\{"text":"[^"]*"/, '"image":{"text":"R0RXSQAA"'],
  ] as const) {
    const world = new SimulatedWorld(1, { ...fairWeather, noticed: 1 })
    const cluster = clusterOf(world, 3)
    const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen), { durable: true })
    world.run(() => false, world.time + 100)
    const [first, second] = cluster.nodes
    if (first === undefined || second === undefined) throw new Error('no node')
    const { directory: store } = second.engine
    const replace = (changes: readonly Change[]): void => {
      let outcome = ''
      store.swap(changes, (told) => (outcome = told))
      assert.ok(
        world.run(() => outcome === 'done', world.time + 5_000),
        what,
      )
    }
    let spoiling: readonly Change[] = []
    store.list(`cut/${program}/`, (entries = []) => {
      spoiling = entries.map(([key, value]) => ({ key, expect: value, value: value.replace(text, by) }))
    })
    world.run(() => spoiling.length > 0, world.time + 5_000)
    replace(spoiling)
    crash(cluster, first)
    const told = new Watcher(cluster, program, '')
    assert.ok(
      world.run(() => told.outcome !== undefined, world.time + 60_000),
      what,
    )
    assert.match(told.outcome?.report ?? '', /R0443/, what)
    replace(spoiling.map(({ key, expect, value }) => ({ key, expect: value, value: expect })))
    let moved = false
    assert.ok(
      moveHome(cluster, program, (done) => (moved = done)),
      what,
    )
    assert.ok(
      world.run(() => moved, world.time + 60_000),
      `${what}: the home is taken`,
    )
    const watcher = new Watcher(cluster, program, TEXT)
    assert.ok(
      world.run(() => watcher.outcome !== undefined, world.time + 60_000),
      `${what}: it ends; shown is ${watcher.shown}`,
    )
    assert.is(watcher.shown, TEXT, what)
  }
})

test('a checkpoint is made or refused whatever becomes of the program meanwhile, its end too', () => {
  for (const seed of seeds(60)) {
    const cluster = clusterOf(new SimulatedWorld(seed, weathers[seed % weathers.length]), 1 + (seed % 3))
    const { world } = cluster
    const program = run(cluster, ({ screen }) => new Repeat(null, screen), { durable: seed % 4 === 0 })
    const watcher = new Watcher(cluster, program, TEXT)
    let [asked, answered] = [0, 0]
    const over = (): boolean => watcher.outcome !== undefined
    often(cluster, 2, over, () => {
      moveProcess(cluster)
    })
    often(cluster, 3, over, () => {
      const home = homeOf(cluster, program)?.homes.get(program)
      if (home === undefined) return
      asked++
      home.checkpoint({ ends: false, most: 3 }, () => answered++)
      if (seed % 2 === 0 && watcher.shown.length > 20)
        world.after(world.random() * 2, () => {
          home.stop()
        })
    })
    assert.ok(world.run(over, world.time + 60_000), `seed ${seed}: it ends`)
    world.run(() => false, world.time + 5_000)
    const all = TEXT + String.fromCharCode(TEXT.length & 127)
    assert.ok(seed % 2 === 0 ? all.startsWith(watcher.shown) : watcher.shown === all, `seed ${seed}: ${watcher.shown}`)
    assert.is(answered, asked, `seed ${seed}: each is answered once`)
  }
})

test('a checkpoint that is under way when the program goes is refused', () => {
  const cluster = clusterOf(new SimulatedWorld(1), 3)
  const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen))
  const node = homeOf(cluster, program)
  const answers: string[] = []
  node?.homes.get(program)?.checkpoint({ ends: false, most: 3 }, (result) => {
    answers.push('code' in result ? result.code : 'kept')
  })
  node?.removeSite(program)
  cluster.world.run(() => false, cluster.world.time + 1_000)
  assert.equal(answers, ['R0410'])
})

test.run()
