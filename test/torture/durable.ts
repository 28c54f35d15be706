/**
 * Durable programs on real OS processes: numbered lines are typed, go through processes that roam over three nodes, and are printed, while there is trouble of
 * one kind at random moments. What is seen of the program has to be complete, in order, and each line once, and the history that the nodes have written has to
 * be right: no two copies act, and no message is lost, doubled or out of order.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spellEngine } from '../../runtime/node/cluster-address.ts'
import { natsServers, RouteNetwork } from '../engine/nats-servers.ts'
import type { NatsServers } from '../engine/nats-servers.ts'
import { checkHistory, readHistory } from '../simulate/history.ts'

const godwit = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const program = fileURLToPath(new URL('outliving.csp', import.meta.url))
const NODES = 3
/** Lines that are typed and have not been printed yet, at most. */
const WINDOW = 20
/** Milliseconds between two lines that are typed. */
const LINE_EVERY_MS = 10
/** How often all nodes are killed, and not one of them. */
const ALL = 0.3
/** How often a kill does not wait until the program has recovered from the one before. */
const AMID = 0.3
/** A program that has printed nothing for so long, though nobody was killed, has stopped for good. */
const SILENT_MS = 60_000

export type TortureEngine = 'embedded' | 'nats'

/**
 * kill   nodes are killed with SIGKILL, one of them or all, and others are started in their places
 * stop   a node is stopped with SIGSTOP for longer than its lease, and then goes on with SIGCONT: it has to end
 * change as kill, while the program is upgraded to and fro, or forked: whatever becomes of that, nothing is lost
 * part   of three NATS servers one is cut off from the others, and by turns all of them from each other
 */
export type Trouble = 'kill' | 'change' | 'stop' | 'part'

/** A node is stopped for so long, which is longer than any lease that it may have, and has so long to end when it goes on. */
const STOPPED_MS = 14_000
const ENDS_WITHIN_MS = 2_000
/** How often a program that is changed is forked, and not upgraded; and from the beginning of the command it takes so long until nodes are killed, at most. */
const FORK = 0.3
const CHANGING_MS = 1_000
/** For so long NATS servers are cut off from each other. */
const PARTED_MS = 12_000

export interface OutlivingOptions {
  readonly engine: TortureEngine
  readonly trouble: Trouble
  /** Moments at which something is killed, or stopped, or cut off. */
  readonly kills: number
  /** Milliseconds between two of them, or from when the program runs again until the next, on average. */
  readonly pauseMs: number
}

export interface Outlived {
  /** Moments at which something was killed, at how many of them that were all nodes, and how many nodes. */
  readonly kills: number
  readonly massacres: number
  readonly nodes: number
  readonly lines: number
  /** What is wrong with what was seen; undefined when nothing is. */
  readonly wrong: string | undefined
  /** Milliseconds from a kill until a line was printed that was typed after it, in order. Where another kill came first, that one counts. */
  readonly pauses: readonly number[]
  /** Milliseconds from SIGCONT until a node that was stopped has ended. */
  readonly fencings: readonly number[]
  /** How many entries the history has, by what they say. */
  readonly history: Readonly<Record<string, number>>
  readonly log: string
}

