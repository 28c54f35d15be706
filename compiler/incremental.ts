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
import { analyseByParts, type Analysis } from './analysis.ts'
import { CheckMemory } from './check/memory.ts'
import type { CompilerHost, CompilerOptions } from './host.ts'
import type { FrontEndMemory } from './passes.ts'

export class IncrementalAnalysis {
  private last: Analysis | undefined
  private memory: FrontEndMemory | undefined
  /** A run that has not come to its last part. */
  private begun: Generator<void, Analysis | undefined, void> | undefined

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
    for (;;) {
      const step = this.step()
      if (step !== 'more') return step
    }
  }

  /**
   * Does a part of a run: goes on with the one that was begun, if there is one. What earlier runs returned holds until the last part.
   * @returns as `run` does, or that there is more to do
   * @throws as `run` does
   */
  step(): Analysis | 'more' | undefined {
    if (this.begun === undefined && this.isCurrent()) return this.last
    this.begun ??= analyseByParts(this.path, this.host, this.options, (this.memory ??= newMemory()))
    try {
      const step = this.begun.next()
      if (step.done !== true) return 'more'
      this.begun = undefined
      return (this.last = step.value)
    } catch (error) {
      this.begun = this.memory = this.last = undefined
      throw error
    }
  }

  /** A text has changed: a run that was begun is given up, and the next begins with the texts as they are then. */
  textsChanged(): void {
    this.begun = undefined
  }

  private isCurrent(): boolean {
    const { last, host } = this
    // A file that was not found may have come.
    const isComplete = last?.diagnostics.every(({ code }) => code !== 'E0122') === true
    return isComplete && last.files.every(({ path, text }) => host.read(path) === text)
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
