/** `#INCLUDE`, `#USE`, `#IF`, `#DEFINE` and their kin. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lex } from '../../grammar/lexer.ts'
import { parseProgram, type Parsed } from '../../grammar/parse.ts'
import type { PreprocessOptions } from '../../grammar/preprocess.ts'
import { printTokens } from '../../grammar/print-tree.ts'
import { memoryReader } from '../../grammar/reader.ts'
import { renderDiagnostics } from './cases.ts'

function run(files: Readonly<Record<string, string>>, options: PreprocessOptions = {}): Parsed {
  const parsed = parseProgram('main.csp', memoryReader(files), options)
  if (parsed === undefined) throw new Error('main.csp is missing')
  return parsed
}

/** Checks what is left of `main.csp`, line by line. */
function leaves(
  main: string,
  expected: string[],
  files: Readonly<Record<string, string>> = {},
  options: PreprocessOptions = {},
  warnings: readonly string[] = [],
): void {
  const { stages, diagnostics } = run({ ...files, 'main.csp': main }, options)
  const text = diagnostics.filter(({ code }) => !code.startsWith('E02') && !warnings.includes(code)) // what is left need not be a program
  assert.is(renderDiagnostics(text), '')
  assert.equal(printTokens(stages.laidOut).trimEnd().split('\n'), expected)
}

/** Checks the codes of the diagnostics of `main.csp`, and returns them as text. */
function faults(main: string, codes: string[], files: Readonly<Record<string, string>> = {}): string {
  const { diagnostics } = run({ ...files, 'main.csp': main })
  assert.equal(
    diagnostics.map(({ code }) => code),
    codes,
    renderDiagnostics(diagnostics),
  )
  return renderDiagnostics(diagnostics)
}

test('#INCLUDE puts the text in place, shifted by its own indentation', () => {
  leaves('SEQ\n  a\n  #INCLUDE "b.inc"\n  d\n', ['SEQ', '{ a', 'SEQ', '{ b', '} d', '}'], { 'b.inc': 'SEQ\n  b\n' })
})

test('files are looked for beside the including file, then with -I, then in the library', () => {
  const files = {
    'lib/a.inc': 'library',
    'inc/a.inc': 'included',
    'sub/x.inc': '#INCLUDE "a.inc"\n',
    'sub/a.inc': 'beside',
    'lib/c.inc': 'c',
  }
  const options = { includeDirectories: ['inc'], libraryDirectory: 'lib' }
  leaves('#INCLUDE "a.inc"\n', ['included'], files, options)
  leaves('#INCLUDE "sub/x.inc"\n#INCLUDE "c.inc"', ['beside', 'c'], files, options)
})

test('#USE of what another compiler has made reads the text beside it', () => {
  const files = { 'a.occ': 'a', 'b.occ': 'b', 'c.inc': 'c', 'd.occ': 'd', 'own.tco.module': 'own' }
  leaves('#USE "a.tco"\n#USE "b.t8h"\n#USE "c.t4x"\n#USE "d.lib"\nz', ['a', 'b', 'c', 'd', 'z'], files)
  leaves('#USE "own.tco"\n#USE "a.c8x"\n', ['own', 'a'], files)
})

test('the heading of a library, and the name that its binary had once, are the library', () => {
  const files = { 'lib/file.module': 'f', 'lib/own.inc': 'own', 'lib/own.module': 'other' }
  const options = { libraryDirectory: 'lib' }
  leaves('#INCLUDE "file.inc"\n#USE "file.lib"\nz', ['f', 'z'], files, options)
  leaves('#INCLUDE "filelib.inc"\n#USE "filelib"\n#USE "filelib.lib"\nz', ['f', 'z'], files, options)
  leaves('#INCLUDE "own.inc"\n', ['own'], files, options)
})

test('marks of folds begin comments only at the beginning of a line', () => {
  leaves('{{{  a\nx\n}}}\n', ['x'])
  assert.equal(
    lex({ path: 'x', text: 'x {{{\n' }).diagnostics.map(({ code }) => code),
    ['E0101', 'E0101', 'E0101'],
  )
})

