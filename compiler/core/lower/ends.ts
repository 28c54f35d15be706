/** Ends of channel types in Core: mobiles of which the channels and the claim are taken out by functions of the ABI. */
import type { Assignment, Claim, Direction, Expression, Subscript } from '../../../grammar/ast.ts'
import type { Span } from '../../../grammar/source.ts'
import { describe, endOf } from '../../check/type-model.ts'
import type { ChannelType, EndType } from '../../semantics.ts'
import { int, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { Expr } from '../ir/ir.ts'
import type { Context, Denotation } from './context.ts'
import { arrayPlace } from './denotations.ts'
import { frozen, heldIn, hold } from './mobiles.ts'

/** @returns the reference to the end that `e` denotes */
function endIn(cx: Context, e: Expression): Expr {
  const { mobile } = arrayPlace(cx, e)
  if (mobile === undefined) throw new Error('an end is held as a mobile')
  return heldIn(mobile)
}

const other = (direction: Direction): Direction => (direction === '?' ? '!' : '?')

/** What is done at a field of an end. */
function directionAt({ direction }: EndType, field: ChannelType): Direction {
  const own = field.direction ?? '?'
  return direction === '?' ? own : other(own)
}

/** @returns the channel `x[f]`, field number `index` of an end; undefined when `x` is no end */
export function fieldOfEnd(cx: Context, { base, span }: Subscript, index: number): Denotation | undefined {
  const end = endOf(cx.type(base))
  const field = end?.bundle.fields[index]
  if (end === undefined || field === undefined) return undefined
  const operands = [endIn(cx, base), int(index)]
  const type = { item: 'channel', array: false, direction: directionAt(end, field.type) } as const
  return { kind: 'channel', expr: { kind: 'intrinsic', name: 'fieldOf', operands, type, faults: true, span } }
}

/** What the runtime knows of an end: its type, and its fields with the directions that it has. */
function formOf(end: EndType): string {
  const fields = end.bundle.fields.map(
    ({ name, type }) => `${describe({ ...type, direction: undefined })} ${name}${directionAt(end, type)}`,
  )
  return `${describe(end)} ${fields.join('; ')}`
}

/** Emits `c, s := MOBILE T`. */
export function makeBundle(cx: Context, { targets, span }: Assignment): void {
  const slots = targets.map((target) => {
    const { mobile } = arrayPlace(cx, target)
    const end = endOf(cx.type(target))
    if (mobile === undefined || end === undefined) throw new Error('an end is held as a mobile')
    return { slot: frozen(cx, mobile), end }
  })
  const fields = slots[0]?.end.bundle.fields.length ?? 0
  const channels = new Local('bundle', { item: 'channel', array: true }, true)
  const made: Expr = { kind: 'intrinsic', name: 'bundle', operands: [int(fields)], type: channels.type, faults: false, span }
  cx.emit({ kind: 'declare', local: channels, value: made, span })
  for (const { slot, end } of slots) {
    const form: Expr = { kind: 'table', item: 'byte', values: [...new TextEncoder().encode(formOf(end))].map(BigInt) }
    const operands = [use(channels), form]
    hold(cx, slot, { kind: 'intrinsic', name: 'endOf', operands, type: { item: 'mobile', array: false }, faults: false, span })
  }
}

/** @returns the end that a CLAIM claims: also of `CLAIM x[f] ! e`; undefined for a CLAIM of a channel */
export function claimedEnd(cx: Context, { end }: Claim): Expression | undefined {
  const at = end.kind === 'end' ? end.channel : end
  if (endOf(cx.type(at)) !== undefined) return at
  return at.kind === 'subscript' && endOf(cx.type(at.base)) !== undefined ? at.base : undefined
}

/** @returns the claim of an end that is SHARED */
export function claimIn(cx: Context, e: Expression, span: Span): Expr {
  return { kind: 'intrinsic', name: 'claimOf', operands: [endIn(cx, e)], type: { item: 'monitor', array: false }, faults: true, span }
}
