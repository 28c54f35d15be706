/** Priority-based choice finds faults that need an order which uniform choice hardly ever makes, and each seed makes its choices again. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'

/** It fails when one chain of twenty communications is over before the other process has made its first: by uniform choice once in thousands of runs. */
const RACE = `PROC chain (CHAN INT in?, out!)
  INT x:
  SEQ
    in ? x
    out ! x
:
TEST "the short way is faster"
  [31]CHAN INT c:
  CHAN INT here, there:
  PAR
    c[0] ! 1
    PAR i = 0 FOR 30
      chain (c[i]?, c[i + 1]!)
    SEQ
      INT x:
      c[30] ? x
      here ! 2
    SEQ
      SKIP
      there ! 1
    INT x:
    ALT
      here ? x
        SEQ
          there ? x
          ASSERT (FALSE)
      there ? x
        here ? x
:
`

const SEEDS = 300

test('with priorities a fault is found that uniform choice does not find', async () => {
  const program = await compileText(RACE)
  const units = await loadUnits(program)
  const machine = units.get(program.manifest.tests[0]?.unit ?? '')?.machines[0]
  if (machine === undefined) throw new Error('a test has a machine')
  const run = (seed: number, depth?: number): string => {
    const { kind, steps } = runPlain(() => machine.blank(), { seed, ...(depth === undefined ? {} : { depth }) })
    return `${kind} ${steps}`
  }
  const found = { uniform: 0, priorities: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const outcome = run(seed, 1)
    assert.is(run(seed, 1), outcome, `seed ${seed} is repeated`)
    if (outcome.startsWith('failure')) found.priorities++
    if (run(seed).startsWith('failure')) found.uniform++
  }
  assert.ok(found.priorities > 10 * Math.max(1, found.uniform), JSON.stringify(found))
})

test('a process that looks again and again for what another has to do does not keep it from that', async () => {
  const program = await compileText(`TEST "it gets there"
  CHAN INT c:
  PAR
    c ! 1
    INITIAL BOOL more IS TRUE:
    WHILE more
      INT x:
      PRI ALT
        c ? x
          more := FALSE
        SKIP
          SKIP
:
`)
  const units = await loadUnits(program)
  const machine = units.get(program.manifest.tests[0]?.unit ?? '')?.machines[0]
  if (machine === undefined) throw new Error('a test has a machine')
  for (let seed = 0; seed < 50; seed++)
    assert.is(runPlain(() => machine.blank(), { seed, depth: 1 + (seed % 3) }).kind, 'ended', `seed ${seed}`)
})

test.run()