test('a text in another dialect is named once, and nothing is left of it', () => {
  const told = (text: string) => {
    const { diagnostics, stages } = parseProgram('x', memoryReader({ x: text })) ?? { diagnostics: [], stages: undefined }
    return [
      ...diagnostics.map(({ code, primary }) => `${code} ${text.slice(primary.span.start, primary.span.end)}`),
      stages?.preprocessed.length,
    ]
  }
  assert.equal(told('-- old\nDEF n = 8:\nCHAN c[n]:\nVAR x:\n$\nc ? x\n'), ['E0251 DEF', 0])
  assert.equal(told('CHAN a, b AT 1:\nVAR x:\na ? x\n'), ['E0251 CHAN', 0])
  assert.equal(told('PROC p (VALUE x, CHAN c) =\n  c ! x :\n'), ['E0251 VALUE', 0])
  assert.equal(told('PROC p (CHAN c, d) =\n  SEQ i = [0 FOR 4]\n    c ! i\n:\n'), ['E0251 =', 0])
  assert.equal(told('SEQ\n  WAIT NOW AFTER t\n'), ['E0251 WAIT', 0])
  assert.equal(told('VAL k IS 1024:\nNODE root, worker:\nNETWORK\n  SKIP\n:\n'), ['E0252 NODE', 0])
  assert.equal(told('CONFIG\n  SKIP\n:\n'), ['E0252 CONFIG', 0])
})

test('words of other dialects are names', () => {
  const fine = (text: string) => {
    assert.equal(parseProgram('x', memoryReader({ x: text }))?.diagnostics, [])
  }
  fine('DATA TYPE VAR IS INT:\nPROC p (VAL VAR x)\n  VAR y:\n  y := x\n:\n')
  fine('PROC NETWORK ()\n  SKIP\n:\nPROC DEF ()\n  INT WAIT, NOW, MAPPING, VALUE:\n  SEQ\n    WAIT := NOW\n    NETWORK ()\n:\n')
  fine('PROC p ()\n  VAL t IS [1, 2]:\n  SEQ i = [0, 1][0] FOR t[1]\n    SKIP\n:\n')
})

test('#USE finds a library by its bare name and takes it in once', () => {
  const files = { 'lib/course.module': 'x', 'lib/other.inc': '#USE "course"\ny' }
  leaves('#USE "course"\n#USE "course.lib"\n#USE "other"\n#INCLUDE "course.module"\nz', ['x', 'y', 'z'], files, { libraryDirectory: 'lib' })
})

test('names of files from systems with other rules are found', () => {
  const files = { 'inc/consts.inc': 'x', 'DEFS.INC': 'y', 'lib/hostio.inc': 'z' }
  leaves('#INCLUDE "inc\\consts.inc"\n#INCLUDE "defs.inc"\n#INCLUDE "HOSTIO.INC"\n', ['x', 'y', 'z'], files, { libraryDirectory: 'lib' })
  leaves('#USE "sub.tsr"\n', ['s'], { 'sub.occ': 's' })
})

test('#UNDEF forgets a symbol as #UNDEFINE does', () => {
  leaves('#DEFINE A\n#UNDEF A\n#IF DEFINED (A)\nyes\n#ELSE\nno\n#ENDIF\n', ['no'])
  faults('#UNDEF 3\nPROC p ()\n  SKIP\n:\n', ['E0121'])
})

test('FILE, LINE and FILESTACK tell where they stand', () => {
  const place = '##FILE ##LINE ##FILESTACK\n'
  const files = { 'a.inc': `\n${place}#INCLUDE "sub/b.inc"\n${place}`, 'sub/b.inc': place }
  const expected = ['"main.csp" 1 0', '"a.inc" 2 1', '"sub/b.inc" 1 2', '"a.inc" 4 1', '"main.csp" 3 0']
  leaves(`${place}#INCLUDE "a.inc"\n${place}`, expected, files)
  leaves(`${place}#USE "a.inc"\n${place}`, expected, files)
  leaves('#IF (FILESTACK = 0) AND ((LINE = 1) AND (FILE = "main.csp"))\nyes\n#ENDIF\n', ['yes'])
  leaves('#DEFINE LINE 7\n##LINE\n#UNDEF FILE\n#IF NOT DEFINED (FILE)\nyes\n#ENDIF\n', ['7', 'yes'], {}, {}, ['W0103'])
})

