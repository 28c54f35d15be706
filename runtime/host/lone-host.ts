/** Host services of a program that runs by itself, in one OS process: the cluster is this node, and it is the program's home. */
import { isNodeService } from '../host-services.ts'
import type { NodeServiceName } from '../host-services.ts'
import type { World } from '../kernel/scheduler/kernel.ts'
import { HostCall } from '../kernel/scheduler/state.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { signed, withCaller } from './caller.ts'
import { nodeRefusal } from './home-services.ts'
import type { HomeServices } from './home-services.ts'

/** What a node is called that belongs to no cluster. */
export const LONE_NODE = 'local'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** What the node itself answers. */
const SERVICES: Readonly<Record<NodeServiceName, (actuals: readonly Value[]) => Value>> = {
  'node.name': () => encoder.encode(LONE_NODE),
  'node.count': () => 1,
  'migrate.to': ([node]) => node instanceof Uint8Array && decoder.decode(node) === LONE_NODE,
}

/**
 * @returns the services of the lone node
 * @throws Error (the services) when there is no such service, which the compiler does not let through
 */
export function loneHost(home: HomeServices): World['host'] {
  const { audit, denied } = home
  return (p, service, given) => {
    const called = withCaller(p, service, given)
    const actuals = audit === undefined ? called : signed(p, LONE_NODE, service, called)
    if (isNodeService(service)) {
      const refused = nodeRefusal(service, denied)
      if (!home.audited(refused === undefined ? 'done' : 'denied', service, actuals)) return false
      p.value = refused ?? SERVICES[service](given)
      return true
    }
    const answer = home.call(service, actuals, (later) => {
      p.kernel.wake(p, later)
    })
    if (answer === undefined) {
      const resumed = home.resumed(actuals)
      if (resumed !== actuals) p.value = new HostCall(service, resumed) // a checkpoint says that it has been begun
      return false
    }
    p.value = answer
    return true
  }
}
