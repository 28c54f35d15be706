/** Types within processes. */
import type {
  Alternation,
  Alternative,
  Assignment,
  Branch,
  Choice,
  Conditional,
  Expression,
  Input,
  Name,
  Process,
  Selection,
  ValueProcess,
} from '../../grammar/ast.ts'
import { headOf } from '../diagnostics/spans.ts'
import type { Type } from '../semantics.ts'
import { typeProcCall, typesOfResults } from './calls.ts'
import { typeInput, typeOutput } from './communication.ts'
import { excerpt, type TypeContext } from './context.ts'
import { demand, demandBool, demandConstant, demandWritable, noteEffect, reportMismatch, valueType } from './demand.ts'
import { evaluate } from './evaluate.ts'
import { bundleIn, demandUnclaimedEnd, typeBundle } from './channel-types.ts'
import { typeClaim } from './claims.ts'
import { FORKING_AROUND, typeFork } from './forks.ts'
import { suspends } from './mobile-processes.ts'
import { demandParts, isStillArray, take, typeChannels } from './mobiles.ts'
import { replicator } from './replicators.ts'
import {
  agrees,
  arrayOf,
  BOOL,
  BYTE,
  describe,
  describeKind,
  INT,
  isAllocated,
  isData,
  isMobileBarrier,
  POISON,
  primitiveName,
} from './type-model.ts'

/** Types everything in `process`. */
export function typeProcess(ctx: TypeContext, process: Process): void {
  switch (process.kind) {
    case 'skip':
    case 'stop':
    case 'pass':
    case 'missing':
      return
    case 'assign': {
      assignment(ctx, process)
      return
    }
    case 'output': {
      typeOutput(ctx, process)
      return
    }
    case 'input': {
      typeInput(ctx, process, false)
      extension(ctx, process)
      return
    }
    case 'seq':
      if (process.replicator !== undefined) replicator(ctx, process.replicator)
      {
        process.body.forEach((step) => {
          typeProcess(ctx, step)
        })
        return
      }
    case 'par':
      noteEffect(ctx, 'has a PAR', headOf(process.span))
      for (const barrier of process.enrolled ?? []) demandBarrier(ctx, barrier)
      if (process.replicator !== undefined) replicator(ctx, process.replicator)
      {
        process.branches.forEach((branch) => {
          parallelBranch(ctx, branch)
        })
        return
      }
    case 'sync':
      noteEffect(ctx, 'has a SYNC', process.span)
      demandBarrier(ctx, process.barrier)
      return
    case 'resign':
      noteEffect(ctx, 'has a RESIGN', headOf(process.span))
      demandBarrier(ctx, process.barrier)
      typeProcess(ctx, process.body)
      return
    case 'suspend':
      suspends(ctx, process.span)
      return
    case 'claim':
      ctx.holding.push('a CLAIM')
      typeClaim(ctx, process)
      ctx.holding.pop()
      return
    case 'fork':
      typeFork(ctx, process)
      return
    case 'forking':
      noteEffect(ctx, 'has a FORKING', headOf(process.span))
      ctx.holding.push(FORKING_AROUND)
      typeProcess(ctx, process.body)
      ctx.holding.pop()
      return
    case 'alt': {
      alternation(ctx, process)
      return
    }
    case 'if': {
      conditional(ctx, process)
      return
    }
    case 'case': {
      selection(ctx, process)
      return
    }
    case 'while':
      demandBool(ctx, process.condition, 'the condition of a WHILE', BOOL)
      {
        typeProcess(ctx, process.body)
        return
      }
    case 'call': {
      typeProcCall(ctx, process)
      return
    }
    case 'scope': {
      let inner: Process = process
      while (inner.kind === 'scope') {
        ctx.visit.declaration(inner.declaration)
        inner = inner.body
      }
      typeProcess(ctx, inner)
      return
    }
  }
}

/** The processes of `c ?? x`. */
function extension(ctx: TypeContext, { extended, channel, mode, span }: Input): void {
  const isExtended = extended !== undefined || (mode.kind === 'case' && mode.extended === true)
  if (isExtended && ctx.types.get(channel)?.kind === 'timer') ctx.report('E0522', span, { name: excerpt(channel.span) })
  if (extended === undefined) return
  ctx.holding.push('the first process of an extended input')
  typeProcess(ctx, extended.during)
  ctx.holding.pop()
  if (extended.after !== undefined) typeProcess(ctx, extended.after)
}

