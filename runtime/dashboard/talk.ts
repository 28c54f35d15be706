/** What the page and its server say to each other, as JSON over a WebSocket. Data only: the page is built from this file too. */
import type { Survey } from '../kernel/upgrade/obstacles.ts'
import type { NodeMeasures, ProcessDetail, ProcessGroup, Wiring } from '../node/wire/observations.ts'
import type { MigrationResult, ProgramStatus } from '../node/wire/statuses.ts'

/** What the server says. */
export type FromServer =
  /** First of all. `steps`: it is a run that is over, and has so many. */
  | { readonly kind: 'hello'; readonly cluster: string; readonly steps?: number }
  /** What comes next is a run as it was at that step, of so many; what happened in it. */
  | { readonly kind: 'step'; readonly at: number; readonly of: number; readonly words: string }
  /** Whether the token that was given is the right one. */
  | { readonly kind: 'allowed'; readonly changes: boolean }
  | {
      readonly kind: 'numbers'
      /** Milliseconds since the epoch. */
      readonly at: number
      readonly nodes: readonly NodeMeasures[]
      readonly programs: readonly ProgramStatus[]
    }
  /** Groups of processes on a node that are new or have changed, and those that have gone, by program and path. */
  | {
      readonly kind: 'processes'
      readonly node: string
      readonly changed: readonly ProcessGroup[]
      readonly gone: readonly (readonly [program: string, path: string])[]
    }
  /** Nothing is known of a node any more. */
  | { readonly kind: 'gone'; readonly node: string }
  | { readonly kind: 'wiring'; readonly wiring: readonly Wiring[] }
  /** The cluster cannot be asked at the moment. */
  | { readonly kind: 'trouble'; readonly text: string }
  | { readonly kind: 'answer'; readonly id: number; readonly result: AnswerToPage }

/** What becomes of a question of the page. */
export type AnswerToPage =
  | { readonly kind: 'process'; readonly detail: ProcessDetail | undefined; readonly source: SourceExcerpt | undefined }
  | { readonly kind: 'moved'; readonly results: readonly MigrationResult[] }
  | { readonly kind: 'checkpoints'; readonly checkpoints: readonly ShownCheckpoint[] }
  /** What an upgrade would do, or what stands in its way. `version` tells the texts that were looked at from others. */
  | { readonly kind: 'survey'; readonly survey: Survey; readonly version: string; readonly warnings: string }
  /** The compiler has rejected a new version, and says so. */
  | { readonly kind: 'rejected'; readonly diagnostics: string }
  /** `words`: what there is to say about it. */
  | { readonly kind: 'done'; readonly words?: string }
  | { readonly kind: 'error'; readonly text: string; readonly help: string }

/** A checkpoint of a program that its cluster keeps. */
export interface ShownCheckpoint {
  readonly number: number
  readonly ageMicros: number
  readonly bytes: number
  /** Program time, microseconds. */
  readonly programMicros: number
}

/** Lines of a text around the one at which a process is. */
export interface SourceExcerpt {
  readonly file: string
  /** The number of the first of the lines. */
  readonly first: number
  readonly lines: readonly string[]
}

/** What the page asks. Everything but `inspect`, `step` and `checkpoints` changes something, and needs the token. */
export type Question =
  /** Shows a run that is over as it was at that step. */
  | { readonly ask: 'step'; readonly to: number }
  | { readonly ask: 'inspect'; readonly program: string; readonly path: string }
  | { readonly ask: 'migrate'; readonly program: string; readonly path: string; readonly to: string; readonly only: boolean }
  | { readonly ask: 'cordon'; readonly node: string; readonly on: boolean }
  | { readonly ask: 'drain'; readonly node: string }
  | { readonly ask: 'kill'; readonly node: string }
  | { readonly ask: 'stop'; readonly program: string }
  | { readonly ask: 'fork'; readonly program: string }
  /** Without `version` it is only said what would happen; with that of such an answer it happens. */
  | { readonly ask: 'upgrade'; readonly program: string; readonly file: string; readonly map: string; readonly version?: string }
  /** The version before takes its place again; `dry`: it is only said what would happen. */
  | { readonly ask: 'rollback'; readonly program: string; readonly dry: boolean }
  | { readonly ask: 'checkpoints'; readonly program: string }
  | { readonly ask: 'rewind'; readonly program: string; readonly number: number }

/** What the page says. */
export type FromPage =
  { readonly kind: 'token'; readonly token: string } | { readonly kind: 'question'; readonly id: number; readonly question: Question }
