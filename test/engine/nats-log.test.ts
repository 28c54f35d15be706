/** The log on NATS is compacted before long where servers have replicas of it, so that replicas that differ become the same. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { test } from 'uvu'
import type { SwapOutcome } from '../../runtime/engine/engine.ts'
import { parseNatsAddress } from '../../runtime/engine/nats-address.ts'
import { ServerConnection } from '../../runtime/engine/nats-connection.ts'
import { NatsLog } from '../../runtime/engine/nats-log.ts'
import { contentOf, openCluster } from '../../runtime/engine/nats-streams.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { hasNats, natsServers } from './nats-servers.ts'

/** Milliseconds after which a log with replicas is compacted. */
const SNAPSHOT_MS = 200

interface Opened {
  readonly log: NatsLog
  /** @returns the number of the first message that the stream has, 0 when nobody has answered */
  readonly first: () => Promise<number>
  readonly close: () => Promise<void>
}

async function open(address: string): Promise<Opened> {
  const parsed = parseNatsAddress(address)
  const fail = (error: Error): never => {
    throw error
  }
  const connection = await ServerConnection.open(parsed, 'test', fail)
  const names = await openCluster(connection, parsed, true)
  const log = new NatsLog(connection, names, fail, SNAPSHOT_MS)
  return {
    log,
    first: () =>
      new Promise((resolve) => {
        connection.request(`$JS.API.STREAM.INFO.${names.log.stream}`, '', 2_000, (reply) => {
          resolve(contentOf<{ state: { first_seq: number } }>(reply)?.state?.first_seq ?? 0)
        })
      }),
    close: async () => {
      log.close()
      await new Promise<void>((resolve) => {
        connection.close(resolve)
      })
    },
  }
}

function write(log: NatsLog, key: string, value: string): Promise<SwapOutcome> {
  return new Promise((resolve) => {
    log.swap([{ key, expect: undefined, value }], resolve)
  })
}

function values(log: NatsLog, keys: readonly string[]): Promise<readonly (string | undefined)[] | undefined> {
  return new Promise((resolve) => {
    log.get(keys, resolve)
  })
}

if (hasNats)
  for (const count of [3, 1] as const)
    deadlineTest(
      `a short log with ${count === 1 ? 'one replica is left as it is' : 'replicas is compacted after a while'}`,
      60_000,
      async () => {
        const servers = await natsServers(count)
        const address = servers.address(`t${randomBytes(4).toString('hex')}`)
        const opened: Opened[] = []
        try {
          const [a, b] = [await open(address), await open(address)]
          opened.push(a, b)
          const written: string[] = []
          // with replicas the test ends when the log was compacted, however long that takes
          while (count === 3 ? (await a.first()) <= 1 : written.length < 10) {
            const text = String(written.length)
            assert.is(await write([a, b][written.length % 2]?.log ?? a.log, `k/${text}`, text), 'done')
            written.push(text)
            await delay(SNAPSHOT_MS / 4)
          }
          assert.is((await a.first()) > 1, count === 3)
          const late = await open(address)
          opened.push(late)
          for (const { log } of opened)
            assert.equal(
              await values(
                log,
                written.map((text) => `k/${text}`),
              ),
              written,
            )
        } finally {
          for (const each of opened) await each.close()
          await servers.end()
        }
      },
    )

test.run()
