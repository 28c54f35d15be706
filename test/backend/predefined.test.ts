/** The predefined functions: computed from variables, folded from constants, and by unbounded integers. */
import { test } from 'uvu'
import { check, fits, generator, wrapped, type Case, type Outcome } from './computed.ts'
import { rational, real, sum, difference, product, ratio, type RealName } from './rational.ts'

const next = generator(77n)
const EDGES = [0n, 1n, 2n, -1n, -2n, 0x7fffffffn, -0x80000000n, 0x12345678n, -0x12345678n, 0x55555555n, 65536n]

/** A word: an edge, or random. */
function word(): bigint {
  return next() % 2n === 0n ? (EDGES[Number(next() % BigInt(EDGES.length))] ?? 0n) : wrapped(next(), 'INT')
}

const unsigned = (x: bigint): bigint => BigInt.asUintN(32, x)
const signed = (x: bigint): bigint => BigInt.asIntN(32, x)
const long = (hi: bigint, lo: bigint): bigint => (unsigned(hi) << 32n) | unsigned(lo)
const upper = (x: bigint): bigint => signed(x >> 32n)
const checked = (x: bigint): Outcome => (fits(x, 'INT') ? x : 'R0201')

/** A case of a function on words. The first outcome may be a fault. */
function words(name: string, operands: readonly bigint[], outcome: Outcome, ...others: readonly bigint[]): Case {
  const parameters = operands.map((_, i) => 'abcd'[i]).join(', ')
  return {
    expression: `${name} (${parameters})`,
    operands: operands.map((x) => ['INT', x]),
    result: 'INT',
    outcome,
    ...(others.length === 0 ? {} : { others: others.map((x) => ['INT', x]) }),
  }
}

function repeated(n: number, make: () => readonly Case[]): Case[] {
  return Array.from({ length: n }, make).flat()
}

test('numbers of several words', () =>
  check(
    repeated(12, () => {
      const [a, b, c] = [word(), word(), word()]
      const bit = next() % 2n
      const total = unsigned(a) + unsigned(b) + bit
      const rest = unsigned(a) - unsigned(b) - bit
      const full = unsigned(a) * unsigned(b) + unsigned(c)
      const divides = unsigned(a) < unsigned(c)
      const quotient = divides ? long(a, b) / unsigned(c) : 0n
      return [
        words('LONGADD', [a, b, bit], checked(a + b + bit)),
        words('LONGADD', [a, b, c], checked(a + b + (c & 1n))),
        words('LONGSUB', [a, b, bit], checked(a - b - bit)),
        words('LONGSUM', [a, b, bit], total >> 32n, signed(total)),
        words('LONGDIFF', [a, b, bit], rest < 0n ? 1n : 0n, signed(rest)),
        words('LONGPROD', [a, b, c], upper(full), signed(full)),
        words(
          'LONGDIV',
          [a, b, c],
          divides ? signed(quotient) : c === 0n ? 'R0202' : 'R0201',
          signed(divides ? long(a, b) % unsigned(c) : 0n),
        ),
      ]
    }),
  ))

test('shifts of one and two words', () =>
  check(
    repeated(6, () => {
      const [a, b] = [word(), word()]
      return [0n, 1n, 31n, 32n, 33n, 64n, 65n, -1n].flatMap((n) => {
        const two = n >= 0n && n <= 64n
        const one = n >= 0n && n <= 32n
        const places = BigInt.asUintN(6, n)
        const left = BigInt.asUintN(64, long(a, b) << (two ? n : 0n))
        const right = long(a, b) >> (two ? n : 0n)
        const double = (unsigned(a) << 32n) | unsigned(a)
        return [
          words('SHIFTLEFT', [a, b, n], two ? upper(left) : 'R0205', signed(left)),
          words('SHIFTRIGHT', [a, b, n], two ? upper(right) : 'R0205', signed(right)),
          words('ASHIFTLEFT', [a, n], one ? checked(a << n) : 'R0205'),
          words('ASHIFTRIGHT', [a, n], one ? a >> n : 'R0205'),
          words('ROTATELEFT', [a, n], one ? signed((double << places) >> 32n) : 'R0205'),
          words('ROTATERIGHT', [a, n], one ? signed(double >> places) : 'R0205'),
        ]
      })
    }),
  ))

test('normalising, and fractions', () =>
  check(
    repeated(16, () => {
      const [a, b] = [next() % 3n === 0n ? 0n : word(), word()]
      const whole = long(a, b)
      const places = whole === 0n ? 64n : BigInt(64 - whole.toString(2).length)
      const exact = 2n * a * b // 31 places and 32 more
      const floor = exact >> 32n
      const rest = exact - (floor << 32n)
      const up = rest > 1n << 31n || (rest === 1n << 31n && floor % 2n !== 0n)
      return [
        words('NORMALISE', [a, b], places, upper(whole << places), signed(whole << places)),
        words('FRACMUL', [a, b], checked(up ? floor + 1n : floor)),
      ]
    }),
  ))