/** Runs one program to its end. */
export async function outlive({ engine, trouble, kills: wanted, pauseMs }: OutlivingOptions): Promise<Outlived> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-torture-'))
  const network = trouble === 'part' ? new RouteNetwork() : undefined
  const servers: NatsServers | undefined = engine === 'nats' ? await natsServers(network === undefined ? 1 : 3, '', network) : undefined
  const histories = join(folder, 'history')
  const cluster = servers?.address(`t${randomBytes(6).toString('hex')}`) ?? join(folder, 'cluster')
  const children = new Set<ChildProcess>()
  const nodes: ChildProcess[] = []
  const begin = performance.now()
  let [log, started, kills, massacres, killed] = ['', 0, 0, 0, 0]
  const say = (text: string): void => {
    log += `${((performance.now() - begin) / 1000).toFixed(2)} ${text}\n`
  }
  const start = (words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [godwit, ...words], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GODWIT_HISTORY: histories },
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    child.stdin.on('error', () => undefined) // it has ended; what it had printed tells whether it was to
    child.stderr.on('data', (bytes: Buffer) => {
      say(`${words[0] ?? ''}: ${bytes.toString().trim()}`)
      if (/\n {4}at /.test(bytes.toString())) complaints.push(`${words[0] ?? ''} shows a stack`)
    })
    return child
  }
  const node = async (): Promise<void> => {
    const child = start(['node', '--engine', spellEngine(cluster), '--name', `n${++started}`])
    nodes.push(child)
    await new Promise<void>((resolve) => {
      child.stderr?.once('data', () => {
        resolve()
      })
      child.once('exit', () => {
        resolve()
      })
    })
    child.once('exit', (code, signal) => {
      if (!nodes.includes(child)) return
      say(`a node has ended with ${code ?? signal ?? 'unknown'}`) // it was given up
      nodes.splice(nodes.indexOf(child), 1)
      if (!ending) void node()
    })
  }
  const whole = (child: ChildProcess): Promise<string> =>
    new Promise((resolve) => {
      let text = ''
      child.stdout?.on('data', (bytes: Buffer) => (text += bytes.toString()))
      child.on('close', () => {
        resolve(text)
      })
    })

  let [seen, typed, printed] = ['', 0, 0]
  let lastKill: { readonly at: number; readonly line: number } | undefined
  let lastLine = performance.now()
  let ending = false
  const pauses: number[] = []
  const fencings: number[] = []
  const complaints: string[] = []
  /** Forks that were stopped. */
  const over = new Set<number>()
  const other = join(folder, 'outliving.csp')
  let typing: NodeJS.Timeout | undefined
  try {
    writeFileSync(
      other,
      readFileSync(program, 'utf8').replace('        in ? n\n        out ! n', '        in ? n\n        SKIP\n        out ! n'),
    )
    await Promise.all(Array.from({ length: NODES }, node))
    const accept = servers !== undefined && network === undefined ? ['--accept-store'] : []
    const run = start(['run', program, '--cluster', cluster, '--durable', '--detach', '--roam', '20ms', ...accept])
    const [name = ''] = (await whole(run)).trim().split(/\s/)
    say(`started ${name}`)
    const viewer = start(['attach', name, '--cluster', cluster, '--from', '0'])
    const end: { status?: number | string } = {}
    const ended = new Promise<void>((resolve) => {
      viewer.once('close', (code, signal) => {
        end.status = code ?? signal ?? 'unknown'
        resolve()
      })
    })
    viewer.stdout?.on('data', (bytes: Buffer) => {
      const text = bytes.toString()
      seen += text
      printed += text.split('\n').length - 1
      lastLine = performance.now()
      if (lastKill === undefined || printed <= lastKill.line) return
      pauses.push(lastLine - lastKill.at)
      lastKill = undefined
    })
    typing = setInterval(() => {
      if (typed - printed < WINDOW) viewer.stdin?.write(`${typed++}\n`)
    }, LINE_EVERY_MS)
    const isStuck = (): boolean => performance.now() - lastLine > SILENT_MS
    const isOver = (): boolean => end.status !== undefined || isStuck()
    const noteTrouble = (text: string): void => {
      kills++
      lastKill = { at: performance.now(), line: typed }
      say(`${text}, ${printed} of ${typed} lines were printed`)
    }
    /** Kills one node, or all, and starts others in their places. */
    const killSome = async (when = ''): Promise<void> => {
      if (nodes.length === 0) return
      const all = Math.random() < ALL
      const victims = all ? nodes.splice(0) : nodes.splice(Math.floor(Math.random() * nodes.length), 1)
      for (const victim of victims) victim.kill('SIGKILL')
      killed += victims.length
      if (all) massacres++
      noteTrouble(`killed ${victims.length}${when}`)
      const replacing = Promise.all(victims.map(node))
      if (nodes.length === victims.length) await replacing // others are still coming: something must be there to be killed
    }
    const command = (words: readonly string[]): Promise<number | string> =>
      new Promise((resolve) => {
        start([...words, '--cluster', cluster]).once('close', (code, signal) => {
          resolve(code ?? signal ?? 'unknown')
        })
      })
    /** Has the program changed, and kills nodes meanwhile. */
    const change = async (): Promise<void> => {
      const words = Math.random() < FORK ? ['fork', name] : ['upgrade', name, kills % 2 === 0 ? other : program]
      const changing = command(words)
      await delay(CHANGING_MS * Math.random())
      await killSome(` during ${words[0] ?? ''}`)
      const status = await changing
      say(`${words.join(' ')}: ${status}`)
      if (status !== 0 && status !== 1) complaints.push(`${words[0] ?? ''} ends with ${status}`)
      if (words[0] !== 'fork') return
      for (let id = 2; status === 0 && id <= kills + 1; id++) if (!over.has(id) && (await command(['stop', String(id)])) === 0) over.add(id)
    }
    /** Stops a node for longer than its lease. */
    const stopOne = async (): Promise<void> => {
      const [victim] = nodes.splice(Math.floor(Math.random() * nodes.length), 1)
      if (victim === undefined) return
      const isOver = (): boolean => victim.exitCode !== null || victim.signalCode !== null
      victim.kill('SIGSTOP')
      noteTrouble('stopped 1')
      await delay(STOPPED_MS)
      victim.kill('SIGCONT')
      const since = performance.now()
      while (!isOver() && performance.now() - since < 5 * ENDS_WITHIN_MS) await delay(5)
      fencings.push(performance.now() - since)
      if (!isOver()) complaints.push('a node that was stopped has not ended')
      else if (victim.exitCode === 0) complaints.push('a node that was stopped has ended with status 0')
      await node()
    }
    /** Cuts servers off from each other, and connects them again. */
    const partThem = async (): Promise<void> => {
      if (network === undefined) return
      const one = Math.floor(Math.random() * 3)
      if (kills % 2 === 0)
        network.part(
          [one],
          [0, 1, 2].filter((i) => i !== one),
        )
      else network.part([0], [1], [2])
      noteTrouble(kills % 2 === 0 ? `cut off server ${one}` : 'cut off all servers')
      await delay(PARTED_MS)
      network.part([0, 1, 2])
      say('connected again')
      lastKill = { at: performance.now(), line: typed }
    }
    while (printed === 0 && !isOver()) await delay(10)
    while (kills < wanted && !isOver()) {
      if (Math.random() >= AMID) while (lastKill !== undefined && !isOver()) await delay(10)
      await delay(2 * pauseMs * Math.random())
      if (nodes.length === 0) continue
      if (trouble === 'stop') await stopOne()
      if (trouble === 'part') await partThem()
      if (trouble === 'change') await change()
      if (trouble === 'kill') await killSome()
    }
    clearInterval(typing)
    viewer.stdin?.end()
    while (!isOver()) await Promise.race([ended, delay(100)])
    ending = true
    const { wrong: contradictions, counts: history } = checkHistory(readHistory(histories))
    const expected = Array.from({ length: typed }, (_, i) => `${i}\n`).join('')
    const output =
      seen === expected
        ? end.status === 0
          ? undefined
          : `attach ends with ${end.status ?? 'nothing'}`
        : expected.startsWith(seen)
          ? `${printed} of ${typed} lines are printed; attach ends with ${end.status ?? 'nothing'}`
          : `it prints something else after ${commonLength(seen, expected)} bytes: ${JSON.stringify(seen.slice(commonLength(seen, expected) - 20, commonLength(seen, expected) + 40))}`
    const wrong =
      output ?? complaints[0] ?? (contradictions.length > 0 ? `the history is wrong: ${contradictions.slice(0, 5).join('; ')}` : undefined)
    return { kills, massacres, nodes: killed, lines: printed, wrong, pauses, fencings, history, log }
  } finally {
    clearInterval(typing)
    ending = true
    network?.part([0, 1, 2])
    for (const child of children) child.kill('SIGKILL')
    await servers?.end()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

function commonLength(a: string, b: string): number {
  let n = 0
  while (n < a.length && a[n] === b[n]) n++
  return n
}
