/** Declarations within a process: each writes its lines and then the process that is its scope. */
import { expression, reinterpreted, part } from './expressions.ts'
import { process, sequence, someType } from './processes.ts'
import type { Formal, Routine, Scope, Variable } from './scope.ts'
import { arrayOf, bytesOf, INT, isBits, written, writtenOpen, type Type } from './types.ts'
import type { Writer } from './writer.ts'

type Body = (scope: Scope) => void

/** Variables, with a value or without. */
export function declared(w: Writer, scope: Scope, body: Body): boolean {
  const { random } = w
  const type = random.chance(25) ? arrayOf(random.between(1, 5), someType(w)) : someType(w)
  const variable = w.variable('x', type)
  if (random.chance(70)) {
    w.line(`INITIAL ${written(type)} ${variable.name} IS ${expression(w, scope, type, 2)}:`)
    body(scope.declare(variable))
    return true
  }
  const other = w.variable('y', type)
  w.line(`${written(type)} ${variable.name}, ${other.name}:`)
  if (random.chance(30)) w.line(`PLACE ${variable.name} IN ${random.pick(['WORKSPACE', 'VECSPACE'])}:`)
  body(scope.declare(variable, other))
  return true
}

/** VAL, reference and untyped abbreviations, RETYPES, RESHAPES. */
export function abbreviated(w: Writer, scope: Scope, body: Body): boolean {
  const { random } = w
  switch (
    random.weighted([[4, 'val'], [4, 'reference'], [2, 'bits'], [2, 'val bits'], [1, 'shape']] as const) // prettier-ignore
  ) {
    case 'val': {
      const type = someType(w)
      const { result, reads } = w.noted(() => expression(w, scope, type, 3))
      const name = hiding(w, scope)
      w.line(`VAL ${random.chance(80) ? `${random.chance(20) ? writtenOpen(type) : written(type)} ` : ''}${name} IS ${result}:`)
      body(scope.freeze(reads).declare({ name, type, root: w.root(), writable: false }))
      return true
    }
    case 'reference': {
      const taken = target(w, scope, random.chance(50) ? someType(w) : random.maybe(scope.variables)?.type)
      if (taken === undefined) return false
      const variable = w.variable('r', taken.type)
      const type = random.weighted([[6, `${written(taken.type)} `], [2, `${writtenOpen(taken.type)} `], [2, '']] as const) // prettier-ignore
      w.line(`${type}${variable.name} IS ${taken.text}:`)
      body(taken.scope.declare(variable))
      return true
    }
    case 'bits': {
      const taken = target(w, scope, random.maybe(scope.variables.filter((v) => v.writable && isBits(v.type)))?.type)
      if (taken === undefined || !isBits(taken.type)) return false
      const type = reinterpreted(w, taken.type)
      if (type === undefined || (type.kind !== 'array' && taken.type.kind !== 'array')) return false
      const variable = w.variable('b', type)
      w.line(`${random.chance(30) ? writtenOpen(type) : written(type)} ${variable.name} RETYPES ${taken.text}:`)
      body(taken.scope.declare(variable))
      return true
    }
    case 'val bits': {
      const from = someType(w)
      const type = bytesOf(from) === undefined ? undefined : reinterpreted(w, from)
      if (type === undefined) return false
      const { result, reads } = w.noted(() => part(w, scope, scope.variables, from))
      if (result === undefined) return false
      const variable = w.variable('b', type, false)
      w.line(
        `VAL ${random.chance(30) ? writtenOpen(type) : written(type)} ${variable.name} RETYPES ${w.reading(result.variable, result.text)}:`,
      )
      body(scope.freeze(new Set([...reads, result.variable.root])).declare(variable))
      return true
    }
    case 'shape': {
      const flat = scope.variables.filter((v) => v.writable && v.open !== true && v.type.kind === 'array' && v.type.size % 2 === 0)
      const taken = target(w, scope, random.maybe(flat)?.type)
      if (taken?.type.kind !== 'array') return false
      const { size, element } = taken.type
      const variable = w.variable('s', arrayOf(2, arrayOf(size / 2, element)))
      w.line(`${written(variable.type)} ${variable.name} RESHAPES ${taken.text}:`)
      body(taken.scope.declare(variable))
      return true
    }
  }
}

/** A new name, or now and then one that is in use, which is then hidden. */
function hiding(w: Writer, scope: Scope): string {
  const plain = scope.variables.filter((v) => scope.routines.every((r) => !r.reads.has(v.root) && !r.writes.has(v.root)))
  return (w.random.chance(10) ? w.random.maybe(plain)?.name : undefined) ?? w.name('v')
}

/** @returns a place that may be written, and the scope in which another name stands for it */
function target(w: Writer, scope: Scope, type: Type | undefined) {
  if (type === undefined) return undefined
  const { result, reads } = w.noted(
    () =>
    part(w, scope, scope.variables.filter((v) => v.writable && v.open !== true), type), // prettier-ignore
  )
  if (result === undefined || reads.has(result.variable.root)) return undefined
  w.writes.add(result.variable.root)
  return { text: result.text, type, scope: scope.hide(result.variable.root).freeze(reads) }
}

/** A PROC or FUNCTION that sees the names around it. */
export function localRoutine(w: Writer, scope: Scope, body: Body): boolean {
  body(scope.define(w.random.chance(60) ? procedure(w, scope) : func(w, scope)))
  return true
}

// ---------------------------------------------------------------------------------------------- PROC and FUNCTION

