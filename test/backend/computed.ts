/** Computations with the results they should have, as tests of a program: with variables, and with constants that the compiler folds. */
import * as assert from 'uvu/assert'
import { compile } from '../../compiler/index.ts'
import { compileText, projectHost } from './compile.ts'
import type { RealName } from './rational.ts'
import { loadUnits, runTest } from './run.ts'

export type Integer = 'BYTE' | 'INT16' | 'INT' | 'INT32' | 'INT64'
export type Value = bigint | number | boolean
/** A value, or the code of a fault. */
export type Outcome = Value | string
type TypeName = Integer | RealName | 'BOOL'

export interface Case {
  /** With `a`, `b` and so on for the operands. */
  readonly expression: string
  readonly operands: readonly (readonly [TypeName, Value])[]
  readonly result: TypeName
  /** The other results of a function with several. */
  readonly others?: readonly (readonly [TypeName, Value])[]
  readonly outcome: Outcome
}

export const BITS: Readonly<Record<Integer, number>> = { BYTE: 8, INT16: 16, INT: 32, INT32: 32, INT64: 64 }
export const INTEGERS = Object.keys(BITS) as Integer[] // the keys just written
export const REALS: readonly RealName[] = ['REAL32', 'REAL64']

export const low = (type: Integer): bigint => (type === 'BYTE' ? 0n : -(1n << BigInt(BITS[type] - 1)))
export const high = (type: Integer): bigint => (type === 'BYTE' ? 255n : (1n << BigInt(BITS[type] - 1)) - 1n)
export const fits = (x: bigint, type: Integer): boolean => x >= low(type) && x <= high(type)
export const wrapped = (x: bigint, type: Integer): bigint => (type === 'BYTE' ? BigInt.asUintN(8, x) : BigInt.asIntN(BITS[type], x))

/** Numbers that look random and are the same every time. */
export function generator(start: bigint): () => bigint {
  let state = start
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return state >> 16n
  }
}

// ---------------------------------------------------------------------------------------------- as programs

const NAMES = 'abcd'

function literal(type: TypeName, value: Value): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'bigint') return value < 0n ? `(${value}(${type}))` : `${value}(${type})`
  const text = Math.abs(value).toExponential().toUpperCase()
  const digits = text.includes('.') ? text : text.replace('E', '.0E')
  return value < 0 || Object.is(value, -0) ? `(-${digits}(${type}))` : `${digits}(${type})`
}

/** An ASSERT that holds for exactly this value: reals by their bits. */
function claim(name: string, type: TypeName, value: Value, indent = '  '): string[] {
  if (typeof value !== 'number') return [`${indent}ASSERT (${name} = ${literal(type, value)})`]
  const bits = type === 'REAL32' ? 'INT32' : 'INT64'
  return [`${indent}VAL ${bits} bits RETYPES ${name}:`, `${indent}ASSERT (bits = ${pattern(value, type)}(${bits}))`]
}

function pattern(value: number, type: TypeName): string {
  const cell = new DataView(new ArrayBuffer(8))
  if (type === 'REAL32') cell.setFloat32(0, value)
  else cell.setFloat64(0, value)
  return `#${(type === 'REAL32' ? BigInt(cell.getUint32(0)) : cell.getBigUint64(0)).toString(16).toUpperCase()}`
}

function several(expression: string, result: TypeName, outcome: Outcome, others: readonly (readonly [TypeName, Value])[]): string[] {
  const names = others.map((_, k) => `r${k}`)
  const claims = others.flatMap(([type, value], k) => claim(`r${k}`, type, value, '    '))
  return [
    `  ${result} r:`,
    ...others.map(([type], k) => `  ${type} r${k}:`),
    '  SEQ',
    `    ${['r', ...names].join(', ')} := ${expression}`,
    ...(typeof outcome === 'string' ? ['    ASSERT (r = r)'] : [...claim('r', result, outcome, '    '), ...claims]),
  ]
}

/** A program with a TEST for each case: with variables, or with constants. */
function programOf(cases: readonly Case[], how: 'INITIAL' | 'VAL'): string {
  return cases
    .flatMap(({ expression, operands, result, others, outcome }, i) => [
      `TEST "${i}"`,
      ...operands.map(([type, value], k) => `  ${how} ${type} ${NAMES[k] ?? ''} IS ${literal(type, value)}:`),
      ...(others === undefined
        ? [
            // an abbreviation of what has no value is an error; elsewhere it is a warning
            `  ${typeof outcome === 'string' ? 'INITIAL' : how} ${result} r IS ${expression}:`,
            ...(typeof outcome === 'string' ? ['  ASSERT (r = r)'] : claim('r', result, outcome)),
          ]
        : several(expression, result, outcome, others)),
      ':',
    ])
    .join('\n')
}

const shown = ({ expression, operands, outcome }: Case): string =>
  `${expression} with ${operands.map(([type, value]) => `${String(value)}(${type})`).join(', ')} should be ${String(outcome)}`

/**
 * Runs each case with variables, then with constants, and demands that both give its outcome, faults included. Functions with several
 * results are no constants.
 */
export async function check(cases: readonly Case[]): Promise<void> {
  const program = await compileText(programOf(cases, 'INITIAL'))
  const units = await loadUnits(program)
  cases.forEach((each, i) => {
    const wanted = typeof each.outcome === 'string' ? each.outcome : 'passed'
    assert.is(runTest(program, units, i).split(' ')[0], wanted, `${shown(each)}: computed`)
  })
  await checkFolded(cases.filter((each) => each.others === undefined))
}

async function checkFolded(cases: readonly Case[]): Promise<void> {
  // A constant without a value is a warning that names the fault. What folds, folds to `r`, so the ASSERT is one of constants.
  const text = programOf(cases, 'VAL')
  const { diagnostics, program: folded } = await compile('test.csp', projectHost({ 'test.csp': text }))
  const starts = cases.map((_, i) => text.indexOf(`TEST "${i}"\n`))
  const warned = new Map<number, string>()
  for (const { severity, code, title, primary } of diagnostics) {
    assert.is(severity, 'warning', title)
    const at = starts.findLastIndex((start) => start <= primary.span.start)
    if (code === 'W0401') warned.set(at, /R\d{4}/.exec(title)?.[0] ?? title)
  }
  assert.ok(folded !== undefined)
  cases.forEach((each, i) => {
    assert.is(warned.get(i), typeof each.outcome === 'string' ? each.outcome : undefined, `${shown(each)}: warned`)
  })
  const foldedUnits = await loadUnits(folded)
  cases.forEach((each, i) => {
    const wanted = typeof each.outcome === 'string' ? each.outcome : 'passed'
    assert.is(runTest(folded, foldedUnits, i).split(' ')[0], wanted, `${shown(each)}: folded`)
  })
}
