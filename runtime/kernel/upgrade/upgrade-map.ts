/**
 * What people say about two versions of a program where the texts alone do not tell: a list of lines.
 *
 *     PROC old = new             a PROC has another name
 *     old.local = new            a variable of that PROC has another name
 *     counter.limit := 10        what a variable of the new version begins with
 *     counter:12 = 14            a process that waits at line 12 goes on at line 14
 *
 * A PROC within another one is `outer.inner`, so the last name is the variable's. What follows `--` is a comment.
 */

/** What a map says. */
export interface UpgradeMap {
  /** By old name. */
  readonly procs: ReadonlyMap<string, string>
  /** By PROC and old name: `counter.total`. */
  readonly locals: ReadonlyMap<string, string>
  /** By PROC, as it is called in the new version, and name: `counter.limit`. */
  readonly values: ReadonlyMap<string, string>
  /** By PROC and old line: `counter:12`. */
  readonly points: ReadonlyMap<string, number>
}

/** The map that says nothing. */
export const NO_MAP: UpgradeMap = { procs: new Map(), locals: new Map(), values: new Map(), points: new Map() }

/** A line of a map that says nothing that can be understood. */
export class UpgradeMapError extends Error {
  override readonly name = 'UpgradeMapError'
  constructor(
    readonly line: number,
    readonly text: string,
  ) {
    super(`line ${line} of the map says nothing about PROCs, variables or lines: ${text}`)
  }
}

/** @returns the map for the way back: who had another name has the old one again */
export function inverseOf(text: string): string {
  const { procs, locals, points } = parseMap(text)
  const lines: string[] = []
  for (const [before, now] of procs) lines.push(`PROC ${now} = ${before}`)
  for (const [before, now] of locals) {
    const dot = before.lastIndexOf('.')
    const proc = before.slice(0, dot)
    lines.push(`${procs.get(proc) ?? proc}.${now} = ${before.slice(dot + 1)}`)
  }
  for (const [before, now] of points) {
    const colon = before.lastIndexOf(':')
    const proc = before.slice(0, colon)
    lines.push(`${procs.get(proc) ?? proc}:${now} = ${before.slice(colon + 1)}`)
  }
  return lines.join('\n')
}

const NAME = String.raw`[A-Za-z][\w.]*`
const PROC = new RegExp(`^PROC\\s+(${NAME})\\s*=\\s*(${NAME})$`)
const LOCAL = new RegExp(`^(${NAME}\\.[\\w]+)\\s*=\\s*([A-Za-z][\\w.]*)$`)
const VALUE = new RegExp(`^(${NAME}\\.[\\w]+)\\s*:=\\s*(.+)$`)
const POINT = new RegExp(`^(${NAME}):(\\d+)\\s*=\\s*(\\d+)$`)

/** @throws UpgradeMapError */
export function parseMap(text: string): UpgradeMap {
  const procs = new Map<string, string>()
  const locals = new Map<string, string>()
  const values = new Map<string, string>()
  const points = new Map<string, number>()
  text.split('\n').forEach((whole, i) => {
    const line = whole.replace(/--.*$/, '').trim()
    if (line === '') return
    const [, proc, procNow] = PROC.exec(line) ?? []
    const [, local, localNow] = LOCAL.exec(line) ?? []
    const [, slot, value] = VALUE.exec(line) ?? []
    const [, where, from, to] = POINT.exec(line) ?? []
    if (proc !== undefined && procNow !== undefined) procs.set(proc, procNow)
    else if (local !== undefined && localNow !== undefined) locals.set(local, localNow)
    else if (slot !== undefined && value !== undefined) values.set(slot, value.trim())
    else if (where !== undefined) points.set(`${where}:${Number(from)}`, Number(to))
    else throw new UpgradeMapError(i + 1, line)
  })
  return { procs, locals, values, points }
}
