/**
 * Services that a program declares and somebody else provides: `#PRAGMA EXTERNAL "PROC price.of (VAL INT id, RESULT INT price)"`. What goes there is
 * VAL, and everything else is a result.
 */
import type { Formal, TypeExpression } from '../../grammar/ast.ts'
import { layout } from '../../grammar/layout.ts'
import { lex } from '../../grammar/lexer.ts'
import { parse } from '../../grammar/parser.ts'
import type { Span } from '../../grammar/source.ts'
import { SERVICE_PREFIX } from '../../runtime/program-interface.ts'
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { ProcSymbol, Type } from '../semantics.ts'
import { resultFormal, valFormal } from './predefined.ts'
import { arrayOf, primitiveType } from './type-model.ts'

/** A heading will not do; the message says why. */
class Unfit extends Error {}

/**
 * @param heading `PROC price.of (VAL INT id, RESULT INT price)`
 * @returns the service, unless it was reported that the heading is none of a service
 */
export function serviceOf(heading: string, span: Span, report: Reporting): ProcSymbol | undefined {
  const lexed = lex({ path: span.file.path, text: `${heading}\n  SKIP\n:\n` })
  const laidOut = layout(lexed.value.tokens)
  const parsed = parse(lexed.value.file, laidOut.value, [])
  const proc = parsed.value.items.find((item) => item.kind === 'proc')
  const isSound = [lexed, laidOut, parsed].every(({ diagnostics }) => diagnostics.every(({ severity }) => severity !== 'error'))
  try {
    if (proc === undefined || !isSound) throw new Unfit('it cannot be read as the heading of a PROC')
    const formals = proc.formals.map((formal) =>
      formal.mode === 'val' ? valFormal(formal.name.text, typeOf(formal)) : resultFormal(formal.name.text, typeOf(formal)),
    )
    const open = formals.filter(({ mode, type }) => mode === 'result' && isOpen(type))
    if (open.length > 1) throw new Unfit(`\`${open.map(({ name }) => name).join('` and `')}\` are both results whose size is open`)
    return { kind: 'proc', name: proc.name.text, level: 0, formals, host: SERVICE_PREFIX + proc.name.text, provided: true }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error
    report('E0313', span, { heading, why: error.message })
    return undefined
  }
}

const isOpen = (type: Type): boolean => type.kind === 'array' && type.size === undefined

function typeOf({ name, type, mode }: Formal): Type {
  if (mode === 'initial') throw new Unfit(`\`${name.text}\` is INITIAL, and what goes there is VAL`)
  if (type.kind === 'array-type') return arrayOf(scalarOf(type.element, name.text), sizeOf(type.size, name.text))
  return scalarOf(type, name.text)
}

function scalarOf(type: TypeExpression, name: string): Type {
  if (type.kind !== 'primitive') throw new Unfit(`\`${name}\` is neither of a primitive type nor an array of one dimension of such`)
  return primitiveType(type.name)
}

function sizeOf(size: (TypeExpression & { kind: 'array-type' })['size'], name: string): number | undefined {
  if (size === undefined) return undefined
  const value = size.kind === 'literal' && size.literal === 'integer' ? Number(size.text) : NaN
  if (!Number.isInteger(value)) throw new Unfit(`the size of \`${name}\` is no decimal number`)
  return value
}
