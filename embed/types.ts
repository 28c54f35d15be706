/** The types of a program's PROCs as TypeScript sees them; `godwit types FILE` writes them for a program. */
import type { Sizes } from '../runtime/outside/entry.ts'
import type { Services } from '../runtime/outside/services.ts'

/** What may be sent where `T` would be received: strings for bytes, arrays of numbers for typed arrays, and no `values` for a tag that has none. */
export type Sendable<T> = T extends Uint8Array
  ? Uint8Array | string | readonly number[]
  : T extends Int16Array | Int32Array | Float32Array | Float64Array
    ? T | readonly number[]
    : T extends BigInt64Array
      ? BigInt64Array | readonly bigint[]
      : T extends { readonly tag: infer Tag; readonly values: readonly [] }
        ? { readonly tag: Tag; readonly values?: readonly [] }
        : T extends object
          ? { readonly [Key in keyof T]: Sendable<T[Key]> }
          : T

/** The outside of a channel that the program inputs from. */
export interface SendingEnd<T> {
  /** As the program calls it: `in`, `a[2]`. */
  readonly name: string
  /**
   * Sends a message.
   * @returns when a process of the program has taken it
   * @throws (as a rejection) ValueError when it does not fit the protocol; OutsideError R0706 after `end ()`, R0707 when the program has ended, R0708 when it
   *   was stopped; ProgramFault, Deadlock when it ends so; the reason of the signal when that comes before a process knows of the message
   */
  send(message: T, options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Nothing more will be sent: a process that waits at the channel then waits in vain. What is on its way is still sent. */
  end(): void
}

/** The outside of a channel that the program outputs on. Messages are taken from the program only when they are asked for. */
export interface ReceivingEnd<T> extends AsyncIterable<T> {
  readonly name: string
  /**
   * Takes the next message.
   * @throws (as a rejection) OutsideError R0706 after `end ()`, R0707 when the program has ended, R0708 when it was stopped; ProgramFault, Deadlock when it
   *   ends so; the reason of the signal
   */
  receive(options?: { readonly signal?: AbortSignal }): Promise<T>
  /** Messages one after the other, until the program has ended. `for await` over the end itself does the same, without a signal. */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<T>
  [Symbol.asyncIterator](): AsyncIterableIterator<T>
  /** Nothing more will be received: a process that outputs on the channel then waits in vain. */
  end(): void
}

/** An end of which nothing is known at compile time, or an array of them. */
export interface UntypedEnd extends SendingEnd<unknown>, ReceivingEnd<unknown> {
  readonly [index: number]: UntypedEnd
}

/** What a PROC looks like. */
export interface ProcTypes {
  /** Its VAL parameters. */
  readonly arguments: object
  /** Its arrays of channels whose sizes are open. */
  readonly sizes: object
  readonly channels: object
}

/** A PROC of which nothing is known at compile time. */
export interface UntypedProc {
  readonly arguments: Readonly<Record<string, unknown>>
  readonly sizes: Readonly<Record<string, Sizes>>
  readonly channels: Readonly<Record<string, UntypedEnd>>
}

/** What a program looks like. */
export interface ProgramTypes {
  /** Its PROCs, by name. */
  readonly procs: object
  /** The functions of its services, by name. */
  readonly services: object
}

/** A program of which nothing is known at compile time. */
export interface UntypedProgram {
  readonly procs: Readonly<Record<string, UntypedProc>>
  readonly services: Services
}

/** Programs whose types are known, by the path that `load` is given; `godwit types` adds to it. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- declarations of programs are merged into it
export interface Programs {}

/** The names of the PROCs of a program. */
export type ProcName<T extends ProgramTypes> = Extract<keyof T['procs'], string>

/** What the PROC of that name looks like. */
export type ProcOf<T extends ProgramTypes, Name extends ProcName<T>> = T['procs'][Name] extends ProcTypes ? T['procs'][Name] : never

// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- what a type accepts that needs nothing
type Nothing = Record<never, never>

/** A key that has to be there when what it holds has to. */
export type Needed<Key extends string, Value extends object> = Nothing extends Value
  ? { readonly [K in Key]?: Value }
  : { readonly [K in Key]: Value }

/** Options may be left out when nothing in them is needed. */
export type Given<Options> = Nothing extends Options ? [options?: Options] : [options: Options]
