/** Running a whole program in this OS process: its console is the terminal, its end is ours. */
import type { Program } from '../code/program.ts'
import type { CodeStore } from '../code/store.ts'
import type { AuditLog } from '../host/audit.ts'
import { Console, isConsole } from '../host/console.ts'
import { HomeServices } from '../host/home-services.ts'
import type { HomeState } from '../host/home-services.ts'
import { loneHost } from '../host/lone-host.ts'
import { standardInput } from '../host/stdin.ts'
import type { TypedState } from '../host/typed.ts'
import { Kernel } from '../kernel/scheduler/kernel.ts'
import type { World } from '../kernel/scheduler/kernel.ts'
import { ProgramClock } from './clock.ts'
import type { LoneGateway } from '../gateway/lone.ts'
import { memoryGauge } from './memory.ts'
import { loadMain, mainFrame, requireAbi } from './main-frame.ts'
import type { Recorder } from './recording/recorder.ts'
import type { RecordedEnd } from './recording/recording.ts'
import { RunError } from './run-error.ts'
import { Session } from './session.ts'
import type { LocalOptions, Outcome, SessionParts } from './session.ts'

export type { CheckpointOrder, LocalOptions, Outcome } from './session.ts'

/**
 * Runs a program from its beginning to its end.
 * @returns how it ended, when all output has been written
 * @throws CodeError, RunError (as a rejection) when it cannot be started
 */
export async function runLocal(program: Program, options: LocalOptions): Promise<Outcome> {
  const { manifest, units } = program
  for (const unit of units) options.store.put(unit)
  const machine = await loadMain(manifest, options.store)
  const parameters = manifest.main?.parameters ?? []
  const { args = [] } = options
  return begin(program, options, { time: 0, home: { source: manifest.source, args, files: [] } }, (kernel, { channels }) => {
    kernel.start(mainFrame(machine, parameters, (end) => channels[end]))
  })
}

/**
 * Goes on with a program from a checkpoint file.
 * @returns as `runLocal`
 * @throws RunError R0511 to R0516, CodeError (as a rejection) when the file is not one to go on from
 */
export async function restoreLocal(file: string, options: LocalOptions): Promise<Outcome> {
  const [{ readCheckpoint }, { restoreProgram, SnapshotError }] = await Promise.all([
    import('./checkpoint.ts'),
    import('../kernel/snapshot/snapshot.ts'),
  ])
  const { program, time, typed, home, snapshot } = readCheckpoint(file)
  const { manifest } = program
  requireAbi(manifest)
  for (const unit of program.units) options.store.put(unit)
  const loaded = await options.store.loadAll(program.units.map(({ hash }) => hash))
  return begin(program, options, { time, typed, home }, (kernel, { channels }) => {
    try {
      restoreProgram(kernel, snapshot, (hash) => loaded.get(hash), channels, { pending: offeredAgain })
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error
      throw new RunError(
        'R0516',
        `${file} does not fit its own code: ${error.message}`,
        'go on from an earlier checkpoint, or run the program from its beginning',
      )
    }
  })
}

/** A key that was offered and not taken is still among those that were typed: the console offers it by itself. */
function offeredAgain(): void {
  // nothing is left to do
}

/** What there is of the world of a program when it begins. */
interface Beginning {
  /** Microseconds of program time that have passed already. */
  readonly time: number
  readonly typed?: TypedState
  readonly home: HomeState
}

