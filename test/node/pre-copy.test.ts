/** Pre-copy: arrays that are sent ahead of a process that goes on writing to them, and what becomes of that when something fails. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { LinkTable } from '../../runtime/kernel/links/link-table.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Migrations } from '../../runtime/node/migration/migrations.ts'
import type { MigrationPort, Moving } from '../../runtime/node/migration/migrations.ts'
import { OwnerRecords } from '../../runtime/node/migration/owner-records.ts'
import type { Prepare } from '../../runtime/node/wire/messages.ts'
import { Hoard } from './machines/main.ts'
import { SimulatedShelf } from './simulation.ts'

const LIFE = { program: 1, incarnation: 0 }

/** A member with what migrations need of it; what it sends arrives a moment later at the other one. */
class Bench {
  readonly kernel = new Kernel({ now: () => 0, host: () => true })
  readonly links: LinkTable
  readonly migrations: Migrations
  other: Bench | undefined
  prepared: { readonly content: Prepare; readonly state: Uint8Array } | undefined
  /** Bytes that were sent ahead, and pieces. */
  ahead = 0
  pieces = 0
  over = 0
  /** What is sent ahead gets lost from this piece on. */
  loses = Infinity

  constructor(
    readonly world: SimulatedWorld,
    readonly engine: SimulatedEngine,
    instead: Partial<MigrationPort> = {},
  ) {
    const { self } = engine.membership
    this.links = new LinkTable(this.kernel, engine.index, () => undefined)
    const shelf = new SimulatedShelf(world)
    for (const letter of 'abcd') shelf.has.add(letter.repeat(64))
    engine.membership.open({ joined: () => undefined, left: (member) => this.migrations.memberLeft(member) })
    const later = (work: (other: Migrations) => void): void => {
      const { other } = this
      engine.clock.after(0.1, () => {
        if (other !== undefined) work(other.migrations)
      })
    }
    const about = { ...LIFE, cut: 0, time: 0 }
    this.migrations = new Migrations({
      about: () => about,
      engine,
      links: this.links,
      owners: new OwnerRecords(engine, LIFE),
      shelf,
      largestStateBytes: 1 << 28,
      departingCalls: () => [],
      arrivingCalls: () => undefined,
      prepare: (_, content, state) => {
        this.prepared = { content, state }
        later((other) => {
          other.prepare(self, content, state)
        })
      },
      stageHome: () => {
        throw new Error('no home moves here')
      },
      arrived: () => undefined,
      settled: () => undefined,
      refused: (_, content) => {
        later((other) => {
          other.refused(content)
        })
      },
      resumed: (_, content) => {
        later((other) => {
          other.resumed(content)
        })
      },
      requestCode: (_, _hashes, done) => {
        done([])
      },
      aheadNotes: {
        ahead: (_, piece, bytes) => {
          this.pieces++
          this.ahead += bytes.length
          const copy = bytes.slice()
          if (piece.piece < this.loses)
            later((other) => {
              other.ahead(self, piece, copy)
            })
        },
        kept: (_, content) => {
          later((other) => {
            other.aheadKept(content)
          })
        },
        over: (_, transfer) => {
          this.over++
          later((other) => {
            other.aheadOver(self, transfer)
          })
        },
      },
      changed: () => undefined,
      ...instead,
    })
  }

  /** The array of the process here; undefined when it is elsewhere. */
  get array(): Int32Array | undefined {
    const [p] = processes(this.kernel)
    return p === undefined ? undefined : (p.frame as Hoard).a
  }
}

interface Pair {
  readonly world: SimulatedWorld
  readonly source: Bench
  readonly target: Bench
}

/** @param ints in the array of the process that runs at the source */
function pair(ints: number, ofTarget: Partial<MigrationPort> = {}): Pair {
  const world = new SimulatedWorld(1)
  const made: Bench[] = []
  for (const name of ['n1', 'n2'])
    world.join('node', name, (engine) => {
      made.push(new Bench(world, engine, name === 'n2' ? ofTarget : {}))
    })
  world.run(() => made.length === 2 && made.every(({ engine }) => engine.membership.all().length === 2), 1_000)
  made.sort((a, b) => (a.engine.membership.self.name < b.engine.membership.self.name ? -1 : 1))
  const [source, target] = made as [Bench, Bench]
  source.other = target
  target.other = source
  source.kernel.start(new Hoard(null, ints))
  source.kernel.run(20)
  const { array } = source
  array?.forEach((_, i) => (array[i] = Math.imul(i, 0x9e3779b1)))
  return { world, source, target }
}

