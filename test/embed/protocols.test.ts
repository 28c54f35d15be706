/** Values of every type go to a program and come back: random protocols, each with a PROC that echoes its messages. */
import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ValueError } from '../../embed/index.ts'
import type { Run } from '../../embed/index.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { fc, times } from '../harness/property.ts'
import { endOf, program, rejection } from './programs.ts'

const DEADLINE_MS = 120_000

// ---------------------------------------------------------------------------------------------- random types

/** A type, as the text has it, values of it, and what comes back of a value. */
interface TestType {
  readonly text: string
  readonly value: fc.Arbitrary<unknown>
  readonly back: (value: unknown) => unknown
}

const same = (value: unknown): unknown => value
const scalar = (text: string, value: fc.Arbitrary<unknown>): TestType => ({ text, value, back: same })

const ARRAYS: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  BYTE: (values) => Uint8Array.from(values as number[]),
  INT16: (values) => Int16Array.from(values as number[]),
  INT: (values) => Int32Array.from(values as number[]),
  INT32: (values) => Int32Array.from(values as number[]),
  INT64: (values) => BigInt64Array.from(values as bigint[]),
  REAL32: (values) => Float32Array.from(values as number[]),
  REAL64: (values) => Float64Array.from(values as number[]),
}

const SCALARS: readonly TestType[] = [
  scalar('BOOL', fc.boolean()),
  scalar('BYTE', fc.nat(255)),
  scalar('INT16', fc.integer({ min: -0x8000, max: 0x7fff })),
  scalar('INT', fc.integer()),
  scalar('INT32', fc.integer()),
  scalar('INT64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  scalar('REAL32', fc.float({ noNaN: true })),
  scalar('REAL64', fc.double({ noNaN: true })),
]

function arrayOf(element: TestType, size: number): TestType {
  const make = ARRAYS[element.text]
  return {
    text: `[${size}]${element.text}`,
    value: fc.array(element.value, { minLength: size, maxLength: size }),
    back: (value) => {
      const values = (value as unknown[]).map(element.back)
      return make === undefined ? values : make(values)
    },
  }
}

/** Records are declared before the protocols. */
function recordOf(name: string, fields: readonly TestType[]): TestType {
  return {
    text: name,
    value: fc.record(Object.fromEntries(fields.map((field, i) => [`f${i}`, field.value]))),
    back: (value) => Object.fromEntries(fields.map((field, i) => [`f${i}`, field.back((value as Record<string, unknown>)[`f${i}`])])),
  }
}

interface TestRecord {
  readonly fields: readonly TestType[]
  readonly packed: boolean
}

const plain = fc.constantFrom(...SCALARS)
const shallow = fc.oneof(
  plain,
  fc.tuple(plain, fc.integer({ min: 1, max: 4 })).map(([element, size]) => arrayOf(element, size)),
  fc
    .tuple(plain, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
    .map(([element, inner, outer]) => arrayOf(arrayOf(element, inner), outer)),
)
const testRecord: fc.Arbitrary<TestRecord> = fc.record({ fields: fc.array(shallow, { minLength: 1, maxLength: 4 }), packed: fc.boolean() })

/** One component: how it is declared in the protocol, held in a variable, input and output. */
interface TestItem {
  readonly protocol: string
  readonly declare: (n: number) => string
  readonly use: (n: number) => string
  readonly value: fc.Arbitrary<unknown>
  readonly back: (value: unknown) => unknown
}

const plainItem = (type: TestType): TestItem => ({
  protocol: type.text,
  declare: (n) => `${type.text} v${n}:`,
  use: (n) => `v${n}`,
  value: type.value,
  back: type.back,
})

const mobileItem = (element: TestType): TestItem => {
  const make = ARRAYS[element.text]
  return {
    protocol: `MOBILE []${element.text}`,
    declare: (n) => `MOBILE []${element.text} v${n}:`,
    use: (n) => `v${n}`,
    value: fc.array(element.value, { maxLength: 5 }),
    back: (value) => {
      const values = (value as unknown[]).map(element.back)
      return make === undefined ? values : make(values)
    },
  }
}

const countedItem = (element: TestType, count: string): TestItem => ({
  ...mobileItem(element),
  protocol: `${count}::[]${element.text}`,
  declare: (n) => `${count} n${n}: [9]${element.text} v${n}:`,
  use: (n) => `n${n}::v${n}`,
})

function itemOf(types: fc.Arbitrary<TestType>): fc.Arbitrary<TestItem> {
  return fc.oneof(
    types.map(plainItem),
    plain.map(mobileItem),
    fc.tuple(types, fc.constantFrom('BYTE', 'INT', 'INT16', 'INT64')).map(([element, count]) => countedItem(element, count)),
  )
}

interface TestProtocol {
  /** Of a variant protocol each tag. */
  readonly variants: readonly (readonly TestItem[])[]
  readonly isVariant: boolean
}

function protocolOf(types: fc.Arbitrary<TestType>): fc.Arbitrary<TestProtocol> {
  const item = itemOf(types)
  return fc.oneof(
    fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => ({ variants: [items], isVariant: false })),
    fc.array(fc.array(item, { maxLength: 3 }), { minLength: 1, maxLength: 4 }).map((variants) => ({ variants, isVariant: true })),
  )
}

// ---------------------------------------------------------------------------------------------- programs

function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => ' '.repeat(by) + line)
}

