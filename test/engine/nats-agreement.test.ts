/** A member on NATS whose copy of the directory is not what the log says finds that out and leaves; the others go on. */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BlobAnswer, Engine, SwapOutcome } from '../../runtime/engine/engine.ts'
import type { EngineError } from '../../runtime/engine/engine-error.ts'
import { natsEngine } from '../../runtime/engine/nats.ts'
import { Agreement } from '../../runtime/engine/nats-agreement.ts'
import type { Chunks } from '../../runtime/engine/nats-chunks.ts'
import type { ServerConnection } from '../../runtime/engine/nats-connection.ts'
import type { Follower } from '../../runtime/engine/nats-follower.ts'
import type { LogDigest } from '../../runtime/engine/log-digest.ts'
import { encodeLogMessage, LogState } from '../../runtime/engine/nats-log-messages.ts'
import type { LogMessage } from '../../runtime/engine/nats-log-messages.ts'
import type { ClusterNames } from '../../runtime/engine/nats-streams.ts'
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

interface Doubts {
  readonly refold: object | undefined
  readonly wrong: ReadonlySet<string>
}

function doubts({ directory }: Engine): Doubts {
  return (directory as unknown as { readonly agreement: Doubts }).agreement // its private fields
}

async function close(members: readonly Member[]): Promise<void> {
  await Promise.all(members.map(({ engine }) => new Promise<void>((resolve) => engine.close(resolve))))
}

/** What is tried with three members on one server. @param join adds another member */
function amongThree(
  work: (three: readonly [Member, Member, Member], join: (name: string) => Promise<Member>) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const servers = await natsServers(1)
    const members: Member[] = []
    try {
      const address = `nats://${servers.hosts[0] ?? ''}/t${randomBytes(4).toString('hex')}`
      const add = async (name: string): Promise<Member> => {
        const member = await join(address, name)
        members.push(member)
        return member
      }
      await work([await add('a'), await add('b'), await add('c')], add)
    } finally {
      await close(members)
      await servers.end()
    }
  }
}

/** Answers to reads of the log, in their order: the number and the text of a message, number 0 for none. */
type Read = readonly [at: number, text: string] | 'timeout'

interface Store {
  readonly reads: readonly Read[]
  /** What there is of snapshots. */
  readonly blob: BlobAnswer
}

/** @returns what an agreement does about message `at`, when the servers have this */
function decided(state: LogState, at: number, message: LogMessage, { reads, blob }: Store): Promise<string> {
  const answers = [...reads]
  return new Promise((resolve) => {
    const agreement = new Agreement({
      connection: {
        read: (_stream: string, _which: unknown, _timeoutMs: number, done: (reply: unknown) => void) => {
          const read = answers.shift() ?? 'timeout'
          const reply =
            read === 'timeout'
              ? read
              : read[0] === 0
                ? { string: () => '', headers: Object.assign(new Map(), { code: 404 }) }
                : { string: () => read[1], headers: new Map([['Nats-Sequence', String(read[0])]]) }
          setImmediate(done, reply)
        },
      } as unknown as ServerConnection, // nothing else of it is used
      names: { log: {}, blobs: {} } as unknown as ClusterNames, // they are only sent
      snapshots: {
        get: (_: string, done: (answer: BlobAnswer) => void) => {
          setImmediate(done, blob)
        },
      } as unknown as Chunks, // nothing else of it is used
      state,
      follower: {
        halt: () => undefined,
        begin: (next: number) => {
          resolve(`it goes on with message ${next}`)
        },
      } as unknown as Follower, // nothing else of it is used
      fail: ({ message: text }) => {
        resolve(text)
      },
    })
    if (!agreement.isDoubtful(at, message)) resolve('it has no doubts')
  })
}

const textOf = (message: LogMessage): string => new TextDecoder().decode(encodeLogMessage(message))

deadlineTest('a gap in the log is no matter once a snapshot holds what comes behind it', 10_000, async () => {
  const state = new LogState()
  const swapOf = (serial: number, stand: number, digest: number): Extract<LogMessage, { kind: 'swap' }> => {
    return { kind: 'swap', writer: 'w', serial, stand, digest, changes: [{ key: 'x', expect: undefined, value: String(serial) }] }
  }
  const first = swapOf(1, 1, 0)
  state.swap(1, first)
  state.skip(2)
  const third = swapOf(2, 3, state.digest)
  state.swap(3, third)
  const snapshot: LogMessage = { kind: 'snapshot', at: 3, hash: 'h', digest: state.digest }
  state.forget(4)
  const wrong = swapOf(3, 5, state.digest + 1)
  const none: Read = [0, '']
  const begun: readonly Read[] = [none, [1, textOf(first)], [3, textOf(third)]]
  const reads: readonly Read[] = [
    ...[...begun, ...begun, ...begun, ...begun], // message 2 is looked for again and again; at last it is taken that it never was
    'timeout',
    ...([
      [4, textOf(snapshot)],
      [4, textOf(snapshot)],
    ] as const), // all is read once more: by now there is a snapshot
  ]
  assert.is(await decided(state, 5, wrong, { reads, blob: state.encode() }), 'it goes on with message 5')
})

deadlineTest(
  'who cannot fold the log again, since somebody has removed its snapshot, does not wait for it without end',
  10_000,
  async () => {
    const state = new LogState()
    const snapshot: LogMessage = { kind: 'snapshot', at: 0, hash: 'h', digest: 0 }
    state.forget(1)
    const wrong: LogMessage = { kind: 'swap', writer: 'w', serial: 1, stand: 2, digest: 1, changes: [] }
    const reads = Array<Read>(10).fill([1, textOf(snapshot)])
    assert.match(await decided(state, 2, wrong, { reads, blob: 'absent' }), /^what this OS process has made of the stream /)
  },
)

if (hasNats) {
  deadlineTest(
    'a bit that flips in the memory of one member makes that one leave',
    60_000,
    amongThree(async ([a, b, c], add) => {
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
      assert.is(await get(await add('d'), 'x'), '12')
      assert.equal([a.trouble, b.trouble], [undefined, undefined])
    }),
  )

  deadlineTest(
    'what is written while a doubtful message is looked into counts, and nobody doubts it',
    60_000,
    amongThree(async ([a, b, c]) => {
      assert.is(await swap(a, 'x', undefined, '1'), 'done')
      assert.is(await get(b, 'x'), '1')
      const { sum } = (c.engine.directory as unknown as { readonly state: { readonly sum: LogDigest } }).state // as above
      sum.add('x', '2')
      const outcomes: Promise<SwapOutcome>[] = []
      const written = swap(c, 'y', undefined, '1') // its digest is that of its copy, so `a` and `b` fold the log once again
      await until(() => {
        for (const [i, { engine }] of [a, b].entries()) {
          if (doubts(engine).refold !== undefined) outcomes[i] ??= swap(i === 0 ? a : b, `z/${i}`, undefined, '1')
        }
        return outcomes[0] !== undefined && outcomes[1] !== undefined
      })
      assert.equal(await Promise.all(outcomes), ['done', 'done'])
      await written
      await until(() => c.trouble !== undefined)
      for (const each of [a, b]) {
        assert.equal([await get(each, 'z/0'), await get(each, 'z/1')], ['1', '1'])
        assert.is(doubts(each.engine).wrong.size, 1, 'only the messages of one writer are taken for wrong')
      }
      assert.equal([a.trouble, b.trouble], [undefined, undefined])
    }),
  )

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
      assert.is(await get(b, 'x'), '1') // it has read what is removed now
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
