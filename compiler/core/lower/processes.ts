/** Processes: assignments, constructors, calls. Communication is in communication.ts, ALT in alternation.ts. */
import type {
  Assignment,
  Branch,
  Choice,
  Conditional,
  Expression,
  Parallel,
  ProcCall,
  Process,
  Scope,
  Selection,
  While,
} from '../../../grammar/ast.ts'
import { textOf } from '../../../grammar/source.ts'
import type { Span } from '../../../grammar/source.ts'
import { isAllocated, isReference } from '../../check/type-model.ts'
import { alternation } from './alternation.ts'
import { callProc } from './calls.ts'
import { forkingAround, forkProc } from './forks.ts'
import { input, output } from './communication.ts'
import { viewOf } from './context.ts'
import type { ArrayDenotation, Context, Denotation } from './context.ts'
import { declare, within } from './declarations.ts'
import { results, scalar, value } from './expressions.ts'
import { INT_TYPE, int, typeOf, use } from '../ir/build.ts'
import { Label, Local } from '../ir/ir.ts'
import type { CaseOption, Choice as CoreChoice, Expr, InlineBranch, ParBranch, WrittenActual, CoreStmt } from '../ir/ir.ts'
import { after } from './fault-order.ts'
import { canFault } from '../ir/faults.ts'
import { copyTo, freeze, place, write } from './denotations.ts'
import { assignMobile, barrierFor, denoted, frozen, makeBundle, makeChannels, oneMore, reference, replace } from './mobiles.ts'
import { claim } from './shared-channels.ts'
import { loopOver, replicator } from './replication.ts'
import { scalarOf, shapeOf } from './shapes.ts'

/** Emits a process. */
export function process(cx: Context, p: Process): void {
  switch (p.kind) {
    case 'skip':
      if (cx.coverable) cx.emit({ kind: 'block', label: new Label('skip'), body: [], span: p.span })
      return
    case 'stop':
      cx.emit({ kind: 'fault', fault: 'stop', values: [], span: p.span })
      return
    case 'pass':
      cx.emit({ kind: 'pass', span: p.span })
      return
    case 'assign':
      assignment(cx, p)
      return
    case 'output':
      output(cx, p)
      return
    case 'input':
      input(cx, p)
      return
    case 'suspend':
      cx.emit({ kind: 'suspend', text: 'SUSPEND', span: p.span })
      return
    case 'sync':
      cx.emit({ kind: 'sync', operation: 'sync', monitor: barrierFor(cx, p.barrier), text: textOf(p.span), span: p.span })
      return
    case 'resign': {
      const monitor = cx.fixed('barrier', barrierFor(cx, p.barrier), { item: 'monitor', array: false }, p.span)
      cx.emit({ kind: 'resign', monitor, ticket: int(0), span: p.span })
      process(cx, p.body)
      cx.emit(oneMore(monitor, p.span))
      return
    }
    case 'fork':
      forkProc(cx, p)
      return
    case 'forking':
      forkingAround(cx, p.span, () => process(cx, p.body))
      return
    case 'claim':
      claim(cx, p, () => process(cx, p.body))
      return
    case 'seq': {
      const { replicator: r } = p
      if (r === undefined) for (const inner of p.body) process(cx, inner)
      else loopOver(cx, replicator(cx, r), r.span, () => p.body.forEach((inner) => process(cx, inner)))
      return
    }
    case 'par':
      parallel(cx, p)
      return
    case 'alt':
      alternation(cx, p)
      return
    case 'if':
      conditional(cx, p)
      return
    case 'case':
      selection(cx, p)
      return
    case 'while':
      whileLoop(cx, p)
      return
    case 'call':
      callProc(cx, p)
      return
    case 'scope':
      scoped(cx, p)
      return
    case 'missing':
      throw new Error('a program with missing parts is not translated')
  }
}

/** Declarations in a row, however many, and the process below them. */
function scoped(cx: Context, outermost: Scope): void {
  const closers: Closer[] = []
  let inner: Process = outermost
  for (; inner.kind === 'scope'; inner = inner.body) closers.push(declare(cx, inner.declaration))
  process(cx, inner)
  for (const close of closers.reverse()) close?.()
}

// ---------------------------------------------------------------------------------------------- assignment

