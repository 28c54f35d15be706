/** Bytes: what is written is read back, and nothing else than an error comes of other bytes. */
import { isDeepStrictEqual } from 'node:util'
import { fc } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ByteReader, ByteWriter, checksum, readValue, writeValue } from '../../runtime/kernel/snapshot/codec.ts'
import { decodeMessage, encodeMessage } from '../../runtime/kernel/links/messages.ts'
import type { Message } from '../../runtime/kernel/links/messages.ts'
import { SnapshotError } from '../../runtime/kernel/snapshot/snapshot.ts'
import type { TypedArray, Value } from '../../runtime/kernel/scheduler/value.ts'
import { ViewSet, ViewSource, readChanges, writeChanges } from '../../runtime/kernel/snapshot/views.ts'

const onlySnapshotErrors = (f: () => unknown): void => {
  try {
    f()
  } catch (error) {
    assert.instance(error, SnapshotError)
  }
}

/** As `assert.equal`, for NaN and -0 too. */
const same = (now: unknown, then: unknown): void => assert.ok(isDeepStrictEqual(now, then))

const arrays: fc.Arbitrary<TypedArray> = fc.oneof(
  fc.uint8Array(),
  fc.int16Array(),
  fc.int32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
)
const values: fc.Arbitrary<Value> = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), arrays)

test('integers of every size come back', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger()), (list) => {
      const w = new ByteWriter(1)
      for (const v of list) w.uint(Math.abs(v))
      for (const v of list) w.int(v % 2 ** 52)
      const r = new ByteReader(w.finish())
      for (const v of list) assert.is(r.uint(), Math.abs(v))
      for (const v of list) assert.equal(r.int() + 0, (v % 2 ** 52) + 0)
      r.finish()
    }),
  )
})

test('values come back, NaN, -0 and empty arrays too', () => {
  fc.assert(
    fc.property(values, (v) => {
      const w = new ByteWriter()
      writeValue(w, v)
      const r = new ByteReader(w.finish())
      const back = readValue(r)
      r.finish()
      same(back, v)
    }),
  )
})

test('any bytes are values or a typed error', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => onlySnapshotErrors(() => readValue(new ByteReader(bytes)))))
  fc.assert(fc.property(fc.uint8Array(), (bytes) => onlySnapshotErrors(() => new ByteReader(bytes).string())))
})

test('a length beyond the bytes allocates nothing', () => {
  const w = new ByteWriter()
  w.byte(16)
  w.uint(2 ** 40)
  assert.throws(
    () => readValue(new ByteReader(w.finish())),
    (e: unknown) => e instanceof SnapshotError && e.code === 'truncated',
  )
})

const offer = fc.record({ stamp: fc.nat(), moves: fc.nat(), replyTo: fc.nat(60000), value: values }, { noNullPrototype: true })
const id = fc.maxSafeInteger().map(Math.abs)
const plain = { noNullPrototype: true }
const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('offer' as const), id, version: fc.nat(), offer }, plain),
  fc.record(
    { type: fc.constant('taken' as const), id, stamp: fc.nat(), stream: fc.constantFrom(0 as const, 1 as const, 2 as const) },
    plain,
  ),
  fc.record({ type: fc.constant('pull' as const), id, version: fc.nat(), to: fc.nat() }, plain),
  fc.record({ type: fc.constantFrom('refused' as const, 'settled' as const), id }, plain),
  fc.record({ type: fc.constant('unfound' as const), id, isLost: fc.boolean() }, plain),
  fc.record({ type: fc.constantFrom('seek' as const, 'absent' as const), id, round: fc.nat() }, plain),
  fc.record(
    { type: fc.constant('home' as const), id, version: fc.nat(), floor: fc.nat(), offer: fc.option(offer, { nil: undefined }) },
    plain,
  ),
  fc.record({ type: fc.constant('moved' as const), id, version: fc.nat(), at: fc.nat() }, plain),
  fc.record({ type: fc.constant('joined' as const), id, version: fc.nat(), replyTo: fc.nat(), results: fc.uint8Array() }, plain),
  fc.record({ type: fc.constant('whereabouts' as const), id, version: fc.nat(), at: fc.nat(), moves: fc.nat() }, plain),
  fc.record({ type: fc.constant('answer' as const), id, version: fc.nat(), value: values }, plain),
  fc.record({ type: fc.constantFrom('probe' as const, 'held' as const), id: fc.constant(0 as const), ids: fc.array(id) }, plain),
)

