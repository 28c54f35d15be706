/** Programs that run in this OS process, whose channels are held by TypeScript. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CompileError, Deadlock, load, OutsideError, ProgramFault, ValueError } from '../../embed/index.ts'
import { deadlineTest } from '../harness/deadline.ts'
import { fc, times } from '../harness/property.ts'
import { endOf, fileOf, program, rejection, turns, watched } from './programs.ts'

const DEADLINE_MS = 60_000

const DOUBLER = `PROC doubler (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x + x
:
`

function embedTest(name: string, body: () => Promise<void>): void {
  deadlineTest(name, DEADLINE_MS, body)
}

embedTest('what is sent is answered in order', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const { in: into, out } = run.channels
  assert.ok(into)
  const sent = Promise.all(Array.from({ length: 1000 }, (_, i) => into.send(i)))
  const got: unknown[] = []
  for await (const value of out ?? []) {
    got.push(value)
    if (got.length === 1000) break
  }
  await sent
  assert.equal(
    got,
    Array.from({ length: 1000 }, (_, i) => 2 * i),
  )
  await run.stop()
  assert.equal(await run.ended, { status: 0, stopped: true })
})

embedTest('a send waits until the program takes it, and the program waits until somebody receives', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const { in: into, out } = run.channels
  await into?.send(1)
  const second = watched(into?.send(2) ?? Promise.resolve())
  await turns(20)
  assert.is(second.settled, false, 'the program is at its output')
  assert.is(await out?.receive(), 2)
  await second.promise
  assert.is(await out?.receive(), 4)
  await run.stop()
})

embedTest('a program that ends, ends its channels', async () => {
  const run = await (
    await program(`PROC three (CHAN INT in?, out!)
  SEQ i = 0 FOR 3
    out ! i
:
`)
  ).start('three')
  const got: unknown[] = []
  for await (const value of run.channels['out'] ?? []) got.push(value)
  assert.equal(got, [0, 1, 2])
  assert.equal(await run.ended, { status: 0, stopped: false })
  const late = await rejection(run.channels['in']?.send(1) ?? Promise.resolve())
  assert.instance(late, OutsideError)
  assert.is((late as OutsideError).code, 'R0707')
  assert.match(late.message, 'channel in')
  assert.is(((await rejection(run.channels['out']?.receive() ?? Promise.resolve())) as OutsideError).code, 'R0707')
})

embedTest('a fault is an error with its place, and whoever waits is told', async () => {
  const run = await (
    await program(`PROC divide (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! 100 / x
:
`)
  ).start('divide')
  await run.channels['in']?.send(0)
  const error = await rejection(run.channels['out']?.receive() ?? Promise.resolve())
  assert.instance(error, ProgramFault)
  const fault = error as ProgramFault
  assert.is(fault.code, 'R0202')
  assert.is(fault.place?.line, 6)
  assert.match(fault.rendered, 'error[R0202]')
  assert.is(await rejection(run.ended), error)
  assert.is(await rejection(run.channels['in']?.send(1) ?? Promise.resolve()), error)
})

embedTest('while an open end can act, a program waits; when it is closed, that is a deadlock', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const ended = watched(run.ended)
  await turns(20)
  assert.is(ended.settled, false)
  const sent = run.channels['in']?.send(4)
  run.channels['in']?.end()
  assert.is(await run.channels['out']?.receive(), 8, 'what is on its way is still sent')
  await sent
  const error = await rejection(run.ended)
  assert.instance(error, Deadlock)
  const { lines, waiting, code } = error as Deadlock
  assert.is(code, 'R0301')
  assert.equal(waiting[0]?.waitsFor, ['the outside'])
  assert.match(lines[0] ?? '', /waits to input from in.*the outside/)
  assert.is(await rejection(run.channels['in']?.send(1) ?? Promise.resolve()), error)
})

embedTest('a program that waits for nothing outside is deadlocked though ends are open', async () => {
  const run = await (
    await program(`PROC stuck (CHAN INT in?, out!)
  CHAN INT a, b:
  INT x, y:
  PAR
    SEQ
      a ? x
      b ! 1
      in ? x
    SEQ
      b ? y
      a ! 1
      out ! y
:
`)
  ).start('stuck')
  const asked = rejection(run.channels['out']?.receive() ?? Promise.resolve())
  const sent = rejection(run.channels['in']?.send(1) ?? Promise.resolve())
  const error = await rejection(run.ended)
  assert.instance(error, Deadlock)
  assert.is((error as Deadlock).cycle.length, 2)
  assert.is(await asked, error)
  assert.is(await sent, error)
})

embedTest('who waits at an end that is closed meanwhile is told so, and iterations end', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const { in: into, out } = run.channels
  assert.ok(into)
  assert.ok(out)
  const asked = rejection(out.receive())
  const next = out.messages().next()
  out.end()
  into.end()
  const codes = [asked, rejection(out.receive()), rejection(into.send(1))].map(async (error) => ((await error) as OutsideError).code)
  assert.equal(await Promise.all(codes), ['R0706', 'R0706', 'R0706'])
  assert.equal(await next, { done: true, value: undefined })
  await run.stop()
})

embedTest('a closed receiving end is part of a deadlock, too', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  run.channels['out']?.end()
  await run.channels['in']?.send(1)
  const error = await rejection(run.ended)
  assert.match((error as Deadlock).lines[0] ?? '', /waits to output on out.*the outside/)
})

embedTest('sends that wait are rejected when the program is stopped, and iterations end', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const { in: into, out } = run.channels
  await into?.send(1)
  const waiting = [2, 3].map((value) => rejection(into?.send(value) ?? Promise.resolve()))
  await turns(5)
  await run.stop()
  const errors = await Promise.all(waiting)
  assert.equal(
    errors.map((error) => (error as OutsideError).code),
    ['R0708', 'R0708'],
  )
  assert.ok(out)
  assert.equal(await out[Symbol.asyncIterator]().next(), { done: true, value: undefined })
})

embedTest('a message that does not fit is refused by name, and nothing is lost', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const error = await rejection(run.channels['in']?.send('x') ?? Promise.resolve())
  assert.instance(error, ValueError)
  assert.instance(error, TypeError)
  const { where, expected, got, code } = error as ValueError
  assert.equal([code, where, got], ['R0705', 'channel in', '"x"'])
  assert.match(expected, 'INT')
  void run.channels['in']?.send(3)
  assert.is(await run.channels['out']?.receive(), 6)
  await run.stop()
})

embedTest('two consumers get each value once, and leaving an iteration loses none', async () => {
  const run = await (
    await program(`PROC count (CHAN INT out!)
  SEQ i = 0 FOR 100
    out ! i
:
`)
  ).start('count')
  const { out } = run.channels
  assert.ok(out)
  const got: unknown[] = []
  const consume = async (): Promise<void> => {
    for await (const value of out) {
      got.push(value)
      await turns(1)
      if (got.length % 7 === 0) break
    }
  }
  while (got.length < 90) await Promise.all([consume(), consume()])
  const iterator = out[Symbol.asyncIterator]()
  const asked = iterator.next()
  const left = iterator.return?.()
  assert.equal((await left)?.done, true)
  const last = await asked
  if (last.done !== true) got.push(last.value)
  for await (const value of out) got.push(value)
  assert.equal(
    got.toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: 100 }, (_, i) => i),
  )
})

embedTest('a signal ends a start, a send and a receive', async () => {
  const doubler = await program(DOUBLER)
  const reason = new Error('enough')
  assert.is(await rejection(doubler.start('doubler', { signal: AbortSignal.abort(reason) })), reason)
  const controller = new AbortController()
  const run = await doubler.start('doubler', { signal: controller.signal })
  const { in: into, out } = run.channels
  assert.ok(into && out)
  const one = new AbortController()
  const receiving = rejection(out.receive({ signal: one.signal }))
  await turns(3)
  one.abort(reason)
  assert.is(await receiving, reason)
  await into.send(1)
  const two = new AbortController()
  const sending = rejection(into.send(2, { signal: two.signal }))
  await turns(3)
  two.abort(reason)
  assert.is(await sending, reason)
  void into.send(3)
  assert.is(await out.receive(), 2)
  assert.is(await out.receive(), 6, 'what was taken back is not delivered')
  const waiting = rejection(out.receive())
  controller.abort(reason)
  assert.is(await rejection(run.ended), reason)
  assert.is(await waiting, reason)
})

embedTest('a process that polls sees what was sent, and one that looks at a message gets it', async () => {
  const run = await (
    await program(`PROC poll (CHAN INT in?, out!)
  INT x:
  BOOL got:
  SEQ
    got := FALSE
    WHILE NOT got
      PRI ALT
        in ? x
          got := TRUE
        TRUE & SKIP
          SKIP
    out ! x
    in ?? x
      out ! x
    out ! x + 1
:
`)
  ).start('poll')
  const { in: into, out } = run.channels
  assert.ok(into && out)
  await into.send(1)
  assert.is(await out.receive(), 1)
  const controller = new AbortController()
  const looked = into.send(2, { signal: controller.signal })
  await turns(5)
  controller.abort(new Error('too late'))
  await turns(5)
  assert.is(await out.receive(), 2)
  await looked
  assert.is(await out.receive(), 3)
  await run.ended
})

/** Each input of the program is echoed; sends and receives are given up at random. */
embedTest('whatever is given up when, each value is either rejected or delivered, once and in order', async () => {
  const kinds = ['plain', 'alt', 'fair'] as const
  const text = `PROC plain (CHAN INT in?, out!)
  WHILE TRUE
    INT x:
    SEQ
      in ? x
      out ! x
:
PROC alt (CHAN INT in?, out!)
  TIMER tim:
  WHILE TRUE
    INT x, now:
    SEQ
      tim ? now
      ALT
        in ? x
          out ! x
        tim ? AFTER now PLUS 50
          SKIP
:
PROC fair (CHAN INT in?, out!)
  [9]CHAN INT c:
  #PRAGMA SHARED c
  PAR
    WHILE TRUE
      INT x:
      SEQ
        in ? x
        c[x \\ 8] ! x
    SEQ i = 0 FOR 1000000
      c[8] ! -1
    WHILE TRUE
      ALT i = 0 FOR 9
        INT x:
        c[i] ? x
          IF
            x >= 0
              out ! x
            TRUE
              SKIP
:
`
  const echo = await program(text)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.array(fc.tuple(fc.boolean(), fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 40 }),
      async (kind, steps) => {
        const run = await echo.start(kind)
        const { in: into, out } = run.channels
        assert.ok(into && out)
        const delivered: number[] = []
        const got: unknown[] = []
        const sends: Promise<void>[] = []
        for (const [i, [givesUp, before, after]] of steps.entries()) {
          const controller = new AbortController()
          const { signal } = controller
          sends.push(
            into.send(i, { signal }).then(
              () => void delivered.push(i),
              () => undefined,
            ),
          )
          await turns(before % 3)
          const receiving = out.receive({ signal }).then(
            (value) => void got.push(value),
            () => undefined,
          )
          await turns(after % 4)
          if (givesUp) controller.abort(new Error('given up'))
          void receiving
        }
        const rest = new AbortController()
        const draining = (async () => {
          for await (const value of out.messages({ signal: rest.signal })) got.push(value)
        })().catch(() => undefined)
        await Promise.all(sends)
        while (got.length < delivered.length) await turns(1)
        rest.abort(new Error('done'))
        await draining
        await run.stop()
        assert.equal(
          got.toSorted((a, b) => Number(a) - Number(b)),
          delivered.toSorted((a, b) => a - b),
        )
        assert.equal(
          delivered,
          delivered.toSorted((a, b) => a - b),
        )
      },
    ),
    { numRuns: times(60) },
  )
})

