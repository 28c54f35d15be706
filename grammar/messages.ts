/**
 * The catalogue of the families E01 (text, preprocessor, layout) and E02 (syntax).
 *
 * A title stands alone on one line; a help is a concrete next step. Codes are stable for ever: a number that is no longer used is not
 * given away again.
 */
import { COMPARES } from './brackets.ts'
import { jumpMeant } from './jumps.ts'
import type { Message } from './diagnostic.ts'

const one = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const LINES: ReadonlySet<string> = new Set(['#INCLUDE', '#USE', '#DEFINE', '#IF', '#ELSE', '#ENDIF', '#PRAGMA', '#OPTION'])

const BRACES = 'there are no braces: a block is what is indented by two spaces under its first line; a table is written `[1, 2, 3]`'

const text = {
  W0101: (): Message => ({
    title: 'this file is indented with tabs; a tab counts to the next multiple of eight columns',
    help: 'use two spaces a level',
  }),
  W0102: ({ word }: { word: string }): Message => ({
    title: `\`#PRAGMA ${word}\` is not known and is ignored`,
  }),
  W0104: (): Message => ({
    title: 'this is a closed fold: the lines in it are not part of this text',
    help: 'open the fold in the editor that made it, and save what was in it',
  }),
  W0103: ({ name }: { name: string }): Message => ({
    title: `\`${name}\` is already defined; the new value replaces the old one`,
    help: `write \`#UNDEFINE ${name}\` first`,
  }),
  W0105: (): Message => ({
    title: '`#RELAX` stands in no `#IF` and moves no line',
    help: 'remove it: it moves the lines below it, as far as the next `#ELIF`, `#ELSE` or `#ENDIF`, two columns to the left',
  }),
  E0101: ({ text, meant = '', alike = false }: { text: string; meant?: string; alike?: boolean }): Message => ({
    title: `${text} is not part of the language`,
    help: !alike
      ? text === '`{`' || text === '`}`'
        ? BRACES
        : 'only strings, byte literals and comments may hold characters other than ASCII'
      : meant === ''
        ? 'nobody sees it: remove it'
        : meant === ' '
          ? 'it looks like a space: write a space in its place'
          : `write \`${meant}\` in its place`,
  }),
  W0106: ({ escape, meant }: { escape: string; meant: string }): Message => ({
    title: `\`${escape}\` in a string is two characters`,
    help: `write \`${meant}\`: escapes begin with an asterisk`,
  }),
  E0102: (): Message => ({
    title: 'this string is not closed on its line',
    help: 'end it with `"`; to go on in the next line, end this line with `*` and begin the next with `*`',
  }),
  E0103: ({ why }: { why: string }): Message => ({
    title: `a byte literal holds exactly one byte; ${why}`,
    help: "write one character or one escape between the quotes: `'a'`, `'*n'`, `'*#0A'`",
  }),
  E0104: ({ escape }: { escape: string }): Message => ({
    title: `\`${escape}\` is not an escape`,
    help: 'the escapes are *c *n *t *s *\' *" ** *#hh and, at the start of a string, *l; write `**` for an asterisk',
  }),
  E0105: ({ text, why }: { text: string; why: string }): Message => ({
    title: `\`${text}\` is not a number: ${why}`,
    help: 'numbers are written 42, #2A, 1.5 or 1.5E+3',
  }),
  E0106: (): Message => ({
    title: 'the string goes on in the next line, which must begin with `*`',
    help: 'begin the next line with `*`, or close the string with `"` on this one',
  }),
  E0108: ({ name, meant }: { name: string; meant: string }): Message => ({
    title: `\`${name}\` is not a name: \`_\` cannot be part of one`,
    help: `names are made of letters, digits and points: \`${meant}\``,
  }),
  E0129: ({ encoding }: { encoding: string | undefined }): Message => ({
    title: encoding === undefined ? 'this file holds no text' : `this text is written in ${encoding}`,
    help: encoding === undefined ? 'give a file with the text of a program' : 'save it as UTF-8 or ASCII',
  }),
  E0107: ({ length }: { length: number }): Message => ({
    title: `\`*l\` counts at most 255 bytes, and this string has ${length}`,
  }),
} as const

