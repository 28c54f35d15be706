/** Simulated lives of durable programs: a bounded part of `npm run simulate`. `GODWIT_LIVES=251-500` lives these seeds; the harness runs several such parts at a time. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attempt } from './trials.ts'

const [first = 1, last = 250] = process.env['GODWIT_LIVES']?.split('-').map(Number) ?? []

test('a durable program lives to its end, whatever happens to its nodes', () => {
  for (let seed = first; seed <= last; seed++) {
    assert.is(attempt(`life ${seed}`), undefined, `npm run simulate -- --seed ${seed}`)
  }
})

test.run()
