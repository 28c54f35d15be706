/** Types of declarations: gives every declared symbol its type. */
import type {
  Abbreviation,
  Declaration,
  FunctionDeclaration,
  Name,
  ProcDeclaration,
  ProcessTypeDeclaration,
  ProtocolDeclaration,
  RecordDeclaration,
  Reshape,
  VariableDeclaration,
} from '../../grammar/ast.ts'
import type { Symbol, FieldSymbol, FunctionSymbol, Protocol, ProtocolComponent, RecordType, TagSymbol, Type } from '../semantics.ts'
import { describeFormal } from './formals.ts'
import { implementsType, processTypeOf } from './mobile-processes.ts'
import { excerpt, settle, withoutDirection, type Draft, type TypeContext } from './context.ts'
import {
  demand,
  demandConstant,
  demandInt,
  demandMobileAround,
  demandWritable,
  effectsOf,
  reportFault,
  reportMismatch,
  seenThroughAny,
  valueType,
} from './demand.ts'
import { settleDirections } from './directions.ts'
import { abbreviatesClaimed, channelType } from './channel-types.ts'
import { demandParts, isStillArray, take } from './mobiles.ts'
import { retyped } from './retyped.ts'
import { evaluate, isConstant, isConstantFault } from './evaluate.ts'
import { typeProcess, typeValof } from './processes.ts'
import { protocolItem, reshapedType, typeFrom } from './type-expressions.ts'
import {
  agreeThroughAny,
  agreeThroughExtension,
  agrees,
  arrayOf,
  baseElement,
  byteSize,
  channelOf,
  describe,
  describeKind,
  endOf,
  fillSizes,
  isData,
  holdsMobile,
  isAllocated,
  isAnyEnd,
  isMobileBarrier,
  INT,
  isSized,
  mobileOf,
  processOf,
  withoutMobile,
  asMobile,
  POISON,
  sameForm,
  sameProtocol,
  withDirection,
} from './type-model.ts'

/** Types a declaration and what is inside it. */
export function typeDeclaration(ctx: TypeContext, declaration: Declaration): void {
  switch (declaration.kind) {
    case 'variable': {
      variables(ctx, declaration)
      return
    }
    case 'initial': {
      const type = typeFrom(ctx, declaration.type)
      const got = declaration.values.map((value) => demand(ctx, value, type))
      for (const [i, name] of declaration.names.entries())
        declare(ctx, name, type.kind === 'poison' ? POISON : fillSizes(type, got[i] ?? POISON))
      if (demandMobileAround(ctx, type, declaration.type.span)) for (const value of declaration.values) take(ctx, value, type)
      return
    }
    case 'abbreviation': {
      if (declaration.val) valAbbreviation(ctx, declaration)
      else referenceAbbreviation(ctx, declaration)
      return
    }
    case 'reshape': {
      reshape(ctx, declaration)
      return
    }
    case 'data-type': {
      const type = typeFrom(ctx, declaration.type)
      if (type.kind !== 'poison' && !isData(type))
        ctx.report('E0434', declaration.type.span, { what: 'a DATA TYPE', type: `\`${describe(type)}\`` })
      settle(
        ctx.symbols.get(declaration.name),
        type.kind === 'poison' || !isData(type) ? POISON : { kind: 'named', name: declaration.name.text, representation: type },
      )
      return
    }
    case 'record': {
      record(ctx, declaration)
      return
    }
    case 'channel-type': {
      channelType(ctx, declaration)
      return
    }
    case 'protocol': {
      protocol(ctx, declaration)
      return
    }
    case 'process-type': {
      processType(ctx, declaration)
      return
    }
    case 'proc': {
      proc(ctx, declaration)
      return
    }
    case 'function': {
      fun(ctx, declaration)
      return
    }
    case 'place':
      for (const subscript of declaration.subscripts) ctx.visit.expression(subscript)
      if (declaration.where.address !== undefined) ctx.visit.expression(declaration.where.address)
      if (declaration.where.kind !== 'at') return
      // a channel of a network may name the link it goes through; it finds its way without
      if (ctx.processors.length > 0 && isChannel(ctx.symbols.get(declaration.name))) return
      ctx.report('E0803', declaration.span, { name: declaration.name.text })
      return
    case 'missing':
      return
  }
}

const isChannel = (symbol: Symbol | undefined): boolean => symbol?.kind === 'variable' && channelOf(symbol.type) !== undefined

