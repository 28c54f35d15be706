/** What is wrong with a value that was given, in words. */

/** What is wrong with a part of a value; whoever knows where it was given makes a ValueError of it. */
export class Misfit extends Error {
  constructor(
    readonly part: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(expected)
  }
}

const LONGEST_SHOWN = 60

/** @returns a value as a message shows it, shortened */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'bigint') return `${value}n`
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? 'a DataView' : `a ${value.constructor.name}`
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value)
  let text: string
  try {
    text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each))
  } catch {
    return 'an object'
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 3)}...` : text
}
