/**
 * What a place in a generated program may use. The rules of the language against aliasing and sharing are kept by construction: every
 * variable has a root, and a scope says which roots may be read and which written.
 */
import type { Type } from './types.ts'

export interface Variable {
  readonly name: string
  readonly type: Type
  /** The memory it stands for. A reference abbreviation is a root of its own while what it stands for is hidden. */
  readonly root: number
  readonly writable: boolean
  /** The array has at least as many elements as its type says, and may have more. */
  readonly open?: boolean
  /** The values that an index takes. */
  readonly range?: readonly [low: number, high: number]
}

export interface Formal {
  readonly name: string
  readonly type: Type
  readonly mode: 'VAL' | 'RESULT' | 'INITIAL' | ''
  readonly open: boolean
}

export interface Routine {
  readonly name: string
  readonly formals: readonly Formal[]
  /** Of a FUNCTION; empty for a PROC. */
  readonly results: readonly Type[]
  /** Roots around it that it uses, and those of them that it writes. */
  readonly reads: ReadonlySet<number>
  readonly writes: ReadonlySet<number>
  /** It does not communicate, so that a FUNCTION may call it. */
  readonly pure: boolean
  /** How many steps a call takes, about. */
  readonly cost: number
  /** How it is applied when it is an operator. */
  readonly operator?: string
}

export class Scope {
  constructor(
    readonly variables: readonly Variable[],
    readonly routines: readonly Routine[],
    /** Within a FUNCTION: no communication, no PAR. */
    readonly pure: boolean,
    /** How often it is run, about. */
    readonly weight: number,
  ) {}

  private with(change: Partial<Pick<Scope, 'variables' | 'routines' | 'pure' | 'weight'>>): Scope {
    const { variables = this.variables, routines = this.routines, pure = this.pure, weight = this.weight } = change
    return new Scope(variables, routines, pure, weight)
  }

  /** With one more variable, which hides others of its name. */
  declare(...added: readonly Variable[]): Scope {
    return this.with({ variables: [...this.variables.filter(({ name }) => added.every((v) => v.name !== name)), ...added] })
  }

  define(routine: Routine): Scope {
    return this.with({ routines: [...this.routines, routine] })
  }

  times(n: number): Scope {
    return this.with({ weight: this.weight * Math.max(1, n) })
  }

  /** Some memory is used under another name. */
  hide(root: number): Scope {
    return this.with({ variables: this.variables.filter((v) => v.root !== root) })
  }

  /** Some memory must stay as it is. */
  freeze(roots: ReadonlySet<number>): Scope {
    return this.with({ variables: this.variables.map((v) => (roots.has(v.root) ? { ...v, writable: false } : v)) })
  }

  /** Within a FUNCTION: nothing around it is written. */
  purely(): Scope {
    return this.with({ pure: true, variables: this.variables.map((v) => ({ ...v, writable: false })) })
  }

  /** Within a routine: one call of it. */
  body(pure: boolean): Scope {
    return this.with({ weight: 1, pure: pure || this.pure })
  }

  /** All that may be written. */
  roots(): number[] {
    return [...new Set(this.variables.filter((v) => v.writable).map((v) => v.root))]
  }

  /** Routines that may be called here: what they use is in sight, what they write may be written, and there is time. */
  callable(): Routine[] {
    return this.routines.filter(
      ({ reads, writes, cost, pure }) =>
        cost * this.weight <= MOST &&
        (pure || !this.pure) &&
        [...reads].every((root) => this.variables.some((v) => v.root === root)) &&
        [...writes].every((root) => this.variables.some((v) => v.root === root && v.writable)),
    )
  }

  /** Whether something that takes `n` steps may be done here. */
  affords(n: number): boolean {
    return n * this.weight <= MOST
  }
}

/** How many steps the whole program may take, about. */
const MOST = 1500
