/** Each side of a migration by itself, on its port: what it does when the other side, the store or the network does what it may do. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Blobs, Directory, Engine, Member, SwapOutcome } from '../../runtime/engine/engine.ts'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { processes } from '../../runtime/kernel/inspect/inspect.ts'
import { LinkTable } from '../../runtime/kernel/links/link-table.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import type { Frame } from '../../runtime/kernel/scheduler/state.ts'
import type { CodeShelf } from '../../runtime/node/migration/code-shelf.ts'
import { ANSWER_WITHIN_MS } from '../../runtime/node/migration/migrate.ts'
import { moveInRounds } from '../../runtime/node/migration/drain.ts'
import { Migrations, unmoved } from '../../runtime/node/migration/migrations.ts'
import type { Moving } from '../../runtime/node/migration/migrations.ts'
import { OwnerRecords, ownerKey } from '../../runtime/node/migration/owner-records.ts'
import { MigrationSource } from '../../runtime/node/migration/source.ts'
import type { Moved, SourcePort } from '../../runtime/node/migration/source.ts'
import { MigrationTarget } from '../../runtime/node/migration/target.ts'
import type { TargetPort } from '../../runtime/node/migration/target.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import type { Prepare, Refused, Resumed } from '../../runtime/node/wire/messages.ts'
import { withSwap } from './altered-directory.ts'
import { Hoard, Spin } from './machines/main.ts'
import { SimulatedShelf } from './simulation.ts'

const PROGRAM = 1
const LIFE = { program: PROGRAM, incarnation: 0 }

/** A kernel on a member of a simulated cluster, with what migrations need of it. */
class Bench {
  readonly kernel = new Kernel({ now: () => 0, host: () => true })
  readonly links: LinkTable
  readonly owners: OwnerRecords
  readonly prepared: { readonly content: Prepare; readonly state: Uint8Array }[] = []
  readonly refusals: Refused[] = []
  readonly resumptions: Resumed[] = []

  constructor(
    readonly world: SimulatedWorld,
    readonly engine: SimulatedEngine,
    readonly shelf: CodeShelf,
  ) {
    this.links = new LinkTable(this.kernel, engine.index, () => undefined)
    this.owners = new OwnerRecords(engine, LIFE)
    engine.membership.open({ joined: () => undefined, left: () => undefined })
  }

  port(instead: Partial<Engine> = {}): SourcePort & TargetPort {
    const { clock, membership, directory, blobs } = this.engine
    return {
      about: () => ({ program: PROGRAM, incarnation: 0, cut: 0, time: 0 }),
      engine: { clock, membership, directory, blobs, ...instead },
      links: this.links,
      owners: this.owners,
      shelf: this.shelf,
      departingCalls: () => [],
      arrivingCalls: () => undefined,
      prepare: (_, content, state) => {
        this.prepared.push({ content, state })
      },
      stageHome: () => {
        throw new Error('no home moves here')
      },
      arrived: () => undefined,
      settled: () => undefined,
      refused: (_, content) => this.refusals.push(content),
      resumed: (_, content) => this.resumptions.push(content),
      takeAhead: () => undefined,
      requestCode: (_, hashes, done) => {
        this.engine.clock.after(0, () => {
          done(hashes.flatMap((hash) => asked.get(hash) ?? []))
        })
      },
    }
  }

  start(frame: Frame = new Spin(null)): ReturnType<Kernel['start']> {
    const p = this.kernel.start(frame)
    this.kernel.run(20)
    return p
  }

  get running(): number {
    return processes(this.kernel).length
  }

  get self(): Member {
    return this.engine.membership.self
  }
}

/** What members give when they are asked for code. */
const asked = new Map<string, NonNullable<ReturnType<CodeShelf['get']>>>()

interface Pair {
  readonly world: SimulatedWorld
  readonly source: Bench
  readonly target: Bench
}

