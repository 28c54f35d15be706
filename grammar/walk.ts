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

/** What is still to be visited, what comes next at its end. */
class Stack {
  readonly nodes: SyntaxNode[] = []

  one(node: SyntaxNode | undefined): void {
    if (node !== undefined) this.nodes.push(node)
  }

  all(nodes: readonly SyntaxNode[] | undefined): void {
    if (nodes !== undefined) for (const node of nodes) this.nodes.push(node)
  }

  /** Turns what is above `base` round: the first of it comes next. */
  turn(base: number): void {
    const { nodes } = this
    for (let low = base, high = nodes.length - 1; low < high; low++, high--) {
      const first = nodes[low] as SyntaxNode // low < high < length
      nodes[low] = nodes[high] as SyntaxNode
      nodes[high] = first
    }
  }
}

/**
 * Visits `nodes` and everything below them, each node before its parts, in the order of the text.
 * @param context what `visit` is given with each of `nodes`
 * @param visit is given a node and the context around it; returns the context of its parts, or SKIP
 */
export function walk<C>(nodes: readonly SyntaxNode[], context: C, visit: (node: SyntaxNode, context: C) => C | typeof SKIP): void {
  const stack = new Stack()
  stack.all(nodes)
  stack.turn(0)
  /** The context of each node on the stack. */
  const contexts: C[] = nodes.map(() => context)
  for (let next = stack.nodes.pop(); next !== undefined; next = stack.nodes.pop()) {
    const inner = visit(next, contexts.pop() as C) // there is one for each node
    if (inner === SKIP) continue
    const base = stack.nodes.length
    partsOf(next, stack)
    stack.turn(base)
    for (let i = base; i < stack.nodes.length; i++) contexts.push(inner)
  }
}