function assignment(cx: Context, a: Assignment): void {
  const [target] = a.targets
  const [source] = a.values
  if (source?.kind === 'allocation' && target !== undefined && isAllocated(cx.type(source))) {
    makeChannels(cx, target, source)
    return
  }
  if (source?.kind === 'allocation' && cx.type(source).kind === 'bundle') {
    makeBundle(cx, a)
    return
  }
  if (a.targets.length === 1 && target !== undefined && source !== undefined) {
    const to = place(cx, target)
    if (to.kind === 'array') {
      if (assignMobile(cx, to, source)) return
      copyArray(cx, to, place(cx, source), a)
      return
    }
    let steady: Denotation = to
    const value = after(
      cx,
      () => scalar(cx, source),
      () => {
        if (to.kind === 'element' && (to.checked || canFault(to.index))) steady = freeze(cx, to, 'target', a.span)
      },
    )
    write(cx, steady, value, a.span)
    return
  }
  // All right sides first, then all subscripts of the left sides, then the assignments.
  const isEach = a.values.length === a.targets.length
  const values = a.values.flatMap((v, i) => {
    const wanted = a.targets[i] === undefined || !isEach ? undefined : cx.type(a.targets[i])
    return wanted !== undefined && isReference(wanted) ? [reference(cx, v, wanted)] : results(cx, v)
  })
  const held = values.map((v, i) => {
    const target = a.targets[i]
    if (target !== undefined && isEach && isReference(cx.type(target))) return v
    if (v.kind === 'literal' || v.kind === 'table') return v
    const type = typeOf(v)
    const kept: Expr = type.array ? { kind: 'clone', array: v } : v
    const local = new Local(`value${i + 1}`, type, true)
    cx.emit({ kind: 'declare', local, value: kept, span: a.span })
    return use(local)
  })
  const targets = a.targets.map((t) => {
    const to = place(cx, t)
    return to.kind === 'array' && to.mobile !== undefined ? denoted(frozen(cx, to.mobile)) : freeze(cx, to, 'target', a.span)
  })
  targets.forEach((to, i) => {
    const v = held[i]
    if (v === undefined) throw new Error('as many values as targets')
    if (to.kind === 'array' && to.mobile !== undefined) replace(cx, to.mobile, v)
    else if (to.kind === 'array') copyTo(cx, to, v, { checked: true }, a.span)
    else write(cx, to, v, a.span)
  })
}

function copyArray(cx: Context, to: ArrayDenotation, from: ReturnType<typeof place>, a: Assignment): void {
  if (from.kind !== 'array') throw new Error('an array is assigned from an array')
  const same = to.dims.every((d, i) => {
    const other = from.dims[i]
    return d.kind === 'literal' && other?.kind === 'literal' && d.value === other.value
  })
  copyTo(cx, to, viewOf(from, a.span), { checked: !same }, a.span)
}

// ---------------------------------------------------------------------------------------------- IF, CASE, WHILE

/** Choices in one chain of `else if`, which is as deep as it is long for whoever reads the generated code: a longer IF becomes several chains. */
const LONGEST_CHAIN = 100

function conditional(cx: Context, c: Conditional): void {
  const isLong = longerThan(c, LONGEST_CHAIN)
  const label = replicated(c) || isLong ? new Label('chosen') : undefined
  const exit = label === undefined ? undefined : { label, isLong }
  const body = cx.body(() => {
    choices(cx, [{ choice: c, outer: [] }], exit, c.span)
    cx.emit({ kind: 'fault', fault: 'noCondition', values: [], span: c.span })
  })
  if (label === undefined) {
    // Without replicators the fault is what the innermost `otherwise` holds: see below.
    for (const s of withOtherwise(body)) cx.emit(s)
    return
  }
  cx.emit({ kind: 'block', label, body, span: c.span })
}

/** Whether some replicated IF is in it: then what follows a choice must be left out by a jump. */
function replicated(c: Conditional): boolean {
  return c.replicator !== undefined || c.choices.some((x) => x.kind === 'nested-if' && replicated(x.conditional))
}

function longerThan(c: Conditional, limit: number): boolean {
  const size = (x: Conditional): number =>
    x.choices.reduce((sum, each) => sum + (each.kind === 'nested-if' ? size(each.conditional) : 1), 0)
  return size(c) > limit
}

