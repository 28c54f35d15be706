/** What `import 'godwit'` gives: programs as libraries of a Node.js program. See docs/embedding.md. */
export { load } from './load.ts'
export type { LoadOptions } from './load.ts'
export { Program } from './program.ts'
export type { RunOptions, StartOptions } from './program.ts'
export type { Ending, Run } from './run.ts'
export type {
  ProcTypes,
  Programs,
  ProgramTypes,
  ReceivingEnd,
  SendingEnd,
  UntypedEnd,
  UntypedProc,
  UntypedProgram,
} from './types.ts'
export { CompileError, Deadlock, InternalError, ProcessesLost, ProgramFault } from './errors.ts'
export type { Waiting } from './errors.ts'
export { OutsideError, ValueError } from '../runtime/outside/outside-error.ts'
export type { OutsideErrorCode } from '../runtime/outside/outside-error.ts'
export { CodeError } from '../runtime/code/store.ts'
export { RunError } from '../runtime/run/run-error.ts'
