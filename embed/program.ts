/** A program that was compiled, whose PROCs can be started. */
import type { Program as Code } from '../runtime/code/program.ts'
import type { CodeStore } from '../runtime/code/store.ts'
import type { Deniable } from '../runtime/host/home-services.ts'
import { entryNamed, loadEntry, prepareEntry } from '../runtime/outside/entry.ts'
import type { Entry, EntryArguments, PreparedEntry } from '../runtime/outside/entry.ts'
import { prepareMain } from '../runtime/outside/main-entry.ts'
import { LocalRun } from '../runtime/outside/local-run.ts'
import type { LocalRunOptions } from '../runtime/outside/local-run.ts'
import type { NodesRunOptions } from '../runtime/node/commands/outside-run.ts'
import { OutsideError } from '../runtime/outside/outside-error.ts'
import { show } from '../runtime/outside/misfit.ts'
import type { Services } from '../runtime/outside/services.ts'
import type { ProgramInterface, ServiceDescription } from '../runtime/program-interface.ts'
import { abortReason, onAbort } from '../runtime/outside/abort.ts'
import { Terminal } from './terminal.ts'
import type { MainEnding, MainOptions } from './main-types.ts'
import { endsOf, RunState } from './run.ts'
import type { Run } from './run.ts'
import type { Given, Needed, ProcName, ProcOf, ProcTypes, ProgramTypes, UntypedProgram } from './types.ts'

/** How a PROC is run, whichever it is. */
export interface RunOptions {
  /** Stops the run; `ended` rejects with its reason. */
  readonly signal?: AbortSignal
  /** What the program may not do. */
  readonly denied?: readonly Deniable[]
  /** Arguments of the program, as its library calls give them. */
  readonly args?: readonly string[]
  /** Starts so many nodes, OS processes of this machine, and runs the program on them. Absent, as `cluster` is: it runs in this OS process. */
  readonly nodes?: number
  /** Runs the program on the nodes of this cluster: a run directory, or the address of NATS servers, `nats://HOST:PORT`. */
  readonly cluster?: string
  /** On each node, a random process is moved to a random node every so many milliseconds. */
  readonly roam?: number
  /** Seeds what `roam` chooses. */
  readonly seed?: number
}

/** What a PROC is started with. */
export type StartOptions<Proc extends ProcTypes> = RunOptions & Needed<'arguments', Proc['arguments']> & Needed<'sizes', Proc['sizes']>

/** @throws OutsideError R0704 */
function requireSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new OutsideError(
      'R0704',
      `\`signal\` is an AbortSignal, and was given as ${show(signal)}`,
      'give the signal of an AbortController',
    )
}

/** Nodes that one run starts, at most. */
const MOST_NODES = 64

/** @throws OutsideError R0704 when it cannot be run there */
function requirePlace({ nodes, cluster, roam, seed }: { readonly [Key in 'nodes' | 'cluster' | 'roam' | 'seed']: unknown }): void {
  const wrong = (message: string, help: string): OutsideError => new OutsideError('R0704', message, help)
  if (nodes !== undefined && cluster !== undefined)
    throw wrong('`nodes` and `cluster` exclude each other', '`nodes` starts nodes of its own, `cluster` uses those that are there')
  if (nodes !== undefined && !(Number.isInteger(nodes) && Number(nodes) >= 1 && Number(nodes) <= MOST_NODES))
    throw wrong(`\`nodes\` is a whole number from 1 to ${MOST_NODES}, and was given as ${show(nodes)}`, 'give how many nodes to start')
  if (cluster !== undefined && (typeof cluster !== 'string' || cluster === ''))
    throw wrong(`\`cluster\` is a text, and was given as ${show(cluster)}`, 'give a run directory, or the address of NATS servers')
  for (const [name, value] of Object.entries({ roam, seed })) {
    if (value === undefined) continue
    if (nodes === undefined && cluster === undefined) throw wrong(`\`${name}\` is for programs on nodes`, 'give `nodes` or `cluster`, too')
    if (typeof value !== 'number' || !(value >= 0)) throw wrong(`\`${name}\` is a number, and was given as ${show(value)}`, 'give a number')
  }
}

/** What a program is made of. */
export interface ProgramParts {
  readonly source: string
  readonly code: Code
  readonly shown: ProgramInterface
  readonly store: CodeStore
  readonly warnings: string
  readonly declared: readonly ServiceDescription[]
  readonly services: Services
}

export class Program<T extends ProgramTypes = UntypedProgram> {
  /** Path of its text. */
  readonly source: string
  /** What the compiler has warned of, as it prints that; empty when there was nothing. */
  readonly warnings: string
  readonly #parts: ProgramParts

  /** @internal */
  constructor(parts: ProgramParts) {
    this.#parts = parts
    this.source = parts.source
    this.warnings = parts.warnings
  }

