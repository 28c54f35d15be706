/**
 * The contract between generated code and the runtime: what a compiled unit may import, and nothing else.
 * Its version is stamped into every unit and snapshot. See docs/decisions/0002-form-of-generated-code.md for how the pieces are used.
 */

export { ABI_VERSION } from './kernel/abi-version.ts'
export { Channel, channels, NO_CHANNEL, put, putArray, take } from './kernel/channel.ts'
export { altChannel, altSkip, altStart, altTimer, altWait } from './kernel/alt.ts'
export { branch, clock, enter, fork, host, join, leave, meter, pass, preempt, sleep } from './kernel/kernel.ts'
export { Frame, Join, Process } from './kernel/process.ts'
export { unit } from './kernel/unit.ts'
export type { TypedArray, Value } from './kernel/value.ts'

export * from './kernel/arithmetic.ts'
export * from './kernel/arrays.ts'
export * from './kernel/raise.ts'
export * from '../numbers/conversion.ts'
export * from '../numbers/predefined.ts'
