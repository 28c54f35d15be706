/** The shape of everything that messages.ts lets members say: what does not have it is refused, whoever sends it. */
import type { CodeUnit, MainEntry, ProgramManifest } from '../../code/program.ts'
import { DENIABLE } from '../../host/home-services.ts'
import type { Obstacle, Survey } from '../../kernel/upgrade/obstacles.ts'
import type { ProgramLimits } from '../../limits.ts'
import type { UnitDebug } from '../../kernel/scheduler/unit-debug.ts'
import type {
  DeadlockReport,
  FaultReport,
  InternalReport,
  LostProcess,
  OtherProcess,
  WaitGraphReport,
  WaitingProcess,
} from '../../report/report.ts'
import type { KeptCheckpoint } from '../durable/checkpoints.ts'
import { CONNECTION_KINDS } from '../../host/gateway-talk.ts'
import type { KnownConnection, Opening, SessionOpening, SessionWelcome, ToClient } from '../../host/gateway-talk.ts'
import { nodeErrorTitles } from '../node-error.ts'
import type { NodeErrorCode, NodeErrorData } from '../node-error.ts'
import type {
  AheadPlace,
  ArrivedProcess,
  CutCounts,
  CutOrder,
  ExportedNames,
  GateEnd,
  GatePart,
  HoldingsPart,
  HomeCall,
  MovingHome,
  Notes,
  NoteSubject,
  PackedActual,
  Requests,
  RequestSubject,
  SentPieces,
  SubmittedDurable,
  UpgradeOrder,
  ViewEnd,
  ViewPart,
  Vitals,
  Mended,
} from './messages.ts'
import type { Census } from '../../kernel/links/image.ts'
import type { SlotSum } from '../../kernel/links/slot-tables.ts'
import type { CutPart, HomeCallKey, MovingCall, OwnerRecord, Stored } from './process-records.ts'
import { isCount, isEither, isFlag, isList, isNull, isNumber, isOneOf, isOptional, isRecord, isTable, isText, isTuple } from './shapes.ts'
import type { Shape } from './shapes.ts'
import { isMoveReason } from './move-reasons.ts'
import { isPlacePolicy } from './place-policy.ts'
import { isStrategy } from './strategy.ts'
import { isNodeMeasures, isProcessDetail, isProcessGroup, isResidualNeed, isWiring } from './observation-shapes.ts'
import { PROCESS_STATES } from './statuses.ts'
import type { DescribedProcess, MigrationResult, NodeStatus, ProcessStatus, StuckStatus, UnitStatus } from './statuses.ts'

const codes = Object.keys(nodeErrorTitles) as NodeErrorCode[] // the type is of these keys
export const isNodeError: Shape<NodeErrorData> = isRecord<NodeErrorData>({ code: isOneOf(...codes), message: isText, help: isText })

// ---------------------------------------------------------------------------------------------------------------- reports

type Position = NonNullable<FaultReport['place']>
type Activation = FaultReport['stack'][number]
const isPosition = isRecord<Position>({ file: isText, line: isCount, column: isCount, text: isText })
const isActivation = isRecord<Activation>({ routine: isText, place: isOptional(isPosition) })
const isOtherProcess = isRecord<OtherProcess>({ path: isText, place: isOptional(isPosition), words: isText })
const isFaultReport = isRecord<FaultReport>({
  kind: isOneOf('fault'),
  code: isText,
  title: isText,
  place: isOptional(isPosition),
  values: isList(isRecord<FaultReport['values'][number]>({ name: isText, value: isText })),
  process: isText,
  stack: isList(isActivation),
  depth: isOptional(isCount),
  others: isOptional(isList(isOtherProcess)),
  last: isOptional(isList(isOtherProcess)),
  help: isList(isText),
})
const isInternalReport = isRecord<InternalReport>({
  kind: isOneOf('internal'),
  title: isText,
  process: isText,
  stack: isList(isActivation),
  trace: isText,
})
const isWaitingProcess = isRecord<WaitingProcess>({
  path: isText,
  state: isOneOf('ready', 'output', 'input', 'alt', 'timer', 'join', 'host', 'ended', 'away', 'queue', 'suspended'),
  place: isOptional(isPosition),
  words: isText,
  channel: isOptional(isText),
  origins: isList(isRecord<WaitingProcess['origins'][number]>({ name: isText, routine: isText, here: isFlag, line: isOptional(isCount) })),
  waitsFor: isList(isText),
})
const isDeadlockReport = isRecord<DeadlockReport>({
  kind: isOneOf('deadlock'),
  code: isOneOf('R0301'),
  title: isText,
  processes: isList(isWaitingProcess),
  cycle: isList(isText),
  help: isList(isText),
})
const isWaitGraphReport = isRecord<WaitGraphReport>({ kind: isOneOf('waits'), title: isText, processes: isList(isWaitingProcess) })
const isLostProcess = isRecord<LostProcess>({ path: isText, node: isText, why: isText })

