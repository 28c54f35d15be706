/** `godwit top` */
import { setTimeout as delay } from 'node:timers/promises'
import { spellCluster } from '../../runtime/node/cluster-address.ts'
import type { ClusterClient } from '../../runtime/node/commands/client.ts'
import { requireClusterDirectory, withCluster, type ClusterOptions } from '../cluster.ts'
import { signalled } from '../errors.ts'
import { columns, print, printJson } from '../terminal.ts'
import { rowsOf, type Rows, type Sample } from '../top/rates.ts'
import { pageOf, screenOf, SORTS, type Choice } from '../top/screen.ts'

export interface TopOptions extends ClusterOptions {
  /** One table instead of a screen. */
  readonly once?: boolean
  /** Microseconds between two looks. */
  readonly every?: number
}

const EVERY_MICROS = 1_000_000
const LEAST_MS = 100

/**
 * Shows what the nodes and programs of a cluster do: on a terminal again and again, with keys; else once.
 * @throws NodeError when no node answers any more
 */
export async function top(options: TopOptions): Promise<void> {
  const every = Math.max(LEAST_MS, (options.every ?? EVERY_MICROS) / 1000)
  if (options.json === true || options.once === true || !process.stdout.isTTY) {
    const rows = await withCluster(options, async (client) => {
      const before = await look(client)
      await delay(every)
      return rowsOf(await look(client), before)
    })
    if (options.json === true) printJson(rows)
    else print(pageOf(rows, columns()))
    return
  }
  requireClusterDirectory(options.cluster)
  const { connectCluster } = await import('../../runtime/node/commands/client.ts')
  const client = await connectCluster(options.cluster)
  const screen = new Screen(`godwit top  ${spellCluster(options.cluster)}`)
  try {
    screen.open()
    let before: Sample | undefined
    while (!screen.over) {
      if (!screen.paused) {
        const now = await Promise.race([look(client), client.failure])
        screen.show(rowsOf(now, before))
        before = now
      }
      await screen.wait(every)
    }
  } finally {
    screen.close()
    await client.close()
  }
}

async function look(client: ClusterClient): Promise<Sample> {
  const [nodes, programs] = await Promise.all([client.measures(), client.programs.all()])
  return { at: performance.now(), nodes, programs }
}

/** The terminal while it is ours: another screen, no cursor, each key as it is pressed. */
class Screen {
  over = false
  private choice: Choice = { sort: 'name', reversed: false, help: false, paused: false }
  private rows: Rows = { nodes: [], programs: [], moves: [] }
  private wake: (() => void) | undefined
  private readonly onKey = (text: string): void => {
    for (const key of text) this.press(key)
  }
  private readonly redraw = (): void => {
    this.draw()
  }
  private readonly onSignal = (signal: NodeJS.Signals): void => {
    this.close()
    process.exit(signalled(signal))
  }

  constructor(private readonly title: string) {}

  get paused(): boolean {
    return this.choice.paused
  }

  open(): void {
    process.stdout.write('\x1b[?1049h\x1b[?25l')
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true)
      process.stdin.setEncoding('utf8').on('data', this.onKey).resume()
    }
    process.stdout.on('resize', this.redraw)
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, this.onSignal)
  }

  close(): void {
    process.stdout.off('resize', this.redraw)
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.off(signal, this.onSignal)
    if (process.stdin.isTTY) {
      process.stdin.off('data', this.onKey).pause()
      process.stdin.setRawMode(false)
    }
    process.stdout.write('\x1b[?25h\x1b[?1049l')
  }

  show(rows: Rows): void {
    this.rows = rows
    this.draw()
  }

  /** @returns when the time is over, or the screen is */
  async wait(milliseconds: number): Promise<void> {
    if (this.over) return
    const stop = new AbortController()
    const woken = new Promise<void>((resolve) => (this.wake = resolve))
    await Promise.race([delay(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined), woken])
    stop.abort()
  }

  private press(key: string): void {
    const { choice, rows } = this
    switch (key) {
      case 'q':
      case '\x03':
        this.over = true
        this.wake?.()
        return
      case 's':
        this.choice = { ...choice, sort: SORTS[(SORTS.indexOf(choice.sort) + 1) % SORTS.length] ?? 'name' }
        break
      case 'r':
        this.choice = { ...choice, reversed: !choice.reversed }
        break
      case 'n':
        this.choice = withChoice(choice, 'node', next(rows.nodes, choice.node))
        break
      case 'p':
        this.choice = withChoice(choice, 'program', next(rows.programs, choice.program))
        break
      case ' ':
        this.choice = { ...choice, paused: !choice.paused }
        break
      case 'h':
      case '?':
        this.choice = { ...choice, help: !choice.help }
        break
    }
    this.draw()
  }

  private draw(): void {
    if (this.over) return
    const room = { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 }
    const title = `${this.title}  ${new Date().toLocaleTimeString('en-GB')}`
    const keys = 'q quit  s sort  r turn round  n node  p program  ? help'
    const lines = screenOf(title, this.rows, this.choice, { ...room, rows: room.rows - 2 })
    const blank = Array.from({ length: Math.max(0, room.rows - 1 - lines.length) }, () => '')
    const text = [...lines, ...blank, `\x1b[2m${keys.slice(0, room.columns)}\x1b[22m`].map((line) => `${line}\x1b[K`).join('\r\n')
    process.stdout.write(`\x1b[H${text}\x1b[J`)
  }
}

/** @returns the name after `chosen`; after the last, and when there is none, undefined */
function next(rows: readonly { readonly name: string }[], chosen: string | undefined): string | undefined {
  const names = rows.map(({ name }) => name).sort()
  return names[chosen === undefined ? 0 : names.indexOf(chosen) + 1]
}

function withChoice(choice: Choice, what: 'node' | 'program', name: string | undefined): Choice {
  const { node, program, ...others } = choice
  const kept = what === 'node' ? (program === undefined ? {} : { program }) : node === undefined ? {} : { node }
  return { ...others, ...kept, ...(name === undefined ? {} : { [what]: name }) }
}
