/**
 * The type checker: gives every expression a type, every symbol its type, binds fields and tags, and checks what depends on types. It walks
 * the tree once, in the order of the text. The work is divided by subject: `declarations`, `processes`, `communication`, `calls`,
 * `expressions`, `operators`, `replicators`, `type-expressions`; `demand` holds the questions they share.
 */
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { Result } from '../../grammar/result.ts'
import type { CompilerOptions } from '../host.ts'
import { reportInto } from '../diagnostics/catalogue.ts'
import type { Checked, ProcSymbol, Protocol, TagSymbol } from '../semantics.ts'
import { callFunction } from './constant-functions.ts'
import type { Knowledge, TypeContext } from './context.ts'
import { typeDeclaration } from './declarations.ts'
import { settleDirections } from './directions.ts'
import { entriesOf } from './entries.ts'
import { typeExpression } from './expressions.ts'
import { selectMain, type Main } from './main-process.ts'
import { typeProcess, typeValof } from './processes.ts'
import { SIGNAL, SIGNAL_TAG } from './predefined.ts'
import type { Resolved } from './resolve.ts'
import { reportUnused } from './unused.ts'

/** A program with types; constants are known as far as types needed them. */
export interface Typed extends Knowledge {
  readonly resolved: Resolved
  /** What each PROC does that reaches beyond it. */
  readonly effects: TypeContext['effects']
  readonly main: Main | undefined
  /** PROCs that are to be started from outside; undefined when nobody has asked for them. */
  readonly entries: readonly ProcSymbol[] | undefined
}

/**
 * @param resolved the program with its names bound
 * @param options `main` names the main process
 * @returns types, and what was wrong with them
 */
export function typecheck(resolved: Resolved, options: CompilerOptions): Result<Typed> {
  const diagnostics: Diagnostic[] = []
  const { memory } = resolved
  const layer = <K extends object, V>(name: string): Map<K, V> => memory?.layer(name) ?? new Map<K, V>()
  const ctx: TypeContext = {
    resolved,
    report: reportInto(diagnostics),
    symbols: resolved.symbols,
    types: layer('types'),
    resultTypes: layer('resultTypes'),
    typeExpressions: layer('typeExpressions'),
    operatorCalls: layer('operatorCalls'),
    counts: layer('counts'),
    values: layer('values'),
    faults: layer('faults'),
    outcomes: layer('outcomes'),
    complained: new Set(),
    certain: layer('certain'),
    bytesOnChannels: false,
    moved: new Set(),
    looseForks: new Set(),
    claims: layer('claims'),
    claimed: [],
    claimedNames: layer('claimedNames'),
    callFunction,
    tooLong: new Set(),
    negated: new Set(),
    tagsOf: layer<Protocol, readonly TagSymbol[]>('tagsOf').set(SIGNAL.protocol, [SIGNAL_TAG]),
    extended: resolved.extended,
    sharedTags: memory?.sharedTags(SIGNAL_TAG.index + 1) ?? SIGNAL_TAG.index + 1,
    valueOf: layer('valueOf'),
    delays: new Set(),
    fieldsOf: layer('fieldsOf'),
    channelUses: layer('channelUses'),
    abbreviates: layer('abbreviates'),
    effects: layer('effects'),
    pureDepths: layer('pureDepths'),
    pure: [],
    processors: [],
    holding: [],
    procs: [],
    visit: {
      expression: (expression, expected) => typeExpression(ctx, expression, expected),
      process: (process) => {
        typeProcess(ctx, process)
      },
      declaration: (declaration) => {
        typeDeclaration(ctx, declaration)
      },
      valof: (valof, expected) => typeValof(ctx, valof, expected),
    },
  }
  for (const item of resolved.program.items) {
    if (memory?.isKept(item) === true) continue
    memory?.enter(item)
    if (item.kind === 'test') typeProcess(ctx, item.body)
    else typeDeclaration(ctx, item)
  }
  memory?.enter()
  memory?.countTags(ctx.sharedTags)
  settleDirections(
    ctx,
    [...ctx.channelUses.keys()].filter((symbol) => symbol.role !== 'formal'),
  )
  if (!resolved.broken) reportUnused(resolved, ctx.report)
  const entries = options.entries === true ? entriesOf(resolved) : undefined
  const mayLackMain = entries !== undefined && options.main === undefined
  const main = selectMain(resolved, options.main, mayLackMain ? () => undefined : ctx.report)
  const suspended = main && ctx.effects.get(main.symbol)?.suspends
  if (suspended !== undefined && !mayLackMain) ctx.report('E0551', suspended, { callee: undefined })
  return { value: { ...ctx, main: suspended === undefined ? main : undefined, entries }, diagnostics }
}

/** @returns the typed program as the back end sees it, once the constants are known. */
export function checkedFrom(typed: Typed, constants: Checked['constants']): Checked {
  const { resolved, main, entries, effects } = typed
  const base: Checked = {
    program: resolved.program,
    symbols: typed.symbols,
    types: typed.types,
    resultTypes: typed.resultTypes,
    constants,
    operatorCalls: typed.operatorCalls,
    counts: typed.counts,
    bytesOnChannels: typed.bytesOnChannels,
    moved: typed.moved,
    looseForks: typed.looseForks,
    claims: typed.claims,
    tests: resolved.tests,
    services: resolved.pragmas.services,
    ...(entries === undefined
      ? {}
      : { entries, suspending: new Set(entries.filter((symbol) => effects.get(symbol)?.suspends !== undefined)) }),
  }
  return main === undefined ? base : { ...base, main: main.symbol, mainParameters: main.parameters }
}
