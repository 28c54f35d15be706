/** Joining a cluster from a command: the embedded engine, with errors as people are told them. */
import { embeddedEngine } from '../engine/embedded.ts'
import type { EmbeddedOptions } from '../engine/embedded.ts'
import { EngineError } from '../engine/engine-error.ts'
import type { Engine } from '../engine/engine.ts'
import { NodeError } from './node-error.ts'

/** @throws NodeError R0401, R0409, R0415 (as a rejection) */
export async function openEngine(directory: string, options: EmbeddedOptions): Promise<Engine> {
  try {
    return await embeddedEngine(directory, options)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    switch (error.kind) {
      case 'unusable':
        throw new NodeError('R0401', error.message, 'give the directory that --cluster-dir or --engine embedded:DIR named')
      case 'taken':
        throw new NodeError('R0409', error.message, 'choose another one, or leave --name out')
      case 'failed':
        throw new NodeError('R0415', error.message)
    }
  }
}
