/**
 * FUNCTIONs of constants are constants: their bodies are carried out at compile time. A FUNCTION changes only its own variables, so all that
 * it needs are the values of its parameters. What takes too long, or stops, is left to run time.
 */
import type { Declaration, Expression, Name, Process, Replicator, ValueProcess } from '../../grammar/ast.ts'
import type { Constant, FunctionSymbol, ProcSymbol, Symbol, Type } from '../semantics.ts'
import type { Knowledge, Outcome } from './context.ts'
import { Bindings, evaluate, Forgetful, isConstant, type Place } from './evaluate.ts'
import { mobileOf, representation } from './type-model.ts'

/** Statements, rounds, calls and (in parts of 64) elements that one call of a FUNCTION may take at compile time. */
export const MOST_STEPS = 100_000

/** How deep calls may be nested at compile time. */
const MOST_CALLS = 200

/** A part of the work that has an outcome other than a value: thrown and caught in this file. */
class Abandoned extends Error {
  constructor(readonly outcome: Outcome) {
    super('left to run time')
  }
}

/** The calls that are being carried out, and what is left of their steps. */
interface Budget {
  /** The FUNCTION that is called first. */
  readonly symbol: FunctionSymbol
  steps: number
  calls: number
}

/** What is being carried out, if anything is: a call within a call shares its budget. */
let current: Budget | undefined

/**
 * @param known what is known where the call stands
 * @param symbol a FUNCTION of the program with one result
 * @param actuals the values of its parameters
 * @returns the value of the call; a fault of the arithmetic in it; null when only run time can tell
 */
export function callFunction(known: Knowledge, symbol: FunctionSymbol, actuals: readonly Constant[]): Outcome {
  const outermost = current === undefined
  const budget = (current ??= { symbol, steps: MOST_STEPS, calls: MOST_CALLS })
  try {
    return new Frame(known, budget).apply(symbol, actuals)
  } catch (error) {
    if (error instanceof Abandoned) return error.outcome
    throw error
  } finally {
    if (outermost) current = undefined
  }
}

class Frame {
  private readonly values: Bindings
  private readonly known: Knowledge

  constructor(
    outer: Knowledge,
    private readonly budget: Budget,
  ) {
    this.values = new Bindings(outer.values)
    this.known = { ...outer, values: this.values, outcomes: new Forgetful() }
  }

  apply(symbol: FunctionSymbol, actuals: readonly Constant[]): Outcome {
    const body = symbol.declaration?.body
    if (body === undefined) return null
    this.enter()
    symbol.formals.forEach((formal, i) => {
      const actual = actuals[i]
      if (actual !== undefined) this.values.set(formal, actual)
    })
    const [result] = body.kind === 'valof' ? this.valof(body) : body.values
    const outcome = result === undefined ? null : evaluate(this.known, result)
    this.budget.calls++
    return outcome
  }

  private enter(): void {
    this.step(1)
    if (--this.budget.calls >= 0) return
    this.known.tooLong.add(this.budget.symbol)
    this.giveUp()
  }

  private step(count: number): void {
    this.budget.steps -= count
    if (this.budget.steps >= 0) return
    this.known.tooLong.add(this.budget.symbol)
    this.giveUp()
  }

  private giveUp(): never {
    throw new Abandoned(null)
  }

  private valof({ declarations, body, results }: ValueProcess): readonly Expression[] {
    for (const declaration of declarations) this.declare(declaration)
    this.process(body)
    return results
  }

  // ---------------------------------------------------------------- values and places

  private value(expression: Expression): Constant {
    const outcome = evaluate(this.known, expression)
    if (isConstant(outcome)) return outcome
    throw new Abandoned(outcome)
  }

  private integer(expression: Expression): bigint {
    const value = this.value(expression)
    return typeof value === 'bigint' ? value : this.giveUp()
  }

  private symbolOf(name: Name): Symbol {
    return this.known.symbols.get(name) ?? this.giveUp()
  }

