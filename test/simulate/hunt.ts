/** An OS process that tries until something is wrong: `hunt.ts < TRIALS`. It prints one line for each trial, and then why the last one is wrong. */
import { readFileSync, writeSync } from 'node:fs'
import { attempt } from './trials.ts'
import type { Trial } from './trials.ts'

for (const trial of JSON.parse(readFileSync(0, 'utf8')) as readonly Trial[]) {
  // mutate.ts writes it
  const wrong = attempt(trial)
  writeSync(1, `${JSON.stringify({ trial, wrong })}\n`)
  if (wrong !== undefined) process.exit(1)
}
