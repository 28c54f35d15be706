/**
 * The elementary functions, computed to about 100 bits and then rounded once: the result is the nearest number, but for one argument in
 * thousands of millions, for which it is the other neighbour. Only operations that IEEE 754 fixes are used, so the bits are the same
 * everywhere. None of them fails: what is undefined is not a number, what is too large is infinite (occam 2.1 reference manual, appendix N).
 */
import { log2, log2Rest, log2Top, oneOverLog10, pi, piTimes } from './constants.ts'
import {
  exactProduct,
  fromFixed,
  minus,
  over,
  plus,
  root,
  rounded32,
  rounded64,
  scale,
  times,
  type Pair,
  type Scaled,
} from './double-double.ts'
import { exponent, fractionBits, scaleB64 } from './reals.ts'

const ONE: Pair = [1, 0]
const ZERO: Pair = [0, 0]
const exact = (x: number): Scaled => [x, 0, 0]
const plain = (x: Pair): Scaled => [x[0], x[1], 0]

/** 1 / (2 * k + 1), for the series of the arc tangent and of the logarithm. */
const ODD_PARTS = Array.from({ length: 24 }, (_, k): Pair => over(ONE, [2 * k + 1, 0]))
/** 1 / k! */
const FACTORIALS: readonly Pair[] = (() => {
  const list: Pair[] = [ONE]
  for (let k = 1; k <= 30; k++) list.push(over(list.at(-1) ?? ONE, [k, 0]))
  return list
})()

/** Horner's scheme, from the last coefficient to the first. */
function polynomial(x: Pair, coefficients: readonly Pair[]): Pair {
  return coefficients.reduceRight<Pair>((sum, c) => plus(times(sum, x), c), ZERO)
}

// ---------------------------------------------------------------------------------------------- exponentials

const EXPONENTIAL = FACTORIALS.slice(1, 11)

/** @returns e^x - 1 and k, for e^x = (1 + result) * 2^k. |x| < 2000 */
function exponential(x: Pair): readonly [Pair, number] {
  const k = Math.round(x[0] / log2[0])
  const r = plus(plus([x[0] - k * log2Top, 0], [x[1], 0]), minus(times(log2Rest, [k, 0])))
  const part = scale(r, 2 ** -8)
  let e = times(part, polynomial(part, EXPONENTIAL))
  for (let i = 0; i < 8; i++) e = plus(scale(e, 2), times(e, e))
  return [e, k]
}

/** e^x for a pair; too large or too small becomes infinity or zero when it is rounded. */
function power(x: Pair): Scaled {
  const limited: Pair = x[0] > 1500 ? [1500, 0] : x[0] < -1500 ? [-1500, 0] : x
  const [e, k] = exponential(limited)
  const [high, low] = plus(ONE, e)
  return [high, low, k]
}

/** e^x - 1 where |x| is small enough to need it. */
function lessOne(x: Pair): Pair {
  const [e, k] = exponential(x)
  return k === 0 ? e : plus(scale(plus(ONE, e), 2 ** k), [-1, 0])
}

function exp(x: number): Scaled {
  if (x !== x || x === Infinity) return exact(x)
  if (x === 0) return exact(1)
  return x === -Infinity ? exact(0) : power([x, 0])
}

function sinh(x: number): Scaled {
  const size = Math.abs(x)
  if (!(size > 2 ** -28) || size === Infinity) return exact(x)
  const sign = x < 0 ? -1 : 1
  if (size > 40) {
    const [high, low, k] = power([size, 0])
    return [sign * high, sign * low, k - 1]
  }
  const e = lessOne([size, 0])
  const [high, low] = scale(plus(e, over(e, plus(e, ONE))), sign / 2)
  return [high, low, 0]
}

function cosh(x: number): Scaled {
  const size = Math.abs(x)
  if (!(size < Infinity)) return exact(size)
  const [high, low, k] = power([size, 0])
  if (size > 40) return [high, low, k - 1]
  const e = scale([high, low], 2 ** k)
  return plain(scale(plus(e, over(ONE, e)), 0.5))
}

function tanh(x: number): Scaled {
  const size = Math.abs(x)
  if (!(size > 2 ** -28)) return exact(x)
  const sign = x < 0 ? -1 : 1
  if (size > 22) return exact(sign)
  const e = lessOne([2 * size, 0])
  return plain(scale(over(e, plus(e, [2, 0])), sign))
}

// ---------------------------------------------------------------------------------------------- logarithms

/** @returns ln x; x is positive and finite */
function logarithm(x: number): Pair {
  let e = exponent(x)
  let m = scaleB64(x, -e)
  if (m > Math.SQRT2) {
    m /= 2
    e += 1
  }
  // ln m = 2 atanh ((m - 1) / (m + 1)); m - 1 is exact
  const s = over([m - 1, 0], plus([m, 0], ONE))
  const part = scale(times(s, polynomial(times(s, s), ODD_PARTS)), 2)
  return e === 0 ? part : plus(times(log2, [e, 0]), part)
}

