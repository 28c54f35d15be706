/** Ends of channel types in Core: mobiles of which the channels and the claim are taken out by functions of the ABI. */
import type { Direction } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { describe, otherDirection } from '../../check/type-model.ts'
import type { ChannelType, EndType } from '../../semantics.ts'
import { int } from '../ir/build.ts'
import type { CoreType, Expr } from '../ir/ir.ts'

/** The channels of a bundle. */
export const BUNDLE: CoreType = { item: 'channel', array: true }

/** What is done at a field of an end. */
function directionAt({ direction }: EndType, field: ChannelType): Direction {
  const own = field.direction ?? '?'
  return direction === '?' ? own : otherDirection(own)
}

/**
 * @param held the reference to the end
 * @returns the channel that is field number `index` of it
 */
export function fieldOf(end: EndType, held: Expr, index: number, span: Span): Expr {
  const field = end.bundle.fields[index]
  if (field === undefined) throw new Error('a field of a checked end is one of its type')
  const type: CoreType = { item: 'channel', array: false, direction: directionAt(end, field.type) }
  return { kind: 'intrinsic', name: 'fieldOf', operands: [held, int(index)], type, faults: true, span }
}

/** @returns the claim of an end that is SHARED. @param held the reference to it */
export function claimOf(held: Expr, span: Span): Expr {
  return { kind: 'intrinsic', name: 'claimOf', operands: [held], type: { item: 'monitor', array: false }, faults: true, span }
}

/** @returns an end that may be of another type (MOBILE.CHAN), checked at run time to be `end` */
export function asEnd(end: EndType, held: Expr, span: Span): Expr {
  const operands = [held, formOf(end)]
  return { kind: 'intrinsic', name: 'asEnd', operands, type: { item: 'mobile', array: false }, faults: true, span }
}

/** @returns new channels, one for each field */
export function newBundle({ bundle }: EndType, span: Span): Expr {
  return { kind: 'intrinsic', name: 'bundle', operands: [int(bundle.fields.length)], type: BUNDLE, faults: false, span }
}

/** @returns an end of new channels */
export function endOfBundle(end: EndType, channels: Expr, span: Span): Expr {
  const operands = [channels, formOf(end)]
  return { kind: 'intrinsic', name: 'endOf', operands, type: { item: 'mobile', array: false }, faults: false, span }
}

/** What the runtime knows of an end, as a text: its type, and its fields with the directions that it has. */
function formOf(end: EndType): Expr {
  const fields = end.bundle.fields.map(({ name, type }) => {
    return `${describe({ kind: 'channel', protocol: type.protocol, shared: false })} ${name}${directionAt(end, type)}`
  })
  return { kind: 'table', item: 'byte', values: [...new TextEncoder().encode(`${describe(end)} ${fields.join('; ')}`)].map(BigInt) }
}
