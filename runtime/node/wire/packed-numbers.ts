/** Whole numbers as bytes: each as its difference from the one before, in groups of seven bits, the lowest first; the lowest bit is the sign. */

export function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = []
  let before = 0
  for (const number of numbers) {
    const difference = number - before
    before = number
    let left = difference < 0 ? -2 * difference - 1 : 2 * difference
    while (left >= 128) {
      bytes.push((left % 128) + 128)
      left = Math.floor(left / 128)
    }
    bytes.push(left)
  }
  return Uint8Array.from(bytes)
}

/** @returns what `packNumbers` was given; of other bytes some numbers */
export function unpackNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let before = 0
  let value = 0
  let scale = 1
  for (const byte of bytes) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    before += value % 2 === 0 ? value / 2 : -(value + 1) / 2
    numbers.push(before)
    value = 0
    scale = 1
  }
  return numbers
}
