/** Simulated lives of durable programs: a bounded part of `npm run simulate`. `GODWIT_LIVES_FROM=251` lives as many from this seed on; the harness runs several such parts side by side. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attempt } from './trials.ts'

const first = Number(process.env['GODWIT_LIVES_FROM'] ?? 1)
const last = first + 249

test('a durable program lives to its end, whatever happens to its nodes', () => {
  for (let seed = first; seed <= last; seed++) {
    assert.is(attempt(`life ${seed}`), undefined, `npm run simulate -- --seed ${seed}`)
  }
})

test.run()
