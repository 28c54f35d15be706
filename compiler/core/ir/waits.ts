/** Whether a statement waits: the one place that says in which statements, and where, a process may be suspended. */
import type { LiftedStmt, Stmt } from './ir.ts'

/**
 * How a statement waits:
 * - `operation`: it may be suspended, and goes on after it;
 * - `again`: it may be suspended, and begins again where it was;
 * - `callee`: it does if the routine that it calls is a machine;
 * - `head`: it is a statement with parts, and may be suspended where it begins: a loop at its head, an ALT;
 * - `parts`: it waits where its parts do;
 * - `ends`: it ends the process, or does something else that only a machine can;
 * - `never`: it runs through.
 */
type Waiting = 'operation' | 'again' | 'callee' | 'head' | 'parts' | 'ends' | 'never'

const WAITING = {
  declare: 'never',
  assign: 'never',
  store: 'never',
  copy: 'never',
  several: 'never',
  output: 'operation',
  input: 'operation',
  peek: 'again',
  sync: 'again',
  suspend: 'operation',
  activate: 'again',
  enroll: 'operation',
  resign: 'ends',
  enlist: 'again',
  unlist: 'ends',
  sleep: 'operation',
  call: 'callee',
  par: 'operation',
  alt: 'head',
  if: 'parts',
  case: 'parts',
  loop: 'head',
  block: 'parts',
  scope: 'parts',
  leave: 'never',
  fault: 'never',
  assert: 'never',
  check: 'never',
  reschedule: 'operation',
  pass: 'ends',
  host: 'operation',
  return: 'never',
} as const satisfies Readonly<Record<Stmt['kind'], Waiting>>

type KindThat<W extends Waiting> = { [K in Stmt['kind']]: (typeof WAITING)[K] extends W ? K : never }[Stmt['kind']]

/** A statement that may be suspended and goes on after it. */
export type Operation = Extract<LiftedStmt, { kind: KindThat<'operation' | 'again' | 'callee'> }>

/** A statement with other statements in it that control flows through. */
export type Structured = Extract<LiftedStmt, { kind: KindThat<'head' | 'parts'> }>

/** @returns whether a process may be suspended within or at the end of `s` itself; what its parts do does not count */
export function isOperation(s: LiftedStmt): s is Operation {
  return suspends(s)
}

function suspends(s: Stmt): boolean {
  return WAITING[s.kind] === 'operation' || WAITING[s.kind] === 'again' || (s.kind === 'call' && !s.routine.direct && s.making !== true)
}

export function isStructured(s: LiftedStmt): s is Structured {
  const waiting = WAITING[s.kind]
  return waiting === 'head' || waiting === 'parts'
}

/** @returns whether `s` has a resume point of its own: after it, or where it begins */
export function hasPoint(s: Stmt): boolean {
  return suspends(s) || WAITING[s.kind] === 'head'
}

/** @returns whether only a machine can have `s` in it; what its parts do does not count */
export function needsMachine(s: Stmt): boolean {
  return hasPoint(s) || WAITING[s.kind] === 'ends' || (s.kind === 'call' && s.making === true)
}