embedTest('tens of thousands wait in line, and some of them leave', async () => {
  const run = await (await program(DOUBLER)).start('doubler')
  const controller = new AbortController()
  const leaves = (i: number): boolean => i % 3 === 1
  const sends = Array.from({ length: 30_000 }, (_, i) =>
    endOf(run, 'in')
      .send(i, leaves(i) ? { signal: controller.signal } : {})
      .catch(() => undefined),
  )
  controller.abort(new Error('given up'))
  const receives = Array.from({ length: 20_000 }, () => endOf(run, 'out').receive())
  assert.equal(
    await Promise.all(receives),
    Array.from({ length: 30_000 }, (_, i) => i)
      .filter((i) => !leaves(i))
      .map((i) => 2 * i),
  )
  await Promise.all(sends)
  await run.stop()
})

embedTest('many runs at once, and thousands one after the other', async () => {
  const doubler = await program(DOUBLER)
  const runs = await Promise.all(Array.from({ length: 50 }, () => doubler.start('doubler')))
  const answers = await Promise.all(
    runs.map(async ({ channels: { in: into, out } }, i) => {
      void into?.send(i)
      return out?.receive()
    }),
  )
  assert.equal(
    answers,
    runs.map((_, i) => 2 * i),
  )
  for (const run of runs) await run.stop()
  const controller = new AbortController()
  const once = async (i: number): Promise<void> => {
    const run = await doubler.start('doubler', { signal: controller.signal })
    void run.channels['in']?.send(i)
    await run.channels['out']?.receive()
    await run.stop()
  }
  for (let i = 0; i < 500; i++) await once(i)
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 3000; i++) await once(i)
  collect()
  const grown = process.memoryUsage().heapUsed - before
  assert.ok(grown < 3000 * 500, `${Math.round(grown / 3000)} bytes a run`)
})

