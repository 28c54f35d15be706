/** What the engine on NATS makes of servers that die or stand still, and of members that are cut off. */
import { randomBytes } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine, SwapOutcome } from '../../runtime/engine/engine.ts'
import { natsEngine } from '../../runtime/engine/nats.ts'
import { Sessions } from '../../runtime/node/wire/session.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { firstLine, script, until } from './members.ts'
import { hasNats, natsServers } from './nats-servers.ts'

interface Watched {
  readonly engine: Engine
  /** Names of those that it has seen leave. */
  readonly left: string[]
  readonly heard: string[]
  readonly sessions: Sessions
  close(): Promise<void>
}

async function member(address: string, name: string): Promise<Watched> {
  const troubles: string[] = []
  const engine = await natsEngine(address, {
    kind: 'node',
    name,
    create: true,
    trouble: ({ message }) => troubles.push(message),
  })
  const left: string[] = []
  const heard: string[] = []
  const sessions = new Sessions(engine, { message: (_, body) => heard.push(Buffer.from(body).toString()) })
  engine.transport.open(sessions)
  engine.membership.open({
    joined: () => undefined,
    left: (gone) => {
      left.push(gone.name)
      sessions.end(gone.index)
    },
  })
  return {
    engine,
    left,
    heard,
    sessions,
    close: async () => {
      sessions.close()
      await new Promise<void>((resolve) => {
        engine.close(resolve)
      })
      assert.equal(troubles, [], `${name} follows the log to its end`)
    },
  }
}

const prefix = (): string => `t${randomBytes(4).toString('hex')}`
const swap = (engine: Engine, key: string, expect: string | undefined, value: string): Promise<SwapOutcome> =>
  new Promise((resolve) => {
    engine.directory.swap([{ key, expect, value }], resolve)
  })
const get = async (engine: Engine, key: string): Promise<string | undefined> => {
  for (;;) {
    const values = await new Promise<readonly (string | undefined)[] | undefined>((resolve) => {
      engine.directory.get([key], resolve)
    })
    if (values !== undefined) return values[0]
  }
}

/** Counts a key of its own up until told to stop. @returns how often that was done, by the answers and by what the key says now */
function counting({ engine }: Watched, key: string): { stop(): Promise<readonly [answered: number, unknown: number, found: number]> } {
  let going = true
  let done = 0
  let unknown = 0
  const work = (async () => {
    while (going) {
      const value = await get(engine, key)
      const outcome = await swap(engine, key, value, String(Number(value ?? 0) + 1))
      if (outcome === 'done') done++
      else if (outcome === 'unknown') unknown++
      else assert.unreachable('nobody else counts here')
    }
  })()
  return {
    stop: async () => {
      going = false
      await work
      return [done, unknown, Number(await get(engine, key))]
    },
  }
}