function demandBarrier(ctx: TypeContext, expression: Expression): void {
  const type = ctx.visit.expression(expression)
  if (type.kind === 'barrier' || type.kind === 'poison' || isMobileBarrier(type)) return
  const array = type.kind === 'mobile' ? type.element : type
  const isArray = array.kind === 'array' && isMobileBarrier(array.element)
  ctx.report('E0521', expression.span, { name: excerpt(expression.span), is: describeKind(type), isArray })
}

function assignment(ctx: TypeContext, { targets, values }: Assignment): void {
  const [made] = values
  const [channels] = targets
  if (made?.kind === 'allocation' && channels?.kind === 'name-use' && targets.length === 1 && values.length === 1) {
    const type = ctx.visit.expression(channels)
    if (isAllocated(type)) {
      typeChannels(ctx, made, type)
      return
    }
  }
  const wanted = targets.map((target) => writable(ctx, target))
  const [only] = values
  if (
    targets.length > 1 &&
    values.length === 1 &&
    only !== undefined &&
    (only.kind === 'function-call' || only.kind === 'valof-expression')
  ) {
    ctx.visit.expression(only)
    const results = typesOfResults(ctx, only)
    if (ctx.types.get(only)?.kind === 'poison' && results.length <= 1) return
    if (results.length !== targets.length) ctx.report('E0408', only.span, { targets: targets.length, values: results.length })
    else {
      for (const [i, type] of wanted.entries()) {
        const got = results[i] ?? POISON
        if (!agrees(type, got)) reportMismatch(ctx, only, type, got)
      }
    }
    return
  }
  const bundle = only?.kind === 'allocation' ? bundleIn(ctx, only) : undefined
  if (only?.kind === 'allocation' && bundle !== undefined && values.length === 1) {
    typeBundle(ctx, only, bundle, wanted)
    return
  }
  if (targets.length !== values.length) {
    for (const value of values) valueType(ctx, value)
    const [first, last] = [targets[0], values.at(-1)]
    const unread = [...targets, ...values].some(({ kind }) => kind === 'missing') // the parser has reported it
    if (first !== undefined && last !== undefined && !unread)
      ctx.report(
        'E0408',
        { file: first.span.file, start: first.span.start, end: last.span.end },
        { targets: targets.length, values: values.length },
      )
    return
  }
  for (const [i, value] of values.entries()) {
    const type = wanted[i] ?? POISON
    demand(ctx, value, type)
    const target = targets[i]
    if (target !== undefined && isStillArray(type)) demandParts(ctx, target, type)
    else take(ctx, value, type)
  }
}

/** The type of an assignment's target; poison when it cannot be assigned. */
function writable(ctx: TypeContext, target: Expression): Type {
  const type = ctx.visit.expression(target)
  if (type.kind === 'poison') return POISON
  if (!isData(type)) {
    const name = excerpt(target.span)
    ctx.report('E0431', target.span, {
      name,
      is: describeKind(type),
      hint: type.kind === 'channel' ? `to send on it write \`${name} ! x\`` : undefined,
    })
    return POISON
  }
  if (demandWritable(ctx, target, 'assigned')) demandUnclaimedEnd(ctx, target)
  return type
}

function parallelBranch(ctx: TypeContext, branch: Branch): void {
  const { place, body } = branch
  if (place?.kind === 'node')
    demand(ctx, place.value, arrayOf(BYTE), (got) => {
      ctx.report('E0801', place.value.span, { got: describe(got) })
    })
  else if (place !== undefined)
    demand(ctx, place.value, INT, (got) => {
      ctx.report('E0802', place.value.span, { got: describe(got) })
    })
  if (place?.kind === 'processor') ctx.processors.push(branch)
  typeProcess(ctx, body)
  if (place?.kind === 'processor') ctx.processors.pop()
}

function alternation(ctx: TypeContext, alt: Alternation): void {
  noteEffect(ctx, 'has an ALT', headOf(alt.span))
  if (alt.replicator !== undefined) replicator(ctx, alt.replicator)
  for (const alternative of alt.alternatives) alternativeTypes(ctx, alternative)
}

