/**
 * Which channels a branch really holds.
 *
 * A branch that uses `c[i]` of an array of channels would, with the whole array as a parameter, hold every channel of it, and a channel's
 * home is where its reading end is held. So where the subscripts of an array are known when the branch is forked, the branch gets the
 * elements themselves; where they stay within known bounds, that stretch of the array.
 */
import { rangeOf } from '../ir/range.ts'
import { freeLocals, writtenLocals } from '../ir/free.ts'
import { int, literalNumber, raw, typeOf, use } from '../ir/build.ts'
import { Local } from '../ir/ir.ts'
import type { Expr, LiftedStmt } from '../ir/ir.ts'
import { rewriteExpr, rewriteList } from '../ir/rewrite.ts'
import { eachExpr, eachExprIn } from '../ir/walk.ts'

/** A parameter that stands for a part of an array, and what the parent passes for it. */
export interface Part {
  readonly param: Local
  readonly actual: Expr
}

/**
 * Replaces parts of channel arrays in the body of a branch.
 * @returns the new body, and the parameters it uses beside its other free names
 */
export function holdParts(body: readonly LiftedStmt[]): { readonly body: readonly LiftedStmt[]; readonly parts: readonly Part[] } {
  const free = new Set(freeLocals(body, []))
  const written = writtenLocals(body)
  const known = (e: Expr): boolean => {
    let fixed = true
    eachExpr(e, (x) => {
      if (x.kind === 'local' && (!free.has(x.local) || written.has(x.local))) fixed = false
      if (x.kind !== 'local' && x.kind !== 'literal' && x.kind !== 'operation' && x.kind !== 'bound' && x.kind !== 'length') fixed = false
      if (x.kind === 'operation' && !isHarmless(x)) fixed = false
    })
    return fixed
  }
  const parts: Part[] = []
  let result = body
  for (const array of free) {
    if (array.type.item !== 'channel' || !array.type.array) continue
    const uses = usesOf(result, array)
    if (uses === undefined) continue
    const replaced = new Map<string, Local>()
    const partFor = (key: string, type: Local['type'], actual: Expr, part: string): Local => {
      const found = replaced.get(key)
      if (found !== undefined) return found
      const param = new Local(array.name, type, true)
      param.declared = `${array.declared ?? ''} part ${part}`
      replaced.set(key, param)
      parts.push({ param, actual })
      return param
    }
    const isKnown = uses.every((u) => (u.kind === 'element' ? known(u.index) : known(u.offset) && known(u.length)))
    if (isKnown && new Set(uses.map((u) => keyOfUse(u))).size <= MOST_PARTS) {
      result = rewriteList(result, (e) => {
        if (e.kind === 'element' && isArray(e.array, array)) {
          const index = unchecked(e.index)
          const actual: Expr = { ...e, index, checked: false, ...(e.checked || index !== e.index ? { orNone: true } : {}) }
          const param = partFor(keyOfUse({ ...e, index }), { ...array.type, array: false }, actual, keyOfUse({ ...e, index }, nameOf))
          if (actual.orNone !== true) return use(param)
          return { kind: 'present', channel: use(param), index, span: e.span }
        }
        if (e.kind === 'slice' && isArray(e.array, array)) {
          return use(partFor(keyOfUse(e), array.type, e, keyOfUse(e, nameOf)))
        }
        return undefined
      })
      continue
    }
    const stretch = stretchOf(uses)
    if (stretch === undefined) continue
    const [low, high] = stretch
    result = rewriteList(result, (e) => {
      if (e.kind !== 'element' || !isArray(e.array, array)) return undefined
      const actual: Expr = { kind: 'slice', array: use(array), offset: int(low), length: int(high - low + 1) }
      return { ...e, array: use(partFor('all', array.type, actual, `${low}..${high}`)), index: raw('raw-', e.index, int(low), e.span) }
    })
  }
  return { body: result, parts }
}

