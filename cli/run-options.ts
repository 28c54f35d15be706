/** What the options of `godwit run` say, whether the home of the program is here or on a node. */
import type { Deniable } from '../runtime/host/home-services.ts'
import type { ProgramLimits } from '../runtime/limits.ts'
import type { PlacePolicy } from '../runtime/node/wire/place-policy.ts'
import type { SourceOptions } from './load-program.ts'
import type { CheckpointRequest } from './option-values.ts'

export interface RunOptions extends SourceOptions {
  readonly raw?: boolean
  readonly nodes?: number
  /** These nodes are threads of this OS process. */
  readonly threads?: boolean
  readonly clusterDir?: string
  readonly cluster?: string
  /** Whether processes that compute go to nodes with less to do. */
  readonly balance?: 'on' | 'off'
  /** Where branches begin, and which nodes are used. */
  readonly place?: 'near' | PlacePolicy
  /** Microseconds. */
  readonly roam?: number
  readonly showMoves?: boolean
  readonly checkpointOn?: CheckpointRequest
  readonly seed?: number
  /** The file that the run is recorded in. */
  readonly record?: string
  /** So many of the last choices of processes are told with a fault. */
  readonly last?: number
  /** The file of a schedule, or a recording, that is repeated. */
  readonly replay?: string
  readonly json?: boolean
  readonly deny?: readonly Deniable[]
  /** File of a log of effects. */
  readonly audit?: string
  /** The program goes on without this command. */
  readonly detach?: boolean
  readonly durable?: 'strict' | 'relaxed'
  /** What is durable may be kept by a store that does not outlive the loss of a machine. */
  readonly acceptStore?: boolean
  /** Microseconds. */
  readonly cutEvery?: number
  readonly limit?: ProgramLimits
  /** The page of the cluster is served while it runs. */
  readonly ui?: boolean
  /** Where clients may come: addresses of listen.ts. */
  readonly listen?: readonly string[]
}
