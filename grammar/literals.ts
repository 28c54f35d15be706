/**
 * Strings and byte literals: where they end and the bytes they stand for. Characters beyond ASCII stand for their bytes: those of UTF-8, or the one
 * of Latin-1.
 */
import { latin1Byte } from './bytes.ts'
import type { Messages } from './messages.ts'
import type { ParametersOf } from './diagnostic.ts'

type Code = 'W0106' | 'E0102' | 'E0103' | 'E0104' | 'E0106' | 'E0107'

/** Something wrong in a literal. `parameters` are those of the message `code`. */
export interface Fault {
  readonly code: Code
  readonly start: number
  readonly end: number
  readonly parameters: ParametersOf<Messages, Code>
}

const escapes: Readonly<Record<string, number>> = { c: 13, C: 13, n: 10, N: 10, t: 9, T: 9, s: 32, S: 32, "'": 39, '"': 34, '*': 42 }

interface Unit {
  readonly end: number
  /** Undefined after a fault; 'length' for `*l`. */
  readonly bytes: readonly number[] | 'length' | undefined
}

/** Reads the character or escape at `at`, which is neither a quote nor the end of the line. */
function unit(text: string, at: number, report: (fault: Fault) => void): Unit {
  if (text[at] !== '*') {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    const byte = latin1Byte(character)
    if (byte !== undefined) return { end: at + 1, bytes: [byte] }
    return { end: at + character.length, bytes: character < '\x80' ? [character.charCodeAt(0)] : [...new TextEncoder().encode(character)] }
  }
  const letter = text[at + 1] ?? ''
  const value = escapes[letter]
  if (value !== undefined) return { end: at + 2, bytes: [value] }
  if (letter === 'l' || letter === 'L') return { end: at + 2, bytes: 'length' }
  const hex = /^\*#[0-9A-Fa-f]{2}/.exec(text.slice(at, at + 4))
  if (hex !== null) return { end: at + 4, bytes: [parseInt(text.slice(at + 2, at + 4), 16)] }
  const end = letter === '' || letter === '\n' || letter === '\r' ? at + 1 : at + 2
  report({ code: 'E0104', start: at, end, parameters: { escape: text.slice(at, end) } })
  return { end, bytes: undefined }
}

const lineEnd = (text: string, at: number): number =>
  text[at] === '\n' ? at + 1 : text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : -1

/**
 * Reads the string literal that begins at `start`.
 * @returns where it ends, its bytes (undefined if it was not closed), how many line ends it holds and where its last line begins
 */
export function decodeString(
  text: string,
  start: number,
  report: (fault: Fault) => void,
): { readonly end: number; readonly bytes: Uint8Array | undefined; readonly lines: number; readonly lineStart: number } {
  const bytes: number[] = []
  let at = start + 1
  let lines = 0
  let lineStart = 0
  let countFirst = false
  for (;;) {
    if (text[at] === '"') break
    if (at >= text.length || lineEnd(text, at) >= 0) {
      report({ code: 'E0102', start, end: at, parameters: undefined })
      return { end: at, bytes: undefined, lines, lineStart }
    }
    const next = text[at] === '*' ? lineEnd(text, at + 1) : -1
    if (next >= 0) {
      let resumed = next
      while (text[resumed] === ' ' || text[resumed] === '\t') resumed++
      if (text[resumed] !== '*') {
        report({ code: 'E0106', start: at, end: at + 1, parameters: undefined })
        return { end: at + 1, bytes: undefined, lines, lineStart }
      }
      lines++
      lineStart = next
      at = resumed + 1
      continue
    }
    const { end, bytes: value } = unit(text, at, report)
    if (value === 'length') {
      if (bytes.length > 0) report({ code: 'E0104', start: at, end, parameters: { escape: text.slice(at, end) } })
      else countFirst = true
      bytes.push(0)
    } else if (value !== undefined) for (const byte of value) bytes.push(byte)
    at = end
  }
  const backslash = /\\[nrt]$/.exec(text.slice(start + 1, at))?.[0]
  if (backslash !== undefined)
    report({
      code: 'W0106',
      start: at - 2,
      end: at,
      parameters: { escape: backslash, meant: backslash === '\\r' ? '*c' : `*${backslash.slice(1)}` },
    })
  if (countFirst) {
    if (bytes.length > 256) report({ code: 'E0107', start, end: at + 1, parameters: { length: bytes.length - 1 } })
    bytes[0] = (bytes.length - 1) & 255
  }
  return { end: at + 1, bytes: Uint8Array.from(bytes), lines, lineStart }
}

/**
 * Reads the byte literal that begins at `start`.
 * @returns where it ends and its one byte (undefined if it is not a byte literal)
 */
export function decodeByte(
  text: string,
  start: number,
  report: (fault: Fault) => void,
): { readonly end: number; readonly bytes: Uint8Array | undefined } {
  const at = start + 1
  const ends = (offset: number): boolean => offset >= text.length || lineEnd(text, offset) >= 0
  const wrong = (end: number, why: string) => {
    report({ code: 'E0103', start, end, parameters: { why } })
    return { end, bytes: undefined }
  }
  if (ends(at)) return wrong(at, 'this one is not closed')
  if (text[at] === "'" && text[at + 1] !== "'") return wrong(at + 1, 'this one is empty')
  const { end, bytes } = unit(text, at, report)
  if (text[end] === "'") {
    if (bytes === undefined) return { end: end + 1, bytes: Uint8Array.of(0) }
    if (bytes === 'length') return wrong(end + 1, '`*l` is for strings')
    if (bytes.length > 1) return wrong(end + 1, `this character takes ${bytes.length}`)
    return { end: end + 1, bytes: Uint8Array.from(bytes) }
  }
  let close = end
  while (!ends(close) && text[close] !== "'" && close - start < 40) close++
  const escaped = text[at] === '\\' && close === at + 2 ? text[at + 1] : undefined
  if (escaped !== undefined && text[close] === "'") return wrong(close + 1, `escapes begin with \`*\`: \`'*${escaped}'\``)
  if (text[close] === "'" && !ends(close)) return wrong(close + 1, 'this one holds more')
  return wrong(end, 'this one is not closed')
}

/** @returns one character for each byte, as Latin-1 has them */
export function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
