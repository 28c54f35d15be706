/**
 * Functions that a machine is helped by where it has very many parts: V8 neither optimises a function that is too large nor looks at one
 * of its parts without walking over the others.
 */
import type { Expr, Local } from '../core/ir/ir.ts'
import { eachExpr } from '../core/ir/walk.ts'
import type { RoutineEmitter } from './routine.ts'
import { typed } from './writer.ts'

/** A construct with so many parts is divided. */
export const MANY_PARTS = 100
/** Parts in one function. */
const PORTION = 100

/** @returns whether what the expressions mean follows from the locals in them, wherever they are evaluated */
export function canBeOutlined(exprs: readonly Expr[]): boolean {
  let can = true
  for (const e of exprs) {
    eachExpr(e, (x) => {
      if (x.kind === 'received' || x.kind === 'clock') can = false
    })
  }
  return can
}

/** A function to be written. */
interface Outlined {
  readonly name: string
  /** Parameters before those for the locals, with their types: `forked: Join`. */
  readonly before: readonly (readonly [name: string, type: string])[]
  readonly result: string
  /** What its body evaluates. */
  readonly exprs: readonly Expr[]
  readonly write: () => void
}

/** Writes a function of the module. @returns the text of its call */
function outlined(m: RoutineEmitter, { name, before, result, exprs, write }: Outlined): string {
  const locals = new Set<Local>()
  for (const e of exprs)
    eachExpr(e, (x) => {
      if (x.kind === 'local') locals.add(x.local)
    })
  const function_ = m.unit.newName(name)
  const params = [
    ...before.map(([param, type]) => `${param}${typed(`: ${type}`)}`),
    ...[...locals].map((l) => `${m.name(l)}${typed(`: ${m.unit.type(l.type)}`)}`),
  ]
  const { text, scratches } = m.aside(write)
  const declared = scratches.length === 0 ? [] : [`  let ${scratches.map((each) => `${each} = 0`).join(', ')}`]
  m.unit.helper([`function ${function_}(${params.join(', ')})${typed(`: ${result}`)} {`, ...declared, ...text, '}'])
  return `${function_}(${[...before.map(([param]) => param), ...[...locals].map((l) => m.name(l))].join(', ')})`
}

/**
 * Writes functions that do something for each of many parts.
 * @returns the statements that call them
 */
export function inPortions<T>(
  m: RoutineEmitter,
  parts: readonly T[],
  how: Pick<Outlined, 'name' | 'before'> & { readonly exprsOf: (part: T) => readonly Expr[]; readonly write: (part: T) => void },
): string[] {
  const calls: string[] = []
  for (let from = 0; from < parts.length; from += PORTION) {
    const portion = parts.slice(from, from + PORTION)
    const exprs = portion.flatMap((part) => how.exprsOf(part))
    calls.push(
      outlined(m, {
        ...how,
        result: 'void',
        exprs,
        write: () => {
          for (const part of portion) how.write(part)
        },
      }),
    )
  }
  return calls
}

/** Writes functions that look for the first true condition. @returns an expression for its number, or -1 */
export function firstTrue(m: RoutineEmitter, name: string, conditions: readonly Expr[], textOf: (e: Expr) => string): string {
  const calls: string[] = []
  for (let from = 0; from < conditions.length; from += PORTION) {
    const portion = conditions.slice(from, from + PORTION)
    calls.push(
      outlined(m, {
        name,
        before: [],
        result: 'number',
        exprs: portion,
        write: () => {
          portion.forEach((condition, i) => m.w.line(`if (${textOf(condition)}) return ${from + i}`))
          m.w.line('return -1')
        },
      }),
    )
  }
  const [only] = calls
  if (only !== undefined && calls.length === 1) return only
  return outlined(m, {
    name,
    before: [],
    result: 'number',
    exprs: conditions,
    write: () => {
      const way = m.fresh('way')
      m.w.line(`let ${way} = -1`)
      for (const call of calls) m.w.line(`if ((${way} = ${call}) >= 0) return ${way}`)
      m.w.line(`return ${way}`)
    },
  })
}
