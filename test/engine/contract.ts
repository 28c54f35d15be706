/**
 * What every engine promises (engine.ts), as one list of tests. A suite names an engine and how to make members of a cluster; the tests know no
 * more of it than the interface.
 */
import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import type {
  BlobAnswer,
  Change,
  Engine,
  MemberKind,
  StoredBlob,
  SwapOutcome,
  WatchedEntry,
  WriteOptions,
} from '../../runtime/engine/engine.ts'
import { deadlineTest } from '../harness/deadline.ts'

/** One cluster for one test. */
export interface Cluster {
  /** A member joins. @throws (as a rejection) when it cannot */
  join(kind: MemberKind, name?: string): Promise<Engine>
  /** A node joins that is going to die without a word. */
  joinDoomed(name: string): Promise<{ readonly index: number; crash(): void }>
  /** Lets time pass until `done ()` is true. */
  until(done: () => boolean): Promise<void>
  /** Settles a promise whose answer comes from an engine. */
  settle<T>(start: (done: (value: T) => void) => void): Promise<T>
  /** Nothing of the cluster is left behind. */
  end(): Promise<void>
}

export interface EngineUnderTest {
  readonly name: string
  readonly cluster: () => Promise<Cluster>
}

/** What a member has heard. */
interface Ear {
  readonly packets: string[]
  readonly connections: Set<number>
  /** How often a connection was lost. */
  breaks: number
  readonly joined: string[]
  readonly left: string[]
}

/** Opens both halves of an engine that speak by themselves. */
function listen(engine: Engine): Ear {
  const ear: Ear = { packets: [], connections: new Set(), breaks: 0, joined: [], left: [] }
  engine.transport.open({
    connected: (peer) => ear.connections.add(peer),
    disconnected: (peer) => {
      ear.connections.delete(peer)
      ear.breaks++
    },
    packet: (peer, packet) => ear.packets.push(`${peer}:${Buffer.from(packet).toString()}`),
  })
  engine.membership.open({
    joined: ({ name }) => ear.joined.push(name),
    left: ({ name }) => ear.left.push(name),
  })
  return ear
}

