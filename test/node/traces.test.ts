/** Spans of a node: their form, which traces are looked at, and how they are sent. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { LIMITS } from '../../runtime/limits.ts'
import { encodeSpans } from '../../runtime/node/telemetry/otlp.ts'
import { addressOfSpans, sendOtlp } from '../../runtime/node/telemetry/send-otlp.ts'
import { Spans } from '../../runtime/node/telemetry/spans.ts'
import { readTraceparent, spellTraceparent } from '../../runtime/node/telemetry/trace-context.ts'
import { deadlineTest } from '../harness/deadline.ts'

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** A tracer whose clock goes on by a millisecond at each look, and whose bytes are 1, 2, 3, ... */
function spans(part = 1): Spans {
  let [now, byte] = [1_000, 0]
  return new Spans({ now: () => now++, random: (bytes) => Uint8Array.from({ length: bytes }, () => ++byte & 255), part })
}

test('traceparent is read as the recommendation has it, and what is none begins a trace', () => {
  assert.equal(readTraceparent(PARENT), { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331', sampled: true })
  assert.is(readTraceparent(PARENT.replace(/01$/, '00'))?.sampled, false)
  assert.is(readTraceparent(PARENT.replace(/01$/, '03'))?.sampled, true, 'other flags may be set')
  assert.is(readTraceparent(`${PARENT.replace(/^00/, '07')}-later`)?.sampled, true, 'later versions have more behind it')
  const none = [
    '',
    'nonsense',
    `${PARENT}-more`,
    PARENT.replace(/^00/, 'ff'),
    PARENT.toUpperCase(),
    PARENT.slice(0, -1),
    PARENT.replace('b7ad6b7169203331', '0'.repeat(16)),
    PARENT.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
  ]
  for (const text of none) assert.is(readTraceparent(text), undefined, text)
  for (const text of none)
    assert.is(spans().begin('x', { parent: text })?.traceparent.slice(3, 35), '0102030405060708090a0b0c0d0e0f10', text)
  const context = readTraceparent(PARENT)
  assert.is(context === undefined ? '' : spellTraceparent(context), PARENT)
})

test('a span has its phases as parts, which end with it; what comes after its end changes nothing', () => {
  const tracer = spans()
  const span = tracer.begin('cut', { parent: PARENT, attributes: { a: 1 } })
  span?.phase('stopping')
  span?.phase('stopping')
  span?.phase('waves')
  span?.set({ b: 'two' })
  span?.end('it was called off')
  span?.end()
  span?.phase('late')
  const [stopping, waves, cut, ...more] = tracer.take()
  assert.equal(more, [])
  assert.equal([stopping?.name, waves?.name, cut?.name], ['stopping', 'waves', 'cut'])
  assert.equal([stopping?.parent, waves?.parent, cut?.parent], [cut?.id, cut?.id, 'b7ad6b7169203331'])
  assert.equal([stopping?.error, waves?.error, cut?.error], [undefined, 'it was called off', 'it was called off'])
  assert.equal(cut?.attributes, { a: 1, b: 'two' })
  assert.is(new Set([stopping, waves, cut].map((each) => each?.trace)).size, 1)
  assert.ok((cut?.begun ?? 0) < (stopping?.begun ?? 0) && (stopping?.ended ?? 0) <= (waves?.begun ?? 0) && waves?.ended === cut?.ended)
})

test('a part of the traces that begin here is looked at; one that comes from outside is when its sender looks at it', () => {
  let state = 1
  const random = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24)
  const some = new Spans({ now: () => 0, random, part: 0.25 })
  const looked = Array.from({ length: 4_000 }, () => some.begin('x')).filter((span) => span !== undefined).length
  assert.ok(looked > 800 && looked < 1_200, `${looked} of 4,000`)
  assert.is(some.begin('x', { parent: PARENT })?.traceparent.slice(0, 35), PARENT.slice(0, 35))
  assert.is(spans().begin('x', { parent: PARENT.replace(/01$/, '00') }), undefined)
})

test('spans that nobody takes are dropped beyond a limit, and counted', () => {
  const tracer = spans()
  const { most } = LIMITS['traces.waiting']
  for (let i = 0; i < most + 5; i++) tracer.begin(`${i}`)?.end()
  assert.is(tracer.dropped, 5)
  const taken = tracer.take()
  assert.is(taken.length, most)
  tracer.begin('new')?.end()
  tracer.putBack(taken)
  assert.is(tracer.dropped, 6)
  const again = tracer.take()
  assert.equal([again.length, again[0]?.name, again.at(-1)?.name], [most, '0', 'new'])
})

test('OTLP has ids as hexadecimal digits, times and whole numbers as texts, and an error as a status', () => {
  const tracer = spans()
  const span = tracer.begin('GET', {
    kind: 'server',
    parent: PARENT,
    attributes: { text: 'a', whole: 7, part: 0.5, flag: true },
  })
  span?.end('500')
  const [{ resource, scopeSpans }] = encodeSpans(tracer.take(), 'alpha').resourceSpans
  assert.ok(
    resource.attributes.some(({ key, value }) => key === 'service.instance.id' && 'stringValue' in value && value.stringValue === 'alpha'),
  )
  assert.equal(scopeSpans[0].spans, [
    {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: '0102030405060708',
      parentSpanId: 'b7ad6b7169203331',
      name: 'GET',
      kind: 2,
      startTimeUnixNano: '1000000000',
      endTimeUnixNano: '1001000000',
      attributes: [
        { key: 'text', value: { stringValue: 'a' } },
        { key: 'whole', value: { intValue: '7' } },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'flag', value: { boolValue: true } },
      ],
      status: { code: 2, message: '500' },
    },
  ])
})

test('spans go where the address of metrics says', () => {
  assert.is(addressOfSpans('http://127.0.0.1:4318'), 'http://127.0.0.1:4318/v1/traces')
  assert.is(addressOfSpans('http://127.0.0.1:4318/otlp/v1/metrics'), 'http://127.0.0.1:4318/otlp/v1/traces')
  assert.is(addressOfSpans('http://127.0.0.1:4318/otlp'), undefined)
})

deadlineTest('spans that a collector does not take are sent again, and the last ones when the node leaves', 60_000, async () => {
  const got: string[] = []
  let status = 503
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const isOfSpans = request.url === '/v1/traces'
      if (isOfSpans && status === 200) got.push(...[...text.matchAll(/"name":"(span-\d)"/g)].map(([, name = '']) => name))
      response.writeHead(isOfSpans ? status : 200).end()
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  const [troubles, recoveries]: [string[], string[]] = [[], []]
  const tracer = spans()
  const stop = sendOtlp(
    { url: `http://127.0.0.1:${port}`, everyMs: 20 },
    {
      name: 'n1',
      metrics: () => Promise.resolve([]),
      spans: tracer,
      trouble: (text) => troubles.push(text),
      recovered: (text) => recoveries.push(text),
    },
  )
  try {
    tracer.begin('span-1')?.end()
    while (troubles.length === 0) await delay(5)
    tracer.begin('span-2')?.end()
    status = 200
    while (got.length < 2) await delay(5)
    assert.match(troubles.join(), /does not take traces: it answers 503/)
    while (recoveries.length === 0) await delay(5)
    tracer.begin('span-3')?.end()
    await stop()
    assert.equal(got, ['span-1', 'span-2', 'span-3'])
  } finally {
    await stop()
    server.close()
    server.closeAllConnections()
  }
})

test.run()