const declarations = (items: readonly TestItem[]): string[] =>
  items.flatMap((item, n) =>
    item
      .declare(n)
      .split(/(?<=:) (?=\[)/)
      .map((line) => line),
  )

function echo({ variants, isVariant }: TestProtocol, name: string): string {
  const uses = (items: readonly TestItem[]): string[] => items.map((item, n) => item.use(n))
  if (!isVariant) {
    const [items = []] = variants
    return [
      `PROTOCOL ${name} IS ${items.map(({ protocol }) => protocol).join('; ')}:`,
      `PROC echo.${name} (CHAN ${name} in?, out!)`,
      '  WHILE TRUE',
      ...indent(declarations(items), 4),
      '    SEQ',
      `      in ? ${uses(items).join('; ')}`,
      `      out ! ${uses(items).join('; ')}`,
      ':',
    ].join('\n')
  }
  return [
    `PROTOCOL ${name}`,
    '  CASE',
    ...variants.map((items, i) => `    ${[`t${i}`, ...items.map(({ protocol }) => protocol)].join('; ')}`),
    ':',
    `PROC echo.${name} (CHAN ${name} in?, out!)`,
    '  WHILE TRUE',
    '    in ? CASE',
    ...variants.flatMap((items, i) => [
      ...indent(declarations(items), 6),
      `      ${[`t${i}`, ...uses(items)].join('; ')}`,
      `        out ! ${[`t${i}`, ...uses(items)].join('; ')}`,
    ]),
    ':',
  ].join('\n')
}

/** A message of a protocol, and what comes back. */
function messageOf({ variants, isVariant }: TestProtocol): fc.Arbitrary<{ readonly sent: unknown; readonly back: unknown }> {
  const valuesOf = (items: readonly TestItem[]) =>
    fc.tuple(...items.map(({ value }) => value)).map((values) => ({
      sent: values,
      back: values.map((value, n) => items[n]?.back(value)),
    }))
  if (isVariant) {
    return fc.oneof(
      ...variants.map((items, i) =>
        valuesOf(items).map(({ sent, back }) => ({ sent: { tag: `t${i}`, values: sent }, back: { tag: `t${i}`, values: back } })),
      ),
    )
  }
  const [items = []] = variants
  return valuesOf(items).map(({ sent, back }) => (items.length === 1 ? { sent: sent[0], back: back[0] } : { sent, back }))
}

/** A channel seen under two protocols makes all messages travel as bytes. */
const SEEN_TWICE = `PROC any.user (CHAN OF ANY c!)
  c ! 1
:
PROC seen.twice (CHAN INT out!)
  CHAN INT c:
  PAR
    any.user (c!)
    INT x:
    SEQ
      c ? x
      out ! x
:
`

async function goesThere(run: Run<Readonly<Record<string, unknown>>>, sent: unknown, back: unknown): Promise<void> {
  const { in: into, out } = run.channels as {
    in: { send(value: unknown): Promise<void> }
    out: { receive(): Promise<unknown> }
  }
  const [, got] = await Promise.all([into.send(sent), out.receive()])
  deepStrictEqual(got, back)
}

const PROTOCOLS = 12

for (const asBytes of [false, true]) {
  deadlineTest(
    `random values come back as they were sent${asBytes ? ', also where messages travel as bytes' : ''}`,
    DEADLINE_MS,
    async () => {
      const cases = fc.array(testRecord, { minLength: 3, maxLength: 3 }).chain((records) => {
        const named = records.map(({ fields }, i) => recordOf(`r${i}`, fields))
        const types = fc.oneof(
          { weight: 3, arbitrary: shallow },
          { weight: 1, arbitrary: fc.constantFrom(...named) },
          { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...named), fc.integer({ min: 1, max: 3 })).map(([r, n]) => arrayOf(r, n)) },
        )
        return fc.array(protocolOf(types), { minLength: PROTOCOLS, maxLength: PROTOCOLS }).chain((protocols) =>
          fc.record({
            records: fc.constant(records),
            protocols: fc.constant(protocols),
            messages: fc.tuple(...protocols.map((protocol) => fc.array(messageOf(protocol), { minLength: 1, maxLength: 6 }))),
          }),
        )
      })
      await fc.assert(
        fc.asyncProperty(cases, async ({ records, protocols, messages }) => {
          const declared = records.map(({ fields, packed }, i) =>
            [`DATA TYPE r${i}`, `  ${packed ? 'PACKED ' : ''}RECORD`, ...fields.map(({ text }, n) => `    ${text} f${n}:`), ':'].join('\n'),
          )
          const text = [...declared, ...protocols.map((protocol, i) => echo(protocol, `p${i}`)), asBytes ? SEEN_TWICE : ''].join('\n')
          const made = await program(text)
          for (const [i, list] of messages.entries()) {
            const run = await made.start(`echo.p${i}`)
            for (const { sent, back } of list) await goesThere(run, sent, back)
            await run.stop()
          }
        }),
        { numRuns: times(asBytes ? 4 : 6), endOnFailure: true },
      )
    },
  )
}

