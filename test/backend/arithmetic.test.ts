/** Checked arithmetic against arithmetic on unbounded integers, for each type. */
import { fc, times } from '../harness/property.ts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as abi from '../../runtime/abi.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'

const U = abi.unit({ name: 'test', machines: [] })

/** A result, or the code of the fault. */
type Outcome = bigint | string

function outcome(work: () => number | bigint): Outcome {
  try {
    const value = work()
    if (Object.is(value, -0)) return '-0'
    return BigInt(value)
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}

interface Width {
  readonly name: string
  readonly low: bigint
  readonly high: bigint
  readonly bits: number
  readonly wrap: (x: bigint) => bigint
}

const signed = (name: string, bits: number): Width => ({
  name,
  bits,
  low: -(2n ** BigInt(bits - 1)),
  high: 2n ** BigInt(bits - 1) - 1n,
  wrap: (x) => BigInt.asIntN(bits, x),
})
const INT = signed('INT', 32)
const INT16 = signed('INT16', 16)
const INT64 = signed('INT64', 64)
const BYTE: Width = { name: 'BYTE', bits: 8, low: 0n, high: 255n, wrap: (x) => BigInt.asUintN(8, x) }

const within =
  (w: Width) =>
  (x: bigint): Outcome =>
    x >= w.low && x <= w.high ? x : 'R0201'

/** Values of a type, those near its ends and near zero more often than not. */
function values(w: Width): fc.Arbitrary<bigint> {
  const near = (x: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: x - 3n, max: x + 3n }).filter((y) => y >= w.low && y <= w.high)
  return fc.oneof(fc.bigInt({ min: w.low, max: w.high }), near(w.low), near(w.high), near(0n), near(2n ** BigInt(w.bits / 2)))
}

type Checked = (x: never, y: never, u: typeof U, site: number) => number | bigint

function agrees(w: Width, operation: Checked, reference: (x: bigint, y: bigint) => Outcome): void {
  const native = (x: bigint): never => (w === INT64 ? x : Number(x)) as never // what the function of this type takes
  fc.assert(
    fc.property(values(w), values(w), (x, y) => {
      assert.is(
        outcome(() => operation(native(x), native(y), U, 0)),
        reference(x, y),
        `${w.name} ${x} ${y}`,
      )
    }),
    { numRuns: times(500) },
  )
}

const families: readonly [
  Width,
  Record<'add' | 'subtract' | 'multiply' | 'divide' | 'remainder' | 'shl' | 'shr', Checked>,
  (x: never, u: typeof U, s: number) => number | bigint,
][] = [
  [
    INT,
    {
      add: abi.add,
      subtract: abi.subtract,
      multiply: abi.multiply,
      divide: abi.divide,
      remainder: abi.remainder,
      shl: abi.shl,
      shr: abi.shr,
    },
    abi.negate,
  ],
  [
    INT16,
    {
      add: abi.add16,
      subtract: abi.subtract16,
      multiply: abi.multiply16,
      divide: abi.divide16,
      remainder: abi.remainder,
      shl: abi.shl16,
      shr: abi.shr16,
    },
    abi.negate16,
  ],
  [
    BYTE,
    {
      add: abi.add8,
      subtract: abi.subtract8,
      multiply: abi.multiply8,
      divide: abi.divide,
      remainder: abi.remainder,
      shl: abi.shl8,
      shr: abi.shr8,
    },
    abi.negate8,
  ],
  [
    INT64,
    {
      add: abi.add64,
      subtract: abi.subtract64,
      multiply: abi.multiply64,
      divide: abi.divide64,
      remainder: abi.remainder64,
      shl: abi.shl64,
      shr: abi.shr64,
    },
    abi.negate64,
  ],
]

