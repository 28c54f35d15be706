/** Large programs of every form: what a program can have many of, in a row or within one another, made in any size. */

/** A form of program: its text in size `n`, and what it prints. */
export interface Form {
  readonly name: string
  /** `row`: many things side by side; `nest`: things within things. */
  readonly kind: 'row' | 'nest'
  readonly program: (n: number) => string
}

const HEAD = 'PROC main (CHAN BYTE screen!)\n'
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const rows = (n: number, line: (i: number) => string): string =>
  range(n)
    .map((i) => `${line(i)}\n`)
    .join('')
const pad = (depth: number): string => '  '.repeat(depth)

/** A main process with these lines of declarations and a process below. */
const above = (declarations: string, process = '  screen ! 65\n'): string => `${HEAD}${declarations}${process}:\n`

/** Blocks within blocks: `open (i)` at each depth, `inside` below all of them. */
const nested = (n: number, open: (depth: number) => readonly string[], inside: string): string => {
  let text = ''
  let depth = 1
  for (let i = 0; i < n; i++)
    for (const line of open(i)) {
      text += `${pad(depth)}${line}\n`
      depth++
    }
  return `${HEAD}  INT x:\n  SEQ\n    x := 1\n${(text + pad(depth) + inside).replace(/^/gm, '  ')}\n    screen ! 65\n:\n`
}

const row = (name: string, program: (n: number) => string): Form => ({ name, kind: 'row', program })
const nest = (name: string, program: (n: number) => string): Form => ({ name, kind: 'nest', program })

