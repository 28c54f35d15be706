/** Chaos migration: whatever moves, the output is that of a plain run; and what would be forgotten is found out. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Channel, Frame } from '../../runtime/abi.ts'
import { runChaos, runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { planted } from '../../runtime/kernel/snapshot/snapshot.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { Failing } from './machines/failing.ts'
import { networkMain, randomNetwork } from './machines/network.ts'
import type { Network } from './machines/network.ts'

type Main = (ports: { screen: Channel }) => Frame
const mainOf =
  (network: Network): Main =>
  ({ screen }) =>
    networkMain(network, screen)

/** @returns whether chaos shows nothing else than a plain run */
function agrees(main: Main, seed: number, nodes: number, moves: 'every' | number): boolean {
  const plain = runPlain(main)
  try {
    const chaos = runChaos(main, { seed, nodes, moves, steps: 200_000 })
    return chaos.kind === plain.kind && Buffer.compare(chaos.screen, plain.screen) === 0
  } catch {
    return false
  }
}

test('a random network gives the same wherever its processes are', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(9),
      fc.integer({ min: 2, max: 5 }),
      fc.constantFrom('every' as const, 0.5, 0.05),
      (seed, size, nodes, moves) => {
        assert.ok(agrees(mainOf(randomNetwork(new Choices(seed).below, size)), seed ^ 0x5bd1, nodes, moves))
      },
    ),
    { numRuns: times(400) },
  )
})

for (const [seed, size, nodes] of [
  [-18, 9, 5],
  [1638536439, 9, 5],
  [433477614, 5, 5],
  [-882973658, 6, 5],
] as const) {
  test(`an offer that comes back to a node that has forgotten the channel arrives: network ${seed}`, () => {
    assert.ok(agrees(mainOf(randomNetwork(new Choices(seed).below, size)), seed ^ 0x5bd1, nodes, 'every'))
  })
}

test('one seed gives one run', () => {
  const main = mainOf(randomNetwork(new Choices(11).below, 8))
  const [a, b] = [runChaos(main, { seed: 3 }), runChaos(main, { seed: 3 })]
  assert.equal([a.moves, a.messages, a.steps, a.time], [b.moves, b.messages, b.steps, b.time])
  assert.ok(a.moves > 50)
})

test('a fault is found wherever it happens', () => {
  const outcome = runChaos(() => new Failing(null, 3), { seed: 1 })
  assert.is(outcome.kind, 'failure')
})

/** Networks with a bit of everything. */
const networks = Array.from({ length: 12 }, (_, i) => mainOf(randomNetwork(new Choices(i).below, 8)))

for (const bug of ['dropLiveSlot', 'forgetOffer', 'forgetAlt'] as const) {
  test(`a planted bug is found: ${bug}`, () => {
    planted[bug] = true
    try {
      assert.ok(networks.some((main, i) => !agrees(main, i, 3, 'every')))
    } finally {
      planted[bug] = false
    }
    assert.ok(networks.every((main, i) => agrees(main, i, 3, 'every')))
  })
}

test.run()
