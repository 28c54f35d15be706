/**
 * Copies of the state of a running program: all objects that can be reached, each once, so that what was one object still is.
 *
 * All state is plain data (ARCHITECTURE.md), so a copy of the objects is a copy of the program. What is not state is shared: functions, code, and the
 * objects that stand for nothing and are known by their identity.
 */

type Bag = Record<string | number, unknown>

/**
 * @param value what to copy
 * @param isShared whether an object is not to be copied but to be the same in the copy
 * @returns the copy
 */
export function copyGraph<T>(value: T, isShared: (object: object) => boolean): T {
  const copies = new Map<object, object>()
  const open: (readonly [from: object, to: object])[] = []
  const copyOf = (v: unknown): unknown => {
    if (typeof v !== 'object' || v === null) return v
    const known = copies.get(v)
    if (known !== undefined) return known
    if (v instanceof WeakMap || v instanceof WeakSet || isShared(v)) return v
    const made = shellOf(v, copyOf)
    copies.set(v, made)
    if (!ArrayBuffer.isView(v) && !(v instanceof ArrayBuffer)) open.push([v, made])
    return made
  }
  const result = copyOf(value)
  for (let next = open.pop(); next !== undefined; next = open.pop()) fill(...next, copyOf)
  return result as T // a copy has the shape of what it is of
}

/** @returns an empty object of the same class; of numbers in memory, all of it */
function shellOf(v: object, copyOf: (v: unknown) => unknown): object {
  if (v instanceof ArrayBuffer) return v.slice(0)
  if (ArrayBuffer.isView(v)) {
    const { buffer, byteOffset } = v
    const length = 'length' in v ? Number(v.length) : v.byteLength
    const make = v.constructor as new (buffer: unknown, offset: number, length: number) => object // the class of a typed array
    return new make(copyOf(buffer), byteOffset, length)
  }
  if (Array.isArray(v)) return new Array<unknown>(v.length)
  if (v instanceof Map) return new Map()
  if (v instanceof Set) return new Set()
  return Object.create(Object.getPrototypeOf(v) as object | null) as object
}

function fill(from: object, to: object, copyOf: (v: unknown) => unknown): void {
  if (from instanceof Map && to instanceof Map) for (const [key, value] of from) to.set(copyOf(key), copyOf(value))
  else if (from instanceof Set && to instanceof Set) for (const value of from) to.add(copyOf(value))
  else if (Array.isArray(from) && Array.isArray(to)) for (let i = 0; i < from.length; i++) to[i] = copyOf(from[i])
  else
    for (const key of Object.keys(from)) {
      ;(to as Bag)[key] = copyOf((from as Bag)[key])
    }
}
