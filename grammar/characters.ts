/** Characters that look like signs of the language, or like nothing, and are neither: word processors and web pages put them into texts. */

/** What a character is called, and what should stand in its place. */
export interface LookAlike {
  readonly name: string
  /** The sign that was meant; a blank for one that is a space, '' for one that nobody sees. */
  readonly meant: string
}

const LOOK_ALIKES: ReadonlyMap<string, LookAlike> = new Map(
  (
    [
      ['\u00A0', 'a no-break space', ' '],
      ['\u2002', 'an en space', ' '],
      ['\u2003', 'an em space', ' '],
      ['\u2007', 'a figure space', ' '],
      ['\u2009', 'a thin space', ' '],
      ['\u200A', 'a hair space', ' '],
      ['\u202F', 'a narrow no-break space', ' '],
      ['\u3000', 'an ideographic space', ' '],
      ['\u00AD', 'a soft hyphen', ''],
      ['\u200B', 'a zero-width space', ''],
      ['\u200C', 'a zero-width non-joiner', ''],
      ['\u200D', 'a zero-width joiner', ''],
      ['\u200E', 'a left-to-right mark', ''],
      ['\u200F', 'a right-to-left mark', ''],
      ['\u2060', 'a word joiner', ''],
      ['\uFEFF', 'a byte order mark', ''],
      ['\u2018', 'a curly quotation mark', "'"],
      ['\u2019', 'a curly quotation mark', "'"],
      ['\u201A', 'a low quotation mark', "'"],
      ['\u2032', 'a prime', "'"],
      ['\u00B4', 'an acute accent', "'"],
      ['\u201C', 'a curly quotation mark', '"'],
      ['\u201D', 'a curly quotation mark', '"'],
      ['\u201E', 'a low quotation mark', '"'],
      ['\u00AB', 'a quotation mark', '"'],
      ['\u00BB', 'a quotation mark', '"'],
      ['\u2010', 'a hyphen', '-'],
      ['\u2011', 'a no-break hyphen', '-'],
      ['\u2012', 'a figure dash', '-'],
      ['\u2013', 'an en dash', '-'],
      ['\u2014', 'an em dash', '--'],
      ['\u2212', 'a minus sign', '-'],
      ['\u00D7', 'a multiplication sign', '*'],
      ['\u00F7', 'a division sign', '/'],
      ['\u2215', 'a division slash', '/'],
      ['\u2264', 'the sign for less or equal', '<='],
      ['\u2265', 'the sign for greater or equal', '>='],
      ['\u2260', 'the sign for not equal', '<>'],
      ['\u2026', 'an ellipsis', '...'],
      ['\uFF08', 'a full-width bracket', '('],
      ['\uFF09', 'a full-width bracket', ')'],
      ['\uFF0C', 'a full-width comma', ','],
      ['\uFF1A', 'a full-width colon', ':'],
      ['\uFF1B', 'a full-width semicolon', ';'],
    ] as const
  ).map(([character, name, meant]) => [character, { name, meant }]),
)

/** @returns what `character` looks like; undefined for one that looks like itself only */
export function lookAlike(character: string): LookAlike | undefined {
  return LOOK_ALIKES.get(character)
}

/** Where a string in typographic quotation marks ends: for each mark that opens one, those that close it. */
export const CLOSING_QUOTES: ReadonlyMap<string, string> = new Map([
  ['\u201C', '\u201D\u201C"'],
  ['\u201D', '\u201D\u201C"'],
  ['\u201E', '\u201C\u201D"'],
  ['\u00AB', '\u00BB'],
  ['\u2018', "\u2019\u2018'"],
  ['\u2019', "\u2019\u2018'"],
])
