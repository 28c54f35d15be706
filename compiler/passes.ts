/**
 * The passes of the compiler, in order. This list is its documentation: each pass says what must hold before it and what holds after it.
 *
 * Passes of the front end all run, so that one run reports every fault of a file; from `desugar` on there is nothing to do for a program
 * with errors. Passes that read the same tables are entries of their own where that helps to see what a program becomes.
 */
import type { Diagnostic } from '../grammar/diagnostic.ts'
import { layout } from '../grammar/layout.ts'
import { lex } from '../grammar/lexer.ts'
import type { Lexed } from '../grammar/lexer.ts'
import { parse } from '../grammar/parser.ts'
import { preprocess, relevant } from '../grammar/preprocess.ts'
import type { Preprocessed } from '../grammar/preprocess.ts'
import { printTokens, printTree } from '../grammar/print-tree.ts'
import type { Program } from '../grammar/ast.ts'
import type { SourceFile } from '../grammar/source.ts'
import { predefinedSymbols } from '../grammar/symbols.ts'
import type { Token } from '../grammar/tokens.ts'
import { fold } from './check/constants.ts'
import { LIBRARY_ROUTINES } from './check/library-routines.ts'
import type { Folded } from './check/constants.ts'
import { withHostServer } from './check/host-server.ts'
import { resolve } from './check/resolve.ts'
import type { Resolved } from './check/resolve.ts'
import { typecheck } from './check/types.ts'
import type { Typed } from './check/types.ts'
import { checkUsage } from './check/usage.ts'
import { withoutNeedlessChecks } from './core/passes/bounds.ts'
import { desugar } from './core/lower/desugar.ts'
import { dumpCore } from './core/ir/dump.ts'
import type { CoreProgram, Routine } from './core/ir/ir.ts'
import { lift } from './core/passes/lift.ts'
import { liveness } from './core/passes/liveness.ts'
import type { Liveness } from './core/passes/liveness.ts'
import { split } from './core/passes/split.ts'
import { relaxList } from './core/passes/relax.ts'
import type { Split } from './core/passes/split.ts'
import { verifyCore, verifyLifted, verifyLiveness, verifySplit } from './core/verify/verify.ts'
import { compileUnits } from './emit/code.ts'
import { manifest } from './emit/manifest.ts'
import { emitProgram } from './emit/program.ts'
import type { UnitEmitter } from './emit/unit.ts'
import type { CompiledProgram, CompilerHost, CompilerOptions } from './host.ts'
import { dumpKnowledge } from './check/dump.ts'

/** What is true of a program after some pass. */
export type Property =
  | 'every byte is in a token or trivia'
  | 'one token list a program'
  | 'blocks balance'
  | 'spans nest'
  | 'the main process has a terminal'
  | 'every use is bound'
  | 'every expression is typed'
  | 'table sizes, counts and labels are values'
  | 'branches are disjoint'
  | 'one effect a statement'
  | 'no free variables'
  | 'checks that cannot fail are gone'
  | 'resume points are numbered'
  | 'each resume point lists its live slots'
  | 'each unit is a module'
  | 'each unit is canonical code with a hash and a map'
  | 'text for people'

/** Everything the passes hand on. Each field is set by one pass. */
export interface Work {
  readonly path: string
  readonly host: CompilerHost
  readonly options: CompilerOptions
  readonly source: SourceFile
  readonly diagnostics: Diagnostic[]
  lexed?: Lexed
  preprocessed?: Preprocessed
  tokens?: readonly Token[]
  program?: Program
  resolved?: Resolved
  typed?: Typed
  folded?: Folded
  core?: CoreProgram
  splits?: ReadonlyMap<Routine, Split>
  lives?: ReadonlyMap<Routine, Liveness>
  units?: readonly UnitEmitter[]
  compiled?: CompiledProgram
  formatted?: ReadonlyMap<string, string>
}

/** Adds diagnostics, of which there may be more than a call takes arguments. */
function note(w: Work, diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) w.diagnostics.push(diagnostic)
}

