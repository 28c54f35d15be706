/**
 * The passes of the compiler, in order. This list is its documentation: each pass says what holds after it; what must hold before it is that
 * the passes have run whose results it takes, which the type checker proves.
 *
 * Passes of the front end all run, so that one run reports every fault of a file; from `desugar` on there is nothing to do for a program
 * with errors. Passes that read the same tables are entries of their own where that helps to see what a program becomes.
 */
import type { Diagnostic } from '../grammar/diagnostic.ts'
import type { Result } from '../grammar/result.ts'
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
import type { TreeMemory } from '../grammar/tree-memory.ts'
import { fold } from './check/constants.ts'
import { describeInterface, describeServices } from './check/entries.ts'
import { LIBRARY_ROUTINES } from './check/library-routines.ts'
import type { Folded } from './check/constants.ts'
import { withHostServer } from './check/host-server.ts'
import type { CheckMemory } from './check/memory.ts'
import { resolve } from './check/resolve.ts'
import type { Resolved } from './check/resolve.ts'
import { typecheck } from './check/types.ts'
import type { Typed } from './check/types.ts'
import { checkUsage } from './check/usage.ts'
import { bounds } from './core/passes/bounds.ts'
import { desugar } from './core/lower/desugar.ts'
import { dumpCore } from './core/dump.ts'
import type { Core, Lifted } from './core/ir/ir.ts'
import { lift } from './core/passes/lift.ts'
import { liveness } from './core/passes/liveness.ts'
import { checkGiven, checkKept } from './core/passes/sizes.ts'
import type { Live } from './core/passes/liveness.ts'
import { split } from './core/passes/split.ts'
import { relax } from './core/passes/relax.ts'
import type { Split } from './core/passes/split.ts'
import { verifyCore, verifyLifted, verifyLiveness, verifySplit } from './core/verify/verify.ts'
import { compileUnits } from './emit/code.ts'
import { manifest } from './emit/manifest.ts'
import { emitProgram } from './emit/program.ts'
import type { UnitEmitter } from './emit/unit.ts'
import { reportInto } from './diagnostics/catalogue.ts'
import type { Checked } from './semantics.ts'
import type { CompiledProgram, CompilerHost, CompilerOptions } from './host.ts'
import { dumpKnowledge } from './check/dump.ts'

/** What every pass is given beside the results of those before it. */
export interface Source {
  readonly path: string
  readonly host: CompilerHost
  readonly options: CompilerOptions
  readonly source: SourceFile
  /** Faults and warnings are added to it. */
  readonly diagnostics: Diagnostic[]
  /** What earlier runs of the front end have found out, for a program that changes. */
  readonly memory?: FrontEndMemory
}

/** What the passes of the front end keep from run to run. */
export interface FrontEndMemory {
  /** Reads the tokens of an included file. */
  readonly lex: (file: SourceFile) => Result<Lexed>
  readonly trees: TreeMemory
  readonly checks: CheckMemory
}

/** A pass takes some of what those before it have made, `In`, and makes `Out`. */
export interface Pass<In, Out> {
  readonly name: string
  /** What is true of a program after it. */
  readonly establishes: string
  /** A program with errors does not get here. */
  readonly needsNoErrors?: boolean
  /** It makes tokens, and changes nothing that runs before it have kept. */
  readonly readsTokens?: boolean
  /** It is run only when its result is asked for. */
  readonly onDemand?: boolean
  run(before: In & Source): Out | Promise<Out>
  /** @returns the result as text, for `--dump` */
  dump(after: In & Source & Out): string
  /** For `--verify`. @returns what is wrong with the result; a compiler without faults gives nothing */
  verify?(after: Out): readonly string[]
}

/** A pass whose place in a list has been proved right. */
type AnyPass = Pass<object, object>

/** A list of passes; `Made` is what all of them together have made. */
export class PassList<Made> {
  readonly passes: readonly AnyPass[]

  private constructor(passes: readonly AnyPass[]) {
    this.passes = passes
  }

  static readonly empty = new PassList<Source>([])

  /** @returns this list with one more pass at its end, which finds what it takes */
  then<In, Out>(pass: Made extends In ? Pass<In, Out> : never): PassList<Made & Out> {
    return new PassList<Made & Out>([...this.passes, pass as unknown as AnyPass]) // that Made has all of In has just been proved
  }
}

/** The tokens of the program's own file, and what is wrong with them: what `#IF` leaves out may be no text at all, so that is told later. */
interface Scanned {
  readonly lexed: Lexed
  readonly lexicalFaults: readonly Diagnostic[]
}

const lexing: Pass<object, Scanned> = {
  name: 'lex',
  establishes: 'every byte is in a token or trivia',
  readsTokens: true,
  run({ source }) {
    const { value, diagnostics } = lex(source)
    return { lexed: value, lexicalFaults: diagnostics }
  },
  dump: ({ lexed }) => printTokens(lexed.tokens),
}

