/** The classics of `samples/verified`: right ones hold in all schedules, wrong ones are refuted, and each schedule that refutes one can be followed from its file. */
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { endOf } from '../../runtime/explore/schedule.ts'
import { readSchedule, writeSchedule } from '../../runtime/explore/schedule-file.ts'
import { System } from '../../runtime/explore/system.ts'
import { ROOT, compileText } from '../backend/compile.ts'
import { exploring, mainsOf, outcome } from './exploring.ts'

const FOLDER = `${ROOT}samples/verified/`

/** Has a main process instead of TESTs: livelock.test.ts. */
const WHOLE = 'corridor.csp'

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.csp') && name !== WHOLE)) {
  test(file, async () => {
    const text = readFileSync(FOLDER + file, 'utf8')
    const { tests } = (await compileText(text)).manifest
    const mains = await mainsOf(text)
    assert.ok(
      tests.some(({ fails, explore }) => fails === undefined && explore === 'holds') && tests.length > 1,
      'there is a right and a wrong one',
    )
    for (const [i, { title, fails, explore }] of tests.entries()) {
      const main = mains[i]
      if (main === undefined || explore === undefined) throw new Error(`${title} is not explored`)
      const run = exploring(main)
      const expected = fails ?? (explore === 'deadlocks' ? 'R0301' : 'exhausted')
      for (const reduce of [true, false]) assert.is(outcome(run({ reduce, onlyDeadlocks: explore === 'deadlocks' })), expected, title)
      const { counterexample } = run()
      if (counterexample === undefined) continue
      const saved = { program: 'a hash', source: file, test: title, moves: counterexample.schedule }
      const { moves } = readSchedule(writeSchedule(saved), 'some.schedule')
      assert.equal(moves, counterexample.schedule)
      assert.is(endOf(new System({ main, keys: [] }), moves), outcome(run()) === 'R0301' ? 'deadlock' : 'failed')
    }
  })
}

test('what is no schedule is refused with a reason', () => {
  const cases: readonly (readonly [text: string, why: RegExp])[] = [
    ['', /not JSON/],
    ['[]', /not an object/],
    ['{}', /no form/],
    ['{"form": "godwit schedule 2"}', /this version reads/],
    ['{"form": "godwit schedule 1", "program": "a"}', /lacks/],
    ['{"form": "godwit schedule 1", "program": "a", "source": "b", "moves": [{"kind": "fly"}]}', /move 1 is none/],
    ['{"form": "godwit schedule 1", "program": "a", "source": "b", "moves": [{"kind": "show", "process": [-1]}]}', /move 1 is none/],
  ]
  for (const [text, why] of cases) assert.throws(() => readSchedule(text, 'x'), why)
})

test.run()
