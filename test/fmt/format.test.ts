/** How formatted texts look. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { format } from '../../editor/prettier-plugin/format.ts'
import { formatted, textsIn } from './texts.ts'

/** One case: a name, a text and what becomes of it; without the last, the text stays as it is. */
type Case = readonly [title: string, before: string, after?: string]

/** @returns lines in a process of a program */
const inProc = (lines: string): string => `PROC p ()\n  SEQ\n${lines.replace(/^(?=.)/gm, '    ')}:\n`

const processes: readonly Case[] = [
  ['operators have blanks around them', 'x:=a+(b*2)\ny:=(a/\\b)><c\n', 'x := a + (b * 2)\ny := (a /\\ b) >< c\n'],
  ['signs have none behind them', 'x:=- 1\nx:=a-(- b)\nx:=~ a\nx:=a - -1\n', 'x := -1\nx := a - (-b)\nx := ~a\nx := a - -1\n'],
  ['words do', 'x:=NOT(a)\nx:=INT ROUND(y)\nx:=MINUS a\nx:=SIZE(a)\n', 'x := NOT (a)\nx := INT ROUND (y)\nx := MINUS a\nx := SIZE (a)\n'],
  ['communications have blanks', 'c!x;y\nc?x\nc[0]!x\nt?AFTER y\nc?CASE a;x\n', 'c ! x; y\nc ? x\nc[0] ! x\nt ? AFTER y\nc ? CASE a; x\n'],
  ['counted arrays have none', 'c!3 :: b;#FF\nc?n:: b\n', 'c ! 3::b; #FF\nc ? n::b\n'],
  ['ends of channels have none', 'f(c ?,d[1] !,e! )\n', 'f (c?, d[1]!, e!)\n'],
  ['calls have one', 'f()\nf(a,b)\nx:=f(g(a))\n', 'f ()\nf (a, b)\nx := f (g (a))\n'],
  ['subscripts and slices', 'a [ 1 ] [2]:=b\n[a FROM 1 FOR 2]:=[ b FOR 2 ]\n', 'a[1][2] := b\n[a FROM 1 FOR 2] := [b FOR 2]\n'],
  ['constructors', 'a:=[i=0 FOR n|i*i]\n', 'a := [i = 0 FOR n | i * i]\n'],
  ['decorations are glued', "a,b:=1 (BYTE),'a' (INT)\nr:=[1,2] (R)\n", "a, b := 1(BYTE), 'a'(INT)\nr := [1, 2](R)\n"],
  [
    'ends of channels in slices and at the end of a line',
    'f([c ? FROM 1])\nx:=SIZE c ?\ny:=1+(SIZE d !)\n',
    'f ([c? FROM 1])\nx := SIZE c?\ny := 1 + (SIZE d!)\n',
  ],
  ['lists of INITIAL', 'INITIAL INT a,b IS 1,2:\nSKIP\n', 'INITIAL INT a, b IS 1, 2:\nSKIP\n'],
  [
    'comments that stand in one column only to those who do not see what #RELAX moves',
    '#IF TRUE\n  #RELAX\n  SEQ\n    x := -- c\n      1\n    #IF TRUE\n      #RELAX\n      x := -- d\n        2\n    #ENDIF\n#ENDIF\n',
    '#IF TRUE\n  #RELAX\n  SEQ\n    x := -- c\n      1\n    #IF TRUE\n      #RELAX\n      x := -- d\n        2\n    #ENDIF\n#ENDIF\n',
  ],
  [
    'lines that #RELAX moves',
    '#IF DEFINED (A)\n  #RELAX\n  -- c\n  SEQ\n    x:=2  -- b\n  #IF TRUE\n    #RELAX\n    x:=3\n    #ENDIF\n#ELSE\n  #RELAX\n  x:=1+(VALOF\n          SKIP\n          RESULT y)\n#ENDIF\nx:=4\n',
    '#IF DEFINED (A)\n  #RELAX\n  -- c\n  SEQ\n    x := 2  -- b\n  #IF TRUE\n    #RELAX\n    x := 3\n  #ENDIF\n#ELSE\n  #RELAX\n  x := 1 + (VALOF\n              SKIP\n              RESULT y\n           )\n#ENDIF\nx := 4\n',
  ],
  ['strings are not looked into', 'f("a  ,b--c","")   -- d\n', 'f ("a  ,b--c", "")   -- d\n'],
  ['strings over two lines stay', 's := "one *\n          *two"\n'],
  ['guards', 'ALT\n  (a>b)&c?x\n    SKIP\n  TRUE&SKIP\n    SKIP\n', 'ALT\n  (a > b) & c ? x\n    SKIP\n  TRUE & SKIP\n    SKIP\n'],
  ['replicators', 'SEQ i=0 FOR n STEP 2\n  SKIP\n', 'SEQ i = 0 FOR n STEP 2\n  SKIP\n'],
  ['splices are operands', 'x:=##N+ ##M [1]\n', 'x := ##N + ##M[1]\n'],
  ['joined lines that fit', 'x :=\n  a +\n  b\nf (a,\n   b)\n', 'x := a + b\nf (a, b)\n'],
  [
    'a bracket of a value process',
    'x := (VALOF\n        SKIP\n        RESULT 3) + 1\n',
    'x := (VALOF\n        SKIP\n        RESULT 3\n     ) + 1\n',
  ],
  ['comments in a value process', 'x := (INT y:\n      -- a\n      VALOF\n        SKIP   -- b\n        -- c\n        RESULT 3\n     )\n'],
]

