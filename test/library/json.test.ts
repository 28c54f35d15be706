/** The library json against JSON.parse and JSON.stringify: which texts are JSON, what they mean, and what is written. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fc, times } from '../harness/property.ts'
import { output } from './run-program.ts'

const test = suite('json')

type Operation = 'again' | 'string' | 'int' | 'find'
const LETTERS = { again: 'a', string: 's', int: 'i', find: 'f' } as const satisfies Record<Operation, string>

/** Answers each request on a line of its own. A request is a letter and two texts, each behind its length. */
const PROGRAM = `
#USE "course"
#USE "json"

PROC main (CHAN BYTE keyboard?, screen!)
  VAL INT most IS 20000:
  [most]BYTE text, second, built, piece:
  INT count, first.size, second.size:
  BOOL ok:

  PROC text.in ([]BYTE buffer, INT size)
    SEQ
      file.in.int (size, 12, ok, keyboard?)
      SEQ i = 0 FOR size
        keyboard ? buffer[i]
  :

  PROC again (VAL []BYTE text)
    JSON.SCANNER s:
    INITIAL INT length IS 0:
    INITIAL BOOL full, more, readable IS FALSE, TRUE, TRUE:
    INT size:
    REAL64 x:
    SEQ
      json.begin (s)
      WHILE more
        SEQ
          json.next (text, s)
          CASE s[token]
            JSON.OBJECT
              json.open.object (built, length, full)
            JSON.ARRAY
              json.open.array (built, length, full)
            JSON.OBJECT.END
              json.close.object (built, length, full)
            JSON.ARRAY.END
              json.close.array (built, length, full)
            JSON.NAME, JSON.STRING
              SEQ
                json.get.string ([text FROM s[from] FOR s[size]], piece, size, readable)
                IF
                  s[token] = JSON.NAME
                    json.put.name (built, length, full, [piece FOR size])
                  TRUE
                    json.put.string (built, length, full, [piece FOR size])
            JSON.NUMBER
              SEQ
                json.get.real64 ([text FROM s[from] FOR s[size]], x, readable)
                json.put.real64 (built, length, full, x)
            JSON.TRUE, JSON.FALSE
              json.put.bool (built, length, full, s[token] = JSON.TRUE)
            JSON.NULL
              json.put.null (built, length, full)
            ELSE
              more := FALSE
          more := more AND readable
      IF
        readable AND ((s[token] = JSON.END) AND (NOT full))
          out.string ([built FOR length], 0, screen!)
        TRUE
          out.string ("error", 0, screen!)
  :

  SEQ
    file.in.int (count, 12, ok, keyboard?)
    SEQ i = 0 FOR count
      BYTE what:
      SEQ
        keyboard ? what
        text.in (text, first.size)
        text.in (second, second.size)
        CASE what
          'a'
            again ([text FOR first.size])
          's'
            INITIAL INT length IS 0:
            INITIAL BOOL full IS FALSE:
            SEQ
              json.put.string (built, length, full, [text FOR first.size])
              out.string ([built FOR length], 0, screen!)
          'i'
            [20]BYTE digits:
            INT64 n:
            INT narrow, size:
            BOOL fits:
            SEQ
              json.get.int64 ([text FOR first.size], n, ok)
              json.get.int ([text FOR first.size], narrow, fits)
              ASSERT (fits = (ok AND ((n >= (INT64 (MOSTNEG INT))) AND (n <= (INT64 (MOSTPOS INT))))))
              ASSERT ((NOT fits) OR ((INT64 narrow) = n))
              INT64TOSTRING (size, digits, n)
              IF
                ok
                  out.string ([digits FOR size], 0, screen!)
                TRUE
                  out.string ("error", 0, screen!)
          ELSE
            INT kind, from, size:
            SEQ
              json.find ([text FOR first.size], [second FOR second.size], kind, from, size)
              out.int (kind, 0, screen!)
              screen ! ' '
              out.string ([text FROM from FOR size], 0, screen!)
        screen ! '*n'
:
`