const bitsOf = (x: bigint): number[] => Array.from(unsigned(x).toString(2).padStart(32, '0'), Number)
const reversed = (x: bigint, n: number): bigint =>
  signed(
    BigInt(
      `0b0${bitsOf(x)
        .slice(32 - n)
        .reverse()
        .join('')}`,
    ),
  )

/** The remainder of a polynomial: the new bits go in below the old ones. */
function remainder(data: readonly number[], old: bigint, generator: bigint): bigint {
  let value = unsigned(old)
  for (const bit of data) {
    const top = value >> 31n
    value = unsigned((value << 1n) | BigInt(bit)) ^ (top * unsigned(generator))
  }
  return signed(value)
}

test('bits and check sums', () =>
  check(
    repeated(12, () => {
      const [a, b, c] = [word(), word(), word()]
      const count = BigInt(bitsOf(a).reduce((sum, bit) => sum + bit))
      return [
        words('BITCOUNT', [a, 5n], count + 5n),
        words('BITREVWORD', [a], reversed(a, 32)),
        ...[0n, 1n, 7n, 32n].map((n) => words('BITREVNBITS', [a, n], reversed(a, Number(n)))),
        words('BITREVNBITS', [a, 33n], 'R0205'),
        words('CRCWORD', [a, b, c], remainder(bitsOf(a), b, c)),
        words('CRCBYTE', [a, b, c], remainder(bitsOf(a).slice(0, 8), b, c)),
      ]
    }),
  ))

// ---------------------------------------------------------------------------------------------- reals

const TOP: Readonly<Record<RealName, number>> = { REAL32: (2 - 2 ** -23) * 2 ** 127, REAL64: Number.MAX_VALUE }
const LEAST: Readonly<Record<RealName, number>> = { REAL32: 2 ** -149, REAL64: 2 ** -1074 }

function operand(type: RealName): number {
  const edges = [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    2.5,
    -3.5,
    LEAST[type],
    -LEAST[type],
    5 * LEAST[type],
    TOP[type],
    -TOP[type],
    0.1,
    1e10,
    4503599627370497.5,
    8388609.5,
  ]
  const x =
    next() % 2n === 0n
      ? (edges[Number(next() % BigInt(edges.length))] ?? 0)
      : (Number(next() % (1n << 40n)) - 2 ** 39) * 2 ** -(20 + Number(next() % 40n))
  return type === 'REAL32' ? Math.fround(x) : x
}

/** A case of a function on reals and words. */
function reals(name: string, operands: Case['operands'], result: Case['result'], outcome: Outcome, others?: Case['others']): Case {
  const expression = `${name} (${operands.map((_, i) => 'abcd'[i]).join(', ')})`
  return { expression, operands, result, outcome, ...(others === undefined ? {} : { others }) }
}

const negative = (x: number): boolean => x < 0 || Object.is(x, -0)
const finite = (x: number): Outcome => (Number.isFinite(x) ? x : 'R0208')

/** The nearest real of a type on one side, by its value alone. */
function neighbour(x: number, up: boolean, type: RealName): number {
  const away = up === x > 0
  const size = Math.abs(x)
  if (size === 0) return up ? LEAST[type] : -LEAST[type]
  if (away && size === TOP[type]) return x > 0 ? Infinity : -Infinity
  const digits = type === 'REAL32' ? 23 : 52
  let e = Math.floor(Math.log2(size))
  if (2 ** e > size) e--
  if (e < 1020 && 2 ** (e + 1) <= size) e++
  const ulp = Math.max(LEAST[type], 2 ** (e - digits))
  const step = !away && size === 2 ** e ? Math.max(LEAST[type], ulp / 2) : ulp
  return Math.sign(x) * (away ? size + step : size - step)
}

