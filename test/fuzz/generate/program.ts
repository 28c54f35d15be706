/** Whole programs: types, constants, routines, and a main process that prints a sum over the bytes of each of its variables at its end. */
import type { Random } from '../random.ts'
import { func, procedure } from './declarations.ts'
import { expression } from './expressions.ts'
import { grids } from './grids.ts'
import { limits } from './limits.ts'
import { mobiles } from './mobiles.ts'
import { process, someType } from './processes.ts'
import { reals } from './reals.ts'
import { Scope } from './scope.ts'
import { travellers } from './travellers.ts'
import { arrayOf, bytesOf, primitive, written, type Type } from './types.ts'
import { Writer } from './writer.ts'

const HEAD = `PROC put.hex (VAL INT n, CHAN BYTE out!)
  VAL []BYTE digits IS "0123456789ABCDEF":
  SEQ i = 0 FOR 8
    out ! digits[(n >> (28 - (4 * i))) /\\ 15]
:
PROC show (VAL []BYTE bytes, CHAN BYTE out!)
  INITIAL INT sum IS 7:
  SEQ
    SEQ i = 0 FOR SIZE bytes
      sum := (sum TIMES 31) PLUS (INT bytes[i])
    put.hex (sum, out!)
    out ! '*n'
:
`

/** So many programs of a hundred are about the limits of types and arrays. */
const NEAR_LIMITS = 30
/** So many of a hundred of the others are about loops, about reals, about what moves, and about ends and processes that travel. */
const OF_LOOPS = 30
const OF_REALS = 10
const OF_MOBILES = 25
const OF_TRAVELLERS = 10

/** @returns the text of a program that the compiler should take, that ends, and whose output tells what it computed */
export function program(random: Random): string {
  const w = new Writer(random)
  if (random.chance(NEAR_LIMITS)) {
    limits(w)
    return `${HEAD}${w.text}`
  }
  const shape = random.below(100)
  if (shape < OF_LOOPS + OF_REALS + OF_MOBILES + OF_TRAVELLERS) {
    if (shape < OF_LOOPS) grids(w)
    else if (shape < OF_LOOPS + OF_REALS) reals(w)
    else if (shape < OF_LOOPS + OF_REALS + OF_MOBILES) mobiles(w)
    else travellers(w)
    return `${HEAD}${w.text}`
  }
  declareTypes(w)
  let scope = new Scope([], [], false, 1)
  for (let n = random.below(3); n > 0; n--) {
    const type = random.chance(40) ? arrayOf(random.between(1, 5), someType(w)) : someType(w)
    const constant = w.variable('k', type, false)
    // What is at top level has no place in time, so a fault in it has none either.
    w.line(`VAL ${written(type)} ${constant.name} IS ${w.nesting(() => expression(w, scope, type, 0))}:`)
    scope = scope.declare(constant)
  }
  for (let n = random.below(4); n > 0; n--) scope = scope.define(random.chance(50) ? procedure(w, scope) : func(w, scope))
  w.line('PROC main (CHAN BYTE screen!)')
  w.within(() => main(w, scope))
  w.line(':')
  return `${HEAD}${w.text}`
}

function declareTypes(w: Writer): void {
  const { random } = w
  if (random.chance(30)) {
    const name = w.name('NAMED')
    const of = primitive(random.pick(['INT', 'INT64', 'BYTE', 'INT16', 'REAL64']))
    w.line(`DATA TYPE ${name} IS ${written(of)}:`)
    w.types.push({ kind: 'named', name, of })
  }
  for (let n = random.below(3); n > 0; n--) {
    const name = w.name('REC')
    const fields = Array.from({ length: random.between(1, 4) }, () => {
      const type = random.chance(20) ? arrayOf(random.between(1, 3), someType(w)) : someType(w)
      return { name: w.name('f'), type }
    })
    w.block(`DATA TYPE ${name}`, () => {
      w.block(random.pick(['RECORD', 'RECORD', 'PACKED RECORD']), () => {
        for (const field of fields) w.line(`${written(field.type)} ${field.name}:`)
      })
    })
    w.line(':')
    w.types.push({ kind: 'record', name, fields })
  }
  for (let n = random.below(3); n > 0; n--) w.types.push(arrayOf(random.between(1, 6), someType(w)))
  if (random.chance(10)) w.types.push(deep(random))
}

/** An array of many dimensions. */
function deep(random: Random): Type {
  let type: Type = primitive(random.pick(['BYTE', 'INT', 'INT16']))
  for (let n = random.between(3, 6); n > 0; n--) type = arrayOf(random.between(1, 2), type)
  return type
}

function main(w: Writer, outer: Scope): void {
  const { random } = w
  const variables = Array.from({ length: random.between(3, 7) }, () => {
    const type = random.chance(30) ? arrayOf(random.between(1, 6), someType(w)) : someType(w)
    return w.variable('g', type)
  })
  let scope = outer
  for (const variable of variables) {
    if (random.chance(80)) w.line(`INITIAL ${written(variable.type)} ${variable.name} IS ${expression(w, scope, variable.type, 2)}:`)
    else w.line(`${written(variable.type)} ${variable.name}:`)
    scope = scope.declare(variable)
  }
  w.block('SEQ', () => {
    const size = random.between(2, 4)
    for (let n = random.between(1, 4); n > 0; n--) process(w, scope, size)
    for (const variable of variables) show(w, variable.name, variable.type)
  })
}

/** Prints the bytes of a variable; a record field by field, as the bytes between its fields are nobody's. */
function show(w: Writer, text: string, type: Type): void {
  if (bytesOf(type) !== undefined) {
    w.line(`VAL []BYTE bytes RETYPES ${text}:`)
    w.line('show (bytes, screen!)')
  } else if (type.kind === 'record') {
    for (const field of type.fields) show(w, `${text}[${field.name}]`, field.type)
  } else if (type.kind === 'array') {
    for (let i = 0; i < type.size; i++) show(w, `${text}[${i}]`, type.element)
  }
}
