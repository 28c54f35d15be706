/**
 * Programs that live near the limits of types and arrays: loops, choices and messages that narrow variables, and arithmetic and subscripts
 * that just fit or just do not. What is not known to fit is checked; the faults of these programs tell whether a check is missing.
 */
import type { Random } from '../random.ts'
import { overflows, subscripts } from './edges.ts'
import { INTEGERS, type Integer, type Machine } from './machine.ts'
import { condition, constant, index, value } from './narrow.ts'
import type { Writer } from './writer.ts'

type Maker = (w: Writer, m: Machine, size: number) => boolean

const SIMPLE: readonly (readonly [number, Maker])[] = [
  [8, assignment],
  [6, element],
  [3, stepping],
  [2, exchange],
  [2, call],
  [2, apply],
  [1, assertion],
]

const LARGE: readonly (readonly [number, Maker])[] = [
  [6, choice],
  [3, selection],
  [5, whileLoop],
  [6, replicated],
  [2, searching],
  [2, parallel],
  [3, messages],
  [2, declaration],
  [2, sliced],
  [4, subscripts],
  [3, overflows],
]

/** Writes a process. */
function process(w: Writer, m: Machine, size: number): void {
  const { random } = w
  if (size > 0 && random.chance(35)) {
    w.block('SEQ', () => {
      for (let n = random.between(2, 4); n > 0; n--) process(w, m, size - 1)
    })
    return
  }
  for (let tries = 0; tries < 6; tries++) if (random.weighted(size > 0 && random.chance(60) ? LARGE : SIMPLE)(w, m, size)) return
  w.line('SKIP')
}

// ---------------------------------------------------------------------------------------------- simple

const written = (m: Machine): Machine['variables'] => m.variables.filter(({ writable }) => writable)

function assignment(w: Writer, m: Machine): boolean {
  const variable = w.random.maybe(written(m))
  if (variable === undefined) return false
  w.line(`${variable.name} := ${value(w, m, variable.type, 2)}`)
  return true
}

function stepping(w: Writer, m: Machine): boolean {
  const variable = w.random.maybe(written(m))
  if (variable === undefined) return false
  w.line(
    `${variable.name} := ${variable.name} ${w.random.pick(['+', '-', '+', '-', '*'])} ${constant(w.random, variable.type, m.size, true)}`,
  )
  return true
}

function element(w: Writer, m: Machine): boolean {
  const array = w.random.maybe(m.arrays.filter(({ writable }) => writable))
  if (array === undefined) return false
  w.line(`${array.name}[${index(w, m, array.size)}] := ${value(w, m, array.type, 1)}`)
  return true
}

function exchange(w: Writer, m: Machine): boolean {
  const { random } = w
  const [first, second] = random.shuffled(written(m))
  if (first === undefined || second === undefined) return false
  w.line(`${first.name}, ${second.name} := ${value(w, m, first.type, 1)}, ${value(w, m, second.type, 1)}`)
  return true
}

function call(w: Writer, m: Machine): boolean {
  const routine = w.random.maybe(m.routines)
  const variable = w.random.maybe(written(m).filter(({ type }) => type === 'INT'))
  if (routine === undefined || variable === undefined) return false
  w.line(`${routine} (${variable.name}, ${value(w, { ...m, variables: m.variables.filter((v) => v !== variable) }, 'INT', 1)})`)
  return true
}

/** A call, alone or among other operands, each of which may fault first. */
function apply(w: Writer, m: Machine): boolean {
  const [f, variable] = [w.random.maybe(m.functions), w.random.maybe(written(m).filter(({ type }) => type === 'INT'))]
  if (f === undefined || variable === undefined) return false
  const operand = (depth = 1): string => value(w, m, 'INT', depth)
  const called = `${f} (${operand()}, ${w.random.chance(80) ? operand() : `${f} (${operand()}, ${operand()})`})`
  const array = w.random.maybe(m.arrays.filter(({ type }) => type === 'INT'))
  const target = array?.writable === true && !m.pure && w.random.chance(30) ? `${array.name}[${index(w, m, array.size)}]` : variable.name
  const text = w.random.weighted([
    [4, called],
    [2, `(${operand()} + ${called})`],
    [2, `(${called} - ${operand()})`],
    [1, `(${operand()} / (${called} + ${operand()}))`],
    [1, array === undefined ? called : `${array.name}[${called}]`],
  ])
  w.line(`${target} := ${text}`)
  return true
}

