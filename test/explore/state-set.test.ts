/** The set of states: a state that is told by what has changed is the same as one that is told as a whole. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { StateSet } from '../../runtime/explore/state-set.ts'
import { Random } from '../fuzz/random.ts'

test('states that are told by their changes are those that are told as a whole', () => {
  const random = new Random(5, 0)
  for (const [components, most] of [
    [3, 2],
    [6, 3],
    [40, 200],
    [5, 40_000],
  ] as const) {
    const [states, whole] = [new StateSet(), new StateSet()]
    const indices = new Map<string, number>()
    const state = new Int32Array(components)
    assert.is(states.add(state, components, -1), 0)
    whole.add(state, components, -1)
    indices.set(state.join(), 0)
    let from = 0
    for (let i = 0; i < 3000; i++) {
      if (random.chance(30)) states.read((from = random.below(states.size)), state)
      const base = state.slice()
      const changed = Array.from({ length: random.between(1, random.chance(5) ? 30 : 3) }, () => random.below(components))
      for (const at of changed) state[at] = random.chance(40) ? 0 : random.chance(50) ? random.below(Math.min(most, 3)) : random.below(most)
      const wanted = indices.get(state.join()) ?? indices.size
      indices.set(state.join(), wanted)
      assert.is(states.addChanged(state, components, { changed: Int32Array.from(changed), changes: changed.length }, from), wanted)
      assert.is(whole.add(state, components, from), wanted)
      assert.is(states.find(state, components), wanted)
      if (random.chance(50)) from = wanted
      else state.set(base)
    }
    const read = new Int32Array(components)
    for (const [text, index] of indices) {
      states.read(index, read)
      assert.is(read.join(), text)
    }
  }
})

test.run()