  private place(expression: Expression): Place {
    switch (expression.kind) {
      case 'name-use': {
        const symbol = this.symbolOf(expression.name)
        return this.values.aliasOf(symbol) ?? this.variable(symbol)
      }
      case 'subscript': {
        const whole = this.place(expression.base)
        const field = expression.index.kind === 'name-use' ? this.known.symbols.get(expression.index.name) : undefined
        const index = field?.kind === 'field' ? field.index : Number(this.integer(expression.index))
        return this.part(whole, index)
      }
      case 'slice': {
        const whole = this.place(expression.base)
        const from = expression.from === undefined ? 0 : Number(this.integer(expression.from))
        const size = this.elements(whole.read()).length
        const count = expression.count === undefined ? size - from : Number(this.integer(expression.count))
        return this.slice(whole, from, count)
      }
      case 'literal':
      case 'string':
      case 'array-literal':
      case 'monadic':
      case 'dyadic':
      case 'conversion':
      case 'function-call':
      case 'valof-expression':
      case 'array-constructor':
      case 'size':
      case 'most':
      case 'end':
      case 'offset-of':
      case 'allocation':
      case 'missing':
        return this.giveUp()
    }
  }

  private variable(symbol: Symbol): Place {
    const { values } = this
    return {
      read: () => values.get(symbol) ?? this.giveUp(),
      write: (value) => {
        values.assign(symbol, value)
      },
    }
  }

  private elements(value: Constant): readonly Constant[] {
    return typeof value === 'object' ? value : this.giveUp()
  }

  private part(whole: Place, index: number): Place {
    const elements = (): readonly Constant[] => {
      const all = this.elements(whole.read())
      return index >= 0 && index < all.length ? all : this.giveUp()
    }
    return {
      read: () => elements()[index] ?? this.giveUp(),
      write: (value) => {
        const all = elements()
        this.step(all.length >> 6)
        whole.write(all.with(index, value))
      },
    }
  }

  private slice(whole: Place, from: number, count: number): Place {
    if (from < 0 || count < 0 || from + count > this.elements(whole.read()).length) this.giveUp()
    return {
      read: () => this.elements(whole.read()).slice(from, from + count),
      write: (value) => {
        const parts = this.elements(value)
        if (parts.length !== count) this.giveUp()
        const all = this.elements(whole.read())
        this.step(all.length >> 6)
        whole.write([...all.slice(0, from), ...parts, ...all.slice(from + count)])
      },
    }
  }

  private zero(type: Type): Constant {
    if (mobileOf(type) !== undefined) return this.giveUp()
    const inner = representation(type)
    switch (inner.kind) {
      case 'primitive':
        return inner.name === 'BOOL' ? false : inner.name === 'REAL32' || inner.name === 'REAL64' ? 0 : 0n
      case 'array': {
        if (inner.size === undefined || inner.size > MOST_STEPS) return this.giveUp()
        this.step(inner.size >> 6)
        const element = this.zero(inner.element)
        return Array.from({ length: inner.size }, () => element)
      }
      case 'record':
        return inner.fields.map((field) => this.zero(field.type))
      case 'bundle':
      case 'end':
      case 'channel':
      case 'timer':
      case 'barrier':
      case 'process':
      case 'named':
      case 'mobile':
      case 'poison':
        return this.giveUp()
    }
  }

  // ---------------------------------------------------------------- declarations

  private declare(declaration: Declaration): void {
    this.step(1)
    switch (declaration.kind) {
      case 'variable':
        for (const name of declaration.names) {
          const symbol = this.symbolOf(name)
          if (symbol.kind !== 'variable') this.giveUp()
          this.values.set(symbol, this.zero(symbol.type))
        }
        return
      case 'initial': {
        const values = declaration.values.map((value) => this.value(value))
        declaration.names.forEach((name, i) => this.values.set(this.symbolOf(name), values[i] ?? this.giveUp()))
        return
      }
      case 'abbreviation': {
        const symbol = this.symbolOf(declaration.name)
        if (declaration.val) this.values.set(symbol, this.value(declaration.value))
        else this.values.alias(symbol, this.fixed(declaration.value))
        return
      }
      case 'reshape':
        return this.giveUp()
      case 'process-type':
      case 'data-type':
      case 'record':
      case 'channel-type':
      case 'protocol':
      case 'proc':
      case 'function':
      case 'place':
        return
      case 'missing':
        return this.giveUp()
    }
  }

