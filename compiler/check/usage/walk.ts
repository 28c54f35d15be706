/**
 * Goes through a program and writes down every access to a variable or channel. A PROC's accesses become its summary; at the end of a PAR
 * the accesses of its branches are compared; at the end of an abbreviation's scope those made meanwhile are looked at.
 */
import type {
  Declaration,
  Expression,
  FunctionDeclaration,
  Input,
  InputItem,
  ProcCall,
  ProcDeclaration,
  Process,
  ValueProcess,
} from '../../../grammar/ast.ts'
import { sizesOf } from '../../../grammar/ast-types.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { ComparedActuals, Naming, ProcSymbol, VariableSymbol } from '../../semantics.ts'
import { excerpt, withoutDirection } from '../context.ts'
import { describeFormal } from '../formals.ts'
import { activated } from '../mobile-processes.ts'
import { channelOf, endOf, endWithin, isAllocated, isData, POISON, primitiveName } from '../type-model.ts'
import type { Typed } from '../types.ts'
import { AccessLog } from './access-log.ts'
import { Beside, checkAbbreviation, checkCall, type AliasContext } from './aliases.ts'
import { impliedBy, impliedByLabels, impliedByRound } from './conditions.ts'
import { findEnds } from './ends.ts'
import { overlap } from './overlap.ts'
import { compareBranches, compareCopies, doneText, isClaimed, type ParallelContext } from './parallel.ts'
import {
  describeRegion,
  isChannelTable,
  mapTerms,
  regionsOf,
  within,
  type Access,
  type Branch,
  type Region,
  type Selector,
} from './regions.ts'
import { callAccesses, summaryOfActivation, summarise, type Summary } from './summary.ts'
import { ownerOf, partsOf } from './stand-ins.ts'
import { isLarge, termOf, usesAny, type Term } from './terms.ts'

/** What a program does against the rules, where that is permitted. */
export interface Permitted {
  /** Calls that give a variable two names. */
  readonly aliasedCalls: ReadonlySet<ProcCall>
  /** Actual parameters that may be one variable, which is for run time to tell: nothing permits it. */
  readonly comparedActuals: ReadonlyMap<ProcCall, readonly ComparedActuals[]>
  /** Abbreviations around one that may stand for the same variable. */
  readonly comparedAbbreviations: ReadonlyMap<Naming, readonly Naming[]>
  /** Variables that branches of a PAR share though one of them writes. */
  readonly sharedVariables: ReadonlySet<VariableSymbol>
  /** Scalars that some copies of a replicated PAR write. */
  readonly copyVariables: ReadonlySet<VariableSymbol>
}

/** Checks parallel use and aliasing in the whole program. */
export function walkProgram(typed: Typed, report: Reporting): Permitted {
  const walker = new Walker(typed, report)
  walker.program()
  const { permitted: aliasedCalls, compared: comparedActuals } = walker.aliasing
  const { compared: comparedAbbreviations } = walker.beside
  return { aliasedCalls, comparedActuals, comparedAbbreviations, sharedVariables: walker.shared, copyVariables: walker.copied }
}

/**
 * How many conditions are remembered of the choices before one of an IF: each access keeps those around it, so that an IF of n choices would take n
 * squared. What is not remembered makes the checks more careful, not less.
 */
const MOST_CONDITIONS = 256

/** Whether a VAL abbreviation and what is read for it are one array: all else that its value is made of is read once, when it is declared. */
const isShared = (symbol: VariableSymbol, access: Access, value: Expression): boolean =>
  symbol.role === 'val' && primitiveName(symbol.type) === undefined && access.span === value.span

