/** The predefined functions: their names in the ABI, and whether they can fault. */

export interface Intrinsic {
  readonly name: string
  readonly faults: boolean
}

const pure = (name: string): Intrinsic => ({ name, faults: false })
const faulting = (name: string): Intrinsic => ({ name, faults: true })

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  ABS: pure('abs32'),
  DABS: pure('abs64'),
  SQRT: faulting('sqrt32'),
  DSQRT: faulting('sqrt64'),
  LONGADD: faulting('longAdd'),
  LONGSUB: faulting('longSub'),
  LONGSUM: pure('longSum'),
  LONGDIFF: pure('longDiff'),
  LONGPROD: pure('longProd'),
  LONGDIV: faulting('longDiv'),
  SHIFTLEFT: faulting('shiftLeft'),
  SHIFTRIGHT: faulting('shiftRight'),
  NORMALISE: pure('normalise'),
  ASHIFTLEFT: faulting('arithmeticShiftLeft'),
  ASHIFTRIGHT: faulting('arithmeticShiftRight'),
  ROTATELEFT: faulting('rotateLeft'),
  ROTATERIGHT: faulting('rotateRight'),
  FRACMUL: faulting('fracMul'),
  CRCWORD: pure('crcWord'),
  CRCBYTE: pure('crcByte'),
  BITCOUNT: pure('bitCount'),
  BITREVWORD: pure('bitReverse'),
  BITREVNBITS: faulting('bitReverseN'),
}

/** @returns the intrinsic for a predefined function, undefined when there is none. */
export function intrinsicOf(name: string): Intrinsic | undefined {
  return INTRINSICS[name] ?? elementary(name)
}

const ELEMENTARY = ['SIN', 'COS', 'TAN', 'ASIN', 'ACOS', 'ATAN', 'SINH', 'COSH', 'TANH', 'EXP', 'ALOG', 'ALOG10'] as const

/** The elementary functions: `SIN` for REAL32, `DSIN` for REAL64. */
function elementary(name: string): Intrinsic | undefined {
  for (const base of ELEMENTARY) {
    if (name === base) return faulting(`${base.toLowerCase()}32`)
    if (name === `D${base}`) return faulting(`${base.toLowerCase()}64`)
  }
  return undefined
}
