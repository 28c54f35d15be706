/**
 * A compiled program as the runtime receives it: the same shapes as the compiler writes, declared again because the compiler and the
 * runtime know nothing of each other.
 */
import type { UnitDebug } from '../kernel/scheduler/unit-debug.ts'

/** One code unit, as it is kept and shipped. */
export interface CodeUnit {
  /** SHA-256 (hex) of `code` as UTF-8. */
  readonly hash: string
  /** For people: `prefix`, `outer.inner`. */
  readonly name: string
  /** Canonical JavaScript: imports `godwit:abi` and `unit:HASH`, exports `U`. */
  readonly code: string
  /** Source map v3 of `code` to the `.csp` files. */
  readonly codeMap?: string
  /** Hashes of the units it imports. */
  readonly imports: readonly string[]
  readonly debug: UnitDebug
}

/** What a parameter of the main PROC is connected to. */
export type ConsoleEnd = 'keyboard' | 'screen' | 'error'

export interface MainEntry {
  /** Hash of the unit. */
  readonly unit: string
  /** Name of the machine within it. */
  readonly name: string
  /** What each parameter, in order, is connected to. */
  readonly parameters: readonly ConsoleEnd[]
}

/** What the runtime reads of a program's manifest. */
export interface ProgramManifest {
  readonly abi: number
  /** Path of the source text, for messages. */
  readonly source: string
  readonly units: readonly { readonly hash: string; readonly name: string; readonly imports: readonly string[] }[]
  readonly main?: MainEntry
}

export interface Program {
  /** Callees first. May lack units that the code store already has. */
  readonly units: readonly CodeUnit[]
  readonly manifest: ProgramManifest
}