function assertion(w: Writer, m: Machine): boolean {
  w.line(`ASSERT (${condition(w, m, 1)} OR TRUE)`)
  return true
}

// ---------------------------------------------------------------------------------------------- choices

function choice(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  w.block('IF', () => {
    for (let n = random.between(1, 3); n > 0; n--) w.block(condition(w, m, 2), () => process(w, m, size - 1))
    w.block('TRUE', () => (random.chance(50) ? w.line('SKIP') : process(w, m, size - 1)))
  })
  return true
}

function selection(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const variable = random.maybe(m.variables)
  if (variable === undefined) return false
  const labels = [...new Set(Array.from({ length: random.between(1, 5) }, () => constant(random, variable.type, m.size, false)))]
  w.block(`CASE ${variable.name}`, () => {
    while (labels.length > 0) w.block(labels.splice(0, random.between(1, 2)).join(', '), () => process(w, m, size - 1))
    w.block('ELSE', () => process(w, m, size - 1))
  })
  return true
}

/** A replicated IF: the way out of a loop. */
function searching(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const i = w.name('i')
  const inner = looped(m, 4, i)
  if (inner === undefined) return false
  w.block('IF', () => {
    w.block(`IF ${i} = ${random.pick(['0', '0', '1', '-1'])} FOR ${random.between(1, m.size + 1)}`, () => {
      w.block(condition(w, inner, 1), () => process(w, inner, size - 1))
    })
    w.block('TRUE', () => process(w, m, size - 1))
  })
  return true
}

// ---------------------------------------------------------------------------------------------- loops

/** @returns what may stand in a loop of so many rounds, if there is time for one */
function looped(m: Machine, rounds: number, name?: string): Machine | undefined {
  if (m.weight * rounds > 1200) return undefined
  const variables = name === undefined ? m.variables : [...m.variables, { name, type: 'INT' as const, writable: false }]
  return { ...m, variables, weight: m.weight * rounds }
}

/** Ends after some rounds whatever its condition says. */
function whileLoop(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const rounds = random.between(2, 12)
  const inner = looped(m, rounds + 1)
  if (inner === undefined) return false
  const fuel = w.name('fuel')
  const down = random.chance(50)
  w.line(`INITIAL INT ${fuel} IS ${down ? rounds : 0}:`)
  const end = String(down ? random.between(0, 1) : rounds)
  const order = random.pick(down ? ['>', '>='] : ['<', '<='])
  const more = random.chance(80) ? `(${fuel} ${order} ${end})` : `(${end} ${order.replace(/[<>]/, down ? '<' : '>')} ${fuel})`
  const amount = random.weighted([
    [6, '1'],
    [2, '2'],
    [1, '3'],
  ] as const)
  const step = down || random.chance(70) ? `${fuel} := ${fuel} ${down ? '-' : '+'} ${amount}` : `${fuel} := ${amount} + ${fuel}`
  const readable = { ...inner, variables: [...inner.variables, { name: fuel, type: 'INT' as const, writable: false }] }
  w.block(`WHILE ${random.pick([`${more} AND ${condition(w, m, 1)}`, `${condition(w, m, 0)} AND ${more}`, more])}`, () => {
    w.block('SEQ', () => {
      const first = random.chance(50)
      if (first) w.line(step)
      process(w, readable, size - 1)
      if (random.chance(60)) stepping(w, inner)
      if (!first) w.line(step)
    })
  })
  return true
}

function replicated(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const i = w.name('i')
  const inner = looped(m, 4, i)
  if (inner === undefined) return false
  const few = m.variables.filter(({ type }) => type === 'INT')
  const any = random.maybe(few)?.name ?? '3'
  const most = m.arrays[0]
  const count = random.weighted([
    [4, String(random.between(0, m.size + 1))],
    [3, `(${any} /\\ 7)`],
    [1, `(${any} \\ 5)`],
    [3, most === undefined ? '2' : `(SIZE ${most.name})`],
    [1, most === undefined ? '2' : `((SIZE ${most.name}) - 1)`],
  ])
  const base = random.weighted([[5, '0'], [2, String(random.between(-3, 3))], [3, any], [1, '2147483640'], [1, '(-2147483648)']]) // prettier-ignore
  const step = random.weighted([
    [7, ''],
    [1, ' STEP 1'],
    [1, ' STEP 2'],
    [1, ' STEP -1'],
    [1, ` STEP (${any} /\\ 3)`],
  ])
  w.block(`SEQ ${i} = ${base} FOR ${count}${step}`, () => process(w, inner, size - 1))
  return true
}

