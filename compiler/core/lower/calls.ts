/** Calls of PROCs and FUNCTIONs: actual parameters, results, predefined names. */
import type { Expression, FunctionCall, ProcCall } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import type { FunctionSymbol, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { viewOf } from './context.ts'
import type { ArrayDenotation, Bindings, Context, Denotation } from './context.ts'
import { actualFor, bindingsFor, sharesVariables } from './aliased-calls.ts'
import { checkApart, comparedIn, stretchOf, stretchOfSlot, type Compared } from './compared-actuals.ts'
import { sizesAgree } from './declarations.ts'
import { scalar, value } from './expressions.ts'
import { intrinsicOf } from '../ir/intrinsics.ts'
import { BOOL_TYPE, INT_TYPE, int, typeOf, use, zero, isHeld } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreType, Expr, Named, Out } from '../ir/ir.ts'
import { after as lowerAfter, holdAll, inOrder } from './fault-order.ts'
import { activation } from './mobile-processes.ts'
import { actualSlot, barrierOf, blankOf, converted, denoted, dropped, heldIn, hold, reference, resize } from './mobiles.ts'
import { comesBack } from './kept-ends.ts'
import { lockActuals } from './shared-channels.ts'
import { copyTo, freeze, pinned, place, read, settle, write } from './denotations.ts'
import { serviceCall } from './services.ts'
import { coreType, scalarOf, shapeOf } from './shapes.ts'

/** Emits a PROC call. */
export function callProc(cx: Context, call: ProcCall): void {
  if (activation(cx, call)) return
  const symbol = cx.symbol(call.name)
  if (symbol.kind !== 'proc') throw new Error(`${call.name.text} is not a PROC`)
  if (symbol.predefined !== undefined) {
    predefined(cx, call, symbol.predefined)
    return
  }
  if (symbol.host !== undefined) {
    if (symbol.provided === true) serviceCall(cx, call, symbol)
    else hostCall(cx, call, symbol, symbol.host)
    return
  }
  if (isSilenced(symbol)) return
  const plain = cx.makeRoutine(symbol)
  const after: (() => void)[] = []
  const compared = comparedIn(cx, call)
  const targets = sharesVariables(cx, call) ? scalarTargets(cx, symbol.formals, call.actuals) : new Map<VariableSymbol, Denotation>()
  const bindings = bindingsFor(cx, call, symbol, targets)
  const routine = bindings.size === 0 ? plain : cx.makeRoutine(symbol, bindings)
  const { actuals, outs } = parameters(cx, symbol.formals, call.actuals, call.span, after, { targets, bindings, compared })
  if (compared !== undefined) {
    holdAll(cx, actuals, call.span)
    checkApart(cx, call, compared, scalar)
  }
  cx.emit({ kind: 'call', routine, actuals, outs, span: call.span })
  for (const write of after) write()
}

/** @returns whether a PROC is of the library `debug` while that shows nothing: it does nothing, and its actuals are not evaluated either */
function isSilenced({ declaration }: ProcSymbol): boolean {
  return declaration?.body.kind === 'skip' && /(?:^|\/)debug\.module$/.test(declaration.name.span.file.path)
}

/**
 * Emits the call of a function, when it is a machine, or builds its application.
 * @returns its results
 */
export function callFunction(cx: Context, e: Expression, operator?: FunctionSymbol, operands?: readonly Expression[]): Expr[] {
  const found = operator ?? (e.kind === 'function-call' ? cx.symbol(e.name) : undefined)
  if (found?.kind !== 'function') throw new Error('not a FUNCTION')
  const given = operands ?? (e as FunctionCall).actuals // without operands it is a call
  const types = found.results.map((t): CoreType => {
    const shape = shapeOf(t)
    if (shape === undefined) throw new Error('a result is data')
    return coreType(shape)
  })
  if (found.predefined !== undefined) return applyPredefined(cx, found.predefined, given, types, e.span)
  const routine = cx.makeRoutine(found)
  const { actuals } = parameters(cx, found.formals, given, e.span, [])
  const [only] = types
  if (routine.direct && types.length === 1 && only !== undefined) return [{ kind: 'apply', routine, actuals, type: only }]
  const results = types.map((type, i) => new Local(types.length === 1 ? 'result' : `result${i + 1}`, type, true))
  for (const local of results) cx.emit({ kind: 'declare', local, span: e.span })
  cx.emit({ kind: 'call', routine, actuals, outs: results.map((local) => ({ kind: 'local', local })), span: e.span })
  return results.map(use)
}

