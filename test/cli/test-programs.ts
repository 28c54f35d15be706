/** Programs that the suites of `godwit test` run, and where they are put. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './godwit.ts'

/** @returns the path of a file that holds `texts`, one after the other, alone in its directory */
export function tests(...texts: readonly string[]): string {
  const file = join(temporaryDirectory(), 'some.csp')
  writeFileSync(file, texts.join(''))
  return file
}

const COPY = `PROC copy (CHAN INT in?, out!)
  INT x:
  SEQ i = 0 FOR 10
    SEQ
      in ? x
      out ! x
:
`

/** Numbers go into a pipeline from whose end nobody takes them. */
const PIPELINE = `  CHAN INT a, b, c:
  PAR
    SEQ i = 0 FOR 10
      a ! i
    copy (a?, b!)
    copy (b?, c!)
`

/** One test that passes. Others may follow that use its `copy`. */
export const KEEPS_ORDER = `${COPY}TEST "a pipeline keeps the order"
${PIPELINE}    INT x:
    SEQ i = 0 FOR 10
      SEQ
        c ? x
        ASSERT (x = i)
:
`

/** One test that deadlocks, to stand after `KEEPS_ORDER`. */
export const DEADLOCKS = `TEST "a deadlock"
${PIPELINE}:
`

/** One test that never ends. */
export const BUSY = `TEST "busy for ever"
  INITIAL INT x IS 0:
  WHILE TRUE
    x := x PLUS 1
:
`

/** @returns the text of a test that waits for some microseconds */
export function waits(heading: string, microseconds: number): string {
  return `TEST ${heading}
  TIMER tim:
  INT now:
  SEQ
    tim ? now
    tim ? AFTER now PLUS ${microseconds}
:
`
}

/** @returns the text of a test that stops with R0203 */
export function faults(heading: string): string {
  return `TEST ${heading}
  [4]INT a:
  INITIAL INT i IS 9:
  a[i] := 1
:
`
}
