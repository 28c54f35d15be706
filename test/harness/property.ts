/**
 * Properties over random values, the same in every run: what a property has found on one machine is found on all of them.
 *
 * `GODWIT_PROPERTY_SEED=random` draws others, `GODWIT_PROPERTY_SEED=n` those of seed n; `GODWIT_PROPERTY_TIMES=20` looks at so many times as many.
 */
import fc from 'fast-check'

const wanted = process.env['GODWIT_PROPERTY_SEED'] ?? '1'
const factor = Number(process.env['GODWIT_PROPERTY_TIMES'] ?? 1)

fc.configureGlobal({
  includeErrorInReport: true, // else the cause of a failure is not shown
  numRuns: 100 * factor,
  ...(wanted === 'random' ? {} : { seed: Number(wanted) }),
})

/** @returns how many values a property looks at that looks at `count` of them when nothing else is asked for */
export const times = (count: number): number => count * factor

export { fc }