interface Request {
  readonly operation: Operation
  readonly text: string | Uint8Array
  readonly second?: string
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @returns the line that the program prints for each request */
async function answers(requests: readonly Request[]): Promise<string[]> {
  const framed = (text: string | Uint8Array): string => {
    const bytes = Buffer.from(text)
    return `${bytes.length}\n${bytes.toString('latin1')}`
  }
  const input = requests.map(({ operation, text, second = '' }) => `${LETTERS[operation]}${framed(text)}${framed(second)}`)
  const printed = await output(PROGRAM, `${requests.length}\n${input.join('')}`)
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line, 'latin1').toString())
}

/** @returns whether a value has only characters, only finite numbers, and is nested at most `deep` */
function isPlain(value: unknown, deep: number): boolean {
  if (typeof value === 'string') return Buffer.from(value).toString() === value // half a surrogate pair has no UTF-8
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return deep > 0 && Object.entries(value).every(([name, its]) => isPlain(name, 0) && isPlain(its, deep - 1))
}

/** @returns what a text means, in JSON; `error` where it is none, or has what the library refuses */
function meaning(text: string | Uint8Array): string {
  try {
    const value: unknown = JSON.parse(decoder.decode(Buffer.from(text)))
    return isPlain(value, 256) ? JSON.stringify(value) : 'error'
  } catch {
    return 'error'
  }
}

async function compareMeanings(texts: readonly (string | Uint8Array)[]): Promise<void> {
  const lines = await answers(texts.map((text) => ({ operation: 'again', text })))
  texts.forEach((text, i) => {
    const line = lines[i] ?? ''
    assert.is(line === 'error' ? line : meaning(line), meaning(text), Buffer.from(text).toString())
  })
}

const CHOSEN: readonly (string | Uint8Array)[] = [
  ...[
    '',
    ' ',
    '{}',
    '[]',
    ' [ ] ',
    '{ }',
    '[[],{}]',
    '[1,2]',
    '[1,2,]',
    '[,1]',
    '[1 2]',
    '{"a":1}',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":}',
    '{a:1}',
    '{,}',
  ],
  ...[
    'true',
    'false',
    'null',
    'tru',
    'truex',
    'True',
    'nul',
    'nulll',
    '[true,false,null]',
    '"a',
    '"',
    'a"',
    '""',
    '[1]]',
    '[1',
    '{"a":[1}',
    '[1}',
  ],
  ...[
    '0',
    '-0',
    '00',
    '01',
    '-01',
    '-',
    '+1',
    '1.',
    '.5',
    '1.5',
    '1e',
    '1e+',
    '1e5',
    '1E-5',
    '1e+05',
    '0e0',
    '0.0e-0',
    '1.e1',
    '--1',
    '0x1',
    '1_0',
    'NaN',
  ],
  ...[
    '1e308',
    '1e309',
    '-1e309',
    '1e-400',
    '4.9e-324',
    '2.5e-324',
    '2.4703282292062327e-324',
    '1e999999999999',
    '0e999999999999',
    '1e-999999999999',
  ],
  ...[
    '9007199254740993',
    '9007199254740993.0000000000000000000000000001',
    `0.${'0'.repeat(400)}1e401`,
    `1${'0'.repeat(900)}e-900`,
    '123e-3',
  ],
  ...[
    '"\\u0041"',
    '"\\u00e9\\uD83D\\uDE00"',
    '"\\ud83d"',
    '"\\ude00"',
    '"\\ud83d\\u0041"',
    '"\\ud83dx"',
    '"\\ud83d\\ude0"',
    '"\\uD83D\\uD83D\\uDE00"',
  ],
  ...[
    '"\\u12g4"',
    '"\\u123"',
    '"\\x"',
    '"\\\'"',
    '"\\"',
    '"\\\\"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u0000"',
    '"a\tb"',
    '"a\nb"',
    '"\u007f"',
    '"\u2028"',
  ],
  ...['{"a":1,"a":2}', '{"":0}', '\ufeff[]', '[]\u00a0', '[]\u000b', '\t\n\r []', '// a\n1', '[1/**/]', "'a'", '"\\u0000\\uffff"'],
  ...[256, 257].flatMap((deep) => ['['.repeat(deep) + ']'.repeat(deep), '{"a":'.repeat(deep) + '1' + '}'.repeat(deep)]),
  ...[
    [0x80],
    [0xc0, 0x80],
    [0xc3],
    [0xe0, 0x9f, 0xbf],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf4, 0x8f, 0xbf, 0xbf],
  ].map((its) => Uint8Array.of(0x22, ...its, 0x22)),
  Uint8Array.of(0x5b, 0xc3, 0xa9, 0x5d),
  Uint8Array.of(0x31, 0),
]