const long = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'

const breaking: readonly Case[] = [
  [
    'calls break at commas, below the first actual',
    `f (${long}, ${long}, ${long}, ${long})\n`,
    `f (${long}, ${long}, ${long},\n   ${long})\n`,
  ],
  [
    'expressions break at the outermost operators',
    `x := (${long} AND ${long}) OR (${long} AND ${long})\n`,
    `x := (${long} AND ${long}) OR\n     (${long} AND ${long})\n`,
  ],
  [
    'a value that fits on a line of its own gets it',
    `${long}[${long}] := ${long} + ${long}\n`,
    `${long}[${long}] :=\n  ${long} + ${long}\n`,
  ],
  [
    'conditions are told from the process below',
    `WHILE (${long} = ${long}) AND (${long} = ${long})\n  SKIP\n`,
    `WHILE (${long} = ${long}) AND\n    (${long} = ${long})\n  SKIP\n`,
  ],
  ['outputs break at semicolons', `c ! ${long}; ${long}; ${long}; ${long}\n`, `c ! ${long}; ${long}; ${long};\n    ${long}\n`],
  ['a comment ends its line', 'f (a,     -- first\n        b)  -- second\n', 'f (a,     -- first\n   b)  -- second\n'],
  ['a comment in a list has a line of its own', 'f (a,\n -- next\n b)\n', 'f (a,\n   -- next\n   b)\n'],
  ['rows of tables stay', 'm := [[1,2],\n      [3,4]]\n', 'm := [[1, 2],\n      [3, 4]]\n'],
  ['rows under the bracket stay', 'm := [\n 1,2,\n 3,4\n ]\n', 'm := [\n  1, 2,\n  3, 4\n]\n'],
  [
    'rows that are too long are filled anew',
    `t := [${long}, ${long}, ${long}, ${long},\n      ${long}]\n`,
    `t := [${long}, ${long}, ${long},\n      ${long}, ${long}]\n`,
  ],
]

for (const [title, before, after = before] of [...processes, ...breaking]) {
  test(title, () => {
    assert.fixture(formatted(inProc(before)), inProc(after))
  })
}

