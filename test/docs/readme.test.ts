/** The commands of the README do what it says when they are copied into a shell. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import { match, ok } from 'uvu/assert'
import { root } from '../cli/godwit.ts'

const DEADLINE_MS = 120_000

const directory = mkdtempSync(join(tmpdir(), 'godwit-readme-'))
test.after(() => {
  rmSync(directory, { recursive: true, force: true })
})

/** @returns the block of commands after the sentence that begins with these words */
function blockAfter(words: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, block] = /```\n([^`]*)```/.exec(readme.slice(readme.indexOf(words))) ?? []
  ok(block, `a block after: ${words}`)
  return block
}

/**
 * Runs commands as an interactive shell would, with jobs and in the checkout. A `sleep` waits until the program in the background has printed its second
 * number, however busy the machine is.
 * @param lines of the last command's output after which it is ended; it would go on for minutes
 * @returns what the terminal would show
 */
function shell(commands: string, lines?: number): string {
  const output = join(directory, 'output')
  const placed = commands
    .trim()
    .replaceAll('/tmp/flight', join(directory, 'flight'))
    .replaceAll('flight.snap', join(directory, 'flight.snap'))
  const script = [
    'set -m',
    `exec >${output} 2>&1 </dev/null`,
    `sleep () { until grep -qx 3 ${output}; do command sleep 0.1; done; }`,
    lines === undefined ? placed : `${placed} | head -${lines}`,
  ].join('\n')
  // a command as it is when it is installed: a function would be one more OS process of the job, which a signal ends at once
  const command = join(directory, 'godwit')
  writeFileSync(command, `#!/bin/sh\nexec ${process.execPath} ${join(root, 'dist/cli/main.js')} "$@"\n`, { mode: 0o755 })
  spawnSync('bash', ['-c', script], {
    cwd: root,
    timeout: DEADLINE_MS,
    env: { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1', GODWIT_CACHE: join(directory, 'cache') },
  })
  return readFileSync(output, 'utf8')
}

test('programs and tests run', () => {
  const output = shell(blockAfter('Run a program, and run tests'))
  match(output, /^Hello, world!\n/)
  ok(output.match(/^\d+ passed, 0 failed/gm)?.length === 2, output)
})

test('a program on three nodes is looked at, moved about, and stopped', () => {
  const output = shell(blockAfter('Run a program on three nodes'))
  match(output, /^(?:flight.*)?main\/integrate +n1 /m)
  match(output, /main\/integrate +n1 +n2 /)
  match(output, /processes moved|process moved|main\/source +n1 +n[23] /)
  match(output, /^n3 /m)
  ok(!output.includes('error['), output)
})

test('a program is saved at a signal and carried on', () => {
  const output = shell(blockAfter('Save a running program'), 2)
  match(output, /flight\.snap holds the program as it was/)
  const numbers = output.split('\n').flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []))
  numbers.forEach((sum, i) => {
    ok(sum === ((i + 1) * (i + 2)) / 2, output)
  })
  ok(/holds the program[^]*^\d+$/m.test(output), output)
})

test.run()
