/** A program that was compiled, whose PROCs can be started. */
import type { Program as Code } from '../runtime/code/program.ts'
import type { CodeStore } from '../runtime/code/store.ts'
import { entryNamed, loadEntry, prepareEntry } from '../runtime/outside/entry.ts'
import type { Entry, EntryArguments, PreparedEntry } from '../runtime/outside/entry.ts'
import { NO_TERMINAL, prepareMain } from '../runtime/outside/main-entry.ts'
import { LocalRun } from '../runtime/outside/local-run.ts'
import type { LocalRunOptions } from '../runtime/outside/local-run.ts'
import type { NodesRunOptions } from '../runtime/node/commands/outside-run.ts'
import type { Services } from '../runtime/outside/services.ts'
import type { ProgramInterface, ServiceDescription } from '../runtime/program-interface.ts'
import { abortReason, onAbort } from '../runtime/outside/abort.ts'
import { Terminal } from './terminal.ts'
import type { MainEnding, MainOptions } from './main-types.ts'
import { endsOf, RunState } from './run.ts'
import type { Run } from './run.ts'
import { requireMainOptions, requireRunOptions } from './run-options.ts'
import type { Loose, RunOptions } from './run-options.ts'
import type { Given, Needed, ProcName, ProcOf, ProcTypes, ProgramTypes, UntypedProgram } from './types.ts'

/** What a PROC is started with. */
export type StartOptions<Proc extends ProcTypes> = RunOptions & Needed<'arguments', Proc['arguments']> & Needed<'sizes', Proc['sizes']>

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
    const { signal, denied, args, nodes, threads, cluster, roam, seed, ...given } = (options ?? {}) as RunOptions & EntryArguments
    const { code, shown, source } = this.#parts
    const entry = entryNamed(shown, name, source)
    const { channels, state, stop } = await this.#launch(
      { signal, denied, args, nodes, threads, cluster, roam, seed },
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
    requireMainOptions({ keyboard, screen, error })
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
      const started = await this.#launch(options, manifest.main?.name ?? '', (store) =>
        prepareMain(manifest, store, options.denied?.includes('terminal') === true ? NO_TERMINAL : terminal),
      )
      stop = started.stop
      if (failure !== undefined) stop(failure)
      const ending = await started.state.ended
      const collected = await terminal.finish()
      if (failure !== undefined) throw failure // the program had ended when the last of its output was shown
      return { ...ending, ...collected }
    } finally {
      terminal.close()
    }
  }

  /** Starts what `prepare` makes of the code in a store, here or on nodes. */
  async #launch(
    { signal, denied, args, nodes, threads, cluster, roam, seed }: Loose<RunOptions>,
    entry: string,
    prepare: (store: CodeStore) => Promise<PreparedEntry>,
  ): Promise<Started & { readonly state: RunState }> {
    requireRunOptions({ signal, denied, args, nodes, threads, cluster, roam, seed })
    signal?.throwIfAborted()
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
      nodes === undefined && threads === undefined && cluster === undefined
        ? startHere(prepared, about)
        : await startOnNodes(
            { ...about, entry, code, nodes: nodes ?? threads ?? 0, threads: threads !== undefined, prepare, ...where },
            signal,
          )
    if (signal?.aborted === true) void started.stop(abortReason(signal))
    else
      unlisten = onAbort(signal, (reason) => {
        void started.stop(reason)
      })
    return { ...started, state }
  }
}

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
