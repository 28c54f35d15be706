/**
 * Who calls a service, as it travels with the call. Whoever provides a service that the program declares is told the path of the process, in front of
 * the values; the log of effects is told the process, its node and the time, behind them.
 */
import { pathOf } from '../kernel/inspect/paths.ts'
import { HostCall } from '../kernel/scheduler/state.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { SERVICE_PREFIX } from '../program-interface.ts'

const encoder = new TextEncoder()

/** Who calls, for the log of effects. */
export interface Caller {
  readonly process: string
  readonly node: string
  /** Microseconds of program time. */
  readonly time: number
}

/**
 * @param p the process, in its call
 * @returns the actuals of the call, which moves with the process as it is then
 */
export function withCaller(p: Process, service: string, actuals: readonly Value[]): readonly Value[] {
  if (!service.startsWith(SERVICE_PREFIX)) return actuals
  const all = [encoder.encode(pathOf(p)), ...actuals]
  p.value = new HostCall(service, all)
  return all
}

/**
 * @param p the process, in its call
 * @returns the actuals with who calls behind them; they move with the process
 */
export function signed(p: Process, node: string, service: string, actuals: readonly Value[]): readonly Value[] {
  const caller: Caller = { process: pathOf(p), node, time: Math.floor(p.kernel.now()) }
  const all = [...actuals, encoder.encode(JSON.stringify(caller))]
  p.value = new HostCall(service, all)
  return all
}
