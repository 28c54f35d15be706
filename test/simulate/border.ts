/**
 * One simulated life of a durable program with a real home: a viewer types and sees, files are written, and the home goes from node to node. What the viewer
 * sees is always the beginning of what it has to see, and in the end all of it; so is what anybody would see if the power failed now.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fairWeather, seeded, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Frame } from '../../runtime/kernel/scheduler/state.ts'
import { crash, clusterOf, join1, moveHome, moveProcess, often, run, Watcher } from '../node/home-simulation.ts'
import type { Channels, Cluster } from '../node/home-simulation.ts'
import { Echo, Repeat } from '../node/machines/echo.ts'
import { LINES, Scribe } from '../node/machines/scribe.ts'
import { lines } from './programs.ts'
import { drawWeather, picker } from './scenario.ts'

const TEXT = 'the bar-tailed godwit migrates further without stopping than any other bird'
const NUMBERS = Array.from({ length: 30 }, (_, i) => `${i}\n`).join('')
const SAFETY_MS = 1_000
const LIVENESS_MS = 120_000
const MOST_EVENTS = 2_000_000
const MOST_FAULTS = 12
const MOST_FORKS = 10
/** For so long a program is looked at after the power has failed. */
const AFTERWARDS_MS = 2_000

/** A program, what is typed, and what it shows of that. */
interface Play {
  readonly frame: (channels: Channels) => Frame
  readonly typed: string
  readonly shows: string
  readonly hears: boolean
  /** It shows what is typed at once. */
  readonly echoes: boolean
  /** The file that it writes. */
  readonly file?: string
}

function plays(seed: number): readonly [Play, ...Play[]] {
  const name = `file-${seed}`
  return [
    { frame: ({ keyboard, screen }) => new Echo(null, keyboard, screen), typed: TEXT, shows: TEXT, hears: true, echoes: true },
    {
      frame: ({ screen }) => new Repeat(null, screen),
      typed: TEXT,
      shows: TEXT + String.fromCharCode(TEXT.length & 127),
      hears: false,
      echoes: true,
    },
    {
      frame: ({ screen }) => new Scribe(null, Buffer.from(name), screen),
      typed: '',
      shows: '\x03\x00',
      hears: false,
      echoes: false,
      file: name,
    },
    ...(lines === undefined ? [] : [{ frame: lines, typed: NUMBERS, shows: NUMBERS, hears: true, echoes: false }]),
  ]
}

/** What somebody sees who comes after the power has failed. @returns what is wrong with it */
function afterlife({ world }: Cluster, program: number, seed: number, { shows }: Play, seen: string): string | undefined {
  const after: Cluster = { world: world.afterPowerFailure(seed, fairWeather), nodes: [], nonsense: [] }
  join1(after, 1_000)
  const watcher = new Watcher(after, program, '')
  const until = after.world.time + AFTERWARDS_MS
  after.world.run(() => watcher.outcome !== undefined || watcher.gone, until)
  const { shown } = watcher
  if (shows.startsWith(shown) && shown.startsWith(seen)) return undefined
  return `when the power fails after ${JSON.stringify(seen.slice(-20))}: ${JSON.stringify(shown.slice(-60))} is shown`
}

/** Runs one life. @returns why it is wrong; undefined when it is right */
export function liveWithBorder(seed: number): string | undefined {
  const random = seeded(seed ^ 0x2c1b3c6d)
  const pick = picker(random)
  const world = new SimulatedWorld(seed, fairWeather)
  const cluster = clusterOf(world, pick(1, 2, 3, 3))
  const directory = mkdtempSync(join(tmpdir(), 'godwit-border-'))
  try {
    const play = pick(...plays(seed))
    const program = run(cluster, play.frame, {
      directory,
      durable: true,
      everyMs: pick(1, 5, 50),
      hears: play.hears,
      ...pick({}, { roam: 2 }, { roam: 20 }),
    })
    world.weather = drawWeather(random)
    const watcher = new Watcher(cluster, program, play.typed, { paced: play.echoes && pick(true, false) })
    const over = (): boolean => watcher.outcome !== undefined || watcher.gone
    let [events, forks, last, wrong] = [0, 0, '', '']
    const forking = play.file === undefined ? pick(0.1, 0.4, 1) : 0
    const look = (): boolean => {
      if (++events > MOST_EVENTS) throw new Error('it does not come to rest')
      const { shown } = watcher
      if (shown === last) return wrong !== ''
      last = shown
      if (!play.shows.startsWith(shown)) wrong = `${JSON.stringify(shown.slice(-60))} is shown`
      else if (forks < MOST_FORKS && random() < forking) {
        forks++
        wrong = afterlife(cluster, program, Math.floor(random() * 0x7fffffff), play, shown) ?? ''
      }
      return wrong !== ''
    }
    const until = world.time + SAFETY_MS
    let joined = 100
    let left = MOST_FAULTS
    const calm = (): boolean => over() || world.time > until
    const replace = (count: number): void => {
      for (let i = 0; i < count; i++) {
        world.after(random() * 20, () => {
          join1(cluster, ++joined)
        })
      }
    }
    const index = (): number => cluster.nodes[Math.floor(random() * cluster.nodes.length)]?.self.index ?? 0
    const faults = {
      crash: () => {
        const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)]
        if (node === undefined) return
        crash(cluster, node)
        replace(1)
      },
      crashes: () => {
        const all = [...cluster.nodes]
        for (const node of all) crash(cluster, node)
        replace(all.length)
      },
      part: () => {
        const [a, b] = [index(), index()]
        if (a !== b) world.part(a, b, random() * 100)
      },
      stop: () => {
        world.stop(index(), random() * 1_500)
      },
      silence: () => {
        world.silence(random() * 300)
      },
      rehome: () => {
        moveHome(cluster, program)
      },
      /** The viewer is stopped, for longer than its lease or not. */
      blink: () => {
        if (watcher.index !== undefined) world.stop(watcher.index, random() * 1_500)
      },
      visit: () => {
        join1(cluster, ++joined, (node) => {
          world.after(random() * 20, () => {
            if (cluster.nodes.includes(node)) crash(cluster, node)
          })
        })
      },
    }
    const kinds = Object.keys(faults) as (keyof typeof faults)[] // the keys of a literal
    const some = Array.from({ length: pick(1, 1, 2, 9) }, () => pick('crash' as const, ...kinds))
    often(cluster, pick(8, 30, 100), calm, () => {
      if (left-- > 0) faults[pick('crash', ...some)]()
    })
    often(cluster, pick(2, 10), calm, () => {
      moveProcess(cluster)
    })
    world.run(() => look() || over() || world.time > until, until + 1)
    const keepSomebody = (): void => {
      if (cluster.nodes.length === 0) replace(1) // all others have died, or have been given up
      world.after(1_000, keepSomebody)
    }
    keepSomebody()
    const ended = world.run(() => look() || over(), world.time + LIVENESS_MS)
    if (wrong !== '') return wrong
    if (!ended) return `it does not end; ${JSON.stringify(watcher.shown.slice(-60))} is shown`
    if (watcher.shown !== play.shows) return `it ends with ${JSON.stringify(watcher.shown.slice(-60))}`
    if (watcher.outcome?.exit !== 0) return `it ends with ${JSON.stringify(watcher.outcome)}`
    if (cluster.nonsense.length > 0) return cluster.nonsense[0]
    if (play.file === undefined) return undefined
    const bytes = [...readFileSync(join(directory, play.file))]
    return bytes.join(' ') === Array.from({ length: LINES }, (_, i) => i).join(' ') ? undefined : `the file has ${bytes.join(' ')}`
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
