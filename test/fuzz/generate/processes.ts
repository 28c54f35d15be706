/** Processes: each function writes one process at the current indentation. All of them end, unless they stop with a fault. */
import { abbreviated, declared, localRoutine } from './declarations.ts'
import { expression, manyResults, part, truth, valueFor, writable } from './expressions.ts'
import { communicating, replicatedPar, separate } from './parallel.ts'
import type { Scope } from './scope.ts'
import { BOOL, BYTE, INT, literal, primitive, scalarName, written, type Type } from './types.ts'
import type { Writer } from './writer.ts'

type Maker = (w: Writer, scope: Scope, size: number) => boolean

const SIMPLE: readonly (readonly [number, Maker])[] = [
  [14, assignment],
  [5, severalAssignments],
  [3, manyResultsTaken],
  [4, call],
  [1, nothing],
]

const LARGE: readonly (readonly [number, Maker])[] = [
  [4, conditional],
  [2, searching],
  [3, selection],
  [3, whileLoop],
  [5, replicatedSeq],
  [6, (w, scope, size) => declared(w, scope, (inner) => process(w, inner, size - 1))],
  [7, (w, scope, size) => abbreviated(w, scope, (inner) => process(w, inner, size - 1))],
  [3, (w, scope, size) => localRoutine(w, scope, (inner) => process(w, inner, size - 1))],
  [3, (w, scope, size) => !scope.pure && separate(w, scope, size)],
  [4, (w, scope, size) => !scope.pure && communicating(w, scope, size)],
  [2, (w, scope) => !scope.pure && replicatedPar(w, scope)],
  [1, conditionalText],
  [1, valofAssignment],
  [1, timed],
]

/** Writes a process. @param size how much may stand in it */
export function process(w: Writer, scope: Scope, size: number): void {
  const { random } = w
  w.cost += scope.weight
  if (size > 1 && random.chance(35)) {
    sequence(w, scope, 2 + random.below(3), size)
    return
  }
  for (let tries = 0; tries < 4; tries++) {
    if (random.weighted(size > 0 && random.chance(45) ? LARGE : SIMPLE)(w, scope, size)) return
  }
  w.line('SKIP')
}

/** Writes a SEQ of `n` processes. */
export function sequence(w: Writer, scope: Scope, n: number, size: number): void {
  w.block('SEQ', () => {
    for (let i = 0; i < n; i++) process(w, scope, size - 1)
  })
}

/** @returns some type, more often a scalar */
export function someType(w: Writer): Type {
  const { random } = w
  if (w.types.length > 0 && random.chance(25)) return random.pick(w.types)
  return primitive(random.pick(['INT', 'INT', 'INT', 'INT16', 'INT64', 'INT32', 'BYTE', 'BOOL', 'REAL32', 'REAL64']))
}

function assignment(w: Writer, scope: Scope): boolean {
  const { random } = w
  const writables = scope.variables.filter((v) => v.writable)
  const variable = random.maybe(writables)
  if (variable === undefined) return false
  const type = random.chance(60) && variable.open !== true ? variable.type : someType(w)
  const target = writable(w, scope, type)
  if (target === undefined) return false
  w.line(`${target.text} := ${expression(w, scope, type)}`)
  return true
}

function severalAssignments(w: Writer, scope: Scope): boolean {
  const { random } = w
  const first = writable(w, scope, someType(w))
  if (first === undefined) return false
  const second = writable(w, scope, random.chance(50) ? first.type : someType(w), new Set([first.variable.root]))
  if (second === undefined) return false
  const swap = written(first.type) === written(second.type) && random.chance(40)
  const values = swap ? [second.text, first.text] : [expression(w, scope, first.type, 2), expression(w, scope, second.type, 2)]
  w.line(`${first.text}, ${second.text} := ${values.join(', ')}`)
  return true
}

function manyResultsTaken(w: Writer, scope: Scope): boolean {
  const called = manyResults(w, scope)
  if (called === undefined) return false
  const taken = new Set<number>()
  const targets = called.results.map((type) => {
    const target = writable(w, scope, type, taken)
    if (target !== undefined) taken.add(target.variable.root)
    return target?.text
  })
  if (targets.includes(undefined)) return false
  w.line(`${targets.join(', ')} := ${called.text}`)
  return true
}