/** Moves the process by pre-copy, and lets it run all the while. @param writes is called each time that it has run */
function move(
  { world, source, target }: Pair,
  writes: (array: Int32Array, turn: number) => void = () => undefined,
): { readonly moving: Moving; readonly last: Int32Array } {
  let moving: Moving | undefined
  let last = new Int32Array(0)
  let turn = 0
  const [p] = processes(source.kernel)
  assert.ok(p)
  source.migrations.depart(
    [p],
    'subtree',
    target.engine.membership.self,
    (outcome) => {
      moving = outcome
    },
    { strategy: 'pre' },
  )
  const run = (): void => {
    const { array } = source
    if (array !== undefined && moving === undefined) {
      writes(array, turn++)
      source.kernel.run(20)
      last = array.slice()
    }
    if (moving === undefined) world.after(turn < 200 ? 0.05 : 500, run)
  }
  run()
  assert.ok(world.run(() => moving !== undefined, world.time + 60_000))
  assert.ok(moving)
  return { moving, last }
}

test('an array arrives as it is at the stop, though it is written to all the while', () => {
  const the = pair(1 << 20)
  const { moving, last } = move(the, (array, turn) => {
    array[Math.imul(turn, 7919) & 0xfffff] = turn
  })
  assert.is(moving.results[0]?.error, undefined)
  assert.is(the.source.array, undefined)
  assert.equal(the.target.array, last)
  assert.ok((the.source.prepared?.state.length ?? Infinity) < 200_000, 'what was sent ahead is not sent again')
  assert.is(moving.results[0]?.aheadBytes, the.source.ahead)
})

test('what is the same in several places is sent once', () => {
  const the = pair(1 << 20)
  the.source.array?.fill(7)
  const { last } = move(the)
  assert.equal(the.target.array, last)
  assert.ok(the.source.ahead < 300_000, String(the.source.ahead))
})

test('a process that writes everywhere all the time is stopped after a few rounds', () => {
  const the = pair(1 << 18)
  const { moving, last } = move(the, (array, turn) => {
    array.forEach((_, i) => (array[i] = i + turn))
  })
  assert.is(moving.results[0]?.error, undefined)
  assert.equal(the.target.array, last)
})

test('a move that fails goes back to what the process was at the stop', () => {
  const the = pair(1 << 18, {
    stageHome: () => {
      throw new Error()
    },
    links: undefined as never, // staging fails
  })
  const { moving, last } = move(the, (array, turn) => {
    array[turn] = turn
  })
  assert.is(moving.results[0]?.error?.code, 'R0406')
  assert.is(moving.takenBack.length, 1)
  assert.equal(the.source.array, last)
})

test('a destination that has lost what was sent ahead gets all of it at the stop', () => {
  const the = pair(1 << 18)
  const { take } = { take: the.target.migrations.aheadOver.bind(the.target.migrations) }
  const { prepare } = { prepare: the.target.migrations.prepare.bind(the.target.migrations) }
  let offers = 0
  the.target.migrations.prepare = (from, content, state) => {
    offers++
    if (content.ahead !== undefined) take(from, content.ahead.transfer)
    prepare(from, content, state)
  }
  const { moving, last } = move(the)
  assert.is(moving.results[0]?.error, undefined)
  assert.is(offers, 2)
  assert.equal(the.target.array, last)
})

test('a destination that is silent about what is sent ahead gets all of it at the stop', () => {
  const the = pair(1 << 20)
  the.source.loses = 9
  const { moving, last } = move(the)
  assert.is(moving.results[0]?.error, undefined)
  assert.is(moving.results[0]?.aheadBytes, undefined)
  assert.equal(the.target.array, last)
  assert.is(the.source.over, 1)
})

test('a process whose destination dies meanwhile is not stopped at all', () => {
  const the = pair(1 << 20)
  the.source.loses = 9
  the.target.other = undefined
  let moving: Moving | undefined
  const [p] = processes(the.source.kernel)
  assert.ok(p)
  the.source.migrations.depart(
    [p],
    'subtree',
    the.target.engine.membership.self,
    (outcome) => {
      moving = outcome
    },
    { strategy: 'pre' },
  )
  the.world.crash(the.target.engine.index)
  assert.ok(the.world.run(() => moving !== undefined, the.world.time + 60_000))
  assert.is(moving?.results[0]?.error?.code, 'R0404')
  assert.equal(moving?.takenBack, [p])
  assert.is(the.source.prepared, undefined)
})

test('what makes no sense is not kept', () => {
  const the = pair(1)
  const from = the.source.engine.membership.self
  const piece = { transfer: 9, piece: 1, memory: 1, size: 100, stretches: [0, 10] }
  const odd = [
    { ...piece, piece: 2 },
    { ...piece, stretches: [0, 11] },
    { ...piece, stretches: [0, 9] },
    { ...piece, stretches: [91, 10] },
    { ...piece, stretches: [0] },
    { ...piece, size: 2 ** 40 },
    { ...piece, same: { memory: 2, at: 0 } },
    { ...piece, same: { memory: 1, at: 95 } },
  ]
  for (const each of odd) {
    let answer: boolean | undefined
    const { migrations } = the.source
    migrations.aheadKept = ({ kept }) => {
      answer = kept
    }
    the.target.migrations.ahead(from, each, new Uint8Array(10))
    assert.ok(the.world.run(() => answer !== undefined, the.world.time + 100))
    assert.is(answer, false, JSON.stringify(each))
  }
})

test.run()