const preprocessing: Pass<Scanned, { readonly preprocessed: Preprocessed }> = {
  name: 'preprocess',
  establishes: 'one token list a program',
  readsTokens: true,
  run({ lexed, lexicalFaults, host, options, diagnostics, memory }) {
    const symbols: Record<string, string> = { ...predefinedSymbols, ...Object.fromEntries(options.defines ?? []) }
    const found = preprocess(lexed, host, {
      symbols,
      libraryDirectory: host.libraryDirectory,
      implicit: LIBRARY_ROUTINES,
      ...(memory === undefined ? {} : { lex: memory.lex }),
      ...(options.includeDirectories === undefined ? {} : { includeDirectories: options.includeDirectories }),
    })
    for (const diagnostic of relevant(lexicalFaults, found.value.skipped)) diagnostics.push(diagnostic)
    return noted(diagnostics, found, (preprocessed) => ({ preprocessed }))
  },
  dump: ({ preprocessed }) => printTokens(preprocessed.tokens),
}

const layingOut: Pass<{ readonly preprocessed: Preprocessed }, { readonly tokens: readonly Token[] }> = {
  name: 'layout',
  establishes: 'blocks balance',
  readsTokens: true,
  run: ({ preprocessed, diagnostics }) => noted(diagnostics, layout(preprocessed.tokens), (tokens) => ({ tokens })),
  dump: ({ tokens }) => printTokens(tokens),
}

interface Read {
  readonly lexed: Lexed
  readonly preprocessed: Preprocessed
  readonly tokens: readonly Token[]
}

const parsing: Pass<Read, { readonly parsed: Program }> = {
  name: 'parse',
  establishes: 'spans nest',
  run: ({ lexed, tokens, preprocessed, diagnostics, memory }) =>
    noted(diagnostics, parse(lexed.file, tokens, preprocessed.pragmas, memory?.trees), (parsed) => ({ parsed })),
  dump: ({ parsed }) => printTree(parsed),
}

const connecting: Pass<{ readonly parsed: Program }, { readonly program: Program }> = {
  name: 'host-server',
  establishes: 'the main process has a terminal',
  run: ({ parsed, options }) => ({ program: withHostServer(parsed, options.main) }),
  dump: ({ program }) => printTree(program),
}

const resolving: Pass<{ readonly program: Program }, { readonly resolved: Resolved }> = {
  name: 'resolve',
  establishes: 'every use is bound',
  run({ program, options, diagnostics, memory }) {
    const misread = diagnostics.some(({ severity }) => severity === 'error')
    const incomplete = diagnostics.some(({ code }) => code === 'E0122')
    return noted(diagnostics, resolve(program, { misread, incomplete }, options, memory?.checks), (resolved) => ({ resolved }))
  },
  dump: ({ program, resolved }) => dumpKnowledge(program, resolved.symbols),
}

const typing: Pass<{ readonly program: Program; readonly resolved: Resolved }, { readonly typed: Typed }> = {
  name: 'types',
  establishes: 'every expression is typed',
  run: ({ resolved, options, diagnostics }) => noted(diagnostics, typecheck(resolved, options), (typed) => ({ typed })),
  dump: ({ program, typed }) => dumpKnowledge(program, typed.symbols, typed.types),
}

const folding: Pass<{ readonly program: Program; readonly typed: Typed }, { readonly folded: Folded }> = {
  name: 'constants',
  establishes: 'table sizes, counts and labels are values',
  run: ({ typed, diagnostics }) => noted(diagnostics, fold(typed), (folded) => ({ folded })),
  dump: ({ program, typed, folded }) => dumpKnowledge(program, typed.symbols, typed.types, folded.checked.constants),
}

const checking: Pass<{ readonly program: Program; readonly typed: Typed; readonly folded: Folded }, { readonly checked: Checked }> = {
  name: 'usage',
  establishes: 'branches are disjoint',
  // A program that is wrong so far would be misread.
  needsNoErrors: true,
  run: ({ folded, diagnostics }) => noted(diagnostics, checkUsage(folded), (checked) => ({ checked })),
  dump: ({ program, typed, checked }) => dumpKnowledge(program, typed.symbols, typed.types, checked.constants),
}

const desugaring: Pass<{ readonly checked: Checked }, { readonly core: Core }> = {
  name: 'desugar',
  establishes: 'one effect a statement',
  needsNoErrors: true,
  run: ({ checked, options }) => ({ core: desugar(checked, options.coverable) }),
  dump: ({ core }) => dumpCore(core),
  verify: ({ core }) => verifyCore(core),
}