const texts: readonly Case[] = [
  [
    'declarations',
    'PROTOCOL P\n  CASE\n    a;INT;INT :: []BYTE\n    b\n:\nDATA TYPE R\n  PACKED RECORD\n    [3] [4]INT a,b :\n:\nVAL [2]INT t IS[1,2]:\nBOOL FUNCTION "="(VAL R a,b)IS TRUE:\n',
    'PROTOCOL P\n  CASE\n    a; INT; INT::[]BYTE\n    b\n:\nDATA TYPE R\n  PACKED RECORD\n    [3][4]INT a, b:\n:\nVAL [2]INT t IS [1, 2]:\nBOOL FUNCTION "=" (VAL R a, b) IS TRUE:\n',
  ],
  [
    'formals and channels',
    'PROC p(VAL []BYTE s,[n] CHAN OF INT c ?,SHARED CHAN BYTE out !)\n  CHAN INT e? IS d? :\n  x IS[a FROM 1]:\n  SKIP\n:\n',
    'PROC p (VAL []BYTE s, [n]CHAN OF INT c?, SHARED CHAN BYTE out!)\n  CHAN INT e? IS d?:\n  x IS [a FROM 1]:\n  SKIP\n:\n',
  ],
  [
    'comments move with their block',
    'PROC p ()\n-- a\n      -- b\n  SEQ\n -- c\n    x := 1\n  -- d\n    y := 1\n    -- e\n  -- f\n-- g\n:\n-- h\n',
    'PROC p ()\n  -- a\n  -- b\n  SEQ\n    -- c\n    x := 1\n    -- d\n    y := 1\n    -- e\n  -- f\n-- g\n:\n-- h\n',
  ],
  ['a comment in place of a process stays under its word', 'PROC p ()\n  SEQ\n    -- nothing yet\n:\n'],
  ['folds', '--{{{  a\nPROC p ()\n  SEQ\n    --{{{  b\n    SKIP\n    --}}}\n:\n--}}}\n'],
  [
    'comments in one column stay in one column',
    'VAL INT a IS 1:       -- one\nVAL INT bcd   IS 22:  -- two\n\nVAL INT e IS 3: -- three\n',
    'VAL INT a IS 1:     -- one\nVAL INT bcd IS 22:  -- two\n\nVAL INT e IS 3: -- three\n',
  ],
  [
    'blank lines, blanks at the ends of lines, and line ends',
    '\n\n-- a  \r\n\r\n\r\n\r\nPROC p ()\t\r\n\r\n\r\n  SKIP  \r\n:\r\n\r\n\r\n',
    '-- a\n\n\nPROC p ()\n\n  SKIP\n:\n',
  ],
  ['no end of the last line', '-- a', '-- a\n'],
  ['nothing', '', ''],
  ['nothing but empty lines', ' \n\n', ''],
  [
    'preprocessor lines keep their text',
    '#DEFINE   X    1 -- c\n#INCLUDE "a.inc"   -- d\nPROC p ()\n  SEQ\n#IF  X=1  -- e\n    SKIP\n  #ELSE\n    STOP\n#ENDIF\n    #PRAGMA   SHARED x\n    SKIP\n:\n',
    '#DEFINE   X    1 -- c\n#INCLUDE "a.inc"   -- d\nPROC p ()\n  SEQ\n    #IF  X=1  -- e\n    SKIP\n    #ELSE\n    STOP\n    #ENDIF\n    #PRAGMA   SHARED x\n    SKIP\n:\n',
  ],
  ['inclusions in an indented program', '  #INCLUDE "a"\n  VAL INT a IS 1:\n', '#INCLUDE "a"\nVAL INT a IS 1:\n'],
  [
    'an inclusion stays in its column',
    'PROC p ()\n  SEQ\n    #INCLUDE "a"\n    x := 1\n#INCLUDE "b"\n    IF\n      x = 1\n        #INCLUDE "c"\n:\n',
  ],
  ['what is left out is formatted', '#IF FALSE\nVAL INT a IS 1+1:\n#ENDIF\n', '#IF FALSE\nVAL INT a IS 1 + 1:\n#ENDIF\n'],
  ['half a line that is left out is not', 'TEST "t"\n  #IF TRUE\n  #ELSE\n  n :=\n  #ENDIF\n  ASSERT (n = 1)\n:\n'],
  ['prose that is left out is not', "#IF FALSE\n  it isn't a program,  is it\n\n   no\n#ELSE\nVAL INT a IS 1:\n#ENDIF\n"],
  ['a byte order mark stays', '\uFEFFVAL INT a IS 1+1:\n', '\uFEFFVAL INT a IS 1 + 1:\n'],
  ['tests', 'TEST   "a"   FAILS "R0203"  WITHIN 5 MS\n  SKIP\n:\n', 'TEST "a" FAILS "R0203" WITHIN 5 MS\n  SKIP\n:\n'],
  ['a program that begins to the right', '  VAL INT a IS 1:\n  PROC p ()\n    SKIP\n  :\n', 'VAL INT a IS 1:\nPROC p ()\n  SKIP\n:\n'],
]

