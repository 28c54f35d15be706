/**
 * The form of a code unit: whether a module is one that the emitter could have written, so that it can be loaded whoever sent it.
 *
 * Everything is allowed by being listed, and nothing else is: see docs/decisions/0015-units-are-verified.md for why that confines a unit. In short,
 * an expression is of one of these kinds, which its form tells:
 * - a process (`p`) and a frame (`f`, `callee`), which are the parameters of a step function and what it makes and keeps for a call;
 * - a join (`forked`);
 * - data, which is everything else: numbers, truth values, arrays, channels. On data there is nothing but indexing and a few names that give data;
 * - functions, classes, the unit `$` and texts, which are no data: they stand only where they are used.
 * So no name of a property can be computed from a text, no function can be kept or called but by its own name, and what a property of a frame gives is data.
 */
/* eslint @typescript-eslint/switch-exhaustiveness-check: off -- The syntax of JavaScript is not ours: what is not listed is refused, also what is added to it. */
import { parse } from 'acorn'
import type * as T from 'acorn'
import { ABI_SHAPES, DATA_METHODS, DATA_PROPERTIES, FORBIDDEN_SLOTS, GLOBAL_CALLS, ARRAY_CLASSES } from './unit-names.ts'
import type { Argument } from './unit-names.ts'
import { LIMITS } from '../limits.ts'

/** What a unit's exports are. */
export type Role = 'step' | 'direct' | 'frame class'
export type UnitExports = ReadonlyMap<string, Role>

/** What a module that has the form of a unit is. */
export interface UnitForm {
  readonly exports: UnitExports
  /** How many import statements it has. */
  readonly imports: number
}

/** Why a module is no unit. */
export class FormError extends Error {
  constructor(
    message: string,
    /** The line of the module, from 1. */
    readonly line: number,
  ) {
    super(message)
  }
}

/** What a name stands for. `table` is a plan of a PAR; `abi` the namespace of the ABI, or one of its functions. */
type Kind = Role | 'data' | 'process' | 'frame' | 'join' | 'unit' | 'plan' | 'abi' | 'abi function' | 'base class' | 'imported'

type Scope = Map<string, Kind>

/** The kinds that names of their own have, wherever they stand. */
const RESERVED: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['p', 'process'],
  ['f', 'frame'],
  ['$', 'unit'],
  ['abi', 'abi'],
])
const isCallee = (name: string): boolean => /^callee(_\d+)?$/.test(name)
const isForked = (name: string): boolean => /^forked(_\d+)?$/.test(name)

const BINARY: ReadonlySet<string> = new Set(['-', '*', '/', '%', '|', '&', '^', '<<', '>>', '>>>', '<', '<=', '>', '>=', '===', '!=='])
/** These make a number of whatever their operands are, or a truth value. */
const COERCING: ReadonlySet<string> = BINARY
const UNARY: ReadonlySet<string> = new Set(['!', '-', '~', '+'])

/**
 * Reads a module and makes sure that it has the form of a unit.
 * @param importsOf the exports of the units it imports, which have been verified before
 * @returns what it exports, and how often it imports
 * @throws FormError when it has another form
 */
export function verifyForm(code: string, importsOf: (hash: string) => UnitExports | undefined): UnitForm {
  const { most } = LIMITS.unit
  if (code.length > most) throw new FormError(`it has ${code.length} characters, and ${most} is the limit of a unit`, 1)
  let program: T.Program
  try {
    program = parse(code, {
      ecmaVersion: 2022,
      sourceType: 'module',
      onComment: (_block, _text, start) => {
        throw new FormError('it has a comment', lineOf(code, start))
      },
    })
  } catch (error) {
    if (error instanceof FormError) throw error
    throw new FormError(error instanceof Error ? error.message : String(error), 1)
  }
  try {
    return new Verifier(code, importsOf).program(program)
  } catch (error) {
    if (error instanceof RangeError) throw new FormError('it is nested too deeply', 1)
    throw error
  }
}

const lineOf = (code: string, position: number): number => code.slice(0, position).split('\n').length

/** What a node is allowed to do besides what everything may. */
interface Place {
  /** A sum there is made a number, whatever it is. */
  readonly coerced?: boolean
}

class Verifier {
  private readonly scopes: Scope[] = [new Map<string, Kind>()]
  private readonly exports = new Map<string, Role>()
  /** Of the functions of the module: what their parameters say. */
  private units = 0
  private hasExport = false

