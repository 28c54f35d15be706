/**
 * Judges how a TEST went: it passes when it ends or says PASS, in time, and a test that shall fail passes when it fails as it says.
 */
import type { Manifest } from '../../compiler/host.ts'
import type { Told } from './describe-failure.ts'
import type { Outcome } from './test-case.ts'

export type TestEntry = Manifest['tests'][number]

/** Program time after which a test without WITHIN has gone on for too long: one hour, in microseconds. */
export const LONGEST = 3_600_000_000

/** @param told what there is to say of the run; undefined when it has ended well */
export function judge({ fails }: TestEntry, told: Told | undefined): Outcome {
  if (fails === undefined) return told === undefined ? { kind: 'passed' } : failed(told.text)
  if (told === undefined) return failed(`it shall fail with ${fails}, but it passes`)
  if (told.code === fails || told.text.includes(fails)) return { kind: 'passed' }
  return failed(`it shall fail with ${fails}, but it fails otherwise`, told.text)
}

/** @returns the outcome of a test that failed; the parts are paragraphs */
export function failed(...parts: readonly string[]): Outcome {
  return { kind: 'failed', report: parts.map((part) => part.trimEnd()).join('\n\n') }
}