/** Two members, the source with all code and the target with none, unless `code`. */
function pair(code = true): Pair {
  const world = new SimulatedWorld(1)
  const made: Bench[] = []
  for (const name of ['n1', 'n2', 'n3'])
    world.join('node', name, (engine) => {
      const shelf = new SimulatedShelf(world)
      if (code || name === 'n1') for (const letter of 'abcd') shelf.has.add(letter.repeat(64))
      made.push(new Bench(world, engine, shelf))
    })
  world.run(() => made.length === 3 && made.every(({ engine }) => engine.membership.all().length === 3), 1_000)
  made.sort((a, b) => (a.self.name < b.self.name ? -1 : 1))
  const [source, target] = made as [Bench, Bench]
  asked.clear()
  return { world, source, target }
}

interface Leaving {
  readonly part: MigrationSource
  readonly outcome: () => Moved | undefined
}

function leave({ source, target }: Pair, port: SourcePort = source.port()): Leaving {
  let moved: Moved | undefined
  const part = new MigrationSource(port, { id: 1, roots: [source.start()], mode: 'subtree', to: target.self }, (outcome) => {
    moved = outcome
  })
  return { part, outcome: () => moved }
}

const code = (outcome: Moved | undefined): string | undefined => outcome?.results[0]?.error?.code

/** Waits until something is so. */
function until({ world }: Pair, what: () => boolean, most = 60_000): void {
  assert.ok(world.run(what, world.time + most), 'it comes to that')
}

function record(the: Pair): string | undefined {
  return [...the.world.contents()].find(([key]) => key.startsWith('own/'))?.[1]
}

/** A store that says something else of compare-and-sets than what it does. */
function lying(directory: Directory, does: boolean, says: SwapOutcome): Directory {
  let first = true
  return withSwap(directory, (changes, done) => {
    if (!first) {
      directory.swap(changes, done)
      return
    }
    first = false
    const lie = (): void => {
      done(says)
    }
    if (does) directory.swap(changes, lie)
    else directory.get([], lie)
  })
}

const noBlobs: Blobs = {
  put: (_, done) => {
    done(undefined)
  },
  get: (_, done) => {
    done('absent')
  },
  list: (done) => {
    done(undefined)
  },
  remove: () => undefined,
}

// ------------------------------------------------------------------------------------------------------------- the source

test('a source offers what it has frozen, and is done when the destination has resumed it', () => {
  const the = pair()
  const { part, outcome } = leave(the)
  assert.is(the.source.running, 0)
  assert.equal(
    the.source.prepared.map(({ content }) => content.records.map(({ path, epoch }) => [path, epoch])),
    [[['main', 0]]],
  )
  part.resumed({
    program: PROGRAM,
    incarnation: 0,
    cut: 0,
    time: 0,
    migration: 1,
    at: the.source.engine.clock.common() + 500,
    codeBytes: 7,
    codeRequests: 1,
  })
  assert.is(outcome()?.count, 1)
  assert.equal(outcome()?.takenBack, [])
  const [result] = outcome()?.results ?? []
  assert.equal([result?.error, result?.codeBytes, result?.messages], [undefined, 7, 4])
  assert.is(the.source.running, 0)
})

test('a source takes back what the destination refuses', () => {
  const the = pair()
  const { part, outcome } = leave(the)
  part.refused(new NodeError('R0406', 'no'), false)
  assert.is(code(outcome()), 'R0406')
  assert.is(outcome()?.takenBack.length, 1)
  assert.is(the.source.running, 1)
})

test('a source takes back what cannot be sent', () => {
  const the = pair()
  const { outcome } = leave(the, {
    ...the.source.port(),
    prepare: () => {
      throw new RangeError('Array buffer allocation failed')
    },
  })
  assert.is(code(outcome()), 'R0410')
  assert.is(the.source.running, 1)
})

test('a source takes back what the store does not take', () => {
  const refusing: Blobs[] = [
    noBlobs,
    {
      ...noBlobs,
      put: () => {
        throw new RangeError('ENOSPC')
      },
    },
  ]
  for (const blobs of refusing) {
    const the = pair()
    const port = the.source.port({ blobs })
    let moved: Moved | undefined
    const roots = [the.source.start(new Hoard(null, (6 << 20) / 4))]
    new MigrationSource(port, { id: 1, roots, mode: 'subtree', to: the.target.self }, (outcome) => {
      moved = outcome
    })
    assert.ok(['R0415', 'R0410'].includes(code(moved) ?? ''), code(moved))
    assert.is(the.source.running, 1)
  }
})

