/**
 * What there is of a program's home beside the processes of its console, as plain data: it goes along when the home moves, and is a part of every cut
 * of a durable program.
 *
 * As bytes it is JSON in which `{ "~": [offset, length] }` stands for bytes that follow it. Decoding is total: any bytes give a state, or undefined.
 */
import type { SessionState } from '../../host/client-session.ts'
import type { ConnectionState } from '../../host/connection.ts'
import type { ConnectionsState, ListenerState } from '../../host/connections.ts'
import type { OpenFile } from '../../host/files.ts'
import { DENIABLE } from '../../host/home-services.ts'
import type { HomeState } from '../../host/home-services.ts'
import type { OutputLogState, OutputPiece } from '../../host/output-log.ts'
import type { TypedState } from '../../host/typed.ts'
import type { LostProcess } from '../../report/report.ts'
import { isOpening } from '../wire/message-shapes.ts'
import { isCount, isEither, isFlag, isList, isNumber, isOneOf, isOptional, isRecord, isTable, isText } from '../wire/shapes.ts'
import type { Shape } from '../wire/shapes.ts'
import type { PerformedState } from './home-calls.ts'

/** How far a viewer is. */
export interface ViewerState {
  /** What it calls itself, or its member index: nobody else has ever had that. */
  readonly viewer: number
  /** How many bytes of what it has typed have come. */
  readonly typed: number
}

/** The console's channels, by their global ids. */
export interface ConsoleIds {
  readonly keyboard: number
  readonly screen: number
  readonly error: number
}

/** What the supervisor knows that moves with the home. */
export interface SupervisorState {
  readonly lost: readonly LostProcess[]
  readonly waitInVain: readonly LostProcess[]
  /** Names of nodes. */
  readonly vanished: readonly string[]
  /** Member indices. */
  readonly leaving: readonly number[]
}

export interface ProgramHomeState {
  readonly services: HomeState
  readonly denied: readonly (typeof DENIABLE)[number][]
  readonly console: ConsoleIds
  /** Whether the program has the reading end of the keyboard: else nothing is offered on it. */
  readonly hears: boolean
  /** Hashes of its code units; absent when it is durable, since the store has them then. */
  readonly units?: readonly string[]
  /** What was typed and is not the program's yet. */
  readonly typed: TypedState
  readonly log: OutputLogState
  readonly viewers: readonly ViewerState[]
  readonly calls: readonly PerformedState[]
  /** Absent when the program has never served a name. */
  readonly net?: ConnectionsState
  readonly supervisor: SupervisorState
}

const BYTES = '~'

export function encodeHome(state: ProgramHomeState): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  const text = JSON.stringify(state, (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value
    const placed = { [BYTES]: [length, value.length] }
    parts.push(value)
    length += value.length
    return placed
  })
  const head = Buffer.from(text)
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32LE(head.length, 0)
  return new Uint8Array(Buffer.concat([prefix, head, ...parts]))
}

/** @returns undefined when the bytes are none */
export function decodeHome(bytes: Uint8Array): ProgramHomeState | undefined {
  if (bytes.length < 4) return undefined
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  if (length > bytes.length - 4) return undefined
  const body = bytes.subarray(4 + length)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + length))
    const value: unknown = JSON.parse(text, (_, each: unknown) => (isPlace(each) ? taken(body, each[BYTES]) : each))
    return isHomeState(value) ? value : undefined
  } catch {
    return undefined
  }
}

interface Place {
  readonly [BYTES]: readonly [offset: number, length: number]
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null || !(BYTES in value)) return false
  const place = value[BYTES]
  return Array.isArray(place) && place.length === 2 && place.every(isCount)
}

/** @throws RangeError */
function taken(body: Uint8Array, [offset, length]: readonly [number, number]): Uint8Array {
  if (offset + length > body.length) throw new RangeError('beyond the end')
  return body.slice(offset, offset + length)
}

const isBytes: Shape<Uint8Array> = (value): value is Uint8Array => value instanceof Uint8Array

const isTrue: Shape<true> = (value): value is true => value === true

const isOpenFile = isRecord<OpenFile>({
  descriptor: isCount,
  path: isText,
  flags: isCount,
  position: isCount,
  failure: isOptional(isCount),
})
const isPiece = isRecord<OutputPiece>({
  at: isCount,
  stream: (value): value is 1 | 2 => value === 1 || value === 2,
  bytes: isBytes,
})
const isLost = isRecord<LostProcess>({ path: isText, node: isText, why: isText })

const isLog = isRecord<OutputLogState>({ start: isCount, released: isCount, pieces: isList(isPiece) })
const isConnections = isRecord<ConnectionsState>({
  next: isCount,
  listeners: isList(isRecord<ListenerState>({ number: isCount, name: isText, queue: isList(isCount) })),
  connections: isList(
    isRecord<ConnectionState>({
      number: isCount,
      gateway: isCount,
      connection: isCount,
      opening: isOpening,
      come: isCount,
      input: isBytes,
      end: isOptional(isOneOf('end', 'reset')),
      shut: isOptional(isOneOf('shut', 'close')),
      gone: isOptional(isTrue),
      session: isOptional(
        isRecord<SessionState>({
          id: isText,
          token: isText,
          shown: isOptional(isText),
          attempt: isCount,
          messageEnd: isCount,
          away: isOptional(isTrue),
        }),
      ),
      log: isLog,
    }),
  ),
})

const isHomeState = isRecord<ProgramHomeState>({
  services: isRecord<HomeState>({
    source: isText,
    args: isList(isText),
    files: isList(isOpenFile),
    directory: isOptional(isText),
    variables: isOptional(isTable(isText)),
    lastError: isOptional(isCount),
  }),
  denied: isList(isOneOf(...DENIABLE)),
  console: isRecord<ConsoleIds>({ keyboard: isCount, screen: isCount, error: isCount }),
  hears: isFlag,
  units: isOptional(isList(isText)),
  typed: isRecord<TypedState>({ bytes: isBytes, ended: isFlag }),
  log: isLog,
  viewers: isList(isRecord<ViewerState>({ viewer: isCount, typed: isCount })),
  calls: isList(
    isRecord<PerformedState>({
      caller: isCount,
      call: isCount,
      to: isOptional(isCount),
      value: isOptional(isNumber),
      bytes: isOptional(isBytes),
      service: isOptional(isText),
      actuals: isOptional(isList(isEither(isEither(isNumber, isFlag), isBytes))),
      recalled: isOptional(isTrue),
      consumed: isOptional(isTrue),
    }),
  ),
  net: isOptional(isConnections),
  supervisor: isRecord<SupervisorState>({
    lost: isList(isLost),
    waitInVain: isList(isLost),
    vanished: isList(isText),
    leaving: isList(isCount),
  }),
})
