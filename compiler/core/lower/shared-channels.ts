/** SHARED channels and CLAIM: with a channel goes the claim of each end that is shared. */
import type { Claim, Direction, Expression } from '../../../grammar/ast.ts'
import { textOf, type Span } from '../../../grammar/source.ts'
import { baseElement, endOf, sharedEnds } from '../../check/type-model.ts'
import type { Type } from '../../semantics.ts'
import { use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { CoreType, Expr } from '../ir/ir.ts'
import { product } from './context.ts'
import type { ArrayDenotation, Context, Denotation, Locks } from './context.ts'
import { place } from './denotations.ts'
import { claimOf } from './ends.ts'
import { referenceOf } from './mobiles.ts'

/** The types of the claims that go with a channel, or with channels, of a type; in the order of parameters. */
function lockTypes(type: Type): readonly { readonly direction: Direction; readonly type: CoreType }[] {
  const base = baseElement(type)
  const array = type.kind === 'array'
  return base.kind === 'channel' ? sharedEnds(base).map((direction) => ({ direction, type: { item: 'monitor', array } })) : []
}

/** @returns whether claims go with a channel, or with channels, of a type */
export function hasLocks(type: Type): boolean {
  return lockTypes(type).length > 0
}

const nameOf = (name: string, direction: Direction): string => `${name}.${direction === '!' ? 'writers' : 'readers'}`

/** Declares the claims of channels that are made. @param size how many channels there are; undefined for one that is no array */
export function declareLocks(cx: Context, name: string, type: Type, size: Expr | undefined, span: Span): { readonly locks?: Locks } {
  return collected(
    lockTypes(type).map(({ direction, type: held }) => {
      const local = new Local(nameOf(name, direction), held, true)
      const value: Expr = {
        kind: 'intrinsic',
        name: size === undefined ? 'lock' : 'locks',
        operands: size === undefined ? [] : [size],
        type: held,
        faults: false,
        span,
      }
      cx.emit({ kind: 'declare', local, value, span })
      return [direction, use(local)] as const
    }),
  )
}

/** Makes the parameters for the claims of a formal. */
export function lockParameters(name: string, type: Type, params: Local[]): { readonly locks?: Locks } {
  return collected(
    lockTypes(type).map(({ direction, type: held }) => {
      const local = new Local(nameOf(name, direction), held, true)
      params.push(local)
      return [direction, use(local)] as const
    }),
  )
}

function collected(list: readonly (readonly [Direction, Expr])[]): { readonly locks?: Locks } {
  return list.length === 0 ? {} : { locks: Object.fromEntries(list) } // by directions
}

/** @returns what is given for the claims of a formal */
export function lockActuals(found: Denotation, type: Type, span: Span): Expr[] {
  return lockTypes(type).map(({ direction }) => lockOf(found, direction, span))
}

/** @returns the claim of an end, or the claims of the ends of an array */
function lockOf(found: Denotation, direction: Direction, span: Span): Expr {
  const locks = found.kind === 'channel' || found.kind === 'array' ? found.locks?.[direction] : undefined
  if (locks === undefined) throw new Error('an end that is claimed is shared')
  return found.kind === 'array' ? partOf(found, locks, span) : locks
}

function partOf({ offset, dims }: ArrayDenotation, locks: Expr, span: Span): Expr {
  return offset === undefined ? locks : { kind: 'slice', array: locks, offset, length: product(dims, span) }
}

/** @returns the claims of element `index` */
export function locksAt(locks: Locks | undefined, index: Expr, span: Span): { readonly locks?: Locks } {
  if (locks === undefined) return {}
  const found = (['!', '?'] as const).flatMap((direction) => {
    const array = locks[direction]
    return array === undefined ? [] : [[direction, { kind: 'element', array, index, checked: true, span } as const] as const]
  })
  return collected(found)
}

/** @returns the claims of a frozen place */
export function frozenLocks(cx: Context, p: Denotation, span: Span): { readonly locks?: Locks } {
  if ((p.kind !== 'channel' && p.kind !== 'array') || p.locks === undefined) return {}
  const { locks } = p
  const found = (['!', '?'] as const).flatMap((direction) => {
    if (locks[direction] === undefined) return []
    const held = lockOf(p, direction, span)
    return [[direction, cx.fixed('claim', held, { item: 'monitor', array: p.kind === 'array' }, span)] as const]
  })
  return collected(found)
}

/** @returns the end that a CLAIM claims: also of `CLAIM x[f] ! e`; undefined for a CLAIM of a channel */
function claimedEnd(cx: Context, { end }: Claim): Expression | undefined {
  const at = end.kind === 'end' ? end.channel : end
  if (endOf(cx.type(at)) !== undefined) return at
  return at.kind === 'subscript' && endOf(cx.type(at.base)) !== undefined ? at.base : undefined
}

/** Emits a CLAIM. @param body emits the process */
export function claim(cx: Context, c: Claim, body: () => void): void {
  const direction = cx.checked.claims.get(c)
  if (direction === undefined) throw new Error('a checked CLAIM has a direction')
  const { span } = c.end
  const end = claimedEnd(cx, c)
  const lock = end === undefined ? lockOf(place(cx, c.end), direction, span) : claimOf(referenceOf(cx, end), span)
  const monitor = cx.fixed('claim', lock, { item: 'monitor', array: false }, span)
  cx.emit({ kind: 'sync', operation: 'claim', monitor, text: `CLAIM ${textOf(span)}`, span })
  body()
  cx.emit({ kind: 'resign', monitor, span })
}
