/** Choices between many ways by a number, as code that is nested no deeper than a logarithm of their number. */

/** One of several ways, for all numbers up to `last` that are above those of the ways before it. */
export interface Way {
  readonly last: number
  readonly text: string
}

/** Up to this many ways are written one behind the other, which is easier to read. */
export const FEW = 32

/**
 * @param ways in ascending order of `last`
 * @returns the text of an expression for the way that `number` is on; for larger numbers `otherwise`, or the last way where there is none
 */
export function chosenBy(number: string, ways: readonly Way[], otherwise?: string): string {
  const [first, ...rest] = ways
  if (first === undefined) return otherwise ?? ''
  if (ways.length <= FEW) {
    if (rest.length === 0 && otherwise === undefined) return first.text
    return `${number} <= ${first.last} ? ${first.text} : ${chosenBy(number, rest, otherwise)}`
  }
  const middle = ways.length >> 1
  const lower = ways.slice(0, middle)
  const limit = lower.at(-1)?.last ?? 0
  return `${number} <= ${limit} ? (${chosenBy(number, lower)}) : (${chosenBy(number, ways.slice(middle), otherwise)})`
}
