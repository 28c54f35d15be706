/** Mobile processes: they are made of MOBILE PROCs, and run by activations. */
import type { Allocation, ProcCall } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { activated, madeOf } from '../../check/mobile-processes.ts'
import { endOf, isAnyEnd } from '../../check/type-model.ts'
import type { EndType, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { int, isHeld, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreType, Expr, Out } from '../ir/ir.ts'
import { parameters } from './calls.ts'
import { product } from './context.ts'
import type { Context } from './context.ts'
import { BUNDLE, endOfBundle, newBundle } from './ends.ts'
import { lockActuals, declareLocks } from './shared-channels.ts'
import { shapeOf } from './shapes.ts'

const AGENT: CoreType = { item: 'mobile', array: false }

/** Emits the making of a mobile process. @returns it, or undefined when the allocation is of something else */
export function newProcess(cx: Context, e: Allocation): Expr | undefined {
  const symbol = madeOf(cx.checked, e)
  if (symbol === undefined) return undefined
  const made = new Local('made', AGENT, false)
  cx.emit({ kind: 'declare', local: made, value: { kind: 'blank', type: AGENT }, span: e.span })
  const actuals = symbol.formals.flatMap((formal) => standIns(cx, formal, e.span))
  cx.emit({ kind: 'call', routine: cx.makeRoutine(symbol), actuals, outs: [{ kind: 'local', local: made }], making: true, span: e.span })
  return use(made)
}

/** What a mobile process has for a parameter while nobody runs it. */
function standIns(cx: Context, { name, type }: VariableSymbol, span: Span): Expr[] {
  const shape = shapeOf(type)
  if (shape === undefined) return []
  const end = endOf(type)
  if (end !== undefined) return [isAnyEnd(type) ? { kind: 'blank', type: AGENT } : newEnd(cx, end, span)]
  if (shape.item !== 'channel') throw new Error('a mobile process is given channels')
  const dims = shape.dims.map((n) => int(n ?? 0))
  const isArray = dims.length > 0
  const channel: Expr = isArray ? { kind: 'new-channels', length: product(dims, span) } : { kind: 'new-channel' }
  const sizes = shape.dims.slice(1).flatMap((d) => (d === undefined ? [int(0)] : []))
  const locks = declareLocks(cx, name, type, isArray ? product(dims, span) : undefined, span)
  const held = isArray
    ? ({ kind: 'array', view: channel, dims, ...locks } as const)
    : ({ kind: 'channel', expr: channel, ...locks } as const)
  return [channel, ...sizes, ...lockActuals(held, type, span)]
}

/** @returns an end of channels that nobody else has */
function newEnd(cx: Context, end: EndType, span: Span): Expr {
  return endOfBundle(end, cx.fixed('bundle', newBundle(end, span), BUNDLE, span), span)
}

/** Emits `x (a?, b!)`. @returns whether the call is one */
export function activation(cx: Context, call: ProcCall): boolean {
  const run: (ProcSymbol & { readonly variable: VariableSymbol }) | undefined = activated(cx.checked, call)
  if (run === undefined) return false
  const found = cx.place(run.variable)
  const at = found.kind === 'array' ? found.mobile?.at : undefined
  if (at?.kind !== 'local') throw new Error('a mobile process is in a variable')
  const after: (() => void)[] = []
  const { actuals, outs, mobiles } = parameters(cx, run.formals, call.actuals, call.span, after)
  const left = mobiles.flatMap((parameter, i) => {
    const out = outs[i]
    return out === undefined ? [] : [{ local: leftTo(cx, out, after, call.span), parameter }]
  })
  const held = actuals.map((e, i) => (isHeld(typeOf(e).item) ? cx.fixed(`given${i + 1}`, e, typeOf(e), call.span) : e))
  cx.emit({ kind: 'activate', target: at.local, actuals: held, left, text: textOf(call.span), span: call.span })
  for (const write of after) write()
  return true
}

/** @returns the local for what a mobile process leaves in a parameter; `after` gets what brings it to an element */
function leftTo(cx: Context, out: Out, after: (() => void)[], span: Span): Local {
  if (out.kind === 'local') return out.local
  const { array, index } = out
  const local = new Local('left', AGENT, false)
  cx.emit({ kind: 'declare', local, value: { kind: 'blank', type: AGENT }, span })
  after.unshift(() => {
    cx.emit({ kind: 'store', array, index, checked: false, value: use(local), span })
  })
  return local
}
