/**
 * What members say to each other: every subject, with the type of what is said about it.
 *
 * A note goes one way. A request gets parts of an answer, as many as there are, and then one answer. message-shapes.ts has a shape for each of
 * these types, and whoever receives messages has a handler for each: the type checker proves both tables complete.
 */
import type { Holdings } from '../../kernel/inspect/holdings.ts'
import type { CodeUnit, ProgramManifest } from '../../code/program.ts'
import type { Member } from '../../engine/engine.ts'
import type { DeadlockReport, FaultReport, InternalReport, LostProcess, WaitGraphReport, WaitingProcess } from '../../report/report.ts'
import type { Deniable } from '../../host/home-services.ts'
import type { FromClient, GatewayConnections, KnownConnection, ToClient } from '../../host/gateway-talk.ts'
import type { Obstacle, Survey } from '../../kernel/upgrade/obstacles.ts'
import type { ProgramLimits } from '../../limits.ts'
import type { NodeErrorData } from '../node-error.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import type { PlacePolicy } from './place-policy.ts'
import type { Strategy } from './strategy.ts'
import type { CutPart, HomeCallKey, MovingCall, OwnerRecord } from './process-records.ts'
import type { InspectRequest, NodeMeasures, ProcessDetail, ProcessGroup, Wiring, WiringRequest } from './observations.ts'
import type { DescribedProcess, MigrationResult, NodeStatus, ProcessStatus, StuckStatus, UnitStatus } from './statuses.ts'

// ------------------------------------------------------------------------------------------------------------------ notes

/**
 * Of which program a message is, and of which of its lives: what another incarnation has said means nothing any more, or not yet. The node drops
 * it in one place.
 */
export interface OfProgram {
  readonly program: number
  /** Grows with each recovery; see docs/durable.md. */
  readonly incarnation: number
  /** The number of cuts that the sender has taken: whoever gets a message from after a cut has to take that cut before it looks at the message. */
  readonly cut: number
  /** Program time when it was said, in whole microseconds: it is not earlier where it is heard. */
  readonly time: number
}

/** Of which migration a message is; `migration` is unique among those of its source. */
export interface OfMigration extends OfProgram {
  readonly migration: number
}

/** From the source of a migration to its destination, with the state as body unless it is a blob. */
export interface Prepare extends OfMigration {
  readonly records: readonly OwnerRecord[]
  /** Branches that stay at the source without their parents: the commit gives them records, since they are not where their parents are any more. */
  readonly staying: readonly OwnerRecord[]
  readonly unitHashes: readonly string[]
  /** Calls of the home for which processes in the state wait. */
  readonly calls: readonly MovingCall[]
  /** Hash of the blob that is the state. */
  readonly blob?: string
  /** The state names what was sent ahead. */
  readonly ahead?: SentPieces
  /** The home of the program moves along. */
  readonly home?: MovingHome
  /** The `traceparent` of the migration, when somebody looks at it. */
  readonly trace?: string
}

/** All that was sent ahead of some processes. */
export interface SentPieces {
  /** Unique among those of a program from one member. */
  readonly transfer: number
  /** How many pieces. */
  readonly pieces: number
}

/** Where something is in what was sent ahead: in which memory, and from which byte on. */
export interface AheadPlace {
  readonly memory: number
  readonly at: number
}

/** A piece of the arrays of processes that may come; the body has its bytes. */
export interface AheadPiece {
  readonly transfer: number
  /** From 1, in order. */
  readonly piece: number
  readonly memory: number
  /** Bytes of the whole memory. */
  readonly size: number
  /** Where the bytes go, stretch by stretch: from which byte on, how many, and so on. */
  readonly stretches: readonly number[]
  /** They are the same as what is there already; then the body is empty. */
  readonly same?: AheadPlace
  /** It is to be answered with `ahead-kept`. */
  readonly asks?: boolean
}

/** The home of a program on its way: its state stands at the end of the body. */
export interface MovingHome {
  /** How many bytes of the body it takes. */
  readonly bytes: number
  /** The program's record in the directory before the move and after it. */
  readonly before: string
  readonly after: string
}

export interface Refused extends OfMigration {
  readonly error: NodeErrorData
  /** The records were not what the source said they are. */
  readonly conflict: boolean
}

