import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clock, Frame, meter, preempt, sleep, unit } from '../../runtime/abi.ts'
import type { Process } from '../../runtime/abi.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { ProgramClock } from '../../runtime/run/clock.ts'
import { Driver } from '../../runtime/run/driver.ts'
import type { DriverEvents } from '../../runtime/run/driver.ts'

/** Counts for ever; each round costs `work` additions. */
class Spin extends Frame {
  n = 0
  constructor(public work: number) {
    super(null)
  }
}
let sink = 0
function spin(p: Process, f: Spin): boolean {
  for (;;) {
    f.n++
    for (let i = 0; i < f.work; i++) sink = (sink + i) | 0
    if (--meter.fuel < 0) return preempt(p)
  }
}
unit({ name: 'spin', machines: [{ name: 'spin', step: spin, blank: () => new Spin(0), slots: [], live: [[]], results: [] }] })

/** Waits `times` times for `pause` microseconds; keeps how late it was woken. */
class Ticker extends Frame {
  due = 0
  late: number[] = []
  constructor(
    public pause: number,
    public times: number,
  ) {
    super(null)
  }
}
function ticker(p: Process, f: Ticker): boolean {
  for (;;) {
    if (f.pc === 1) f.late.push((clock(p) - f.due) | 0)
    if (f.late.length === f.times) return true
    f.due = (clock(p) + f.pause) | 0
    f.pc = 1
    if (!sleep(p, (f.due - 1) | 0)) return false
  }
}
unit({
  name: 'ticker',
  machines: [{ name: 'ticker', step: ticker, blank: () => new Ticker(0, 0), slots: [], live: [[], []], results: [] }],
})

function world(offset = 0): Kernel {
  const time = new ProgramClock(offset)
  return new Kernel({ now: () => time.now(), host: () => true })
}

function drive(kernel: Kernel, events: Partial<DriverEvents> = {}): Driver {
  return new Driver(kernel, { stopped: () => undefined, ...events })
}

const test = suite('driver')

test('says when nothing can run', async () => {
  const kernel = world()
  const order: string[] = []
  await new Promise<void>((resolve) => {
    const driver = drive(kernel, {
      slice: (busy) => order.push(`slice ${busy}`),
      idle: () => {
        order.push('idle')
        resolve()
      },
    })
    kernel.start(new Ticker(500, 2))
    driver.start()
  })
  assert.is(order.at(-1), 'idle')
  assert.is(order.filter((o) => o === 'idle').length, 1)
})

test('a loop that never communicates leaves the event loop its turn within a few milliseconds', async () => {
  const kernel = world()
  const driver = drive(kernel)
  kernel.start(new Spin(0))
  driver.start()
  await delay(50)
  const waits: number[] = []
  for (let i = 0; i < 40; i++) {
    const asked = performance.now()
    await new Promise((resolve) => setImmediate(resolve))
    waits.push(performance.now() - asked)
  }
  const frame = [...kernel.roots][0]?.frame as Spin
  const before = frame.n
  driver.pause()
  await delay(5)
  assert.is(frame.n, before)
  waits.sort((a, b) => a - b)
  assert.ok((waits[20] ?? Infinity) < 3, `median ${waits[20]} ms`)
})

test('fuel follows a loop whose rounds become dear', async () => {
  const kernel = world()
  const slices: number[] = []
  const frame = new Spin(0)
  let last = performance.now()
  await new Promise<void>((resolve) => {
    const driver = drive(kernel, {
      slice: () => {
        slices.push(performance.now() - last)
        last = performance.now()
        if (slices.length === 20) frame.work = 2000 // each round takes a thousand times as long from now on
        if (slices.length < 45) return
        driver.pause()
        resolve()
      },
    })
    kernel.start(frame)
    driver.start()
  })
  const dear = slices.slice(21).sort((a, b) => a - b)
  assert.ok((dear[12] ?? Infinity) < 10, `median slice ${dear[12]} ms`)
})

test('a slice ends after one run when somebody elsewhere waits for that, and not before', async () => {
  for (const awaited of [true, false]) {
    const kernel = world()
    let runs = 0
    let slices = 0
    await new Promise<void>((resolve) => {
      const driver = drive(kernel, {
        cut: () => runs++,
        isAwaited: () => awaited,
        slice: () => {
          if (++slices < 20) return
          driver.pause()
          resolve()
        },
      })
      kernel.start(new Spin(0))
      driver.start()
    })
    assert.is(runs === slices, awaited, `${runs} runs in ${slices} slices`)
  }
})

test('work at a safe point happens between slices, and its result comes back', async () => {
  const kernel = world()
  const driver = drive(kernel)
  const frame = new Spin(0)
  kernel.start(frame)
  driver.start()
  await delay(5)
  assert.is(await driver.atSafePoint(() => kernel.runnable), true)
  const error = await driver
    .atSafePoint(() => {
      throw new RangeError('no')
    })
    .catch((e: unknown) => e)
  assert.instance(error, RangeError)
  driver.pause()
})

test('poke wakes an idle driver', async () => {
  const kernel = world()
  let idle = 0
  const driver = drive(kernel, { idle: () => idle++ })
  driver.start()
  await delay(5)
  assert.is(idle, 1)
  driver.poke()
  driver.poke()
  await delay(5)
  assert.is(idle, 2)
})

test('stopping is told once and final', async () => {
  const kernel = world()
  let stopped = 0
  const driver = drive(kernel, { stopped: () => stopped++ })
  kernel.start(new Spin(0))
  driver.start()
  await delay(5)
  kernel.stop()
  await delay(5)
  driver.poke()
  await delay(5)
  assert.is(stopped, 1)
})

for (const pause of [300, 1200, 5400]) {
  test(`timers of ${pause} us are kept to a fraction of a millisecond`, async () => {
    const kernel = world()
    const frame = new Ticker(pause, 20)
    await new Promise<void>((resolve) => {
      const driver = drive(kernel, { idle: resolve })
      kernel.start(frame)
      driver.start()
    })
    frame.late.sort((a, b) => a - b)
    assert.is(frame.late.length, 20)
    assert.ok((frame.late[0] ?? -1) >= 0, `woken ${frame.late[0]} us early`)
    // a timer of whole milliseconds would be later each time; a busy machine makes only some late
    assert.ok((frame.late[0] ?? Infinity) < 600, `the best is ${frame.late[0]} us late`)
  })
}

test('a clock continues from its offset and stands still on demand', async () => {
  const time = new ProgramClock(5_000_000)
  assert.ok(time.now() >= 5_000_000 && time.now() < 5_100_000)
  time.stop()
  const stopped = time.now()
  await delay(5)
  assert.is(time.now(), stopped)
  time.go()
  assert.ok(time.now() - stopped < 2000)
})

test.run()