for (const [title, before, after = before] of texts) {
  test(title, () => {
    assert.fixture(formatted(before), after)
  })
}

const fragments: readonly Case[] = [
  ['processes', 'x:=1\nSEQ\n  y:=2\n', 'x := 1\nSEQ\n  y := 2\n'],
  ['choices', 'a=1\n  SKIP\nTRUE\n  STOP\n', 'a = 1\n  SKIP\nTRUE\n  STOP\n'],
  ['alternatives', 'c?x\n  SKIP\n', 'c ? x\n  SKIP\n'],
  ['options', '1,2\n  SKIP\nELSE\n  STOP\n', '1, 2\n  SKIP\nELSE\n  STOP\n'],
  ['fields', 'INT a,b:\n', 'INT a, b:\n'],
  ['tags', 'go;INT\nstop\n', 'go; INT\nstop\n'],
  ['lines that count on their column', '    x:=1\n    -- a\n    y:=1\n', '    x := 1\n    -- a\n    y := 1\n'],
]

for (const [title, before, after = before] of fragments) {
  test(`a file may hold ${title}`, () => {
    assert.fixture(formatted(before, 'x.inc'), after)
  })
}

const faults: readonly (readonly [title: string, text: string, code: string])[] = [
  ['text', 'VAL INT a IS 1x:\n', 'E0105'],
  ['layout', 'PROC p ()\n  SEQ\n     SKIP\n:\n', 'E0110'],
  ['brackets', 'VAL INT a IS (1 + 2:\n', 'E0115'],
  ['syntax', 'VAL INT a 1:\n', 'E0201'],
  ['preprocessor lines', '#IF TRUE\nVAL INT a IS 1:\n', 'E0125'],
  ['processes outside a program', 'x := 1\n', 'E0218'],
]

for (const [title, text, code] of faults) {
  test(`faults of ${title} are told`, () => {
    const result = format(text, { path: 'x.csp' })
    assert.is(result.text, undefined)
    assert.is(result.faults[0]?.code, code)
  })
}

test('names, types and included files are not looked at', () => {
  const text = '#USE "no-such-library"\nPROC p (VAL NO.SUCH.TYPE a)\n  b := a + "a" + ##C\n:\n'
  assert.is(formatted(text), text)
})

test('where no reading of inclusions makes sense of a text, its faults are told', () => {
  const { faults } = format('#INCLUDE "a"\n  #INCLUDE "b"\n    SEQ\n', { path: 'x.csp' })
  assert.equal(
    faults.map(({ code }) => code),
    ['E0218'],
  )
})

for (const directory of ['samples', 'runtime/library']) {
  for (const { path, text } of textsIn(directory)) {
    test(`${path} is formatted`, () => {
      assert.fixture(formatted(text, path), text)
    })
  }
}

test.run()
