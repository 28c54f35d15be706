/** A member on NATS whose copy of the directory is not what the log says finds that out and leaves; the others go on. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine, SwapOutcome } from '../../runtime/engine/engine.ts'
import type { EngineError } from '../../runtime/engine/engine-error.ts'
import { natsEngine } from '../../runtime/engine/nats.ts'
import type { LogState } from '../../runtime/engine/nats-log-messages.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { until } from './members.ts'
import { hasNats, natsServers } from './nats-servers.ts'

interface Member {
  readonly engine: Engine
  trouble: EngineError | undefined
}

async function join(address: string, name: string): Promise<Member> {
  const held: { trouble: EngineError | undefined } = { trouble: undefined }
  const engine = await natsEngine(address, { kind: 'node', name, create: true, trouble: (error) => (held.trouble = error) })
  engine.membership.open({ joined: () => undefined, left: () => undefined })
  return Object.assign(held, { engine })
}

function swap({ engine }: Member, key: string, expect: string | undefined, value: string): Promise<SwapOutcome> {
  return new Promise((resolve) => {
    engine.directory.swap([{ key, expect, value }], resolve)
  })
}

function get({ engine }: Member, key: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    engine.directory.get([key], (values) => {
      resolve(values?.[0])
    })
  })
}

/** Flips a bit of a value in the memory of a member. */
function flip({ engine }: Member, key: string): void {
  const { table } = (engine.directory as unknown as { readonly state: LogState }).state // nobody but a test does such a thing
  const value = table.get(key) ?? ''
  table.put(key, String.fromCharCode(value.charCodeAt(0) ^ 1) + value.slice(1))
}

async function close(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ engine }) => new Promise<void>((resolve) => engine.close(resolve))))
}

if (hasNats) {
  deadlineTest('a bit that flips in the memory of one member makes that one leave', 60_000, async () => {
    const servers = await natsServers(1)
    const members: Member[] = []
    try {
      const address = `nats://${servers.hosts[0] ?? ''}/t${randomBytes(4).toString('hex')}`
      for (const name of ['a', 'b', 'c']) members.push(await join(address, name))
      const [a, b, c] = members as [Member, Member, Member] // three have joined
      assert.is(await swap(a, 'x', undefined, '1'), 'done')
      assert.is(await get(c, 'x'), '1')
      flip(c, 'x')
      assert.is(await swap(b, 'x', '1', '2'), 'done')
      await until(() => c.trouble !== undefined)
      assert.match(
        c.trouble?.message ?? '',
        /^what this OS process has made of the stream t[0-9a-f]+-log up to message \d+ is not what the stream says$/,
      )
      assert.is(c.trouble?.kind, 'failed')
      for (let i = 2; i < 12; i++) {
        assert.is(await swap(i % 2 === 0 ? a : b, 'x', String(i), String(i + 1)), 'done')
        await delay(20)
      }
      members.push(await join(address, 'd'))
      assert.is(await get(members[3] ?? a, 'x'), '12')
      assert.equal([a.trouble, b.trouble], [undefined, undefined])
    } finally {
      await close(members)
      await servers.end()
    }
  })

  deadlineTest('a log whose snapshot somebody has removed is told as such', 60_000, async () => {
    const servers = await natsServers(1)
    const members: Member[] = []
    const { connect } = await import('@nats-io/transport-node')
    const nats = await connect({ servers: servers.hosts[0] ?? '' })
    const asked = async (subject: string, content: object): Promise<Readonly<Record<string, unknown>>> =>
      (await nats.request(`$JS.API.STREAM.${subject}`, JSON.stringify(content))).json()
    try {
      const prefix = `t${randomBytes(4).toString('hex')}`
      const address = `nats://${servers.hosts[0] ?? ''}/${prefix}`
      const a = await join(address, 'a')
      members.push(a)
      const isCompacted = async (): Promise<boolean> => {
        const { state } = await asked(`INFO.${prefix}-log`, {})
        return (state as { readonly first_seq: number }).first_seq > 1 // as the server says it
      }
      let value: string | undefined
      for (let i = 0; !(await isCompacted()); i++) {
        const next = String.fromCharCode(97 + (i % 26)).repeat(50_000)
        assert.is(await swap(a, 'x', value, next), 'done')
        value = next
      }
      const { streams } = await asked('NAMES', {})
      for (const name of streams as readonly string[]) if (name.startsWith(`${prefix}-blobs-`)) await asked(`PURGE.${name}`, {})
      let told = 'it has joined'
      try {
        members.push(await join(address, 'b'))
      } catch (error) {
        told = String(error)
      }
      assert.match(told, /the stream t\w+-log lacks messages, and there is no snapshot of them$/)
      assert.is(await swap(a, 'x', value, '1'), 'done')
      assert.is(a.trouble, undefined)
    } finally {
      await nats.close()
      await close(members)
      await servers.end()
    }
  })

  deadlineTest('a log whose beginning somebody has removed is told as such, and does not harm those who have it', 60_000, async () => {
    const servers = await natsServers(1)
    const members: Member[] = []
    const { connect } = await import('@nats-io/transport-node')
    const nats = await connect({ servers: servers.hosts[0] ?? '' })
    try {
      const prefix = `t${randomBytes(4).toString('hex')}`
      const address = `nats://${servers.hosts[0] ?? ''}/${prefix}`
      for (const name of ['a', 'b']) members.push(await join(address, name))
      const [a, b] = members as [Member, Member] // two have joined
      assert.is(await swap(a, 'x', undefined, '1'), 'done')
      await nats.request(`$JS.API.STREAM.PURGE.${prefix}-log`, JSON.stringify({ keep: 1 }))
      let told = 'it has joined'
      try {
        members.push(await join(address, 'c'))
      } catch (error) {
        told = String(error)
      }
      assert.match(told, /the stream t\w+-log lacks messages, and there is no snapshot of them$/)
      assert.is(await swap(b, 'x', '1', '2'), 'done')
      assert.equal([a.trouble, b.trouble], [undefined, undefined])
    } finally {
      await nats.close()
      await close(members)
      await servers.end()
    }
  })
}

test.run()
