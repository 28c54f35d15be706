/** Compares the branches of a PAR, or the copies of a replicated one. */
import type { Parallel } from '../../../grammar/ast.ts'
import type { Label } from '../../../grammar/diagnostic.ts'
import type { Span } from '../../../grammar/source.ts'
import type { Reporting } from '../../diagnostics/catalogue.ts'
import type { VariableSymbol } from '../../semantics.ts'
import { channelOf, endOf, endWithin, isSharedEnd } from '../type-model.ts'
import { Buckets, columnsThatMeet, runsOf } from './columns.ts'
import { lookAtAll, meeting, MOST_VALUES, type LookedAt } from './exhaustive.ts'
import { neverBoth } from './conditions.ts'
import { overlap, type Overlap } from './overlap.ts'
import { describeRegion, type Access, type IndexRange } from './regions.ts'
import { accessKey } from './summary.ts'
import type { Surroundings } from './surroundings.ts'

export interface ParallelContext {
  readonly report: Reporting
  /** Takes what has been reported. */
  readonly reported: Set<VariableSymbol>
  readonly ranges: ReadonlyMap<VariableSymbol, IndexRange>
  /** Whether parallel use of the variable is permitted. */
  readonly exempt: (symbol: VariableSymbol) => boolean
  /** Takes the variables that are shared because that is permitted. */
  readonly permitted: Set<VariableSymbol>
  /** Takes the scalars that copies of a replicated PAR write, or several branches. */
  readonly copied: Set<VariableSymbol>
  /** Whether an access is to an end that was claimed outside the PAR: its branches have not claimed it, each for itself. */
  readonly claimedBefore: (access: Access) => boolean
  /** Whether the variable is declared outside the PAR. */
  readonly outside: (symbol: VariableSymbol) => boolean
}

/** @returns the accesses of one branch to what the branches could share, each different one once, by variable. */
function sharedAccesses(context: ParallelContext, accesses: readonly Access[]): Map<VariableSymbol, Access[]> {
  const byRoot = new Map<VariableSymbol, Access[]>()
  const seen = new Set<string>()
  for (const access of accesses) {
    const { root } = access
    if (!context.outside(root) || (isClaimed(access) && (isOfArray(root) || !context.claimedBefore(access)))) continue
    const key = accessKey(access)
    if (seen.has(key)) continue
    seen.add(key)
    const list = byRoot.get(root)
    if (list === undefined) byRoot.set(root, [access])
    else list.push(access)
  }
  return byRoot
}

/** Whether a variable is an array of ends, or has ends in fields: which of them are used is not looked at. */
const isOfArray = ({ type }: VariableSymbol): boolean => endWithin(type) !== undefined && endOf(type) === undefined

/** Whether an access is to an end that is SHARED: its users claim it, one after the other. Arrays of ends are not looked at. */
export function isClaimed({ root, kind }: Access): boolean {
  if (kind !== 'input' && kind !== 'output') return false
  const end = endWithin(root.type)
  if (end !== undefined) return end.shared || endOf(root.type) === undefined
  const channel = channelOf(root.type)
  return channel !== undefined && isSharedEnd(channel, kind === 'input' ? '?' : '!')
}

/** Writes down that a variable is shared. @returns whether that is to be reported */
function isReported({ exempt, permitted, reported }: ParallelContext, root: VariableSymbol): boolean {
  const permits = exempt(root)
  const known = permits ? permitted : reported
  known.add(root)
  return !permits
}

/** Whether two accesses may not be made at the same time to the same region. */
function clash(a: Access, b: Access): boolean {
  if (a.kind === 'write' || b.kind === 'write') return true
  return a.kind !== 'read' && a.kind === b.kind
}

/** The PAR by its first word. */
function parLabel({ span, mode }: Parallel, text: string): Label {
  const word = mode === 'plain' ? 3 : Math.max(3, span.file.text.slice(span.start, span.start + 20).indexOf('PAR') + 3)
  return { span: { ...span, end: Math.min(span.end, span.start + word) }, text }
}

