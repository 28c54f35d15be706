/** Simulated lives of durable programs: a bounded part of `npm run simulate`. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attempt } from './trials.ts'
import { live } from './scenario.ts'

const SEEDS = 150
const STEADY = 10
const BORDERS = 10

test('a durable program lives to its end, whatever happens to its nodes', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { wrong } = live(seed)
    assert.is(wrong, undefined, `npm run simulate -- --seed ${seed}`)
  }
})

test('where nothing fails, everything that is asked for is answered, and cuts are made all the time', () => {
  for (let seed = 1; seed <= STEADY; seed++) assert.is(attempt(`steady ${seed}`), undefined, `seed ${seed}`)
})

test('what viewers see of a durable program is right, whatever happens to its nodes', () => {
  for (let seed = 1; seed <= BORDERS; seed++) assert.is(attempt(`border ${seed}`), undefined, `seed ${seed}`)
})

test.run()