test('a state that is larger than may travel stays, and nothing has happened to it', () => {
  const the = pair()
  const aheadNotes = { ahead: () => undefined, kept: () => undefined, over: () => undefined }
  const migrations = new Migrations({ ...the.source.port(), aheadNotes, largestStateBytes: 1 << 20, changed: () => undefined })
  const p = the.source.start(new Hoard(null, (2 << 20) / 4))
  let moving: Moving | undefined
  migrations.depart([p], 'subtree', the.target.self, (outcome) => {
    moving = outcome
  })
  assert.is(moving?.results[0]?.error?.code, 'R0410')
  assert.match(moving?.results[0]?.error?.message ?? '', /main would travel with 2\.0 MB of state, and no more than 1\.0 MB may/)
  assert.equal(moving?.takenBack, [p])
  assert.is(the.source.prepared.length, 0)
  assert.is(migrations.busy, false)
  assert.is(the.source.running, 1)
})

test('whoever moves something is told when the program is over or begins anew meanwhile, whether the move is under way or held, or sends ahead', () => {
  const movers: readonly ((migrations: Migrations) => void)[] = [
    () => undefined,
    (migrations) => {
      migrations.hold()
    },
  ]
  for (const before of movers)
    for (const strategy of ['stop', 'pre'] as const) {
      const the = pair()
      const aheadNotes = { ahead: () => undefined, kept: () => undefined, over: () => undefined }
      const migrations = new Migrations({ ...the.source.port(), aheadNotes, largestStateBytes: 64 << 20, changed: () => undefined })
      before(migrations)
      const told: Moving[] = []
      migrations.depart(
        [the.source.start(new Hoard(null, (8 << 20) / 4))],
        'subtree',
        the.target.self,
        (moving) => {
          told.push(moving)
        },
        { strategy },
      )
      assert.is(told.length, 0)
      migrations.abandon()
      assert.equal(
        told.map(({ results }) => results.map(({ error }) => error?.code)),
        [['R0410']],
      )
      migrations.release()
      the.world.run(() => false, the.world.time + 2 * ANSWER_WITHIN_MS)
      assert.is(told.length, 1)
    }
})

test('a node is not empty while a program is about to begin anew there', () => {
  const the = pair()
  const { clock } = the.source.engine
  const p = the.source.start(new Hoard(null, 1))
  const moved: string[] = []
  let found: { readonly kernel: Kernel; readonly migrations: Pick<Migrations, 'depart' | 'busy'> }[] = []
  let begins = true
  const site = {
    kernel: new Kernel({ now: () => 0, host: () => false }),
    migrations: {
      busy: false,
      depart: (_: unknown, __: unknown, to: Member, told: (moving: Moving) => void) => {
        found = []
        told({ results: [{ ...unmoved('main', 'source', to.name) }], takenBack: [] })
      },
    },
  }
  let done = false
  moveInRounds(
    {
      clock,
      why: { cause: 'drain' },
      strategy: 'stop',
      sites: () => found,
      begins: () => begins,
      find: function* () {
        return [p]
      },
      to: () => the.target.self,
      destinations: () => 1,
      moved: (results) => {
        for (const { process } of results) moved.push(process)
      },
    },
    () => {
      done = true
    },
  )
  the.world.run(() => false, the.world.time + 2_000)
  assert.is(done, false, 'it has waited for longer than its rounds last')
  found = [site]
  begins = false
  the.world.run(() => done, the.world.time + 2_000)
  assert.equal([done, moved], [true, ['main']])
})

test('a source that hears nothing for long fences the destination out and takes the process back', () => {
  const the = pair()
  const { outcome } = leave(the)
  until(the, () => outcome() !== undefined, 2 * ANSWER_WITHIN_MS)
  assert.is(code(outcome()), 'R0407')
  assert.is(the.source.running, 1)
  assert.is(record(the), `${the.source.self.index} 1 main`, 'the record has an epoch that the destination does not know')
})

