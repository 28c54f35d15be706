/** Colours, tables and progress: how the command looks, on a terminal and in a pipe. */
import type { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

/** @returns whether `stream` wants colours: a terminal that is not dumb, unless NO_COLOR or FORCE_COLOR say otherwise. */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  if ((process.env['NO_COLOR'] ?? '') !== '') return false
  if ((process.env['FORCE_COLOR'] ?? '') !== '') return process.env['FORCE_COLOR'] !== '0'
  return stream.isTTY && process.env['TERM'] !== 'dumb'
}

/** Colours for standard output. */
export const out: Colours = pc.createColors(wantsColour(process.stdout))

/** Colours for standard error. */
export const err: Colours = pc.createColors(wantsColour(process.stderr))

/** @returns the width of the terminal in columns, at most `most`; `most` in a pipe. */
export function columns(most = 100): number {
  return process.stdout.isTTY ? Math.min(most, (process.stdout as WriteStream).columns || most) : most
}

/** Writes lines to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Writes lines to standard error. */
export function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Writes bytes to standard error, as they are. */
export function showOnError(bytes: Uint8Array): void {
  process.stderr.write(bytes)
}

/** Says what is odd and does no harm. */
export function warn(text: string): void {
  complain(`${err.bold(err.yellow('warning'))}: ${text}`)
}

/** Writes `value` as JSON, for machines: one line in a pipe, laid out on a terminal. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : undefined))
}

/** @returns how many columns `text` takes. */
export function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}

/**
 * Lays out a table: columns are as wide as their widest cell, two spaces between them, nothing after the last.
 * @param head the headings
 * @param rows cells; may hold colours
 * @param right columns (by heading) that hold numbers and are aligned to the right
 * @returns the lines, joined
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right: readonly string[] = []): string {
  const widths = head.map((title, i) => rows.reduce((widest, row) => Math.max(widest, width(row[i] ?? '')), width(title)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const blank = ' '.repeat((widths[i] ?? 0) - width(cell))
        return right.includes(head[i] ?? '') ? blank + cell : cell + blank
      })
      .join('  ')
      .trimEnd()
  return [line(head.map((title) => out.dim(title))), ...rows.map(line)].join('\n')
}

/** A column of a table that may have to leave some out. */
export interface Column<R> {
  readonly title: string
  readonly cell: (row: R) => string
  /** It holds numbers, which are aligned to the right. */
  readonly right?: boolean
  /** Where there is no room for all, those with less go first. */
  readonly keep: number
}

/** @returns the lines of a table with as many of its columns as there is room for */
export function fittingColumns<R>(all: readonly Column<R>[], rows: readonly R[], room: number): string[] {
  const dispensable = [...all].sort((a, b) => a.keep - b.keep)
  for (let shown = all; ; shown = shown.filter((column) => column !== dispensable[0])) {
    const text = table(
      shown.map(({ title }) => title),
      rows.map((row) => shown.map(({ cell }) => cell(row))),
      shown.filter(({ right }) => right === true).map(({ title }) => title),
    )
    const lines = text.split('\n')
    if (shown.length === 1 || lines.every((line) => width(line) <= room)) return lines
    while (dispensable[0] !== undefined && !shown.includes(dispensable[0])) dispensable.shift()
  }
}

/**
 * Lays out a table that is no wider than the terminal, if its first column allows it: the last columns then move below the row, each with its heading.
 * @param room columns that there are; without limit in a pipe
 */
export function fittingTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
  room = process.stdout.isTTY ? process.stdout.columns || Infinity : Infinity,
): string {
  const wide = (text: string): number => text.split('\n').reduce((most, line) => Math.max(most, width(line)), 0)
  let kept = head.length
  let text = table(head, rows, right)
  while (kept > 1 && wide(text) > room) {
    kept--
    text = table(
      head.slice(0, kept),
      rows.map((row) => row.slice(0, kept)),
      right,
    )
  }
  if (kept === head.length) return text
  const [first = '', ...lines] = text.split('\n')
  const below = (row: readonly string[]): string[] => {
    const parts = head.slice(kept).flatMap((title, i) => {
      const cell = row[kept + i] ?? ''
      const [verb = ''] = title.toLowerCase().split(' ')
      if (cell === '') return []
      return cell.startsWith(`${verb} `) ? [cell] : [`${out.dim(title.toLowerCase())} ${cell}`] // `waits to input` says it itself
    })
    const filled: string[] = []
    for (const part of parts) {
      const last = filled.at(-1)
      if (last !== undefined && width(last) + 2 + width(part) <= room) filled[filled.length - 1] = `${last}, ${part}`
      else for (const line of wrapped(part, room - 2)) filled.push(`  ${line}`)
    }
    return filled
  }
  return [first, ...lines.flatMap((line, i) => [line, ...below(rows[i] ?? [])])].join('\n')
}

/** In fewer columns the terminal may break lines where it likes. */
const WORTH_WRAPPING = 36

/** @returns the text in lines of at most `room` columns where its words allow that; those after the first are indented */
function wrapped(text: string, room: number): string[] {
  if (room < WORTH_WRAPPING) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(last === undefined ? word : `  ${word}`)
  }
  return lines
}

/** @returns `1 process`, `2 processes`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`
}

/** @returns a duration for people: `340us`, `12.4ms`, `3.2s`. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)}us`
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(1)}ms`
  return `${(microseconds / 1_000_000).toFixed(1)}s`
}

/** @returns a size for people: `812 B`, `1.4 kB`, `3.0 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** One line on standard error that is rewritten as work goes on. Says nothing unless standard error is a terminal. */
export class Progress {
  private readonly shown = process.stderr.isTTY
  private last = 0

  /** Shows `text` instead of what was shown, at most ten times a second. */
  update(text: string): void {
    const now = Date.now()
    if (!this.shown || now - this.last < 100) return
    this.last = now
    process.stderr.write(`\r\x1b[2K${err.dim(text.slice(0, (process.stderr.columns || 80) - 1))}`)
  }

  /** Takes the line away. */
  end(): void {
    if (this.shown && this.last > 0) process.stderr.write('\r\x1b[2K')
    this.last = 0
  }
}
