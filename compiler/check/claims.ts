/** SHARED channels: what has to be claimed, and what may be done with an end that is. */
import type { Claim, Direction, Expression } from '../../grammar/ast.ts'
import type { ChannelType, EndType, VariableSymbol } from '../semantics.ts'
import { rootSymbol, withoutDirection, type Claimed, type TypeContext } from './context.ts'
import { demandUnclaimedEnd } from './channel-types.ts'
import { describeKind, endOf, isSharedEnd, sharedEnds } from './type-model.ts'
import { noteEffect } from './demand.ts'
import { noteDirection } from './directions.ts'

/** @returns the CLAIM around us that has an end of the channel, or of a channel of the array, that `expression` is */
function claimOf(ctx: TypeContext, root: VariableSymbol, direction: Direction): Claimed | undefined {
  return ctx.claimed.find((each) => each.root === root && each.direction === direction)
}

/** Reports an end that is SHARED and used without a CLAIM. @returns whether it may be used */
export function demandClaimed(ctx: TypeContext, expression: Expression, type: ChannelType, direction: Direction): boolean {
  if (!isSharedEnd(type, direction)) return true
  const root = rootSymbol(ctx, expression)
  if (root === undefined || claimOf(ctx, root, direction) !== undefined || ctx.resolved.pragmas.shared.has(root)) return true
  ctx.report('E0527', expression.span, { name: withoutDirection(expression), direction })
  return false
}

/** Reports an end that has been claimed and is given away as one that is SHARED. */
export function demandUnclaimed(ctx: TypeContext, expression: Expression, direction: Direction | undefined): void {
  const root = rootSymbol(ctx, expression)
  const claim = root && ctx.claimed.find((each) => each.root === root && (direction === undefined || each.direction === direction))
  if (claim !== undefined)
    ctx.report('E0529', expression.span, { name: withoutDirection(expression) }, [{ span: claim.at, text: 'claimed here' }])
}

/** `CLAIM x[f] ! e` claims `x` for one communication. @returns `x` and its type */
function endOfField(ctx: TypeContext, { end, body }: Claim): readonly [Expression, EndType] | undefined {
  if ((body.kind !== 'output' && body.kind !== 'input') || body.channel !== end || end.kind !== 'subscript') return undefined
  const type = endOf(ctx.visit.expression(end.base))
  return type && [end.base, type]
}

/** Types the CLAIM of an end of a channel type. */
function claimEnd(ctx: TypeContext, claim: Claim, end: Expression, { shared, direction }: EndType): void {
  const { body } = claim
  const root = rootSymbol(ctx, end)
  const text = withoutDirection(end)
  if (!shared) ctx.report('E0528', end.span, { name: text, is: 'an end that one process has' })
  else demandUnclaimedEnd(ctx, end)
  ctx.claims.set(claim, direction)
  if (root !== undefined) ctx.claimed.push({ root, direction, text, at: end.span })
  ctx.visit.process(body)
  if (root !== undefined) ctx.claimed.pop()
}

/** Types a CLAIM. */
export function typeClaim(ctx: TypeContext, claim: Claim): void {
  const { end, body } = claim
  noteEffect(ctx, 'has a CLAIM', end.span)
  const whole = endOfField(ctx, claim)
  if (whole !== undefined) {
    claimEnd(ctx, claim, ...whole)
    return
  }
  const type = ctx.visit.expression(end)
  if (type.kind === 'poison') {
    ctx.visit.process(body)
    return
  }
  const name = withoutDirection(end)
  const bundleEnd = endOf(type)
  if (bundleEnd !== undefined) {
    claimEnd(ctx, claim, end, bundleEnd)
    return
  }
  if (type.kind !== 'channel' || !type.shared) {
    ctx.report('E0528', end.span, { name, is: describeKind(type) })
    ctx.visit.process(body)
    return
  }
  const used = body.kind === 'output' && body.channel === end ? '!' : body.kind === 'input' && body.channel === end ? '?' : undefined
  const [only, other] = sharedEnds(type)
  const direction = type.direction ?? used ?? (other === undefined ? only : undefined)
  const root = rootSymbol(ctx, end)
  if (direction === undefined || root === undefined) {
    ctx.report('E0530', end.span, { name })
    if (root !== undefined) for (const each of ['!', '?'] as const) ctx.claimed.push({ root, direction: each, text: name, at: end.span })
    ctx.visit.process(body)
    if (root !== undefined) ctx.claimed.splice(-2)
    return
  }
  if (!isSharedEnd(type, direction))
    ctx.report('E0528', end.span, { name: `${name}${direction}`, is: 'an end of a channel of which only the other is SHARED' })
  const before = claimOf(ctx, root, direction)
  if (before !== undefined && before.text === name) ctx.report('E0529', end.span, { name }, [{ span: before.at, text: 'claimed here' }])
  noteDirection(ctx, end.kind === 'end' ? end.channel : end, direction)
  ctx.claims.set(claim, direction)
  ctx.claimed.push({ root, direction, text: name, at: end.span })
  ctx.visit.process(body)
  ctx.claimed.pop()
}
