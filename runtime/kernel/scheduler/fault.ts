/** Run-time faults: what stops a program, in the program's own terms. */
import type { Process, Unit } from './state.ts'
import type { Value } from './value.ts'

/** Every fault the running program can be the cause of. `godwit explain` has a page for each. */
export const faultTitles = {
  R0101: 'STOP',
  R0102: 'assertion failed',
  R0103: 'no condition of the IF is true',
  R0104: 'no option of the CASE matches',
  R0105: 'no guard of the ALT is enabled',
  R0106: 'negative replicator count',
  R0107: 'CAUSEERROR',
  R0108: 'replicator step of zero',
  R0109: 'two processes use one end of a channel at the same time',
  R0110: 'the memory is used up',
  R0111: 'a service failed',
  R0201: 'integer overflow',
  R0202: 'division by zero',
  R0203: 'index out of range',
  R0204: 'slice out of range',
  R0205: 'shift out of range',
  R0206: 'conversion out of range',
  R0207: 'array sizes differ',
  R0208: 'real overflow or invalid operation',
  R0209: 'RETYPES between different sizes',
  R0210: 'counted array longer than its buffer',
  R0211: 'array too large',
  R0212: 'nothing there',
  R0213: 'an end of another channel type',
  R0214: 'one variable with two names',
} as const

export type FaultCode = keyof typeof faultTitles

/** Values that caused a fault, named as in the text where they have a name there. Text stands for itself. */
export type FaultValues = readonly (readonly [name: string, value: Value | string])[]

/**
 * Thrown by generated code and caught by the scheduler, which adds the process. `site` is an index into the unit's debug table; a fault that
 * the kernel finds has no unit, and its place is where its process is suspended.
 */
export class Fault extends Error {
  override readonly name = 'Fault'
  constructor(
    readonly code: FaultCode,
    readonly unit: Unit | undefined,
    readonly site: number,
    readonly values: FaultValues = [],
    /** Other processes that have to do with it, each suspended where it has. */
    readonly others: readonly Process[] = [],
  ) {
    super(faultTitles[code])
  }

  /** The process that is the cause, when it may be another one than ran when it was found. */
  blamed: Process | undefined
}
