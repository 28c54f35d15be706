/**
 * Warns of loops that read the keyboard and never end when its input has ended: from then on the keyboard gives the byte 255 for ever.
 *
 * Such a loop is a WHILE whose condition stays TRUE while what was read is 255. It is left alone where something in it may look for the end: a 255, a
 * comparison by order, a STOP, a call that is given the byte, or another process with which the loop communicates.
 */
import type { Expression, Input, Name, ProcCall, While } from '../../grammar/ast.ts'
import { SKIP, walk } from '../../grammar/walk.ts'
import type { SyntaxNode } from '../../grammar/walk.ts'
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { VariableSymbol } from '../semantics.ts'
import { evaluate, integerValue } from './evaluate.ts'
import { ORDER } from './operator-kinds.ts'
import type { Typed } from './types.ts'

const END_OF_FILE = 255n

/** Reports the loops of the program's own files that never end at the end of the input. */
export function warnEndlessInput(typed: Typed, report: Reporting): void {
  const { main, resolved } = typed
  if (main?.parameters.includes('keyboard') !== true) return
  const calls: ProcCall[] = []
  const inputs: { readonly input: Input; readonly loop: While }[] = []
  walk<While | undefined>(resolved.program.items, undefined, (node, loop) => {
    if (node.kind === 'proc') return undefined // its body is run where it is called
    if (node.kind === 'while') return node
    if (node.kind === 'call') calls.push(node)
    else if (loop !== undefined && node.kind === 'input') inputs.push({ input: node, loop })
    else if (loop !== undefined && (node.kind === 'guarded' || node.kind === 'guarded-case')) inputs.push({ input: node.input, loop })
    return loop
  })
  const { formalsOf, unnamed } = boundFormals(typed, calls)
  const connectedTo = (wanted: (service: string) => boolean): Set<VariableSymbol> =>
    reached(
      main.symbol.formals.filter((_, i) => wanted(main.parameters[i] ?? '')),
      formalsOf,
    )
  const keyboards = connectedTo((service) => service === 'keyboard')
  const screens = connectedTo((service) => service !== 'keyboard')
  const locals = [...formalsOf.keys()].filter((variable) => variable.role !== 'formal')
  for (const elsewhere of reached([...locals, ...unnamed], formalsOf)) screens.delete(elsewhere) // another process may hear of the end there
  const seen = new Set<While>()
  for (const { input, loop } of inputs) {
    const channel = variableOf(typed, input.channel)
    if (channel === undefined || !keyboards.has(channel) || seen.has(loop) || loop.span.file !== resolved.program.span.file) continue
    seen.add(loop)
    const key = new Loop(typed, keyboards, screens, loop).endless()
    if (key !== undefined)
      report('W0606', { ...loop.span, end: loop.condition.span.end }, { name: key.name }, [
        { span: input.channel.span, text: 'gives 255 for ever after the end' },
      ])
  }
}

/** @returns for each variable that is given to PROCs, the parameters that it is given to; and the parameters that are given something without a name */
function boundFormals(
  typed: Typed,
  calls: readonly ProcCall[],
): { readonly formalsOf: ReadonlyMap<VariableSymbol, readonly VariableSymbol[]>; readonly unnamed: readonly VariableSymbol[] } {
  const bound = new Map<VariableSymbol, VariableSymbol[]>()
  const unnamed: VariableSymbol[] = []
  for (const { name, actuals } of calls) {
    const callee = typed.symbols.get(name)
    if (callee?.kind !== 'proc') continue
    for (const [i, actual] of actuals.entries()) {
      const variable = variableOf(typed, actual)
      const formal = callee.formals[i]
      if (formal === undefined) continue
      if (variable === undefined) {
        unnamed.push(formal)
        continue
      }
      const formals = bound.get(variable)
      if (formals === undefined) bound.set(variable, [formal])
      else formals.push(formal)
    }
  }
  return { formalsOf: bound, unnamed }
}

function reached(from: readonly VariableSymbol[], to: ReadonlyMap<VariableSymbol, readonly VariableSymbol[]>): Set<VariableSymbol> {
  const all = new Set(from)
  for (const each of all) for (const next of to.get(each) ?? []) all.add(next)
  return all
}

/** @returns the variable, channel or parameter that an expression names, as a whole or by one of its ends */
function variableOf({ symbols }: Typed, expression: Expression): VariableSymbol | undefined {
  const whole = expression.kind === 'end' ? expression.channel : expression
  const symbol = whole.kind === 'name-use' ? symbols.get(whole.name) : undefined
  return symbol?.kind === 'variable' ? symbol : undefined
}

/** One loop that reads the keyboard. */
class Loop {
  /** Variables that hold what was read. */
  private readonly keys = new Set<VariableSymbol>()
  /** Variables that something else is assigned to. */
  private readonly others = new Set<VariableSymbol>()
  private mayEnd = false

