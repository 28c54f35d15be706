/** The names that a code unit may use besides its own: of the ABI, with what their parameters take, and of the language. */
import * as predefined from '../../numbers/predefined.ts'

/**
 * What an argument of a function of the ABI is: `values` a list of names and values for a fault, `frames` a list of new frames, `plan` what a PAR's
 * branches are; `number` is data that is made a number whatever it is.
 */
export type Argument = 'process' | 'frame' | 'join' | 'step' | 'plan' | 'text' | 'array class' | 'frames' | 'values' | 'number' | 'data'

/** A constant, a class, something that has one use, or a function by its parameters; the last of these stands for all that follow, too. */
export type Shape = 'data' | 'class' | 'special' | readonly Argument[]

/** Functions whose parameters are data alone. */
const ON_DATA = `
add subtract multiply divide remainder negate scale evenly shl shr add16 subtract16 multiply16 divide16 negate16 shl16 shr16 add8 subtract8 multiply8 negate8
shl8 shr8 add64 subtract64 multiply64 divide64 remainder64 negate64 shl64 shr64 addReal32 subtractReal32 multiplyReal32 divideReal32 remainderReal32 addReal64
subtractReal64 multiplyReal64 divideReal64 remainderReal64 ratioReal32 ratioReal64 toByte toInt16 toBool longToByte longToInt16 longToInt longToBool roundByte
truncByte roundInt16 truncInt16 roundInt truncInt roundInt64 truncInt64 roundReal32 truncReal32 longRoundReal64 longTruncReal64 longRoundReal32
longTruncReal32 index outside slice counted dimension nearestRemainder sameSize sameBytes copy copyPrefix bytesOf messageBytes serviceAnswer present overlaps settle nan within count
indices step channels int16sOf intsOf int64sOf real32sOf real64sOf bytesOfBool bytesOfByte bytesOfInt16 bytesOfInt bytesOfInt64 bytesOfReal32 bytesOfReal64
boolFrom byteFrom int16From intFrom int64From real32From real64From compound blanks extent cloned isDefined resized resizedParts escape barrier barrierIn mobileBarrier lock locks bundle endOf fieldOf claimOf asEnd
stop noCondition noGuard causeError`

/** Functions whose first parameter is the process, and the others data. */
const OF_PROCESS =
  'put putArray take awaken suspend altChannel altSkip altSync altTimer altWait peek clock enter pass preempt sleep sync enroll resign drop unlist claim release'

const words = (text: string): string[] => text.trim().split(/\s+/)

export const ABI_SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ...[...words(ON_DATA), ...Object.keys(predefined)].map((name) => [name, ['data']] as const),
  ...words(OF_PROCESS).map((name) => [name, ['process', 'data']] as const),
  ['altStart', ['process', 'data', 'number']],
  ['altSyncStart', ['process', 'data', 'number']],
  ['guardSet', ['process', 'data', 'number']],
  ['assertion', ['data', 'data', 'values']],
  ['noOption', ['data', 'data', 'values']],
  ['oneVariable', ['data', 'data', 'values']],
  ['leave', []],
  ['zeros', ['array class', 'data']],
  ['par', ['process', 'frame', 'plan', 'frames']],
  ['forks', ['process', 'frame', 'plan', 'data']],
  ['fork', ['process', 'frame']],
  ['forking', ['process', 'frame']],
  ['replica', ['join', 'frame', 'step']],
  ['branch', ['join', 'frame', 'text', 'data']],
  ['join', ['process', 'join']],
  ['spareOf', ['join']],
  ['agent', ['process', 'frame']],
  ['activate', ['process', 'frame', 'data']],
  ['retrieve', ['frame', 'data']],
  ['leftIn', ['frame', 'data']],
  ['spawn', ['process', 'frame', 'text', 'data']],
  ['enlist', ['process', 'text']],
  ['host', ['process', 'text', 'data']],
  ['unit', 'special'],
  ['meter', 'special'],
  ...words(
    'NO_CHANNEL NO_CHANNELS NO_BYTES NO_INT16S NO_INTS NO_INT64S NO_REAL32S NO_REAL64S NO_MOBILE NO_REFERENCES NO_MONITOR NO_MONITORS',
  ).map((name) => [name, 'data'] as const),
  ...words('Channel Frame').map((name) => [name, 'class'] as const),
])

export const ARRAY_CLASSES: ReadonlySet<string> = new Set(words('Uint8Array Int16Array Int32Array BigInt64Array Float32Array Float64Array'))

/** Functions of the language, by the object that has them. */
export const GLOBAL_CALLS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Math', new Set(words('imul fround max min abs trunc sqrt floor'))],
  ['BigInt', new Set(words('asIntN asUintN'))],
])

/** What arrays and mobiles have, and nothing that we hand out has in another meaning that matters. */
export const DATA_PROPERTIES: ReadonlySet<string> = new Set(words('length elements parts dims'))
export const DATA_METHODS: ReadonlySet<string> = new Set(words('subarray slice set fill'))

/** Properties of frames that a unit has no business with. Every object has some of these. */
export const FORBIDDEN_SLOTS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
  'machine',
  'caller',
])
