/** A test and what becomes of it: what the finder, the runner and the reporters share. */

/** One TEST of a `.csp` file, ready to run. */
export interface TestCase {
  readonly title: string
  /** The file as the user would name it. */
  readonly file: string
  readonly line: number
  /** Runs it in a world of its own. Never rejects but for a fault of ours. */
  readonly run: () => Promise<Outcome>
}

export type Outcome = (
  | { readonly kind: 'passed' }
  /** `report` tells why in `.csp` terms, several lines, without colours. */
  | { readonly kind: 'failed'; readonly report: string }
  | { readonly kind: 'skipped'; readonly reason: string }
) & {
  /** Of a test that ran on nodes: how often something of it has roamed. */
  readonly moves?: number
}

/** How many of each. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
  /** Of all tests. */
  moves: number
  /** Tests of which something has moved. */
  moved: number
}

/** Tells of tests as they end. */
export interface Reporter {
  /** Before the first test. */
  begin(total: number): void
  /** A test has ended. */
  test(test: TestCase, outcome: Outcome, milliseconds: number): void
  /** After the last. */
  end(tally: Tally, milliseconds: number): void
}

/** Where a reporter writes. */
export type Write = (text: string) => void
