/**
 * Variables that stand for something computed: the size of an array, the rest of a slice, an operation that no polynomial describes. So each of
 * them can be reckoned with like a variable.
 */
import type { VariableSymbol } from '../../semantics.ts'

const sizes = new WeakMap<VariableSymbol, VariableSymbol>()
/** Stand-ins for other operations, kept with the first variable in them. */
export const opaque = new WeakMap<VariableSymbol, Map<string, VariableSymbol>>()
const owners = new WeakMap<VariableSymbol, VariableSymbol>()
export const parts = new WeakMap<VariableSymbol, readonly VariableSymbol[]>()

/** A variable that stands for something computed. */
export function standIn(name: string, like: VariableSymbol): VariableSymbol {
  return { kind: 'variable', name, level: like.level, type: like.type, role: 'val', writable: false }
}

/** @returns a stand-in for the size of an array whose type leaves it open. */
export function sizeSymbol(array: VariableSymbol): VariableSymbol {
  let symbol = sizes.get(array)
  if (symbol === undefined) {
    symbol = standIn(`SIZE ${array.name}`, array)
    sizes.set(array, symbol)
    owners.set(symbol, array)
  }
  return symbol
}

const rests = new WeakMap<object, VariableSymbol>()

/**
 * @param slice what runs to the end of a part of `array` that has no name
 * @returns a stand-in for the number of its elements
 */
export function restSymbol(slice: object, array: VariableSymbol): VariableSymbol {
  let symbol = rests.get(slice)
  if (symbol === undefined) {
    symbol = standIn(`rest of ${array.name}`, array)
    rests.set(slice, symbol)
    owners.set(symbol, array)
  }
  return symbol
}

/** @returns the array whose size `symbol` stands for, or `symbol` itself: where it is declared, the other is. */
export function ownerOf(symbol: VariableSymbol): VariableSymbol {
  return owners.get(symbol) ?? symbol
}

/** @returns the variables that an operation was made of for which `symbol` stands, else `symbol` itself. */
export function partsOf(symbol: VariableSymbol): readonly VariableSymbol[] {
  return parts.get(symbol) ?? [symbol]
}
