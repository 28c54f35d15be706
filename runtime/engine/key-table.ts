/** The directory as a pure data structure: what a compare-and-set does to keys and values, the same for every engine. */
import type { Change } from './engine.ts'

export class KeyTable {
  /** By what stands before the last slash of the key: a list asks for one such family, or for few. */
  private readonly families = new Map<string, Map<string, string>>()
  /** Characters of all keys and values. */
  private characters = 0

  get size(): number {
    return this.characters
  }

  get(key: string): string | undefined {
    return this.families.get(familyOf(key))?.get(key)
  }

  /** @returns all entries whose keys begin with `prefix`, in the order of the keys' code units */
  list(prefix: string): (readonly [key: string, value: string])[] {
    const found: (readonly [string, string])[] = []
    for (const [family, entries] of this.families) {
      if (!family.startsWith(prefix) && !prefix.startsWith(family)) continue
      for (const entry of entries) if (entry[0].startsWith(prefix)) found.push(entry)
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** @returns whether every key has the value that is expected of it */
  meets(changes: readonly Change[]): boolean {
    return changes.every(({ key, expect }) => this.get(key) === expect)
  }

  /** Makes all changes if all expectations hold, else none. */
  swap(changes: readonly Change[]): 'done' | 'conflict' {
    if (!this.meets(changes)) return 'conflict'
    for (const { key, expect, value } of changes) if (value !== expect) this.put(key, value)
    return 'done'
  }

  /** Gives a key a value; `undefined` removes it. */
  put(key: string, value: string | undefined): void {
    const family = familyOf(key)
    let entries = this.families.get(family)
    const old = entries?.get(key)
    if (old !== undefined) this.characters -= key.length + old.length
    if (value === undefined) {
      if (entries?.delete(key) === true && entries.size === 0) this.families.delete(family)
      return
    }
    if (entries === undefined) this.families.set(family, (entries = new Map<string, string>()))
    entries.set(key, value)
    this.characters += key.length + value.length
  }

  clear(): void {
    this.families.clear()
    this.characters = 0
  }

  *[Symbol.iterator](): Generator<readonly [key: string, value: string]> {
    for (const entries of this.families.values()) yield* entries
  }
}

function familyOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}
