/**
 * The console: keyboard, screen and error as processes of the kernel.
 *
 * Each of the three is an ordinary channel with a process of ours at the other end, written in the form of generated code. The program's
 * side of the channel may move to other nodes; ours moves only with the home of the program, as a whole (`rest`, `ConsoleOptions.processes`).
 *
 * Invariants
 * - The screen's process takes bytes as long as the stream does; otherwise it waits in state HOST, and in the end so do the processes that write.
 *   255 flushes and is not printed. Bytes are held here until a batch is full, nothing can run, or `LONGEST_HELD_MS` has passed.
 * - Between screen and error the order of bytes is kept: what one of them holds is pushed before the other holds anything.
 * - The keyboard's process offers a byte only when there is one; it waits in state HOST until then, and standard input is read only when somebody
 *   waits for the keyboard. A byte leaves `typed` when the program has it, not when it is offered. At the end of input it offers 255 for ever.
 * - The standard streams, descriptors 0 to 2, are the same streams: their bytes and those of the channels come in the order of the calls. A byte that
 *   the keyboard's process has offered is the channel's.
 * - What others say on the error stream (`between`) comes after what the program had output until then, and where no line of the program is begun.
 * - `outside` is true when something beyond the program can still make one of these processes go on, and somebody waits for that.
 */
import { ERROR, NO_STREAM, runsOf, SCREEN } from '../kernel/links/gathered.ts'
import type { Stream } from '../kernel/links/gathered.ts'
import { messageBytes } from '../kernel/numeric/arrays.ts'
import { ALTING, Channel, NO_CHANNEL, READER, REMOTE, WRITER, Frame, HOST, HostCall, READY } from '../kernel/scheduler/state.ts'
import { altingAt, put, take } from '../kernel/scheduler/channel.ts'
import { meter, preempt } from '../kernel/scheduler/kernel.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import { unit } from '../kernel/scheduler/unit.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import type { ConsoleEnd } from '../code/program.ts'
import type { StandardStreams } from './home-services.ts'
import { Sink } from './sink.ts'
import type { OutputStream } from './sink.ts'
import { Typed } from './typed.ts'
import type { InputStream, TypedState } from './typed.ts'

/** On the screen: flush. From the keyboard: the end of input. */
const FLUSH = 255
const END_OF_INPUT = 255

const LINE_FEED = 10

/** How long a byte is held while the program is busy. */
const LONGEST_HELD_MS = 8

// ------------------------------------------------------------------------------------------------ the processes

/** Takes bytes from a channel and writes them. */
class Writer extends Frame {
  /** @param sink keeps a byte; returns false when it can keep no more for now */
  constructor(
    public in_: Channel,
    public sink: (byte: number) => boolean,
  ) {
    super(null)
  }
}

function writer(p: Process, f: Writer): boolean {
  const { in_, sink } = f
  for (;;) {
    if (f.pc === 0) {
      f.pc = 1
      if (!take(p, in_)) return false
    }
    f.pc = 0
    if (!sinkAll(sink, p.value as Value)) {
      // it was taken from a channel
      p.state = HOST
      return false
    }
    if (--meter.fuel < 0) return preempt(p)
  }
}

/** Keeps a message: a byte, or as many as come on a CHAN OF ANY. @returns whether there is room for more */
function sinkAll(sink: Writer['sink'], message: Value): boolean {
  if (typeof message === 'number') return sink(message)
  let room = true
  for (const byte of messageBytes(message)) room = sink(byte)
  return room
}

const nothingTyped = new Typed(() => undefined, false, { came: () => undefined, interrupt: () => undefined })

/** What the keyboard's process waits for, as a capture writes it. */
const FOR_KEYS = new HostCall('keys', [])

/** What has been typed, as the keyboard's process sees it. */
export interface Keys {
  /** @returns the next byte, which stays; undefined when none is here */
  peek(): number | undefined
  /** Takes the byte that `peek` gives. */
  shift(): void
  readonly ended: boolean
}

/** Offers what is typed. */
class Reader extends Frame {
  constructor(
    public out: Channel,
    public typed: Keys,
    /** Whether somebody has the other end: else nothing is offered. */
    public heard: () => boolean,
  ) {
    super(null)
  }
}