// ------------------------------------------------------------------------------------------------------------------- code

type Machine = UnitDebug['machines'][number]
const isPoint = isTuple<Machine['points'][number]>(isCount, isCount, isCount, isText)
const isUnitDebug = isRecord<UnitDebug>({
  name: isText,
  files: isList(isText),
  sites: isList(isTuple<UnitDebug['sites'][number]>(isCount, isCount, isCount, isText)),
  machines: isList(
    isRecord<Machine>({
      name: isText,
      points: isList(isPoint),
      slots: isOptional(isList(isText)),
      ways: isOptional(isList(isText)),
      declared: isOptional(isList(isText)),
      initials: isOptional(isList(isTuple<NonNullable<Machine['initials']>[number]>(isCount, isText))),
      branches: isOptional(isList(isTuple<NonNullable<Machine['branches']>[number]>(isCount, isText, isCount, isTable(isText)))),
    }),
  ),
})
const isCodeUnit = isRecord<CodeUnit>({
  hash: isText,
  name: isText,
  code: isText,
  codeMap: isOptional(isText),
  imports: isList(isText),
  debug: isUnitDebug,
})

// --------------------------------------------------------------------------------------------------------------- statuses

const isMigrationResult = isRecord<MigrationResult>({
  process: isText,
  from: isText,
  to: isText,
  bytes: isCount,
  codeBytes: isCount,
  aheadBytes: isOptional(isCount),
  pauseMicros: isCount,
  messages: isCount,
  error: isOptional(isNodeError),
})
const isNodeStatus = isRecord<NodeStatus>({
  name: isText,
  index: isNumber, // -1 for what is no node
  host: isText,
  pid: isCount,
  processes: isCount,
  programs: isCount,
  sent: isCount,
  received: isCount,
  arrivals: isCount,
  departures: isCount,
  roamed: isCount,
  ready: isFlag,
  joined: isFlag,
  leaving: isFlag,
  cordoned: isFlag,
  store: isRecord<NodeStatus['store']>({ answers: isFlag, silentMs: isCount }),
})
const isProcessStatus = isRecord<ProcessStatus>({
  program: isText,
  name: isText,
  source: isText,
  path: isText,
  node: isText,
  state: isOneOf(...PROCESS_STATES),
  line: isText,
  waits: isText,
  residual: isOptional(isList(isResidualNeed)),
  moved: isOptional(isMoveReason),
})
const isUnitStatus = isRecord<UnitStatus>({
  hash: isText,
  name: isText,
  procs: isList(isText),
  bytes: isCount,
  imports: isList(isText),
  needs: isList(isRecord<UnitStatus['needs'][number]>({ program: isText, processes: isCount })),
})
const described = { path: isText, state: isOneOf(...PROCESS_STATES), line: isText, waits: isText }
const isDescribedProcess = isRecord<DescribedProcess>(described)
const isStuckStatus = isRecord<StuckStatus>({
  ...described,
  node: isText,
  why: isOneOf('nobody', 'itself', 'stuck'),
  others: isList(isText),
  count: isCount,
})
const isTrue: Shape<true> = (value): value is true => value === true
const survey = {
  more: isOptional(isTrue),
  processes: isCount,
  changed: isCount,
  machines: isList(isRecord<Survey['machines'][number]>({ from: isText, to: isText, frames: isCount })),
}
const isSurvey = isRecord<Omit<Survey, 'obstacles'>>(survey)
const isObstacles = isList(isRecord<Obstacle>({ process: isText, line: isText, text: isText, reason: isText }))
const isKeptCheckpoint = isRecord<KeptCheckpoint>({
  number: isCount,
  at: isNumber,
  time: isNumber,
  nodes: isCount,
  bytes: isCount,
  blob: isText,
  last: isOptional(isTrue),
})
const isVitals = isRecord<Vitals>({
  idle: isFlag,
  running: isFlag,
  peers: isList(isCount),
  sent: isTable(isCount),
  received: isTable(isCount),
})

