/** Edits as somebody makes them who mistypes, copies and deletes: drawn from a seed. */

const PIECES = [
  '\n',
  'x',
  '(',
  ')',
  ':',
  '  ',
  '"',
  '--',
  'PROC ',
  '#',
  ' + 1',
  '[',
  '!',
  '?',
  'INT i:\n',
  'PAR\n',
  "'",
  '#PRAGMA SHARED x\n',
  '\t',
]

/** Whole numbers below a limit, always the same ones. */
export function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % below
  }
}

/** @returns the words of a text, each once */
export const wordsOf = (text: string): readonly string[] => [...new Set(text.match(/[A-Za-z][\w.]*/g) ?? [])]

/** @returns the text after one edit: characters gone or put in, a stretch copied, a word replaced by another, a line gone or doubled */
export function edited(text: string, words: readonly string[], next: (below: number) => number): string {
  const at = next(text.length + 1)
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  const lineEnd = text.indexOf('\n', at) + 1 || text.length
  switch (next(7)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + next(6))
    case 1: {
      const from = next(text.length + 1)
      return text.slice(0, at) + text.slice(from, from + next(120)) + text.slice(at)
    }
    case 2:
      return text.slice(0, at) + (PIECES[next(PIECES.length)] ?? '') + text.slice(at)
    case 3:
    case 4: {
      const word = /[A-Za-z][\w.]*/.exec(text.slice(at))
      if (word === null) return text
      const start = at + word.index
      return text.slice(0, start) + (words[next(words.length)] ?? '') + text.slice(start + word[0].length)
    }
    case 5:
      return text.slice(0, lineStart) + text.slice(lineEnd)
    default:
      return text.slice(0, lineEnd) + text.slice(lineStart, lineEnd) + text.slice(lineEnd)
  }
}