function reader(p: Process, f: Reader): boolean {
  const { typed } = f
  for (;;) {
    if (f.pc === 1) typed.shift() // the program has it
    f.pc = 0
    const byte = typed.peek() ?? (typed.ended ? END_OF_INPUT : undefined)
    if (byte === undefined || !f.heard()) {
      p.state = HOST
      return false
    }
    f.pc = 1
    if (!put(p, f.out, byte)) return false
    if (--meter.fuel < 0) return preempt(p)
  }
}

/**
 * The console's processes are code of the runtime itself, which every node has. Their state is the channel and whether something was taken from it,
 * or offered on it; what else a checkpoint or a move has to keep is in `Console.state`.
 */
export const CONSOLE_UNIT = unit({
  name: 'console',
  machines: [
    {
      name: 'writer',
      step: writer,
      blank: () => new Writer(NO_CHANNEL, () => true),
      slots: [['in_', 'chan?']],
      live: [[0], [0]],
      results: [],
    },
    {
      name: 'reader',
      step: reader,
      blank: () => new Reader(NO_CHANNEL, nothingTyped, () => false),
      slots: [['out', 'chan!']],
      live: [[0], [0]],
      results: [],
    },
  ],
})
CONSOLE_UNIT.hash = 'godwit:console'

/** The processes of a console that have come here from another node. */
export interface ConsoleProcesses {
  readonly keyboard: Process
  readonly screen: Process
  readonly error: Process
}

/** @returns whether `p` is one of the console's own processes, not the program's. */
export function isConsole(p: Process): boolean {
  return p.frame.machine.unit === CONSOLE_UNIT
}

/** What the processes of a console do to the outside. */
export interface ConsoleActions {
  readonly keys: Keys
  /** Keeps a byte; returns false when the stream can keep no more for now. */
  readonly screen: (byte: number) => boolean
  readonly error: (byte: number) => boolean
}

/** Starts the processes of a console that does something else: one that is replayed. @returns their channels, and the processes */
export function startConsole(
  kernel: Kernel,
  { keys, screen, error }: ConsoleActions,
): { readonly channels: Readonly<Record<ConsoleEnd, Channel>>; readonly processes: ConsoleProcesses } {
  const channels = { keyboard: new Channel(), screen: new Channel(), error: new Channel() }
  const processes = {
    keyboard: kernel.start(new Reader(channels.keyboard, keys, () => true)),
    screen: kernel.start(new Writer(channels.screen, screen)),
    error: kernel.start(new Writer(channels.error, error)),
  }
  return { channels, processes }
}

/** Writes what the processes have taken from the program and, as they have not run since, not yet written. */
export function writeTaken({ screen, error }: ConsoleProcesses): void {
  for (const p of [screen, error]) {
    if (p.state !== READY || p.frame.pc !== 1 || !(p.frame instanceof Writer)) continue
    sinkAll(p.frame.sink, p.value as Value) // it was taken from a channel
    p.frame.pc = 0
  }
}

// ------------------------------------------------------------------------------------------------ the console

function readerOf(p: Process | undefined): Reader | undefined {
  return p?.frame instanceof Reader ? p.frame : undefined
}

function writerOf(p: Process | undefined): Writer | undefined {
  return p?.frame instanceof Writer ? p.frame : undefined
}

/** @returns whether the last line of a stream was begun and not ended */
function isBegun(sink: Sink): boolean {
  return sink.last !== undefined && sink.last !== LINE_FEED
}

export interface ConsoleOptions {
  /** Gives standard input when somebody first waits for it. */
  readonly stdin: () => InputStream | undefined
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Whether these two lead to one place: a line on one of them is then also a line of the other. */
  readonly together?: boolean
  /** A terminal gives each key at once. */
  readonly raw?: boolean
  /** What was typed before a checkpoint, or before the home moved here. */
  readonly typed?: TypedState
  /** They go on where they were; absent: they begin. */
  readonly processes?: ConsoleProcesses
  /** The channels of processes that begin; absent: new ones. */
  readonly channels?: Readonly<Record<ConsoleEnd, Channel>>
  /** Something has become runnable by an event from outside: make the driver look. */
  readonly poke: () => void
  /** Nobody reads standard output any more. */
  readonly closed?: () => void
  /** Ctrl-C in raw mode. */
  readonly interrupt?: () => void
  /**
   * Whether somebody waits for the keyboard at a channel whose reading end is on another node. Absent: as soon as it is there, which means
   * that standard input is read ahead by one line.
   */
  readonly wantedElsewhere?: (keyboard: Channel) => boolean
  /** Hears how much of the program's output comes, and from where, in its order. */
  readonly printed?: (from: Output, bytes: number) => void
}