/** The priority of every process: the middle one of the 32 that programs may speak of (`PROCESS.PRIORITY`). */
const PRIORITY = 16

function applyPredefined(cx: Context, name: string, given: readonly Expression[], types: readonly CoreType[], span: Span): Expr[] {
  if (name === 'GETPRI') return [int(PRIORITY)]
  const lowered = given.map((a) => (): Expr => value(cx, a))
  const operands = inOrder(cx, lowered, span)
  const intrinsic = intrinsicOf(name)
  if (intrinsic === undefined) throw new Error(`the predefined function ${name} has no name in the ABI`)
  const [only] = types
  if (only === undefined) throw new Error('a function has a result')
  const e: Expr = { kind: 'intrinsic', name: intrinsic.name, operands, type: only, faults: intrinsic.faults, span }
  if (types.length === 1) return [e]
  const targets = types.map((type, i) => new Local(`result${i + 1}`, type, true))
  for (const local of targets) cx.emit({ kind: 'declare', local, span })
  cx.emit({ kind: 'several', targets, value: e, span })
  return targets.map(use)
}

/** Parameters that are the variables themselves, and those that are looked at before the call. */
interface SharedParameters {
  readonly targets: ReadonlyMap<VariableSymbol, Denotation>
  readonly bindings: Bindings
  readonly compared: Compared | undefined
}

/**
 * Evaluates actual parameters, in the order in which routines.ts lays out formals.
 * @param after gets what must be emitted after the call: results that go into bytes
 * @param shared what is only for calls of PROCs
 * @returns the actuals, where results go, and the numbers of the actuals that are mobiles and come back
 */
export function parameters(
  cx: Context,
  formals: readonly VariableSymbol[],
  given: readonly Expression[],
  span: Span,
  after: (() => void)[],
  shared?: SharedParameters,
): { actuals: Expr[]; outs: Out[]; mobiles: number[] } {
  const actuals: Expr[] = []
  const outs: Out[] = []
  const mobiles: number[] = []
  const compared = shared?.compared
  const parameter = (formal: VariableSymbol, actual: Expression): void => {
    const shape = shapeOf(formal.type)
    if (shape === undefined) return
    if (shape.mobile !== undefined) {
      const before = outs.length
      mobileActual(cx, formal, actual, { actuals, outs, after, compared })
      if (outs.length > before) mobiles.push(actuals.length - 1)
      return
    }
    if (shape.dims.length > 0) {
      const given = place(cx, actual)
      const found = compared?.has(actual) === true ? freeze(cx, given, formal.name, actual.span) : given
      if (found.kind !== 'array') throw new Error('an array parameter is given an array')
      if (compared?.has(actual) === true) compared.set(actual, stretchOf(found))
      sizesAgree(cx, formal.type, found, actual.span)
      const view = alignedView(cx, found, formal, actual.span, after)
      actuals.push(formal.mode === 'initial' ? { kind: 'clone', array: view } : view)
      shape.dims.forEach((d, n) => {
        if (n > 0 && d === undefined) actuals.push(found.dims[n] ?? int(0))
      })
      for (const lock of lockActuals(found, formal.type, actual.span)) actuals.push(lock)
      return
    }
    const { item } = shape
    if (isHeld(item)) {
      const found = place(cx, actual)
      actuals.push(barrierOf(found, actual.span) ?? read(found))
      for (const lock of lockActuals(found, formal.type, actual.span)) actuals.push(lock)
      return
    }
    switch (formal.mode) {
      case undefined:
      case 'val':
      case 'initial':
        actuals.push(scalar(cx, actual))
        return
      case 'reference':
      case 'result': {
        const target = shared?.targets.get(formal) ?? freeze(cx, place(cx, actual), formal.name, actual.span)
        if (compared?.has(actual) === true) compared.set(actual, stretchOf(target))
        const binding = shared?.bindings.get(formal)
        if (binding !== undefined) {
          const seen = actualFor(binding, target)
          if (seen !== undefined) actuals.push(seen)
          return
        }
        actuals.push(formal.mode === 'result' ? zero(item) : read(target))
        outs.push(outFor(cx, target, item, span, after))
        return
      }
    }
  }
  formals.forEach((formal, i) => {
    const actual = given[i]
    if (actual === undefined) throw new Error('as many actuals as formals')
    const before = actuals.length
    lowerAfter(
      cx,
      () => {
        parameter(formal, actual)
      },
      () => {
        holdAll(cx, actuals, span, before)
      },
    )
  })
  return { actuals, outs, mobiles }
}

