/**
 * Which parameters that are ends come back from their PROCs changed: they were assigned, input to, or moved away. The others are only used, so
 * that nothing is written when a call ends: several branches of a PAR may give one end to PROCs that use its fields.
 */
import type { Expression, InputItem } from '../../../grammar/ast.ts'
import { walk } from '../../../grammar/walk.ts'
import { rootName } from '../../check/context.ts'
import { activated } from '../../check/mobile-processes.ts'
import { endOf } from '../../check/type-model.ts'
import type { Checked, Symbol, VariableSymbol } from '../../semantics.ts'
import { callersOf } from '../ir/call-graph.ts'

const known = new WeakMap<Checked, ReadonlySet<Symbol>>()

/** @returns whether what a PROC leaves in a mobile parameter goes back to the actual */
export function comesBack(checked: Checked, formal: VariableSymbol): boolean {
  if (formal.mode === 'result') return true
  if (formal.mode !== 'reference') return false
  if (endOf(formal.type) === undefined) return true
  let changed = known.get(checked)
  if (changed === undefined) known.set(checked, (changed = changedEnds(checked)))
  return changed.has(formal)
}

/** @returns the variables that are ends and that something changes */
function changedEnds(checked: Checked): ReadonlySet<Symbol> {
  const changed = new Set<Symbol>()
  /** Of each variable, through what it may be changed: other names, and the parameters that it is given to. */
  const through = new Map<Symbol, Symbol[]>()
  const rootOf = (e: Expression): Symbol | undefined => {
    const name = rootName(e)
    return name && checked.symbols.get(name)
  }
  const change = (e: Expression): void => {
    const symbol = rootOf(e)
    if (symbol !== undefined) changed.add(symbol)
  }
  const link = (symbol: Symbol | undefined, by: Symbol | undefined): void => {
    if (by === undefined || symbol === undefined) return
    const list = through.get(symbol)
    if (list === undefined) through.set(symbol, [by])
    else list.push(by)
  }
  const inputs = (items: readonly InputItem[]): void => {
    for (const { target } of items) change(target)
  }
  for (const e of checked.moved) change(e)
  walk(checked.program.items, undefined, (node) => {
    if (node.kind === 'assign') node.targets.forEach(change)
    else if (node.kind === 'abbreviation' && !node.val) link(rootOf(node.value), checked.symbols.get(node.name))
    else if (node.kind === 'call') {
      const callee = activated(checked, node) ?? checked.symbols.get(node.name)
      if (callee?.kind === 'proc') node.actuals.forEach((actual, i) => link(rootOf(actual), callee.formals[i]))
    } else if (node.kind === 'proc' && node.implements !== undefined) {
      // who runs a mobile process does not know which it is, so that one that changes a parameter counts for all of its type
      const [mine, type] = [checked.symbols.get(node.name), checked.symbols.get(node.implements)]
      if (mine?.kind !== 'proc' || type?.kind !== 'type' || type.type.kind !== 'process') return undefined
      for (const [i, formal] of type.type.formals.entries()) {
        if (endOf(formal.type)?.shared === true) continue // it has a copy
        link(formal, mine.formals[i])
        link(mine.formals[i], formal)
      }
    } else if (node.kind === 'input') {
      const { mode } = node
      if (mode.kind === 'items' || mode.kind === 'tag') inputs(mode.items)
      else if (mode.kind === 'case') for (const { items } of mode.variants) inputs(items)
    }
    return undefined
  })
  return callersOf(changed, through)
}
