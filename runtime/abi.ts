/**
 * The contract between generated code and the runtime: what a compiled unit may import, and nothing else.
 * Its version is stamped into every unit and snapshot. See docs/decisions/0002-form-of-generated-code.md for how the pieces are used.
 */

export { ABI_VERSION } from './kernel/scheduler/abi-version.ts'
export { Channel, NO_CHANNEL, Frame, Join, Process } from './kernel/scheduler/state.ts'
export { put, putArray, take } from './kernel/scheduler/channel.ts'
export { altChannel, altSkip, altStart, altTimer, altWait, peek } from './kernel/scheduler/alt.ts'
export { altSync, altSyncStart } from './kernel/scheduler/alt-sync.ts'
export { guardSet } from './kernel/scheduler/guard-set.ts'
export type { GuardSet } from './kernel/scheduler/guard-set.ts'
export { branch, channels, clock, enter, fork, forks, host, join, leave, meter } from './kernel/scheduler/kernel.ts'
export { par, pass, preempt, replica, sleep, spareOf } from './kernel/scheduler/kernel.ts'
export { unit } from './kernel/scheduler/unit.ts'
export {
  blanks,
  cloned,
  compound,
  extent,
  isDefined,
  Mobile,
  NO_MOBILE,
  NO_REFERENCES,
  resized,
  resizedParts,
} from './kernel/scheduler/mobile.ts'
export { drop } from './kernel/scheduler/drop.ts'
export { asEnd, bundle, claimOf, endOf, fieldOf } from './kernel/scheduler/ends.ts'
export {
  barrier,
  barrierIn,
  claim,
  enroll,
  lock,
  locks,
  mobileBarrier,
  release,
  Monitor,
  NO_MONITOR,
  NO_MONITORS,
  resign,
  sync,
} from './kernel/scheduler/monitor.ts'
export { activate, agent, awaken, leftIn, retrieve, suspend } from './kernel/scheduler/agents.ts'
export { enlist, escape, forking, spawn, unlist } from './kernel/scheduler/forks.ts'
export type { Reference, TypedArray, Value } from './kernel/scheduler/value.ts'

export * from './kernel/numeric/arithmetic.ts'
export * from './kernel/numeric/arrays.ts'
export * from './kernel/scheduler/raise.ts'
export * from '../numbers/conversion.ts'
export { nan } from '../numbers/nan.ts'
export * from '../numbers/predefined.ts'
