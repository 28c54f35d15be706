/** Compare-and-sets within JSON: three values for each key, as journals and logs keep them. */
import type { Change } from './engine.ts'

/** @returns for each change its key, what is expected (null: absence), and the value: 0 when it is as expected, null to remove it */
export function flattenChanges(changes: readonly Change[]): (string | null | 0)[] {
  return changes.flatMap(({ key, expect, value }) => [key, expect ?? null, value === expect ? 0 : (value ?? null)])
}

/** @returns the changes that begin at an index of a JSON array; undefined when there is anything else */
export function unflattenChanges(content: readonly unknown[], from: number): Change[] | undefined {
  const changes: Change[] = []
  for (let i = from; i < content.length; i += 3) {
    const key = content[i]
    const expect = content[i + 1] ?? undefined
    const third = content[i + 2]
    const value = third === 0 ? expect : (third ?? undefined)
    if (typeof key !== 'string' || !isText(expect) || !isText(value)) return undefined
    changes.push({ key, expect, value })
  }
  return changes
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}