export interface Resumed extends OfMigration {
  /** Common time in microseconds. */
  readonly at: number
  readonly codeBytes: number
  /** Requests for code, each two messages. */
  readonly codeRequests: number
}

/** An actual parameter of a call; `bytes` is how many of the message's body it takes, in order. */
export type PackedActual = number | boolean | { readonly bytes: number }

/** A call of a service of the program's home; the body has the bytes of its actual parameters. */
export interface HomeCall extends OfProgram, HomeCallKey {
  /** From 1: to which stay of the home the caller has sent the call last. If the home has moved since, it does not come from the caller any more. */
  readonly period: number
  /**
   * How often the process has moved since it called; absent: never. Members are not heard in the order in which they had the process: where it has moved most
   * often, there it is.
   */
  readonly moves?: number
  readonly service: string
  readonly actuals: readonly PackedActual[]
  /** Calls whose results have reached their processes: the home need not keep them any longer. */
  readonly consumed: readonly HomeCallKey[]
}

/** What the home gives; without a value it is the body. */
export interface HomeResult extends OfProgram, HomeCallKey {
  readonly value?: number
}

/** A process that has come to a node. */
export interface ArrivedProcess {
  readonly id: number
  readonly path: string
  /** Of its owner record now: it grows with each move. */
  readonly epoch: number
  /** It came along with what is above it. */
  readonly carried: boolean
}

/** To the home of a program. */
export interface HomeNotes {
  /** Nothing runs here. */
  readonly idle: OfProgram
  /** The main process has ended, at the time when it is said. */
  readonly ended: OfProgram
  /** A process has failed. */
  readonly failed: OfProgram & { readonly report: FaultReport | InternalReport }
  /**
   * Processes that were on member `from` are the sender's now. It is said only of programs that want to know, and before the sender says anything else
   * for these processes.
   */
  readonly arrived: OfProgram & { readonly from: number; readonly processes: readonly ArrivedProcess[] }
  /** The sender is about to leave the cluster, and moves all that it has to other nodes before. */
  readonly leaving: Readonly<Record<string, never>>
  /** A process waits for what was on a node that has vanished. */
  readonly lost: OfProgram & { readonly lost: LostProcess }
}

export interface Notes extends HomeNotes {
  readonly prepare: Prepare
  readonly ahead: OfProgram & AheadPiece
  /** So many pieces of a transfer have come, and are kept; or none of it is. */
  readonly 'ahead-kept': OfProgram & SentPieces & { readonly kept: boolean }
  /** Nothing of a transfer is needed any more. */
  /** Nothing of a program computes at the sender any more, which the receiver has given some of its processes. */
  readonly 'no-load': OfProgram
  readonly 'ahead-over': OfProgram & { readonly transfer: number }
  readonly refused: Refused
  readonly resumed: Resumed
  readonly 'home-call': HomeCall
  /** The process that waits for a call is at the sender now. The same call as was made elsewhere: it is done once. */
  readonly 'home-recall': HomeCall
  readonly 'home-result': HomeResult
  /** Nothing of the program roams until `resume-roaming`: it is being found out whether the program stands still. */
  readonly 'pause-roaming': OfProgram
  readonly 'resume-roaming': OfProgram
  /** A cut does not come about: its sites go on. */
  readonly 'cut-off': CutOrder
  /** Something has run since the last cut. */
  readonly ran: OfProgram
  /** The sender was to have a share of a program that goes on from its last cut, and cannot read it. */
  readonly unreadable: OfProgram & { readonly error: NodeErrorData }
  /** The program begins anew from its last cut, and the receiver may have a share of it. */
  readonly begin: OfProgram
  /** The home of the program is the sender now, after so many moves. What it has been told or asked elsewhere is told and asked again. */
  readonly 'home-moved': OfProgram & { readonly moves: number }
  /** A viewer has typed the body, or has come to the end of its input. */
  readonly typed: Typed
  /** A viewer has shown the output before that number. */
  readonly shown: { readonly program: number; readonly upTo: number }
  /** A gateway says something of a connection to the program's home; the body is what the client has sent. */
  readonly 'from-client': FromGateway
  /** The program is over. */
  readonly stop: OfProgram
  /** To the home of a program that is recorded: the body is what processes have chosen at the sender, all that they did up to a logical time. */
  readonly recorded: OfProgram & { readonly upTo: number }
}

