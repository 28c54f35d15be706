/** Calls of PROCs and FUNCTIONs, and VALOF. Reference parameters are the variables themselves. */
import type { Span } from '../../../grammar/source.ts'
import type { Expression, Formal, FunctionDeclaration, ProcCall, ValueProcess } from '../../../grammar/ast.ts'
import { channelsOf, isChannel } from './channels.ts'
import { baseIsTimer, declare, fitted } from './declarations.ts'
import type { Environment, Closure } from './environment.ts'
import { evaluate, given, integer, placeOf, typeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import {
  bare,
  cellOf,
  elementType,
  fresh,
  lengthOf,
  mobileElement,
  opened,
  overlaps,
  settled,
  sliceOf,
  store,
  takeOut,
  zeros,
  type Value,
} from './memory.ts'
import { predefined } from './predefined.ts'
import { barrierOf, perform } from './processes.ts'
import { Scheduler, type Barrier, type Running } from './scheduler.ts'

/** Runs a PROC. */
export function* callProc(env: Environment, call: ProcCall): Running {
  const closure = env.find(call.name)
  if (closure?.kind === 'closure' && closure.declaration.kind === 'proc') {
    const inner = closure.environment.inner()
    bindFormals(env, inner, closure.declaration.formals, call.actuals)
    compareActuals(env, call)
    yield* perform(inner, closure.declaration.body)
    return
  }
  const [array, size] = call.actuals
  switch (call.name.text) {
    case 'ASSERT':
      if (call.actuals.some((actual) => evaluate(env, actual) !== true)) throw new Fault('R0102', call.span)
      return
    case 'CAUSEERROR':
      throw new Fault('R0107', call.span)
    case 'SETPRI':
      if (call.actuals[0] !== undefined) evaluate(env, call.actuals[0])
      return
    case 'INCPRI':
    case 'DECPRI':
    case 'RESCHEDULE':
      return
    case 'RESIZE.MOBILE.ARRAY.1D':
      if (array !== undefined && size !== undefined) resize(env, array, integer(env, size), call.span)
      return
    default:
      throw new Error(`the interpreter has no ${call.name.text}`)
  }
}

/** Makes an array larger or smaller, with the elements that it had before as far as there is room for them. */
function resize(env: Environment, array: Expression, size: number, span: Span): void {
  const place = placeOf(env, array)
  const before = opened(place)
  if (size < 0) throw new Fault('R0211', span)
  const after = zeros({ kind: 'array', size, element: elementType(before.type) })
  const kept = Math.min(size, lengthOf(before.type))
  store(sliceOf(after, 0, kept), sliceOf(before, 0, kept))
  cellOf(place).held = after
}

/** Runs a process of a PROC that is forked: what it is given is its own, but for channels and barriers. @returns the process, and what ends it */
export function forked(env: Environment, call: ProcCall): { readonly process: Running; readonly ended: () => void } {
  const closure = env.find(call.name)
  if (closure?.kind !== 'closure' || closure.declaration.kind !== 'proc') throw new Error('a PROC is forked')
  const inner = closure.environment.inner()
  const { formals, body } = closure.declaration
  bindFormals(env, inner, formals, call.actuals)
  const barriers: Barrier[] = []
  formals.forEach((formal, i) => {
    const actual = call.actuals[i]
    const binding = inner.find(formal.name)
    if (actual === undefined) throw new Error('an actual for each formal')
    if (binding?.kind === 'barrier') {
      binding.barrier.enroll(1)
      barriers.push(binding.barrier)
    } else if (binding?.kind === 'data' && mobileElement(binding.place.type) !== undefined) {
      const place = zeros(binding.place.type)
      store(place, given(env, actual))
      inner.bind(formal.name, { kind: 'data', place })
    }
  })
  return {
    process: perform(inner, body),
    ended: () => {
      for (const barrier of barriers) barrier.resign()
    },
  }
}

/** Two parameters of which one may be changed must not be one variable: the compiler says which of them it could not tell apart. */
function compareActuals(env: Environment, call: ProcCall): void {
  for (const [first, second] of env.machine.checked.comparedActuals?.get(call) ?? [])
    if (overlaps(placeOf(env, first), placeOf(env, second))) throw new Fault('R0214', second.span)
}

function bindFormals(env: Environment, inner: Environment, formals: readonly Formal[], actuals: readonly Expression[]): void {
  formals.forEach((formal, i) => {
    const actual = actuals[i]
    const symbol = env.symbol(formal.name)
    if (actual === undefined || symbol.kind !== 'variable') throw new Error('an actual for each formal')
    if (isChannel(symbol.type)) inner.bind(formal.name, { kind: 'channels', channels: channelsOf(env, actual) })
    else if (baseIsTimer(symbol.type)) inner.bind(formal.name, { kind: 'timer' })
    else if (bare(symbol.type).kind === 'barrier') inner.bind(formal.name, { kind: 'barrier', barrier: barrierOf(env, actual) })
    else {
      const byValue = formal.mode === 'val' || formal.mode === 'initial'
      // A RESULT begins as a variable without a value does; an array is not cleared for it.
      if (formal.mode === 'result' && bare(symbol.type).kind === 'primitive') placeOf(env, actual).bytes.fill(0)
      if (formal.mode === 'result' && mobileElement(symbol.type) !== undefined) takeOut(placeOf(env, actual))
      const given = byValue ? fresh(typeOf(env, actual), evaluate(env, actual)) : placeOf(env, actual)
      // what a call makes has the size that it is made with; the parameter may be given any
      const place = mobileElement(symbol.type) === undefined ? given : { ...given, type: symbol.type }
      inner.bind(formal.name, { kind: 'data', place: fitted(symbol.type, place, actual.span) })
    }
  })
}

/** @returns the results of the function that a call, or an application of an operator, means */
export function applyFunction(env: Environment, e: Expression, actuals: readonly Expression[]): readonly Value[] {
  const symbol = env.machine.checked.operatorCalls.get(e) ?? (e.kind === 'function-call' ? env.symbol(e.name) : undefined)
  if (symbol?.kind !== 'function') throw new Error('a function is wanted')
  if (symbol.declaration === undefined) {
    return predefined(symbol.name, actuals.map((actual) => evaluate(env, actual)), e.span) // prettier-ignore
  }
  const closure = env.find(symbol.declaration.name)
  if (closure?.kind !== 'closure' || closure.declaration.kind !== 'function') throw new Error('a FUNCTION is wanted')
  return runFunction(env, closure, closure.declaration, actuals)
}

function runFunction(env: Environment, closure: Closure, { formals, body }: FunctionDeclaration, actuals: readonly Expression[]) {
  const inner = closure.environment.inner()
  bindFormals(env, inner, formals, actuals)
  return body.kind === 'valof' ? valueOf(inner, body) : body.values.flatMap((value) => results(inner, value))
}

/** @returns the values of an expression in a list: several for a call of a function with several results */
export function results(env: Environment, e: Expression): readonly Value[] {
  const several = (env.machine.checked.resultTypes.get(e)?.length ?? 1) > 1
  if (several && e.kind === 'function-call') return applyFunction(env, e, e.actuals).map(settled)
  if (several && e.kind === 'valof-expression') return valueOf(env, e.valof)
  return [settled(given(env, e))]
}

/** Runs a VALOF: it does not communicate, so it comes to its end while everything else stands still. */
export function valueOf(env: Environment, valof: ValueProcess): readonly Value[] {
  const inner = valof.declarations.reduce((scope, declaration) => declare(scope, declaration), env)
  const scheduler = new Scheduler()
  scheduler.start(perform(inner, valof.body))
  const done = scheduler.run()
  const [fault] = scheduler.faults
  if (fault !== undefined) throw fault
  if (!done) throw new Error('a VALOF waits')
  return valof.results.flatMap((result) => results(inner, result))
}