/** @returns what is done, as a label says it: `read here`, ``written by `p` ``. */
export function doneText(access: Access, again: boolean): string {
  const words = { read: 'read', write: 'written', input: 'input', output: 'output', sync: 'synchronised' }[access.kind]
  return `${again ? `${words} again` : words} ${access.callee === undefined ? 'here' : `by \`${access.callee}\``}`
}

/** @returns variables that some access writes. */
function written(branches: readonly (readonly Access[])[]): Set<VariableSymbol> {
  const set = new Set<VariableSymbol>()
  for (const branch of branches) for (const { kind, root } of branch) if (kind === 'write') set.add(root)
  return set
}

// ---------------------------------------------------------------------------------------------- different branches

/**
 * Reports what two branches of a PAR share and may not.
 * @param branches the accesses of each branch
 */
export function compareBranches(context: ParallelContext, par: Parallel, branches: readonly (readonly Access[])[]): void {
  const changed = written(branches)
  const around: Surroundings = { ranges: context.ranges, common: (symbol) => context.outside(symbol) && !changed.has(symbol) }
  const earlier = new Map<VariableSymbol, Buckets<Access>>()
  const reported = new Set<VariableSymbol>()
  const shared = branches.map((branch) => sharedAccesses(context, branch))
  noteWrittenByAny(context, shared)
  const runs = branches.length > 2 ? runsByRoot(shared, around) : undefined
  for (const mine of shared) {
    for (const [root, accesses] of mine) {
      const others = earlier.get(root)
      const found = others === undefined || reported.has(root) ? undefined : firstConflict(others, accesses, around)
      if (found === undefined) continue
      reported.add(root)
      if (isReported(context, root)) reportBranches(context, par, found)
    }
    for (const [root, accesses] of mine) {
      let buckets = earlier.get(root)
      if (buckets === undefined) earlier.set(root, (buckets = new Buckets<Access>(around, runs?.get(root) ?? NO_RUNS)))
      for (const access of accesses) buckets.add(access)
    }
  }
}

/** Writes down the scalars that more than one branch writes: their conditions exclude each other, or else there is a conflict. */
function noteWrittenByAny({ copied }: ParallelContext, branches: readonly ReadonlyMap<VariableSymbol, readonly Access[]>[]): void {
  const once = new Set<VariableSymbol>()
  for (const branch of branches)
    for (const [root, accesses] of branch) {
      if (!accesses.some(isWhollyWritten)) continue
      if (once.has(root)) copied.add(root)
      once.add(root)
    }
}

const isWhollyWritten = ({ kind, path }: Access): boolean => kind === 'write' && path.length === 0

const NO_RUNS: ReadonlyMap<string, number> = new Map()

/** @returns for each variable which of the parts that the branches use lie one behind the other */
function runsByRoot(
  branches: readonly ReadonlyMap<VariableSymbol, readonly Access[]>[],
  around: Surroundings,
): ReadonlyMap<VariableSymbol, ReadonlyMap<string, number>> {
  const byRoot = new Map<VariableSymbol, Access[]>()
  for (const branch of branches)
    for (const [root, accesses] of branch) {
      const list = byRoot.get(root)
      if (list === undefined) byRoot.set(root, [...accesses])
      else for (const access of accesses) list.push(access)
    }
  return new Map([...byRoot].map(([root, accesses]) => [root, runsOf(accesses, around)]))
}

interface Conflict {
  readonly first: Access
  readonly second: Access
  readonly overlap: Overlap
}

/** A conflict of copies, and what going through the values of the index has shown. */
interface CopyConflict extends Conflict {
  readonly looked: LookedAt | undefined
}

/** The worst pair: one that does the same, then any overlap, then one that only a count decides. */
function firstConflict(others: Buckets<Access>, accesses: readonly Access[], around: Surroundings): Conflict | undefined {
  let best: Conflict | undefined
  let bestRank = -1
  for (const second of accesses) {
    for (const first of others.near(second)) {
      if (!clash(first, second)) continue
      const answer = overlap(first, second, around)
      if (answer === 'disjoint') continue
      const rank = answer === 'counted' ? 0 : first.kind === second.kind ? 2 : 1
      if (rank <= bestRank) continue
      best = { first, second, overlap: answer }
      bestRank = rank
      if (rank === 2) return best
    }
  }
  return best
}

function reportBranches({ report }: ParallelContext, par: Parallel, { first, second, overlap: answer }: Conflict): void {
  const labels: Label[] = [parLabel(par, 'these branches run at the same time')]
  const name = describeRegion(second.kind === 'write' ? second : first)
  const again = first.kind === second.kind
  const primary: Label = { span: second.span, text: doneText(second, again) }
  labels.push({ span: first.span, text: again ? doneText(first, false).replace(/^/, 'first ') : doneText(first, false) })
  const root = second.root.name
  const sure = answer === 'overlap'
  if (answer === 'counted') report('W0602', primary, { name: root, what: 'branches' }, labels)
  else if (first.kind === 'input' || first.kind === 'output')
    report(
      'E0603',
      primary,
      { name: describeRegion(second), root, what: first.kind === 'input' ? 'input from' : 'output to', sure },
      labels,
    )
  else if (first.kind === 'sync' || second.kind === 'sync') report('E0612', primary, { name: root }, labels)
  else if (again) report('E0601', primary, { name, root, sure }, labels)
  else report('E0602', primary, { name, root, sure }, labels)
}

// ---------------------------------------------------------------------------------------------- copies of one branch

/**
 * Reports what the copies of a replicated PAR share and may not.
 * @param index the replicator's index
 */
export function compareCopies(context: ParallelContext, par: Parallel, index: VariableSymbol, accesses: readonly Access[]): void {
  const changed = written([accesses])
  const around: Surroundings = {
    ranges: context.ranges,
    differs: index,
    common: (symbol) => context.outside(symbol) && !changed.has(symbol),
  }
  for (const [root, mine] of sharedAccesses(context, accesses)) {
    if (mine.some(isWhollyWritten)) context.copied.add(root)
    const found = conflictOfCopies(mine, around)
    if (found === undefined) continue
    if (isReported(context, found.first.root)) reportCopies(context, par, index, found)
  }
}

/** The first conflict; where the number of copies is not known, it depends on that number. */
function conflictOfCopies(accesses: readonly Access[], around: Surroundings): CopyConflict | undefined {
  const isKnown = around.differs !== undefined && around.ranges.get(around.differs)?.count?.kind === 'number'
  const met = isKnown ? meetingOf(accesses, around) : undefined
  if (met !== undefined) return met === 'disjoint' ? undefined : met
  const found = conflictOfPairs(accesses, around)
  if (found === undefined) return undefined
  return isKnown ? { ...found, looked: lookAtAll(found.first, found.second, around) } : { ...found, overlap: 'counted', looked: undefined }
}

/** Looks at what each copy does where conditions say that it is not the same in all; undefined when that cannot be told. */
function meetingOf(accesses: readonly Access[], around: Surroundings): CopyConflict | 'disjoint' | undefined {
  const depth = accesses[0]?.path.length ?? 0
  const comparable = accesses.every(({ path }) => path.length === depth && path.every(({ kind }) => kind !== 'view'))
  if (!comparable || !accesses.some(({ given }) => given !== undefined && given.length > 0)) return undefined
  const clashes = (a: number, b: number): boolean => {
    const [first, second] = [accesses[a], accesses[b]]
    return first !== undefined && second !== undefined && clash(first, second) && !neverBoth(first, second, around)
  }
  const looked = meeting(accesses, depth, around, clashes)
  if (looked === undefined || looked === 'too many' || looked === 'disjoint') return looked === 'disjoint' ? looked : undefined
  const [first, second] = [accesses[looked.regions[0]], accesses[looked.regions[1]]]
  return first && second && { first, second, overlap: 'overlap', looked }
}

function conflictOfPairs(accesses: readonly Access[], around: Surroundings): Conflict | undefined {
  let best: Conflict | undefined
  for (const [a, b] of columnsThatMeet(accesses, around)) {
    for (const [i, first] of a.accesses.entries()) {
      for (const second of a === b ? a.accesses.slice(i) : b.accesses) {
        if (!clash(first, second)) continue
        const answer = overlap(first, second, around)
        if (answer === 'disjoint') continue
        const conflict =
          first.span.start <= second.span.start ? { first, second, overlap: answer } : { first: second, second: first, overlap: answer }
        if (answer !== 'counted') return conflict
        best ??= conflict
      }
    }
  }
  return best
}

function reportCopies(
  { report }: ParallelContext,
  par: Parallel,
  index: VariableSymbol,
  { first, second, overlap: answer, looked }: CopyConflict,
): void {
  // the write is what is wrong; what it clashes with explains
  const [wrong, other] = first.kind === 'write' || second.kind !== 'write' ? [first, second] : [second, first]
  // which copies they are says something only where not all do the same
  const values = typeof looked === 'object' && (wrong.path.length > 0 || isConditional(wrong)) ? looked.copies : undefined
  const [one, two] = values ?? []
  const at = one === undefined || two === undefined ? undefined : one < two ? [one, two] : [two, one]
  const labels: Label[] = [
    parLabel(
      par,
      at === undefined
        ? 'the copies run at the same time'
        : `the copies for ${at.map((value) => `\`${index.name} = ${value}\``).join(' and ')} run at the same time`,
    ),
  ]
  if (!sameSpan(wrong.span, other.span)) labels.push({ span: other.span, text: doneText(other, false) })
  const primary: Label = { span: wrong.span, text: doneText(wrong, false) }
  const { name } = wrong.root
  const parts = { name, index: index.name, all: !isConditional(wrong), most: looked === 'too many' ? MOST_VALUES : undefined }
  if (answer === 'counted') report('W0602', primary, { name, what: 'copies' }, labels)
  else if (wrong.kind === 'sync' || other.kind === 'sync') report('E0612', primary, { name }, labels)
  else if (wrong.path.length === 0 && wrong.kind === 'write') report('E0604', primary, parts, labels)
  else if (wrong.path.length > 0 || wrong.root.type.kind === 'array') report('E0606', primary, parts, labels)
  else if (wrong.kind === 'input' || wrong.kind === 'output')
    report('E0605', primary, { ...parts, what: wrong.kind === 'input' ? 'inputs from' : 'outputs to' }, labels)
  else report('E0604', primary, parts, labels)
}

const isConditional = ({ given }: Access): boolean => given !== undefined && given.length > 0

const sameSpan = (a: Span, b: Span): boolean => a.file === b.file && a.start === b.start && a.end === b.end
