/** What of a program can be covered by tests: its processes, and the ways that lead on from its ALTs, IFs and CASEs. */
import type { Alternative, Process, Program, Variant } from '../grammar/ast.ts'
import { lineColumn } from '../grammar/source.ts'
import type { Span } from '../grammar/source.ts'
import { walk } from '../grammar/walk.ts'
import type { SyntaxNode } from '../grammar/walk.ts'

/** A place in a text; both count from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** A process that is not made of others. */
export interface ProcessPoint extends TextPlace {
  /** Where the PROC or FUNCTION begins that it stands in; undefined in a TEST, which is always compiled. */
  readonly routine: TextPlace | undefined
}

/** A way that leads on from an ALT, IF or CASE: it was taken when the process at `evidence` was run. */
export interface Way extends TextPlace {
  readonly evidence: TextPlace
}

/** An ALT, IF or CASE, or an input with CASE. */
export interface Decision extends TextPlace {
  readonly kind: 'ALT' | 'IF' | 'CASE'
  readonly ways: readonly Way[]
  /** As of a process. */
  readonly routine: TextPlace | undefined
}

/** What can be covered of one file. */
export interface CoveragePoints {
  readonly processes: readonly ProcessPoint[]
  readonly decisions: readonly Decision[]
}

interface Gathered {
  readonly processes: ProcessPoint[]
  readonly decisions: Decision[]
}

/** @returns what can be covered of each file of a program, by path. @param isLeftOut tells which files do not count */
export function coveragePoints({ items }: Program, isLeftOut: (path: string) => boolean): Map<string, CoveragePoints> {
  const files = new Map<string, Gathered>()
  const pointsOf = (path: string): Gathered => {
    let points = files.get(path)
    if (points === undefined) files.set(path, (points = { processes: [], decisions: [] }))
    return points
  }
  /** They are run when the ALT looks at its guards. */
  const inputsOfGuards = new Set<SyntaxNode>()
  walk<TextPlace | undefined>(items, undefined, (node, around) => {
    const { path } = node.span.file
    if (isLeftOut(path)) return around
    const routine = node.kind === 'proc' || node.kind === 'function' ? placeOf(node.span) : around
    if (node.kind === 'guarded' || node.kind === 'guarded-case') inputsOfGuards.add(node.input)
    if (inputsOfGuards.has(node)) return routine
    if (isSimple(node)) pointsOf(path).processes.push({ ...placeOf(node.span), routine })
    const found = decisionOf(node)
    if (found !== undefined && found.ways.length > 0) pointsOf(path).decisions.push({ ...placeOf(node.span), ...found, routine })
    return routine
  })
  return files
}

function placeOf({ file, start }: Span): TextPlace {
  const { line, column } = lineColumn(file, start)
  return { line, column }
}

/** Processes that leave a mark of their own in the code. */
const SIMPLE: ReadonlySet<SyntaxNode['kind']> = new Set([
  'skip',
  'stop',
  'pass',
  'assign',
  'output',
  'input',
  'call',
  'while',
  'sync',
  'fork',
])

const isSimple = ({ kind }: SyntaxNode): boolean => SIMPLE.has(kind)

function decisionOf(node: SyntaxNode): Pick<Decision, 'kind' | 'ways'> | undefined {
  if (node.kind === 'alt') return { kind: 'ALT', ways: node.alternatives.flatMap(waysOfAlternative) }
  if (node.kind === 'if') return { kind: 'IF', ways: node.choices.flatMap((each) => (each.kind === 'choice' ? wayOf(each) : [])) }
  if (node.kind === 'case') return { kind: 'CASE', ways: node.options.flatMap(wayOf) }
  if (node.kind === 'input' && node.mode.kind === 'case') return { kind: 'CASE', ways: node.mode.variants.flatMap(wayOf) }
  return undefined
}

function waysOfAlternative(alternative: Alternative): Way[] {
  switch (alternative.kind) {
    case 'guarded':
    case 'skip-guard':
    case 'sync-guard':
      return wayOf(alternative)
    case 'guarded-case': {
      const { mode } = alternative.input
      const variants: readonly Variant[] = mode.kind === 'case' ? mode.variants : []
      return variants.flatMap(wayOf)
    }
    case 'nested-alt': // is a decision of its own
    case 'missing':
      return []
  }
}

function wayOf({ span, body }: { readonly span: Span; readonly body: Process }): Way[] {
  const evidence = firstOf(body)
  return evidence === undefined ? [] : [{ ...placeOf(span), evidence: placeOf(evidence.span) }]
}

/** @returns the first process in one that leaves a mark of its own; undefined when there may be none */
function firstOf(process: Process): Process | undefined {
  for (let at: Process | undefined = process; at !== undefined;) {
    if (isSimple(at) || at.kind === 'if' || at.kind === 'case' || at.kind === 'alt' || at.kind === 'par') return at
    if (at.kind === 'scope' || at.kind === 'claim' || at.kind === 'forking' || at.kind === 'resign') at = at.body
    else at = at.kind === 'seq' && at.replicator === undefined ? at.body[0] : undefined
  }
  return undefined
}
