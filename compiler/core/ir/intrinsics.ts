/** The predefined functions: their names in the ABI, and whether they can fault. */

export interface Intrinsic {
  readonly name: string
  readonly faults: boolean
}

const pure = (name: string): Intrinsic => ({ name, faults: false })
const faulting = (name: string): Intrinsic => ({ name, faults: true })

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
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
  UNPACKSN: pure('unpackSingle'),
  ROUNDSN: pure('roundSingle'),
  'TEXT.TO.REAL32': pure('textToReal32'),
  'TEXT.TO.REAL64': pure('textToReal64'),
}

/** Functions that there are for both widths: `NAME` for REAL32 and `DNAME` for REAL64, but those with a width in their names. */
const REALS: readonly (readonly [word: string, single: string, double: string, faults: boolean])[] = [
  ['SCALEB', 'scaleB32', 'scaleB64', false],
  ['COPYSIGN', 'copySign', 'copySign', false],
  ['MINUSX', 'minusX', 'minusX', false],
  ['NEXTAFTER', 'nextAfter32', 'nextAfter64', false],
  ['MULBY2', 'mulBy2_32', 'mulBy2_64', false],
  ['DIVBY2', 'divBy2_32', 'divBy2_64', false],
  ['LOGB', 'logB', 'logB', false],
  ['FLOATING.UNPACK', 'unpack', 'unpack', false],
  ['ISNAN', 'isNotANumber', 'isNotANumber', false],
  ['NOTFINITE', 'notFinite', 'notFinite', false],
  ['ORDERED', 'ordered', 'ordered', false],
  ['FPINT', 'fpInt', 'fpInt', false],
  ['ARGUMENT.REDUCE', 'argumentReduce32', 'argumentReduce64', false],
  ['REAL#OP', 'realOp32', 'realOp64', true],
  ['IEEE#OP', 'ieeeOp32', 'ieeeOp64', true],
  ['REAL#REM', 'realRem32', 'realRem64', true],
  ['IEEE#REM', 'ieeeRem', 'ieeeRem', false],
  ['REAL#EQ', 'realEqual', 'realEqual', false],
  ['REAL#GT', 'realGreater', 'realGreater', false],
  ['IEEECOMPARE', 'ieeeCompare', 'ieeeCompare', false],
  ['POWER', 'power32', 'power64', false],
  ['ATAN2', 'atan2_32', 'atan2_64', false],
  ['RAN', 'ran32', 'ran64', false],
  ...['SIN', 'COS', 'TAN', 'ASIN', 'ACOS', 'ATAN', 'SINH', 'COSH', 'TANH', 'EXP', 'ALOG'].map(
    (word) => [word, `${word.toLowerCase()}32`, `${word.toLowerCase()}64`, false] as const,
  ),
  ['SQRT', 'sqrt32', 'sqrt64', true],
  ['ALOG10', 'alog10_32', 'alog10_64', false],
  ['ABS', 'absolute', 'absolute', false],
]

const ALL: ReadonlyMap<string, Intrinsic> = new Map([
  ...Object.entries(INTRINSICS),
  ...REALS.flatMap(([word, single, double, faults]): (readonly [string, Intrinsic])[] => [
    [word.replace('#', '32'), { name: single, faults }],
    [word.includes('#') ? word.replace('#', '64') : `D${word}`, { name: double, faults }],
  ]),
])

/** @returns the intrinsic for a predefined function, undefined when there is none. */
export function intrinsicOf(name: string): Intrinsic | undefined {
  return ALL.get(name)
}

/** What the predefined functions are called in the ABI. */
export const PREDEFINED_NAMES: readonly string[] = [...ALL.values()].map((i) => i.name)
