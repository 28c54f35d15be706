/** Which processes of a program on several nodes nobody can ever wake, on the simulated engine: whatever moves meanwhile, none is reported that is not stuck. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { fairWeather, SimulatedWorld } from '../../runtime/engine/simulated.ts'
import type { Weather } from '../../runtime/engine/simulated.ts'
import { Messenger } from '../../runtime/node/wire/messenger.ts'
import type { StuckStatus } from '../../runtime/node/wire/statuses.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { PRELUDE, stuckProgram } from '../kernel/stuck-programs.ts'
import { clusterOf, homeOf, moveBranch, moveHome, often, run } from './home-simulation.ts'
import type { Cluster } from './home-simulation.ts'
import { units } from './simulation.ts'
import { seeds, traced } from './trace.ts'

const SEEDS = 24
const QUESTIONS = 6
const weathers: readonly Weather[] = [fairWeather, { ...fairWeather, delay: [0.01, 3] }, { ...fairWeather, unknown: 0.2 }]

/** What the home of a program has answered: the paths of what is stuck, or why that is not known just now. */
type Answered = { readonly stuck: readonly StuckStatus[]; readonly processes: number } | { readonly refused: string }

/** A client that asks the home of a program. */
function asker(cluster: Cluster, program: number): (answered: (answer: Answered | undefined) => void) => void {
  let messenger: Messenger | undefined
  cluster.world.join('client', undefined, (engine) => {
    messenger = new Messenger(traced(cluster.world, engine), {})
    messenger.open()
  })
  return (answered) => {
    const home = homeOf(cluster, program)
    if (messenger === undefined || home === undefined) {
      answered(undefined)
      return
    }
    const stuck: StuckStatus[] = []
    messenger.request(
      home.self,
      'stuck',
      { program },
      (answer) => {
        if ('error' in answer) answered({ refused: answer.error.message })
        else answered(answer.value === null ? undefined : { stuck, processes: answer.value.processes })
      },
      (part) => stuck.push(...part),
    )
  }
}

/** Numbers that are drawn from a seed. */
function drawing(seed: number): (n: number) => number {
  const world = new SimulatedWorld(seed)
  return (n) => Math.floor(world.random() * n)
}

for (const durable of [false, true])
  test(`on three nodes no answer is wrong while processes${durable ? ' of a durable program' : ''} move`, async () => {
    const list = [...seeds(SEEDS)]
    const programs = list.map((seed) => stuckProgram(drawing(seed), String(seed), true))
    const compiled = await compileText(PRELUDE + programs.map(({ text }) => text).join('\n'))
    for (const [hash, unit] of await loadUnits(compiled)) units.set(hash, unit)
    let total = 0
    for (const [i, seed] of list.entries()) {
      const world = new SimulatedWorld(seed, weathers[seed % weathers.length])
      const cluster = clusterOf(world, 3)
      const main = units.get(compiled.manifest.tests[i]?.unit ?? '')?.machines[0]
      const each = programs[i]
      if (main === undefined || each === undefined) throw new Error('a test has a machine')
      const program = run(cluster, () => main.blank(), { durable, hears: false })
      world.run(() => false, world.time + 40) // it settles
      const answers: { readonly stuck: readonly StuckStatus[]; readonly processes: number }[] = []
      const over = (): boolean => answers.length === QUESTIONS
      const settles = (): boolean => answers.length === QUESTIONS - 1
      often(cluster, 2, settles, () => {
        moveBranch(cluster)
      })
      if (seed % 2 === 0)
        often(cluster, 30, settles, () => {
          moveHome(cluster, program)
        })
      const ask = asker(cluster, program)
      const next = (): void => {
        world.after(settles() ? 60 : world.random() * 20, () => {
          ask((answer) => {
            if (answer !== undefined && 'stuck' in answer) {
              answers.push(answer)
            }
            if (!over()) next()
          })
        })
      }
      next()
      assert.ok(world.run(over, world.time + 5_000), `seed ${seed}: all questions are answered`)
      for (const node of cluster.nodes) for (const site of node.sites.values()) site.drive.pause()
      for (const [n, { stuck, processes }] of answers.entries()) {
        // one that has just come looks at its guards again, and runs for a moment
        const expected = n === QUESTIONS - 1 ? each.stuck : each.stuck.filter((path) => stuck.some((its) => its.path === path))
        assert.equal(stuck.map(({ path }) => path).sort(), expected, `seed ${seed}:\n${each.text}`)
        assert.is(processes, each.all.length, `seed ${seed}`)
        total++
      }
      assert.equal(cluster.nonsense, [])
    }
    assert.is(total, QUESTIONS * list.length)
  })

test.run()
