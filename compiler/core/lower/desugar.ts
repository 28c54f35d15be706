/** From a checked program to Core: every routine that can be reached, made on its first call. */
import type { FunctionDeclaration, ProcDeclaration, Test } from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { representation } from '../../check/type-model.ts'
import type { Checked, FunctionSymbol, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { bindParameter, variantOf } from './aliased-calls.ts'
import { isShared, sharedParameter } from './shared-variables.ts'
import { callRoutine } from './calls.ts'
import { classify } from './classify.ts'
import { Context, product } from './context.ts'
import type { Bindings } from './context.ts'
import { declare } from './declarations.ts'
import { forkingAround } from './forks.ts'
import { results, valof } from './expressions.ts'
import { INT_TYPE, int, raw, use, isHeld } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { Core, CoreRoutine, CoreType, Expr, Routine } from '../ir/ir.ts'
import { comesBack } from './kept-ends.ts'
import { denoted } from './mobiles.ts'
import { process } from './processes.ts'
import { SIZE } from '../ir/range.ts'
import { declareLocks, hasLocks, lockParameters } from './shared-channels.ts'
import { coreType, shapeOf } from './shapes.ts'

/**
 * Desugars and flattens.
 * @param checked a program without errors
 * @param coverable whether each SKIP leaves something in the code
 * @returns its routines, callees before callers as far as they do not call each other
 */
export function desugar(checked: Checked, coverable = false): Core {
  const cx = new Context(checked, classify(checked), coverable)
  cx.makeRoutine = (symbol, bindings) => {
    const { declaration } = symbol
    if (bindings === undefined || declaration?.kind !== 'proc') return routineOf(cx, symbol)
    return variantOf(cx, declaration, bindings, () => makeRoutine(cx, symbol, declaration, bindings))
  }
  const tests: { routine: Routine; index: number }[] = []
  for (const item of checked.program.items) {
    if (item.kind !== 'test') declare(cx, item)
  }
  // All of the program's own file; of what it includes, only what is called.
  for (const item of checked.program.items) {
    if ((item.kind !== 'proc' && item.kind !== 'function') || item.span.file !== checked.program.span.file) continue
    const symbol = cx.symbol(item.name)
    if (symbol.kind === 'proc' || symbol.kind === 'function') routineOf(cx, symbol)
  }
  checked.tests.forEach((test, index) => tests.push({ routine: testRoutine(cx, test, index), index }))
  const main = checked.main === undefined ? undefined : routineOf(cx, checked.main)
  const entries = (checked.entries ?? []).map((symbol) => entryRoutine(cx, symbol))
  return { routines: cx.order, tests, entries, shared: cx.shared, ...(main === undefined ? {} : { main }) }
}

/**
 * What is started when a PROC is started from outside: the PROC itself, or, when that is no machine or needs what only a main process makes (the claims of
 * SHARED channels, the place where what it forks ends), a routine that calls it.
 */
function entryRoutine(cx: Context, symbol: ProcSymbol): Routine {
  const called = routineOf(cx, symbol)
  const isShared = symbol.formals.some(({ type }) => hasLocks(type))
  if (symbol === cx.checked.main || (!called.direct && !cx.forks && !isShared)) return called
  const { span, title } = called
  const params: Local[] = []
  for (const formal of symbol.formals) parameter(cx, formal, params, [], true)
  const routine: Routine = { name: cx.unique(`${called.name}.entry`), kind: 'proc', direct: false, results: [], span, title }
  fill(cx, { routine, params, outs: [] }, () => {
    for (const formal of symbol.formals) ownLocks(cx, formal, span)
    wholeProgram(cx, span, () => {
      callRoutine(cx, symbol, { given: symbol.formals.map((formal) => cx.places.get(formal)) }, span)
    })
  })
  return routine
}

function testRoutine(cx: Context, test: Test, index: number): Routine {
  const routine: Routine = {
    name: cx.unique(`test.${index + 1}`),
    kind: 'test',
    direct: false,
    results: [],
    span: test.span,
    title: `TEST "${test.title}"`,
  }
  fill(cx, { routine, params: [], outs: [] }, () => {
    wholeProgram(cx, test.span, () => process(cx, test.body))
  })
  return routine
}

/** The main process makes the claims of the SHARED channels that it is given. */
function ownLocks(cx: Context, formal: VariableSymbol, span: Span): void {
  const given = cx.places.get(formal)
  if (given?.kind === 'channel') cx.places.set(formal, { ...given, ...declareLocks(cx, formal.name, formal.type, undefined, span) })
  else if (given?.kind === 'array')
    cx.places.set(formal, { ...given, ...declareLocks(cx, formal.name, formal.type, product(given.dims, span), span) })
}

/** A program that forks ends when all that it has forked has ended. */
function wholeProgram(cx: Context, span: Span, body: () => void): void {
  if (cx.forks) forkingAround(cx, span, body)
  else body()
}

function routineOf(cx: Context, symbol: ProcSymbol | FunctionSymbol): Routine {
  const { declaration } = symbol
  if (declaration === undefined) throw new Error(`${symbol.name} has no declaration`)
  return cx.routines.get(declaration) ?? makeRoutine(cx, symbol, declaration)
}

/** @param bindings what parameters are bound to, in another form of a PROC */
function makeRoutine(
  cx: Context,
  symbol: ProcSymbol | FunctionSymbol,
  declaration: ProcDeclaration | FunctionDeclaration,
  bindings?: Bindings,
): Routine {
  const outer = cx.enclosing.get(declaration) ?? ''
  const params: Local[] = []
  const outs: Local[] = []
  for (const formal of symbol.formals) {
    if (!bindParameter(cx, formal, bindings?.get(formal), params, declaration.span))
      parameter(cx, formal, params, outs, symbol === cx.checked.main)
  }
  const routine: Routine = {
    name: cx.unique(outer === '' ? plainName(symbol.name) : `${outer}.${plainName(symbol.name)}`),
    kind: declaration.kind,
    ...(declaration.kind === 'proc' && declaration.implements !== undefined ? { mobile: true as const } : {}),
    direct: cx.direct.has(declaration),
    results: symbol.kind === 'function' ? symbol.results.map((type) => resultType(type)) : [],
    span: declaration.span,
    title: textOf(declaration.span),
  }
  if (bindings === undefined) cx.routines.set(declaration, routine)
  else cx.variants.set(declaration, [...(cx.variants.get(declaration) ?? []), { bindings, routine }])
  fill(cx, { routine, params, outs }, () => {
    if (declaration.kind === 'proc') {
      const closers = symbol.formals.map((formal) => sharedParameter(cx, formal, declaration.span))
      if (symbol === cx.checked.main) for (const formal of symbol.formals) ownLocks(cx, formal, declaration.span)
      if (symbol === cx.checked.main) wholeProgram(cx, declaration.span, () => process(cx, declaration.body))
      else process(cx, declaration.body)
      for (const close of closers) close?.()
      return
    }
    const { body } = declaration
    const values = body.kind === 'expressions' ? body.values.flatMap((e) => results(cx, e)) : valof(cx, body)
    cx.emit({ kind: 'return', values: values.map((v) => owned(cx, v)), span: body.kind === 'valof' ? body.span : declaration.span })
  })
  return routine
}

function resultType(type: Parameters<typeof shapeOf>[0]): CoreType {
  const shape = shapeOf(type)
  if (shape === undefined) throw new Error(`a result of type ${representation(type).kind}`)
  return coreType(shape)
}

/** Operators have symbols for names; as routine names these become words. */
function plainName(name: string): string {
  return /^[A-Za-z]/.test(name)
    ? name
    : `operator.${Array.from(name)
        .filter((c) => c !== '"')
        .map((c) => (/\w/.test(c) ? c : `x${c.charCodeAt(0).toString(16)}`))
        .join('')}`
}

/** A result array that is not the function's own would be shared with the caller: it is copied. */
function owned(cx: Context, e: Expr): Expr {
  const isView = (e.kind === 'local' && e.local.type.array && !cx.ownArrays.has(e.local)) || e.kind === 'slice' || e.kind === 'retype'
  return isView && (e.kind !== 'retype' || e.to.array) ? { kind: 'clone', array: e } : e
}

/** Lowers a body, wherever the lowering of another routine stands. */
function fill(cx: Context, made: Omit<CoreRoutine, 'body'>, work: () => void): void {
  const { routineName, ownArrays } = cx
  cx.routineName = made.routine.name
  cx.ownArrays = new Set()
  const body = cx.body(work)
  cx.routineName = routineName
  cx.ownArrays = ownArrays
  cx.order.push({ ...made, body })
}

/** Makes the locals of one formal and gives its name its place. calls.ts lays out actuals in the same order. */
/** @param isMain whether what the parameter is given comes from the host, which knows of no claims */
function parameter(cx: Context, formal: VariableSymbol, params: Local[], outs: Local[], isMain = false): void {
  const shape = shapeOf(formal.type)
  if (shape === undefined) {
    cx.places.set(formal, { kind: 'timer' })
    return
  }
  const direction = shape.direction ?? formal.inferredDirection
  const type = coreType({ ...shape, direction })
  if (shape.mobile !== undefined) {
    const local = new Local(formal.name, type, false)
    params.push(local)
    if (comesBack(cx.checked, formal)) outs.push(local)
    cx.places.set(formal, denoted({ type: formal.type, at: { kind: 'local', local }, span: declaredSpan(formal) }))
    return
  }
  if (shape.dims.length > 0) {
    const local = new Local(formal.name, type, true)
    if (isShared(cx, formal)) cx.shared.add(local)
    if (formal.mode === 'reference' && (cx.checked.sharedVariables?.size ?? 0) > 0) cx.perhapsShared.add(local)
    params.push(local)
    const inner = shape.dims.slice(1).map((d, i): Expr => {
      if (d !== undefined) return int(d)
      const size = new Local(`${formal.name}.size${i + 2}`, INT_TYPE, true, SIZE)
      params.push(size)
      return use(size)
    })
    const [first] = shape.dims
    const outer =
      first === undefined
        ? raw('raw/', { kind: 'length', array: use(local) }, product(inner, declaredSpan(formal)), declaredSpan(formal))
        : int(first)
    cx.places.set(formal, {
      kind: 'array',
      view: use(local),
      dims: [outer, ...inner],
      ...(isMain ? {} : lockParameters(formal.name, formal.type, params)),
    })
    return
  }
  const fixed = formal.mode === undefined || formal.mode === 'val' || isHeld(shape.item)
  const local = new Local(formal.name, type, fixed)
  params.push(local)
  if (!isHeld(shape.item) && (formal.mode === 'reference' || formal.mode === 'result')) outs.push(local)
  cx.places.set(
    formal,
    isHeld(shape.item)
      ? { kind: 'channel', expr: use(local), ...(isMain ? {} : lockParameters(formal.name, formal.type, params)) }
      : { kind: 'value', expr: use(local) },
  )
}

function declaredSpan(formal: VariableSymbol): NonNullable<VariableSymbol['declaredAt']> {
  if (formal.declaredAt === undefined) throw new Error('a formal is declared somewhere')
  return formal.declaredAt
}
