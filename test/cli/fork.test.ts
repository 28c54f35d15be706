/** A second program from where a running one is, and a program that goes back to a checkpoint of its own. */
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { durableWords } from '../harness/clusters.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit } from './godwit.ts'
import { ownCluster } from './own-cluster.ts'

/** Counts and sleeps, in processes that could be on two nodes. */
const COUNTING = `#USE "course"
PROC count (CHAN INT in?, out!)
  INT total:
  SEQ
    total := 0
    WHILE TRUE
      INT x:
      SEQ
        in ? x
        total := total + x
        out ! total
:
PROC main (CHAN BYTE screen!)
  CHAN INT a, b:
  PAR
    count (a?, b!)
    TIMER clock:
    INT now, y:
    WHILE TRUE
      SEQ
        a ! 1
        b ? y
        out.int (y, 0, screen!)
        out.string ("*n", 0, screen!)
        clock ? now
        clock ? AFTER now PLUS 50000
:
`
const { cluster, directory, here, well, show } = ownCluster({ 'count.csp': COUNTING })

/** @returns the places where a number is not one more than the one before it */
const leaps = (numbers: readonly number[]): number[] => numbers.flatMap((n, i) => (i > 0 && n !== (numbers[i - 1] ?? 0) + 1 ? [i] : []))

for (const durable of [false, true]) {
  deadlineTest(`a ${durable ? 'durable ' : ''}program is forked, and rewound: each goes on by itself`, 240_000, async () => {
    const where = durable ? ['--cluster', cluster, '--durable', ...durableWords] : ['--nodes', '2', '--cluster-dir', cluster]
    const started = await godwit(['run', '--detach', '--json', ...where, 'count.csp'], { cwd: directory })
    assert.is(started.status, 0, started.stderr)
    const { program } = JSON.parse(started.stdout) as { readonly program: string }
    const first = show(program)
    const before = (await first.more(3)).length
    await well('checkpoint', program)
    const after = (await first.more(10)).length

    const fork = JSON.parse(await well('fork', program, '--json')) as { readonly name: string; readonly of: string }
    assert.is(fork.of, program)
    const second = show(fork.name)
    const [begins = 0] = await second.more(3)
    assert.ok(begins > after, 'it goes on from where the first was, and its output is its own')

    assert.match(await well('rewind', program, '--to', '1'), /goes on from checkpoint 1/)
    while (leaps(first.numbers).length === 0) await delay(50)
    const numbers = await first.more(3)
    const [leap = 0, ...others] = leaps(numbers)
    assert.equal(others, [])
    assert.ok((numbers[leap] ?? 0) > before && (numbers[leap] ?? 0) < (numbers[leap - 1] ?? 0), 'it counts again from the checkpoint')
    assert.equal(leaps(await second.more(3)), [])

    const none = await here('rewind', program, '--to', '9')
    assert.is(none.status, 1)
    assert.match(none.stderr, /R0415.*no checkpoint 9/)
    await first.stop()
    await second.stop()
  })
}

test.run()
