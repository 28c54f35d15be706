/** What members say to each other is typed, and what is not is refused: no bytes that a peer sends end a node. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { decodeMessage, encodeMessage } from '../../runtime/node/wire/message-codec.ts'
import { isPackedNote, PACKED } from '../../runtime/node/wire/packed-messages.ts'
import { noteShapes, requestShapes } from '../../runtime/node/wire/message-shapes.ts'
import type { Answer, Message, NoteMessage } from '../../runtime/node/wire/messages.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import { Sessions } from '../../runtime/node/wire/session.ts'
import { Main } from './machines/main.ts'
import { begin, expected, simulate } from './simulation.ts'
import type { Cluster } from './simulation.ts'

const N = 40
const RUNS = 2000

/** Bytes of a packed message before its numbers. */
const PACKED_HEAD = 10

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

/** The bytes of a packed message of any form. */
function packed(form: number, numbers: readonly number[], text: string, body: Uint8Array): Uint8Array {
  const said = Buffer.from(text)
  const head = Buffer.alloc(PACKED_HEAD + 8 * numbers.length)
  head.writeUInt8(PACKED, 0)
  head.writeUInt8(form, 1)
  head.writeUInt32LE(numbers.length, 2)
  head.writeUInt32LE(said.length, 6)
  numbers.forEach((number, i) => head.writeDoubleLE(number, PACKED_HEAD + 8 * i))
  return new Uint8Array(Buffer.concat([head, said, body]))
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
  fc
    .tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double())),
      fc.string(),
      fc.uint8Array({ maxLength: 8 }),
    )
    .map(([form, numbers, text, body]) => packed(form, numbers, text, body)),
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
  const about = { program: 1, incarnation: 4, cut: 5, time: 2 ** 41 }
  const call = {
    ...about,
    caller: 1,
    call: 2 ** 40 + 1,
    period: 1,
    service: 'net.write',
    actuals: [-7, true, false, { bytes: 2 }],
    consumed: [],
  }
  const told = { connection: 3, at: 10, opened: true, kept: 4, room: 65_536 }
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
    {
      kind: 'note',
      subject: 'home-call',
      content: { ...call, moves: 2, consumed: [{ caller: 2, call: 2 ** 40 }] },
      body: new Uint8Array([1, 2]),
    },
    { kind: 'note', subject: 'home-recall', content: { ...call, actuals: [], service: '' }, body: new Uint8Array(0) },
    { kind: 'note', subject: 'home-result', content: { ...about, caller: 1, call: 2, value: -32 }, body: new Uint8Array(0) },
    { kind: 'note', subject: 'home-result', content: { ...about, caller: 1, call: 2 }, body: new Uint8Array([7]) },
    {
      kind: 'note',
      subject: 'from-client',
      content: { program: 1, connection: 2, opening: { name: 'hello', kind: 'http', peer: '[::1]:é' }, at: 0, end: 'end', written: 0 },
      body: new Uint8Array([71]),
    },
    {
      kind: 'note',
      subject: 'from-client',
      content: { program: 1, connection: 2, at: 9, written: 8, end: 'reset', over: true, away: true, confirmed: true, messageEnd: 0 },
      body: new Uint8Array(0),
    },
    { kind: 'part', id: 12, subject: 'gate', part: { kind: 'begin', known: [{ connection: 1, come: 2, room: 3 }] } },
    { kind: 'part', id: 12, subject: 'gate', part: { kind: 'stream', message: told, bytes: new Uint8Array([1]) } },
    {
      kind: 'part',
      id: 12,
      subject: 'gate',
      part: {
        kind: 'stream',
        message: { ...told, opened: false, end: 'taken', welcome: { come: 1, messageEnd: 2 } },
        bytes: new Uint8Array(0),
      },
    },
    { kind: 'link', about: { program: 3, incarnation: 70_000, cut: 1 << 20, time: 2 ** 40 }, message: new Uint8Array([9]) },
  ]
  for (const each of messages) assert.equal({ ...decodeMessage(encodeMessage(each)) }, each)
  for (const each of messages.map(encodeMessage).filter(([kind]) => kind === PACKED)) {
    for (let length = 0; length < PACKED_HEAD; length++) assert.is(decodeMessage(each.slice(0, length)).kind, 'nonsense', `${length} bytes`)
    const numbers = new DataView(each.slice().buffer)
    for (let i = 0; i < numbers.getUint32(2, true); i++)
      for (const wrong of [NaN, Infinity]) {
        const broken = each.slice()
        new DataView(broken.buffer).setFloat64(PACKED_HEAD + 8 * i, wrong, true)
        assert.is(decodeMessage(broken).kind, 'nonsense')
      }
  }
})

test('a packed message with numbers that are no counts is nonsense', () => {
  const result = { program: 1, incarnation: 1, cut: 0, time: 0, caller: 1, call: 1.5 }
  assert.is(
    decodeMessage(encodeMessage({ kind: 'note', subject: 'home-result', content: result, body: new Uint8Array(0) })).kind,
    'nonsense',
  )
  const told = { connection: -3, at: 10, opened: true, kept: 4, room: 1 }
  const part = { kind: 'stream', message: told, bytes: new Uint8Array(0) } as const
  assert.equal(decodeMessage(encodeMessage({ kind: 'part', id: 4, subject: 'gate', part })), {
    kind: 'nonsense',
    why: 'an answer about "gate"',
    answer: 4,
  })
  assert.is(decodeMessage(message(3, { subject: 'home-result', content: { ...result, call: 1 } })).kind, 'nonsense', 'they are packed')
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
    .map(([subject, of, body]) => {
      const note = { kind: 'note', subject, content: of, body } as unknown as NoteMessage // its shape is looked at first
      return isPackedNote(subject) && noteShapes[subject](of) ? encodeMessage(note) : message(3, { subject, content: of }, body)
    })
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