/** Where output of the program comes from: the channels of the console, and what is written to the descriptors 1 and 2. */
export const OUTPUTS = ['screen', 'error', 'descriptor 1', 'descriptor 2'] as const

export type Output = (typeof OUTPUTS)[number]

export class Console implements StandardStreams {
  readonly keyboard: Channel
  readonly screen: Channel
  readonly error: Channel
  private readonly typed: Typed
  private readonly out: Sink
  private readonly err: Sink
  private ours: ConsoleProcesses
  /** Calls of `read` that nothing has been typed for yet. */
  private readers: { readonly most: number; readonly later: (bytes: Uint8Array) => void }[] = []
  /** Calls of `write` that wait until their stream takes more. */
  private waiting: { readonly sink: Sink; readonly written: () => void }[] = []

  /** What waits until the program ends its line. */
  private asides: (() => void)[] = []

  /** Starts the three processes, or goes on with those that have come. */
  constructor(
    private readonly kernel: Kernel,
    private readonly options: ConsoleOptions,
  ) {
    const drained = (): void => {
      this.drained()
    }
    this.out = new Sink(options.stdout, { drained, closed: () => options.closed?.() })
    this.err = new Sink(options.stderr, { drained, closed: () => undefined })
    this.typed = new Typed(
      options.stdin,
      options.raw ?? false,
      {
        came: () => {
          this.came()
        },
        interrupt: () => options.interrupt?.(),
      },
      options.typed,
    )
    const { channels, processes } = options
    this.keyboard = readerOf(processes?.keyboard)?.out ?? channels?.keyboard ?? new Channel()
    this.screen = writerOf(processes?.screen)?.in_ ?? channels?.screen ?? new Channel()
    this.error = writerOf(processes?.error)?.in_ ?? channels?.error ?? new Channel()
    this.ours = processes ?? {
      keyboard: kernel.start(new Reader(this.keyboard, this.typed, () => false)),
      screen: kernel.start(new Writer(this.screen, () => true)),
      error: kernel.start(new Writer(this.error, () => true)),
    }
    this.adopt(this.ours)
  }

  /** @returns the three channels by name. */
  get channels(): Readonly<Record<ConsoleEnd, Channel>> {
    return { keyboard: this.keyboard, screen: this.screen, error: this.error }
  }

  /**
   * Looks after the streams: call it after each slice.
   * @param busy whether the program can go on at once
   */
  poll(busy: boolean): void {
    if (busy) {
      this.out.pushOlderThan(LONGEST_HELD_MS)
      this.err.pushOlderThan(LONGEST_HELD_MS)
    } else {
      this.out.push()
      this.err.push()
    }
    if (this.asides.length > 0) this.sayAsides()
    if (this.keyboardSought) this.offerKeys()
  }

  /** @returns whether a process waits for something that the outside can still bring: a key, or a terminal that takes output again. */
  get outside(): boolean {
    return this.writers.some((p) => p.state === HOST) || this.keyboardWanted || this.readers.length > 0 || this.waiting.length > 0
  }

  /** @returns whether somebody waits for a key that has not been typed, and it still may be. */
  get keyboardWanted(): boolean {
    return this.keyboardAwaited && !this.typed.available && !this.typed.ended
  }

  /** @returns whether somebody waits for a key, or has looked for one in an ALT and gone on without, and none is offered */
  private get keyboardSought(): boolean {
    return this.keyboardAwaited || (this.keyboardProcess.state === HOST && this.keyboard.state === ALTING)
  }

  /** @returns whether somebody waits for a key, and none is offered */
  private get keyboardAwaited(): boolean {
    if (this.keyboardProcess.state !== HOST) return false
    const c = this.keyboard
    if (c.state === REMOTE) return this.options.wantedElsewhere?.(c) ?? true
    if (c.state === READER) return true
    return altingAt(c) !== null
  }

  read(most: number, later: (bytes: Uint8Array) => void): Uint8Array | undefined {
    if (this.readers.length === 0 && this.readable) return this.take(most)
    this.readers.push({ most, later })
    this.typed.want(this.offered)
    return undefined
  }

