/**
 * Simulated lives of durable programs: `npm run simulate -- --help` tells its options. Exits with 1 when one of the lives is wrong; the command that repeats it
 * is printed.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { wholeNumber } from '../../cli/option-values.ts'
import { command, parse } from '../harness/command.ts'

const made = command(
  'npm run simulate --',
  'Runs simulated lives of durable programs, with faults that a seed draws, and tells which of them are wrong.',
  ['npm run simulate -- --seeds 20000 --jobs 2', 'npm run simulate -- --seed 173'],
)
  .option('--seeds <n>', 'so many lives', wholeNumber(1), 1_000)
  .option('--from <seed>', 'seed of the first', wholeNumber(0), 1)
  .option('--seed <seed>', 'only this one, with a line for each event', wholeNumber(0))
  .option('--first', 'end with the first that is wrong')
  .option('--jobs <n>', 'OS processes that live them', wholeNumber(1), 1)
parse(made)
const options = made.opts<{ seeds: number; from: number; seed?: number; first?: true; jobs: number }>()
if (options.seed !== undefined) process.env['GODWIT_SEED'] = String(options.seed) // before trace.ts looks at it

/** Lives that an OS process is given at a time. */
const AT_A_TIME = 50

interface Lives {
  readonly wrong: readonly { readonly seed: number; readonly why: string }[]
  /** How many faults there were, by kind. */
  readonly faults: Readonly<Record<string, number>>
}

/** Lives these seeds. */
async function lives(first: number, count: number): Promise<Lives> {
  const { live } = await import('./scenario.ts')
  const wrong: { seed: number; why: string }[] = []
  const totals: Record<string, number> = {}
  for (let seed = first; seed < first + count; seed++) {
    try {
      const { wrong: why, faults } = live(seed)
      if (why !== undefined) wrong.push({ seed, why })
      for (const [kind, n] of Object.entries(faults)) totals[kind] = (totals[kind] ?? 0) + n
    } catch (error) {
      wrong.push({ seed, why: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
    if (options.first === true && wrong.length > 0) break
  }
  return { wrong, faults: totals }
}

/** An OS process of ours is asked for some of the lives, and answers. */
interface Order {
  readonly first: number
  readonly count: number
}

if (process.send !== undefined) {
  process.on('message', ({ first, count }: Order) => {
    void lives(first, count).then((done) => process.send?.(done))
  })
} else await main()

async function main(): Promise<void> {
  const first = options.seed ?? options.from
  const count = options.seed === undefined ? options.seeds : 1
  const jobs = options.seed === undefined ? options.jobs : 1
  const totals: Record<string, number> = {}
  const begun = performance.now()
  let [next, done, wrong] = [first, 0, 0]
  const order = (): Order | undefined => {
    if (next >= first + count || (options.first === true && wrong > 0)) return undefined
    const some = { first: next, count: Math.min(AT_A_TIME, first + count - next) }
    next += some.count
    return some
  }
  const tell = (some: Order, found: Lives): void => {
    done += some.count
    for (const [kind, n] of Object.entries(found.faults)) totals[kind] = (totals[kind] ?? 0) + n
    for (const { seed, why } of found.wrong) {
      wrong++
      console.log(`seed ${seed}: ${why}\n  npm run simulate -- --seed ${seed}`)
    }
  }
  if (jobs <= 1) for (let some = order(); some !== undefined; some = order()) tell(some, await lives(some.first, some.count))
  else await Promise.all(Array.from({ length: jobs }, () => work(order, tell)))
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const kinds = Object.entries(totals).map(([kind, n]) => `${n} ${kind}`)
  console.log(`${done} lives in ${seconds} s, ${wrong} wrong; faults: ${kinds.join(', ')}`)
  if (wrong > 0) process.exitCode = 1
}

/** Gives orders to an OS process of its own until there are none. @throws Error when it ends */
function work(order: () => Order | undefined, tell: (some: Order, found: Lives) => void): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2))
  return new Promise((resolve, reject) => {
    let some = order()
    const give = (): void => {
      if (some !== undefined) child.send(some)
      else {
        child.disconnect()
        resolve()
      }
    }
    child.on('message', (found: Lives) => {
      if (some !== undefined) tell(some, found)
      some = order()
      give()
    })
    child.once('exit', (code, signal) => {
      reject(new Error(`an OS process that lives from seed ${some?.first ?? 0} on has ended (${code ?? signal ?? ''})`))
    })
    give()
  })
}
