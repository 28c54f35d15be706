/**
 * Real numbers as text (libraries float_io and convert) against an oracle that computes with fractions of BigInt: every form, at every width,
 * for numbers that are chosen where something can go wrong and for some that a seed chooses.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { output } from './run-program.ts'

const test = suite('reals as text')

type Kind = 'REAL32' | 'REAL64'
const PLACES = { REAL32: 9, REAL64: 17 } as const
const POWERS = { REAL32: 2, REAL64: 3 } as const

const cell = new DataView(new ArrayBuffer(8))

/** @returns |x| as a fraction */
function fraction(x: number): readonly [bigint, bigint] {
  cell.setFloat64(0, Math.abs(x))
  const bits = cell.getBigUint64(0)
  const field = Number(bits >> 52n)
  const mantissa = (bits & 0xfffffffffffffn) | (field === 0 ? 0n : 1n << 52n)
  const power = Math.max(field, 1) - 1075
  return power >= 0 ? [mantissa << BigInt(power), 1n] : [mantissa, 1n << BigInt(-power)]
}

/** @returns |x| * 10^places as the nearest integer, ties to even */
function scaled(x: number, places: number): bigint {
  const [n, d] = fraction(x)
  const [top, under] = places >= 0 ? [n * 10n ** BigInt(places), d] : [n, d * 10n ** BigInt(-places)]
  const floor = top / under
  const twice = (top % under) * 2n
  return twice > under || (twice === under && floor % 2n === 1n) ? floor + 1n : floor
}

/** @returns `count` significant digits of |x|, and the power of ten of the first of them */
function significant(x: number, count: number): readonly [string, number] {
  if (x === 0) return ['0'.repeat(count), 0]
  const [n, d] = fraction(x)
  const least = (p: number): boolean => (p >= 0 ? 10n ** BigInt(p) * d <= n : d <= n * 10n ** BigInt(-p)) // 10^p <= |x|
  let power = -330
  while (least(power + 1)) power++
  const digits = scaled(x, count - 1 - power).toString() // one more where it is rounded up to a power of ten
  return digits.length > count ? [digits.slice(0, count), power + 1] : [digits, power]
}

const signOf = (x: number): string => (x < 0 || Object.is(x, -0) ? '-' : ' ')

function powerOf(power: number, kind: Kind): string {
  return `E${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(POWERS[kind], '0')}`
}

function exponential(x: number, count: number, kind: Kind): string {
  const [digits, power] = significant(x, count)
  return `${signOf(x)}${digits[0] ?? ''}${count > 1 ? `.${digits.slice(1)}` : ''}${powerOf(power, kind)}`
}

function free(x: number, kind: Kind): string {
  const places = PLACES[kind]
  const [digits, power] = significant(x, places)
  const sign = signOf(x).trim()
  const after = (text: string): string => text.replace(/0+$/, '') || '0'
  if (power >= 0 && power < places - 1) return `${sign}${digits.slice(0, power + 1)}.${after(digits.slice(power + 1))}`
  if (power < 0 && power >= -4) return `${sign}0.${'0'.repeat(-power - 1)}${after(digits)}`
  return `${sign}${digits[0] ?? ''}.${after(digits.slice(1))}${powerOf(power, kind)}`
}

function fixed(x: number, ip: number, dp: number, kind: Kind): string {
  const width = ip + dp + 2
  const digits = scaled(x, dp)
    .toString()
    .padStart(dp + 1, '0')
  const whole = digits.slice(0, digits.length - dp)
  if (whole.length <= ip) return `${signOf(x)}${whole}${dp > 0 ? `.${digits.slice(-dp)}` : ''}`.padStart(width)
  const room = width - 1 - 2 - POWERS[kind]
  if (room < 1) return `${signOf(x)}Ov`.padEnd(width)
  return exponential(x, room < 3 ? 1 : room - 1, kind).padStart(width)
}

/** @returns the text of a finite number */
export function expected(x: number, ip: number, dp: number, kind: Kind): string {
  return ip > 0 ? fixed(x, ip, dp, kind) : dp > 0 ? exponential(x, dp, kind) : free(x, kind)
}

const WRITER = `
#USE "course"
PROC main (CHAN BYTE keyboard?, screen!)
  [2048]BYTE text:
  INT count, kind, high, low, ip, dp, length:
  BOOL ok:
  SEQ
    file.in.int (count, 12, ok, keyboard?)
    SEQ i = 0 FOR count
      SEQ
        file.in.int (kind, 12, ok, keyboard?)
        file.in.int (high, 12, ok, keyboard?)
        file.in.int (low, 12, ok, keyboard?)
        file.in.int (ip, 12, ok, keyboard?)
        file.in.int (dp, 12, ok, keyboard?)
        IF
          kind = 32
            VAL REAL32 x RETYPES low:
            REAL32TOSTRING (length, text, x, ip, dp)
          TRUE
            VAL [2]INT both IS [low, high]:
            VAL REAL64 x RETYPES both:
            REAL64TOSTRING (length, text, x, ip, dp)
        out.string ([text FOR length], 0, screen!)
        screen ! '*n'
:
`

interface Case {
  readonly x: number
  readonly ip: number
  readonly dp: number
  readonly kind: Kind
}

