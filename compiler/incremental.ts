/**
 * One program that is looked at again and again while its text changes.
 *
 * Every run goes through the passes of a compilation, and finds what a compilation finds. What does not depend on the change is taken from the runs
 * before: tokens of included files, trees of items (`grammar/tree-memory.ts`), and what the checks found out about them (`check/memory.ts`).
 */
import type { Result } from '../grammar/result.ts'
import { lex, type Lexed } from '../grammar/lexer.ts'
import type { SourceFile } from '../grammar/source.ts'
import { TreeMemory } from '../grammar/tree-memory.ts'
import { analyse, type Analysis } from './analysis.ts'
import { CheckMemory } from './check/memory.ts'
import type { CompilerHost, CompilerOptions } from './host.ts'
import type { FrontEndMemory } from './passes.ts'

export class IncrementalAnalysis {
  private last: Analysis | undefined
  private memory: FrontEndMemory | undefined

  /**
   * @param path the program, as `host` knows it
   * @param host reads its texts, as they are now
   */
  constructor(
    private readonly path: string,
    private readonly host: CompilerHost,
    private readonly options: CompilerOptions = {},
  ) {}

  /**
   * @returns what the front end finds out about the program as it is now; undefined when there is no text. What an earlier run returned holds no
   *   longer: its trees are part of this one
   * @throws Error for a fault of the compiler itself; the next run begins anew
   */
  run(): Analysis | undefined {
    const { last, host } = this
    // A file that was not found may have come.
    const isComplete = last?.diagnostics.every(({ code }) => code !== 'E0122') === true
    if (isComplete && last.files.every(({ path, text }) => host.read(path) === text)) return last
    const memory = (this.memory ??= newMemory())
    try {
      return (this.last = analyse(this.path, host, this.options, memory))
    } catch (error) {
      this.memory = this.last = undefined
      throw error
    }
  }
}

function newMemory(): FrontEndMemory {
  const texts = new Map<string, Result<Lexed>>()
  return {
    trees: new TreeMemory(),
    checks: new CheckMemory(),
    lex(file: SourceFile): Result<Lexed> {
      const known = texts.get(file.path)
      if (known?.value.file.text === file.text) return known
      const lexed = lex(file)
      texts.set(file.path, lexed)
      return lexed
    },
  }
}
