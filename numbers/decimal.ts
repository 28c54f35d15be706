/** Decimal text to reals, rounded once whatever its length: for the literals of a program and for the strings it reads. */
import { scaleB64 } from './reals.ts'

/** What a real is made of: the bits of its fraction, and the place of the last bit of the smallest. */
const FORMS = { REAL32: { bits: 24, last: -149, top: 128 }, REAL64: { bits: 53, last: -1074, top: 1024 } } as const

/**
 * @param text digits with an optional point and an optional exponent: `12`, `1.5`, `1.5E+3`
 * @returns the nearest real of the type, ties to even; infinity when it is too large
 */
export function realFromText(text: string, type: 'REAL32' | 'REAL64'): number {
  const [, whole = '', fraction = '', power = '0'] = /^(\d+)(?:\.(\d*))?(?:[Ee]([+-]?\d+))?$/.exec(text) ?? []
  const digits = BigInt(`${whole}${fraction}`)
  const exponent = Number(power) - fraction.length
  if (digits === 0n) return 0
  const size = digits.toString().length + exponent // the number is below 10^size
  if (size > 400) return Infinity
  if (size < -400) return 0
  return exponent >= 0 ? quotient(digits * 10n ** BigInt(exponent), 1n, type) : quotient(digits, 10n ** BigInt(-exponent), type)
}

const length = (n: bigint): number => n.toString(2).length

/** @returns the real nearest to n / d, both positive */
function quotient(n: bigint, d: bigint, type: 'REAL32' | 'REAL64'): number {
  const { bits, last, top } = FORMS[type]
  const [a, b] = [length(n), length(d)]
  const shifted = (by: number): readonly [bigint, bigint] => (by >= 0 ? [n << BigInt(by), d] : [n, d << BigInt(-by)])
  // the fraction has as many bits as there are, or one more
  let places = Math.min(bits - (a - b), -last)
  const [first, under] = shifted(places)
  if (length(first / under) > bits) places--
  const [dividend, divisor] = shifted(places)
  const floor = dividend / divisor
  const twice = 2n * (dividend % divisor)
  const up = twice > divisor || (twice === divisor && (floor & 1n) === 1n)
  const result = scaleB64(Number(up ? floor + 1n : floor), -places)
  return result >= 2 ** (top - 1) * 2 ? Infinity : result
}

/** @returns one character for each byte */
function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/**
 * A literal of a real (digits on both sides of a point; an exponent has a sign) behind a sign or none; or what writing a real gives for one that is
 * not finite. Spaces may stand before it.
 */
function fromText(text: Uint8Array, type: 'REAL32' | 'REAL64'): [boolean, number] {
  const [, sign = '', size = ''] = /^ *([+-]?)(\d+\.\d+(?:E[+-]\d+)?|Inf|NaN)$/.exec(textOf(text)) ?? []
  if (size === '') return [false, 0]
  const value = size === 'Inf' ? Infinity : size === 'NaN' ? NaN : realFromText(size, type)
  return [size === 'Inf' || value !== Infinity, sign === '-' ? -value : value]
}

/** @returns whether the text is a number that is not too large, and the nearest real */
export const textToReal32 = (text: Uint8Array): [boolean, number] => fromText(text, 'REAL32')
export const textToReal64 = (text: Uint8Array): [boolean, number] => fromText(text, 'REAL64')
