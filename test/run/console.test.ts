import { PassThrough, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { altChannel, altSkip, altStart, altWait, Frame, meter, preempt, put, take, unit } from '../../runtime/abi.ts'
import type { Channel, Process } from '../../runtime/abi.ts'
import { ERROR, Gathered, SCREEN } from '../../runtime/kernel/links/gathered.ts'
import { Console } from '../../runtime/host/console.ts'
import { WRITER } from '../../runtime/kernel/scheduler/state.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Driver } from '../../runtime/run/driver.ts'

/** Outputs pairs (channel, byte), then ends. */
class Script extends Frame {
  i = 0
  constructor(public script: readonly (readonly [Channel, number])[]) {
    super(null)
  }
}
function script(p: Process, f: Script): boolean {
  for (let next = f.script[f.i]; next !== undefined; next = f.script[f.i]) {
    f.i++
    if (!put(p, next[0], next[1])) return false
    if (--meter.fuel < 0) return preempt(p)
  }
  return true
}
unit({ name: 'script', machines: [{ name: 'script', step: script, blank: () => new Script([]), slots: [], live: [[]], results: [] }] })

/** Inputs `n` bytes. */
class Taker extends Frame {
  taken: number[] = []
  constructor(
    public in_: Channel,
    public n: number,
  ) {
    super(null)
  }
}
function taker(p: Process, f: Taker): boolean {
  for (;;) {
    if (f.pc === 1) f.taken.push(p.value as number)
    f.pc = 1
    if (f.taken.length === f.n) return true
    if (!take(p, f.in_)) return false
  }
}
unit({
  name: 'taker',
  machines: [{ name: 'taker', step: taker, blank: () => new Taker(0 as never, 0), slots: [], live: [[], []], results: [] }],
})

/** Waits for one byte in an ALT. */
class Chooser extends Frame {
  taken = -1
  constructor(public in_: Channel) {
    super(null)
  }
}
function chooser(p: Process, f: Chooser): boolean {
  if (f.pc === 0) {
    if (altStart(p, false, 1) >= 0) altChannel(p, f.in_, 0)
    if (altWait(p, f.machine.unit, 0) < 0) return false
    f.pc = 1
    if (!take(p, f.in_)) return false
  }
  f.taken = p.value as number
  return true
}
unit({
  name: 'chooser',
  machines: [{ name: 'chooser', step: chooser, blank: () => new Chooser(0 as never), slots: [], live: [[], []], results: [] }],
})

/** PRI ALT with the keyboard and SKIP, again and again: it looks for a key and never waits for one. */
class Poller extends Chooser {}
function poller(p: Process, f: Poller): boolean {
  if (altStart(p, true, 2) >= 0 && !altChannel(p, f.in_, 0)) altSkip(p, 1)
  if (altWait(p, f.machine.unit, 0) === 1) return preempt(p)
  take(p, f.in_) // somebody has output already
  f.taken = p.value as number
  return true
}
unit({
  name: 'poller',
  machines: [{ name: 'poller', step: poller, blank: () => new Poller(0 as never), slots: [], live: [[], []], results: [] }],
})

/** A stream that keeps what was written, by stream, in order. */
class Collector extends Writable {
  chunks: string[] = []
  constructor(
    private readonly log: string[] = [],
    private readonly tag = '',
    highWaterMark?: number,
    private readonly pause = 0,
  ) {
    super(highWaterMark === undefined ? {} : { highWaterMark })
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk.toString('latin1'))
    this.log.push(`${this.tag}:${chunk.toString('latin1')}`)
    if (this.pause > 0) setTimeout(done, this.pause)
    else done()
  }
  get text(): string {
    return this.chunks.join('')
  }
}

interface World {
  readonly kernel: Kernel
  readonly console: Console
  readonly stdin: PassThrough
  readonly out: Collector
  readonly err: Collector
  readonly log: string[]
  /** How often standard input was asked for. */
  opened: number
  closed: number
  /** Runs until nothing can run and the console waits for nothing but keys. */
  readonly settle: () => Promise<void>
}

function world(options: { out?: Collector; together?: boolean; typed?: { bytes: Uint8Array; ended: boolean } } = {}): World {
  const log: string[] = []
  const kernel = new Kernel({ now: () => 0, host: () => true })
  const stdin = new PassThrough()
  const out = options.out ?? new Collector(log, 'out')
  const err = new Collector(log, 'err')
  const driver: Driver = new Driver(kernel, {
    slice: (busy) => {
      w.console.poll(busy)
    },
    stopped: () => undefined,
  })
  const open = (): PassThrough => {
    w.opened++
    return stdin
  }
  const console = new Console(kernel, {
    stdin: open,
    stdout: out,
    stderr: err,
    poke: () => {
      driver.poke()
    },
    closed: () => w.closed++,
    ...(options.typed === undefined ? {} : { typed: options.typed }),
    ...(options.together === undefined ? {} : { together: options.together }),
  })
  const settle = async (): Promise<void> => {
    driver.start()
    do await delay(2)
    while (kernel.runnable || w.console.blocked)
  }
  const w: World = { kernel, console, stdin, out, err, log, opened: 0, closed: 0, settle }
  return w
}

