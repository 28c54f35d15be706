/** The elementary functions against series on long integers: both widths give the nearest number, at every point tried. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as numbers from '../../numbers/predefined.ts'
import { rational, real, type Rational } from './rational.ts'

/** Places behind the point of the numbers below; sines of the largest arguments need more than a thousand. */
const F = 1500n
const ONE = 1n << F
const fixed = (x: number): bigint => {
  const [n, d] = rational(x)
  return (n << F) / d
}
const times = (a: bigint, b: bigint): bigint => (a * b) >> F
const over = (a: bigint, b: bigint): bigint => (a << F) / b

function squareRoot(x: bigint): bigint {
  if (x === 0n) return 0n
  const n = x << F
  let r = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (;;) {
    const better = (r + n / r) >> 1n
    if (better >= r) return r
    r = better
  }
}

/** Sum of the terms that `next` makes from the one before. */
function series(first: bigint, next: (term: bigint, k: bigint) => bigint): bigint {
  let sum = 0n
  for (let [term, k] = [first, 1n]; term !== 0n; term = next(term, k), k++) sum += term
  return sum
}

/** Euler's formula: 20 atan (1/7) + 8 atan (3/79). */
const PI = ((): bigint => {
  const atan = (n: bigint, d: bigint): bigint => {
    let sum = 0n
    for (let [power, k] = [(ONE * n) / d, 1n]; power !== 0n; power = (-power * n * n) / (d * d), k += 2n) sum += power / k
    return sum
  }
  return 20n * atan(1n, 7n) + 8n * atan(3n, 79n)
})()

const LOG_2 = series(ONE >> 1n, (t, k) => (t * k) / (2n * (k + 1n))) // sum of 1 / (k 2^k)

/** e^x as a fraction, for any x that is not too large for it. */
function exp(x: bigint): Rational {
  const k = x / LOG_2
  const r = (x - k * LOG_2) >> 16n
  let e = series(ONE, (t, n) => times(t, r) / n)
  for (let i = 0; i < 16; i++) e = times(e, e)
  return k >= 0n ? [e << k, ONE] : [e, ONE << -k]
}

const asFixed = ([n, d]: Rational): bigint => (n << F) / d

/** Newton's method on exp. */
function log(x: number): bigint {
  const [n, d] = rational(x)
  let y = fixed(Math.log(x))
  for (let i = 0; i < 6; i++) {
    const [p, q] = exp(y)
    const relative = (n * q * ONE) / (d * p) - ONE // x / e^y - 1
    y += 2n * over(relative, relative + 2n * ONE)
  }
  return y
}

const sin = (x: bigint): bigint => series(x, (t, k) => -times(times(t, x), x) / (2n * k * (2n * k + 1n)))
const cos = (x: bigint): bigint => series(ONE, (t, k) => -times(times(t, x), x) / (2n * k * (2n * k - 1n)))
const turned = (x: bigint): bigint => x % (2n * PI)

function atan(x: bigint): bigint {
  let y = fixed(Math.atan(Number(x >> (F - 60n)) / 2 ** 60))
  for (let i = 0; i < 6; i++) {
    const [s, c] = [sin(y), cos(y)]
    y += over(times(x, c) - s, c + times(x, s))
  }
  return y
}

function asin(x: bigint): bigint {
  const beside = squareRoot(ONE - times(x, x))
  return beside === 0n ? (x < 0n ? -PI : PI) / 2n : atan(over(x, beside))
}

const value = (x: bigint): Rational => [x, ONE]

type Function = (x: number) => number

interface Subject {
  readonly name: string
  readonly double: Function
  readonly single: Function
  readonly exact: (x: number) => Rational
  readonly points: readonly number[]
}

let state = 12345
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const between = (low: number, high: number, n = 60): number[] =>
  Array.from({ length: n }, () => low + (high - low) * (random() + random() / 2 ** 32))
const scales = (low: number, high: number, n = 30): number[] => between(low, high, n).map((e) => (1 + random()) * 2 ** Math.round(e))
const both = (list: readonly number[]): number[] => [...list, ...list.map((x) => -x)]

const exponentials = both([...between(0, 5), ...between(0, 700), ...scales(-27, 0)])
const hyperbolic = (combine: (up: bigint, down: bigint) => bigint | Rational) => (x: number) => {
  const result = combine(asFixed(exp(fixed(x))), asFixed(exp(-fixed(x))))
  return typeof result === 'bigint' ? value(result) : result
}