/** Emits a call of a PROC of the program whose actuals have been denoted: those of a process that is forked, to which nothing comes back. */
export function callWith(cx: Context, call: ProcCall, given: readonly Denotation[]): void {
  const symbol = cx.symbol(call.name)
  if (symbol.kind !== 'proc') throw new Error(`${call.name.text} is not a PROC`)
  const variables = new Map<VariableSymbol, Denotation>()
  for (const [i, formal] of symbol.formals.entries()) {
    const actual = given[i]
    if (actual?.kind === 'element' || actual?.kind === 'bytes') variables.set(formal, actual)
  }
  callRoutine(cx, symbol, { given, bindings: bindingsFor(cx, call, symbol, variables) }, call.span)
}

/** What a PROC is given: undefined for what needs nothing; and what its parameters are bound to. */
interface GivenTo {
  readonly given: readonly (Denotation | undefined)[]
  readonly bindings?: Bindings
}

/** Emits a call of a PROC whose actuals have been denoted. */
export function callRoutine(cx: Context, symbol: ProcSymbol, { given, bindings = new Map() }: GivenTo, span: Span): void {
  const actuals: Expr[] = []
  const outs: Out[] = []
  symbol.formals.forEach((formal, i) => {
    const shape = shapeOf(formal.type)
    const actual = given[i]
    if (shape === undefined || actual === undefined) return
    const binding = bindings.get(formal)
    const seen = binding === undefined ? undefined : actualFor(binding, actual)
    if (seen !== undefined) actuals.push(seen)
    else if (actual.kind === 'array' && shape.mobile !== undefined && actual.mobile?.at.kind === 'local') {
      actuals.push(use(actual.mobile.at.local))
      if (comesBack(cx.checked, formal)) outs.push({ kind: 'local', local: actual.mobile.at.local })
    } else if (actual.kind === 'array') {
      sizesAgree(cx, formal.type, actual, span)
      actuals.push(viewOf(actual, span))
      shape.dims.forEach((d, n) => {
        if (n > 0 && d === undefined) actuals.push(actual.dims[n] ?? int(0))
      })
      for (const lock of lockActuals(actual, formal.type, span)) actuals.push(lock)
    } else {
      actuals.push(read(actual))
      for (const lock of lockActuals(actual, formal.type, span)) actuals.push(lock)
      if (isHeld(shape.item) || (formal.mode !== 'reference' && formal.mode !== 'result')) return
      const local = new Local(formal.name, { item: shape.item, array: false }, false)
      cx.emit({ kind: 'declare', local, span })
      outs.push({ kind: 'local', local })
    }
  })
  const routine = bindings.size === 0 ? cx.makeRoutine(symbol) : cx.makeRoutine(symbol, bindings)
  cx.emit({ kind: 'call', routine, actuals, outs, span })
}