class Walker extends AccessLog {
  readonly aliasing: AliasContext
  /** Variables that branches share, where that is permitted. */
  readonly shared = new Set<VariableSymbol>()
  /** Scalars that copies of a replicated PAR write. */
  readonly copied = new Set<VariableSymbol>()
  /** Channels and variables whose use has been reported. */
  private readonly reported = new Set<VariableSymbol>()
  /** Where arrays of channels that are made at run time were declared. */
  private readonly allocating = new Map<VariableSymbol, { readonly branch: Branch | undefined; readonly routines: number }>()
  /** PROCs and FUNCTIONs that we are in. */
  private routines = 0
  /** When each FORKING around us began. */
  private readonly forkings: number[] = []
  /** The abbreviations that we are in the scope of. */
  readonly beside: Beside
  /** Within a test that is meant to fail. */
  private expectsFailure = false

  constructor(typed: Typed, report: Reporting) {
    super(typed, report)
    const { aliased } = typed.resolved.pragmas
    this.aliasing = {
      report,
      around: { ranges: this.ranges, common: () => true },
      whenRunning: { ranges: this.ranges, common: () => true, mayBeEmpty: true },
      exempt: (symbol) => aliased.has(symbol),
      permitted: new Set(),
      compared: new Map(),
    }
    this.beside = new Beside(this.aliasing)
  }

  program(): void {
    for (const item of this.typed.resolved.program.items) {
      const { memory } = this.typed.resolved
      if (memory?.isUsageKnown(item) === true) continue
      memory?.enter(item)
      if (item.kind === 'test') {
        this.expectsFailure = item.fails !== undefined || item.explore === 'deadlocks'
        this.process(item.body)
        this.expectsFailure = false
      } else this.declaration(item)
      this.log.cut(0)
    }
  }

  // ---------------------------------------------------------------- declarations

  /** Declares, goes through `body`, and checks the abbreviations among the declarations. */
  private scoped(declarations: readonly Declaration[], body: () => void): void {
    const ends = declarations.map((declaration) => this.declaration(declaration))
    body()
    for (const end of ends.reverse()) end?.()
  }

  /** @returns what to do at the end of the scope. */
  private declaration(declaration: Declaration): (() => void) | undefined {
    switch (declaration.kind) {
      case 'variable': {
        const symbols = declaration.names.map((name) => this.variable(name))
        for (const symbol of symbols) {
          this.declared(symbol)
          if (symbol !== undefined && isAllocated(symbol.type))
            this.allocating.set(symbol, { branch: this.branch, routines: this.routines })
        }
        const [first] = symbols
        return first !== undefined && channelOf(first.type) !== undefined ? this.channelScope(symbols) : undefined
      }
      case 'initial':
        for (const value of declaration.values) this.read(value)
        for (const name of declaration.names) this.declared(this.variable(name))
        return undefined
      case 'abbreviation':
      case 'reshape':
        return this.abbreviation(declaration)
      case 'proc':
      case 'function':
        this.routine(declaration)
        return undefined
      case 'process-type':
      case 'data-type':
      case 'record':
      case 'channel-type':
      case 'protocol':
      case 'place':
      case 'missing':
        return undefined
    }
  }

