/** How long a campaign of a suite is. */

/** @returns the seed and the number of inputs, which `GODWIT_FUZZ_SEED` and `GODWIT_FUZZ_RUNS` change */
export function settings(runs: number): { readonly seed: number; readonly from: 0; readonly runs: number } {
  return { seed: Number(process.env['GODWIT_FUZZ_SEED'] ?? 1), from: 0, runs: Number(process.env['GODWIT_FUZZ_RUNS'] ?? runs) }
}
