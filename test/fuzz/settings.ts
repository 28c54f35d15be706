/** How long a campaign of a suite is. */

/**
 * @param runs how many inputs a suite looks at by default
 * @returns the seed, the number of the first input and how many there are, which `GODWIT_FUZZ_SEED`, `GODWIT_FUZZ_FROM` and `GODWIT_FUZZ_RUNS` change
 */
export function settings(runs: number): { readonly seed: number; readonly from: number; readonly runs: number } {
  const set = (name: string, otherwise: number): number => Number(process.env[`GODWIT_FUZZ_${name}`] ?? otherwise)
  return { seed: set('SEED', 1), from: set('FROM', 0), runs: set('RUNS', runs) }
}
