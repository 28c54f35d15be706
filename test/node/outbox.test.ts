/** What leaves a node in its order: output that was gathered, and what must not come before it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ERROR, Gathered, NO_STREAM, runsOf, SCREEN } from '../../runtime/kernel/links/gathered.ts'
import { Outbox } from '../../runtime/node/program/outbox.ts'

function text(list: Uint8Array): string {
  return [...runsOf(list)].map(([stream, bytes]) => `${stream}:${Buffer.from(bytes).toString('latin1')}`).join(' ')
}

function gather(gathered: Gathered, stream: typeof SCREEN | typeof ERROR, what: string): boolean[] {
  return [...Buffer.from(what, 'latin1')].map((byte) => gathered.take(stream, byte))
}

test('runs of both streams keep their order, and arrays count as their bytes', () => {
  const gathered = new Gathered()
  assert.is(gathered.cut(), undefined)
  gather(gathered, SCREEN, 'ab')
  gather(gathered, ERROR, 'c')
  assert.ok(gathered.take(SCREEN, Uint8Array.of(100, 255)))
  const list = gathered.cut()
  assert.ok(list !== undefined)
  assert.is(text(list), '1:ab 2:c 1:d\xff')
  assert.ok(gathered.isEmpty)
  gather(gathered, ERROR, 'e')
  assert.is(text(gathered.cut() ?? new Uint8Array()), '2:e')
})

test('what is no byte, or goes to no stream, is not gathered', () => {
  const gathered = new Gathered()
  assert.not.ok(gathered.take(NO_STREAM, 65))
  for (const value of [256, -1, 1.5, true, Int32Array.of(1)]) assert.not.ok(gathered.take(SCREEN, value))
  assert.ok(gathered.isEmpty)
})

test('no more is gathered than the home has room for, whatever is on its way', () => {
  const gathered = new Gathered()
  let taken = 0
  while (gathered.take(SCREEN, 65)) taken++
  assert.ok(taken > 60_000 && taken <= 1 << 16, `${taken}`)
  const list = gathered.cut() ?? new Uint8Array()
  assert.not.ok(gathered.take(SCREEN, 65), 'all of it is on its way')
  gathered.written(list, true)
  assert.ok(gathered.take(SCREEN, new Uint8Array(60_000)))
  assert.not.ok(gathered.take(SCREEN, new Uint8Array(60_000)))
  const second = gathered.cut() ?? new Uint8Array()
  gathered.written(second, false)
  assert.not.ok(gathered.take(SCREEN, 65), 'the streams are full')
  gathered.resume()
  assert.ok(gathered.take(SCREEN, 65))
})

test('bytes that are no runs are refused', () => {
  for (const bytes of [[1], [1, 0, 0, 0, 2, 65], [3, 0, 0, 0, 1, 65], [0, 0, 0, 0, 0]])
    assert.throws(() => [...runsOf(Uint8Array.from(bytes))], RangeError)
})

test('what is sent after an output waits until it is written, in its order', () => {
  const gathered = new Gathered()
  const events: string[] = []
  const open: ((more: boolean) => void)[] = []
  const outbox = new Outbox({
    gathered,
    print: (list, done) => {
      events.push(text(list))
      open.push(done)
    },
  })
  const send = (what: string): void => {
    outbox.send(() => events.push(what))
  }
  send('first')
  assert.equal(events, ['first'], 'nothing was printed: at once')
  gather(gathered, SCREEN, 'a')
  send('second')
  gather(gathered, SCREEN, 'b')
  send('third')
  send('fourth')
  assert.equal(events, ['first'], 'it is sent between slices')
  outbox.flush()
  assert.equal(events, ['first', '1:a'])
  gather(gathered, SCREEN, 'c')
  outbox.flush()
  assert.equal(events, ['first', '1:a'], 'one at a time')
  open.shift()?.(true)
  assert.equal(events, ['first', '1:a', 'second', '1:b'])
  send('fifth')
  open.shift()?.(true)
  assert.equal(events, ['first', '1:a', 'second', '1:b', 'third', 'fourth', '1:c'])
  assert.not.ok(outbox.isEmpty)
  open.shift()?.(true)
  assert.is(events.at(-1), 'fifth')
  assert.ok(outbox.isEmpty)
})

test('where the home is here, lists are written at once', () => {
  const gathered = new Gathered()
  const events: string[] = []
  const outbox = new Outbox({
    gathered,
    print: (list, done) => {
      events.push(text(list))
      done(true)
    },
  })
  gather(gathered, ERROR, 'x')
  outbox.send(() => events.push('after'))
  outbox.flush()
  assert.equal(events, ['2:x', 'after'])
  assert.ok(outbox.isEmpty)
})

test.run()