// -------------------------------------------------------------------------------------------------------------- the tables

const isOwnerRecord = isRecord<OwnerRecord>({
  id: isCount,
  path: isText,
  epoch: isCount,
  value: isOptional(isText),
  why: isOptional(isMoveReason),
})
const isPackedActual: Shape<PackedActual> = isEither(isEither(isNumber, isFlag), isRecord<{ readonly bytes: number }>({ bytes: isCount }))
const ofProgram = { program: isCount, incarnation: isCount, cut: isCount, time: isCount }
const sentPieces = { transfer: isCount, pieces: isCount }
const aheadPlace = { memory: isCount, at: isCount }
const ofMigration = { ...ofProgram, migration: isCount }
const isNothing = isRecord<Readonly<Record<string, never>>>({})
const hasNoParts: Shape<never> = (_value): _value is never => false

const homeCallKey = { caller: isCount, call: isCount }
const isHomeCall = isRecord<HomeCall>({
  ...ofProgram,
  ...homeCallKey,
  period: isCount,
  moves: isOptional(isCount),
  service: isText,
  actuals: isList(isPackedActual),
  consumed: isList(isRecord<HomeCallKey>(homeCallKey)),
})

const cutOrder = { ...ofProgram, number: isCount, after: isCount, members: isList(isCount), looks: isOptional(isFlag) }
const isCutOrder = isRecord<CutOrder>(cutOrder)
const isHoldingsPart = isRecord<HoldingsPart>({ of: isOneOf('processes', 'names', 'monitors'), numbers: isList(isCount) })
const isCutCounts = isRecord<CutCounts>({ rest: isFlag, sent: isTable(isCount), received: isTable(isCount) })
export const isMovingCalls = isList(isRecord<MovingCall>({ ...homeCallKey, process: isCount, period: isCount, moves: isOptional(isCount) }))
export const isStored: Shape<Stored> = isEither(
  isRecord<{ readonly text: string }>({ text: isText }),
  isRecord<{ readonly blob: string; readonly bytes: number }>({ blob: isText, bytes: isCount }),
)
const isSlotSum = isRecord<SlotSum>({ count: isCount, sum: isCount })
export const isCutPart: Shape<CutPart> = isRecord<CutPart>({
  member: isCount,
  image: isOptional(isStored),
  calls: isMovingCalls,
  oldest: isOptional(isCount),
  pauseMicros: isCount,
  census: isOptional(isRecord<Census>({ hasMain: isFlag, parted: isSlotSum, places: isSlotSum, forks: isCount })),
})
const isLimits = isRecord<ProgramLimits>({
  memory: isOptional(isCount),
  processes: isOptional(isCount),
  output: isOptional(isCount),
  files: isOptional(isCount),
  connections: isOptional(isCount),
  calls: isOptional(isCount),
})
/** What is said of a program that is to be run, besides what it is. */
const howToRun = {
  denied: isList(isOneOf(...DENIABLE)),
  audit: isOptional(isText),
  limits: isLimits,
  roam: isOptional(isNumber),
  seed: isOptional(isNumber),
  balance: isOptional(isFlag),
  place: isOptional(isPlacePolicy),
  durable: isOptional(isRecord<SubmittedDurable>({ everyMs: isNumber, relaxed: isFlag, anyStore: isFlag })),
} as const
const isManifest = isRecord<ProgramManifest>({
  abi: isCount,
  source: isText,
  units: isList(isRecord<ProgramManifest['units'][number]>({ hash: isText, name: isText, imports: isList(isText) })),
  main: isOptional(isRecord<MainEntry>({ unit: isText, name: isText, parameters: isList(isOneOf('keyboard', 'screen', 'error')) })),
})
const isUpgradeOrder = isRecord<UpgradeOrder>({
  program: isCount,
  version: isOptional(isRecord<NonNullable<UpgradeOrder['version']>>({ manifest: isManifest, units: isList(isCodeUnit) })),
  map: isText,
  dry: isFlag,
})
const isStream = (value: unknown): value is 1 | 2 => value === 1 || value === 2
type Part<K extends ViewPart['kind']> = Extract<ViewPart, { readonly kind: K }>
const isViewPart: Shape<ViewPart> = isEither(
  isEither(
    isRecord<Part<'begin'>>({ kind: isOneOf('begin'), at: isCount, missing: isCount }),
    isRecord<Part<'output'>>({ kind: isOneOf('output'), at: isCount, stream: isStream, bytes: isText }),
  ),
  isEither(
    isRecord<Part<'keys'>>({ kind: isOneOf('keys'), wanted: isFlag }),
    isEither(
      isRecord<Part<'typed'>>({ kind: isOneOf('typed'), upTo: isCount }),
      isRecord<Part<'notice'>>({ kind: isOneOf('notice'), text: isText }),
    ),
  ),
)
const isViewEnd: Shape<ViewEnd> = isEither(
  isRecord<Extract<ViewEnd, { readonly kind: 'ended' }>>({ kind: isOneOf('ended'), exit: isCount, report: isText }),
  isRecord<Extract<ViewEnd, { readonly kind: 'moved' }>>({ kind: isOneOf('moved') }),
)

