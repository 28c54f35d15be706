/** Commands for developers explain themselves, and say in one line what makes no sense. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loader } from './loader.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Told {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function told(file: string, words: readonly string[]): Told {
  return spawnSync(process.execPath, [...loader, file, ...words], { cwd: root, encoding: 'utf8' })
}

/** Each command, how it is called, and words that it has to refuse, with what it says of them. */
const commands: readonly (readonly [file: string, name: string, wrong: readonly string[], says: RegExp])[] = [
  ['test/simulate/main.ts', 'simulate', ['--seeds', '-1'], /`-1` will not do for `--seeds <n>`: it is a whole number from 1/],
  ['test/simulate/mutate.ts', 'simulate:mutants', ['--list'], /unknown option `--list`/],
  ['test/fuzz/main.ts', 'fuzz', ['wrong'], /`wrong` will not do for `kind`: it is mutants or programs/],
  [
    'test/torture/main.ts',
    'torture',
    ['durable', '--kills', 'x'],
    /`x` will not do for `--kills <n>`.*see `npm run torture -- durable --help`/,
  ],
  ['bench/run.ts', 'bench', ['nothing'], /`nothing` is no part; it is comm, scale/],
]

for (const [file, name, wrong, says] of commands) {
  test(`npm run ${name} -- ${wrong.join(' ')} is refused in one line`, () => {
    const { status, stderr } = told(file, wrong)
    assert.is(stderr.trim().split('\n').length, 1, stderr)
    assert.match(stderr, says)
    assert.is(status, 64)
  })
}

test('--help shows the options, with examples', () => {
  const { status, stdout, stderr } = told('test/simulate/main.ts', ['--help'])
  assert.is(status, 0, stderr)
  assert.match(stdout, 'Usage: npm run simulate -- [options]')
  assert.match(stdout, '--seeds <n>')
  assert.match(stdout, 'Examples:\n  npm run simulate -- --seeds')
})

test.run()
