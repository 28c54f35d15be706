/** What every stage of the compiler returns: the best value it could make, and what was wrong. */
import type { Diagnostic } from './diagnostic.ts'

/** A stage never throws for a fault of the program: the value is complete but for the parts that were reported. */
export interface Result<T> {
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
}