/** Gives a name its type and notes how deep in functions it stands. */
function declare(ctx: TypeContext, name: Name, type: Type): void {
  const symbol = ctx.symbols.get(name)
  settle(symbol, type)
  if (symbol !== undefined && ctx.pure.length > 0) ctx.pureDepths.set(symbol, ctx.pure.length)
}

function variables(ctx: TypeContext, declaration: VariableDeclaration): void {
  let type = typeFrom(ctx, declaration.type)
  if (!isSized(type) && !isAllocated(type)) {
    ctx.report('E0420', declaration.type.span, { type: describe(type) })
    type = POISON
  } else if (!demandMobileAround(ctx, type, declaration.type.span)) type = POISON
  for (const name of declaration.names) declare(ctx, name, type)
}

// ---------------------------------------------------------------- abbreviations

function valAbbreviation(ctx: TypeContext, { type: written, name, value }: Abbreviation): void {
  const wanted = written && typeFrom(ctx, written)
  if (wanted !== undefined && mobileOf(wanted) !== undefined)
    ctx.report('E0435', written?.span ?? name.span, { name: name.text, ...bothValAndMobile(wanted) })
  const got = wanted === undefined ? valueType(ctx, value) : demand(ctx, value, wanted)
  declare(ctx, name, wanted === undefined || wanted.kind === 'poison' ? withoutMobile(got) : fillSizes(wanted, got))
  const outcome = evaluate(ctx, value)
  const symbol = ctx.symbols.get(name)
  if (symbol !== undefined) ctx.valueOf.set(symbol, value)
  if (isConstantFault(outcome)) {
    reportFault(ctx, outcome)
    if (symbol !== undefined) ctx.faults.set(symbol, outcome)
  } else if (isConstant(outcome) && symbol !== undefined) ctx.values.set(symbol, outcome)
}

function referenceAbbreviation(ctx: TypeContext, declaration: Abbreviation): void {
  const { name, value, direction } = declaration
  const wanted = declaration.type && withDirection(typeFrom(ctx, declaration.type), direction)
  const got = ctx.visit.expression(value, wanted)
  const channel = channelOf(got)
  let type = wanted === undefined || wanted.kind === 'poison' ? got : fillSizes(wanted, got)
  const [to, from] = [wanted && channelOf(wanted), channelOf(got)]
  const throughAny = wanted !== undefined && agreeThroughAny(wanted, got)
  if (throughAny && to !== undefined && from !== undefined) seenThroughAny(ctx, value, to.protocol, from.protocol)
  const extending = wanted !== undefined && agreeThroughExtension(wanted, got, to?.direction)
  const isAnother = wanted !== undefined && isAnyEnd(wanted) !== isAnyEnd(got)
  if (
    wanted !== undefined &&
    !throughAny &&
    !extending &&
    (!agrees(wanted, got) || isAnother) &&
    !abbreviatesClaimed(ctx, declaration, wanted, got)
  ) {
    reportMismatch(ctx, value, wanted, got)
    type = wanted
  } else if (channel !== undefined) {
    const end = channelOf(type)?.direction ?? direction
    if (end !== undefined && channel.direction !== undefined && channel.direction !== end) {
      const abbreviation = name.text
      ctx.report('E0519', value.span, { name: withoutDirection(value), has: channel.direction, direction: end, abbreviation })
    }
    type = withDirection(type, end ?? channel.direction)
    const symbol = ctx.symbols.get(name)
    if (symbol?.kind === 'variable') ctx.abbreviates.set(symbol, value)
  } else if (isData(got) && got.kind !== 'poison')
    demandWritable(ctx, value, 'abbreviated by reference', 'write `VAL` before the name to abbreviate a value')
  declare(ctx, name, type)
}

