/** What a run of the benchmarks says: tables for people, JSON for the next run, and two runs beside each other. */
import { readFileSync } from 'node:fs'
import { median } from './measure.ts'
import type { Row } from './measure.ts'

/** A run, as `--json` writes it. */
export interface Run {
  readonly node: string
  readonly system: string
  /** ISO 8601 */
  readonly at: string
  /** What is to be known of the machine at that time. */
  readonly note?: string
  readonly rows: readonly Row[]
}

/** @returns a figure with three digits or so */
export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** @returns the text of one row: a line a sample, with the ratio of its median to that of the first */
export function table({ title, unit, reach, samples }: Row): string {
  const first = median(samples[0]?.values ?? [])
  const lines = [`\n${title}${reach === undefined ? '' : ` -- to reach: ${reach}`}\n`]
  for (const { who, values } of samples) {
    if (values.length === 0) {
      lines.push(`  ${who.padEnd(34)} not measured\n`)
      continue
    }
    const m = median(values)
    const range = `${figure(Math.min(...values))}..${figure(Math.max(...values))}`
    lines.push(`  ${who.padEnd(34)} ${figure(m).padStart(9)} ${unit}   ${range.padEnd(18)} ${(m / first).toFixed(2).padStart(7)}x\n`)
  }
  return lines.join('')
}

/** @returns a run that was written by `--json` */
export function readRun(file: string): Run {
  return JSON.parse(readFileSync(file, 'utf8')) as Run // as `--json` writes it
}

/** @returns a run with what another one has measured besides, or again: so a long run is made in pieces */
export function merged(run: Run, more: Run): Run {
  const rows = new Map(run.rows.map((row) => [row.id, row]))
  for (const row of more.rows) {
    const samples = new Map([...(rows.get(row.id)?.samples ?? []), ...row.samples].map((sample) => [sample.who, sample]))
    rows.set(row.id, { ...row, samples: [...samples.values()] })
  }
  return { ...run, ...more, rows: [...rows.values()] }
}

/** Below this a difference is noise on a machine that does nothing else. */
const NOTABLE = 0.03

/** @returns a line for each row that both runs have: our medians, their ratio, and the ratios to the first peer, which the machine influences less */
export function comparison(a: Run, b: Run): string {
  const lines: string[] = []
  for (const row of b.rows) {
    const before = a.rows.find(({ id }) => id === row.id)
    if (before === undefined) continue
    const [x, y] = [median(before.samples[0]?.values ?? []), median(row.samples[0]?.values ?? [])]
    const [peerX, peerY] = [toPeer(before), toPeer(row)]
    const ratio = y / x
    const verdict = Math.abs(ratio - 1) < NOTABLE ? '' : ratio < 1 ? 'faster' : 'slower'
    const peers = peerX === undefined || peerY === undefined ? '' : `${peerX.toFixed(2)}x -> ${peerY.toFixed(2)}x of the peer`
    lines.push(
      `${row.id.padEnd(22)} ${figure(x).padStart(8)} -> ${figure(y).padStart(8)} ${row.unit.padEnd(3)} ${ratio.toFixed(2)}x  ${verdict.padEnd(6)}  ${peers}`,
    )
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** @returns how many times as long the first peer takes as we do */
function toPeer({ samples: [own, peer] }: Row): number | undefined {
  return own === undefined || peer === undefined || peer.values.length === 0 ? undefined : median(peer.values) / median(own.values)
}