/** What comes of the actuals of a call. */
interface Taken {
  readonly actuals: Expr[]
  readonly outs: Out[]
  readonly after: (() => void)[]
  readonly compared: Compared | undefined
}

/** A MOBILE parameter: the reference goes in, and comes back at the end. */
function mobileActual(cx: Context, formal: VariableSymbol, actual: Expression, { actuals, outs, after, compared }: Taken): void {
  if (formal.mode !== 'reference' && formal.mode !== 'result') {
    actuals.push(reference(cx, actual, formal.type))
    return
  }
  const slot = actualSlot(cx, actual, formal)
  if (compared?.has(actual) === true) compared.set(actual, stretchOfSlot(slot.at))
  sizesAgree(cx, formal.type, denoted(slot), actual.span)
  if (formal.mode === 'result') dropped(cx, slot, actual.span)
  const given = converted(heldIn(slot), { from: slot.type, to: formal.type }, actual.span)
  actuals.push(formal.mode === 'result' ? blankOf(formal.type, actual.span) : given)
  if (!comesBack(cx.checked, formal)) return
  const { at } = slot
  const got = new Local(formal.name, typeOf(given), false)
  const checked = converted(use(got), { from: formal.type, to: slot.type }, actual.span)
  if (checked.kind !== 'local') {
    // what comes back may be an end of another type
    cx.emit({ kind: 'declare', local: got, span: actual.span })
    outs.push({ kind: 'local', local: got })
    after.push(() => {
      hold(cx, slot, checked)
    })
  } else outs.push(at.kind === 'local' ? { kind: 'local', local: at.local } : { kind: 'element', array: at.parts, index: at.index })
}

/** @returns what the scalar reference parameters are given. */
function scalarTargets(cx: Context, formals: readonly VariableSymbol[], given: readonly Expression[]): Map<VariableSymbol, Denotation> {
  const targets = new Map<VariableSymbol, Denotation>()
  for (const [i, formal] of formals.entries()) {
    const actual = given[i]
    if (actual === undefined || (formal.mode !== 'reference' && formal.mode !== 'result') || scalarOf(formal.type) === undefined) continue
    targets.set(formal, freeze(cx, place(cx, actual), formal.name, actual.span))
  }
  return targets
}

/**
 * @param after gets what brings home what the routine has written
 * @returns the array that an array parameter is given: one whose elements and fields lie on their boundaries
 */
function alignedView(cx: Context, found: ArrayDenotation, formal: VariableSymbol, span: Span, after: (() => void)[]): Expr {
  const writes = formal.mode === 'reference' || formal.mode === 'result'
  if (found.unaligned === undefined) {
    if (writes) after.push(() => settle(cx, found, span))
    return viewOf(found, span)
  }
  const view = pinned(cx, viewOf(found, span), formal.name, span)
  const local = new Local(formal.name, typeOf(view), true)
  cx.emit({ kind: 'declare', local, value: { kind: 'clone', array: view }, span })
  if (writes) after.push(() => cx.emit({ kind: 'copy', target: view, source: use(local), checked: false, span }))
  return use(local)
}

/** @returns where a scalar result goes. */
function outFor(cx: Context, target: Denotation, item: NonNullable<ReturnType<typeof scalarOf>>, span: Span, after: (() => void)[]): Out {
  if (target.kind === 'value' && target.expr.kind === 'local') return { kind: 'local', local: target.expr.local }
  if (target.kind === 'element' && target.backing === undefined) return { kind: 'element', array: target.array, index: target.index }
  const local = new Local('result', { item, array: false }, true)
  cx.emit({ kind: 'declare', local, span })
  after.push(() => write(cx, target, use(local), span))
  return { kind: 'local', local }
}

// ---------------------------------------------------------------------------------------------- predefined PROCs, host services