  private abbreviation(declaration: Extract<Declaration, { kind: 'abbreviation' | 'reshape' }>): (() => void) | undefined {
    const { value } = declaration
    const symbol = this.variable(declaration.name)
    const val = declaration.val && (symbol === undefined || isData(symbol.type))
    const before = this.log.length
    if (declaration.kind === 'reshape') for (const size of sizesOf(declaration.type)) this.read(size)
    if (val) this.read(value)
    else this.subscripts(value)
    if (symbol === undefined) return undefined
    this.declared(symbol)
    const reads = this.log.since(before)
    let standsFor: readonly Region[] = []
    if (val) {
      const term = declaration.kind === 'abbreviation' ? termOf(this.typed, this.definitions, value) : undefined
      if (term !== undefined && !isLarge(term) && this.lasts(term, symbol)) this.definitions.set(symbol, term)
    } else {
      const lasting = (selector: Selector): Selector => mapTerms(selector, (term) => (this.lasts(term, symbol) ? term : undefined))
      const regions = regionsOf(this.regions, value).map((region) => ({ ...region, path: region.path.map(lasting) }))
      if (isChannelTable(this.regions, value)) this.tables.set(symbol, value)
      const view = declaration.kind === 'reshape'
      if (!this.tables.has(symbol)) {
        const alias = regions.map((region) => ({
          ...(view ? within(region, { kind: 'view', of: symbol }) : region),
          via: { symbol, before: region.via },
        }))
        this.aliases.set(symbol, alias)
      }
      standsFor = regions
      const [region] = regions
      if (region !== undefined && isData(symbol.type)) this.beside.enter({ declaration, symbol, region, routine: this.routines })
    }
    const madeFrom = this.aliasing.exempt(symbol) ? reads.filter((access) => isShared(symbol, access, value)) : reads
    if (madeFrom.length === 0 && standsFor.length === 0) return undefined
    const start = this.log.length
    return () => {
      const [region] = standsFor
      if (region !== undefined) this.beside.leave(declaration, region)
      if (this.tables.has(symbol)) this.log.closeTable(symbol, start)
      const routes = this.log.close(this.aliases.get(symbol) ?? [])
      const others = standsFor.filter((region) => this.log.usesSince(region.root, start) > (routes.get(region.root) ?? 0))
      checkAbbreviation(this.aliasing, {
        symbol,
        at: declaration.name.span,
        standsFor: others,
        reads: madeFrom,
        isCompared: (via) => this.beside.compares(symbol, via),
        othersOf: (region) => this.log.near(region, start),
        writesTo: (region) => this.log.writesNear(region, start),
      })
    }
  }

  /** Whether a term means the same all through the scope of an abbreviation: a variable of it may change where that is permitted. */
  private lasts(term: Term, abbreviation: VariableSymbol): boolean {
    const { exempt } = this.aliasing
    return !usesAny(term, (symbol) => partsOf(symbol).some((part) => part.writable && (exempt(abbreviation) || exempt(part))))
  }

  /** Looks at the uses of channels when their scope ends. */
  private channelScope(symbols: readonly (VariableSymbol | undefined)[]): () => void {
    const start = this.log.length
    const within = this.branch
    return () => {
      for (const symbol of symbols) {
        if (symbol === undefined) continue
        if (!this.expectsFailure) this.oneEnd(symbol, this.log.of(symbol, start))
        this.bothEnds(symbol, start, within)
      }
    }
  }

  /** Warns of a channel of which only one end is used. */
  private oneEnd(symbol: VariableSymbol, accesses: readonly Access[]): void {
    const uses = accesses.filter(({ kind }) => kind === 'input' || kind === 'output')
    const [first] = uses
    // an alternative that is never ready does no harm
    if (
      first === undefined ||
      symbol.level === 0 ||
      symbol.declaredAt === undefined ||
      uses.some((access) => access.kind !== first.kind) ||
      uses.every((access) => access.offered === true)
    )
      return
    this.report('W0603', symbol.declaredAt, { name: symbol.name, used: first.kind === 'output' ? '!' : '?' }, [
      { span: first.span, text: uses.length === 1 ? 'the only use' : 'used here' },
    ])
  }

  /**
   * Reports a channel of which one sequential process uses both ends since `start`.
   * @returns the accesses whose other end is used beside them, in a PAR
   */
  private bothEnds(root: VariableSymbol, start: number, within: Branch | undefined): ReadonlySet<Access> {
    const common = (symbol: VariableSymbol): boolean => !this.log.isWritten(symbol, start)
    const { pair, joined } = findEnds(this.log.of(root, start), within, { ranges: this.ranges, common })
    if (pair === undefined || pair.some(isClaimed) || this.reported.has(root) || this.typed.resolved.pragmas.shared.has(root)) return joined
    this.reported.add(root)
    const [first, second] = pair
    this.report(
      'E0509',
      { span: second.span, text: doneText(second, false) },
      { name: describeRegion(second), formal: root.role === 'formal' },
      [{ span: first.span, text: doneText(first, false) }],
    )
    return joined
  }

