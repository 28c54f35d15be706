/** The pragmas that change what the checker lets pass or what is visible. */
import type { Name, Pragma } from '../../grammar/ast.ts'
import type { Span } from '../../grammar/source.ts'
import type { Reporting } from '../diagnostics/catalogue.ts'
import type { ProcSymbol, Symbol } from '../semantics.ts'
import { HOST_PROCS } from './predefined.ts'
import type { Scopes } from './scope.ts'
import { serviceOf } from './services.ts'
import { nearest } from './spelling.ts'

/** The head of a routine in another language, with its name. */
const ROUTINE = /^"\s*(?:PROC|[\w.,[\]\s]*\bFUNCTION)\s+([A-Za-z][\w.]*)\s*\(/

/** The heading of a service: without the number that says how much workspace a routine in another language needs. */
const SERVICE = /^"\s*(PROC\s[^"=]*?)\s*"$/

/** Symbols that a check passes over. */
export interface Exempt {
  has(symbol: Symbol): boolean
}

/** What the pragmas and options of a program ask for. The sets are filled by `bind`. */
export interface PragmaEffects {
  /** `#PRAGMA EXTERNAL "PROC name (...) = n"`: routines in other languages, of which there are none here, and where they are declared. */
  readonly external: ReadonlyMap<string, Span>
  /** `#PRAGMA EXTERNAL "PROC name (...)"`: services that whoever runs the program provides. */
  readonly services: readonly ProcSymbol[]
  /** `#PRAGMA SHARED x`, or `#OPTION "N"` for everything: parallel use of `x` is not checked. */
  readonly shared: Exempt
  /** `#PRAGMA PERMITALIASES x` (or `SHARED x`), or `#OPTION "A"` for everything: aliases of `x` are not checked. */
  readonly aliased: Exempt
  /** `#PRAGMA DEFINED x` and `UNDEFINED x`, in order: from there on `x` has a value, or has none, whatever it looks like. */
  readonly definedness: readonly { readonly symbol: Symbol; readonly isDefined: boolean; readonly at: Span }[]
  /**
   * Finds the symbols that the pragmas name: the nearest declaration of the name above the pragma in the same file.
   * @param broken whether a declaration may not have been read, so that a name without one is not told of
   */
  bind(symbols: Iterable<readonly [Name, Symbol]>, broken: boolean): void
  /** What the pragmas named, as words and symbols, and how far after its declaration each stands. */
  readonly bound: readonly { readonly word: string; readonly symbol: Symbol; readonly after: number }[]
}

/**
 * Makes the named host services visible and prepares the rest.
 * @param pragmas all pragmas of the program, in order
 * @param scopes the outermost scope, with the predefined names in it
 */
export function applyPragmas(pragmas: readonly Pragma[], scopes: Scopes, report: Reporting): PragmaEffects {
  const external = new Map<string, Span>()
  const services: ProcSymbol[] = []
  for (const pragma of pragmas) {
    if (pragma.word !== 'EXTERNAL') continue
    const heading = SERVICE.exec(pragma.rest)?.[1]
    if (heading !== undefined) {
      const service = serviceOf(heading, pragma.span, report)
      if (service === undefined) continue
      services.push(service)
      scopes.declare(service.name, service)
      continue
    }
    const routine = ROUTINE.exec(pragma.rest)?.[1]
    if (routine !== undefined) {
      external.set(routine, pragma.span)
      continue
    }
    const name = /^"([A-Za-z][\w.]*)"$/.exec(pragma.rest)?.[1]
    const service = name === undefined ? undefined : HOST_PROCS.get(name)
    if (service !== undefined) scopes.declare(service.name, service)
    else report('E0311', pragma.span, { name: name ?? pragma.rest, suggestion: nearest(name ?? pragma.rest, HOST_PROCS.keys()) })
  }
  const sets = { SHARED: new Set<Symbol>(), PERMITALIASES: new Set<Symbol>() }
  const definedness: { readonly symbol: Symbol; readonly isDefined: boolean; readonly at: Span }[] = []
  const options = optionLetters(pragmas)
  const bound: { readonly word: string; readonly symbol: Symbol; readonly after: number }[] = []
  return {
    external,
    services,
    shared: { has: (symbol) => options.has('N') || sets.SHARED.has(symbol) },
    aliased: { has: (symbol) => options.has('A') || sets.PERMITALIASES.has(symbol) || sets.SHARED.has(symbol) },
    definedness,
    bound,
    bind(symbols, broken) {
      const naming = pragmas.filter(({ word }) => word in sets || isOfDefinedness(word))
      if (naming.length === 0) return
      const declared = new Map<string, Symbol[]>()
      for (const [name, symbol] of symbols) {
        if (symbol.declaredAt !== name.span) continue
        const list = declared.get(name.text)
        if (list === undefined) declared.set(name.text, [symbol])
        else list.push(symbol)
      }
      for (const pragma of naming) {
        for (const name of pragma.rest.match(/[A-Za-z][\w.]*/g) ?? []) {
          const above = (declared.get(name) ?? []).filter(
            (symbol) => symbol.declaredAt?.file === pragma.span.file && symbol.declaredAt.start < pragma.span.start,
          )
          const symbol = above.reduce<Symbol | undefined>(
            (a, b) => (a === undefined || (b.declaredAt?.start ?? 0) > (a.declaredAt?.start ?? 0) ? b : a),
            undefined,
          )
          if (symbol === undefined) {
            if (!broken) report('W0302', pragma.span, { name, pragma: pragma.word })
          } else {
            if (isOfDefinedness(pragma.word)) definedness.push({ symbol, isDefined: pragma.word === 'DEFINED', at: pragma.span })
            else sets[pragma.word as keyof typeof sets].add(symbol) // `in sets` above
            bound.push({ word: pragma.word, symbol, after: pragma.span.start - (symbol.declaredAt?.start ?? 0) })
          }
        }
      }
    },
  }
}

const isOfDefinedness = (word: string): boolean => word === 'DEFINED' || word === 'UNDEFINED'

/** @returns the letters of every `#OPTION "..."`; those of other compilers mean nothing here. */
function optionLetters(pragmas: readonly Pragma[]): ReadonlySet<string> {
  const letters = pragmas.flatMap(({ word, rest }) => (word === 'OPTION' ? Array.from(/^"([^"]*)"/.exec(rest)?.[1] ?? '') : []))
  return new Set(letters.map((letter) => letter.toUpperCase()))
}