export interface Pass {
  readonly name: string
  readonly requires: readonly Property[]
  readonly establishes: readonly Property[]
  /** A program with errors does not get here. */
  readonly needsNoErrors?: boolean
  /** Only run when its result is asked for. */
  readonly onDemand?: boolean
  run(work: Work): void | Promise<void>
  /** @returns the result as text, for `--dump` */
  dump(work: Work): string
  /** For `--verify`. @returns what is wrong with the result; a compiler without faults gives nothing */
  verify?(work: Work): readonly string[]
}

export const passes: readonly Pass[] = [
  {
    name: 'lex',
    requires: [],
    establishes: ['every byte is in a token or trivia'],
    run(w) {
      w.lexed = lex(w.source).value
    },
    dump: (w) => printTokens(need(w.lexed).tokens),
  },
  {
    name: 'modules',
    requires: ['every byte is in a token or trivia'],
    establishes: ['one token list a program'],
    run(w) {
      const symbols: Record<string, string> = { ...predefinedSymbols, ...Object.fromEntries(w.options.defines ?? []) }
      const { value, diagnostics } = preprocess(need(w.lexed), w.host, {
        symbols,
        libraryDirectory: w.host.libraryDirectory,
        implicit: LIBRARY_ROUTINES,
        ...(w.options.includeDirectories === undefined ? {} : { includeDirectories: w.options.includeDirectories }),
      })
      w.preprocessed = value
      // What #IF leaves out may be no text at all; so the lexer's faults wait for it.
      note(w, [...relevant(lex(w.source).diagnostics, value.skipped), ...diagnostics])
    },
    dump: (w) => printTokens(need(w.preprocessed).tokens),
  },
  {
    name: 'layout',
    requires: ['one token list a program'],
    establishes: ['blocks balance'],
    run(w) {
      const { value, diagnostics } = layout(need(w.preprocessed).tokens)
      w.tokens = value
      note(w, diagnostics)
    },
    dump: (w) => printTokens(need(w.tokens)),
  },
  {
    name: 'parse',
    requires: ['blocks balance'],
    establishes: ['spans nest'],
    run(w) {
      const { value, diagnostics } = parse(need(w.lexed).file, need(w.tokens), need(w.preprocessed).pragmas)
      w.program = value
      note(w, diagnostics)
    },
    dump: (w) => printTree(need(w.program)),
  },
  {
    name: 'host',
    requires: ['spans nest'],
    establishes: ['the main process has a terminal'],
    run(w) {
      w.program = withHostServer(need(w.program), w.options.main)
    },
    dump: (w) => printTree(need(w.program)),
  },
  {
    name: 'resolve',
    requires: ['spans nest', 'the main process has a terminal'],
    establishes: ['every use is bound'],
    run(w) {
      const { value, diagnostics } = resolve(need(w.program))
      w.resolved = value
      note(w, diagnostics)
    },
    dump: (w) => dumpKnowledge(need(w.program), need(w.resolved).symbols),
  },
  {
    name: 'types',
    requires: ['every use is bound'],
    establishes: ['every expression is typed'],
    run(w) {
      const { value, diagnostics } = typecheck(need(w.resolved), w.options)
      w.typed = value
      note(w, diagnostics)
    },
    dump: (w) => dumpKnowledge(need(w.program), need(w.typed).symbols, need(w.typed).types),
  },
  {
    name: 'constants',
    requires: ['every expression is typed'],
    establishes: ['table sizes, counts and labels are values'],
    run(w) {
      const { value, diagnostics } = fold(need(w.typed))
      w.folded = value
      note(w, diagnostics)
    },
    dump: (w) => dumpKnowledge(need(w.program), need(w.typed).symbols, need(w.typed).types, need(w.folded).checked.constants),
  },
  {
    name: 'usage',
    requires: ['table sizes, counts and labels are values'],
    establishes: ['branches are disjoint'],
    // A program that is wrong so far would be misread.
    needsNoErrors: true,
    run(w) {
      const folded = need(w.folded)
      const { value, diagnostics } = checkUsage(folded)
      w.folded = { ...folded, checked: value }
      note(w, diagnostics)
    },
    dump: (w) => dumpKnowledge(need(w.program), need(w.typed).symbols, need(w.typed).types, need(w.folded).checked.constants),
  },
  {
    name: 'desugar',
    requires: ['every use is bound', 'every expression is typed', 'table sizes, counts and labels are values', 'branches are disjoint'],
    establishes: ['one effect a statement'],
    needsNoErrors: true,
    run(w) {
      w.core = desugar(need(w.folded).checked)
    },
    dump: (w) => dumpCore(need(w.core)),
    verify: (w) => verifyCore(need(w.core)),
  },
  {
    name: 'lift',
    requires: ['one effect a statement'],
    establishes: ['no free variables'],
    needsNoErrors: true,
    run(w) {
      w.core = lift(need(w.core))
    },
    dump: (w) => dumpCore(need(w.core)),
    verify: (w) => verifyLifted(need(w.core)),
  },
  {
    name: 'bounds',
    // PAR branches are calls now: what they change is seen at the join.
    requires: ['no free variables'],
    establishes: ['checks that cannot fail are gone'],
    needsNoErrors: true,
    run(w) {
      for (const routine of need(w.core).routines) routine.body = relaxList(withoutNeedlessChecks(routine))
    },
    dump: (w) => dumpCore(need(w.core)),
    verify: (w) => verifyLifted(need(w.core)),
  },
  {
    name: 'split',
    requires: ['no free variables'],
    establishes: ['resume points are numbered'],
    needsNoErrors: true,
    run(w) {
      w.splits = new Map(need(w.core).routines.map((r) => [r, split(r)]))
    },
    dump: (w) => dumpCore(need(w.core), need(w.splits)),
    verify: (w) => verifySplit(need(w.core), need(w.splits)),
  },
  {
    name: 'liveness',
    requires: ['resume points are numbered'],
    establishes: ['each resume point lists its live slots'],
    needsNoErrors: true,
    run(w) {
      const splits = need(w.splits)
      w.lives = new Map(need(w.core).routines.map((r) => [r, liveness(r, need(splits.get(r)))]))
    },
    dump: (w) => dumpCore(need(w.core), need(w.splits), need(w.lives)),
    verify: (w) => verifyLiveness(need(w.core), need(w.splits), need(w.lives)),
  },
  {
    name: 'emit',
    requires: ['each resume point lists its live slots'],
    establishes: ['each unit is a module'],
    needsNoErrors: true,
    run(w) {
      const analysed = new Map(
        need(w.core).routines.map((r) => [r, { split: need(need(w.splits).get(r)), liveness: need(need(w.lives).get(r)) }]),
      )
      w.units = emitProgram(need(w.core), analysed)
    },
    dump: (w) =>
      need(w.units)
        .map((u) => `// ${u.name}\n${u.module('typescript', (other) => `./${other.name}.js`, 'godwit/abi').text}`)
        .join('\n'),
  },
  {
    name: 'map',
    requires: ['each unit is a module'],
    establishes: ['each unit is canonical code with a hash and a map'],
    needsNoErrors: true,
    async run(w) {
      const units = need(w.units)
      const compiled = await compileUnits(units, w.host)
      const pairs = units.map((u, i) => [u, need(compiled[i])] as const)
      w.compiled = { units: compiled, manifest: manifest(w.path, need(w.folded).checked, need(w.core), pairs) }
    },
    dump: (w) =>
      need(w.compiled)
        .units.map((u) => `// ${u.name} ${u.hash}\n${u.code}`)
        .join('\n'),
  },
  {
    name: 'format',
    requires: ['each unit is canonical code with a hash and a map'],
    establishes: ['text for people'],
    needsNoErrors: true,
    onDemand: true,
    async run(w) {
      const { formatProgram } = await import('./emit/format.ts')
      w.formatted = await formatProgram(need(w.compiled))
    },
    dump: (w) =>
      [...need(w.formatted)]
        .filter(([name]) => name.endsWith('.ts'))
        .map(([name, text]) => `// ${name}\n${text}`)
        .join('\n'),
  },
]

verifyOrder(passes)

/** Checks when the list is loaded that each pass finds what it requires. */
function verifyOrder(list: readonly Pass[]): void {
  const established = new Set<Property>()
  for (const pass of list) {
    for (const property of pass.requires) {
      if (!established.has(property)) throw new Error(`pass ${pass.name} requires "${property}", which no pass before it establishes`)
    }
    for (const property of pass.establishes) established.add(property)
  }
}

/** What an earlier pass has set. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a pass before this one has not run')
  return value
}
