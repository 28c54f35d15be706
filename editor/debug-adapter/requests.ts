/** What may be asked, with which arguments and when: a client may leave anything out, and may ask for what is not offered. */

type Arguments = Readonly<Record<string, unknown>>

/** @returns what is wrong with an argument: the end of a sentence that begins with its name; undefined when nothing is */
type Check = (value: unknown) => string | undefined

const isNumber: Check = (value) => (Number.isSafeInteger(value) ? undefined : 'is no whole number')
const isText: Check = (value) => (typeof value === 'string' ? undefined : 'is no text')
const isFlag: Check = (value) => (typeof value === 'boolean' ? undefined : 'is neither true nor false')
const isObject: Check = (value) => (isRecord(value) ? undefined : 'is no object')
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null ? undefined : check(value)
const listOf =
  (what: string, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((each) => check(each) === undefined) ? undefined : `is no list of ${what}`

/** A whole sentence, since nothing stands there that could be named. */
const NO_PROGRAM = 'the launch configuration names no `program`'

function isRecord(value: unknown): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isProgram: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : NO_PROGRAM)
const isDefinitions: Check = (value) =>
  isRecord(value) && Object.values(value).every((each) => typeof each === 'string')
    ? undefined
    : 'is no object of names with their values, which are texts'
const isPathFormat: Check = (value) => (value === 'path' ? undefined : 'is not "path": files are named by paths')
const isSource: Check = (value) => (isRecord(value) ? optional(isText)(value['path']) : isObject(value))
const isBreakpoint: Check = (value) => (isRecord(value) ? isNumber(value['line']) : isObject(value))

interface Asked {
  /** Whether it makes sense only while there is a program. */
  readonly program: boolean
  readonly checks: Readonly<Record<string, Check>>
}

const always = (checks: Asked['checks'] = {}): Asked => ({ program: false, checks })
const launched = (checks: Asked['checks'] = {}): Asked => ({ program: true, checks })
const ofThread = launched({ threadId: isNumber })

/** All that is offered. */
const REQUESTS: Readonly<Record<string, Asked>> = {
  initialize: always({ pathFormat: optional(isPathFormat) }),
  launch: always({
    program: isProgram,
    source: optional(isText),
    stopOnEntry: optional(isFlag),
    define: optional(isDefinitions),
    include: optional(listOf('directories', isText)),
  }),
  configurationDone: launched(),
  setBreakpoints: launched({ source: isSource, breakpoints: optional(listOf('breakpoints, each with its `line`', isBreakpoint)) }),
  setExceptionBreakpoints: always(),
  continue: ofThread,
  reverseContinue: ofThread,
  next: ofThread,
  stepIn: ofThread,
  stepOut: ofThread,
  stepBack: ofThread,
  pause: launched(),
  threads: launched(),
  stackTrace: launched({ threadId: isNumber, startFrame: optional(isNumber), levels: optional(isNumber) }),
  scopes: launched({ frameId: isNumber }),
  variables: launched({ variablesReference: isNumber }),
  evaluate: launched({ expression: isText, frameId: optional(isNumber) }),
  terminate: always(),
  disconnect: always(),
}

/**
 * @param args as they came
 * @param stage whether something is being debugged, or is being read so that it can be
 * @returns why a request is refused; undefined when it can be answered
 */
export function whyRefused(command: string, args: unknown, stage: 'nothing' | 'opening' | 'debugging'): string | undefined {
  const asked = Object.hasOwn(REQUESTS, command) ? REQUESTS[command] : undefined
  if (asked === undefined)
    return command === 'attach' ? 'a program that runs cannot be debugged: `launch` it, or its recording' : `\`${command}\` is not offered`
  if (asked.program && stage !== 'debugging') return 'nothing is being debugged: `launch` comes first'
  if (command === 'launch' && stage !== 'nothing') return 'a program is being debugged already'
  if (args !== undefined && args !== null && !isRecord(args)) return 'the arguments are no object'
  for (const [name, check] of Object.entries(asked.checks)) {
    const wrong = check(args?.[name])
    if (wrong !== undefined) return wrong === NO_PROGRAM ? wrong : `\`${name}\` ${wrong}`
  }
  return undefined
}
