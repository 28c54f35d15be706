/** Who calls a service that the program declares: whoever provides it is told the path of the process, in front of the values. */
import { pathOf } from '../kernel/inspect/paths.ts'
import { HostCall } from '../kernel/scheduler/state.ts'
import type { Process } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { SERVICE_PREFIX } from '../program-interface.ts'

const encoder = new TextEncoder()

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
