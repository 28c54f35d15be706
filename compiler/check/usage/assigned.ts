/**
 * Warns of variables that are read before they have a value (they read as zero). One forward walk keeps, for each variable declared
 * without a value, whether it is certainly, possibly or certainly not assigned.
 *
 * It leans towards silence: a loop counts as run at least once, and what a loop assigns anywhere counts as assigned behind every choice in
 * it (an earlier round may have been there); one element counts for its array, a variable handed to a PROC counts as assigned, and within a
 * PROC everything from outside has a value. Of mobiles is known which of them a PROC needs, and which it moves away.
 */
import type {
  Choice,
  Declaration,
  Expression,
  InputMode,
  ProcCall,
  ProcDeclaration,
  Process,
  Replicator,
  ValueProcess,
} from '../../../grammar/ast.ts'
import { sizesOf } from '../../../grammar/ast-types.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { rootSymbol } from '../context.ts'
import { evaluate, isConstant } from '../evaluate.ts'
import { endOf, isData, isDynamic, isReference, POISON, soleIn } from '../type-model.ts'
import type { Typed } from '../types.ts'
import { assignedIn } from './assigned-in.ts'
import { ExpressionWalk } from './expression-walk.ts'
import { afterAll, afterAny, type State } from './assigned-state.ts'
import { Definedness } from './definedness.ts'
import { MobileParts, wholeOf, type Way } from './mobile-parts.ts'
import { leftBy, mobileFormals, type MovedBy } from './moved-by.ts'

/** A loop that is being gone through. */
interface Loop {
  /** What is repeated. */
  readonly body: Process
  /** What it assigns and does not declare, since what is declared in it has no value from an earlier round; found when that is first asked for. */
  assigned?: ReadonlySet<VariableSymbol>
}

/**
 * Warns of every variable at its first doubtful read.
 * @param shared variables that another branch may give a value at any time: nothing is said of them
 */
export function checkAssigned(typed: Typed, report: Reporting, shared: ReadonlySet<VariableSymbol>): void {
  new Assigned(typed, report, shared).program()
}

class Assigned extends ExpressionWalk {
  /** Variables without a value here. Undefined where control never comes. */
  private state: State | undefined = new Map()
  /** What a reference abbreviation stands for. */
  private readonly aliases = new Map<VariableSymbol, VariableSymbol>()
  /** Those abbreviations that stand for a part of a variable. */
  private readonly partial = new Set<VariableSymbol>()
  /** The fields and elements that are moved away by themselves. */
  private readonly parts: MobileParts
  private readonly definedness: Definedness
  /** Where each mobile was moved away that has nothing here. */
  private readonly moves = new Map<VariableSymbol, Span>()
  /** What has been reported, since bodies of loops are gone through twice. */
  private readonly reported = new Set<Expression | Process | Choice>()
  /** The loops around us. */
  private readonly loops: Loop[] = []
  /** What the body of each loop has moved away at its end, as far as that has been found. */
  private readonly gone = new Map<Process, Set<VariableSymbol>>()
  /** What each PROC does to mobiles, as far as they have been gone through. */
  private readonly movedBy: Map<ProcSymbol, MovedBy>
  /** While a body is gone through to see what it needs: takes that, and nothing is reported. */
  private needs: Set<VariableSymbol> | undefined

  constructor(
    typed: Typed,
    private readonly report: Reporting,
    private readonly shared: ReadonlySet<VariableSymbol>,
  ) {
    super(typed)
    this.parts = new MobileParts(typed)
    this.definedness = new Definedness(typed.resolved.pragmas)
    this.movedBy = typed.resolved.memory?.layer('moved by') ?? new Map<ProcSymbol, MovedBy>()
  }

  program(): void {
    for (const item of this.typed.resolved.program.items) {
      const { memory } = this.typed.resolved
      if (memory?.isUsageKnown(item) === true) continue
      memory?.enter(item)
      if (item.kind === 'test')
        this.fresh(() => {
          this.process(item.body)
        })
      else this.declaration(item)
    }
  }

  /** A body of its own: what is outside counts as assigned. */
  private fresh(body: () => void): void {
    const saved = this.state
    const loops = this.loops.splice(0)
    this.state = new Map()
    body()
    this.state = saved
    for (const loop of loops) this.loops.push(loop)
  }