  constructor(
    private readonly code: string,
    private readonly importsOf: (hash: string) => UnitExports | undefined,
  ) {}

  program({ body }: T.Program): UnitForm {
    for (const node of body) this.hoist(node)
    for (const node of body) this.topLevel(node)
    if (this.units !== 1 || !this.hasExport) this.fail(body[0], 'it is not one unit')
    return { exports: this.exports, imports: body.filter(({ type }) => type === 'ImportDeclaration').length }
  }

  private fail(node: T.Node | undefined, what: string): never {
    const start = node?.start ?? 0
    const text = this.code.slice(start, node?.end ?? 0).replace(/\s+/g, ' ')
    throw new FormError(`${what}: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`, lineOf(this.code, start))
  }

  private name(node: T.Identifier): string {
    if (this.code.slice(node.start, node.end) !== node.name) this.fail(node, 'a name is written with escapes')
    return node.name
  }

  // ---------------------------------------------------------------------------------------------- names

  private kindOf(name: string): Kind | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const kind = this.scopes[i]?.get(name)
      if (kind !== undefined) return kind
    }
    return undefined
  }

  /** A name has one meaning: none hides another of the module, of the ABI or of the language. */
  private declare(node: T.Identifier, kind: Kind): void {
    const name = this.name(node)
    const reserved = RESERVED.get(name) ?? (isCallee(name) ? 'frame' : isForked(name) ? 'join' : undefined)
    if (reserved !== undefined && reserved !== kind) this.fail(node, 'a name means something else')
    if (reserved === undefined && (kind === 'process' || kind === 'frame' || kind === 'join'))
      this.fail(node, 'a name means something else')
    const isOurs = kind === 'abi function' || kind === 'base class' || (kind === 'data' && ABI_SHAPES.get(name) === 'data')
    if (
      !isOurs &&
      (ABI_SHAPES.has(name) ||
        GLOBAL_CALLS.has(name) ||
        GLOBAL_FUNCTIONS.has(name) ||
        ARRAY_CLASSES.has(name) ||
        GLOBAL_DATA.has(name) ||
        NEVER.has(name))
    )
      this.fail(node, 'a name hides another')
    const [top] = this.scopes
    if (this.scopes.length > 1 && top?.has(name) === true) this.fail(node, 'a name hides another')
    this.scopes.at(-1)?.set(name, kind)
  }

  /** Enters the functions and classes of the module, which may be used before they stand there. */
  private hoist(node: T.ModuleDeclaration | T.Statement): void {
    const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node
    if (inner?.type === 'VariableDeclaration' && inner.kind === 'const') {
      for (const { id } of inner.declarations) if (id.type === 'Identifier' && id.name === '$') this.declare(id, 'unit')
      return
    }
    if (inner?.type !== 'FunctionDeclaration' && inner?.type !== 'ClassDeclaration') return
    const role = inner.type === 'ClassDeclaration' ? 'frame class' : this.isStep(inner) ? 'step' : 'direct'
    this.declare(inner.id, role) // it has a name
    if (node.type === 'ExportNamedDeclaration') this.exports.set(inner.id.name, role)
  }

  private isStep({ params }: T.Function): boolean {
    const [first, second] = params
    return params.length === 2 && first?.type === 'Identifier' && first.name === 'p' && second?.type === 'Identifier' && second.name === 'f'
  }

  // ---------------------------------------------------------------------------------------------- the module

  private topLevel(node: T.ModuleDeclaration | T.Statement): void {
    switch (node.type) {
      case 'ImportDeclaration':
        this.imports(node)
        return
      case 'ExportNamedDeclaration':
        this.exported(node)
        return
      case 'FunctionDeclaration':
        this.routine(node)
        return
      case 'ClassDeclaration':
        this.frameClass(node)
        return
      case 'VariableDeclaration':
        if (node.kind !== 'const') this.fail(node, 'a variable of the module')
        for (const each of node.declarations) this.constant(each)
        return
      default: // the syntax of the language is not ours, and all else of it is refused
        this.fail(node, 'a statement of the module')
    }
  }

  private imports(node: T.ImportDeclaration): void {
    const source = node.source.value
    const unit = typeof source === 'string' && /^unit:[0-9a-f]{64}$/.test(source) ? this.importsOf(source.slice(5)) : undefined
    if ((source !== 'godwit:abi' && unit === undefined) || node.specifiers.length === 0) this.fail(node, 'an import from elsewhere')
    for (const specifier of node.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier' && unit === undefined && specifier.local.name === 'abi') {
        this.declare(specifier.local, 'abi')
        continue
      }
      if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier') this.fail(specifier, 'a form of import')
      const name = this.name(specifier.imported)
      if (unit === undefined) {
        if (specifier.local.name !== name) this.fail(specifier, 'another name for a part of the ABI')
        this.fromAbi(specifier.local)
      } else {
        const role = unit.get(name)
        if (role === undefined) this.fail(specifier, 'the unit does not export it')
        this.declare(specifier.local, role)
      }
    }
  }

  private fromAbi(node: T.Identifier): void {
    const shape = ABI_SHAPES.get(node.name)
    if (shape === undefined) this.fail(node, 'not in the ABI')
    this.declare(node, shape === 'data' ? 'data' : shape === 'class' ? 'base class' : 'abi function')
  }

  private exported(node: T.ExportNamedDeclaration): void {
    const { declaration } = node
    if (declaration?.type === 'FunctionDeclaration') this.routine(declaration)
    else if (declaration?.type === 'ClassDeclaration') this.frameClass(declaration)
    else if (declaration?.type === 'VariableDeclaration' && declaration.declarations.length === 1) {
      const [only] = declaration.declarations
      const named = only?.id.type === 'Identifier' && only.id.name === 'U' && only.init?.type === 'Identifier' && only.init.name === '$'
      if (!named || declaration.kind !== 'const' || this.kindOf('$') !== 'unit') this.fail(node, 'an export')
      this.hasExport = true
    } else this.fail(node, 'an export')
  }

  private constant({ id, init }: T.VariableDeclarator): void {
    if (id.type === 'ObjectPattern') {
      if (init?.type !== 'Identifier' || this.kindOf(init.name) !== 'abi') this.fail(id, 'a constant of the module')
      for (const property of this.shorthands(id)) this.fromAbi(property)
      return
    }
    if (id.type !== 'Identifier' || init === null || init === undefined) this.fail(id, 'a constant of the module')
    if (id.name === '$') {
      if (!this.isCallOf(init, 'unit')) this.fail(init, 'no unit')
      this.units++
      this.definition(init as T.CallExpression) // it is a call
      return
    }
    if (init.type === 'ObjectExpression') {
      this.plan(init)
      this.declare(id, 'plan')
      return
    }
    if (init.type === 'Identifier') {
      const kind = this.kindOf(init.name)
      if (kind === 'step' || kind === 'direct') {
        this.declare(id, kind)
        return
      }
    }
    this.data(init)
    this.declare(id, 'data')
  }

  /** The names in `{ a, b, c }`. */
  private shorthands(pattern: T.ObjectPattern): T.Identifier[] {
    return pattern.properties.map((property) => {
      if (property.type !== 'Property' || !property.shorthand || property.computed || property.value.type !== 'Identifier')
        this.fail(property, 'a pattern')
      this.name(property.value)
      return property.value
    })
  }

  private isCallOf(node: T.Node, name: string): boolean {
    if (node.type !== 'CallExpression') return false
    const { callee } = node as T.CallExpression // its type says so
    return callee.type === 'Identifier' && callee.name === name && this.kindOf(name) === 'abi function'
  }

  /** The properties of an object, each a plain one of these names, each once. */
  private properties(node: T.Node, names: ReadonlySet<string>): Map<string, T.Expression> {
    if (node.type !== 'ObjectExpression') this.fail(node, 'not an object')
    const found = new Map<string, T.Expression>()
    for (const property of (node as T.ObjectExpression).properties) {
      if (
        property.type !== 'Property' ||
        property.kind !== 'init' ||
        property.method ||
        property.computed ||
        property.key.type !== 'Identifier'
      )
        this.fail(property, 'a property')
      const name = this.name(property.key)
      if (!names.has(name) || found.has(name)) this.fail(property, 'a property')
      found.set(name, property.value)
    }
    return found
  }

  private items(node: T.Expression | undefined): T.Expression[] {
    if (node?.type !== 'ArrayExpression') this.fail(node, 'not a list')
    return node.elements.map((element) => {
      if (element === null || element.type === 'SpreadElement') this.fail(node, 'not a list')
      return element
    })
  }

  private text(node: T.Node | undefined | null): void {
    if (node?.type !== 'Literal' || typeof (node as T.Literal).value !== 'string') this.fail(node ?? undefined, 'not a text')
    if (/godwit:abi|unit:/.test(this.code.slice(node.start, node.end))) this.fail(node, 'a text with the name of a module')
  }

  private plain(node: T.Node | undefined): void {
    if (node?.type !== 'Literal' || !['number', 'boolean'].includes(typeof (node as T.Literal).value)) this.fail(node, 'not a number')
  }

  /** A slot, or the end of a stretch of slots. */
  private liveSlot(node: T.Expression): void {
    this.plain(node.type === 'UnaryExpression' && node.operator === '-' ? node.argument : node)
  }

  private named(node: T.Node | undefined, kind: Kind): void {
    if (node?.type !== 'Identifier' || this.kindOf(this.name(node as T.Identifier)) !== kind) this.fail(node, `not a ${kind}`)
  }

  private plan(node: T.Expression): void {
    const parts = this.properties(node, PLAN)
    for (const label of this.items(parts.get('labels'))) this.text(label)
    for (const step of this.items(parts.get('steps'))) this.named(step, 'step')
    this.plain(parts.get('pri'))
    this.plain(parts.get('replicated'))
  }

  private definition(call: T.CallExpression): void {
    const [argument, ...more] = call.arguments
    if (argument === undefined || more.length > 0) this.fail(call, 'a unit')
    const parts = this.properties(argument, UNIT)
    this.text(parts.get('name'))
    for (const machine of this.items(parts.get('machines'))) {
      const each = this.properties(machine, MACHINE)
      this.text(each.get('name'))
      this.named(each.get('step'), 'step')
      this.blank(each.get('blank'))
      for (const slot of this.items(each.get('slots'))) for (const part of this.items(slot)) this.text(part)
      for (const live of this.items(each.get('live'))) for (const slot of this.items(live)) this.liveSlot(slot)
      for (const result of this.items(each.get('results'))) this.plain(result)
      if (each.has('tied')) this.plain(each.get('tied'))
    }
  }

  private blank(node: T.Expression | undefined): void {
    if (node?.type !== 'ArrowFunctionExpression' || node.params.length > 0 || node.async || node.body.type === 'BlockStatement')
      this.fail(node, 'a blank frame')
    this.newFrame(node.body)
  }

  // ---------------------------------------------------------------------------------------------- functions and classes

  private routine(node: T.Function): void {
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

  private frameClass(node: T.Class): void {
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

  private block({ body }: T.BlockStatement): void {
    this.scopes.push(new Map())
    this.statements(body)
    this.scopes.pop()
  }

  /** The names that a block declares are its own from its beginning on. */
  private statements(body: readonly T.Statement[]): void {
    for (const node of body) if (node.type === 'VariableDeclaration') this.declarations(node)
    for (const node of body) this.statement(node)
  }

  private declarations(node: T.VariableDeclaration): void {
    if (node.kind === 'var') this.fail(node, 'a kind of variable')
    for (const { id } of node.declarations) {
      if (id.type === 'ObjectPattern') for (const name of this.shorthands(id)) this.declare(name, 'data')
      else if (id.type === 'Identifier') this.declare(id, isCallee(id.name) ? 'frame' : isForked(id.name) ? 'join' : 'data')
      else this.fail(id, 'a pattern')
    }
  }

  private statement(node: T.Statement): void {
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

  private initial({ id, init }: T.VariableDeclarator, kind: T.VariableDeclaration['kind']): void {
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

  /** An expression that stands for itself. */
  private effect(node: T.Expression): void {
    if (node.type === 'SequenceExpression') for (const each of node.expressions) this.effect(each)
    else if (node.type === 'AssignmentExpression') this.assignment(node)
    else this.data(node)
  }

  private assignment({ left, right, operator }: T.AssignmentExpression): void {
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

  private pending(node: T.Expression): void {
    if (node.type === 'Literal' && node.value === null) return
    if (node.type === 'Identifier' && this.kindOf(node.name) === 'join') return
    this.frame(node)
  }

  // ---------------------------------------------------------------------------------------------- expressions that are no data

  private frame(node: T.Node): void {
    if (node.type === 'Identifier') this.named(node, 'frame')
    else if (node.type === 'NewExpression') this.newFrame(node)
    else this.pendingOf(node)
  }

  private join(node: T.Expression): void {
    const makes = node.type === 'CallExpression' && node.callee.type === 'Identifier' && MAKES_JOIN.has(node.callee.name)
    if (makes) this.call(node)
    else this.pendingOf(node)
  }

  /** `f.pending` */
  private pendingOf(node: T.Node): void {
    if (node.type !== 'MemberExpression') this.fail(node, 'not a frame')
    const { object, property, computed } = node as T.MemberExpression // its type says so
    const isPending = !computed && property.type === 'Identifier' && property.name === 'pending'
    if (!isPending || object.type !== 'Identifier' || object.name !== 'f' || this.kindOf('f') !== 'frame') this.fail(node, 'not a frame')
  }

  /** A new frame of a class that is one; its first argument is the frame that calls it, or null. */
  private newFrame(node: T.Node): void {
    if (node.type !== 'NewExpression') this.fail(node, 'not a frame')
    const { callee, arguments: actuals } = node as T.NewExpression // its type says so
    this.named(callee, 'frame class')
    const [caller, ...values] = actuals
    if (caller?.type === 'Identifier') this.named(caller, 'frame')
    else if (caller?.type !== 'Literal' || caller.value !== null) this.fail(node, 'a frame')
    for (const value of values) this.data(value)
  }

  /** A property of a frame: any name but a few. */
  private slot(node: T.MemberExpression, own: boolean): void {
    if (node.computed || node.optional || node.property.type !== 'Identifier') this.fail(node, 'a property')
    const name = this.name(node.property)
    if (FORBIDDEN_SLOTS.has(name) && !(own && name === 'caller')) this.fail(node, 'a property')
  }

  // ---------------------------------------------------------------------------------------------- data

  private data(node: T.Expression | T.SpreadElement | T.PrivateIdentifier | T.Super, place: Place = {}): void {
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
        } else if (!BINARY.has(operator)) this.fail(node, `the operator ${operator}`)
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

  /** Whether the form of an expression says that it is a number, or that it is not defined. */
  private isNumber(node: T.Expression | T.PrivateIdentifier): boolean {
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

  private member(node: T.MemberExpression): void {
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
  private isBranch(node: T.Expression): boolean {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression' || node.callee.computed) return false
    const { object, property } = node.callee
    if (property.type !== 'Identifier' || property.name !== 'frame') return false
    if (object.type !== 'Identifier' || this.kindOf(object.name) !== 'join') return false
    for (const each of node.arguments) this.data(each)
    return true
  }

  /** `forked.branches` */
  private isBranches(node: T.Expression): boolean {
    if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier' || node.property.name !== 'branches')
      return false
    return node.object.type === 'Identifier' && this.kindOf(node.object.name) === 'join'
  }

  private newData(node: T.NewExpression): void {
    const { callee } = node
    const name = callee.type === 'Identifier' ? this.name(callee) : ''
    const isArray = ARRAY_CLASSES.has(name) && this.kindOf(name) === undefined
    if (!isArray && !(this.kindOf(name) === 'base class' && name !== 'Frame')) this.fail(node, 'a new object')
    for (const each of node.arguments) this.data(each, { coerced: true })
  }

  private call(node: T.CallExpression): void {
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
  private passed(node: T.Expression | T.SpreadElement): void {
    if (node.type === 'Identifier' && this.kindOf(node.name) === 'unit') return
    this.data(node.type === 'SpreadElement' ? node.argument : node, {})
  }

  private argument(node: T.Expression | T.SpreadElement, wanted: Argument): void {
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
  private value(pair: T.Expression): void {
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

  private methodCall(node: T.CallExpression, callee: T.MemberExpression): void {
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

  // ---------------------------------------------------------------------------------------------- numbers

  /** Local variables of the present function that hold numbers only. */
  private counters = new Set<string>()

  /** Finds the local variables to which nothing but numbers is assigned. */
  private count(node: T.Function): void {
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
}

const PLAN: ReadonlySet<string> = new Set(['labels', 'steps', 'pri', 'replicated'])
const UNIT: ReadonlySet<string> = new Set(['name', 'machines'])
const MACHINE: ReadonlySet<string> = new Set(['name', 'step', 'blank', 'slots', 'live', 'results', 'tied'])
const MAKES_JOIN: ReadonlySet<string> = new Set(['fork', 'forks', 'forking'])
const GLOBAL_DATA: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity'])
/** Names that mean something to JavaScript even where nobody has declared them. */
const NEVER: ReadonlySet<string> = new Set(['arguments', 'eval', 'globalThis', 'await', 'Function', 'Object', 'Reflect'])
const GLOBAL_FUNCTIONS: ReadonlySet<string> = new Set(['BigInt', 'Number'])
const NUMBER_CALLS: ReadonlySet<string> = new Set(['altStart', 'altSyncStart', 'altWait'])

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
