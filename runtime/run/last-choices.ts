/**
 * The last choices of a program's processes, for the report of a fault: which guard an ALT took, whose claim was granted, what the host has answered.
 *
 * They are kept in arrays that are made once and used in a circle. What a process is called is asked when it chooses: the name of one that was forked is
 * another's once it has ended, and the branches of a PAR that begins again have other indices.
 */
import { pathOf } from '../kernel/inspect/paths.ts'
import type { SourcePosition } from '../kernel/inspect/inspect.ts'
import { HostCall } from '../kernel/scheduler/state.ts'
import type { Machine, Monitor, Process, Unit } from '../kernel/scheduler/state.ts'
import { isOfHost } from '../kernel/scheduler/unit.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import type { World } from '../kernel/scheduler/kernel.ts'
import { WatchedKernel, Watcher } from '../kernel/scheduler/watched.ts'
import type { OtherProcess } from '../report/report.ts'

const GUARD = 0
const CLAIM = 1
const ANSWER = 2

class LastChoices extends Watcher {
  private readonly paths: string[]
  private readonly machines: (Machine | undefined)[]
  private readonly services: string[]
  private readonly points: Int32Array
  private readonly kinds: Uint8Array
  private readonly guards: Int32Array
  /** Of an ALT: where it stands in its unit. */
  private readonly sites: Int32Array
  /** How many choices there have been. */
  private count = 0

  /** @param most choices that are kept, at least 1 */
  constructor(private readonly most: number) {
    super()
    this.paths = new Array<string>(most).fill('')
    this.machines = new Array<Machine | undefined>(most).fill(undefined)
    this.services = new Array<string>(most).fill('')
    this.points = new Int32Array(most)
    this.kinds = new Uint8Array(most)
    this.guards = new Int32Array(most)
    this.sites = new Int32Array(most)
  }

  override altWait(p: Process, u: Unit, site: number): number {
    const guard = super.altWait(p, u, site)
    if (guard >= 0) {
      const i = this.keep(p, GUARD, '')
      this.guards[i] = guard
      this.sites[i] = site
    }
    return guard
  }

  override claim(p: Process, m: Monitor): boolean {
    const isGranted = super.claim(p, m)
    if (isGranted) this.keep(p, CLAIM, '')
    return isGranted
  }

  override host(p: Process, service: string, actuals: readonly Value[]): boolean {
    const isDone = super.host(p, service, actuals)
    if (isDone) this.keep(p, ANSWER, service)
    return isDone
  }

  override answered(p: Process): void {
    if (p.value instanceof HostCall && !isOfHost(p.frame.machine.unit)) this.keep(p, ANSWER, p.value.service)
  }

  private keep(p: Process, kind: number, service: string): number {
    const i = this.count++ % this.most
    this.paths[i] = pathOf(p)
    this.machines[i] = p.frame.machine
    this.points[i] = p.frame.pc
    this.kinds[i] = kind
    this.services[i] = service
    return i
  }

  /** @returns them, the latest last */
  list(): OtherProcess[] {
    const found: OtherProcess[] = []
    for (let n = Math.max(0, this.count - this.most); n < this.count; n++) {
      const i = n % this.most
      const machine = this.machines[i]
      if (machine === undefined) continue
      found.push({ path: this.paths[i] ?? '', place: this.placeOf(i, machine), words: this.wordsOf(i) })
    }
    return found
  }

  private placeOf(i: number, { unit: { debug }, index }: Machine): SourcePosition | undefined {
    const found = this.kinds[i] === GUARD ? debug?.sites[this.sites[i] ?? 0] : debug?.machines[index]?.points[this.points[i] ?? 0]
    if (debug === undefined || found === undefined) return undefined
    const [file, line, column, text] = found
    return { file: debug.files[file] ?? debug.name, line, column, text }
  }

  private wordsOf(i: number): string {
    const kind = this.kinds[i]
    if (kind === GUARD) return `took guard ${(this.guards[i] ?? 0) + 1} of its ALT`
    return kind === CLAIM ? 'was granted its claim' : `was answered by ${this.services[i] ?? ''}`
  }
}

/** @returns a kernel for code that is watched, and who keeps the last choices that are made there */
export function watchedForLast(
  world: World,
  most: number,
): { readonly kernel: WatchedKernel; readonly choices: Pick<LastChoices, 'list'> } {
  const kernel = new WatchedKernel(world)
  const choices = new LastChoices(most)
  kernel.watcher = choices
  return { kernel, choices }
}
