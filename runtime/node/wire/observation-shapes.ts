/** The shape of what observations.ts lets nodes tell. */
import { OBSERVED_STATES } from './observations.ts'
import type {
  ActivationDetail,
  ChannelDetail,
  NodeMeasures,
  ProcessDetail,
  ProcessGroup,
  ProgramMeasures,
  RecordedMove,
  Wiring,
} from './observations.ts'
import { isCount, isEither, isFlag, isList, isNumber, isOneOf, isOptional, isRecord, isTable, isText, isTuple } from './shapes.ts'
import { isMoveCause } from './move-reasons.ts'
import type { Shape } from './shapes.ts'
import type { ResidualNeed } from './statuses.ts'

export const isResidualNeed = isRecord<ResidualNeed>({ node: isText, why: isText, parent: isOptional(isFlag) })

const isStates = isTable(isCount) as Shape<ProgramMeasures['states']> // names that are no states are not looked at
const isProgramMeasures = isRecord<ProgramMeasures>({
  program: isText,
  name: isText,
  states: isStates,
  sent: isCount,
  received: isCount,
  cuts: isCount,
  cutPauseMicros: isCount,
  lastCutPauseMicros: isCount,
})
const isRecordedMove = isRecord<RecordedMove>({
  number: isCount,
  program: isText,
  process: isText,
  to: isText,
  bytes: isCount,
  pauseMicros: isCount,
  at: isNumber,
  cause: isMoveCause,
})
export const isNodeMeasures = isRecord<NodeMeasures>({
  name: isText,
  host: isText,
  pid: isCount,
  nodes: isCount,
  load: isCount,
  arrivals: isCount,
  departures: isCount,
  programs: isList(isProgramMeasures),
  silent: isOptional(isList(isText)),
  moves: isList(isRecordedMove),
  cpuSeconds: isNumber,
  uptimeSeconds: isNumber,
  residentBytes: isCount,
  heapBytes: isCount,
  ready: isFlag,
  joined: isFlag,
  leaving: isFlag,
  cordoned: isFlag,
  store: isRecord<NodeMeasures['store']>({ answers: isFlag, silentMs: isCount }),
})
export const isProcessGroup = isRecord<ProcessGroup>({ program: isText, path: isText, indices: isOptional(isText), states: isText })
export const isWiring = isRecord<Wiring>({
  program: isText,
  channels: isList(isTuple<Wiring['channels'][number]>(isText, isText, isText, isCount)),
  ends: isList(isTuple<Wiring['ends'][number]>(isCount, isText, isText, isFlag)),
})
const isActivation = isRecord<ActivationDetail>({
  routine: isText,
  file: isText,
  line: isCount,
  text: isText,
  locals: isList(isTuple<ActivationDetail['locals'][number]>(isText, isText)),
})
const isChannelDetail = isRecord<ChannelDetail>({
  name: isText,
  direction: isOneOf('?', '!', ''),
  others: isList(isText),
  id: isOptional(isCount),
  awaited: isFlag,
})
const isDetail = isRecord<ProcessDetail>({
  node: isText,
  state: isOneOf(...OBSERVED_STATES),
  words: isText,
  stack: isList(isActivation),
  channels: isList(isChannelDetail),
  branches: isCount,
  residual: isList(isResidualNeed),
})
export const isProcessDetail: Shape<ProcessDetail | null> = isEither(isDetail, (value): value is null => value === null)