const bytes = (text: string): number[] => [...Buffer.from(text, 'latin1')]

const test = suite('console')

test('bytes on the screen come out in order, and 255 is not printed', async () => {
  const { kernel, console, out, settle } = world()
  kernel.start(new Script([...bytes('hello'), 255, ...bytes(' world'), 255].map((b) => [console.screen, b])))
  await settle()
  assert.is(out.text, 'hello world')
})

test('a list from another node is written in its order, after what was taken here before, unless it is earlier', async () => {
  const list = (text: string): Uint8Array => {
    const gathered = new Gathered()
    for (const byte of bytes(text)) gathered.take(byte > 96 ? SCREEN : ERROR, byte)
    return gathered.cut() ?? new Uint8Array()
  }
  const w = world()
  w.kernel.run(100) // our processes wait for the program
  w.kernel.start(new Script([[w.console.screen, 46]]))
  w.kernel.run(1) // it has output, and our process has not run since
  assert.ok(w.console.print(list('abXc')))
  await w.settle()
  assert.is(w.out.text, '.abc')
  assert.is(w.err.text, 'X')
  assert.equal(w.log.slice(-3), ['out:.ab', 'err:X', 'out:c'])
  w.kernel.start(new Script([[w.console.screen, 46]]))
  w.kernel.run(1)
  assert.ok(w.console.print(list('de'), true))
  await w.settle()
  assert.is(w.out.text, '.abcde.')
  assert.throws(() => w.console.print(Uint8Array.of(1, 2, 3)), RangeError)
})

test('255 flushes at once, other bytes are kept for a batch', async () => {
  const { kernel, console, out, settle } = world()
  kernel.start(new Script([...bytes('ab'), 255, ...bytes('cd')].map((b) => [console.screen, b])))
  await settle()
  assert.equal(out.chunks, ['ab', 'cd'])
})

test('screen and error keep their order', async () => {
  const { kernel, console, log, settle } = world()
  const say = (c: Channel, text: string): [Channel, number][] => bytes(text).map((b) => [c, b])
  kernel.start(new Script([...say(console.screen, 'one '), ...say(console.error, 'two '), ...say(console.screen, 'three')]))
  await settle()
  assert.equal(log, ['out:one ', 'err:two ', 'out:three'])
})

test('a slow stream holds the program back, and nothing is lost', async () => {
  const out = new Collector([], '', 1, 1)
  const { kernel, console, settle } = world({ out })
  const text = Array.from({ length: 60_000 }, (_, i) => 32 + (i % 90))
  const writer = new Script(text.map((b) => [console.screen, b]))
  kernel.start(writer)
  await settle()
  await console.finish()
  assert.is(out.text.length, 60_000)
  assert.is(out.text, Buffer.from(text).toString('latin1'))
})

test('a process that waits for a full stream is waited for', async () => {
  const out = new Collector([], '', 1, 40)
  const { kernel, console, settle } = world({ out })
  kernel.start(new Script([65, 255, 66, 255, 67, 255].map((b) => [console.screen, b])))
  const settled = settle()
  await delay(10)
  assert.is(console.outside, true)
  await settled
  assert.is(console.outside, false)
  assert.is(out.text, 'ABC')
})

test('standard input is left alone until somebody waits for the keyboard', async () => {
  const w = world()
  w.stdin.write('x')
  w.kernel.start(new Script(bytes('abc').map((b) => [w.console.screen, b])))
  await w.settle()
  assert.is(w.opened, 0)
  assert.is(w.console.outside, false)
  const taker = new Taker(w.console.keyboard, 1)
  w.kernel.start(taker)
  await w.settle()
  assert.is(w.opened, 1)
  assert.equal(taker.taken, bytes('x'))
})

test('the keyboard gives what is typed, then 255 for ever', async () => {
  const { kernel, console, stdin, settle } = world()
  const taker = new Taker(console.keyboard, 6)
  kernel.start(taker)
  stdin.write('ab')
  await settle()
  assert.equal(taker.taken, bytes('ab'))
  assert.is(console.outside, true)
  stdin.end('c')
  await settle()
  assert.equal(taker.taken, [...bytes('abc'), 255, 255, 255])
})

test('an ALT on the keyboard waits for the outside too', async () => {
  const { kernel, console, stdin, settle } = world()
  const chooser = new Chooser(console.keyboard)
  kernel.start(chooser)
  await settle()
  assert.is(console.outside, true)
  stdin.write('q')
  await settle()
  assert.is(chooser.taken, 113)
  assert.is(console.outside, false)
})

test('a process that looks for keys and never waits for one gets them', async () => {
  const { kernel, console, stdin, settle } = world()
  const polling = new Poller(console.keyboard)
  kernel.start(polling)
  setTimeout(() => stdin.write('q'), 5)
  await settle() // it runs for ever unless it gets one
  assert.is(polling.taken, 113)
})

