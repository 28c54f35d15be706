/** Long campaigns, by hand: `npm run fuzz -- --help` tells their options. Exits with 1 when something was found. */
import { someOf, wholeNumber } from '../../cli/option-values.ts'
import { command, parse } from '../harness/command.ts'
import { endWithReader } from '../harness/reader.ts'
import { inputOf, type Kind } from './campaign.ts'
import { describe, watched } from './watch.ts'

endWithReader()

const made = command(
  'npm run fuzz --',
  'Looks for mistakes of the compiler with inputs that a seed makes: texts that are spoiled, and programs.',
  ['npm run fuzz -- programs --runs 10000', 'npm run fuzz -- mutants --seed 17 --only 4'],
)
  .argument('[kind...]', 'mutants or programs; both when none is named', someOf('mutants', 'programs'))
  .option('--seed <n>', 'makes the inputs; without one, the time does', wholeNumber(0))
  .option('--runs <n>', 'so many inputs', wholeNumber(1), 1_000)
  .option('--from <n>', 'number of the first input', wholeNumber(0), 0)
  .option('--only <n>', 'only the input of this number, which is printed', wholeNumber(0))
const words = parse(made)
const options = made.opts<{ seed?: number; runs: number; from: number; only?: number }>()
const kinds = (['mutants', 'programs'] as const).filter((kind) => words.length === 0 || words.includes(kind))
const seed = options.seed ?? Math.floor(Date.now() / 1000) % 1_000_000
const from = options.only ?? options.from
const runs = options.only === undefined ? options.runs : 1

const report = async (kind: Kind): Promise<boolean> => {
  if (options.only !== undefined) console.log(inputOf({ kind, seed }, from).text)
  const summary = await watched({ kind, seed, from, runs })
  console.log(`${kind}, seed ${seed}: ${describe(summary)}`)
  return summary.failures.length === 0
}

for (const kind of kinds) if (!(await report(kind))) process.exitCode = 1
