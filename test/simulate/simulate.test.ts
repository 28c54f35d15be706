/** Simulated lives of durable programs: a bounded part of `npm run simulate`. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { live } from './scenario.ts'

const SEEDS = 150

test('a durable program lives to its end, whatever happens to its nodes', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { wrong } = live(seed)
    assert.is(wrong, undefined, `npm run simulate -- --seed ${seed}`)
  }
})

test.run()