  private root(expression: Expression): VariableSymbol | undefined {
    let symbol = rootSymbol(this.typed, expression)
    for (let next = symbol && this.aliases.get(symbol); next !== undefined; next = this.aliases.get(next)) symbol = next
    return symbol
  }

  /** @returns the way to a region from its root; where that goes through an abbreviation, only that it lies somewhere in it */
  private wayTo(expression: Expression, root: VariableSymbol): Way {
    return rootSymbol(this.typed, expression) === root ? this.parts.wayTo(expression) : { steps: [], exact: false }
  }

  /** Nothing more is said of parts that lie in a region. */
  private forgetWithin(root: VariableSymbol, way: Way): void {
    for (const part of this.parts.within(root, way)) this.state?.delete(part)
  }

  private assign(expression: Expression): void {
    const symbol = this.state === undefined || this.state.size === 0 ? undefined : this.root(expression)
    if (symbol !== undefined) {
      const way = this.wayTo(expression, symbol)
      this.forgetWithin(symbol, way)
      for (const part of this.parts.around(symbol, way)) {
        const missing = this.state?.get(part)
        if (missing !== undefined && isDynamic(part.type)) this.nothing(part, missing, expression)
        this.state?.delete(part)
      }
      const found = this.state?.get(symbol)
      // an element can be assigned only where there is an array
      if (found !== undefined && expression.kind === 'subscript' && isDynamic(symbol.type)) this.nothing(symbol, found, expression)
      this.state?.delete(symbol)
    }
    this.subscripts(expression)
  }

  /** What the pragmas before a process or declaration say holds from here on. */
  private heed(node: Process | Declaration): void {
    for (const { symbol, isDefined } of this.definedness.before(node)) {
      if (symbol.kind !== 'variable') continue
      this.moves.delete(symbol)
      this.forgetWithin(symbol, WHOLE)
      if (isDefined) this.state?.delete(symbol)
      else this.state?.set(symbol, 'none')
    }
  }

  /** A channel is used: if it is a field of an end, that has to be there. */
  private endOfField(channel: Expression): void {
    const field = channel.kind === 'end' ? channel.channel : channel
    if (this.state === undefined || field.kind !== 'subscript' || endOf(this.typed.types.get(field.base) ?? POISON) === undefined) return
    const symbol = this.root(field.base)
    const found = symbol && this.state.get(symbol)
    if (symbol !== undefined && found !== undefined) this.nothing(symbol, found, field)
  }