test('texts that are JSON, and texts that nearly are', () => compareMeanings(CHOSEN))

/** Texts of JSON in which some bytes have been replaced, left out or put in. */
const broken = fc
  .tuple(
    fc.json(),
    fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...Array.from('{}[]:,"\\u0e-+.1 \n\u0001'), 0x80, 0xc3, 0xff)), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([text, edits]) => {
    const bytes = [...Buffer.from(text)]
    for (const [at, removed, put] of edits)
      bytes.splice(at % (bytes.length + 1), removed, ...(typeof put === 'string' ? Buffer.from(put) : [put]))
    return Uint8Array.from(bytes)
  })

const drawn = async (count: number, check: (run: number) => Promise<void>): Promise<void> => {
  for (let run = 0; run < count; run++) await check(run)
}

test('any value, and what is left of it when bytes are changed', () =>
  drawn(times(1), (run) =>
    compareMeanings(fc.sample(fc.oneof(fc.json(), fc.json({ stringUnit: 'binary' }), broken, broken), { numRuns: 400, seed: run + 1 })),
  ))

test('strings are written as JSON.stringify writes them, and what is no UTF-8 as decoders replace it', () =>
  drawn(times(1), async (run) => {
    const strings = fc.sample(fc.string({ unit: 'binary' }), { numRuns: 150, seed: run + 1 }).map((text) => Buffer.from(text))
    const ascii = Array.from({ length: 128 }, (_, code) => Uint8Array.of(code))
    const bytes = fc.sample(fc.uint8Array({ maxLength: 20 }), { numRuns: 150, seed: run + 1 })
    const ends = fc.sample(fc.array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x9f, 0xa0, 0x8f, 0x90)), {
      numRuns: 300,
      seed: run + 1,
    })
    const all = [...strings, ...ascii, ...bytes, ...ends.map((its) => Uint8Array.from(its))]
    const lines = await answers(all.map((text) => ({ operation: 'string', text })))
    all.forEach((text, i) => {
      assert.is(lines[i], JSON.stringify(Buffer.from(text).toString()), Buffer.from(text).toString('hex'))
    })
  }))

test('a REAL64 that is written is the same when it is read', () =>
  drawn(times(1), async (run) => {
    const chosen = [
      0,
      -0,
      1,
      -1,
      0.1,
      0.3,
      1e21,
      1e20,
      123456789012345680000,
      1e-6,
      1e-7,
      5e-324,
      Number.MAX_VALUE,
      2 ** 53 + 1,
      1 / 3,
      1e22,
      1e23,
      9.5e-5,
    ]
    const numbers = [...chosen, ...fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 300, seed: run + 1 })]
    const lines = await answers(numbers.map((x) => ({ operation: 'again', text: Object.is(x, -0) ? '-0' : JSON.stringify(x) })))
    numbers.forEach((x, i) => {
      assert.ok(Object.is(JSON.parse(lines[i] ?? ''), x), `${lines[i] ?? ''} for ${x}`)
    })
    chosen.slice(2, 11).forEach((x, i) => assert.is(lines[i + 2], JSON.stringify(x)))
  }))

