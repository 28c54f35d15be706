/** Checkpoints: a program is captured anywhere and goes on elsewhere; bytes that are none are refused. */
import { readFileSync } from 'node:fs'
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ABI_VERSION, Channel } from '../../runtime/abi.ts'
import { runPlain } from '../../runtime/kernel/testing/chaos.ts'
import { checksum } from '../../runtime/kernel/snapshot/codec.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { ENDED, HOST, READY } from '../../runtime/kernel/scheduler/state.ts'
import type { Frame, Process, Unit } from '../../runtime/kernel/scheduler/state.ts'
import { SnapshotError, captureProgram, readHeader, restoreProgram } from '../../runtime/kernel/snapshot/snapshot.ts'
import type { SnapshotErrorCode } from '../../runtime/kernel/snapshot/snapshot.ts'
import { Choices } from '../../runtime/kernel/testing/choices.ts'
import { VirtualWorld, runToEnd } from '../../runtime/kernel/testing/virtual.ts'
import type { Outcome, Ports } from '../../runtime/kernel/testing/virtual.ts'
import { ArrayReader, ArrayWriter, Asker, Chooser, Combs, U as CELL, Sleeper, Writer } from './machines/cell.ts'
import { frozenNetwork } from './frozen/network.ts'
import { U as NETWORK, networkMain, randomNetwork } from './machines/network.ts'
import { Deep, U as STREAMS } from './machines/streams.ts'

const units: readonly Unit[] = [CELL, NETWORK, STREAMS]
const unitOf = (hash: string): Unit | undefined => units.find((u) => u.hash === hash)
const world = { now: () => 0, host: () => false }

/** What the console has written, and what it has in hand. */
function written(old: VirtualWorld, kernel: Kernel, root: Process): number[] {
  const inHand = [...kernel.roots].filter(
    (p) => p !== root && p.state === READY && p.frame.machine.name === 'collector' && p.frame.pc === 1,
  )
  return [...old.screen, ...inHand.map((p) => p.value as number)]
}

/** Runs a program, with a checkpoint and a new world after each number of steps. */
function withCheckpoints(main: (ports: Ports) => Frame, stops: readonly number[], seed?: number): Outcome {
  const choices = seed === undefined ? undefined : new Choices(seed)
  let old = new VirtualWorld({}, choices)
  let kernel = old.kernel()
  let ports = old.console(kernel)
  let root = kernel.start(main(ports))
  for (const stop of stops) {
    for (let n = 0; n < stop && root.state !== ENDED; n++) {
      old.step(kernel, 0)
      if (!kernel.runnable && !old.wait()) break
    }
    if (root.state === ENDED) break
    const bytes = captureProgram(kernel, [root], { ...ports })
    const next = new VirtualWorld({}, choices)
    next.time = readHeader(bytes).clock
    next.screen.push(...written(old, kernel, root))
    old = next
    kernel = next.kernel()
    ports = next.console(kernel)
    while (kernel.run(100) === 'more');
    root = restoreProgram(kernel, bytes, unitOf, { ...ports })[0] as Process
  }
  return runToEnd(old, kernel, root)
}

test('a program goes on from any point', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.nat(9),
      fc.array(fc.nat(80), { maxLength: 5 }),
      fc.option(fc.integer(), { nil: undefined }),
      (seed, size, stops, schedule) => {
        const network = randomNetwork(new Choices(seed).below, size)
        const main = ({ screen }: Ports): Frame => networkMain(network, screen)
        const plain = runPlain(main)
        const other = withCheckpoints(main, stops, schedule)
        assert.is(other.kind, plain.kind)
        assert.equal(other.screen, plain.screen)
      },
    ),
    { numRuns: times(300) },
  )
})

test('a checkpoint changes nothing', () => {
  const network = randomNetwork(new Choices(7).below, 8)
  const main = ({ screen }: Ports): Frame => networkMain(network, screen)
  const plain = runPlain(main)
  const other = new VirtualWorld({}, undefined)
  const kernel = other.kernel()
  const ports = other.console(kernel)
  const root = kernel.start(main(ports))
  for (let i = 0; i < 100 && root.state !== ENDED; i++) {
    captureProgram(kernel, [root], { ...ports })
    other.step(kernel, 0)
  }
  const outcome = runToEnd(other, kernel, root)
  assert.equal(outcome.screen, plain.screen)
  assert.is(outcome.kind, plain.kind)
})

