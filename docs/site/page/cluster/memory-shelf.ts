/** The code that a simulated node has. Each node has its own shelf, and a unit that several have is loaded once. */
import { MemoryLoader } from '../../../../runtime/code/in-memory.ts'
import type { CodeUnit } from '../../../../runtime/code/program.ts'
import type { Unit } from '../../../../runtime/kernel/scheduler/state.ts'
import type { CodeShelf } from '../../../../runtime/node/migration/code-shelf.ts'
import { NodeError } from '../../../../runtime/node/node-error.ts'
import { sha256 } from '../../shims/sha256.ts'

const loader = new MemoryLoader()

export class MemoryShelf implements CodeShelf {
  private readonly units = new Map<string, CodeUnit>()

  hashes(): readonly string[] {
    return [...this.units.keys()]
  }

  missing(hashes: Iterable<string>): string[] {
    const wanted = new Set(hashes)
    for (const hash of wanted) for (const imported of this.units.get(hash)?.imports ?? []) wanted.add(imported)
    return [...wanted].filter((hash) => !this.units.has(hash))
  }

  get(hash: string): CodeUnit | undefined {
    return this.units.get(hash)
  }

  put(unit: CodeUnit): void {
    if (sha256(new TextEncoder().encode(unit.code)) !== unit.hash)
      throw new NodeError('R0405', `the code of unit \`${unit.name}\` is not what its hash says`)
    this.units.set(unit.hash, unit)
  }

  load(hashes: readonly string[], done: (error: NodeError | undefined) => void): void {
    try {
      for (const hash of hashes) this.loadOne(hash)
    } catch (error) {
      done(error instanceof NodeError ? error : new NodeError('R0406', error instanceof Error ? error.message : String(error)))
      return
    }
    done(undefined)
  }

  /** Loads a unit after those that it imports. @throws NodeError R0406 */
  private loadOne(hash: string): void {
    const unit = this.units.get(hash)
    if (unit === undefined) throw new NodeError('R0406', `the node does not have the unit ${hash.slice(0, 12)}`)
    for (const imported of unit.imports) this.loadOne(imported)
    loader.load(unit)
  }

  unitOf(hash: string): Unit | undefined {
    return this.units.has(hash) ? loader.get(hash) : undefined
  }
}
