/** The harness itself: whatever a suite does, it ends, is counted and leaves nothing behind. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withDeadline } from './deadline.ts'
import { Report } from './report.ts'
import { runSuite, type Suite, type SuiteResult } from './suite.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'godwit-harness-'))
test.after(() => {
  rmSync(directory, { recursive: true })
})

/** Runs a suite whose tests are `body`. */
async function suite(body: string, counts: 'uvu' | 'tap' = 'uvu', deadline = 20_000): Promise<SuiteResult> {
  const file = join(directory, `${String(Math.random()).slice(2)}.mjs`)
  const head = counts === 'uvu' ? `import { test } from '${import.meta.resolve('uvu')}'\n` : ''
  writeFileSync(file, `${head}${body}\n${counts === 'uvu' ? 'test.run()\n' : ''}`)
  return runSuite({ name: 'some', command: [file], counts }, root, deadline)
}

const counts = ({ passed, failed, skipped }: SuiteResult): readonly number[] => [passed, failed, skipped]

test('tests are counted', async () => {
  const result = await suite("test('a', () => {}); test('b', () => { throw new Error('no') }); test.skip('c')")
  assert.equal([...counts(result), result.trouble], [1, 1, 1, undefined])
})

if (existsSync('/proc/self/stat'))
  test('the processor time of a suite is told, with that of what it has started', async () => {
    const spin = 'while (process.cpuUsage().user < 700_000);'
    const { processorMs } = await suite(
      `import { spawnSync } from 'node:child_process'
test('a', () => { spawnSync(process.execPath, ['-e', '${spin}']) })
test('b', () => new Promise((resolve) => setTimeout(resolve, 300)))`,
    )
    assert.ok((processorMs ?? 0) >= 700, `${processorMs} ms`)
  })

test('a suite that crashes is a failure', async () => {
  const result = await suite("test('a', () => {}); throw new Error('no')")
  assert.equal(counts(result), [0, 1, 0])
  assert.match(result.trouble ?? '', 'before its tests were done')
})

test('tests that a hook keeps from running are failures, though uvu exits with 0', async () => {
  const result = await suite("test.before(() => { throw new Error('no') }); test('a', () => {}); test('b', () => {})")
  assert.equal(counts(result), [0, 2, 0])
})

test('a suite that hangs is stopped and is a failure', async () => {
  const result = await suite("test('a', () => new Promise(() => setInterval(() => {}, 1000)))", 'uvu', 1500)
  assert.equal(counts(result), [0, 1, 0])
  assert.match(result.trouble ?? '', 'not done after')
})

test('a suite that leaves something open is stopped and is a failure', async () => {
  const result = await suite("test('a', () => { setInterval(() => {}, 1000) })")
  assert.equal(counts(result), [1, 1, 0])
  assert.match(result.trouble ?? '', 'did not exit')
})

test('TAP is counted, with what the plan promised and did not come', async () => {
  const result = await suite(
    "console.log('TAP version 14\\n1..4\\nok 1 - a\\nnot ok 2 - b\\nok 3 - c # SKIP later'); process.exitCode = 1",
    'tap',
  )
  assert.equal(counts(result), [1, 2, 1])
})

test('of TAP the failed tests come first, with their diagnostics', async () => {
  const result = await suite(
    `const lines = ['TAP version 14', '1..3', 'ok 1 - a', 'not ok 2 - b', '  ---', '  message: |', '', '    it is 3', '  ...', 'ok 3 - c', '# 2 passed']
console.log(lines.join('\\n')); process.exitCode = 1`,
    'tap',
  )
  assert.is(result.failures, 'not ok 2 - b\n  ---\n  message: |\n\n    it is 3\n  ...')
  assert.is(result.output, 'TAP version 14\n1..3\nok 1 - a\nok 3 - c\n# 2 passed\n')
  const printed = whatIsPrinted(() => {
    new Report(1).suite({ name: 'some', command: [], counts: 'tap' }, { ...result, output: 'ok\n'.repeat(50_000) })
  })
  assert.match(printed[0] ?? '', /^FAIL .*some: 2 passed, 1 failed/)
  assert.match(printed[1] ?? '', /^ +\| not ok 2 - b\n[^]*it is 3/)
})

test('what a suite comes to when it is repeated counts instead, and the sum names it', () => {
  const [steady, unsteady, broken] = ['a', 'b', 'c'].map((name): Suite => ({ name, command: [], counts: 'tap' })) as [Suite, Suite, Suite]
  const result = (passed: number, failed: number): SuiteResult => {
    return { passed, failed, skipped: 1, milliseconds: 1, processorMs: 2_000, trouble: undefined, failures: '', output: '' }
  }
  const report = new Report(3)
  const printed = whatIsPrinted(() => {
    report.suite(steady, result(5, 0))
    report.suite(unsteady, result(2, 1))
    report.suite(broken, result(1, 1))
    assert.equal(report.failing, [unsteady, broken])
    report.again(unsteady, result(3, 0))
    report.again(broken, result(0, 2))
    report.again(steady, result(0, 1)) // it had not failed
    report.end()
  })
  assert.equal(
    printed.map((line) => line.trim()),
    [
      'ok   [1/3] a: 5 passed, 1 skipped (0.0 s, processors 2.0 s)',
      'FAIL [2/3] b: 2 passed, 1 failed, 1 skipped (0.0 s, processors 2.0 s)',
      'FAIL [3/3] c: 1 passed, 1 failed, 1 skipped (0.0 s, processors 2.0 s)',
      'ok   [3/3] b: 3 passed, 1 skipped (0.0 s, processors 2.0 s)',
      'FAIL [3/3] c: 0 passed, 2 failed, 1 skipped (0.0 s, processors 2.0 s)',
      '3 skipped',
      'unsteady, passed only when repeated alone: b',
      'not in order: c',
      'processors 10.0 s',
      '8 passed, 2 failed',
    ],
  )
})

/** @returns what a function prints, by calls of `console.log` */
function whatIsPrinted(work: () => void): readonly string[] {
  const printed: string[] = []
  const { log } = console
  console.log = (text: string) => printed.push(text)
  try {
    work()
  } finally {
    console.log = log
  }
  return printed
}

test('a deadline names what is waited for', async () => {
  try {
    await withDeadline(
      20,
      () => new Promise<void>(() => undefined),
      () => 'waiting for Godot',
    )
    assert.unreachable()
  } catch (error) {
    assert.is((error as Error).message, 'not done after 20 ms\nwaiting for Godot') // withDeadline throws an Error
  }
})

test.run()
