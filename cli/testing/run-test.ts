/**
 * Runs one TEST in a world of its own, under virtual time: plainly, or with its processes moved all the time.
 */
import { AuditLog } from '../../runtime/host/audit.ts'
import { HomeServices } from '../../runtime/host/home-services.ts'
import { loneHost } from '../../runtime/host/lone-host.ts'
import { runChaos, runPlain, type Outcome as Run } from '../../runtime/kernel/testing/chaos.ts'
import type { World } from '../../runtime/kernel/scheduler/kernel.ts'
import type { Machine, Unit } from '../../runtime/kernel/scheduler/state.ts'
import { withCodeStore } from '../code-cache.ts'
import type { Runnable } from '../program-cache.ts'
import { showOnError } from '../terminal.ts'
import { judge, LONGEST, type TestEntry } from './judge.ts'
import { tell, type Told } from './describe-failure.ts'
import type { Outcome } from './test-case.ts'

export interface RunSettings {
  /** Microseconds of real time a test may take. */
  readonly timeout: number
  /** Chooses among runnable processes and ready guards. */
  readonly seed?: number
  /** With `seed`: processes run by random priorities; see `RunOptions`. */
  readonly depth?: number
  /** So many seeds are tried, from `seed` or 0 on. */
  readonly seeds?: number
  /** Seeds chaos migration; absent: processes stay where they are. */
  readonly chaos?: number
  /** What tests write to the error stream is shown. */
  readonly debug?: boolean
  /** File of a log of effects. */
  readonly audit?: string
}

/** @returns a function that runs a test of `program` in this OS process and judges it */
export function testRunner(program: Runnable, settings: RunSettings): (test: TestEntry) => Promise<Outcome> {
  let loading: Promise<ReadonlyMap<string, Unit>> | undefined
  const load = (): Promise<ReadonlyMap<string, Unit>> =>
    withCodeStore((store) => {
      for (const unit of program.units) store.put(unit)
      return store.loadAll(program.units.map(({ hash }) => hash))
    })
  return async (test) => {
    const units = await (loading ??= load())
    if (test.explore !== undefined) {
      const machine = machineOf(test, units)
      const { runExplored } = await import('./run-explored.ts')
      return runExplored(test, () => machine.blank(), settings.timeout)
    }
    const once = (its: RunSettings): Outcome => judge(test, told(test, runOnce(test, units, program.manifest.source, its), its))
    return settings.seeds === undefined ? once(settings) : trySeeds(once, settings, settings.seeds)
  }
}

/** Depths of priority-based choice that seeds take turns with. */
const DEPTHS = 3

/** Runs a test with many seeds, each with uniform and with priority-based choice, until it fails. */
function trySeeds(once: (settings: RunSettings) => Outcome, settings: RunSettings, seeds: number): Outcome {
  const { seed: first = 0 } = settings
  for (let seed = first; seed < first + seeds; seed++)
    for (const depth of [undefined, 1 + (seed % DEPTHS)]) {
      const outcome = once({ ...settings, seed, ...(depth === undefined ? {} : { depth }) })
      if (outcome.kind !== 'failed') continue
      const again = `--seed ${seed}${depth === undefined ? '' : ` --depth ${depth}`}`
      return {
        ...outcome,
        report: `with seed ${seed}${depth === undefined ? '' : `, depth ${depth}`}; \`${again}\` repeats it\n\n${outcome.report}`,
      }
    }
  return { kind: 'passed' }
}

function machineOf(test: TestEntry, units: ReadonlyMap<string, Unit>): Machine {
  const machine = units.get(test.unit)?.machines[0]
  if (machine === undefined) throw new Error(`the unit of the test ${test.title} holds no machine`)
  return machine
}

/** The date at the beginning of a test, in microseconds since that of 1970: that of the year 2000. */
const BEGINNING = 946_684_800_000_000n

function runOnce(
  test: TestEntry,
  units: ReadonlyMap<string, Unit>,
  source: string,
  { seed, depth, chaos, timeout, debug, audit }: RunSettings,
): Run {
  const machine = machineOf(test, units)
  const main = (): ReturnType<typeof machine.blank> => machine.blank()
  const end = performance.now() + timeout / 1000
  let time = 0
  const home = new HomeServices({
    source,
    clock: () => ({ microseconds: BEGINNING + BigInt(Math.floor(time)), minutesEast: 0 }),
    ...(debug === true ? { shown: showOnError } : {}),
    ...(audit === undefined ? {} : { audit: new AuditLog(audit, () => `${source}: ${test.title}`, 'local') }),
  })
  const lone = loneHost(home)
  const host: World['host'] = (p, ...call) => {
    time = p.kernel.now()
    return lone(p, ...call)
  }
  const options = { within: test.within ?? LONGEST, steps: Number.MAX_SAFE_INTEGER, giveUp: () => performance.now() > end, host }
  try {
    if (chaos !== undefined) return runChaos(main, { ...options, seed: chaos, unitOf: (hash) => units.get(hash) })
    return runPlain(main, seed === undefined ? options : { ...options, seed, ...(depth === undefined ? {} : { depth }) })
  } finally {
    home.finish()
  }
}

function told({ within = LONGEST }: TestEntry, run: Run, { timeout }: RunSettings): Told | undefined {
  const late = (run.kind === 'ended' || run.kind === 'passed') && run.time > within // its last wait took too long
  return tell(late ? { ...run, kind: 'within' } : run, { within, timeout })
}