function defined(x: number): number | undefined {
  return x !== x || x < 0 ? NaN : x === 0 ? -Infinity : x === Infinity ? x : undefined
}

function alog(x: number): Scaled {
  const special = defined(x)
  return special === undefined ? plain(logarithm(x)) : exact(special)
}

function alog10(x: number): Scaled {
  const special = defined(x)
  return special === undefined ? plain(times(logarithm(x), oneOverLog10)) : exact(special)
}

/** x^y as IEEE 754-2008 defines it, with 1 for x^0 and 1^y. */
function pow(x: number, y: number): Scaled {
  if (y === 0 || x === 1) return exact(1)
  if (x !== x || y !== y) return exact(NaN)
  const size = Math.abs(x)
  const whole = Number.isInteger(y)
  const odd = whole && Math.abs(y) < 2 ** 53 && y % 2 !== 0
  const sign = odd && (x < 0 || Object.is(x, -0)) ? -1 : 1
  if (size === 0 || size === Infinity) return exact(sign * ((size === 0) === y > 0 ? 0 : Infinity))
  if (!Number.isFinite(y)) return exact(size === 1 ? 1 : size > 1 === y > 0 ? Infinity : 0)
  if (x < 0 && !whole) return exact(NaN)
  if (whole && y >= 2 && y <= 34) return integerPower(x, y)
  const [a, b] = logarithm(size)
  if (Math.abs(a * y) > 1500) return exact(sign * (a * y > 0 ? Infinity : 0))
  const [high, low, k] = power(times([a, b], [y, 0]))
  return [sign * high, sign * low, k]
}

/** Only these can lie exactly half-way between two numbers, so they are computed exactly. */
function integerPower(x: number, y: number): Scaled {
  const [digits, places] = fractionBits(x)
  const all = digits ** BigInt(y)
  const excess = Math.max(0, (all < 0n ? -all : all).toString(2).length - 160)
  const [high, low] = fromFixed(all >> BigInt(excess), 0)
  return [high, low, places * y + excess]
}

// ---------------------------------------------------------------------------------------------- angles

const SINE = FACTORIALS.filter((_, k) => k % 2 === 1).map((c, i) => (i % 2 === 0 ? c : minus(c)))
const COSINE = FACTORIALS.filter((_, k) => k % 2 === 0).map((c, i) => (i % 2 === 0 ? c : minus(c)))
const HALF_PI = scale(pi, 0.5)

interface Angle {
  /** Of the quarter turns taken off, the last two bits. */
  readonly quarter: number
  readonly rest: Pair
}

/** Pi / 2 with 256 places is enough below 2^60; the largest numbers need 1024 more. */
const SMALL = { places: 256, quarter: piTimes(256) >> 1n }
let large: typeof SMALL | undefined

/** @returns x without its quarter turns, exactly but for 2^-100 of what is left */
function reduced(x: number): Angle {
  if (Math.abs(x) <= 0.785) return { quarter: 0, rest: [x, 0] }
  if (Math.abs(x) >= 2 ** 60) large ??= { places: 1400, quarter: piTimes(1400) >> 1n }
  const { places, quarter } = Math.abs(x) < 2 ** 60 || large === undefined ? SMALL : large
  const [digits, shift] = fractionBits(x)
  const fixed = digits << BigInt(places + shift)
  const n = (2n * fixed + (x < 0 ? -quarter : quarter)) / (2n * quarter)
  return { quarter: Number(BigInt.asUintN(2, n)), rest: fromFixed((fixed - n * quarter) >> BigInt(places - 256), 256) }
}

const sine = (x: Pair): Pair => times(x, polynomial(times(x, x), SINE))
const cosine = (x: Pair): Pair => polynomial(times(x, x), COSINE)

function sin(x: number): Scaled {
  if (!Number.isFinite(x)) return exact(NaN)
  if (Math.abs(x) < 2 ** -28) return exact(x)
  const { quarter, rest } = reduced(x)
  const size = (quarter & 1) === 0 ? sine(rest) : cosine(rest)
  return plain(quarter < 2 ? size : minus(size))
}

function cos(x: number): Scaled {
  if (!Number.isFinite(x)) return exact(NaN)
  if (Math.abs(x) < 2 ** -28) return exact(1)
  const { quarter, rest } = reduced(x)
  const size = (quarter & 1) === 0 ? cosine(rest) : sine(rest)
  return plain(quarter === 0 || quarter === 3 ? size : minus(size))
}