// --------------------------------------------------------------------------------------------------------------- requests

/** What a member has of a program, for finding out whether the whole program stands still; see quiescence.ts. */
export interface Vitals {
  readonly idle: boolean
  /** Not idle, and not only since something is on its way: a process can run, or will when its time has come. */
  readonly running: boolean
  /** Indices of the nodes and terminals that are there as far as this member knows. */
  readonly peers: readonly number[]
  /** Messages of links and calls of the home, by member index. */
  readonly sent: Readonly<Record<number, number>>
  readonly received: Readonly<Record<number, number>>
}

/** What a site has sent and received, for finding out whether anything is on its way while a cut is made; see durable/coordinator.ts. */
export interface CutCounts {
  /** It has stopped, no migration is under way, and no message waits there. */
  readonly rest: boolean
  readonly sent: Readonly<Record<number, number>>
  readonly received: Readonly<Record<number, number>>
}

/** Which cut, and after which other: what has happened since that one is to be written down. 0: everything is. */
export interface CutOrder extends OfProgram {
  readonly number: number
  readonly after: number
  /** Indices of the members that take part: who has had to do with another one that is there is not at rest. */
  readonly members: readonly number[]
  /** Nothing is written down: what processes wait for and hold at the cut is found out while they go on. */
  readonly looks?: boolean
}

/** A part of what the processes at a member wait for and hold; see kernel/inspect/holdings.ts. */
export interface HoldingsPart {
  readonly of: keyof Holdings
  readonly numbers: readonly number[]
}

export interface Gathered {
  /** Processes that were not there, or on their way. */
  readonly elsewhere: number
  /** Processes that ever left or came. */
  readonly moves: number
}

export interface ListRequest {
  readonly pattern?: string
  readonly residual?: boolean
}

export interface MigrateRequest {
  /** A path in which `*` stands for any characters but `/`, and `**` for any. */
  readonly pattern: string
  /** Name of a node. */
  readonly to: string
  /** Without what is below the processes that match. */
  readonly only: boolean
  /** Absent: as their size and what they change suggest. */
  readonly strategy?: Strategy
  /** Id of the program; of all programs when absent. */
  readonly program?: string
}

export interface DrainRequest {
  /** Id of the program; of all programs when absent. */
  readonly program?: string
  /** Absent: as for `MigrateRequest`. */
  readonly strategy?: Strategy
  /** Only processes whose programs have their homes elsewhere; homes stay. */
  readonly guests?: boolean
  /** After so many milliseconds nothing more begins to move, and what is still there is told. Absent: it takes as long as it takes. */
  readonly withinMs?: number
}

export interface LoadRequest {
  /** Id of a program that goes to no node but those where it is already; absent: it goes anywhere. */
  readonly program?: number
}

export interface ChannelRequest {
  /** `main/cell[5]:in` */
  readonly channel: string
  readonly to: string
  /** Id of the program; of all programs when absent. */
  readonly program?: string
}

export interface ChannelMoved {
  readonly result?: MigrationResult
  /** Whether a process of that path is here. */
  readonly path: boolean
}

/** A program to be run whose home is on the node that is asked. */
export interface Submission {
  readonly manifest: ProgramManifest
  readonly units: readonly CodeUnit[]
  readonly args: readonly string[]
  /** The working directory and the environment of the program. */
  readonly directory: string
  readonly variables: Readonly<Record<string, string>>
  readonly denied: readonly Deniable[]
  /** Absolute path of a log of effects. */
  readonly audit?: string
  readonly limits: ProgramLimits
  /** Milliseconds between two random moves on each node. */
  readonly roam?: number
  readonly seed?: number
  /** False: its processes stay where they are put. */
  readonly balance?: boolean
  /** Absent: near. */
  readonly place?: PlacePolicy
  /** It outlives its nodes. */
  readonly durable?: SubmittedDurable
}

export interface SubmittedDurable {
  /** Milliseconds between two cuts, when no output waits. */
  readonly everyMs: number
  /** Its output does not wait for the cut that contains it. */
  readonly relaxed: boolean
  /** It may be kept by any store, also by one that does not outlive the loss of a machine. */
  readonly anyStore: boolean
}