const subjects: readonly Subject[] = [
  {
    name: 'EXP',
    double: numbers.exp64,
    single: numbers.exp32,
    exact: (x) => exp(fixed(x)),
    points: [...exponentials, 88.7, -103.9, -708.5, -709, -740, -745.1],
  },
  {
    name: 'SINH',
    double: numbers.sinh64,
    single: numbers.sinh32,
    exact: hyperbolic((up, down) => (up - down) / 2n),
    points: [...exponentials.filter((x) => Math.abs(x) < 600), 0.3465, 0.6931, 710.4],
  },
  {
    name: 'COSH',
    double: numbers.cosh64,
    single: numbers.cosh32,
    exact: hyperbolic((up, down) => (up + down) / 2n),
    points: [...exponentials.filter((x) => Math.abs(x) < 600), 710.4],
  },
  {
    name: 'TANH',
    double: numbers.tanh64,
    single: numbers.tanh32,
    exact: hyperbolic((up, down): Rational => [up - down, up + down]),
    points: exponentials.filter((x) => Math.abs(x) < 40),
  },
  {
    name: 'ALOG',
    double: numbers.alog64,
    single: numbers.alog32,
    exact: (x) => value(log(x)),
    points: [...scales(-1000, 1000), ...between(0.9, 1.1), 1 + 2 ** -52, 1 - 2 ** -53, 2 ** -1074, Number.MAX_VALUE, 2, 10, Math.SQRT2],
  },
  {
    name: 'ALOG10',
    double: numbers.alog10_64,
    single: numbers.alog10_32,
    exact: (x) => [log(x), log(10)],
    points: [...scales(-1000, 1000), ...between(0.9, 1.1), 1 + 2 ** -52],
  },
  {
    name: 'SIN',
    double: numbers.sin64,
    single: numbers.sin32,
    exact: (x) => value(sin(turned(fixed(x)))),
    points: both([
      ...between(0, 7),
      ...between(0, 1e6),
      ...scales(-27, 0),
      ...scales(60, 1000),
      Math.PI,
      2 * Math.PI,
      1e22,
      6381956970095103 * 2 ** 797,
    ]),
  },
  {
    name: 'COS',
    double: numbers.cos64,
    single: numbers.cos32,
    exact: (x) => value(cos(turned(fixed(x)))),
    points: both([...between(0, 7), ...between(0, 1e6), ...scales(60, 1000), Math.PI / 2, 1.5 * Math.PI, 6381956970095103 * 2 ** 797]),
  },
  {
    name: 'TAN',
    double: numbers.tan64,
    single: numbers.tan32,
    exact: (x) => {
      const [s, c] = [sin(turned(fixed(x))), cos(turned(fixed(x)))]
      return c < 0n ? [-s, -c] : [s, c]
    },
    points: both([...between(0, 7), ...scales(-27, 0), ...scales(60, 1000), Math.PI / 2, Math.PI / 4]),
  },
  {
    name: 'ATAN',
    double: numbers.atan64,
    single: numbers.atan32,
    exact: (x) => value(atan(fixed(x))),
    points: both([...between(0, 10), ...scales(-27, 100), 1, 2 ** 1000]),
  },
  {
    name: 'ASIN',
    double: numbers.asin64,
    single: numbers.asin32,
    exact: (x) => value(asin(fixed(x))),
    points: both([...between(0, 1), ...scales(-27, -1), 1, 1 - 2 ** -53, 1 - 2 ** -30]),
  },
  {
    name: 'ACOS',
    double: numbers.acos64,
    single: numbers.acos32,
    exact: (x) => value(PI / 2n - asin(fixed(x))),
    points: both([...between(0, 1), ...scales(-80, -1), 1 - 2 ** -53, 1 - 2 ** -30]),
  },
]

for (const { name, double, single, exact, points } of subjects)
  test(`${name} and D${name} are the nearest numbers`, () => {
    for (const x of points) {
      assert.is(double(x), real(exact(x), 'REAL64'), `D${name} (${x})`)
      const short = Math.fround(x)
      if (Number.isFinite(short) && short !== 0) assert.is(single(short), real(exact(short), 'REAL32'), `${name} (${short})`)
    }
  })

