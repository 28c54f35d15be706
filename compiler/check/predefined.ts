/**
 * What every program can name without declaring it (occam 2.1 reference manual, appendices K to P), and the host services that a
 * `#PRAGMA EXTERNAL "name"` makes visible. The tables hold signatures only; what they do is the back end's and the runtime's.
 */
import { HOST_SERVICES } from '../../runtime/host-services.ts'
import type { HostFormal, HostServiceRow } from '../../runtime/host-services.ts'
import type { FunctionSymbol, ProcSymbol, ProtocolSymbol, TagSymbol, Type, TypeSymbol, VariableSymbol } from '../semantics.ts'
import { ANY_END, asMobile, arrayOf, BOOL, BYTE, INT, INT32, INT64, REAL32, REAL64 } from './type-model.ts'

const BYTES = arrayOf(BYTE)

/** Letters of the signatures below. */
const LETTERS: Readonly<Record<string, Type>> = { b: BOOL, y: BYTE, i: INT, j: INT32, l: INT64, r: REAL32, d: REAL64, s: BYTES }

/**
 * One line a function: name, letters of its results, letters of its parameters, names of its parameters.
 * INT is 32 bits, so the multiple-length functions work on halves of 32 bits.
 */
const FUNCTIONS = `
LONGADD i iii left right carry.in
LONGSUM ii iii left right carry.in
LONGSUB i iii left right borrow.in
LONGDIFF ii iii left right borrow.in
LONGPROD ii iii left right carry.in
LONGDIV ii iii dividend.hi dividend.lo divisor
SHIFTLEFT ii iii hi.in lo.in places
SHIFTRIGHT ii iii hi.in lo.in places
NORMALISE iii ii hi.in lo.in
ASHIFTLEFT i ii argument places
ASHIFTRIGHT i ii argument places
ROTATELEFT i ii argument places
ROTATERIGHT i ii argument places
BITCOUNT i ii word count.in
BITREVNBITS i ii x n
BITREVWORD i i x
CRCWORD i iii data crc.in generator
CRCBYTE i iii data crc.in generator
FRACMUL i ii x y
UNPACKSN iii i x
ROUNDSN i iii exponent fraction guard
ABS r r x
DABS d d x
SCALEB r ri x n
DSCALEB d di x n
COPYSIGN r rr x y
DCOPYSIGN d dd x y
SQRT r r x
DSQRT d d x
MINUSX r r x
DMINUSX d d x
NEXTAFTER r rr x y
DNEXTAFTER d dd x y
MULBY2 r r x
DMULBY2 d d x
DIVBY2 r r x
DDIVBY2 d d x
LOGB r r x
DLOGB d d x
FLOATING.UNPACK ir r x
DFLOATING.UNPACK id d x
ISNAN b r x
DISNAN b d x
NOTFINITE b r x
DNOTFINITE b d x
ORDERED b rr x y
DORDERED b dd x y
FPINT r r x
DFPINT d d x
ARGUMENT.REDUCE bjr rrr x y y.err
DARGUMENT.REDUCE bjd ddd x y y.err
REAL32OP r rir x op y
REAL64OP d did x op y
IEEE32OP br rmir x rm op y
IEEE64OP bd dmid x rm op y
REAL32REM r rr x y
REAL64REM d dd x y
IEEE32REM br rr x y
IEEE64REM bd dd x y
REAL32EQ b rr x y
REAL64EQ b dd x y
REAL32GT b rr x y
REAL64GT b dd x y
IEEECOMPARE i rr x y
DIEEECOMPARE i dd x y
ALOG r r x
DALOG d d x
ALOG10 r r x
DALOG10 d d x
EXP r r x
DEXP d d x
POWER r rr x y
DPOWER d dd x y
SIN r r x
DSIN d d x
COS r r x
DCOS d d x
TAN r r x
DTAN d d x
ASIN r r x
DASIN d d x
ACOS r r x
DACOS d d x
ATAN r r x
DATAN d d x
ATAN2 r rr x y
DATAN2 d dd x y
SINH r r x
DSINH d d x
COSH r r x
DCOSH d d x
TANH r r x
DTANH d d x
GETPRI i
TEXT.TO.REAL32 br s text
TEXT.TO.REAL64 bd s text
RAN rj j seed
DRAN dl l seed
`

