/** The predefined functions on integers, as arithmetic on numbers without a limit. */
import type { Span } from '../../../grammar/source.ts'
import { Fault } from './fault.ts'
import type { Value } from './memory.ts'

const WORD = 2n ** 32n

const unsigned = (x: bigint): bigint => (x < 0n ? x + WORD : x)
const signed = (x: bigint): bigint => BigInt.asIntN(32, x)
const double = (high: bigint, low: bigint): bigint => unsigned(high) * WORD + unsigned(low)
const halves = (x: bigint): bigint[] => [signed(x / WORD), signed(x % WORD)]

/** The bits of a word, the highest first. */
const bits = (x: bigint): string => unsigned(x).toString(2).padStart(32, '0')
const reversed = (text: string): bigint => signed(BigInt(`0b${Array.from(text).reverse().join('')}`))
const rotated = (x: bigint, n: number): bigint => signed(BigInt(`0b${bits(x).slice(n)}${bits(x).slice(0, n)}`))

type Of = (x: bigint, y: bigint, z: bigint, span: Span) => readonly bigint[]

function inWord(x: bigint, span: Span): bigint {
  if (signed(x) !== x) throw new Fault('R0201', span)
  return x
}

function places(n: bigint, most: bigint, span: Span): bigint {
  if (n < 0n || n > most) throw new Fault('R0205', span)
  return n
}

const FUNCTIONS: Readonly<Record<string, Of>> = {
  LONGADD: (x, y, carry, span) => [inWord(x + y + (carry & 1n), span)],
  LONGSUB: (x, y, borrow, span) => [inWord(x - y - (borrow & 1n), span)],
  LONGSUM: (x, y, carry) => {
    const sum = unsigned(x) + unsigned(y) + (carry & 1n)
    return [sum / WORD, signed(sum % WORD)]
  },
  LONGDIFF: (x, y, borrow) => {
    const difference = unsigned(x) - unsigned(y) - (borrow & 1n)
    return difference < 0n ? [1n, signed(difference + WORD)] : [0n, signed(difference)]
  },
  LONGPROD: (x, y, carry) => halves(unsigned(x) * unsigned(y) + unsigned(carry)),
  LONGDIV: (high, low, divisor, span) => {
    if (divisor === 0n) throw new Fault('R0202', span)
    const quotient = double(high, low) / unsigned(divisor)
    if (quotient >= WORD) throw new Fault('R0201', span)
    return [signed(quotient), signed(double(high, low) % unsigned(divisor))]
  },
  SHIFTLEFT: (high, low, n, span) => halves((double(high, low) * 2n ** places(n, 64n, span)) % (WORD * WORD)),
  SHIFTRIGHT: (high, low, n, span) => halves(double(high, low) / 2n ** places(n, 64n, span)),
  NORMALISE: (high, low) => {
    let x = double(high, low)
    if (x === 0n) return [64n, 0n, 0n]
    let n = 0n
    for (; x < (WORD * WORD) / 2n; n++) x *= 2n
    return [n, ...halves(x)]
  },
  ASHIFTRIGHT: (x, n, _, span) => [x >> places(n, 32n, span)],
  ASHIFTLEFT: (x, n, _, span) => [inWord(x * 2n ** places(n, 32n, span), span)],
  ROTATELEFT: (x, n, _, span) => [rotated(x, Number(places(n, 32n, span)))],
  ROTATERIGHT: (x, n, _, span) => [rotated(x, 32 - Number(places(n, 32n, span)))],
  BITCOUNT: (x, sum) => [signed(sum + BigInt(Array.from(bits(x)).filter((bit) => bit === '1').length))],
  BITREVWORD: (x) => [reversed(bits(x))],
  BITREVNBITS: (x, n, _, span) => [places(n, 32n, span) === 0n ? 0n : reversed(bits(x).slice(32 - Number(n)))],
}

/** @returns the results of a predefined function. @throws Fault; Error for a function that the interpreter does not have */
export function predefined(name: string, values: readonly Value[], span: Span): readonly Value[] {
  const f = FUNCTIONS[name]
  const [x = 0n, y = 0n, z = 0n] = values
  if (f === undefined || typeof x !== 'bigint' || typeof y !== 'bigint' || typeof z !== 'bigint') {
    throw new Error(`the interpreter has no ${name}`)
  }
  return f(x, y, z, span)
}
