/** Records a run while it happens: the kernel, the host and the console do what they do, and what they were given is written down. */
import type { Console, ConsoleActions } from '../../host/console.ts'
import { Kernel } from '../../kernel/scheduler/kernel.ts'
import type { RunResult, World } from '../../kernel/scheduler/kernel.ts'
import type { FaultValues } from '../../kernel/scheduler/fault.ts'
import { HOST } from '../../kernel/scheduler/state.ts'
import type { Process } from '../../kernel/scheduler/state.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { NodeError } from '../../node/node-error.ts'
import { RunError } from '../run-error.ts'
import { encodeHead, EntryWriter } from './recording.ts'
import type { RecordedEnd, RecordingHead } from './recording.ts'
import { RecordingFile } from './recording-file.ts'

/** Bytes that are kept before they are written to the file. */
const KEPT = 1 << 16
/** How long they are kept at most while the program waits or lets others run, milliseconds: so much is missing when the command is killed. */
const KEPT_MS = 100
/** The key that is offered for ever at the end of input. */
const END_OF_INPUT = 255

/** A kernel that says what it is given. */
class RecordedKernel extends Kernel {
  /** @param hears is told of each run, and of each process that is woken */
  constructor(
    world: World,
    private readonly hears: { run(fuel: number): void; wake(p: Process, value: Value): void },
  ) {
    super(world)
  }

  override run(fuel: number): RunResult {
    if (!this.stopped) this.hears.run(fuel)
    return super.run(fuel)
  }

  override wake(p: Process, value: Value): void {
    if (p.state === HOST) this.hears.wake(p, value)
    super.wake(p, value)
  }
}

export class Recorder {
  private readonly entries = new EntryWriter()
  private readonly file: RecordingFile
  private calls = 0
  /** By process: the number of its last call of the host. */
  private readonly callOf = new WeakMap<Process, number>()
  private sunk = 0
  /** The host is called: what it asks the clock is not the program's. */
  private calling = false
  /** Writes what is kept; undefined: nothing is, or the run is over. */
  private soon: NodeJS.Timeout | undefined

  /**
   * @param failed ends the run, which cannot be recorded any more
   * @throws RunError R0515 when the file cannot be written
   */
  constructor(
    path: string,
    head: RecordingHead,
    private readonly failed: (error: RunError) => void,
  ) {
    this.file = new RecordingFile(path)
    this.file.write(encodeHead(head))
  }

  /** @returns a kernel for a world, whose runs are recorded */
  kernel(world: World): Kernel {
    const { entries } = this
    const kernel: Kernel = new RecordedKernel(
      {
        ...world,
        now: () => {
          const at = Math.floor(world.now())
          if (kernel.running && !this.calling) entries.clock(at)
          return at
        },
        host: (p, service, actuals) => {
          this.callOf.set(p, this.calls++)
          this.calling = true
          const isDone = world.host(p, service, actuals)
          this.calling = false
          entries.write({ kind: 'answer', value: isDone ? (p.value as Value) : undefined }) // a service that is done has left its answer there
          return isDone
        },
        ...(world.memory === undefined
          ? {}
          : {
              memory: () => {
                const values = this.gauged(world)
                if (values !== undefined) entries.write({ kind: 'memory', values })
                return values
              },
            }),
      },
      {
        run: (fuel) => {
          if (entries.length > KEPT) this.writeTaken()
          this.soon ??= setTimeout(() => {
            this.soon = undefined
            this.writeTaken()
          }, KEPT_MS).unref()
          entries.run(fuel)
        },
        wake: (p, value) => {
          entries.write({ kind: 'wake', call: this.callOf.get(p) ?? 0, value })
        },
      },
    )
    return kernel
  }

  /** Asks how much memory is used. @throws NodeError R0441, which is recorded */
  private gauged(world: World): FaultValues | undefined {
    try {
      return world.memory?.()
    } catch (error) {
      if (error instanceof NodeError) this.entries.write({ kind: 'exceeded', message: error.message, help: error.help })
      throw error
    }
  }

  /** Records what a console does from now on. */
  watch(console: Console): void {
    const { keyboard, screen, error } = console.processes
    for (const [i, p] of [keyboard, screen, error].entries()) this.callOf.set(p, i - 3)
    console.watch(({ keys, ...sinks }): ConsoleActions => ({
      keys: {
        peek: () => {
          const key = keys.peek() ?? (keys.ended ? END_OF_INPUT : undefined)
          this.entries.write({ kind: 'key', key: key ?? -1 })
          return key
        },
        shift: () => {
          keys.shift()
        },
        ended: false,
      },
      screen: this.sink(sinks.screen),
      error: this.sink(sinks.error),
    }))
  }

  private sink(sink: (byte: number) => boolean): (byte: number) => boolean {
    return (byte) => {
      this.sunk++
      const hasRoom = sink(byte)
      if (!hasRoom) {
        this.entries.write({ kind: 'full', bytes: this.sunk })
        this.sunk = 0
      }
      return hasRoom
    }
  }

  /** The run is over. */
  finish(how: RecordedEnd, status: number): void {
    clearTimeout(this.soon)
    this.entries.write({ kind: 'end', how, status })
    this.file.write(this.entries.take())
    this.file.close()
  }

  /** Writes what is kept; the run ends when it cannot. */
  private writeTaken(): void {
    try {
      this.file.write(this.entries.take())
    } catch (error) {
      if (!(error instanceof RunError)) throw error
      this.failed(error)
    }
  }
}