/** @returns the whole number that a text stands for, where there is one in 64 bits */
function whole(text: string): string {
  const [, sign = '', digits = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const at = digits.length + Number(power)
  const all = (digits + fraction).padEnd(Math.max(0, at), '0')
  if (/[1-9]/.test(all.slice(Math.max(0, at))) || !/[1-9]/.test(all)) return /[1-9]/.test(all) ? 'error' : '0'
  const n = BigInt(`${sign}${all.slice(0, Math.max(0, at))}`)
  return BigInt.asIntN(64, n) === n ? n.toString() : 'error'
}

test('a number is an INT64, or an INT, when it is whole and has a place there, however it is written', () =>
  drawn(times(1), async (run) => {
    const ends = [2n ** 31n, 2n ** 63n, 10n ** 18n, 0n].flatMap((n) => [n - 1n, n, n + 1n, -n - 1n, -n, -n + 1n]).map(String)
    const chosen = [
      '0',
      '-0',
      '0.0',
      '0e5',
      '1e18',
      '1e19',
      '9.223372036854775807e18',
      '9223372036854775808e0',
      '92233720368547758070e-1',
      '1.5',
      '15e-1',
      '150e-1',
    ]
    const part = fc.stringMatching(/^(0|[1-9][0-9]{0,20})$/)
    const written = fc
      .tuple(
        fc.constantFrom('', '-'),
        part,
        fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{0,4}0{0,3}0$/)),
        fc.oneof(fc.constant(''), fc.stringMatching(/^e[-+]?1?[0-9]$/)),
      )
      .map((parts) => parts.join(''))
    const all = [...ends, ...chosen, ...fc.sample(written, { numRuns: 400, seed: run + 1 })]
    const lines = await answers(all.map((text) => ({ operation: 'int', text })))
    all.forEach((text, i) => {
      assert.is(lines[i], whole(text), text)
    })
  }))

const KINDS = { object: 1, array: 2, string: 3, number: 4, true: 5, false: 6, null: 7 } as const

function kindOf(value: unknown): number {
  if (value === null) return KINDS.null
  if (typeof value === 'boolean') return value ? KINDS.true : KINDS.false
  if (typeof value === 'string') return KINDS.string
  if (typeof value === 'number') return KINDS.number
  return Array.isArray(value) ? KINDS.array : KINDS.object
}

/** @returns the line for the value that a pointer names */
function found(value: unknown, path: readonly string[]): string {
  let its = value
  for (const step of path) {
    if (typeof its !== 'object' || its === null) return '0 '
    if (Array.isArray(its) ? !/^(0|[1-9]\d*)$/.test(step) || Number(step) >= its.length : !Object.hasOwn(its, step)) return '0 '
    its = (its as Record<string, unknown>)[step] // it has it
  }
  const text = JSON.stringify(its)
  return `${kindOf(its)} ${typeof its === 'string' ? text.slice(1, -1) : text}`
}

test('values are found by their pointers', () =>
  drawn(times(1), async (run) => {
    const name = fc.constantFrom('a', 'b', '', '/', '~', '~1', 'é', '0', '1', '01', '\u{1f600}', '"', '\n')
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, fc.nat(9), fc.constantFrom('x', 'y\n', null, true, false), tie('list'), tie('object')),
      list: fc.array(tie('tree'), { maxLength: 3 }),
      object: fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
    }))
    const cases = fc.sample(fc.tuple(tree, fc.array(name, { maxLength: 3 })), { numRuns: 400, seed: run + 1 })
    const pointer = (path: readonly string[]): string => path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    const lines = await answers(cases.map(([value, path]) => ({ operation: 'find', text: JSON.stringify(value), second: pointer(path) })))
    cases.forEach(([value, path], i) => {
      assert.is(lines[i], found(value, path), `${JSON.stringify(value)} ${pointer(path)}`)
    })
    const others: readonly (readonly [text: string, pointer: string, line: string])[] = [
      [' {"a": [ 1 , "x" ] } ', '', '1 {"a": [ 1 , "x" ] }'],
      [' {"a": [ 1 , "x" ] } ', '/a', '2 [ 1 , "x" ]'],
      ['{"a":1,"b":2,"a":3}', '/a', '4 3'],
      ['{"a":{"b":1},"a":{}}', '/a/b', '0 '],
      ['{"\\u0061":1}', '/a', '4 1'],
      ['{"a":1}', 'a', '0 '],
      ['{"a":1}', '/a/', '0 '],
      ['[1,2', '/0', '12 '],
      ['[7]', '/-', '0 '],
      ['[7]', '/00', '0 '],
    ]
    const more = await answers(others.map(([text, second]) => ({ operation: 'find', text, second })))
    others.forEach(([text, second, line], i) => {
      assert.is(more[i], line, `${text} ${second}`)
    })
  }))

test.run()