/** @param populate puts the program's processes into the kernel */
async function begin(
  program: Program,
  options: LocalOptions,
  { time, typed, home: before }: Beginning,
  populate: (kernel: Kernel, console: Console) => void,
): Promise<Outcome> {
  const clock = new ProgramClock(time)
  const gateway = await openGateway(options, () => {
    session.poke()
  })
  const audit = options.audit === undefined ? undefined : await auditIn(options.audit, program.manifest.source)
  const { limits } = options
  const limited = limits === undefined ? undefined : await import('./local-limits.ts')
  const home = new HomeServices({
    ...before,
    ...(options.denied === undefined ? {} : { denied: options.denied }),
    ...(gateway === undefined ? {} : { net: () => gateway.connections }),
    ...(audit === undefined ? {} : { audit }),
    auditFailed: (error) => {
      session.fail(() => Promise.resolve(error))
    },
    poke: () => {
      session.poke()
    },
    ...(limits?.files === undefined ? {} : { mostFiles: limits.files }),
    ...(limits?.calls === undefined ? {} : { mostCalls: limits.calls }),
    exit: (status) => {
      session.exit(status)
    },
    cannotServe: (name, reason) => {
      session.fail(async () => (await import('../gateway/cannot-serve.ts')).cannotServe(name, reason))
    },
  })
  const silent = options.denied?.includes('terminal') === true ? (await import('../host/silence.ts')).SILENCE : {}
  const gauge = memoryGauge()
  const memory = limits === undefined || limited === undefined ? gauge : limited.gaugeWithin(limits, () => kernel, gauge)
  const world: World = { now: () => clock.now(), host: loneHost(home), memory }
  const recorder = await openRecorder(program, options, (error) => {
    session.fail(() => Promise.reject(error))
  })
  const { last } = options
  const watched = last === undefined ? undefined : (await import('./last-choices.ts')).watchedForLast(world, last)
  const kernel: Kernel = watched?.kernel ?? recorder?.kernel(world) ?? new Kernel(world)
  const { stdin = standardInput, raw = false, store } = options
  const streams = [options.stdout ?? process.stdout, options.stderr ?? process.stderr] as const
  const [stdout, stderr] =
    limits === undefined || limited === undefined
      ? streams
      : limited.outputWithin(limits, streams, (error) => {
          session.fail(() => Promise.resolve(error))
        })
  const parts: SessionParts = {
    kernel,
    clock,
    console: (events) => {
      const console = new Console(kernel, { stdin, stdout, stderr, raw, ...silent, ...(typed === undefined ? {} : { typed }), ...events })
      home.streams = console
      recorder?.watch(console)
      populate(kernel, console)
      return console
    },
    save: (file, console) => save(file, program, store, clock, kernel, console, home),
    home,
    ...(watched === undefined ? {} : { last: () => watched.choices.list() }),
    ...(gateway === undefined ? {} : { net: gateway.connections }),
  }
  const session = new Session(parts, options)
  try {
    const outcome = await session.run()
    recorder?.finish(endOf(outcome), outcome.kind === 'exited' ? outcome.status : 0)
    return outcome
  } finally {
    home.finish()
    await gateway?.finish()
  }
}

/** @throws RunError R0515 when the run cannot be recorded */
async function openRecorder(
  { manifest: { main, source } }: Program,
  { record, args = [] }: LocalOptions,
  failed: (error: RunError) => void,
): Promise<Recorder | undefined> {
  if (record === undefined || main === undefined) return undefined
  const { Recorder: Made } = await import('./recording/recorder.ts')
  return new Made(record, { program: main.unit, source, args }, failed)
}

/** @returns how a run has ended, as its recording says it */
function endOf({ kind }: Outcome): RecordedEnd {
  return kind === 'checkpointed' ? 'interrupted' : kind
}

/** Begins the log of effects. @throws NodeError R0453 */
async function auditIn(file: string, source: string): Promise<AuditLog> {
  const { AuditLog: Log } = await import('../host/audit.ts')
  const audit = new Log(file, () => source, 'local')
  audit.open()
  return audit
}

/** Opens the ports for clients, if there are to be any. @throws NodeError R0451 */
async function openGateway({ listen, limits }: LocalOptions, poke: () => void): Promise<LoneGateway | undefined> {
  if (listen === undefined) return undefined
  const { LoneGateway: Lone } = await import('../gateway/lone.ts')
  const gateway = new Lone(poke, limits?.connections)
  await gateway.open(listen.addresses, listen.notice)
  return gateway
}

/** Writes a checkpoint of the program as it stands. @returns the size of the file */
async function save(
  file: string,
  { manifest, units }: Program,
  store: CodeStore,
  clock: ProgramClock,
  kernel: Kernel,
  console: Console,
  home: HomeServices,
): Promise<number> {
  const [{ writeCheckpoint }, { captureProgram }] = await Promise.all([import('./checkpoint.ts'), import('../kernel/snapshot/snapshot.ts')])
  const roots = [...kernel.roots].filter((p) => !isConsole(p))
  const known = new Map(units.map((unit) => [unit.hash, unit])) // the store may have been deleted meanwhile
  return writeCheckpoint(file, {
    program: { manifest, units: manifest.units.map(({ hash }) => known.get(hash) ?? store.get(hash)) },
    time: clock.now(),
    typed: console.state(),
    home: home.state(),
    snapshot: captured(file, () => captureProgram(kernel, roots, console.channels)),
  })
}

/** @throws RunError R0515 when a program is too large for a checkpoint */
function captured(file: string, capture: () => Uint8Array): Uint8Array {
  try {
    return capture()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'SnapshotError')) throw error
    throw new RunError(
      'R0515',
      `cannot write the checkpoint ${file}: ${error.message}`,
      'the program goes on; write a checkpoint when its arrays are smaller',
    )
  }
}
