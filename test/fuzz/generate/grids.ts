/** Loops that count over arrays of one to three dimensions: by every step, to every limit, and sometimes beyond the edge of an array or a type. */
import type { Writer } from './writer.ts'

const TYPES = ['INT', 'INT', 'INT16', 'BYTE', 'INT64', 'INT32'] as const
const COUNTERS = ['INT', 'INT', 'INT', 'INT16', 'BYTE', 'INT32'] as const
type Counting = (typeof COUNTERS)[number]

const MOST: Readonly<Record<Counting, number>> = { INT: 2147483647, INT32: 2147483647, INT16: 32767, BYTE: 255 }

interface Grid {
  readonly name: string
  readonly type: string
  readonly sizes: readonly number[]
}

interface Place {
  readonly grids: readonly Grid[]
  /** The counters around, as INT, those of types at their edges left out. */
  readonly counters: readonly string[]
  /** Loops around. */
  readonly depth: number
  readonly weight: number
}

/** Writes a PROC or a FUNCTION that loops, and the main process, which calls it and prints what became of the arrays. */
export function grids(w: Writer): void {
  const { random } = w
  const all = Array.from({ length: random.between(1, 3) }, () => ({
    name: w.name('g'),
    type: random.pick(TYPES),
    sizes: Array.from({ length: random.between(1, 3) }, () => random.between(1, 6)),
  }))
  const pure = random.chance(25)
  const formals = all.map(({ name, type, sizes }) => {
    const open = random.chance(50)
    return `${pure ? 'VAL ' : ''}${sizes.map((n) => (open ? '[]' : `[${n}]`)).join('')}${type} ${name}`
  })
  const body = (): void => {
    w.line('VAL INT step IS (p /\\ 3) + 1:')
    if (pure) for (const { name } of all) w.line(`INITIAL ${written(all, name)} own.${name} IS ${name}:`)
    const own = pure ? all.map((g) => ({ ...g, name: `own.${g.name}` })) : all
    const place = { grids: own, counters: ['p'], depth: 0, weight: 1 }
    const block = (): void =>
      w.block('SEQ', () => {
        for (let n = random.between(1, 3); n > 0; n--) loop(w, place)
      })
    if (!pure) return block()
    w.line('INITIAL INT sum IS 0:')
    w.block('VALOF', () => {
      block()
      w.line('RESULT sum')
    })
  }
  const head = `${pure ? 'INT FUNCTION' : 'PROC'} work (${[...formals, 'VAL INT n', 'VAL INT p', ...(pure ? [] : ['INT sum'])].join(', ')})`
  w.block(head, body)
  w.line(':')
  w.block('PROC main (CHAN BYTE screen!)', () => {
    for (const { name, type, sizes } of all) w.line(`${sizes.map((n) => `[${n}]`).join('')}${type} ${name}:`)
    w.line('INITIAL INT sum IS 0:')
    w.block('SEQ', () => {
      for (let calls = random.between(1, 3); calls > 0; calls--) {
        const actuals = [...all.map(({ name }) => name), String(random.between(0, 6)), String(random.pick([0, 1, 1, 2, 3]))]
        w.line(pure ? `sum := sum PLUS work (${actuals.join(', ')})` : `work (${[...actuals, 'sum'].join(', ')})`)
        for (const name of ['sum', ...all.map((g) => g.name)]) {
          w.line(`VAL []BYTE bytes RETYPES ${name}:`)
          w.line('show (bytes, screen!)')
        }
      }
    })
  })
  w.line(':')
}

function written(all: readonly Grid[], name: string): string {
  const grid = all.find((g) => g.name === name)
  return `${grid?.sizes.map((n) => `[${n}]`).join('') ?? ''}${grid?.type ?? ''}`
}

function loop(w: Writer, place: Place): void {
  const { random } = w
  if (random.chance(35)) replicated(w, place)
  else counted(w, place)
}

function within(place: Place, counter?: string): Place {
  const counters = counter === undefined ? place.counters : [...place.counters, counter]
  return { ...place, counters, depth: place.depth + 1, weight: place.weight * 5 }
}

function replicated(w: Writer, place: Place): void {
  const { random } = w
  const i = w.name('i')
  const step = random.weighted([[6, ''], [1, ' STEP 2'], [1, ' STEP step'], [1, ' STEP -1']] as const) // prettier-ignore
  const from = step === ' STEP -1' ? String(random.between(2, 5)) : random.pick(['0', '0', '1', 'p'])
  w.block(`SEQ ${i} = ${from} FOR ${random.pick([limit(w, place), String(random.between(0, 4))])}${step}`, () => body(w, within(place, i)))
}

