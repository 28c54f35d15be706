/** Channel types and their ends: what `CHAN TYPE` declares, what makes a bundle, and what may be done with an end. */
import type { Abbreviation, Allocation, ChannelTypeDeclaration, Direction, Expression } from '../../grammar/ast.ts'
import type { BundleType, ChannelType, EndType, FieldSymbol, Type, VariableSymbol } from '../semantics.ts'
import { excerpt, rootSymbol, settle, withoutDirection, type TypeContext } from './context.ts'
import { typeFrom } from './type-expressions.ts'
import { describe, endOf, endWithin, isAnyEnd, otherDirection, POISON, withDirection } from './type-model.ts'

/** Types `CHAN TYPE T`, in full or announced. */
export function channelType(ctx: TypeContext, declaration: ChannelTypeDeclaration): void {
  const symbol = ctx.symbols.get(declaration.name)
  if (symbol?.kind !== 'type') return
  const known = symbol.type.kind === 'bundle' ? symbol.type : undefined
  const bundle: BundleType = known ?? { kind: 'bundle', name: declaration.name.text, fields: [] }
  settle(symbol, bundle)
  if (declaration.isForward) return
  const fields: FieldSymbol[] = []
  for (const { type: written, name, direction } of declaration.fields) {
    const type = fieldType(ctx, typeFrom(ctx, written), { written: excerpt(written.span), name, direction })
    const field = ctx.symbols.get(name)
    settle(field, type ?? POISON)
    if (field?.kind !== 'field') continue
    fields.push(field)
    bundle.fields.push({ name: field.name, type: type ?? { kind: 'channel', protocol: { kind: 'poison' }, shared: false } })
  }
  ctx.fieldsOf.set(bundle, fields)
}

/** @returns the type of a field, which is one channel with a direction; undefined for what was reported */
function fieldType(
  ctx: TypeContext,
  type: Type,
  { written, name, direction }: { readonly written: string } & Pick<ChannelTypeDeclaration['fields'][number], 'name' | 'direction'>,
): ChannelType | undefined {
  if (type.kind === 'poison') return undefined
  if (type.kind !== 'channel' || type.shared) {
    ctx.report('E0546', name.span, { name: name.text, type: describe(type) })
    return undefined
  }
  const end = direction ?? type.direction
  if (end === undefined) {
    ctx.report('E0541', name.span, { name: name.text, written })
    return undefined
  }
  return { ...type, direction: end }
}

/** @returns the type that the field `x[f]`, declared as `type`, has for whoever has `x`, which is `end` */
export function fieldOfEnd(ctx: TypeContext, x: Expression, end: EndType, type: Type): Type {
  if (type.kind === 'poison' || !demandClaimedEnd(ctx, x, end)) return POISON
  return type.kind === 'channel' && type.direction !== undefined && end.direction === '!'
    ? withDirection(type, otherDirection(type.direction))
    : type
}

// ---------------------------------------------------------------- claims

/** @returns the CLAIM around us that has the very end that `expression` is */
function claimOfEnd(ctx: TypeContext, expression: Expression, root: VariableSymbol | undefined) {
  const text = withoutDirection(expression)
  const named = root && ctx.claimedNames.get(root)
  return named ?? ctx.claimed.find((each) => each.root === root && each.text === text)
}

/** Reports an end that is SHARED and used without a CLAIM. @returns whether it may be used */
function demandClaimedEnd(ctx: TypeContext, expression: Expression, end: EndType): boolean {
  const root = rootSymbol(ctx, expression)
  if (!end.shared || claimOfEnd(ctx, expression, root) !== undefined) return true
  ctx.report('E0527', expression.span, { name: withoutDirection(expression), direction: end.direction })
  return false
}

/**
 * An abbreviation `T! k IS c`, where `c` is SHARED: within its CLAIM it is not.
 * @returns whether it is one
 */
export function abbreviatesClaimed(ctx: TypeContext, { name, value }: Abbreviation, wanted: Type, got: Type): boolean {
  const [to, from] = [endOf(wanted), endOf(got)]
  if (to === undefined || from?.shared !== true || to.shared || to.bundle !== from.bundle || to.direction !== from.direction) return false
  const claim = claimOfEnd(ctx, value, rootSymbol(ctx, value))
  const symbol = ctx.symbols.get(name)
  if (claim === undefined || symbol?.kind !== 'variable') return false
  ctx.claimedNames.set(symbol, claim)
  return true
}

/** Reports an end that has been claimed and is sent, assigned, or given as one that is SHARED. */
export function demandUnclaimedEnd(ctx: TypeContext, expression: Expression): void {
  const root = rootSymbol(ctx, expression)
  if (root === undefined || endWithin(root.type) === undefined) return
  const claim = claimOfEnd(ctx, expression, root)
  if (claim !== undefined)
    ctx.report('E0529', expression.span, { name: withoutDirection(expression) }, [{ span: claim.at, text: 'claimed here' }])
}

/**
 * Checks an end that is given to a parameter. One that is claimed is not SHARED meanwhile.
 * @returns whether they are both SHARED or both not, or else that has been reported
 */
export function endActual(
  ctx: TypeContext,
  actual: Expression,
  { formal, formalType, type }: { readonly formal: string; readonly formalType: Type; readonly type: Type },
): boolean {
  const [wanted, got] = [endOf(formalType), endOf(type)]
  if (wanted === undefined || got === undefined) return false
  if (isAnyEnd(formalType) || isAnyEnd(type)) {
    demandUnclaimedEnd(ctx, actual)
    return true
  }
  if (wanted.bundle !== got.bundle || wanted.direction !== got.direction) return false
  if (!wanted.shared) demandClaimedEnd(ctx, actual, got)
  else if (got.shared) demandUnclaimedEnd(ctx, actual)
  else ctx.report('E0528', actual.span, { name: excerpt(actual.span), is: `\`${describe(got)}\``, formal })
  return true
}

// ---------------------------------------------------------------- making a bundle

/** @returns the channel type that `MOBILE T` makes a bundle of */
export function bundleIn(ctx: TypeContext, { type }: Allocation): BundleType | undefined {
  const symbol = type.kind === 'named-type' ? ctx.symbols.get(type.name) : undefined
  return symbol?.kind === 'type' && symbol.type.kind === 'bundle' ? symbol.type : undefined
}

/** Types `c, s := MOBILE T`. @param targets the types of what is assigned */
export function typeBundle(ctx: TypeContext, allocation: Allocation, bundle: BundleType, targets: readonly Type[]): void {
  ctx.types.set(allocation, bundle)
  if (targets.some(({ kind }) => kind === 'poison')) return
  const ends = targets.map(endOf)
  const count = (direction: Direction): number => ends.filter((end) => end?.bundle === bundle && end.direction === direction).length
  if (targets.length === 2 && count('!') === 1 && count('?') === 1) return
  ctx.report('E0543', allocation.span, { name: bundle.name })
}