function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void // what the flag gives
  for (let i = 0; i < 3; i++) gc()
}

embedTest('arguments and sizes are checked by name', async () => {
  const made = await program(`PROC sum (VAL []INT xs, VAL BOOL twice, []CHAN INT ins?, CHAN INT out!)
  INT total:
  SEQ
    total := 0
    SEQ i = 0 FOR SIZE xs
      total := total + xs[i]
    SEQ i = 0 FOR SIZE ins
      INT x:
      SEQ
        ins[i] ? x
        total := total + x
    IF
      twice
        out ! 2 * total
      TRUE
        out ! total
:
PROC takes (INT x, CHAN INT c?)
  c ? x
:
PROC one (VAL INT i, SHARED CHAN INT out!)
  CLAIM out!
    out ! i
:
PROC shares (SHARED CHAN INT out!)
  PAR i = 0 FOR 3
    CLAIM out!
      out ! i
:
PROC several ([2]SHARED CHAN INT out!)
  PAR
    PAR i = 0 FOR 2
      CLAIM out[0]!
        out[0] ! i
    CLAIM out[1]!
      out[1] ! 5
:
PROC forks (SHARED CHAN INT out!)
  SEQ i = 0 FOR 3
    FORK one (i, out!)
:
PROC idle (CHAN INT in?)
  SKIP
:
`)
  const run = await made.start('sum', { arguments: { xs: [1, 2, 3], twice: true }, sizes: { ins: 2 } })
  const ins = run.channels['ins']
  void ins?.[0]?.send(10)
  void ins?.[1]?.send(20)
  assert.is(await run.channels['out']?.receive(), 72)
  await run.ended
  const codeOf = async (promise: Promise<unknown>): Promise<string> => ((await rejection(promise)) as OutsideError).code
  assert.is(await codeOf(made.start('sum', { sizes: { ins: 2 } })), 'R0704')
  assert.is(await codeOf(made.start('sum', { arguments: { xs: [1], twice: 1 }, sizes: { ins: 2 } })), 'R0704')
  assert.is(await codeOf(made.start('sum', { arguments: { xs: [1], twice: true } })), 'R0704')
  assert.is(await codeOf(made.start('sum', { arguments: { xs: [1], twice: true, z: 1 }, sizes: { ins: 2 } })), 'R0704')
  const whole = { arguments: { xs: [1], twice: true }, sizes: { ins: 2 } }
  const wrong: readonly object[] = [
    { ...whole, arguments: null },
    { ...whole, sizes: { ins: 2, out: 3 } },
    { ...whole, sizes: { ins: -1 } },
    { ...whole, sizes: { ins: 1e9 } },
    { ...whole, argument: {} },
    { ...whole, signal: 3 },
    { ...whole, denied: ['file'] },
    { ...whole, denied: 'files' },
    { ...whole, args: 5 },
  ]
  for (const options of wrong) assert.is(await codeOf(made.start('sum', options)), 'R0704', JSON.stringify(options))
  assert.is(await codeOf(load(new URL('http://example.org/x.csp'))), 'R0702')
  assert.is(await codeOf(made.start('nobody')), 'R0702')
  assert.is(await codeOf(made.start('takes')), 'R0703')
  assert.equal(await (await made.start('idle')).ended, { status: 0, stopped: false })
  const shared: unknown[] = []
  for await (const value of (await made.start('shares')).channels['out'] ?? []) shared.push(value)
  assert.equal(shared.toSorted(), [0, 1, 2])
  const forked: unknown[] = []
  for await (const value of endOf(await made.start('forks'), 'out')) forked.push(value)
  assert.equal(forked.toSorted(), [0, 1, 2])
  const several = endOf(await made.start('several'), 'out')
  assert.is(await several[1]?.receive(), 5)
  assert.equal([await several[0]?.receive(), await several[0]?.receive()].toSorted(), [0, 1])
})

embedTest('what the compiler rejects is an error with its diagnostics', async () => {
  const error = await rejection(load(fileOf('PROC p (CHAN INT out!)\n  out ! y\n:\n')))
  assert.instance(error, CompileError)
  const { diagnostics, rendered } = error as CompileError
  assert.is(diagnostics[0]?.code, 'E0301')
  assert.is(diagnostics[0]?.primary.line, 2)
  assert.match(rendered, 'error[E0301]')
  const file = fileOf('')
  for (const wrong of ['nowhere.csp', '.', `${file}/x.csp`, `${'x'.repeat(300)}.csp`]) {
    const none = await rejection(load(wrong))
    assert.instance(none, OutsideError)
    assert.is((none as OutsideError).code, 'R0702', wrong)
  }
})

test.run()
