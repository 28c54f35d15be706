/** `docs/performance.md` and its pictures, made from a run: `npm run bench -- --json RUN.json`, then `npm run bench -- --page RUN.json`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { escapeXml, svgDocument } from '../cli/pictures/svg.ts'
import { median, root } from './measure.ts'
import type { Row } from './measure.ts'
import { figure } from './report.ts'
import type { Run } from './report.ts'

const WIDTH = 720
const LEFT = 250
const BAR = 16
/** Where the axis of curves stands, and how far lines of text are apart. */
const AXIS = 90
const LINE = 15

/** @returns horizontal bars on a logarithmic scale: one group a row, one bar a contestant */
export function bars(title: string, rows: readonly Row[]): string {
  const all = rows.flatMap(({ samples }) => samples.map(({ values }) => median(values))).filter((m) => m > 0)
  const low = Math.floor(Math.log10(Math.min(...all)))
  const high = Math.ceil(Math.log10(Math.max(...all)))
  const x = (value: number): number => LEFT + ((Math.log10(value) - low) / Math.max(1, high - low)) * (WIDTH - LEFT - 90)
  const parts: string[] = []
  let y = 40
  for (const { title: name, unit, samples } of rows) {
    parts.push(`<text x="8" y="${y + 12}" font-weight="bold">${escapeXml(name)}</text>`)
    y += 18
    samples.forEach(({ who, values }, i) => {
      const m = median(values)
      if (!(m > 0)) return
      parts.push(`<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escapeXml(who)}</text>`)
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${Math.max(1, x(m) - LEFT).toFixed(1)}" height="${BAR - 3}" class="${i === 0 ? 'own bar' : 'bar'}"/>`,
      )
      parts.push(`<text x="${(x(m) + 6).toFixed(1)}" y="${y + 12}">${figure(m)} ${unit}</text>`)
      y += BAR
    })
    y += 8
  }
  return svg(title, y + 8, parts)
}

/** @returns lines over a logarithmic scale of sizes. @param scale of what was measured */
export function curves(
  title: string,
  unit: string,
  rows: readonly (readonly [size: number, row: Row])[],
  scale: 'linear' | 'logarithmic' = 'linear',
): string {
  const height = 300
  const [top, bottom] = [40, height - 40]
  const all = rows.flatMap(([, { samples }]) => samples.map(({ values }) => median(values))).filter((m) => m > 0)
  const isLogarithmic = scale === 'logarithmic'
  const most = isLogarithmic ? 10 ** Math.ceil(Math.log10(Math.max(...all))) : Math.max(...all) * 1.1
  const least = isLogarithmic ? 10 ** Math.floor(Math.log10(Math.min(...all))) : 0
  const sizes = rows.map(([size]) => Math.log10(size))
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)]
  const x = (size: number): number => AXIS + ((Math.log10(size) - low) / Math.max(1e-9, high - low)) * (WIDTH - 180 - AXIS)
  const share = (value: number): number => (isLogarithmic ? Math.log(value / least) / Math.log(most / least) : value / most)
  const y = (value: number): number => bottom - share(value) * (bottom - top)
  const parts = rows.map(
    ([size]) => `<text x="${x(size).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${size.toLocaleString('en')}</text>`,
  )
  parts.push(`<path d="M${AXIS} ${top}V${bottom}H${WIDTH - 180}" class="axis"/>`)
  parts.push(
    `<text x="${AXIS - 8}" y="${top + 4}" text-anchor="end">${figure(most)} ${unit}</text><text x="${AXIS - 8}" y="${bottom}" text-anchor="end">${least === 0 ? '0' : `${figure(least)} ${unit}`}</text>`,
  )
  const names = rows[0]?.[1].samples.map(({ who }) => who) ?? []
  const taken: number[] = []
  names.forEach((who, i) => {
    const points = rows.flatMap(([size, { samples }]) => {
      const m = median(samples[i]?.values ?? [])
      return m > 0 ? [`${x(size).toFixed(1)},${y(m).toFixed(1)}`] : []
    })
    const whose = i === 0 ? 'own curve' : 'curve'
    parts.push(`<polyline points="${points.join(' ')}" class="${whose}"/>`)
    const last = points.at(-1)?.split(',') ?? ['0', '0']
    let at = Number(last[1]) + 4
    while (taken.some((other) => Math.abs(other - at) < LINE)) at += LINE // the names of curves that end at one place stand below each other
    taken.push(at)
    parts.push(`<text x="${Number(last[0]) + 6}" y="${at.toFixed(1)}" class="${whose}">${escapeXml(who)}</text>`)
  })
  return svg(title, height, parts)
}