  constructor(
    private readonly typed: Typed,
    private readonly keyboards: ReadonlySet<VariableSymbol>,
    private readonly screens: ReadonlySet<VariableSymbol>,
    private readonly loop: While,
  ) {}

  /** @returns what the loop reads into if it never ends at the end of the input */
  endless(): VariableSymbol | undefined {
    walk([this.loop], undefined, (node) => {
      if (this.mayEnd) return SKIP
      if (ENDS.has(node.kind)) this.mayEnd = true
      else if (node.kind === 'assign') for (const target of node.targets) this.assigned(target)
      else if (node.kind === 'input') this.input(node, false)
      else if (node.kind === 'guarded' || node.kind === 'guarded-case') this.input(node.input, true)
      else if (node.kind === 'output' && !this.isOf(this.screens, node.channel)) this.mayEnd = true
      else if ((node.kind === 'literal' || node.kind === 'name-use') && integerValue(this.typed, node) === END_OF_FILE) this.mayEnd = true
      return undefined
    })
    const [key] = this.keys
    if (key === undefined) return undefined
    walk([this.loop], undefined, (node) => {
      if (node.kind === 'call') this.call(node)
      else if (node.kind === 'function-call' && this.isOwn(node.name) && node.actuals.some((actual) => this.isKey(actual)))
        this.mayEnd = true
      else if (node.kind === 'dyadic' && ORDER.has(node.operator) && (this.isKey(node.left) || this.isKey(node.right))) this.mayEnd = true
    })
    return !this.mayEnd && this.atEnd(this.loop.condition) === true ? key : undefined
  }

  private input({ channel, mode }: Input, isGuard: boolean): void {
    const isKeyboard = this.isOf(this.keyboards, channel)
    const isTimer = this.typed.types.get(channel)?.kind === 'timer'
    if (!isKeyboard && !isTimer && !isGuard) this.mayEnd = true
    if (mode.kind !== 'items') return
    for (const item of mode.items) {
      const variable = variableOf(this.typed, item.target)
      if (variable === undefined) continue
      if (isKeyboard) this.keys.add(variable)
      else this.others.add(variable)
    }
  }

  private assigned(target: Expression): void {
    const variable = variableOf(this.typed, target)
    if (variable !== undefined) this.others.add(variable)
  }

  /** A PROC of the program that is given what was read, or a channel that it may read itself, may do anything with it; those of libraries only show it. */
  private call({ name, actuals }: ProcCall): void {
    const callee = this.typed.symbols.get(name)
    const isOwn = this.isOwn(name)
    for (const [i, actual] of actuals.entries()) {
      const formal = callee?.kind === 'proc' ? callee.formals[i] : undefined
      const isChannel = formal?.type.kind === 'channel'
      if (isChannel && !this.isOf(this.screens, actual)) this.mayEnd = true
      if (isOwn && (isChannel || this.isKey(actual))) this.mayEnd = true
      if (formal !== undefined && formal.mode !== 'val' && !isChannel) this.assigned(actual)
    }
  }

  private isOwn(name: Name): boolean {
    return this.typed.symbols.get(name)?.declaredAt?.file === this.loop.span.file
  }

  private isOf(channels: ReadonlySet<VariableSymbol>, expression: Expression): boolean {
    const variable = variableOf(this.typed, expression)
    return variable !== undefined && channels.has(variable)
  }

  /** @returns whether an expression is what was read, perhaps as another type */
  private isKey(expression: Expression): boolean {
    if (expression.kind === 'conversion') return this.isKey(expression.operand)
    const variable = variableOf(this.typed, expression)
    return variable !== undefined && this.keys.has(variable)
  }

  /** @returns the value of a condition where the keyboard has given 255, if that is certain */
  private atEnd(condition: Expression): boolean | undefined {
    const value = evaluate(this.typed, condition)
    if (typeof value === 'boolean') return value
    if (condition.kind === 'monadic' && condition.operator === 'NOT') {
      const operand = this.atEnd(condition.operand)
      return operand === undefined ? undefined : !operand
    }
    if (condition.kind !== 'dyadic') return undefined
    const { operator, left, right } = condition
    if (operator === 'AND' || operator === 'OR') {
      const [a, b] = [this.atEnd(left), this.atEnd(right)]
      const decisive = operator === 'OR'
      if (a === decisive || b === decisive) return decisive
      return a === undefined || b === undefined ? undefined : !decisive
    }
    const [key, constant] = this.isKey(left) ? [left, right] : [right, left]
    const other = integerValue(this.typed, constant)
    if (!this.isKey(key) || other === undefined || this.isOf(this.others, key)) return undefined
    if (operator === '=') return other === END_OF_FILE
    return operator === '<>' ? other !== END_OF_FILE : undefined
  }
}

/** Where one of these stands, the loop may end, or wait for another process. */
const ENDS: ReadonlySet<SyntaxNode['kind']> = new Set(['stop', 'pass', 'sync', 'sync-guard', 'fork', 'suspend'])
