/** Expressions of a wanted type. Most have a value; some overflow or leave an array, which is a result too. */
import type { Writer } from './writer.ts'
import type { Scope, Variable } from './scope.ts'
import { arrayOf, bitsOf, BOOL, BYTE, bytesOf, INT, literal, primitive, same, scalarName, written, type IntegerName, type Type } from './types.ts' // prettier-ignore

/** A variable or part of one, as it is written. */
export interface Target {
  readonly text: string
  readonly type: Type
  readonly variable: Variable
}

/** @returns an expression of `type` */
export function expression(w: Writer, scope: Scope, type: Type, depth = 3): string {
  const { random } = w
  if (random.chance(depth > 1 ? 30 : 55)) {
    const found = readable(w, scope, type)
    if (found !== undefined) return found
  }
  const call = random.chance(12) && depth > 0 ? functionCall(w, scope, type, depth) : undefined
  if (call !== undefined) return call
  const name = scalarName(type)
  if (name === undefined) return aggregate(w, scope, type, depth)
  if (depth <= 0) return literal(type, random)
  if (name === 'BOOL') return type.kind === 'named' ? literal(type, random) : truth(w, scope, depth)
  if (name === 'REAL32' || name === 'REAL64') return real(w, scope, type, depth)
  return integer(w, scope, type, name, depth)
}

/** @returns a condition */
export function truth(w: Writer, scope: Scope, depth: number): string {
  const { random } = w
  const side = (): string => expression(w, scope, BOOL, depth - 1)
  switch (
    random.weighted([[5, 'compare'], [2, 'and'], [2, 'or'], [2, 'not'], [1, 'literal'], [1, 'after'], [1, 'equal'], [1, 'odd']] as const) // prettier-ignore
  ) {
    case 'compare': {
      const type = primitive(random.pick(['INT', 'INT', 'BYTE', 'INT16', 'INT64', 'INT32', 'REAL32', 'REAL64']))
      const left = expression(w, scope, type, depth - 1)
      const right = random.chance(30) ? literal(type, random, /[a-z]/.test(left)) : expression(w, scope, type, depth - 1)
      return `(${left} ${random.pick(['=', '<>', '<', '>', '<=', '>='])} ${right})`
    }
    case 'and':
      return random.chance(30) ? `(${side()} AND ${side()} AND ${side()})` : `(${side()} AND ${side()})`
    case 'or':
      return `(${side()} OR ${side()})`
    case 'not':
      return `(NOT ${side()})`
    case 'equal':
      return `(${side()} ${random.pick(['=', '<>'])} ${side()})`
    case 'after':
      return `(${expression(w, scope, INT, depth - 1)} AFTER ${expression(w, scope, INT, depth - 1)})`
    case 'odd':
      return `(BOOL (${expression(w, scope, INT, depth - 1)} /\\ 1))`
    case 'literal':
      return literal(BOOL, random)
  }
}

function integer(w: Writer, scope: Scope, type: Type, name: IntegerName, depth: number): string {
  const { random } = w
  const sub = (): string => expression(w, scope, type, depth - 1)
  const bare = (): string => (random.chance(40) ? literal(type, random, true) : sub())
  const small = (): string => `(${sub()} /\\ ${decorated(type, random.pick(['3', '7', '15']))})`
  switch (
    random.weighted([[10, 'wrap'], [5, 'bits'], [4, 'checked'], [3, 'divide'], [3, 'shift'], [4, 'convert'], [2, 'minus'], [1, 'most'], [3, 'literal'], [2, 'size'], [1, 'risky'], [2, 'predefined']] as const) // prettier-ignore
  ) {
    case 'wrap': {
      const operator = random.pick(['PLUS', 'MINUS', 'TIMES'])
      const left = sub()
      return operator !== 'MINUS' && random.chance(15) ? `(${left} ${operator} ${sub()} ${operator} ${sub()})` : `(${left} ${operator} ${bare()})` // prettier-ignore
    }
    case 'bits':
      return random.chance(20) ? `(~${sub()})` : `(${sub()} ${random.pick(['/\\', '\\/', '><', 'BITAND', 'BITOR'])} ${bare()})`
    case 'checked':
      return `(${small()} ${random.pick(['+', '*', '+'])} ${small()})`
    case 'divide':
      return `(${sub()} ${random.pick(['/', '\\', 'REM'])} (${small()} + ${decorated(type, '1')}))`
    case 'shift':
      return `(${sub()} ${random.pick(['<<', '>>'])} ${random.chance(70) ? random.below(bitsOf(name) + 1) : `(${expression(w, scope, INT, 1)} /\\ 7)`})`
    case 'convert':
      return conversion(w, scope, type, name, depth)
    case 'minus':
      return random.chance(50) && name !== 'BYTE' ? `(-${small()})` : `(MINUS ${sub()})`
    case 'most':
      return `(${random.pick(['MOSTPOS', 'MOSTNEG'])} ${written(type)})`
    case 'size': {
      const arrays = scope.variables.filter((v) => v.type.kind === 'array')
      const array = random.maybe(arrays)
      return array === undefined || !same(type, INT) ? literal(type, random) : w.reading(array, `(SIZE ${array.name})`)
    }
    case 'risky':
      return `(${sub()} ${random.pick(['+', '-', '*'])} ${bare()})`
    case 'predefined':
      return same(type, INT) ? predefinedCall(w, scope, depth) : literal(type, random)
    case 'literal':
      return literal(type, random)
  }
}

