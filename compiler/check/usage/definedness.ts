/**
 * Where `#PRAGMA DEFINED` and `#PRAGMA UNDEFINED` take effect. A pragma is no part of the tree: it holds from the first process or declaration
 * after it on, and takes effect whenever control comes there.
 */
import type { Declaration, Process } from '../../../grammar/ast.ts'
import type { PragmaEffects } from '../pragmas.ts'

type Said = PragmaEffects['definedness'][number]

export class Definedness {
  /** Pragmas that nothing has been met after. */
  private waiting: readonly Said[]
  private readonly placed = new Map<Process | Declaration, readonly Said[]>()

  constructor({ definedness }: PragmaEffects) {
    this.waiting = definedness
  }

  /**
   * @param node processes and declarations, the first time in the order of the text
   * @returns what the pragmas directly before it say
   */
  before(node: Process | Declaration): readonly Said[] {
    const { file, start } = node.span
    const said = this.waiting.filter(({ at }) => at.file === file && at.start < start)
    if (said.length > 0) {
      this.waiting = this.waiting.filter((each) => !said.includes(each))
      this.placed.set(node, said)
    }
    return this.placed.get(node) ?? []
  }
}
