/** Types of generated programs, and literals of them. */
import type { PrimitiveName } from '../../../grammar/ast.ts'
import type { Random } from '../random.ts'

export type IntegerName = 'INT' | 'INT16' | 'INT32' | 'INT64' | 'BYTE'

export type Type =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName }
  | { readonly kind: 'array'; readonly size: number; readonly element: Type }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly { readonly name: string; readonly type: Type }[] }
  /** `DATA TYPE name IS T:` */
  | { readonly kind: 'named'; readonly name: string; readonly of: Type }

export const primitive = (name: PrimitiveName): Type => ({ kind: 'primitive', name })
export const INT = primitive('INT')
export const BOOL = primitive('BOOL')
export const BYTE = primitive('BYTE')

export const arrayOf = (size: number, element: Type): Type => ({ kind: 'array', size, element })

/** @returns the type as it is written */
export function written(type: Type): string {
  return type.kind === 'array' ? `[${type.size}]${written(type.element)}` : type.name
}

/** @returns the type with its outermost dimension left open */
export function writtenOpen(type: Type): string {
  return type.kind === 'array' ? `[]${written(type.element)}` : written(type)
}

export const same = (a: Type, b: Type): boolean => written(a) === written(b)

/** @returns the name of the primitive type under a type, if it is one */
export function scalarName(type: Type): PrimitiveName | undefined {
  if (type.kind === 'named') return scalarName(type.of)
  return type.kind === 'primitive' ? type.name : undefined
}

export function integerName(type: Type): IntegerName | undefined {
  const name = scalarName(type)
  return name === 'BOOL' || name === 'REAL32' || name === 'REAL64' ? undefined : name
}

export const bitsOf = (name: IntegerName): number => ({ BYTE: 8, INT16: 16, INT: 32, INT32: 32, INT64: 64 })[name]

/** @returns how many bytes a value takes; a record's is not known here */
export function bytesOf(type: Type): number | undefined {
  switch (type.kind) {
    case 'primitive':
      return { BOOL: 1, BYTE: 1, INT16: 2, INT: 4, INT32: 4, REAL32: 4, INT64: 8, REAL64: 8 }[type.name]
    case 'array': {
      const each = bytesOf(type.element)
      return each === undefined ? undefined : each * type.size
    }
    case 'named':
      return bytesOf(type.of)
    case 'record':
      return undefined
  }
}

/** @returns whether any bytes make a value of it: no BOOL, no real */
export function isBits(type: Type): boolean {
  if (type.kind === 'array') return isBits(type.element)
  return type.kind === 'primitive' && integerName(type) !== undefined
}

const INTEGERS: Readonly<Record<IntegerName, readonly string[]>> = {
  BYTE: ['0', '1', '7', '255', '128', '#A5'],
  INT16: ['0', '1', '-1', '100', '-32768', '32767', '#FF00', '#7FFF'],
  INT: ['0', '1', '2', '-1', '17', '1000', '-2147483648', '2147483647', '#FFFFFFFF', '#80000000', '#1234ABCD', '65536'],
  INT32: ['0', '1', '-1', '99', '-2147483648', '2147483647', '#DEADBEEF'],
  INT64: ['0', '1', '-1', '10000000000', '-9223372036854775808', '9223372036854775807', '#123456789ABCDEF0', '#FFFFFFFF00000000'],
}

const REALS: readonly string[] = ['0.0', '1.0', '0.5', '-2.25', '3.0E+2', '1.0E-3', '0.1', '-1234.5678', '1.0E+38', '3.0E+19']

/** @returns a literal; decorated unless the type is INT, or `bare` says that the context gives the type */
export function literal(type: Type, random: Random, bare = false): string {
  const name = scalarName(type)
  if (name === undefined) throw new Error('a literal of a scalar type')
  if (name === 'BOOL') return type.kind === 'named' ? `${random.pick(['TRUE', 'FALSE'])}(${type.name})` : random.pick(['TRUE', 'FALSE'])
  if (name === 'BYTE' && type.kind === 'primitive' && random.chance(50)) {
    return random.pick(["'a'", "'Z'", "' '", "'**'", "'*n'", "'*#1F'", "'*''", "'*#ff'"])
  }
  const text = name === 'REAL32' || name === 'REAL64' ? random.pick(REALS) : random.pick(INTEGERS[name])
  const decorated = (bare && random.chance(70)) || (name === 'INT' && type.kind === 'primitive') ? text : decorate(text, written(type))
  return text.startsWith('-') ? `(${decorated})` : decorated
}

const decorate = (text: string, name: string): string => `${text}(${name})`