test('a source that loses the destination looks at the record: not committed', () => {
  const the = pair()
  const { part, outcome } = leave(the)
  part.memberLeft(the.target.self)
  until(the, () => outcome() !== undefined)
  assert.is(code(outcome()), 'R0404')
  assert.is(the.source.running, 1)
})

test('a source to which its process is offered back has given it away, though the destination has never said so', () => {
  const the = pair()
  const { part, outcome } = leave(the)
  const [sent] = the.source.prepared[0]?.content.records ?? []
  assert.ok(sent !== undefined)
  part.offeredBack([sent, { ...sent, id: sent.id + 1, epoch: 7 }])
  assert.is(outcome(), undefined, 'that is what it has offered itself, and something else')
  part.memberLeft(the.target.self) // it is about to look at the record, which will name it
  part.offeredBack([{ ...sent, epoch: sent.epoch + 2, value: '99 2 main' }])
  assert.is(code(outcome()), undefined)
  assert.equal(outcome()?.takenBack, [])
  the.world.run(() => false, the.world.time + 2 * ANSWER_WITHIN_MS)
  assert.is(the.source.running, 0)
})

test('a source that loses the destination looks at the record: committed, and lost with it', () => {
  for (const owner of ['target', 'stranger'] as const) {
    const the = pair()
    const { part, outcome } = leave(the)
    const id = the.source.prepared[0]?.content.records[0]?.id ?? -1
    const index = owner === 'target' ? the.target.self.index : 99
    let written = false
    the.source.engine.directory.swap([{ key: ownerKey(LIFE, id), expect: undefined, value: `${index} 1 main` }], () => {
      written = true
    })
    until(the, () => written)
    part.memberLeft(the.target.self)
    until(the, () => outcome() !== undefined)
    assert.is(code(outcome()), undefined)
    assert.equal(outcome()?.takenBack, [])
    assert.is(the.source.running, 0)
  }
})

// ------------------------------------------------------------------------------------------------------------- the target

/** What a source offers, for a target. */
function offer(the: Pair): { readonly content: Prepare; readonly state: Uint8Array } {
  leave(the)
  return the.source.prepared[0] as { content: Prepare; state: Uint8Array } // it has just been sent
}

function arrive(
  the: Pair,
  port: TargetPort,
  content: Prepare,
  state: Uint8Array,
): { readonly part: MigrationTarget; readonly count: () => number | undefined } {
  let count: number | undefined
  const part = new MigrationTarget(port, the.source.self, content, state, (come) => {
    count = come
  })
  return { part, count: () => count }
}

test('a target commits, and then runs what has come', () => {
  const the = pair()
  const { content, state } = offer(the)
  const { count } = arrive(the, the.target.port(), content, state)
  assert.is(the.target.running, 0, 'not before it is committed')
  until(the, () => count() !== undefined)
  assert.is(count(), 1)
  assert.is(the.target.running, 1)
  assert.is(the.target.resumptions.length, 1)
  assert.is(record(the), `${the.target.self.index} 1 main`)
})

test('a target refuses a state that it cannot decode', () => {
  const the = pair()
  const { content, state } = offer(the)
  const { count } = arrive(the, the.target.port(), content, state.subarray(0, state.length - 3))
  until(the, () => count() !== undefined)
  assert.is(count(), 0)
  assert.equal(
    the.target.refusals.map(({ error, conflict }) => [error.code, conflict]),
    [['R0406', false]],
  )
  assert.is(record(the), undefined)
})

test('a target refuses when its compare-and-set meets a conflict', () => {
  const the = pair()
  const { content, state } = offer(the)
  const { count } = arrive(
    the,
    the.target.port(),
    { ...content, records: content.records.map((r) => ({ ...r, value: '9 9 main' })) },
    state,
  )
  until(the, () => count() !== undefined)
  assert.equal(
    the.target.refusals.map(({ error, conflict }) => [error.code, conflict]),
    [['R0406', true]],
  )
  assert.is(the.target.running, 0)
})