/** Registers the tests for an engine. */
export function engineContract({ name, cluster }: EngineUnderTest): void {
  const promise = (title: string, work: (c: Cluster) => Promise<void>): void => {
    deadlineTest(`${name}: ${title}`, 20_000, async () => {
      const made = await cluster()
      try {
        await work(made)
      } finally {
        await made.end()
      }
    })
  }
  const swap = (c: Cluster, engine: Engine, ...changes: Change[]): Promise<SwapOutcome> => swapWith(c, engine, {}, ...changes)
  const swapWith = (c: Cluster, engine: Engine, options: WriteOptions, ...changes: Change[]): Promise<SwapOutcome> =>
    c.settle((done) => {
      engine.directory.swap(changes, done, options)
    })
  const set = (key: string, expect: string | undefined, value: string | undefined): Change => ({ key, expect, value })
  const get = (c: Cluster, engine: Engine, ...keys: string[]): Promise<readonly (string | undefined)[]> =>
    c.settle((done) => {
      engine.directory.get(keys, (values) => {
        done(values ?? ['the store does not answer'])
      })
    })
  const list = (c: Cluster, engine: Engine, prefix: string): Promise<readonly (readonly [string, string])[]> =>
    c.settle((done) => {
      engine.directory.list(prefix, (entries) => {
        done(entries ?? [['the store does not answer', '']])
      })
    })

  // ------------------------------------------------------------------------------------------------------------- directory

  promise('a compare-and-set changes all its keys or none, and everybody sees the same', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    assert.is(await swap(c, a, set('x', undefined, '1')), 'done')
    assert.is(await swap(c, b, set('x', undefined, '2')), 'conflict')
    assert.is(await swap(c, b, set('x', '1', '2')), 'done')
    assert.is(await swap(c, a, set('x', '2', '3'), set('y', 'nothing of the kind', '3')), 'conflict')
    assert.equal(await get(c, a, 'x', 'y'), ['2', undefined])
    assert.is(await swap(c, a, set('x', '2', undefined), set('y', undefined, '')), 'done')
    assert.equal(await get(c, b, 'y', 'x'), ['', undefined])
  })

  promise('a condition alone changes nothing and tells the truth', async (c) => {
    const a = await c.join('node', 'n1')
    await swap(c, a, set('x', undefined, '1'))
    assert.is(await swap(c, a, set('x', '1', '1'), set('y', undefined, undefined)), 'done')
    assert.is(await swap(c, a, set('x', '2', '2')), 'conflict')
    assert.is(await swap(c, a), 'done')
  })

  promise('a list has what begins with the prefix, in order, and nothing else', async (c) => {
    const a = await c.join('node', 'n1')
    const keys = ['p/2', 'p/10', 'p/1', 'q', 'p', 'p/1/x', 'pp/1', 'p/é', 'p/\u{1f40c}']
    await swap(c, a, ...keys.map((key) => set(`test/${key}`, undefined, key)))
    const listed = async (prefix: string): Promise<string[]> =>
      (await list(c, a, `test/${prefix}`)).map(([key]) => key.slice('test/'.length))
    assert.equal(await listed('p/'), ['p/1', 'p/1/x', 'p/10', 'p/2', 'p/é', 'p/\u{1f40c}'])
    assert.equal(await listed('p/1'), ['p/1', 'p/1/x', 'p/10'])
    assert.equal(await listed('p'), ['p', 'p/1', 'p/1/x', 'p/10', 'p/2', 'p/é', 'p/\u{1f40c}', 'pp/1'])
    assert.equal(await listed('r'), [])
  })

  promise('values of any text come back as they were', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const values = ['', '\n', '\0\r\t"\\', 'é\u2028\u{1f40c}', '[1,null]', 'x'.repeat(300_000)]
    await swap(c, a, ...values.map((value, i) => set(`any/\n${i}`, undefined, value)))
    assert.equal(await get(c, b, ...values.map((_, i) => `any/\n${i}`)), values)
  })

  promise('of many members that count together none loses a count', async (c) => {
    const engines = [await c.join('node', 'n1'), await c.join('node', 'n2'), await c.join('node', 'n3')]
    const count = async (engine: Engine): Promise<void> => {
      for (let done = 0; done < 50;) {
        const [value] = await get(c, engine, 'count')
        const outcome = await swap(c, engine, set('count', value, String(Number(value ?? 0) + 1)))
        assert.is.not(outcome, 'unknown')
        if (outcome === 'done') done++
      }
    }
    await Promise.all(engines.map(count))
    assert.equal(await get(c, engines[0] as Engine, 'count'), ['150']) // there are three
  })

  promise('no answer comes before the call has returned, and answers come in the order of the calls', async (c) => {
    const a = await c.join('node', 'n1')
    const order: string[] = []
    await c.settle<unknown>((done) => {
      a.directory.swap([set('x', undefined, '1')], (outcome) => order.push(outcome))
      a.directory.swap([set('x', '1', '2')], (outcome) => order.push(outcome))
      a.directory.get(['x'], (values) => {
        order.push(values?.[0] ?? '')
        done(undefined)
      })
      order.push('returned')
    })
    assert.is(order[0], 'returned')
    if (name !== 'simulated') assert.equal(order, ['returned', 'done', 'done', '2']) // there requests may overtake each other
  })

  promise('a watch tells what there is and then each commit, once and in order', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    await swap(c, a, set('w/1', undefined, 'a'), set('w/2', undefined, 'b'), set('v', undefined, 'c'))
    const heard: (readonly WatchedEntry[])[] = []
    let returned = false
    const cancel = b.directory.watch('w/', (entries) => {
      assert.ok(returned)
      heard.push(entries)
    })
    returned = true
    await c.until(() => heard.length > 0)
    assert.equal(heard.splice(0), [
      [
        ['w/1', 'a'],
        ['w/2', 'b'],
      ],
    ])
    for (let i = 0; i < 30; i++) {
      const old = i === 0 ? 'a' : String(i - 1)
      assert.is(await swap(c, i % 3 === 0 ? b : a, set('w/1', old, String(i)), set('v', 'c', 'c')), 'done')
    }
    assert.is(await swap(c, a, set('w/1', 'nothing of the kind', 'x')), 'conflict')
    assert.is(await swap(c, a, set('v', 'c', 'd')), 'done')
    assert.is(await swap(c, a, set('w/1', '29', undefined), set('w/3', undefined, 'e'), set('w/2', 'b', 'b')), 'done')
    await c.until(() => heard.length === 31)
    assert.equal(heard.splice(0), [
      ...Array.from({ length: 30 }, (_, i) => [['w/1', String(i)]]),
      [
        ['w/1', undefined],
        ['w/3', 'e'],
      ],
    ])
    cancel()
    assert.is(await swap(c, a, set('w/3', 'e', 'f')), 'done')
    assert.equal(await get(c, b, 'w/3'), ['f'])
    assert.equal(heard, [])
  })

  promise('what was committed before a read is known to watchers when it is answered', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    let seen: string | undefined
    b.directory.watch('w', ([entry]) => {
      seen = entry?.[1]
    })
    await get(c, b, 'w')
    for (let i = 0; i < 20; i++) {
      await swap(c, a, set('w', i === 0 ? undefined : String(i - 1), String(i)))
      assert.equal(await get(c, b, 'w'), [seen])
      assert.is(seen, String(i))
      if (i % 2 === 0) continue
      assert.is(await swap(c, b, set('w', String(i), `${i}`)), 'done')
    }
  })

  promise('what is synced is done as well, and there may be many at once', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const each = Array.from({ length: 100 }, (_, i) => i)
    const outcomes = await Promise.all(
      each.map((i) => swapWith(c, i % 2 === 0 ? a : b, { synced: i % 5 > 0 }, set(`s/${i}`, undefined, String(i)))),
    )
    assert.equal(
      outcomes,
      each.map(() => 'done'),
    )
    assert.is((await list(c, b, 's/')).length, each.length)
    assert.is(await swapWith(c, b, { synced: true }, set('s/1', '1', '1')), 'done')
    assert.is(await swapWith(c, b, { synced: true }, set('s/1', '2', '3')), 'conflict')
  })

  promise('what is beyond a limit is refused by its name, and nothing has happened', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    listen(a)
    const { packetBytes, swapBytes } = a.limits
    const value = 'é'.repeat(swapBytes / 2)
    assert.throws(() => {
      a.directory.swap([set('x', undefined, value)], () => undefined)
    }, /one compare-and-set of \d+ bytes is beyond the limit swapBytes/)
    assert.throws(() => {
      a.transport.send(b.membership.self.index, { length: packetBytes + 1 } as Uint8Array) // its bytes are not looked at
    }, /one packet of \d+ bytes is beyond the limit packetBytes/)
    assert.throws(() => {
      a.blobs.put({ length: a.limits.blobBytes + 1 } as Uint8Array, () => undefined) // its bytes are not looked at
    }, /one blob of \d+ bytes is beyond the limit blobBytes/)
    assert.equal(await get(c, a, 'x'), [undefined])
    assert.ok(a.store.answers && a.store.silentMs < 5_000)
  })

  // ------------------------------------------------------------------------------------------------------------- membership

  promise('members find each other, whoever came first; indices grow and names are taken', async (c) => {
    const a = await c.join('node')
    const ears = [listen(a)]
    const b = await c.join('node')
    ears.push(listen(b))
    const t = await c.join('terminal')
    ears.push(listen(t))
    await c.until(() => ears.every(({ joined }) => joined.length === 2))
    assert.equal(
      [a, b, t].map(({ membership }) => membership.self.name),
      ['n1', 'n2', 't1'],
    )
    assert.ok(a.membership.self.index < b.membership.self.index && b.membership.self.index < t.membership.self.index)
    for (const { membership } of [a, b, t]) {
      assert.equal(
        membership.all().map((m) => m.name),
        ['n1', 'n2', 't1'],
      )
      assert.is(membership.find('n2')?.index, b.membership.self.index)
      assert.is(membership.get(t.membership.self.index)?.kind, 'terminal')
    }
  })

  promise('who leaves is gone for all, and can commit nothing that names it alive', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const ear = listen(a)
    listen(b)
    await c.until(() => ear.joined.includes('n2'))
    const alive = a.membership.alive(b.membership.self)
    assert.is(await swap(c, a, alive, set('x', undefined, '1')), 'done')
    await c.settle<undefined>((done) => {
      b.close(() => {
        done(undefined)
      })
    })
    await c.until(() => ear.left.includes('n2'))
    assert.is(await swap(c, a, alive, set('x', '1', '2')), 'conflict')
    assert.equal(await get(c, a, 'x'), ['1'])
    assert.is(a.membership.find('n2'), undefined)
  })

  promise('who crashes is removed, its name is free again and its index is not', async (c) => {
    const ear = listen(await c.join('node', 'n1'))
    const doomed = await c.joinDoomed('n2')
    await c.until(() => ear.joined.includes('n2') && ear.connections.has(doomed.index))
    doomed.crash()
    await c.until(() => ear.left.includes('n2'))
    const again = await c.join('node', 'n2')
    assert.ok(again.membership.self.index > doomed.index)
  })

  // ------------------------------------------------------------------------------------------------------------- transport

  promise('packets arrive once and in order, whatever their sizes', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const [mouth, ear] = [listen(a), listen(b)]
    await c.until(() => mouth.connections.size + ear.connections.size === 2) // what is sent before that is lost
    const bodies = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i % 50 === 7 ? 200_000 : (i * 37) % 300)}`)
    const buffer = Buffer.alloc(1)
    for (const body of bodies) a.transport.send(b.membership.self.index, Buffer.from(body))
    for (let i = 0; i < 3; i++) {
      buffer[0] = 0x61 + i // the engine has taken a copy
      a.transport.send(b.membership.self.index, buffer)
    }
    await c.until(() => ear.packets.length === bodies.length + 3)
    assert.equal(
      ear.packets.map((packet) => packet.slice(packet.indexOf(':') + 1)),
      [...bodies, 'a', 'b', 'c'],
    )
  })

  promise('a connection that is broken is made anew, and both are told', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const [first, second] = [listen(a), listen(b)]
    const both = (): boolean => first.connections.size + second.connections.size === 2
    await c.until(both)
    const [from, to] = [a.membership.self.index, b.membership.self.index]
    a.transport.reset(to)
    await c.until(() => first.breaks > 0 && second.breaks > 0 && both())
    a.transport.send(to, Buffer.from('again'))
    await c.until(() => second.packets.includes(`${from}:again`))
  })

  // ------------------------------------------------------------------------------------------------------------- blobs

  promise('a blob is what its hash says, until it is removed', async (c) => {
    const [a, b] = [await c.join('node', 'n1'), await c.join('node', 'n2')]
    const bytes = Buffer.alloc(5 << 20, 7)
    const hash = await c.settle<string | undefined>((done) => {
      a.blobs.put(bytes, done)
    })
    assert.is(hash, createHash('sha256').update(bytes).digest('hex'))
    if (hash === undefined) throw new Error('the blob is not taken')
    const read = (of: string): Promise<BlobAnswer> =>
      c.settle((done) => {
        b.blobs.get(of, done)
      })
    const list = (): Promise<readonly StoredBlob[] | undefined> =>
      c.settle((done) => {
        b.blobs.list(done)
      })
    const found = await read(hash)
    assert.ok(typeof found !== 'string' && Buffer.compare(found, bytes) === 0)
    const listed = await list()
    assert.equal(
      listed?.map((blob) => blob.hash),
      [hash],
    )
    assert.ok((listed?.[0]?.ageMs ?? -1) >= 0)
    a.blobs.remove(hash)
    a.blobs.remove(hash)
    await c.settle<unknown>((done) => {
      a.clock.after(5, () => {
        done(undefined)
      })
    })
    assert.is(await read(hash), 'absent')
    assert.is(await read('../journal-1'), 'absent')
    assert.equal(await list(), [])
  })
}
