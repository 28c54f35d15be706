/** Tokens, literals and escapes. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lex } from '../../grammar/lexer.ts'
import type { Token } from '../../grammar/tokens.ts'

function tokens(text: string): readonly Token[] {
  const { value, diagnostics } = lex({ path: 'x', text })
  assert.equal(diagnostics, [])
  return value.tokens
}

const shown = (text: string) => tokens(text).map(({ tokenType, image }) => `${tokenType.name} ${image}`)
const bytes = (text: string) => [...(tokens(text)[0]?.bytes ?? [])]
const codes = (text: string) => lex({ path: 'x', text }).diagnostics.map(({ code }) => code)

test('names hold letters, digits and dots, and case matters', () => {
  assert.equal(shown('in.1 Seq SEQ x2'), ['Name in.1', 'Name Seq', 'SEQ SEQ', 'Name x2'])
})

test('the longest symbol wins', () => {
  assert.equal(shown('c!x'), ['Name c', 'Exclamation !', 'Name x'])
  assert.equal(shown('n::[]'), ['Name n', 'DoubleColon ::', 'LBracket [', 'RBracket ]'])
  assert.equal(shown('a:=b<>c'), ['Name a', 'Assign :=', 'Name b', 'Dyadic <>', 'Name c'])
  assert.equal(shown('/\\ \\/ >< << >> \\'), ['Dyadic /\\', 'Dyadic \\/', 'Dyadic ><', 'Dyadic <<', 'Dyadic >>', 'Dyadic \\'])
  assert.equal(shown('c ?? x'), ['Name c', 'DoubleQuestion ??', 'Name x'])
  assert.equal(shown('<% @@ ++ ^'), ['UserOperator <%', 'UserOperator @@', 'UserOperator ++', 'UserOperator ^'])
  assert.equal(shown('c?:'), ['Name c', 'Question ?', 'Colon :'])
})

test('numbers are decimal, hexadecimal or real', () => {
  assert.equal(shown('42 #FF #DEF 1.5 1.5E+3 1.0E-10'), [
    'Integer 42',
    'Integer #FF',
    'Integer #DEF',
    'Real 1.5',
    'Real 1.5E+3',
    'Real 1.0E-10',
  ])
})

test('escapes stand for bytes', () => {
  assert.equal(bytes('"a*c*n*t*s*\'*"***#0aZ"'), [97, 13, 10, 9, 32, 39, 34, 42, 10, 90])
  assert.equal(bytes("'*n'"), [10])
  assert.equal(bytes("'*''"), [39])
  assert.equal(bytes("'\"'"), [34])
  assert.equal(bytes("'*#FF'"), [255])
  assert.equal(bytes('""'), [])
})

test('*l is the length of the rest of the string', () => {
  assert.equal(bytes('"*labc"'), [3, 97, 98, 99])
  assert.equal(codes('"a*l"'), ['E0104'])
  assert.equal(codes(`"*l${'x'.repeat(255)}"`), [])
  assert.equal(codes(`"*l${'x'.repeat(256)}"`), ['E0107'])
})

test('characters beyond ASCII are their UTF-8 bytes in strings', () => {
  assert.equal(bytes('"é😀"'), [0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80])
  assert.equal(codes("'é'"), ['E0103'])
})

test('a string goes on in the next line, whatever ends the line', () => {
  assert.equal(bytes('"ab*\n   *cd"'), [97, 98, 99, 100])
  assert.equal(bytes('"ab*\r\n*cd"'), [97, 98, 99, 100])
  const [, after] = tokens('"ab*\n  *cd" x')
  assert.equal([after?.line, after?.column, after?.first], [2, 7, false])
})

test('a tab counts to the next multiple of eight and is warned of once', () => {
  const { value, diagnostics } = lex({ path: 'x', text: '\ta\n \t b\nc\td\n' })
  assert.equal(
    value.tokens.map(({ column }) => column),
    [8, 9, 0, 8],
  )
  assert.equal(
    diagnostics.map(({ code }) => code),
    ['W0101'],
  )
})

test('lines may end in CR LF, and a byte order mark does no harm', () => {
  const found = tokens('\uFEFFa\r\n  b -- c\r\n')
  assert.equal(
    found.map(({ image, line, column }) => [image, line, column]),
    [
      ['a', 1, 0],
      ['b', 2, 2],
    ],
  )
  assert.equal(lex({ path: 'x', text: 'a -- c\r\n' }).value.comments[0]?.text, '-- c')
})

test('control-Z ends a text, and only there', () => {
  assert.equal(shown('a\r\n\u001A'), ['Name a'])
  assert.equal(shown('a\n\u001A\0\0\n'), ['Name a'])
  assert.equal(shown('a\n\0\0'), ['Name a'])
  assert.equal(codes('a\n\u001A\nb'), ['E0101'])
})

test('a file that is no text is one fault, and UTF-16 is called by its name', () => {
  const titles = (bytes: Buffer): string[] =>
    lex({ path: 'x', text: bytes.toString('utf8') }).diagnostics.map(({ code, title }) => `${code} ${title}`)
  const program = Buffer.from('PROC main (CHAN BYTE screen!)\n  SKIP\n:\n', 'utf16le')
  const utf16 = ['E0129 this text is written in UTF-16']
  assert.equal(titles(program), utf16)
  assert.equal(titles(Buffer.concat([Buffer.of(0xff, 0xfe), program])), utf16)
  assert.equal(titles(Buffer.from(program).swap16()), utf16)
  assert.equal(titles(Buffer.from('504b0304140000000000a0000000000000000000000000000a', 'hex')), ['E0129 this file holds no text'])
  assert.equal(titles(Buffer.from('a -- \0\n"\0"\n')), [])
})

test('a closed fold is a comment with a warning', () => {
  assert.equal(codes('...  declarations\nx\n  ... F more\n'), ['W0104', 'W0104'])
  assert.equal(codes('x ...\n').includes('W0104'), false)
})

test('preprocessor lines are told from hexadecimal numbers', () => {
  assert.equal(shown('#DEFINE X #DEF\n#FACE\n#IF ##X'), [
    'Directive #DEFINE',
    'Name X',
    'Integer #DEF',
    'Integer #FACE',
    'Directive #IF',
    'Splice ##X',
  ])
})

test('the text of a pragma is one token', () => {
  assert.equal(shown('#PRAGMA TRANSLATE a "b -- c" -- d'), ['Directive #PRAGMA', 'DirectiveText TRANSLATE a "b -- c"'])
})

test.run()
