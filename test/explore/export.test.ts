/** Models for other tools. SPIN finds in a model in Promela what the explorer finds in the program; skipped where SPIN or a C compiler is missing. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cspm } from '../../cli/export/cspm.ts'
import { promela } from '../../cli/export/promela.ts'
import { automataOf } from '../../runtime/explore/automata.ts'
import type { Automaton } from '../../runtime/explore/automata.ts'
import { ROOT } from '../backend/compile.ts'
import { exploring, mainsOf, outcome } from './exploring.ts'
import { GUARDED, PHILOSOPHERS } from './philosophers.ts'
import { counted, missing, withVerifier } from './spin-command.ts'

/** What SPIN says of a model: how many states it has without reduction, and what is wrong with it. */
interface Judged {
  readonly states: number
  readonly moves: number
  readonly deadlock: boolean
  readonly fault: boolean
}

function spin(model: string): Judged {
  return withVerifier(model, [], (pan) => ({
    ...counted(pan('-E', '-A')), // neither ends that are invalid nor assertions
    deadlock: pan('-A').includes('invalid end state ('),
    fault: pan('-E').includes('assertion violated'),
  }))
}

/** A TEST of the body of a main process. */
const asTest = (program: string): string => program.replace('PROC main ()', 'TEST "program"')

const RACE = (assertion: string): string => `TEST "race"
  CHAN INT a, b:
  PAR
    SEQ i = 0 FOR 2
      a ! i
    b ! 7
    INT x, y:
    SEQ
      y := 0
      SEQ i = 0 FOR 3
        ALT
          a ? x
            y := y + x
          b ? x
            SKIP
          (y = 1) & SKIP
            a ? x
      ASSERT (${assertion})
:
`

const library = (file: string): string => readFileSync(`${ROOT}samples/verified/${file}`, 'utf8')

const PROGRAMS: Readonly<Record<string, readonly (readonly [text: string, number: number])[]>> = {
  philosophers: [[asTest(PHILOSOPHERS(4)), 0]],
  'philosophers with a guard': [[asTest(GUARDED(3)), 0]],
  'an ALT with a SKIP, and an end': [
    [RACE('x < 9'), 0],
    [RACE('x <> 1'), 0],
  ],
  'mutual exclusion, wrong': [[library('mutual-exclusion.csp'), 1]],
  'readers and writers': [[library('readers-and-writers.csp'), 0]],
  'a token ring, right, and without a token': [0, 2].map((i) => [library('token-ring.csp'), i]),
}

async function automata(
  text: string,
  number: number,
): Promise<{ readonly automata: Automaton[]; readonly run: ReturnType<typeof exploring> }> {
  const main = (await mainsOf(text))[number]
  if (main === undefined) throw new Error('there is no such TEST')
  return { automata: automataOf({ name: 'test.csp', main, keys: [], states: 100_000 }), run: exploring(main) }
}

for (const [title, programs] of Object.entries(PROGRAMS)) {
  test(title, async () => {
    for (const [text, number] of programs) {
      const { automata: found, run } = await automata(text, number)
      const model = promela('test.csp', found)
      assert.match(cspm('test.csp', found), /^SYSTEM = /m)
      if (missing.length > 0) {
        console.log(`skipped: ${missing.join(' and ')} cannot be run here`)
        continue
      }
      const judged = spin(model)
      const fault = outcome(run({ onlyFaults: true })) === 'R0102'
      assert.is(judged.fault, fault, model)
      if (fault) continue // in the model the others go on when a process has failed
      assert.is(judged.deadlock, outcome(run()) === 'R0301', model)
      const { states, moves } = run({ reduce: false, onlyFaults: true }).progress
      assert.equal([judged.states, judged.moves], [states, moves], model)
    }
  })
}

test('a model in CSPm', async () => {
  const { automata: found } = await automata(
    'TEST "two"\n  CHAN INT c:\n  PAR\n    c ! 5\n    INT x:\n    ALT\n      c ? x\n        SKIP\n      TRUE & SKIP\n        STOP\n:\n',
    0,
  )
  const text = cspm('two.csp', found)
  assert.match(text, 'channel c4 : {5}')
  assert.match(text, 'main_1_0 = SKIP\nmain_1_1 = c4.5 -> main_1_0')
  assert.match(text, /main_2_1 = \(c4\.5 -> main_2_\d\) \[> \(fault\.main_2_id -> STOP\)/)
})

test('each message has a number of its own, of 32 bits, and a title stays in its comment', async () => {
  const values = ['1.0E10', '1.0E11', '-0.0', '0.0', '2.5', '7.0']
  const arrays = ['"0123456789a"', '"0123456789b"']
  const text = `PROTOCOL P
  CASE
    real; REAL64
    text; [11]BYTE
:
TEST "all"
  CHAN P c:
  PAR
    SEQ
${values.map((value) => `      c ! real; ${value}\n`).join('')}${arrays.map((value) => `      c ! text; ${value}\n`).join('')}    SEQ i = 0 FOR 8
      c ? CASE
        REAL64 x:
        real; x
          SKIP
        [11]BYTE x:
        text; x
          SKIP
:
`
  const { automata: found } = await automata(text, 0)
  const model = promela('all*/\nlines', found)
  const sent = new Set([...model.matchAll(/ ! (-?\d+) /g)].map(([, n]) => Number(n)))
  assert.is(sent.size, values.length + arrays.length + 1, model) // and two tags, of which the first is 0, as 0.0 is
  assert.ok([...sent].every((n) => Math.abs(n) <= 0x7fffffff) && sent.has(7), model)
  assert.match(model, '/* The processes of all* / lines and what they communicate. */')
  assert.match(cspm('all\nlines', found), /^-- The processes of all lines and what they communicate\.\nchannel /)
})

test('what a model does not tell is refused', async () => {
  const cases: Readonly<Record<string, string>> = {
    'a process that goes on after its PAR, or begins when others have moved':
      '  CHAN INT c:\n  INT x:\n  SEQ\n    PAR\n      c ! 1\n      c ? x\n    PAR\n      c ! 2\n      c ? x\n',
    'a process that waits for a time': '  TIMER t:\n  INT n:\n  SEQ\n    t ? n\n    t ? AFTER n PLUS 5\n',
    PASS: '  CHAN INT c:\n  INT x:\n  PAR\n    c ! 1\n    SEQ\n      c ? x\n      PASS\n',
    'a barrier': '  BARRIER b:\n  PAR ENROLL b\n    SYNC b\n    SYNC b\n',
  }
  for (const [what, body] of Object.entries(cases)) {
    let message = ''
    try {
      await automata(`TEST "refused"\n${body}:\n`, 0)
    } catch (error) {
      message = error instanceof Error ? `${'code' in error ? String(error.code) : ''} ${error.message}` : ''
    }
    assert.is(message, `R0604 test.csp cannot be exported, because of ${what}`)
  }
})

test.run()
