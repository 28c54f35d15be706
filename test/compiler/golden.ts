/** Golden files: a text beside its expected rendering. `--update` writes what is found instead of comparing. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ok } from 'uvu/assert'

export const UPDATE = process.argv.includes('--update')

/** Compares `found` with the file at `path`, or writes it there. */
export function golden(path: string, found: string): void {
  if (UPDATE) {
    writeFileSync(path, found)
    return
  }
  const expected = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (found === expected) return
  ok(
    false,
    `${path} ${expected === undefined ? 'does not exist' : 'differs'}; run this test with --update and look at the change\n\n--- expected\n${expected ?? ''}\n--- found\n${found}`,
  )
}