  write(stream: 1 | 2, bytes: Uint8Array, later: (written: number) => void): number | undefined {
    this.writeTaken()
    const [sink, other] = stream === 1 ? [this.out, this.err] : [this.err, this.out]
    if (other.holding) other.push()
    this.options.printed?.(stream === 1 ? 'descriptor 1' : 'descriptor 2', bytes.length)
    const lineEnd = this.asides.length === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1
    if (lineEnd > 0) {
      sink.writeAll(bytes.subarray(0, lineEnd))
      this.sayAsides()
    }
    sink.writeAll(bytes.subarray(lineEnd))
    this.options.poke() // the call may come from another node, between slices: `poll` pushes what is kept
    if (!sink.full) return bytes.length
    const written = (): void => {
      later(bytes.length)
    }
    this.waiting.push({ sink, written })
    return undefined
  }

  /** @returns which of the streams a channel is, if that takes more at the moment */
  streamOf(c: Channel): Stream {
    if (c === this.screen) return this.out.full ? NO_STREAM : SCREEN
    if (c === this.error) return this.err.full ? NO_STREAM : ERROR
    return NO_STREAM
  }

  /**
   * Writes what was gathered on another node (kernel/links/gathered.ts), while the kernel does not run.
   * @param earlier it was printed before what our processes have taken, because this node had gathered it before the console came here
   * @returns whether both streams take more
   * @throws RangeError when it is no list of output
   */
  print(list: Uint8Array, earlier = false): boolean {
    const runs = [...runsOf(list)]
    if (!earlier) this.writeTaken()
    const [out, err] = [this.sinkOf(this.out, this.err), this.sinkOf(this.err, this.out)]
    for (const [stream, bytes] of runs) {
      const sink = stream === SCREEN ? out : err
      for (const byte of bytes) sink(byte)
    }
    this.options.poke() // `poll` pushes what is kept
    return !this.blocked
  }

  /** @returns whether a stream does not take output at the moment. */
  get blocked(): boolean {
    return this.out.full || this.err.full
  }

  /** @returns whether the screen's last line was begun and not ended. */
  get midLine(): boolean {
    return isBegun(this.out)
  }

  /**
   * Lets something be said on the error stream as soon as no line of the program is begun there: at once, when it ends its line, or when it ends.
   * @param say writes whole lines
   */
  between(say: () => void): void {
    this.writeTaken()
    this.asides.push(say)
    const offered = this.screen.state === WRITER || this.error.state === WRITER
    if (!offered) this.sayAsides() // what is offered came before: the next slice takes it
  }

  private sayAsides(): void {
    if (isBegun(this.err) || (this.options.together === true && isBegun(this.out))) return
    this.out.push()
    this.err.push()
    for (const say of this.asides.splice(0)) say()
  }

  /** @returns when all output kept here has reached its streams */
  async flush(): Promise<void> {
    await Promise.all([this.out.flush(), this.err.flush()])
  }

  /**
   * Ends the console: no process of the kernel will run any more.
   * @returns when what the program has output has reached its streams, which are then as they were found
   */
  async finish(): Promise<void> {
    this.typed.release()
    await this.settle()
    if (this.asides.length > 0) {
      if (isBegun(this.err) || (this.options.together === true && isBegun(this.out))) this.err.write(LINE_FEED)
      await this.flush()
      for (const say of this.asides.splice(0)) say()
    }
    this.out.release()
    this.err.release()
  }

  /**
   * For a checkpoint, while the kernel does not run.
   * @returns when nothing that the program has output is held here or in a stream
   */
  async settle(): Promise<void> {
    this.writeTaken()
    await this.flush()
  }

  /**
   * Before the console is captured, while the kernel does not run: everything that the program has output is in the streams, which take it at once,
   * and our processes wait for nothing but the program and what is typed. What has been written counts as written: whoever waits for room has its answer.
   */
  rest(): void {
    this.pushAll()
    for (const p of this.writers) if (p.state === HOST) this.kernel.wake(p, 0)
    const { keyboard } = this.ours
    if (keyboard.state === HOST) keyboard.value = FOR_KEYS
    if (keyboard.state === READY && keyboard.frame.pc === 1) {
      this.typed.shift() // taken; only our process has not gone on since
      keyboard.frame.pc = 0
    }
    for (const { written } of this.waiting.splice(0)) written()
  }

  /** Hands everything that the program has output to the streams, while the kernel does not run. */
  pushAll(): void {
    this.writeTaken()
    this.out.push()
    this.err.push()
  }

  get processes(): ConsoleProcesses {
    return this.ours
  }