  /**
   * Reports a mobile that has nothing, or may have nothing.
   * @param isAll whether `expression` is all of it, and no element
   */
  private nothing(symbol: VariableSymbol, found: 'none' | 'some', expression: Expression, isAll = expression.kind !== 'subscript'): void {
    if (this.needs !== undefined) {
      if (!this.moves.has(symbol)) this.needs.add(symbol)
      return
    }
    if (this.shared.has(wholeOf(symbol)) || this.reported.has(expression)) return
    this.reported.add(expression)
    const moved = this.moves.get(symbol)
    const why = moved === undefined ? undefined : [{ span: moved, text: 'moved away here' }]
    const labels = why ?? (symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared without a value' }])
    const isFatal = found === 'none' && !isAll && isDynamic(symbol.type)
    const end = endOf(symbol.type)
    const about = { name: symbol.name, moved: moved !== undefined, ...(end && { end: end.bundle.name }) }
    if (isFatal) this.report('E0611', expression.span, about, labels)
    else {
      const sole = soleIn(symbol.type)
      this.report('W0605', expression.span, { name: symbol.name, moved: moved !== undefined, sometimes: found === 'some', sole }, labels)
    }
  }

  protected override asked(operand: Expression): void {
    this.subscripts(operand)
  }

  protected override use(expression: Expression): void {
    const { state } = this
    const isMoved = (expression.kind === 'name-use' || expression.kind === 'subscript') && this.typed.moved.has(expression)
    if (state === undefined || (state.size === 0 && !isMoved)) return
    const symbol = this.root(expression)
    if (symbol !== undefined) this.usePart(symbol, state, expression, isMoved)
    const found = symbol && state.get(symbol)
    if (symbol !== undefined && isMoved && expression.kind === 'name-use') {
      if (rootSymbol(this.typed, expression) !== symbol && this.isPartial(expression)) return
      if (found !== undefined) this.nothing(symbol, found, expression)
      for (const gone of [symbol, ...this.parts.fieldsOf(symbol)]) {
        state.set(gone, 'none')
        this.moves.set(gone, expression.span)
      }
      return
    }
    if (symbol === undefined || found === undefined) return
    state.delete(symbol) // once is enough
    if (isReference(symbol.type)) {
      this.nothing(symbol, found, expression)
      return
    }
    if (this.shared.has(symbol) || this.reported.has(expression)) return
    if (this.needs !== undefined) return
    this.reported.add(expression)
    const declared = symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared without a value' }]
    this.report('W0601', expression.span, { name: symbol.name, sometimes: found === 'some' }, declared)
  }

  /** A region is read that may lie in a part that has been moved away, or is moved away itself as a part. */
  private usePart(symbol: VariableSymbol, state: State, expression: Expression, isMoved: boolean): void {
    const way = this.wayTo(expression, symbol)
    for (const part of this.parts.around(symbol, way)) {
      const missing = state.get(part)
      // what has nothing may be sent or assigned; its elements cannot be used
      const isAll = way.exact && part === this.parts.at(symbol, way, expression)
      if (missing !== undefined) this.nothing(part, missing, expression, isAll)
      state.delete(part)
    }
    if (!isMoved) return
    this.forgetWithin(symbol, way)
    if (!way.exact || way.steps.length === 0 || state.has(symbol)) return
    const part = this.parts.at(symbol, way, expression)
    state.set(part, 'none')
    this.moves.set(part, expression.span)
  }

  /** Whether a name stands for a part of its root only. */
  private isPartial(expression: Expression): boolean {
    const symbol = rootSymbol(this.typed, expression)
    return symbol !== undefined && this.partial.has(symbol)
  }

  /** Counts what a loop assigns as assigned. */
  private forget(loop: Loop): void {
    if (this.state !== undefined && this.state.size > 0) {
      const assigned = this.assignedBy(loop)
      for (const symbol of this.state.keys()) if (assigned.has(wholeOf(symbol))) this.state.delete(symbol)
    }
  }

  private assignedBy(loop: Loop): ReadonlySet<VariableSymbol> {
    loop.assigned ??= assignedIn(this.typed, loop.body, (expression) => this.root(expression))
    return loop.assigned
  }

  /** Runs what may be run no time at all: control goes on even if it never ends. */
  private perhaps(body: () => void): void {
    const before = this.state && new Map(this.state)
    body()
    this.state ??= before
  }

  /**
   * Goes through the body of a loop; once more where the first round has moved away what the second does not have. What was found so is remembered
   * of each loop, so that coming by again, in a loop around it, takes one round: the rounds of loops within one another would multiply otherwise.
   */
  private loop(body: () => void, process: Process): void {
    const loop: Loop = { body: process }
    this.loops.push(loop)
    const gone = this.gone.get(process) ?? new Set()
    this.gone.set(process, gone)
    const before = new Set(this.state?.keys())
    for (const symbol of gone) if (this.state?.has(symbol) === false) this.state.set(symbol, 'some')
    this.perhaps(body)
    const more = [...(this.state?.keys() ?? [])].filter(
      (symbol) => this.moves.has(symbol) && !before.has(symbol) && !gone.has(symbol) && !this.assignedBy(loop).has(wholeOf(symbol)),
    )
    if (more.length > 0) {
      for (const symbol of more) gone.add(symbol)
      this.perhaps(body)
    }
    this.loops.pop()
    this.forget(loop)
    // there may have been no round
    for (const [symbol, found] of this.state ?? []) if (found === 'none' && !before.has(symbol)) this.state?.set(symbol, 'some')
  }

  /** Goes through the steps of a SEQ; warns of the first that control never comes to. */
  private steps(body: readonly Process[]): void {
    for (const [i, step] of body.entries()) {
      const reached = this.state !== undefined
      this.process(step)
      const next = body[i + 1]
      if (!reached || this.state !== undefined || next === undefined || this.needs !== undefined || this.reported.has(next)) continue
      this.reported.add(next)
      this.report('W0604', firstLine(next.span), { what: 'process' }, [{ span: firstLine(step.span), text: 'this never ends, or stops' }])
    }
  }

  // ---------------------------------------------------------------- flow

  /** Runs each part from the present state; goes on with what is true after any of them. */
  private oneOf(parts: readonly (() => void)[]): void {
    for (const loop of this.loops) this.forget(loop)
    this.state = afterAny(this.eachFromHere(parts))
  }

  /** Runs all parts; goes on with what any of them assigned. */
  private allOf(parts: readonly (() => void)[]): void {
    const before = this.state
    if (before !== undefined) this.state = afterAll(before, this.eachFromHere(parts))
  }

  private eachFromHere(parts: readonly (() => void)[]): (State | undefined)[] {
    const before = this.state
    return parts.map((part) => {
      this.state = before && new Map(before)
      part()
      return this.state
    })
  }

  /** @returns the mobiles that have something where a condition is true */
  private definedBy(condition: Expression): readonly VariableSymbol[] {
    if (condition.kind === 'dyadic' && condition.operator === 'AND')
      return [...this.definedBy(condition.left), ...this.definedBy(condition.right)]
    const symbol = condition.kind === 'monadic' && condition.operator === 'DEFINED' ? this.root(condition.operand) : undefined
    if (symbol === undefined || condition.kind !== 'monadic') return []
    const way = this.wayTo(condition.operand, symbol)
    return [symbol, ...this.parts.within(symbol, way), ...this.parts.around(symbol, way)]
  }

  /** Warns of the choice after one whose condition is written TRUE. */
  private afterTrue(choices: readonly Choice[]): void {
    const at = choices.findIndex(
      (choice) => choice.kind === 'choice' && choice.condition.kind === 'literal' && choice.condition.text === 'TRUE',
    )
    const [last, next] = [choices[at], choices[at + 1]]
    if (at < 0 || last === undefined || next === undefined || this.needs !== undefined || this.reported.has(next)) return
    this.reported.add(next)
    this.report('W0604', firstLine(next.span), { what: 'choice' }, [{ span: firstLine(last.span), text: 'always chosen before it' }])
  }

  // ---------------------------------------------------------------- declarations

  private declaration(declaration: Declaration): void {
    this.heed(declaration)
    switch (declaration.kind) {
      case 'variable':
        for (const name of declaration.names) {
          const symbol = this.typed.symbols.get(name)
          if (symbol?.kind !== 'variable') continue
          this.moves.delete(symbol) // that was in the round before
          this.forgetWithin(symbol, WHOLE)
          if (symbol.level > 0 && isData(symbol.type)) this.state?.set(symbol, 'none')
        }
        return
      case 'initial': {
        for (const value of declaration.values) this.read(value)
        for (const name of declaration.names) {
          const symbol = this.typed.symbols.get(name)
          if (symbol?.kind !== 'variable') continue
          this.moves.delete(symbol)
          this.state?.delete(symbol)
        }
        return
      }
      case 'abbreviation':
      case 'reshape': {
        const symbol = this.typed.symbols.get(declaration.name)
        const root = this.root(declaration.value)
        if (declaration.kind === 'reshape') for (const size of sizesOf(declaration.type)) this.read(size)
        if (declaration.val) {
          this.read(declaration.value)
          return
        }
        this.subscripts(declaration.value)
        if (symbol?.kind !== 'variable' || root === undefined) return
        this.aliases.set(symbol, root)
        if (declaration.value.kind !== 'name-use' || this.isPartial(declaration.value)) this.partial.add(symbol)
        return
      }
      case 'proc': {
        this.routine(declaration)
        return
      }
      case 'function': {
        const { body } = declaration
        if (this.needs !== undefined) return
        this.fresh(() => {
          if (body.kind === 'valof') this.valof(body)
          else for (const value of body.values) this.read(value)
        })
        return
      }
      case 'process-type':
      case 'data-type':
      case 'record':
      case 'channel-type':
      case 'protocol':
      case 'place':
      case 'missing':
        return
    }
  }

  /** Goes through the body of a PROC, and finds out what it does to mobiles. */
  private routine(declaration: ProcDeclaration): void {
    if (this.needs !== undefined) return
    const symbol = this.typed.symbols.get(declaration.name)
    const formals = symbol?.kind === 'proc' ? mobileFormals(symbol) : []
    let end: State | undefined
    this.fresh(() => {
      for (const formal of formals) if (formal.mode === 'result') this.state?.set(formal, 'none')
      this.process(declaration.body)
      end = this.state
    })
    const needs = formals.length === 0 ? new Set<VariableSymbol>() : this.neededBy(declaration, formals)
    if (symbol?.kind !== 'proc') return
    const leaves = leftBy(declaration, formals, end)
    if (needs.size > 0 || leaves.size > 0) this.movedBy.set(symbol, { needs, leaves })
    for (const formal of formals) this.given(symbol, formal, leaves.get(formal))
  }

  /** @returns which of some parameters a PROC uses before it gives them anything */
  private neededBy(declaration: ProcDeclaration, formals: readonly VariableSymbol[]): ReadonlySet<VariableSymbol> {
    const needs = new Set<VariableSymbol>()
    for (const formal of formals) this.moves.delete(formal)
    this.needs = needs
    this.fresh(() => {
      for (const formal of formals) this.state?.set(formal, 'none')
      this.process(declaration.body)
    })
    this.needs = undefined
    return new Set(formals.filter((formal) => needs.has(formal)))
  }

  /** Warns of a RESULT that has nothing when its PROC ends. */
  private given({ name: callee }: ProcSymbol, formal: VariableSymbol, found: 'none' | 'some' | undefined): void {
    if (formal.mode !== 'result' || found === undefined || formal.declaredAt === undefined) return
    if (this.moves.has(formal)) return
    const { name, type } = formal
    this.report('W0605', formal.declaredAt, { name, moved: false, sometimes: found === 'some', sole: soleIn(type), end: callee })
  }

  /** A call: what it needs has to be there, and what it moves away is gone. */
  private call(process: ProcCall): void {
    const symbol = this.typed.symbols.get(process.name)
    if (symbol?.kind === 'variable') this.use({ kind: 'name-use', name: process.name, span: process.name.span })
    if (symbol?.kind !== 'proc') return
    const by = this.movedBy.get(symbol)
    const moved: (readonly [VariableSymbol, 'none' | 'some', Span | undefined])[] = []
    for (const [i, actual] of process.actuals.entries()) {
      const mode = symbol.formals[i]?.mode
      if (mode === 'val' || mode === 'initial') this.read(actual)
    }
    for (const [i, actual] of process.actuals.entries()) {
      const formal = symbol.formals[i]
      if (formal?.mode !== 'reference' && formal?.mode !== 'result') continue
      const whole = actual.kind === 'end' ? actual.channel : actual
      const given = whole.kind === 'name-use' ? this.root(whole) : undefined
      const found = given && this.state?.get(given)
      const isNeeded = by?.needs.has(formal) === true || (given !== undefined && isData(formal.type) && !isReference(formal.type))
      if (given !== undefined && found !== undefined && isDynamic(given.type) && isNeeded) this.nothing(given, found, actual)
      this.assign(actual)
      const left = by?.leaves.get(formal)
      if (given !== undefined && left !== undefined) moved.push([given, left, formal.mode === 'result' ? undefined : actual.span])
    }
    for (const written of this.typed.effects.get(symbol)?.writes.keys() ?? []) {
      this.state?.delete(written)
      this.forgetWithin(written, WHOLE)
    }
    for (const [variable, left] of by?.leaves ?? []) if (!symbol.formals.includes(variable)) moved.push([variable, left, process.name.span])
    for (const [variable, left, at] of moved) {
      this.state?.set(variable, left)
      if (at === undefined) this.moves.delete(variable)
      else this.moves.set(variable, at)
    }
  }

  protected override valof(valof: ValueProcess): void {
    for (const declaration of valof.declarations) this.declaration(declaration)
    this.process(valof.body)
    for (const result of valof.results) this.read(result)
  }

  // ---------------------------------------------------------------- processes

  private process(process: Process): void {
    if (process.kind !== 'scope') this.heed(process)
    switch (process.kind) {
      case 'skip':
      case 'missing':
        return
      case 'stop':
      case 'pass':
        this.state = undefined
        return
      case 'assign':
        for (const value of process.values) this.read(value)
        for (const target of process.targets) this.assign(target)
        return
      case 'output':
        this.endOfField(process.channel)
        for (const item of process.items) {
          if (item.kind === 'counted') this.read(item.count)
          this.read(item.value)
        }
        return
      case 'input': {
        this.input(process)
        return
      }
      case 'sync':
      case 'suspend':
        return
      case 'claim':
        this.use(process.end.kind === 'end' ? process.end.channel : process.end)
        this.process(process.body)
        return
      case 'resign':
      case 'forking':
        this.process(process.body)
        return
      case 'fork':
        for (const actual of process.call.actuals) if (isData(this.typed.types.get(actual) ?? POISON)) this.read(actual)
        return
      case 'seq':
        this.replicator(process.replicator)
        if (process.replicator === undefined) {
          this.steps(process.body)
          return
        }
        {
          this.loop(() => {
            this.steps(process.body)
          }, process)
          return
        }
      case 'par':
        this.replicator(process.replicator)
        {
          const branches = process.branches.map(({ body }) => () => {
            this.process(body)
          })
          if (process.replicator === undefined) this.allOf(branches)
          else
            this.perhaps(() => {
              this.allOf(branches)
            })
          return
        }
      case 'alt':
        this.replicator(process.replicator)
        {
          this.oneOf(
            process.alternatives.map((alternative) => () => {
              if (alternative.kind === 'missing') return
              for (const declaration of alternative.declarations) this.declaration(declaration)
              if (alternative.kind === 'nested-alt') {
                this.process(alternative.alt)
                return
              }
              if (alternative.condition !== undefined) this.read(alternative.condition)
              if (alternative.kind === 'guarded' || alternative.kind === 'guarded-case') this.input(alternative.input)
              if (alternative.kind !== 'guarded-case') this.process(alternative.body)
            }),
          )
          return
        }
      case 'if':
        this.replicator(process.replicator)
        {
          this.afterTrue(process.choices)
          this.oneOf(
            process.choices.map((choice) => () => {
              if (choice.kind === 'missing') return
              for (const declaration of choice.declarations) this.declaration(declaration)
              if (choice.kind === 'nested-if') {
                this.process(choice.conditional)
                return
              }
              this.read(choice.condition)
              for (const symbol of this.definedBy(choice.condition)) this.state?.delete(symbol)
              this.process(choice.body)
            }),
          )
          return
        }
      case 'case':
        this.read(process.selector)
        {
          this.oneOf(
            process.options.map((option) => () => {
              for (const declaration of option.declarations) this.declaration(declaration)
              this.process(option.body)
            }),
          )
          return
        }
      case 'while': {
        this.read(process.condition)
        this.loop(() => {
          this.process(process.body)
        }, process.body)
        const condition = evaluate(this.typed, process.condition)
        if (isConstant(condition) && condition === true) this.state = undefined
        return
      }
      case 'call': {
        this.call(process)
        return
      }
      case 'scope': {
        let inner: Process = process
        while (inner.kind === 'scope') {
          this.declaration(inner.declaration)
          inner = inner.body
        }
        this.process(inner)
        return
      }
    }
  }

  /** What it reads has been read, and what is outside its body counts as assigned. */
  protected override called(): void {
    // nothing to do
  }

  protected override replicator(replicator: Replicator | undefined): void {
    for (const part of [replicator?.base, replicator?.count, replicator?.step]) if (part !== undefined) this.read(part)
  }

  private input({ mode, extended }: Extract<Process, { kind: 'input' }>): void {
    this.inputMode(mode)
    for (const part of [extended?.during, extended?.after]) if (part !== undefined) this.process(part)
  }

  private inputMode(mode: InputMode): void {
    switch (mode.kind) {
      case 'items':
      case 'tag':
        for (const item of mode.items) {
          if (item.kind === 'counted') this.assign(item.count)
          this.assign(item.target)
        }
        return
      case 'case': {
        this.oneOf(
          mode.variants.map((variant) => () => {
            for (const declaration of variant.declarations) this.declaration(declaration)
            for (const item of variant.items) {
              if (item.kind === 'counted') this.assign(item.count)
              this.assign(item.target)
            }
            this.process(variant.body)
            if (variant.after !== undefined) this.process(variant.after)
          }),
        )
        return
      }
      case 'after': {
        this.read(mode.time)
        return
      }
    }
  }
}

/** The way to all of a variable. */
const WHOLE: Way = { steps: [], exact: true }

/** The first line of a construct is enough to point at it. */
function firstLine(span: Span): Span {
  const end = span.file.text.indexOf('\n', span.start)
  return end < 0 || end > span.end ? span : { ...span, end }
}
