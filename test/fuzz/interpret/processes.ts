/** Processes. */
import type { Alternation, Alternative, Assignment, Choice, Conditional, Expression, Process, Selection } from '../../../grammar/ast.ts'
import { callProc, forked, results } from './calls.ts'
import { afterTime, channelOf, input, isTimer, output, type Chosen } from './channels.ts'
import { declare } from './declarations.ts'
import type { Environment } from './environment.ts'
import { given, placeOf, scalar } from './expressions.ts'
import { Fault } from './fault.ts'
import { bare, put } from './memory.ts'
import { replicated } from './replication.ts'
import type { Barrier, Running, Wait } from './scheduler.ts'

/** Runs a process. @throws Fault */
export function* perform(env: Environment, p: Process): Running {
  env.machine.step()
  switch (p.kind) {
    case 'skip':
      return
    case 'stop':
      throw new Fault('R0101', p.span)
    case 'assign':
      assign(env, p)
      return
    case 'output':
      yield* output(env, p)
      return
    case 'input':
      yield* goOn(env, yield* input(env, p))
      return
    case 'seq':
      if (p.replicator === undefined) for (const inner of p.body) yield* perform(env, inner)
      else for (const scope of replicated(env, p.replicator)) for (const inner of p.body) yield* perform(scope, inner)
      return
    case 'par': {
      const scopes = p.replicator === undefined ? [env] : [...replicated(env, p.replicator)]
      const barriers = (p.enrolled ?? []).map((e) => barrierOf(env, e))
      let left = scopes.length * p.branches.length
      if (left === 0) return
      for (const barrier of barriers) barrier.enroll(left - 1)
      const ended = (): void => {
        left--
        if (left > 0) for (const barrier of barriers) barrier.resign()
      }
      for (const scope of scopes) for (const { body } of p.branches) env.machine.scheduler.start(perform(scope, body), ended)
      yield { ready: () => left === 0 }
      return
    }
    case 'alt':
      yield* alternate(env, p)
      return
    case 'if':
      yield* choose(env, p) ?? refuse('R0103', p)
      return
    case 'case':
      yield* select(env, p)
      return
    case 'while':
      while (scalar(env, p.condition) === true) yield* perform(env, p.body)
      return
    case 'call':
      yield* callProc(env, p)
      return
    case 'scope':
      yield* perform(declare(env, p.declaration), p.body)
      return
    case 'sync':
      yield* barrierOf(env, p.barrier).sync()
      return
    case 'resign': {
      const barrier = barrierOf(env, p.barrier)
      barrier.resign()
      yield* perform(env, p.body)
      barrier.enroll(1)
      return
    }
    case 'claim': {
      const direction = env.machine.checked.claims.get(p)
      if (direction === undefined || isEnd(env, p.end)) throw new Error('the interpreter has no ends of channel types')
      const { claimed } = channelOf(env, p.end)
      yield { ready: () => !claimed[direction] }
      claimed[direction] = true
      yield* perform(env, p.body)
      claimed[direction] = false
      return
    }
    case 'fork': {
      const { process, ended } = forked(env, p.call)
      env.machine.scheduler.fork(process, ended)
      return
    }
    case 'forking':
      yield* env.machine.scheduler.forking(perform(env, p.body))
      return
    case 'suspend':
      throw new Error(`the interpreter has no ${p.kind}`)
    case 'pass':
    case 'missing':
      throw new Error(`a ${p.kind} is not interpreted`)
  }
}

/** @returns the barrier that an expression names */
export function barrierOf(env: Environment, e: Expression): Barrier {
  const binding = e.kind === 'name-use' ? env.find(e.name) : undefined
  if (binding?.kind !== 'barrier') throw new Error('the interpreter has no mobile barriers')
  return binding.barrier
}

/** Whether an expression, or what it is a field of, is an end of a channel type. */
function isEnd(env: Environment, e: Expression): boolean {
  if (e.kind === 'subscript' && isEnd(env, e.base)) return true
  const type = env.machine.checked.types.get(e)
  return type !== undefined && bare(type).kind === 'mobile'
}

function refuse(code: string, p: Process): never {
  throw new Fault(code, p.span)
}

