/** A program is written to a file in the middle of what it does and carried on by another OS process; a bad file is an error with a code. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { deadlineTest } from '../harness/deadline.ts'
import { godwit, temporaryDirectory } from './godwit.ts'

/** Prints 40 letters, one about every 20 ms. */
const LETTERS = `PROC main (CHAN BYTE screen!)
  TIMER tim:
  INT now:
  SEQ i = 0 FOR 40
    SEQ
      screen ! BYTE (65 + (i \\ 26))
      screen ! 255
      tim ? now
      tim ? AFTER now PLUS 20000
:
`
const EXPECTED = Array.from({ length: 40 }, (_, i) => String.fromCharCode(65 + (i % 26))).join('')

const directory = temporaryDirectory()
const file = join(directory, 'letters.csp')
const snapshot = join(directory, 'letters.snap')
writeFileSync(file, LETTERS)

deadlineTest('a program that was stopped by a checkpoint carries on where it was', 30_000, async () => {
  const first = await godwit(['run', file, '--checkpoint-on', `SIGUSR1=${snapshot}`], {
    started: (child) => child.stdout?.once('data', () => setTimeout(() => child.kill('SIGUSR1'), 150)),
  })
  assert.is(first.status, 0, first.stderr)
  assert.match(first.stderr, `godwit restore ${snapshot}`)
  assert.ok(first.stdout.length > 0 && first.stdout.length < 40, first.stdout)
  const second = await godwit(['restore', snapshot])
  assert.equal({ ...second, stdout: first.stdout + second.stdout }, { status: 0, stdout: EXPECTED, stderr: '' })
})

deadlineTest('a checkpoint can be restored more than once, and anywhere', 30_000, async () => {
  const once = await godwit(['restore', snapshot])
  const elsewhere = await godwit(['restore', snapshot], { env: { GODWIT_CACHE: temporaryDirectory() }, cwd: directory })
  assert.equal(elsewhere, once)
})

/** What is done to a checkpoint file, and the codes that may answer. */
const DAMAGE: readonly (readonly [what: string, damage: (bytes: Buffer) => Uint8Array, codes: RegExp])[] = [
  ['truncated', (bytes) => bytes.subarray(0, bytes.length >> 1), /R051[1-3]/],
  ['cut to nothing', () => Buffer.alloc(0), /R051[12]/],
  ['altered in the middle', (bytes) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 0x40 : byte)), /R051[23]/],
  ['longer than it was', (bytes) => Buffer.concat([bytes, Buffer.from('more')]), /R051[1-3]/],
  ['something else', () => Buffer.from(LETTERS), /R0511/],
]

for (const [what, damage, codes] of DAMAGE) {
  deadlineTest(`a checkpoint that is ${what} is refused with a code`, 20_000, async () => {
    const bad = join(directory, 'bad.snap')
    writeFileSync(bad, damage(readFileSync(snapshot)))
    const { status, stdout, stderr } = await godwit(['restore', bad])
    assert.is(status, 1, stderr)
    assert.is(stdout, '')
    assert.match(stderr, /^error\[(R\d{4})\]: /)
    assert.match(/^error\[(R\d{4})\]/.exec(stderr)?.[1] ?? '', codes)
    assert.match(stderr, '= help: ')
    assert.not.match(stderr, /^ +at /m)
  })
}

test.run()
