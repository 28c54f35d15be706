/** Names in a code unit, what each stands for, and the plain parts of its syntax: the ground on which the rules of a unit's form stand. */
/* eslint @typescript-eslint/switch-exhaustiveness-check: off -- The syntax of JavaScript is not ours: what is not listed is refused, also what is added to it. */
import type * as T from 'acorn'
import { ABI_SHAPES, ARRAY_CLASSES, GLOBAL_CALLS } from './unit-names.ts'

/** What a unit's exports are. */
export type Role = 'step' | 'direct' | 'frame class'
export type UnitExports = ReadonlyMap<string, Role>

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
export type Kind = Role | 'data' | 'process' | 'frame' | 'join' | 'unit' | 'plan' | 'abi' | 'abi function' | 'base class' | 'imported'

type Scope = Map<string, Kind>

/** The kinds that names of their own have, wherever they stand. */
const RESERVED: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['p', 'process'],
  ['f', 'frame'],
  ['$', 'unit'],
  ['abi', 'abi'],
])
export const isCallee = (name: string): boolean => /^callee(_\d+)?$/.test(name)
export const isForked = (name: string): boolean => /^forked(_\d+)?$/.test(name)

export const lineOf = (code: string, position: number): number => code.slice(0, position).split('\n').length

export abstract class FormOfNames {
  protected readonly scopes: Scope[] = [new Map<string, Kind>()]

  constructor(protected readonly code: string) {}

  protected fail(node: T.Node | undefined, what: string): never {
    const start = node?.start ?? 0
    const text = this.code.slice(start, node?.end ?? 0).replace(/\s+/g, ' ')
    throw new FormError(`${what}: ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`, lineOf(this.code, start))
  }

  protected name(node: T.Identifier): string {
    if (this.code.slice(node.start, node.end) !== node.name) this.fail(node, 'a name is written with escapes')
    return node.name
  }

  protected kindOf(name: string): Kind | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const kind = this.scopes[i]?.get(name)
      if (kind !== undefined) return kind
    }
    return undefined
  }

  /** A name has one meaning: none hides another of the module, of the ABI or of the language. */
  protected declare(node: T.Identifier, kind: Kind): void {
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

  /** The names in `{ a, b, c }`. */
  protected shorthands(pattern: T.ObjectPattern): T.Identifier[] {
    return pattern.properties.map((property) => {
      if (property.type !== 'Property' || !property.shorthand || property.computed || property.value.type !== 'Identifier')
        this.fail(property, 'a pattern')
      this.name(property.value)
      return property.value
    })
  }

  protected isCallOf(node: T.Node, name: string): boolean {
    if (node.type !== 'CallExpression') return false
    const { callee } = node as T.CallExpression // its type says so
    return callee.type === 'Identifier' && callee.name === name && this.kindOf(name) === 'abi function'
  }

  /** The properties of an object, each a plain one of these names, each once. */
  protected properties(node: T.Node, names: ReadonlySet<string>): Map<string, T.Expression> {
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

  protected items(node: T.Expression | undefined): T.Expression[] {
    if (node?.type !== 'ArrayExpression') this.fail(node, 'not a list')
    return node.elements.map((element) => {
      if (element === null || element.type === 'SpreadElement') this.fail(node, 'not a list')
      return element
    })
  }

  protected text(node: T.Node | undefined | null): void {
    if (node?.type !== 'Literal' || typeof (node as T.Literal).value !== 'string') this.fail(node ?? undefined, 'not a text')
    if (/godwit:abi|unit:/.test(this.code.slice(node.start, node.end))) this.fail(node, 'a text with the name of a module')
  }

  protected plain(node: T.Node | undefined): void {
    if (node?.type !== 'Literal' || !['number', 'boolean'].includes(typeof (node as T.Literal).value)) this.fail(node, 'not a number')
  }

  protected named(node: T.Node | undefined, kind: Kind): void {
    if (node?.type !== 'Identifier' || this.kindOf(this.name(node as T.Identifier)) !== kind) this.fail(node, `not a ${kind}`)
  }
}

export const GLOBAL_DATA: ReadonlySet<string> = new Set(['undefined', 'NaN', 'Infinity'])
/** Names that mean something to JavaScript even where nobody has declared them. */
const NEVER: ReadonlySet<string> = new Set(['arguments', 'eval', 'globalThis', 'await', 'Function', 'Object', 'Reflect'])
export const GLOBAL_FUNCTIONS: ReadonlySet<string> = new Set(['BigInt', 'Number'])