test('messages come back', () => {
  fc.assert(
    fc.property(messages, fc.nat(), (message, clock) => {
      same(decodeMessage(encodeMessage(message, clock)), { message: { ...message }, clock })
    }),
  )
})

test('any bytes are a message or a typed error', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => onlySnapshotErrors(() => decodeMessage(bytes))))
})

test('the checksum is of the bytes, wherever they stand in memory', () => {
  const bytes = Uint8Array.from({ length: 23 }, (_, i) => i * 37)
  for (let offset = 0; offset < 8; offset++) {
    const whole = Buffer.alloc(64)
    whole.set(bytes, offset)
    assert.is(checksum(whole.subarray(offset, offset + bytes.length)), checksum(bytes))
    assert.is(checksum(new Uint8Array(whole).subarray(offset, offset + bytes.length)), checksum(bytes))
  }
})

test('the checksum changes with each bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, bits) => {
      const altered = bytes.slice()
      const place = at % bytes.length
      altered[place] = (bytes[place] ?? 0) ^ bits
      assert.is.not(checksum(altered), checksum(bytes))
    }),
  )
})

const fill = (view: TypedArray, i: number): void => void (view as Uint8Array | Int32Array).fill(i + 1)

test('views overlap after as before', () => {
  const ranges = fc.array(fc.tuple(fc.nat(30), fc.nat(10)), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(ranges, ranges, (bytes, words) => {
      const memory = Uint8Array.from({ length: 200 }, (_, i) => i)
      const old: TypedArray[] = [
        ...bytes.map(([start, n]) => memory.subarray(start, start + n)),
        ...words.map(([start, n]) => new Int32Array(memory.buffer, start * 4, n)),
      ]
      const set = new ViewSet()
      for (const view of old) set.add(view)
      set.arrange()
      const w = new ByteWriter()
      set.writeSegments(w)
      for (const view of old) set.writeView(w, view)
      const r = new ByteReader(w.finish())
      const source = new ViewSource(r, () => {
        throw new Error('there are no mobiles')
      })
      const back = old.map((view) => source.readView(r, view instanceof Uint8Array ? 0 : 2))
      r.finish()
      same(back, old)
      const copies = old.map(set.copies())
      same(copies, old)
      for (const twins of [back, copies]) {
        old.forEach(fill)
        twins.forEach(fill)
        same(twins, old)
      }
    }),
  )
})

test('changes made to one copy of an array are made to another', () => {
  fc.assert(
    fc.property(fc.float64Array({ minLength: 1 }), fc.array(fc.tuple(fc.nat(), fc.double())), (base, edits) => {
      const now = base.slice()
      for (const [at, v] of edits) now[at % base.length] = v
      const w = new ByteWriter()
      writeChanges(w, base, now)
      const bytes = w.finish()
      const target = base.slice()
      readChanges(new ByteReader(bytes), target)
      same(target, now)
      const small = new Float64Array(0)
      onlySnapshotErrors(() => readChanges(new ByteReader(bytes), small))
    }),
  )
})

test('a writer takes no more than its limit, says so, and never more room than that', () => {
  const w = new ByteWriter(4, 1000)
  w.raw(new Uint8Array(900))
  for (let i = 0; i < 92; i++) w.byte(i)
  assert.is(w.length, 992)
  w.raw(new Uint8Array(8))
  assert.throws(
    () => {
      w.byte(1)
    },
    (error: unknown) => error instanceof SnapshotError && error.code === 'size' && error.message.includes('1000'),
  )
})

test.run()
