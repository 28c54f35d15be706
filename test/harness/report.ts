/** What the harness prints: a line a suite as they end, what those that failed have printed (their failed tests first), and the sum. */
import type { Suite, SuiteResult } from './suite.ts'

/** Of the failed tests of a suite, and of what else it has printed, this much each is shown. */
const SHOWN = 12_000

/** @returns a text as it is shown below the line of its suite: of a long one the beginning and the end */
function excerpt(text: string): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN / 2)}\n     ...\n${text.slice(-SHOWN / 2)}` : text
  return shown.trimEnd().replace(/^/gm, '     | ')
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

export class Report {
  passed = 0
  failed = 0
  private skipped = 0
  private done = 0
  private processorMs = 0
  private readonly total: number
  /** Suites that have failed, with what they have come to. */
  private readonly troubled = new Map<Suite, SuiteResult>()
  private readonly unsteady: string[] = []

  constructor(total: number) {
    this.total = total
  }

  /** Takes in one suite's result and prints its line. */
  suite(suite: Suite, result: SuiteResult): void {
    const { name } = suite
    this.done++
    this.passed += result.passed
    this.failed += result.failed
    this.skipped += result.skipped
    this.processorMs += result.processorMs ?? 0
    const mark = result.failed > 0 ? 'FAIL' : 'ok  '
    const counts = `${result.passed} passed${result.failed > 0 ? `, ${result.failed} failed` : ''}${result.skipped > 0 ? `, ${result.skipped} skipped` : ''}`
    const times = `${seconds(result.milliseconds)}${result.processorMs === undefined ? '' : `, processors ${seconds(result.processorMs)}`}`
    console.log(`${mark} [${String(this.done).padStart(String(this.total).length)}/${this.total}] ${name}: ${counts} (${times})`)
    if (result.failed === 0) return
    this.troubled.set(suite, result)
    if (result.trouble !== undefined) console.log(`     ${result.trouble}`)
    for (const text of [result.failures, result.output]) if (text !== '') console.log(excerpt(text))
  }

  /** @returns the suites that have failed */
  get failing(): readonly Suite[] {
    return [...this.troubled.keys()]
  }

  /** Takes in what a suite that has failed comes to when it is repeated alone: that counts, and the sum says that it is unsteady. */
  again(suite: Suite, result: SuiteResult): void {
    const first = this.troubled.get(suite)
    if (first === undefined || !this.troubled.delete(suite)) return
    this.done--
    this.passed -= first.passed
    this.failed -= first.failed
    this.skipped -= first.skipped
    this.suite(suite, result)
    if (result.failed === 0) this.unsteady.push(suite.name)
  }

  /** Prints the sum; nothing else stands on the last line. */
  end(): void {
    if (this.skipped > 0) console.log(`\n${this.skipped} skipped`)
    if (this.unsteady.length > 0) console.log(`\nunsteady, passed only when repeated alone: ${this.unsteady.join(', ')}`)
    if (this.troubled.size > 0) console.log(`\nnot in order: ${this.failing.map(({ name }) => name).join(', ')}`)
    if (this.processorMs > 0) console.log(`\nprocessors ${seconds(this.processorMs)}`)
    console.log(`\n${this.passed} passed, ${this.failed} failed`)
  }
}
