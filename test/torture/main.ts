/**
 * Long campaigns against a running cluster, by hand: `npm run torture -- CAMPAIGN [OPTION...]`.
 *
 *     looking [--runs N] [--minutes M]     commands look at a program whose processes move all the time; N runs (100) of M minutes (1)
 *     commits [--opens N] [--kill]         N members and clients (10,000) join and leave three members that commit all the time, each of which counts its own
 *                                          commits and reads them back; with --kill, members are killed as well
 *
 *     durable [--engine embedded|nats] [--trouble kill|stop|part] [--kills N] [--a-run N] [--pause MS]
 *                                          nodes of a durable program are killed, one or all, at N (1,000) random moments, MS (500) milliseconds on average
 *                                          after it runs again, or not waiting for that; each program sees N (50) of them. With `stop` nodes are stopped
 *                                          for longer than their leases, with `part` NATS servers are cut off from each other
 *
 *     ends [--ends N] [--runs N] [--roam TIME]
 *                                          N ends (10,000) go round a ring over three nodes with a client behind each, while a process of each node moves
 *                                          every TIME (5ms); N runs (1)
 *
 * Exits with 1 when something was lost, or a look at a living cluster failed.
 */
import { parseArgs } from 'node:util'
import { endWithReader } from '../harness/reader.ts'
import { commitAndOpen } from './commits.ts'
import { outlive } from './durable.ts'
import { sendRound } from './ends.ts'
import { lookAtMoves } from './looking.ts'

endWithReader()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    ends: { type: 'string' },
    roam: { type: 'string' },
    minutes: { type: 'string' },
    opens: { type: 'string' },
    kill: { type: 'boolean' },
    pause: { type: 'string' },
    kills: { type: 'string' },
    'a-run': { type: 'string' },
    engine: { type: 'string' },
    trouble: { type: 'string' },
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

async function ends(): Promise<boolean> {
  const [count, runs] = [Number(values.ends ?? 10_000), Number(values.runs ?? 1)]
  let failed = 0
  for (let run = 1; run <= runs; run++) {
    const begun = performance.now()
    const { status, output } = await sendRound(count, values.roam ?? '5ms', 60_000 + count * 100)
    if (status !== 0 || output.trim() !== String(count)) {
      failed++
      console.log(`run ${run}: status ${status}\n${output}`)
    }
    console.log(`${run} runs of ${count} ends, ${failed} failed; ${((performance.now() - begun) / 1000).toFixed(1)} s`)
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
  const { engine = 'embedded', trouble = 'kill' } = values
  if (engine !== 'embedded' && engine !== 'nats') throw new Error(`there is no engine ${engine}: embedded or nats`)
  if (trouble !== 'kill' && trouble !== 'stop' && trouble !== 'part') throw new Error(`there is no trouble ${trouble}: kill, stop or part`)
  if (trouble === 'part' && engine !== 'nats') throw new Error('only NATS servers can be cut off from each other: --engine nats')
  const [wanted, each, pauseMs] = [Number(values.kills ?? 1_000), Number(values['a-run'] ?? 50), Number(values.pause ?? 500)]
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

const campaigns: Record<string, () => Promise<boolean>> = { looking, commits, durable, ends }
const chosen = campaigns[campaign ?? '']
if (chosen === undefined) {
  console.error(`npm run torture -- ${Object.keys(campaigns).join('|')} (test/torture/main.ts says what they do)`)
  process.exitCode = 64
} else if (!(await chosen())) process.exitCode = 1
