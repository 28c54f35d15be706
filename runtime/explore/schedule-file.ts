/** Schedules in files: JSON that people can read. Reading is total: any text gives a schedule or a typed error. */
import { ExploreError } from './explore-error.ts'
import type { Path, Scheduled } from './schedule.ts'

/** A schedule and what it is of. */
export interface SavedSchedule {
  /** The hash of the unit that the program begins with, which names the units that it uses by their hashes. */
  readonly program: string
  /** Path of the source text, for messages. */
  readonly source: string
  /** Title of the TEST that it is of; absent: of the program. */
  readonly test?: string
  readonly moves: readonly Scheduled[]
  /** Of a livelock: how many moves come before the circle, which the others make; at least one does. */
  readonly before?: number
}

const FORM = 'godwit schedule 1'

/** @returns the text of a file */
export function writeSchedule({ program, source, test, moves, before }: SavedSchedule): string {
  const head = { form: FORM, program, source, ...(test === undefined ? {} : { test }), ...(before === undefined ? {} : { before }) }
  const lines = moves.map((move) => `    ${JSON.stringify(move)}`)
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "moves": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`
}

/** Whether a file is a schedule, or was meant to be one: no text of a program begins as JSON does. */
export function isSchedule(file: Uint8Array): boolean {
  return new TextDecoder().decode(file.subarray(0, 64)).trimStart().startsWith('{')
}

/** @param name of the file, for messages @throws ExploreError R0603 when the text is not that of a schedule */
export function readSchedule(text: string, name: string): SavedSchedule {
  const refuse = (why: string): never => {
    throw new ExploreError(
      'R0603',
      `${name} is not a schedule: ${why}`,
      'write one with `godwit check FILE --save SCHEDULE`, or a recording with `godwit run --record RECORDING FILE`',
    )
  }
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    return refuse('it is not JSON')
  }
  if (!isRecord(file)) return refuse('it is not an object')
  const { form, program, source, test, moves, before } = file
  if (form !== FORM)
    return refuse(typeof form === 'string' ? `its form is \`${form}\`, and this version reads \`${FORM}\`` : 'it has no form')
  if (typeof program !== 'string' || typeof source !== 'string' || !Array.isArray(moves))
    return refuse('it lacks its program, source or moves')
  if (test !== undefined && typeof test !== 'string') return refuse('its test is no title')
  const read = moves.map((move: unknown, i) => moveOf(move) ?? refuse(`move ${i + 1} is none`))
  if (before !== undefined && (!isCount(before) || before >= read.length)) return refuse('its circle has no moves')
  return { program, source, ...(test === undefined ? {} : { test }), ...(before === undefined ? {} : { before }), moves: read }
}

type Fields = Readonly<Record<string, unknown>>

const isRecord = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)
const isCount = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0
const isGuard = (x: unknown): x is number => x === -1 || isCount(x)
const isPath = (x: unknown): x is Path => Array.isArray(x) && x.every(isCount)

/** @returns the move that an object is, with its fields in their order; undefined when it is none */
function moveOf(x: unknown): Scheduled | undefined {
  if (!isRecord(x)) return undefined
  const { kind, writer, reader, process, processes, guard, key, microseconds } = x
  switch (kind) {
    case 'communicate':
      return isPath(writer) && isPath(reader) && isGuard(guard) ? { kind, writer, reader, guard } : undefined
    case 'show':
    case 'wake':
    case 'claim':
      return isPath(process) ? { kind, process } : undefined
    case 'type':
      return isPath(process) && isGuard(guard) && isCount(key) && key < 256 ? { kind, process, guard, key } : undefined
    case 'choose':
      return isPath(process) && isGuard(guard) ? { kind, process, guard } : undefined
    case 'tick':
      return isCount(microseconds) ? { kind, microseconds } : undefined
    case 'meet':
      return Array.isArray(processes) ? meeting(processes) : undefined
    default:
      return undefined
  }
}

function meeting(list: readonly unknown[]): Scheduled | undefined {
  const processes: { process: Path; guard: number }[] = []
  for (const each of list) {
    if (!isRecord(each) || !isPath(each['process']) || !isGuard(each['guard'])) return undefined
    processes.push({ process: each['process'], guard: each['guard'] })
  }
  return { kind: 'meet', processes }
}