export const isOpening = isRecord<Opening>({
  name: isText,
  kind: isOneOf(...CONNECTION_KINDS),
  peer: isText,
  session: isOptional(
    isRecord<SessionOpening>({
      id: isText,
      shown: isText,
      next: isText,
      attempt: isCount,
      resumed: isFlag,
      received: isCount,
      head: isText,
    }),
  ),
})
/** What a part with something for a client has, which is packed: see packed-messages.ts. */
export const isToClient = isRecord<ToClient>({
  connection: isCount,
  at: isCount,
  end: isOptional(isOneOf('shut', 'close', 'refused', 'unserved', 'unknown', 'taken')),
  opened: isFlag,
  kept: isCount,
  room: isCount,
  welcome: isOptional(isRecord<SessionWelcome>({ come: isCount, messageEnd: isCount })),
})
/** As it comes in JSON. */
const isGatePart: Shape<GatePart> = isRecord<Extract<GatePart, { readonly kind: 'begin' }>>({
  kind: isOneOf('begin'),
  known: isList(isRecord<KnownConnection>({ connection: isCount, come: isCount, room: isCount })),
})

export const noteShapes: { readonly [S in NoteSubject]: Shape<Notes[S]> } = {
  idle: isRecord<Notes['idle']>(ofProgram),
  ended: isRecord<Notes['ended']>(ofProgram),
  failed: isRecord<Notes['failed']>({ ...ofProgram, report: isEither(isFaultReport, isInternalReport) }),
  lost: isRecord<Notes['lost']>({ ...ofProgram, lost: isLostProcess }),
  arrived: isRecord<Notes['arrived']>({
    ...ofProgram,
    from: isCount,
    processes: isList(isRecord<ArrivedProcess>({ id: isCount, path: isText, epoch: isCount, carried: isFlag })),
  }),
  leaving: isNothing,
  prepare: isRecord<Notes['prepare']>({
    ...ofMigration,
    records: isList(isOwnerRecord),
    staying: isList(isOwnerRecord),
    unitHashes: isList(isText),
    calls: isMovingCalls,
    blob: isOptional(isText),
    ahead: isOptional(isRecord<SentPieces>(sentPieces)),
    home: isOptional(isRecord<MovingHome>({ bytes: isCount, before: isText, after: isText })),
    trace: isOptional(isText),
  }),
  ahead: isRecord<Notes['ahead']>({
    ...ofProgram,
    transfer: isCount,
    piece: isCount,
    memory: isCount,
    size: isCount,
    stretches: isList(isCount),
    same: isOptional(isRecord<AheadPlace>(aheadPlace)),
    asks: isOptional(isFlag),
  }),
  'ahead-kept': isRecord<Notes['ahead-kept']>({ ...ofProgram, ...sentPieces, kept: isFlag }),
  'no-load': isRecord<Notes['no-load']>(ofProgram),
  'ahead-over': isRecord<Notes['ahead-over']>({ ...ofProgram, transfer: isCount }),
  refused: isRecord<Notes['refused']>({ ...ofMigration, error: isNodeError, conflict: isFlag }),
  resumed: isRecord<Notes['resumed']>({ ...ofMigration, at: isNumber, codeBytes: isCount, codeRequests: isCount }),
  'home-call': isHomeCall,
  'home-recall': isHomeCall,
  'home-result': isRecord<Notes['home-result']>({ ...ofProgram, ...homeCallKey, value: isOptional(isNumber) }),
  'pause-roaming': isRecord<Notes['pause-roaming']>(ofProgram),
  'resume-roaming': isRecord<Notes['resume-roaming']>(ofProgram),
  'cut-off': isCutOrder,
  ran: isRecord<Notes['ran']>(ofProgram),
  unreadable: isRecord<Notes['unreadable']>({ ...ofProgram, error: isNodeError }),
  begin: isRecord<Notes['begin']>(ofProgram),
  recorded: isRecord<Notes['recorded']>({ ...ofProgram, upTo: isCount }),
  'home-moved': isRecord<Notes['home-moved']>({ ...ofProgram, moves: isCount }),
  typed: isRecord<Notes['typed']>({ program: isCount, viewer: isOptional(isCount), at: isCount, ended: isFlag }),
  shown: isRecord<Notes['shown']>({ program: isCount, upTo: isCount }),
  'from-client': isRecord<Notes['from-client']>({
    program: isCount,
    connection: isCount,
    opening: isOptional(isOpening),
    at: isCount,
    end: isOptional(isOneOf('end', 'reset')),
    written: isCount,
    over: isOptional(isTrue),
    away: isOptional(isTrue),
    confirmed: isOptional(isTrue),
    messageEnd: isOptional(isCount),
  }),
  stop: isRecord<Notes['stop']>(ofProgram),
}

