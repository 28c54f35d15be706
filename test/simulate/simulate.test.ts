/** Simulated clusters of durable programs that are calm, and those whose viewers are looked at; lives.test.ts has the others. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attempt } from './trials.ts'

const STEADY = 10
const BORDERS = 10
/** In these something is typed while a cut has stopped the program, which waits for it and is not dead. */
const TYPED_AMID = [30218, 30389]
const REPLICAS = 100
const LOSSES = 6
/** In this one all of the program is lost, and no cut is due: nobody is left who could wait for anything. */
const LOST_WHOLE = 40318
const VERSIONS = 20
/** In the first of them a node gets processes before the home hears of it, and a cut is made. */
const LATE = [27, 1, 2]

test('where nothing fails, everything that is asked for is answered, and cuts are made all the time', () => {
  for (let seed = 1; seed <= STEADY; seed++) assert.is(attempt(`steady ${seed}`), undefined, `seed ${seed}`)
})

test('what viewers see of a durable program is right, whatever happens to its nodes', () => {
  const few = Array.from({ length: BORDERS }, (_, i) => i + 1)
  for (const seed of [...few, ...TYPED_AMID]) assert.is(attempt(`border ${seed}`), undefined, `seed ${seed}`)
})

test('a program that has lost a process goes on from the cut before, which has it', () => {
  for (const seed of [...Array.from({ length: LOSSES }, (_, i) => i + 1), LOST_WHOLE])
    assert.is(attempt(`loss ${seed}`), undefined, `seed ${seed}`)
})

test('a program goes from version to version and back, in place or by a cut, and nobody can tell', () => {
  for (let seed = 1; seed <= VERSIONS; seed++) assert.is(attempt(`versions ${seed}`), undefined, `seed ${seed}`)
})

test('a cut does not leave out a node that has joined while the store did not reach the home', () => {
  for (const seed of LATE) assert.is(attempt(`late ${seed}`), undefined, `seed ${seed}`)
})

test('a bit that flips in the copy of one member makes that member leave, and nobody else', () => {
  for (let seed = 1; seed <= REPLICAS; seed++) assert.is(attempt(`replicas ${seed}`), undefined, `seed ${seed}`)
})

test.run()
