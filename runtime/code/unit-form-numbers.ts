/** Which expressions of a code unit are certainly numbers, by their form and by what is assigned to the local variables of the function they stand in. */
/* eslint @typescript-eslint/switch-exhaustiveness-check: off -- The syntax of JavaScript is not ours: what is not listed is refused, also what is added to it. */
import type * as T from 'acorn'
import { FormOfNames } from './unit-form-names.ts'

export abstract class FormOfNumbers extends FormOfNames {
  /** Local variables of the present function that hold numbers only. */
  protected counters = new Set<string>()

  /** Finds the local variables to which nothing but numbers is assigned. */
  protected count(node: T.Function): void {
    const given = new Map<string, (T.Expression | undefined)[]>()
    const give = (target: T.Node, value: T.Expression | undefined): void => {
      if (target.type === 'Identifier') {
        const { name } = target as T.Identifier // its type says so
        const values = given.get(name)
        if (values === undefined) given.set(name, [value])
        else values.push(value)
      } else if (target.type === 'ObjectPattern' || target.type === 'ArrayPattern')
        for (const part of childrenOf(target)) give(part.type === 'Property' ? (part as T.Property).value : part, undefined)
    }
    for (const param of node.params) give(param, undefined)
    const stack: T.Node[] = [node.body]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next.type === 'VariableDeclarator') {
        const { id, init } = next as T.VariableDeclarator // its type says so
        if (init !== null && init !== undefined) give(id, init)
        else if (id.type === 'Identifier' && !given.has(id.name)) given.set(id.name, [])
      } else if (next.type === 'AssignmentExpression') {
        const { left, right, operator } = next as T.AssignmentExpression // its type says so
        give(left, operator === '=' ? right : undefined)
      }
      for (const child of childrenOf(next)) stack.push(child)
    }
    this.counters = new Set(given.keys())
    for (let before = -1; before !== this.counters.size;) {
      before = this.counters.size
      for (const name of this.counters)
        if (given.get(name)?.some((value) => value === undefined || !this.isNumber(value)) === true) this.counters.delete(name)
    }
  }

  /** Whether the form of an expression says that it is a number, or that it is not defined. */
  protected isNumber(node: T.Expression | T.PrivateIdentifier): boolean {
    switch (node.type) {
      case 'Literal':
        return typeof node.value === 'number' || typeof node.value === 'bigint'
      case 'Identifier':
        return this.counters.has(node.name)
      case 'UnaryExpression':
        return node.operator !== '!'
      case 'UpdateExpression':
        return true
      case 'BinaryExpression':
        return node.operator === '+' ? this.isNumber(node.left) && this.isNumber(node.right) : COERCING.has(node.operator)
      case 'ConditionalExpression':
        return this.isNumber(node.consequent) && this.isNumber(node.alternate)
      case 'CallExpression':
        return (
          (node.callee.type === 'Identifier' && NUMBER_CALLS.has(node.callee.name) && this.kindOf(node.callee.name) === 'abi function') ||
          (node.callee.type === 'MemberExpression' &&
            node.callee.object.type === 'Identifier' &&
            node.callee.object.name === 'Math' &&
            this.kindOf('Math') === undefined)
        )
      case 'MemberExpression': // of what is no frame
        return (
          !node.computed &&
          node.property.type === 'Identifier' &&
          node.property.name === 'length' &&
          (node.object.type !== 'Identifier' || this.kindOf(node.object.name) === 'data') &&
          !(node.object.type === 'CallExpression')
        )
      default:
        return false
    }
  }
}

const NUMBER_CALLS: ReadonlySet<string> = new Set(['altStart', 'altSyncStart', 'altWait'])

/** These make a number of whatever their operands are, or a truth value. */
export const COERCING: ReadonlySet<string> = new Set([
  '-',
  '*',
  '/',
  '%',
  '|',
  '&',
  '^',
  '<<',
  '>>',
  '>>>',
  '<',
  '<=',
  '>',
  '>=',
  '===',
  '!==',
])

function childrenOf(node: T.Node): T.Node[] {
  const found: T.Node[] = []
  for (const part of Object.values(node) as unknown[]) {
    for (const each of Array.isArray(part) ? (part as unknown[]) : [part]) if (isNode(each)) found.push(each)
  }
  return found
}

function isNode(value: unknown): value is T.Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