  private routine(declaration: ProcDeclaration | FunctionDeclaration): void {
    const symbol = this.typed.symbols.get(declaration.name)
    if (symbol?.kind !== 'proc' && symbol?.kind !== 'function') return
    const start = this.log.length
    const outer = this.counter++
    const [around, given] = [this.branch, this.given]
    this.branch = undefined
    this.given = []
    this.routines++
    for (const formal of symbol.formals) this.declared(formal)
    if (declaration.kind === 'proc') this.process(declaration.body)
    else if (declaration.body.kind === 'valof') this.valof(declaration.body)
    else for (const value of declaration.body.values) this.read(value)
    const outside = (each: VariableSymbol): boolean => partsOf(each).every((part) => (this.order.get(ownerOf(part)) ?? -1) < outer)
    const formals = new Set(symbol.formals)
    const accesses = this.withEnds(start, (root) => outside(root) || formals.has(root))
    const summary = summarise(accesses, formals, this.ranges, outside)
    this.summaries.set(symbol, summary)
    if (declaration.kind === 'proc' && declaration.implements !== undefined) this.ownNames(symbol.name, summary)
    this.log.cut(start)
    this.routines--
    this.branch = around
    this.given = given
  }

  /** A MOBILE PROC goes anywhere: it uses no variables and channels but its own. */
  private ownNames(name: string, { free }: Summary): void {
    const [wrong] = free
    if (wrong !== undefined) this.report('E0555', wrong.span, { name, free: wrong.root.name })
  }

  /** Marks the accesses to the channels around a PROC whose other end the PROC uses as well, as it should. */
  private withEnds(start: number, outside: (root: VariableSymbol) => boolean): readonly Access[] {
    const accesses = this.log.since(start)
    const roots = new Set<VariableSymbol>()
    for (const { kind, root } of accesses) if (kind === 'input' && outside(root)) roots.add(root)
    const joined = new Set<Access>()
    for (const root of roots) for (const access of this.bothEnds(root, start, undefined)) joined.add(access)
    return joined.size === 0 ? accesses : accesses.map((access) => (joined.has(access) ? { ...access, joined: true } : access))
  }

  protected override valof(valof: ValueProcess): void {
    this.scoped(valof.declarations, () => {
      this.process(valof.body)
      for (const result of valof.results) this.read(result)
    })
  }

  // ---------------------------------------------------------------- processes

  private process(process: Process): void {
    switch (process.kind) {
      case 'skip':
      case 'suspend':
      case 'stop':
      case 'pass':
      case 'missing':
        return
      case 'assign':
        for (const value of process.values) this.read(value)
        for (const target of process.targets) {
          this.access(target, 'write')
          this.allocation(target)
        }
        return
      case 'output':
        this.access(process.channel, 'output')
        for (const item of process.items) {
          if (item.kind === 'counted') this.read(item.count)
          if (item.value.kind !== 'name-use' || this.typed.symbols.get(item.value.name)?.kind !== 'tag') this.read(item.value)
        }
        return
      case 'input':
        if (this.typed.types.get(process.channel)?.kind === 'channel') this.access(process.channel, 'input')
        else this.subscripts(process.channel)
        {
          this.inputMode(process)
          this.extension(process)
          return
        }
      case 'sync':
        this.access(process.barrier, 'sync')
        return
      case 'resign': {
        this.resignation(process)
        return
      }
      case 'claim': {
        this.claim(process)
        return
      }
      case 'fork':
        this.fork(process)
        return
      case 'forking':
        this.forkings.push(this.counter++)
        this.process(process.body)
        this.forkings.pop()
        return
      case 'seq':
        if (process.replicator !== undefined) this.replicator(process.replicator, process)
        this.where(process.replicator === undefined ? [] : impliedByRound(this.regions, process.replicator), () => {
          for (const step of process.body) this.process(step)
        })
        return
      case 'par': {
        this.parallel(process)
        return
      }
      case 'alt':
        if (process.replicator !== undefined) this.replicator(process.replicator, process)
        for (const alternative of process.alternatives) {
          if (alternative.kind === 'missing') continue
          this.scoped(alternative.declarations, () => {
            if (alternative.kind === 'nested-alt') {
              this.process(alternative.alt)
              return
            }
            if (alternative.condition !== undefined) this.read(alternative.condition)
            this.where(alternative.condition === undefined ? [] : impliedBy(this.regions, alternative.condition, true), () => {
              if (alternative.kind === 'sync-guard') this.process(alternative.sync)
              else if (alternative.kind !== 'skip-guard') this.guard(alternative.input)
              if (alternative.kind !== 'guarded-case') this.process(alternative.body)
            })
          })
        }
        return
      case 'if': {
        const around = this.given
        this.conditional(process)
        this.given = around
        return
      }
      case 'case':
        this.read(process.selector)
        for (const option of process.options) {
          const labels = option.labels ?? process.options.flatMap((each) => each.labels ?? [])
          this.where(impliedByLabels(this.regions, process.selector, labels, option.labels !== undefined), () => {
            this.scoped(option.declarations, () => {
              this.process(option.body)
            })
          })
        }
        return
      case 'while':
        this.read(process.condition)
        this.where(impliedBy(this.regions, process.condition, true), () => {
          this.process(process.body)
        })
        return
      case 'call': {
        this.call(process)
        return
      }
      case 'scope': {
        const declarations: Declaration[] = []
        let inner: Process = process
        while (inner.kind === 'scope') {
          declarations.push(inner.declaration)
          inner = inner.body
        }
        const body = inner
        this.scoped(declarations, () => {
          this.process(body)
        })
        return
      }
    }
  }

