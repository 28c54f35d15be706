/** The checker of histories finds what is wrong, and nothing in what is right; and simulated members tell all there is to tell. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import { ChannelHandle } from '../../runtime/kernel/scheduler/ends.ts'
import { Channel } from '../../runtime/kernel/scheduler/state.ts'
import { Mobile } from '../../runtime/kernel/scheduler/value.ts'
import { historyInFile } from '../../runtime/node/history-file.ts'
import { HAPPENINGS, historyOf } from '../../runtime/node/history.ts'
import type { HistoryEntry } from '../../runtime/node/history.ts'
import { clusterOf, crash, moveProcess, often, run, Watcher } from '../node/home-simulation.ts'
import { Echo } from '../node/machines/echo.ts'
import { checkHistory, readHistory, toldIn } from './history.ts'

/** Tells `what` of something at a member, at the time at which it stands in a list. */
function told(member: number, what: HistoryEntry['what'], id = 0, count = 0, value = '', incarnation = 1): Omit<HistoryEntry, 'at'> {
  return { member, program: 7, incarnation, what, id, count, value }
}

/** What happens: two outputs on channel 5 from member 2 to member 1; process 9 goes from 2 to 3; member 1 goes, and the program begins anew at 3. */
const right: readonly Omit<HistoryEntry, 'at'>[] = [
  told(1, 'began', 0, 0),
  told(2, 'came', 9, 0),
  told(1, 'ran'),
  told(1, 'offered', 5, 10, 'a'),
  told(1, 'took', 5, 10),
  told(2, 'sent', 5, 10, 'a'),
  told(1, 'offered', 5, 12, 'b'),
  told(1, 'offered', 5, 12, 'b'),
  told(1, 'took', 5, 12),
  told(2, 'sent', 5, 12, 'b'),
  told(1, 'shown', 0, 20),
  told(2, 'went', 9),
  told(3, 'came', 9, 1),
  told(3, 'left', 1),
  told(3, 'over'),
  told(3, 'began', 0, 20, '', 2),
  told(3, 'came', 9, 1, '', 2),
  told(3, 'ran', 0, 0, '', 2),
  told(3, 'shown', 0, 30, '', 2),
]

function wrongIn(entries: readonly Omit<HistoryEntry, 'at'>[]): readonly string[] {
  return checkHistory(entries.map((entry, at) => ({ ...entry, at }))).wrong
}

const without = (i: number): Omit<HistoryEntry, 'at'>[] => right.filter((_, j) => i !== j)
const twice = (i: number): Omit<HistoryEntry, 'at'>[] => right.flatMap((entry, j) => (i === j ? [entry, entry] : [entry]))
const and = (...more: Omit<HistoryEntry, 'at'>[]): Omit<HistoryEntry, 'at'>[] => [...right, ...more]
const indexOf = (what: HistoryEntry['what'], count: number): number =>
  right.findIndex((entry) => entry.what === what && entry.count === count)

test('a history that is right has nothing wrong', () => {
  assert.equal(wrongIn(right), [])
})