const layout = {
  E0110: ({ step }: { step: number }): Message => ({
    title: `this line is indented by ${one(step, 'space')}; each level is two`,
    help: 'indent by exactly two spaces more than the line that opens the block',
  }),
  E0111: ({ columns }: { columns: readonly number[] }): Message => ({
    title: 'this line lines up with no block',
    help: `the blocks that are open here begin in ${columns.length === 1 ? 'column' : 'columns'} ${columns.map((column) => column + 1).join(', ')}`,
  }),
  E0112: ({ column }: { column: number }): Message => ({
    title: 'this line continues the one above and is indented less than it',
    help: `indent it to column ${column + 1} at least`,
  }),
  E0113: ({ symbol }: { symbol: string }): Message => ({
    title: `a line cannot be broken after \`${symbol}\``,
    help: `put what follows \`${symbol}\` on the same line; lines can be broken after operators, commas, semicolons and inside brackets`,
  }),
  E0114: ({ symbol }: { symbol: string }): Message => ({
    title: `a line cannot be broken before \`${symbol}\``,
    help: `move \`${symbol}\` to the end of the line above`,
  }),
  E0115: ({ symbol }: { symbol: string }): Message => ({
    title: `this \`${symbol}\` is never closed`,
    help: `close it with \`${symbol === '(' ? ')' : ']'}\``,
  }),
  E0116: ({ symbol }: { symbol: string }): Message => ({
    title: `this \`${symbol}\` closes nothing`,
  }),
  E0117: ({ limit }: { limit: number }): Message => ({
    title: `this is nested more than ${limit} levels deep`,
    help: 'move the inner part into a PROC or FUNCTION of its own',
  }),
  E0118: ({ expected, found }: { expected: string; found: string }): Message => ({
    title: `expected \`${expected}\`, found \`${found}\``,
  }),
} as const

const preprocessor = {
  E0120: ({ word }: { word: string }): Message => ({
    title: `\`${word}\` is not a preprocessor line`,
    help: LINES.has(word.toUpperCase())
      ? `write \`${word.toUpperCase()}\``
      : 'there are #INCLUDE #USE #IF #ELIF #ELSE #ENDIF #DEFINE #UNDEF #UNDEFINE #OPTION #PRAGMA #COMMENT #RELAX',
  }),
  E0121: ({ word, form }: { word: string; form: string }): Message => ({
    title: `\`${word}\` is written \`${form}\``,
  }),
  E0122: ({
    name,
    names,
    folders,
    hint,
  }: {
    name: string
    names: readonly string[]
    folders: readonly string[]
    hint?: string | undefined
  }): Message => ({
    title: `\`${name}\` cannot be found`,
    help: [
      ...(hint === undefined ? [] : [hint]),
      `looked for ${names.join(', ')} in ${folders.map((folder) => (folder === '' ? 'the current folder' : folder)).join(', ')}`,
      'add the folder that holds it with `-I DIR`',
    ],
  }),
  E0123: ({ chain }: { chain: readonly string[] }): Message => ({
    title: 'these files include each other in a circle',
    help: chain.join(' -> '),
  }),
  E0124: ({ word }: { word: string }): Message => ({
    title: `this \`${word}\` has no \`#IF\` above it`,
  }),
  E0125: (): Message => ({
    title: 'this `#IF` has no `#ENDIF`',
    help: 'write `#ENDIF` in the same file',
  }),
  E0126: ({ name }: { name: string }): Message => ({
    title: `the preprocessor symbol \`${name}\` has no value here`,
    help: `define it with \`#DEFINE ${name} value\` or \`-D ${name}=value\``,
  }),
  E0127: ({ found }: { found: string }): Message => ({
    title: `a condition cannot go on with ${found}`,
    help: 'conditions are made of DEFINED (X), TRUE, FALSE, comparisons, NOT, AND, OR and brackets',
  }),
  E0128: ({ depth }: { depth: number }): Message => ({
    title: `files include each other more than ${depth} deep`,
  }),
} as const

