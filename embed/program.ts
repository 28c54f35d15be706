/** A program that was compiled, whose PROCs can be started. */
import type { Program as Code } from '../runtime/code/program.ts'
import type { CodeStore } from '../runtime/code/store.ts'
import type { Deniable } from '../runtime/host/home-services.ts'
import { entryNamed, loadEntry, prepareEntry } from '../runtime/outside/entry.ts'
import type { EntryArguments } from '../runtime/outside/entry.ts'
import { LocalRun } from '../runtime/outside/local-run.ts'
import type { Services } from '../runtime/outside/services.ts'
import type { ProgramInterface, ServiceDescription } from '../runtime/program-interface.ts'
import { abortReason } from '../runtime/outside/ends.ts'
import { endsOf, RunState } from './run.ts'
import type { Run } from './run.ts'
import type { ProcName, ProcOf, ProcTypes, ProgramTypes, UntypedProgram } from './types.ts'

/** How a PROC is run, whichever it is. */
export interface RunOptions {
  /** Stops the run; `ended` rejects with its reason. */
  readonly signal?: AbortSignal
  /** What the program may not do. */
  readonly denied?: readonly Deniable[]
  /** Arguments of the program, as its library calls give them. */
  readonly args?: readonly string[]
}

/** @internal A key that has to be there when what it holds has to. */
type Needed<Key extends string, Value extends object> = Nothing extends Value
  ? { readonly [K in Key]?: Value }
  : { readonly [K in Key]: Value }

/** @internal */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- what a type accepts that needs nothing
type Nothing = Record<never, never>

/** What a PROC is started with. */
export type StartOptions<Proc extends ProcTypes> = RunOptions & Needed<'arguments', Proc['arguments']> & Needed<'sizes', Proc['sizes']>

/** @internal Options may be left out when nothing in them is needed. */
type Given<Options> = Nothing extends Options ? [options?: Options] : [options: Options]

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
    const { signal, denied, args, ...given } = (options ?? {}) as RunOptions & EntryArguments // whatever it is, it is looked at
    signal?.throwIfAborted()
    const { code, shown, store, source, declared, services } = this.#parts
    const entry = entryNamed(shown, name, source)
    const prepared = prepareEntry(shown, entry, await loadEntry(code.manifest, store, entry), given)
    signal?.throwIfAborted()
    const state = new RunState()
    const run = new LocalRun(prepared, {
      source,
      services: { declared, provided: services },
      ...(denied === undefined ? {} : { denied }),
      ...(args === undefined ? {} : { args }),
      end: (end) => {
        signal?.removeEventListener('abort', abort)
        return state.end(end)
      },
    })
    const abort = (): void => {
      if (signal !== undefined) run.stop(abortReason(signal))
    }
    signal?.addEventListener('abort', abort)
    run.start()
    const channels = endsOf(run.channels) as ProcOf<T, Name>['channels'] // the types were written from the same interface
    return {
      channels,
      ended: state.ended,
      stop: () => {
        run.stop()
        return Promise.resolve()
      },
    }
  }
}