/** A call of a PROC: what it writes is given to no two parameters, and is nothing that it uses by itself. */
function call(w: Writer, scope: Scope): boolean {
  const routine = w.random.maybe(scope.callable().filter(({ results }) => results.length === 0))
  if (routine === undefined || (scope.pure && routine.writes.size > 0)) return false
  const taken = new Set([...routine.reads, ...routine.writes])
  const free = (roots: ReadonlySet<number>): boolean => [...roots].every((root) => !taken.has(root) && !routine.writes.has(root))
  const actuals: (string | undefined)[] = routine.formals.map(() => undefined)
  routine.formals.forEach((formal, i) => {
    if (formal.mode === 'VAL' || formal.mode === 'INITIAL') return
    const target = w.noted(() => {
      const variables = scope.variables.filter((v) => v.writable && !taken.has(v.root))
      return part(w, scope, variables, formal.type)
    })
    if (target.result === undefined || !free(target.reads)) return
    taken.add(target.result.variable.root)
    for (const root of target.reads) taken.add(root)
    w.writes.add(target.result.variable.root)
    actuals[i] = target.result.text
  })
  routine.formals.forEach((formal, i) => {
    if (formal.mode !== 'VAL' && formal.mode !== 'INITIAL') return
    const value = w.noted(() => valueFor(w, scope, formal.type, formal.open, 2))
    actuals[i] = free(value.reads) ? value.result : constant(w, formal.type)
  })
  if (actuals.includes(undefined)) return false
  w.calling(scope, routine)
  w.line(`${routine.name} (${actuals.join(', ')})`)
  return true
}

/** @returns a value that depends on nothing */
function constant(w: Writer, type: Type): string {
  switch (type.kind) {
    case 'array':
      return `[${Array.from({ length: type.size }, () => constant(w, type.element)).join(', ')}]`
    case 'record':
      return `[${type.fields.map((field) => constant(w, field.type)).join(', ')}](${type.name})`
    case 'primitive':
      return literal(type, w.random)
    case 'named':
      return scalarName(type) === undefined ? constant(w, type.of) : literal(type, w.random)
  }
}

function nothing(w: Writer, scope: Scope): boolean {
  w.line(w.random.pick(['SKIP', `ASSERT (${truth(w, scope, 1)} OR TRUE)`, scope.pure ? 'SKIP' : 'RESCHEDULE ()']))
  return true
}

// ---------------------------------------------------------------------------------------------- choices

function conditional(w: Writer, scope: Scope, size: number): boolean {
  const { random } = w
  w.block('IF', () => {
    for (let n = random.between(1, 2); n > 0; n--) {
      if (random.chance(15)) {
        w.block('IF', () => {
          w.block(truth(w, scope, 2), () => process(w, scope, size - 2))
        })
      } else w.block(truth(w, scope, 3), () => process(w, scope, size - 2))
    }
    if (random.chance(97)) w.block('TRUE', () => process(w, scope, size - 2))
  })
  return true
}

/** A replicated IF. */
function searching(w: Writer, scope: Scope, size: number): boolean {
  const n = w.random.between(1, 6)
  const i = w.index([0, n - 1])
  if (!scope.affords(n)) return false
  w.block('IF', () => {
    w.block(`IF ${i.name} = 0 FOR ${n}`, () => {
      const inner = scope.declare(i)
      w.block(truth(w, inner, 2), () => process(w, inner, size - 2))
    })
    w.block('TRUE', () => process(w, scope, size - 2))
  })
  return true
}

function selection(w: Writer, scope: Scope, size: number): boolean {
  const { random } = w
  const type = random.pick([INT, INT, BYTE, BOOL, primitive('INT16'), primitive('INT64')])
  if (type === BOOL) {
    w.block(`CASE ${expression(w, scope, BOOL, 2)}`, () => {
      for (const label of random.shuffled(['TRUE', 'FALSE'])) w.block(label, () => process(w, scope, size - 2))
    })
    return true
  }
  const labels = random.shuffled(['0', '1', '2', '3', '5', '8', '100'])
  const selector = type === BYTE ? expression(w, scope, BYTE, 2) : `${expression(w, scope, type, 2)} /\\ 3`
  w.block(`CASE ${selector}`, () => {
    for (let n = random.between(1, 3); n > 0; n--) {
      const some = labels.splice(0, random.between(1, 2))
      w.block(some.join(', '), () => process(w, scope, size - 2))
    }
    if (random.chance(95)) w.block('ELSE', () => process(w, scope, size - 2))
  })
  return true
}

