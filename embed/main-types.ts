/** What a main process types and shows, as TypeScript gives and gets it. */
import type { Ending } from './run.ts'

/** Text, or bytes. */
export type Typed = string | Uint8Array

/** Gets what is shown, as text; what it returns may be a promise: then the program waits for it when it has much more to say. */
export type Shown = (text: string) => unknown

export interface MainOptions {
  /** What is typed; at its end the program reads 255, as ever. Absent: nothing. */
  readonly keyboard?: Typed | Iterable<Typed> | AsyncIterable<Typed>
  /** Absent: it is collected, and the result has it. */
  readonly screen?: Shown
  readonly error?: Shown
}

/** How a main process has ended, and what it has shown that was not given away. */
export interface MainEnding extends Ending {
  readonly screen: string
  readonly error: string
}
