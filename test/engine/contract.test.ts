/** Every engine keeps the promises of the interface. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { SimulatedEngine } from '../../runtime/engine/simulated.ts'
import { Neighbourhood } from '../../runtime/threads/neighbours.ts'
import { engineContract } from './contract.ts'
import type { Cluster } from './contract.ts'
import { embeddedCluster } from './members.ts'

/** Milliseconds of virtual time within which everything here has to happen. */
const LIMIT_MS = 60_000

function simulatedCluster(): Cluster {
  const world = new SimulatedWorld(1)
  const settle = <T>(start: (done: (value: T) => void) => void): Promise<T> => {
    const answers: T[] = []
    start((value) => answers.push(value))
    world.run(() => answers.length > 0, LIMIT_MS)
    const [answer] = answers
    if (answers.length === 0) throw new Error('the engine does not answer')
    return Promise.resolve(answer as T) // there is one
  }
  const join: (kind: 'node' | 'terminal' | 'client', name?: string) => Promise<SimulatedEngine> = (kind, name) =>
    settle((done) => {
      world.join(kind, name, done)
    })
  return {
    join,
    settle,
    joinDoomed: async (name) => {
      const engine = await join('node', name)
      engine.transport.open({ connected: () => undefined, disconnected: () => undefined, packet: () => undefined })
      engine.membership.open({ joined: () => undefined, left: () => undefined })
      const { index } = engine.membership.self
      return {
        index,
        crash: () => {
          world.crash(index)
        },
      }
    },
    until: (done) => {
      if (!world.run(done, LIMIT_MS)) throw new Error('it does not happen')
      return Promise.resolve()
    },
    end: () => Promise.resolve(),
  }
}

engineContract({ name: 'embedded', cluster: () => embeddedCluster() })
engineContract({ name: 'embedded, in threads', cluster: () => embeddedCluster(new Neighbourhood()) })
engineContract({ name: 'simulated', cluster: () => Promise.resolve(simulatedCluster()) })

test('a member that joins by a name has it, also when the store says too late that it was done', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const world = new SimulatedWorld(seed, { ...fairWeather, unknown: 0.5 })
    const joined: string[] = []
    const join = (name: string): void => {
      world.join('node', name, ({ membership }) => joined.push(membership.self.name))
    }
    world.after(seed * 0.02, () => {
      world.silence(30)
    })
    for (const name of ['a', 'b', 'c']) join(name)
    assert.ok(
      world.run(() => joined.length === 3, LIMIT_MS),
      `seed ${seed}: ${joined.join(' ')}`,
    )
  }
})

test.run()