const decorated = (type: Type, text: string): string => (same(type, INT) ? text : `${text}(${written(type)})`)

function predefinedCall(w: Writer, scope: Scope, depth: number): string {
  const { random } = w
  const x = (): string => expression(w, scope, INT, depth - 1)
  const places = (): string => `(${x()} /\\ 31)`
  return random.pick([
    () => `(BITCOUNT (${x()}, 0))`,
    () => `(BITREVWORD (${x()}))`,
    () => `(BITREVNBITS (${x()}, ${places()}))`,
    () => `(ROTATELEFT (${x()}, ${places()}))`,
    () => `(ROTATERIGHT (${x()}, ${places()}))`,
    () => `(ASHIFTRIGHT (${x()}, ${places()}))`,
    () => `(ASHIFTLEFT (${x()} /\\ #FF, ${places()} /\\ 15))`,
    () => `(LONGADD (${x()} /\\ #FFFF, ${x()} /\\ #FFFF, ${x()}))`,
    () => `(LONGSUB (${x()} /\\ #FFFF, ${x()} /\\ #FFFF, ${x()}))`,
  ])()
}

function conversion(w: Writer, scope: Scope, type: Type, name: IntegerName, depth: number): string {
  const { random } = w
  if (type.kind === 'named') return `(${type.name} ${expression(w, scope, type.of, depth - 1)})`
  const from = random.pick<IntegerName | 'BOOL' | 'REAL'>(['BYTE', 'INT16', 'INT', 'INT64', 'INT32', 'BOOL', 'REAL'])
  if (from === name) return literal(type, random)
  if (from === 'REAL') {
    const operand = expression(w, scope, primitive(random.pick(['REAL32', 'REAL64'])), depth - 1)
    return name === 'INT64' || random.chance(15) ? `(${name} ${random.pick(['ROUND', 'TRUNC'])} ${operand})` : literal(type, random)
  }
  const operand = expression(w, scope, primitive(from), depth - 1)
  const narrows = from !== 'BOOL' && (bitsOf(from) > bitsOf(name) || (name === 'BYTE' && from !== 'BYTE'))
  const mask = { BYTE: '#FF', INT16: '#7FFF', INT: '#7FFFFFFF', INT32: '#7FFFFFFF', INT64: '0' }[name]
  return narrows && random.chance(93) ? `(${name} (${operand} /\\ ${decorated(primitive(from), mask)}))` : `(${name} ${operand})`
}

function real(w: Writer, scope: Scope, type: Type, depth: number): string {
  const { random } = w
  const name = scalarName(type)
  const sub = (): string => expression(w, scope, type, depth - 1)
  switch (
    random.weighted([[4, 'add'], [2, 'scale'], [3, 'convert'], [2, 'literal'], [1, 'negate'], [1, 'risky']] as const) // prettier-ignore
  ) {
    case 'add':
      return `(${sub()} ${random.pick(['+', '-'])} ${random.chance(30) ? literal(type, random, true) : sub()})`
    case 'scale':
      return `(${sub()} ${random.pick(['*', '/'])} ${decoratedReal(type, random.pick(['0.5', '1.5', '3.0']))})`
    case 'negate':
      return `(-${sub()})`
    case 'risky':
      return `(${sub()} ${random.pick(['*', '/'])} ${sub()})`
    case 'convert': {
      if (type.kind === 'named') return literal(type, random)
      const from = random.pick(['INT', 'INT64', 'INT16', 'BYTE', 'INT32'] as const)
      return `(${name ?? ''} ${random.pick(['ROUND', 'TRUNC'])} ${expression(w, scope, primitive(from), depth - 1)})`
    }
    case 'literal':
      return literal(type, random)
  }
}

