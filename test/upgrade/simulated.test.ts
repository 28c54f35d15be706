/** Upgrades on the simulated engine: whatever crashes meanwhile, all of a program is of one version, and what it shows is what it would have shown. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { CodeUnit } from '../../runtime/code/program.ts'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import { walkProcesses } from '../../runtime/kernel/inspect/inspect.ts'
import type { Unit } from '../../runtime/kernel/scheduler/state.ts'
import { isOfHost } from '../../runtime/kernel/scheduler/unit.ts'
import { framesOf } from '../../runtime/kernel/snapshot/schema.ts'
import { NodeError } from '../../runtime/node/node-error.ts'
import { clusterOf, crash, homeOf, join1, moveHome, moveProcess, often, run, Watcher } from '../node/home-simulation.ts'
import type { Cluster } from '../node/home-simulation.ts'
import { U as MAIN, Main } from '../node/machines/main.ts'
import { U as STAGES } from '../node/machines/stages.ts'
import { codeUnits, expected, units } from '../node/simulation.ts'
import { replaying, seeds } from '../node/trace.ts'

const N = 30
const SHOWN = String.fromCharCode(...expected(N))
const weathers: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

/** The same machines once more, as another version has them. */
async function twinOf(name: string, hash: string): Promise<Unit> {
  const { U } = (await import(new URL(`../node/machines/${name}.ts?twin`, import.meta.url).href)) as { U: Unit } // what every unit exports
  U.hash = hash
  return U
}

const twins = [await twinOf('main', '1'.repeat(64)), await twinOf('stages', '2'.repeat(64))]
const before = codeUnits()
const isTwin = ({ hash }: { readonly hash: string }): boolean => twins.some((twin) => twin.hash === hash)
for (const twin of twins) units.set(twin.hash, twin)
const after = codeUnits().filter(({ hash }) => hash !== MAIN.hash && hash !== STAGES.hash)
for (const twin of twins) units.delete(twin.hash)

/** Lets the nodes know the other version, for the time of `work`: a program that begins later is of the first. */
function knowing(work: () => void): void {
  for (const twin of twins) units.set(twin.hash, twin)
  try {
    work()
  } finally {
    for (const twin of twins) units.delete(twin.hash)
  }
}

/** @returns the versions of which there are frames in the latest incarnation */
function versions({ nodes }: Cluster): Set<string> {
  const sites = nodes.flatMap((node) => [...node.sites.values()])
  const latest = Math.max(0, ...sites.map(({ program }) => program.incarnation))
  const found = new Set<string>()
  for (const site of sites) {
    if (site.program.incarnation !== latest) continue
    for (const p of walkProcesses(site.kernel))
      for (const { machine } of framesOf(p.frame)) if (!isOfHost(machine.unit)) found.add(isTwin(machine.unit) ? 'second' : 'first')
  }
  return found
}

interface Scene {
  readonly durable: boolean
  /** What happens while versions take each other's place. */
  readonly trouble?: (cluster: Cluster, over: () => boolean) => void
}

/** Two versions take each other's place again and again while a program runs. @returns how often that was done */
function exchanging(seed: number, { durable, trouble }: Scene): number {
  const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
  const cluster = clusterOf(world, 3)
  const program = run(cluster, ({ screen }) => new Main(null, N, 300, screen), { durable })
  const watcher = new Watcher(cluster, program, '')
  const over = (): boolean => watcher.outcome !== undefined || watcher.gone
  let done = 0
  let mixed = ''
  const refused: string[] = []
  knowing(() => {
    const to = (of: readonly CodeUnit[]): void => {
      homeOf(cluster, program)
        ?.homes.get(program)
        ?.upgrade({ units: of, map: '', dry: false }, (result) => {
          if (result instanceof NodeError) return
          if (result.obstacles.length === 0) done++
          else refused.push(...result.obstacles.map(({ process, reason }) => `${process}: ${reason}`))
        })
    }
    let next = after
    often(cluster, 20, over, () => {
      if (watcher.shown === '') return // the other main process would begin with the stages of the first version
      to(next)
      next = next === after ? before : after
    })
    often(cluster, 2, over, () => {
      const found = versions(cluster)
      if (found.size > 1) mixed ||= [...found].join(' and ')
    })
    often(cluster, 6, over, () => {
      moveProcess(cluster)
    })
    trouble?.(cluster, over)
    assert.ok(world.run(over, 120_000), `seed ${seed}: the program ends; it shows ${watcher.shown.length} bytes of ${SHOWN.length}`)
  })
  assert.equal(refused, [], `seed ${seed}`)
  assert.is(mixed, '', `seed ${seed}`)
  assert.is(watcher.shown, SHOWN, `seed ${seed}`)
  assert.equal(watcher.outcome, { exit: 0, report: '' }, `seed ${seed}`)
  assert.equal(cluster.nonsense, [], `seed ${seed}`)
  return done
}

for (const durable of [false, true])
  test(`versions take each other's place while ${durable ? 'a durable' : 'a'} program runs and its processes move: it shows what it would have shown`, () => {
    let done = 0
    for (const seed of seeds(15)) done += exchanging(seed, { durable })
    if (!replaying) assert.ok(done > 15, `${done} upgrades`)
  })

test('the home moves meanwhile', () => {
  for (const seed of seeds(10))
    exchanging(seed, {
      durable: seed % 2 === 0,
      trouble: (cluster, over) => {
        often(cluster, 10, over, () => {
          moveHome(cluster, 1)
        })
      },
    })
})

test('nodes crash meanwhile: a durable program is all of the one version or all of the other', () => {
  for (const seed of seeds(25)) {
    let named = 3
    exchanging(seed, {
      durable: true,
      trouble: (cluster, over) => {
        let left = 4
        often(cluster, 40, over, () => {
          const victim = cluster.nodes[Math.floor(cluster.world.random() * cluster.nodes.length)]
          if (left-- <= 0 || victim === undefined || cluster.nodes.length < 2) return
          crash(cluster, victim)
          cluster.world.after(cluster.world.random() * 5, () => {
            join1(cluster, ++named)
          })
        })
      },
    })
  }
})

test.run()