/** A program is to be kept as it is. */
export interface CheckpointOrder {
  /** It stands still from then on, until `saved`. */
  readonly ends: boolean
  /** How many checkpoints of it are kept, this one included. */
  readonly most: number
}

/** A program is to go on as another version. */
export interface UpgradeOrder {
  readonly program: number
  /** The new version; absent: the one before the version that runs. */
  readonly version?: { readonly manifest: ProgramManifest; readonly units: readonly CodeUnit[] }
  /** What people say where the texts alone do not tell. */
  readonly map: string
  /** Only what would happen is to be told. */
  readonly dry: boolean
}

/** What has become of a program that had failed. */
export interface Mended extends Survey {
  /** The id of the program that goes on; absent when there are obstacles, or it was to be told only. */
  readonly program?: number
}

/** A program to go on from a checkpoint, with its home on the node that is asked; `directory` and `variables` where the checkpoint has none. */
export interface Restoration extends Pick<
  Submission,
  'directory' | 'variables' | 'denied' | 'audit' | 'limits' | 'roam' | 'seed' | 'balance' | 'place' | 'durable'
> {
  /** Hash of the blob that begins with the checkpoint's file, and how many bytes that has. */
  readonly file: string
  readonly bytes: number
}

/** What a viewer wants to see. */
export interface View {
  readonly program: number
  /** Whoever views, whichever member that is just now: what was typed is counted by it. Absent: the number of the member. */
  readonly viewer?: number
  /** From that byte on; absent: from the first that is kept. */
  readonly from?: number
  /** Only so many bytes of what there has been, and then what comes. */
  readonly tail?: number
}

/** What a viewer has typed: the body of the note. */
export interface Typed {
  readonly program: number
  /** As for `View`. */
  readonly viewer?: number
  /** How many bytes it has typed before. */
  readonly at: number
  /** It will type no more. */
  readonly ended: boolean
}

export type ViewPart =
  /** What follows begins with that byte; so many that were asked for are not kept any more. */
  | { readonly kind: 'begin'; readonly at: number; readonly missing: number }
  /** In base64. */
  | { readonly kind: 'output'; readonly at: number; readonly stream: 1 | 2; readonly bytes: string }
  /** Whether somebody waits for what is typed. */
  | { readonly kind: 'keys'; readonly wanted: boolean }
  /** What was typed up to that number need not be kept any more. */
  | { readonly kind: 'typed'; readonly upTo: number }
  | { readonly kind: 'notice'; readonly text: string }

export type ViewEnd =
  /** The program has ended. `report` is rendered. */
  | { readonly kind: 'ended'; readonly exit: number; readonly report: string }
  /** The home is not here any more: the program's record says where it is. */
  | { readonly kind: 'moved' }

/** What a gateway says of a connection. */
export interface FromGateway extends FromClient {
  readonly program: number
}

/** A gateway asks for the connections of a program. */
export interface GateRequest extends GatewayConnections {
  readonly program: number
}

export type GatePart =
  /** How far the connections are that the home knows. */
  | { readonly kind: 'begin'; readonly known: readonly KnownConnection[] }
  /** Something for a client. */
  | { readonly kind: 'stream'; readonly message: ToClient; readonly bytes: Uint8Array }

export interface GateEnd {
  /**
   * `ended`: the program has, and all that it has written has been said. `moved`: the home is not here any more, and the program's record says where
   * it is.
   */
  readonly kind: 'ended' | 'moved'
}

/** The names that a program serves. */
export interface ExportedNames {
  readonly names: readonly { readonly name: string; readonly connections: number; readonly waiting: number }[]
  /** Where gateways listen for it: `tcp://127.0.0.1:8080=orders`. */
  readonly gateways: readonly string[]
}

interface Request<Content, Answer, Part = never> {
  readonly content: Content
  readonly answer: Answer
  readonly part: Part
}

