/**
 * Long campaigns against a running cluster, by hand: `npm run torture -- --help` tells which, and `npm run torture -- CAMPAIGN --help` what one does. Exits with 1
 * when something was lost, or a look at a living cluster failed.
 */
import { microseconds, oneOf, wholeNumber } from '../../cli/option-values.ts'
import { UsageError } from '../../cli/errors.ts'
import { InvalidValue } from '../../cli/parser.ts'
import { command, obey } from '../harness/command.ts'
import { endWithReader } from '../harness/reader.ts'
import { commitAndOpen } from './commits.ts'
import { outlive } from './durable.ts'
import type { TortureEngine, Trouble } from './durable.ts'
import { sendRound } from './ends.ts'
import { lookAtMoves } from './looking.ts'

endWithReader()

async function looking({ runs, minutes }: { readonly runs: number; readonly minutes: number }): Promise<boolean> {
  let [failed, looks] = [0, 0]
  for (let run = 1; run <= runs; run++) {
    const found = await lookAtMoves(Math.round(minutes * 10_000), minutes * 600_000)
    looks += found.looks
    if (found.status !== 0 || !found.output.includes('done') || found.complaints.length > 0) {
      failed++
      console.log(`run ${run}: status ${found.status}\n${found.output}${found.complaints.join('')}`)
    }
    console.log(`${run} runs, ${failed} failed, ${looks} looks`)
  }
  return failed === 0
}

interface EndsOptions {
  readonly ends: number
  readonly runs: number
  readonly roam: string
}

async function ends({ ends: count, runs, roam }: EndsOptions): Promise<boolean> {
  let failed = 0
  for (let run = 1; run <= runs; run++) {
    const begun = performance.now()
    const { status, output } = await sendRound(count, roam, 60_000 + count * 100)
    if (status !== 0 || output.trim() !== String(count)) {
      failed++
      console.log(`run ${run}: status ${status}\n${output}`)
    }
    console.log(`${run} runs of ${count} ends, ${failed} failed; ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
  return failed === 0
}

async function commits({ opens, kill = false }: { readonly opens: number; readonly kill?: boolean }): Promise<boolean> {
  const found = await commitAndOpen(opens, kill)
  console.log(`${found.opens} joined and left, ${found.killed} were killed, ${found.commits} commits`)
  for (const trouble of found.troubles) console.log(trouble)
  return found.troubles.length === 0
}

interface DurableOptions {
  readonly engine: TortureEngine
  readonly trouble: Trouble
  readonly kills: number
  readonly aRun: number
  readonly pause: number
}

async function durable({ engine, trouble, kills: wanted, aRun: each, pause: pauseMs }: DurableOptions): Promise<boolean> {
  if (trouble === 'part' && engine !== 'nats')
    throw new UsageError('only NATS servers can be cut off from each other', 'add `--engine nats`')
  let [runs, wrong, kills, massacres, nodes, lines] = [0, 0, 0, 0, 0, 0]
  const pauses: number[] = []
  const fencings: number[] = []
  while (kills < wanted) {
    const found = await outlive({ engine, trouble, kills: Math.min(each, wanted - kills), pauseMs })
    runs++
    kills += found.kills
    massacres += found.massacres
    nodes += found.nodes
    lines += found.lines
    pauses.push(...found.pauses)
    fencings.push(...found.fencings)
    if (found.wrong !== undefined) {
      wrong++
      console.log(`run ${runs}: ${found.wrong}\n${found.log}`)
    }
    pauses.sort((a, b) => a - b)
    const at = (share: number): string => ((pauses[Math.floor(share * (pauses.length - 1))] ?? 0) / 1000).toFixed(2)
    console.log(
      `${runs} programs on ${engine}, ${wrong} wrong; ${lines} lines; ${trouble} at ${kills} moments, all nodes at ${massacres} of them, ${nodes} nodes; ` +
        `from a kill until a line typed after it was printed: ${at(0.5)} s (median), ${at(0.99)} s (of 99 in 100), ${at(1)} s (worst) of ${pauses.length}`,
    )
    const told = Object.entries(found.history).map(([what, count]) => `${count} ${what}`)
    console.log(`  the history of the last: ${told.join(', ')}`)
    if (fencings.length > 0)
      console.log(
        `  from SIGCONT until a node that was stopped has ended: ${(Math.max(...fencings) / 1000).toFixed(2)} s (worst) of ${fencings.length}`,
      )
    if (found.kills === 0) break
  }
  return wrong === 0
}

/** @returns what a campaign does: the OS process exits with 1 when it has found something */
function campaign<T>(run: (options: T) => Promise<boolean>): (options: T) => Promise<void> {
  return async (options) => {
    if (!(await run(options))) process.exitCode = 1
  }
}

/** A duration as `godwit` takes it, as it stands. */
function duration(text: string): string {
  microseconds(text)
  return text
}

const torture = command('npm run torture --', 'Long campaigns against running clusters.', [
  'npm run torture -- durable --engine nats --trouble part --kills 20 --a-run 2',
  'npm run torture -- commits --kill',
])
torture.helpCommand('help [campaign]', 'show what a campaign does')
torture
  .command('looking')
  .description('Commands look at a program whose processes move all the time.')
  .option('--runs <n>', 'so many programs', wholeNumber(1), 100)
  .option('--minutes <n>', 'how long each runs', minutes, 1)
  .action(campaign(looking))
torture
  .command('commits')
  .description(
    'Members and clients join and leave three members that commit all the time, each of which counts its commits and reads them back.',
  )
  .option('--opens <n>', 'so many members and clients', wholeNumber(1), 10_000)
  .option('--kill', 'members are killed as well')
  .action(campaign(commits))
torture
  .command('durable')
  .description(
    'There is trouble with the nodes of a durable program at random moments. What is seen of it has to be complete, in order and once.',
  )
  .option('--engine <engine>', 'embedded or nats', oneOf('embedded', 'nats'), 'embedded')
  .option(
    '--trouble <kind>',
    'kill: nodes are killed, one or all; change: so they are while the program is upgraded or forked; stop: a node is stopped for longer than its lease; part: NATS servers are cut off from each other',
    oneOf('kill', 'change', 'stop', 'part'),
    'kill',
  )
  .option('--kills <n>', 'so many moments', wholeNumber(1), 1_000)
  .option('--a-run <n>', 'so many of them in the life of one program', wholeNumber(1), 50)
  .option('--pause <ms>', 'milliseconds from when the program runs again until the next moment, on average', wholeNumber(0), 500)
  .action(campaign(durable))
torture
  .command('ends')
  .description('Ends of channels go round a ring over three nodes with a client behind each, while a process of each node moves.')
  .option('--ends <n>', 'so many ends', wholeNumber(1), 10_000)
  .option('--runs <n>', 'so many rings', wholeNumber(1), 1)
  .option('--roam <time>', 'time between two moves', duration, '5ms')
  .action(campaign(ends))

/** How many minutes: a fraction will do. */
function minutes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidValue('it is a number above 0, as 0.5')
  return Number(text)
}

await obey(torture)
