/** The expressions of a code unit: data, which is nearly everything, and the few that are processes, frames and joins. */
/* eslint @typescript-eslint/switch-exhaustiveness-check: off -- The syntax of JavaScript is not ours: what is not listed is refused, also what is added to it. */
import type * as T from 'acorn'
import { FormOfNumbers, COERCING } from './unit-form-numbers.ts'
import { GLOBAL_DATA, GLOBAL_FUNCTIONS } from './unit-form-names.ts'
import { ABI_SHAPES, ARRAY_CLASSES, DATA_METHODS, DATA_PROPERTIES, FORBIDDEN_SLOTS, GLOBAL_CALLS } from './unit-names.ts'
import type { Argument } from './unit-names.ts'

/** What a node is allowed to do besides what everything may. */
interface Place {
  /** A sum there is made a number, whatever it is. */
  readonly coerced?: boolean
}

export abstract class FormOfData extends FormOfNumbers {
  protected data(node: T.Expression | T.SpreadElement | T.PrivateIdentifier | T.Super, place: Place = {}): void {
    switch (node.type) {
      case 'Literal':
        if (node.regex !== undefined || typeof node.value === 'string') this.fail(node, 'a text or pattern among data')
        return
      case 'Identifier': {
        const name = this.name(node)
        const kind = this.kindOf(name)
        if (kind !== 'data' && !(kind === undefined && GLOBAL_DATA.has(name))) this.fail(node, 'not data')
        return
      }
      case 'ArrayExpression':
        for (const each of node.elements) {
          if (each === null) this.fail(node, 'a gap')
          this.data(each.type === 'SpreadElement' ? each.argument : each)
        }
        return
      case 'UnaryExpression':
        if (!UNARY.has(node.operator)) this.fail(node, `the operator ${node.operator}`)
        this.data(node.argument, { coerced: true })
        return
      case 'BinaryExpression': {
        const { left, right, operator } = node
        if (operator === '+') {
          if (place.coerced !== true && !(this.isNumber(left) && this.isNumber(right))) this.fail(node, 'a sum that may be a text')
        } else if (!COERCING.has(operator)) this.fail(node, `the operator ${operator}`)
        const coerced = operator === '+' ? place.coerced === true : COERCING.has(operator)
        this.data(left, { coerced })
        this.data(right, { coerced })
        return
      }
      case 'LogicalExpression':
        this.data(node.left, place)
        this.data(node.right, place)
        return
      case 'ConditionalExpression':
        this.data(node.test)
        this.data(node.consequent, place)
        this.data(node.alternate, place)
        return
      case 'AssignmentExpression':
        this.assignment(node)
        return
      case 'SequenceExpression':
        for (const each of node.expressions.slice(0, -1)) this.effect(each)
        this.data(node.expressions.at(-1) ?? node, place)
        return
      case 'UpdateExpression':
        if (node.argument.type === 'Identifier') this.named(node.argument, 'data')
        else this.data(node.argument)
        return
      case 'CallExpression':
        this.call(node)
        return
      case 'NewExpression':
        this.newData(node)
        return
      case 'MemberExpression':
        this.member(node)
        return
      default: // the syntax of the language is not ours, and all else of it is refused
        this.fail(node, 'a kind of expression')
    }
  }

  /** An expression that stands for itself. */
  protected effect(node: T.Expression): void {
    if (node.type === 'SequenceExpression') for (const each of node.expressions) this.effect(each)
    else if (node.type === 'AssignmentExpression') this.assignment(node)
    else this.data(node)
  }

  protected assignment({ left, right, operator }: T.AssignmentExpression): void {
    if (operator !== '=' && operator !== '??=') this.fail(left, `an assignment ${operator}`)
    if (left.type === 'ArrayPattern') {
      for (const each of left.elements) this.named(each ?? undefined, 'data')
      this.data(right)
    } else if (left.type === 'Identifier') {
      this.named(left, 'data')
      this.data(right)
    } else if (left.type === 'MemberExpression') {
      const { object, property } = left
      const base = object.type === 'Identifier' ? this.kindOf(object.name) : undefined
      const name = !left.computed && property.type === 'Identifier' ? this.name(property) : undefined
      if (base === 'process' && name === 'frame') this.frame(right)
      else if (base === 'process' && name === 'value') this.data(right)
      else if (base === 'frame' && name === 'pending') this.pending(right)
      else if (base === 'frame' && object.type === 'Identifier' && object.name === 'f') {
        this.slot(left, false)
        this.data(right)
      } else if (name === 'fuel' && object.type === 'Identifier' && object.name === 'meter') this.data(right)
      else if (left.computed && object.type !== 'Super') {
        this.data(object)
        this.data(property) // computed
        this.data(right)
      } else this.fail(left, 'an assignment')
    } else this.fail(left, 'an assignment')
  }