test('a file name with signs of its own is a string all the same', () => {
  const parsed = parseProgram('a*b"c.csp', memoryReader({ 'a*b"c.csp': 'x := ##FILE\n' }))
  assert.is(printTokens(parsed?.stages.laidOut ?? []).trimEnd(), 'x := "a**b*"c.csp"')
  assert.equal(
    parsed?.diagnostics.filter(({ code }) => code.startsWith('E01')),
    [],
  )
})

test('a library that is implied lies as deep as one that is used', () => {
  const options = { libraryDirectory: 'lib', implicit: new Map([['TOSTRING', 'convert.module']]) }
  leaves('TOSTRING ##FILESTACK', ['1', 'TOSTRING 0'], { 'lib/convert.module': '##FILESTACK\n' }, options)
})

test('after #RELAX lines count two columns less, up to the next part of its #IF', () => {
  const text = (first: string) =>
    `SEQ\n  #IF ${first}\n    #RELAX\n    a\n    SEQ\n      b\n  #ELIF FALSE\n  c\n  #ELSE\n    #RELAX\n    d\n  #ENDIF\n  e\n`
  leaves(text('TRUE'), ['SEQ', '{ a', 'SEQ', '{ b', '} e', '}'])
  leaves(text('FALSE'), ['SEQ', '{ d', 'e', '}'])
  const nested = 'SEQ\n  #IF TRUE\n    #RELAX\n    #IF TRUE\n      #RELAX\n      #INCLUDE "a.inc"\n    #ENDIF\n    b\n  #ENDIF\n  c\n'
  leaves(nested, ['SEQ', '{ SEQ', '{ a', '} b', 'c', '}'], { 'a.inc': 'SEQ\n  a\n' })
  faults('#RELAX\nPROC p ()\n  SKIP\n:\n', ['W0105'])
})

test('a library that is implied by a name stands before the program, once', () => {
  const files = { 'lib/convert.module': '#USE "base"\nconverts', 'lib/base.module': 'b' }
  const options = { libraryDirectory: 'lib', implicit: new Map([['TOSTRING', 'convert.module']]) }
  leaves('x', ['x'], files, options)
  leaves('x\nTOSTRING', ['b', 'converts', 'x', 'TOSTRING'], files, options)
  leaves('x\n#USE "base"\nTOSTRING', ['b', 'converts', 'x', 'TOSTRING'], files, options)
  leaves('x\n#USE "convert"\nTOSTRING', ['x', 'b', 'converts', 'TOSTRING'], files, options)
})

test('#INCLUDE takes a file in each time', () => {
  leaves('#INCLUDE "a.inc"\n#INCLUDE "a.inc"\n', ['x', 'x'], { 'a.inc': 'x' })
})

test('#IF chooses one part, which may be part of a construct', () => {
  const main = (value: string) =>
    `SEQ\n  #IF X = 1\n  a\n  #ELIF (X = 2) OR (X > 5)\n  b\n    #IF TRUE\n  c\n    #ENDIF\n  #ELSE\n  d\n  #ENDIF\n  e\n#UNDEFINE X\n`.replace(
      /^/,
      `#DEFINE X ${value}\n`,
    )
  leaves(main('1'), ['SEQ', '{ a', 'e', '}'])
  leaves(main('2'), ['SEQ', '{ b', 'c', 'e', '}'])
  leaves(main('9'), ['SEQ', '{ b', 'c', 'e', '}'])
  leaves(main('3'), ['SEQ', '{ d', 'e', '}'])
})

test('conditions know DEFINED, NOT, AND, OR, numbers and strings', () => {
  const holds = (condition: string) => {
    leaves(`#DEFINE S "abc"\n#IF ${condition}\nyes\n#ELSE\nno\n#ENDIF\n`, ['yes'], {}, { symbols: { N: '-4' } })
  }
  holds('DEFINED (GODWIT)')
  holds('DEFINED GODWIT')
  holds('NOT DEFINED (KROC)')
  holds('TARGET.BITS.PER.WORD = 32')
  holds('(##TARGET.BITS.PER.WORD >= 32) AND (S = "abc")')
  holds('FALSE OR (NOT (S <> "abc"))')
  holds('N = N AND N < 0')
  holds('DEFINED (N) AND NOT FALSE')
  holds('#FF = 255')
})