deadlineTest('mobiles of several parts, SIGNAL and CHAN OF ANY', DEADLINE_MS, async () => {
  const made = await program(`DATA TYPE LEAF
  MOBILE RECORD
    INT x:
    MOBILE []BYTE name:
:
PROC texts (CHAN MOBILE []MOBILE []BYTE in?, out!)
  WHILE TRUE
    MOBILE []MOBILE []BYTE m:
    SEQ
      in ? m
      out ! m
:
PROC grids (CHAN MOBILE [][]INT in?, out!)
  WHILE TRUE
    MOBILE [][]INT m:
    SEQ
      in ? m
      out ! m
:
PROC leaves (CHAN LEAF in?, out!)
  WHILE TRUE
    LEAF m:
    SEQ
      in ? m
      out ! m
:
PROC signals (CHAN SIGNAL in?, out!)
  WHILE TRUE
    SEQ
      in ? SIGNAL
      out ! SIGNAL
:
PROC anything (CHAN OF ANY in?, out!)
  [3]BYTE b:
  SEQ
    in ? b
    out ! b
    out ! 258
:
`)
  const texts = await made.start('texts')
  await goesThere(texts, ['ab', null, ''], [Uint8Array.of(97, 98), null, new Uint8Array(0)])
  const grids = await made.start('grids')
  await goesThere(
    grids,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [Int32Array.of(1, 2, 3), Int32Array.of(4, 5, 6)],
  )
  const ragged = await rejection(endOf(grids, 'in').send([[1], [2, 3]]))
  assert.instance(ragged, ValueError)
  const leaves = await made.start('leaves')
  await goesThere(leaves, { x: 3, name: 'n' }, { x: 3, name: Uint8Array.of(110) })
  await goesThere(leaves, { x: 3, name: null }, { x: 3, name: null })
  const signals = await made.start('signals')
  await goesThere(signals, { tag: 'SIGNAL' }, { tag: 'SIGNAL', values: [] })
  const anything = await made.start('anything')
  await goesThere(anything, 'abc', Uint8Array.of(97, 98, 99))
  deepStrictEqual(await anything.channels['out']?.receive(), Uint8Array.of(2, 1, 0, 0))
  for (const run of [texts, grids, leaves, signals, anything]) await run.stop()
})

deadlineTest('what is no value of a type is refused, with the place in it', DEADLINE_MS, async () => {
  const made = await program(`DATA TYPE point
  RECORD
    INT x, y:
:
PROTOCOL cmd
  CASE
    move; point; [2]BYTE
    count; BYTE::[]INT64
    halt
:
PROC all (CHAN cmd c?, CHAN BOOL b?, CHAN INT64 l?, CHAN REAL32 r?, CHAN BYTE y?)
  SEQ
    c ? CASE
      halt
        SKIP
    BOOL x:
    b ? x
:
`)
  const run = await made.start('all')
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['c', 1, ''],
    ['c', null, ''],
    ['c', { tag: 'stop' }, '.tag'],
    ['c', { tag: 'halt', values: [1] }, '.values'],
    ['c', { tag: 'halt', more: 1 }, ''],
    ['c', { tag: 'move', values: [{ x: 1, y: 2 }] }, '.values'],
    ['c', { tag: 'move', values: [{ x: 1 }, 'ab'] }, '.values[0]'],
    ['c', { tag: 'move', values: [{ x: 1, y: 2, z: 3 }, 'ab'] }, '.values[0]'],
    ['c', { tag: 'move', values: [{ x: 1, y: 2 ** 31 }, 'ab'] }, '.values[0].y'],
    ['c', { tag: 'move', values: [{ x: 1, y: 2 }, 'abc'] }, '.values[1]'],
    ['c', { tag: 'move', values: [{ x: 1, y: 2 }, [1, 256]] }, '.values[1][1]'],
    ['c', { tag: 'count', values: [new Array(256).fill(1n)] }, '.values[0]'],
    ['c', { tag: 'count', values: [[1n, 2]] }, '.values[0][1]'],
    ['b', 1, ''],
    ['l', 1, ''],
    ['l', 2n ** 63n, ''],
    ['r', '1', ''],
    ['y', -1, ''],
    ['y', 1.5, ''],
    ['y', NaN, ''],
  ]
  for (const [channel, value, part] of wrong) {
    const error = await rejection(endOf(run, channel).send(value))
    assert.instance(error, ValueError, `${channel} ${String(value)}`)
    const { where, part: at, code } = error as ValueError
    assert.equal([where, at, code], [`channel ${channel}`, part, 'R0705'])
  }
  await run.stop()
})

test.run()
