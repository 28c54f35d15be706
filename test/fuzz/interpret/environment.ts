/** What names stand for while a program is interpreted. */
import type { FunctionDeclaration, Name, ProcDeclaration } from '../../../grammar/ast.ts'
import type { Checked, Symbol } from '../../../compiler/semantics.ts'
import { TooLong } from './fault.ts'
import { type Place } from './memory.ts'
import { type Barrier, type Channel, type Scheduler } from './scheduler.ts'

/** A channel, or an array of them. */
export type Channels = Channel | readonly Channels[]

/** A PROC or FUNCTION with the names around it. */
export interface Closure {
  readonly kind: 'closure'
  readonly declaration: ProcDeclaration | FunctionDeclaration
  readonly environment: Environment
}

export type Binding =
  | { readonly kind: 'data'; readonly place: Place }
  | { readonly kind: 'channels'; readonly channels: Channels }
  | { readonly kind: 'timer' }
  | { readonly kind: 'barrier'; readonly barrier: Barrier }
  | Closure

/** One run of a program: its tables, its processes, its steps. */
export class Machine {
  private steps = 0
  constructor(
    readonly checked: Checked,
    readonly scheduler: Scheduler,
    private readonly limit: number,
  ) {}

  /** Counts a step. @throws TooLong when there were too many */
  step(): void {
    if (++this.steps > this.limit) throw new TooLong()
  }
}

/** The names of one scope, and the scopes around it. */
export class Environment {
  private readonly own = new Map<Symbol, Binding>()
  constructor(
    readonly machine: Machine,
    private readonly around?: Environment,
  ) {}

  inner(): Environment {
    return new Environment(this.machine, this)
  }

  bind(name: Name, binding: Binding): void {
    this.bindSymbol(this.symbol(name), binding)
  }

  bindSymbol(symbol: Symbol, binding: Binding): void {
    this.own.set(symbol, binding)
  }

  symbol(name: Name): Symbol {
    const symbol = this.machine.checked.symbols.get(name)
    if (symbol === undefined) throw new Error(`${name.text} is not bound`)
    return symbol
  }

  /** @returns what a name stands for here; undefined when nothing was declared for it, as for what is predefined */
  find(name: Name): Binding | undefined {
    return this.lookUp(this.symbol(name))
  }

  private lookUp(symbol: Symbol): Binding | undefined {
    return this.own.get(symbol) ?? this.around?.lookUp(symbol)
  }
}