/** Moves what stands after the last `if` of a chain into its `otherwise`. */
function withOtherwise(body: readonly CoreStmt[]): CoreStmt[] {
  const at = body.findIndex((s) => s.kind === 'if' && s.choices.length > 0 && isChain(s))
  const chain = body[at]
  if (chain === undefined || chain.kind !== 'if') return [...body]
  const rest = body.slice(at + 1)
  return [...body.slice(0, at), { ...chain, otherwise: withOtherwise([...chain.otherwise, ...rest]) }]
}

const chains = new WeakSet<CoreStmt>()

function isChain(s: CoreStmt): boolean {
  return chains.has(s)
}

/** What is still to be looked at, and the ends of the scopes around it. */
type Pending = { readonly choice: Choice | Conditional; readonly outer: readonly Closer[] }

type Closer = ReturnType<typeof declare>

/** Where a chosen process leaves to; a long IF is one chain after another instead of each in the `otherwise` of the one before. */
interface Exit {
  readonly label: Label
  readonly isLong: boolean
}

/**
 * Emits the choices in order as chains of `if`; what a choice needs before its condition goes into the `otherwise` of those before it, or
 * after them where a chosen process leaves.
 * @param exit where a chosen process leaves to, when what follows may not be in an `otherwise`
 */
function choices(cx: Context, pending: readonly Pending[], exit: Exit | undefined, span: Span): void {
  let made: CoreChoice<InlineBranch>[] = []
  /** What is still to be looked at, the next one last. */
  const rest = [...pending].reverse()
  const pushAll = (list: readonly Pending[]): void => {
    for (let i = list.length - 1; i >= 0; i--) {
      const each = list[i]
      if (each !== undefined) rest.push(each)
    }
  }
  const emitChain = (otherwise: readonly CoreStmt[]): void => {
    const chain: CoreStmt = { kind: 'if', choices: made, otherwise, span }
    chains.add(chain)
    cx.emit(chain)
    made = []
  }
  /** Ends the chain before `next`. @returns whether all that follows has been emitted in its `otherwise` */
  const interrupt = (next: Pending): boolean => {
    if (made.length === 0) return false
    if (exit?.isLong === true) {
      emitChain([])
      return false
    }
    emitChain(cx.body(() => choices(cx, [next, ...rest.reverse()], exit, span)))
    return true
  }
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { choice, outer } = next
    if (exit !== undefined && made.length >= LONGEST_CHAIN) emitChain([])
    switch (choice.kind) {
      case 'missing':
        throw new Error('a program with missing parts is not translated')
      case 'if': {
        const inside = choice.choices.map((inner) => ({ choice: inner, outer }))
        if (choice.replicator === undefined) {
          pushAll(inside)
          break
        }
        if (interrupt(next)) return
        const { replicator: r } = choice
        loopOver(cx, replicator(cx, r), r.span, () => choices(cx, inside, exit, span))
        break
      }
      case 'nested-if': {
        const { declarations, conditional: inner } = choice
        if (declarations.length > 0 && interrupt(next)) return
        rest.push({ choice: inner, outer: [...outer, ...declarations.map((d) => declare(cx, d))] })
        break
      }
      case 'choice': {
        const { declarations, condition, body } = choice
        const [{ closers, test }, before] = cx.collect(() => ({
          closers: declarations.map((d) => declare(cx, d)),
          test: scalar(cx, condition),
        }))
        // What has been collected is left out and made again in the `otherwise`.
        if (before.length > 0 && interrupt(next)) return
        for (const s of before) cx.emit(s)
        made.push({
          condition: test,
          body: cx.body(() => {
            process(cx, body)
            for (const close of [...outer, ...closers].reverse()) close?.()
            if (exit !== undefined) cx.emit({ kind: 'leave', label: exit.label, span: choice.span })
          }),
        })
        break
      }
    }
  }
  if (made.length > 0) emitChain([])
}

function selection(cx: Context, c: Selection): void {
  const held = scalarOf(cx.type(c.selector))
  if (held === undefined) throw new Error('a selector is a scalar')
  let selector = scalar(cx, c.selector)
  const options: CaseOption<InlineBranch>[] = []
  let otherwise: CoreStmt[] | undefined
  const needsName = selector.kind !== 'local' && selector.kind !== 'literal'
  if (needsName) selector = cx.fixed('selector', selector, { item: held, array: false }, c.selector.span)
  for (const o of c.options) {
    const body = cx.body(() => {
      within(cx, o.declarations, () => process(cx, o.body))
    })
    if (o.labels === undefined) otherwise = body
    else options.push({ labels: o.labels.map((l) => label(cx, l)), body })
  }
  otherwise ??= [{ kind: 'fault', fault: 'noOption', values: [{ name: textOf(c.selector.span), value: selector }], span: c.span }]
  cx.emit({ kind: 'case', selector, scalar: held, options, otherwise, span: c.span })
}