const decoratedReal = (type: Type, text: string): string => `${text}(${written(type)})`

function aggregate(w: Writer, scope: Scope, type: Type, depth: number): string {
  const { random } = w
  switch (type.kind) {
    case 'record':
      return `[${type.fields.map((field) => expression(w, scope, field.type, depth - 1)).join(', ')}](${type.name})`
    case 'named':
      return type.of.kind === 'array' ? aggregate(w, scope, type.of, depth) : `(${type.name} ${expression(w, scope, type.of, depth - 1)})` // prettier-ignore
    case 'array': {
      if (same(type.element, BYTE) && random.chance(40)) return `"${Array.from({ length: type.size }, () => random.pick(['a', 'b', ' ', 'Z', '*n', '*#41', '**'])).join('')}"` // prettier-ignore
      if (random.chance(25) && scope.affords(type.size)) {
        const index = w.index([0, type.size - 1])
        const inner = scope.declare(index).times(type.size)
        return `[${index.name} = 0 FOR ${type.size} | ${expression(w, inner, type.element, Math.min(depth - 1, 2))}]`
      }
      if (type.size > 8) return `[${w.index([0, 0]).name} = 0 FOR ${type.size} | ${expression(w, scope, type.element, 0)}]`
      return `[${Array.from({ length: type.size }, () => expression(w, scope, type.element, depth - 2)).join(', ')}]`
    }
    case 'primitive':
      throw new Error('an array or a record')
  }
}

// ---------------------------------------------------------------------------------------------- calls

/** @returns a call of a FUNCTION with one result of `type`, or the application of an operator */
function functionCall(w: Writer, scope: Scope, type: Type, depth: number): string | undefined {
  const routine = w.random.maybe(scope.callable().filter(({ results }) => results.length === 1 && results.some((r) => same(r, type))))
  if (routine === undefined) return undefined
  w.calling(scope, routine)
  const actuals = routine.formals.map((formal) => valueFor(w, scope, formal.type, formal.open, depth - 1))
  if (routine.operator !== undefined) {
    const [left, right] = actuals
    return right === undefined ? `(${routine.operator} ${left ?? ''})` : `(${left ?? ''} ${routine.operator} ${right})`
  }
  return `(${routine.name} (${actuals.join(', ')}))`
}

/** @returns a value for a VAL parameter */
export function valueFor(w: Writer, scope: Scope, type: Type, open: boolean, depth: number): string {
  if (open && type.kind === 'array') {
    const longer = scope.variables.filter((v) => v.type.kind === 'array' && same(v.type.element, type.element) && v.type.size >= type.size)
    const found = w.random.maybe(longer)
    if (found !== undefined) return w.reading(found, found.name)
  }
  return expression(w, scope, type, depth)
}

/** @returns the text of a call with several results, and their types */
export function manyResults(w: Writer, scope: Scope): { readonly text: string; readonly results: readonly Type[] } | undefined {
  const { random } = w
  const x = (): string => expression(w, scope, INT, 1)
  const routine = random.maybe(scope.callable().filter(({ results }) => results.length > 1))
  if (routine === undefined || random.chance(25)) {
    const [text, n] = random.pick([
      [`LONGPROD (${x()}, ${x()}, ${x()})`, 2],
      [`LONGSUM (${x()}, ${x()}, ${x()})`, 2],
      [`LONGDIFF (${x()}, ${x()}, ${x()})`, 2],
      [`SHIFTLEFT (${x()}, ${x()}, (${x()}) /\\ 63)`, 2],
      [`SHIFTRIGHT (${x()}, ${x()}, (${x()}) /\\ 63)`, 2],
      [`NORMALISE (${x()}, ${x()})`, 3],
      [`LONGDIV (0, ${x()}, (${x()}) \\/ 1)`, 2],
    ] as const)
    return { text, results: Array.from({ length: n }, () => INT) }
  }
  w.calling(scope, routine)
  const actuals = routine.formals.map((formal) => valueFor(w, scope, formal.type, formal.open, 1))
  return { text: `${routine.name} (${actuals.join(', ')})`, results: routine.results }
}

