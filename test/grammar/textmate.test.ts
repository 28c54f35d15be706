/** The editors' grammar knows the words that the lexer knows. */
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keywords } from '../../grammar/tokens.ts'

const text = readFileSync(new URL('../../grammar/godwit.tmLanguage.json', import.meta.url), 'utf8')

/** Every `match`, `begin` and `end` of the grammar. */
function patterns(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, child]) =>
    typeof child === 'string' && ['match', 'begin', 'end'].includes(field) ? [child] : patterns(child),
  )
}

const grammar: unknown = JSON.parse(text)

test('every pattern is a regular expression', () => {
  for (const pattern of patterns(grammar)) assert.not.throws(() => new RegExp(pattern), pattern)
})

test('every reserved word is coloured as one', () => {
  const words = patterns(grammar).filter((pattern) => pattern.startsWith('(?<![A-Za-z0-9.])(?:'))
  for (const word of keywords.keys()) {
    const colours = words.filter((pattern) => new RegExp(`^${pattern}$`).test(word))
    assert.is(colours.length, 1, `${word} is coloured once`)
  }
})

test.run()