const lifting: Pass<{ readonly core: Core }, { readonly lifted: Lifted }> = {
  name: 'lift',
  establishes: 'no free variables',
  needsNoErrors: true,
  run: ({ core }) => ({ lifted: lift(core) }),
  dump: ({ lifted }) => dumpCore(lifted),
  verify: ({ lifted }) => verifyLifted(lifted),
}

// PAR branches are calls now: what they change is seen at the join.
const bounding: Pass<{ readonly lifted: Lifted }, { readonly bounded: Lifted }> = {
  name: 'bounds',
  establishes: 'checks that cannot fail are gone',
  needsNoErrors: true,
  run: ({ lifted }) => ({ bounded: bounds(lifted) }),
  dump: ({ bounded }) => dumpCore(bounded),
  verify: ({ bounded }) => verifyLifted(bounded),
}

const relaxing: Pass<{ readonly bounded: Lifted }, { readonly relaxed: Lifted }> = {
  name: 'relax',
  establishes: 'checks of reals that later ones make up for are gone',
  needsNoErrors: true,
  run: ({ bounded }) => ({ relaxed: relax(bounded) }),
  dump: ({ relaxed }) => dumpCore(relaxed),
  verify: ({ relaxed }) => verifyLifted(relaxed),
}

const splitting: Pass<{ readonly relaxed: Lifted }, { readonly split: Split }> = {
  name: 'split',
  establishes: 'resume points are numbered',
  needsNoErrors: true,
  run: ({ relaxed }) => ({ split: split(relaxed) }),
  dump: ({ split: program }) => dumpCore(program),
  verify: ({ split: program }) => verifySplit(program),
}

const analysing: Pass<{ readonly split: Split }, { readonly live: Live }> = {
  name: 'liveness',
  establishes: 'each resume point lists its live slots',
  needsNoErrors: true,
  run({ split: program, diagnostics }) {
    const report = reportInto(diagnostics)
    if (!checkGiven(program, report)) return { live: { ...program, liveness: new Map() } } // no pass looks at it
    const live = liveness(program)
    checkKept(live, report)
    return { live }
  },
  dump: ({ live }) => dumpCore(live),
  verify: ({ live }) => verifyLiveness(live),
}

const emitting: Pass<{ readonly live: Live }, { readonly units: readonly UnitEmitter[] }> = {
  name: 'emit',
  establishes: 'each unit is a module',
  needsNoErrors: true,
  run: ({ live }) => ({ units: emitProgram(live) }),
  dump: ({ units }) =>
    units.map((u) => `// ${u.name}\n${u.module('typescript', (other) => `./${other.name}.js`, 'godwit/abi').text}`).join('\n'),
}

interface Emitted {
  readonly checked: Checked
  readonly live: Live
  readonly units: readonly UnitEmitter[]
}

const coding: Pass<Emitted, { readonly compiled: CompiledProgram }> = {
  name: 'code',
  establishes: 'each unit is canonical code with a hash and a map',
  needsNoErrors: true,
  async run({ path, host, options, checked, live, units }) {
    const made = await compileUnits(units, host)
    const shown = {
      services: describeServices(checked.services),
      ...(options.entries === true ? { described: describeInterface(checked) } : {}),
    }
    return { compiled: { units: made.map(({ compiled }) => compiled), manifest: manifest(path, checked, live, made, shown) } }
  },
  dump: ({ compiled }) => compiled.units.map((u) => `// ${u.name} ${u.hash}\n${u.code}`).join('\n'),
}

const formatting: Pass<{ readonly compiled: CompiledProgram }, { readonly formatted: ReadonlyMap<string, string> }> = {
  name: 'format',
  establishes: 'text for people',
  needsNoErrors: true,
  onDemand: true,
  async run({ compiled }) {
    const { formatProgram } = await import('./emit/format.ts')
    return { formatted: await formatProgram(compiled) }
  },
  dump: ({ formatted }) =>
    [...formatted]
      .filter(([name]) => name.endsWith('.ts'))
      .map(([name, text]) => `// ${name}\n${text}`)
      .join('\n'),
}

/** The passes that check a program. */
export const frontEnd = PassList.empty
  .then(lexing)
  .then(preprocessing)
  .then(layingOut)
  .then(parsing)
  .then(connecting)
  .then(resolving)
  .then(typing)
  .then(folding)
  .then(checking)

/** All passes. */
export const allPasses = frontEnd
  .then(desugaring)
  .then(lifting)
  .then(bounding)
  .then(relaxing)
  .then(splitting)
  .then(analysing)
  .then(emitting)
  .then(coding)
  .then(formatting)

/** Adds what a pass has to say to `diagnostics`. @returns what `result` makes of what it found */
function noted<T, R>(diagnostics: Diagnostic[], found: Result<T>, result: (value: T) => R): R {
  for (const diagnostic of found.diagnostics) diagnostics.push(diagnostic)
  return result(found.value)
}
