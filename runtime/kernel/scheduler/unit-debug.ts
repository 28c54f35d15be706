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
    /** What the channels of the branches that are calls are called where the PAR stands. */
    readonly branches?: readonly (readonly [pc: number, label: string, line: number, actuals: Readonly<Record<string, string>>])[]
  }[]
}
