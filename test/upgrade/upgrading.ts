/** Two versions of a program in one OS process, and runs that go from one to the other again and again. */
import type { CompiledProgram } from '../../compiler/host.ts'
import { Fault } from '../../runtime/kernel/scheduler/fault.ts'
import { Kernel } from '../../runtime/kernel/scheduler/kernel.ts'
import { Channel, ENDED } from '../../runtime/kernel/scheduler/state.ts'
import type { Process, Unit } from '../../runtime/kernel/scheduler/state.ts'
import { captureProgram, readHeader, restoreProgram } from '../../runtime/kernel/snapshot/snapshot.ts'
import type { HostChannels } from '../../runtime/kernel/snapshot/snapshot.ts'
import { readSnapshot } from '../../runtime/kernel/snapshot/snapshot-reader.ts'
import { InPlaceUpgrade } from '../../runtime/kernel/upgrade/in-place.ts'
import { survey } from '../../runtime/kernel/upgrade/obstacles.ts'
import type { Survey } from '../../runtime/kernel/upgrade/obstacles.ts'
import { plan } from '../../runtime/kernel/upgrade/plan.ts'
import { NO_MAP, parseMap } from '../../runtime/kernel/upgrade/upgrade-map.ts'
import { compileText } from '../backend/compile.ts'
import { loadUnits } from '../backend/run.ts'
import { twinOf } from '../harness/twin.ts'

/** A version of a program that is loaded. */
export interface Version {
  readonly program: CompiledProgram
  readonly units: ReadonlyMap<string, Unit>
}

/** Compiles and loads a version. */
export async function version(text: string): Promise<Version> {
  const program = await compileText(text)
  return { program, units: await loadUnits(program) }
}

/** @returns the same program, each unit with another hash: so all of it is code that differs */
export async function twin(program: CompiledProgram): Promise<Version> {
  return { program, units: await loadUnits(twinOf(program)) }
}

/** A whole program that runs in this OS process, with channels to its outside by name. */
export class Running {
  kernel: Kernel
  root: Process
  now = 0
  hosts: HostChannels = {}

  constructor(
    private version: Version,
    root: (units: ReadonlyMap<string, Unit>, hosts: HostChannels) => Process['frame'],
    names: readonly string[] = [],
  ) {
    this.kernel = this.fresh(names)
    this.root = this.kernel.start(root(version.units, this.hosts))
  }

  private fresh(names: readonly string[]): Kernel {
    this.hosts = Object.fromEntries(names.map((name) => [name, new Channel()]))
    return new Kernel({ now: () => this.now, host: () => false })
  }

  /** Runs a number of steps, or until nothing can run. @returns whether something can still run */
  run(steps: number): boolean {
    const result = this.kernel.run(steps)
    if (result === 'stopped') return false
    if (result === 'more') return true
    const next = this.kernel.timers.next()
    if (next === Infinity) return false
    this.now = Math.max(this.now, next)
    return true
  }

  capture(): Uint8Array {
    return captureProgram(this.kernel, [this.root], this.hosts)
  }

  /** @returns what an upgrade to a version would do */
  survey(to: Version, map = ''): Survey {
    const { units } = this.version
    const decoded = readSnapshot(this.capture(), new Kernel({ now: () => 0, host: () => false }), (hash) => units.get(hash))
    return survey([decoded], plan(units.values(), to.units.values(), map === '' ? NO_MAP : parseMap(map)))
  }

  /** Goes on as another version. @throws SnapshotError when it cannot */
  upgrade(to: Version, map = ''): void {
    const { units } = this.version
    const { conversions } = plan(units.values(), to.units.values(), map === '' ? NO_MAP : parseMap(map))
    const bytes = this.capture()
    this.now = readHeader(bytes).clock
    this.kernel = this.fresh(Object.keys(this.hosts))
    const [root] = restoreProgram(this.kernel, bytes, (hash) => units.get(hash), this.hosts, { conversions })
    if (root === undefined) throw new Error('a program has a main process')
    this.root = root
    this.version = to
  }

  /**
   * Goes on as another version without being captured: some of its processes are converted at once, others when they run.
   * @param between steps that it runs between two processes that are converted
   * @throws SnapshotError when it cannot
   */
  upgradeInPlace(to: Version, between: number): void {
    const changes = plan(this.version.units.values(), to.units.values(), NO_MAP)
    const upgrade = new InPlaceUpgrade(this.kernel, changes.conversions)
    const walk = upgrade.walk()
    while (walk.next().done !== true) {
      if (between === 0) continue
      this.kernel.run(between)
      const { last } = this.kernel
      if (last !== undefined && changes.conversions.has(last.frame.machine)) throw new Error('a process has run in its old code')
    }
    this.version = to
  }

  get isOver(): boolean {
    return this.root.state === ENDED || this.kernel.passed || this.kernel.failure !== undefined
  }

  /** How a TEST has ended. */
  get ending(): string {
    if (this.kernel.passed) return 'passed'
    const { failure } = this.kernel
    if (failure !== undefined) {
      if (!(failure.error instanceof Fault)) throw failure.error
      return `${failure.error.code} ${failure.error.unit?.debug?.sites[failure.error.site]?.[1] ?? 0}`
    }
    return this.kernel.roots.size === 0 ? 'passed' : 'deadlock'
  }
}