function realCases(type: RealName): Case[] {
  const d = type === 'REAL32' ? '' : 'D'
  const width = type === 'REAL32' ? '32' : '64'
  const one = (name: string, x: number, result: Case['result'], outcome: Outcome): Case =>
    reals(`${d}${name}`, [[type, x]], result, outcome)
  return repeated(24, () => {
    const [x, y] = [operand(type), operand(type)]
    const pair = [
      [type, x],
      [type, y],
    ] as const
    const n = [400n, -3n, -2n, -1080n, (next() % 100n) - 50n][Number(next() % 5n)] ?? 0n
    const [p, q] = [rational(x), rational(y)]
    const nearest = [sum(p, q), difference(p, q), product(p, q), ...(y === 0 ? [] : [ratio(p, q)])]
    const sign = (value: number, flip: boolean): number => (value === 0 && flip ? -0 : value)
    const operations = nearest.flatMap((exact, op): Case[] => {
      const zeros = op < 2 && x === 0 && y === 0
      if (zeros) return []
      const r = sign(real(exact, type), op >= 2 && negative(x) !== negative(y))
      const cut = sign(real(exact, type, 'TRUNC'), op >= 2 && negative(x) !== negative(y))
      const operands: Case['operands'] = [
        [type, x],
        ['INT', BigInt(op)],
        [type, y],
      ]
      const moded: Case['operands'] = [
        [type, x],
        ['INT', 0n],
        ['INT', BigInt(op)],
        [type, y],
      ]
      return [
        reals(`REAL${width}OP`, operands, type, finite(r)),
        ...(Number.isFinite(r) ? [reals(`IEEE${width}OP`, moded, 'BOOL', false, [[type, cut]])] : []),
      ]
    })
    const root = x >= 0 && !Object.is(x, -0) ? real(squareRoot(x), type) : x === 0 ? -0 : 'R0208'
    return [
      ...operations,
      one('ABS', x, type, Math.abs(x)),
      one('MINUSX', x, type, -x),
      one('SQRT', x, type, root),
      one('ISNAN', x, 'BOOL', false),
      one('NOTFINITE', x, 'BOOL', false),
      one('LOGB', x, type, x === 0 ? -Infinity : exponentOf(x)),
      one('FPINT', x, type, sign(Number(nearestInteger(x)), negative(x))),
      one('MULBY2', x, type, real(product(p, [2n, 1n]), type) || x),
      one('DIVBY2', x, type, sign(real(product(p, [1n, 2n]), type), negative(x))),
      reals(
        `${d}SCALEB`,
        [
          [type, x],
          ['INT', n],
        ],
        type,
        sign(real(product(p, n < 0n ? [1n, 1n << -n] : [1n << n, 1n]), type), negative(x)),
      ),
      reals(`${d}COPYSIGN`, pair, type, negative(y) ? -Math.abs(x) : Math.abs(x)),
      reals(`${d}NEXTAFTER`, pair, type, x === y ? x : neighbour(x, y > x, type)),
      reals(`${d}ORDERED`, pair, 'BOOL', true),
      reals(`REAL${width}EQ`, pair, 'BOOL', x === y),
      reals(`REAL${width}GT`, pair, 'BOOL', x > y),
      reals(`${d}IEEECOMPARE`, pair, 'INT', x < y ? -1n : x === y ? 0n : 1n),
    ]
  })
}

function nearestInteger(x: number): bigint {
  const [n, d] = rational(x)
  const floor = n >= 0n ? n / d : -((-n + d - 1n) / d)
  const rest = 2n * (n - floor * d)
  return rest > d || (rest === d && floor % 2n !== 0n) ? floor + 1n : floor
}

function exponentOf(x: number): number {
  const [n, d] = rational(Math.abs(x))
  let e = n.toString(2).length - d.toString(2).length
  if (n * (e < 0 ? 1n << BigInt(-e) : 1n) < d * (e > 0 ? 1n << BigInt(e) : 1n)) e--
  return e
}

/** The root to 2000 places, enough to round right. */
function squareRoot(x: number): [bigint, bigint] {
  const [n, d] = rational(x)
  const wide = (n << 4400n) / d
  if (wide === 0n) return [0n, 1n]
  let r = 1n << BigInt(Math.ceil(wide.toString(2).length / 2))
  for (let better = (r + wide / r) >> 1n; better < r; better = (r + wide / r) >> 1n) r = better
  return [r, 1n << 2200n]
}

for (const type of ['REAL32', 'REAL64'] as const) test(`functions of ${type}`, () => check(realCases(type)))

test('literals are rounded once, however long they are', () => {
  const texts = [
    '16777217.0', '16777217.00000000000000000000000001', '1.00000005960464477539062500', '1.00000005960464477539062501',
    '7.006492321624085E-46', '7.0064923216240861E-46', '2.4703282292062327208E-324', '2.4703282292062328E-324', '9007199254740993.0',
    '9007199254740993.00000000000000000000000000000000001', '0.1', '1.0E-400', '123456789012345678901234567890.5E-10', '8.5E+37',
  ] // prettier-ignore
  const exact = (text: string): [bigint, bigint] => {
    const [, whole = '', fraction = '', power = '0'] = /^(\d+)\.(\d+)(?:E(.*))?$/.exec(text) ?? []
    const e = Number(power) - fraction.length
    const digits = BigInt(whole + fraction)
    return e < 0 ? [digits, 10n ** BigInt(-e)] : [digits * 10n ** BigInt(e), 1n]
  }
  return check(
    texts.flatMap((text) =>
      (['REAL32', 'REAL64'] as const).map((type): Case => ({
        expression: `${text}(${type})`,
        operands: [],
        result: type,
        outcome: real(exact(text), type),
      })),
    ),
  )
})

test.run()
