/** Loops that go over every value around a limit, with conditions that keep what would leave it away, or nearly. */
import type { Random } from '../random.ts'
import type { Machine } from './machine.ts'
import type { Writer } from './writer.ts'

/** A subscript for each value of a variable from below the array to beyond it. */
export function subscripts(w: Writer, m: Machine): boolean {
  const { random } = w
  const array = random.maybe(m.arrays)
  if (array === undefined || m.weight > 100) return false
  const low = random.pick([0, 0, 1, 2, 3, -2, 100])
  const high = low + array.size
  const x = w.name('x')
  w.line(`INITIAL INT ${x} IS ${literal(low - 2)}:`)
  const index = random.pick([`${x} - ${literal(low)}`, `${x} - ${literal(low)}`, `${literal(high - 1)} - ${x}`])
  const variable = random.maybe(m.variables.filter(({ writable, type }) => writable && type === array.type))
  const use = array.writable && random.chance(60) ? `${array.name}[${index}] := ${array.name}[${index}] ${random.pick(['PLUS', '><'])} 1` : variable === undefined ? `ASSERT (${array.name}[${index}] <> 101)` : `${variable.name} := ${array.name}[${index}]` // prettier-ignore
  w.block(`WHILE ${x} < ${literal(high + 2)}`, () => {
    w.block('SEQ', () => {
      guarded(w, lower(random, x, near(random, low)), upper(random, x, near(random, high - 1)), use)
      w.line(`${x} := ${x} + 1`)
    })
  })
  return true
}

/** Arithmetic for each value just inside of a type. */
export function overflows(w: Writer, m: Machine): boolean {
  const { random } = w
  if (m.weight > 100) return false
  const [type, least, most] = random.pick([['INT', -2147483648, 2147483647], ['INT16', -32768, 32767], ['BYTE', 0, 255], ['INT32', -2147483648, 2147483647]] as const) // prettier-ignore
  const up = random.chance(50)
  const by = random.between(1, 4)
  const [x, y, i] = [w.name('x'), w.name('y'), w.name('i')]
  const typed = (n: number): string => literal(n, type === 'INT' ? '' : `(${type})`)
  w.line(`INITIAL ${type} ${x} IS ${typed(up ? most : least)}:`)
  w.line(`${type} ${y}:`)
  w.block(`SEQ ${i} = 0 FOR 6`, () => {
    w.block('SEQ', () => {
      const edge = near(random, up ? most - by : least + by)
      const guard = up ? upper(random, x, edge, typed) : lower(random, x, edge, typed)
      guarded(w, guard, 'TRUE', `${y} := ${x} ${up ? '+' : '-'} ${typed(by)}`)
      w.line(`${x} := ${x} ${up ? '-' : '+'} ${typed(1)}`)
    })
  })
  return true
}

const literal = (n: number, decoration = ''): string => (n < 0 ? `(${n}${decoration})` : `${n}${decoration}`)

/** @returns the limit, seldom one beside it */
const near = (random: Random, limit: number): number => (random.chance(85) ? limit : limit + random.pick([-1, 1]))

/** @returns a condition that says that `x` is not below `n` */
function lower(random: Random, x: string, n: number, typed = (k: number): string => literal(k)): string {
  return random.pick([`(${x} >= ${typed(n)})`, `(NOT (${x} < ${typed(n)}))`, `(${typed(n)} <= ${x})`, `(NOT (${typed(n)} > ${x}))`])
}

/** @returns a condition that says that `x` is not above `n` */
function upper(random: Random, x: string, n: number, typed = (k: number): string => literal(k)): string {
  return random.pick([`(${x} <= ${typed(n)})`, `(NOT (${x} > ${typed(n)}))`, `(${typed(n)} >= ${x})`, `(NOT (${typed(n)} < ${x}))`])
}

/** Does `use` where both conditions hold. */
function guarded(w: Writer, one: string, other: string, use: string): void {
  const { random } = w
  const [first, second] = random.shuffled([one, other]) as [string, string] // two in, two out
  w.block('IF', () => {
    switch (random.below(3)) {
      case 0:
        w.block(`${first} AND ${second}`, () => w.line(use))
        break
      case 1:
        w.block(`(NOT ${first}) OR (NOT ${second})`, () => w.line('SKIP'))
        w.block('TRUE', () => w.line(use))
        return
      default:
        w.block(`NOT ${first}`, () => w.line('SKIP'))
        w.block(second, () => w.line(use))
    }
    w.block('TRUE', () => w.line('SKIP'))
  })
}
