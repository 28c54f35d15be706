/** What computes goes where there is less to do; what talks, and what was placed, stays. On real nodes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

const directory = temporaryDirectory()

/** Workers that compute for some tenths of a second. @param par what makes them */
function farm(name: string, par: string): string {
  const file = join(directory, `${name}.csp`)
  writeFileSync(
    file,
    `#USE "course"

INT FUNCTION work (VAL INT seed, rounds)
  INT x:
  VALOF
    SEQ
      x := seed
      SEQ i = 0 FOR rounds
        x := ((x TIMES 1103515245) PLUS 12345) >< (x >> 7)
    RESULT x
:

PROC worker (VAL INT id, CHAN INT out!)
  out ! work (id, 40000000) /\\ #FF
:

PROC main (CHAN BYTE screen!)
  VAL INT n IS 6:
  [n]CHAN INT c:
  INITIAL INT sum IS 0:
  SEQ
    PAR
${par}
      SEQ i = 0 FOR n
        INT x:
        SEQ
          c[i] ? x
          sum := sum + x
    out.int (sum, 0, screen!)
    out.string ("*n", 0, screen!)
:
`,
  )
  return file
}

const BRANCHES = `      PAR i = 0 FOR n
        worker (i, c[i]!)`
const PLACED = `      PLACED PAR i = 0 FOR n
        PROCESSOR 0
          worker (i, c[i]!)`

/** @returns the moves of workers that were shown, and what the program has printed */
async function run(file: string, ...options: readonly string[]): Promise<{ readonly moves: readonly string[]; readonly printed: string }> {
  const { status, stdout, stderr } = await godwit(['run', '--nodes', '2', '--show-moves', ...options, file])
  assert.is(status, 0, stderr)
  return { moves: stderr.split('\n').filter((line) => line.startsWith('~')), printed: stdout }
}

deadlineTest('workers that compute go to a node with less to do', 120_000, async () => {
  const { moves, printed } = await run(farm('farm', BRANCHES))
  assert.match(printed, /^\d+\n$/)
  assert.ok(moves.some((line) => /worker\[\d\] n1 -> n2/.test(line)))
  const { moves: none, printed: same } = await run(join(directory, 'farm.csp'), '--balance', 'off')
  assert.is(same, printed)
  assert.equal(none, [])
})

deadlineTest('workers that were placed stay where they are, wherever there is less to do', 120_000, async () => {
  const { moves } = await run(farm('placed', PLACED))
  assert.equal(moves, [])
})

deadlineTest('--place spread deals out the branches of replicated PARs by turns, before their first steps', 120_000, async () => {
  const { moves } = await run(farm('spread', BRANCHES), '--place', 'spread', '--balance', 'off')
  const workers = moves.flatMap((line) => /worker\[(\d)\] n1 -> n2/.exec(line)?.[1] ?? []).sort()
  assert.equal(workers, ['1', '3', '5'])
  assert.is(moves.length, 3)
})

deadlineTest('--place pack brings in no node that has nothing of the program', 120_000, async () => {
  const { moves } = await run(farm('packed', BRANCHES), '--place', 'pack')
  assert.equal(moves, [])
})

deadlineTest('a process on another node places branches on the first', 120_000, async () => {
  const file = join(directory, 'first.csp')
  writeFileSync(
    file,
    `#USE "cluster"

PROC tell (CHAN BYTE out!)
  [64]BYTE name:
  INT length:
  SEQ
    node.name (name, length)
    SEQ i = 0 FOR length
      out ! name[i]
    out ! ' '
:

PROC main (CHAN BYTE screen!)
  [3]CHAN BYTE c:
  PAR
    PLACED PAR
      PROCESSOR 1
        SEQ
          tell (c[0]!)
          PLACED PAR
            PROCESSOR 0
              tell (c[1]!)
          PLACED PAR i = 0 FOR 1
            PROCESSOR 0
              tell (c[2]!)
    SEQ i = 0 FOR 3
      SEQ k = 0 FOR 3
        BYTE b:
        SEQ
          c[i] ? b
          screen ! b
:
`,
  )
  const { printed } = await run(file)
  assert.is(printed, 'n2 n1 n1 ')
})

deadlineTest('processes that talk all the time stay together', 120_000, async () => {
  const { moves, printed } = await run('samples/commstime.csp')
  assert.match(printed, /\d/)
  assert.equal(moves, [])
})

test.run()