/** A WHILE whose counter is any integer, and starts at the beginning, or not far from the edge of its type. */
function counted(w: Writer, place: Place): void {
  const { random } = w
  const type = random.pick(COUNTERS)
  const c = w.name('c')
  const [up, far] = [random.chance(75), random.chance(15)]
  const typed = (n: number | string): string => (type === 'INT' ? String(n) : typeof n === 'number' ? `${n}(${type})` : `(${type} ${n})`)
  const least = type === 'BYTE' ? 0 : type === 'INT16' ? -32768 : -2147483648
  const bracketed = (n: number): string => (n < 0 ? `(${typed(n)})` : typed(n))
  const edge = up ? MOST[type] : least
  const start = far
    ? bracketed(edge + (up ? -1 : 1) * random.between(0, 7))
    : up
      ? typed(random.pick([0, 0, 0, 1, 1, 2]))
      : typed(random.between(1, 6))
  const end = far
    ? bracketed(edge + (up ? -1 : 1) * random.between(0, 2))
    : up
      ? typed(bare(limit(w, place)))
      : typed(random.pick([0, 0, 1]))
  const order = up ? random.pick(['<', '<', '<=']) : random.pick(['>', '>', '>='])
  const more = random.chance(80)
    ? `(${c} ${order} ${end})`
    : `(${end} ${order === '<' ? '>' : order === '>' ? '<' : order === '<=' ? '>=' : '<='} ${c})`
  const index = type === 'INT' ? c : `(INT ${c})`
  const inner = within(place, far ? undefined : index)
  const amount = random.weighted([[6, typed(1)], [2, typed(2)], [1, typed(3)], [2, typed('step')]] as const) // prettier-ignore
  const count = up && random.chance(20) ? `${c} := ${amount} + ${c}` : `${c} := ${c} ${up ? '+' : '-'} ${amount}`
  const other = random.chance(25) ? element(w, place, random.chance(50) ? index : undefined) : undefined
  const condition =
    other === undefined ? more : random.chance(70) ? `${more} AND (${other} <> ${other})` : `(${other} = ${other}) AND ${more}`
  w.line(`INITIAL ${type} ${c} IS ${start}:`)
  w.block(`WHILE ${other !== undefined && condition.includes('<> ') ? condition.replace('<>', '=') : condition}`, () => {
    w.block('SEQ', () => {
      const first = random.chance(20)
      if (first) w.line(count)
      body(w, inner)
      if (!first) w.line(count)
    })
  })
}

const bare = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

/** @returns how often a loop goes round, or what it counts to */
function limit(w: Writer, place: Place): string {
  const { random } = w
  const grid = random.pick(place.grids)
  const at = random.below(grid.sizes.length)
  const part = `${grid.name}${'[0]'.repeat(at)}`
  return random.weighted([[3, `(SIZE ${part})`], [2, `((SIZE ${part}) - 1)`], [2, String(grid.sizes[at])], [2, 'n'], [1, `(n - 1)`]] as const) // prettier-ignore
}

function body(w: Writer, place: Place): void {
  const { random } = w
  const statements = (): void => {
    for (let n = random.between(1, 2); n > 0; n--) {
      if (place.depth < 3 && random.chance(45)) loop(w, place)
      else statement(w, place)
    }
  }
  if (random.chance(15)) {
    w.block('IF', () => {
      w.block(`${index(w, place, 3)} ${random.pick(['>', '<', '='])} ${random.below(4)}`, () => w.block('SEQ', statements))
      w.block('TRUE', () => w.line('SKIP'))
    })
  } else w.block('SEQ', statements)
}

function statement(w: Writer, place: Place): void {
  const { random } = w
  const grid = random.pick(place.grids)
  const target = element(w, { ...place, grids: [grid] })
  const source = element(w, { ...place, grids: [grid] })
  const row = grid.sizes.length > 1 ? index(w, place, grid.sizes[0] ?? 1) : undefined
  const text = random.weighted([
    [4, `${target} := ${source} PLUS ${random.pick([source, `1(${grid.type})`])}`],
    [2, `${target} := ${source} + 1(${grid.type})`],
    [2, `${target} := ${random.below(5)}(${grid.type})`],
    [3, `sum := (sum TIMES 31) PLUS ${grid.type === 'INT64' || grid.type === 'INT' ? index(w, place, 9) : `(INT ${source})`}`],
    [
      1,
      row === undefined
        ? `sum := sum + ${index(w, place, 9)}`
        : `${grid.name}[${row}] := ${grid.name}[${index(w, place, grid.sizes[0] ?? 1)}]`,
    ],
  ])
  w.line(text)
}

/** @returns an element, inside its array or nearly */
function element(w: Writer, place: Place, counter?: string): string {
  const { name, sizes } = w.random.pick(place.grids)
  const counters = counter === undefined ? place.counters : [counter]
  return `${name}${sizes.map((size) => `[${index(w, { ...place, counters }, size)}]`).join('')}`
}

function index(w: Writer, { counters }: Place, size: number): string {
  const { random } = w
  const i = random.pick(counters.slice(-3))
  return random.weighted([
    [8, i],
    [4, `(${i} \\ ${size})`],
    [2, `(${i} /\\ 1)`],
    [2, `(${i} + 1)`],
    [2, `(${i} - 1)`],
    [1, `(${i} * 2)`],
    [2, `(${i} / 2)`],
    [2, `(${size - 1} - ${i})`],
    [1, `(${i} + ${random.pick(counters)})`],
    [2, String(random.below(size))],
  ])
}