function tan(x: number): Scaled {
  if (!Number.isFinite(x)) return exact(NaN)
  if (Math.abs(x) < 2 ** -28) return exact(x)
  const { quarter, rest } = reduced(x)
  const [s, c] = [sine(rest), cosine(rest)]
  return plain((quarter & 1) === 0 ? over(s, c) : minus(over(c, s)))
}

const ARCTANGENT = ODD_PARTS.map((c, i) => (i % 2 === 0 ? c : minus(c)))

/** 0 <= t <= 1. Halves the angle twice before the series. */
function arctangent(t: Pair): Pair {
  const half = (x: Pair): Pair => over(x, plus(ONE, root(plus(ONE, times(x, x)))))
  const small = half(half(t))
  return scale(times(small, polynomial(times(small, small), ARCTANGENT)), 4)
}

/** The angle of (x, y) in the first quarter. */
function angle(x: Pair, y: Pair): Pair {
  return y[0] > x[0] ? plus(HALF_PI, minus(arctangent(over(x, y)))) : arctangent(over(y, x))
}

const signed = (value: Pair, sign: number): Scaled => plain(sign < 0 ? minus(value) : value)

function atan(x: number): Scaled {
  const size = Math.abs(x)
  if (!(size > 2 ** -28)) return exact(x)
  return signed(size > 2 ** 900 ? HALF_PI : angle(ONE, [size, 0]), x)
}

/** sqrt (1 - x^2) */
const beside = (x: number): Pair => root(plus(ONE, minus(exactProduct(x, x))))

function asin(x: number): Scaled {
  const size = Math.abs(x)
  if (size > 1) return exact(NaN)
  if (!(size > 2 ** -28)) return exact(x)
  return signed(angle(beside(x), [size, 0]), x)
}

function acos(x: number): Scaled {
  if (!(Math.abs(x) <= 1)) return exact(NaN)
  if (x === 1) return exact(0)
  if (Math.abs(x) < 2 ** -300) return plain(HALF_PI)
  const acute = angle([Math.abs(x), 0], beside(x))
  return plain(x < 0 ? plus(pi, minus(acute)) : acute)
}

/** The angle of the point (x, y), between -pi and pi. */
function atan2(x: number, y: number): Scaled {
  if (x !== x || y !== y) return exact(NaN)
  const left = x < 0 || Object.is(x, -0)
  const sign = y < 0 || Object.is(y, -0) ? -1 : 1
  if (y === 0) return left ? signed(pi, sign) : exact(y)
  if (x === 0) return signed(HALF_PI, sign)
  if (!Number.isFinite(x) || !Number.isFinite(y)) return atInfinity(x, y, sign)
  const shift = exponent(x)
  const steepness = exponent(y) - shift
  if (steepness > 120) return signed(HALF_PI, sign)
  if (steepness < -120) return left ? signed(pi, sign) : exact(y / x)
  const acute = angle([Math.abs(scaleB64(x, -shift)), 0], [Math.abs(scaleB64(y, -shift)), 0])
  return signed(left ? plus(pi, minus(acute)) : acute, sign)
}

function atInfinity(x: number, y: number, sign: number): Scaled {
  if (Number.isFinite(x)) return signed(HALF_PI, sign)
  if (Number.isFinite(y)) return x > 0 ? exact(sign * 0) : signed(pi, sign)
  return signed(times(pi, [x > 0 ? 0.25 : 0.75, 0]), sign)
}

// ---------------------------------------------------------------------------------------------- both widths

const single = (f: (x: number) => Scaled) => (x: number) => rounded32(f(x))
const double = (f: (x: number) => Scaled) => (x: number) => rounded64(f(x))

export const exp32 = single(exp)
export const exp64 = double(exp)
export const sinh32 = single(sinh)
export const sinh64 = double(sinh)
export const cosh32 = single(cosh)
export const cosh64 = double(cosh)
export const tanh32 = single(tanh)
export const tanh64 = double(tanh)
export const alog32 = single(alog)
export const alog64 = double(alog)
export const alog10_32 = single(alog10)
export const alog10_64 = double(alog10)
export const sin32 = single(sin)
export const sin64 = double(sin)
export const cos32 = single(cos)
export const cos64 = double(cos)
export const tan32 = single(tan)
export const tan64 = double(tan)
export const asin32 = single(asin)
export const asin64 = double(asin)
export const acos32 = single(acos)
export const acos64 = double(acos)
export const atan32 = single(atan)
export const atan64 = double(atan)
export const power32 = (x: number, y: number): number => rounded32(pow(x, y))
export const power64 = (x: number, y: number): number => rounded64(pow(x, y))
export const atan2_32 = (x: number, y: number): number => rounded32(atan2(x, y))
export const atan2_64 = (x: number, y: number): number => rounded64(atan2(x, y))
