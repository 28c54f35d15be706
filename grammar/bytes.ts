/**
 * From the bytes of a file to a text. A text is UTF-8; one that is not is of the days of Latin-1, where a character was a byte. Each byte beyond
 * ASCII of such a text becomes a lone surrogate, U+DC80 to U+DCFF, which no UTF-8 holds: so strings and byte literals keep their bytes.
 */

const LOW = 0xdc00

/** @returns the text of a file */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte < 0x80 ? byte : LOW + byte)
    return text
  }
}

/** @returns the byte that a character of a Latin-1 text stands for; undefined for any other character */
export function latin1Byte(character: string): number | undefined {
  const code = character.charCodeAt(0)
  return character.length === 1 && code >= LOW + 0x80 && code <= LOW + 0xff ? code - LOW : undefined
}

/** @returns a piece of a text as people read it */
export function readable(text: string): string {
  return text.replace(/(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g, (character) => String.fromCharCode(character.charCodeAt(0) - LOW))
}
