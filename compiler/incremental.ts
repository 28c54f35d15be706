/** One program that is looked at again and again while its text changes. */
import { analyse, type Analysis } from './analysis.ts'
import type { CompilerHost, CompilerOptions } from './host.ts'

export class IncrementalAnalysis {
  private last: Analysis | undefined

  /**
   * @param path the program, as `host` knows it
   * @param host reads its texts, as they are now
   */
  constructor(
    private readonly path: string,
    private readonly host: CompilerHost,
    private readonly options: CompilerOptions = {},
  ) {}

  /** @returns what the front end finds out about the program as it is now; undefined when there is no text */
  run(): Analysis | undefined {
    const { last, host } = this
    // A file that was not found may have come.
    const isComplete = last?.diagnostics.every(({ code }) => code !== 'E0122') === true
    if (isComplete && last.files.every(({ path, text }) => host.read(path) === text)) return last
    return (this.last = analyse(this.path, host, this.options))
  }
}
