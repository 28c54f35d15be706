/** Recovery by itself, on its port: what comes before a member knows that it is the home of a program. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine, Member } from '../../runtime/engine/engine.ts'
import { SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { LIMITS } from '../../runtime/limits.ts'
import { Recovery } from '../../runtime/node/durable/recovery.ts'
import type { NodeErrorData } from '../../runtime/node/node-error.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { SimulatedShelf } from './simulation.ts'

const OTHER: Member = { index: 7, name: 'n7', kind: 'node', address: '' }

function recovery(): Recovery {
  const world = new SimulatedWorld(1)
  const engines: Engine[] = []
  world.join('node', 'n1', (engine) => engines.push(engine))
  world.run(() => engines.length === 1, 1_000)
  const [engine] = engines
  if (engine === undefined) throw new Error('no member')
  return new Recovery({
    engine,
    messenger: new Messenger(engine, {}),
    shelf: new SimulatedShelf(world),
    reviveHome: undefined,
    beginAnew: () => undefined,
    makeSite: () => {
      throw new Error('nothing begins here')
    },
    settled: () => undefined,
    lost: () => undefined,
    broken: () => undefined,
  })
}

/** A claim of a share of a program. @returns the errors that it is answered with, as they come */
function claim(of: Recovery, program: number, incarnation = 1): readonly NodeErrorData[] {
  const failures: NodeErrorData[] = []
  of.claimed(OTHER, { program, incarnation, cut: 0, time: 0 }, '', {
    part: () => undefined,
    done: () => undefined,
    failed: (error) => failures.push(error),
  })
  return failures
}

test('claims that come too early are kept, up to a limit, and those beyond it are refused', () => {
  const here = recovery()
  const { most } = LIMITS['claims.early']
  for (let program = 1; program <= most; program++) assert.equal(claim(here, program), [])
  const [error] = claim(here, most + 1)
  assert.is(error?.code, 'R0406')
  assert.match(error?.message ?? '', 'too many claims')
  here.memberLeft(OTHER)
  assert.equal(claim(here, most + 1), [], 'those of a member that has left are forgotten')
})

test('a node that claims again, in a later incarnation, claims once', () => {
  const here = recovery()
  const before = claim(here, 1)
  assert.equal(claim(here, 1, 2), [])
  assert.is(before[0]?.code, 'R0406')
})

test.run()
