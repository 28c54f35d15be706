/** Lists of numbers as texts, to be keys of a Map. */

/** @param units numbers of 16 bits */
export function textOf(units: ArrayLike<number>): string {
  let text = ''
  for (let i = 0; i < units.length; i++) text += String.fromCharCode(units[i] ?? 0)
  return text
}

/** @param words numbers of 32 bits */
export function textOfWords(words: ArrayLike<number>): string {
  let text = ''
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0
    text += String.fromCharCode(word & 0xffff, word >>> 16)
  }
  return text
}