// ---------------------------------------------------------------------------------------------- PAR and messages

/** Branches with variables of their own, whose values come back at the end. */
function parallel(w: Writer, m: Machine, size: number): boolean {
  if (m.pure) return false
  const [left, right] = parted(w.random, m)
  w.block('PAR', () => {
    process(w, left, size - 1)
    process(w, right, size - 1)
  })
  return true
}

/** @returns two parts of the variables and arrays */
function parted(random: Random, m: Machine): readonly [Machine, Machine] {
  const owner = new Map([...m.variables, ...m.arrays].map((each) => [each.name, each.writable ? random.below(2) : 2]))
  const part = (branch: number): Machine => {
    const mine = ({ name }: { readonly name: string }): boolean => owner.get(name) === branch || owner.get(name) === 2
    return { ...m, variables: m.variables.filter(mine), arrays: m.arrays.filter(mine) }
  }
  return [part(0), part(1)]
}

/** One branch sends, the other receives into a variable that stands in its conditions and subscripts. */
function messages(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const rounds = random.between(1, 5)
  const inner = looped(m, rounds)
  if (m.pure || inner === undefined) return false
  const [sender, receiver] = parted(random, inner)
  const type = random.pick(INTEGERS)
  const [c, got, i, j] = [w.name('c'), w.name('got'), w.name('i'), w.name('j')]
  const index = (name: string): Machine['variables'] => [{ name, type: 'INT', writable: false }]
  w.line(`CHAN ${type} ${c}:`)
  w.block('PAR', () => {
    w.block(`SEQ ${i} = 0 FOR ${rounds}`, () => {
      w.line(`${c} ! ${value(w, { ...sender, variables: [...sender.variables, ...index(i)] }, type, 1)}`)
    })
    w.line(`INITIAL ${type} ${got} IS ${constant(random, type, m.size, false)}:`)
    const with_ = { ...receiver, variables: [...receiver.variables, ...index(j), { name: got, type, writable: true }] }
    w.block(`SEQ ${j} = 0 FOR ${rounds}`, () => {
      if (random.chance(50)) {
        w.block(random.pick(['ALT', 'PRI ALT']), () => {
          if (random.chance(40)) w.block('FALSE & SKIP', () => w.line('STOP'))
          w.block(`${c} ? ${got}`, () => process(w, with_, size - 1))
        })
      } else {
        w.block('SEQ', () => {
          w.line(`${c} ? ${got}`)
          process(w, with_, size - 1)
        })
      }
    })
  })
  return true
}

// ---------------------------------------------------------------------------------------------- others

/** A variable or a name for a value. */
function declaration(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const type = random.pick(INTEGERS)
  const name = w.name('x')
  const writable = random.chance(70)
  if (!writable) w.line(`VAL ${type} ${name} IS ${value(w, m, type, 2)}:`)
  else if (random.chance(30)) w.line(`${type} ${name}:`)
  else w.line(`INITIAL ${type} ${name} IS ${value(w, m, type, 1)}:`)
  // What a name for a value was made of stays as it is.
  const rest = writable ? m : { ...m, variables: m.variables.map((v) => ({ ...v, writable: false })), arrays: m.arrays.map((a) => ({ ...a, writable: false })) } // prettier-ignore
  process(w, { ...rest, variables: [...rest.variables, { name, type, writable }] }, size - 1)
  return true
}

/** A part of an array, from a variable place on or of a variable size. */
function sliced(w: Writer, m: Machine, size: number): boolean {
  const { random } = w
  const array = random.maybe(m.arrays)
  if (array === undefined) return false
  const name = w.name('s')
  const at = index(w, m, array.size)
  const frozen = { ...m, variables: m.variables.map((v) => ({ ...v, writable: false })), arrays: m.arrays.filter((a) => a !== array).map((a) => ({ ...a, writable: false })) } // prettier-ignore
  const length = random.chance(50) ? String(random.between(1, array.size)) : index(w, m, array.size + 1)
  w.line(`${array.writable ? '' : 'VAL '}[]${array.type} ${name} IS [${array.name} FROM ${at} FOR ${length}]:`)
  process(w, { ...frozen, arrays: [...frozen.arrays, { ...array, name, size: array.size }] }, size - 1)
  return true
}

