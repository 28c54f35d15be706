/** Expressions of Core as TypeScript. What is returned needs no brackets, wherever it is put. */
import { rangeOf } from '../core/ir/range.ts'
import { halvesOf } from '../../numbers/nan.ts'
import { isHeld, literalNumber, typeOf } from '../core/ir/build.ts'
import type { Span } from '../../grammar/source.ts'
import type { CoreType, Expr, Scalar, Told } from '../core/ir/ir.ts'
import type { RoutineEmitter } from './routine.ts'
import { arithmetic } from './operations.ts'
import { widened } from './literals.ts'
import { arrayClass, blankText, literalText } from './values.ts'
import { typed } from './writer.ts'

/** Elements up to which an array needs no check that the engine has room for it. */
const SMALL_ARRAY = 1 << 20

function zeros(m: RoutineEmitter, { item, length, span }: Extract<Expr, { kind: 'zeros' }>): string {
  const known = literalNumber(length)
  const text = bare(expr(m, length))
  if (known !== undefined && known <= SMALL_ARRAY) return `new ${arrayClass(item)}(${text})`
  return `${m.unit.abi('zeros')}(${arrayClass(item)}, ${text}, $, ${m.unit.site(span)})`
}

/** @returns the text of `e`, in brackets where it is more than a call, a name or a literal */
export function expr(m: RoutineEmitter, e: Expr): string {
  switch (e.kind) {
    case 'literal':
      // the bits of a NaN are kept
      return Number.isNaN(e.value) && typeof e.value === 'number'
        ? `${m.unit.abi('nan')}(${halvesOf(e.value).join(', ')})`
        : literalText(e.scalar, e.value)
    case 'table':
      return m.unit.table(e.item, e.values)
    case 'array-of':
      if (e.item === 'mobile' || e.item === 'monitor') return `[${e.elements.map((x) => bare(expr(m, x))).join(', ')}]`
      if (e.item === 'channel') return `[${e.elements.map((x) => `${typeOf(x).array ? '...' : ''}${expr(m, x)}`).join(', ')}]`
      return `${arrayClass(e.item)}.of(${e.elements.map((x) => stored(m, x)).join(', ')})`
    case 'zeros':
      return zeros(m, e)
    case 'clone':
      return `${expr(m, e.array)}.slice()`
    case 'blank': {
      const blank = blankText(e.type)
      if (blank.abi !== undefined) m.unit.abi(blank.abi)
      return blank.text
    }
    case 'content':
      if (e.part === 'parts') return `${expr(m, e.of)}.parts`
      return typedAs(m, `${expr(m, e.of)}.elements`, { item: e.item, array: true })
    case 'referent':
      return typedAs(m, expr(m, e.reference), e.type)
    case 'new-channel':
      return `new ${m.unit.abi('Channel')}()`
    case 'new-channels':
      return `${m.unit.abi('channels')}(${bare(expr(m, e.length))})`
    case 'local':
      return m.name(e.local)
    case 'element':
      return element(m, e)
    case 'present':
      return `${m.unit.abi('present')}(${args(m, [e.channel, e.index])}, $, ${m.unit.site(e.span)})`
    case 'slice':
      return sliceText(m, e)
    case 'length':
      return `${expr(m, e.array)}.length`
    case 'operation':
      return arithmetic(m, e)
    case 'convert':
      return convert(m, e)
    case 'bound':
      if (e.orNone === true) return `${m.unit.abi('within')}(${args(m, [e.index, e.limit])})`
      return boundText(m, e)
    case 'intrinsic': {
      const faults = e.faults
        ? [...e.operands.map((x) => bare(expr(m, x))), '$', String(m.unit.site(e.span))].join(', ')
        : args(m, e.operands)
      return `${m.unit.abi(e.name)}(${faults})`
    }
    case 'apply':
      return `${m.unit.routineName(e.routine)}(${args(m, e.actuals)})`
    case 'received':
      return `(p.value${typed(` as ${m.unit.type(e.type)}`)})`
    case 'clock':
      return `${m.unit.abi('clock')}(p)`
    case 'retype':
      return retype(m, e)
  }
}

/** @returns `text` as a value of the type, which TypeScript cannot know */
function typedAs(m: RoutineEmitter, text: string, type: CoreType): string {
  return `(${text}${typed(` as ${m.unit.type(type)}`)})`
}

/** An index that is checked against the size of its dimension, inline. */
function boundText(m: RoutineEmitter, e: Extract<Expr, { kind: 'bound' }>): string {
  const simple = e.index.kind === 'local' || e.index.kind === 'literal'
  const text = bare(expr(m, e.index))
  const name = simple ? text : m.scratch()
  const value = simple ? text : `(${name} = ${text})`
  const limit = expr(m, e.limit)
  const low = rangeOf(e.index)?.[0]
  const test = low !== undefined && low >= 0 ? `${value} < ${limit}` : `${value} >>> 0 < ${limit}`
  return `(${test} ? ${name} : ${m.unit.abi('outside')}($, ${m.unit.site(e.span)}, ${name}, ${bare(limit)}))`
}

/** @returns the texts of arguments, separated by commas */
export function args(m: RoutineEmitter, list: readonly Expr[]): string {
  return list.map((x) => bare(expr(m, x))).join(', ')
}

