/** Texts as bytes: UTF-8 and Latin-1. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeText, readable } from '../../grammar/bytes.ts'
import { lex } from '../../grammar/lexer.ts'
import { StringText } from '../../grammar/tokens.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

test('a Latin-1 text keeps its bytes', () => {
  const text = decodeText(bytesOf('s := "caf\xE9" -- \xFC\nb := \'\xE9\'\n'))
  const { value, diagnostics } = lex({ path: 'x', text })
  assert.equal(diagnostics, [])
  assert.equal([...(value.tokens.find(({ tokenType }) => tokenType === StringText)?.bytes ?? [])], [99, 97, 102, 0xe9])
  assert.equal([...(value.tokens.at(-1)?.bytes ?? [])], [0xe9])
  assert.is(readable(text), 's := "caf\xE9" -- \xFC\nb := \'\xE9\'\n')
})

test('every byte beyond ASCII is one character, in one column', () => {
  const bytes = Uint8Array.from({ length: 128 }, (_, i) => 128 + i)
  const { value } = lex({ path: 'x', text: decodeText(Uint8Array.from([34, ...bytes, 34, 120])) })
  assert.equal([...(value.tokens[0]?.bytes ?? [])], [...bytes])
  assert.is(value.tokens[1]?.column, 130)
})

test('UTF-8 stays UTF-8', () => {
  const utf8 = new TextEncoder().encode('"\u00E9\u{1F426}"')
  assert.equal([...(lex({ path: 'x', text: decodeText(utf8) }).value.tokens[0]?.bytes ?? [])], [...utf8.slice(1, -1)])
  assert.is(readable('\u{1F426}'), '\u{1F426}')
})

test.run()
