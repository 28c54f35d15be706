/**
 * Shapes: whether a value that has come as JSON is what a type says. The type checker proves that a shape asks for every field of its type.
 */

/** @returns whether a value has the shape */
export type Shape<T> = (value: unknown) => value is T

export const isText: Shape<string> = (value) => typeof value === 'string'
export const isFlag: Shape<boolean> = (value) => typeof value === 'boolean'
export const isNumber: Shape<number> = (value) => typeof value === 'number' // JSON knows finite ones only
/** Whole and not negative: ids, indices, lengths. */
export const isCount: Shape<number> = (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
export const isNull: Shape<null> = (value) => value === null

/** @param fields the shape of each field; others may be there and are not looked at */
export function isRecord<T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const entries = Object.entries<Shape<unknown>>(fields as Readonly<Record<string, Shape<unknown>>>) // a shape takes any value
  return (value): value is T => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    const found = value as Readonly<Record<string, unknown>> // it is an object
    return entries.every(([name, shape]) => shape(Object.hasOwn(found, name) ? found[name] : undefined))
  }
}

export function isList<T>(of: Shape<T>): Shape<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(of)
}

/** A list of so many elements, each of its own shape. */
export function isTuple<T extends readonly unknown[]>(...of: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value): value is T => Array.isArray(value) && value.length === of.length && of.every((shape, i) => shape(value[i]))
}

/** An object whose fields may have any names. */
export function isTable<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(of)
}

/** What may be left out. */
export function isOptional<T>(of: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || of(value)
}

export function isEither<A, B>(a: Shape<A>, b: Shape<B>): Shape<A | B> {
  return (value): value is A | B => a(value) || b(value)
}

export function isOneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return (value): value is T => (words as readonly unknown[]).includes(value)
}
