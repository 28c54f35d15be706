/** Services of a program that are functions of TypeScript. */
import { deepStrictEqual } from 'node:assert'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { load, ProgramFault } from '../../embed/index.ts'
import type { Services, OutsideError } from '../../embed/index.ts'
import { godwit } from '../cli/godwit.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { endOf, fileOf, rejection } from './programs.ts'

const DEADLINE_MS = 60_000

const SHOP = `#PRAGMA EXTERNAL "PROC price.of (VAL INT id, RESULT INT price)"
PROC shop (CHAN INT ids?, prices!)
  WHILE TRUE
    INT id, price:
    SEQ
      ids ? id
      price.of (id, price)
      prices ! price
:
PROC two.shops (CHAN INT a?, b?, CHAN INT prices.a!, prices.b!)
  PAR
    shop (a?, prices.a!)
    shop (b?, prices.b!)
:
`

deadlineTest('a function gives results, at once or later, and is told a stable key', DEADLINE_MS, async () => {
  const file = fileOf(SHOP)
  const keys: string[] = []
  const services = {
    'price.of': (id: number, { key }: { key: string }) => {
      keys.push(key)
      return id % 2 === 0 ? 100 + id : new Promise<number>((resolve) => setTimeout(resolve, 2, 100 + id))
    },
  }
  const program = await load(file, { services })
  const run = await program.start('shop')
  const got: unknown[] = []
  for (let id = 1; id <= 4; id++) {
    await endOf(run, 'ids').send(id)
    got.push(await endOf(run, 'prices').receive())
  }
  assert.equal(got, [101, 102, 103, 104])
  assert.equal(keys, ['main#1', 'main#2', 'main#3', 'main#4'])
  await run.stop()
  keys.length = 0
  const two = await program.start('two.shops')
  await endOf(two, 'b').send(2)
  await endOf(two, 'prices.b').receive()
  await endOf(two, 'a').send(1)
  await endOf(two, 'prices.a').receive()
  await endOf(two, 'a').send(3)
  await endOf(two, 'prices.a').receive()
  assert.is(new Set(keys).size, 3)
  assert.ok(keys[0]?.endsWith('#1') && keys[1]?.endsWith('#1') && keys[2]?.endsWith('#2'), keys.join(' '))
  await two.stop()
})

deadlineTest('while a service is being called, the program is not deadlocked', DEADLINE_MS, async () => {
  const program = await load(fileOf(SHOP), {
    services: { 'price.of': () => new Promise((resolve) => setTimeout(resolve, 30, 7)) },
  })
  const run = await program.start('shop')
  await endOf(run, 'ids').send(1)
  endOf(run, 'ids').end()
  assert.is(await endOf(run, 'prices').receive(), 7)
})

deadlineTest('values of all kinds go there and back', DEADLINE_MS, async () => {
  const seen: unknown[][] = []
  const services: Services = {
    'all.of': (...given: unknown[]) => {
      seen.push(given.slice(0, -1))
      return [-2, 2n ** 62n, 1.5, true, 200, [5, 6, 7], 'héllo']
    },
    nothing: () => undefined,
    floats: (xs: Float64Array) => xs.map((x) => 2 * x),
  }
  const program = await load(
    fileOf(`#PRAGMA EXTERNAL "PROC all.of (VAL INT a, VAL INT64 b, VAL REAL32 c, VAL BOOL d, VAL BYTE e, VAL [3]INT16 f, VAL []BYTE g, RESULT INT16 ra, RESULT INT64 rb, RESULT REAL64 rc, RESULT BOOL rd, RESULT BYTE re, RESULT [3]INT32 rf, RESULT []BYTE rg, RESULT INT n)"
#PRAGMA EXTERNAL "PROC nothing ()"
#PRAGMA EXTERNAL "PROC floats (VAL []REAL64 xs, RESULT []REAL64 ys)"
PROTOCOL ALL IS INT16; INT64; REAL64; BOOL; BYTE; [3]INT32; INT::[]BYTE:
PROC main (CHAN ALL out!, CHAN INT::[]REAL64 more!)
  INT16 a:
  INT64 b:
  REAL64 c:
  BOOL d:
  BYTE e:
  [3]INT32 f:
  [20]BYTE g:
  [3]REAL64 ys:
  INT n:
  SEQ
    nothing ()
    all.of (-1, 9000000000(INT64), 0.5(REAL32), TRUE, 255, [1(INT16), 2, -3], "text", a, b, c, d, e, f, g, n)
    out ! a; b; c; d; e; f; n::g
    floats ([1.0(REAL64), 2.5, -0.25], ys)
    more ! 3::ys
:
`),
    { services },
  )
  const run = await program.start('main')
  deepStrictEqual(await endOf(run, 'out').receive(), [
    -2,
    2n ** 62n,
    1.5,
    true,
    200,
    Int32Array.of(5, 6, 7),
    new TextEncoder().encode('héllo'),
  ])
  deepStrictEqual(seen, [[-1, 9_000_000_000n, 0.5, true, 255, Int16Array.of(1, 2, -3), new TextEncoder().encode('text')]])
  deepStrictEqual(await endOf(run, 'more').receive(), Float64Array.of(2, 5, -0.5))
  await run.ended
})

deadlineTest('a function that throws, rejects or gives nonsense is a fault that names the service', DEADLINE_MS, async () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [
      () => {
        throw new RangeError('no such thing')
      },
      /RangeError: no such thing/,
    ],
    [() => Promise.reject(new Error('gone')), /gone/],
    [() => 'x', /its result price wants an INT/],
    [() => Promise.resolve([1, 2]), /its result price wants an INT/],
    [() => undefined, /undefined/],
  ]
  for (const [work, said] of wrong) {
    const run = await (await load(fileOf(SHOP), { services: { 'price.of': work as Services[string] } })).start('shop')
    await endOf(run, 'ids').send(1)
    const error = await rejection(run.ended)
    assert.instance(error, ProgramFault)
    const { code, place, values, rendered, message } = error as ProgramFault
    assert.is(code, 'R0111')
    assert.is(place?.line, 7)
    assert.match(JSON.stringify(values), 'price.of')
    assert.match(rendered, said)
    assert.match(message, said)
  }
})

deadlineTest('services are checked when a program is loaded, and a command provides none', DEADLINE_MS, async () => {
  const file = fileOf(SHOP)
  assert.is(((await rejection(load(file))) as OutsideError).code, 'R0709')
  const strange = await rejection(load(file, { services: { 'price.of': () => 1, other: () => 1 } }))
  assert.match(strange.message, 'other')
  const { status, stderr } = await godwit([
    'run',
    fileOf(`#PRAGMA EXTERNAL "PROC price.of (VAL INT id, RESULT INT price)"
PROC main (CHAN BYTE screen!)
  INT price:
  SEQ
    price.of (7, price)
    screen ! BYTE price
:
`),
  ])
  assert.is(status, 1)
  assert.match(stderr, 'error[R0523]')
  assert.match(stderr, 'price.of')
})

deadlineTest('a run that is over tells the functions that are under way', DEADLINE_MS, async () => {
  let told: AbortSignal | undefined
  const services: Services = {
    'price.of': (_id: number, { signal }: { signal: AbortSignal }) => {
      told = signal
      return new Promise(() => undefined)
    },
  }
  const run = await (await load(fileOf(SHOP), { services })).start('shop')
  await endOf(run, 'ids').send(1)
  await run.stop()
  assert.is(told?.aborted, true)
})

test.run()