function predefined(cx: Context, call: ProcCall, which: NonNullable<ProcSymbol['predefined']>): void {
  switch (which) {
    case 'ASSERT': {
      const [claim] = call.actuals
      if (claim === undefined) throw new Error('ASSERT takes a BOOL')
      const sides: Named[] = []
      if (
        claim.kind === 'dyadic' &&
        isComparison(claim.operator) &&
        cx.checked.operatorCalls.get(claim) === undefined &&
        cx.constant(claim) === undefined
      ) {
        for (const side of [claim.left, claim.right]) {
          const item = scalarOf(cx.type(side))
          if (item === undefined) continue
          const held = cx.fixed('side', scalar(cx, side), { item, array: false }, side.span)
          sides.push({ name: textOf(side.span), value: held })
        }
      }
      const [left, right] = sides
      const condition: Expr =
        claim.kind === 'dyadic' && left !== undefined && right !== undefined
          ? compare(claim.operator, scalarOf(cx.type(claim.left)) ?? 'int', left.value, right.value, claim.span)
          : scalar(cx, claim)
      cx.emit({ kind: 'assert', condition, values: sides, span: call.span })
      return
    }
    case 'CAUSEERROR':
      cx.emit({ kind: 'fault', fault: 'causeError', values: [], span: call.span })
      return
    case 'RESIZE.MOBILE.ARRAY.1D': {
      const [array, size] = call.actuals
      if (array === undefined || size === undefined) throw new Error('RESIZE takes an array and a size')
      resize(cx, array, size, call.span)
      return
    }
    case 'SETPRI': {
      // nothing has priorities here; the value is computed, since that may fail
      const [priority] = call.actuals
      if (priority !== undefined) cx.fixed('priority', value(cx, priority), INT_TYPE, call.span)
      return
    }
    case 'INCPRI':
    case 'DECPRI':
      return
    case 'RESCHEDULE':
      cx.emit({ kind: 'reschedule', span: call.span })
      return
  }
}

const COMPARISONS = { '=': 'eq', '<>': 'ne', '<': 'lt', '>': 'gt', '<=': 'le', '>=': 'ge', AFTER: 'after' } as const

function isComparison(operator: string): operator is keyof typeof COMPARISONS {
  return operator in COMPARISONS
}

function compare(operator: string, item: NonNullable<ReturnType<typeof scalarOf>>, left: Expr, right: Expr, span: Span): Expr {
  if (!isComparison(operator)) throw new Error(`${operator} is not a comparison`)
  return { kind: 'operation', operator: COMPARISONS[operator], scalar: item, operands: [left, right], span }
}

/** A host service: values go there by copy, one answer comes back. */
function hostCall(cx: Context, call: ProcCall, symbol: ProcSymbol, service: string): void {
  const actuals: Expr[] = []
  const targets: Denotation[] = []
  symbol.formals.forEach((formal, i) => {
    const actual = call.actuals[i]
    if (actual === undefined) throw new Error('as many actuals as formals')
    if (formal.mode === 'val' || formal.mode === undefined) actuals.push(value(cx, actual))
    else targets.push(freeze(cx, place(cx, actual), formal.name, actual.span))
  })
  const then = cx.body(() => answer(cx, targets, call.span))
  cx.emit({ kind: 'host', service, actuals, then, span: call.span })
}

/** One array result fills the array and, with a length beside it, sets that; a scalar result is a scalar. */
function answer(cx: Context, targets: readonly Denotation[], span: Span): void {
  const [first, second] = targets
  if (first === undefined) return
  if (first.kind === 'array') {
    const got: Expr = { kind: 'received', type: { item: typeOf(first.view).item, array: true } }
    copyTo(cx, first, got, { checked: true, prefix: true }, span)
    if (second !== undefined) write(cx, second, { kind: 'length', array: got }, span)
    return
  }
  const type = first.kind === 'value' ? typeOf(first.expr) : first.kind === 'element' ? { item: first.scalar, array: false } : BOOL_TYPE
  write(cx, first, { kind: 'received', type }, span)
}