// ---------------------------------------------------------------------------------------------- loops

function whileLoop(w: Writer, scope: Scope, size: number): boolean {
  const rounds = w.random.between(0, 5)
  if (!scope.affords(4 * rounds)) return false
  const counter = { ...w.variable('n', INT), writable: false }
  w.line(`INITIAL INT ${counter.name} IS ${rounds}:`)
  const inner = scope.declare(counter).times(rounds)
  const extra = w.random.chance(30) ? ` AND ${truth(w, inner, 2)}` : ''
  w.block(`WHILE (${counter.name} > 0)${extra}`, () => {
    w.block('SEQ', () => {
      const first = w.random.chance(50)
      if (first) w.line(`${counter.name} := ${counter.name} - 1`)
      process(w, inner, size - 2)
      if (!first) w.line(`${counter.name} := ${counter.name} - 1`)
    })
  })
  return true
}

function replicatedSeq(w: Writer, scope: Scope, size: number): boolean {
  const { random } = w
  const n = random.weighted([[1, 0], [1, 1], [6, random.between(2, 6)], [1, 20]] as const) // prettier-ignore
  if (!scope.affords(3 * n)) return false
  const base = random.weighted([[5, 0], [2, random.between(1, 4)], [1, random.between(-5, -1)]] as const) // prettier-ignore
  const step = random.weighted([[6, 1], [1, 2], [1, -1], [1, 3]] as const) // prettier-ignore
  const ends = [base, base + Math.max(0, n - 1) * step]
  const i = w.index([Math.min(...ends), Math.max(...ends)])
  const arrays = scope.variables.filter((v) => v.type.kind === 'array' && v.type.size === n && v.open !== true && base === 0 && step === 1)
  const array = random.maybe(arrays)
  const count = array !== undefined ? w.reading(array, `SIZE ${array.name}`) : String(n)
  w.block(`SEQ ${i.name} = ${base} FOR ${count}${step === 1 ? '' : ` STEP ${step}`}`, () => process(w, scope.declare(i).times(n), size - 1))
  return true
}

// ---------------------------------------------------------------------------------------------- others

/** Something that an #IF may leave out. */
function conditionalText(w: Writer, scope: Scope, size: number): boolean {
  const { random } = w
  w.block('SEQ', () => {
    w.line(`#IF ${random.pick(['TRUE', 'DEFINED (GODWIT)', 'NOT FALSE', '(TARGET.BITS.PER.WORD = 32)'])}`)
    process(w, scope, size - 2)
    w.line('#ELSE')
    w.line(random.pick(['nothing := that anyone reads', 'SKIP', 'STOP']))
    w.line('#ENDIF')
    process(w, scope, size - 2)
  })
  return true
}

/** `x := (VALOF ...)` */
function valofAssignment(w: Writer, scope: Scope, size: number): boolean {
  const type = someType(w)
  const target = writable(w, scope, type)
  if (target === undefined || target.text.length > 12 || target.text.length % 2 === 0) return false
  const local = w.variable('v', type)
  const inner = scope.purely().declare(local)
  const value = expression(w, scope, type, 1)
  w.exactly(`${target.text} := (INITIAL ${written(type)} ${local.name} IS ${value}:`)
  const margin = (target.text.length + 5) / 2
  w.within(() => {
    w.block('VALOF', () => {
      process(w, inner, size - 2)
      w.line(`RESULT ${expression(w, inner, type, 1)}`)
    })
    w.line(')')
  }, margin)
  return true
}

/** Time passes; nothing that is printed depends on how much. */
function timed(w: Writer, scope: Scope, size: number): boolean {
  if (scope.pure) return false
  const timer = w.name('tim')
  const t = w.name('t')
  w.line(`TIMER ${timer}:`)
  w.line(`INT ${t}:`)
  w.block('SEQ', () => {
    w.line(`${timer} ? ${t}`)
    if (w.random.chance(50)) w.line(`${timer} ? AFTER ${t} PLUS ${w.random.below(20)}`)
    else {
      w.block(w.random.pick(['ALT', 'PRI ALT']), () => {
        w.block(`${timer} ? AFTER ${t} PLUS ${w.random.below(20)}`, () => process(w, scope, size - 2))
        if (w.random.chance(50)) w.block('FALSE & SKIP', () => w.line('STOP'))
      })
    }
    process(w, scope, size - 2)
  })
  return true
}