/** A way to a server that can be cut. */
async function tunnel(host: string): Promise<{ readonly host: string; cut(): void; mend(): void; close(): void }> {
  const [name = '', port = ''] = host.split(':')
  const sockets = new Set<Socket>()
  const pairs = new Set<readonly [Socket, Socket]>()
  let isCut = false
  const server = createServer((from) => {
    sockets.add(from)
    if (isCut) return void from.pause() // nobody answers
    const to = connect(Number(port), name)
    const pair = [from, to] as const
    pairs.add(pair)
    from.pipe(to)
    to.pipe(from)
    for (const [socket, other] of [pair, [to, from] as const]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    cut: () => {
      isCut = true
      for (const [from, to] of pairs) {
        from.unpipe(to)
        to.unpipe(from)
        from.pause()
        to.pause()
      }
    },
    mend: () => {
      isCut = false
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

if (hasNats) {
  for (const how of ['killed', 'stopped'] as const) {
    deadlineTest(
      `each of three servers is ${how} in turn: nothing acknowledged is lost or done twice, and no member counts as dead`,
      120_000,
      async () => {
        const servers = await natsServers(3)
        const members: Watched[] = []
        try {
          const address = servers.address(prefix())
          for (const name of ['n1', 'n2', 'n3']) members.push(await member(address, name))
          const counters = members.map((each, i) => counting(each, `count/${i}`))
          const [a, , c] = members as [Watched, Watched, Watched]
          let sent = 0
          for (let i = 0; i < 3; i++) {
            await delay(1_000)
            if (how === 'killed') await servers.kill(i)
            else servers.signal(i, 'SIGSTOP')
            // one that is stopped for 8 s keeps its connections: its members have to find out, and another leader is chosen meanwhile
            for (let k = 0; k < (how === 'killed' ? 20 : 80); k++) {
              a.sessions.send(c.engine.membership.self.index, Buffer.from(String(sent++)))
              await delay(100)
            }
            if (how === 'killed') await servers.start(i)
            else servers.signal(i, 'SIGCONT')
          }
          const counts = await Promise.all(counters.map((counter) => counter.stop()))
          for (const [done, unknown, found] of counts) {
            assert.ok(done > 10, `${done} were done`)
            assert.ok(found >= done && found <= done + unknown, `${done} were done, of ${unknown} it is not known, and there are ${found}`)
          }
          await until(() => c.heard.length === sent)
          assert.equal(
            c.heard,
            Array.from({ length: sent }, (_, i) => String(i)),
          )
          assert.equal(
            members.map(({ left }) => left),
            [[], [], []],
          )
          await until(() => members.every(({ engine }) => engine.membership.assured && engine.store.answers))
        } finally {
          await Promise.all(members.map((each) => each.close()))
          await servers.end()
        }
      },
    )
  }

  deadlineTest('a store that is silent for 12 s makes no living node count as dead, and nodes know that it is silent', 60_000, async () => {
    const servers = await natsServers(1)
    const members: Watched[] = []
    try {
      const address = servers.address(prefix())
      for (const name of ['n1', 'n2']) members.push(await member(address, name))
      await until(() => members.every(({ engine }) => engine.store.answers && engine.membership.all().length === 2))
      servers.signal(0, 'SIGSTOP')
      await delay(12_000)
      assert.ok(members.every(({ engine }) => !engine.store.answers && !engine.membership.assured && engine.store.silentMs > 5_000))
      servers.signal(0, 'SIGCONT')
      await until(() => members.every(({ engine }) => engine.store.answers && engine.membership.assured))
      await delay(5_000)
      assert.equal(
        members.map(({ left }) => left),
        [[], []],
      )
    } finally {
      await Promise.all(members.map((each) => each.close()))
      await servers.end()
    }
  })

  deadlineTest(
    'a member that is cut off briefly stays, and one that is cut off for long is removed, knows it and has not acted since',
    60_000,
    async () => {
      const servers = await natsServers(1)
      const way = await tunnel(servers.hosts[0] ?? '')
      const members: Watched[] = []
      try {
        const address = servers.address(prefix())
        const [a, b] = [await member(address, 'n1'), await member(address.replace(servers.hosts[0] ?? '', way.host), 'n2')]
        members.push(a, b)
        const [from, to] = [a.engine.membership.self.index, b.engine.membership.self.index]
        a.sessions.send(to, Buffer.from('1'))
        await until(() => b.heard.length === 1)
        way.cut()
        a.sessions.send(to, Buffer.from('2'))
        await delay(5_000)
        assert.not.ok(b.engine.membership.assured)
        way.mend()
        await until(() => b.heard.length === 2 && b.engine.membership.assured && b.engine.store.silentMs < 1_000)
        b.sessions.send(from, Buffer.from('3'))
        await until(() => a.heard.length === 1)
        assert.equal([a.left, b.left], [[], []])
        way.cut()
        const cutAt = performance.now()
        let assuredAt = cutAt
        while (a.left.length === 0) {
          if (b.engine.membership.assured) assuredAt = performance.now()
          await delay(20)
        }
        const removedMs = performance.now() - cutAt
        // its lease was renewed up to a beat before, and silence is no death for seven seconds
        assert.ok(removedMs > 6_000 && removedMs < 20_000, `removed after ${removedMs} ms`)
        assert.ok(
          assuredAt - cutAt < removedMs - 1_000,
          `it would have acted for ${assuredAt - cutAt} ms, and was removed after ${removedMs} ms`,
        )
        way.mend()
        const mendedAt = performance.now()
        await until(() => b.left.includes('n2'))
        assert.ok(performance.now() - mendedAt < 4_000, `it knows after ${performance.now() - mendedAt} ms`)
        assert.is(await swap(a.engine, 'x', undefined, '1'), 'done')
      } finally {
        await Promise.all(members.map((each) => each.close()))
        way.close()
        await servers.end()
      }
    },
  )

  deadlineTest('an OS process of this machine that ends is known to have ended, whatever its server believes', 60_000, async () => {
    const servers = await natsServers(1)
    const way = await tunnel(servers.hosts[0] ?? '')
    const address = servers.address(prefix())
    const a = await member(address, 'n1')
    try {
      const doomed = script('member.ts', address.replace(servers.hosts[0] ?? '', way.host), 'n2')
      await firstLine(doomed)
      await until(() => a.engine.membership.all().length === 2)
      way.cut() // the server goes on believing that it is there
      doomed.child.kill('SIGKILL')
      const diedAt = performance.now()
      await until(() => a.left.includes('n2'))
      assert.ok(performance.now() - diedAt < 6_000, `${performance.now() - diedAt} ms: it was only suspected`)
    } finally {
      await a.close()
      way.close()
      await servers.end()
    }
  })

  deadlineTest(
    'while nothing can be committed, members that hear each other go on for some seconds, and one that is not heard does not',
    60_000,
    async () => {
      const servers = await natsServers(3)
      const way = await tunnel(servers.hosts[2] ?? '')
      const members: Watched[] = []
      try {
        const cluster = prefix()
        const address = servers.address(cluster).replace(/\/\/[^/]*/, `//${servers.hosts[2] ?? ''}`)
        const [a, b] = [await member(address, 'n1'), await member(address.replace(servers.hosts[2] ?? '', way.host), 'n2')]
        members.push(a, b)
        await until(() => members.every(({ engine }) => engine.membership.assured && engine.membership.all().length === 2))
        await Promise.all([servers.kill(0), servers.kill(1)]) // what is left is no majority
        const isSilent = ({ engine }: Watched): boolean => engine.store.silentMs > 2_500 // more than a renewal is good for
        await until(() => members.every((each) => isSilent(each) && each.engine.membership.assured))
        way.cut()
        await until(() => !a.engine.membership.assured && !b.engine.membership.assured)
        assert.ok(a.engine.store.silentMs < 8_000, `it went on for ${a.engine.store.silentMs} ms`)
        way.mend()
        await servers.start(0)
        await servers.start(1)
        await until(() => members.every(({ engine }) => engine.membership.assured && engine.store.answers))
        assert.equal([a.left, b.left], [[], []])
      } finally {
        await Promise.all(members.map((each) => each.close()))
        way.close()
        await servers.end()
      }
    },
  )

  deadlineTest('a member for whom nobody listens any more is removed within five seconds', 60_000, async () => {
    const servers = await natsServers(1)
    const way = await tunnel(servers.hosts[0] ?? '')
    const members: Watched[] = []
    try {
      const address = servers.address(prefix())
      const [a, b] = [await member(address, 'n1'), await member(address.replace(servers.hosts[0] ?? '', way.host), 'n2')]
      members.push(a, b)
      a.sessions.send(b.engine.membership.self.index, Buffer.from('1'))
      await until(() => b.heard.length === 1)
      way.close() // the server sees its connection end
      const diedAt = performance.now()
      await until(() => a.left.includes('n2'))
      assert.ok(performance.now() - diedAt < 5_000, `${performance.now() - diedAt} ms`)
    } finally {
      await Promise.all(members.map((each) => each.close()))
      await servers.end()
    }
  })
}

test.run()
