/** The member that the home of a program is at, as the home and its supervisor see it. */
import type { Engine, Member } from '../../engine/engine.ts'
import type { HomeServices } from '../../host/home-services.ts'
import type { ProgramLimits } from '../../limits.ts'
import type { Coordinator } from '../durable/coordinator.ts'
import type { DurableHome } from '../durable/home-port.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import type { CodeShelf } from '../migration/code-shelf.ts'
import type { NodeError } from '../node-error.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import type { CheckpointOrder, HomeNotes, NoteHandlers } from '../wire/messages.ts'
import type { Messenger } from '../wire/messenger.ts'
import type { MigrationResult } from '../wire/statuses.ts'
import type { Exports } from './exports.ts'
import type { Replacement } from '../durable/replacing.ts'
import type { NewVersion } from '../durable/upgrading.ts'
import type { Survey } from '../../kernel/upgrade/obstacles.ts'
import type { ProgramRecord } from './program.ts'
import type { Site } from './site.ts'
import type { Viewers } from './viewers.ts'

/** What a member hears and does for a program whose home is there. */
export interface SupervisorPort {
  /** What nodes say of programs; of other programs than its own they say nothing to it. */
  readonly notes: NoteHandlers<keyof HomeNotes>
  /** A member has left the cluster. */
  left(member: Member): void
}

/** What viewers ask of a home. */
export type HomeViewers = Pick<Viewers, 'view' | 'typedBy' | 'shown' | 'left'>

/** What gateways ask of a home, and what people want to know of it. */
export type HomeExports = Pick<Exports, 'gate' | 'heard' | 'left' | 'names'>

/** A home that is at a node without a terminal. */
export interface NodeHomePort {
  readonly viewers: HomeViewers
  /** A slice of the site has ended. */
  slice(busy: boolean): void
  /** Ends the program. */
  stop(): void
  /** The program has ended at another member: the home has moved there, and this one has not heard of that yet. */
  endedElsewhere(): void
  /** Moves the home. @param done is called once, when it is known what became of it */
  moveTo(to: Member, done: (result: MigrationResult) => void): void
  /** Keeps a checkpoint of the program. @param done is called once */
  checkpoint(order: CheckpointOrder, done: (result: KeptCheckpoint | NodeError) => void): void
  /** The program goes back to a checkpoint that is kept. @param done is called once */
  rewind(number: number, done: (result: KeptCheckpoint | NodeError) => void): void
  /** Another version of the program takes its place. @param done is called once */
  upgrade(to: NewVersion, done: (result: Survey | NodeError) => void): void
  /** The program has stood still since its checkpoint: it ends if that was written, or else goes on. @returns whether it did */
  saved(written: boolean): boolean
}

/** What the member does for durable programs. */
interface CutsPort {
  /**
   * Cuts of a program are made here from now on.
   * @param record as the directory has it, exactly
   */
  coordinate(site: Site, record: string, home: DurableHome): Coordinator
  coordinatorOf(program: number): Coordinator | undefined
  /** @returns whoever makes cuts of a program whose home is here; for one that is not durable, until `afterCheckpoint` */
  forCheckpoint(site: Site, home: DurableHome): Coordinator
  afterCheckpoint(site: Site): void
  /** Whether a cut of a program that is not durable is being made here. */
  isCutting(program: number): boolean
  readonly recovery: {
    /** A member has left that may have had a part of a program whose home is here: the program goes on from its last cut. */
    raise(program: ProgramRecord): void
    /** The program, whose home is here, begins its next incarnation with another record. @param done hears whether it does */
    replace(program: ProgramRecord, by: Replacement, done: (replaced: boolean) => void): void
  }
}

export interface HomeNode {
  readonly engine: Engine
  readonly messenger: Messenger
  readonly shelf: CodeShelf
  readonly self: Member
  readonly cuts: CutsPort
  /** Makes spans of what takes time. */
  readonly tracer: Tracer | undefined
  /** What each program may have here. */
  readonly limits: ProgramLimits | undefined
  /** Homes that are here without a terminal, by program id. */
  readonly homes: Map<number, NodeHomePort>
  /** What programs export whose homes are here, by program id. */
  readonly exports: Map<number, HomeExports>
  /** Those of programs whose homes are here. */
  readonly supervisors: Set<SupervisorPort>
  /**
   * Makes the site of a program that is known; its drive has not been started.
   * @param home the program's home, when it is here
   */
  addSite(program: ProgramRecord, home?: HomeServices): Site
  /** The program is over: drops its site. */
  removeSite(program: number): void
  /** The home of a program is at a member since its move number `moves`. */
  homeIsAt(site: Site, member: number, moves: number): void
}