  /** The names of its PROCs, in the order of the text. */
  get procs(): readonly ProcName<T>[] {
    return this.#parts.shown.entries.map(({ name }) => name as ProcName<T>) // the types were written from the same interface
  }

  /**
   * Starts a PROC in this OS process.
   * @param name of a PROC at the top level of the file
   * @returns when it has been started
   * @throws (as a rejection) OutsideError R0702 (no such PROC), R0703 (it cannot be started from outside), R0704 and ValueError (its arguments); CodeError,
   *   RunError; the reason of the signal
   */
  async start<Name extends ProcName<T>>(
    name: Name,
    ...[options]: Given<StartOptions<ProcOf<T, Name>>>
  ): Promise<Run<ProcOf<T, Name>['channels']>> {
    // whatever they are, they are looked at
    const { signal, denied, args, nodes, cluster, roam, seed, ...given } = (options ?? {}) as RunOptions & EntryArguments
    const { code, shown, source } = this.#parts
    const entry = entryNamed(shown, name, source)
    const { channels, state, stop } = await this.#launch(
      { signal, denied, args, nodes, cluster, roam, seed },
      entry.machine,
      async (store) => prepareEntry(shown, entry, await loadEntry(code.manifest, store, entry), given),
    )
    return {
      channels: endsOf(channels), // the types were written from the same interface
      ended: state.ended,
      stop: () => stop(),
    }
  }

  /**
   * Runs the main process: the last PROC of the file, with `CHAN BYTE keyboard?, screen!, error!`, each of them optional.
   * @returns when it has ended, with what it has shown
   * @throws (as a rejection) ProgramFault, Deadlock and the other errors of `ended`; OutsideError R0703 when there is no main process; the reason of the signal;
   *   whatever the keyboard, or who is shown, throws
   */
  async run({ keyboard, screen, error, ...options }: RunOptions & MainOptions = {}): Promise<MainEnding> {
    const { manifest } = this.#parts.code
    let failure: Error | undefined
    let stop: (reason?: Error) => unknown = () => undefined
    const terminal = new Terminal(
      {
        ...(keyboard === undefined ? {} : { keyboard }),
        ...(screen === undefined ? {} : { screen }),
        ...(error === undefined ? {} : { error }),
      },
      (reason) => {
        failure ??= reason
        stop(reason)
      },
    )
    try {
      const started = await this.#launch(options, manifest.main?.name ?? '', (store) => prepareMain(manifest, store, terminal))
      stop = started.stop
      if (failure !== undefined) stop(failure)
      const ending = await started.state.ended
      return { ...ending, ...terminal.collected }
    } finally {
      terminal.close()
    }
  }

  /** Starts what `prepare` makes of the code in a store, here or on nodes. */
  async #launch(
    { signal, denied, args, nodes, cluster, roam, seed }: Loose<RunOptions>,
    entry: string,
    prepare: (store: CodeStore) => Promise<PreparedEntry>,
  ): Promise<Started & { readonly state: RunState }> {
    requireSignal(signal)
    signal?.throwIfAborted()
    requirePlace({ nodes, cluster, roam, seed })
    const { code, store, source, declared, services } = this.#parts
    const prepared = await prepare(store) // what it is given is looked at first, wherever it is to run
    signal?.throwIfAborted()
    let unlisten: (() => void) | undefined
    const state = new RunState(() => unlisten?.())
    const about: LocalRunOptions = {
      source,
      services: { declared, provided: services },
      listener: state,
      ...(denied === undefined ? {} : { denied }),
      ...(args === undefined ? {} : { args }),
    }
    const where = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(roam === undefined ? {} : { roam }),
      ...(seed === undefined ? {} : { seed }),
    }
    const started =
      nodes === undefined && cluster === undefined
        ? startHere(prepared, about)
        : await startOnNodes({ ...about, entry, code, nodes: nodes ?? 0, prepare, ...where }, signal)
    if (signal?.aborted === true) void started.stop(abortReason(signal))
    else
      unlisten = onAbort(signal, (reason) => {
        void started.stop(reason)
      })
    return { ...started, state }
  }
}

/** Options that may be given as undefined. */
type Loose<Options> = { readonly [Key in keyof Options]: Options[Key] | undefined }

/** A run that has been started. */
interface Started {
  readonly channels: Entry['channels']
  readonly stop: (reason?: Error) => Promise<void>
}

function startHere(prepared: PreparedEntry, options: LocalRunOptions): Started {
  const run = new LocalRun(prepared, options)
  run.start()
  return {
    channels: run.channels,
    stop: (reason) => {
      run.stop(reason)
      return Promise.resolve()
    },
  }
}

async function startOnNodes(options: NodesRunOptions, signal: AbortSignal | undefined): Promise<Started> {
  const { NodesRun } = await import('../runtime/node/commands/outside-run.ts')
  const run = new NodesRun(options)
  const { channels } = await run.start(signal)
  return { channels, stop: (reason) => run.stop(reason) }
}