// ---------------------------------------------------------------------------------------------- places

/** @returns a variable, an element, a field or a slice of `type` to be read */
function readable(w: Writer, scope: Scope, type: Type): string | undefined {
  const found = part(w, scope, scope.variables, type)
  return found === undefined ? undefined : w.reading(found.variable, found.text)
}

/** @returns a place of `type` to be written */
export function writable(w: Writer, scope: Scope, type: Type, except: ReadonlySet<number> = new Set()): Target | undefined {
  const variables = scope.variables.filter((v) => v.writable && !except.has(v.root))
  const found = part(w, scope, variables, type)
  if (found !== undefined) w.writes.add(found.variable.root)
  return found
}

/** @returns a part of one of the variables that has the type */
export function part(w: Writer, scope: Scope, variables: readonly Variable[], type: Type): Target | undefined {
  const { random } = w
  const whole = variables.filter((v) => same(v.type, type) && v.open !== true)
  const others = variables.filter((v) => holds(v.type, type))
  if (whole.length > 0 && (others.length === 0 || random.chance(60))) {
    const variable = random.pick(whole)
    return { text: variable.name, type, variable }
  }
  const variable = random.maybe(others)
  return variable === undefined ? undefined : { text: down(w, scope, variable.name, variable.type, type), type, variable }
}

/** Whether there is a value of type `inner` within one of type `outer`, which is larger. */
function holds(outer: Type, inner: Type): boolean {
  switch (outer.kind) {
    case 'array':
      return same(outer.element, inner) || holds(outer.element, inner) || (inner.kind === 'array' && same(outer.element, inner.element) && inner.size <= outer.size) // prettier-ignore
    case 'record':
      return outer.fields.some((field) => same(field.type, inner) || holds(field.type, inner))
    case 'primitive':
    case 'named':
      return false
  }
}

/** Goes down from a value of type `outer` to one of type `inner`. */
function down(w: Writer, scope: Scope, text: string, outer: Type, inner: Type): string {
  const { random } = w
  if (same(outer, inner)) return text
  if (outer.kind === 'record') {
    const field = random.pick(outer.fields.filter((f) => same(f.type, inner) || holds(f.type, inner)))
    return down(w, scope, `${text}[${field.name}]`, field.type, inner)
  }
  if (outer.kind !== 'array') throw new Error('nothing is in a scalar')
  if (!same(outer.element, inner) && inner.kind === 'array' && same(outer.element, inner.element)) {
    const spare = outer.size - inner.size
    const from = random.chance(70) ? String(random.below(spare + 1)) : index(w, scope, spare + 1)
    return random.chance(20) && from === '0' ? `[${text} FOR ${inner.size}]` : `[${text} FROM ${from} FOR ${inner.size}]`
  }
  return down(w, scope, `${text}[${index(w, scope, outer.size)}]`, outer.element, inner)
}

/** @returns an index below `size`, nearly always */
export function index(w: Writer, scope: Scope, size: number): string {
  const { random } = w
  const fitting = scope.variables.filter((v) => v.range !== undefined && v.range[0] >= 0 && v.range[1] < size)
  const found = random.maybe(fitting)
  if (found !== undefined && random.chance(70)) return w.reading(found, found.name)
  if (w.nested || random.chance(45)) return String(random.below(size))
  const any = w.nesting(() => expression(w, scope, INT, 1))
  if (random.chance(1)) return any
  return (size & (size - 1)) === 0 ? `${any} /\\ ${size - 1}` : `(${any} /\\ #7FFF) \\ ${size}`
}

/** @returns an array type that the bytes of `type` can be seen as, if there is one */
export function reinterpreted(w: Writer, type: Type): Type | undefined {
  const size = bytesOf(type)
  if (size === undefined) return undefined
  const fitting = (['BYTE', 'INT16', 'INT', 'INT32', 'INT64'] as const).filter((name) => size % (bitsOf(name) / 8) === 0)
  const name = w.random.pick(fitting)
  const n = size / (bitsOf(name) / 8)
  return n === 1 && w.random.chance(60) ? primitive(name) : arrayOf(n, primitive(name))
}