export interface Requests {
  /** Code units by their hashes; the answer leaves out what the member does not have. */
  readonly code: Request<{ readonly hashes: readonly string[] }, readonly CodeUnit[]>
  /** What code the member has, and which programs need it there. */
  /** A program goes back to a checkpoint of that number, which is told. Null: its home is not here. */
  readonly rewind: Request<{ readonly program: number; readonly number: number }, KeptCheckpoint | null>
  /** Another version of a program takes its place. The obstacles come in parts; when there is one, nothing has changed. Null: its home is not here. */
  readonly upgrade: Request<UpgradeOrder, Omit<Survey, 'obstacles'> | null, readonly Obstacle[]>
  /** A program that has failed goes on as another version, with its home at the member, as a new program: its id. Parts as of `upgrade`. */
  readonly mend: Request<UpgradeOrder, Omit<Mended, 'obstacles'>, readonly Obstacle[]>
  readonly units: Request<Readonly<Record<string, never>>, null, readonly UnitStatus[]>
  /** Code is kept and made ready ahead of need: units with all that they import. */
  readonly 'keep-units': Request<{ readonly units: readonly CodeUnit[] }, null>
  /** Null when the member has nothing of the program. It changes nothing. */
  readonly vitals: Request<OfProgram, Vitals | null>
  /** Moves all of a program to one node, and ends its roaming. */
  readonly gather: Request<OfProgram & { readonly to: string }, Gathered>
  /** Why a program stands still that has been gathered at the member. The processes come in parts, the rest of the report as the answer. */
  readonly deadlock: Request<OfProgram, DeadlockReport | null, readonly WaitingProcess[]>
  /** Who waits for whom in a program that has been gathered at the member; in parts, as `deadlock`. */
  readonly waits: Request<OfProgram & { readonly title: string }, WaitGraphReport | null, readonly WaitingProcess[]>
  /** Whether the member answers at all. */
  readonly ping: Request<Readonly<Record<string, never>>, null>
  readonly status: Request<Readonly<Record<string, never>>, NodeStatus>
  readonly list: Request<ListRequest, null, readonly ProcessStatus[]>
  /** The numbers of the member, for those who watch. */
  readonly measures: Request<Readonly<Record<string, never>>, NodeMeasures>
  /** All processes of the member in a compact form, in parts. */
  readonly survey: Request<Readonly<Record<string, never>>, null, readonly ProcessGroup[]>
  /** Who of its processes has which ends of channels, in parts. */
  readonly wiring: Request<WiringRequest, null, Wiring>
  /** One process in full. Null when it is not there. */
  readonly inspect: Request<InspectRequest, ProcessDetail | null>
  readonly migrate: Request<MigrateRequest, null, readonly MigrationResult[]>
  /** Moves the home of a channel. */
  readonly channel: Request<ChannelRequest, ChannelMoved>
  /** The member takes nothing new from now on, or does again. */
  readonly cordon: Request<{ readonly on: boolean }, null>
  /** The member ends at once, without leaving, as if it had failed. It answers first, where it still can. */
  readonly kill: Request<Readonly<Record<string, never>>, null>
  /** How many processes of any programs compute at the member. Null when it takes no others, or has nothing of the program that is asked for. */
  readonly load: Request<LoadRequest, number | null>
  /** When the member has received everything that the asker has sent it about a program: common time in microseconds. Null when it has no part in it. */
  readonly arrival: Request<OfProgram, number | null>
  /** Stops for a cut; the answer comes when no migration is under way there. Null when the member has nothing of the program. */
  readonly 'cut-stop': Request<CutOrder, CutCounts | null>
  readonly 'cut-wave': Request<CutOrder, CutCounts | null>
  /** Takes the cut, and goes on; the answer comes when what was taken is stored. Null when the member had nothing of the program. */
  readonly 'cut-take': Request<CutOrder, CutPart | null>
  /** Begins the view of a cut that looks, and goes on; the view comes in parts. Null when the member had nothing of the program. */
  readonly 'cut-look': Request<CutOrder, null, HoldingsPart>
  /** What is to be said of processes, by their numbers in the view of a cut, in that order; the view is over then. */
  readonly 'told-look': Request<CutOrder & { readonly processes: readonly number[] }, null, readonly DescribedProcess[]>
  /** The processes of a program that nobody can ever wake, when its home is at the member; else null. */
  readonly stuck: Request<{ readonly program: number }, { readonly processes: number } | null, readonly StuckStatus[]>
  /** What the member's share of a program names, as bytes in base64; the answer is where all that is. See kernel/links/revival.ts. */
  readonly claims: Request<OfProgram & { readonly claims: string }, string>
  /** Runs a program. The answer is its id. */
  readonly submit: Request<Submission, { readonly program: number }>
  /** Runs a program that goes on from a checkpoint. The answer is its id. */
  readonly restore: Request<Restoration, { readonly program: number }>
  /** Keeps a checkpoint of a program whose home is at the member. Null when it is not there. */
  readonly checkpoint: Request<CheckpointOrder & { readonly program: number }, KeptCheckpoint | null>
  /** Whether a checkpoint is where it should be: then the program, which has stood still, ends, or else goes on. Null when it is not there. */
  readonly saved: Request<{ readonly program: number; readonly written: boolean }, boolean | null>
  /** Shows the output of a program whose home is at the member, until the program has ended or the home has moved. */
  readonly view: Request<View, ViewEnd, ViewPart>
  /** Has the connections of a program whose home is at the member, until it ends or the home has moved. */
  readonly gate: Request<GateRequest, GateEnd, GatePart>
  /** What a program serves whose home is at the member. Null when it is not there, or serves nothing. */
  readonly names: Request<{ readonly program: number }, ExportedNames | null>
  /** Ends a program whose home is at the member. Whether it was there. */
  readonly end: Request<{ readonly program: number }, boolean>
  /** Takes over the home of a durable program: it begins anew from its last cut, with its home at the member. Whether that was done. */
  readonly 'take-home': Request<OfProgram, boolean>
  /** Moves the home of a program that is at the member. Null when it is not there. */
  readonly home: Request<{ readonly program: number; readonly to: string }, MigrationResult | null>
  /** Moves everything from the member to the other nodes. */
  readonly drain: Request<DrainRequest, null, readonly MigrationResult[]>
}

