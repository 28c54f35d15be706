/** Calls of PROCs and FUNCTIONs, and VALOF. Reference parameters are the variables themselves. */
import type { Expression, Formal, FunctionDeclaration, ProcCall, ValueProcess } from '../../../grammar/ast.ts'
import { channelsOf, isChannel } from './channels.ts'
import { baseIsTimer, declare, fitted } from './declarations.ts'
import type { Environment, Closure } from './environment.ts'
import { evaluate, placeOf, typeOf } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, fresh, settled, type Value } from './memory.ts'
import { predefined } from './predefined.ts'
import { perform } from './processes.ts'
import { Scheduler, type Running } from './scheduler.ts'

/** Runs a PROC. */
export function* callProc(env: Environment, call: ProcCall): Running {
  const closure = env.find(call.name)
  if (closure?.kind === 'closure' && closure.declaration.kind === 'proc') {
    const inner = closure.environment.inner()
    bindFormals(env, inner, closure.declaration.formals, call.actuals)
    yield* perform(inner, closure.declaration.body)
    return
  }
  switch (call.name.text) {
    case 'ASSERT':
      if (call.actuals.some((actual) => evaluate(env, actual) !== true)) throw new Fault('R0102', call.span)
      return
    case 'CAUSEERROR':
      throw new Fault('R0107', call.span)
    case 'SETPRI':
      if (call.actuals[0] !== undefined) evaluate(env, call.actuals[0])
      return
    case 'RESCHEDULE':
      return
    default:
      throw new Error(`the interpreter has no ${call.name.text}`)
  }
}

function bindFormals(env: Environment, inner: Environment, formals: readonly Formal[], actuals: readonly Expression[]): void {
  formals.forEach((formal, i) => {
    const actual = actuals[i]
    const symbol = env.symbol(formal.name)
    if (actual === undefined || symbol.kind !== 'variable') throw new Error('an actual for each formal')
    if (isChannel(symbol.type)) inner.bind(formal.name, { kind: 'channels', channels: channelsOf(env, actual) })
    else if (baseIsTimer(symbol.type)) inner.bind(formal.name, { kind: 'timer' })
    else {
      const byValue = formal.mode === 'val' || formal.mode === 'initial'
      // A RESULT begins as a variable without a value does; an array is not cleared for it.
      if (formal.mode === 'result' && bare(symbol.type).kind === 'primitive') placeOf(env, actual).bytes.fill(0)
      const place = byValue ? fresh(typeOf(env, actual), evaluate(env, actual)) : placeOf(env, actual)
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
  return [settled(evaluate(env, e))]
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
