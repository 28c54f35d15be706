/**
 * Calls that give a variable two names, where the program permits that. A scalar parameter is a local of the callee that comes back at the end,
 * which nothing can tell from sharing as long as it has one name. Here the callee is made once more with the variable itself in the place of
 * the parameter: the local, or a view of the element or field.
 */
import type { FunctionDeclaration, ProcCall, ProcDeclaration } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import type { ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { int, use, isHeld } from '../ir/build.ts'
import { liesInShared } from './shared-variables.ts'
import type { Binding, Bindings, Context, Denotation } from './context.ts'
import { Local } from '../ir/ir.ts'
import type { Expr, Routine } from '../ir/ir.ts'
import { coreType, shapeOf } from './shapes.ts'

/** How deep variants may make variants: beyond, a parameter is a local again. */
const MAX_DEPTH = 6

/** @returns whether parameters have to be the variables themselves in this call. */
export function sharesVariables(cx: Context, call: ProcCall): boolean {
  if (cx.bound.length >= MAX_DEPTH) return false
  return cx.bound.length > 0 || cx.checked.aliasedCalls?.has(call) === true || call.actuals.some((actual) => liesInShared(cx, actual))
}

/**
 * @param given what the scalar reference parameters are given
 * @returns what each is bound to
 */
export function bindingsFor(cx: Context, call: ProcCall, callee: ProcSymbol, given: ReadonlyMap<VariableSymbol, Denotation>): Bindings {
  const bindings = new Map<VariableSymbol, Binding>()
  const first = new Map<Local, VariableSymbol>()
  const visible = (local: Local): boolean =>
    (cx.checked.aliasedCalls?.has(call) === true || cx.bound.some((set) => set.has(local))) && seenFrom(cx, callee.declaration, local)
  for (const [formal, target] of given) {
    if (target.kind === 'element' && target.backing === undefined) bindings.set(formal, { kind: 'view', of: 'element' })
    else if (target.kind === 'bytes') bindings.set(formal, { kind: 'view', of: 'bytes' })
    else if (target.kind === 'value' && target.expr.kind === 'local') {
      const { local } = target.expr
      const before = first.get(local)
      if (visible(local)) bindings.set(formal, { kind: 'free', local })
      else if (before !== undefined) bindings.set(formal, { kind: 'same', formal: before })
      else first.set(local, formal)
    }
  }
  return bindings
}

/** @returns whether a name outside the routine stands for the local. */
function seenFrom(cx: Context, routine: ProcDeclaration | undefined, local: Local): boolean {
  for (const [symbol, place] of cx.places) {
    if (place.kind !== 'value' || place.expr.kind !== 'local' || place.expr.local !== local) continue
    if (routine !== undefined && symbol.declaredAt !== undefined && !within(symbol.declaredAt, routine.span)) return true
  }
  return false
}

function within(inner: Span, outer: Span): boolean {
  return inner.file === outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/** @returns what a call gives a parameter bound like this; undefined for nothing. */
export function actualFor(binding: Binding, target: Denotation): Expr | undefined {
  if (binding.kind !== 'view') return undefined
  if (target.kind === 'bytes') return target.bytes
  if (target.kind !== 'element') throw new Error('a view is of an element or of bytes')
  return { kind: 'slice', array: target.array, offset: target.index, length: int(1) }
}

/** Gives a bound parameter its place. @returns whether it is bound */
export function bindParameter(cx: Context, formal: VariableSymbol, binding: Binding | undefined, params: Local[], span: Span): boolean {
  if (binding === undefined) return false
  if (binding.kind === 'free') cx.places.set(formal, { kind: 'value', expr: use(binding.local) })
  else if (binding.kind === 'same') cx.places.set(formal, cx.place(binding.formal))
  else {
    const shape = shapeOf(formal.type)
    const item = shape?.item
    if (shape === undefined || item === undefined || isHeld(item)) throw new Error('a view of a scalar')
    const local = new Local(formal.name, { item: binding.of === 'bytes' ? 'byte' : coreType(shape).item, array: true }, true)
    params.push(local)
    cx.places.set(
      formal,
      binding.of === 'bytes'
        ? { kind: 'bytes', bytes: use(local), scalar: item, span }
        : { kind: 'element', array: use(local), index: int(0), checked: false, scalar: item, span },
    )
  }
  return true
}

/**
 * @param make lowers the PROC with these bindings
 * @returns the form of a PROC that has these bindings, made on its first call
 */
export function variantOf(cx: Context, declaration: ProcDeclaration, bindings: Bindings, make: () => Routine): Routine {
  const made = cx.variants.get(declaration)?.find((each) => alike(each.bindings, bindings))
  if (made !== undefined) return made.routine
  // The text of the PROC is gone through again, perhaps in the midst of itself: what its names stood for is put back afterwards.
  const places = new Map(cx.places)
  const inner = (each: ProcDeclaration | FunctionDeclaration): boolean => each !== declaration && within(each.span, declaration.span)
  const routines = takeOut(cx.routines, inner)
  const variants = takeOut(cx.variants, inner)
  cx.bound.push(new Set([...bindings.values()].flatMap((each) => (each.kind === 'free' ? [each.local] : []))))
  const routine = make()
  cx.bound.pop()
  takeOut(cx.routines, inner)
  takeOut(cx.variants, inner)
  for (const [key, value] of routines) cx.routines.set(key, value)
  for (const [key, value] of variants) cx.variants.set(key, value)
  cx.places.clear()
  for (const [key, value] of places) cx.places.set(key, value)
  return routine
}

/** Removes entries. @returns those removed */
function takeOut<K, V>(map: Map<K, V>, which: (key: K) => boolean): [K, V][] {
  const out = [...map].filter(([key]) => which(key))
  for (const [key] of out) map.delete(key)
  return out
}

function alike(a: Bindings, b: Bindings): boolean {
  return a.size === b.size && [...a].every(([formal, binding]) => same(binding, b.get(formal)))
}

function same(a: Binding, b: Binding | undefined): boolean {
  switch (a.kind) {
    case 'free':
      return b?.kind === 'free' && a.local === b.local
    case 'same':
      return b?.kind === 'same' && a.formal === b.formal
    case 'view':
      return b?.kind === 'view' && a.of === b.of
  }
}