function label(cx: Context, e: Parameters<typeof scalar>[1]): bigint | boolean {
  const constant = cx.constant(e)
  if (typeof constant === 'bigint' || typeof constant === 'boolean') return constant
  throw new Error('a CASE label is constant')
}

function whileLoop(cx: Context, w: While): void {
  const [condition, before] = cx.collect(() => scalar(cx, w.condition))
  const what = `WHILE ${textOf(w.condition.span)}`
  if (before.length === 0) {
    cx.emit({ kind: 'loop', condition, body: cx.body(() => process(cx, w.body)), advance: [], text: what, span: w.span })
    return
  }
  const done = new Label('done')
  const body = cx.body(() => {
    for (const s of before) cx.emit(s)
    cx.emit({ kind: 'leave', label: done, unless: condition, span: w.condition.span })
    process(cx, w.body)
  })
  const always: Expr = { kind: 'literal', scalar: 'bool', value: true }
  cx.emit({ kind: 'loop', condition: always, body, advance: [], label: done, text: what, span: w.span })
}

// ---------------------------------------------------------------------------------------------- PAR

function parallel(cx: Context, p: Parallel): void {
  if (p.branches.length === 0) return
  const written = p.replicator === undefined ? undefined : replicator(cx, p.replicator)
  const made =
    written === undefined || p.enrolled === undefined ? written : { ...written, count: cx.fixed('count', written.count, INT_TYPE, p.span) }
  const places = (p.enrolled ?? []).map((barrier) => enrolment(cx, barrier, made?.count ?? int(p.branches.length)))
  const used = new Map<string, number>()
  const branches = p.branches.map((b, i): ParBranch<InlineBranch> => {
    const name = b.body.kind === 'call' ? b.body.name.text : `par.${i + 1}`
    const times = (used.get(name) ?? 0) + 1
    used.set(name, times)
    const placed = placement(cx, b)
    return {
      label: times === 1 ? name : `${name}#${times}`,
      runs: {
        kind: 'inline',
        body: cx.body(() => {
          process(cx, b.body)
          for (const resign of places) cx.emit(resign)
        }),
      },
      ...(b.body.kind === 'call' ? { written: writtenActuals(cx, b.body) } : {}),
      span: b.span,
      ...(placed === undefined ? {} : { place: placed }),
    }
  })
  cx.emit({ kind: 'par', pri: p.mode === 'pri', branches, span: p.span, ...(made === undefined ? {} : { replicator: made }) })
}

/** Enrols the branches of a PAR in a barrier. @returns what each does at its end */
function enrolment(cx: Context, barrier: Expression, count: Expr): CoreStmt {
  const { span } = barrier
  const monitor = cx.fixed('barrier', barrierFor(cx, barrier), { item: 'monitor', array: false }, span)
  const ticket = new Local('ticket', INT_TYPE, true)
  const then: CoreStmt[] = [{ kind: 'declare', local: ticket, value: { kind: 'received', type: INT_TYPE }, span }]
  cx.emit({ kind: 'enroll', monitor, count, then, text: `ENROLL ${textOf(span)}`, span })
  return { kind: 'resign', monitor, ticket: use(ticket), span }
}

/** @returns what the text calls the channels that a call is given, without their directions; for those that are written plainly on one line */
function writtenActuals(cx: Context, { name, actuals }: ProcCall): readonly WrittenActual[] {
  const symbol = cx.symbol(name)
  if (symbol.kind !== 'proc') return []
  return symbol.formals.flatMap((formal, i) => {
    const actual = actuals[i]
    if (actual === undefined || shapeOf(formal.type)?.item !== 'channel') return []
    const { file, start, end } = actual.span
    const written = file.text.slice(start, end)
    return /["'\n]|--/.test(written) ? [] : [{ formal: formal.name, actual: written.replace(/\s*[?!]$/, '') }]
  })
}

function placement(cx: Context, b: Branch): Expr | undefined {
  return b.place === undefined ? undefined : value(cx, b.place.value)
}