export const FORMS: readonly Form[] = [
  row('variables', (n) => above(rows(n, (i) => `  INT unused${i}:`))),
  row('variables that are used', (n) =>
    above(
      rows(n, (i) => `  INT x${i}:`),
      `  SEQ\n${rows(n, (i) => `    x${i} := ${i}`)}    screen ! BYTE (x0 + 65)\n`,
    ),
  ),
  row('names of one declaration', (n) =>
    above(
      `  INT ${range(n)
        .map((i) => `unused${i}`)
        .join(', ')}:\n`,
    ),
  ),
  row('initials', (n) => above(rows(n, (i) => `  INITIAL INT unused${i} IS ${i}:`))),
  row('value abbreviations', (n) => above(rows(n, (i) => `  VAL INT unused${i} IS ${i}:`))),
  row('value abbreviations of one another', (n) =>
    above(`  VAL INT v0 IS 0:\n${rows(n, (i) => `  VAL INT v${i + 1} IS v${i} + 1:`)}`, `  screen ! BYTE ((v${n} /\\ 1) + 65)\n`),
  ),
  row('value abbreviations of a variable', (n) =>
    above(
      `  INT x:\n  VAL INT v0 IS x:\n${rows(n, (i) => `  VAL INT v${i + 1} IS v${i} PLUS 1:`)}`,
      `  screen ! BYTE ((v${n} /\\ 1) + 65)\n`,
    ),
  ),
  row('abbreviations', (n) =>
    above(
      `  INT x:\n${rows(n, (i) => `  unused${i} IS x:`)}`.replace(/unused(\d+) IS x/g, (_, i: string) =>
        i === '0' ? 'unused0 IS x' : `unused${i} IS unused${Number(i) - 1}`,
      ),
    ),
  ),
  row('retypings', (n) => above(`  INT x:\n${rows(n, (i) => `  VAL [4]BYTE unused${i} RETYPES x:`)}`)),
  row('arrays', (n) => above(rows(n, (i) => `  [4]INT unused${i}:`))),
  row('channels', (n) => above(rows(n, (i) => `  CHAN INT unused${i}:`))),
  row('timers', (n) => above(rows(n, (i) => `  TIMER unused${i}:`))),
  row('data types', (n) => above(rows(n, (i) => `  DATA TYPE T${i} IS INT:`))),
  row('records', (n) => above(rows(n, (i) => `  DATA TYPE R${i}\n    RECORD\n      INT x:\n  :`))),
  row('protocols', (n) => above(rows(n, (i) => `  PROTOCOL P${i} IS INT:`))),
  row('nested PROCs in a row', (n) => above(rows(n, (i) => `  PROC unused${i} ()\n    SKIP\n  :`))),
  row('nested PROCs that use a variable', (n) =>
    above(
      `  INT x:\n${rows(n, (i) => `  PROC p${i} ()\n    x := ${i}\n  :`)}`,
      `  SEQ\n${rows(n, (i) => `    p${i} ()`)}    screen ! 65\n`,
    ),
  ),
  row('functions in a row', (n) => above(rows(n, (i) => `  INT FUNCTION unused${i} (VAL INT x) IS x PLUS ${i}:`))),
  row('placements', (n) => above(rows(n, (i) => `  INT unused${i}:\n  PLACE unused${i} IN WORKSPACE:`))),
  row('PROCs', (n) => `${rows(n, (i) => `PROC p${i} ()\n  SKIP\n:`)}${above('')}`),
  row(
    'PROCs that call the one before',
    (n) =>
      `PROC p0 ()\n  SKIP\n:\n${rows(n, (i) => `PROC p${i + 1} ()\n  p${i} ()\n:`)}${above('', `  SEQ\n    p${n} ()\n    screen ! 65\n`)}`,
  ),
  row(
    'PROCs that wait and call the one before',
    (n) =>
      `PROC p0 (CHAN BYTE out!)\n  out ! 65\n:\n${rows(n, (i) => `PROC p${i + 1} (CHAN BYTE out!)\n  p${i} (out!)\n:`)}${above('', `  p${Math.min(n, 1000)} (screen!)\n`)}`,
  ),
  row('constants at top level', (n) => `${rows(n, (i) => `VAL INT v${i} IS ${i}:`)}${above('')}`),
  row('data types at top level', (n) => `${rows(n, (i) => `DATA TYPE T${i} IS INT:`)}${above('')}`),
  row('tests', (n) => `${rows(n, (i) => `TEST "number ${i}"\n  PASS\n:`)}${above('')}`),
  row('comments', (n) => `${rows(n, (i) => `-- number ${i}`)}${above('')}`),
  row('comments within', (n) => above('', `  SEQ\n${rows(n, (i) => `    -- number ${i}`)}    screen ! 65\n`)),
  row('comments at line ends', (n) => above('', `  SEQ\n${rows(n, () => `    SKIP -- more`)}    screen ! 65\n`)),
  row('pragmas', (n) => `${rows(n, () => `#PRAGMA TRANSLATE a "b"`)}${above('')}`),
  row('defines', (n) => `${rows(n, (i) => `#DEFINE D${i}`)}${above('')}`),
  row(
    'parameters',
    (n) =>
      `PROC p (${range(n)
        .map((i) => `VAL INT a${i}`)
        .join(', ')})\n  SKIP\n:\n${above('', `  SEQ\n    p (${range(n).map(String).join(', ')})\n    screen ! 65\n`)}`,
  ),
  row(
    'reference parameters',
    (n) =>
      `PROC p (${range(n)
        .map((i) => `INT a${i}`)
        .join(', ')})\n  SEQ\n${rows(n, (i) => `    a${i} := 1`)}:\n${above(
        `  INT ${range(n)
          .map((i) => `x${i}`)
          .join(', ')}:\n`,
        `  SEQ\n    p (${range(n)
          .map((i) => `x${i}`)
          .join(', ')})\n    screen ! BYTE (x0 + 64)\n`,
      )}`,
  ),
  row(
    'fields',
    (n) =>
      `DATA TYPE R\n  RECORD\n${rows(n, (i) => `    INT f${i}:`)}:\n${above('  R r:\n', `  SEQ\n    r[f${n - 1}] := 65\n    screen ! BYTE r[f${n - 1}]\n`)}`,
  ),
  row(
    'elements of a protocol',
    (n) =>
      `PROTOCOL P IS ${range(n)
        .map(() => 'INT')
        .join('; ')}:\n${above('')}`,
  ),
  row('tags', (n) => `PROTOCOL P\n  CASE\n${rows(n, (i) => `    t${i}; INT`)}:\n${above('')}`),
  row(
    'variants',
    (n) =>
      `PROTOCOL P\n  CASE\n${rows(n, (i) => `    t${i}; INT`)}:\n${above('  CHAN P c:\n', `  PAR\n    c ! t${n - 1}; 65\n    INT x:\n    c ? CASE\n${rows(n, (i) => `      t${i}; x\n        screen ! BYTE x`)}`)}`,
  ),
  row(
    'variants with variables of their own',
    (n) =>
      `PROTOCOL P\n  CASE\n${rows(n, (i) => `    t${i}; INT`)}:\n${above('  CHAN P c:\n', `  PAR\n    c ! t${n - 1}; 65\n    c ? CASE\n${rows(n, (i) => `      INT x:\n      t${i}; x\n        screen ! BYTE x`)}`)}`,
  ),
  row('table elements', (n) =>
    above(`  VAL [${n}]INT t IS [${range(n).join(', ')}]:\n  INT i:\n`, `  SEQ\n    i := 65\n    screen ! BYTE t[${n - 1} /\\ 63]\n`),
  ),
  row('computed table elements', (n) =>
    above(
      `  INT x:\n  [${n}]INT t:\n`,
      `  SEQ\n    x := 65\n    t := [${range(n)
        .map(() => 'x')
        .join(', ')}]\n    screen ! BYTE t[${n - 1}]\n`,
    ),
  ),
  row('rows of a table', (n) =>
    above(
      `  VAL [${n}][2]INT t IS [${range(n)
        .map((i) => `[${i}, 65]`)
        .join(', ')}]:\n`,
      `  screen ! BYTE t[${n - 1}][1]\n`,
    ),
  ),
  row('characters of a string', (n) => above(`  VAL []BYTE s IS "${'a'.repeat(n)}":\n`, `  screen ! s[${n - 1}]\n`)),
  row('targets of an assignment', (n) =>
    above(
      `  INT ${range(n)
        .map((i) => `x${i}`)
        .join(', ')}:\n`,
      `  SEQ\n    ${range(n)
        .map((i) => `x${i}`)
        .join(', ')} := ${range(n)
        .map(() => '65')
        .join(', ')}\n    screen ! BYTE x${n - 1}\n`,
    ),
  ),
  row('items of an output', (n) =>
    above(
      `  CHAN OF ANY c:\n`,
      `  PAR\n    c ! ${range(n)
        .map(() => '65')
        .join('; ')}\n    INT x:\n    SEQ\n      SEQ i = 0 FOR ${n}\n        c ? x\n      screen ! BYTE x\n`,
    ),
  ),
  row('statements', (n) => above('  INT x:\n', `  SEQ\n    x := 64\n${rows(n, () => `    x := 65`)}    screen ! BYTE x\n`)),
  row('outputs', (n) => above('', `  SEQ\n${rows(n, () => `    screen ! 65`)}`)),
  row('calls', (n) => `PROC p (CHAN BYTE out!)\n  out ! 65\n:\n${above('', `  SEQ\n${rows(n, () => `    p (screen!)`)}`)}`),
  row('loops', (n) => above('  INT x:\n', `  SEQ\n    x := 0\n${rows(n, () => `    WHILE x < 3\n      x := x + 1`)}    screen ! 65\n`)),
  row('branches of a PAR', (n) => above('', `  SEQ\n    PAR\n${rows(n, () => `      SKIP`)}    screen ! 65\n`)),
  row('branches that communicate', (n) =>
    above(
      `  [${n}]CHAN INT c:\n`,
      `  SEQ\n    PAR\n${rows(n, (i) => `      c[${i}] ! ${i}`)}      SEQ i = 0 FOR ${n}\n        INT x:\n        c[i] ? x\n    screen ! 65\n`,
    ),
  ),
  row('choices of an IF', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    IF\n${rows(n, (i) => `      x = ${i}\n        SKIP`)}    screen ! 65\n`),
  ),
  row('choices that wait', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    IF\n${rows(n, (i) => `      x = ${i}\n        screen ! 65`)}`),
  ),
  row('choices that need statements', (n) =>
    above(
      '  INT x:\n',
      `  SEQ\n    x := ${n - 1}\n    IF\n${rows(n, (i) => `      VAL y IS x PLUS x:\n      y = ${2 * i}\n        screen ! 65`)}`,
    ),
  ),
  row('IFs in an IF', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    IF\n${rows(n, (i) => `      IF\n        x = ${i}\n          screen ! 65`)}`),
  ),
  row('replicated IFs in an IF', (n) =>
    above(
      '  INT x:\n',
      `  SEQ\n    x := ${n - 1}\n    IF\n${rows(n, (i) => `      IF i = ${i} FOR 1\n        x = i\n          screen ! 65`)}`,
    ),
  ),
  row('options of a CASE', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    CASE x\n${rows(n, (i) => `      ${i}\n        SKIP`)}    screen ! 65\n`),
  ),
  row('options that wait', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    CASE x\n${rows(n, (i) => `      ${i}\n        screen ! 65`)}`),
  ),
  row(
    'choices by a value',
    (n) =>
      `PROC p (VAL INT x, CHAN BYTE out!)\n  IF\n${rows(n, (i) => `    x = ${i}\n      out ! 65`)}:\n${above('', `  p (${n - 1}, screen!)\n`)}`,
  ),
  row('labels of an option', (n) =>
    above('  INT x:\n', `  SEQ\n    x := ${n - 1}\n    CASE x\n      ${range(n).join(', ')}\n        screen ! 65\n`),
  ),
  row('alternatives of an ALT', (n) =>
    above(
      `  [${n}]CHAN INT c:\n`,
      `  PAR\n    c[${n - 1}] ! 65\n    INT x:\n    ALT\n${rows(n, (i) => `      c[${i}] ? x\n        screen ! BYTE x`)}`,
    ),
  ),
  row('alternatives of an ALT in a loop', (n) =>
    above(
      `  [${n}]CHAN INT c:\n`,
      `  PAR\n    SEQ i = 0 FOR 4\n      c[${n - 1} - i] ! 65\n    SEQ i = 0 FOR 4\n      INT x:\n      ALT\n${rows(n, (i) => `        c[${i}] ? x\n          screen ! BYTE x`)}`,
    ),
  ),
  row('alternatives of a PRI ALT', (n) =>
    above(
      `  [${n}]CHAN INT c:\n`,
      `  PAR\n    c[${n - 1}] ! 65\n    INT x:\n    PRI ALT\n${rows(n, (i) => `      c[${i}] ? x\n        screen ! BYTE x`)}`,
    ),
  ),
  row('ALTs in an ALT', (n) =>
    above(
      `  [${n}]CHAN INT c:\n`,
      `  PAR\n    c[${n - 1}] ! 65\n    INT x:\n    ALT\n${rows(n, (i) => `      ALT\n        c[${i}] ? x\n          screen ! BYTE x`)}`,
    ),
  ),
  row('operands of +', (n) =>
    above(
      '  INT x:\n',
      `  SEQ\n    x := 0\n    x := ${range(n)
        .map(() => 'x')
        .join(' + ')}\n    screen ! BYTE (x + 65)\n`,
    ),
  ),
  row('operands of PLUS', (n) =>
    above(
      '  INT x:\n',
      `  SEQ\n    x := 0\n    x := ${range(n)
        .map(() => 'x')
        .join(' PLUS ')}\n    screen ! BYTE (x + 65)\n`,
    ),
  ),
  row('operands of AND', (n) =>
    above(
      '  INT x:\n',
      `  SEQ\n    x := 0\n    IF\n      ${range(n)
        .map(() => '(x = 0)')
        .join(' AND ')}\n        screen ! 65\n      TRUE\n        SKIP\n`,
    ),
  ),
  row('constant operands', (n) =>
    above(
      '',
      `  screen ! BYTE (${range(n)
        .map(() => '0')
        .join(' + ')} + 65)\n`,
    ),
  ),
  row(
    'operands that are calls',
    (n) =>
      `INT FUNCTION f (VAL INT x)\n  INT y:\n  VALOF\n    SEQ i = 0 FOR 1\n      y := x\n    RESULT y\n:\n${above(
        '  INT x:\n',
        `  SEQ\n    x := 0\n    x := ${range(n)
          .map(() => 'f (x)')
          .join(' + ')}\n    screen ! BYTE (x + 65)\n`,
      )}`,
  ),
  row('strings joined over lines', (n) =>
    above(`  VAL []BYTE s IS "a*\n${rows(n - 1, () => `    *a*`)}    *a":\n`, `  screen ! s[${n - 1}]\n`),
  ),

  row('channels that two branches use', (n) =>
    above(
      rows(n, (i) => `  CHAN INT c${i}:`),
      `  SEQ\n    PAR\n      SEQ\n${rows(n, (i) => `        c${i} ! ${i}`)}      INT x:\n      SEQ\n${rows(n, (i) => `        c${i} ? x`)}    screen ! 65\n`,
    ),
  ),
  row('channels that a PAR of their own uses', (n) =>
    above(
      rows(n, (i) => `  CHAN INT c${i}:`),
      `  SEQ\n${rows(n, (i) => `    PAR\n      c${i} ! ${i}\n      INT x:\n      c${i} ? x`)}    screen ! 65\n`,
    ),
  ),
  row(
    'channels as parameters',
    (n) =>
      `PROC p (${range(n)
        .map((i) => `CHAN INT c${i}!`)
        .join(', ')})\n  SEQ\n${rows(n, (i) => `    c${i} ! ${i}`)}:\n${above(
        rows(n, (i) => `  CHAN INT c${i}:`),
        `  SEQ\n    PAR\n      p (${range(n)
          .map((i) => `c${i}!`)
          .join(', ')})\n      INT x:\n      SEQ\n${rows(n, (i) => `        c${i} ? x`)}    screen ! 65\n`,
      )}`,
  ),
  row('shared channels', (n) =>
    above(
      rows(n, (i) => `  SHARED! CHAN INT c${i}:`),
      `  SEQ\n    PAR\n      SEQ\n${rows(n, (i) => `        CLAIM c${i}!\n          c${i} ! ${i}`)}      INT x:\n      SEQ\n${rows(n, (i) => `        c${i} ? x`)}    screen ! 65\n`,
    ),
  ),
  row('barriers', (n) =>
    above(
      rows(n, (i) => `  BARRIER b${i}:`),
      `  SEQ\n${rows(n, (i) => `    PAR ENROLL b${i}\n      SYNC b${i}\n      SYNC b${i}`)}    screen ! 65\n`,
    ),
  ),
  row('abbreviations of elements', (n) =>
    above(
      `  [${n}]INT a:\n${rows(n, (i) => `  x${i} IS a[${i}]:`)}`,
      `  SEQ\n${rows(n, (i) => `    x${i} := ${i}`)}    screen ! BYTE (x1 + 64)\n`,
    ),
  ),
  row('abbreviations of slices', (n) =>
    above(
      `  [${n}]INT a:\n${rows(n, (i) => `  x${i} IS [a FROM ${i} FOR 1]:`)}`,
      `  SEQ\n${rows(n, (i) => `    x${i}[0] := ${i}`)}    screen ! BYTE (x1[0] + 64)\n`,
    ),
  ),
  row(
    'abbreviations of fields',
    (n) =>
      `DATA TYPE R\n  RECORD\n${rows(n, (i) => `    INT f${i}:`)}:\n${above(
        `  R r:\n${rows(n, (i) => `  x${i} IS r[f${i}]:`)}`,
        `  SEQ\n${rows(n, (i) => `    x${i} := ${i}`)}    screen ! BYTE (x1 + 64)\n`,
      )}`,
  ),
  row('abbreviations of one another that are used', (n) =>
    above(`  INT v0:\n${rows(n, (i) => `  v${i + 1} IS v${i}:`)}`, `  SEQ\n    v${n} := 65\n    screen ! BYTE v${n}\n`),
  ),
  row('reshapings of one another', (n) =>
    above(
      `  [4]INT v0:\n${rows(n, (i) => `  [2][2]INT v${i + 1} RESHAPES v${i}:`)}`,
      `  SEQ\n    v${n}[0][0] := 65\n    screen ! BYTE v${n}[0][0]\n`,
    ),
  ),
  row('value abbreviations that are twice the one before', (n) =>
    above(
      `  INT x:\n`,
      `  SEQ\n    x := 0\n    VAL v0 IS x:\n${rows(n, (i) => `    VAL v${i + 1} IS v${i} PLUS v${i}:`)}    screen ! BYTE (v${n} + 65)\n`,
    ),
  ),
  row('variables needed beyond waits', (n) =>
    above(
      rows(n, (i) => `  INT x${i}:`),
      `  SEQ\n${rows(n, (i) => `    x${i} := 65`)}${rows(n, (i) => `    screen ! BYTE x${i}`)}`,
    ),
  ),

  nest('SEQ', (n) => nested(n, () => ['SEQ'], 'x := 2')),
  nest('SEQ with a statement', (n) => nested(n, () => ['SEQ'], 'x := 2').replace(/^( *)SEQ$/gm, '$1SEQ\n$1  x := 1')),
  nest('IF', (n) => nested(n, () => ['IF', 'x = 1'], 'x := 2')),
  nest('IF that waits', (n) => nested(n, () => ['IF', 'x = 1'], 'screen ! 65')),
  nest('IF in an IF', (n) => nested(n, () => ['IF'], 'x = 1\n  x := 2'.replace('\n', `\n${pad(n + 1)}`))),
  nest('CASE', (n) => nested(n, () => ['CASE x', '1'], 'x := 2')),
  nest('CASE that waits', (n) => nested(n, () => ['CASE x', '1'], 'screen ! 65')),
  nest('WHILE', (n) => nested(n, () => ['WHILE x = 1'], 'x := 2')),
  nest('WHILE that waits', (n) => nested(n, () => ['WHILE x = 1'], `SEQ\n${pad(n + 2)}x := 2\n${pad(n + 2)}screen ! 65`)),
  nest('WHILE that moves a mobile', (n) => {
    const mobiles = range(n + 1)
      .map((i) => `m${i}`)
      .join(', ')
    let level = 0
    return nested(n, () => ['WHILE x = 1', 'SEQ'], 'x := 2')
      .replace(/(WHILE x = 1\n)( *)SEQ$/gm, (_, loop: string, at: string) => {
        const i = level++
        return `${loop}${at}SEQ\n${at}  m${i + 1} := [1]\n${at}  moved := m${i}`
      })
      .replace('  INT x:\n  SEQ\n', `  INT x:\n  MOBILE []INT moved, ${mobiles}:\n  SEQ\n    m0 := [1]\n`)
  }),
  nest('replicated SEQ', (n) => nested(n, (i) => [`SEQ i${i} = 0 FOR 1`], 'x := 2')),
  nest('PAR', (n) => nested(n, () => ['PAR'], 'SKIP')),
  nest('replicated PAR', (n) => nested(n, (i) => [`PAR i${i} = 0 FOR 1`], 'SKIP')),
  nest('ALT', (n) => nested(n, () => ['ALT', 'TRUE & SKIP'], 'x := 2')),
  nest('ALT in an ALT', (n) => nested(n, () => ['ALT'], `TRUE & SKIP\n${pad(n + 2)}x := 2`)),
  nest('declarations and SEQ', (n) =>
    nested(n, () => ['SEQ'], 'x := 2')
      .replace(/^( *)SEQ$/gm, '$1INT unusedv:\n$1SEQ')
      .replace('  INT unusedv:\n  SEQ', '  SEQ'),
  ),
  nest(
    'PROC in a PROC',
    (n) =>
      `${HEAD}${range(n)
        .map((i) => `${pad(i + 1)}PROC p${i} ()\n`)
        .join('')}${pad(n + 1)}SKIP\n${range(n)
        .map((_, k) => `${pad(n - k)}:\n${k === n - 1 ? '' : `${pad(n - k)}p${n - 1 - k} ()\n`}`)
        .join('')}  SEQ\n    p0 ()\n    screen ! 65\n:\n`,
  ),
  nest('brackets', (n) => above('  INT x:\n', `  SEQ\n    x := ${'('.repeat(n)}65${')'.repeat(n)}\n    screen ! BYTE x\n`)),
  nest('operators to the right', (n) =>
    above('  INT x:\n', `  SEQ\n    x := 0\n    x := ${'(x + '.repeat(n)}65${')'.repeat(n)}\n    screen ! BYTE x\n`),
  ),
  nest('monadic operators', (n) => above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'BITNOT '.repeat(2 * n)}x\n    screen ! BYTE x\n`)),
  nest('minus', (n) =>
    above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'-'.repeat(2 * n).replace(/--/g, '- - ')}x\n    screen ! BYTE x\n`),
  ),
  nest('conversions', (n) =>
    above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'INT (INT16 ('.repeat(n)}x${'))'.repeat(n)}\n    screen ! BYTE x\n`),
  ),
  nest(
    'calls in calls',
    (n) =>
      `INT FUNCTION f (VAL INT x) IS x PLUS 0:\n${above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'f ('.repeat(n)}x${')'.repeat(n)}\n    screen ! BYTE x\n`)}`,
  ),
  nest(
    'calls of machines in calls',
    (n) =>
      `INT FUNCTION f (VAL INT x)\n  INT y:\n  VALOF\n    SEQ i = 0 FOR 1\n      y := x\n    RESULT y\n:\n${above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'f ('.repeat(n)}x${')'.repeat(n)}\n    screen ! BYTE x\n`)}`,
  ),
  nest('predefined functions', (n) =>
    above('  INT x:\n', `  SEQ\n    x := 65\n    x := ${'ASHIFTRIGHT ('.repeat(n)}x${', 0)'.repeat(n)}\n    screen ! BYTE x\n`),
  ),
  nest('subscripts in subscripts', (n) =>
    above('  [2]INT a:\n', `  SEQ\n    a := [0, 1]\n    a[1] := ${'a['.repeat(n)}0${']'.repeat(n)}\n    screen ! BYTE (a[1] + 65)\n`),
  ),
  nest('slices of slices', (n) =>
    above(
      '  [2]INT a:\n',
      `  SEQ\n    a := [65, 1]\n    ${'['.repeat(n)}a${' FROM 0 FOR 2]'.repeat(n)} := [65, 65]\n    screen ! BYTE a[0]\n`,
    ),
  ),
  nest('dimensions', (n) =>
    above(`  ${'[1]'.repeat(n)}INT a:\n`, `  SEQ\n    a${'[0]'.repeat(n)} := 65\n    screen ! BYTE a${'[0]'.repeat(n)}\n`),
  ),
  nest('tables in tables', (n) => above(`  VAL t IS ${'['.repeat(n)}65${']'.repeat(n)}:\n`, `  screen ! BYTE t${'[0]'.repeat(n)}\n`)),
  nest('constructors', (n) =>
    above(
      `  VAL t IS ${range(n)
        .map((i) => `[i${i} = 0 FOR 1 | `)
        .join('')}65${']'.repeat(n)}:\n`,
      `  screen ! BYTE t${'[0]'.repeat(n)}\n`,
    ),
  ),
  nest(
    'types in types',
    (n) => `DATA TYPE T0 IS INT:\n${rows(n, (i) => `DATA TYPE T${i + 1} IS [1]T${i}:`)}${above(`  T${n} unusedx:\n`)}`,
  ),
  nest(
    'records in records',
    (n) =>
      `DATA TYPE T0\n  RECORD\n    INT x:\n:\n${rows(n, (i) => `DATA TYPE T${i + 1}\n  RECORD\n    T${i} x:\n:`)}${above(`  T${n} unusedx:\n`)}`,
  ),
]
