/** Writes down what the processes of one kernel choose and are given, for a recording of a run on several nodes. */
import { rootFrame, wholePathOf } from '../../kernel/inspect/paths.ts'
import { Forks, forksAround } from '../../kernel/scheduler/forks.ts'
import { HostCall } from '../../kernel/scheduler/state.ts'
import type { Frame, Monitor, Process, Unit } from '../../kernel/scheduler/state.ts'
import { isOfHost } from '../../kernel/scheduler/unit.ts'
import type { Value } from '../../kernel/scheduler/value.ts'
import { Watcher } from '../../kernel/scheduler/watched.ts'
import { ChoiceWriter } from './choices.ts'
import type { Choice } from './choices.ts'

/** What waits in a HostCall and is no service: the runtime answers it, and does the same again. */
const OF_THE_RUNTIME: ReadonlySet<string> = new Set(['FORK', 'CODE'])

export interface ChoiceRecorderPort {
  /** @returns a logical time later than any that this node has heard of */
  tick(): number
  /** The path of a process is so long that it tells it from no other. */
  tooDeep(p: Process): void
}

export class ChoiceRecorder extends Watcher {
  private readonly writer = new ChoiceWriter()

  constructor(private readonly port: ChoiceRecorderPort) {
    super()
  }

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.writer.length
  }

  /** @returns what has been chosen since this was asked last */
  take(): Uint8Array {
    return this.writer.take()
  }

  override altWait(p: Process, u: Unit, site: number): number {
    const guard = super.altWait(p, u, site)
    if (guard >= 0) this.write(p, { kind: 'guard', guard })
    return guard
  }

  override claim(p: Process, m: Monitor): boolean {
    const isGranted = super.claim(p, m)
    if (isGranted) this.write(p, { kind: 'claim' })
    return isGranted
  }

  override clock(p: Process): number {
    const reading = super.clock(p)
    this.write(p, { kind: 'time', reading })
    return reading
  }

  override host(p: Process, service: string, actuals: readonly Value[]): boolean {
    const isDone = super.host(p, service, actuals)
    if (isDone) this.write(p, { kind: 'answer', value: p.value as Value }) // a service that is done has left its answer there
    return isDone
  }

  override answered(p: Process, value: Value): void {
    const { value: call } = p
    if (!(call instanceof HostCall) || OF_THE_RUNTIME.has(call.service) || isOfHost(rootFrame(p).machine.unit)) return
    this.write(p, { kind: 'answer', value })
  }

  override spawn(p: Process, frame: Frame, name: string, place: number): void {
    super.spawn(p, frame, place === 0 ? name : nameApart(name, place), place)
    const around = place === 0 ? forksAround(p) : undefined
    const child = around instanceof Forks ? around.branches.at(-1) : undefined
    this.write(p, { kind: 'fork', child: child === undefined ? nameApart(name, place) : wholePathOf(child) })
  }

  /** A FORKING here has a place for a process that is forked elsewhere. @param standIn what stands there for it */
  reserved(standIn: Process, name: string, place: number): void {
    this.writer.place(nameApart(name, place), wholePathOf(standIn))
  }

  private write(p: Process, choice: Choice): void {
    const path = wholePathOf(p)
    if (path.startsWith('...')) this.port.tooDeep(p)
    this.writer.write(path, this.port.tick(), choice)
  }
}

/** @returns what a process is called that was forked where its FORKING is not: its name, and the id of its place */
function nameApart(name: string, place: number): string {
  return `${name}@${place}`
}