function alternativeTypes(ctx: TypeContext, alternative: Alternative): void {
  if (alternative.kind === 'missing') return
  for (const declaration of alternative.declarations) ctx.visit.declaration(declaration)
  switch (alternative.kind) {
    case 'guarded':
    case 'guarded-case':
      if (alternative.condition !== undefined) condition(ctx, alternative.condition, 'the condition of a guard')
      typeInput(ctx, alternative.input, true)
      extension(ctx, alternative.input)
      if (alternative.kind === 'guarded') typeProcess(ctx, alternative.body)
      return
    case 'skip-guard':
      condition(ctx, alternative.condition, 'the condition of a guard')
      typeProcess(ctx, alternative.body)
      return
    case 'sync-guard':
      if (alternative.condition !== undefined) condition(ctx, alternative.condition, 'the condition of a guard')
      typeProcess(ctx, alternative.sync)
      typeProcess(ctx, alternative.body)
      return
    case 'nested-alt':
      alternation(ctx, alternative.alt)
      return
  }
}

function condition(ctx: TypeContext, expression: Expression, what: string): void {
  demandBool(ctx, expression, what, BOOL)
  // a written FALSE is a switch left in on purpose
  if (expression.kind === 'dyadic' && evaluate(ctx, expression) === false)
    ctx.report('W0701', expression.span, { what: `\`${excerpt(expression.span)}\`` })
}

function conditional(ctx: TypeContext, written: Conditional): void {
  if (written.replicator !== undefined) replicator(ctx, written.replicator)
  for (const choice of written.choices) choiceTypes(ctx, choice)
}

function choiceTypes(ctx: TypeContext, choice: Choice): void {
  if (choice.kind === 'missing') return
  for (const declaration of choice.declarations) ctx.visit.declaration(declaration)
  if (choice.kind === 'nested-if') {
    conditional(ctx, choice.conditional)
    return
  }
  demandBool(ctx, choice.condition, 'the condition of an IF', BOOL)
  typeProcess(ctx, choice.body)
}

const OTHERWISE = 'write `ELSE` for all other values of a CASE'

function selection(ctx: TypeContext, { selector, options }: Selection): void {
  let type = valueType(ctx, selector)
  const name = primitiveName(type)
  if (type.kind !== 'poison' && (name === undefined || name === 'REAL32' || name === 'REAL64')) {
    ctx.report('E0419', selector.span, { got: `a \`${describe(type)}\`` })
    type = POISON
  }
  const seen = new Map<string, Expression>()
  for (const option of options) {
    for (const declaration of option.declarations) ctx.visit.declaration(declaration)
    for (const label of option.labels ?? []) {
      const otherwise = label.kind === 'literal' && excerpt(label.span) === 'TRUE' // as the last condition of an IF has it
      demand(
        ctx,
        label,
        type,
        otherwise ? (got) => ctx.report('E0401', label.span, { wanted: describe(type), got: describe(got), hint: OTHERWISE }) : undefined,
      )
      const value = type.kind === 'poison' ? null : demandConstant(ctx, label, 'a CASE label')
      if (value === null || typeof value === 'object') continue
      const first = seen.get(String(value))
      if (first !== undefined) ctx.report('E0418', label.span, { label: excerpt(label.span) }, [{ span: first.span, text: 'first here' }])
      else seen.set(String(value), label)
    }
    if (option.labels === undefined) {
      const first = seen.get('ELSE')
      const at: Expression = { kind: 'missing', span: { ...option.span, end: option.span.start + 'ELSE'.length } }
      if (first !== undefined) ctx.report('E0418', at.span, { label: 'ELSE' }, [{ span: first.span, text: 'first here' }])
      else seen.set('ELSE', at)
    }
    typeProcess(ctx, option.body)
  }
}

/** Types a VALOF; @returns the types of its results. */
export function typeValof(ctx: TypeContext, valof: ValueProcess, expected: readonly Type[] | undefined, name?: Name): Type[] {
  ctx.pure.push({ name: name?.text })
  for (const declaration of valof.declarations) ctx.visit.declaration(declaration)
  typeProcess(ctx, valof.body)
  const results = valof.results.map((result, i) => valueType(ctx, result, expected?.[i]))
  ctx.pure.pop()
  return results
}
