/**
 * Arithmetic of every type, three times: what a program computes from variables, what the compiler computes from constants, and what
 * unbounded integers and fractions say. Faults are results too.
 */
import { test } from 'uvu'
import { BITS, check, fits, generator, high, INTEGERS, low, REALS, wrapped, type Case, type Integer, type Outcome } from './computed.ts'
import { difference, integer, product, ratio, rational, real, sum, type RealName } from './rational.ts'

function integers(type: Integer, next: () => bigint): bigint {
  const edges = [low(type), low(type) + 1n, 0n, 1n, 2n, high(type) - 1n, high(type), 1n << BigInt(BITS[type] / 2)]
  if (next() % 2n === 0n) return edges[Number(next() % BigInt(edges.length))] ?? 0n
  return wrapped((next() << 48n) ^ next(), type)
}

function reals(type: RealName, next: () => bigint): number {
  const small = type === 'REAL32' ? 2 ** -149 : 2 ** -1074
  const top = type === 'REAL32' ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE
  const edges = [0, -0, 1, -1, 0.5, 2.5, -3.5, small, -small, top, -top, 16777217, 0.1, 1e10, 2147483647.5, 9007199254740993]
  const picked = edges[Number(next() % BigInt(edges.length))] ?? 0
  const scale = 2 ** (Number(next() % 120n) - 60)
  const random = (Number(next() % (1n << 40n)) - 2 ** 39) * scale * 2 ** -20
  const x = next() % 3n === 0n ? picked : random
  return type === 'REAL32' ? Math.fround(x) : x
}

// ---------------------------------------------------------------------------------------------- what should come out

function integerOutcome(operator: string, a: bigint, b: bigint, type: Integer): Outcome {
  const checked = (x: bigint): Outcome => (fits(x, type) ? x : 'R0201')
  switch (operator) {
    case '+':
      return checked(a + b)
    case '-':
      return checked(a - b)
    case '*':
      return checked(a * b)
    case '/':
      return b === 0n ? 'R0202' : checked(a / b)
    case '\\':
    case 'REM':
      return b === 0n ? 'R0202' : a % b
    case 'PLUS':
      return wrapped(a + b, type)
    case 'MINUS':
      return wrapped(a - b, type)
    case 'TIMES':
      return wrapped(a * b, type)
    case '/\\':
      return a & b
    case '\\/':
      return a | b
    case '><':
      return a ^ b
    case 'AFTER':
      return BigInt.asIntN(BITS[type], a - b) > 0n
    default:
      return compared(operator, a, b)
  }
}

function compared(operator: string, a: bigint | number, b: bigint | number): boolean {
  const answers: Readonly<Record<string, boolean>> = { '=': a === b, '<>': a !== b, '<': a < b, '>': a > b, '<=': a <= b, '>=': a >= b }
  const answer = answers[operator]
  if (answer === undefined) throw new Error(operator)
  return answer
}

function realOutcome(operator: string, a: number, b: number, type: RealName): Outcome {
  const finite = (x: number): Outcome => (Number.isFinite(x) ? x : 'R0208')
  const zero = (x: number, sign: number): number => (x === 0 && sign < 0 ? -0 : x)
  const negative = (x: number): boolean => x < 0 || Object.is(x, -0)
  const signs = negative(a) === negative(b) ? 1 : -1
  const [x, y] = [rational(a), rational(b)]
  switch (operator) {
    case '+':
      return a === 0 && b === 0 ? a + b : finite(real(sum(x, y), type))
    case '-':
      return a === 0 && b === 0 ? a - b : finite(real(difference(x, y), type))
    case '*':
      return finite(zero(real(product(x, y), type), signs))
    case '/':
      return b === 0 ? 'R0202' : finite(zero(real(ratio(x, y), type), signs))
    case '\\':
    case 'REM': {
      if (b === 0) return 'R0202'
      const n = integer(ratio(x, y), 'ROUND')
      return zero(real(difference(x, product(y, [n, 1n])), type), negative(a) ? -1 : 1)
    }
    default:
      return compared(operator, a, b)
  }
}

// ---------------------------------------------------------------------------------------------- the cases

const ARITHMETIC = ['+', '-', '*', '/', '\\', 'REM']
const MODULAR = ['PLUS', 'MINUS', 'TIMES', '/\\', '\\/', '><', 'AFTER']
const COMPARISONS = ['=', '<>', '<', '>', '<=', '>=']