// --------------------------------------------------------------------------------------------------------------- messages

export type NoteSubject = keyof Notes
export type RequestSubject = keyof Requests

/** What a request has come to. */
export type Answer<S extends RequestSubject> = { readonly value: Requests[S]['answer'] } | { readonly error: NodeErrorData }

export type NoteMessage<S extends NoteSubject = NoteSubject> = {
  [T in S]: { readonly kind: 'note'; readonly subject: T; readonly content: Notes[T]; readonly body: Uint8Array }
}[S]

export type RequestMessage<S extends RequestSubject = RequestSubject> = {
  [T in S]: { readonly kind: 'request'; readonly id: number; readonly subject: T; readonly content: Requests[T]['content'] }
}[S]

export type PartMessage<S extends RequestSubject = RequestSubject> = {
  [T in S]: { readonly kind: 'part'; readonly id: number; readonly subject: T; readonly part: Requests[T]['part'] }
}[S]

export type AnswerMessage<S extends RequestSubject = RequestSubject> = {
  [T in S]: { readonly kind: 'answer'; readonly id: number; readonly subject: T; readonly value: Requests[T]['answer'] }
}[S]

/** Instead of an answer. */
export interface RefusalMessage {
  readonly kind: 'refusal'
  readonly id: number
  readonly error: NodeErrorData
}

/** A message of the link protocol of a program. */
export interface LinkMessage {
  readonly kind: 'link'
  readonly about: OfProgram
  readonly message: Uint8Array
}

export type Message = NoteMessage | RequestMessage | PartMessage | AnswerMessage | RefusalMessage | LinkMessage

// --------------------------------------------------------------------------------------------------------------- handlers

export type NoteHandlers<S extends NoteSubject = NoteSubject> = {
  readonly [T in S]: (from: Member, content: Notes[T], body: Uint8Array) => void
}

/** How a request is answered: any number of parts, then one answer. */
export interface Reply<S extends RequestSubject> {
  part(part: Requests[S]['part']): void
  done(value: Requests[S]['answer']): void
  failed(error: NodeErrorData): void
}

export type RequestHandlers = {
  /** @throws NodeError which becomes the answer */
  readonly [S in RequestSubject]: (from: Member, content: Requests[S]['content'], reply: Reply<S>) => void
}
