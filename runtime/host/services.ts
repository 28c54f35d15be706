/** Host services of a program that runs by itself, in one OS process: the cluster is this node. */
import type { Process } from '../kernel/process.ts'
import type { Value } from '../kernel/value.ts'

/** A host service: see `World.host`. */
type HostService = (p: Process, actuals: readonly Value[]) => boolean

/** What a node is called that belongs to no cluster. */
const LONE_NODE = 'local'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const services: Readonly<Record<string, HostService>> = {
  'node.name': (p) => answer(p, encoder.encode(LONE_NODE)),
  'node.count': (p) => answer(p, 1),
  'migrate.to': (p, [node]) => answer(p, node instanceof Uint8Array && decoder.decode(node) === LONE_NODE),
}

/**
 * Calls a service of the lone node.
 * @throws Error when there is no such service, which the compiler does not let through
 */
export function loneHost(p: Process, service: string, actuals: readonly Value[]): boolean {
  const call = services[service]
  if (call === undefined) throw new Error(`there is no host service ${service} here`)
  return call(p, actuals)
}

function answer(p: Process, value: Value): true {
  p.value = value
  return true
}