  /** Goes through what has an end; the branches of a PAR in it have not claimed it, each for itself. */
  private claim({ end, body }: Extract<Process, { kind: 'claim' }>): void {
    const roots = new Set(regionsOf(this.regions, end).map(({ root }) => root))
    const around = [...roots].map((root) => [root, this.claims.get(root)] as const)
    const begun = this.counter++
    for (const root of roots) this.claims.set(root, begun)
    this.process(body)
    for (const [root, before] of around) {
      if (before === undefined) this.claims.delete(root)
      else this.claims.set(root, before)
    }
  }

  /** Goes through what runs while its process is not enrolled in a barrier: it does not synchronise on it then. */
  private resignation({ barrier, body }: Extract<Process, { kind: 'resign' }>): void {
    this.access(barrier, 'sync')
    const start = this.log.length
    this.process(body)
    const mine = regionsOf(this.regions, barrier)
    const again = this.log
      .since(start)
      .find((access) => access.kind === 'sync' && mine.some((region) => this.isSame(region, access, start)))
    if (again !== undefined)
      this.report('E0613', again.span, { name: describeRegion(again) }, [{ span: barrier.span, text: 'this process has left it' }])
  }

  /** Whether two regions are certainly one, or one is a part of the other, where what their subscripts are made of has not changed since `start`. */
  private isSame(a: Region, b: Region, start: number): boolean {
    return a.root === b.root && overlap(a, b, { ranges: this.ranges, common: (symbol) => !this.log.isWritten(symbol, start) }) === 'overlap'
  }

  /** Channels are made by the process that has declared the variable for them: who is given channels does not see others come. */
  private allocation(target: Expression): void {
    const symbol = target.kind === 'name-use' ? this.variable(target.name) : undefined
    if (symbol === undefined || !isAllocated(symbol.type)) return
    const at = this.allocating.get(symbol)
    if (at?.branch === this.branch && at?.routines === this.routines) return
    this.report(
      'E0548',
      target.span,
      { name: symbol.name },
      symbol.declaredAt === undefined ? [] : [{ span: symbol.declaredAt, text: 'declared here' }],
    )
  }