function typesOf(letters: string): Type[] {
  return Array.from(letters).map((letter) => LETTERS[letter === 'm' ? 'i' : letter] ?? INT)
}

/** @returns a formal of a routine that is not in the text */
export function valFormal(name: string, type: Type): VariableSymbol {
  return { kind: 'variable', name, level: 0, type, role: 'formal', mode: 'val', writable: false }
}

/** As `valFormal`, of what comes back. */
export function resultFormal(name: string, type: Type): VariableSymbol {
  return { kind: 'variable', name, level: 0, type, role: 'formal', mode: 'result', writable: true }
}

function parseFunctions(): FunctionSymbol[] {
  return FUNCTIONS.trim()
    .split('\n')
    .map((line) => {
      const [name = '', results = '', parameters = '', ...names] = line.split(' ')
      const formals = typesOf(parameters).map((type, i) => valFormal(names[i] ?? `x${i}`, type))
      return { kind: 'function', name, level: 0, formals, results: typesOf(results), predefined: name }
    })
}

function predefinedProc(name: NonNullable<ProcSymbol['predefined']>, formals: readonly VariableSymbol[]): ProcSymbol {
  return { kind: 'proc', name, level: 0, formals, predefined: name }
}

/** Visible in every program; a declaration of the same name hides them. */
export const PREDEFINED: readonly (ProcSymbol | FunctionSymbol)[] = [
  predefinedProc('ASSERT', [valFormal('condition', BOOL)]),
  predefinedProc('CAUSEERROR', []),
  predefinedProc('RESCHEDULE', []),
  predefinedProc('SETPRI', [valFormal('priority', INT)]),
  predefinedProc('INCPRI', []),
  predefinedProc('DECPRI', []),
  predefinedProc('RESIZE.MOBILE.ARRAY.1D', [{ ...resultFormal('array', asMobile(BYTES)), mode: 'reference' }, valFormal('size', INT)]),
  ...parseFunctions(),
]

const HOST_TYPES: Readonly<Record<HostFormal['type'], Type>> = { BOOL, INT, '[]BYTE': BYTES }

function hostProc(name: string, { formals }: HostServiceRow): ProcSymbol {
  const declare = { val: valFormal, result: resultFormal }
  return { kind: 'proc', name, level: 0, formals: formals.map((f) => declare[f.mode](f.name, HOST_TYPES[f.type])), host: name }
}

/** `MOBILE.CHAN`, which any end of a channel type agrees with. */
export const ANY_END_TYPE: TypeSymbol = { kind: 'type', name: 'MOBILE.CHAN', level: 0, type: ANY_END }

/** The one tag of the protocol SIGNAL, which says only that something has happened. */
export const SIGNAL_TAG: TagSymbol = { kind: 'tag', name: 'SIGNAL', level: 0, index: 0, items: [] }

/** `PROTOCOL SIGNAL`, visible in every program as the routines above are. */
export const SIGNAL: ProtocolSymbol = {
  kind: 'protocol',
  name: 'SIGNAL',
  level: 0,
  protocol: { kind: 'variant', name: 'SIGNAL', tags: [{ name: SIGNAL_TAG.name, index: SIGNAL_TAG.index, items: SIGNAL_TAG.items }] },
}

/** Visible below a `#PRAGMA EXTERNAL "name"`. */
export const HOST_PROCS: ReadonlyMap<string, ProcSymbol> = new Map(
  Object.entries(HOST_SERVICES).map(([name, row]) => [name, hostProc(name, row)]),
)
