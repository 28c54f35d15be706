/** Expressions near the limits: subscripts that just fit, arithmetic that may overflow, conditions that narrow a variable. */
import type { Random } from '../random.ts'
import type { Integer, Machine } from './machine.ts'
import type { Writer } from './writer.ts'

const EXTREMES: Readonly<Record<Integer, readonly string[]>> = {
  BYTE: ['127', '128', '254', '255', '16'],
  INT16: ['-1', '181', '182', '255', '256', '32766', '32767', '-32767', '-32768'],
  INT: ['-1', '-2', '255', '256', '32767', '32768', '46340', '46341', '65536', '2147483646', '2147483647', '-2147483647', '-2147483648'],
  INT32: ['-1', '255', '256', '46340', '46341', '2147483646', '2147483647', '-2147483648'],
  INT64: ['-1', '2147483647', '2147483648', '-2147483648', '-2147483649', '3037000500', '9223372036854775807', '-9223372036854775808'],
}

/** @returns a literal; above 0 if it is to be `positive` */
export function constant(random: Random, type: Integer, size: number, positive: boolean): string {
  const extremes = EXTREMES[type].filter((text) => !positive || !text.startsWith('-'))
  const text = random.chance(75) ? String(random.between(positive ? 1 : 0, size + 1)) : random.pick(extremes)
  const full = type === 'INT' ? text : `${text}(${type})`
  return text.startsWith('-') ? `(${full})` : full
}

/** @returns a variable of the type, or something that is not constant and as good */
function variable(w: Writer, m: Machine, type: Integer): string | undefined {
  return w.random.maybe(m.variables.filter((v) => v.type === type))?.name
}

/** @returns an expression whose value may be anything, but often is small */
export function value(w: Writer, m: Machine, type: Integer, depth: number): string {
  const { random } = w
  const known = variable(w, m, type)
  if (known === undefined) return converted(w, m, type, depth) ?? constant(random, type, m.size, false)
  if (depth <= 0) return random.chance(70) ? known : constant(random, type, m.size, false)
  const other = (positive = false): string => (random.chance(50) ? constant(random, type, m.size, positive) : value(w, m, type, depth - 1))
  switch (
    random.weighted([[3, 'itself'], [2, 'constant'], [4, 'add'], [1, 'multiply'], [2, 'divide'], [2, 'remainder'], [2, 'bits'], [2, 'shift'], [1, 'negate'], [1, 'wrap'], [3, 'element'], [2, 'convert'], [1, 'size']] as const) // prettier-ignore
  ) {
    case 'itself':
      return known
    case 'constant':
      return constant(random, type, m.size, false)
    case 'add':
      return random.chance(80) ? `(${known} ${random.pick(['+', '-'])} ${other(true)})` : `(${other()} - ${known})`
    case 'multiply':
      return `(${known} * ${other()})`
    case 'divide':
      return random.chance(70) ? `(${known} / ${other(true)})` : `(${other()} / ${known})`
    case 'remainder':
      return random.chance(70) ? `(${known} ${random.pick(['\\', 'REM'])} ${other(true)})` : `(${other()} \\ ${known})`
    case 'bits':
      return `(${known} ${random.pick(['/\\', '/\\', '\\/', '><'])} ${other()})`
    case 'shift':
      return `(${known} ${random.pick(['>>', '<<'])} ${random.chance(70) ? random.below(9) : (variable(w, m, 'INT') ?? '1')})`
    case 'negate':
      return `(-${known})`
    case 'wrap':
      return `(${known} ${random.pick(['PLUS', 'MINUS', 'TIMES'])} ${other()})`
    case 'element': {
      const array = random.maybe(m.arrays.filter((a) => a.type === type))
      return array === undefined ? known : `${array.name}[${index(w, m, array.size)}]`
    }
    case 'convert':
      return converted(w, m, type, depth) ?? known
    case 'size':
      return sizeOf(w, m, type) ?? known
  }
}