  /** Goes through the choices of an IF; beyond each of them its condition has been false. */
  private conditional(conditional: Extract<Process, { kind: 'if' }>): void {
    const around = this.given
    const { replicator } = conditional
    if (replicator !== undefined) this.replicator(replicator, conditional)
    for (const choice of conditional.choices) {
      if (choice.kind === 'missing') continue
      this.scoped(choice.declarations, () => {
        if (choice.kind === 'nested-if') {
          this.conditional(choice.conditional)
          return
        }
        this.read(choice.condition)
        this.where(impliedBy(this.regions, choice.condition, true), () => {
          this.process(choice.body)
        })
        if (this.given.length < MOST_CONDITIONS) this.given = [...this.given, ...impliedBy(this.regions, choice.condition, false)]
      })
    }
    // that the choices of one round were false says nothing of the index elsewhere
    if (replicator !== undefined) this.given = around
  }

  private guard(input: Input): void {
    const start = this.log.length
    this.process(input)
    this.log.offer(start, input.channel.span)
  }

  /** The processes of an extended input: in the first the channel is taken. */
  private extension({ channel, extended }: Input): void {
    if (extended === undefined) return
    this.during(channel, extended.during)
    if (extended.after !== undefined) this.process(extended.after)
  }

  /** What runs while the writer on `channel` waits. */
  private during(channel: Expression, body: Process): void {
    const start = this.log.length
    this.process(body)
    const mine = regionsOf(this.regions, channel)
    // who takes an end away takes its channels along
    const again = this.log
      .since(start)
      .find(({ kind, ...access }) => (kind === 'input' || kind === 'write') && mine.some((region) => this.isSame(region, access, start)))
    if (again !== undefined)
      this.report('E0523', again.span, { name: describeRegion(again) }, [{ span: channel.span, text: 'the extended input' }])
  }

  private inputItems(items: readonly InputItem[]): void {
    for (const item of items) {
      if (item.kind === 'counted') this.access(item.count, 'write')
      this.access(item.target, 'write')
    }
  }

  private inputMode({ mode, channel }: Input): void {
    switch (mode.kind) {
      case 'items':
      case 'tag': {
        this.inputItems(mode.items)
        return
      }
      case 'case':
        for (const variant of mode.variants) {
          this.scoped(variant.declarations, () => {
            this.inputItems(variant.items)
            if (mode.extended === true) this.during(channel, variant.body)
            else this.process(variant.body)
            if (variant.after !== undefined) this.process(variant.after)
          })
        }
        return
      case 'after': {
        this.read(mode.time)
        return
      }
    }
  }

  /** What is forked may use nothing by its own name that may change, or is at one end of a channel. */
  private fork({ call }: Extract<Process, { kind: 'fork' }>): void {
    const symbol = this.typed.symbols.get(call.name)
    if (symbol?.kind !== 'proc') return
    const { free, handed } = callAccesses(this.regions, symbol, this.summaryOf(symbol), call.actuals, call.name.span)
    for (const { accesses } of handed) this.note(accesses.filter(({ root }) => channelOf(root.type) !== undefined))
    const { shared } = this.typed.resolved.pragmas
    for (const { root } of [...free, ...handed.flatMap(({ accesses }) => accesses)])
      if (shared.has(root) && isData(root.type)) this.shared.add(root)
    const isShared = ({ root, kind }: Access): boolean =>
      channelOf(root.type)?.shared === true || root.type.kind === 'barrier' || (endWithin(root.type)?.shared === true && kind !== 'write')
    const begun = this.forkings.at(-1)
    /** Whether a FORKING around us, or a name that lasts as long as a program may, sees to it that a variable outlives what is forked. */
    const outlives = (root: VariableSymbol): boolean => begun !== undefined && (this.order.get(ownerOf(root)) ?? -1) < begun
    const wrong = free.find((access) => !shared.has(access.root) && !isShared(access))
    const brief = free.find(({ root }) => (shared.has(root) || begun !== undefined) && !outlives(root))
    const name = (wrong ?? brief)?.root.name
    if (name !== undefined) this.report('E0526', call.name.span, { callee: symbol.name, name, brief: wrong === undefined })
    for (const { formal, actual, regions } of handed) {
      if (!regions.some(({ root }) => shared.has(root) && !outlives(root))) continue
      this.report('E0525', actual.span, { actual: excerpt(actual.span), formal: describeFormal(formal), why: 'brief' })
    }
    for (const actual of call.actuals) {
      if (isData(this.typed.types.get(actual) ?? POISON)) this.read(actual)
      else this.subscripts(actual)
    }
  }