function integerCases(type: Integer, next: () => bigint): Case[] {
  const cases: Case[] = []
  for (const operator of [...ARITHMETIC, ...MODULAR, ...COMPARISONS]) {
    for (let i = 0; i < 6; i++) {
      const [a, b] = [integers(type, next), integers(type, next)]
      const outcome = integerOutcome(operator, a, b, type)
      const result = COMPARISONS.includes(operator) || operator === 'AFTER' ? 'BOOL' : type
      cases.push({
        expression: `a ${operator} b`,
        operands: [
          [type, a],
          [type, b],
        ],
        result,
        outcome,
      })
    }
  }
  for (let i = 0; i < 4; i++) {
    const a = integers(type, next)
    cases.push({ expression: '-a', operands: [[type, a]], result: type, outcome: fits(-a, type) ? -a : 'R0201' })
    cases.push({ expression: '~a', operands: [[type, a]], result: type, outcome: wrapped(~a, type) })
    for (const places of [0n, 1n, BigInt(BITS[type] - 1), BigInt(BITS[type]), BigInt(BITS[type] + 1), -1n]) {
      const legal = places >= 0n && places <= BigInt(BITS[type])
      const unsigned = BigInt.asUintN(BITS[type], a)
      const operands = [
        [type, a],
        ['INT', places],
      ] as const
      cases.push({ expression: 'a << b', operands, result: type, outcome: legal ? wrapped(a << places, type) : 'R0205' })
      cases.push({ expression: 'a >> b', operands, result: type, outcome: legal ? wrapped(unsigned >> places, type) : 'R0205' })
    }
  }
  return cases
}

function realCases(type: RealName, next: () => bigint): Case[] {
  const cases: Case[] = []
  for (const operator of [...ARITHMETIC, ...COMPARISONS]) {
    for (let i = 0; i < 12; i++) {
      const [a, b] = [reals(type, next), reals(type, next)]
      const outcome = realOutcome(operator, a, b, type)
      cases.push({
        expression: `a ${operator} b`,
        operands: [
          [type, a],
          [type, b],
        ],
        result: COMPARISONS.includes(operator) ? 'BOOL' : type,
        outcome,
      })
    }
  }
  // remainders at the edges: quotients halfway between two integers, the smallest and the largest numbers
  const least = type === 'REAL32' ? 2 ** -149 : 2 ** -1074
  const most = type === 'REAL32' ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE
  const edges = [least, 2 * least, 3 * least, 5 * least, 7 * least, 0.5, 1, 1.5, 2.5, 3, 3.5, 5, most / 2, most * 0.75, most].map((x) =>
    type === 'REAL32' ? Math.fround(x) : x,
  )
  for (const a of edges)
    for (const b of edges)
      for (const [x, y] of [
        [a, b],
        [-a, b],
        [a, -b],
      ] as const)
        cases.push({
          expression: 'a \\ b',
          operands: [
            [type, x],
            [type, y],
          ],
          result: type,
          outcome: realOutcome('\\', x, y, type),
        })
  return cases
}

function conversionCases(next: () => bigint): Case[] {
  const cases: Case[] = []
  for (const to of INTEGERS) {
    for (const from of INTEGERS)
      for (let i = 0; i < 4; i++) {
        const a = integers(from, next)
        cases.push({ expression: `${to} a`, operands: [[from, a]], result: to, outcome: fits(a, to) ? a : 'R0206' })
      }
    for (const from of REALS)
      for (const round of ['ROUND', 'TRUNC'] as const)
        for (const a of [...Array.from({ length: 6 }, () => reals(from, next)), Number(high(to)) + 0.5, Number(low(to)) - 0.5, 2.5, -0.5]) {
          const held = from === 'REAL32' ? Math.fround(a) : a
          const whole = integer(rational(held), round)
          cases.push({ expression: `${to} ${round} a`, operands: [[from, held]], result: to, outcome: fits(whole, to) ? whole : 'R0206' })
        }
  }
  for (const to of REALS)
    for (const round of ['ROUND', 'TRUNC'] as const) {
      for (const from of INTEGERS)
        for (let i = 0; i < 6; i++) {
          const a = integers(from, next)
          cases.push({ expression: `${to} ${round} a`, operands: [[from, a]], result: to, outcome: real([a, 1n], to, round) })
        }
      for (const a of [16777217n, 33554435n, 9007199254740993n, 1152921573326323713n, -1152921573326323711n, 9223371761976868863n])
        cases.push({ expression: `${to} ${round} a`, operands: [['INT64', a]], result: to, outcome: real([a, 1n], to, round) })
    }
  for (const round of ['ROUND', 'TRUNC'] as const)
    for (let i = 0; i < 20; i++) {
      const a = reals('REAL64', next)
      const r = real(rational(a), 'REAL32', round)
      const outcome = !Number.isFinite(r) ? 'R0206' : Object.is(a, -0) || (r === 0 && a < 0) ? -0 : r
      cases.push({ expression: `REAL32 ${round} a`, operands: [['REAL64', a]], result: 'REAL32', outcome })
    }
  return cases
}

for (const type of INTEGERS) test(`${type}: operators`, () => check(integerCases(type, generator(BigInt(BITS[type] + type.length)))))
for (const type of REALS) test(`${type}: operators`, () => check(realCases(type, generator(BigInt(type.length * 7)))))
test('conversions', () => check(conversionCases(generator(3n))))

test.run()