function reshape(ctx: TypeContext, declaration: Reshape): void {
  const { operator, name, value, val } = declaration
  const { type: written, open } = reshapedType(ctx, declaration.type)
  const wanted = withDirection(written, declaration.direction)
  // VAL before channels changes nothing
  const got = val && channelOf(wanted) === undefined ? valueType(ctx, value) : ctx.visit.expression(value)
  if (got.kind === 'poison' || wanted.kind === 'poison') {
    declare(ctx, name, wanted)
    return
  }
  if (channelOf(wanted) !== undefined && channelOf(got) !== undefined) {
    channelReshape(ctx, declaration, wanted, got, open)
    return
  }
  if (!isData(got) || !isData(wanted)) {
    ctx.report('E0431', value.span, { name: excerpt(value.span), is: describeKind(got), hint: undefined })
    declare(ctx, name, POISON)
    return
  }
  if (!val) demandWritable(ctx, value, `seen by ${operator}`, 'write `VAL` before the type to see a value')
  const [need, have] =
    operator === 'RETYPES' ? [byteSize(withoutOpen(wanted)), byteSize(got)] : [elements(withoutOpen(wanted)), elements(got)]
  const unit = operator === 'RETYPES' ? 'bytes' : 'elements'
  let type: Type = wanted
  let why: string | undefined
  if (operator === 'RESHAPES' && !agrees(baseElement(wanted), baseElement(got))) why = 'the elements have different types'
  else if (open > 1) why = 'only one size may be left open'
  else if (need !== undefined && have !== undefined) {
    if (isSized(wanted)) why = need === have ? undefined : `${need} ${unit} are needed and there are ${have}`
    else if (need === 0 || have % need !== 0) why = `${have} ${unit} are no multiple of ${need}`
    else if (open === openDimensions(wanted)) type = fillOpen(wanted, have / need)
  }
  if (why !== undefined) ctx.report('E0425', declaration.value.span, { operator, from: describe(got), to: describe(wanted), why })
  declare(ctx, name, type)
  const symbol = ctx.symbols.get(name)
  const outcome = val && why === undefined ? evaluate(ctx, value) : null
  const constant = isConstant(outcome) ? retyped(outcome, got, type) : undefined
  if (symbol !== undefined && constant !== undefined) ctx.values.set(symbol, constant)
}

/** Channels seen under another protocol: as many as there are. */
function channelReshape(
  ctx: TypeContext,
  { operator, name, value, direction, span }: Reshape,
  wanted: Type,
  got: Type,
  open: number,
): void {
  const [to, from] = [channelOf(wanted), channelOf(got)]
  if (to === undefined || from === undefined) return
  const [need, have] = [elements(withoutOpen(wanted)), elements(got)]
  let type = wanted
  let why: string | undefined
  if (operator === 'RESHAPES' && !sameProtocol(to.protocol, from.protocol)) why = 'the channels have different protocols'
  else if (open > 1) why = 'only one size may be left open'
  else if (need !== undefined && have !== undefined) {
    if (isSized(wanted)) why = need === have ? undefined : `${need} channels are needed and there are ${have}`
    else if (need === 0 || have % need !== 0) why = `${have} channels are no multiple of ${need}`
    else if (open === openDimensions(wanted)) type = fillOpen(wanted, have / need)
  }
  if (why !== undefined) ctx.report('E0425', span, { operator, from: describe(got), to: describe(wanted), why })
  const end = to.direction ?? direction
  if (end !== undefined && from.direction !== undefined && from.direction !== end)
    ctx.report('E0519', value.span, { name: withoutDirection(value), has: from.direction, direction: end })
  const symbol = ctx.symbols.get(name)
  if (symbol?.kind === 'variable') ctx.abbreviates.set(symbol, value)
  if (!sameForm(to.protocol, from.protocol)) ctx.bytesOnChannels = true
  declare(ctx, name, why === undefined ? withDirection(type, end ?? from.direction) : POISON)
}

const openDimensions = (type: Type): number =>
  type.kind === 'array' ? (type.size === undefined ? 1 : 0) + openDimensions(type.element) : 0

/** The type with open dimensions taken as 1, to see what one step of them costs. */
const withoutOpen = (type: Type): Type => fillOpen(type, 1)

const fillOpen = (type: Type, size: number): Type =>
  type.kind === 'array' ? arrayOf(fillOpen(type.element, size), type.size ?? size) : type

function elements(type: Type): number | undefined {
  if (type.kind !== 'array') return 1
  const inner = elements(type.element)
  return inner === undefined || type.size === undefined ? undefined : inner * type.size
}

// ---------------------------------------------------------------- types and protocols

