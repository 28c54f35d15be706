/** The compiler's only door to the outside: it reads texts through this and touches no disk itself. */
import type { Diagnostic } from '../grammar/diagnostic.ts'
import type { ProgramInterface, ServiceDescription } from '../runtime/program-interface.ts'

export interface CompilerHost {
  /** @returns the text at `path`, or undefined when there is none. Paths use `/`. */
  read(path: string): string | undefined
  /** @returns the SHA-256 of the UTF-8 form of `text`, in lower-case hexadecimal. */
  sha256(text: string): string
  /** Directory that holds the library modules (`course.module`, ...). */
  readonly libraryDirectory: string
}

export interface CompilerOptions {
  /** `-D NAME[=VALUE]`. */
  readonly defines?: ReadonlyMap<string, string>
  /** `-I DIR`. */
  readonly includeDirectories?: readonly string[]
  /** `--main NAME`. */
  readonly main?: string
  /** The PROCs of the program are to be started from outside: the manifest says what they look like, and the program needs no main process. */
  readonly entries?: boolean
  /** Keep what is visible at each process, for those who complete names. */
  readonly sights?: boolean
  /** Every process leaves something in the code, SKIP too, so that one can see which were run. */
  readonly coverable?: boolean
  /** Warnings are errors. */
  readonly strict?: boolean
  /** Run every checker between passes. */
  readonly verify?: boolean
  /** Name of a pass whose result is rendered into `dump`. */
  readonly dump?: string
  /** Also make the text for people. */
  readonly format?: boolean
  /** Injected clock in milliseconds for `--time`; pass times are all zero without it. */
  readonly clock?: () => number
}

/** What one compilation gives. `program` is absent when there was an error. */
export interface Compilation {
  readonly diagnostics: readonly Diagnostic[]
  readonly program?: CompiledProgram
  /** With `format`: the files of the program for people, by name: `NAME.ts`, `NAME.js`, `NAME.js.map` for each unit, and `manifest.json`. */
  readonly formatted?: ReadonlyMap<string, string>
  readonly dump?: string
  /** Milliseconds a pass, in the order of the pass list. */
  readonly times: readonly { readonly pass: string; readonly milliseconds: number }[]
  /** Every file read, with the SHA-256 of its text, so that a cache can tell whether to compile again. */
  readonly inputs: readonly { readonly path: string; readonly hash: string }[]
}

/** Units in dependency order (callees first), the manifest, and how to start. */
export interface CompiledProgram {
  readonly units: readonly CompiledUnit[]
  readonly manifest: Manifest
}

/** One code unit: a PROC or FUNCTION (or a knot of mutually recursive ones) with the PAR branches lifted out of it. */
export interface CompiledUnit {
  /** SHA-256 (hex) of `code`. Identifies the unit everywhere. */
  readonly hash: string
  /** `prefix`, `outer.inner`. Unique in the program; also the file name stem for people. */
  readonly name: string
  /**
   * Canonical JavaScript: an ES module without comments that imports `godwit:abi` and `unit:HASH` and exports `U`, the result of `unit (...)`.
   * A loader replaces these specifiers. The hash is over exactly these bytes, so a receiver can verify it.
   */
  readonly code: string
  /** Source map v3 of `code` to the `.csp` files. */
  readonly codeMap: string
  /** Hashes of the units it imports. */
  readonly imports: readonly string[]
  readonly debug: UnitDebug
  /** Readable TypeScript before formatting, importing `godwit/abi` and `./NAME.js`; marks lead to the `.csp` text. */
  readonly typescript: string
  readonly marks: readonly Mark[]
}

/** `offset` in the TypeScript text stands for `line`:`column` (1-based) of `file`. */
export interface Mark {
  readonly offset: number
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where things are in the `.csp` text. Not hashed: moving a PROC down a line does not change its identity. */
export interface UnitDebug {
  readonly name: string
  readonly files: readonly string[]
  /** A fault site: [file index, line, column, source text of the construct (shortened)]. */
  readonly sites: readonly (readonly [number, number, number, string])[]
  /** For each machine of the unit its name, for each resume point [file index, line, column, what it does: `in ? x`], and for each slot its name in the text. */
  readonly machines: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number, number, string])[]
    readonly slots: readonly string[]
    /** For each resume point what identifies it in another version of the text: the statements around it, its kind, the machines that run there; joined by ` | `. */
    readonly ways: readonly string[]
    /** For each slot the type that the text gives it, spelled out; empty for what no text declares. */
    readonly declared: readonly string[]
    /** Slots whose declarations give them a known value. */
    readonly initials?: readonly (readonly [slot: number, value: string])[]
    /** For each branch that is a call with channels [resume point of the PAR, label, line, by formal the actual as written]. */
    readonly branches?: readonly (readonly [number, string, number, Readonly<Record<string, string>>])[]
  }[]
}

export interface Manifest {
  readonly abi: number
  readonly source: string
  readonly units: readonly {
    readonly hash: string
    readonly name: string
    readonly imports: readonly string[]
    /** Slot schema of each machine: names and types. */
    readonly machines: readonly { readonly name: string; readonly slots: readonly { readonly name: string; readonly type: string }[] }[]
  }[]
  /** Unit that holds the main process, and what each of its parameters is connected to. */
  readonly main?: { readonly unit: string; readonly name: string; readonly parameters: readonly ('keyboard' | 'screen' | 'error')[] }
  /** Services whose headings the program declares itself; absent: none. */
  readonly services?: readonly ServiceDescription[]
  /** What its PROCs look like from outside; present when that was asked for. */
  readonly interface?: ProgramInterface
  readonly tests: readonly {
    readonly title: string
    readonly unit: string
    readonly file: string
    readonly line: number
    readonly fails?: string
    /** Microseconds. */
    readonly within?: number
    readonly explore?: 'holds' | 'deadlocks'
  }[]
}