/** A branch that uses more parts than this gets the stretch that they are in: every part is a field, and is listed at every resume point. */
const MOST_PARTS = 100

/** @returns a text that is the same for uses of the same part. @param spell what stands there for a local */
const keyOfUse = (u: Use, spell: (local: Local) => string = numbered): string =>
  u.kind === 'element' ? `e ${keyOf(unchecked(u.index), spell)}` : `s ${keyOf(u.offset, spell)} ${keyOf(u.length, spell)}`

const numbered = (local: Local): string => `l${numberOf(local)}`
/** As another version of the text may have it, too. */
const nameOf = (local: Local): string => local.name

type Use = Extract<Expr, { kind: 'element' | 'slice' }>

function isArray(e: Expr, array: Local): boolean {
  return e.kind === 'local' && e.local === array
}

/** @returns the elements and slices of `array` in `body`; undefined when it is used in other ways too */
function usesOf(body: readonly LiftedStmt[], array: Local): Use[] | undefined {
  const uses: Use[] = []
  let mentions = 0
  eachExprIn(body, (e) => {
    if (isArray(e, array)) mentions++
    else if ((e.kind === 'element' || e.kind === 'slice') && isArray(e.array, array)) uses.push(e)
  })
  return uses.length === mentions ? uses : undefined
}

/** @returns the lowest and highest subscript, where all uses are elements within plain bounds and leave some of the array out */
function stretchOf(uses: readonly Use[]): readonly [number, number] | undefined {
  let low = Infinity
  let high = -Infinity
  for (const u of uses) {
    const range = u.kind === 'element' && !u.checked ? rangeOf(u.index) : undefined
    if (range === undefined) return undefined
    low = Math.min(low, range[0])
    high = Math.max(high, range[1])
  }
  return low >= 0 && low <= high && high < 2 ** 20 ? [low, high] : undefined
}

/** An index that is no number where its check would fault: it gives no channel, and only the use of that faults. */
function unchecked(index: Expr): Expr {
  const found = { any: false }
  const result = rewriteExpr(index, (e) => {
    if (e.kind !== 'bound') return undefined
    found.any = true
    return { ...e, index: unchecked(e.index), orNone: true }
  })
  return found.any ? result : index
}

/** Operations that do not fault when the branch is forked, though the branch might never have come to them. */
function isHarmless(e: Extract<Expr, { kind: 'operation' }>): boolean {
  const right = e.operands[1]
  if (e.operator !== 'divide' && e.operator !== 'remainder') return true
  const divisor = right === undefined ? undefined : literalNumber(right)
  return divisor !== undefined && divisor > 0
}

/** @returns a text that is the same for expressions of the same form */
function keyOf(e: Expr, spell: (local: Local) => string): string {
  const inner = (operand: Expr): string => keyOf(operand, spell)
  switch (e.kind) {
    case 'literal':
      return String(e.value)
    case 'local':
      return spell(e.local)
    case 'operation':
      return `(${e.operator} ${e.operands.map(inner).join(' ')})`
    case 'bound':
      return `(bound ${inner(e.index)} ${inner(e.limit)})`
    case 'length':
      return `(length ${inner(e.array)})`
    case 'apply':
    case 'array-of':
    case 'blank':
    case 'content':
    case 'referent':
    case 'clock':
    case 'clone':
    case 'convert':
    case 'element':
    case 'intrinsic':
    case 'new-channel':
    case 'new-channels':
    case 'present':
    case 'received':
    case 'retype':
    case 'slice':
    case 'table':
    case 'zeros':
      throw new Error(`a ${e.kind} is not known when a branch is forked: ${typeOf(e).item}`)
  }
}

const numbers = new WeakMap<Local, number>()
let count = 0

function numberOf(local: Local): number {
  const found = numbers.get(local)
  if (found !== undefined) return found
  numbers.set(local, ++count)
  return count
}
