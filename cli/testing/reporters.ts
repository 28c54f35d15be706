/** The ways to tell how tests went: for people, as TAP, as JUnit's XML, as lines of JSON. */
import { count, duration, out } from '../terminal.ts'
import type { Outcome, Reporter, Tally, TestCase, Write } from './test-case.ts'

export type ReporterName = 'pretty' | 'tap' | 'junit' | 'json'

/**
 * @param roaming whether the tests roam, so that their moves count
 * @returns the reporter of that name, which writes by `write`
 */
export function reporter(name: ReporterName, write: Write, roaming = false): Reporter {
  switch (name) {
    case 'pretty':
      return new Pretty(write, roaming)
    case 'tap':
      return new Tap(write, roaming)
    case 'junit':
      return new JUnit(write, roaming)
    case 'json':
      return new JsonLines(write)
  }
}

/** A test that takes longer than this many milliseconds is told of with its time. */
const SLOW = 200

class Pretty implements Reporter {
  private file = ''
  private readonly failures: { test: TestCase; report: string }[] = []

  constructor(
    private readonly write: Write,
    private readonly roaming: boolean,
  ) {}

  begin(): void {
    // the first test opens its file
  }

  test(test: TestCase, outcome: Outcome, milliseconds: number): void {
    if (test.file !== this.file) this.write(`${this.file === '' ? '' : '\n'}${out.bold(test.file)}\n`)
    this.file = test.file
    const time = milliseconds >= SLOW ? out.dim(` (${duration(milliseconds * 1000)})`) : ''
    switch (outcome.kind) {
      case 'passed':
        this.write(`  ${out.green('✓')} ${test.title}${time}\n`)
        break
      case 'skipped':
        this.write(`  ${out.yellow('-')} ${test.title} ${out.dim(`skipped: ${outcome.reason}`)}\n`)
        break
      case 'failed':
        this.write(`  ${out.red('✗')} ${test.title}${time}\n`)
        this.failures.push({ test, report: outcome.report })
        break
    }
  }

  end(tally: Tally, milliseconds: number): void {
    for (const { test, report } of this.failures) {
      this.write(
        `\n${out.bold(out.red('FAILED'))} ${out.bold(test.title)} ${out.dim(`${test.file}:${test.line}`)}\n${indented(report, '  ')}\n`,
      )
    }
    const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''
    const passed = `${tally.passed} passed`
    const failed = `${tally.failed} failed`
    this.write(
      `\n${tally.failed > 0 ? passed : out.green(passed)}, ${tally.failed > 0 ? out.red(failed) : failed}${skipped} ${out.dim(`(${duration(milliseconds * 1000)})`)}\n${this.roaming ? `${moves(tally)}\n` : ''}`,
    )
  }
}

/** The Test Anything Protocol, version 14. */
class Tap implements Reporter {
  private number = 0

  constructor(
    private readonly write: Write,
    private readonly roaming: boolean,
  ) {}

  begin(total: number): void {
    this.write(`TAP version 14\n1..${total}\n`)
  }

  test(test: TestCase, outcome: Outcome, milliseconds: number): void {
    const description = `${test.file}: ${test.title}`.replace(/[\\#]/g, '\\$&').replaceAll('\n', ' ')
    const skip = outcome.kind === 'skipped' ? ` # SKIP ${outcome.reason}` : ''
    this.write(`${outcome.kind === 'failed' ? 'not ok' : 'ok'} ${++this.number} - ${description}${skip}\n`)
    if (outcome.kind !== 'failed') return
    const yaml = [
      '---',
      `at: ${test.file}:${test.line}`,
      `duration_ms: ${milliseconds.toFixed(1)}`,
      'message: |',
      indented(outcome.report, '  '),
      '...',
    ]
    this.write(`${indented(yaml.join('\n'), '  ')}\n`)
  }

  end(tally: Tally): void {
    this.write(`# ${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ''}\n`)
    if (this.roaming) this.write(`# ${moves(tally)}\n`)
  }
}

class JUnit implements Reporter {
  private readonly files = new Map<string, { xml: string[]; failures: number; skipped: number; seconds: number }>()

  constructor(
    private readonly write: Write,
    private readonly roaming: boolean,
  ) {}

  begin(): void {
    // the document needs the sums first
  }

  test(test: TestCase, outcome: Outcome, milliseconds: number): void {
    const suite = this.files.get(test.file) ?? { xml: [], failures: 0, skipped: 0, seconds: 0 }
    this.files.set(test.file, suite)
    suite.seconds += milliseconds / 1000
    const open = `    <testcase name="${escaped(test.title)}" classname="${escaped(test.file)}" file="${escaped(test.file)}" line="${test.line}" time="${(milliseconds / 1000).toFixed(4)}"`
    switch (outcome.kind) {
      case 'passed':
        suite.xml.push(`${open}/>`)
        break
      case 'skipped':
        suite.skipped++
        suite.xml.push(`${open}><skipped message="${escaped(outcome.reason)}"/></testcase>`)
        break
      case 'failed': {
        suite.failures++
        const [first = ''] = outcome.report.split('\n', 1)
        suite.xml.push(`${open}><failure message="${escaped(first)}">${escaped(outcome.report)}</failure></testcase>`)
        break
      }
    }
  }

  end(tally: Tally, milliseconds: number): void {
    const total = tally.passed + tally.failed + tally.skipped
    const counts = (tests: number, failures: number, skipped: number, seconds: number): string =>
      `tests="${tests}" failures="${failures}" skipped="${skipped}" time="${seconds.toFixed(4)}"`
    this.write(`<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts(total, tally.failed, tally.skipped, milliseconds / 1000)}>\n`)
    if (this.roaming)
      this.write(
        `  <properties><property name="moves" value="${tally.moves}"/><property name="moved" value="${tally.moved}"/></properties>\n`,
      )
    for (const [file, suite] of this.files) {
      const head = counts(suite.xml.length, suite.failures, suite.skipped, suite.seconds)
      this.write(`  <testsuite name="${escaped(file)}" ${head}>\n${suite.xml.join('\n')}\n  </testsuite>\n`)
    }
    this.write('</testsuites>\n')
  }
}

/** One line of JSON for each test as it ends, between one for the beginning and one for the end. */
class JsonLines implements Reporter {
  constructor(private readonly write: Write) {}

  private line(value: object): void {
    this.write(`${JSON.stringify(value)}\n`)
  }

  begin(total: number): void {
    this.line({ kind: 'begin', total })
  }

  test({ title, file, line }: TestCase, outcome: Outcome, milliseconds: number): void {
    this.line({ kind: 'test', title, file, line, outcome, milliseconds })
  }

  end(tally: Tally, milliseconds: number): void {
    this.line({ kind: 'end', ...tally, milliseconds })
  }
}

/** A run of tests that roam in which nothing has moved shows nothing: so it says how much has. */
function moves({ moves: n, moved }: Tally): string {
  return n === 0 ? 'nothing has moved' : `${count(n, 'move')} in ${count(moved, 'test')}`
}

function indented(text: string, by: string): string {
  return text.trimEnd().replace(/^(?=.)/gm, by)
}

/** Text for XML: the five characters that mean something, and no control characters, which XML cannot hold. */
function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
  return text.replace(/[&<>"']/g, (c) => entities[c] ?? c).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '�')
}
