/**
 * Services of a program that TypeScript provides: a call comes as bytes from wherever the process is, and goes to a function; what that gives, now or by a
 * promise, goes back as bytes.
 *
 * Invariants
 * - A call comes here once, and its function is called once, whatever becomes of the process meanwhile (node/program/home-calls.ts).
 * - The key of a call is the path of its process and the number of the call among those of that process, from 1. A process waits for each of its calls, so
 *   the number does not depend on what others do.
 * - Whatever a function throws, and whatever it gives that is no result, is an answer: the fault is raised in the process that has called.
 */
import type { HomeAnswer } from '../host/home-answer.ts'
import type { Value } from '../kernel/scheduler/value.ts'
import { SERVICE_DONE, SERVICE_FAILED } from '../program-interface.ts'
import type { ServiceDescription, ServiceFormal } from '../program-interface.ts'
import { OutsideError } from './outside-error.ts'
import { Misfit, show } from './misfit.ts'
import { describeType, fromProgram, heldAsBytes, heldFromBytes, toProgram } from './values.ts'

/** What a function of a service is told of its call, behind the values. */
export interface ServiceCall {
  /** Stable name of the call: path of the process, and the number of the call there. The same program on the same input makes the same calls. */
  readonly key: string
  /** Comes when the run is over: nobody waits for the result any more. */
  readonly signal: AbortSignal
}

/** A service: takes the VALs and the call, gives the results, now or later: nothing, the only one, or a list of them. */
export type ServiceFunction = (...given: never[]) => unknown

export type Services = Readonly<Record<string, ServiceFunction>>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * @param called names of the services among them that the program calls
 * @throws OutsideError R0709 when a service is not provided that the program calls, or one is provided that it does not declare
 */
export function requireServices(
  declared: readonly ServiceDescription[],
  called: readonly string[],
  provided: Services,
  source: string,
): void {
  for (const name of called) {
    if (Object.hasOwn(provided, name)) continue
    throw new OutsideError(
      'R0709',
      `${source} calls the service ${name}, and nobody provides it`,
      `give a function: load (file, { services: { '${name}': ... } })`,
    )
  }
  const names = declared.map(({ name }) => name)
  for (const [name, given] of Object.entries(provided)) {
    if (!names.includes(name)) {
      const help = names.length === 0 ? 'it declares none: #PRAGMA EXTERNAL "PROC name (...)"' : `it declares ${names.join(', ')}`
      throw new OutsideError('R0709', `${source} declares no service ${show(name)}`, help)
    }
    if (typeof given !== 'function')
      throw new OutsideError('R0709', `the service ${name} wants a function, and was given ${show(given)}`, 'give a function')
  }
}

/** The services of one run. */
export class ServiceCalls {
  /** Calls that have been begun and not answered. */
  pending = 0
  private readonly described: ReadonlyMap<string, ServiceDescription>
  private readonly numbers = new Map<string, number>()
  private readonly controller = new AbortController()

  /** @param answered is told when an answer was given later */
  constructor(
    described: readonly ServiceDescription[],
    private readonly functions: Services,
    private readonly answered: () => void,
  ) {
    this.described = new Map(described.map((each) => [each.name, each]))
  }

  /**
   * @param name of the service, without its prefix
   * @param actuals the path of the process, and the bytes of each VAL
   * @returns the answer; undefined when it comes later
   */
  call(name: string, [path, ...actuals]: readonly Value[], later: (answer: HomeAnswer) => void): HomeAnswer | undefined {
    const service = this.described.get(name)
    const work = Object.hasOwn(this.functions, name) ? this.functions[name] : undefined
    if (service === undefined || work === undefined) return failed(name, 'nobody provides it')
    const process = path instanceof Uint8Array ? decoder.decode(path) : ''
    const number = (this.numbers.get(process) ?? 0) + 1
    this.numbers.set(process, number)
    const { signal } = this.controller
    try {
      const given = service.formals
        .filter(({ mode }) => mode === 'val')
        .map(({ type }, i) => {
          const bytes = actuals[i]
          return bytes instanceof Uint8Array ? fromProgram(type, heldFromBytes(type, bytes), []) : undefined
        })
      const call: ServiceCall = { key: `${process}#${number}`, signal }
      const result = work(...([...given, call] as never[])) // the heading says what it takes
      if (!isPromise(result)) return answerOf(service, result)
      this.pending++
      result.then(
        (value) => {
          this.settle(later, answerLater(service, value))
        },
        (error: unknown) => {
          this.settle(later, failed(name, textOf(error)))
        },
      )
      return undefined
    } catch (error) {
      return failed(name, textOf(error))
    }
  }

  private settle(later: (answer: HomeAnswer) => void, answer: HomeAnswer): void {
    this.pending--
    if (this.controller.signal.aborted) return
    later(answer)
    this.answered()
  }

  /** The run is over. */
  finish(): void {
    this.controller.abort(
      new OutsideError('R0707', 'the program has ended, and nobody waits for the service any more', 'give up what it does'),
    )
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Characters of an error that a fault tells. */
const LONGEST_ERROR = 2000

/** @returns the answer that raises a fault in the process that has called */
function failed(name: string, error: string): Uint8Array {
  return Uint8Array.of(SERVICE_FAILED, ...encoder.encode(`${name}\n${error.slice(0, LONGEST_ERROR).toWellFormed()}`))
}

function answerLater(service: ServiceDescription, value: unknown): Uint8Array {
  try {
    return answerOf(service, value)
  } catch (error) {
    return failed(service.name, textOf(error))
  }
}

const isOpen = ({ type }: ServiceFormal): boolean => type.kind === 'array' && type.size === undefined
const isInt = ({ type }: ServiceFormal): boolean => type.kind === 'scalar' && type.name === 'INT'

/** @returns the results that a function gives, in their order: the count of an open array follows from that */
export function givenResults({ formals }: Pick<ServiceDescription, 'formals'>): ServiceFormal[] {
  const results = formals.filter(({ mode }) => mode === 'result')
  const open = results.findIndex(isOpen)
  return results.filter((each, i) => open < 0 || i !== open + 1 || !isInt(each))
}

/** @throws Misfit, Error when the value is not what the heading says */
function answerOf(service: ServiceDescription, value: unknown): Uint8Array {
  const results = givenResults(service)
  if (results.length === 0) return Uint8Array.of(SERVICE_DONE)
  const values = results.length === 1 ? [value] : value
  if (!Array.isArray(values) || values.length !== results.length) {
    const wanted = results.map(({ name, type }) => `${describeType(type, [])} ${name}`).join(', ')
    throw new Error(`it wants a list of ${results.length} results (${wanted}), and got ${show(value)}`)
  }
  const parts = results.map((formal, i) => ({ formal, bytes: resultBytes(formal, values[i]) }))
  const sorted = [...parts.filter(({ formal }) => !isOpen(formal)), ...parts.filter(({ formal }) => isOpen(formal))]
  const answer = new Uint8Array(1 + sorted.reduce((sum, { bytes }) => sum + bytes.length, 0))
  answer[0] = SERVICE_DONE
  let at = 1
  for (const { bytes } of sorted) {
    answer.set(bytes, at)
    at += bytes.length
  }
  return answer
}

function resultBytes({ name, type }: ServiceFormal, value: unknown): Uint8Array {
  try {
    return heldAsBytes(type, toProgram(type, value, []))
  } catch (error) {
    if (error instanceof Misfit) throw new TypeError(`its result ${name} wants ${error.expected}, and got ${error.got}`)
    throw error
  }
}