/** All right sides first, then all places, then the assignments. */
function assign(env: Environment, { targets, values, span }: Assignment): void {
  const [only] = values
  if (targets.length === 1 && values.length === 1 && targets[0] !== undefined && only !== undefined) {
    const place = placeOf(env, targets[0])
    const value = given(env, only)
    put(place, value, span)
    return
  }
  const all = values.flatMap((value) => results(env, value))
  const places = targets.map((target) => placeOf(env, target))
  places.forEach((place, i) => {
    const value = all[i]
    if (value === undefined) throw new Error('a value for each target')
    put(place, value, span)
  })
}

/** @returns the process of the first choice whose condition is true */
function choose(env: Environment, { replicator, choices }: Conditional): Running | undefined {
  const scopes = replicator === undefined ? [env] : replicated(env, replicator)
  for (const scope of scopes) {
    for (const choice of choices) {
      const chosen = chosenBy(scope, choice)
      if (chosen !== undefined) return chosen
    }
  }
  return undefined
}

function chosenBy(env: Environment, choice: Choice): Running | undefined {
  if (choice.kind === 'missing') throw new Error('a program with missing parts is not run')
  const inner = choice.declarations.reduce(declare, env)
  if (choice.kind === 'nested-if') return choose(inner, choice.conditional)
  return scalar(inner, choice.condition) === true ? perform(inner, choice.body) : undefined
}

function* select(env: Environment, p: Selection): Running {
  const selector = scalar(env, p.selector)
  for (const option of p.options) {
    const inner = option.declarations.reduce(declare, env)
    if (option.labels === undefined || option.labels.some((label) => scalar(inner, label) === selector)) {
      yield* perform(inner, option.body)
      return
    }
  }
  refuse('R0104', p)
}

/** Receives the rest of a variant and runs its process. */
function* goOn(env: Environment, chosen: Chosen | undefined): Running {
  if (chosen === undefined) return
  const inner = chosen.variant.declarations.reduce(declare, env)
  yield* chosen.receive(inner)
  yield* perform(inner, chosen.variant.body)
}

// ---------------------------------------------------------------------------------------------- ALT

/** A guard that is enabled: what it waits for, and what follows when it is chosen. */
interface Guard {
  readonly wait: Wait
  readonly follow: () => Running
}

function* alternate(env: Environment, p: Alternation): Running {
  const guards = guardsOf(env, p)
  if (guards.length === 0) refuse('R0105', p)
  const times = guards.flatMap(({ wait }) => (wait.time === undefined ? [] : [wait.time]))
  const ready = (): boolean => guards.some(({ wait }) => wait.ready())
  yield times.length === 0 ? { ready } : { ready, time: times.reduce((a, b) => (a < b ? a : b)) }
  const chosen = guards.find(({ wait }) => wait.ready())
  if (chosen === undefined) throw new Error('no guard is ready')
  yield* chosen.follow()
}

function guardsOf(env: Environment, { replicator, alternatives }: Alternation): Guard[] {
  const scopes = replicator === undefined ? [env] : [...replicated(env, replicator)]
  return scopes.flatMap((scope) => alternatives.flatMap((alternative) => guardOf(scope, alternative)))
}

function guardOf(env: Environment, alternative: Alternative): Guard[] {
  if (alternative.kind === 'missing') throw new Error('a program with missing parts is not run')
  const inner = alternative.declarations.reduce(declare, env)
  if (alternative.kind === 'nested-alt') return guardsOf(inner, alternative.alt)
  if (alternative.condition !== undefined && scalar(inner, alternative.condition) !== true) return []
  if (alternative.kind === 'skip-guard') return [{ wait: { ready: () => true }, follow: () => perform(inner, alternative.body) }]
  if (alternative.kind === 'sync-guard') throw new Error('the interpreter has no barriers')
  const { input: i } = alternative
  const { channel: e, mode } = i
  const follow = function* (): Running {
    yield* goOn(inner, yield* input(inner, i))
    if (alternative.kind === 'guarded') yield* perform(inner, alternative.body)
  }
  if (mode.kind === 'after' && isTimer(inner, e)) return [{ wait: afterTime(inner, mode.time), follow }]
  const channel = channelOf(inner, e)
  return [{ wait: { ready: () => channel.ready }, follow }]
}
