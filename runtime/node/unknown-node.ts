/** The node that somebody names, or what to say when there is none. */
import type { Member } from '../engine/engine.ts'
import { NodeError } from './node-error.ts'

/**
 * @param nodes those that there are
 * @returns the one of that name
 * @throws NodeError R0402
 */
export function requireNode(nodes: readonly Member[], name: string): Member {
  const found = nodes.find((m) => m.name === name)
  if (found !== undefined) return found
  const names = nodes.map((m) => m.name).join(', ')
  throw new NodeError('R0402', `there is no node ${name}`, names === '' ? 'the cluster has no nodes' : `there is ${names}`)
}