test('bytes that were typed and not taken are kept for a checkpoint, each once', async () => {
  const first = world()
  const taker = new Taker(first.console.keyboard, 2)
  first.kernel.start(taker)
  first.stdin.end('abcd')
  await first.settle()
  await delay(5)
  assert.equal(taker.taken, bytes('ab'))
  const typed = first.console.state()
  assert.equal([...typed.bytes], bytes('cd'))

  const second = world({ typed })
  const rest = new Taker(second.console.keyboard, 2)
  second.kernel.start(rest)
  await second.settle()
  assert.equal(rest.taken, bytes('cd'))
})

test('bytes that the stream has read ahead are kept too', async () => {
  const { kernel, console, stdin, settle } = world()
  kernel.start(new Taker(console.keyboard, 1))
  await settle()
  stdin.write('ab')
  stdin.write('cd')
  stdin.write('ef')
  await settle()
  assert.equal([...console.state().bytes], bytes('bcdef'))
})

test('a byte that was taken while our process has not gone on is not kept', () => {
  const { kernel, console } = world({ typed: { bytes: Uint8Array.of(65, 66), ended: false } })
  kernel.run(100)
  const taker = new Taker(console.keyboard, 1)
  kernel.start(taker)
  kernel.run(0) // the taker's step only
  assert.equal(taker.taken, [65])
  assert.equal([...console.state().bytes], [66])
})

test('the end of input is remembered', async () => {
  const { kernel, console, settle } = world({ typed: { bytes: new Uint8Array(0), ended: true } })
  const taker = new Taker(console.keyboard, 2)
  kernel.start(taker)
  await settle()
  assert.equal(taker.taken, [255, 255])
})

test('a reader of standard output that goes away is told once, and the program is not held up', async () => {
  const w = world()
  w.kernel.start(new Script([...bytes('ab'), 255].map((b) => [w.console.screen, b])))
  await w.settle()
  w.out.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  w.kernel.start(new Script([...bytes('cd'), 255, ...bytes('ef'), 255].map((b) => [w.console.screen, b])))
  await w.settle()
  await w.console.finish()
  assert.is(w.closed, 1)
  assert.is(w.out.text, 'ab')
})

test('a terminal is put into raw mode when keys are wanted, and back in the end', async () => {
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => modes.push(on) })
  const kernel = new Kernel({ now: () => 0, host: () => true })
  let interrupts = 0
  const console = new Console(kernel, {
    stdin: () => stdin,
    stdout: new Collector(),
    stderr: new Collector(),
    raw: true,
    poke: () => undefined,
    interrupt: () => interrupts++,
  })
  kernel.start(new Taker(console.keyboard, 1))
  kernel.run(100)
  assert.equal(modes, [])
  console.poll(false)
  assert.equal(modes, [true])
  stdin.write(Buffer.of(3))
  await delay(2)
  assert.is(interrupts, 1)
  await console.finish()
  assert.equal(modes, [true, false])
})

/** What the program outputs on the screen, with something that is said meanwhile after so many bytes. */
async function saidAfter(text: string, after: number, together = true): Promise<string> {
  const w = world({ together })
  const bytes = [...Buffer.from(text)].map((byte): [Channel, number] => [w.console.screen, byte])
  w.kernel.start(new Script(bytes.slice(0, after)))
  await w.settle()
  w.console.between(() => w.log.push('said'))
  w.kernel.start(new Script(bytes.slice(after)))
  await w.settle()
  await w.console.finish()
  return w.log.join('|')
}

test('what others say stands between two lines of the program', async () => {
  assert.is(await saidAfter('one\ntwo\n', 0), 'said|out:one\ntwo\n')
  assert.is(await saidAfter('one\ntwo\n', 4), 'out:one\n|said|out:two\n')
  assert.is(await saidAfter('one\ntwo\nthree\n', 2), 'out:on|out:e\n|said|out:two\nthree\n')
})

test('a line that never ends is ended when the program ends, and then others speak', async () => {
  assert.is(await saidAfter('...........', 3), 'out:...|out:........|err:\n|said')
  assert.is(await saidAfter('...', 2, false), 'out:..|said|out:.', 'the screen is elsewhere')
})

test('what the program has offered already comes before what others say afterwards', async () => {
  const w = world({ together: true })
  w.kernel.start(new Script([...Buffer.from('a\nb')].map((byte) => [w.console.screen, byte])))
  for (let i = 0; i < 20 && w.console.screen.state !== WRITER; i++) w.kernel.run(1)
  assert.is(w.console.screen.state, WRITER)
  w.console.between(() => w.log.push('said'))
  assert.equal(w.log, [], 'b begins a line')
  w.kernel.start(new Script([[w.console.screen, 10]]))
  await w.settle()
  assert.is(w.log.join('|'), 'out:a\nb\n|said')
})

test('a text of several lines that is written at once is parted where its first line ends', async () => {
  const w = world({ together: true })
  w.console.write(1, Buffer.from('begun '), () => undefined)
  w.console.between(() => w.log.push('said'))
  w.console.write(1, Buffer.from('line\nnext\n'), () => undefined)
  await w.settle()
  assert.is(w.log.join('|'), 'out:begun line\n|said|out:next\n')
})

test.run()
