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
import { LIMITS } from '../limits.ts'
import { FormError, lineOf } from './unit-form-names.ts'
import type { Role, UnitExports } from './unit-form-names.ts'
import { FormOfStatements } from './unit-form-statements.ts'
import { ABI_SHAPES } from './unit-names.ts'

export { FormError } from './unit-form-names.ts'
export type { UnitExports } from './unit-form-names.ts'

/** What a module that has the form of a unit is. */
export interface UnitForm {
  readonly exports: UnitExports
  /** How many import statements it has. */
  readonly imports: number
}

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

class Verifier extends FormOfStatements {
  private readonly exports = new Map<string, Role>()
  /** Of the functions of the module: what their parameters say. */
  private units = 0
  private hasExport = false

  constructor(
    code: string,
    private readonly importsOf: (hash: string) => UnitExports | undefined,
  ) {
    super(code)
  }

  program({ body }: T.Program): UnitForm {
    for (const node of body) this.hoist(node)
    for (const node of body) this.topLevel(node)
    if (this.units !== 1 || !this.hasExport) this.fail(body[0], 'it is not one unit')
    return { exports: this.exports, imports: body.filter(({ type }) => type === 'ImportDeclaration').length }
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

  /** A slot, or the end of a stretch of slots. */
  private liveSlot(node: T.Expression): void {
    this.plain(node.type === 'UnaryExpression' && node.operator === '-' ? node.argument : node)
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
}

const PLAN: ReadonlySet<string> = new Set(['labels', 'steps', 'pri', 'replicated'])
const UNIT: ReadonlySet<string> = new Set(['name', 'machines'])
const MACHINE: ReadonlySet<string> = new Set(['name', 'step', 'blank', 'slots', 'live', 'results', 'tied'])
