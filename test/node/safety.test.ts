/**
 * What is acted on is safe: where the store has done a compare-and-set, and has said neither that it was done nor that it would outlive a power failure,
 * nobody goes on before a synced one has said so.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine } from '../../runtime/engine/engine.ts'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { keepCheckpoint } from '../../runtime/node/durable/checkpoints.ts'
import { commitCut } from '../../runtime/node/durable/cut-store.ts'
import { Recovery } from '../../runtime/node/durable/recovery.ts'
import { programKey } from '../../runtime/node/program/program.ts'
import type { ProgramRecord } from '../../runtime/node/program/program.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { withSwap } from './altered-directory.ts'
import { SimulatedShelf } from './simulation.ts'

const PROGRAM = 1
/** A program whose home has gone. */
const RECORD: ProgramRecord = {
  id: PROGRAM,
  source: 'test.csp',
  incarnation: 0,
  home: 99,
  homeMoves: 0,
  main: 1,
  durable: { everyMs: 5 },
  origin: { code: 'none', nodes: [] },
}

/** A member of a world whose store does what is asked first, does not sync it, and does not say so. */
function silentOnce(world: SimulatedWorld): Engine {
  const engines: Engine[] = []
  world.join('node', 'n1', (engine) => engines.push(engine))
  assert.ok(world.run(() => engines.length === 1, 1_000))
  const [engine] = engines
  if (engine === undefined) throw new Error('no member')
  engine.membership.open({ joined: () => undefined, left: () => undefined })
  let was = false
  const { directory } = engine
  const silent = withSwap(directory, (changes, done, options) => {
    if (was) {
      directory.swap(changes, done, options)
      return
    }
    was = true
    directory.swap(changes, () => {
      done('unknown')
    })
  })
  return Object.create(engine, { directory: { value: silent } }) as Engine // it differs from the engine in its directory alone
}

/**
 * @param act acts on what it has put into the directory when it calls `acted`
 * @param prefix of the key that it puts there
 */
function requireSafe(what: string, prefix: string, act: (engine: Engine, world: SimulatedWorld, acted: () => void) => void): void {
  test(what, () => {
    const world = new SimulatedWorld(1)
    const engine = silentOnce(world)
    const before = [[programKey(PROGRAM), JSON.stringify(RECORD)]] as const
    let isThere = false
    const { directory } = Object.getPrototypeOf(engine) as Engine // the one that says what it does
    directory.swap(
      before.map(([key, value]) => ({ key, expect: undefined, value })),
      () => (isThere = true),
      { synced: true },
    )
    assert.ok(world.run(() => isThere, world.time + 1_000))
    const found: boolean[] = []
    act(engine, world, () => {
      const keys = [...world.contents().keys()].filter((key) => key.startsWith(prefix))
      assert.is(keys.length, 1)
      found.push(keys.every((key) => world.isSafe(key)))
    })
    assert.ok(world.run(() => found.length > 0, world.time + 60_000))
    assert.equal(found, [true])
  })
}

requireSafe('a cut', 'cut/', (engine, _, acted) => {
  const record = [programKey(PROGRAM), JSON.stringify(RECORD)] as const
  commitCut(
    engine,
    { program: PROGRAM, record, entry: { number: 1, incarnation: 0, time: 1, from: 1, home: { text: '' }, parts: [] } },
    acted,
  )
})

requireSafe('a checkpoint', 'checkpoint/', (engine, _, acted) => {
  keepCheckpoint(engine, PROGRAM, { file: Buffer.from('checkpoint'), most: 3, time: 5, nodes: 1 }, acted)
})

/** @param begun hears of the incarnation that begins */
function recovery(engine: Engine, world: SimulatedWorld, begun: () => void): Recovery {
  return new Recovery({
    engine,
    messenger: new Messenger(engine, {}),
    shelf: new SimulatedShelf(world),
    reviveHome: undefined,
    beginAnew: begun,
    makeSite: () => {
      throw new Error('nothing is read here')
    },
    settled: () => undefined,
    lost: () => undefined,
    broken: () => undefined,
  })
}

requireSafe('the next incarnation of a program whose home has gone', programKey(PROGRAM), (engine, world, acted) => {
  recovery(engine, world, acted).raise(RECORD)
})

test.run()
