/** What a unit says of its text, for reports and messages. */

/** Where things are in the `.csp` text: the same shape as the compiler writes it. */
export interface UnitDebug {
  readonly name: string
  readonly files: readonly string[]
  readonly sites: readonly (readonly [file: number, line: number, column: number, text: string])[]
  readonly machines: readonly {
    readonly name: string
    readonly points: readonly (readonly [file: number, line: number, column: number, text: string])[]
    /** What the text calls the slots. */
    readonly slots?: readonly string[]
    /**
     * For each resume point what identifies it in another version of the text: the statements around it, its kind, and the machines that run there
     * while a process waits at it; joined by ` | `.
     */
    readonly ways?: readonly string[]
    /** For each slot the type that the text gives it, spelled out, perhaps with bounds of its values: `INT 0..9`; empty for what no text declares. */
    readonly declared?: readonly string[]
    /** Slots whose declarations give them a value that is known: `7`, `TRUE`, `[1, 2]`, `CHAN`. */
    readonly initials?: readonly (readonly [slot: number, value: string])[]
    /** What the channels of the branches that are calls are called where the PAR stands. */
    readonly branches?: readonly (readonly [pc: number, label: string, line: number, actuals: Readonly<Record<string, string>>])[]
  }[]
}
