/** What to say to whoever names a node that is not there. */
import type { Member } from '../engine/engine.ts'
import { NodeError } from './node-error.ts'

/** @returns the error of who names a node that is not there */
export function unknownNode(name: string, nodes: readonly Member[]): NodeError {
  const names = nodes.map((m) => m.name).join(', ')
  return new NodeError('R0402', `there is no node ${name}`, names === '' ? 'the cluster has no nodes' : `there is ${names}`)
}