function record(ctx: TypeContext, declaration: RecordDeclaration): void {
  const fields: FieldSymbol[] = []
  for (const { type: written, names } of declaration.fields) {
    let type = typeFrom(ctx, written)
    if (type.kind !== 'poison' && !isData(type)) {
      ctx.report('E0434', written.span, { what: 'a field', type: `\`${describe(type)}\`` })
      type = POISON
    } else if (!isSized(type)) {
      ctx.report('E0420', written.span, { type: describe(type) })
      type = POISON
    } else if (!declaration.mobile && holdsMobile(type)) {
      ctx.report('E0436', written.span, { type: describe(type), record: declaration.name.text })
      type = POISON
    } else if (!demandMobileAround(ctx, type, written.span)) type = POISON
    for (const name of names) {
      const symbol = ctx.symbols.get(name)
      settle(symbol, type)
      if (symbol?.kind === 'field') fields.push(symbol)
    }
  }
  const type: RecordType = {
    kind: 'record',
    name: declaration.name.text,
    packed: declaration.packed,
    fields: fields.map(({ name, type: each }) => ({ name, type: each })),
  }
  ctx.fieldsOf.set(type, fields)
  settle(ctx.symbols.get(declaration.name), declaration.mobile ? asMobile(type) : type)
}

function protocol(ctx: TypeContext, declaration: ProtocolDeclaration): void {
  const symbol = ctx.symbols.get(declaration.name)
  const name = declaration.name.text
  let made: Protocol
  const list = (items: NonNullable<ProtocolDeclaration['items']>): readonly ProtocolComponent[] | undefined => {
    const components = items.map((item) => protocolItem(ctx, item))
    return components.every((component) => component !== undefined) ? components : undefined
  }
  if (declaration.tags === undefined) {
    const written = declaration.items ?? []
    const items = list(written)
    made =
      written.length === 1 && written[0]?.kind === 'any'
        ? { kind: 'any' }
        : items === undefined
          ? { kind: 'poison' }
          : { kind: 'sequence', name, items }
  } else {
    const tags: TagSymbol[] = []
    const bases: Protocol[] = []
    for (const base of declaration.extends ?? []) {
      const extended = ctx.symbols.get(base)
      if (extended?.kind !== 'protocol') continue
      if (extended.protocol.kind !== 'variant' && extended.protocol.kind !== 'poison')
        ctx.report('E0520', base.span, { name: base.text }, declaredHere(extended))
      bases.push(extended.protocol)
      for (const tag of ctx.tagsOf.get(extended.protocol) ?? []) if (!tags.includes(tag)) tags.push(tag)
    }
    // What is written on one of a family of protocols can be read on another, so none of their tags are alike.
    const shares = bases.length > 0 || ctx.extended.has(name)
    const first = shares ? ctx.sharedTags : 0
    if (shares) ctx.sharedTags += declaration.tags.length
    for (const tag of declaration.tags) {
      if (tag.value !== undefined && demandInt(ctx, tag.value, 'the value of a tag', INT))
        demandConstant(ctx, tag.value, 'the value of a tag')
      const items = list(tag.items)
      const tagSymbol = ctx.symbols.get(tag.name)
      if (tagSymbol?.kind !== 'tag') continue
      const twin = tags.find((each) => each.name === tagSymbol.name && each.declaredAt !== undefined && bases.length > 0)
      if (twin?.declaredAt !== undefined && !declaration.tags.some((own) => own.name.span === twin.declaredAt))
        ctx.report('E0302', { span: tag.name.span, text: 'the second' }, { name: tagSymbol.name, list: 'tags' }, [
          { span: twin.declaredAt, text: 'the first' },
        ])
      const draft: Draft<TagSymbol> = tagSymbol
      draft.items = items ?? [{ kind: 'plain', type: POISON }]
      draft.index = first + tagSymbol.index
      tags.push(tagSymbol)
    }
    made = {
      kind: 'variant',
      name,
      ...(bases.length > 0 && { extends: bases }),
      tags: tags.map(({ name, index, items }) => ({ name, index, items })),
    }
    ctx.tagsOf.set(made, tags)
  }
  if (symbol?.kind === 'protocol') (symbol as Draft<typeof symbol>).protocol = made // see Draft
}

const declaredHere = ({ declaredAt }: Symbol) => (declaredAt === undefined ? [] : [{ span: declaredAt, text: 'declared here' }])

// ---------------------------------------------------------------- PROCs and FUNCTIONs

function processType(ctx: TypeContext, declaration: ProcessTypeDeclaration): void {
  for (const formal of declaration.formals) declare(ctx, formal.name, withDirection(typeFrom(ctx, formal.type), formal.direction))
  settle(ctx.symbols.get(declaration.name), processTypeOf(ctx, declaration))
}