const syntax = {
  E0201: ({ expected, after, found }: { expected: string; after: string; found: string }): Message => ({
    title: `expected ${expected} ${after}, found ${found}`,
    ...(expected === '`FOR`' ? { help: 'a loop is written `SEQ i = first FOR count`' } : {}),
    ...(expected === 'a name' && found === '`;`'
      ? { help: 'a message of several values has a protocol with a name: `PROTOCOL PAIR IS INT; INT:`, then `CHAN OF PAIR c`' }
      : {}),
  }),
  E0202: ({ after, found }: { after: string; found: string }): Message => ({
    title: `expected an expression ${after}, found ${found}`,
    ...(after === 'after `!`' ? { help: 'what is output stands on the same line: `c ! x`' } : {}),
  }),
  E0203: ({ after, found }: { after: string; found: string }): Message => ({
    title: `expected a process ${after}, found ${found}`,
    help: 'write SKIP where nothing is to be done',
  }),
  E0204: ({ construct }: { construct: string }): Message => ({
    title: `expected a process under ${construct}`,
    help: 'put it on the next line, indented by two spaces; write SKIP where nothing is to be done',
  }),
  E0205: ({ what }: { what: string }): Message => ({
    title: `the declaration ends without \`:\`${what === '' ? '' : `; found ${what}`}`,
    help: what === '`:=`' || what === '`=`' ? 'to give a first value write `INITIAL INT x IS 3:`' : 'end it with `:`',
  }),
  E0206: ({ construct, line }: { construct: string; line: number }): Message => ({
    title: `the ${construct} that begins at line ${line} has no \`:\` at its end`,
    help: `write \`:\` on a line of its own, indented as the ${construct}`,
  }),
  E0207: ({ construct, line, column }: { construct: string; line: number; column: number }): Message => ({
    title: `this \`:\` ends the ${construct} that begins at line ${line} but does not stand below it`,
    help: `move it to column ${column}`,
  }),
  E0208: (): Message => ({
    title: 'this `:` ends nothing',
    help: 'remove it, or look for a line above that is indented too little',
  }),
  E0209: ({ construct }: { construct: string }): Message => ({
    title: `only one process can stand under ${construct}`,
    help: 'put them under a SEQ or a PAR',
  }),
  E0210: ({ above }: { above: string }): Message => ({
    title: `nothing can be indented under ${above}`,
    help: 'begin this line in the same column as the one above',
  }),
  E0211: ({ first, second, example }: { first: string; second: string; example: string | undefined }): Message => ({
    title: `\`${first}\` and \`${second}\` are mixed without brackets`,
    help:
      example === undefined
        ? 'operators have no precedence; put brackets around the part that is to be done first'
        : `operators have no precedence; put brackets around what is to be done first: \`${example}\``,
  }),
  E0212: ({ operator, example }: { operator: string; example: string | undefined }): Message => ({
    title: `\`${operator}\` cannot be chained without brackets`,
    help: COMPARES.has(operator)
      ? `compare twice: \`${example ?? `(a ${operator} b) AND (b ${operator} c)`}\``
      : `write \`${example ?? `(a ${operator} b) ${operator} c`}\``,
  }),
  E0213: ({ name }: { name: string }): Message => ({
    title: `\`${name} = ...\` compares and is not a process`,
    help: `write \`${name} := ...\` to assign`,
  }),
  E0214: ({ name }: { name: string }): Message => ({
    title: `\`${name}\` is not a process`,
    help: jumpMeant(name) ?? `write \`${name} ()\` to call a PROC without parameters`,
  }),
  E0215: ({ word }: { word: string }): Message => ({
    title: `\`${word}\` is a reserved word and cannot be a name`,
    help: `names are told apart from reserved words by case: \`${word.toLowerCase()}\` is free`,
  }),
  E0216: ({ word, keyword }: { word: string; keyword: string }): Message => ({
    ...(word === keyword
      ? {
          title: `\`${word}\` is a name in this text, since the text declares it`,
          help: `give what is called \`${word}\` another name: the word is younger than occam 2, and texts that use it as a name may not use it otherwise`,
        }
      : {
          title: `\`${word}\` is not a reserved word${word === keyword.toLowerCase() ? '; reserved words are in upper case' : ''}`,
          help: `write \`${keyword}\``,
        }),
  }),
  E0217: ({ found, after }: { found: string; after: string }): Message => ({
    title: after === 'here' ? `${found} cannot stand here` : `${found} cannot stand here; the line should end ${after}`,
  }),
  E0218: ({ found }: { found: string }): Message => ({
    title: `expected a declaration, found ${found}`,
    help:
      found === '`PLACED`'
        ? 'a network is laid out inside the main process: put its channels and the PLACED PAR into a PROC'
        : found === '`FUNCTION`'
          ? 'the types of its results stand before it: `INT FUNCTION f (VAL INT x)`, `REC INT FUNCTION f (VAL INT x)`'
          : 'the top level of a file holds declarations and TESTs; processes stand inside a PROC',
  }),
  E0220: ({ found }: { found: string }): Message => ({
    title: `expected a choice of the IF (a condition with a process under it), found ${found}`,
  }),
  E0221: ({ found }: { found: string }): Message => ({
    title: `expected an alternative of the ALT (an input with a process under it), found ${found}`,
    help:
      found === '`ELSE`'
        ? 'what is done when nothing else is ready is the last alternative of a `PRI ALT`: `TRUE & SKIP`'
        : 'an alternative is `c ? x`, `b & c ? x`, `b & SKIP`, `tim ? AFTER t` or another ALT',
  }),
  E0222: ({ found }: { found: string }): Message => ({
    title: `expected an option of the CASE (its values with a process under them), found ${found}`,
  }),
  E0223: ({ found }: { found: string }): Message => ({
    title: `expected a variant of the \`? CASE\` (a tag with a process under it), found ${found}`,
  }),
  E0224: ({ construct }: { construct: string }): Message => ({
    title: `${construct} ends without RESULT`,
    help: 'write `RESULT` and the values in the column of the process after VALOF',
  }),
  E0225: ({ construct, count }: { construct: string; count: number }): Message => ({
    title: `a replicated ${construct} has exactly one part, and this one has ${count}`,
  }),
  E0226: (): Message => ({
    title: 'a declaration is followed by no process',
    help: 'the scope of a declaration is the process after it; write SKIP if there is none',
  }),
  E0227: ({ found, declaration }: { found: string; declaration: string | undefined }): Message => ({
    title: `this can be neither assigned nor input to: ${found}`,
    help:
      declaration !== undefined
        ? `declare it on a line above, \`${declaration}\`, and write its name alone here`
        : 'the left side is a variable, an element `a[i]` or a slice `[a FROM i FOR n]`',
  }),
  E0228: ({ option }: { option: string }): Message => ({
    title: `\`${option}\` is not an option of TEST`,
    help: 'the options are FAILS "code", WITHIN n MS and EXPLORE [DEADLOCKS]',
  }),
  E0229: ({ within }: { within: boolean }): Message => ({
    title: 'RESULT can only end a VALOF',
    help: within
      ? 'write it in the column of the process after VALOF; what it uses is declared above the VALOF'
      : 'PROCs give values back through their parameters; a FUNCTION has `VALOF`, a process and `RESULT`',
  }),
  E0230: ({ symbol }: { symbol: string }): Message => ({
    title: `\`${symbol}\` does not begin a comment`,
    help: 'comments begin with `--` and end with the line',
  }),
  E0231: ({ found, meant, example }: { found: string; meant: string; example: string | undefined }): Message => ({
    title: `\`${found}\` is not an operator`,
    help: example === undefined ? `write \`${meant}\`` : `write \`${example}\``,
  }),
  E0232: (): Message => ({
    title: 'a line does not end with `;`',
    help: 'remove it: the end of the line ends the process; under SEQ the next line comes after it',
  }),
  E0233: ({ word }: { word: string }): Message => ({
    title: word === ':' ? 'a block does not begin with `:`' : `\`${word}\` is not part of the language`,
    help: 'remove it: what is to be done stands on the next line, indented by two spaces',
  }),
  E0234: (): Message => ({
    title: 'a loop is written `SEQ i = first FOR count`',
    help: 'after FOR stands the number of rounds: `SEQ i = 0 FOR 10` goes from 0 to 9',
  }),
  E0235: ({ name, example }: { name: string; example: string }): Message => ({
    title: `\`${name}\` has no type`,
    help: `write its type before it, such as \`${example}\``,
  }),
  E0236: ({ name }: { name: string }): Message => ({
    title: `the size of the array \`${name}\` stands after its name`,
    help: `sizes are written before the type: \`[10]INT ${name}:\``,
  }),
  E0237: ({ found }: { found: string }): Message => ({
    title: `expected the VALOF of the FUNCTION, found ${found}`,
    help: 'under the header stand `VALOF`, a process under it, and `RESULT` with the values; a short one is `INT FUNCTION f (...) IS e:`',
  }),
  E0238: (): Message => ({
    title: 'the conditions of an IF stand on lines of their own',
    help: 'write `IF` alone, each condition on a line under it, and its process under that; the last condition can be `TRUE`',
  }),
  E0239: ({ nested }: { nested: boolean }): Message => ({
    title: 'an IF has no ELSE',
    help: nested ? 'write the next condition alone' : 'write `TRUE`: the first condition that is true is chosen',
  }),
  E0240: (): Message => ({
    title: 'an output cannot be a guard',
    help: 'guard by an input, such as a request from the other process, and output in the process under it',
  }),
  E0241: ({ text }: { text: string }): Message => ({
    title: 'a condition alone is no guard',
    help: `write \`${text} & SKIP\`, or \`${text} & c ? v\``,
  }),
  E0242: ({ example }: { example: string }): Message => ({
    title: 'the type stands before the name',
    help: `write \`${example}\``,
  }),
  E0243: ({ word }: { word: string }): Message => ({
    title: `there is no \`${word}\``,
    help: 'remove it: a block ends where its indentation ends, and a PROC or FUNCTION with a `:` below its first letter',
  }),
  E0244: ({ type, operand }: { type: string; operand: string }): Message => ({
    title: 'the type of a conversion stands without brackets',
    help: `write \`${type} ${operand}\``,
  }),
  E0245: (): Message => ({
    title: 'the parts of a message are separated by `;`',
    help: 'write `c ! a; b`, `c ? x; y`, and `INT; INT` in the PROTOCOL',
  }),
  E0247: (): Message => ({
    title: 'there is no `condition ? a : b`',
    help: 'write an IF with two choices: the condition and under it the one process, TRUE and under it the other',
  }),
  E0246: ({ sign, takes, operands }: { sign: string; takes: 'none' | 'one' | 'two' | 'either'; operands: number }): Message => ({
    title:
      takes === 'none'
        ? `\`${sign}\` is no operator`
        : `the operator \`${sign}\` cannot have ${operands} operand${operands === 1 ? '' : 's'}`,
    help:
      takes === 'none'
        ? 'a FUNCTION whose name stands in quotes is an operator such as `+`, `PLUS` or `&&`; write other names without quotes'
        : `give the FUNCTION ${takes === 'one' ? 'one parameter' : takes === 'two' ? 'two parameters' : 'one or two parameters'}`,
  }),
  E0248: ({ names, values }: { names: number; values: number }): Message => ({
    title: `${one(names, 'name')} and ${one(values, 'value')} stand in one INITIAL`,
    help: 'write as many values as names: `INITIAL INT x, y IS 1, 2:`',
  }),
  E0249: (): Message => ({
    title: 'several values in brackets can only be compared with as many others',
    help: 'write `(a, b) = (c, d)` or `(a, b) <> (c, d)`, or one value in the brackets',
  }),
  E0250: ({ type }: { type: string }): Message => ({
    title: `only a channel can be SHARED, and \`${type}\` is none`,
    help: 'leave out `SHARED`; to share a channel, write `SHARED CHAN` before its protocol',
  }),
  E0251: ({ modern }: { modern: string }): Message => ({
    title: 'this text is occam 1, the language of 1983 without types, which Godwit does not compile',
    help: [`in occam 2.1 this is written \`${modern}\``, 'the page of this message translates all that occam 1 writes in another way'],
  }),
  E0252: ({ word }: { word: string }): Message => ({
    title: `\`${word}\` belongs to the configuration language of the transputer toolset`,
    help: 'put the channels and a `PLACED PAR` into the main PROC: in it, `NODE "n1"` or `PROCESSOR 0` says where the process under it starts',
  }),
  E0253: (): Message => ({
    title: 'an extended input has a process under it, during which the writer waits',
    help: ['indent the process under the line of the input', 'where nothing is to be done meanwhile, write `?`'],
  }),
  E0254: (): Message => ({
    title: 'FORK makes a process of a call',
    help: 'write the PROC with its parameters in brackets: `FORK p (a, b)`',
  }),
  E0255: (): Message => ({
    title: 'the record of a CHAN TYPE is MOBILE',
    help: 'write `MOBILE RECORD` in its place',
  }),
  E0291: (): Message => ({
    title: 'PORT reaches hardware by its address, which Godwit does not give',
    help: 'use a channel of a host service instead',
  }),
  E0292: ({ construct }: { construct: string }): Message => ({
    title: `${construct} holds machine code, which Godwit does not run`,
  }),
} as const

/** Everything that this folder reports. */
export const messages = { ...text, ...layout, ...preprocessor, ...syntax } as const

/** The type of the catalogue, for `Report`. */
export type Messages = typeof messages
