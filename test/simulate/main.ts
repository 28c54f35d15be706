/**
 * Simulated lives of durable programs: `npm run simulate -- --seeds N [--from S] [--first]`, or `--seed S` for one of them with a line for each event.
 *
 * `--first` ends with the first that is wrong. Exits with 1 when one of them is wrong; the command that repeats it is printed.
 */
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' }, first: { type: 'boolean' } },
})
if (values.seed !== undefined) process.env['GODWIT_SEED'] = values.seed // before trace.ts looks at it
const { live } = await import('./scenario.ts')

const first = Number(values.seed ?? values.from ?? 1)
const count = values.seed === undefined ? Number(values.seeds ?? 1_000) : 1
const totals: Record<string, number> = {}
let wrong = 0
const begun = performance.now()
for (let seed = first; seed < first + count; seed++) {
  let why: string | undefined
  try {
    const verdict = live(seed)
    why = verdict.wrong
    for (const [kind, n] of Object.entries(verdict.faults)) totals[kind] = (totals[kind] ?? 0) + n
  } catch (error) {
    why = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  if (why === undefined) continue
  wrong++
  console.log(`seed ${seed}: ${why}\n  npm run simulate -- --seed ${seed}`)
  if (values.first === true) break
}
const seconds = ((performance.now() - begun) / 1000).toFixed(1)
const kinds = Object.entries(totals).map(([kind, n]) => `${n} ${kind}`)
console.log(`${count} lives in ${seconds} s, ${wrong} wrong; faults: ${kinds.join(', ')}`)
if (wrong > 0) process.exitCode = 1
