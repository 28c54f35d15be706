/** From a kernel that stands still to who waits for whom: deadlocks, tests that take too long. */
import {
  describe,
  GUARDS_NAMED,
  THE_OUTSIDE,
  originOf,
  pathOf,
  runToEnd,
  waitedFor,
  walkDeadlock,
  walkProcesses,
} from '../kernel/inspect/inspect.ts'
import type { ChannelOrigin, DeadlockReport as Deadlock, ProcessInfo, WaitEdge } from '../kernel/inspect/inspect.ts'
import type { Kernel } from '../kernel/scheduler/kernel.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { DeadlockReport, WaitGraphReport, WaitingProcess } from './report.ts'

/**
 * @param found a kernel that stands still, or what was found in one or several
 * @returns what to say when nothing can run and nothing outside can change that
 */
export function deadlockReport(found: Kernel | Deadlock): DeadlockReport {
  return runToEnd(walkDeadlockReport(found))
}

/** As `deadlockReport`, in steps: it may be left for a while where it yields. */
export function* walkDeadlockReport(found: Kernel | Deadlock): Generator<void, DeadlockReport, void> {
  const { blocked, cycle, edges } = 'blocked' in found ? found : yield* walkDeadlock(found)
  const round = new Set(cycle.map((info) => info.process))
  const rest = blocked.filter((info) => !round.has(info.process) && info.state !== 'join')
  const waiting = [...cycle.filter((info) => info.state !== 'join'), ...rest]
  const processes = yield* listed(waiting.length > 0 ? waiting : blocked, edges)
  const n = processes.length
  return {
    kind: 'deadlock',
    code: 'R0301',
    title: n === 1 ? 'deadlock: the program waits for what can never happen' : `deadlock: ${n} processes wait for what can never happen`,
    processes,
    cycle: cycle.map((info) => info.path),
    help: advice(cycle.length, processes),
  }
}

function advice(cycle: number, waiting: readonly WaitingProcess[]): string[] {
  if (cycle === 1) return ['the process waits for itself: an output and its input belong to different branches of a PAR']
  if (cycle > 0) return ['break the ring: let one of its processes communicate in another order, or put a buffer between two of them']
  if (waiting.some((w) => w.waitsFor.includes(THE_OUTSIDE)))
    return [
      'the outside has closed that end: close an end when the program needs it no more, or let the program end when it has been told to',
    ]
  if (waiting.some((w) => w.waitsFor.length === 0 && ['output', 'input', 'alt'].includes(w.state)))
    return ['the process at the other end of the channel has ended, or there never was one']
  return []
}

/** @returns who waits for whom at the moment */
export function waitGraphReport(kernel: Kernel, title: string): WaitGraphReport {
  return runToEnd(walkWaitGraphReport(kernel, title))
}

/** As `waitGraphReport`, in steps: it may be left for a while where it yields. */
export function* walkWaitGraphReport(kernel: Kernel, title: string): Generator<void, WaitGraphReport, void> {
  const { edges } = yield* walkDeadlock(kernel)
  const infos: ProcessInfo[] = []
  for (const p of walkProcesses(kernel)) {
    infos.push(describe(p))
    yield
  }
  return { kind: 'waits', title, processes: yield* listed(infos, edges) }
}

/** Processes that one is told to wait for, at most. */
const MOST_TARGETS = 100

function* listed(infos: readonly ProcessInfo[], edges: readonly WaitEdge[]): Generator<void, WaitingProcess[], void> {
  const targets = new Map<Process, Set<string>>()
  for (const { from, to } of edges) {
    const paths = targets.get(from) ?? new Set<string>()
    if (paths.size < MOST_TARGETS) targets.set(from, paths.add(pathOf(to)))
    yield
  }
  const found: WaitingProcess[] = []
  for (const info of infos) {
    found.push({
      path: info.path,
      state: info.state,
      place: info.place,
      words:
        targets.get(info.process)?.has(THE_OUTSIDE) === true
          ? `${inWords(info)}, whose other end is held by ${THE_OUTSIDE}`
          : inWords(info),
      channel: channelName(info),
      origins: origins(info),
      waitsFor: [...(targets.get(info.process) ?? [])],
    })
    yield
  }
  return found
}

/** @returns the channel that a process waits at, as its text has it: generated code spells some names otherwise */
function channelName({ state, place, slot }: ProcessInfo): string | undefined {
  if (state !== 'output' && state !== 'input') return undefined
  return /^(.+?)\s*[!?]/.exec(place?.text ?? '')?.[1] ?? slot
}

/** @returns what the channels are called where they were declared, unless the place shows it */
function origins(info: ProcessInfo): ChannelOrigin[] {
  const channels = waitedFor(info.process).slice(0, GUARDS_NAMED)
  const found = channels.flatMap((channel) => originOf(info.process, channel) ?? [])
  const named = channelName(info)
  return found.every(({ name, here }) => name === named || (here && (named === undefined || !name.includes('[')))) ? [] : found
}

function inWords(info: ProcessInfo): string {
  const channel = channelName(info)
  if (channel === undefined) return info.words
  return info.state === 'output' ? `waits to output on ${channel}` : `waits to input from ${channel}`
}
