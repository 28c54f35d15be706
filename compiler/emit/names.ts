/** Names of the emitted code: those of the text as far as JavaScript and the ABI leave them free. */

import { PREDEFINED_NAMES } from '../core/ir/intrinsics.ts'

/** Everything of `runtime/abi.ts` that emitted code may import. */
export const ABI_NAMES: readonly string[] = [
  ...['Channel', 'channels', 'NO_CHANNEL', 'put', 'putArray', 'take'],
  ...['altChannel', 'altSkip', 'altStart', 'altTimer', 'altWait', 'guardSet', 'GuardSet'],
  ...['branch', 'clock', 'enter', 'fork', 'forks', 'host', 'join', 'leave', 'meter'],
  ...['par', 'pass', 'preempt', 'replica', 'sleep', 'spareOf'],
  ...['Frame', 'Join', 'Process', 'unit', 'TypedArray', 'Value', 'Mobile', 'Reference'],
  ...['stop', 'assertion', 'noCondition', 'noOption', 'noGuard', 'causeError', 'oneVariable', 'count', 'indices', 'step'],
  ...['add', 'subtract', 'multiply', 'divide', 'remainder', 'negate', 'scale', 'evenly', 'shl', 'shr'],
  ...['add16', 'subtract16', 'multiply16', 'divide16', 'negate16', 'shl16', 'shr16'],
  ...['add8', 'subtract8', 'multiply8', 'negate8', 'shl8', 'shr8'],
  ...['add64', 'subtract64', 'multiply64', 'divide64', 'remainder64', 'negate64', 'shl64', 'shr64'],
  ...['addReal32', 'subtractReal32', 'multiplyReal32', 'divideReal32', 'remainderReal32'],
  ...['addReal64', 'subtractReal64', 'multiplyReal64', 'divideReal64', 'remainderReal64', 'ratioReal32', 'ratioReal64'],
  ...['toByte', 'toInt16', 'toBool', 'longToByte', 'longToInt16', 'longToInt', 'longToBool'],
  ...['roundByte', 'truncByte', 'roundInt16', 'truncInt16', 'roundInt', 'truncInt', 'roundInt64', 'truncInt64'],
  ...['roundReal32', 'truncReal32', 'longRoundReal64', 'longTruncReal64', 'longRoundReal32', 'longTruncReal32'],
  ...[
    'index',
    'outside',
    'slice',
    'counted',
    'dimension',
    'nearestRemainder',
    'overlaps',
    'sameSize',
    'sameBytes',
    'copy',
    'copyPrefix',
    'bytesOf',
    'messageBytes',
    'serviceAnswer',
    'present',
    'settle',
    'nan',
    'within',
    'zeros',
  ],
  ...['agent', 'awaken', 'activate', 'retrieve', 'leftIn', 'suspend'],
  ...['enlist', 'escape', 'spawn', 'forking', 'unlist'],
  ...['claim', 'lock', 'locks', 'release'],
  ...['asEnd', 'bundle', 'claimOf', 'endOf', 'fieldOf'],
  ...[
    'NO_MONITOR',
    'NO_MONITORS',
    'Monitor',
    'barrier',
    'barrierIn',
    'mobileBarrier',
    'drop',
    'enroll',
    'resign',
    'sync',
    'peek',
    'altSync',
    'altSyncStart',
  ],
  ...['NO_MOBILE', 'NO_REFERENCES', 'compound', 'blanks', 'extent', 'cloned', 'isDefined', 'resized', 'resizedParts'],
  ...['NO_BYTES', 'NO_INT16S', 'NO_INTS', 'NO_INT64S', 'NO_REAL32S', 'NO_REAL64S', 'NO_CHANNELS'],
  ...['int16sOf', 'intsOf', 'int64sOf', 'real32sOf', 'real64sOf'],
  ...['bytesOfBool', 'bytesOfByte', 'bytesOfInt16', 'bytesOfInt', 'bytesOfInt64', 'bytesOfReal32', 'bytesOfReal64'],
  ...['boolFrom', 'byteFrom', 'int16From', 'intFrom', 'int64From', 'real32From', 'real64From'],
  ...PREDEFINED_NAMES,
]

const KEYWORDS = [
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else', 'enum', 'export', 'extends'],
  ...[
    'false',
    'finally',
    'for',
    'function',
    'if',
    'import',
    'in',
    'instanceof',
    'new',
    'null',
    'return',
    'super',
    'switch',
    'this',
    'throw',
  ],
  ...['true', 'try', 'typeof', 'var', 'void', 'while', 'with', 'yield', 'let', 'static', 'await', 'async', 'implements', 'interface'],
  ...['package', 'private', 'protected', 'public', 'arguments', 'eval', 'undefined', 'NaN', 'Infinity', 'Math', 'Number', 'BigInt', 'of'],
  ...['Uint8Array', 'Int16Array', 'Int32Array', 'BigInt64Array', 'Float32Array', 'Float64Array', 'number', 'boolean', 'bigint', 'string'],
]

/** Names that mean something in every step function, and fields that every frame has. */
const OWN = [
  'U',
  '$',
  'abi',
  'p',
  'f',
  'pc',
  'fuel',
  'callee',
  'awake',
  'forked',
  'results',
  'pending',
  'caller',
  'machine',
  'constructor',
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]

const RESERVED: ReadonlySet<string> = new Set([...KEYWORDS, ...ABI_NAMES, ...OWN])

/** Gives out names, each once; an inner one knows those of the outer, and the outer those of the inner. */
export class Names {
  private readonly used = new Set<string>()
  /** Names that inner ones have given out: what is made for all of them is hidden by none. */
  private readonly within = new Set<string>()
  /** The first number that may be free behind a name: all below it are taken. */
  private readonly next = new Map<string, number>()
  private readonly outer: Names | undefined
  constructor(outer?: Names) {
    this.outer = outer
  }

  private taken(name: string): boolean {
    return this.used.has(name) || (this.outer === undefined ? RESERVED.has(name) : this.outer.taken(name))
  }

  /** @returns an identifier like `wanted` that nobody has */
  make(wanted: string): string {
    const base = identifier(wanted)
    let name = RESERVED.has(base) ? `${base}_` : base
    let n = this.next.get(base) ?? 2
    for (; this.taken(name) || this.within.has(name); n++) name = `${base}_${n}`
    this.used.add(name)
    for (let { outer } = this; outer !== undefined; outer = outer.outer) outer.within.add(name)
    this.next.set(base, n)
    return name
  }

  /** Takes a name as it is. */
  reserve(name: string): void {
    this.used.add(name)
  }
}

/** @returns `name` with what is not allowed in an identifier replaced by `_` */
export function identifier(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_$]/g, '_')
  return /^[0-9]/.test(clean) ? `_${clean}` : clean === '' ? '_' : clean
}

/** @returns the name of a frame class for a step function of that name */
export function className(name: string): string {
  const clean = name
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
  return clean === identifier(name) ? `${clean}Frame` : clean
}
