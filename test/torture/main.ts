/**
 * Long campaigns against a running cluster, by hand: `npm run torture -- CAMPAIGN [OPTION...]`.
 *
 *     looking [--runs N] [--minutes M]     commands look at a program whose processes move all the time; N runs (100) of M minutes (1)
 *     commits [--opens N] [--kill]         N members and clients (10,000) join and leave three members that commit all the time, each of which counts its own
 *                                          commits and reads them back; with --kill, members are killed as well
 *
 *     durable [--runs N] [--pause MS]      nodes of a durable program are killed, one or all, every MS (1,500) milliseconds, in N runs (10)
 *
 * Exits with 1 when something was lost, or a look at a living cluster failed.
 */
import { parseArgs } from 'node:util'
import { endWithReader } from '../harness/reader.ts'
import { commitAndOpen } from './commits.ts'
import { outlive } from './durable.ts'
import { lookAtMoves } from './looking.ts'

endWithReader()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    minutes: { type: 'string' },
    opens: { type: 'string' },
    kill: { type: 'boolean' },
    pause: { type: 'string' },
  },
})
const [campaign] = positionals

async function looking(): Promise<boolean> {
  const [runs, minutes] = [Number(values.runs ?? 100), Number(values.minutes ?? 1)]
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

async function commits(): Promise<boolean> {
  const found = await commitAndOpen(Number(values.opens ?? 10_000), values.kill ?? false)
  console.log(`${found.opens} joined and left, ${found.killed} were killed, ${found.commits} commits`)
  for (const trouble of found.troubles) console.log(trouble)
  return found.troubles.length === 0
}

async function durable(): Promise<boolean> {
  const [runs, pause] = [Number(values.runs ?? 10), Number(values.pause ?? 1_500)]
  let [wrong, kills] = [0, 0]
  const pauses: number[] = []
  for (let run = 1; run <= runs; run++) {
    const found = await outlive(pause, 240_000)
    kills += found.kills
    pauses.push(...found.pauses)
    if (found.wrong !== undefined) {
      wrong++
      console.log(`run ${run}: ${found.wrong}\n${found.log}`)
    }
    pauses.sort((a, b) => a - b)
    const at = (share: number): string => ((pauses[Math.floor(share * (pauses.length - 1))] ?? 0) / 1000).toFixed(2)
    console.log(
      `${run} runs, ${wrong} wrong; ${kills} nodes killed; from a kill to the next line ${at(0.5)} s (median), ${at(1)} s (worst)`,
    )
  }
  return wrong === 0
}

const campaigns: Record<string, () => Promise<boolean>> = { looking, commits, durable }
const chosen = campaigns[campaign ?? '']
if (chosen === undefined) {
  console.error(`npm run torture -- ${Object.keys(campaigns).join('|')} (test/torture/main.ts says what they do)`)
  process.exitCode = 64
} else if (!(await chosen())) process.exitCode = 1
