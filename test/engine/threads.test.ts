/** Connections between threads: what goes in comes out, whatever the sizes, and who ends is noticed. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Neighbourhood, settle } from '../../runtime/threads/neighbours.ts'
import { Ring, ringMemory } from '../../runtime/threads/ring.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { placeIn, threadOf, until } from './members.ts'

test('a ring gives back what was written, in order, and takes no more than it holds', () => {
  const step = fc.oneof(fc.record({ write: fc.nat(400_000) }), fc.constant('read' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const memory = ringMemory()
      const [writer, reader] = [new Ring(memory), new Ring(memory)]
      let [sent, got] = [0, 0]
      for (const s of steps) {
        if (s === 'read') {
          const bytes = reader.read()
          assert.is(bytes?.length ?? 0, sent - got)
          bytes?.forEach((byte) => {
            if (byte !== got++ % 251) throw new Error('not what was written')
          })
          continue
        }
        const n = writer.write(Uint8Array.from({ length: s.write }, (_, i) => (sent + i) % 251))
        sent += n
        assert.is(n < s.write, sent - got === 1 << 18 && n < s.write, 'less is written only when it is full')
        assert.is(reader.tellWriter(), n < s.write)
      }
    }),
    { numRuns: 60 },
  )
})

/** @returns a hash of all that comes until the end */
async function hashOf(stream: Duplex): Promise<string> {
  const hash = createHash('sha256')
  stream.on('data', (chunk: Buffer) => hash.update(chunk))
  await once(stream, 'end')
  return hash.digest('hex')
}

/** Waits for the first connection. */
function first(neighbourhood: Neighbourhood): Promise<Duplex> {
  return new Promise((resolve) => {
    neighbourhood.own.open(resolve)
  })
}

deadlineTest('much goes through a connection between two threads, both ways, in pieces of all sizes', 60_000, async () => {
  const neighbourhood = new Neighbourhood()
  const worker = threadOf(neighbourhood, 'talking-thread.ts', [], { bytes: 20_000_000 })
  const stream = await first(neighbourhood)
  stream.on('data', (chunk: Buffer) => {
    if (!stream.write(chunk)) stream.pause()
  })
  stream.on('drain', () => stream.resume())
  const [{ sent, back }] = (await once(worker, 'message')) as [{ sent: string; back: string }] // so it says
  assert.is(back, sent)
  await worker.terminate()
})

deadlineTest('who reads slowly makes the writer wait', 20_000, async () => {
  const neighbourhood = new Neighbourhood()
  const other = settle(placeIn(neighbourhood))
  const accepted = first(neighbourhood)
  const stream = other.connect(`${neighbourhood.own.mark}x.sock`) as Duplex // it is there
  const reading = await accepted
  let written = 0
  while (stream.write(Buffer.alloc(10_000))) written++
  assert.ok(written < 100)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(stream.writableNeedDrain, 'nobody has read anything')
  reading.resume()
  await once(stream, 'drain')
  stream.destroy()
  await once(reading, 'close')
})

deadlineTest('the end of a connection comes with what was written last, also when both are noticed at once', 20_000, async () => {
  const neighbourhood = new Neighbourhood()
  const other = settle(placeIn(neighbourhood))
  const accepted = first(neighbourhood)
  const stream = other.connect(`${neighbourhood.own.mark}x.sock`) as Duplex // it is there
  const reading = await accepted
  const got: Buffer[] = []
  reading.on('data', (chunk: Buffer) => got.push(chunk))
  await new Promise((resolve) => setTimeout(resolve, 20)) // it waits for what comes
  stream.end('the last words') // both before the other side, which is in this thread too, can look
  await once(reading, 'end')
  assert.is(Buffer.concat(got).toString(), 'the last words')
})

deadlineTest('a thread that ends, by itself or not, ends its connections; what it had written is read', 60_000, async () => {
  for (const how of ['exit', 'throw', 'terminate', 'heap']) {
    const neighbourhood = new Neighbourhood()
    const worker = threadOf(neighbourhood, 'talking-thread.ts', [], { bytes: 100_000, how })
    worker.on('error', () => undefined) // it is what is tried
    const written = once(worker, 'message')
    written.catch(() => undefined) // it may end before
    const stream = await first(neighbourhood)
    const hash = hashOf(stream)
    if (how === 'terminate') {
      await written
      await worker.terminate()
    }
    const expected = createHash('sha256').update(Buffer.alloc(100_000, 7)).digest('hex')
    assert.is(await hash, expected, how)
    assert.is(neighbourhood.own.connect(stream.destroyed ? `${neighbourhood.own.mark.replace(/0-$/, '1-')}x.sock` : ''), undefined)
  }
})

test('whoever is no neighbour is not reached', async () => {
  const [one, two] = [new Neighbourhood(), new Neighbourhood()]
  assert.is(one.own.connect('/run/0123456789abcdef.sock'), undefined)
  assert.is(one.own.connect(`/run/${settle(placeIn(two)).mark}x.sock`), undefined)
  const nobody = one.own.connect(`/run/${one.own.mark.replace(/0-$/, '9-')}x.sock`)
  if (nobody !== undefined) {
    nobody.resume()
    await until(() => nobody.destroyed)
  }
  const deaf = one.own.connect(`/run/${settle(placeIn(one)).mark}x.sock`) as Duplex // it is there, and nobody listens
  deaf.resume()
  await until(() => deaf.destroyed)
})

test.run()
