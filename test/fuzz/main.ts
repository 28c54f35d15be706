/**
 * Long campaigns, by hand:
 *
 *     node --import tsx test/fuzz/main.ts [mutants|programs] [--seed N] [--runs N] [--from N] [--only N] [--print]
 *
 * `--only` looks at one input and prints it; the seed is the time when none is given. Exits 1 when something was found.
 */
import { parseArgs } from 'node:util'
import { endWithReader } from '../harness/reader.ts'
import { inputOf, type Kind } from './campaign.ts'
import { describe, watched } from './watch.ts'

endWithReader()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, runs: { type: 'string' }, from: { type: 'string' }, only: { type: 'string' } },
})
const kinds = (['mutants', 'programs'] as const).filter((kind) => positionals.length === 0 || positionals.includes(kind))
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000)
const from = Number(values.only ?? values.from ?? 0)
const runs = values.only === undefined ? Number(values.runs ?? 1000) : 1

const report = async (kind: Kind): Promise<boolean> => {
  if (values.only !== undefined) console.log(inputOf({ kind, seed }, from).text)
  const summary = await watched({ kind, seed, from, runs })
  console.log(`${kind}, seed ${seed}: ${describe(summary)}`)
  return summary.failures.length === 0
}

for (const kind of kinds) if (!(await report(kind))) process.exitCode = 1