  /** Has what its processes do watched from now on. @param watched gives what they do instead of what they did */
  watch(watched: (actions: ConsoleActions) => ConsoleActions): void {
    const [keyboard, screen, error] = [readerOf(this.ours.keyboard), writerOf(this.ours.screen), writerOf(this.ours.error)]
    if (keyboard === undefined || screen === undefined || error === undefined) return
    const { heard } = keyboard
    const { typed } = this
    const keys: Keys = {
      peek: () => (heard() ? typed.peek() : undefined),
      shift: () => {
        typed.shift()
      },
      get ended() {
        return heard() && typed.ended
      },
    }
    const actions = watched({ keys, screen: screen.sink, error: error.sink })
    keyboard.typed = actions.keys
    keyboard.heard = (): boolean => true
    screen.sink = actions.screen
    error.sink = actions.error
  }

  /** The processes were captured after `rest`, and are taken back. */
  adopt(processes: ConsoleProcesses): void {
    this.ours = processes
    const [keyboard, screen, error] = [readerOf(processes.keyboard), writerOf(processes.screen), writerOf(processes.error)]
    if (keyboard !== undefined) {
      keyboard.typed = this.typed
      keyboard.heard = (): boolean => this.options.wantedElsewhere?.(this.keyboard) ?? true
    }
    if (screen !== undefined) screen.sink = this.sinkOf(this.out, this.err)
    if (error !== undefined) error.sink = this.sinkOf(this.err, this.out)
  }

  private get keyboardProcess(): Process {
    return this.ours.keyboard
  }

  /** Screen, error. */
  private get writers(): readonly [Process, Process] {
    return [this.ours.screen, this.ours.error]
  }

  /** Writes what our processes have taken from the program and, as they have not run since, not yet written. */
  private writeTaken(): void {
    writeTaken(this.ours)
  }

  /** As `state`, of what is here already: the stream is not asked for more. Nothing happens. */
  get typedHere(): Uint8Array {
    const p = this.keyboardProcess
    const here = this.typed.here()
    return p.state === READY && p.frame.pc === 1 ? here.subarray(1) : here // taken; only our process has not gone on since
  }

  /** @returns what was typed and not taken by the program, while the kernel does not run. */
  state(): TypedState {
    const p = this.keyboardProcess
    if (p.state === READY && p.frame.pc === 1) {
      this.typed.shift() // taken; only our process has not gone on since
      p.frame.pc = 0
    }
    return this.typed.state()
  }

  private sinkOf(sink: Sink, other: Sink): (byte: number) => boolean {
    const { printed } = this.options
    const take = (byte: number): boolean => {
      if (other.holding) other.push()
      if (byte === FLUSH) sink.push()
      else {
        sink.write(byte)
        if (byte === LINE_FEED && this.asides.length > 0) this.sayAsides()
      }
      return !sink.full
    }
    if (printed === undefined) return take
    const from = sink === this.out ? 'screen' : 'error'
    return (byte) => {
      if (byte !== FLUSH) printed(from, 1)
      return take(byte)
    }
  }

  private drained(): void {
    const [screen, error] = this.writers
    if (screen.state === HOST && !this.out.full) this.kernel.wake(screen, 0)
    if (error.state === HOST && !this.err.full) this.kernel.wake(error, 0)
    const done = this.waiting.filter(({ sink }) => !sink.full)
    this.waiting = this.waiting.filter(({ sink }) => sink.full)
    for (const { written } of done) written()
    this.options.poke()
  }

  private came(): void {
    while (this.readers.length > 0 && this.readable) {
      const reader = this.readers.shift()
      reader?.later(this.take(reader.most))
    }
    if (this.readers.length > 0) this.typed.want(this.offered)
    if (this.keyboardSought) this.offerKeys()
    this.options.poke()
  }

  /** Somebody waits for a key. */
  private offerKeys(): void {
    if (this.typed.available || this.typed.ended) this.kernel.wake(this.keyboardProcess, 0)
    else this.typed.want()
  }

  /** How many bytes the keyboard's process has offered: none or one, which is the channel's. */
  private get offered(): number {
    return this.keyboardProcess.frame.pc
  }

  /** Whether descriptor 0 has bytes, or is at its end. */
  private get readable(): boolean {
    return this.typed.ended || this.typed.count > this.offered
  }

  /** Takes bytes for descriptor 0. */
  private take(most: number): Uint8Array {
    return this.typed.take(most, this.offered)
  }
}