const STYLE = `  .bar { fill: var(--faint) }
  .bar.own { fill: var(--accent) }
  .axis { fill: none; stroke: var(--quiet) }
  polyline.curve { fill: none; stroke: var(--quiet); stroke-width: 2 }
  polyline.own { stroke: var(--accent) }
  text.curve { fill: var(--quiet) }
  text.own { fill: var(--accent) }`

function svg(title: string, height: number, parts: readonly string[]): string {
  const head = `<text x="8" y="22" font-size="15">${escapeXml(title)}</text>`
  return svgDocument({ title, width: WIDTH, height, style: STYLE, body: [head, ...parts] })
}

function tableOf(rows: readonly Row[]): string {
  const lines = ['| what | to reach | Godwit | peers |', '|---|---|---|---|']
  for (const { title, unit, reach = '', samples } of rows) {
    const [own, ...peers] = samples
    const m = median(own?.values ?? [])
    const others = peers.flatMap(({ who, values }) =>
      values.length === 0 ? [] : [`${who} ${figure(median(values))} ${unit} (${(median(values) / m).toFixed(1)}x)`],
    )
    lines.push(`| ${title} | ${reach} | ${figure(m)} ${unit} | ${others.join('; ')} |`)
  }
  return `${lines.join('\n')}\n`
}

/** The rows that fall short of what they are to reach, by the start of their names, and who they are to be held against. */
const SHORTFALLS: readonly (readonly [id: string, against?: string])[] = [
  ['commstime-sequential', 'hand-written JavaScript scheduler'],
  ['ring-', 'hand-written JavaScript scheduler'],
  ['alt-100-ready'],
  ['memory'],
  ['sequential-mean'],
]

/** @returns a table of what falls short, with what this run measured of it */
function shortfalls(rows: readonly Row[]): string {
  const lines = ['| what | reached | to reach |', '|---|---|---|']
  for (const [start, against] of SHORTFALLS)
    for (const { id, title, unit, reach, samples } of rows) {
      const [own, ...peers] = samples
      if (!id.startsWith(start) || own === undefined || reach === undefined) continue
      const m = median(own.values)
      const peer = peers.find(({ who }) => who === against)
      if (against !== undefined && peer === undefined) continue
      const ratio = peer === undefined ? '' : `, ${(m / median(peer.values)).toFixed(2)}x the ${peer.who}`
      lines.push(`| ${title} | ${figure(m)} ${unit}${ratio} | ${reach} |`)
    }
  return `${lines.join('\n')}\n`
}

