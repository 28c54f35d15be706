/** Joining a cluster from a command, through the engine that its address asks for, with errors in the words that people read. */
import { embeddedEngine, makeRunDirectory } from '../engine/embedded.ts'
import type { EmbeddedOptions } from '../engine/embedded.ts'
import { EngineError } from '../engine/engine-error.ts'
import type { EngineErrorKind } from '../engine/engine-error.ts'
import type { Engine } from '../engine/engine.ts'
import { isOnNats } from './cluster-address.ts'
import { NodeError } from './node-error.ts'
import type { NodeErrorCode } from './node-error.ts'

export interface EngineOptions extends Omit<EmbeddedOptions, 'trouble'> {
  /** The store has failed: this OS process can commit nothing any more. */
  readonly trouble?: (error: NodeError) => void
}

/**
 * @param cluster its run directory, or the address of its NATS servers
 * @throws NodeError R0401, R0409, R0415, R0431, R0432, R0433 (as a rejection)
 */
export async function openEngine(cluster: string, { trouble, ...options }: EngineOptions): Promise<Engine> {
  const wishes = {
    ...options,
    trouble: ({ message, help }: EngineError) => trouble?.(new NodeError('R0415', `the cluster store failed: ${message}`, help)),
  }
  try {
    if (!isOnNats(cluster)) return await embeddedEngine(cluster, wishes)
    const { natsEngine } = await import('../engine/nats.ts') // with its library, which nobody else needs
    return await natsEngine(cluster, wishes)
  } catch (error) {
    throw toldToPeople(error)
  }
}

/**
 * Makes the run directory of a cluster, for nodes that are started then. A cluster on NATS needs none.
 * @throws NodeError R0401
 */
export function makeMeetingPlace(cluster: string): void {
  if (isOnNats(cluster)) return
  try {
    makeRunDirectory(cluster)
  } catch (error) {
    throw toldToPeople(error)
  }
}

function toldToPeople(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error
  const { kind, message, help } = error
  return new NodeError(codes[kind], message, help === '' ? (advice[kind] ?? '') : help)
}

const codes: Readonly<Record<EngineErrorKind, NodeErrorCode>> = {
  unusable: 'R0401',
  taken: 'R0409',
  failed: 'R0415',
  'too-large': 'R0415',
  unreachable: 'R0431',
  refused: 'R0432',
  unfit: 'R0433',
}

/** What to do where the engine knows nothing better. */
const advice: Readonly<Partial<Record<EngineErrorKind, string>>> = {
  unusable: 'give the directory that --cluster-dir or --engine embedded:DIR named',
  taken: 'choose another one: `godwit nodes` lists those that are there',
}
