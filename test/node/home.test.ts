/** The home of a program on a node, on the simulated engine: it moves, viewers come and go, and nothing is said, heard or done twice or not at all. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine, Weather } from '../../runtime/engine/simulated.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { NO_CHANNEL } from '../../runtime/kernel/scheduler/state.ts'
import type { Channel, Frame } from '../../runtime/kernel/scheduler/state.ts'
import { Viewer } from '../../runtime/node/commands/viewer.ts'
import { GodwitNode } from '../../runtime/node/node.ts'
import { NodeHome } from '../../runtime/node/program/node-home.ts'
import type { NewHome } from '../../runtime/node/program/node-home.ts'
import type { ProgramOutcome } from '../../runtime/node/program/outcome.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { Echo, Repeat } from './machines/echo.ts'
import { LINES, Scribe } from './machines/scribe.ts'
import { SimulatedDrive, SimulatedShelf, units } from './simulation.ts'
import { replaying, seeds, traced } from './trace.ts'

const SEEDS = 30
const weathers: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

interface Cluster {
  readonly world: SimulatedWorld
  readonly nodes: GodwitNode[]
  /** What the nodes have called nonsense. */
  readonly nonsense: string[]
}

function clusterOf(world: SimulatedWorld, count: number): Cluster {
  const cluster: Cluster = { world, nodes: [], nonsense: [] }
  const { nodes } = cluster
  for (let i = 1; i <= count; i++) {
    join1(cluster, i)
    if (!world.run(() => nodes.length === i, 5_000)) throw new Error('a node did not join')
  }
  if (!world.run(() => nodes.every((node) => node.messenger.nodes().length === count), 5_000)) throw new Error('the nodes did not meet')
  return cluster
}

/** Node number `i` joins. */
function join1({ world, nodes, nonsense }: Cluster, i: number): void {
  world.join('node', `n${i}`, (engine) => {
    const shelf = new SimulatedShelf(world)
    if (i === 1) for (const hash of units.keys()) shelf.has.add(hash)
    const node = new GodwitNode({
      engine: traced(world, engine),
      shelf,
      drive: (kernel, events) => new SimulatedDrive(engine, kernel, events),
      random: () => world.random(),
      events: { nonsense: (from, why) => nonsense.push(`${from.name}: ${why}`) },
    })
    node.open()
    nodes.push(node)
  })
}

/** Kills a node as if its OS process had died. */
function crash({ world, nodes }: Cluster, node: GodwitNode): void {
  world.crash(node.self.index)
  for (const site of node.sites.values()) site.drive.pause()
  nodes.splice(nodes.indexOf(node), 1)
}

/** What the blob of a program's code has in it, as the simulated shelf wants it. */
const CODE = [...units.keys()].map((hash) => ({
  hash,
  name: 'x',
  code: hash,
  codeMap: '',
  imports: [],
  debug: { name: 'x', files: [], sites: [], machines: [] },
}))

/** Begins a program whose home is on the first node. @returns its id */
function run(
  { world, nodes }: Cluster,
  frame: (channels: Readonly<Record<'keyboard' | 'screen' | 'error', Channel>>) => Frame,
  { directory, durable = false }: { readonly directory?: string; readonly durable?: boolean } = {},
): number {
  let id = 0
  let code: string | undefined
  const [first] = nodes
  if (first === undefined) throw new Error('no node')
  first.engine.blobs.put(Buffer.from(JSON.stringify(CODE)), (hash) => (code = hash), { synced: true })
  if (!world.run(() => code !== undefined, 5_000)) throw new Error('the store takes no code')
  const parts: NewHome = {
    services: { source: 'test.csp', args: [], files: [], ...(directory === undefined ? {} : { directory }) },
    record: {},
    hears: frame({ keyboard: NO_CHANNEL, screen: NO_CHANNEL, error: NO_CHANNEL }) instanceof Echo,
    main: (channels, site) => site.kernel.start(frame(channels)),
    ...(durable ? { durable: { everyMs: 5, relaxed: false, code: code ?? '' } } : {}),
  }
  NodeHome.begin(first, parts, (made) => {
    id = made
  })
  if (!world.run(() => id > 0, 5_000)) throw new Error('the program did not begin')
  return id
}

/** A viewer in a member of its own. */
class Watcher {
  shown = ''
  missing = 0
  outcome: ProgramOutcome | undefined
  gone = false
  viewer: Viewer | undefined
  wanted = false

  constructor(
    private readonly cluster: Cluster,
    private readonly program: number,
    private readonly typed: string,
    options: { readonly from?: number; readonly tail?: number } = {},
  ) {
    let at = 0
    cluster.world.join('client', undefined, (engine: SimulatedEngine) => {
      const messenger = new Messenger(traced(cluster.world, engine), {})
      messenger.open()
      const viewer = new Viewer(
        messenger,
        program,
        {
          output: ({ at: from, bytes }) => {
            this.shown += Buffer.from(bytes).toString('latin1')
            engine.clock.after(cluster.world.random(), () => {
              viewer.shown(from + bytes.length)
            })
          },
          missing: (bytes) => {
            this.missing += bytes
          },
          wanted: (wanted) => {
            this.wanted = wanted
          },
          notice: () => undefined,
          ended: (outcome) => {
            this.outcome = outcome
          },
          gone: () => {
            this.gone = true
          },
        },
        options,
      )
      this.viewer = viewer
      viewer.start()
      const type = (): void => {
        if (at >= this.typed.length) {
          if (this.typed !== '') viewer.endInput()
          return
        }
        const end = at + 1 + Math.floor(cluster.world.random() * 4)
        viewer.type(Buffer.from(this.typed.slice(at, end), 'latin1'))
        at = end
        engine.clock.after(cluster.world.random() * 3, type)
      }
      engine.clock.after(1, type)
    })
  }

  leave(): void {
    this.viewer?.close()
  }
}

/** @returns the node that has the home of a program, if one has it just now */
function homeOf({ nodes }: Cluster, program: number): GodwitNode | undefined {
  return nodes.find((node) => node.homes.has(program))
}

/** Moves the home to a random other node. @returns whether that was begun */
function moveHome(cluster: Cluster, program: number, done: (moved: boolean) => void = () => undefined): boolean {
  const node = homeOf(cluster, program)
  const others = node?.messenger.nodes().filter((m) => m.index !== node.self.index) ?? []
  const to = others[Math.floor(cluster.world.random() * others.length)]
  if (node === undefined || to === undefined) return false
  node.homes.get(program)?.moveTo(to, ({ error }) => {
    done(error === undefined)
  })
  return true
}

function moveProcess(cluster: Cluster): void {
  const { world, nodes } = cluster
  for (const node of nodes) {
    for (const site of node.sites.values()) {
      const [p] = processes(site.kernel)
      const others = node.messenger.nodes().filter((m) => m.index !== node.self.index)
      const to = others[Math.floor(world.random() * others.length)]
      if (p !== undefined && to !== undefined) site.migrations.depart([p], 'subtree', to, () => undefined)
    }
  }
}

/** Calls `work` every so often while the program runs. */
function often(cluster: Cluster, most: number, over: () => boolean, work: () => void): void {
  cluster.world.after(cluster.world.random() * most, () => {
    if (over()) return
    work()
    often(cluster, most, over, work)
  })
}

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

test.run()