/** Gives `to` the nodes that stand directly in `node`, in the order of the text. */
function partsOf(node: SyntaxNode, to: Stack): void {
  switch (node.kind) {
    case 'test':
      to.one(node.body)
      return
    case 'variable':
    case 'data-type':
      to.one(node.type)
      return
    case 'initial':
      to.one(node.type)
      to.all(node.values)
      return
    case 'abbreviation':
      to.one(node.type)
      to.one(node.value)
      return
    case 'reshape':
      to.one(node.type)
      to.one(node.value)
      return
    case 'record':
      for (const { type } of node.fields) to.one(type)
      return
    case 'channel-type':
      for (const { type } of node.fields) to.one(type)
      return
    case 'process-type':
      to.all(node.formals)
      return
    case 'protocol':
      for (const item of node.items ?? []) protocolItemParts(item, to)
      for (const { value, items } of node.tags ?? []) {
        to.one(value)
        for (const item of items) protocolItemParts(item, to)
      }
      return
    case 'proc':
      to.all(node.formals)
      to.one(node.body)
      return
    case 'function':
      to.all(node.results)
      to.all(node.formals)
      if (node.body.kind === 'valof') to.one(node.body)
      else to.all(node.body.values)
      return
    case 'place':
      to.all(node.subscripts)
      to.one(node.where.address)
      return
    case 'formal':
      to.one(node.type)
      return

    case 'array-type':
      to.one(node.size)
      to.one(node.element)
      return
    case 'mobile-type':
    case 'port-type':
      to.one(node.element)
      return
    case 'chan-type':
      if (node.protocol.kind !== 'named') protocolItemParts(node.protocol, to)
      return
    case 'primitive':
    case 'named-type':
    case 'end-type':
    case 'timer-type':
    case 'barrier-type':
      return

    case 'skip':
    case 'suspend':
    case 'stop':
    case 'pass':
      return
    case 'assign':
      to.all(node.targets)
      to.all(node.values)
      return
    case 'output':
      to.one(node.channel)
      for (const item of node.items) outputItemParts(item, to)
      return
    case 'input':
      to.one(node.channel)
      inputParts(node, to)
      to.one(node.extended?.during)
      to.one(node.extended?.after)
      return
    case 'seq':
      to.one(node.replicator)
      to.all(node.body)
      return
    case 'par':
      to.one(node.replicator)
      to.all(node.enrolled)
      to.all(node.branches)
      return
    case 'sync':
      to.one(node.barrier)
      return
    case 'resign':
      to.one(node.barrier)
      to.one(node.body)
      return
    case 'claim':
      to.one(node.end)
      to.one(node.body)
      return
    case 'fork':
      to.one(node.call)
      return
    case 'forking':
      to.one(node.body)
      return
    case 'branch':
      to.one(node.place?.value)
      to.one(node.body)
      return
    case 'alt':
      to.one(node.replicator)
      to.all(node.alternatives)
      return
    case 'guarded':
      to.all(node.declarations)
      to.one(node.condition)
      to.one(node.input)
      to.one(node.body)
      return
    case 'guarded-case':
      to.all(node.declarations)
      to.one(node.condition)
      to.one(node.input)
      return
    case 'skip-guard':
      to.all(node.declarations)
      to.one(node.condition)
      to.one(node.body)
      return
    case 'sync-guard':
      to.all(node.declarations)
      to.one(node.condition)
      to.one(node.sync)
      to.one(node.body)
      return
    case 'nested-alt':
      to.all(node.declarations)
      to.one(node.alt)
      return
    case 'if':
      to.one(node.replicator)
      to.all(node.choices)
      return
    case 'choice':
      to.all(node.declarations)
      to.one(node.condition)
      to.one(node.body)
      return
    case 'nested-if':
      to.all(node.declarations)
      to.one(node.conditional)
      return
    case 'case':
      to.one(node.selector)
      to.all(node.options)
      return
    case 'option':
      to.all(node.declarations)
      to.all(node.labels)
      to.one(node.body)
      return
    case 'variant':
      to.all(node.declarations)
      for (const item of node.items) inputItemParts(item, to)
      to.one(node.body)
      to.one(node.after)
      return
    case 'while':
      to.one(node.condition)
      to.one(node.body)
      return
    case 'call':
      to.all(node.actuals)
      return
    case 'scope':
      to.one(node.declaration)
      to.one(node.body)
      return
    case 'replicator':
      to.one(node.base)
      to.one(node.count)
      to.one(node.step)
      return

    case 'literal':
    case 'string':
      to.one(node.decoration)
      return
    case 'array-literal':
      to.all(node.elements)
      to.one(node.decoration)
      return
    case 'name-use':
      return
    case 'subscript':
      to.one(node.base)
      to.one(node.index)
      return
    case 'slice':
      to.one(node.base)
      to.one(node.from)
      to.one(node.count)
      return
    case 'monadic':
      to.one(node.operand)
      return
    case 'dyadic':
      to.one(node.left)
      to.one(node.right)
      return
    case 'conversion':
      to.one(node.type)
      to.one(node.operand)
      return
    case 'function-call':
      to.all(node.actuals)
      return
    case 'valof-expression':
      to.one(node.valof)
      return
    case 'valof':
      to.all(node.declarations)
      to.one(node.body)
      to.all(node.results)
      return
    case 'array-constructor':
      to.one(node.replicator)
      to.one(node.element)
      return
    case 'size':
      to.one(node.operand.kind === 'type' ? node.operand.type : node.operand.value)
      return
    case 'most':
    case 'offset-of':
    case 'allocation':
      to.one(node.type)
      return
    case 'end':
      to.one(node.channel)
      return
    case 'missing':
      if ('parts' in node) to.all(node.parts)
      return
  }
}

function protocolItemParts(item: ProtocolItem, to: Stack): void {
  switch (item.kind) {
    case 'plain':
      to.one(item.type)
      return
    case 'counted':
      to.one(item.count)
      to.one(item.element)
      return
    case 'any':
      return
  }
}

function outputItemParts(item: OutputItem, to: Stack): void {
  if (item.kind === 'counted') to.one(item.count)
  to.one(item.value)
}

function inputItemParts(item: InputItem, to: Stack): void {
  if (item.kind === 'counted') to.one(item.count)
  to.one(item.target)
}

function inputParts({ mode }: Input, to: Stack): void {
  switch (mode.kind) {
    case 'items':
    case 'tag':
      for (const item of mode.items) inputItemParts(item, to)
      return
    case 'case':
      to.all(mode.variants)
      return
    case 'after':
      to.one(mode.time)
      return
  }
}
