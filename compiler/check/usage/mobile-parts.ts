/** Parts of mobiles that are looked at one by one: fields, and elements whose subscripts are constants. A stand-in is kept for each that is moved. */
import type { Expression } from '../../../grammar/ast.ts'
import type { Type, VariableSymbol } from '../../semantics.ts'
import { excerpt } from '../context.ts'
import { evaluate } from '../evaluate.ts'
import { isDynamic, POISON, representation } from '../type-model.ts'
import type { Typed } from '../types.ts'
import { standIn } from './stand-ins.ts'

/** The way from a variable to a part of it. */
export interface Way {
  /** Fields and elements, outermost first, as far as they are known. */
  readonly steps: readonly string[]
  /** Whether that is all of the way. */
  readonly exact: boolean
}

const owners = new WeakMap<VariableSymbol, VariableSymbol>()

/** @returns the variable that a stand-in is a part of; itself for a variable */
export const wholeOf = (symbol: VariableSymbol): VariableSymbol => owners.get(symbol) ?? symbol

/** The parts that have been moved somewhere. */
export class MobileParts {
  private readonly known = new Map<VariableSymbol, Map<string, { readonly steps: readonly string[]; readonly part: VariableSymbol }>>()

  constructor(private readonly typed: Typed) {}

  /** @returns the way to a region from the variable that it is named after */
  wayTo(expression: Expression): Way {
    if (expression.kind === 'name-use') return { steps: [], exact: true }
    if (expression.kind === 'end') return this.wayTo(expression.channel)
    if (expression.kind === 'slice') return { ...this.wayTo(expression.base), exact: false }
    if (expression.kind !== 'subscript') return { steps: [], exact: false }
    const base = this.wayTo(expression.base)
    const step = base.exact ? this.stepOf(expression.index) : undefined
    return step === undefined ? { ...base, exact: false } : { steps: [...base.steps, step], exact: true }
  }

  private stepOf(index: Expression): string | undefined {
    const field = index.kind === 'name-use' ? this.typed.symbols.get(index.name) : undefined
    if (field?.kind === 'field') return `.${field.index}`
    const value = evaluate(this.typed, index)
    return typeof value === 'bigint' || typeof value === 'number' ? String(value) : undefined
  }

  /** @returns the stand-in for a part of `whole`, which an expression names exactly */
  at(whole: VariableSymbol, { steps }: Way, expression: Expression): VariableSymbol {
    return this.part(whole, steps, () => ({ name: excerpt(expression.span), type: this.typed.types.get(expression) ?? POISON }))
  }

  /** @returns the stand-ins for the fields of a record that have nothing when the record has been moved away */
  fieldsOf(whole: VariableSymbol): VariableSymbol[] {
    const record = representation(whole.type)
    if (record.kind !== 'record') return []
    return record.fields.flatMap(({ name, type }, i) =>
      isDynamic(type) ? [this.part(whole, [`.${i}`], () => ({ name: `${whole.name}[${name}]`, type }))] : [],
    )
  }

  private part(whole: VariableSymbol, steps: readonly string[], about: () => { name: string; type: Type }): VariableSymbol {
    const parts = this.known.get(whole) ?? new Map<string, { steps: readonly string[]; part: VariableSymbol }>()
    this.known.set(whole, parts)
    const key = steps.join(' ')
    let found = parts.get(key)
    if (found === undefined) {
      const { name, type } = about()
      const part: VariableSymbol = { ...standIn(name, whole), type, declaredAt: whole.declaredAt }
      owners.set(part, whole)
      parts.set(key, (found = { steps, part }))
    }
    return found.part
  }

  /** @returns the parts of `whole` that a region is, or lies in */
  around(whole: VariableSymbol, { steps }: Way): VariableSymbol[] {
    return this.where(whole, (part) => part.length <= steps.length && part.every((step, i) => step === steps[i]))
  }

  /** @returns the parts of `whole` that lie in a region or are all of it; where the way to the region is not exact, those that may */
  within(whole: VariableSymbol, { steps }: Way): VariableSymbol[] {
    return this.where(whole, (part) => steps.length <= part.length && steps.every((step, i) => step === part[i]))
  }

  private where(whole: VariableSymbol, chosen: (steps: readonly string[]) => boolean): VariableSymbol[] {
    const parts = this.known.get(whole)
    return parts === undefined ? [] : [...parts.values()].filter(({ steps }) => chosen(steps)).map(({ part }) => part)
  }
}