/** A kernel with some processes, run until nothing happens, as bytes. */
function frozen(frames: readonly Frame[], kernel = new Kernel(world)): Uint8Array {
  const roots = frames.map((f) => kernel.start(f))
  while (kernel.run(100) === 'more');
  return captureProgram(
    kernel,
    roots.filter((p) => p.state !== ENDED),
    {},
  )
}

function thawed(bytes: Uint8Array, kernel = new Kernel(world)): Process[] {
  return restoreProgram(kernel, bytes, unitOf, {})
}

test('several views of one array stay that', () => {
  const memory = Int32Array.of(1, 2, 3, 4, 5, 6)
  const c = new Channel()
  const bytes = frozen([new ArrayWriter(null, memory.subarray(1, 4), memory.subarray(2, 5), c)])
  const kernel = new Kernel(world)
  const [writer] = thawed(bytes, kernel)
  const frame = writer?.frame as ArrayWriter
  assert.is(frame.a.buffer, frame.b.buffer)
  assert.is(frame.a.buffer.byteLength, 20, 'what is covered, and its place within eight bytes')
  const reader = new ArrayReader(null, frame.out, new Int32Array(3), new Int32Array(3))
  kernel.start(reader)
  while (kernel.run(100) === 'more');
  assert.equal([...reader.first], [2, 3, 4])
  assert.equal([...reader.second], [3, 99, 5])
})

test('a process in the middle of deep calls goes on', () => {
  const kernel = new Kernel(world)
  const p = kernel.start(new Deep(null, 2000))
  for (let i = 0; i < 1000; i++) kernel.run(0)
  const bytes = captureProgram(kernel, [p], {})
  const other = new Kernel(world)
  const [q] = restoreProgram(other, bytes, unitOf, {})
  while (other.run(100) === 'more');
  assert.is((q?.frame as Deep).r, 2001000)
})

test('what the host has offered and nobody has taken is handed over', () => {
  const kernel = new Kernel(world)
  const keyboard = new Channel()
  kernel.start(new Writer(null, 65, 5, keyboard))
  const p = kernel.start(new Chooser(null, true, [keyboard], 1000, new Int32Array(2)))
  kernel.run(0)
  const bytes = captureProgram(kernel, [p], { keyboard })
  const pending: unknown[] = []
  restoreProgram(
    new Kernel(world),
    bytes,
    unitOf,
    { keyboard: new Channel() },
    {
      pending: (name, value) => pending.push([name, value]),
    },
  )
  assert.equal(pending, [['keyboard', 65]])
  const other = new Kernel(world)
  const [q] = restoreProgram(other, bytes, unitOf, { keyboard: new Channel() })
  while (other.run(100) === 'more');
  assert.equal([...(q?.frame as Chooser).got], [0, 65])
})

test('a call of the host that was not answered is made again', () => {
  const bytes = frozen([new Asker(null, 8)])
  const asked: unknown[] = []
  const kernel = new Kernel({
    now: () => 0,
    host: (p, service, actuals) => {
      asked.push([service, ...actuals])
      p.value = 16
      return true
    },
  })
  const [p] = thawed(bytes, kernel)
  while (kernel.run(100) === 'more');
  assert.equal(asked, [['ask', 8]])
  assert.is((p?.frame as Asker).answer, 16)
  const [q] = thawed(bytes)
  assert.is(q?.state, HOST)
})

const code = (f: () => unknown): SnapshotErrorCode | undefined => {
  try {
    f()
  } catch (error) {
    if (error instanceof SnapshotError) return error.code
    throw error
  }
  return undefined
}

/** A snapshot with something of everything. */
function everything(): Uint8Array {
  const channels = Array.from({ length: 6 }, () => new Channel()) as [Channel, Channel, Channel, Channel, Channel, Channel]
  const memory = new Int32Array(12)
  return frozen([
    new Writer(null, 0, 3, channels[0]),
    new ArrayWriter(null, memory.subarray(2, 6), memory.subarray(4, 9), channels[1]),
    new Chooser(null, true, [channels[2], channels[3]], 1234, new Int32Array(4)),
    new Combs(null, channels[4], channels[5], 7),
    new Writer(null, 5, 2, channels[4]),
    new Sleeper(null, 777),
    new Asker(null, 3),
  ])
}

