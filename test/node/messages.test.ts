/** What members say to each other is typed, and what is not is refused: no bytes that a peer sends end a node. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { decodeMessage, encodeMessage } from '../../runtime/node/wire/message-codec.ts'
import { noteShapes, requestShapes } from '../../runtime/node/wire/message-shapes.ts'
import type { Answer, Message } from '../../runtime/node/wire/messages.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { Sessions } from '../../runtime/node/wire/session.ts'
import { Main } from './machines/main.ts'
import { begin, expected, simulate } from './simulation.ts'
import type { Cluster } from './simulation.ts'

const N = 40
const RUNS = 2000

/** The bytes of a message of any kind, with any head. */
function message(kind: number, head: unknown, body = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head))
  const bytes = Buffer.alloc(5 + text.length + body.length)
  bytes.writeUInt8(kind, 0)
  bytes.writeUInt32LE(text.length, 1)
  bytes.set(text, 5)
  bytes.set(body, 5 + text.length)
  return new Uint8Array(bytes) // as any other: a Buffer is written otherwise as JSON
}

const subjects = [...Object.keys(noteShapes), ...Object.keys(requestShapes), 'nothing', 'constructor', '__proto__', 'toString']
const fields = ['program', 'migration', 'records', 'staying', 'unitHashes', 'blob', 'error', 'conflict', 'call', 'service', 'actuals']
const more = ['hashes', 'pattern', 'to', 'only', 'channel', 'title', 'residual', 'report', 'lost', 'time', 'value', 'at', 'codeBytes']
const content = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fields, ...more), fc.jsonValue({ maxDepth: 3 })))
const head = fc.record(
  { id: fc.oneof(fc.nat(), fc.jsonValue()), subject: fc.constantFrom(...subjects), content, part: content, value: content, error: content },
  { requiredKeys: ['subject'] },
)
const anything = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.tuple(fc.integer({ min: 0, max: 8 }), head, fc.uint8Array({ maxLength: 16 })).map(([kind, of, body]) => message(kind, of, body)),
  fc.tuple(fc.integer({ min: 0, max: 8 }), fc.json()).map(([kind, text]) => message(kind, text)),
)

test('any bytes are a message or nonsense', () => {
  fc.assert(
    fc.property(anything, (bytes) => {
      const decoded = decodeMessage(bytes)
      if (decoded.kind !== 'nonsense') assert.equal(JSON.stringify(decodeMessage(encodeMessage(decoded))), JSON.stringify(decoded))
    }),
    { numRuns: times(RUNS) },
  )
})

test('a head as deep as a message can be is nonsense', () => {
  assert.is(decodeMessage(message(3, '['.repeat(1 << 20))).kind, 'nonsense')
  assert.is(decodeMessage(message(3, `{"subject":"stop","content":${'{"a":'.repeat(1 << 16)}1${'}'.repeat(1 << 16)}}`)).kind, 'nonsense')
})

test('messages come out as they went in', () => {
  const record = { id: 7, path: 'main/a', epoch: 2, value: '1 2 main/a' }
  const fresh = { id: 8, path: 'main/b', epoch: 0 }
  const result = { process: 'main', from: 'n1', to: 'n2', bytes: 1, codeBytes: 2, pauseMicros: 3, messages: 4 }
  const messages: Message[] = [
    {
      kind: 'note',
      subject: 'prepare',
      content: {
        program: 1,
        incarnation: 4,
        cut: 5,
        time: 6,
        migration: 2,
        records: [record],
        staying: [fresh as typeof record],
        unitHashes: ['a'],
        calls: [],
      },
      body: new Uint8Array([1, 2, 3]),
    },
    { kind: 'request', id: 9, subject: 'migrate', content: { pattern: '**', to: 'n2', only: true } },
    { kind: 'part', id: 9, subject: 'migrate', part: [result] },
    { kind: 'answer', id: 9, subject: 'migrate', value: null },
    { kind: 'answer', id: 10, subject: 'vitals', value: { idle: true, running: false, peers: [1, 2], sent: { 1: 4 }, received: {} } },
    { kind: 'refusal', id: 11, error: { code: 'R0402', message: 'no', help: '' } },
    { kind: 'link', about: { program: 3, incarnation: 70_000, cut: 1 << 20, time: 2 ** 40 }, message: new Uint8Array([9]) },
  ]
  for (const each of messages) assert.equal({ ...decodeMessage(encodeMessage(each)) }, each)
})

/** A program on two nodes, and a member that says what it likes. */
function withStranger(seed: number): { readonly cluster: Cluster; readonly say: (bytes: Uint8Array) => void; readonly heard: string[] } {
  const world = new SimulatedWorld(seed, fairWeather)
  const heard: string[] = []
  const cluster = simulate(world, 2, (screen) => new Main(null, N, 300, screen), {
    nonsense: (from, why) => heard.push(`${from.name}: ${why}`),
  })
  begin(cluster)
  let sessions: Sessions | undefined
  world.join('node', 'stranger', (engine) => {
    const made = new Sessions(engine, { message: () => undefined })
    engine.transport.open(made)
    engine.membership.open({
      joined: () => undefined,
      left: (member) => {
        made.end(member.index)
      },
    })
    sessions = made
  })
  world.run(() => sessions !== undefined, world.time + 1_000)
  return {
    cluster,
    heard,
    say: (bytes) => {
      for (const index of [...cluster.nodes.keys(), cluster.terminal.self.index]) sessions?.send(index, bytes)
    },
  }
}