function sizeOf(w: Writer, m: Machine, type: Integer): string | undefined {
  const array = type === 'INT' ? w.random.maybe(m.arrays) : undefined
  return array === undefined ? undefined : `(SIZE ${array.name})`
}

function converted(w: Writer, m: Machine, type: Integer, depth: number): string | undefined {
  const from = w.random.maybe(m.variables.filter((v) => v.type !== type))
  if (from === undefined) return undefined
  return `(${type} ${depth > 0 && w.random.chance(40) ? value(w, { ...m, variables: [from] }, from.type, depth - 1) : from.name})`
}

/** @returns an index that fits an array of `size` elements, or nearly */
export function index(w: Writer, m: Machine, size: number): string {
  const { random } = w
  const x = variable(w, m, 'INT') ?? converted(w, m, 'INT', 0)
  if (x === undefined) return String(random.below(size))
  const array = random.maybe(m.arrays)
  switch (
    random.weighted([[6, 'itself'], [3, 'near'], [3, 'mask'], [3, 'remainder'], [2, 'mirrored'], [2, 'constant'], [1, 'any'], [1, 'shifted'], [2, 'scaled']] as const) // prettier-ignore
  ) {
    case 'itself':
      return x
    case 'near':
      return `${x} ${random.pick(['+', '-'])} ${random.pick(['1', '1', '2'])}`
    case 'mask':
      return `${x} /\\ ${random.pick([1, 3, 7])}`
    case 'remainder':
      return `${x} \\ ${random.pick([size, size, size + 1, size - 1 || 1])}`
    case 'mirrored':
      return array === undefined ? x : `((SIZE ${array.name}) - ${x})${random.chance(60) ? ' - 1' : ''}`
    case 'constant':
      return String(random.below(size))
    case 'any':
      return value(w, m, 'INT', 1)
    case 'shifted':
      return `${x} >> ${random.pick(['1', '29', '30', '31'])}`
    case 'scaled':
      return `(${x} ${random.pick(['*', '/'])} ${random.between(1, 3)})`
  }
}

/** @returns a condition that narrows variables */
export function condition(w: Writer, m: Machine, depth: number): string {
  const { random } = w
  if (depth > 0 && random.chance(40)) {
    const side = (): string => condition(w, m, depth - 1)
    return random.pick([() => `(${side()} AND ${side()})`, () => `(${side()} OR ${side()})`, () => `(NOT ${side()})`, () => within(w, m)])()
  }
  const v = random.maybe(m.variables)
  if (v === undefined) return random.pick(['TRUE', '(1 > 0)'])
  const against = random.chance(65) ? constant(random, v.type, m.size, false) : value(w, m, v.type, 1)
  const operator = random.pick(['<', '<', '<=', '>', '>', '>=', '=', '<>', ...(v.type === 'INT' ? ['AFTER'] : [])])
  return random.chance(75) ? `(${v.name} ${operator} ${against})` : `(${against} ${operator} ${v.name})`
}

/** @returns whether a subscript fits, and something about what it is a subscript of */
function within(w: Writer, m: Machine): string {
  const { random } = w
  const x = variable(w, m, 'INT')
  const array = random.maybe(m.arrays)
  if (x === undefined || array === undefined) return 'TRUE'
  const size = random.chance(50) ? String(array.size) : `(SIZE ${array.name})`
  const low = random.pick([`(${x} >= 0)`, `(${x} > (-1))`, `(0 <= ${x})`, `(${x} > 0)`])
  const high = random.pick([`(${x} < ${size})`, `(${x} < ${size})`, `(${size} > ${x})`, `(${x} <= ${size})`, `(${x} <> ${size})`])
  const reads = random.chance(40)
    ? ` AND (${array.name}[${x}] ${random.pick(['>', '<=', '='])} ${constant(random, array.type, m.size, false)})`
    : ''
  return `(${random.pick([`${low} AND ${high}`, `${high} AND ${low}`])}${reads})`
}
