/** The code a node has: what migration asks of a code store, with callbacks so that the simulation can stand in for the disk. */
import type { CodeUnit } from '../../code/program.ts'
import { CodeError, importsOf } from '../../code/store.ts'
import type { CodeStore } from '../../code/store.ts'
import type { Unit } from '../../kernel/scheduler/state.ts'
import { NodeError } from '../node-error.ts'

export interface CodeShelf {
  /** @returns the hashes of all units that are here */
  hashes(): readonly string[]
  /** @returns those of `hashes`, and of the units they import, that are not here, as far as can be told without the missing ones */
  missing(hashes: Iterable<string>): string[]
  /** @returns the unit as it was put, or undefined */
  get(hash: string): CodeUnit | undefined
  /** Keeps a unit. @throws NodeError R0405 when its code does not have its hash */
  put(unit: CodeUnit): void
  /** Makes units ready for `unitOf`. @param done gets what went wrong, if anything */
  load(hashes: readonly string[], done: (error: NodeError | undefined) => void): void
  /** @returns a unit that was loaded */
  unitOf(hash: string): Unit | undefined
}

/** A shelf on the disk. */
export class DiskShelf implements CodeShelf {
  private readonly loaded = new Map<string, Unit>()

  constructor(readonly store: CodeStore) {}

  hashes(): readonly string[] {
    return this.store.hashes()
  }

  missing(hashes: Iterable<string>): string[] {
    const result: string[] = []
    const seen = new Set<string>()
    const queue = [...hashes]
    for (let hash = queue.pop(); hash !== undefined; hash = queue.pop()) {
      if (seen.has(hash) || this.loaded.has(hash)) continue
      seen.add(hash)
      const unit = this.get(hash)
      if (unit === undefined) result.push(hash)
      else for (const imported of importsOf(unit.code)) queue.push(imported)
    }
    return result
  }

  get(hash: string): CodeUnit | undefined {
    try {
      return this.store.get(hash)
    } catch (error) {
      if (!(error instanceof CodeError)) throw error
      if (error.code === 'R0502') this.store.discard(hash) // so that it is asked for again
      return undefined
    }
  }

  put(unit: CodeUnit): void {
    try {
      this.store.put(unit)
    } catch (error) {
      throw asNodeError(error)
    }
  }

  load(hashes: readonly string[], done: (error: NodeError | undefined) => void): void {
    if (hashes.every((hash) => this.loaded.has(hash))) {
      done(undefined)
      return
    }
    this.store.loadAll(hashes).then(
      (units) => {
        for (const [hash, unit] of units) this.loaded.set(hash, unit)
        done(undefined)
      },
      (error: unknown) => {
        done(asNodeError(error))
      },
    )
  }

  unitOf(hash: string): Unit | undefined {
    return this.loaded.get(hash)
  }
}

function asNodeError(error: unknown): NodeError {
  if (error instanceof CodeError) return new NodeError(error.code === 'R0501' ? 'R0405' : 'R0406', error.message, error.help)
  return new NodeError('R0406', error instanceof Error ? error.message : String(error))
}
