/** The engine on NATS keeps the promises of the interface, on one server and on a cluster of three. */
import { randomBytes } from 'node:crypto'
import { test } from 'uvu'
import { natsEngine } from '../../runtime/engine/nats.ts'
import type { Engine, MemberKind } from '../../runtime/engine/engine.ts'
import { engineContract } from './contract.ts'
import type { Cluster } from './contract.ts'
import { firstLine, script, until } from './members.ts'
import { hasNats, natsServers } from './nats-servers.ts'
import type { NatsServers } from './nats-servers.ts'

function natsCluster(servers: NatsServers): Cluster {
  const address = servers.address(`t${randomBytes(4).toString('hex')}`)
  const engines = new Set<Engine>()
  const children = new Set<() => void>()
  return {
    join: async (kind: MemberKind, name?: string) => {
      const engine = await natsEngine(address, {
        kind,
        create: true,
        ...(name === undefined ? {} : { name }),
        trouble: (error) => {
          throw error
        },
      })
      engines.add(engine)
      return engine
    },
    joinDoomed: async (name) => {
      const member = script('member.ts', address, name)
      const crash = (): void => void member.child.kill('SIGKILL')
      children.add(crash)
      return { index: Number(await firstLine(member)), crash }
    },
    until,
    settle: <T>(start: (done: (value: T) => void) => void) =>
      new Promise<T>((resolve) => {
        start(resolve)
      }),
    end: async () => {
      for (const kill of children) kill()
      await Promise.all(
        [...engines].map(
          (engine) =>
            new Promise<void>((resolve) => {
              engine.close(resolve)
            }),
        ),
      )
    },
  }
}

if (!hasNats) console.log('nats-server is not installed: nothing is tested (apt-get install nats-server)')
else
  for (const count of [1, 3] as const) {
    const servers = await natsServers(count)
    engineContract({ name: count === 1 ? 'NATS' : 'NATS on three servers', cluster: () => Promise.resolve(natsCluster(servers)) })
    test.after(() => servers.end())
  }

test.run()
