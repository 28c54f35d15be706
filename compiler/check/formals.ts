/** How a formal is declared. */
import type { VariableSymbol } from '../semantics.ts'
import { directionOf } from './directions.ts'
import { channelOf, describe } from './type-model.ts'

/** @returns how a formal is declared: `VAL INT n`, `CHAN BYTE out!`. */
export function describeFormal(formal: VariableSymbol): string {
  const mode = formal.mode === 'val' ? 'VAL ' : formal.mode === 'result' ? 'RESULT ' : formal.mode === 'initial' ? 'INITIAL ' : ''
  const channel = channelOf(formal.type)
  if (channel === undefined) return `${mode}${describe(formal.type)} ${formal.name}`
  const direction = directionOf(formal) ?? ''
  return `${mode}${describe(formal.type).replace(/[?!]$/, '')} ${formal.name}${direction}`
}