  private call(call: Extract<Process, { kind: 'call' }>): void {
    const run = activated(this.typed, call)
    if (run !== undefined) this.access({ kind: 'name-use', name: call.name, span: call.name.span }, 'write')
    const symbol = run ?? this.typed.symbols.get(call.name)
    if (symbol?.kind !== 'proc') return
    const summary = run === undefined ? this.summaryOf(symbol) : summaryOfActivation(run.formals)
    const accesses = callAccesses(this.regions, symbol, summary, call.actuals, call.name.span)
    for (const [i, actual] of call.actuals.entries()) {
      const formal = symbol.formals[i]
      if (formal !== undefined && isData(formal.type) && (formal.mode === 'val' || formal.mode === 'initial')) this.read(actual)
      else this.subscripts(actual)
    }
    for (const { formal, actual, regions, accesses: each } of accesses.handed) {
      this.note(each)
      // only what is claimed is given as an end that is not SHARED
      const isClaimed = endOf(formal.type)?.shared === false && regions.some(({ root }) => endWithin(root.type)?.shared === true)
      if (isClaimed && each.some(({ kind }) => kind === 'write'))
        this.report('E0529', actual.span, { name: withoutDirection(actual), callee: symbol.name }, [])
    }
    this.note(accesses.free)
    checkCall(this.aliasing, this.regions, symbol, call, accesses)
  }

  /** A predefined PROC or host service has no body: its results are written. */
  private summaryOf(symbol: ProcSymbol): Summary | undefined {
    return symbol.declaration === undefined ? undefined : this.summaries.get(symbol)
  }

  /** Writes down that branches are enrolled in barriers, in each of them once. */
  private enrolment(barriers: readonly Expression[]): void {
    const start = this.log.length
    const met: { readonly region: Region; readonly at: Expression }[] = []
    for (const barrier of barriers) {
      for (const region of regionsOf(this.regions, barrier)) {
        const twice = met.find((each) => this.isSame(each.region, region, start))
        if (twice !== undefined)
          this.report('E0302', barrier.span, { name: describeRegion(region), list: 'barriers' }, [
            { span: twice.at.span, text: 'first here' },
          ])
        met.push({ region, at: barrier })
      }
      this.access(barrier, 'sync')
    }
  }

  private parallel(par: Extract<Process, { kind: 'par' }>): void {
    const enrolled = new Set((par.enrolled ?? []).flatMap((barrier) => regionsOf(this.regions, barrier).map(({ root }) => root)))
    this.enrolment(par.enrolled ?? [])
    const index = par.replicator && this.replicator(par.replicator, par)
    const outer = this.counter++
    const { shared } = this.typed.resolved.pragmas
    const context: ParallelContext = {
      report: this.report,
      reported: this.reported,
      ranges: this.ranges,
      exempt: (symbol) => shared.has(symbol),
      permitted: this.shared,
      copied: this.copied,
      claimedBefore: ({ claim }) => claim !== undefined && claim < outer,
      outside: (symbol) => !enrolled.has(symbol) && partsOf(symbol).every((part) => (this.order.get(ownerOf(part)) ?? -1) < outer),
    }
    const branches: Access[][] = []
    for (const { place, body } of par.branches) {
      if (place !== undefined) this.read(place.value)
      const start = this.log.length
      const outer = this.branch
      this.branch = { par, replicated: index !== undefined, outer }
      this.process(body)
      this.branch = outer
      branches.push(this.log.since(start))
    }
    // a barrier that the branches are enrolled in is theirs, but not the variable that has it
    if (enrolled.size > 0) for (const { kind, root } of branches.flat()) if (kind === 'write') enrolled.delete(root)
    if (index !== undefined) compareCopies(context, par, index, branches.flat())
    else if (branches.length > 1) compareBranches(context, par, branches)
  }
}