  protected pending(node: T.Expression): void {
    if (node.type === 'Literal' && node.value === null) return
    if (node.type === 'Identifier' && this.kindOf(node.name) === 'join') return
    this.frame(node)
  }

  // ---------------------------------------------------------------------------------------------- expressions that are no data

  protected frame(node: T.Node): void {
    if (node.type === 'Identifier') this.named(node, 'frame')
    else if (node.type === 'NewExpression') this.newFrame(node)
    else this.pendingOf(node)
  }

  protected join(node: T.Expression): void {
    const makes = node.type === 'CallExpression' && node.callee.type === 'Identifier' && MAKES_JOIN.has(node.callee.name)
    if (makes) this.call(node)
    else this.pendingOf(node)
  }

  /** `f.pending` */
  protected pendingOf(node: T.Node): void {
    if (node.type !== 'MemberExpression') this.fail(node, 'not a frame')
    const { object, property, computed } = node as T.MemberExpression // its type says so
    const isPending = !computed && property.type === 'Identifier' && property.name === 'pending'
    if (!isPending || object.type !== 'Identifier' || object.name !== 'f' || this.kindOf('f') !== 'frame') this.fail(node, 'not a frame')
  }

  /** A new frame of a class that is one; its first argument is the frame that calls it, or null. */
  protected newFrame(node: T.Node): void {
    if (node.type !== 'NewExpression') this.fail(node, 'not a frame')
    const { callee, arguments: actuals } = node as T.NewExpression // its type says so
    this.named(callee, 'frame class')
    const [caller, ...values] = actuals
    if (caller?.type === 'Identifier') this.named(caller, 'frame')
    else if (caller?.type !== 'Literal' || caller.value !== null) this.fail(node, 'a frame')
    for (const value of values) this.data(value)
  }

  /** A property of a frame: any name but a few. */
  protected slot(node: T.MemberExpression, own: boolean): void {
    if (node.computed || node.optional || node.property.type !== 'Identifier') this.fail(node, 'a property')
    const name = this.name(node.property)
    if (FORBIDDEN_SLOTS.has(name) && !(own && name === 'caller')) this.fail(node, 'a property')
  }

  // ---------------------------------------------------------------------------------------------- parts and calls

  protected member(node: T.MemberExpression): void {
    const { object, property } = node
    if (node.optional || object.type === 'Super') this.fail(node, 'a form of access')
    if (node.computed) {
      this.data(object)
      this.data(property)
      return
    }
    if (property.type !== 'Identifier') this.fail(node, 'a form of access')
    const name = this.name(property)
    const kind = object.type === 'Identifier' ? this.kindOf(object.name) : undefined
    if (kind === 'process' && name === 'value') return
    if (kind === 'frame' || this.isBranch(object)) {
      this.slot(node, false)
      return
    }
    if (object.type === 'Identifier' && object.name === 'meter' && kind === 'abi function' && name === 'fuel') return
    if (name === 'length' && this.isBranches(object)) return
    if (!DATA_PROPERTIES.has(name)) this.fail(node, 'a property of data')
    this.data(object)
  }

  /** `forked.frame(i)` */
  protected isBranch(node: T.Expression): boolean {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression' || node.callee.computed) return false
    const { object, property } = node.callee
    if (property.type !== 'Identifier' || property.name !== 'frame') return false
    if (object.type !== 'Identifier' || this.kindOf(object.name) !== 'join') return false
    for (const each of node.arguments) this.data(each)
    return true
  }

  /** `forked.branches` */
  protected isBranches(node: T.Expression): boolean {
    if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier' || node.property.name !== 'branches')
      return false
    return node.object.type === 'Identifier' && this.kindOf(node.object.name) === 'join'
  }

  protected newData(node: T.NewExpression): void {
    const { callee } = node
    const name = callee.type === 'Identifier' ? this.name(callee) : ''
    const isArray = ARRAY_CLASSES.has(name) && this.kindOf(name) === undefined
    if (!isArray && !(this.kindOf(name) === 'base class' && name !== 'Frame')) this.fail(node, 'a new object')
    for (const each of node.arguments) this.data(each, { coerced: true })
  }

