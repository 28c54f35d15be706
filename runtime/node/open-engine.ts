/** Joining a cluster from a command: the embedded engine, with errors in the words that people read. */
import { embeddedEngine } from '../engine/embedded.ts'
import type { EmbeddedOptions } from '../engine/embedded.ts'
import { EngineError } from '../engine/engine-error.ts'
import type { Engine } from '../engine/engine.ts'
import { NodeError } from './node-error.ts'

export interface EngineOptions extends Omit<EmbeddedOptions, 'trouble'> {
  /** The store has failed: this OS process can commit nothing any more. */
  readonly trouble?: (error: NodeError) => void
}

/** @throws NodeError R0401, R0409, R0415 (as a rejection) */
export async function openEngine(directory: string, { trouble, ...options }: EngineOptions): Promise<Engine> {
  try {
    return await embeddedEngine(directory, {
      ...options,
      trouble: ({ message, help }) => trouble?.(new NodeError('R0415', `the cluster store failed: ${message}`, help)),
    })
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const { kind, message, help } = error
    switch (kind) {
      case 'unusable':
        throw new NodeError('R0401', message, help === '' ? 'give the directory that --cluster-dir or --engine embedded:DIR named' : help)
      case 'taken':
        throw new NodeError('R0409', message, 'choose another one, or leave --name out')
      case 'failed':
      case 'too-large':
        throw new NodeError('R0415', message, help)
    }
  }
}
