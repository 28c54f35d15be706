/** `godwit test --seeds`: a test is run with many seeds, and the one that fails can be repeated. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { godwit, temporaryDirectory } from './godwit.ts'

const directory = temporaryDirectory()
const file = join(directory, 'race.csp')
writeFileSync(
  file,
  `TEST "the first is first"
  CHAN INT here, there:
  PAR
    here ! 2
    there ! 1
    INT x:
    ALT
      here ? x
        there ? x
      there ? x
        SEQ
          here ? x
          ASSERT (FALSE)
:
TEST "fine"
  SKIP
:
`,
)
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('the seed that fails is told of, and repeats it', async () => {
  const { status, stdout } = await godwit(['test', file, '--seeds', '50'])
  assert.is(status, 1)
  const [, again = ''] = /`(--seed \d+(?: --depth \d+)?)` repeats it/.exec(stdout) ?? []
  assert.is.not(again, '', stdout)
  assert.match(stdout, /1 passed, 1 failed/)
  const repeated = await godwit(['test', file, ...again.split(' ')])
  assert.is(repeated.status, 1)
  assert.match(repeated.stdout, /ASSERT \(FALSE\)/)
})

test('options that make no sense together are refused', async () => {
  for (const [args, message] of [
    [['--depth', '2'], /`--depth` goes with one `--seed`/],
    [['--seeds', '5', '--nodes', '2'], /`--seeds` chooses among processes in this OS process/],
    [['--seeds', '5', '--chaos'], /`--seeds` chooses among processes in this OS process/],
  ] as const) {
    const { status, stderr } = await godwit(['test', file, ...args])
    assert.is(status, 64)
    assert.match(stderr, message)
  }
})

test.run()