  protected call(node: T.CallExpression): void {
    const { callee, arguments: actuals } = node
    if (node.optional) this.fail(node, 'a form of call')
    if (callee.type === 'MemberExpression') {
      this.methodCall(node, callee)
      return
    }
    if (callee.type !== 'Identifier') this.fail(node, 'a call')
    const name = this.name(callee)
    if (GLOBAL_FUNCTIONS.has(name) && this.kindOf(name) === undefined) {
      for (const each of actuals) this.data(each, { coerced: true })
      return
    }
    switch (this.kindOf(name)) {
      case 'direct':
        for (const each of actuals) this.passed(each)
        return
      case 'step': {
        const [first, second, ...more] = actuals
        this.named(first, 'process')
        this.named(second, 'frame')
        if (more.length > 0) this.fail(node, 'a call')
        return
      }
      case 'abi function': {
        const shape = ABI_SHAPES.get(name)
        if (shape === undefined || typeof shape === 'string') this.fail(node, 'a call')
        for (const [i, each] of actuals.entries()) this.argument(each, shape[Math.min(i, shape.length - 1)] ?? 'data')
        return
      }
      default: // no other kind can be called
        this.fail(node, 'a call')
    }
  }

  /** What is passed to a FUNCTION or a PROC that is called like one: data, or the unit on whose behalf it is called. */
  protected passed(node: T.Expression | T.SpreadElement): void {
    if (node.type === 'Identifier' && this.kindOf(node.name) === 'unit') return
    this.data(node.type === 'SpreadElement' ? node.argument : node, {})
  }

  protected argument(node: T.Expression | T.SpreadElement, wanted: Argument): void {
    switch (wanted) {
      case 'process':
        this.named(node, 'process')
        return
      case 'frame':
        this.frame(node)
        return
      case 'join':
        this.named(node, 'join')
        return
      case 'step':
        this.named(node, 'step')
        return
      case 'plan':
        this.named(node, 'plan')
        return
      case 'text':
        this.text(node)
        return
      case 'array class':
        if (node.type !== 'Identifier' || !ARRAY_CLASSES.has(this.name(node)) || this.kindOf(node.name) !== undefined)
          this.fail(node, 'no class of arrays')
        return
      case 'frames':
        for (const each of this.items(node as T.Expression)) this.frame(each) // checked there
        return
      case 'values':
        if (node.type === 'ArrayExpression') for (const pair of this.items(node)) this.value(pair)
        else this.passed(node)
        return
      case 'number':
        this.data(node, { coerced: true })
        return
      case 'data':
        this.passed(node)
    }
  }

  /** What a fault tells of: `["x", x]`, or `["tag", { 1: "lap" }[tag]]`. */
  protected value(pair: T.Expression): void {
    const [name, value, ...more] = this.items(pair)
    this.text(name)
    if (value === undefined || more.length > 0) this.fail(pair, 'a value of a fault')
    const [choice, otherwise] =
      value.type === 'LogicalExpression' && value.operator === '??' ? [value.left, value.right] : [value, undefined]
    if (choice.type === 'MemberExpression' && choice.computed && choice.object.type === 'ObjectExpression') {
      for (const property of choice.object.properties) {
        if (property.type !== 'Property' || property.kind !== 'init' || property.computed || property.key.type !== 'Literal')
          this.fail(property, 'a property')
        this.plain(property.key)
        this.text(property.value)
      }
      this.data(choice.property)
      if (otherwise !== undefined) this.data(otherwise)
    } else this.data(value)
  }

  protected methodCall(node: T.CallExpression, callee: T.MemberExpression): void {
    const { object, property } = callee
    if (callee.computed || callee.optional || property.type !== 'Identifier' || object.type === 'Super') this.fail(node, 'a call')
    const name = this.name(property)
    const global = object.type === 'Identifier' && this.kindOf(object.name) === undefined ? object.name : ''
    if (GLOBAL_CALLS.get(global)?.has(name) === true || (ARRAY_CLASSES.has(global) && name === 'of')) {
      for (const each of node.arguments) this.data(each, { coerced: true })
      return
    }
    if (name === 'choose') {
      // guards that a frame keeps
      const isKept =
        object.type === 'MemberExpression' && object.object.type === 'Identifier' && this.kindOf(object.object.name) === 'frame'
      if (!isKept) this.fail(node, 'a call')
      this.slot(object, false)
      const [first, ...more] = node.arguments
      this.named(first, 'process')
      for (const each of more) this.data(each)
      return
    }
    if (!DATA_METHODS.has(name)) this.fail(node, 'a call')
    this.data(object)
    for (const each of node.arguments) this.data(each, { coerced: name !== 'fill' && name !== 'set' })
  }
}

const UNARY: ReadonlySet<string> = new Set(['!', '-', '~', '+'])
const MAKES_JOIN: ReadonlySet<string> = new Set(['fork', 'forks', 'forking'])
