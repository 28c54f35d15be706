/** The functions of a code unit and the classes of its frames: their statements. */
/* eslint @typescript-eslint/switch-exhaustiveness-check: off -- The syntax of JavaScript is not ours: what is not listed is refused, also what is added to it. */
import type * as T from 'acorn'
import { FormOfData } from './unit-form-data.ts'
import { isCallee, isForked } from './unit-form-names.ts'
import { FORBIDDEN_SLOTS } from './unit-names.ts'

export abstract class FormOfStatements extends FormOfData {
  protected isStep({ params }: T.Function): boolean {
    const [first, second] = params
    return params.length === 2 && first?.type === 'Identifier' && first.name === 'p' && second?.type === 'Identifier' && second.name === 'f'
  }

  protected routine(node: T.Function): void {
    if (node.generator || node.async || node.body.type !== 'BlockStatement') this.fail(node, 'a kind of function')
    const isStep = this.isStep(node)
    this.count(node)
    this.scopes.push(new Map())
    for (const [i, param] of node.params.entries()) {
      if (param.type !== 'Identifier') this.fail(param, 'a kind of parameter')
      this.declare(param, isStep ? (i === 0 ? 'process' : 'frame') : 'data')
    }
    this.block(node.body)
    this.scopes.pop()
  }

  protected frameClass(node: T.Class): void {
    const [constructor, ...more] = node.body.body
    if (constructor === undefined) return
    if (node.superClass?.type !== 'Identifier' || node.superClass.name !== 'Frame' || this.kindOf('Frame') !== 'base class')
      this.fail(node, 'a class that is no frame')
    if (more.length > 0 || constructor.type !== 'MethodDefinition' || constructor.kind !== 'constructor' || constructor.computed)
      this.fail(node.body, 'a class with other members')
    const { params, body, async, generator } = constructor.value
    if (async || generator || constructor.static) this.fail(constructor, 'a constructor')
    this.scopes.push(new Map())
    for (const param of params) {
      if (param.type !== 'Identifier') this.fail(param, 'a kind of parameter')
      this.declare(param, 'data')
    }
    const [first, ...assignments] = body.body
    const call = first?.type === 'ExpressionStatement' ? first.expression : undefined
    if (call?.type !== 'CallExpression' || call.callee.type !== 'Super' || call.arguments.length > 1) this.fail(first, 'a constructor')
    for (const caller of call.arguments) this.data(caller)
    for (const statement of assignments) {
      const set = statement.type === 'ExpressionStatement' ? statement.expression : undefined
      if (set?.type !== 'AssignmentExpression' || set.operator !== '=' || set.left.type !== 'MemberExpression')
        this.fail(statement, 'a constructor')
      if (set.left.object.type !== 'ThisExpression') this.fail(set.left, 'a constructor')
      this.slot(set.left, true)
      this.data(set.right)
    }
    this.scopes.pop()
  }

  // ---------------------------------------------------------------------------------------------- statements

  protected block({ body }: T.BlockStatement): void {
    this.scopes.push(new Map())
    this.statements(body)
    this.scopes.pop()
  }

  /** The names that a block declares are its own from its beginning on. */
  protected statements(body: readonly T.Statement[]): void {
    for (const node of body) if (node.type === 'VariableDeclaration') this.declarations(node)
    for (const node of body) this.statement(node)
  }

  protected declarations(node: T.VariableDeclaration): void {
    if (node.kind === 'var') this.fail(node, 'a kind of variable')
    for (const { id } of node.declarations) {
      if (id.type === 'ObjectPattern') for (const name of this.shorthands(id)) this.declare(name, 'data')
      else if (id.type === 'Identifier') this.declare(id, isCallee(id.name) ? 'frame' : isForked(id.name) ? 'join' : 'data')
      else this.fail(id, 'a pattern')
    }
  }

  protected statement(node: T.Statement): void {
    switch (node.type) {
      case 'EmptyStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      case 'BlockStatement':
        this.block(node)
        return
      case 'ExpressionStatement':
        this.effect(node.expression)
        return
      case 'VariableDeclaration':
        for (const each of node.declarations) this.initial(each, node.kind)
        return
      case 'IfStatement':
        this.data(node.test)
        this.statement(node.consequent)
        if (node.alternate !== null && node.alternate !== undefined) this.statement(node.alternate)
        return
      case 'SwitchStatement':
        this.data(node.discriminant)
        this.scopes.push(new Map())
        for (const { consequent } of node.cases)
          for (const each of consequent) if (each.type === 'VariableDeclaration') this.declarations(each)
        for (const { test, consequent } of node.cases) {
          if (test !== null && test !== undefined) this.data(test)
          for (const each of consequent) this.statement(each)
        }
        this.scopes.pop()
        return
      case 'WhileStatement':
        this.data(node.test)
        this.statement(node.body)
        return
      case 'ForStatement':
        this.scopes.push(new Map())
        if (node.init?.type === 'VariableDeclaration') {
          this.declarations(node.init)
          this.statement(node.init)
        } else if (node.init !== null && node.init !== undefined) this.effect(node.init)
        if (node.test !== null && node.test !== undefined) this.data(node.test)
        if (node.update !== null && node.update !== undefined) this.effect(node.update)
        this.statement(node.body)
        this.scopes.pop()
        return
      case 'LabeledStatement':
        this.statement(node.body)
        return
      case 'ReturnStatement':
        if (node.argument !== null && node.argument !== undefined) this.data(node.argument)
        return
      default: // the syntax of the language is not ours, and all else of it is refused
        this.fail(node, 'a kind of statement')
    }
  }

  protected initial({ id, init }: T.VariableDeclarator, kind: T.VariableDeclaration['kind']): void {
    if (init === null || init === undefined) {
      if (id.type !== 'Identifier' || this.kindOf(id.name) !== 'data') this.fail(id, 'nothing')
      return
    }
    if (id.type === 'ObjectPattern') {
      this.named(init, 'frame')
      for (const { name } of this.shorthands(id)) if (FORBIDDEN_SLOTS.has(name)) this.fail(id, 'a property')
      return
    }
    const target = id.type === 'Identifier' ? this.kindOf(id.name) : undefined
    if (target === 'data') this.data(init)
    else if (kind === 'const' && target === 'frame') this.frame(init)
    else if (kind === 'const' && target === 'join') this.join(init)
    else this.fail(id, 'a variable')
  }
}
