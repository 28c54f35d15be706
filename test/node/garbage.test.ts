/** What nothing names goes from the store after a time, and nothing else does. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { keepCheckpoint, listCheckpoints } from '../../runtime/node/durable/checkpoints.ts'
import type { KeptCheckpoint } from '../../runtime/node/durable/checkpoints.ts'
import { cutKey } from '../../runtime/node/durable/cut-store.ts'
import { collectGarbage } from '../../runtime/node/program/garbage.ts'
import { programKey } from '../../runtime/node/program/program.ts'

const UNNAMED_MS = 5_000
const HOUR_MS = 3_600_000

function asked<T>(world: SimulatedWorld, ask: (done: (answer: T) => void) => void, withinMs = 60_000): T {
  const answers: T[] = []
  ask((answer) => answers.push(answer))
  world.run(() => answers.length > 0, world.time + withinMs + 1)
  if (answers.length === 0) throw new Error('no answer')
  return answers[0] as T // it is there
}

test('blobs that nothing names, and checkpoints of programs that are forgotten, go; others stay', () => {
  const world = new SimulatedWorld(1)
  const engine = asked<SimulatedEngine>(world, (done) => {
    world.join('node', 'n1', done)
  })
  const put = (text: string): string =>
    asked<string | undefined>(world, (done) => {
      engine.blobs.put(Buffer.from(text), done)
    }) ?? ''
  const set = (key: string, value: string): void => {
    asked(world, (done) => {
      engine.directory.swap([{ key, expect: undefined, value }], done)
    })
  }
  const keep = (program: number): void => {
    asked<KeptCheckpoint>(world, (done) => {
      keepCheckpoint(engine, program, { file: Buffer.from(`checkpoint of ${program}`), most: 3, time: 5, nodes: 2 }, done)
    })
  }
  const blobs = (): string[] =>
    (
      asked<readonly { readonly hash: string }[] | undefined>(world, (done) => {
        engine.blobs.list(done)
      }) ?? []
    )
      .map(({ hash }) => hash)
      .sort()
  const checkpoints = (program: number): number =>
    asked<readonly KeptCheckpoint[]>(world, (done) => {
      listCheckpoints(engine, program, done)
    }).length
  const wait = (ms: number): void => {
    asked<boolean>(
      world,
      (done) => {
        world.after(ms, () => {
          done(true)
        })
      },
      ms,
    )
  }
  const collect = (): void => {
    collectGarbage(engine, UNNAMED_MS)
    wait(1_000)
  }

  const [named, foreign, lost] = ['a part of a cut', 'of another version', 'nobody says where'].map(put)
  set(cutKey(1, 1), `{"home":{"blob":"${named ?? ''}","bytes":5}}`)
  set('something/else', `what nobody here understands: <${foreign ?? ''}>`)
  set(programKey(1), '{}')
  set('own/1/0/7', '1 0 main')
  set(cutKey(3, 1), `{"home":{"text":""}}`)
  set('own/3/0/7', '1 0 main')
  keep(1)
  keep(2)
  wait(UNNAMED_MS + 1)
  const young = put('stored just now')
  collect()
  assert.not(blobs().includes(lost ?? ''))
  for (const hash of [named, foreign, young]) assert.ok(blobs().includes(hash ?? ''))
  assert.equal([checkpoints(1), checkpoints(2)], [1, 1])
  const left = [...world.contents().keys()].filter((key) => /^(cut|own)\//.test(key))
  assert.equal(left, [cutKey(1, 1), 'own/1/0/7'], 'program 3 has no record')
  wait(HOUR_MS)
  collect()
  assert.equal([checkpoints(1), checkpoints(2)], [1, 0], 'nobody knows program 2')
  assert.is(blobs().length, 3, 'the blob of its checkpoint went with it')
})

test.run()