test('POWER and DPOWER are the nearest numbers', () => {
  const exact = (x: number, y: number): Rational => exp(times(fixed(y), log(x)))
  for (const [i, x] of [...scales(-20, 20, 80), ...between(0.99, 1.01, 40)].entries()) {
    const y = i % 2 === 0 ? (random() - 0.5) * 60 : (random() - 0.5) * 20000 * (Math.abs(x - 1) < 0.02 ? 1 : 0.001)
    assert.is(numbers.power64(x, y), real(exact(x, y), 'REAL64'), `DPOWER (${x}, ${y})`)
    const [a, b] = [Math.fround(x), Math.fround(y)]
    assert.is(numbers.power32(a, b), real(exact(a, b), 'REAL32'), `POWER (${a}, ${b})`)
  }
  // squares and cubes can lie half-way between two numbers
  for (let i = 0; i < 300; i++) {
    const x = 2049 + 2 * Math.floor(random() * 2 ** (i % 2 === 0 ? 11 : 15))
    const y = i % 3 === 0 ? 3 : 2
    const [n, d] = rational(x)
    const power: Rational = [n ** BigInt(y), d ** BigInt(y)]
    assert.is(numbers.power32(x, y), real(power, 'REAL32'), `POWER (${x}, ${y})`)
    assert.is(numbers.power64(x * 16385, y), real([power[0] * 16385n ** BigInt(y), power[1]], 'REAL64'))
  }
})

test('ATAN2 and DATAN2 are the nearest numbers in every quarter', () => {
  for (const y of both([...scales(-200, 200, 40), ...scales(-3, 3, 40)]))
    for (const x of both(scales(-3, 3, 2))) {
      const acute = atan(over(fixed(Math.abs(y)), fixed(Math.abs(x))))
      const angle = x < 0 ? PI - acute : acute
      assert.is(numbers.atan2_64(x, y), real(value(y < 0 ? -angle : angle), 'REAL64'), `DATAN2 (${x}, ${y})`)
    }
})

test('what is undefined is not a number, what is too large is infinite', () => {
  const inf = Infinity
  const table: readonly (readonly [number, number])[] = [
    [numbers.exp64(1000), inf],
    [numbers.exp64(-1000), 0],
    [numbers.exp32(89), inf],
    [numbers.exp64(-inf), 0],
    [numbers.exp64(inf), inf],
    [numbers.alog64(0), -inf],
    [numbers.alog64(-1), NaN],
    [numbers.alog64(inf), inf],
    [numbers.alog10_64(1e300), 300],
    [numbers.sin64(inf), NaN],
    [numbers.cos64(NaN), NaN],
    [numbers.sin64(-0), -0],
    [numbers.tan64(-0), -0],
    [numbers.atan64(inf), Math.PI / 2],
    [numbers.atan64(-inf), -Math.PI / 2],
    [numbers.asin64(1.5), NaN],
    [numbers.acos64(-1.5), NaN],
    [numbers.acos64(1), 0],
    [numbers.acos64(-1), Math.PI],
    [numbers.sinh64(-inf), -inf],
    [numbers.sinh64(-800), -inf],
    [numbers.cosh64(-inf), inf],
    [numbers.tanh64(-inf), -1],
    [numbers.tanh64(-0), -0],
    [numbers.power64(0, 0), 1],
    [numbers.power64(NaN, 0), 1],
    [numbers.power64(1, inf), 1],
    [numbers.power64(-1, inf), 1],
    [numbers.power64(-8, 1 / 3), NaN],
    [numbers.power64(-2, 3), -8],
    [numbers.power64(-2, -3), -0.125],
    [numbers.power64(-2, 41), -(2 ** 41)],
    [numbers.power64(-0, -3), -inf],
    [numbers.power64(0, -2), inf],
    [numbers.power64(0.5, inf), 0],
    [numbers.power64(2, 1024), inf],
    [numbers.power64(2, -1074), 2 ** -1074],
    [numbers.power64(2, -1075.5), 0],
    [numbers.atan2_64(-1, 0), Math.PI],
    [numbers.atan2_64(-1, -0), -Math.PI],
    [numbers.atan2_64(0, -1), -Math.PI / 2],
    [numbers.atan2_64(1, -0), -0],
    [numbers.atan2_64(inf, inf), Math.PI / 4],
    [numbers.atan2_64(-inf, 1), Math.PI],
    [numbers.atan2_64(1, NaN), NaN],
  ]
  for (const [i, [got, wanted]] of table.entries()) assert.ok(Object.is(got, wanted), `${i}: ${got} should be ${wanted}`)
})

test.run()