async function compare(cases: readonly Case[]): Promise<void> {
  const lines = cases.map(({ x, ip, dp, kind }) => {
    if (kind === 'REAL32') cell.setFloat32(4, x)
    else cell.setFloat64(0, x)
    return `${kind.slice(4)} ${cell.getInt32(0)} ${cell.getInt32(4)} ${ip} ${dp}`
  })
  const printed = (await output(WRITER, `${cases.length}\n${lines.join('\n')}\n`)).split('\n')
  cases.forEach(({ x, ip, dp, kind }, i) => {
    assert.is(printed[i], expected(x, ip, dp, kind), `${x} as ${kind}, ${ip}, ${dp}`)
  })
}

/** A small generator of 32 bits, so that a seed tells all. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
}

const CHOSEN: readonly number[] = [
  ...[0, -0, 1, -1, 1.5, 0.5, 2.5, 3.5, 0.125, 0.375, 1.005, 9.5, 9.995, 9.9996, 99.995, 99.996, -99.996, 999999.5, 0.1, 0.3, 1 / 3, 2 / 3],
  ...[3.14159, 123456.7, 123456.789, 1e8, 12345678, 123456789, 1e9, 999999999, 1e16, 1e17, 12345678901234567, 0.0001, 0.00001, 0.00009999],
  ...[1e22, 1e23, 1e38, 3.4028234663852886e38, 1.1754943508222875e-38, 1.401298464324817e-45, 6.02e23, 0.000123456789],
]

const CHOSEN_64: readonly number[] = [
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  2.2250738585072014e-308,
  1e100,
  -1.5e100,
  1e-100,
  9.9999999999999999e99,
]

const FORMS: readonly (readonly [number, number])[] = [
  ...[0, 1, 2, 3, 8, 9, 10, 17, 18, 30].map((dp) => [0, dp] as const),
  ...[1, 2, 3, 4, 6, 10, 20].flatMap((ip) => [0, 1, 2, 3, 5, 10].map((dp) => [ip, dp] as const)),
]

test('what goes wrong easily, in every form', async () => {
  const both = CHOSEN.flatMap((x) => [
    { x, kind: 'REAL64' as const },
    { x: Math.fround(x), kind: 'REAL32' as const },
  ])
  const all = [...both, ...CHOSEN_64.map((x) => ({ x, kind: 'REAL64' as const }))]
  await compare(all.flatMap(({ x, kind }) => FORMS.map(([ip, dp]) => ({ x, kind, ip, dp }))))
})

test('numbers of any size, by a seed', async () => {
  const next = random(2026)
  const below = (n: number): number => Math.floor(next() * n)
  const cases: Case[] = []
  while (cases.length < 1500) {
    const kind = next() < 0.5 ? 'REAL32' : 'REAL64'
    const span = kind === 'REAL32' ? 37 : 300
    const power = next() < 0.6 ? below(20) - 6 : below(2 * span) - span
    const plain = (next() < 0.3 ? below(1000) / 8 : next() * 10) * 10 ** power * (next() < 0.5 ? -1 : 1)
    const x = kind === 'REAL32' ? Math.fround(plain) : plain
    if (Number.isFinite(x)) cases.push({ x, kind, ip: next() < 0.4 ? 0 : below(12), dp: next() < 0.2 ? 0 : below(20) })
  }
  await compare(cases)
})

test('columns keep their width', () => {
  for (const kind of ['REAL32', 'REAL64'] as const)
    for (const x of CHOSEN) for (const [ip, dp] of FORMS) if (ip > 0) assert.is(expected(x, ip, dp, kind).length, ip + dp + 2)
})

const READER = `
#USE "course"
PROC main (CHAN BYTE keyboard?, screen!)
  [100]BYTE line:
  INITIAL INT length IS 1:
  WHILE length > 0
    BOOL error:
    REAL64 r:
    SEQ
      file.in.string (line, length, 100, keyboard?)
      STRINGTOREAL64 (error, r, [line FOR length])
      IF
        length = 0
          SKIP
        error
          out.string ("error*n", 0, screen!)
        TRUE
          SEQ
            out.real64 (r, 0, 0, screen!)
            screen ! '*n'
:
`

test('a text is a number when it is a literal behind a sign or none', async () => {
  const right = ['1.5', '+1.5', '-0.25', '1.5E+3', '1.0E-10', '000.5', ' 1.5', 'Inf', '-Inf', 'NaN']
  const wrong = ['1.5E3', '15', '1.', '.5', '1.5e+3', '1.5E+', '--1.5', '1.5 ', '1.5x', 'E+3', '1.0E+999', '1,5', '1.5E++3', '#1.5', 'inf']
  const printed = (await output(READER, `${[...right, ...wrong].join('\n')}\n\n`)).split('\n').slice(0, -1)
  assert.equal(
    printed.slice(right.length),
    wrong.map(() => 'error'),
  )
  assert.equal(printed.slice(0, 4), ['1.5', '1.5', '-0.25', '1500.0'])
  assert.not(printed.slice(0, right.length).includes('error'))
})

test('17 digits of a REAL64 name it', async () => {
  const next = random(7)
  const numbers = Array.from({ length: 300 }, () => (next() - 0.5) * 10 ** Math.floor(next() * 600 - 300))
  const texts = (await output(READER, `${numbers.map((x) => free(x, 'REAL64')).join('\n')}\n\n`)).split('\n')
  numbers.forEach((x, i) => {
    assert.is(Number(texts[i]), x)
  })
})

test.run()
