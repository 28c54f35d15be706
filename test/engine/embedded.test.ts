/** The embedded engine: LMDB and Unix sockets, with members in this OS process and in others. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { embeddedEngine } from '../../runtime/engine/embedded.ts'
import type { BlobAnswer, Engine, SwapOutcome } from '../../runtime/engine/engine.ts'
import { Sessions } from '../../runtime/node/wire/session.ts'
import { deadlineTest } from '../harness/deadline.ts'

async function inDirectory(work: (directory: string, open: (name: string) => Promise<Engine>) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-test-'))
  const engines: Engine[] = []
  try {
    await work(directory, async (name) => {
      const engine = await embeddedEngine(directory, { kind: 'node', name, create: true, trouble: (error) => console.error(error.message) })
      engines.push(engine)
      return engine
    })
  } finally {
    await Promise.all(
      engines.map(
        (engine) =>
          new Promise<void>((resolve) => {
            engine.close(resolve)
          }),
      ),
    )
    rmSync(directory, { recursive: true, force: true })
  }
}

function swap(engine: Engine, key: string, expect: string | undefined, value: string | undefined): Promise<SwapOutcome> {
  return new Promise((resolve) => {
    engine.directory.swap([{ key, expect, value }], resolve)
  })
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await delay(2)
}

interface Ear {
  readonly sessions: Sessions
  readonly heard: string[]
  readonly left: string[]
}

function listen(engine: Engine): Ear {
  const heard: string[] = []
  const left: string[] = []
  const sessions = new Sessions(engine, { message: (_, body) => heard.push(Buffer.from(body).toString()) })
  engine.transport.open(sessions)
  engine.membership.open({
    joined: () => undefined,
    left(member) {
      sessions.end(member.index)
      left.push(member.name)
    },
  })
  return { sessions, heard, left }
}

deadlineTest('a compare-and-set changes all its keys or none', 5_000, () =>
  inDirectory(async (_, open) => {
    const [a, b] = [await open('n1'), await open('n2')]
    assert.is(await swap(a, 'x', undefined, '1'), 'done')
    assert.is(await swap(b, 'x', undefined, '2'), 'conflict')
    assert.is(await swap(b, 'x', '1', '2'), 'done')
    const changes = [
      { key: 'x', expect: '2', value: '3' },
      { key: 'y', expect: 'nothing of the kind', value: '3' },
    ]
    assert.is(
      await new Promise((resolve) => {
        a.directory.swap(changes, resolve)
      }),
      'conflict',
    )
    assert.equal(
      await new Promise((resolve) => {
        a.directory.get(['x', 'y'], resolve)
      }),
      ['2', undefined],
    )
  }),
)

deadlineTest('members find each other, whoever came first, and the run directory is private', 5_000, () =>
  inDirectory(async (directory, open) => {
    const [a, b] = [listen(await open('n1')), listen(await open('n2'))]
    a.sessions.send(2, Buffer.from('from a'))
    b.sessions.send(1, Buffer.from('from b'))
    await until(() => a.heard.length > 0 && b.heard.length > 0)
    assert.equal([a.heard, b.heard], [['from b'], ['from a']])
    assert.is(statSync(directory).mode & 0o777, 0o700)
  }),
)

deadlineTest('garbage on a socket harms nobody', 10_000, () =>
  inDirectory(async (directory, open) => {
    const [a, b] = [listen(await open('n1')), listen(await open('n2'))]
    const sockets = readdirSync(directory).filter((name) => name.endsWith('.sock'))
    assert.is(sockets.length, 2)
    const garbage = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(4096, 0xff),
      Buffer.from([5, 0, 0, 0, 1, 2, 3, 4, 5]),
      Buffer.alloc(65536),
      Buffer.from('\x0c\0\0\0godwit/1 7 1 plus more'),
    ]
    for (const name of sockets) {
      for (const bytes of garbage) {
        const socket = connect(join(directory, name))
        socket.on('error', () => undefined)
        socket.write(bytes)
        await delay(2)
        socket.destroy()
      }
    }
    a.sessions.send(2, Buffer.from('still here'))
    await until(() => b.heard.length > 0)
    assert.equal(b.heard, ['still here'])
    assert.equal([a.left, b.left], [[], []])
  }),
)

deadlineTest('a broken connection loses nothing', 10_000, () =>
  inDirectory(async (_, open) => {
    const [one, two] = [await open('n1'), await open('n2')]
    const [a, b] = [listen(one), listen(two)]
    const sent: string[] = []
    for (let i = 0; i < 2_000; i++) {
      sent.push(String(i))
      a.sessions.send(2, Buffer.from(String(i)))
      if (i % 100 === 50) (i % 200 === 50 ? one : two).transport.reset(i % 200 === 50 ? 2 : 1)
      if (i % 20 === 0) await delay(1)
    }
    await until(() => b.heard.length >= sent.length)
    assert.equal(b.heard, sent)
  }),
)

deadlineTest('a killed OS process is noticed within a moment, and its name is free again', 20_000, () =>
  inDirectory(async (directory, open) => {
    const ear = listen(await open('n1'))
    const script = `
      const { embeddedEngine } = await import(${JSON.stringify(new URL('../../runtime/engine/embedded.ts', import.meta.url).href)})
      const engine = await embeddedEngine(${JSON.stringify(directory)}, { kind: 'node', name: 'n2', create: false })
      engine.transport.open({ connected() { console.log('connected') }, disconnected() {}, packet() {} })
      engine.membership.open({ joined() {}, left() {} })`
    const file = join(directory, 'member.mjs')
    writeFileSync(file, script)
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      const killed = performance.now()
      child.kill('SIGKILL')
      await until(() => ear.left.includes('n2'))
      assert.ok(performance.now() - killed < 2_000)
      assert.is((await open('n2')).membership.self.name, 'n2')
    } finally {
      child.kill('SIGKILL')
    }
  }),
)

deadlineTest('a living member keeps its name', 5_000, () =>
  inDirectory(async (_, open) => {
    await open('n1')
    try {
      await open('n1')
    } catch (error) {
      assert.match(String(error), /n1 is taken/)
      return
    }
    assert.unreachable()
  }),
)

deadlineTest('a blob is what its hash says', 5_000, () =>
  inDirectory(async (_, open) => {
    const [a, b] = [await open('n1'), await open('n2')]
    const bytes = Buffer.alloc(5 << 20, 7)
    const hash = await new Promise<string | undefined>((resolve) => {
      a.blobs.put(bytes, resolve)
    })
    assert.type(hash, 'string')
    const found = await new Promise<BlobAnswer>((resolve) => {
      b.blobs.get(hash ?? '', resolve)
    })
    assert.is(found.length, bytes.length)
    b.blobs.remove(hash ?? '')
    assert.is(
      await new Promise((resolve) => {
        a.blobs.get(hash ?? '', resolve)
      }),
      'absent',
    )
  }),
)

test.run()