test('##X is the value of X, from the text or from the command line', () => {
  leaves('#DEFINE N 3 + 4\nx := ##N\ny := ##M\n', ['x := 3 + 4', 'y := "s"'], {}, { symbols: { M: '"s"' } })
})

test('faults in text that is left out do not count', () => {
  leaves('a\n#IF FALSE\n"open\n#NONSENSE\n#DEFINE\n#ELSE\nb\n#ENDIF\nc', ['a', 'b', 'c'])
  leaves('#INCLUDE "x"\nc', ['c'], { x: "#IF FALSE\n'\n#ENDIF\n" })
})

test('#COMMENT, #OPTION, #PRAGMA and #RELAX leave nothing behind', () => {
  leaves('#COMMENT "it\'s (\n#OPTION "A" -- c\n#PRAGMA SHARED x\n#RELAX\na', ['a'], {}, {}, ['W0105'])
  assert.equal(
    run({ 'main.csp': '#PRAGMA PERMITALIASES a, b -- c\n#OPTION "E"\n' }).program.pragmas.map(({ word, rest }) => [word, rest]),
    [
      ['PERMITALIASES', 'a, b'],
      ['OPTION', '"E"'],
    ],
  )
})

test('files that were read are listed, and spans lie in the file they come from', () => {
  const { files, program } = run({ 'main.csp': '#INCLUDE "a.inc"\nVAL m IS 2:\n', 'a.inc': 'VAL n IS 1:\n' })
  assert.equal(
    files.map(({ path }) => path),
    ['main.csp', 'a.inc'],
  )
  assert.equal(
    program.items.map(({ span }) => span.file.path),
    ['a.inc', 'main.csp'],
  )
})

test('a file that is not there is an error that says where it was looked for', () => {
  const text = faults('#USE "nowhere"\nVAL n IS 1:\n', ['E0122'])
  assert.match(text, 'looked for nowhere.module, nowhere.inc, nowhere.occ, nowhere.csp in the current folder')
})

test('a name without quotes is an error, and the file is taken in', () => {
  const text = faults('#USE course\n', ['E0121'], { 'course.module': 'VAL n IS 1:\n' })
  assert.match(text, '#USE "course"')
  faults('#USE userio\n', ['E0122'])
})

test('files that include each other are an error that shows the circle', () => {
  const text = faults('#INCLUDE "a"\n', ['E0123'], { a: '#INCLUDE "b"\n', b: '#USE "a.inc"\n#INCLUDE "a"\n', 'a.inc': '' })
  assert.match(text, 'a -> b -> a')
  faults('#INCLUDE "main.csp"\n', ['E0123'])
})

test('a program may have the name of a library that it uses', () => {
  leaves('#USE "main"\nx\n', ['y', 'x'], { 'lib/main.module': 'y\n' }, { libraryDirectory: 'lib' })
  faults('#USE "main"\nVAL n IS 1:\n', ['E0123'])
})

test('an endless chain of files is an error', () => {
  const files = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`f${i}`, `#INCLUDE "f${i + 1}"\n`]))
  faults('#INCLUDE "f0"\n', ['E0128'], files)
})

test('an open #IF and lines without one are errors', () => {
  faults('#IF TRUE\nVAL n IS 1:\n', ['E0125'])
  faults('#ELSE\n#ENDIF\n#IF TRUE\n#ELSE\n#ELIF TRUE\n#ENDIF\n', ['E0124', 'E0124', 'E0124'])
})

test('wrong directives are errors, one each', () => {
  faults('#FOO\n#INCLUDE x y\n#DEFINE 3\n#IF X\n#ENDIF\n#IF 1 +\n#ENDIF\n#IF\n#ENDIF\nVAL n IS ##Y:\n#PRAGMA\n', [
    'E0120',
    'E0121',
    'E0121',
    'E0126',
    'E0127',
    'E0127',
    'E0126',
    'E0121',
    'E0202',
  ])
})

test('unknown pragmas and redefinitions warn', () => {
  faults('#PRAGMA FANCY x\n#DEFINE A\n#DEFINE A 1\n', ['W0102', 'W0103'])
})

test('a deeply bracketed condition is an error, not a crash', () => {
  faults(`#IF ${'('.repeat(20000)}TRUE\n#ENDIF\n#IF ${'NOT '.repeat(20000)}TRUE\n#ENDIF\n`, ['E0127', 'E0127'])
})

test.run()
