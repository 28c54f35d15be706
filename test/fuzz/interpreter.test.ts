/** The reference interpreter itself: it agrees with the language tests. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkProgram, projectReader } from '../compiler/front-end.ts'
import { textsIn } from '../fmt/texts.ts'
import { interpretTest } from './interpret/program.ts'

/** What it does not have: ends in the middle, schedules and clocks that only the runtime knows. */
const BEYOND = /a pass is not interpreted|the interpreter has no/

let agreed = 0

/** Its programs alias on purpose; the interpreter copies a VAL array where the compiler has a view. */
const ALIASED = 'test/language/option.csp'

for (const { path } of textsIn('test/language').filter((text) => text.path.endsWith('.csp') && text.path !== ALIASED)) {
  test(`${path} means the same to the interpreter`, () => {
    const { checked } = checkProgram(path, projectReader())
    checked?.tests.forEach(({ title, fails, within }, i) => {
      if (within !== undefined || / fair /.test(title)) return
      const how = endings(checked, i)
      if (how === undefined) return
      // A text of a message stands for any fault.
      const expected = fails === undefined ? 'ended' : /^R\d+$/.test(fails) ? fails.replace('R0301', 'deadlock') : 'R'
      assert.ok(how.some((ending) => ending.startsWith(expected)), `${title}: ${how.join(', ')}`) // prettier-ignore
      agreed++
    })
  })
}

test('there are not many that it leaves out', () => assert.ok(agreed > 750, `${agreed} agreed`))

/** @returns how a test ended, or undefined when it is beyond the interpreter */
function endings(checked: Parameters<typeof interpretTest>[0], index: number): readonly string[] | undefined {
  try {
    return interpretTest(checked, index).how
  } catch (error) {
    const text = String(error instanceof Error ? `${error.name}: ${error.message}` : error)
    if (BEYOND.test(text) || text.startsWith('TooLong') || text.startsWith('RangeError')) return undefined
    throw error
  }
}

test.run()