export const requestShapes: {
  readonly [S in RequestSubject]: {
    readonly content: Shape<Requests[S]['content']>
    readonly answer: Shape<Requests[S]['answer']>
    readonly part: Shape<Requests[S]['part']>
  }
} = {
  code: {
    content: isRecord<Requests['code']['content']>({ hashes: isList(isText) }),
    answer: isList(isCodeUnit),
    part: hasNoParts,
  },
  rewind: {
    content: isRecord<Requests['rewind']['content']>({ program: isCount, number: isCount }),
    answer: isEither(isKeptCheckpoint, isNull),
    part: hasNoParts,
  },
  upgrade: { content: isUpgradeOrder, answer: isEither(isSurvey, isNull), part: isObstacles },
  mend: {
    content: isUpgradeOrder,
    answer: isRecord<Omit<Mended, 'obstacles'>>({ ...survey, program: isOptional(isCount) }),
    part: isObstacles,
  },
  units: { content: isNothing, answer: isNull, part: isList(isUnitStatus) },
  'keep-units': {
    content: isRecord<Requests['keep-units']['content']>({ units: isList(isCodeUnit) }),
    answer: isNull,
    part: hasNoParts,
  },
  cordon: {
    content: isRecord<Requests['cordon']['content']>({ on: isFlag }),
    answer: isNull,
    part: hasNoParts,
  },
  kill: { content: isNothing, answer: isNull, part: hasNoParts },
  load: {
    content: isRecord<Requests['load']['content']>({ program: isOptional(isCount) }),
    answer: isEither(isCount, isNull),
    part: hasNoParts,
  },
  vitals: {
    content: isRecord<Requests['vitals']['content']>(ofProgram),
    answer: isEither(isVitals, isNull),
    part: hasNoParts,
  },
  gather: {
    content: isRecord<Requests['gather']['content']>({ ...ofProgram, to: isText }),
    answer: isRecord<Requests['gather']['answer']>({ elsewhere: isCount, moves: isCount }),
    part: hasNoParts,
  },
  deadlock: {
    content: isRecord<Requests['deadlock']['content']>(ofProgram),
    answer: isEither(isDeadlockReport, isNull),
    part: isList(isWaitingProcess),
  },
  waits: {
    content: isRecord<Requests['waits']['content']>({ ...ofProgram, title: isText }),
    answer: isEither(isWaitGraphReport, isNull),
    part: isList(isWaitingProcess),
  },
  ping: { content: isNothing, answer: isNull, part: hasNoParts },
  status: { content: isNothing, answer: isNodeStatus, part: hasNoParts },
  list: {
    content: isRecord<Requests['list']['content']>({ pattern: isOptional(isText), residual: isOptional(isFlag) }),
    answer: isNull,
    part: isList(isProcessStatus),
  },
  measures: { content: isNothing, answer: isNodeMeasures, part: hasNoParts },
  survey: { content: isNothing, answer: isNull, part: isList(isProcessGroup) },
  wiring: { content: isRecord<Requests['wiring']['content']>({ program: isOptional(isText) }), answer: isNull, part: isWiring },
  inspect: {
    content: isRecord<Requests['inspect']['content']>({ program: isText, path: isText }),
    answer: isProcessDetail,
    part: hasNoParts,
  },
  migrate: {
    content: isRecord<Requests['migrate']['content']>({
      pattern: isText,
      to: isText,
      only: isFlag,
      strategy: isOptional(isStrategy),
      program: isOptional(isText),
    }),
    answer: isNull,
    part: isList(isMigrationResult),
  },
  channel: {
    content: isRecord<Requests['channel']['content']>({ channel: isText, to: isText, program: isOptional(isText) }),
    answer: isRecord<Requests['channel']['answer']>({ result: isOptional(isMigrationResult), path: isFlag }),
    part: hasNoParts,
  },
  arrival: {
    content: isRecord<Requests['arrival']['content']>(ofProgram),
    answer: isEither(isNumber, isNull),
    part: hasNoParts,
  },
  'cut-stop': { content: isCutOrder, answer: isEither(isCutCounts, isNull), part: hasNoParts },
  'cut-wave': { content: isCutOrder, answer: isEither(isCutCounts, isNull), part: hasNoParts },
  'cut-take': { content: isCutOrder, answer: isEither(isCutPart, isNull), part: hasNoParts },
  'cut-look': { content: isCutOrder, answer: isNull, part: isHoldingsPart },
  'told-look': {
    content: isRecord<Requests['told-look']['content']>({ ...cutOrder, processes: isList(isCount) }),
    answer: isNull,
    part: isList(isDescribedProcess),
  },
  stuck: {
    content: isRecord<Requests['stuck']['content']>({ program: isCount }),
    answer: isEither(isRecord<NonNullable<Requests['stuck']['answer']>>({ processes: isCount }), isNull),
    part: isList(isStuckStatus),
  },
  claims: { content: isRecord<Requests['claims']['content']>({ ...ofProgram, claims: isText }), answer: isText, part: hasNoParts },
  submit: {
    content: isRecord<Requests['submit']['content']>({
      manifest: isManifest,
      units: isList(isCodeUnit),
      args: isList(isText),
      directory: isText,
      variables: isTable(isText),
      ...howToRun,
    }),
    answer: isRecord<Requests['submit']['answer']>({ program: isCount }),
    part: hasNoParts,
  },
  restore: {
    content: isRecord<Requests['restore']['content']>({
      file: isText,
      bytes: isCount,
      directory: isText,
      variables: isTable(isText),
      ...howToRun,
    }),
    answer: isRecord<Requests['restore']['answer']>({ program: isCount }),
    part: hasNoParts,
  },
  checkpoint: {
    content: isRecord<Requests['checkpoint']['content']>({ program: isCount, ends: isFlag, most: isCount }),
    answer: isEither(isKeptCheckpoint, isNull),
    part: hasNoParts,
  },
  saved: {
    content: isRecord<Requests['saved']['content']>({ program: isCount, written: isFlag }),
    answer: isEither(isFlag, isNull),
    part: hasNoParts,
  },
  view: {
    content: isRecord<Requests['view']['content']>({
      program: isCount,
      viewer: isOptional(isCount),
      from: isOptional(isCount),
      tail: isOptional(isCount),
    }),
    answer: isViewEnd,
    part: isViewPart,
  },
  gate: {
    content: isRecord<Requests['gate']['content']>({
      program: isCount,
      addresses: isList(isText),
      connections: isList(isRecord<{ readonly connection: number; readonly written: number }>({ connection: isCount, written: isCount })),
    }),
    answer: isRecord<GateEnd>({ kind: isOneOf('ended', 'moved') }),
    part: isGatePart,
  },
  names: {
    content: isRecord<Requests['names']['content']>({ program: isCount }),
    answer: isEither(
      isRecord<ExportedNames>({
        names: isList(isRecord<ExportedNames['names'][number]>({ name: isText, connections: isCount, waiting: isCount })),
        gateways: isList(isText),
      }),
      isNull,
    ),
    part: hasNoParts,
  },
  end: { content: isRecord<Requests['end']['content']>({ program: isCount }), answer: isFlag, part: hasNoParts },
  'take-home': { content: isRecord<Requests['take-home']['content']>(ofProgram), answer: isFlag, part: hasNoParts },
  home: {
    content: isRecord<Requests['home']['content']>({ program: isCount, to: isText }),
    answer: isEither(isMigrationResult, isNull),
    part: hasNoParts,
  },
  drain: {
    content: isRecord<Requests['drain']['content']>({
      program: isOptional(isText),
      strategy: isOptional(isStrategy),
      guests: isOptional(isFlag),
      withinMs: isOptional(isNumber),
    }),
    answer: isNull,
    part: isList(isMigrationResult),
  },
}
