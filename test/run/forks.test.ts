/** Processes made at will, in numbers: a million one after the other take no memory, a hundred thousand at a time take some each. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loader } from '../harness/loader.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Runs a program with a heap of so many megabytes. @returns what it prints, and the most memory that it had, in bytes, where that is known */
function run(text: string, heap: number): { readonly output: string; readonly most: number } {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-forks-'))
  try {
    const file = join(folder, 'forks.csp')
    writeFileSync(file, text)
    const watched = `process.on('exit', () => process.stderr.write('most ' + process.resourceUsage().maxRSS * 1024 + '\\n'))`
    const preload = join(folder, 'watch.mjs')
    writeFileSync(preload, watched)
    const args = [`--max-old-space-size=${heap}`, ...loader, '--import', preload, join(root, 'cli/main.ts'), 'run', file]
    const { status, stdout, stderr } = spawnSync('node', args, { cwd: root, encoding: 'utf8' })
    assert.is(status, 0, stderr)
    return { output: stdout, most: Number(/most (\d+)/.exec(stderr)?.[1] ?? NaN) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const sequence = (n: number): string => `
#USE "course"
PROC once (VAL INT n, SHARED CHAN INT out!)
  IF
    (n \\ 100000) = 99999
      CLAIM out!
        out ! n + 1
    TRUE
      SKIP
:
PROC main (CHAN BYTE screen!)
  SHARED! CHAN INT c:
  PAR
    SEQ i = 0 FOR ${n}
      FORKING
        FORK once (i, c!)
    SEQ i = 0 FOR ${n} / 100000
      INT x:
      SEQ
        c ? x
        out.int (x, 0, screen!)
        screen ! '*n'
:
`

test('a million forks, one after the other, need no more memory than a hundred thousand', () => {
  const few = run(sequence(100_000), 200)
  const many = run(sequence(1_000_000), 200)
  assert.is(few.output, '100000\n')
  assert.is(many.output.trim().split('\n').at(-1), '1000000')
  console.log(`${(few.most / 1e6).toFixed(0)} MB with 100,000 forks, ${(many.most / 1e6).toFixed(0)} MB with 1,000,000`)
  assert.ok(many.most < few.most + 60e6, `${many.most - few.most} bytes more`)
})

test('a hundred thousand forks are alive at once, and take at most a kilobyte each', () => {
  const alive = (n: number): string => `
#USE "course"
PROC waiting (BARRIER all, VAL INT n)
  SYNC all
:
PROC main (CHAN BYTE screen!)
  BARRIER all:
  SEQ
    FORKING
      SEQ
        SEQ i = 0 FOR ${n}
          FORK waiting (all, i)
        SYNC all
    out.string ("all of them have gone on*n", 0, screen!)
:
`
  const one = run(alive(1), 400)
  const all = run(alive(100_000), 400)
  assert.is(one.output, all.output)
  const each = (all.most - one.most) / 100_000
  console.log(`${each.toFixed(0)} bytes for each of 100,000 forks that wait`)
  assert.ok(each < 1000, `${each} bytes each`)
})

test.run()