for (const [w, f, negate] of families) {
  const fits = within(w)
  test(`${w.name}: + - * overflow beyond the range and nowhere else`, () => {
    agrees(w, f.add, (x, y) => fits(x + y))
    agrees(w, f.subtract, (x, y) => fits(x - y))
    agrees(w, f.multiply, (x, y) => fits(x * y))
  })
  test(`${w.name}: / truncates, \\ has the sign of the left side`, () => {
    agrees(w, f.divide, (x, y) => (y === 0n ? 'R0202' : fits(x / y)))
    agrees(w, f.remainder, (x, y) => (y === 0n ? 'R0202' : x % y))
  })
  test(`${w.name}: the negative of the least value overflows`, () => {
    const native = (x: bigint): never => (w === INT64 ? x : Number(x)) as never // what the function of this type takes
    fc.assert(
      fc.property(values(w), (x) =>
        assert.is(
          outcome(() => negate(native(x), U, 0)),
          fits(-x),
        ),
      ),
    )
  })
  test(`${w.name}: shifts lose bits, fill with zeros, and take 0 to the width`, () => {
    const unsigned = (x: bigint): bigint => BigInt.asUintN(w.bits, x)
    fc.assert(
      fc.property(values(w), fc.integer({ min: -2, max: w.bits + 2 }), (x, n) => {
        const native = (w === INT64 ? x : Number(x)) as never // as above
        const legal = n >= 0 && n <= w.bits
        assert.is(
          outcome(() => f.shl(native, n as never, U, 0)),
          legal ? w.wrap(unsigned(x) << BigInt(n)) : 'R0205',
        )
        assert.is(
          outcome(() => f.shr(native, n as never, U, 0)),
          legal ? w.wrap(unsigned(x) >> BigInt(n)) : 'R0205',
        )
      }),
      { numRuns: times(500) },
    )
  })
}

test('reals: what is not finite is a fault, underflow is not', () => {
  const code = (work: () => number): string | number => {
    try {
      return work()
    } catch (error) {
      if (error instanceof Fault) return error.code
      throw error
    }
  }
  assert.is(
    code(() => abi.multiplyReal64(1e200, 1e200, U, 0)),
    'R0208',
  )
  assert.is(
    code(() => abi.addReal32(3e38, 3e38, U, 0)),
    'R0208',
  )
  assert.is(
    code(() => abi.divideReal64(1, 0, U, 0)),
    'R0202',
  )
  assert.is(
    code(() => abi.multiplyReal64(1e-200, 1e-200, U, 0)),
    0,
  )
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.float({ noNaN: true, noDefaultInfinity: true }), (x, y) => {
      const r = Math.fround(x + y)
      assert.is(
        code(() => abi.addReal32(x, y, U, 0)),
        Number.isFinite(r) ? r : 'R0208',
      )
    }),
  )
})

test('conversions between integers check the range', () => {
  fc.assert(
    fc.property(values(INT), (x) => {
      const n = Number(x)
      assert.is(
        outcome(() => abi.toByte(n, U, 0)),
        x >= 0n && x <= 255n ? x : 'R0206',
      )
      assert.is(
        outcome(() => abi.toInt16(n, U, 0)),
        x >= INT16.low && x <= INT16.high ? x : 'R0206',
      )
    }),
  )
  fc.assert(
    fc.property(fc.oneof(values(INT64), values(INT)), (x) => {
      assert.is(
        outcome(() => abi.longToInt(x, U, 0)),
        x >= INT.low && x <= INT.high ? x : 'R0206',
      )
      assert.is(
        outcome(() => abi.longToByte(x, U, 0)),
        x >= 0n && x <= 255n ? x : 'R0206',
      )
    }),
  )
})

test('ROUND goes to the nearest, ties to even; TRUNC towards zero', () => {
  for (const [x, round, trunc] of [
    [2.5, 2, 2],
    [3.5, 4, 3],
    [-2.5, -2, -2],
    [-3.5, -4, -3],
    [0.4999999999999999, 0, 0],
    [-0.6, -1, 0],
    [1e3, 1000, 1000],
  ] as const) {
    assert.is(abi.roundInt(x, U, 0), round)
    assert.is(abi.truncInt(x, U, 0), trunc)
    assert.is(abi.roundInt64(x, U, 0), BigInt(round))
  }
  assert.is(
    outcome(() => abi.roundInt(2147483647.5, U, 0)),
    'R0206',
  )
  assert.is(
    outcome(() => abi.truncInt(2147483647.5, U, 0)),
    2147483647n,
  )
  assert.is(
    outcome(() => abi.truncInt(NaN, U, 0)),
    'R0206',
  )
})

/** @returns the reals of 32 bits next to `r` on both sides */
function neighbours(r: number): [number, number] {
  return [abi.nextAfter32(r, -Infinity), abi.nextAfter32(r, Infinity)]
}

