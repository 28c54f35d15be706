/** Cuts: a program that goes on from its last cut, anywhere and at any time, shows what it would have shown. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Channel, Frame } from '../../runtime/abi.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { runCutting } from '../../runtime/kernel/testing/cutting.ts'
import { units } from '../node/simulation.ts'
import { programs } from '../simulate/programs.ts'
import { networkMain, randomNetwork } from './machines/network.ts'

type Main = (ports: { screen: Channel }) => Frame
const networkOf =
  (seed: number, size: number): Main =>
  ({ screen }) =>
    networkMain(randomNetwork(new Choices(seed).below, size), screen)

test('a random network goes on from its cuts, wherever its processes are', () => {
  let [cuts, deaths] = [0, 0]
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(9),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(0, 0.5, 0.05),
      fc.constantFrom(0.2, 0.02),
      (seed, size, nodes, moves, often) => {
        const main = networkOf(seed, size)
        const plain = runPlain(main)
        const cut = runCutting(main, {
          seed: seed ^ 0x77,
          nodes,
          moves: nodes === 1 ? 0 : moves,
          cuts: often,
          deaths: often / 3,
          steps: 300_000,
        })
        assert.is(cut.kind, plain.kind)
        assert.equal(Buffer.from(cut.screen), Buffer.from(plain.screen))
        cuts += cut.cuts
        deaths += cut.deaths
      },
    ),
    { numRuns: times(300) },
  )
  assert.ok(cuts > 0 && deaths > 0, `${cuts} cuts, ${deaths} deaths`)
})

for (const { name, frame } of programs)
  test(`${name} goes on from its cuts, wherever its processes are`, () => {
    const main: Main = ({ screen }) => frame(screen)
    const plain = runPlain(main)
    let deaths = 0
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 0.5, 0.05),
        fc.constantFrom(0.2, 0.02),
        (seed, nodes, moves, often) => {
          const cut = runCutting(main, {
            seed,
            nodes,
            moves: nodes === 1 ? 0 : moves,
            cuts: often,
            deaths: often / 3,
            steps: 600_000,
            unitOf: (hash) => units.get(hash),
          })
          assert.is(cut.kind, plain.kind)
          assert.equal(Buffer.from(cut.screen), Buffer.from(plain.screen))
          deaths += cut.deaths
        },
      ),
      { numRuns: times(60) },
    )
    assert.ok(deaths > 0)
  })

test.run()
