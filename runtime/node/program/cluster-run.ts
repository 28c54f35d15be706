/** What a program is started with on a cluster, and what comes of it. */
import type { Readable, Writable } from 'node:stream'
import type { ListenAddress } from '../../gateway/address.ts'
import type { Deniable } from '../../host/home-services.ts'
import type { ReportColours } from '../../report/colours.ts'
import type { PlacePolicy } from '../wire/place-policy.ts'
import type { ProcessMove } from './whereabouts.ts'

/** The terminal's side of a program. */
export interface TerminalStreams {
  readonly keyboard: Readable
  readonly screen: Writable
  readonly error: Writable
  /** Whether `screen` and `error` lead to one place, where what they show stands one below the other. */
  readonly together?: boolean
}

export interface ClusterOptions extends TerminalStreams {
  /** How many OS processes n1, n2, ... to start; 0 to use the nodes that are in `clusterDir` already (`--cluster DIR`). Default 3. */
  readonly nodes?: number
  /** These nodes are threads of this OS process. */
  readonly threads?: boolean
  /** The run directory; made when absent. Default: a fresh temporary one, removed in the end. */
  readonly clusterDir?: string
  /** `--roam`: milliseconds between two random moves on each node. */
  readonly roam?: number
  /** Seeds what `roam` chooses. */
  readonly seed?: number
  /** Whether processes that compute go to nodes with less to do; so it is when absent. Not those that roam. */
  readonly balance?: boolean
  /** `--place`; absent: near. */
  readonly place?: PlacePolicy
  /** Arguments of the program. */
  readonly args?: readonly string[]
  /** What the program may not do. */
  readonly denied?: readonly Deniable[]
  /** Absolute path of a log of effects. */
  readonly audit?: string
  /** The file that the run is recorded in: of nodes that are started for it, and where no others come. */
  readonly record?: string
  /** Where clients may come. */
  readonly listen?: {
    readonly addresses: readonly ListenAddress[]
    /** Hears which ports have been opened. */
    readonly notice: (text: string) => void
  }
  /** Gives the start up: what was started for it is stopped, and the promise is rejected with the signal's reason. Afterwards `stop` is to be used. */
  readonly abort?: AbortSignal
  /** For the report; without colours when absent. */
  readonly colours?: ReportColours
  /**
   * Is told of each move of a process between nodes, before what the process outputs at its new place is written, and never within a line that the
   * program has begun.
   */
  readonly moved?: (move: ProcessMove) => void
  /** Is told what people may want to see on a terminal while it goes on: nodes joining and vanishing. Never what the program says. */
  readonly notice?: (text: string) => void
  /** Is told of what is odd and does no harm, such as bytes in the store that no node has written; between lines, as `moved` is. */
  readonly warning?: (text: string) => void
}

export interface ClusterOutcome {
  /** 0 the main process has ended; 1 run-time error or processes lost; 3 deadlock; else what the program itself has said. */
  readonly exit: number
  /** What to print on the error stream: rendered, ends with a newline; empty for exit 0. */
  readonly report: string
  readonly seconds: number
  readonly migrations: number
}

export interface ClusterRun {
  /** The run directory. */
  readonly directory: string
  /** The program's id in the cluster. */
  readonly program: string
  /** Settles when the program has ended, its output is flushed and the nodes that were started for it have stopped. Never rejects. */
  readonly finished: Promise<ClusterOutcome>
  /** Stops the program and the nodes that were started for it; `finished` then settles with exit 1. */
  stop(): Promise<void>
}
