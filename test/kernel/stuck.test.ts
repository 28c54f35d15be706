/** Which processes of a living program nobody can ever wake. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { processes, pathOf } from '../../runtime/kernel/inspect/inspect.ts'
import { HoldingsView } from '../../runtime/kernel/inspect/holdings.ts'
import { stuckIn, StuckSearch } from '../../runtime/kernel/inspect/stuck.ts'
import { runToEnd } from '../../runtime/kernel/inspect/wait-graph.ts'
import type { Unit } from '../../runtime/kernel/scheduler/state.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { PRELUDE, stuckProgram } from './stuck-programs.ts'

/** Programs that are compiled together. */
const TOGETHER = 50

/** Numbers that are drawn from a seed. */
function drawing(seed: number): (n: number) => number {
  let x = seed * 2654435761 + 1
  return (n) => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
}

/**
 * Runs the main process of a unit until nothing goes on but what sleeps.
 * @param slices at most
 */
function settled(unit: Unit | undefined, slices = Infinity): Kernel {
  const kernel = new Kernel({ now: () => 0, host: () => false })
  const main = unit?.machines[0]
  if (main === undefined) throw new Error('a unit has a machine')
  kernel.start(main.blank())
  for (let n = 0; n < slices && kernel.run(1000) === 'more'; n++);
  return kernel
}

test('in 1,000 generated programs exactly those are found that are stuck', async () => {
  let stuck = 0
  let others = 0
  for (let first = 0; first < 1000; first += TOGETHER) {
    const programs = Array.from({ length: TOGETHER }, (_, i) => stuckProgram(drawing(first + i + 1), String(first + i)))
    const program = await compileText(programs.map(({ text }) => text).join('\n'))
    const units = await loadUnits(program)
    programs.forEach((each, i) => {
      const kernel = settled(units.get(program.manifest.tests[i]?.unit ?? ''))
      assert.equal(processes(kernel).map(pathOf).sort(), each.all, each.text)
      const found = stuckIn(kernel).map(({ info }) => info.path)
      assert.equal(found.sort(), each.stuck, each.text)
      stuck += found.length
      others += each.all.length - found.length
    })
  }
  assert.ok(stuck > 1000 && others > 1000, `${stuck} and ${others} processes`)
})

test('what runs while a kernel is looked at is not taken for stuck, whatever it passes on meanwhile', async () => {
  const programs = Array.from({ length: TOGETHER }, (_, i) => stuckProgram(drawing(i + 1), String(i), true))
  const program = await compileText(PRELUDE + programs.map(({ text }) => text).join('\n'))
  const units = await loadUnits(program)
  let kept = 0
  programs.forEach((each, i) => {
    const kernel = settled(units.get(program.manifest.tests[i]?.unit ?? ''), 5)
    for (let round = 0; round < 20; round++) {
      const view = new HoldingsView(kernel)
      const search = new StuckSearch()
      const draw = drawing(1 + i + round)
      const steps = (fuel: number): void => {
        kernel.run(1 + draw(fuel))
        if (kernel.observer !== null) kept++
      }
      steps(7)
      for (const walk = view.walk(1); walk.next().done !== true;) steps(7)
      runToEnd(search.add(view))
      const found = runToEnd(search.search()).map(({ number }) => view.describe(number)?.path)
      view.close()
      assert.equal(found.sort(), each.stuck, each.text)
    }
  })
  assert.ok(kept > 1000, String(kept))
})

test.run()