// ---------------------------------------------------------------------------------------------- programs

const PARAMETERS: readonly (readonly [string, Integer, boolean])[] = [
  ['', 'INT', true],
  ['', 'INT', true],
  ['VAL ', 'INT', false],
  ['', 'INT16', true],
  ['VAL ', 'BYTE', false],
  ['', 'BYTE', true],
  ['INITIAL ', 'INT', true],
]

/** Writes a PROC whose parameters are called with many values, and the main process, which prints what they became. */
export function limits(w: Writer): void {
  const { random } = w
  const size = random.between(2, 6)
  const type = random.pick(INTEGERS)
  const nothing: Machine = { variables: [], arrays: [], routines: [], functions: [], size, pure: false, weight: 6 }
  const step = routine(w, { ...nothing, weight: 100 })
  const f = func(w, { ...nothing, weight: 100 })
  const parameters = PARAMETERS.map(([mode, t, writable]) => ({ mode, name: w.name('p'), type: t, writable }))
  const array = { name: w.name('a'), type, size, writable: true }
  const list = parameters.map((p) => `${p.mode}${p.type} ${p.name}`).join(', ')
  w.line(`PROC limits (${list}, ${random.chance(50) ? '[]' : `[${size}]`}${type} ${array.name})`)
  w.within(() => {
    const table = { name: w.name('t'), type: random.pick(INTEGERS), size: random.between(2, 5), writable: false }
    w.line(
      `VAL []${table.type} ${table.name} IS [${Array.from({ length: table.size }, () => decorated(random, table.type, size)).join(', ')}]:`,
    )
    const own = { name: w.name('o'), type: random.pick(INTEGERS), size: random.between(2, 5), writable: true }
    w.line(`[${own.size}]${own.type} ${own.name}:`)
    process(w, { ...nothing, variables: parameters, arrays: [array, table, own], routines: [step], functions: [f] }, random.between(3, 6))
  })
  w.line(':')
  w.block('PROC main (CHAN BYTE screen!)', () => {
    const actuals = parameters.map(({ type: t }) => ({ name: w.name('v'), type: t }))
    for (const each of actuals) w.line(`${each.type} ${each.name}:`)
    w.line(`[${size}]${type} ${array.name}:`)
    w.block('SEQ', () => {
      for (let calls = random.between(2, 5); calls > 0; calls--) {
        for (const each of actuals) w.line(`${each.name} := ${decorated(random, each.type, size)}`)
        w.line(`limits (${actuals.map(({ name }) => name).join(', ')}, ${array.name})`)
        for (const { name } of [...actuals, array]) {
          w.line(`VAL []BYTE bytes RETYPES ${name}:`)
          w.line('show (bytes, screen!)')
        }
      }
    })
  })
  w.line(':')
}

/** @returns a value for a parameter: seldom an extreme one, with which a call does not get far */
function decorated(random: Random, type: Integer, size: number): string {
  const text = random.chance(80) ? String(random.below(size + 2)) : constant(random, type, size, false)
  return type === 'INT' || text.includes('(') ? text : `${text}(${type})`
}

/** A PROC that changes a variable of its caller. */
function routine(w: Writer, m: Machine): string {
  const [name, x, y] = [w.name('proc'), w.name('x'), w.name('y')]
  w.block(`PROC ${name} (${w.random.pick(['', '', 'RESULT '])}INT ${x}, VAL INT ${y})`, () => {
    const variables = [{ name: x, type: 'INT', writable: true }, { name: y, type: 'INT', writable: false }] as const // prettier-ignore
    process(w, { ...m, variables, pure: w.random.chance(70) }, 2)
  })
  w.line(':')
  return name
}

function func(w: Writer, m: Machine): string {
  const [name, x, y, r] = [w.name('func'), w.name('x'), w.name('y'), w.name('r')]
  w.block(`INT FUNCTION ${name} (VAL INT ${x}, ${y})`, () => {
    w.line(`INITIAL INT ${r} IS ${x}:`)
    w.block('VALOF', () => {
      const own = [x, y].map((each) => ({ name: each, type: 'INT' as const, writable: false }))
      process(w, { ...m, variables: [...own, { name: r, type: 'INT', writable: true }], pure: true }, 2)
      w.line(`RESULT ${r}`)
    })
  })
  w.line(':')
  return name
}
