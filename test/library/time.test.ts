/** The library time under virtual time: long waits take as long as they say, and dates agree with an oracle that counts days one by one or in BigInt. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BEGINNING, output } from './run-program.ts'

const test = suite('time')

const DAY = 86_400_000_000n

/** @returns a / b, rounded down */
const floor = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b)

const isLeap = (year: bigint): boolean => (year % 4n === 0n && year % 100n !== 0n) || year % 400n === 0n

/** @returns year, month, day and day of the year of a day, counted from 1 January 1970, by going from year to year within 400 of them */
function dateOf(day: bigint): readonly [bigint, number, number, number] {
  const era = floor(day, 146097n)
  let year = 1970n + era * 400n
  let left = Number(day - era * 146097n)
  for (;;) {
    const length = isLeap(year) ? 366 : 365
    if (left < length) break
    left -= length
    year++
  }
  const ofYear = left + 1
  const months = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  let month = 0
  while (left >= (months[month] ?? 0)) left -= months[month++] ?? 0
  return [year, month + 1, left + 1, ofYear]
}

/** @returns what SPLITTER prints for an instant in a zone */
function expected(instant: bigint, zone: number): string {
  const micros = ((instant % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = floor(instant, 1_000_000n) + BigInt(zone) * 60n
  const day = floor(seconds, 86_400n)
  const [year, month, ofMonth, ofYear] = dateOf(day)
  const of = Number(seconds - day * 86_400n)
  const weekday = Number((((day + 3n) % 7n) + 7n) % 7n) + 1
  return [year, month, ofMonth, Math.floor(of / 3600), Math.floor(of / 60) % 60, of % 60, micros, weekday, ofYear, 'TRUE'].join(' ')
}

const SPLITTER = `
#USE "course"
#USE "time"
PROC main (CHAN BYTE keyboard?, screen!)
  INT count, high, low, zone:
  BOOL ok, there:
  INT64 again:
  SEQ
    file.in.int (count, 12, ok, keyboard?)
    SEQ i = 0 FOR count
      SEQ
        file.in.int (high, 12, ok, keyboard?)
        file.in.int (low, 12, ok, keyboard?)
        file.in.int (zone, 12, ok, keyboard?)
        VAL [2]INT both IS [low, high]:
        VAL INT64 instant RETYPES both:
        VAL DATE.TIME d IS time.split (instant, zone):
        VAL fields IS [d[year], d[month], d[day], d[hour], d[minute], d[second], d[microsecond], d[weekday], d[day.of.year]]:
        SEQ
          SEQ f = 0 FOR SIZE fields
            SEQ
              out.int (fields[f], 0, screen!)
              screen ! ' '
          there, again := time.join (d)
          out.bool (there AND (again = instant), 0, screen!)
          screen ! '*n'
:
`

test('dates of any instant, in any zone', async () => {
  let state = 2026
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) / 2 ** 24
  }
  const below = (n: number): number => Math.floor(next() * n)
  const most = 2n ** 63n - 1n
  const cases: [bigint, number][] = [
    ...[0n, -1n, 1n, most, -most - 1n, most - 1n].flatMap((instant): [bigint, number][] => [
      [instant, 0],
      [instant, 840],
      [instant, -720],
    ]),
    // the ends of months and of years, of centuries and of millennia
    ...[
      -400n,
      -4n,
      -1n,
      0n,
      1n,
      4n,
      1582n,
      1600n,
      1700n,
      1899n,
      1900n,
      1969n,
      1970n,
      1972n,
      1999n,
      2000n,
      2024n,
      2100n,
      9999n,
      10000n,
    ].flatMap((year) => {
      const first = BigInt(Date.UTC(2000, 0, 1)) / 86_400_000n + floor(year - 2000n, 400n) * 146097n
      const within = (((year - 2000n) % 400n) + 400n) % 400n
      let day = first
      for (let y = 0n; y < within; y++) day += isLeap(y) ? 366n : 365n
      return [0n, 31n, 58n, 59n, 60n, 364n, 365n].flatMap((n): [bigint, number][] => [
        [(day + n) * DAY, 0],
        [(day + n) * DAY - 1n, 0],
      ])
    }),
  ]
  while (cases.length < 1200) {
    const size = 2n ** BigInt(10 + below(53))
    const instant = (BigInt(below(2 ** 24)) * size) / 2n ** 24n
    cases.push([next() < 0.5 ? -instant : instant, below(3) === 0 ? below(1680) - 840 : 0])
  }
  const lines = cases.map(([instant, zone]) => `${BigInt.asIntN(32, instant >> 32n)} ${BigInt.asIntN(32, instant)} ${zone}`)
  const printed = (await output(SPLITTER, `${cases.length}\n${lines.join('\n')}\n`)).split('\n')
  cases.forEach(([instant, zone], i) => {
    assert.is(printed[i], expected(instant, zone), `${instant} in the zone ${zone}`)
  })
})

test('where JavaScript has dates they are the same', () => {
  for (let i = -1000; i <= 1000; i++) {
    const date = new Date(i * 7.7e10)
    const fields = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()]
    assert.ok(expected(BigInt(date.getTime()) * 1000n, 0).startsWith(fields.join(' ')), date.toISOString())
  }
})

const WAITING = `
#USE "course"
#USE "time"
PROC main (CHAN BYTE screen!)
  [40]BYTE text:
  INT64 before, now:
  INT len, zone:
  PROC show ()
    SEQ
      time.now (now)
      time.to.iso (len, text, now - (now \\ 1000000), zone)
      out.string ([text FOR len], 0, screen!)
      screen ! '*n'
  :
  SEQ
    time.zone (zone)
    show ()
    sleep (86400000000(INT64))
    show ()
    sleep.ms (31536000000(INT64))
    show ()
    time.now (before)
    sleep.until (before + 1000000000000(INT64))
    show ()
    ASSERT ((now - before) >= 1000000000000(INT64))
    ASSERT ((now - before) < 1000001000000(INT64))
:
`

test('a wait lasts as long as it says', async () => {
  const iso = (micros: bigint): string => `${new Date(Number(micros / 1000n) + 90 * 60_000).toISOString().slice(0, 19)}+01:30`
  const times = [0n, DAY, 366n * DAY, 366n * DAY + 1_000_000_000_000n]
  assert.equal(
    (await output(WAITING)).split('\n').slice(0, -1),
    times.map((t) => iso(BEGINNING + t)),
  )
})

test.run()
