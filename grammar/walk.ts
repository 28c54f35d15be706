/** Walking over syntax: one place that knows the parts of every node. It uses no stack of calls, so that a tree may be of any depth. */
import type {
  Alternative,
  Branch,
  Choice,
  Declaration,
  Expression,
  Formal,
  Input,
  InputItem,
  Option,
  OutputItem,
  Process,
  ProtocolItem,
  Replicator,
  Test,
  TypeExpression,
  ValueProcess,
  Variant,
} from './ast.ts'

/** Everything in a tree that has a kind of its own; names and the items of messages are parts of these. */
export type SyntaxNode =
  | Test
  | Declaration
  | Formal
  | TypeExpression
  | Process
  | Branch
  | Alternative
  | Choice
  | Option
  | Variant
  | Replicator
  | Expression
  | ValueProcess

/** What a visitor returns for a node whose parts are to be left out. */
export const SKIP = Symbol('skip')

/**
 * Visits `nodes` and everything below them, each node before its parts, in the order of the text.
 * @param context what `visit` is given with each of `nodes`
 * @param visit is given a node and the context around it; returns the context of its parts, or SKIP
 */
export function walk<C>(nodes: readonly SyntaxNode[], context: C, visit: (node: SyntaxNode, context: C) => C | typeof SKIP): void {
  const stack: { readonly node: SyntaxNode; readonly context: C }[] = []
  const push = (list: readonly SyntaxNode[], around: C): void => {
    for (let i = list.length - 1; i >= 0; i--) {
      const node = list[i]
      if (node !== undefined) stack.push({ node, context: around })
    }
  }
  push(nodes, context)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const inner = visit(next.node, next.context)
    if (inner !== SKIP) push(partsOf(next.node), inner)
  }
}

/** @returns the nodes that stand directly in `node`, in the order of the text */
export function partsOf(node: SyntaxNode): readonly SyntaxNode[] {
  switch (node.kind) {
    case 'test':
      return [node.body]
    case 'variable':
    case 'data-type':
      return [node.type]
    case 'initial':
      return [node.type, ...node.values]
    case 'abbreviation':
      return some([node.type, node.value])
    case 'reshape':
      return [node.type, node.value]
    case 'record':
      return node.fields.map(({ type }) => type)
    case 'protocol':
      return [...(node.items ?? []), ...(node.tags ?? []).flatMap(({ items }) => items)].flatMap(protocolItemParts)
    case 'proc':
      return [...node.formals, node.body]
    case 'function':
      return [...node.results, ...node.formals, ...(node.body.kind === 'valof' ? [node.body] : node.body.values)]
    case 'place':
      return some([node.where.address])
    case 'formal':
      return [node.type]

    case 'array-type':
      return some([node.size, node.element])
    case 'mobile-type':
    case 'port-type':
      return [node.element]
    case 'chan-type':
      return node.protocol.kind === 'named' ? [] : protocolItemParts(node.protocol)
    case 'primitive':
    case 'named-type':
    case 'timer-type':
    case 'barrier-type':
      return []

    case 'skip':
    case 'stop':
    case 'pass':
      return []
    case 'assign':
      return [...node.targets, ...node.values]
    case 'output':
      return [node.channel, ...node.items.flatMap(outputItemParts)]
    case 'input':
      return some([node.channel, ...inputParts(node), node.extended?.during, node.extended?.after])
    case 'seq':
      return some([node.replicator, ...node.body])
    case 'par':
      return some([node.replicator, ...(node.enrolled ?? []), ...node.branches])
    case 'sync':
      return [node.barrier]
    case 'resign':
      return [node.barrier, node.body]
    case 'claim':
      return [node.end, node.body]
    case 'fork':
      return [node.call]
    case 'forking':
      return [node.body]
    case 'branch':
      return some([node.place?.value, node.body])
    case 'alt':
      return some([node.replicator, ...node.alternatives])
    case 'guarded':
      return some([...node.declarations, node.condition, node.input, node.body])
    case 'guarded-case':
      return some([...node.declarations, node.condition, node.input])
    case 'skip-guard':
      return [...node.declarations, node.condition, node.body]
    case 'nested-alt':
      return [...node.declarations, node.alt]
    case 'if':
      return some([node.replicator, ...node.choices])
    case 'choice':
      return [...node.declarations, node.condition, node.body]
    case 'nested-if':
      return [...node.declarations, node.conditional]
    case 'case':
      return [node.selector, ...node.options]
    case 'option':
      return [...node.declarations, ...(node.labels ?? []), node.body]
    case 'variant':
      return some([...node.declarations, ...node.items.flatMap(inputItemParts), node.body, node.after])
    case 'while':
      return [node.condition, node.body]
    case 'call':
      return node.actuals
    case 'scope':
      return [node.declaration, node.body]
    case 'replicator':
      return some([node.base, node.count, node.step])

    case 'literal':
    case 'string':
      return some([node.decoration])
    case 'array-literal':
      return some([...node.elements, node.decoration])
    case 'name-use':
      return []
    case 'subscript':
      return [node.base, node.index]
    case 'slice':
      return some([node.base, node.from, node.count])
    case 'monadic':
      return [node.operand]
    case 'dyadic':
      return [node.left, node.right]
    case 'conversion':
      return [node.type, node.operand]
    case 'function-call':
      return node.actuals
    case 'valof-expression':
      return [node.valof]
    case 'valof':
      return [...node.declarations, node.body, ...node.results]
    case 'array-constructor':
      return [node.replicator, node.element]
    case 'size':
      return [node.operand.kind === 'type' ? node.operand.type : node.operand.value]
    case 'most':
    case 'offset-of':
    case 'allocation':
      return [node.type]
    case 'end':
      return [node.channel]
    case 'missing':
      return 'parts' in node ? (node.parts ?? []) : []
  }
}

function some(nodes: readonly (SyntaxNode | undefined)[]): SyntaxNode[] {
  return nodes.filter((node) => node !== undefined)
}

function protocolItemParts(item: ProtocolItem): readonly SyntaxNode[] {
  switch (item.kind) {
    case 'plain':
      return [item.type]
    case 'counted':
      return [item.count, item.element]
    case 'any':
      return []
  }
}

function outputItemParts(item: OutputItem): readonly SyntaxNode[] {
  return item.kind === 'counted' ? [item.count, item.value] : [item.value]
}

function inputItemParts(item: InputItem): readonly SyntaxNode[] {
  return item.kind === 'counted' ? [item.count, item.target] : [item.target]
}

function inputParts({ mode }: Input): readonly SyntaxNode[] {
  switch (mode.kind) {
    case 'items':
    case 'tag':
      return mode.items.flatMap(inputItemParts)
    case 'case':
      return mode.variants
    case 'after':
      return [mode.time]
  }
}