  /** A place whose subscripts are those of now. */
  private fixed(expression: Expression): Place {
    const found = this.place(expression)
    found.read() // a place that there is not stops here
    return found
  }

  // ---------------------------------------------------------------- processes

  private process(process: Process): void {
    this.step(1)
    switch (process.kind) {
      case 'skip':
        return
      case 'assign':
        this.assign(process.targets, process.values)
        return
      case 'seq':
        if (process.replicator === undefined) for (const step of process.body) this.process(step)
        else
          this.replicate(process.replicator, () => {
            for (const step of process.body) this.process(step)
            return false
          })
        return
      case 'if':
        if (!this.choose(process)) this.giveUp()
        return
      case 'case': {
        const selector = this.value(process.selector)
        for (const option of process.options) {
          for (const declaration of option.declarations) this.declare(declaration)
          if (option.labels !== undefined && !option.labels.some((label) => this.value(label) === selector)) continue
          this.process(option.body)
          return
        }
        return this.giveUp()
      }
      case 'while':
        while (this.value(process.condition) === true) this.process(process.body)
        return
      case 'scope': {
        let inner: Process = process
        while (inner.kind === 'scope') {
          this.declare(inner.declaration)
          inner = inner.body
        }
        this.process(inner)
        return
      }
      case 'call': {
        const symbol = this.symbolOf(process.name)
        if (symbol.kind !== 'proc') return this.giveUp()
        this.call(symbol, process.actuals)
        return
      }
      case 'stop':
      case 'pass':
      case 'output':
      case 'input':
      case 'par':
      case 'alt':
      case 'sync':
      case 'suspend':
      case 'resign':
      case 'claim':
      case 'fork':
      case 'forking':
      case 'missing':
        return this.giveUp()
    }
  }

  private assign(targets: readonly Expression[], values: readonly Expression[]): void {
    if (targets.length !== values.length) this.giveUp() // a FUNCTION of several results
    const places = targets.map((target) => this.place(target))
    const got = values.map((value) => this.value(value))
    places.forEach((place, i) => {
      place.write(got[i] ?? this.giveUp())
    })
  }

  private call(symbol: ProcSymbol, actuals: readonly Expression[]): void {
    if (symbol.predefined === 'ASSERT') {
      const [claim] = actuals
      if (claim === undefined || this.value(claim) !== true) this.giveUp()
      return
    }
    if (symbol.declaration === undefined) this.giveUp()
    this.enter()
    const inner = new Frame(this.known, this.budget)
    symbol.formals.forEach((formal, i) => {
      const actual = actuals[i]
      if (actual === undefined) this.giveUp()
      if (formal.mode === 'val' || formal.mode === 'initial') inner.values.set(formal, this.value(actual))
      else inner.values.alias(formal, this.fixed(actual))
    })
    inner.process(symbol.declaration.body)
    this.budget.calls++
  }

  /** @returns whether one of the choices was taken */
  private choose({ replicator, choices }: Extract<Process, { kind: 'if' }>): boolean {
    const once = (): boolean =>
      choices.some((choice) => {
        this.step(1)
        if (choice.kind === 'missing') return this.giveUp()
        for (const declaration of choice.declarations) this.declare(declaration)
        if (choice.kind === 'nested-if') return this.choose(choice.conditional)
        if (this.value(choice.condition) !== true) return false
        this.process(choice.body)
        return true
      })
    return replicator === undefined ? once() : this.replicate(replicator, once)
  }

  /** Goes through the rounds of a replicator until one of them says that it is the last. @returns whether one did */
  private replicate({ name, base, count, step }: Replicator, round: () => boolean): boolean {
    const index = this.symbolOf(name)
    const [first, rounds, by] = [this.integer(base), this.integer(count), step === undefined ? 1n : this.integer(step)]
    if (rounds < 0n) this.giveUp()
    for (let i = 0n; i < rounds; i++) {
      this.step(1)
      this.values.set(index, first + i * by)
      if (round()) return true
    }
    return false
  }
}