test('an INT64 becomes the nearest REAL32, or the one towards zero', () => {
  fc.assert(
    fc.property(values(INT64), (x) => {
      const nearest = abi.longRoundReal32(x)
      const distance = (r: number): bigint => {
        const d = BigInt(r) - x
        return d < 0n ? -d : d
      }
      if (Number.isInteger(nearest) && Math.abs(nearest) >= 2 ** 24) {
        for (const other of neighbours(nearest)) assert.ok(distance(nearest) <= distance(other), String(x))
      } else assert.is(BigInt(nearest), x)
      const cut = abi.longTruncReal32(x)
      const size = (n: bigint): bigint => (n < 0n ? -n : n)
      assert.ok(size(BigInt(cut)) <= size(x))
    }),
    { numRuns: times(2000) },
  )
})

test('long arithmetic is arithmetic on digits to the base 2^32', () => {
  const digit = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(-1, 0, 1, -(2 ** 31), 2 ** 31 - 1))
  const u = (x: number): bigint => BigInt(x >>> 0)
  const join = (high: number, low: number): bigint => (u(high) << 32n) | u(low)
  fc.assert(
    fc.property(digit, digit, fc.integer({ min: 0, max: 1 }), (x, y, c) => {
      const [carry, sum] = abi.longSum(x, y, c)
      assert.is((BigInt(carry) << 32n) + u(sum), u(x) + u(y) + BigInt(c))
      const [borrow, difference] = abi.longDiff(x, y, c)
      assert.is(u(difference) - (BigInt(borrow) << 32n), u(x) - u(y) - BigInt(c))
      assert.is(join(...abi.longProd(x, y, c)), u(x) * u(y) + BigInt(c))
    }),
  )
  fc.assert(
    fc.property(digit, digit, digit, (high, low, divisor) => {
      fc.pre(u(high) < u(divisor))
      const [quotient, rest] = abi.longDiv(high, low, divisor, U, 0)
      assert.is(u(quotient) * u(divisor) + u(rest), join(high, low))
      assert.ok(u(rest) < u(divisor))
    }),
  )
  fc.assert(
    fc.property(digit, digit, fc.integer({ min: 0, max: 64 }), (high, low, n) => {
      assert.is(join(...abi.shiftLeft(high, low, n, U, 0)), BigInt.asUintN(64, join(high, low) << BigInt(n)))
      assert.is(join(...abi.shiftRight(high, low, n, U, 0)), join(high, low) >> BigInt(n))
      const [places, h, l] = abi.normalise(high, low)
      if (places < 64) assert.ok(h < 0 && join(h, l) >> BigInt(places) === join(high, low))
    }),
  )
})

test('sums take the place of products only where each product is an INT', () => {
  const int = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -50, max: 50 }))
  const stride = fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 2 ** 28 }))
  fc.assert(
    fc.property(int, fc.integer({ min: 0, max: 60 }), int, stride, (i, rounds, x, n) => {
      const until = (i + rounds) | 0
      const end = abi.evenly(i, until, x, n)
      assert.ok(end === until || (end === ((i + 1) | 0) && rounds > 1))
      let row = abi.scale(x, n)
      for (let r = 0; r < ((end - i) | 0) && r < rounds; r++) {
        const subscript = x + r
        if (subscript > 2 ** 31 - 1) break
        assert.is(row, abi.scale(subscript, n))
        row = (row + n) | 0
      }
    }),
    { numRuns: times(3000) },
  )
})

test('retyping keeps every bit', () => {
  fc.assert(
    fc.property(fc.double(), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (d, i) => {
      assert.ok(Object.is(abi.real64From(abi.bytesOfReal64(d), U, 0), d), String(d)) // what is not a number too
      assert.is(abi.intFrom(abi.bytesOfInt(i), U, 0), i)
      assert.equal([...abi.bytesOfInt(i)], [i & 255, (i >> 8) & 255, (i >> 16) & 255, (i >>> 24) & 255])
    }),
  )
  const ints = Int32Array.of(1, -2, 3)
  assert.equal(abi.intsOf(abi.bytesOf(ints), U, 0), ints)
  assert.is(
    outcome(() => abi.intsOf(new Uint8Array(5), U, 0).length),
    'R0209',
  )
})

test.run()