/** @returns a sentence on the sequential program that takes longest beside plain JavaScript, or nothing when none was measured */
function furthest(rows: readonly Row[]): string {
  const ratios = rows.flatMap(({ id, title, samples: [own, peer] }) =>
    id.startsWith('sequential-') && own !== undefined && peer !== undefined
      ? [{ name: title.replace(/ \(.*/, ''), ratio: median(own.values) / median(peer.values) }]
      : [],
  )
  const worst = ratios.sort((a, b) => b.ratio - a.ratio)[0]
  return worst === undefined ? '' : `Furthest away is ${worst.name}, at ${worst.ratio.toFixed(1)}x.`
}

/** Writes the page and its pictures. */
export function writePage(run: Run): void {
  const folder = join(root, 'docs/pictures')
  mkdirSync(folder, { recursive: true })
  const sized = (prefix: string): [number, Row][] =>
    run.rows.flatMap((row) => (row.id.startsWith(prefix) ? [[Number(row.id.slice(prefix.length)), row] as [number, Row]] : []))
  const [rings, alts] = [sized('scale-ring-'), sized('scale-alt-')]
  const durable = run.rows.filter(({ id }) => id.startsWith('durable-'))
  const plain = run.rows.filter(({ id }) => !id.startsWith('scale-') && !id.startsWith('durable-'))
  const named = plain.filter(({ samples }) => samples.length > 1)
  writeFileSync(join(folder, 'performance.svg'), bars('Godwit and its peers (logarithmic scale, less is better)', named))
  if (rings.length > 0) writeFileSync(join(folder, 'scale-ring.svg'), curves('A hop in a ring, by the number of processes', 'ns', rings))
  if (alts.length > 0)
    writeFileSync(join(folder, 'scale-alt.svg'), curves('A choice of a waiting ALT, by the number of guards', 'ns', alts))
  const text = `# Performance

The figures are medians of one run (${run.node}, ${run.system}, ${run.at.slice(0, 10)}), in which all peers took turns with Godwit on the same machine. The
ratios say more than the nanoseconds, which are those of that machine. \`npm run bench\` repeats the run, \`npm run bench -- --json RUN.json\` keeps it,
\`npm run bench -- --compare A.json B.json\` holds two runs against each other, and \`npm run bench -- --page RUN.json\` writes this page. The ratio behind
a peer is its time divided by Godwit's.${run.note === undefined ? '' : ` ${run.note}`}

${tableOf(plain)}
![Bars of all rows with their peers](pictures/performance.svg)
${
  rings.length === 0
    ? ''
    : `
## How the cost grows

A hop costs more in a ring that does not fit into the processor's caches; the scheduler itself does the same work for it.

${tableOf(rings.map(([, row]) => row))}
![The time of a hop by the number of processes](pictures/scale-ring.svg)
`
}${
    alts.length === 0
      ? ''
      : `
An ALT in a loop registers its guards once ([0010](decisions/0010-processes-for-nothing.md)), so a wait does not grow with their number.

${tableOf(alts.map(([, row]) => row))}
![The time of a choice by the number of guards](pictures/scale-alt.svg)
`
  }${
    durable.length === 0
      ? ''
      : `
## Programs that outlive their nodes

A durable step waits for the disk, so it is shown beside what the disk itself takes, and beside PostgreSQL, which does one synced insert a step. How
[cuts](durable.md) work says why their cost follows what has run, and why going on does not depend on what has happened before.

${tableOf(durable)}`
  }
## What falls short, and why

${shortfalls(run.rows)}
- **commstime and rings.** Of the time of a hop one half is in the scheduler's loop with its queue, the other in the machines, into which V8 inlines
  \`put\` and \`take\`; no part stands out. These changes were tried one by one, and none was worth 2 %: another test of which queue has a process, less
  bookkeeping of the fuel, not clearing the places of the queue, not checking for a second reader, not storing at which channel a process waits. The
  hand-written scheduler has no second priority, no fuel, no states of processes, and nothing that a report of a deadlock or a move needs.
- **ALT.** A choice includes the rendezvous, which is 17 ns. What is left is the number that is drawn and the search for a bit from there on.
- **Memory.** The objects are 232 bytes: a process 96, a channel 72, a frame 64. Three arrays refer to each process or channel, and arrays that grow
  leave room and garbage.
- **Sequential programs.** Checks of overflow and subscripts that intervals do not exclude, and the reloading of variables at loops
  ([0007](decisions/0007-checks-that-cost-little.md)). ${furthest(run.rows)}

## Why it is as fast as it is

- [0002](decisions/0002-form-of-generated-code.md): the form of generated code, and constants instead of imported bindings.
- [0007](decisions/0007-checks-that-cost-little.md): sequential code with all its checks.
- [0010](decisions/0010-processes-for-nothing.md): processes, joins and choices.
`
  writeFileSync(join(root, 'docs/performance.md'), text)
}