const spoilt: Readonly<Record<string, readonly [entries: readonly Omit<HistoryEntry, 'at'>[], wrong: RegExp]>> = {
  'a rendezvous that the reader does not know': [without(indexOf('took', 10)), /goes on though its output 10 of channel 5 was not taken/],
  'an offer that nobody has made': [without(indexOf('offered', 10)), /taken and was not offered/],
  'a rendezvous twice': [twice(indexOf('took', 10)), /output 10 of channel 5 is taken twice/],
  'a writer that goes on twice': [twice(indexOf('sent', 12)), /goes on twice after output 12/],
  'two that change places': [
    right.map((entry) => (entry.count === 10 ? { ...entry, count: 12 } : entry.count === 12 ? { ...entry, count: 10 } : entry)),
    /output 10 of channel 5 is taken after 12/,
  ],
  'another value at the writer': [
    right.map((entry) => (entry.what === 'sent' && entry.count === 12 ? { ...entry, value: 'a' } : entry)),
    /another value was taken than the output 12/,
  ],
  'an offer that changes': [
    right.map((entry, i) => (i === indexOf('offered', 12) ? { ...entry, value: 'a' } : entry)),
    /output 12 of channel 5 is offered with another value/,
  ],
  'two reigns': [without(right.findIndex(({ what }) => what === 'went')), /process 9 comes while it is at member 2/],
  'a move of earlier': [and(told(3, 'went', 9, 0, '', 2), told(2, 'came', 9, 0, '', 2)), /process 9 comes with move 0 after move 1/],
  'a member that acts after it has left': [and(told(1, 'ran')), /a slice of a member that has left/],
  'a site that acts after it is over': [and(told(3, 'ran')), /a slice of a site that is over/],
  'output that the next incarnation does not have': [
    right.map((entry) => (entry.what === 'shown' && entry.count === 20 ? { ...entry, count: 21 } : entry)),
    /incarnation 1 has shown 21 bytes, and incarnation 2 begins with 20/,
  ],
  'output of an incarnation that is past': [
    and(told(1, 'shown', 0, 25)),
    /incarnation 1 has shown 25 bytes, and incarnation 2 begins with 20/,
  ],
}

for (const [what, [entries, wrong]] of Object.entries(spoilt)) {
  test(`the checker finds ${what}`, () => {
    assert.match(wrongIn(entries).join('\n'), wrong)
  })
}

test('a value is told alike at both ends, whatever it holds', () => {
  const said: string[] = []
  const site = historyOf(
    1,
    () => 0,
    ({ value }) => said.push(value),
  ).site({ id: 7, incarnation: 1 })
  const end = (): Mobile => {
    const channel = new Channel()
    channel.link = { id: 3, version: said.length, hint: said.length }
    return new Mobile(new Uint8Array([1]), [new ChannelHandle(channel, '!')], [])
  }
  const values = [3, 4n, true, new Int32Array([1, 2]), new Int32Array(100), end()]
  for (const value of values) site.offered(5, 1, value)
  for (const value of [...values.slice(0, -1), end()]) site.sent(5, 1, value)
  assert.equal(said.slice(values.length), said.slice(0, values.length))
  assert.is(new Set(said).size, values.length)
})

test('simulated members tell all there is to tell', () => {
  const world = new SimulatedWorld(3, fairWeather)
  const cluster = clusterOf(world, 3)
  const program = run(cluster, ({ keyboard, screen }) => new Echo(null, keyboard, screen), { durable: true })
  const watcher = new Watcher(cluster, program, 'the bar-tailed godwit migrates further without stopping than any other bird')
  const over = (): boolean => watcher.outcome !== undefined
  often(cluster, 5, over, () => {
    moveProcess(cluster)
  })
  world.after(30, () => {
    const [node] = cluster.nodes
    if (node !== undefined) crash(cluster, node)
  })
  assert.ok(world.run(over, 60_000))
  const counts = toldIn(world)
  for (const what of HAPPENINGS) assert.ok((counts[what] ?? 0) > 0, `${what} in ${JSON.stringify(counts)}`)
  assert.ok((counts['came'] ?? 0) >= (counts['went'] ?? 0), 'what goes has come')
})

test('what members write into files is read again and merged', () => {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-history-'))
  try {
    const [reader, writer] = [historyInFile(directory, 1), historyInFile(directory, 2)]
    const at = { id: 7, incarnation: 1 }
    reader.site(at).offered(5, 10, 3)
    reader.site(at).took(5, 10)
    writer.site(at).sent(5, 10, 3)
    writer.left(1)
    assert.equal(checkHistory(readHistory(directory)), { counts: { offered: 1, took: 1, sent: 1, left: 1 }, wrong: [] })
    writer.site(at).sent(5, 10, 3)
    assert.is(checkHistory(readHistory(directory)).wrong.length, 1)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test.run()