/** What is said of a mobile type that is VAL: what has elements may give them; an end, a barrier or a mobile process is moved as a whole. */
function bothValAndMobile(type: Type): { type: string; whole?: boolean } {
  const isWhole = endOf(type) !== undefined || isMobileBarrier(type) || processOf(type) !== undefined
  return isWhole ? { type: describe(type), whole: true } : { type: describe(withoutMobile(type)) }
}

function proc(ctx: TypeContext, declaration: ProcDeclaration): void {
  const symbol = ctx.symbols.get(declaration.name)
  for (const formal of declaration.formals) {
    const type = withDirection(typeFrom(ctx, formal.type), formal.direction)
    if (formal.mode !== 'reference' && type.kind !== 'poison' && !isData(type)) {
      ctx.report('E0434', formal.span, { what: `a ${formal.mode.toUpperCase()} parameter`, type: `\`${describe(type)}\`` })
      declare(ctx, formal.name, POISON)
    } else if (formal.mode === 'val' && mobileOf(type) !== undefined) {
      ctx.report('E0435', formal.span, { name: formal.name.text, ...bothValAndMobile(type) })
      declare(ctx, formal.name, POISON)
    } else declare(ctx, formal.name, type)
  }
  if (symbol?.kind !== 'proc') return
  effectsOf(ctx, symbol)
  implementsType(ctx, declaration, symbol)
  // a nested PROC does nothing until it is called
  const pure = ctx.pure.splice(0)
  ctx.procs.push(symbol)
  const around = ctx.holding.splice(0)
  typeProcess(ctx, declaration.body)
  for (const held of around) ctx.holding.push(held)
  ctx.procs.pop()
  for (const routine of pure) ctx.pure.push(routine)
  settleDirections(ctx, symbol.formals)
}

function fun(ctx: TypeContext, declaration: FunctionDeclaration): void {
  const symbol = ctx.symbols.get(declaration.name)
  if (symbol?.kind !== 'function') return
  const results = declaration.results.map((result) => typeFrom(ctx, result))
  const draft: Draft<FunctionSymbol> = symbol
  draft.results = results
  for (const [i, result] of results.entries()) {
    const at = declaration.results[i]?.span ?? declaration.span
    if (result.kind !== 'poison' && !isData(result)) ctx.report('E0434', at, { what: 'a result', type: `\`${describe(result)}\`` })
    else demandMobileAround(ctx, result, at)
  }
  ctx.pure.push({ name: declaration.name.text })
  for (const formal of declaration.formals) {
    const type = withDirection(typeFrom(ctx, formal.type), formal.direction)
    declare(ctx, formal.name, type)
    const formalSymbol = ctx.symbols.get(formal.name)
    if (type.kind === 'poison' || formalSymbol?.kind !== 'variable') continue
    if (!isData(type)) ctx.report('E0422', formal.span, { parameter: formal.name.text, what: describeKind(type), isData: false })
    else if (mobileOf(type) !== undefined) ctx.report('E0435', formal.span, { name: formal.name.text, ...bothValAndMobile(type) })
    else if (formal.mode === 'reference' || formal.mode === 'result')
      ctx.report('E0422', formal.span, {
        parameter: formal.name.text,
        what: `a variable (\`${describeFormal(formalSymbol)}\`)`,
        isData: true,
      })
  }
  ctx.pure.pop()
  const { body } = declaration
  const given = body.kind === 'expressions' ? body.values : body.results
  const [only] = given
  let types: readonly Type[]
  if (body.kind === 'valof') types = typeValof(ctx, body, results, declaration.name)
  else {
    ctx.pure.push({ name: declaration.name.text })
    types = body.values.map((value, i) => ctx.visit.expression(value, results[i]))
    ctx.pure.pop()
  }
  const several = only === undefined ? undefined : ctx.resultTypes.get(only)
  if (given.length === 1 && several !== undefined && several.length > 1) types = several
  if (types.length !== results.length) {
    const at = given.at(-1)?.span ?? declaration.name.span
    ctx.report('E0423', at, { wanted: results.length, got: types.length })
    return
  }
  for (const [i, result] of results.entries()) {
    const expression = given[i] ?? only
    const type = types[i] ?? POISON
    if (expression === undefined) continue
    if (!agrees(result, type)) reportMismatch(ctx, expression, result, type)
    else if (mobileOf(result) !== undefined && isStillArray(type)) demandParts(ctx, expression, type)
  }
}