test('a target that is not told whether it has committed looks', () => {
  for (const done of [true, false]) {
    const the = pair()
    const { content, state } = offer(the)
    const directory = lying(the.target.engine.directory, done, 'unknown')
    const { count } = arrive(the, the.target.port({ directory }), content, state)
    until(the, () => count() !== undefined)
    assert.is(the.target.running, done ? 1 : 0)
    assert.is(the.target.resumptions.length, done ? 1 : 0)
    assert.is(record(the), `${done ? the.target.self.index : the.source.self.index} 1 main`)
  }
})

test('a target refuses when the blob is not there', () => {
  const the = pair()
  const { content } = offer(the)
  const { count } = arrive(the, the.target.port(), { ...content, blob: 'f'.repeat(64) }, new Uint8Array(0))
  until(the, () => count() !== undefined)
  assert.is(the.target.refusals[0]?.error.code, 'R0406')
})

test('a target forgets what the source takes along when it vanishes before the commit', () => {
  const the = pair(false)
  const { content, state } = offer(the)
  const { part, count } = arrive(the, the.target.port(), content, state)
  part.memberLeft(the.source.self)
  assert.is(count(), 0)
  the.world.run(() => false, the.world.time + 1_000)
  assert.equal([the.target.running, the.target.refusals.length, the.target.resumptions.length], [0, 0, 0])
})

test('a target refuses when nobody has the code, or what is sent has another hash', () => {
  for (const forged of [false, true]) {
    const the = pair(false)
    const { content, state } = offer(the)
    if (forged)
      for (const hash of content.unitHashes) {
        const unit = the.source.shelf.get(hash)
        if (unit !== undefined) asked.set(hash, { ...unit, code: 'something else' })
      }
    const { count } = arrive(the, the.target.port(), content, state)
    until(the, () => count() !== undefined)
    assert.is(the.target.refusals[0]?.error.code, forged ? 'R0405' : 'R0406')
    assert.is(the.target.running, 0)
  }
})

test('a target refuses when the store does not say whether it has the state', () => {
  const the = pair()
  const { content } = offer(the)
  const blobs: Blobs = {
    ...noBlobs,
    get: (_, done) => {
      done('unanswered')
    },
  }
  const { count } = arrive(the, the.target.port({ blobs }), { ...content, blob: 'f'.repeat(64) }, new Uint8Array(0))
  until(the, () => count() !== undefined)
  assert.match(the.target.refusals[0]?.error.message ?? '', 'the cluster store does not answer')
  assert.is(the.target.running, 0)
})

test('a target refuses code that it has and cannot load', () => {
  const the = pair()
  const { content, state } = offer(the)
  the.target.shelf.load = (_, done) => {
    the.target.engine.clock.after(0, () => {
      done(new NodeError('R0405', 'it is damaged'))
    })
  }
  const { count } = arrive(the, the.target.port(), content, state)
  until(the, () => count() !== undefined)
  assert.is(the.target.refusals[0]?.error.code, 'R0405')
  assert.is(the.target.running, 0)
})

test('a target asks again for the code that came only in part, and not for ever', () => {
  const the = pair(false)
  const { content, state } = offer(the)
  const [first = ''] = content.unitHashes
  const unit = the.source.shelf.get(first)
  let requests = 0
  const port: TargetPort = {
    ...the.target.port(),
    requestCode: (_, __, done) => {
      requests++
      the.target.engine.clock.after(0, () => {
        done(unit === undefined ? [] : [unit]) // the same one each time
      })
    },
  }
  the.target.shelf.missing = (hashes) => [...hashes, 'e'.repeat(64)].filter((hash) => hash !== first || requests === 0)
  const { count } = arrive(the, port, content, state)
  until(the, () => count() !== undefined)
  assert.is(the.target.refusals[0]?.error.code, 'R0406')
  assert.match(the.target.refusals[0]?.error.message ?? '', 'nobody has the code unit eeee')
  assert.ok(requests > 1 && requests < 100, `${requests} requests`)
})

test.run()
