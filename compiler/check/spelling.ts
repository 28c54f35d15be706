/** Which of the known names was meant: the nearest by edits, if it is near enough to be worth a hint. */

/**
 * @param written what was written
 * @param known the candidates; of two equally near the first wins
 * @returns the nearest candidate within a third of the length (at least one edit), or undefined
 */
export function nearest(written: string, known: Iterable<string>): string | undefined {
  let limit = Math.max(1, Math.floor(written.length / 3))
  let best: string | undefined
  for (const candidate of known) {
    if (candidate === written || Math.abs(candidate.length - written.length) > limit) continue
    if (candidate.length === 1 && written.length === 1) continue
    const distance = candidate.toLowerCase() === written.toLowerCase() ? 0 : edits(written, candidate, limit)
    if (distance < limit || (distance === limit && best === undefined)) {
      best = candidate
      limit = distance
      if (distance === 0) break
    }
  }
  return best
}

/** @returns the insertions, deletions, substitutions and swaps of neighbours that lead from `a` to `b`; any number above `limit` when there are more. */
function edits(a: string, b: string, limit: number): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let smallest = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
      smallest = Math.min(smallest, cost)
    }
    if (smallest > limit) return smallest
    before = previous
    previous = row
  }
  return previous[b.length] ?? 0
}