function formals(w: Writer, modes: readonly Formal['mode'][]): Formal[] {
  const { random } = w
  return Array.from({ length: random.below(4) }, () => {
    const type = random.chance(25) ? arrayOf(random.between(1, 4), someType(w)) : someType(w)
    return { name: w.name('p'), type, mode: random.pick(modes), open: type.kind === 'array' && random.chance(60) }
  })
}

const writtenFormal = ({ name, type, mode, open }: Formal): string =>
  `${mode === '' ? '' : `${mode} `}${open ? writtenOpen(type) : written(type)} ${name}`

/** Lists formals; neighbours of one kind share what stands before them. */
function list(parameters: readonly Formal[]): string {
  return parameters
    .map((formal, i) => {
      const before = parameters[i - 1]
      const alike = before !== undefined && writtenFormal({ ...before, name: '' }) === writtenFormal({ ...formal, name: '' })
      return alike ? formal.name : writtenFormal(formal)
    })
    .join(', ')
}

const asVariable = (w: Writer, { name, type, mode, open }: Formal): Variable =>
  ({ name, type, root: w.root(), writable: mode !== 'VAL', ...(open ? { open } : {}) }) // prettier-ignore

/** What of the notes on a body lies around it. */
function around(scope: Scope, roots: ReadonlySet<number>): Set<number> {
  return new Set([...roots].filter((root) => scope.variables.some((v) => v.root === root)))
}

/** Writes a PROC. */
export function procedure(w: Writer, scope: Scope): Routine {
  const { random } = w
  const name = w.name('proc')
  const parameters = formals(w, ['VAL', 'VAL', '', '', 'RESULT', 'INITIAL'])
  const inner = scope.body(random.chance(50)).declare(...parameters.map((formal) => asVariable(w, formal)))
  const recursive = random.chance(12)
  const depth: Formal | undefined = recursive ? { name: w.name('depth'), type: INT, mode: 'VAL', open: false } : undefined
  const all = depth === undefined ? parameters : [depth, ...parameters]
  w.line(`${recursive ? 'REC ' : random.chance(5) ? 'INLINE ' : ''}PROC ${name} (${list(all)})`)
  const { reads, writes, cost } = w.noted(() => {
    w.within(() => {
      if (depth === undefined) process(w, inner, 3)
      else recursion(w, inner, name, depth, parameters)
    })
  })
  w.line(':')
  const plain: Routine = {
    name,
    formals: all,
    results: [],
    reads: around(scope, reads),
    writes: around(scope, writes),
    pure: inner.pure,
    cost: cost + 2,
  }
  // A call passes a depth that is taken modulo 4.
  return recursive ? { ...plain, cost: 5 * (cost + 3) } : plain
}

function recursion(w: Writer, scope: Scope, name: string, depth: Formal, parameters: readonly Formal[]): void {
  const passed = parameters.map((formal) => formal.name).join(', ')
  w.block('IF', () => {
    w.block(`(${depth.name} /\\ 3) > 0`, () => {
      w.block('SEQ', () => {
        process(w, scope, 2)
        w.line(`${name} ((${depth.name} /\\ 3) - 1${passed === '' ? '' : `, ${passed}`})`)
        process(w, scope, 1)
      })
    })
    w.block('TRUE', () => process(w, scope, 1))
  })
}

const OPERATORS = ['+', '-', '/', '><', '@', '$$', '%', '++', '==', '<@', '^', '=', '<>', '<']

/** Writes a FUNCTION, short or long, or an operator. */
export function func(w: Writer, scope: Scope): Routine {
  const { random } = w
  const record = random.maybe(w.types.filter(({ kind }) => kind === 'record'))
  const operator = record !== undefined && random.chance(25) ? random.pick(OPERATORS) : undefined
  const taken = scope.routines.some((r) => r.operator === operator && operator !== undefined)
  const name = operator !== undefined && !taken ? `"${operator}"` : w.name('func')
  const isOperator = name.startsWith('"')
  const parameters: Formal[] =
    isOperator && record !== undefined
      ? [record, random.chance(70) ? record : INT].map((type) => ({ name: w.name('p'), type, mode: 'VAL', open: false }))
      : formals(w, ['VAL'])
  const results = Array.from({ length: isOperator ? 1 : random.pick([1, 1, 1, 2, 3]) }, () => someType(w))
  const inner = scope
    .body(true)
    .purely()
    .declare(...parameters.map((formal) => asVariable(w, formal)))
  const head = `${results.map(written).join(', ')} FUNCTION ${name} (${list(parameters)})`
  const { reads, cost } = w.noted(() => {
    if (random.chance(40)) {
      w.line(`${head} IS ${results.map((type) => expression(w, inner, type, 3)).join(', ')}:`)
      return
    }
    w.line(head)
    w.within(() => {
      const locals = results.map((type) => w.variable('l', type))
      for (const local of locals) w.line(`INITIAL ${written(local.type)} ${local.name} IS ${expression(w, inner, local.type, 1)}:`)
      w.block('VALOF', () => {
        const body = inner.declare(...locals)
        sequence(w, body, 2, 2)
        w.line(`RESULT ${locals.map((local) => (random.chance(70) ? local.name : expression(w, body, local.type, 1))).join(', ')}`)
      })
    })
    w.line(':')
  })
  return {
    name,
    formals: parameters,
    results,
    reads: around(scope, reads),
    writes: new Set(),
    pure: true,
    cost: cost + 2,
    ...(isOperator && operator !== undefined ? { operator } : {}),
  }
}
