/** Cuts in the store: what is too large for one compare-and-set is in blobs, and what is removed takes its blobs along. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { commitCut, cutPrefix, loadCut, removeCuts, store } from '../../runtime/node/durable/cut-store.ts'
import type { CutEntry, LoadedCut } from '../../runtime/node/durable/cut-store.ts'
import { forgetProgram } from '../../runtime/node/program/program.ts'
import type { CutPart, Stored } from '../../runtime/node/wire/process-records.ts'

const PROGRAM = 7
const RECORD = ['program/00000007', '{"id":7}'] as const

/** Asks the engine, and runs the world until it has answered. */
function asked<T>(world: SimulatedWorld, ask: (done: (answer: T) => void) => void): T {
  const answers: T[] = []
  ask((answer) => answers.push(answer))
  const [answer] = world.run(() => answers.length > 0, world.time + 60_000) ? answers : []
  if (answers.length === 0) throw new Error('no answer')
  return answer as T // it is there
}

function joined(): { readonly world: SimulatedWorld; readonly engine: SimulatedEngine } {
  const world = new SimulatedWorld(1)
  const engine = asked<SimulatedEngine>(world, (done) => {
    world.join('node', 'n1', done)
  })
  asked(world, (done) => {
    engine.directory.swap([{ key: RECORD[0], expect: undefined, value: RECORD[1] }], done)
  })
  return { world, engine }
}

const bytesOf = (n: number, length: number): Uint8Array => new Uint8Array(length).fill(n)

/** A cut of so many members, each with a part of so many bytes. */
function cutOf(world: SimulatedWorld, engine: SimulatedEngine, number: number, members: number, length: number): CutEntry {
  const stored = (bytes: Uint8Array, what: string): Stored => {
    const found = asked<Stored | undefined>(world, (done) => {
      store(engine, bytes, what, done)
    })
    if (found === undefined) throw new Error('not stored')
    return found
  }
  const parts = Array.from({ length: members }, (_, i): CutPart => ({
    member: i + 1,
    image: stored(bytesOf(i + 1, length), `${number} of ${i}`),
    calls: [{ caller: i, call: number, process: 5, period: 1 }],
    oldest: 1,
    pauseMicros: 10,
  }))
  return { number, incarnation: 0, time: 10 * number, from: 1, home: stored(bytesOf(99, 30_000), `home ${number}`), parts }
}

function commit(world: SimulatedWorld, engine: SimulatedEngine, entry: CutEntry): void {
  const outcome = asked<unknown>(world, (done) => {
    commitCut(engine, { program: PROGRAM, record: RECORD, entry }, done)
  })
  assert.type(outcome, 'object', 'it is committed')
}

function loaded(world: SimulatedWorld, engine: SimulatedEngine): LoadedCut {
  const cut = asked<LoadedCut | 'none' | 'incomplete'>(world, (done) => {
    loadCut(engine, PROGRAM, done)
  })
  if (typeof cut === 'string') throw new Error('no cut')
  return cut
}

function blobs(world: SimulatedWorld, engine: SimulatedEngine): number {
  return (
    asked<readonly unknown[] | undefined>(world, (done) => {
      engine.blobs.list(done)
    })?.length ?? NaN
  )
}

/** A compare-and-set of the simulated engine takes 1 MiB, and the texts of 100 parts of 15,000 bytes take twice that. */
for (const [what, members, length] of [
  ['some members', 3, 15_000],
  ['so many members that it is too large for one compare-and-set', 100, 15_000],
  ['members with large parts', 5, 40_000],
] as const) {
  test(`a cut of ${what} is read as it was committed, with what has changed since`, () => {
    const { world, engine } = joined()
    const first = cutOf(world, engine, 1, members, length)
    commit(world, engine, first)
    commit(world, engine, cutOf(world, engine, 2, 1, 100))
    const cut = loaded(world, engine)
    assert.equal([cut.number, cut.time, cut.entries.length], [2, 20, 2])
    assert.equal(cut.home, bytesOf(99, 30_000))
    assert.is(cut.parts.length, members + 1)
    for (const [i, { image }] of cut.parts.entries()) assert.equal(image, i < members ? bytesOf(i + 1, length) : bytesOf(1, 100))
    for (const [key, value] of cut.entries) assert.ok(key.length + 2 * value.length < engine.limits.swapBytes, 'it can be replaced')
  })

  test(`a cut of ${what} takes all of its blobs along when it is removed, and none of another that is equal`, () => {
    const { world, engine } = joined()
    commit(world, engine, cutOf(world, engine, 1, members, length))
    const { entries } = loaded(world, engine)
    const before = blobs(world, engine)
    const again = { ...cutOf(world, engine, 2, members, length), from: 2 }
    commit(world, engine, again)
    assert.is(blobs(world, engine), 2 * before)
    removeCuts(engine, entries)
    world.run(() => false, world.time + 1_000)
    assert.is(blobs(world, engine), before)
    assert.is(loaded(world, engine).parts.length, members)
    const left = asked<readonly unknown[] | undefined>(world, (done) => {
      engine.directory.list(cutPrefix(PROGRAM), done)
    })
    assert.is(left?.length, 1)
  })

  test(`a program with a cut of ${what} takes all of its blobs along when it is forgotten`, () => {
    const { world, engine } = joined()
    const code = asked<string | undefined>(world, (done) => {
      engine.blobs.put(Buffer.from('the code'), done)
    })
    if (code === undefined) throw new Error('not stored')
    commit(world, engine, cutOf(world, engine, 1, members, length))
    commit(world, engine, cutOf(world, engine, 2, members, length))
    forgetProgram(engine, { id: PROGRAM, origin: { code, nodes: [] } })
    world.run(() => false, world.time + 1_000)
    assert.is(blobs(world, engine), 0)
    const keys = asked<readonly (readonly [string, string])[] | undefined>(world, (done) => {
      engine.directory.list('', done)
    })?.map(([key]) => key)
    assert.equal(keys, ['lease/00000001', 'member/00000001', 'name/n1', 'next-index'])
  })
}

test.run()
