/** Two cuts of a program have equal parts that are large. One of them is not needed any more and goes, and the other has to stay whole. */
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { commitCut, cutKey, INLINE_BYTES, loadCut, removeCuts, store } from '../../runtime/node/durable/cut-store.ts'
import type { CommitOutcome, LoadedCut } from '../../runtime/node/durable/cut-store.ts'
import type { Stored } from '../../runtime/node/wire/process-records.ts'

const PROGRAM = 1
const RECORD = ['program/00000001', '{"id":1}'] as const
const WITHIN_MS = 10_000

/** Runs one. @returns why it is wrong; undefined when it is right */
export function twins(seed: number): string | undefined {
  const world = new SimulatedWorld(seed)
  const asked = <T>(ask: (done: (answer: T) => void) => void): T => {
    const answers: T[] = []
    ask((answer) => answers.push(answer))
    if (!world.run(() => answers.length > 0, world.time + WITHIN_MS)) throw new Error('no answer')
    return answers[0] as T // it is there
  }
  const engine = asked<SimulatedEngine>((done) => {
    world.join('node', 'n1', done)
  })
  asked((done) => {
    engine.directory.swap([{ key: RECORD[0], expect: undefined, value: RECORD[1] }], done)
  })
  const committed = [1, 2].map((number) => {
    const home = asked<Stored | undefined>((done) => {
      store(engine, new Uint8Array(2 * INLINE_BYTES), `home of cut ${number}`, done)
    })
    if (home === undefined) throw new Error('the store takes nothing')
    return asked<CommitOutcome>((done) => {
      commitCut(
        engine,
        { program: PROGRAM, record: RECORD, entry: { number, incarnation: 0, time: 0, from: number, home, parts: [] } },
        done,
      )
    })
  })
  const [first] = committed
  if (first === undefined || first === 'deposed') return 'a cut is not committed'
  removeCuts(engine, [[cutKey(PROGRAM, 1), first.done]])
  world.run(() => false, world.time + WITHIN_MS)
  const left = asked<LoadedCut | 'none' | 'incomplete'>((done) => {
    loadCut(engine, PROGRAM, done)
  })
  return typeof left === 'string' ? `the cut that is left is ${left}` : undefined
}
