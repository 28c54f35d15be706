/** Tables that fit the terminal. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fittingTable } from '../../cli/terminal.ts'

const HEAD = ['PROCESS', 'NODE', 'AT', 'WAITS FOR']
const ROWS = [
  ['main', 'n1', 'ring.csp:12', '2 branches'],
  ['main/copy', 'n2', 'ring.csp:5', ''],
]

test('a table that fits is laid out in columns', () => {
  assert.is(
    fittingTable(HEAD, ROWS, [], 60),
    ['PROCESS    NODE  AT           WAITS FOR', 'main       n1    ring.csp:12  2 branches', 'main/copy  n2    ring.csp:5'].join('\n'),
  )
})

test('of one that does not fit the last columns stand below the rows', () => {
  assert.is(
    fittingTable(HEAD, ROWS, [], 36),
    ['PROCESS    NODE  AT', 'main       n1    ring.csp:12', '  waits for 2 branches', 'main/copy  n2    ring.csp:5'].join('\n'),
  )
  assert.is(
    fittingTable(HEAD, ROWS, [], 26),
    ['PROCESS    NODE', 'main       n1', '  at ring.csp:12', '  waits for 2 branches', 'main/copy  n2', '  at ring.csp:5'].join('\n'),
  )
})

test('a cell that begins as its heading does stands without it', () => {
  assert.is(fittingTable(['PROCESS', 'WAITS FOR'], [['main', 'waits to input from in']], [], 20), 'PROCESS\nmain\n  waits to input from in')
})

test('what is too long for a line below a row is wrapped between words', () => {
  assert.is(
    fittingTable(['A', 'NEEDS'], [['x', 'needs n2 (reports its end there), t1 (its reader is on that node)']], [], 40),
    ['A', 'x', '  needs n2 (reports its end there), t1', '    (its reader is on that node)'].join('\n'),
  )
})

test.run()
