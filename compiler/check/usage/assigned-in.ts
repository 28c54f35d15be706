/** Which variables from outside of it a process assigns anywhere. */
import type { Declaration, Expression, Input, Name, Process } from '../../../grammar/ast.ts'
import type { VariableSymbol } from '../../semantics.ts'
import type { Typed } from '../types.ts'

/**
 * @param root finds the variable an expression is a part of
 * @returns the variables that `process` assigns and does not declare itself
 */
export function assignedIn(
  typed: Typed,
  process: Process,
  root: (expression: Expression) => VariableSymbol | undefined,
): Set<VariableSymbol> {
  const found = new Set<VariableSymbol>()
  /** The names of the variables that are declared in it. */
  const own: Name[] = []
  /** Names declared on the way, and what they stand for. */
  const aliases = new Map<VariableSymbol, VariableSymbol>()
  const add = (expression: Expression): void => {
    let symbol = root(expression)
    while (symbol !== undefined) {
      found.add(symbol)
      symbol = aliases.get(symbol)
    }
  }
  const declares = (declarations: readonly Declaration[]): void => {
    for (const declaration of declarations) {
      if (declaration.kind === 'variable' || declaration.kind === 'initial') for (const name of declaration.names) own.push(name)
      if ((declaration.kind !== 'abbreviation' && declaration.kind !== 'reshape') || declaration.val) continue
      const name = typed.symbols.get(declaration.name)
      const symbol = root(declaration.value)
      if (name?.kind === 'variable' && symbol !== undefined) aliases.set(name, symbol)
    }
  }
  const input = ({ mode, extended }: Input): void => {
    for (const part of [extended?.during, extended?.after]) if (part !== undefined) visit(part)
    if (mode.kind === 'after') return
    const list = mode.kind === 'case' ? mode.variants : [{ ...mode, body: undefined, after: undefined, declarations: [] }]
    for (const { items, body, after, declarations } of list) {
      declares(declarations)
      for (const item of items) {
        if (item.kind === 'counted') add(item.count)
        add(item.target)
      }
      if (body !== undefined) visit(body)
      if (after !== undefined) visit(after)
    }
  }
  const visit = (inner: Process): void => {
    switch (inner.kind) {
      case 'skip':
      case 'stop':
      case 'pass':
      case 'output':
      case 'sync':
      case 'suspend':
      case 'missing':
        return
      case 'assign': {
        inner.targets.forEach(add)
        return
      }
      case 'resign':
      case 'claim':
      case 'forking': {
        visit(inner.body)
        return
      }
      case 'fork': {
        visit(inner.call)
        return
      }
      case 'input': {
        input(inner)
        return
      }
      case 'seq': {
        inner.body.forEach(visit)
        return
      }
      case 'par': {
        inner.branches.forEach(({ body }) => {
          visit(body)
        })
        return
      }
      case 'alt':
        for (const alternative of inner.alternatives) {
          if (alternative.kind !== 'missing') declares(alternative.declarations)
          if (alternative.kind === 'nested-alt') visit(alternative.alt)
          if (alternative.kind === 'guarded' || alternative.kind === 'guarded-case') input(alternative.input)
          if (alternative.kind !== 'missing' && 'body' in alternative) visit(alternative.body)
        }
        return
      case 'if':
        for (const choice of inner.choices) {
          if (choice.kind !== 'missing') declares(choice.declarations)
          if (choice.kind === 'nested-if') visit(choice.conditional)
          if (choice.kind === 'choice') visit(choice.body)
        }
        return
      case 'case': {
        inner.options.forEach(({ body, declarations }) => {
          declares(declarations)
          visit(body)
        })
        return
      }
      case 'while': {
        visit(inner.body)
        return
      }
      case 'scope': {
        let body: Process = inner
        while (body.kind === 'scope') {
          declares([body.declaration])
          body = body.body
        }
        visit(body)
        return
      }
      case 'call': {
        const symbol = typed.symbols.get(inner.name)
        if (symbol?.kind !== 'proc') return
        for (const [i, actual] of inner.actuals.entries()) {
          const mode = symbol.formals[i]?.mode
          if (mode === 'reference' || mode === 'result') add(actual)
        }
        for (const written of typed.effects.get(symbol)?.writes.keys() ?? []) found.add(written)
      }
    }
  }
  visit(process)
  for (const name of own) {
    const symbol = typed.symbols.get(name)
    if (symbol?.kind === 'variable') found.delete(symbol)
  }
  return found
}