/** Puts the right checksum at the end. */
function sealed(bytes: Uint8Array): Uint8Array {
  const sum = checksum(bytes.subarray(0, bytes.length - 4))
  for (let i = 0; i < 4; i++) bytes[bytes.length - 4 + i] = (sum >>> (8 * i)) & 255
  return bytes
}

test('every prefix of a snapshot is refused', () => {
  const bytes = everything()
  assert.is(
    code(() => thawed(bytes)),
    undefined,
  )
  for (let n = 0; n < bytes.length; n++) {
    assert.ok(code(() => thawed(bytes.slice(0, n))) !== undefined, `${n}`)
    if (n >= 9) assert.ok(code(() => thawed(sealed(bytes.slice(0, n)))) !== undefined, `${n}, sealed`)
  }
})

test('every altered byte is found', () => {
  const bytes = everything()
  for (let i = 0; i < bytes.length; i++) {
    const altered = bytes.slice()
    altered[i] = (bytes[i] ?? 0) ^ 0x41
    assert.ok(code(() => thawed(altered)) !== undefined, `${i}`)
  }
})

test('altered bytes with a right checksum restore or are refused, and never anything else', () => {
  const bytes = everything()
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (edits) => {
      const altered = bytes.slice()
      for (const [at, v] of edits) altered[4 + (at % (bytes.length - 8))] = v
      code(() => thawed(sealed(altered)))
    }),
    { numRuns: times(20_000) },
  )
})

test('bytes that are something else are refused, and it is said why', () => {
  const bytes = everything()
  assert.is(
    code(() => thawed(new Uint8Array())),
    'truncated',
  )
  assert.is(
    code(() => thawed(new TextEncoder().encode('{"json": true}'))),
    'magic',
  )
  assert.is(
    code(() => thawed(bytes.slice(0, 50))),
    'checksum',
  )
  const foreign = bytes.slice()
  foreign[4] = 99
  assert.is(
    code(() => thawed(foreign)),
    'abi',
  )
  const longer = new Uint8Array(bytes.length + 3)
  longer.set(bytes)
  assert.is(
    code(() => thawed(sealed(longer))),
    'trailing',
  )
  assert.is(
    code(() => restoreProgram(new Kernel(world), bytes, () => undefined, {})),
    'unit',
  )
  try {
    restoreProgram(new Kernel(world), bytes, () => undefined, {})
  } catch (error) {
    assert.is((error as SnapshotError).detail, 'test:cell')
  }
})

for (let abi = 1; abi <= ABI_VERSION; abi++) {
  test(`a checkpoint of ABI version ${abi} still goes on`, () => {
    const text = readFileSync(new URL(`./frozen/abi-${abi}.base64`, import.meta.url), 'utf8')
    const bytes = new Uint8Array(Buffer.from(text, 'base64'))
    const now = new VirtualWorld({}, undefined)
    now.time = readHeader(bytes).clock
    const kernel = now.kernel()
    const ports = now.console(kernel)
    const [root] = restoreProgram(kernel, bytes, unitOf, { ...ports })
    const { kind, screen } = runToEnd(now, kernel, root as Process)
    assert.is(kind, 'ended')
    const whole = runPlain((p) => networkMain(frozenNetwork, p.screen)).screen
    assert.ok(screen.length > whole.length / 2)
    assert.equal(screen, whole.slice(-screen.length))
  })
}

test('the header can be read without any unit', () => {
  const header = readHeader(frozen([new Sleeper(null, 5)], new Kernel({ now: () => 4, host: () => false })))
  assert.is(header.kind, 'program')
  assert.is(header.clock, 4)
  assert.equal(header.unitHashes, ['test:cell'])
})

test('a program is not captured while it runs, nor a process of the host at all', () => {
  let found: SnapshotErrorCode | undefined
  const kernel: Kernel = new Kernel({
    now: () => 0,
    host: (p) => {
      found = code(() => captureProgram(kernel, [p], {}))
      return true
    },
  })
  kernel.start(new Asker(null, 0))
  kernel.run(10)
  assert.is(found, 'pinned')
  const other = new VirtualWorld({}, undefined)
  const k = other.kernel()
  other.console(k)
  assert.is(
    code(() => captureProgram(k, [...k.roots], {})),
    'pinned',
  )
})

test.run()