test('a node survives whatever a peer sends, and its program goes on', () => {
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 12 }), fc.nat(), (all, seed) => {
      const nonsense = all.filter((bytes) => decodeMessage(bytes).kind === 'nonsense')
      const { cluster, say, heard } = withStranger(seed)
      for (const bytes of nonsense) say(bytes)
      const { world } = cluster
      assert.ok(
        world.run(() => cluster.end !== undefined, world.time + 60_000),
        'the program ends',
      )
      assert.is(cluster.end?.kind, 'ended')
      assert.equal(cluster.shown, expected(N))
      world.run(() => heard.length >= 3 * nonsense.length, world.time + 5_000)
      assert.is(heard.length, 3 * nonsense.length, heard.join('; '))
    }),
    { numRuns: times(60) },
  )
})

test('a node survives messages that make sense, from a peer that has no business to send them', () => {
  const content = {
    program: fc.integer({ min: 0, max: 2 }),
    incarnation: fc.constant(0),
    cut: fc.constant(0),
    time: fc.nat(2_000_000),
    migration: fc.nat(3),
    call: fc.nat(3),
    caller: fc.nat(4),
    consumed: fc.constant([]),
    calls: fc.constant([]),
    title: fc.string(),
    to: fc.constantFrom('n1', 'n2', 'n9'),
    pattern: fc.constantFrom('**', '*', 'main', ''),
    channel: fc.string(),
    only: fc.boolean(),
    hashes: fc.array(fc.string(), { maxLength: 2 }),
    records: fc.array(
      fc.record({ id: fc.nat(), path: fc.string(), epoch: fc.nat(3), value: fc.string() }, { requiredKeys: ['id', 'path', 'epoch'] }),
    ),
    staying: fc.constant([]),
    unitHashes: fc.array(fc.constantFrom('a'.repeat(64), 'x'), { maxLength: 2 }),
    service: fc.constantFrom('host.open', 'host.read', 'host.none'),
    actuals: fc.array(fc.oneof(fc.integer(), fc.boolean(), fc.record({ bytes: fc.nat(40) })), { maxLength: 3 }),
    at: fc.integer(),
    codeBytes: fc.nat(),
    codeRequests: fc.nat(),
    conflict: fc.boolean(),
    error: fc.constant({ code: 'R0406', message: 'no', help: '' }),
    lost: fc.constant({ path: 'main', node: 'n1', why: 'so' }),
  }
  const note = fc
    .tuple(fc.constantFrom(...Object.keys(noteShapes)), fc.record(content), fc.uint8Array({ maxLength: 40 }))
    .map(([subject, of, body]) => message(3, { subject, content: of }, body))
  const request = fc
    .tuple(fc.constantFrom(...Object.keys(requestShapes)), fc.record(content), fc.nat(5))
    .map(([subject, of, id]) => message(1, { id, subject, content: of }))
  const link = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.uint8Array({ maxLength: 60 })).map(([program, bytes]) => {
    const found = Buffer.concat([Buffer.from([4, 0, 0, 0, 0]), bytes])
    found.writeUInt32LE(program, 1)
    return new Uint8Array(found)
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(note, request, link), { minLength: 1, maxLength: 12 }), fc.nat(), (all, seed) => {
      const { cluster, say } = withStranger(seed)
      for (const bytes of all) say(bytes)
      const { world } = cluster
      world.run(() => false, world.time + 500)
      for (const node of cluster.nodes.values()) {
        let answered = false
        cluster.terminal.messenger.request(node.self, 'status', {}, () => {
          answered = true
        })
        assert.ok(
          world.run(() => answered, world.time + 1_000),
          `${node.self.name} answers`,
        )
      }
    }),
    { numRuns: times(60) },
  )
})

test('whoever asks what makes no sense, or is answered so, gets an error', () => {
  const world = new SimulatedWorld(3)
  const made: Messenger[] = []
  const answers: Answer<'status'>[] = []
  for (const name of ['n1', 'n2'])
    world.join('node', name, (engine) => {
      const messenger = new Messenger(engine, {})
      messenger.open()
      made.push(messenger)
    })
  world.run(() => made.length === 2 && made.every((m) => m.nodes().length === 2), 1_000)
  const [a, b] = made as [Messenger, Messenger]
  a.request(b.self, 'status', {}, (answer) => answers.push(answer))
  world.run(() => answers.length === 1, 1_000)
  const [answer] = answers
  assert.is(answer !== undefined && 'error' in answer ? answer.error.code : answer, 'R0412')
})

test.run()
