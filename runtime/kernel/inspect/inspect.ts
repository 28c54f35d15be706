/**
 * What can be seen of a kernel from outside: processes, what they wait for, where they are in the `.csp` text. Data only.
 */
import type { Channel, Frame, Process } from '../scheduler/state.ts'
import type { Kernel } from '../scheduler/kernel.ts'
import { matchPath, pathOf } from './paths.ts'
import { channelName, eachChannel, processes } from './process-info.ts'

export { matchPath, pathMatcher, pathOf, THE_OUTSIDE } from './paths.ts'
export {
  callStack,
  channelName,
  depthOf,
  describe,
  eachChannel,
  GUARDS_NAMED,
  liveValues,
  liveVariables,
  MOST_LEVELS,
  originOf,
  processes,
  waitedFor,
  walkProcesses,
  wordOf,
} from './process-info.ts'
export type { ChannelOrigin, SourcePosition, ProcessInfo, StateWord } from './process-info.ts'
export { channelsOfProcess, surveyChannels, surveyProcesses } from './survey.ts'
export { deadlock, runToEnd, walkDeadlock } from './wait-graph.ts'
export type { DeadlockReport, WaitEdge } from './wait-graph.ts'

/** The processes whose paths match a pattern: `*` stands for any characters within a name, `**` for any at all. */
export function findProcesses(kernel: Kernel, pattern: string): Process[] {
  return processes(kernel).filter((p) => matchPath(pattern, pathOf(p)))
}

/** Finds a channel by `path:slot` or `path:slot[i]`. */
export function findChannel(kernel: Kernel, name: string): Channel | undefined {
  const colon = name.lastIndexOf(':')
  if (colon < 0) return undefined
  for (const p of findProcesses(kernel, name.slice(0, colon))) {
    const found = channelOf(p, name.slice(colon + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** @returns the channel in a slot of that name of any frame of a process, innermost first. A final `_` may be left out. */
export function channelOf(p: Process, name: string): Channel | undefined {
  let result: Channel | undefined
  for (let f: Frame | null = p.frame; f !== null && result === undefined; f = f.caller) {
    const frame = f
    eachChannel(frame, (channel, slot, _type, part) => {
      if (result !== undefined) return
      const found = channelName(frame, slot, '')
      if (found + part === name || found.replace(/_$/, '') + part === name) result = channel
    })
  }
  return result
}