/** @returns `text` without brackets that enclose all of it */
export function bare(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"' || c === "'" || c === '`') return text
    if (c === '(') depth++
    else if (c === ')' && --depth === 0 && i < text.length - 1) return text
  }
  return text.slice(1, -1)
}

/** @returns a value as it is stored into an array: BOOL as 0 or 1 */
export function stored(m: RoutineEmitter, value: Expr): string {
  const text = expr(m, value)
  return typeOf(value).item === 'bool' && !typeOf(value).array
    ? text === 'true'
      ? '1'
      : text === 'false'
        ? '0'
        : `${text} ? 1 : 0`
    : bare(text)
}

function element(m: RoutineEmitter, e: Extract<Expr, { kind: 'element' }>): string {
  const array = expr(m, e.array)
  const isBool = typeOf(e).item === 'bool'
  const index = bare(expr(m, e.index))
  if (e.orNone === true) return `(${array}[${index}] ?? ${m.unit.abi('NO_CHANNEL')})`
  let text: string
  if (!e.checked) text = `${array}[${index}]`
  else if (e.told !== undefined) text = `(${array}[${index}] ?? ${indexFault(m, e.span, array, e.told, index)})`
  else {
    const name = e.index.kind === 'local' || e.index.kind === 'literal' ? index : m.scratch()
    const at = name === index ? index : `${name} = ${index}`
    text = `(${array}[${at}] ?? ${indexFault(m, e.span, array, undefined, name)})`
  }
  return isBool ? `(${text} !== 0)` : text
}

/** @returns the call that raises the fault of an index out of range, in the terms of the text */
export function indexFault(m: RoutineEmitter, span: Span, array: string, told: Told | undefined, index: string): string {
  if (told === undefined) return `${m.unit.abi('index')}($, ${m.unit.site(span)}, ${array}, ${index})`
  return `${m.unit.abi('outside')}($, ${m.unit.site(span)}, ${args(m, [told.index, told.size])})`
}

function sliceText(m: RoutineEmitter, e: Extract<Expr, { kind: 'slice' }>): string {
  const array = expr(m, e.array)
  const { item } = typeOf(e.array)
  const method = item === 'channel' || item === 'mobile' ? 'slice' : 'subarray'
  const offset = literalNumber(e.offset)
  const length = literalNumber(e.length)
  if (offset !== undefined && length !== undefined) return `${array}.${method}(${offset}, ${offset + length})`
  const first = bare(expr(m, e.offset))
  const size = expr(m, e.length)
  if (offset === 0) return `${array}.${method}(0, ${bare(size)})`
  if (e.offset.kind === 'local' || offset !== undefined) return `${array}.${method}(${first}, ${first} + ${size})`
  const name = m.scratch()
  return `${array}.${method}(${name} = ${first}, ${name} + ${size})`
}

// ---------------------------------------------------------------------------------------------- conversions

const SUFFIX: Readonly<Record<Scalar, string>> = {
  bool: 'Bool',
  byte: 'Byte',
  int16: 'Int16',
  int: 'Int',
  int32: 'Int',
  int64: 'Int64',
  real32: 'Real32',
  real64: 'Real64',
}

function convert(m: RoutineEmitter, e: Extract<Expr, { kind: 'convert' }>): string {
  const { from, to } = e
  const x = expr(m, e.operand)
  const faulting = (name: string): string => `${m.unit.abi(name)}(${bare(x)}, $, ${m.unit.site(e.span)})`
  const rounding = e.rounding === 'TRUNC' ? 'trunc' : 'round'
  if (from === 'bool') return widened(`${x} ? ${to === 'int64' ? '1n : 0n' : '1 : 0'}`, to)
  if (from === 'int64') {
    if (to === 'real32' || to === 'real64')
      return `${m.unit.abi(`long${e.rounding === 'TRUNC' ? 'Trunc' : 'Round'}${SUFFIX[to]}`)}(${bare(x)})`
    return faulting(`longTo${SUFFIX[to]}`)
  }
  if (from === 'real32' || from === 'real64') {
    if (to === 'real64') return x
    return faulting(`${rounding}${SUFFIX[to]}`)
  }
  switch (to) {
    case 'bool':
      return faulting('toBool')
    case 'byte':
    case 'int16': {
      const range = rangeOf(e.operand)
      const [low, high] = to === 'byte' ? [0, 255] : [-32768, 32767]
      if (range !== undefined && range[0] >= low && range[1] <= high) return x
      return faulting(`to${SUFFIX[to]}`)
    }
    case 'int':
    case 'int32':
    case 'real64':
      return x
    case 'int64':
      return `BigInt(${bare(x)})`
    case 'real32':
      return from === 'byte' || from === 'int16' ? x : faulting(`${rounding}Real32`)
  }
}

const ELEMENTS: Readonly<Record<Scalar, string>> = {
  bool: '',
  byte: '',
  int16: 'int16sOf',
  int: 'intsOf',
  int32: 'intsOf',
  int64: 'int64sOf',
  real32: 'real32sOf',
  real64: 'real64sOf',
}

function retype(m: RoutineEmitter, e: Extract<Expr, { kind: 'retype' }>): string {
  const { from, to } = e
  const [source, target] = [from.item, to.item]
  if (isHeld(source) || isHeld(target)) throw new Error('references have no bits')
  let bytes = expr(m, e.operand)
  if (!from.array) bytes = `${m.unit.abi(`bytesOf${SUFFIX[source]}`)}(${bare(bytes)})`
  else if (from.item !== 'byte' && from.item !== 'bool') bytes = `${m.unit.abi('bytesOf')}(${bare(bytes)})`
  const where = `$, ${m.unit.site(e.span)}`
  if (!to.array) return `${m.unit.abi(`${to.item === 'int32' ? 'int' : to.item}From`)}(${bare(bytes)}, ${where})`
  const name = ELEMENTS[target]
  return name === '' ? bytes : `${m.unit.abi(name)}(${bare(bytes)}, ${where})`
}
