/** Bugs planted in capturing and restoring, each caught by a language test under chaos; without them the same tests pass. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { collectTests } from '../../cli/testing/collect.ts'
import { testRunner } from '../../cli/testing/run-test.ts'
import { planted } from '../../runtime/kernel/snapshot/snapshot.ts'

/** The language test that is expected to notice each bug. */
const WITNESSES = {
  /** A slot is missing from the live list of a resume point. */
  dropLiveSlot: { file: 'test/language/resume.csp', title: 'everything held is there after an output' },
  /** An output that waits is not in the snapshot. */
  forgetOffer: { file: 'test/language/offer.csp', title: 'pending variants' },
  /** A process that waits in an ALT is restored without beginning the ALT again. */
  forgetAlt: { file: 'test/language/offer.csp', title: 'an ALT' },
} as const

/** @returns the titles of the tests that fail under chaos */
async function failures({ file, title }: { readonly file: string; readonly title: string }): Promise<string[]> {
  const { cases } = await collectTests(
    [file],
    {},
    {
      runner: (program) => testRunner(program, { timeout: 20_000_000, chaos: 1 }),
    },
  )
  const chosen = cases.filter((each) => each.title.includes(title))
  assert.ok(chosen.length > 0, `${file} has tests about "${title}"`)
  const failed: string[] = []
  for (const each of chosen) if ((await each.run()).kind === 'failed') failed.push(each.title)
  return failed
}

for (const bug of ['dropLiveSlot', 'forgetOffer', 'forgetAlt'] as const) {
  test(`a language test under chaos catches a planted bug: ${bug}`, async () => {
    assert.equal(await failures(WITNESSES[bug]), [])
    planted[bug] = true
    try {
      assert.ok((await failures(WITNESSES[bug])).length > 0)
    } finally {
      planted[bug] = false
    }
  })
}

test.run()
